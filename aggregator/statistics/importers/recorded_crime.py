"""Met recorded crime from the London Datastore: wide CSV, one row per offence class and area, one column per month.

Five header families (A–E) and three classifications of offences, which are three data sets: no series crosses from one
into another. Header and classification are recognised apart, because families B and D share their header.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from aggregator.limits import MAX_STATS_CELLS
from aggregator.statistics import datasets
from aggregator.statistics.areas import area_code, areas_of
from aggregator.statistics.categories import category, with_parents
from aggregator.statistics.errors import BadTableError, QuarantinedError
from aggregator.statistics.model import Area, Category, Cell, Dataset, FileData, ReleaseData
from aggregator.statistics.periods import first_day_after, month_of, months_between, plus_months
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table, count

# Classes that exist in one classification only (STATISTICS of the sources, taken from the real files).
_CONNECT_2024 = frozenset(
    [
        "theft-from-the-person",
        "trafficking-of-drugs",
        "theft-from-a-vehicle",
        "theft-or-unauth-taking-of-a-motor-veh",
        "misc-crimes-against-society",
        "stalking-and-harassment",
        "res-burglary-of-a-home",
        "res-burglary-of-unconnected-building",
        "other-offences-public-order",
        "death-serious-injury-illegal-driving",
        "race-or-religious-agg-public-fear",
        "nfib",
    ]
)
_HOME_OFFICE_2019 = frozenset(
    [
        "theft-from-person",
        "drug-trafficking",
        "theft-from-a-motor-vehicle",
        "theft-or-taking-of-a-motor-vehicle",
        "possession-of-article-with-blade-or-point",
        "going-equipped-for-stealing",
        "handling-stolen-goods",
        "wildlife-crime",
        "other-offences-against-the-state-or-public-order",
        "racially-or-religiously-aggravated-public-fear-al",
        "threat-or-possession-with-intent-to-commit-crimina",
        "possession-of-other-weapon",
        "other-notifiable-offences",
    ]
)
_WIDE_HISTORY_MONTHS = 30  # a file with more months than this is the historical one; the other has 24 or 25


@dataclass(slots=True)
class _Found:
    """What the rows of one file add up to."""

    cells: dict[tuple[str, str, str], float] = field(default_factory=dict)
    areas: dict[str, Area] = field(default_factory=dict)
    categories: dict[str, Category] = field(default_factory=dict)
    majors: dict[str, str] = field(default_factory=dict)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    rows: int = 0
    upper: bool = True
    problems: list[str] = field(default_factory=list)


def read_borough(table: Table) -> FileData:
    """Families A–E of the borough files. Raises :class:`BadTableError` on a cell that is no count."""
    major, minor = (
        table.column("majorcategory", "majortext", "group"),
        table.column("minorcategory", "minortext", "subgroup"),
    )
    where = table.column("boroughname", "lookupboroughname", "bocu", "borough")
    found = _Found()
    months = _months(table)
    for line, row in table.lines():
        code = _borough(table, found, line, row[where])
        _take(table, found, line, row, (row[major], row[minor]), code, months)
    dataset, letter = _classification(table, found)
    return FileData((_release(table, dataset, f"borough-{letter}", found, months),))


def read_ward(table: Table) -> FileData:
    """The ward files, both column orders. Wards keep their 2022 codes; rows without one are a pseudo-area."""
    major, minor = table.column("majortext", "group"), table.column("minortext", "subgroup")
    name, code_at, borough = table.column("wardname"), table.column("wardcode"), table.column("lookupboroughname")
    found = _Found()
    months = _months(table)
    for line, row in table.lines():
        code = row[code_at].strip()
        if re.fullmatch(r"E05\d{6}", code):
            found.areas.setdefault(code, Area(code, row[name].strip(), "ward"))
        else:
            code = _borough(table, found, line, row[borough] if area_code(row[name]) is None else row[name])
        # Heathrow's ward stands twice: what its borough and what aviation security recorded there.
        _take(table, found, line, row, (row[major], row[minor]), code, months, row[borough])
    return FileData((_release(table, datasets.RECORDED_WARD, "ward", found, months),))


def read_lsoa(table: Table) -> FileData:
    """The LSOA files (2021 LSOAs; no sexual offences, no fraud)."""
    major, minor = table.column("majorcategory"), table.column("minorcategory")
    name, code_at = table.column("lsoaname"), table.column("lsoacode")
    found = _Found()
    months = _months(table)
    for line, row in table.lines():
        code = row[code_at].strip()
        if not re.fullmatch(r"E01\d{6}", code):
            raise BadTableError(f"line {line}: {code!r} is no LSOA code", subject=table.file)
        found.areas.setdefault(code, Area(code, row[name].strip(), "lsoa"))
        _take(table, found, line, row, (row[major], row[minor]), code, months)
    return FileData((_release(table, datasets.RECORDED_LSOA, "lsoa", found, months),))


def _months(table: Table) -> dict[int, str]:
    """Column position → month. Raises :class:`BadTableError` on an impossible month or a gap between months."""
    months: dict[int, str] = {}
    for position, name in enumerate(table.names):
        if re.fullmatch(r"\d{6}", name):
            month = month_of(name)
            if month is None:
                raise BadTableError(f"column {table.header[position]} is no month", subject=table.file)
            months[position] = month
    present = sorted(months.values())
    lacking = sorted(set(months_between(present[0], present[-1])) - set(present))
    if lacking:
        raise BadTableError(f"has no column for {', '.join(lacking)}, between months that it has", subject=table.file)
    return months


def _borough(table: Table, found: _Found, line: int, name: str) -> str:
    code = area_code(name)
    if code is None:
        raise BadTableError(
            f"line {line}: {name!r} is no borough and no area known beside boroughs", subject=table.file
        )
    return code


def _take(
    table: Table,
    found: _Found,
    line: int,
    row: list[str],
    names: tuple[str, str],
    area: str,
    months: dict[int, str],
    beside: str = "",
) -> None:
    """Adds one row: melts its months, keeps what is not zero, refuses a row that is there twice.

    Rows of one area that differ in ``beside`` are added up.
    """
    found.rows += 1
    kind = category(*names)
    found.upper = found.upper and names[1] == names[1].upper()
    found.categories.setdefault(kind.code, kind)
    found.majors.setdefault(kind.parent, names[0])
    for position, month in months.items():
        text = row[position]
        if text == "0":
            continue
        value = count(table, line, position, text)
        if value:
            key = (area, kind.code, month)
            if key in found.cells and (area, kind.code, beside) in found.seen:
                raise BadTableError(f"line {line}: {kind.code} in {area} is there twice", subject=table.file)
            found.cells[key] = found.cells.get(key, 0) + value
    found.seen.add((area, kind.code, beside))
    if len(found.cells) > MAX_STATS_CELLS:
        raise BadTableError(f"has more than {MAX_STATS_CELLS} figures", subject=table.file)


def _classification(table: Table, found: _Found) -> tuple[Dataset, str]:
    """The data set by the classes of offences in it, and the letter of the header family.

    Raises :class:`QuarantinedError` when classes of two classifications stand side by side.
    """
    minors = {code.rpartition("/")[2] for code in found.categories}
    if "majorcategory" in table.names:
        return datasets.RECORDED_BOROUGH_2008, "A"
    new, old = minors & _CONNECT_2024, minors & _HOME_OFFICE_2019
    if new and old:
        raise QuarantinedError(
            f"mixes classes of 2024 ({', '.join(sorted(new)[:3])}) with classes of 2019 ({', '.join(sorted(old)[:3])})",
            subject=table.file,
        )
    if "bocu" in table.names:
        if old:
            raise QuarantinedError("has the columns of 2026 and the offence classes of 2019", subject=table.file)
        return datasets.RECORDED_BOROUGH, "E"
    if new or (not old and found.upper):
        return datasets.RECORDED_BOROUGH, "D"
    return datasets.RECORDED_BOROUGH_2019, "C" if "lookupboroughname" in table.names else "B"


def _release(table: Table, dataset: Dataset, name: str, found: _Found, months: dict[int, str]) -> ReleaseData:
    if not found.rows:
        raise BadTableError("has a header and no rows", subject=table.file)
    first, last = min(months.values()), max(months.values())
    history = len(months) > _WIDE_HISTORY_MONTHS
    # The historical file ends where the 24 months of the same release begin.
    newest = plus_months(last, 24) if history else last
    known = areas_of({area for area, _, _ in found.cells if area not in found.areas})
    return ReleaseData(
        dataset=dataset,
        header_family=name + ("-historical" if history else ""),
        period_from=first,
        period_to=last,
        cells=tuple(Cell("offences", area, code, month, value) for (area, code, month), value in found.cells.items()),
        areas=known + tuple(found.areas.values()),
        categories=with_parents(found.categories, found.majors),
        earliest_date=first_day_after(newest),
        rank=0 if history else 1,
        rows=found.rows,
        problems=tuple(found.problems),
    )


FAMILIES: tuple[Family, ...] = (
    family(
        "recorded crime by borough, to February 2019 (A)",
        read_borough,
        "borough majorcategory minorcategory",
        months=True,
    ),
    family("recorded crime by borough (B, D)", read_borough, "majortext minortext boroughname", months=True),
    family(
        "recorded crime by borough, to February 2024 (C)",
        read_borough,
        "majortext minortext lookupboroughname",
        months=True,
    ),
    family("recorded crime by borough, from June 2026 (E)", read_borough, "group subgroup bocu", months=True),
    family("recorded crime by ward", read_ward, "majortext minortext wardname wardcode lookupboroughname", months=True),
    family(
        "recorded crime by ward, 2026", read_ward, "group subgroup wardname wardcode lookupboroughname", months=True
    ),
    family("recorded crime by LSOA", read_lsoa, "lsoacode lsoaname borough majorcategory minorcategory", months=True),
)
