-- Private companion (state.db). Datasette never opens it: raw answers, robots.txt copies, the way left of a backfill.

CREATE TABLE blobs (                  -- bodies as received, by content
  sha256 TEXT PRIMARY KEY,
  size INTEGER NOT NULL,              -- bytes before compression
  encoding TEXT NOT NULL CHECK (encoding IN ('zlib','raw')),
  data BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (              -- which body was seen where, when, with which headers; only when it differs from the last
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source_id TEXT NOT NULL,
  url TEXT NOT NULL,
  final_url TEXT NOT NULL,
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,
  headers TEXT NOT NULL CHECK (json_valid(headers)),
  moved INTEGER NOT NULL DEFAULT 0,   -- 1: only permanent redirects led to final_url
  sha256 TEXT NOT NULL REFERENCES blobs(sha256)
) STRICT;
CREATE INDEX snapshots_url ON snapshots(source_id, url, id DESC);

CREATE TABLE redactions (             -- what must not be kept when it comes again; masked, so that no search of the disk finds it
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  everywhere INTEGER NOT NULL CHECK (everywhere IN (0,1)), -- 1: in texts of every update, 0: of those in redacted_keys
  mask BLOB NOT NULL,
  pattern BLOB NOT NULL
) STRICT;

CREATE TABLE redacted_keys (          -- updates whose texts a redaction is about
  redaction_id INTEGER NOT NULL REFERENCES redactions(id) ON DELETE CASCADE,
  source_id TEXT NOT NULL,
  key TEXT NOT NULL,                  -- hidden: a hash
  like_id INTEGER NOT NULL,           -- the update itself, or the one it was recognised as a copy of
  PRIMARY KEY (redaction_id, source_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE robots (
  origin TEXT PRIMARY KEY,            -- scheme://host:port
  fetched_at TEXT NOT NULL,
  status INTEGER NOT NULL,            -- 0: unreachable
  body TEXT NOT NULL
) STRICT;

CREATE TABLE backfills (              -- where a walk through a source's archive stands, so that it can go on
  source_id TEXT PRIMARY KEY,
  since TEXT,
  queue TEXT NOT NULL CHECK (json_valid(queue)),
  pages INTEGER NOT NULL DEFAULT 0,
  updated_at TEXT NOT NULL
) STRICT;

-- === subscriptions: addresses and secrets of those who asked to be told; no text of any update ====================
CREATE TABLE webhooks (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  url TEXT NOT NULL,
  secret TEXT NOT NULL,               -- needed to sign, so it cannot be a hash; the file is readable by its owner only
  criteria TEXT NOT NULL CHECK (json_valid(criteria)),
  cursor INTEGER NOT NULL,            -- changes.seq up to which it was looked what to deliver
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active','dead','gone')),
  failures INTEGER NOT NULL DEFAULT 0, -- in a row
  created_at TEXT NOT NULL,
  next_attempt_at TEXT,               -- NULL: at once
  last_success_at TEXT,
  last_error TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE webhook_matches (        -- updates that once held to its criteria: it is told when they leave or are withdrawn
  webhook_id INTEGER NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  update_id INTEGER NOT NULL,
  PRIMARY KEY (webhook_id, update_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE deliveries (             -- one change for one webhook; recorded before it is first sent
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  webhook_id INTEGER NOT NULL REFERENCES webhooks(id) ON DELETE CASCADE,
  message_id TEXT NOT NULL UNIQUE,    -- the receiver tells repetitions by it
  seq INTEGER NOT NULL,
  update_id INTEGER NOT NULL,
  type TEXT NOT NULL,
  version INTEGER NOT NULL,
  at TEXT NOT NULL,                   -- of the change
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','delivered','skipped')),
  attempts INTEGER NOT NULL DEFAULT 0,
  attempted_at TEXT,
  status INTEGER,                     -- HTTP status of the last attempt
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX deliveries_webhook ON deliveries(webhook_id, id);
CREATE INDEX deliveries_waiting ON deliveries(webhook_id, id) WHERE state = 'waiting';

CREATE TABLE digests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  address TEXT NOT NULL,
  every TEXT NOT NULL CHECK (every IN ('daily','weekly')),
  at INTEGER NOT NULL,                -- minutes after midnight, Europe/London
  day INTEGER NOT NULL,               -- of the week, 0 is Monday; only for weekly ones
  criteria TEXT NOT NULL CHECK (json_valid(criteria)),
  cursor INTEGER NOT NULL,            -- changes.seq up to which runs are recorded
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active','dead')),
  created_at TEXT NOT NULL,
  next_due_at TEXT NOT NULL
) STRICT;
CREATE INDEX digests_due ON digests(next_due_at) WHERE state = 'active';

CREATE TABLE digest_runs (            -- one mail; recorded, with the changes it covers, before it is handed over
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  digest_id INTEGER NOT NULL REFERENCES digests(id) ON DELETE CASCADE,
  from_seq INTEGER NOT NULL,          -- changes after this one …
  to_seq INTEGER NOT NULL,            -- … up to this one
  due_at TEXT NOT NULL,
  message_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting','sending','sent','empty','failed')),
  attempts INTEGER NOT NULL DEFAULT 0,
  doubtful INTEGER NOT NULL DEFAULT 0 CHECK (doubtful IN (0,1)), -- an attempt may have arrived though nothing says so
  next_attempt_at TEXT,
  sent_at TEXT,
  items INTEGER,
  error TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX digest_runs_digest ON digest_runs(digest_id, id);
CREATE INDEX digest_runs_open ON digest_runs(id) WHERE state IN ('waiting','sending');

CREATE TABLE digest_tokens (          -- hashes of what unsubscribes; each mail carries a token of its own
  hash TEXT PRIMARY KEY,              -- sha256
  digest_id INTEGER NOT NULL REFERENCES digests(id) ON DELETE CASCADE,
  made_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX digest_tokens_digest ON digest_tokens(digest_id, made_at);
