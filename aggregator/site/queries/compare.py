"""Boroughs compared, and stops by outcome and ethnicity: sums over the newest twelve months that can be believed."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from aggregator.site import borough_map
from aggregator.site.borough_map import Map
from aggregator.site.queries import stops
from aggregator.site.queries.statistics import Choice
from aggregator.statistics import populations
from aggregator.statistics.areas import known_areas
from aggregator.statistics.populations import ethnic_groups
from aggregator.text.words import ETHNICITIES, STOP_OUTCOMES

MONTHS = 12
_BAD = ("missing", "suspect", "truncated")
_FEW = 5  # boroughs with a figure; fewer are no comparison


@dataclass(frozen=True, slots=True)
class Window:
    """The months added up, oldest first, and those between them that were left out as missing or doubtful."""

    months: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def first(self) -> str:
        """The oldest month."""
        return self.months[0]

    @property
    def last(self) -> str:
        """The newest month."""
        return self.months[-1]


@dataclass(frozen=True, slots=True)
class Area:
    """A borough's figure. ``rate``: per 1,000 residents, None where their number is not known."""

    name: str
    place: str
    value: float
    population: int | None
    rate: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Boroughs by rate, highest first, and the map."""

    window: Window
    areas: tuple[Area, ...]
    map: Map | None
    decimals: int = 1  # of the rates: enough to tell the bands of the map apart

    def rate(self, value: float) -> str:
        """A rate as the map's key and the table write it."""
        return f"{value:,.{self.decimals}f}"


@dataclass(frozen=True, slots=True)
class Share:
    """A group of stops: how many, which share, and for every 1,000 residents of the group where that is known."""

    title: str
    searches: int
    share: float
    population: int | None = None
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Stops of the newest twelve months by outcome and by self-defined ethnicity."""

    window: Window
    total: int
    outcomes: tuple[Share, ...]
    ethnicities: tuple[Share, ...]
    residents: int  # that the rates of all groups together divide by; 0 where there are no rates
    doubted: bool  # the residents by group were not compared with the published table


def window(conn: sqlite3.Connection, dataset: str) -> Window | None:
    """The newest twelve months of a data set that can be believed; None where its periods are no months."""
    rows = conn.execute(
        "SELECT period, state FROM coverage WHERE dataset_id = ? AND period GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]'"
        " ORDER BY period DESC LIMIT ?",
        (dataset, 3 * MONTHS),
    ).fetchall()
    good = tuple(sorted([period for period, state in rows if state not in _BAD][:MONTHS]))
    left_out = tuple(sorted(p for p, state in rows if state in _BAD and good and good[0] < p < good[-1]))
    return Window(good, left_out) if good else None


def boroughs(conn: sqlite3.Connection, dataset: str, choice: Choice) -> Comparison | None:
    """What was chosen, borough by borough; None where a data set has no figures for enough of them."""
    span = window(conn, dataset)
    if span is None:
        return None
    if dataset == stops.DATASET:
        return _compared(conn, span, _stops_by_area(conn, span, choice.measure))
    # Area by area and class by class: each is a short stretch of the key.
    rows = conn.execute(
        """
        SELECT a.code, sum(o.value) FROM areas a CROSS JOIN categories c CROSS JOIN observations o
          ON o.dataset_id = :dataset AND o.measure = :measure AND o.area_id = a.id AND o.category_id = c.id
         AND o.period BETWEEN :first AND :last
        WHERE a.kind IN ('borough', 'city') AND c.dataset_id = :dataset
          AND (:category = '' OR c.code = :category OR substr(c.code, 1, length(:category) + 1) = :category || '/')
        GROUP BY a.code
        """,
        {
            "dataset": dataset, "measure": choice.measure, "category": choice.category,
            "first": span.first, "last": span.last,
        },
    ).fetchall()  # fmt: skip
    return _compared(conn, span, dict(rows))


def _stops_by_area(conn: sqlite3.Connection, span: Window, measure: str) -> dict[str, float]:
    condition = {
        "with_outcome": "s.outcome_group NOT IN ('no-further-action', 'not-recorded')",
        "arrests": "s.outcome_group = 'arrest'",
    }.get(measure, "1")
    marks = ",".join("?" * len(span.months))
    sql = (
        f"SELECT a.code, sum(s.searches) FROM stop_counts s JOIN areas a ON a.id = s.area_id"  # noqa: S608 - constants
        f" WHERE s.force = 'metropolitan' AND s.month IN ({marks}) AND {condition} GROUP BY a.code"
    )
    return dict(conn.execute(sql, span.months).fetchall())


def _compared(conn: sqlite3.Connection, span: Window, values: dict[str, float]) -> Comparison | None:
    areas = {}
    slugs = dict(conn.execute("SELECT gss, slug FROM places").fetchall())
    for code, known in known_areas().items():
        if known.kind in ("borough", "city") and code in values:
            rate = 1000 * values[code] / known.population if known.population else None
            areas[code] = Area(known.name, slugs.get(code, code), values[code], known.population, rate)
    # So few people live in the City that a rate for residents says nothing of those who are searched or robbed there.
    on_map = {code: a.rate for code, a in areas.items() if a.rate is not None and known_areas()[code].kind == "borough"}
    if len(on_map) < _FEW:
        return None
    decimals = _decimals(on_map)
    labels = {code: f"{rate:,.{decimals}f} per 1,000" for code, rate in on_map.items()}
    ordered = sorted(areas.items(), key=lambda pair: (pair[0] not in on_map, -(pair[1].rate or 0)))
    return Comparison(span, tuple(area for _, area in ordered), borough_map.draw(on_map, labels), decimals)


def _decimals(rates: Mapping[str, float]) -> int:
    """One, or as many as it takes for each band of the map to begin above the one before and not to end where it begins;
    at most three: more would be precision that such rates do not have."""
    drawn = borough_map.draw(rates, {})
    bounds = drawn.bands if drawn else ()

    def apart(n: int) -> bool:
        begins = all(round(lower[0], n) < round(upper[0], n) for lower, upper in pairwise(bounds))
        return begins and all(low == high or round(low, n) < round(high, n) for low, high in bounds)

    return next((n for n in (1, 2) if apart(n)), 3)


def breakdown(conn: sqlite3.Connection, place: str = "") -> Breakdown | None:
    """Stops by outcome and ethnicity. Rates for residents only for the whole of London: of boroughs they are not known."""
    span = window(conn, stops.DATASET)
    if span is None:
        return None
    marks = ",".join("?" * len(span.months))
    rows = conn.execute(
        f"SELECT s.outcome_group, s.ethnicity_group, sum(s.searches) FROM stop_counts s"  # noqa: S608 - question marks
        f" LEFT JOIN areas a ON a.id = s.area_id WHERE s.force = 'metropolitan' AND s.month IN ({marks})"
        " AND (? = '' OR a.place = ?) GROUP BY 1, 2",
        (*span.months, place, place),
    ).fetchall()
    total = sum(n for _, _, n in rows)
    if not total:
        return None
    known = {} if place else {g.slug: g.population for g in ethnic_groups()}
    return Breakdown(
        span, total,
        _shares([(o, n) for o, _, n in rows], STOP_OUTCOMES, {}, total),
        _shares([(e, n) for _, e, n in rows], ETHNICITIES, known, total),
        sum(known.values()),
        bool(known) and not populations.VERIFIED,
    )  # fmt: skip


def _shares(
    counts: Sequence[tuple[str, int]], titles: dict[str, str], populations: dict[str, int], total: int
) -> tuple[Share, ...]:
    sums: dict[str, int] = {}
    for slug, n in counts:
        sums[slug] = sums.get(slug, 0) + n
    order = [slug for slug in titles if slug in sums] + [slug for slug in sums if slug not in titles]
    return tuple(
        Share(
            titles.get(slug, slug.replace("-", " ").capitalize()),
            sums[slug],
            100 * sums[slug] / total,
            populations.get(slug),
            1000 * sums[slug] / populations[slug] if slug in populations else None,
        )
        for slug in order
    )
