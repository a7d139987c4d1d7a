"""Serves an archive as of a fixed time: ``python -m tests.browser.serve DB PORT NOW``."""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from aggregator import clock
from aggregator.models import Utc
from aggregator.site import functions, metadata
from aggregator.site.app import serve

PUBLIC = "https://record.example"


def main(db: Path, port: int, now: Utc) -> None:
    """Serves until told to stop. Python's clock and SQLite's both say ``now``; links that name a host name an invented one."""
    clock.now = lambda: now
    register = functions.register

    def with_fixed_time(conn: sqlite3.Connection) -> None:
        register(conn)
        conn.create_function("strftime", -1, lambda *args: _strftime(now, *args))

    functions.register = with_fixed_time
    described = metadata.load()
    described["plugins"] = {"met-aggregator": {"public_url": PUBLIC}}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "metadata.json"
        path.write_text(json.dumps(described), "utf-8")
        serve(db, "127.0.0.1", port, metadata_path=path)


def _strftime(now: Utc, *args: str | float | None) -> str | None:
    given = [now if arg == "now" else arg for arg in args]
    with closing(sqlite3.connect(":memory:")) as conn:
        found: str | None = conn.execute(f"SELECT strftime({', '.join('?' * len(given))})", given).fetchone()[0]
        return found


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), Utc(sys.argv[3]))
