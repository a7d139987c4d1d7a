"""Stop and search from data.police.uk: the CSV of archive and custom downloads, and the API's JSON.

Both give the same fields, so a month read from either has the same content. There is no id and hundreds of rows a month
are alike. A file's month is the London one: the file of September starts at 23:00 UTC on 31 August.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from aggregator.limits import MAX_STOPS_PER_FILE
from aggregator.statistics.errors import BadTableError, NotTakenError
from aggregator.statistics.model import FileData, MonthsAvailable, Stops, StopsData
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table

_LONDON = ZoneInfo("Europe/London")
_COLUMNS = (
    "type date partofapolicingoperation policingoperation latitude longitude gender agerange selfdefinedethnicity "
    "officerdefinedethnicity legislation objectofsearch outcome outcomelinkedtoobjectofsearch "
    "removalofmorethanjustouterclothing"
)
# In the order of model.Stops. The policing operation is left out: always blank or False for the Met.
_TAKEN = (
    "type date latitude longitude gender agerange selfdefinedethnicity officerdefinedethnicity legislation objectofsearch "
    "outcome outcomelinkedtoobjectofsearch removalofmorethanjustouterclothing"
)
JSON_KEYS = frozenset(
    [
        "type",
        "datetime",
        "age_range",
        "gender",
        "self_defined_ethnicity",
        "officer_defined_ethnicity",
        "legislation",
        "object_of_search",
        "outcome",
        "location",
    ]
)
DATES_KEYS = frozenset({"date", "stop-and-search"})
METROPOLITAN = "metropolitan"
_STRAY_SHARE = 0.01


@lru_cache(maxsize=8192)
def london_day(hour: int) -> str:
    """The London date of an hour since 1970 (UTC): clocks change on the hour, so the hour decides."""
    return datetime.fromtimestamp(hour * 3600, tz=_LONDON).strftime("%Y-%m-%d")


def read_csv(table: Table) -> FileData:
    """A stop-and-search CSV. Whose they are is not in its rows: see :func:`force_of`."""
    by_name = dict(zip(table.names, table.columns(MAX_STOPS_PER_FILE), strict=True))
    columns = [tuple(by_name[name]) for name in _TAKEN.split()]
    return FileData(months_of(table.file, columns, force_of(table.file), "stops-csv"))


def force_of(file: str) -> str:
    """The force in an archive's member name (``2024-08-btp-stop-and-search.csv``); the Met where there is none.

    The one thing taken from a name: rows of the published CSV do not say whose they are.
    """
    name = file.rsplit("/", 1)[-1].lower()
    middle = name[8:].removesuffix(".gz").removesuffix(".csv")
    if name[4:5] == "-" and name[7:8] == "-" and middle.endswith("-stop-and-search"):
        return middle.removesuffix("-stop-and-search")
    return METROPOLITAN


def read_json(file: str, items: list[Mapping[str, object]], force: str = METROPOLITAN) -> FileData:
    """Answers of ``stops-force``. Raises :class:`NotTakenError` for ``[]``: not published is not zero."""
    if not items:
        raise NotTakenError(
            "is an empty list: the month is not published, which is not the same as no searches", subject=file
        )
    rows = [_from_json(file, number, item) for number, item in enumerate(items, start=1)]
    return FileData(months_of(file, list(zip(*rows, strict=True)), force, "stops-api"))


def read_dates(file: str, items: list[Mapping[str, object]], force: str = METROPOLITAN) -> FileData:
    """``crimes-street-dates``: for which months the force has published its stops."""
    listed: list[str] = []
    present: list[str] = []
    for item in items:
        month, forces = item.get("date"), item.get("stop-and-search")
        if not isinstance(month, str) or len(month) != 7 or not isinstance(forces, list):
            raise BadTableError("has an entry without a month or without a list of forces", subject=file)
        listed.append(month)
        if force in forces:
            present.append(month)
    return FileData((MonthsAvailable(force, tuple(sorted(listed)), tuple(sorted(present))),))


def _text(value: object) -> str:
    if value is True:
        return "True"
    if value is False:
        return "False"
    return value if isinstance(value, str) else ""


def _from_json(file: str, number: int, item: object) -> tuple[str, ...]:
    """One item in the order of the taken columns."""
    if not isinstance(item, Mapping) or not item.keys() >= JSON_KEYS:
        lacks = sorted(JSON_KEYS - set(item)) if isinstance(item, Mapping) else ["everything"]
        raise BadTableError(f"item {number} lacks {', '.join(lacks)}", subject=file)
    location = item["location"] if isinstance(item["location"], Mapping) else {}
    outcome = item["outcome"] if item["outcome"] is not False else ""  # old answers say false for none
    values = (
        item["type"],
        item["datetime"],
        location.get("latitude"),
        location.get("longitude"),
        item["gender"],
        item["age_range"],
        item["self_defined_ethnicity"],
        item["officer_defined_ethnicity"],
        item["legislation"],
        item["object_of_search"],
        outcome,
        item.get("outcome_linked_to_object_of_search"),
        item.get("removal_of_more_than_outer_clothing"),
    )
    return tuple(_text(value) for value in values)


def months_of(file: str, columns: Sequence[tuple[str, ...]], force: str, header_family: str) -> tuple[StopsData, ...]:
    """Splits stops by London month. A stray handful (under 1%) of another month stays with the file's main month.

    ``columns`` are in the order of :class:`Stops`, times as published. Raises :class:`BadTableError` on an unreadable
    time, :class:`NotTakenError` where there is no row.
    """
    if not columns or not columns[0]:
        raise NotTakenError("has a header and no rows: the month is not published", subject=file)
    at = _epochs(file, columns[1])
    hours, position = np.unique(at // 3600, return_inverse=True)
    days = [london_day(hour) for hour in hours.tolist()]
    stops = Stops._make([columns[0], tuple(at.tolist()), *columns[2:]])
    months = sorted({day[:7] for day in days})
    if len(months) == 1:
        return (StopsData(force, months[0], len(at), stops, header_family, days[-1], days[0]),)
    return tuple(_split(stops, [days[i] for i in position.tolist()], force, header_family))


def _epochs(file: str, times: tuple[str, ...]) -> npt.NDArray[np.int64]:
    """Seconds since 1970 of ``2024-08-01T00:05:00+00:00``."""
    zones = {at[19:] for at in times}
    if not zones <= {"+00:00", "Z"}:
        bad = next(n for n, at in enumerate(times, start=1) if at[19:] not in {"+00:00", "Z"})
        raise BadTableError(f"row {bad}: {times[bad - 1]!r} is no time in UTC", subject=file)
    try:
        return np.array([at[:19] for at in times], dtype="datetime64[s]").astype(np.int64)
    except ValueError as error:
        raise BadTableError(f"has a time that cannot be read ({error})", subject=file) from error


def _split(stops: Stops, days: list[str], force: str, header_family: str) -> Iterator[StopsData]:
    rows = Counter(day[:7] for day in days)
    main = rows.most_common(1)[0][0]
    strays = {month for month, n in rows.items() if month != main and n < len(days) * _STRAY_SHARE}
    for month in sorted(set(rows) - strays):
        mine = {month} | (strays if month == main else set())
        taken = [i for i, day in enumerate(days) if day[:7] in mine]
        own = sorted(day for day in days if day[:7] == month)
        problems: tuple[str, ...] = ()
        if month == main and strays:
            problems = (f"{sum(rows[m] for m in strays)} stops of {', '.join(sorted(strays))} counted in {main}",)
        yield StopsData(
            force=force,
            month=month,
            rows=len(taken),
            stops=Stops._make([tuple(column[i] for i in taken) for column in stops]),
            header_family=header_family,
            first_day=own[0],
            last_day=own[-1],
            problems=problems,
        )


FAMILIES: tuple[Family, ...] = (family("police.uk stop and search", read_csv, _COLUMNS),)
