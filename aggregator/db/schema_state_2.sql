CREATE TABLE companion_of (archive TEXT NOT NULL) STRICT; -- one row: the file name of the archive this file belongs to
ALTER TABLE backfills ADD COLUMN left_out INTEGER NOT NULL DEFAULT 0; -- pages that were too many to keep waiting
