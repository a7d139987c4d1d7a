"""Stops and searches as series: counted from single rows, so they have no observations of their own."""

from __future__ import annotations

import sqlite3

from aggregator.site import canned
from aggregator.site.queries.statistics import Choice, Option, Point, with_gaps

DATASET = "stop-and-search"
_MEASURES = (
    ("searches", "Searches"),
    ("with_outcome", "Searches after which something was done"),
    ("arrests", "Arrests"),
)


def choose(conn: sqlite3.Connection, *, measure: str, area: str) -> Choice:
    """The series asked for; all searches everywhere where nothing, or nothing there is, was asked for."""
    places = conn.execute("SELECT slug, name FROM places ORDER BY name").fetchall()
    areas = [("", "All areas"), *((slug, name) for slug, name in places)]
    measure = measure if measure in dict(_MEASURES) else _MEASURES[0][0]
    area = area if area in dict(areas) else ""
    return Choice(
        measure,
        area,
        "",
        tuple(Option(name, title, name == measure) for name, title in _MEASURES),
        tuple(Option(slug, name, slug == area) for slug, name in areas),
        (),
    )


def series(conn: sqlite3.Connection, choice: Choice) -> tuple[Point, ...]:
    """Months, oldest first; a missing month has no value."""
    rows = conn.execute(canned.sql("stops_monthly"), {"place": choice.area, "after": "", "limit": "1000"})
    return with_gaps([Point(r["month"], r[choice.measure], r["state"] or "", r["note"] or "", None) for r in rows])
