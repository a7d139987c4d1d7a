"""Builds the demonstration archive: the real collector, two rounds over the invented origin."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aggregator import clock, config
from aggregator.collect import RoundReport, open_collector
from aggregator.db import about
from aggregator.db.companion import state_path
from aggregator.db.connection import open_reader, transaction
from aggregator.demo.config import feeds_yaml
from aggregator.demo.origin import Origin
from aggregator.errors import StorageError
from aggregator.lock import collector_lock
from aggregator.models import Utc

MARK = "DEMONSTRATION.txt"
"""The file by which a demonstration's folder is known: what lies in such a folder may be replaced by the next one."""
_MARK_SAYS = (
    "Made by `aggregator demo`: all of it is invented, and the next `aggregator demo --keep` here replaces it.\n"
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A demonstration in progress: its archive, its list of sources and the origin that answers for them."""

    db: Path
    feeds: Path
    origin: Origin
    now: Utc


@contextmanager
def stage(folder: Path, now: Utc | None = None) -> Iterator[Stage]:
    """Sets the stage in a folder: a fresh archive, feeds.yaml, and an origin that answers until the end.

    Raises :class:`StorageError` when the folder is neither empty nor a demonstration's, or holds an archive that is no
    demonstration: nothing of others is ever replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    db = folder / "met.db"
    if not (folder / MARK).exists() and any(folder.iterdir()):
        raise StorageError("is neither empty nor a demonstration's; give --keep another folder", subject=str(folder))
    _clear(db)
    (folder / MARK).write_text(_MARK_SAYS, encoding="utf-8")
    start = now or clock.now()
    with Origin(start) as origin:
        feeds = folder / "feeds.yaml"
        feeds.write_text(feeds_yaml(origin.port), encoding="utf-8")
        yield Stage(db, feeds, origin, start)


async def build(at: Stage) -> list[RoundReport]:
    """Collects both states of the origin and marks the archive as invented. Returns the two rounds' reports."""
    reports = []
    present = at.now

    def told() -> Utc:
        return present

    with collector_lock(at.db):
        async with open_collector(at.db, config.load(at.feeds), told) as collector:
            with transaction(collector.desk.archive) as conn:
                about.mark_invented(conn)
            # The first round is dated an hour back, so that what the second brings comes after what the first brought.
            for present in (clock.plus(at.now, -3600), at.now):  # noqa: B007 - `told` reads it
                reports.append(await collector.round(only_due=False))
                at.origin.advance()
    return reports


def _clear(db: Path) -> None:
    if not db.exists():
        return
    with closing(open_reader(db)) as conn:
        invented = about.is_invented(conn)
    if not invented:
        raise StorageError("there is a real archive here; give --keep another folder", subject=str(db))
    for path in (db, state_path(db)):
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
