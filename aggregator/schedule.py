"""The clockwork: one APScheduler tick job that asks the database what is due. Nothing is scheduled in memory.

The settings matter: APScheduler's default ``misfire_grace_time`` of one second silently drops a tick that comes late.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from apscheduler.job import Job
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from aggregator.clock import Clock
from aggregator.collect import Collector, OnReport, open_collector
from aggregator.limits import TICK_S
from aggregator.lock import collector_lock
from aggregator.models import Config
from aggregator.subscriptions.worker import Worker
from aggregator.text.dates import to_datetime

log = logging.getLogger(__name__)


async def keep_schedule(db: Path, config: Config, clock: Clock, on_report: OnReport, *, tick_s: float = TICK_S) -> None:
    """Collects what is due, for ever, until SIGINT or SIGTERM. The transaction at hand is finished, nothing new begun."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    async with open_collector(db, config, clock) as collector:
        deliverer = Worker(db, config, clock)
        ticker = Ticker(collector, on_report, deliverer.wake)
        deliverer.start()
        scheduler = AsyncIOScheduler(timezone="UTC")
        job = scheduler.add_job(
            ticker.tick, "interval", seconds=tick_s, next_run_time=to_datetime(clock()),
            misfire_grace_time=None, coalesce=True, max_instances=1,
        )  # fmt: skip
        scheduler.start()
        while not await _within(stop, tick_s):
            _catch_up(job, to_datetime(clock()), tick_s)
        scheduler.pause()
        await ticker.stop()
        await asyncio.to_thread(deliverer.stop)
        scheduler.shutdown(wait=False)


class Ticker:
    """Starts what is due and does not wait for it, so that a slow source delays no other."""

    def __init__(self, collector: Collector, on_report: OnReport, on_news: Callable[[], object]) -> None:
        self._collector = collector
        self._on_report = on_report
        self._on_news = on_news
        self._running: set[asyncio.Task[object]] = set()
        self._stopping = False

    async def tick(self) -> None:
        """One look at the clock: begins a round over the sources that are due and not at work already."""
        if self._stopping:
            return
        task: asyncio.Task[object] = asyncio.create_task(self._round())
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _round(self) -> None:
        try:
            done = await self._collector.round(on_report=self._on_report)
            if done.new or done.changed:
                self._on_news()
        except Exception:  # the sources' own failures never come here: this is the database or a defect
            log.exception("the round could not be begun; the next tick tries again")

    async def stop(self) -> None:
        """Cancels what is being fetched. Work already in the database thread is finished by closing the collector."""
        self._stopping = True
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)


async def _within(stop: asyncio.Event, seconds: float) -> bool:
    """Whether we are told to stop within so many seconds."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
    return stop.is_set()


def _catch_up(job: Job, now: datetime, tick_s: float) -> None:
    """APScheduler waits for the clock on the wall: where that is set back, for as long as it was ahead."""
    if job.next_run_time > now + timedelta(seconds=2 * tick_s + 1):  # our clock tells whole seconds
        log.warning("the clock was set back: the next tick was due at %s", job.next_run_time)
        job.modify(next_run_time=now)


def run_collector(
    db: Path, config: Config, clock: Clock, on_report: OnReport, *, stop_on_eof: Callable[[], object] | None
) -> None:
    """The collector process: takes the lock and keeps the schedule. ``stop_on_eof`` blocks until the parent is gone."""
    with collector_lock(db):
        if stop_on_eof is not None:
            threading.Thread(target=_die_with_parent, args=(stop_on_eof,), daemon=True).start()
        asyncio.run(keep_schedule(db, config, clock, on_report))


def _die_with_parent(wait: Callable[[], object]) -> None:
    wait()
    signal.raise_signal(signal.SIGTERM)
