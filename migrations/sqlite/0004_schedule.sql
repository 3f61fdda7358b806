-- What a look changes of an avatar, beside the rest: narrow rows, and none of the avatar's own indexes to be kept up.
CREATE TABLE schedule (
  avatar_id INTEGER PRIMARY KEY REFERENCES avatar (id) ON DELETE CASCADE,
  provider TEXT NOT NULL,
  swept INTEGER NOT NULL,
  next_check_at REAL NOT NULL,
  urgent_at INTEGER,
  urgency TEXT,
  alpha REAL NOT NULL,
  beta REAL NOT NULL,
  confirmed_at INTEGER NOT NULL,
  suspect REAL NOT NULL,
  unknown_streak INTEGER NOT NULL,
  revision INTEGER NOT NULL
) STRICT;
INSERT INTO schedule (avatar_id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect,
    unknown_streak, revision)
  SELECT id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect, unknown_streak,
    revision
  FROM avatar ORDER BY id;
DROP INDEX avatar_sweep;
DROP INDEX avatar_first;
DROP INDEX avatar_urgent;
ALTER TABLE avatar DROP COLUMN swept;
ALTER TABLE avatar DROP COLUMN alpha;
ALTER TABLE avatar DROP COLUMN beta;
ALTER TABLE avatar DROP COLUMN confirmed_at;
ALTER TABLE avatar DROP COLUMN suspect;
ALTER TABLE avatar DROP COLUMN unknown_streak;
ALTER TABLE avatar DROP COLUMN next_check_at;
ALTER TABLE avatar DROP COLUMN urgent_at;
ALTER TABLE avatar DROP COLUMN urgency;
ALTER TABLE avatar DROP COLUMN revision;
-- Who waits for a look out of turn is not in the sweep's index: else a provider's bad day would pile up at its head.
CREATE INDEX schedule_sweep ON schedule (provider, next_check_at)
  WHERE swept AND (urgency IS NULL OR urgency = 'expiry');
CREATE INDEX schedule_first ON schedule (provider, urgent_at) WHERE urgency = 'first';
CREATE INDEX schedule_urgent ON schedule (provider, urgent_at) WHERE urgency <> 'first';
