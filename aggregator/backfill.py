"""Walks a source's archive page by page; each page is settled like a round, and the way left is kept after each."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from aggregator.clock import Clock
from aggregator.collect import Collector, open_collector
from aggregator.db import backfills
from aggregator.db.backfills import Way
from aggregator.errors import AggregatorError, ConfigError
from aggregator.gather import gather
from aggregator.limits import BACKFILL_FAILURES, EARLIEST_YEAR, MAX_BACKFILL_QUEUE
from aggregator.lock import collector_lock
from aggregator.models import SUCCESSES, Config, Request, Source, Utc
from aggregator.settle import settle
from aggregator.sources.registry import KINDS
from aggregator.statistics.periods import day_of

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Walked:
    """What one call of :func:`walk` did, and whether the archive's end is reached."""

    pages: int
    new: int
    changed: int
    left_out: int  # pages that were too many to keep waiting
    waiting: int
    finished: bool


async def walk(
    db: Path,
    config: Config,
    source_id: str,
    clock: Clock,
    *,
    since: str | None,
    restart: bool,
    pages: int | None,
    say: Say,
) -> Walked:
    """Walks until the archive's end, ``pages`` pages, or BACKFILL_FAILURES failures in a row.

    Raises :class:`ConfigError` for an unknown source, a bad date, or another than that of a walk under way,
    :class:`AggregatorError` when the source's kind has no archive to walk.
    """
    source = config.source(source_id)
    if source is None:
        raise ConfigError(f"no such source in {config.path}; `aggregator status` lists them", subject=source_id)
    begin = KINDS[source.kind].archive
    if begin is None:
        able = ", ".join(s.id for s in config.sources if KINDS[s.kind].archive is not None)
        raise AggregatorError(
            f"kind {source.kind} has no archive that can be walked; these have: {able}", subject=source_id
        )
    first = _since(since, clock())
    with collector_lock(db):
        async with open_collector(db, config, clock) as collector:
            way = None if restart else backfills.load(collector.desk.private, source_id)
            if way is None:
                way = Way(list(begin(source, first, clock())), first)
            elif first not in (None, way.since):
                raise ConfigError(
                    f"another walk is under way, back to {(way.since or 'the beginning')[:10]}, {len(way.queue)} pages "
                    "waiting: leave --since out to go on with it, or add --restart to begin anew",
                    subject=f"--since {since}",
                )
            else:
                say(f"{source_id}: going on with {len(way.queue)} pages waiting (--restart begins anew)")
            return await _pages(collector, source, way, pages, say)


def _since(text: str | None, now: Utc) -> Utc | None:
    if text is None:
        return None
    earliest, today = f"{EARLIEST_YEAR}-01-01", now[:10]
    if day_of(text) != text or not earliest <= text <= today:
        raise ConfigError(
            f"is no date to go back to; write it as 2024-01-31, from {earliest} to {today}", subject=f"--since {text}"
        )
    return Utc(f"{text}T00:00:00Z")


async def _pages(collector: Collector, source: Source, way: Way, limit: int | None, say: Say) -> Walked:
    done = new = changed = failures = 0
    queue = way.queue
    kind = KINDS[source.kind]
    unconditional = replace(collector.tools(source), look_up=_unknown)
    seen: set[str] = set()
    while queue and (limit is None or done < limit):
        request = queue.pop(0)
        if request.url in seen:
            continue
        seen.add(request.url)
        started, now = time.monotonic(), collector.clock()
        got = await gather(source, kind, (request,), unconditional, now, limit=1)
        ms = round((time.monotonic() - started) * 1000)
        report = await collector.on_database(settle, collector.desk, source, got, now, ms, backfill=True)
        say(f"{source.id}: page {done + 1}: {report.outcome}, {report.items} items, {report.new} new - {request.url}")
        if report.outcome not in SUCCESSES:
            failures += 1
            queue.insert(0, request)
            seen.discard(request.url)
            if failures >= BACKFILL_FAILURES:
                say(f"{source.id}: {failures} failures in a row, the last: {report.error}; call again later to go on")
                break
            continue
        failures = 0
        done, new, changed = done + 1, new + report.new, changed + report.changed + report.withdrawn
        queue.extend(got.queue)
        way.left_out += max(0, len(queue) - MAX_BACKFILL_QUEUE)
        del queue[MAX_BACKFILL_QUEUE:]
        await collector.on_database(backfills.save, collector.desk.private, source.id, way, now)
    if way.left_out:
        say(
            f"{source.id}: {way.left_out} pages are left out: at most {MAX_BACKFILL_QUEUE} may be waiting; "
            "--restart with a later --since walks a shorter way"
        )
    return Walked(done, new, changed, way.left_out, len(queue), finished=not queue and not way.left_out)


async def _unknown(_: Request) -> None:
    """An archive page is asked for as if for the first time."""
    return
