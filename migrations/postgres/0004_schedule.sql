-- What a look changes of an avatar, beside the rest: narrow rows that stay on their pages, and none of the avatar's own
-- indexes to be kept up.
-- Taken at once: whoever asks for more later meets those who wait for what was taken before.
LOCK TABLE avatar IN ACCESS EXCLUSIVE MODE;
CREATE TABLE schedule (
  avatar_id bigint PRIMARY KEY REFERENCES avatar (id) ON DELETE CASCADE,
  next_check_at double precision NOT NULL,
  alpha double precision NOT NULL,
  beta double precision NOT NULL,
  confirmed_at bigint NOT NULL,
  suspect double precision NOT NULL,
  urgent_at bigint,
  revision integer NOT NULL,
  unknown_streak integer NOT NULL,
  swept boolean NOT NULL,
  provider text COLLATE "C" NOT NULL,
  urgency text COLLATE "C"
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.005, autovacuum_vacuum_threshold = 5000);
INSERT INTO schedule (avatar_id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect,
    unknown_streak, revision)
  SELECT id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect, unknown_streak,
    revision
  FROM avatar ORDER BY id;
-- Who waits for a look out of turn is not in the sweep's index: else a provider's bad day would pile up at its head.
CREATE INDEX schedule_sweep ON schedule (provider, next_check_at)
  WHERE swept AND (urgency IS NULL OR urgency = 'expiry');
CREATE INDEX schedule_first ON schedule (provider, urgent_at) WHERE urgency = 'first';
CREATE INDEX schedule_urgent ON schedule (provider, urgent_at) WHERE urgency <> 'first';

-- Programs of the version before may go on where there are avatars: they keep their columns, which nobody else reads, and
-- what they change there is carried over. A later migration takes the columns away; a fresh database never has them.
CREATE FUNCTION carry_schedule() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  -- Another source or standing says all of when to look, also where these columns were as wanted long ago.
  whole boolean := FALSE;
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO schedule (avatar_id, provider, swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at,
        suspect, unknown_streak, revision)
      VALUES (NEW.id, NEW.provider, NEW.swept, NEW.next_check_at, NEW.urgent_at, NEW.urgency, NEW.alpha, NEW.beta,
        NEW.confirmed_at, NEW.suspect, NEW.unknown_streak, NEW.revision);
  ELSE
    whole := NEW.url IS DISTINCT FROM OLD.url OR NEW.standing IS DISTINCT FROM OLD.standing;
    UPDATE schedule SET
      provider = NEW.provider,
      swept = CASE WHEN whole OR NEW.swept IS DISTINCT FROM OLD.swept THEN NEW.swept ELSE schedule.swept END,
      next_check_at = CASE WHEN NEW.next_check_at IS DISTINCT FROM OLD.next_check_at THEN NEW.next_check_at ELSE schedule.next_check_at END,
      urgent_at = CASE WHEN whole OR NEW.urgent_at IS DISTINCT FROM OLD.urgent_at THEN NEW.urgent_at ELSE schedule.urgent_at END,
      urgency = CASE WHEN whole OR NEW.urgency IS DISTINCT FROM OLD.urgency THEN NEW.urgency ELSE schedule.urgency END,
      alpha = CASE WHEN NEW.alpha IS DISTINCT FROM OLD.alpha THEN NEW.alpha ELSE schedule.alpha END,
      beta = CASE WHEN NEW.beta IS DISTINCT FROM OLD.beta THEN NEW.beta ELSE schedule.beta END,
      confirmed_at = CASE WHEN NEW.confirmed_at IS DISTINCT FROM OLD.confirmed_at THEN NEW.confirmed_at ELSE schedule.confirmed_at END,
      suspect = CASE WHEN NEW.suspect IS DISTINCT FROM OLD.suspect THEN NEW.suspect ELSE schedule.suspect END,
      unknown_streak = CASE WHEN NEW.unknown_streak IS DISTINCT FROM OLD.unknown_streak THEN NEW.unknown_streak ELSE schedule.unknown_streak END,
      revision = schedule.revision + 1
    WHERE schedule.avatar_id = NEW.id;
  END IF;
  RETURN NULL;
END $$;
DO $$
BEGIN
  IF EXISTS (SELECT 1 FROM avatar) THEN
    ALTER TABLE avatar
      ALTER COLUMN swept SET DEFAULT FALSE,
      ALTER COLUMN next_check_at SET DEFAULT 0,
      ALTER COLUMN alpha SET DEFAULT 0.6,
      ALTER COLUMN beta SET DEFAULT 108,
      ALTER COLUMN confirmed_at SET DEFAULT 0,
      ALTER COLUMN suspect SET DEFAULT 0,
      ALTER COLUMN unknown_streak SET DEFAULT 0,
      ALTER COLUMN revision SET DEFAULT 0;
    CREATE TRIGGER carry_schedule
      AFTER INSERT OR UPDATE OF swept, next_check_at, urgent_at, urgency, alpha, beta, confirmed_at, suspect,
        unknown_streak, revision
      ON avatar FOR EACH ROW EXECUTE FUNCTION carry_schedule();
  ELSE
    DROP FUNCTION carry_schedule();
    DROP INDEX avatar_sweep, avatar_first, avatar_urgent;
    ALTER TABLE avatar
      DROP COLUMN swept,
      DROP COLUMN next_check_at,
      DROP COLUMN urgent_at,
      DROP COLUMN urgency,
      DROP COLUMN alpha,
      DROP COLUMN beta,
      DROP COLUMN confirmed_at,
      DROP COLUMN suspect,
      DROP COLUMN unknown_streak,
      DROP COLUMN revision;
  END IF;
END $$;
