"""Rounds overlap: a collector that stays begins one at every tick, and waits for none."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from aggregator import clock, config
from aggregator.clock import plus
from aggregator.collect import Collector, open_collector
from aggregator.limits import CLAIM_S
from aggregator.models import Outcome, Source, Utc
from aggregator.settle import SourceReport
from tests.pipeline.harness import feeds

pytestmark = pytest.mark.usefixtures("quick")


class Publishers:
    """Sources that take a moment each; counts how many are asked at once."""

    def __init__(self) -> None:
        self.now: set[str] = set()
        self.most, self.moment = 0, 0.02
        self.asked: list[str] = []
        self.broken: set[str] = set()  # whose failure cannot even be recorded

    async def source(self, source: Source) -> SourceReport:
        self.asked.append(source.id)
        self.now.add(source.id)
        self.most = max(self.most, len(self.now))
        await asyncio.sleep(self.moment)
        self.now.discard(source.id)
        if source.id in self.broken:
            raise sqlite3.OperationalError("database or disk is full")
        return SourceReport(source.id, Outcome.OK)


@pytest.fixture
def publishers(monkeypatch: pytest.MonkeyPatch) -> Publishers:
    made = Publishers()
    monkeypatch.setattr(Collector, "source", lambda self, source: made.source(source))
    return made


def collecting(
    folder: Path, work: Callable[[Collector], Awaitable[object]], *more: dict[str, Any], told: clock.Clock = clock.now
) -> None:
    """Does ``work`` with a collector of six small sources, two at a time, and ``more``."""
    small = [{"id": f"s{n}", "kind": "feed", "url": f"https://s{n}.example/rss"} for n in range(6)]
    file = feeds(folder, "127.0.0.1:1", [*small, *more], concurrency=2)

    async def go() -> None:
        async with open_collector(folder / "met.db", config.load(file), told) as collector:
            await work(collector)

    asyncio.run(go())


def test_concurrency_bounds_all_rounds_together(tmp_path: Path, publishers: Publishers) -> None:
    async def work(collector: Collector) -> None:
        await asyncio.gather(*(collector.round([f"s{n}", f"s{n + 1}"]) for n in (0, 2, 4)))

    collecting(tmp_path, work)
    assert (len(publishers.asked), publishers.most) == (6, 2)


def test_sources_of_large_files_hold_up_no_others(tmp_path: Path, publishers: Publishers) -> None:
    """They wait for one another, for hours maybe: all but one of them outside the slots."""
    large = [
        {"id": f"l{n}", "kind": "datastore", "url": f"https://l{n}.example/", "resources": ["x"], "large": True}
        for n in range(4)
    ]

    async def work(collector: Collector) -> None:
        await asyncio.gather(collector.round(["l0", "l1", "l2", "l3"]), collector.round(["s0", "s1"]))

    collecting(tmp_path, work, *large)
    assert set(publishers.asked[:3]) >= {"s0", "s1"}


def test_a_failure_that_cannot_be_recorded_leaves_no_round_without_anybody_who_waits(
    tmp_path: Path, publishers: Publishers
) -> None:
    """They went on behind the back of whoever had called, into databases that were being closed."""
    publishers.broken = {"s0"}

    async def work(collector: Collector) -> None:
        with pytest.raises(sqlite3.OperationalError, match="disk is full"):
            await collector.round([f"s{n}" for n in range(6)])
        assert (sorted(publishers.asked), publishers.now) == ([f"s{n}" for n in range(6)], set())

    collecting(tmp_path, work)


def test_a_source_at_work_is_not_begun_again_however_long_it_takes(tmp_path: Path, publishers: Publishers) -> None:
    """200 requests with a Crawl-delay of half a minute take longer than a claim lasts."""
    now = Utc("2026-01-05T06:00:00Z")
    publishers.moment = 0.3

    async def work(collector: Collector) -> None:
        nonlocal now
        first = asyncio.create_task(collector.round(["s0"]))
        while not publishers.now:
            await asyncio.sleep(0.01)
        now = plus(now, CLAIM_S + 1)
        tick = await collector.round()
        assert "s0" not in {report.id for report in tick.sources}
        await first
        again = await collector.round(["s0"])
        assert [report.id for report in again.sources] == ["s0"]

    collecting(tmp_path, work, told=lambda: now)
