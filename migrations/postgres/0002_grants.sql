-- What people granted apps of a platform. What is forgotten by a program that knows nothing of these tables goes along.
CREATE TABLE person_grant (
  avatar_id bigint NOT NULL REFERENCES avatar (id) ON DELETE CASCADE,
  appid text COLLATE "C" NOT NULL,
  openid text COLLATE "C" NOT NULL,
  unionid text COLLATE "C",
  scope text COLLATE "C" NOT NULL,
  -- Sealed; null once it is of no use, or where none was given. The rest of the row still tells whose an openid is.
  refresh_token text COLLATE "C",
  granted_at bigint NOT NULL,
  refresh_until bigint NOT NULL,
  ended boolean NOT NULL,
  last_refresh_at bigint,
  unchanged_refreshes bigint NOT NULL,
  PRIMARY KEY (avatar_id, appid)
) WITH (fillfactor = 85);
CREATE INDEX person_grant_openid ON person_grant (openid, appid);
CREATE INDEX person_grant_unionid ON person_grant (unionid) WHERE unionid IS NOT NULL;

-- Who is to be attended to, and when: a poll, another try, a picture that was found gone. One row a person, so that one
-- account is refreshed by one worker at a time. A lease ends at until_at.
CREATE TABLE attention (
  avatar_id bigint PRIMARY KEY REFERENCES avatar (id) ON DELETE CASCADE,
  due_at bigint NOT NULL,
  owner text COLLATE "C",
  until_at bigint NOT NULL,
  failures bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000);
CREATE INDEX attention_due ON attention (due_at);

-- What may be used once: the states of authorizations. Nothing of a person is in here.
CREATE TABLE spent (
  id text COLLATE "C" PRIMARY KEY,
  until_at bigint NOT NULL,
  outcome text COLLATE "C"
);
CREATE INDEX spent_until ON spent (until_at);

-- What a platform pushed: kept until it was acted upon, then only its key, so that it is not acted upon twice.
CREATE TABLE pushed (
  id text COLLATE "C" PRIMARY KEY,
  body text COLLATE "C",
  due_at bigint NOT NULL,
  until_at bigint NOT NULL
);
CREATE INDEX pushed_due ON pushed (due_at) WHERE body IS NOT NULL;
CREATE INDEX pushed_until ON pushed (until_at);
