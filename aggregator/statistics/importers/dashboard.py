"""The Met's monthly crime dashboard: TNO (total notifiable offences), Other and Knife; long CSV or XLSX.

Borough rows and rows of Safer Neighbourhood Teams are the same offences twice: only the borough rows are taken. Offences
and positive outcomes are measures apart. The types of the Other file overlap, so each is a data set of its own with its
own refresh date (one published file carries two).
"""

from __future__ import annotations

from aggregator.statistics import datasets
from aggregator.statistics.areas import area_code
from aggregator.statistics.categories import sentence, slug
from aggregator.statistics.errors import BadTableError, NotTakenError
from aggregator.statistics.importers.tally import Tally
from aggregator.statistics.model import FileData
from aggregator.statistics.periods import day_of
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table, count

_MEASURES = {"offences": "offences", "positiveoutcomes": "positive-outcomes"}
_SHARED = "monthyear areatype boroughsnt areaname areacode measure financialyear fyfyindex count refreshdate"
# The published spelling, and ours.
_TITLES = {"Miscalleneous": "Miscellaneous"}


def read(table: Table) -> FileData:
    """Either shape. Raises :class:`BadTableError` on a measure, area type, date or count that is unknown."""
    group, sub = table.column("offencegroup", "crimetype"), table.column("offencesubgroup", "crimesubtype")
    overlapping = "crimetype" in table.names
    when, kind, measure = table.column("monthyear"), table.column("areatype"), table.column("measure")
    number, refreshed = table.column("count"), table.column("refreshdate")
    tallies: dict[str, Tally] = {}
    for line, row in table.lines():
        if row[kind].strip().lower() == "safer neighbourhood teams":
            continue
        if row[kind].strip().lower() != "borough":
            raise BadTableError(f"line {line}: {row[kind]!r} is neither Borough nor a team", subject=table.file)
        name = _TITLES.get(row[group].strip(), row[group].strip())
        tally = tallies.get(slug(name) if overlapping else "")
        if tally is None:
            tally = _tally(table, name if overlapping else "")
            tallies[slug(name) if overlapping else ""] = tally
        tally.rows += 1
        tally.refreshed = max(tally.refreshed, day_of(row[refreshed]) or "")
        tally.add(
            _measure(table, line, row[measure]),
            _area(table, tally, line, row),
            (row[sub].strip(),) if overlapping else (name, row[sub].strip()),
            tally.month(line, when, row[when]),
            count(table, line, number, row[number]),
        )
    if not tallies:
        raise NotTakenError("has no borough rows", subject=table.file)
    return FileData(tuple(tally.release() for tally in tallies.values()))


def _tally(table: Table, name: str) -> Tally:
    if not name:
        return Tally(table, datasets.TNO, "dashboard-tno")
    return Tally(table, datasets.dashboard_other(slug(name), sentence(name)), "dashboard-other")


def _measure(table: Table, line: int, text: str) -> str:
    measure = _MEASURES.get(text.replace(" ", "").lower())
    if measure is None:
        raise BadTableError(f"line {line}: unknown measure {text!r}", subject=table.file)
    return measure


def _area(table: Table, tally: Tally, line: int, row: list[str]) -> str:
    code = row[table.column("areacode")].strip()
    if code.startswith("E09") and area_code(code):
        return code
    return tally.area(line, row[table.column("areaname")], row[table.column("boroughsnt")])


FAMILIES: tuple[Family, ...] = (
    family("Met monthly crime dashboard (TNO)", read, f"{_SHARED} offencegroup offencesubgroup"),
    family("Met monthly crime dashboard (Other, Knife)", read, f"{_SHARED} crimetype crimesubtype", "sheet"),
)
