"""A stage for stories: one archive, one origin, and a collector whose clock stands where the story says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from aggregator import config
from aggregator.clock import epoch, plus
from aggregator.collect import open_collector
from aggregator.lock import collector_lock
from aggregator.models import Document, Tags, Utc
from tests.pipeline.harness import check_archive, feeds, rows
from tests.support.origin import Origin

START = Utc("2026-01-05T06:00:00Z")
Step = Callable[[], None]


class Untagged:
    """A tagger that finds nothing."""

    version = "none"

    def tag(self, document: Document) -> Tags:
        return Tags((), (), "statement", "none")

    def tag_many(self, documents: Iterable[Document]) -> Iterator[Tags]:
        return map(self.tag, documents)


def nothing() -> None:
    """A round in which the publisher did nothing."""


def day(number: int) -> Utc:
    return plus(START, 86_400 * number)


class Stage:
    """One archive, one origin, and the sources of a test."""

    def __init__(self, folder: Path, origin: Origin, *sources: dict[str, Any]) -> None:
        self.db, self.origin = folder / "met.db", origin
        self.feeds = feeds(folder, origin.netloc, sources)

    def play(self, *steps: tuple[int, Step]) -> None:
        """Carries out each step on its day, then runs a round. The archive is in order afterwards."""
        now = START

        async def go() -> None:
            nonlocal now
            async with open_collector(self.db, config.load(self.feeds), lambda: now) as collector:
                for number, step in steps:
                    now = day(number)
                    step()
                    await collector.round(only_due=False)

        with collector_lock(self.db):
            asyncio.run(go())
        check_archive(self.db)

    def versions(self, key: str = "%") -> list[tuple[Any, ...]]:
        """(version, day seen, silent, note) of every version that has a text."""
        found = rows(
            self.db,
            "SELECT v.version, v.seen_at, v.silent, v.change_note FROM versions v JOIN updates u ON u.id = v.update_id "
            "WHERE u.key LIKE ? AND v.has_text ORDER BY u.key, v.version",
            f"%{key}",
        )
        return [(version, days_since(at), bool(silent), note) for version, at, silent, note in found]

    def changes(self, key: str = "%") -> list[tuple[str, int, int]]:
        """(type, version, day) of every line of the changes log."""
        found = rows(
            self.db,
            "SELECT c.type, c.version, c.at FROM changes c JOIN updates u ON u.id = c.update_id WHERE u.key LIKE ? "
            "ORDER BY c.seq",
            f"%{key}",
        )
        return [(kind, version, days_since(at)) for kind, version, at in found]

    def status(self, key: str = "%") -> list[tuple[str, str]]:
        return rows(self.db, "SELECT status, status_note FROM updates WHERE key LIKE ? ORDER BY key", f"%{key}")

    def notices(self) -> list[tuple[Any, ...]]:
        return rows(self.db, "SELECT type, note, version FROM notices ORDER BY id")


def days_since(at: str) -> int:
    return (epoch(Utc(at)) - epoch(START)) // 86_400
