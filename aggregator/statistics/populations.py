"""Residents of London by ethnic group: what stops and searches are set against. Census of 2021 (ONS, TS021, OGL v3)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


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
