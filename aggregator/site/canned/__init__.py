"""The canned queries, one ``.sql`` file each: Datasette serves them under ``/met/NAME`` and the pages use them too.

Parameters that are not given arrive as ''. Every query has a column ``next``: that of the last row, given back as the
query's cursor parameter (``before``, ``after`` or ``since``), continues where it ended.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

NAMES = (
    "updates_by_topic",
    "updates_by_place",
    "search_updates",
    "changes_since",
    "policy_history",
    "topic_timeline",
    "series",
    "series_as_of",
    "stops_monthly",
)


@cache
def sql(name: str) -> str:
    """The SQL of a canned query."""
    return resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8").strip()
