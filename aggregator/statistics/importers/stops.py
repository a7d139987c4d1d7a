"""Stop and search from data.police.uk: the CSV of archive and custom downloads, and the API's JSON.

Both give the same fields, so a month read from either has the same content. There is no id and hundreds of rows a month
are alike. A file's month is the London one: the file of September starts at 23:00 UTC on 31 August.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from aggregator.limits import MAX_STOPS_PER_FILE
from aggregator.statistics.coded import Coded, Texts, coded, read_coded, texts_of
from aggregator.statistics.errors import BadTableError, NotTakenError
from aggregator.statistics.model import FileData, MonthsAvailable, Stops, StopsData
from aggregator.statistics.periods import month_of
from aggregator.statistics.recognise import Family, family
from aggregator.statistics.tables import Table

_LONDON = ZoneInfo("Europe/London")
_COLUMNS = (
    "type date partofapolicingoperation policingoperation latitude longitude gender agerange selfdefinedethnicity "
    "officerdefinedethnicity legislation objectofsearch outcome outcomelinkedtoobjectofsearch "
    "removalofmorethanjustouterclothing"
)
# In the order of model.STOP_FIELDS. The policing operation is left out: always blank or False for the Met.
_KIND = (
    "type", "gender", "agerange", "selfdefinedethnicity", "officerdefinedethnicity", "legislation", "objectofsearch",
    "outcome", "outcomelinkedtoobjectofsearch", "removalofmorethanjustouterclothing",
)  # fmt: skip
_POINT = ("latitude", "longitude")
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
_UTC = (b"+00:00", b"Z")
_STRAY_SHARE = 0.01


@lru_cache(maxsize=8192)
def london_day(hour: int) -> str:
    """The London date of an hour since 1970 (UTC): clocks change on the hour, so the hour decides."""
    return datetime.fromtimestamp(hour * 3600, tz=_LONDON).strftime("%Y-%m-%d")


def read_csv(table: Table) -> FileData:
    """A stop-and-search CSV. Whose they are is not in its rows: see :func:`force_of`."""
    times, (kinds, points) = read_coded(table, "date", [_KIND, _POINT], MAX_STOPS_PER_FILE)
    return FileData(months_of(table.file, times, kinds, points, force_of(table.file), "stops-csv"))


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
    times, kinds, points = (
        texts_of([row[0] for row in rows]),
        coded(row[3:] for row in rows),
        coded(row[1:3] for row in rows),
    )
    return FileData(months_of(file, times, kinds, points, force, "stops-api"))


def read_dates(file: str, items: list[Mapping[str, object]], force: str = METROPOLITAN) -> FileData:
    """``crimes-street-dates``: for which months the force has published its stops."""
    listed: list[str] = []
    present: list[str] = []
    for item in items:
        month, forces = item.get("date"), item.get("stop-and-search")
        if not isinstance(month, str) or month_of(month) != month or not isinstance(forces, list):
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
    """Time, latitude, longitude and the fields of model.STOP_FIELDS."""
    if not isinstance(item, Mapping) or not item.keys() >= JSON_KEYS:
        lacks = sorted(JSON_KEYS - set(item)) if isinstance(item, Mapping) else ["everything"]
        raise BadTableError(f"item {number} lacks {', '.join(lacks)}", subject=file)
    location = item["location"] if isinstance(item["location"], Mapping) else {}
    outcome = item["outcome"] if item["outcome"] is not False else ""  # old answers say false for none
    values = (
        item["datetime"],
        location.get("latitude"),
        location.get("longitude"),
        item["type"],
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


def months_of(
    file: str, times: Texts, kinds: Coded, points: Coded, force: str, header_family: str
) -> tuple[StopsData, ...]:
    """Splits stops by London month. A stray handful (under 1%) of another month stays with the file's main month.

    ``times`` are as published. Raises :class:`BadTableError` on an unreadable one, :class:`NotTakenError` where there
    is no row.
    """
    if not len(times):
        raise NotTakenError("has a header and no rows: the month is not published", subject=file)
    at = _epochs(file, times)
    stops = Stops(at, kinds, points)
    first, last = london_day(int(at.min()) // 3600), london_day(int(at.max()) // 3600)
    if first[:7] == last[:7]:
        return (StopsData(force, first[:7], len(at), stops, header_family, last, first),)
    return tuple(_split(stops, force, header_family))


def _epochs(file: str, times: Texts) -> npt.NDArray[np.int64]:
    """Seconds since 1970 of ``2024-08-01T00:05:00+00:00``."""
    zones = times.astype(f"S{max(times.itemsize, 20)}").view("S1").reshape(len(times), -1)[:, 19:]
    for zone in np.unique(zones, axis=0) if (zones != zones[0]).any() else zones[:1]:
        if b"".join(zone.tolist()) not in _UTC:
            row = int((zones == zone).all(axis=1).argmax())
            raise BadTableError(f"row {row + 1}: {times[row].decode()!r} is no time in UTC", subject=file)
    try:
        at = times.astype("S19").astype("datetime64[s]").astype(np.int64)
    except ValueError as error:
        raise BadTableError(f"has a time that cannot be read ({error})", subject=file) from error
    if at.min() < 0:
        raise BadTableError("has a time before 1970", subject=file)
    return at


def _split(stops: Stops, force: str, header_family: str) -> Iterator[StopsData]:
    hours, position = np.unique(stops.at // 3600, return_inverse=True)
    days = np.array([london_day(hour) for hour in hours.tolist()])[position]
    of = np.array([day[:7] for day in days.tolist()])
    rows = Counter(of.tolist())
    main = rows.most_common(1)[0][0]
    strays = sorted(month for month, n in rows.items() if month != main and n < len(of) * _STRAY_SHARE)
    for month in sorted(set(rows) - set(strays)):
        mine = [month, *strays] if month == main else [month]
        taken = np.isin(of, mine)
        own = sorted(days[of == month].tolist())
        problems: tuple[str, ...] = ()
        if month == main and strays:
            problems = (f"{sum(rows[m] for m in strays)} stops of {', '.join(strays)} counted in {main}",)
        yield StopsData(
            force=force,
            month=month,
            rows=int(taken.sum()),
            stops=Stops(stops.at[taken], stops.kinds.taken(taken), stops.points.taken(taken)),
            header_family=header_family,
            first_day=own[0],
            last_day=own[-1],
            problems=problems,
        )


FAMILIES: tuple[Family, ...] = (family("police.uk stop and search", read_csv, _COLUMNS),)
