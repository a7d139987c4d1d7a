"""Sums over boroughs that lack one of them. Publishers leave out rows of nothing, so an absent figure is usually a zero;
one of a borough that never had so few is a gap, and the sum of its month is no figure of London."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from aggregator.limits import GAP_MIN_FIGURE
from aggregator.site import canned
from aggregator.site.queries.statistics import Choice, Point

_BY_BOROUGH = f"""
WITH asked(measure) AS (SELECT :measure),
{canned.sql(canned.FIGURES)}
SELECT a.name, f.period, sum(f.value) FROM figures f JOIN areas a ON a.id = f.area_id AND a.kind = 'borough'
GROUP BY f.period, f.area_id
"""  # noqa: S608 - a constant


def in_part(conn: sqlite3.Connection, dataset: str, choice: Choice, points: Sequence[Point]) -> tuple[Point, ...]:
    """The points of a sum over all areas, those that lack a borough said to be published in part. Others as they are."""
    if choice.area:
        return tuple(points)
    given = {"dataset": dataset, "measure": choice.measure, "area": "", "category": choice.category}
    figures: dict[str, dict[str, float]] = defaultdict(dict)
    for name, period, value in conn.execute(_BY_BOROUGH, given):
        figures[name][period] = value
    lacking = absent(figures, [p.period for p in points if p.value is not None and p.state != "missing"])
    return tuple(
        replace(p, state="truncated", note=f"no figure of {_listed(lacking[p.period])}") if p.period in lacking else p
        for p in points
    )


def absent(figures: Mapping[str, Mapping[str, float]], periods: Sequence[str]) -> dict[str, list[str]]:
    """By period, the boroughs without a figure whose other figures, of most periods, are never below GAP_MIN_FIGURE."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, known in sorted(figures.items()):
        if 2 * len(known) > len(periods) and min(known.values()) >= GAP_MIN_FIGURE:
            for period in periods:
                if period not in known:
                    found[period].append(name)
    return found


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
