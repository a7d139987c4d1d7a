"""Statistics: the data sets, and one series with what is missing and what was revised."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from urllib.parse import urlencode

from datasette import Response

from aggregator.site import chart, citations, respond
from aggregator.site.archive import GoneError
from aggregator.site.context import Visit
from aggregator.site.pages_memento import citation_file
from aggregator.site.queries import compare, doubts, figures, first_figures, statistics, stops, sums
from aggregator.site.queries.statistics import PER_CENT, Choice, Completeness, Dataset, Point
from aggregator.site.view import view
from aggregator.text.query import read_date
from aggregator.text.times import When


@dataclass(frozen=True, slots=True)
class Moved:
    """Another figure of a period: the first, with the day of its release, or the present one (None: no longer published)."""

    value: float | None
    released: When | None


@view
async def datasets(visit: Visit) -> Response:
    """`/statistics`: what figures there are."""

    def read(conn: sqlite3.Connection) -> tuple[tuple[Dataset, ...], dict[str, Completeness]]:
        return statistics.datasets(conn), statistics.completeness(conn)

    found, complete = await visit.read(read)
    text = "Published figures on policing in London, with every revision kept and every gap shown."
    return await respond.page(
        visit, "statistics.html", {"datasets": found, "complete": complete}, title="Statistics", description=text
    )


def read_as_of(text: str) -> str:
    """A day, month or year as `series_as_of` takes it, also of a day as 31/05/2026; "" for what is no date."""
    found = read_date(text)
    if found is None:
        return ""
    return found.isoformat() if "/" in text else "-".join(part.zfill(2) for part in text.split("-"))


def _series(conn: sqlite3.Connection, visit: Visit, name: str, as_of: str) -> tuple[Choice, tuple[Point, ...]]:
    """The series an address asks for, and what else could be chosen."""
    measure, area, category = (visit.arg(part) for part in ("measure", "area", "category"))
    if name == stops.DATASET:
        choice = stops.choose(conn, measure=measure, area=area)
        return choice, stops.series(conn, choice)
    choice = statistics.choose(conn, name, measure=measure, area=area, category=category)
    points = statistics.series(conn, name, choice, as_of)
    return choice, points if as_of else sums.in_part(conn, name, choice, points)


def _moved(
    conn: sqlite3.Connection, name: str, choice: Choice, points: tuple[Point, ...], as_of: str
) -> dict[str, Moved]:
    """The periods whose figure is not what it was first; as of a date: not what it is now."""
    if name == stops.DATASET:
        return {}
    shown = {p.period: p.value for p in points}
    if as_of:
        now = statistics.series(conn, name, choice)
        return {p.period: Moved(p.value, None) for p in now if p.period in shown and p.value != shown[p.period]}
    first = first_figures.of_series(conn, name, choice)
    return {p: Moved(one.value, one.released) for p, one in first.items() if one.value != shown.get(p)}


def _around(
    conn: sqlite3.Connection, name: str, choice: Choice, points: tuple[Point, ...], as_of: str
) -> dict[str, object]:
    """What the page of a series shows beside its figures."""
    asked = urlencode({"measure": choice.measure, "area": choice.area, "category": choice.category})
    breaks = _within(statistics.series_breaks(conn, name), points)
    return {
        "line": chart.line(
            figures.believed(points),
            provisional=figures.provisional(points),
            breaks=breaks,
            unit="%" if choice.measure == PER_CENT else "",
        ),
        "breaks": breaks,
        "releases": statistics.releases(conn, name),
        "moved": _moved(conn, name, choice, points, as_of),
        "as_of_path": f"?{asked}&as_of=",
        "doubts": doubts.of_dataset(conn, name),
        "compared": None if as_of else compare.boroughs(conn, name, choice),
        "broken_down": compare.breakdown(conn, choice.area) if name == stops.DATASET else None,
    }


def _within(known: dict[str, str], points: tuple[Point, ...]) -> dict[str, str]:
    """The breaks that lie within the series, with their reasons."""
    return {p: note for p, note in known.items() if points and points[0].period < p <= points[-1].period}


def _names(choice: Choice) -> dict[str, str]:
    """What is chosen, in words."""
    parts = ("measures", "areas", "categories")
    return {part: next((o.title for o in getattr(choice, part) if o.chosen), "") for part in parts}


def _work(visit: Visit, one: Dataset, choice: Choice, points: tuple[Point, ...], as_of: str) -> citations.Work:
    """The series for a citation: as of today where no date is chosen, since its present figures may be revised."""
    dated = "" if one.id == stops.DATASET else as_of or str(visit.now)[:10]
    names = _names(choice)
    category = (names["categories"] if choice.category else "") or ("all categories" if choice.categories else "")
    newest = max((p.released for p in points if p.released), key=lambda when: when.utc, default=None)
    series = citations.Series(
        dataset=one,
        names=(names["measures"], category, (names["areas"] if choice.area else names["areas"].lower()) or "all areas"),
        first=points[0].period,
        last=points[-1].period,
        released=newest.utc if newest and not newest.bound else "",
        as_of=dated,
        read_at=visit.now,
    )
    chosen = {"measure": choice.measure, "area": choice.area, "category": choice.category, "as_of": dated}
    return citations.of_series(series, visit.absolute(f"/statistics/{one.id}", **chosen))


@view
async def citation(visit: Visit) -> Response:
    """`/statistics/DATASET/cite.txt`, `.bib`, `.csl.json` and `.ris`, with the parameters of the page: one series."""
    name = visit.var("dataset")
    as_of = "" if name == stops.DATASET else read_as_of(visit.arg("as_of"))

    def read(conn: sqlite3.Connection) -> citations.Work:
        found = statistics.datasets(conn, name)
        choice, points = _series(conn, visit, name, as_of) if found else (None, ())
        if choice is None or not points:
            raise GoneError("there is no such series", subject=name)
        return _work(visit, found[0], choice, points, as_of)

    return citation_file(visit, await visit.read(read))


@view
async def dataset(visit: Visit) -> Response:
    """`/statistics/DATASET?measure=&area=&category=&as_of=`: one series as table and chart."""
    name, asked = visit.var("dataset"), visit.arg("as_of").strip()
    as_of = "" if name == stops.DATASET else read_as_of(asked)

    def read(conn: sqlite3.Connection) -> tuple[Dataset, Choice, tuple[Point, ...], dict[str, object]]:
        found = statistics.datasets(conn, name) if name else ()
        if not found:
            raise GoneError("there is no such data set", subject=name)
        choice, points = _series(conn, visit, name, as_of)
        return found[0], choice, points, _around(conn, name, choice, points, as_of)

    one, choice, points, around = await visit.read(read)
    context = {
        **around,
        "dataset": one,
        "choice": choice,
        "points": tuple(reversed(points)),
        "as_of": as_of,
        "not_a_date": "" if as_of or name == stops.DATASET else asked,
        "explorer": "stops_monthly" if name == stops.DATASET else "series",
        "names": _names(choice),
    }
    work = _work(visit, one, choice, points, as_of) if points else None
    context["citation"], context["cite_query"] = (work.words, work.url.partition("?")[2]) if work else ("", "")
    return await respond.page(visit, "dataset.html", context, title=one.title, description=one.description)
