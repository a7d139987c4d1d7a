"""withdraw, redact."""

from __future__ import annotations

import click

from aggregator.commands.options import Globals, emit, global_options, who, whole_number

_REACH = "Backups, exports and copies made before still have it: delete or renew them."


@click.command()
@click.argument("update", type=whole_number)
@click.option("--why", required=True, help="The reason; it is public, in the audit.")
@global_options
def withdraw(options: Globals, update: int, why: str) -> None:
    """Takes an update down: every version, the index and the kept bodies. A tombstone stays, and no poll brings it back.

    \b
    Example:
      aggregator withdraw 1764000000000 --why "court order of 3 May"
    """
    from aggregator import clock, takedown
    from aggregator.db.connection import open_reader
    from aggregator.lock import collector_lock

    _said(why)
    open_reader(options.archive).close()
    with collector_lock(options.archive):
        done = takedown.withdraw(options.archive, update, clock.now, who=who(), why=why)
    if options.json:
        emit({"update": update, "versions": done.versions, "bodies": done.bodies, "also": list(done.elsewhere)})
        return
    click.echo(f"{update}: withdrawn, {done.versions} versions and {done.bodies} kept bodies. {_REACH}")
    if done.elsewhere:
        click.echo(f"The same story is also kept as {', '.join(map(str, done.elsewhere))}.")


@click.command()
@click.argument("update", type=whole_number)
@click.option(
    "--pattern",
    required=True,
    help="Regular expression (Python) of the words to remove; case and the kind of apostrophe, quote and dash are ignored.",
)
@click.option("--why", required=True, help="The reason; it is public, in the audit. Matches are removed from it too.")
@click.option("--everywhere", is_flag=True, help="In every update there is and will be, not in this story alone.")
@global_options
def redact(options: Globals, update: int, pattern: str, why: str, everywhere: bool) -> None:
    """Removes words from an update, and from other sources' copies of it, now and in all future polls.

    \b
    Example:
      aggregator redact 1764000000000 --pattern "Jane\\s+Doe|Ms\\s+Doe" --why "named in error"
    """
    from aggregator import clock, takedown
    from aggregator.db.connection import open_reader
    from aggregator.lock import collector_lock

    _said(why)
    open_reader(options.archive).close()
    with collector_lock(options.archive):
        done = takedown.redact(options.archive, update, pattern, clock.now, who=who(), why=why, everywhere=everywhere)
    if options.json:
        emit(
            {
                "updates": list(done.updates),
                "versions": done.versions,
                "bodies": done.bodies,
                "also": list(done.elsewhere),
            }
        )
        return
    click.echo(
        f"{done.versions} versions of {len(done.updates)} updates redacted, {done.bodies} kept bodies dropped. {_REACH}"
    )
    if done.elsewhere:
        numbers = ", ".join(map(str, done.elsewhere[:20]))
        click.echo(
            f"The words are also in {len(done.elsewhere)} other updates ({numbers} …): --everywhere removes them there."
        )


def _said(why: str) -> None:
    if not why.strip():
        raise click.UsageError("--why must say why")
