"""run, serve, collector, demo."""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.commands.collecting import load_config, report_text, summary_line
from aggregator.commands.options import Globals, global_options, one_line

if TYPE_CHECKING:
    from aggregator.settle import SourceReport

HOST = "127.0.0.1"
PORT = 8001
_host = click.option("--host", default=HOST, show_default=True, help="Address to listen on.")
_port = click.option(
    "--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 picks a free one."
)


@click.command()
@_host
@_port
@global_options
def serve(options: Globals, host: str, port: int) -> None:
    """The site alone, over the archive as it is. Collecting may go on in another process.

    \b
    Example:
      aggregator serve --port 8001
    """
    from aggregator.db.connection import check_file
    from aggregator.site.app import serve as serve_site

    config = load_config(options)  # the site's address for the world, which identifiers in feeds begin with
    check_file(options.archive)
    serve_site(options.archive, host, port, public_url=config.public_url)


@click.command()
@_host
@_port
@global_options
def run(options: Globals, host: str, port: int) -> None:
    """Collects what is due, keeps the schedule and serves the site, until Ctrl-C or SIGTERM.

    \b
    Example:
      aggregator run
      aggregator --db /srv/met.db run --host 0.0.0.0 --port 80
    """
    from aggregator.db.connection import check_file
    from aggregator.site.app import serve as serve_site
    from aggregator.supervise import Supervisor, collector_command

    config = load_config(options)  # a broken feeds.yaml, or a wrong file, is said before anything starts
    check_file(options.archive)
    supervisor = Supervisor(collector_command(options.archive, options.feeds, verbose=options.verbose))
    supervisor.start()
    try:
        serve_site(options.archive, host, port, public_url=config.public_url)
    finally:
        supervisor.stop()


@click.command()
@click.option(
    "--supervised", is_flag=True, hidden=True, help="Stop when standard input is closed: for `run`, whose child it is."
)
@global_options
def collector(options: Globals, supervised: bool) -> None:
    """Keeps the schedule without the site, for a server.

    Collects what is due until Ctrl-C or SIGTERM, beside `serve` as a second service; `run` is both in one. How each source
    went is said on standard error.

    \b
    Example:
      aggregator --db /srv/met/data/met.db collector
    """
    from aggregator import clock
    from aggregator.schedule import run_collector

    config = load_config(options)
    # Unbuffered: a thread that holds the lock of sys.stdin would make the interpreter abort at exit.
    wait = (lambda: os.read(sys.stdin.fileno(), 1)) if supervised else None
    run_collector(options.archive, config, clock.now, Narrator(), stop_on_eof=wait)


class Narrator:
    """Says on standard error how each source went, and what to do when nothing can be reached."""

    def __init__(self) -> None:
        self._unreached = 0
        self._reached = False
        self._advised = False

    def __call__(self, report: SourceReport) -> None:
        click.echo(one_line(summary_line(report)), err=True)
        if report.outcome in ("dns", "connect", "timeout"):
            self._unreached += 1
        else:
            self._reached = True
        if self._unreached >= 3 and not self._reached and not self._advised:
            self._advised = True
            click.echo(
                "No source can be reached: is this machine offline? They are tried again by themselves. "
                "To see the site filled without a network: aggregator demo",
                err=True,
            )


@click.command()
@_host
@_port
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the demonstration's archive in this folder: an empty one, or one from an earlier demonstration, which it replaces.",
)
@click.option("--no-serve", is_flag=True, help="Build the archive and stop (use with --keep).")
@global_options
def demo(options: Globals, host: str, port: int, keep: Path | None, no_serve: bool) -> None:
    """The whole pipeline on invented sources from a local origin, then the site. Needs no network.

    Two rounds are collected, so that edits, a withdrawal and a revision of figures are there to see.

    \b
    Example:
      aggregator demo
      aggregator demo --keep /tmp/met-demo --port 8080
    """
    from aggregator import stopping
    from aggregator.demo.build import build, stage
    from aggregator.site.app import serve as serve_site
    from aggregator.supervise import Supervisor, collector_command

    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="met-demo-")))
        at = stack.enter_context(stage(folder))
        for number, report in enumerate(stopping.run(build(at)), start=1):
            click.echo(f"Round {number}\n{report_text(report)}\n", err=True)
        if no_serve:
            return
        supervisor = Supervisor(collector_command(at.db, at.feeds, verbose=options.verbose))
        supervisor.start()  # from here on it is `run`, on invented sources
        stack.callback(supervisor.stop)
        serve_site(at.db, host, port)
