"""stats import, stats refresh, stats coverage."""

from __future__ import annotations

from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.commands.collecting import load_config, progress, report_json, report_text
from aggregator.commands.options import Globals, emit, global_options, one_line, table

if TYPE_CHECKING:
    from aggregator.collect import RoundReport
    from aggregator.statistics.files import FileReport


@click.group()
def stats() -> None:
    """The figures: import files, refresh the online ones, see what is missing.

    \b
    Example:
      aggregator stats import downloads/
      aggregator stats coverage
    """


@stats.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--dataset", default="", metavar="ID", help="Only this data set; also lets in the large ones left out otherwise."
)
@global_options
def import_files(options: Globals, paths: tuple[Path, ...], dataset: str) -> None:
    """Imports statistics files, and all files below folders: CSV, CSV.gz, ZIP, JSON, XLSX, ODS, recognised by content.

    Every file is imported or says why not, a line each. Exit status 1 when not one could be imported.

    \b
    Example:
      aggregator stats import ~/downloads/MPS_Borough_Level_Crime.csv 2026-07.zip
    """
    from aggregator import clock
    from aggregator.db import tags
    from aggregator.db.connection import open_writer, transaction
    from aggregator.db.counts import refresh_counts
    from aggregator.lock import collector_lock
    from aggregator.statistics.files import import_paths
    from aggregator.tagging import taxonomy

    with collector_lock(options.archive), closing(open_writer(options.archive)) as conn:
        with transaction(conn):
            tags.sync_taxonomy(conn, taxonomy.load())

        def tell(report: FileReport) -> None:
            if not options.json:
                click.echo(one_line(f"{report.outcome:12} {report.path}: {report.message}"))

        reports = import_paths(
            lambda: open_writer(options.archive), list(paths), tell, seen_at=clock.now(), dataset=dataset
        )
        refresh_counts(conn)
    if options.json:
        emit({"files": [asdict(r) for r in reports]})
    if reports and not any(r.outcome in ("imported", "unchanged") for r in reports):
        raise SystemExit(1)


@stats.command()
@click.option("--all", "every", is_flag=True, help="Those that are not due, too.")
@global_options
def refresh(options: Globals, every: bool) -> None:
    """Collects the statistics sources of feeds.yaml that are due.

    \b
    Example:
      aggregator stats refresh --all
    """
    from aggregator import stopping

    report = stopping.run(_refresh(options, only_due=not every))
    if options.json:
        emit(report_json(report))
    else:
        click.echo(report_text(report))


async def _refresh(options: Globals, *, only_due: bool) -> RoundReport:
    from dataclasses import replace

    from aggregator import clock
    from aggregator.collect import open_collector
    from aggregator.lock import collector_lock

    config = load_config(options)
    with collector_lock(options.archive):
        async with open_collector(options.archive, config, clock.now) as collector:
            figures = tuple(s for s in config.sources if s.kind in STATISTICS_KINDS)
            collector.config = replace(config, sources=figures)
            return await collector.round(only_due=only_due, on_report=progress(options))


STATISTICS_KINDS = frozenset({"table", "calendar", "datastore", "police-stops"})


@stats.command()
@global_options
def coverage(options: Globals) -> None:
    """What is missing, truncated, suspect or provisional in each data set.

    \b
    Example:
      aggregator stats coverage --json
    """
    from aggregator.db.connection import open_reader
    from aggregator.db.statistics_coverage import coverage_report

    with closing(open_reader(options.archive)) as conn:
        found = coverage_report(conn)
    if options.json:
        emit([asdict(row) for row in found])
        return
    if not found:
        click.echo("No figures yet: `aggregator stats import FILE` or a source of kind table brings some.")
        return
    rows = [(r.dataset, r.first, r.last, r.periods, r.releases, len(r.flagged)) for r in found]
    click.echo(table(("data set", "from", "to", "periods", "releases", "flagged"), rows, right=frozenset({3, 4, 5})))
    for data in found:
        for period, state, note in data.flagged:
            click.echo(one_line(f"{data.dataset}  {period}  {state}  {note}"))
