CREATE TABLE companion_of (archive TEXT NOT NULL) STRICT; -- one row: the file name of the archive this file belongs to
