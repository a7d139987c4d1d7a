"""What the figures of a series were when they were first published."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from aggregator.site import canned
from aggregator.site.queries.statistics import Choice, dated_by, released_on
from aggregator.text.times import When


@dataclass(frozen=True, slots=True)
class First:
    """The figure of a period as it stood at the end of the day on which the period was first published."""

    value: float
    released: When | None


# A period begins on the day of its oldest cell; what stood that day is summed as `series_as_of` sums it.
_FIRST = f"""
WITH asked(measure) AS (SELECT :measure),
{canned.sql(canned.FIGURES)},
{canned.sql(canned.REPLACED)},
cells AS MATERIALIZED (
  SELECT f.period, f.value, substr(r.released_at, 1, 10) AS born, '9999' AS died
  FROM figures f JOIN releases r ON r.id = f.release_id
  WHERE f.period IN (SELECT period FROM replaced)
  UNION ALL
  SELECT v.period, v.value, substr(p.released_at, 1, 10), substr(n.released_at, 1, 10)
  FROM replaced v JOIN releases n ON n.id = v.new_release_id JOIN releases p ON p.id = v.old_release_id
),
beginning AS (SELECT period, min(born) AS day FROM cells GROUP BY period)
SELECT b.period, b.day, sum(c.value) AS value
FROM beginning b JOIN cells c ON c.period = b.period AND c.born <= b.day AND c.died > b.day
GROUP BY b.period
"""  # noqa: S608 - a constant


def of_series(conn: sqlite3.Connection, dataset: str, choice: Choice) -> dict[str, First]:
    """By period, for the periods in which a figure was replaced since."""
    given = {"dataset": dataset, "measure": choice.measure, "area": choice.area, "category": choice.category}
    rows = conn.execute(_FIRST, given)
    known = dated_by(conn, dataset)
    return {period: First(value, released_on(day, known)) for period, day, value in rows}
