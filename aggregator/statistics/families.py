"""Every known family of tables, sheets and JSON answers. No two families share a header."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain, islice

from aggregator.statistics.errors import NotTakenError, QuarantinedError
from aggregator.statistics.importers import (
    dashboard,
    home_office,
    met_tables,
    recorded_crime,
    searches_and_force,
    stops,
    street,
    surveys_and_strength,
)
from aggregator.statistics.model import FileData, Part
from aggregator.statistics.recognise import Family, recognise
from aggregator.statistics.sheets import Sheet
from aggregator.statistics.tables import Table, table

FAMILIES: tuple[Family, ...] = (
    *recorded_crime.FAMILIES,
    *stops.FAMILIES,
    *dashboard.FAMILIES,
    *met_tables.FAMILIES,
    *searches_and_force.FAMILIES,
    *surveys_and_strength.FAMILIES,
    *street.FAMILIES,
    *home_office.FAMILIES,
)

_HEADER_WITHIN = 12
"""Rows of a sheet among which its header is looked for: titles and notes stand above it."""


def read_table(found: Table) -> FileData:
    """Recognises a table and reads it. Raises :class:`ParseError` subclasses of ``statistics.errors``."""
    return recognise(found, FAMILIES).importer(found)


def read_sheets(file: str, sheets: Iterable[Sheet]) -> FileData:
    """Reads every sheet whose header is known. Raises :class:`QuarantinedError` when there is none in the workbook."""
    parts: list[Part] = []
    problems: list[str] = []
    unknown: list[str] = []
    cover: str | None = None
    for sheet in sheets:
        upper = list(islice(sheet.rows, _HEADER_WITHIN))
        if cover is None:
            cover = _text(upper)
        try:
            data = read_table(replace(_table(sheet, upper), book=cover))
        except QuarantinedError as error:
            unknown.append(f"{sheet.name}: {error.args[0]}")
        else:
            parts.extend(data.parts)
            problems.extend(data.problems)
    if not parts:
        raise QuarantinedError("no sheet has a known header: " + "; ".join(unknown), subject=file)
    if unknown:
        problems.append("sheets left out: " + ", ".join(name.partition(":")[0] for name in unknown))
    return FileData(tuple(parts), tuple(problems))


def _text(rows: list[list[str]]) -> str:
    return " ".join(cell.strip() for row in rows for cell in row if cell.strip())


def _table(sheet: Sheet, upper: list[list[str]]) -> Table:
    """The sheet from its header on: the first of its upper rows that is the header of a family, else its widest."""
    best: Table | None = None
    for n in range(len(upper)):
        if not any(cell.strip() for cell in upper[n]):
            continue
        rows = _padded(chain(upper[n:], sheet.rows))
        candidate = table(f"{sheet.file}!{sheet.name}", rows, first_line=n + 2, above=_text(upper[:n]))
        try:
            recognise(candidate, FAMILIES)
        except QuarantinedError:
            best = candidate if best is None or len(candidate.header) > len(best.header) else best
        else:
            return candidate
    if best is None:
        raise QuarantinedError("is an empty sheet", subject=f"{sheet.file}!{sheet.name}")
    return best


def _padded(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    """Rows as wide as the first one filled: spreadsheets leave out what is empty at the end, or repeat it."""
    width = 0
    for row in rows:
        if not width:
            filled = [n for n, cell in enumerate(row, start=1) if cell.strip()]
            width = filled[-1] if filled else len(row)
        yield row[:width] + [""] * (width - len(row))


def read_json(file: str, document: object) -> FileData:
    """Reads an answer of the police.uk API. Raises :class:`QuarantinedError` naming the keys of an unknown one."""
    if not isinstance(document, list):
        kind = f"an object with {', '.join(sorted(document)[:12])}" if isinstance(document, dict) else "no list"
        raise QuarantinedError(f"unknown JSON: {kind}", subject=file)
    if not document:
        return stops.read_json(file, [])
    first = document[0]
    keys = set(first) if isinstance(first, dict) else set()
    if keys >= stops.JSON_KEYS:
        return stops.read_json(file, document)
    if keys >= stops.DATES_KEYS:
        return stops.read_dates(file, document)
    if keys >= {"category", "location_type", "persistent_id"}:
        raise NotTakenError("holds single street crimes, which are not kept: borough figures are", subject=file)
    nearest = sorted(stops.JSON_KEYS - keys)
    raise QuarantinedError(
        f"unknown JSON: items with {', '.join(sorted(keys)[:20]) or 'no keys'}; nearest are stops, which also have"
        f" {', '.join(nearest)}",
        subject=file,
    )
