"""Home Office tables (ODS): use of force by force and tactic, and the open table of the police workforce.

Only the rows of the Metropolitan Police are taken. The year of a use-of-force sheet stands in its title or on the
workbook's cover, not in its rows.
"""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.statistics import datasets
from aggregator.statistics.errors import NotTakenError, QuarantinedError
from aggregator.statistics.importers.tally import WHOLE_FORCE, Tally
from aggregator.statistics.model import FileData
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table, count

_MET = {"metropolitan", "metropolitan police"}
_YEARS = re.compile(r"April (\d{4}) (?:to|-|–) (?:31 )?March (\d{4})|year ending (?:31 )?March (\d{4})", re.IGNORECASE)
_NOTE = re.compile(r"\s*\[note[^\]]*\]", re.IGNORECASE)
_VIEWS = {
    "under11years": "age",
    "male": "gender",
    "white": "ethnicity",
    "mental": "health",
    "blackorblackbritish": "ethnicity",
}


def read_use_of_force(table: Table) -> FileData:
    """Tactics by age, gender, ethnicity or health condition of the person. Tactics overlap ("of which" rows).

    Raises :class:`QuarantinedError` where the year is not in title or cover (the CSV copies have neither).
    """
    year = _financial_year(table)
    tactic, whole = table.column("tactic"), table.column("numberoftimestacticreported")
    force = table.column("policeforce")
    groups = [n for n in range(table.column("tactic") + 1, len(table.names)) if n != whole and table.names[n]]
    view = next((_VIEWS[table.names[n]] for n in groups if table.names[n] in _VIEWS), "group")
    dataset = replace(
        datasets.HO_USE_OF_FORCE,
        id=f"{datasets.HO_USE_OF_FORCE.id}-by-{view}",
        title=f"{datasets.HO_USE_OF_FORCE.title}, by {view}",
    )
    tally = Tally(table, dataset, f"home-office-use-of-force-{view}")
    for line, row in table.lines():
        if not _is_met(row[force]):
            continue
        tally.rows += 1
        name = row[tactic].strip().lstrip("*").removesuffix(", of which")
        tally.add("tactics", WHOLE_FORCE, (name,), year, count(table, line, whole, row[whole]))
        for column in groups:
            path = (name, " ".join(table.header[column].split()))
            tally.add("tactics", WHOLE_FORCE, path, year, count(table, line, column, row[column]))
    return tally.file()


def _financial_year(table: Table) -> str:
    found = _YEARS.search(table.above) or _YEARS.search(table.book)
    if not found:
        raise QuarantinedError(
            "does not say which year it is of: give the workbook, whose sheets have titles", subject=table.file
        )
    end = int(found[2] or found[3])
    return f"FY{end - 1}-{end % 100:02d}"


def _is_met(text: str) -> bool:
    return _NOTE.sub("", text).strip().lower() in _MET


def read_workforce(table: Table) -> FileData:
    """Headcount by type of worker, rank and sex, as at 31 March of each year."""
    when, force = table.column("asat31march"), table.column("forcename")
    kind, rank, sex = table.column("workertype"), table.column("rank"), table.column("sex")
    number = table.column("totalheadcount")
    tally = Tally(table, datasets.HO_WORKFORCE, "home-office-workforce")
    for line, row in table.lines():
        if not _is_met(row[force]):
            continue
        if not re.fullmatch(r"(19|20)\d{2}", row[when].strip()):
            raise QuarantinedError(f"line {line}: {row[when]!r} is no year", subject=table.file)
        tally.rows += 1
        path = (row[kind].strip(), row[rank].strip(), row[sex].strip())
        tally.add("headcount", WHOLE_FORCE, path, row[when].strip(), count(table, line, number, row[number]))
    if not tally.rows:
        raise NotTakenError("has no rows of the Metropolitan Police", subject=table.file)
    return tally.file()


FAMILIES: tuple[Family, ...] = (
    family(
        "Home Office use of force by police force",
        read_use_of_force,
        "policeforce typeofforce tactic numberoftimestacticreported",
        more=True,
    ),
    family(
        "Home Office workforce (open data table)",
        read_workforce,
        "asat31march geocode forcename region sex rank workertype totalheadcount totalfte",
    ),
)
