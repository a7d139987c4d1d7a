"""Which family a table belongs to: by the set of its normalised column names, never by file name or column order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from aggregator.statistics.errors import QuarantinedError
from aggregator.statistics.model import FileData
from aggregator.statistics.tables import Table

Importer = Callable[[Table], FileData]
_MONTH = re.compile(r"\d{6}$")


@dataclass(frozen=True, slots=True)
class Family:
    """A known header. ``months``: one more column for each month, named YYYYMM."""

    name: str
    importer: Importer
    columns: frozenset[str]
    optional: frozenset[str] = frozenset()
    months: bool = False
    more: bool = False  # further columns do not matter: each stands for itself

    def matches(self, names: frozenset[str], has_months: bool) -> bool:
        """Every column is there, and nothing that is not foreseen: an unforeseen column can change what a row means."""
        allowed = self.more or names <= self.columns | self.optional
        return self.columns <= names and allowed and self.months == has_months


def family(
    name: str, importer: Importer, columns: str, optional: str = "", *, months: bool = False, more: bool = False
) -> Family:
    """A family from blank-separated normalised column names."""
    return Family(name, importer, frozenset(columns.split()), frozenset(optional.split()), months, more)


def recognise(table: Table, families: tuple[Family, ...]) -> Family:
    """The one family with this header. Raises :class:`QuarantinedError` naming what is lacking and what is there."""
    months = [name for name in table.names if _MONTH.match(name)]
    names = [name for name in table.names if not _MONTH.match(name)]
    named = [name for name in table.names if name]
    if len(set(named)) != len(named):
        twice = sorted({h for h, n in zip(table.header, table.names, strict=True) if n and named.count(n) > 1})
        raise QuarantinedError(f"has columns twice: {', '.join(twice)}", subject=table.file)
    for candidate in families:
        if candidate.matches(frozenset(names), bool(months)):
            return candidate
    raise QuarantinedError(_describe(table, frozenset(names), bool(months), families), subject=table.file)


def _describe(table: Table, names: frozenset[str], months: bool, families: tuple[Family, ...]) -> str:
    """The nearest family, what the header lacks of it and what it has beside it; all columns as published."""
    has = [h for h, n in zip(table.header, table.names, strict=True) if not _MONTH.match(n)]
    shown = ", ".join(has[:20]) + (f" and {len(has) - 20} more" if len(has) > 20 else "")

    def likeness(candidate: Family) -> float:
        return len(names & candidate.columns) / len(names | candidate.columns)

    nearest = max(families, key=likeness)
    if likeness(nearest) == 0:
        return f"unknown header: {shown}; no known family has any of these columns"
    lacks = sorted(nearest.columns - names) + (["columns named YYYYMM"] if nearest.months and not months else [])
    beside = [h for h in has if re.sub(r"[^a-z0-9]+", "", h.lower()) not in nearest.columns | nearest.optional]
    beside += ["columns named YYYYMM"] if months and not nearest.months else []
    return (
        f"unknown header: {shown}; nearest is {nearest.name}, of which it lacks {', '.join(lacks) or 'nothing'}"
        f" and beside which it has {', '.join(beside[:20]) or 'nothing'}"
    )
