"""The figures that a topic's and a place's own page show: one or two series drawn out, with a way to the rest."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aggregator.site import canned, chart
from aggregator.site.chart import Line
from aggregator.site.queries.statistics import Point, series_breaks, with_gaps
from aggregator.statistics.areas import known_areas

BOROUGH_CRIME = "recorded-crime-borough"
_DOUBTFUL = ("missing", "suspect", "truncated")
_MONTHS = 60  # what a page of another subject shows; the data set's own page has all

# The series a topic shows: its own data set where there is one, else the class that comes nearest to it.
_OF_TOPIC: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "knife-crime": (
        ("monthly-knife-crime", "offences", "knife-crime", "Knife crime offences a month"),
        (BOROUGH_CRIME, "offences", "possession-of-weapons", "Offences of possessing weapons a month"),
    ),
}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A series as chart and table, newest month first. ``beside`` is its comparison, by period."""

    title: str
    path: str
    line: Line | None
    points: tuple[Point, ...]
    unit: str = ""
    note: str = ""
    beside_title: str = ""
    beside: dict[str, float | None] | None = None


def draw(
    title: str, path: str, points: Sequence[Point], *, breaks: Collection[str] = (), unit: str = "", note: str = ""
) -> Drawn | None:
    """A series drawn; None where there are fewer than two figures. Doubtful months are gaps, as missing ones are."""
    shown = list(with_gaps(points))[-_MONTHS:]
    line = chart.line(believed(shown), provisional=provisional(shown), breaks=breaks, unit=unit)
    return Drawn(title, path, line, tuple(reversed(shown)), unit, note) if line else None


def believed(points: Sequence[Point]) -> list[tuple[str, float | None]]:
    """What a line is drawn of: missing, cut and suspect months have no value."""
    return [(p.period, None if p.state in _DOUBTFUL else p.value) for p in points]


def provisional(points: Sequence[Point]) -> tuple[str, ...]:
    """Periods whose first figure is usually revised."""
    return tuple(p.period for p in points if p.state == "provisional")


def of_topic(conn: sqlite3.Connection, topic: str) -> tuple[Drawn, ...]:
    """The figures of a topic, none for most."""
    if topic == "stop-and-search":
        return outcome_rate(conn)
    for dataset, measure, category, title in _OF_TOPIC.get(topic, ()):
        points = _everywhere(conn, dataset, measure, category)
        path = f"/statistics/{dataset}?category={category}"
        drawn = draw(title, path, points, breaks=series_breaks(conn, dataset), note="All areas together.")
        if drawn:
            return (drawn,)
    return ()


def outcome_rate(conn: sqlite3.Connection, place: str = "") -> tuple[Drawn, ...]:
    """Searches a month, and the share of them after which something was done."""
    rows = conn.execute(canned.sql("stops_monthly"), {"place": place, "after": "", "limit": "1000"}).fetchall()
    searches = [Point(r["month"], r["searches"], r["state"] or "", r["note"] or "", None) for r in rows]
    rates = [
        Point(
            r["month"],
            100 * r["with_outcome"] / r["searches"] if r["searches"] else None,
            r["state"] or "",
            r["note"] or "",
            None,
        )
        for r in rows
    ]
    where = f"?area={place}" if place else ""
    path = f"/statistics/stop-and-search{where}"
    found = (
        draw("Searches a month", path, searches, note="All searches that the Metropolitan Police published."),
        draw(
            "Searches after which something was done", f"{path}{'&' if where else '?'}measure=with_outcome", rates,
            unit="%", note="Arrest, summons, caution, penalty, community resolution or warning, as a share of all searches.",
        ),
    )  # fmt: skip
    return tuple(d for d in found if d)


def of_place(conn: sqlite3.Connection, place: str) -> Drawn | None:
    """Recorded crime in a borough beside London's, both for every 1,000 residents; None where there is none."""
    row = conn.execute("SELECT code, name FROM areas WHERE place = ? AND kind = 'borough'", (place,)).fetchone()
    known = known_areas().get(row[0]) if row else None
    if known is None or not known.population:
        return None
    boroughs = {code: a.population for code, a in known_areas().items() if a.kind == "borough" and a.population}
    here = _rates(conn, [known.code], known.population)
    london = _rates(conn, list(boroughs), sum(boroughs.values()))
    points, beside = list(with_gaps(here))[-_MONTHS:], dict(believed(london))
    line = chart.line(
        believed(points), provisional=provisional(points), breaks=series_breaks(conn, BOROUGH_CRIME),
        beside=[(p.period, beside.get(p.period)) for p in points],
    )  # fmt: skip
    if line is None:
        return None
    return Drawn(
        f"Recorded crime in {known.name} a month, for every 1,000 residents",
        f"/statistics/{BOROUGH_CRIME}?area={place}", line, tuple(reversed(points)), "", "Residents of 2021.",
        "All boroughs", beside,
    )  # fmt: skip


def _rates(conn: sqlite3.Connection, codes: Sequence[str], residents: int) -> list[Point]:
    marks = ",".join("?" * len(codes))
    sql = f"""
    SELECT o.period, sum(o.value) AS value, v.state, v.note
    FROM areas a CROSS JOIN observations o ON o.dataset_id = ? AND o.measure = 'offences' AND o.area_id = a.id
    LEFT JOIN coverage v ON v.dataset_id = o.dataset_id AND v.period = o.period
    WHERE a.code IN ({marks}) GROUP BY o.period ORDER BY o.period
    """  # noqa: S608 - question marks
    rows = conn.execute(sql, (BOROUGH_CRIME, *codes)).fetchall()
    return [Point(r["period"], 1000 * r["value"] / residents, r["state"] or "", r["note"] or "", None) for r in rows]


def _everywhere(conn: sqlite3.Connection, dataset: str, measure: str, category: str) -> list[Point]:
    """One class, or a group of classes that may be added, over all areas."""
    sql = """
    SELECT o.period, sum(o.value) AS value, v.state, v.note
    FROM categories c CROSS JOIN areas a CROSS JOIN observations o
      ON o.dataset_id = c.dataset_id AND o.measure = :measure AND o.area_id = a.id AND o.category_id = c.id
    LEFT JOIN coverage v ON v.dataset_id = o.dataset_id AND v.period = o.period
    WHERE c.dataset_id = :dataset AND a.kind IN ('borough', 'city', 'pseudo', 'force')
      AND (c.code = :category OR (substr(c.code, 1, length(:category) + 1) = :category || '/'
           AND (SELECT additive_categories FROM datasets WHERE id = :dataset)))
    GROUP BY o.period ORDER BY o.period
    """
    rows = conn.execute(sql, {"dataset": dataset, "measure": measure, "category": category}).fetchall()
    return [Point(r["period"], r["value"], r["state"] or "", r["note"] or "", None) for r in rows]
