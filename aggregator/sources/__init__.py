"""One small pure module per kind of source: bytes in, entries out. No network, no database, no clock."""
