-- What a look changes of an avatar, beside the rest: narrow rows, and none of the avatar's own indexes to be kept up. A row is rewritten at each look, and stays on its page.
-- Programs of the version before know nothing of this table: they are to be stopped first.
CREATE TABLE schedule (
  avatar_id bigint PRIMARY KEY REFERENCES avatar (id) ON DELETE CASCADE,
  provider text COLLATE "C" NOT NULL,
  swept boolean NOT NULL,
  next_check_at double precision NOT NULL,
  urgent_at bigint,
  urgency text COLLATE "C",
  alpha double precision NOT NULL,
  beta double precision NOT NULL,
  confirmed_at bigint NOT NULL,
  suspect double precision NOT NULL,
  unknown_streak bigint NOT NULL,
  revision bigint NOT NULL
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.005, autovacuum_vacuum_threshold = 5000);
INSERT INTO schedule (avatar_id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect,
    unknown_streak, revision)
  SELECT id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect, unknown_streak,
    revision
  FROM avatar ORDER BY id;
DROP INDEX avatar_sweep;
DROP INDEX avatar_first;
DROP INDEX avatar_urgent;
ALTER TABLE avatar
  DROP COLUMN swept,
  DROP COLUMN alpha,
  DROP COLUMN beta,
  DROP COLUMN confirmed_at,
  DROP COLUMN suspect,
  DROP COLUMN unknown_streak,
  DROP COLUMN next_check_at,
  DROP COLUMN urgent_at,
  DROP COLUMN urgency,
  DROP COLUMN revision;
-- Who waits for a look out of turn is not in the sweep's index: else a provider's bad day would pile up at its head.
CREATE INDEX schedule_sweep ON schedule (provider, next_check_at)
  WHERE swept AND (urgency IS NULL OR urgency = 'expiry');
CREATE INDEX schedule_first ON schedule (provider, urgent_at) WHERE urgency = 'first';
CREATE INDEX schedule_urgent ON schedule (provider, urgent_at) WHERE urgency <> 'first';
