"""stats import, stats refresh, stats coverage."""

from __future__ import annotations

import click


@click.group()
def stats() -> None:
    """The figures: import files, refresh the online ones, see what is missing.

    \b
    Example:
      aggregator stats import downloads/*.csv
      aggregator stats coverage
    """
