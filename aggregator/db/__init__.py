"""The archive on disk: schema and migrations, connections, and one module of SQL per table family."""
