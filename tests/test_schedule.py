"""The clockwork goes on whatever becomes of the clock on the wall."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

from aggregator import clock, config, schedule
from aggregator.models import Utc
from tests.pipeline.harness import feeds


class Wall(datetime):
    """The clock on the wall, which can be set."""

    ahead = timedelta(0)

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + cls.ahead


class Nothing:
    """A deliverer with nothing to deliver."""

    def __init__(self, *_: object) -> None: ...
    def wake(self) -> None: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...


@asynccontextmanager
async def nobody(*_: object) -> AsyncIterator[None]:
    yield None


def test_a_clock_set_back_does_not_stop_the_ticks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks: list[timedelta] = []

    def told() -> Utc:
        return Utc(Wall.now(UTC).strftime(clock.FORMAT))

    async def tick(self: object) -> None:
        ticks.append(Wall.ahead)
        if ticks.count(timedelta(hours=1)) == 2:
            Wall.ahead = timedelta(0)
        if ticks.count(timedelta(0)) == 3:
            signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("apscheduler.schedulers.base.datetime", Wall)
    monkeypatch.setattr(schedule, "open_collector", nobody)
    monkeypatch.setattr(schedule, "Worker", Nothing)
    monkeypatch.setattr(schedule.Ticker, "tick", tick)
    empty = config.load(feeds(tmp_path, "127.0.0.1:1", [{"id": "a", "kind": "feed", "url": "https://a.example/"}]))

    async def play() -> None:
        async with asyncio.timeout(60):  # a clockwork that waits for the hour to come round again never gets there
            await schedule.keep_schedule(tmp_path / "met.db", empty, told, lambda report: None, tick_s=0.1)

    monkeypatch.setattr(Wall, "ahead", timedelta(hours=1))
    asyncio.run(play())
    assert ticks[:5] == [timedelta(hours=1)] * 2 + [timedelta(0)] * 3
