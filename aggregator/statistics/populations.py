"""Residents of London by ethnic group: what stops and searches are set against. Census of 2021 (ONS, TS021, OGL v3).

Still to be verified: the five numbers were not taken from a copy of the table TS021. Their sum, 8,799,725, agrees with the
count of all residents (TS001, 8,799,727 by borough) to two, which a test checks. Wherever rates are shown the page says so, in the head of
the column and below the table, as long as :data:`VERIFIED` is false: make it true once the five are compared with the published
table (nomisweb.co.uk, TS021, region London).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

VERIFIED: Final[bool] = False
"""Whether the numbers of residents by group were compared with the published table."""


@dataclass(frozen=True, slots=True)
class EthnicGroup:
    """A group of the census: the first five of those that stops are counted in. Whole of London, the City included."""

    slug: str
    title: str
    population: int
    year: int


@cache
def ethnic_groups() -> tuple[EthnicGroup, ...]:
    """The five groups."""
    text = resources.files(__package__).joinpath("data/ethnicity.csv").read_text(encoding="utf-8")
    return tuple(
        EthnicGroup(row["group"], row["title"], int(row["population"]), int(row["year"]))
        for row in csv.DictReader(text.splitlines())
    )
