-- Times are milliseconds since 1970, UTC. JSON and enumerations are text.

CREATE TABLE avatar (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  subject TEXT NOT NULL UNIQUE,
  name TEXT,
  url TEXT,
  url_at INTEGER NOT NULL,
  provider TEXT NOT NULL,
  standing TEXT NOT NULL,
  standing_at INTEGER NOT NULL,
  swept INTEGER NOT NULL,
  alpha REAL NOT NULL,
  beta REAL NOT NULL,
  confirmed_at INTEGER NOT NULL,
  suspect REAL NOT NULL,
  unknown_streak INTEGER NOT NULL,
  views REAL NOT NULL,
  views_at INTEGER NOT NULL,
  logins INTEGER NOT NULL,
  opens INTEGER NOT NULL,
  first_seen_at INTEGER NOT NULL,
  copy_sha256 TEXT,
  copy_raw_sha256 TEXT,
  copy_phash TEXT,
  copy_url TEXT,
  copy_taken_at INTEGER,
  next_check_at REAL NOT NULL,
  urgent_at INTEGER,
  urgency TEXT,
  expires_at INTEGER,
  token_expires_at INTEGER,
  revision INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;
-- Who waits for a look out of turn is not in the sweep's index: else a provider's bad day would pile up at its head.
CREATE INDEX avatar_sweep ON avatar (provider, next_check_at)
  WHERE swept AND (urgency IS NULL OR urgency = 'expiry');
CREATE INDEX avatar_first ON avatar (provider, urgent_at) WHERE urgency = 'first';
CREATE INDEX avatar_urgent ON avatar (provider, urgent_at) WHERE urgency <> 'first';
CREATE INDEX avatar_provider ON avatar (provider, standing, subject);
CREATE INDEX avatar_standing ON avatar (standing, subject);

-- Beside the avatars, so that taking a lease rewrites no wide row and no index of theirs.
CREATE TABLE lease (
  avatar_id INTEGER PRIMARY KEY,
  owner TEXT NOT NULL,
  until_at INTEGER NOT NULL
) STRICT;

CREATE TABLE clock (
  provider TEXT PRIMARY KEY,
  v REAL NOT NULL,
  omega REAL NOT NULL,
  v_seen REAL NOT NULL,
  seen_at INTEGER NOT NULL,
  live INTEGER NOT NULL,
  pace_tokens REAL NOT NULL,
  sweep_tokens REAL NOT NULL,
  event_tokens REAL NOT NULL,
  refilled_at INTEGER NOT NULL,
  pace REAL NOT NULL,
  slowed_at INTEGER NOT NULL,
  death_days REAL NOT NULL,
  spurious REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- Past sources; the current one stands in the avatar.
CREATE TABLE source (
  id INTEGER PRIMARY KEY,
  avatar_id INTEGER NOT NULL REFERENCES avatar (id) ON DELETE CASCADE,
  url TEXT NOT NULL,
  from_at INTEGER NOT NULL,
  until_at INTEGER NOT NULL
) STRICT;
CREATE INDEX source_avatar ON source (avatar_id);

CREATE TABLE picture (
  sha256 TEXT PRIMARY KEY,
  raw_sha256 TEXT NOT NULL,
  phash TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  width INTEGER NOT NULL,
  height INTEGER NOT NULL,
  raw_mime TEXT NOT NULL,
  first_seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What each avatar shows or has shown: a picture is kept as long as a row here names it.
CREATE TABLE copy (
  avatar_id INTEGER NOT NULL REFERENCES avatar (id) ON DELETE CASCADE,
  raw_sha256 TEXT NOT NULL,
  sha256 TEXT NOT NULL REFERENCES picture (sha256),
  url TEXT,
  taken_at INTEGER NOT NULL,
  shown INTEGER NOT NULL,
  PRIMARY KEY (avatar_id, raw_sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX copy_raw ON copy (raw_sha256);
CREATE INDEX copy_picture ON copy (sha256);
CREATE INDEX copy_past ON copy (taken_at) WHERE NOT shown;

-- What is known of bytes, by the hash of how they came.
CREATE TABLE mark (
  raw_sha256 TEXT PRIMARY KEY,
  mark TEXT NOT NULL,
  marked_at INTEGER NOT NULL,
  subjects INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE observation (
  id INTEGER PRIMARY KEY,
  avatar_id INTEGER NOT NULL,
  at INTEGER NOT NULL,
  edge TEXT NOT NULL,
  url TEXT,
  method TEXT NOT NULL,
  status INTEGER,
  verdict TEXT NOT NULL,
  rule TEXT NOT NULL,
  detail TEXT NOT NULL,
  sha256 TEXT,
  bytes INTEGER,
  mime TEXT,
  ms REAL NOT NULL
) STRICT;
CREATE INDEX observation_avatar ON observation (avatar_id, at);
CREATE INDEX observation_at ON observation (at);

CREATE TABLE event (
  id TEXT PRIMARY KEY,
  avatar_id INTEGER,
  subject TEXT NOT NULL,
  type TEXT NOT NULL,
  at INTEGER NOT NULL,
  data TEXT NOT NULL
) STRICT;
CREATE INDEX event_avatar ON event (avatar_id, at, id);
CREATE INDEX event_at ON event (at);

CREATE TABLE delivery (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL REFERENCES event (id) ON DELETE CASCADE,
  hook TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL,
  last_status INTEGER,
  last_error TEXT
) STRICT;
CREATE INDEX delivery_event ON delivery (event_id);
CREATE INDEX delivery_due ON delivery (next_at) WHERE state = 'pending';
CREATE INDEX delivery_state ON delivery (state, id);

CREATE TABLE api_key (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  scope TEXT NOT NULL,
  secret_sha256 TEXT NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER,
  revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE answer (
  key TEXT PRIMARY KEY,
  request TEXT NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX answer_at ON answer (at);

CREATE TABLE note (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
