"""What the figures of a series were when they were first published."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from aggregator.site import canned
from aggregator.site.queries.statistics import Choice, dated_by, released_on
from aggregator.site.views import When


@dataclass(frozen=True, slots=True)
class First:
    """The figure of a period as it stood at the end of the day on which the period was first published."""

    value: float
    released: When | None


# A period begins on the day of its oldest cell; what stood that day is summed as `series_as_of` sums it.
_FIRST = f"""
WITH {canned.sql(canned.WANTED)},
replaced AS MATERIALIZED (
  SELECT v.period, v.old_value AS value, substr(p.released_at, 1, 10) AS born, substr(n.released_at, 1, 10) AS died
  FROM observation_revisions v JOIN releases n ON n.id = v.new_release_id JOIN releases p ON p.id = v.old_release_id
  WHERE v.dataset_id = :dataset AND v.measure = :measure AND v.old_value IS NOT NULL
    AND v.area_id IN wanted_area AND v.category_id IN wanted_category
),
cells AS MATERIALIZED (
  SELECT o.period, o.value, substr(r.released_at, 1, 10) AS born, '9999' AS died
  FROM observations o JOIN releases r ON r.id = o.release_id
  WHERE o.dataset_id = :dataset AND o.measure = :measure
    AND o.area_id IN wanted_area AND o.category_id IN wanted_category
    AND o.period IN (SELECT period FROM replaced)
  UNION ALL
  SELECT period, value, born, died FROM replaced
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
