"""Street-level crime and outcomes from data.police.uk, counted by borough (opt-in). Single crimes are not kept.

The borough is that of the LSOA's name; rows without a location count as unknown, LSOAs beyond London as outside.
"""

from __future__ import annotations

from aggregator.statistics import datasets
from aggregator.statistics.areas import OUTSIDE, UNKNOWN, area_code
from aggregator.statistics.errors import NotTakenError
from aggregator.statistics.importers.tally import Tally
from aggregator.statistics.model import FileData
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table

_MET = "Metropolitan Police Service"
_SHARED = "crimeid month reportedby fallswithin longitude latitude location lsoacode lsoaname"


def read_crimes(table: Table) -> FileData:
    """A street file of the Met. Raises :class:`NotTakenError` where the rows are another force's or no force's."""
    return _read(table, Tally(table, datasets.STREET_CRIME, "police-uk-street"), "crimetype", "crimes")


def read_outcomes(table: Table) -> FileData:
    """An outcomes file of the Met."""
    return _read(table, Tally(table, datasets.STREET_OUTCOMES, "police-uk-outcomes"), "outcometype", "outcomes")


def _read(table: Table, tally: Tally, kind_name: str, measure: str) -> FileData:
    when, force, kind, lsoa = (table.column(n) for n in ("month", "fallswithin", kind_name, "lsoaname"))
    others: set[str] = set()
    for line, row in table.lines():
        if row[force] != _MET:
            others.add(row[force].strip() or "no force named")
            continue
        tally.rows += 1
        tally.add(measure, _borough(row[lsoa]), (row[kind].strip(),), tally.month(line, when, row[when]), 1)
    if not tally.rows:
        whose = ", ".join(sorted(others)[:5]) or "none"
        raise NotTakenError(f"has no rows of the {_MET} (rows of: {whose})", subject=table.file)
    return tally.file()


def _borough(lsoa_name: str) -> str:
    """``Barking and Dagenham 002B`` → the borough's code."""
    name = lsoa_name.strip().rpartition(" ")[0]
    if not name:
        return UNKNOWN
    return area_code(name) or OUTSIDE


FAMILIES: tuple[Family, ...] = (
    family("police.uk street crime", read_crimes, f"{_SHARED} crimetype lastoutcomecategory context"),
    family("police.uk outcomes", read_outcomes, f"{_SHARED} outcometype"),
)
