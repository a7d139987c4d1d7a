"""The statistics files: recorded crime by borough (London Datastore), stop and search (data.police.uk), area tables (ONS)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from typing import Final
from urllib.parse import quote

from aggregator.demo import figures, when
from aggregator.demo.replies import CSV, Handler, Query, Reply, Routes, always, as_json, first, text

RECORDED_CRIME: Final = "/download/exy3m/f3c80ea8/MPS Borough Level Crime (most recent 24 months).csv"
PACKAGE: Final = "/api/action/package_show"
STRENGTH: Final = "/download/police-force-strength/Police_Force_Strength.csv"
AREA_TABLES: Final = "/crimeandjustice/datasets/inventedareatables"
STREET_DATES: Final = "/api/crimes-street-dates"
LAST_UPDATED: Final = "/api/crime-last-updated"
STOPS: Final = "/api/stops-force"
STOPS_CSV: Final = "/download/metropolitan-stop-and-search.csv"
STOPS_MONTHS: Final = 13
"""Months of stops that the origin has, newest included; its list of months goes no further back."""
_MISSING_BACK: Final = 7
_THIN_BACK: Final = 4
_THIN_SHARE: Final = 0.4


def routes(now: datetime, number: int, base: str) -> Routes:
    """The files of round ``number``. Recorded crime runs to the month before last, stops to the third month back; in
    round 2 each has one month more."""
    crime_to, stops_to = when.first_of_month(now, number - 3), when.first_of_month(now, number - 4)
    gap, thin = when.first_of_month(now, -3 - _MISSING_BACK), when.first_of_month(now, -3 - _THIN_BACK)
    months = {f"{m:%Y-%m}": m for m in _published(stops_to) if m != gap}
    return {
        RECORDED_CRIME: _lazily(lambda: text(CSV, figures.recorded_crime(crime_to, revised=number == 2))),
        PACKAGE: always(as_json(_package(base))),
        STRENGTH: _lazily(lambda: text(CSV, figures.strength(crime_to))),
        STREET_DATES: _lazily(lambda: as_json(_dates(stops_to, gap))),
        LAST_UPDATED: _lazily(lambda: as_json({"date": f"{stops_to:%Y-%m-%d}"})),
        STOPS: _stops(months, thin),
        **_area_tables(now, corrected=number == 2),
        STOPS_CSV: _lazily(lambda: text(CSV, figures.stops_csv([_month(m, thin) for m in months.values()]))),
    }


def _lazily(make: Callable[[], Reply]) -> Handler:
    """A handler that makes its reply when it is first asked."""
    kept = cache(make)
    return lambda _query: kept()


def _package(base: str) -> dict[str, object]:
    """The data set's description: the file of the last 24 months, and others that are not wanted here."""
    names = [RECORDED_CRIME.rsplit("/", 1)[1].removesuffix(".csv"), "MPS LSOA Level Crime (Historical)"]
    urls = [base + quote(RECORDED_CRIME), f"{base}/download/exy3m/8xk/lsoa.csv"]
    resources = [{"name": n, "url": u, "format": "csv"} for n, u in zip(names, urls, strict=True)]
    return {"success": True, "result": {"name": "recorded_crime_summary", "resources": resources}}


def _area_tables(now: datetime, *, corrected: bool) -> Routes:
    """A data set of the ONS with two editions; in round 2 the newer one has a corrected file."""
    editions = {}
    for back, released in ((8, 4), (11, 7)):
        to, out = when.first_of_month(now, -back), when.first_of_month(now, -released)
        note = "Table 4 left out one area. The table has been replaced." if corrected and back == 8 else ""
        editions[f"{AREA_TABLES}/yearending{to:%B%Y}".lower()] = {
            "type": "dataset",
            "downloads": [{"file": f"areatablesye{to:%b%y}.xlsx".lower()}],
            "versions": [{"uri": "v1", "updateDate": f"{now:%Y-%m-%d}T09:30:00.000Z", "correctionNotice": note}],
            "description": {
                "edition": f"Year ending {to:%B %Y}",
                "summary": "Crime recorded by the police, by police force area: invented figures.",
                "releaseDate": f"{out:%Y-%m-%d}T09:30:00.000Z",
            },
        }
    landing = {
        "type": "dataset_landing_page",
        "datasets": [{"uri": uri} for uri in editions],
        "description": {"title": "Police force area tables"},
    }
    pages = {f"{uri}/data": always(as_json({"uri": uri, **page})) for uri, page in editions.items()}
    return {f"{AREA_TABLES}/data": always(as_json(landing)), **pages}


def _published(newest: datetime) -> list[datetime]:
    """The months of stops that the origin has, oldest first, with the gap not yet taken out."""
    return [when.first_of_month(newest, -back) for back in range(STOPS_MONTHS - 1, -1, -1)]


def _dates(newest: datetime, gap: datetime) -> list[dict[str, object]]:
    """The months of street crime, newest first, and which forces have published their stops for each."""
    listed = (when.first_of_month(newest, -back) for back in range(STOPS_MONTHS))
    others = ["btp", "city-of-london"]
    return [{"date": f"{m:%Y-%m}", "stop-and-search": others + ["metropolitan"] * (m != gap)} for m in listed]


def _month(month: datetime, thin: datetime) -> list[dict[str, object]]:
    return figures.stops(month, _THIN_SHARE if month == thin else 1.0)


def _stops(months: Mapping[str, datetime], thin: datetime) -> Handler:
    """A month of the Met's stops; ``[]`` for another force and for a month that is not published."""

    @cache
    def month(name: str) -> Reply:
        return as_json(_month(months[name], thin))

    def answer(query: Query) -> Reply:
        name = first(query, "date", max(months))
        if first(query, "force") != "metropolitan" or name not in months:
            return as_json([])
        return month(name)

    return answer
