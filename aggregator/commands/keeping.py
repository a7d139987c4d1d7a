"""status, export, backup, restore."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.commands.options import Globals, emit, global_options, table, whole_number

if TYPE_CHECKING:
    from aggregator.db.subscribers import SubscriberCounts


@click.command()
@global_options
def status(options: Globals) -> None:
    """Health of each source, last and next fetch, counts, database size.

    \b
    Example:
      aggregator status
      aggregator status --json
    """
    from aggregator.db.connection import open_reader
    from aggregator.db.status import read_status

    with closing(open_reader(options.archive)) as conn:
        found = read_status(conn, options.archive)
    if options.json:
        emit(found.as_json())
        return
    headings = ("source", "state", "items", "last success", "last outcome", "failures", "next due", "last error")
    rows = [
        (
            s.id,
            s.state,
            s.items,
            s.last_success_at or "never",
            s.last_outcome or "-",
            s.failures,
            s.next_due_at or "-",
            s.error[:70],
        )
        for s in found.sources
    ]
    click.echo(table(headings, rows, right=frozenset({2, 5})))
    counts = ", ".join(f"{n} {name}" for name, n in found.counts)
    click.echo(
        f"\n{options.archive}: {counts}; {found.bytes / 1e6:.1f} MB public, {found.private_bytes / 1e6:.1f} MB private."
    )
    if said := _subscribers(found.subscribers):
        click.echo(said)


def _subscribers(there: SubscriberCounts) -> str:
    """Webhooks and digests in a line; "" where there are none."""
    parts = []
    if there.webhooks:
        dead = f" ({there.webhooks_dead} dead, {there.webhooks_gone} gone: `aggregator webhook list`)"
        shown = dead if there.webhooks_dead or there.webhooks_gone else ""
        parts.append(f"{there.webhooks} webhooks{shown}, {there.deliveries_waiting} deliveries waiting")
    if there.digests:
        shown = f" ({there.digests_dead} dead: `aggregator digest list`)" if there.digests_dead else ""
        parts.append(f"{there.digests} digests{shown}, {there.mails_waiting} mails waiting")
    return f"Subscriptions: {'; '.join(parts)}." if parts else ""


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--format", "fmt", type=click.Choice(["ndjson", "csv", "parquet", "warc"]), default="ndjson", show_default=True
)
@click.option(
    "--since",
    type=whole_number,
    metavar="NUMBER",
    default=0,
    help="Only updates changed after this change number (changes.seq).",
)
@global_options
def export(options: Globals, folder: Path, fmt: str, since: int) -> None:
    """Writes the public tables as files (gzip for ndjson and csv), large ones in parts, with a manifest.

    CSV is for programs, cell by cell as in the archive. A spreadsheet takes a cell that begins with = + - @ for a formula,
    and titles are whatever publishers wrote: import such columns as text, do not open the file by a double click.

    With --format warc instead every answer as it was received, for the tools of web archives.

    What manifest.json lists is the export, whatever else lies in the folder. With --since, drop what you hold of each
    update that `changes` names, its topics, places and entities too, before you take in what is there now; tables that
    know no update are written whole.

    \b
    Example:
      aggregator export out/ --format csv
      aggregator export delta/ --since 1200
    """
    from aggregator.db.connection import open_reader
    from aggregator.export import export_tables

    if fmt == "warc":
        if since:
            raise click.UsageError("--since is for tables: answers are not numbered by changes")
        _export_warc(options, folder)
        return
    with closing(open_reader(options.archive)) as conn:
        manifest = export_tables(conn, folder, fmt, since=since)
    if options.json:
        emit(manifest)
    else:
        files = manifest["files"]
        click.echo(f"{folder}: {len(files)} files, changes up to {manifest['last_seq']}; see manifest.json")
    if since > manifest["last_seq"]:
        click.echo(
            f"--since {since} is beyond the newest change, {manifest['last_seq']}: no update is in the export. Was the archive "
            "put back from a backup or begun anew? Then export the whole, without --since.",
            err=True,
        )


def _export_warc(options: Globals, folder: Path) -> None:
    from aggregator.db.companion import state_path
    from aggregator.db.connection import open_reader
    from aggregator.warc import export_warc

    with closing(open_reader(state_path(options.archive))) as conn:
        manifest = export_warc(conn, folder)
    if options.json:
        emit(manifest)
    else:
        click.echo(
            f"{folder}: {sum(f['records'] for f in manifest['files'])} records in {len(manifest['files'])} files"
        )


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, path_type=Path))
@global_options
def backup(options: Globals, path: Path) -> None:
    """A consistent copy of both databases while the collector goes on, verified. PATH gets the public one, PATH.state the private.

    \b
    Example:
      aggregator backup /backups/met-2026-11-22.db
    """
    from aggregator.backup import backup as copy

    done = copy(options.archive, path)
    if options.json:
        emit({"updates": done.updates, "bytes": done.bytes})
    else:
        click.echo(f"{path}: {done.updates} updates, {done.bytes / 1e6:.1f} MB, integrity checked.")


@click.command()
@click.argument("path", type=click.Path(dir_okay=False, exists=True, path_type=Path))
@click.option("--force", is_flag=True, help="Replace an archive that is there already, with its private database.")
@global_options
def restore(options: Globals, path: Path, force: bool) -> None:
    """Puts a backup in the archive's place, after checking it. Stop collector and site first.

    \b
    Example:
      aggregator restore /backups/met-2026-11-22.db --force
    """
    from aggregator.backup import companion
    from aggregator.backup import restore as put_back

    done = put_back(path, options.archive, force=force)
    if options.json:
        emit({"updates": done.updates, "bytes": done.bytes, "aside": None if done.aside is None else str(done.aside)})
    else:
        click.echo(f"{options.archive}: restored, {done.updates} updates.")
    if done.aside is not None:
        click.echo(f"The private database that was there is kept as {done.aside}.", err=True)
    if not companion(path).exists():
        click.echo(f"There is no {companion(path)}: the private database was left as it was.", err=True)
