"""collect, check, backfill."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.commands.options import Globals, emit, global_options, one_line, table

if TYPE_CHECKING:
    from aggregator.collect import RoundReport
    from aggregator.models import Config
    from aggregator.settle import SourceReport


def load_config(options: Globals) -> Config:
    """The configuration named on the command line, or the default one."""
    from aggregator import config
    from aggregator.tagging import taxonomy

    topics = {t.slug for t in taxonomy.load().topics}
    return config.load(config.find(options.feeds), topics=topics)


@click.command()
@click.option("--source", "sources", multiple=True, metavar="ID", help="Only this source, due or not. May be repeated.")
@click.option("--all", "every", is_flag=True, help="Every enabled source, due or not.")
@global_options
def collect(options: Globals, sources: tuple[str, ...], every: bool) -> None:
    """One round over the sources that are due.

    A source that fails stops no other. Exit status 1 when sources were asked and none could be read.

    \b
    Example:
      aggregator collect --all
      aggregator collect --source met-news --json
    """
    from aggregator import stopping
    from aggregator.models import SUCCESSES, Outcome

    report = stopping.run(_collect(options, sources, only_due=not every))
    if options.json:
        emit(report_json(report))
    else:
        click.echo(report_text(report))
    fine = SUCCESSES | {Outcome.ENDED}
    if report.sources and not any(s.outcome in fine for s in report.sources):
        raise SystemExit(1)


async def _collect(options: Globals, sources: tuple[str, ...], *, only_due: bool) -> RoundReport:
    from aggregator import clock
    from aggregator.collect import open_collector
    from aggregator.lock import collector_lock

    config = load_config(options)
    with collector_lock(options.archive):
        async with open_collector(options.archive, config, clock.now) as collector:
            return await collector.round(sources, only_due=only_due, on_report=progress(options))


class progress:
    """Prints a line per finished source to standard error, if somebody is watching."""

    def __init__(self, options: Globals) -> None:
        self._shown = sys.stderr.isatty() or options.verbose
        self._done = 0

    def __call__(self, report: SourceReport) -> None:
        self._done += 1
        if self._shown:
            click.echo(one_line(f"{self._done:4}  {summary_line(report)}"), err=True)


def summary_line(report: SourceReport) -> str:
    """One source's round in a line: what it brought, or why it brought nothing."""
    from aggregator.models import SUCCESSES

    parts = [f"{report.ms} ms"]
    if report.outcome in SUCCESSES:
        counts = {
            "new": report.new,
            "changed": report.changed,
            "withdrawn": report.withdrawn,
            "unchanged": report.unchanged,
        }
        parts = [", ".join(f"{n} {word}" for word, n in counts.items()), *parts]
    reason = f" - {report.error}" if report.error else ""
    return f"{report.id}: {report.outcome} ({'; '.join(parts)}){reason}"


def report_json(report: RoundReport) -> dict[str, object]:
    """The contract's JSON of a round."""
    return {
        "sources": [
            {"id": s.id, "outcome": str(s.outcome), "new": s.new, "changed": s.changed, "withdrawn": s.withdrawn,
             "unchanged": s.unchanged, "items": s.items, "ms": s.ms, "error": s.error}
            for s in report.sources
        ],
        "new": report.new,
        "changed": report.changed,
    }  # fmt: skip


def report_text(report: RoundReport) -> str:
    """A round as a table for a person."""
    if not report.sources:
        return "Nothing is due. `aggregator collect --all` asks every enabled source all the same."
    rows = [
        (s.id, s.outcome, s.new, s.changed, s.withdrawn, s.unchanged, s.ms, s.error[:100])
        for s in sorted(report.sources, key=lambda s: s.id)
    ]
    headings = ("source", "outcome", "new", "changed", "withdrawn", "unchanged", "ms", "note")
    total = f"{len(rows)} sources: {report.new} new, {report.changed} changed or withdrawn."
    return f"{table(headings, rows, right=frozenset({2, 3, 4, 5, 6}))}\n{total}"


@click.command()
@click.option("--live", is_flag=True, help="Ask each enabled source once and report; nothing is stored.")
@click.option("--archive", "check_archive", is_flag=True, help="Check the archive's integrity and its search index.")
@global_options
def check(options: Globals, live: bool, check_archive: bool) -> None:
    """Validates feeds.yaml, the metadata and the taxonomy.

    \b
    Example:
      aggregator check
      aggregator check --live --json
    """
    from aggregator import clock, stopping
    from aggregator.checks import check_files, check_integrity, check_sources

    config = load_config(options)
    findings = check_files(config, Path.cwd())
    if check_archive:
        findings += check_integrity(options.archive)
    probes = stopping.run(check_sources(config, clock.now, progress_echo=not options.json)) if live else []
    if options.json:
        emit({"ok": not findings, "findings": findings, "sources": [p.as_json() for p in probes]})
    else:
        for finding in findings:
            click.echo(finding, err=True)
        if probes:
            click.echo(
                table(("source", "outcome", "items", "newest", "note"), [p.row() for p in probes], right=frozenset({2}))
            )
        enabled = sum(s.enabled for s in config.sources)
        if not findings:
            click.echo(f"{config.path}: {len(config.sources)} sources, {enabled} on. All is well.")
    if findings or (probes and not any(p.good for p in probes)):
        raise SystemExit(1)


@click.command()
@click.argument("source")
@click.option(
    "--since", metavar="DATE", help="Go back no further than this day, YYYY-MM-DD; a walk under way keeps its own."
)
@click.option("--restart", is_flag=True, help="Begin anew instead of going on where the last walk stopped.")
@click.option("--pages", type=click.IntRange(1), default=None, help="Stop after this many pages; a later call goes on.")
@global_options
def backfill(options: Globals, source: str, since: str | None, restart: bool, pages: int | None) -> None:
    """Walks a source's archive, page by page. Can be stopped and goes on where it was.

    \b
    Example:
      aggregator backfill mopac-decisions --since 2024-01-01
    """
    from aggregator import clock, stopping
    from aggregator.backfill import walk

    config = load_config(options)
    result = stopping.run(
        walk(options.archive, config, source, clock.now, since=since, restart=restart, pages=pages, say=_say(options))
    )
    if options.json:
        click.echo(json.dumps(asdict(result)))
    else:
        click.echo(
            f"{source}: {result.pages} pages read, {result.new} new, {result.changed} changed; "
            f"{_way_left(result.waiting, result.left_out)}."
        )


def _way_left(waiting: int, left_out: int) -> str:
    if waiting:
        return "call again to go on"
    return f"all but {left_out} pages, which were left out, are read" if left_out else "the archive's end is reached"


def _say(options: Globals) -> Callable[[str], object]:
    def say(line: str) -> None:
        if not options.json:
            click.echo(one_line(line), err=True)

    return say
