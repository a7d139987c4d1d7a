"""Smaller tables of the Met: custody, homicide, stolen animals, business crime, violence against women and girls."""

from __future__ import annotations

from aggregator.statistics import datasets
from aggregator.statistics.errors import BadTableError, QuarantinedError
from aggregator.statistics.importers.tally import WHOLE_FORCE, Tally
from aggregator.statistics.model import Dataset, FileData
from aggregator.statistics.periods import day_of
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table, count


def read_custody(table: Table) -> FileData:
    """Disposals by offence and disposal; the same disposals once more by ethnicity, age and gender, as measures apart."""
    year, month, number = (table.column(n) for n in ("currentdisposalyear", "currentdisposalmonth", "offencecount"))
    disposal, offence = table.column("currentdisposal"), table.column("offencegroup")
    views = {
        "ethnicity": table.column("ethnicity41"),
        "age": table.column("agegroup"),
        "gender": table.column("gender"),
    }
    tally = Tally(table, datasets.CUSTODY, "custody-disposals")
    for line, row in table.lines():
        tally.rows += 1
        period = tally.month(line, month, f"{row[year].strip()}{row[month].strip():0>2}")
        value = count(table, line, number, row[number])
        outcome = row[disposal].strip()
        tally.add("disposals", WHOLE_FORCE, (row[offence].strip(), outcome), period, value)
        for view, column in views.items():
            tally.add(f"disposals-by-{view}", WHOLE_FORCE, (row[column].strip(), outcome), period, value)
    return tally.file()


def read_homicide(table: Table) -> FileData:
    """Persons proceeded against, by offence and by what became of it. Dates are ``Jan-03``."""
    number, borough, offence = (table.column(n) for n in ("countofppa", "borough", "offencetype"))
    result, when = table.column("chargedsummonsed"), table.column("proceedingsdate")
    tally = Tally(table, datasets.HOMICIDE, "homicide-proceedings")
    for line, row in table.lines():
        tally.rows += 1
        tally.add(
            "persons",
            tally.area(line, row[borough]),
            (row[offence].strip(), row[result].strip()),
            tally.month(line, when, row[when]),
            count(table, line, number, row[number]),
        )
    return tally.file()


def read_animals(table: Table) -> FileData:
    """Stolen animals by kind and by whether they were recovered. ``Dog``, ``dog`` and ``Dog `` are one kind."""
    number, kind, borough = (table.column(n) for n in ("countofstolenanimals", "typeofanimal", "borough"))
    recovered, when = table.column("animalrecovered"), table.column("yearandmonth")
    tally = Tally(table, datasets.ANIMALS, "stolen-animals")
    for line, row in table.lines():
        tally.rows += 1
        tally.add(
            "animals",
            tally.area(line, row[borough]),
            (row[kind].strip(), row[recovered].strip()),
            tally.month(line, when, row[when]),
            count(table, line, number, row[number]),
        )
    return tally.file()


def read_business_offences(table: Table) -> FileData:
    """Offences against businesses, published by the day, added up by month."""
    return _business(table, datasets.BUSINESS_OFFENCES, "businesscrimeoffencecount", "offences")


def read_business_outcomes(table: Table) -> FileData:
    """Outcomes of offences against businesses; positive ones are a category apart."""
    return _business(table, datasets.BUSINESS_OUTCOMES, "outcomecount", "outcomes")


def _business(table: Table, dataset: Dataset, number_name: str, measure: str) -> FileData:
    when, borough, number = table.column("date"), table.column("borough"), table.column(number_name)
    section, group = table.column("crimesection"), table.column("crimegroup")
    positive, refreshed = table.optional("positiveoutcome"), table.column("refreshdate")
    tally = Tally(table, dataset, dataset.id)
    for line, row in table.lines():
        tally.rows += 1
        tally.refreshed = max(tally.refreshed, day_of(row[refreshed]) or "")
        names = (row[section].strip(), row[group].strip())
        if positive is not None:
            names = (_positive(table, line, row[positive]), row[section].strip())
        tally.add(
            measure,
            tally.area(line, row[borough]),
            names,
            tally.month(line, when, row[when]),
            count(table, line, number, row[number]),
        )
    return tally.file()


def _positive(table: Table, line: int, text: str) -> str:
    found = {"y": "Positive outcome", "n": "No positive outcome"}.get(text.strip().lower())
    if found is None:
        raise BadTableError(f"line {line}: positive outcome is {text!r}, neither Y nor N", subject=table.file)
    return found


def read_vawg_places(table: Table) -> FileData:
    """Offences or victims by borough. The two sheets share their header: the sheet's name says which it is."""
    sheet, rows = table.optional("sheet"), table.lines()
    first = next(rows, None)
    if first is None:
        raise QuarantinedError("has a header and no rows", subject=table.file)
    named = (first[1][sheet] if sheet is not None else table.file.rpartition("!")[2]).lower()
    if ("offence" in named) == ("victim" in named):
        raise QuarantinedError(
            "does not say whether it counts offences or victims: both have this header; give the workbook, whose sheets"
            " are named",
            subject=table.file,
        )
    offences = "offence" in named
    tally = Tally(table, datasets.VAWG_OFFENCES if offences else datasets.VAWG_VICTIMS, "vawg-location")
    borough, when, number = table.column("boroughname"), table.column("recordeddatemonths"), table.column("count")
    for line, row in (first, *rows):
        tally.rows += 1
        tally.add(
            "offences" if offences else "victims",
            tally.area(line, row[borough]),
            ("All offences",) if offences else ("All victims",),
            tally.month(line, when, row[when]),
            count(table, line, number, row[number]),
        )
    return tally.file()


def read_vawg_classes(table: Table) -> FileData:
    """Offences by group and class, force-wide."""
    return _vawg(table, datasets.VAWG_CLASSES, "offences", ("crimsecgroup", "vawgoffence"))


def read_vawg_ages(table: Table) -> FileData:
    """Victims by age group, force-wide."""
    return _vawg(table, datasets.VAWG_AGES, "victims", ("agegroup",))


def read_vawg_ethnicities(table: Table) -> FileData:
    """Victims by ethnic appearance, force-wide."""
    return _vawg(table, datasets.VAWG_ETHNICITIES, "victims", ("ethnicappearancegroupgroup",))


def _vawg(table: Table, dataset: Dataset, measure: str, names: tuple[str, ...]) -> FileData:
    columns = [table.column(name) for name in names]
    when, number = table.column("recordeddatemonths"), table.column("count")
    tally = Tally(table, dataset, dataset.id)
    for line, row in table.lines():
        tally.rows += 1
        path = tuple(row[column].strip() for column in columns)
        value = count(table, line, number, row[number])
        tally.add(measure, WHOLE_FORCE, path, tally.month(line, when, row[when]), value)
    return tally.file()


_BUSINESS = "date measure borough crimesection crimegroup refreshdate"
_VAWG = "recordeddatemonths datecommittedfromdatemonths count"
FAMILIES: tuple[Family, ...] = (
    family(
        "Met custody disposals",
        read_custody,
        "currentdisposalyear currentdisposalmonth gender agegroup ethnicity41 offencegroup currentdisposal offencecount",
        "currentdisposalmonthname sheet",
    ),
    family(
        "Met homicide proceedings",
        read_homicide,
        "countofppa borough gender agegroup selfclassifiedethnicity offencetype chargedsummonsed proceedingsdate",
        "sheet",
    ),
    family(
        "Met stolen animals",
        read_animals,
        "countofstolenanimals typeofanimal borough typeofoffence animalrecovered yearandmonth",
        "sheet",
    ),
    family("Met business crime offences", read_business_offences, f"{_BUSINESS} businesscrimeoffencecount", "sheet"),
    family(
        "Met business crime outcomes",
        read_business_outcomes,
        f"{_BUSINESS} outcome positiveoutcome outcomecount",
        "sheet",
    ),
    family("Met VAWG by place", read_vawg_places, f"{_VAWG} bculocation boroughname wardnameclean2", "sheet"),
    family(
        "Met VAWG offences by class",
        read_vawg_classes,
        f"{_VAWG} crimsecgroup crimseccodeexpansion crimsecoffences vawgoffence",
        "sheet",
    ),
    family("Met VAWG victims by age", read_vawg_ages, f"{_VAWG} agegroup", "sheet"),
    family("Met VAWG victims by ethnicity", read_vawg_ethnicities, f"{_VAWG} ethnicappearancegroupgroup", "sheet"),
)
