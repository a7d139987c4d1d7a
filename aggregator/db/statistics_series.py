"""Reading series: as they stand, and as they stood at any date. SQL with named parameters, for the site's queries too.

``:category`` is a code: one class (``burglary/res-burglary-of-a-home``), a whole group (``burglary``: the sum of its
classes) or ``''`` for all. ``:area`` is a code, or ``''`` for the sum of all areas. Sums are formed only where the data set
allows it; elsewhere only an exact category gives rows. A period without a row is zero where `coverage` says that it is
covered, and unknown elsewhere.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

_WANTED = """
wanted_area AS MATERIALIZED (
  SELECT a.id FROM areas a
   WHERE a.code = :area OR (:area = '' AND (SELECT additive FROM datasets WHERE id = :dataset))),
wanted_category AS MATERIALIZED (
  SELECT c.id FROM categories c
   WHERE c.dataset_id = :dataset AND (c.code = :category OR ((:category = '' OR c.code LIKE :category || '/%')
     AND (SELECT additive FROM datasets WHERE id = :dataset))))"""

SERIES_SQL = f"""
WITH {_WANTED}
SELECT o.period AS period, sum(o.value) AS value, max(r.released_at) AS released_at,
       coalesce(v.state, 'complete') AS state, coalesce(v.note, '') AS note
  FROM observations o
  JOIN releases r ON r.id = o.release_id
  LEFT JOIN coverage v ON v.dataset_id = o.dataset_id AND v.period = o.period
 WHERE o.dataset_id = :dataset AND o.measure = :measure
   AND o.area_id IN wanted_area AND o.category_id IN wanted_category
 GROUP BY o.period ORDER BY o.period"""  # noqa: S608 - only constants of this module

# What a cell was at a date: the old value of the first revision after it, or what stands if there is none; either only
# if the release that gave it was out by then. A date without a time means the end of that day.
_CUTOFF = "(CASE WHEN length(:as_of) = 10 THEN :as_of || 'T23:59:59Z' ELSE :as_of END)"
SERIES_AS_OF_SQL = f"""
WITH {_WANTED},
cells AS (
  SELECT o.period, o.value, r.released_at
    FROM observations o JOIN releases r ON r.id = o.release_id
   WHERE o.dataset_id = :dataset AND o.measure = :measure
     AND o.area_id IN wanted_area AND o.category_id IN wanted_category AND r.released_at <= {_CUTOFF}
  UNION ALL
  SELECT v.period, v.old_value, p.released_at
    FROM observation_revisions v
    JOIN releases n ON n.id = v.new_release_id
    JOIN releases p ON p.id = v.old_release_id
   WHERE v.dataset_id = :dataset AND v.measure = :measure
     AND v.area_id IN wanted_area AND v.category_id IN wanted_category
     AND v.old_value IS NOT NULL AND p.released_at <= {_CUTOFF} AND n.released_at > {_CUTOFF}
)
SELECT period, sum(value) AS value, max(released_at) AS released_at
  FROM cells GROUP BY period ORDER BY period"""  # noqa: S608 - only constants of this module

STOPS_MONTHLY_SQL = """
SELECT s.month AS month, sum(s.searches) AS searches,
       sum(CASE WHEN s.outcome_group NOT IN ('no-further-action', 'not-recorded') THEN s.searches ELSE 0 END) AS with_outcome,
       sum(CASE WHEN s.outcome_group = 'arrest' THEN s.searches ELSE 0 END) AS arrests,
       coalesce(v.state, 'complete') AS state, coalesce(v.note, '') AS note
  FROM stop_counts s
  LEFT JOIN areas a ON a.id = s.area_id
  LEFT JOIN coverage v ON v.dataset_id = 'stop-and-search' AND v.period = s.month
 WHERE s.force = 'metropolitan' AND (:place = '' OR a.place = :place OR a.code = :place)
 GROUP BY s.month ORDER BY s.month"""


@dataclass(frozen=True, slots=True)
class Point:
    """One period of a series. ``released_at``: when the newest figure in it was first published."""

    period: str
    value: float
    released_at: str
    state: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class StopsMonth:
    """One month of stops. ``with_outcome``: searches after which something was done; blank outcomes count as none."""

    month: str
    searches: int
    with_outcome: int
    arrests: int
    state: str
    note: str


def series(conn: sqlite3.Connection, *, dataset: str, measure: str, area: str, category: str) -> list[Point]:
    """The series as it stands, oldest first, with the state of each period."""
    rows = conn.execute(SERIES_SQL, {"dataset": dataset, "measure": measure, "area": area, "category": category})
    return [Point(*row) for row in rows]


def series_as_of(
    conn: sqlite3.Connection, *, dataset: str, measure: str, area: str, category: str, as_of: str
) -> list[Point]:
    """The series as it stood at the end of ``as_of`` (``YYYY-MM-DD``) or at that instant (UTC)."""
    rows = conn.execute(
        SERIES_AS_OF_SQL,
        {"dataset": dataset, "measure": measure, "area": area, "category": category, "as_of": as_of},
    )
    return [Point(*row) for row in rows]


def stops_monthly(conn: sqlite3.Connection, place: str = "") -> list[StopsMonth]:
    """The Met's searches by month in a place (slug or code), or everywhere."""
    return [StopsMonth(*row) for row in conn.execute(STOPS_MONTHLY_SQL, {"place": place})]
