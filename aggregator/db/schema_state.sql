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
