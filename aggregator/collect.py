"""One round over the sources: due → fetch → parse → decide → store, each source for itself, failures contained.

Asking is concurrent (asyncio, up to ``concurrency`` sources in flight), parsing happens in a limited child, deciding and
storing happen one source at a time in the one thread that owns the databases.
"""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import ParamSpec, TypeVar

from aggregator.clock import Clock, plus
from aggregator.db import rechecks, state, tags
from aggregator.db import sources as source_rows
from aggregator.db.companion import open_companion
from aggregator.db.connection import open_writer, transaction
from aggregator.db.counts import refresh_counts
from aggregator.downloads import Downloads, downloads_path
from aggregator.errors import ConfigError
from aggregator.fetch.client import Client
from aggregator.gather import RECHECK, Tools, gather
from aggregator.limits import CLAIM_S, COUNTS_TTL_S, LARGE_CLAIM_S
from aggregator.models import Config, Fetched, Page, Request, Source, Utc, Validators
from aggregator.sandbox import Sandbox
from aggregator.settle import Desk, SourceReport, contain, settle
from aggregator.sources.kind import SourceKind
from aggregator.sources.registry import KINDS
from aggregator.stopping import aside
from aggregator.tagging import tagger, taxonomy

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
OnReport = Callable[[SourceReport], None]


@dataclass(frozen=True, slots=True)
class RoundReport:
    """What one round over several sources did."""

    sources: tuple[SourceReport, ...] = ()

    @property
    def new(self) -> int:
        """Updates added."""
        return sum(s.new for s in self.sources)

    @property
    def changed(self) -> int:
        """Updates with a new version or state."""
        return sum(s.changed + s.withdrawn for s in self.sources)


@dataclass(slots=True)
class Collector:
    """Holds what a round needs: configuration, client, parser child, databases. Make one with :func:`open_collector`."""

    config: Config
    desk: Desk
    client: Client
    downloads: Downloads
    sandbox: Sandbox
    clock: Clock
    database: ThreadPoolExecutor
    slots: asyncio.Semaphore  # sources in flight: of all rounds together, since rounds overlap
    large: asyncio.Semaphore  # large files wait for one another, and only one of them in a slot
    at_work: set[str] = field(default_factory=set)  # sources: their claims may lapse before they are done
    counted: float | None = None
    uncounted: bool = False

    async def on_database(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs ``work`` in the thread that owns the databases. Work once begun is finished, even if we are cancelled."""
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self.database, partial(work, *args, **kwargs)))

    async def round(
        self, ids: Sequence[str] = (), *, only_due: bool = True, on_report: OnReport = lambda report: None
    ) -> RoundReport:
        """One round over the enabled sources (or those named, enabled or not), as far as they are due and not at work.

        Where even recording a failure fails (a full disk), the others are finished all the same before it is raised.
        """
        chosen = {s.id: s for s in self._chosen(ids) if s.id not in self.at_work}
        claimed = await self.on_database(self._claim, tuple(chosen), only_due and not ids)
        self.at_work.update(claimed)
        work = [self._in_turn(chosen[source_id], on_report) for source_id in claimed]
        done = await asyncio.gather(*work, return_exceptions=True)
        reports = [r for r in done if isinstance(r, SourceReport)]
        self.uncounted = self.uncounted or any(r.new or r.changed or r.withdrawn for r in reports)
        for problem in done:
            if isinstance(problem, BaseException):
                raise problem
        if self.uncounted and self._counts_are_old():
            await self.count()
        return RoundReport(tuple(reports))

    async def _in_turn(self, source: Source, on_report: OnReport) -> SourceReport:
        try:
            async with self.large if source.options.large else nullcontext(), self.slots:
                report = await self.source(source)
            on_report(report)
            return report
        finally:
            self.at_work.discard(source.id)

    async def count(self) -> None:
        """Brings the row counts up to date that pages and `status` show."""
        await self.on_database(refresh_counts, self.desk.archive)
        self.uncounted = False

    def _counts_are_old(self) -> bool:
        """Counting is dear in a large archive: at most every ten minutes in a collector that stays."""
        now = time.monotonic()
        if self.counted is not None and now - self.counted < COUNTS_TTL_S:
            return False
        self.counted = now
        return True

    def _chosen(self, ids: Sequence[str]) -> list[Source]:
        if not ids:
            return [s for s in self.config.sources if s.enabled]
        unknown = [i for i in ids if self.config.source(i) is None]
        if unknown:
            raise ConfigError(
                f"no such source in {self.config.path}; `aggregator status` lists them", subject=unknown[0]
            )
        return [s for s in self.config.sources if s.id in ids]

    def _claim(self, ids: tuple[str, ...], only_due: bool) -> list[str]:
        now = self.clock()
        large = {s.id for s in self.config.sources if s.options.large}
        quick, slow = [i for i in ids if i not in large], [i for i in ids if i in large]
        with transaction(self.desk.archive) as conn:
            claimed = source_rows.claim(conn, quick, now, plus(now, CLAIM_S), only_due=only_due)
            return claimed + source_rows.claim(conn, slow, now, plus(now, LARGE_CLAIM_S), only_due=only_due)

    async def source(self, source: Source) -> SourceReport:
        """One source's round. Never raises for anything a source can do: what went wrong is recorded and reported."""
        started, now = time.monotonic(), self.clock()
        try:
            kind = KINDS[source.kind]
            requests = kind.plan(source, now) + await self._rechecks(source, kind, now)
            got = await gather(source, kind, requests, self.tools(source), now)
            return await self.on_database(settle, self.desk, source, got, now, _ms_since(started))
        except Exception as problem:  # the one source boundary: recorded, reported, and no other source stops
            log.debug("%s: the round failed", source.id, exc_info=True)
            return await self.on_database(contain, self.desk, source, problem, now, _ms_since(started))

    async def _rechecks(self, source: Source, kind: SourceKind, now: Utc) -> tuple[Request, ...]:
        """Requests for items that have left the list, as many as the source's `recheck` says."""
        if not source.options.recheck:
            return ()
        found = await self.on_database(self._take_rechecks, source, now)
        if kind.again is not None:
            return tuple(kind.again(source, key) for key, _ in found)
        return tuple(Request(url, role=RECHECK, accept="text/html, */*;q=0.5", context=key) for key, url in found)

    def _take_rechecks(self, source: Source, now: Utc) -> list[tuple[str, str]]:
        with transaction(self.desk.archive) as conn:
            found = rechecks.due(conn, source.id, now, source.options.recheck)
            rechecks.asked(conn, source.id, [key for key, _ in found], now)
        return found

    def tools(self, source: Source) -> Tools:
        """The gathering half's tools, bound to one source."""

        async def fetch(request: Request, validators: Validators, types: tuple[str, ...]) -> Fetched:
            return await self.client.get(request, validators, expect_types=types)

        async def recall(request: Request) -> Page | None:
            return await self.on_database(state.recall, self.desk.private, source.id, request)

        async def look_up(request: Request) -> source_rows.Asked | None:
            return await self.on_database(source_rows.asked, self.desk.archive, source.id, request.url)

        return Tools(fetch, self.sandbox.parse, recall, look_up, self.downloads.get)


def _ms_since(started: float) -> int:
    return round((time.monotonic() - started) * 1000)


@asynccontextmanager
async def open_collector(db: Path, config: Config, clock: Clock) -> AsyncIterator[Collector]:
    """Opens databases, client and parser child, brings `sources` and taxonomy up to date, and closes all in order.

    The caller holds the collector lock. Raises :class:`StorageError` when the databases cannot be used.
    """
    archive = open_writer(db)
    private = open_companion(db)
    robots = open_companion(db)  # its own connection: the client asks from the event loop
    database = ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")
    try:
        with transaction(archive):
            tags.sync_taxonomy(archive, taxonomy.load())
            source_rows.sync(archive, config.sources, clock())
            source_rows.release_claims(archive)
        model = await aside(tagger.load)  # seconds, for which Ctrl-C is not to wait
        desk = Desk(archive, private, model.tag_many, random.random)
        async with (
            Client(config.settings, clock=clock, robots=state.StoredRobots(robots)) as client,
            Sandbox(workers=2) as sandbox,  # two: a page that keeps one busy does not hold up the others
        ):
            downloads = Downloads(client, downloads_path(db), clock)
            slots, large = asyncio.Semaphore(config.concurrency), asyncio.Semaphore(1)
            collector = Collector(config, desk, client, downloads, sandbox, clock, database, slots, large)
            yield collector
            if collector.uncounted:
                await collector.count()
    finally:
        # Before the connections close under it. What was not begun when we were cancelled is asked for again next time.
        database.shutdown(wait=True, cancel_futures=True)
        for conn in (archive, private, robots):
            conn.close()
