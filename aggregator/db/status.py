"""What `aggregator status` tells: health of sources, counts, sizes."""

from __future__ import annotations

import sqlite3
from dataclasses import asdict, dataclass
from pathlib import Path

from aggregator.db.companion import state_path
from aggregator.db.subscribers import SubscriberCounts, subscribers


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source as `source_health` sees it."""

    id: str
    title: str
    state: str
    items: int
    last_success_at: str | None
    last_outcome: str | None
    failures: int
    next_due_at: str | None
    error: str


@dataclass(frozen=True, slots=True)
class ArchiveStatus:
    """The archive at a glance. Sizes in bytes, write-ahead logs included."""

    sources: tuple[SourceStatus, ...]
    counts: tuple[tuple[str, int], ...]
    bytes: int
    private_bytes: int
    last_seq: int
    subscribers: SubscriberCounts

    def as_json(self) -> dict[str, object]:
        """For --json."""
        return {
            "sources": [asdict(s) for s in self.sources],
            "counts": dict(self.counts),
            "bytes": self.bytes,
            "private_bytes": self.private_bytes,
            "last_seq": self.last_seq,
            "subscribers": asdict(self.subscribers),
        }


def read_status(conn: sqlite3.Connection, db: Path) -> ArchiveStatus:
    """Reads everything `status` shows. Cheap: large tables are not counted but looked up in `table_counts`."""
    rows = conn.execute(
        "SELECT source_id, title, state, items, last_success_at, last_outcome, consecutive_failures, next_due_at, "
        "coalesce(last_error, '') FROM source_health ORDER BY state = 'off', source_id"
    )
    counts = conn.execute(
        "SELECT name, n FROM table_counts WHERE name IN ('updates','versions','changes','fetches','observations','stops') ORDER BY name"
    )
    last = conn.execute("SELECT coalesce(max(seq), 0) FROM changes").fetchone()[0]
    return ArchiveStatus(
        tuple(SourceStatus(*row) for row in rows),
        tuple((str(n), int(c)) for n, c in counts),
        _size(db),
        _size(state_path(db)),
        int(last),
        subscribers(db),
    )


def _size(path: Path) -> int:
    files = (path, path.with_name(path.name + "-wal"))
    return sum(f.stat().st_size for f in files if f.exists())
