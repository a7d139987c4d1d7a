"""The whole pipeline against a loopback origin, as the command line runs it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from aggregator import clock, config
from aggregator.collect import RoundReport, open_collector
from aggregator.db.connection import open_reader
from aggregator.lock import collector_lock
from aggregator.models import Utc
from aggregator.settle import SourceReport
from tests.support.origin import Origin


def feeds(path: Path, netloc: str, sources: Sequence[Mapping[str, Any]], **defaults: Any) -> Path:
    """A feeds.yaml for sources on the origin. Each source needs an id, a kind and a url; the rest has plain values."""
    document = {
        "defaults": {
            "contact": "https://example.org/contact", "every": "1h", "concurrency": 8, "per_host_delay": "0s",
            "allow_hosts": [netloc], **defaults,
        },
        "sources": [
            {"title": s["id"], "publisher": "Test", "licence": "OGL-UK-3.0", "attribution": "Test", **s} for s in sources
        ],
    }  # fmt: skip
    file = path / "feeds.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def collect(db: Path, feeds_yaml: Path, *ids: str, now: Utc | None = None, only_due: bool = False) -> RoundReport:
    """One round; ``now`` stands the clock still."""
    told = clock.now if now is None else lambda: now

    async def go() -> RoundReport:
        async with open_collector(db, config.load(feeds_yaml), told) as collector:
            return await collector.round(ids, only_due=only_due)

    with collector_lock(db):
        return asyncio.run(go())


def report(reports: RoundReport, source: str) -> SourceReport:
    """One source's part of a round."""
    return next(r for r in reports.sources if r.id == source)


def rows(db: Path, sql: str, *values: object) -> list[tuple[Any, ...]]:
    """What a reader of the archive sees."""
    with closing(open_reader(db)) as conn:
        return conn.execute(sql, values).fetchall()


def whole(db: Path, *, without: Sequence[str] = ()) -> dict[str, list[tuple[Any, ...]]]:
    """Every public table's rows, for "nothing else was written"."""
    with closing(open_reader(db)) as conn:
        names = [n for (n,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        skip = ("updates_fts", "sqlite_", *without)
        return {
            n: sorted(conn.execute(f'SELECT * FROM "{n}"').fetchall(), key=repr)
            for n in names
            if not n.startswith(skip)
        }


def check_archive(db: Path) -> None:
    """Integrity, references and the search index are in order."""
    with closing(sqlite3.connect(db)) as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        conn.execute("INSERT INTO updates_fts(updates_fts, rank) VALUES ('integrity-check', 1)")


def rss(items: Sequence[tuple[str, str, str]], *, title: str = "Newsroom") -> bytes:
    """An RSS 2.0 feed of (number, title, description), newest first, shaped like the Met newsroom's."""
    parts = [
        f"<item><title>{t}</title><pubDate>Fri, 18 Sep 2026 {10 + int(n) % 12:02}:{int(n) % 60:02}:00 +0100</pubDate>"
        f"<description>{d}</description><link>https://news.example/news/story-{n}?utm_source=rss&amp;utm_medium=rss</link></item>"
        for n, t, d in items
    ]
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title>{"".join(parts)}</channel></rss>'.encode()


def origins() -> Iterator[Origin]:
    """For a fixture: an origin for the length of a test."""
    with Origin() as origin:
        yield origin
