"""Global options, errors and output, the same for every command."""

from __future__ import annotations

import functools
import json
import logging
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from aggregator.errors import AggregatorError
from aggregator.machine import failure

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_DB = Path("data/met.db")
_LARGEST = 2**63 - 1  # what SQLite holds as an integer


def whole_number(value: str | int) -> int:
    """Type of a number that may stand in the archive: of an update, a change, a webhook.

    Raises :class:`click.BadParameter` (exit status 2) for what is none, is negative, or no database could hold.
    """
    try:
        found = int(value)
    except ValueError as error:
        raise click.BadParameter(f"{str(value)[:40]!r} is not a whole number") from error
    if not 0 <= found <= _LARGEST:
        raise click.BadParameter(f"{str(value)[:40]} is no number of anything here: from 0 to {_LARGEST}")
    return found


@dataclass(frozen=True, slots=True)
class Globals:
    """The global options, wherever on the command line they stood."""

    db: Path | None = None
    feeds: Path | None = None
    verbose: bool = False
    json: bool = False

    @property
    def archive(self) -> Path:
        """The public archive to work on."""
        return self.db or DEFAULT_DB


def global_options(command: F) -> F:
    """Lets a command take --db, --feeds, --verbose and --json after its name as well as before, and report errors plainly."""

    @click.option("--db", type=click.Path(dir_okay=False, path_type=Path), help=f"The archive. [default: {DEFAULT_DB}]")
    @click.option(
        "--feeds", type=click.Path(dir_okay=False, path_type=Path), help="The list of sources. [default: ./feeds.yaml]"
    )
    @click.option("--verbose", is_flag=True, help="Say more, on standard error.")
    @click.option("--json", "as_json", is_flag=True, help="Report as one JSON document on standard output.")
    @functools.wraps(command)
    def wrapped(*args: Any, db: Path | None, feeds: Path | None, verbose: bool, as_json: bool, **kwargs: Any) -> Any:
        outer = click.get_current_context().obj or Globals()
        options = replace(
            outer,
            db=db or outer.db,
            feeds=feeds or outer.feeds,
            verbose=verbose or outer.verbose,
            json=as_json or outer.json,
        )
        configure_logging(options.verbose)
        try:
            return command(options, *args, **kwargs)
        except AggregatorError as error:
            raise SystemExit(fail(str(error), error.exit_status)) from None
        except BrokenPipeError:  # whoever reads the output has had enough: click ends quietly
            raise
        except (
            OSError,
            sqlite3.Error,
        ) as error:  # a full disk, a file that is no database: the machine, not the program
            logging.getLogger(__name__).debug("where it failed", exc_info=True)
            raise SystemExit(fail(_said(error, options.archive))) from None

    return wrapped  # type: ignore[return-value]


def _said(error: OSError | sqlite3.Error, archive: Path) -> str:
    if isinstance(error, sqlite3.Error):
        if why := failure(error):
            return f"{archive}: {why}"
        return f"{archive}: cannot be used ({error}); `aggregator check --archive` looks at it, --db names another"
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}"


def configure_logging(verbose: bool) -> None:
    """Logs go to standard error, one line each, with remote text kept from forging lines."""
    logging.basicConfig(
        level=logging.DEBUG if verbose else logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
        stream=sys.stderr,
        force=True,
    )
    for noisy in ("httpx", "httpcore", "asyncio", "apscheduler", "charset_normalizer"):
        logging.getLogger(noisy).setLevel(logging.INFO if verbose else logging.WARNING)


def fail(message: str, status: int = 1) -> int:
    """Says what went wrong, in one line on standard error, and gives back the exit status."""
    click.echo(f"aggregator: {one_line(message)}", err=True)
    return status


def one_line(text: str) -> str:
    """Remote text for a terminal: no line breaks, no control characters (they could steer the terminal)."""
    return "".join(c if c.isprintable() else " " for c in text)


def emit(document: object) -> None:
    """One JSON document on standard output."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, right: frozenset[int] = frozenset()) -> str:
    """A plain text table; columns in ``right`` are aligned to the right."""
    cells = [[one_line(str(c)) for c in row] for row in rows]
    widths = [max([len(h), *(len(r[i]) for r in cells)]) for i, h in enumerate(headings)]
    lines = []
    for row in [list(headings), ["-" * w for w in widths], *cells]:
        parts = [c.rjust(w) if i in right else c.ljust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)


def who() -> str:
    """Who makes a decision that is audited: $AGGREGATOR_USER, else the login name."""
    return os.environ.get("AGGREGATOR_USER") or os.environ.get("USER") or "unknown"
