-- What people granted apps of a platform. What is forgotten by a program that knows nothing of these tables goes along.
CREATE TABLE person_grant (
  avatar_id INTEGER NOT NULL REFERENCES avatar (id) ON DELETE CASCADE,
  appid TEXT NOT NULL,
  openid TEXT NOT NULL,
  unionid TEXT,
  scope TEXT NOT NULL,
  -- Sealed; null once it is of no use, or where none was given. The rest of the row still tells whose an openid is.
  refresh_token TEXT,
  granted_at INTEGER NOT NULL,
  refresh_until INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  last_refresh_at INTEGER,
  unchanged_refreshes INTEGER NOT NULL,
  PRIMARY KEY (avatar_id, appid)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_grant_openid ON person_grant (openid, appid);
CREATE INDEX person_grant_unionid ON person_grant (unionid) WHERE unionid IS NOT NULL;

-- Who is to be attended to, and when: a poll, another try, a picture that was found gone. One row a person, so that one
-- account is refreshed by one worker at a time. A lease ends at until_at.
CREATE TABLE attention (
  avatar_id INTEGER PRIMARY KEY REFERENCES avatar (id) ON DELETE CASCADE,
  due_at INTEGER NOT NULL,
  owner TEXT,
  until_at INTEGER NOT NULL,
  failures INTEGER NOT NULL
) STRICT;
CREATE INDEX attention_due ON attention (due_at);

-- What may be used once: the states of authorizations. Nothing of a person is in here.
CREATE TABLE spent (
  id TEXT PRIMARY KEY,
  until_at INTEGER NOT NULL,
  outcome TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX spent_until ON spent (until_at);

-- What a platform pushed: kept until it was acted upon, then only its key, so that it is not acted upon twice.
CREATE TABLE pushed (
  id TEXT PRIMARY KEY,
  body TEXT,
  due_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pushed_due ON pushed (due_at) WHERE body IS NOT NULL;
CREATE INDEX pushed_until ON pushed (until_at);
