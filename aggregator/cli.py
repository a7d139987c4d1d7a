"""The ``aggregator`` command: names, help and global options. What each command does is in ``aggregator/commands``."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import click

from aggregator import __version__
from aggregator.commands.options import Globals

COMMANDS: dict[str, str] = {
    "collect": "collecting:collect",
    "run": "running:run",
    "serve": "running:serve",
    "collector": "running:collector",
    "demo": "running:demo",
    "check": "collecting:check",
    "backfill": "collecting:backfill",
    "tag": "tagging:tag",
    "retag": "tagging:retag",
    "correct": "tagging:correct",
    "withdraw": "record:withdraw",
    "redact": "record:redact",
    "stats": "stats:stats",
    "status": "keeping:status",
    "export": "keeping:export",
    "webhook": "subscribing:webhook",
    "digest": "mailing:digest",
    "backup": "keeping:backup",
    "restore": "keeping:restore",
}
"""Command name → module:function under aggregator/commands. A module is imported when its command is used."""


class LazyGroup(click.Group):
    """Imports a command's module only when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of COMMANDS: the everyday ones first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, function = target.partition(":")
        command = getattr(import_module(f"aggregator.commands.{module}"), function)
        if not isinstance(command, click.Command):
            raise TypeError(f"{target} is not a command")
        return command


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option("--db", type=click.Path(dir_okay=False, path_type=Path), help="The archive. [default: data/met.db]")
@click.option(
    "--feeds", type=click.Path(dir_okay=False, path_type=Path), help="The list of sources. [default: ./feeds.yaml]"
)
@click.option("--verbose", is_flag=True, help="Say more, on standard error.")
@click.option("--json", "as_json", is_flag=True, help="Report as one JSON document on standard output.")
@click.version_option(__version__, prog_name="aggregator")
@click.pass_context
def main(ctx: click.Context, db: Path | None, feeds: Path | None, verbose: bool, as_json: bool) -> None:
    """The record of London policing: news, policy and statistics, collected, versioned, tagged and published.

    \b
    Example:
      aggregator demo                 see it work, on invented sources, without a network
      aggregator run                  collect what is due, keep the schedule, serve the site
      aggregator status               how each source is doing
    """
    ctx.obj = Globals(db=db, feeds=feeds, verbose=verbose, json=as_json)
