"""The canned queries, one ``.sql`` file each: Datasette serves them under ``/met/NAME`` and the pages use them too.

Parameters that are not given arrive as ''. Every query has a column ``next``: that of the last row, given back as the
query's cursor parameter (``before``, ``after`` or ``since``), continues where it ended. What several queries share is in a
file of its own, ``_NAME.sql``, and each names it in a comment where it belongs.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Final

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

FIGURES: Final = "_figures"
"""The areas and categories that `:dataset`, `:area` and `:category` ask for, and their present figures by area, period and release; needs `asked(measure)`."""
REPLACED: Final = "_replaced"
"""Their figures that were replaced since, by period and by the old and the new release; follows :data:`FIGURES`."""
_PART: Final = re.compile(r"/\* (_[a-z]+)\.sql \*/")


@cache
def sql(name: str) -> str:
    """The SQL of a canned query, with the parts it shares with others in their places."""
    return _PART.sub(
        lambda found: sql(found[1]), resources.files(__name__).joinpath(f"{name}.sql").read_text("utf-8").strip()
    )
