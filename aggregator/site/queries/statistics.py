"""Statistics: data sets, the choices within one, and one series, now or as of a date."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from aggregator.site import canned
from aggregator.site.views import Link
from aggregator.statistics.coverage import LISTED_AGAIN, NO_EVIDENCE
from aggregator.text.times import When, when
from aggregator.text.words import NOT_COLLECTED, coverage


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set and its newest release."""

    id: str
    title: str
    description: str
    publisher: str
    homepage: str
    licence: str
    attribution: str
    cadence: str
    note: str
    released: When | None
    period_from: str
    period_to: str
    releases: int


@dataclass(frozen=True, slots=True)
class Option:
    """A value one can choose."""

    value: str
    title: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What a series page shows, and what else it could."""

    measure: str
    area: str
    category: str
    measures: tuple[Option, ...]
    areas: tuple[Option, ...]
    categories: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Point:
    """A period of a series. ``value`` None: absent, never zero."""

    period: str
    value: float | None
    state: str  # of `coverage`, "" where nothing is recorded
    note: str
    released: When | None

    @property
    def said(self) -> str:
        """What is to be said of it in a table; "" where it is complete."""
        if not self.state:
            return NOT_COLLECTED if self.value is None else ""
        return "" if self.state == "complete" else coverage(self.state, self.note)

    @property
    def remark(self) -> str:
        """Why, where that says more than :attr:`said` does."""
        return "" if self.note in NO_EVIDENCE else self.note


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a data set and what it changed."""

    released: When | None
    url: str
    filename: str
    sha256: str
    period_from: str
    period_to: str
    rows: int
    added: int
    revised: int
    removed: int


PER_CENT = "share"
"""The measure of data sets whose figures are per cent."""

_DATASETS = """
SELECT d.id, d.title, d.description, d.publisher, d.homepage, d.licence, d.attribution, d.cadence, d.note,
       max(r.released_at) AS released, coalesce(max(r.released_at || ' ' || r.dated_by), '') AS dated, coalesce(min(r.period_from), '') AS period_from,
       coalesce(max(r.period_to), '') AS period_to, count(r.id) AS releases
FROM datasets d LEFT JOIN releases r ON r.dataset_id = d.id
WHERE :id = '' OR d.id = :id GROUP BY d.id ORDER BY d.title
"""


_BOUNDS: dict[str, Literal["latest", "earliest"]] = {"seen": "latest", "periods": "earliest"}


def _released(at: str | None, by: str) -> When | None:
    """The day of a release, by `releases.dated_by`: one that was only seen is no later than that."""
    day = when(at, "day")
    return replace(day, bound=_BOUNDS.get(by, "")) if day else None


def dated_by(conn: sqlite3.Connection, dataset: str) -> dict[str, str]:
    """How the time of each release of a data set is known; of two at one time, the better."""
    sql = "SELECT released_at, dated_by FROM releases WHERE dataset_id = ? ORDER BY dated_by = 'publisher'"
    return dict(conn.execute(sql, (dataset,)).fetchall())


def released_on(day: str, known: Mapping[str, str]) -> When | None:
    """The day of releases, where only the day is known; ``known`` as :func:`dated_by` gives it."""
    ways = {by for at, by in known.items() if at[:10] == day}
    return _released(day, next((by for by in ("publisher", "periods", "seen") if by in ways), ""))


def datasets(conn: sqlite3.Connection, dataset: str = "") -> tuple[Dataset, ...]:
    """All data sets, or the one with this id."""
    rows = conn.execute(_DATASETS, {"id": dataset}).fetchall()
    return tuple(
        Dataset(
            **{k: r[k] for k in Dataset.__slots__ if k != "released"},
            released=_released(r["released"], r["dated"].partition(" ")[2]),
        )
        for r in rows
    )


def measures(conn: sqlite3.Connection, dataset: str) -> list[str]:
    """The measures of a data set: from key to key of the index, not row by row."""
    sql = "SELECT min(measure) FROM observations WHERE dataset_id = ? AND measure > ?"
    found = [""]
    while (following := conn.execute(sql, (dataset, found[-1])).fetchone()[0]) is not None:
        found.append(following)
    return found[1:]


def choose(conn: sqlite3.Connection, dataset: str, *, measure: str, area: str, category: str) -> Choice:
    """The series asked for; what is not asked for, or is not there, becomes the whole where a sum has a meaning.

    Areas and categories each on their own: boroughs may be added up within one category of several that overlap.
    """
    names = measures(conn, dataset)
    measure = measure if measure in names else (names[0] if names else "")
    sql = "SELECT additive_areas, additive_categories FROM datasets WHERE id = ?"
    sums = conn.execute(sql, (dataset,)).fetchone() or (0, 0)
    areas = _areas(conn, dataset, measure, whole=bool(sums[0]))
    area = _known(area, areas) or _known(_code(conn, area), areas)
    categories = _categories(conn, dataset, whole=bool(sums[1]))
    category = _known(category, categories)
    if not (area or sums[0]) or not (category or sums[1]):
        area, category = headline(conn, dataset, measure, area=area, category=category, sums=(sums[0], sums[1]))
    area, category = area or areas[0][0], category or categories[0][0]
    return Choice(
        measure,
        area,
        category,
        tuple(Option(m, m.replace("-", " ").replace("_", " ").capitalize(), m == measure) for m in names),
        tuple(Option(code, name, code == area) for code, name in areas),
        tuple(Option(code, title, code == category) for code, title in categories),
    )


_HEADLINE = """
SELECT CASE WHEN :sum_areas AND :area = '' THEN '' ELSE a.code END AS area_shown,
       CASE WHEN :sum_categories AND :category = '' THEN '' ELSE c.code END AS category_shown
FROM observations o JOIN areas a ON a.id = o.area_id JOIN categories c ON c.id = o.category_id
WHERE o.dataset_id = :dataset AND o.measure = :measure AND a.kind IN ('force', 'borough', 'city', 'pseudo')
  AND (:area = '' OR a.code = :area) AND (:category = '' OR c.code = :category)
GROUP BY area_shown, category_shown
ORDER BY area_shown <> '' AND a.kind <> 'force', category_shown <> '' AND lower(c.title) NOT IN ('all', 'total') AND lower(c.title) NOT LIKE 'total %'
                            AND lower(c.title) NOT LIKE 'all %',
         CASE WHEN :sum_areas THEN sum(o.value) END DESC, count(*) DESC, max(o.period) DESC,
         CASE WHEN lower(c.title) LIKE 'total %' OR lower(c.title) LIKE 'all %' THEN sum(o.value) END DESC, c.title, a.kind = 'pseudo', a.name LIMIT 1
"""


def headline(
    conn: sqlite3.Connection,
    dataset: str,
    measure: str,
    *,
    area: str = "",
    category: str = "",
    sums: tuple[int, int] = (0, 0),
) -> tuple[str, str]:
    """Area and category of the series that stands for a data set whose figures may not all be added, or for the part given.

    ``sums``: whether its areas, and whether its categories, may be; what may is "", all of them. All of London and a
    total where there are such, of several totals the largest; of categories that may each be added up over areas the
    largest too, which holds the others; else the series with most figures, then the one with the newest, then by name.
    What has no figures keeps what was given.
    """
    given = {
        "dataset": dataset, "measure": measure, "area": area, "category": category,
        "sum_areas": sums[0], "sum_categories": sums[1],
    }  # fmt: skip
    row = conn.execute(_HEADLINE, given).fetchone()
    return (row[0], row[1]) if row else (area, category)


Named = list[tuple[str, str]]


def _known(code: str, options: Named) -> str:
    return code if any(code == known for known, _ in options) else ""


def _areas(conn: sqlite3.Connection, dataset: str, measure: str, *, whole: bool) -> Named:
    """Areas of this measure, wards and smaller ones apart: thousands of them are no choice."""
    sql = """
    SELECT a.code, a.name, a.kind FROM areas a WHERE a.kind IN ('force', 'borough', 'city', 'pseudo') AND EXISTS (
      SELECT 1 FROM observations o WHERE o.dataset_id = ? AND o.measure = ? AND o.area_id = a.id)
    ORDER BY a.kind <> 'force', a.kind = 'pseudo', a.name
    """
    rows = conn.execute(sql, (dataset, measure)).fetchall()
    found = [(code, name) for code, name, _ in rows]
    return [("", _sum_of([kind for *_, kind in rows])), *found] if whole or not found else found


def _sum_of(kinds: Sequence[str]) -> str:
    """What all areas together are: the boroughs that there are figures for, and what lies in none of them."""
    boroughs = kinds.count("borough")
    others = len(kinds) - boroughs
    if boroughs < 2:
        return "All areas"
    return f"Sum of {boroughs} boroughs" + (f" and {others} other area{'s' if others > 1 else ''}" if others else "")


def _code(conn: sqlite3.Connection, place: str) -> str:
    """The code of a place given by its slug."""
    row = conn.execute("SELECT code FROM areas WHERE place = ? AND kind IN ('borough', 'city')", (place,)).fetchone()
    return row[0] if row else ""


def _categories(conn: sqlite3.Connection, dataset: str, *, whole: bool) -> Named:
    """Categories of a data set; with the groups above them where a sum has a meaning."""
    found = dict(
        conn.execute("SELECT code, title FROM categories WHERE dataset_id = ? ORDER BY code", (dataset,)).fetchall()
    )
    if whole or not found:
        groups = {code.partition("/")[0] for code in found if "/" in code}
        found = {"": "All", **{g: g.replace("-", " ").capitalize() for g in groups}, **found}
    return sorted(found.items())


def series(conn: sqlite3.Connection, dataset: str, choice: Choice, as_of: str = "") -> tuple[Point, ...]:
    """The periods of a series, oldest first, with those that should be there and are not."""
    given = {"dataset": dataset, "measure": choice.measure, "area": choice.area, "category": choice.category}
    sql = canned.sql("series_as_of" if as_of else "series")
    rows = conn.execute(sql, {**given, "as_of": as_of, "after": "", "limit": "1000"}).fetchall()
    known = dated_by(conn, dataset)
    points = [
        Point(
            r["period"],
            r["value"],
            "" if as_of else r["state"] or "",
            "" if as_of else r["note"] or "",
            _released(r["released_at"], known.get(r["released_at"], "")),
        )
        for r in rows
    ]
    row = conn.execute("SELECT cadence FROM datasets WHERE id = ?", (dataset,)).fetchone()
    return with_gaps(points, _EVERY.get(row[0] if row else "", 1))


_EVERY = {"quarterly": 3, "yearly": 12}  # months from one period to the next, where they are named by their month


def with_gaps(points: Sequence[Point], every: int = 1) -> tuple[Point, ...]:
    """Months that are due between the first and the last and have no row become points without a value."""
    there = {p.period: p for p in points}
    months = [
        p.period for p in points if len(p.period) == len("2026-01") and p.period[4] == "-" and p.period[5:].isdigit()
    ]
    if len(months) != len(points) or not months:
        return tuple(points)
    due = {*there, *_months(months[0], months[-1])[::every]}
    return tuple(there.get(m, Point(m, None, "", "", None)) for m in sorted(due))


def _months(first: str, last: str) -> list[str]:
    year, month = int(first[:4]), int(first[5:])
    found = []
    while (name := date(year, month, 1).isoformat()[:7]) <= last:
        found.append(name)
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def releases(conn: sqlite3.Connection, dataset: str, limit: int = 24) -> tuple[Release, ...]:
    """Releases of a data set, newest first."""
    sql = """
    SELECT released_at, url, filename, sha256, coalesce(period_from, '') AS period_from, coalesce(period_to, '') AS period_to,
           rows, added, revised, removed, dated_by
    FROM releases WHERE dataset_id = ? ORDER BY released_at DESC, id DESC LIMIT ?
    """
    rows = conn.execute(sql, (dataset, limit)).fetchall()
    return tuple(
        Release(
            **{k: r[k] for k in Release.__slots__ if k != "released"},
            released=_released(r["released_at"], r["dated_by"]),
        )
        for r in rows
    )


def series_breaks(conn: sqlite3.Connection, dataset: str) -> dict[str, str]:
    """Periods from which on the figures of a data set are not comparable with those before, and why."""
    return dict(conn.execute("SELECT period, note FROM series_breaks WHERE dataset_id = ? ORDER BY period", (dataset,)))


@dataclass(frozen=True, slots=True)
class Completeness:
    """How much of a data set is there: its periods, how many are missing (of these, how many we only have no file of) or
    doubtful, its newest figure."""

    periods: int
    missing: int
    uncollected: int
    doubtful: int
    first: str
    newest: str
    provisional: bool


def completeness(conn: sqlite3.Connection) -> dict[str, Completeness]:
    """By data set."""
    sql = """
    SELECT dataset_id, sum(state <> 'missing'), sum(state = 'missing'),
           sum(state = 'missing' AND note IN (SELECT value FROM json_each(?))), sum(state IN ('suspect', 'truncated')),
           min(period) FILTER (WHERE state <> 'missing'), max(period) FILTER (WHERE state <> 'missing'),
           max(state = 'provisional')
    FROM coverage GROUP BY dataset_id
    """
    unread = json.dumps([*NO_EVIDENCE, LISTED_AGAIN])
    return {
        name: Completeness(periods, missing, uncollected, doubtful, first or "", newest or "", bool(provisional))
        for name, periods, missing, uncollected, doubtful, first, newest, provisional in conn.execute(sql, (unread,))
    }


def of_topics(conn: sqlite3.Connection, topics: Sequence[str]) -> tuple[Link, ...]:
    """Series whose category belongs to one of these topics."""
    sql = """
    SELECT c.dataset_id, c.code, c.title, d.title AS dataset FROM categories c JOIN datasets d ON d.id = c.dataset_id
    WHERE c.topic IN (SELECT value FROM json_each(?)) ORDER BY d.title, c.title LIMIT 20
    """
    rows = conn.execute(sql, (json.dumps(list(topics)),))
    return tuple(Link(r["title"], f"/statistics/{r['dataset_id']}?category={r['code']}", r["dataset"]) for r in rows)


def of_place(conn: sqlite3.Connection, place: str) -> tuple[Link, ...]:
    """Data sets with figures for a place."""
    sql = """
    SELECT d.id, d.title FROM datasets d WHERE EXISTS (
      SELECT 1 FROM areas a, json_each(:measures) m JOIN observations o
        ON o.dataset_id = d.id AND o.measure = m.value AND o.area_id = a.id
      WHERE a.place = :place)
    UNION ALL
    SELECT d.id, d.title FROM datasets d WHERE d.id = 'stop-and-search' AND EXISTS (
      SELECT 1 FROM areas a JOIN stop_counts c ON c.area_id = a.id WHERE a.place = :place)
    ORDER BY 2
    """
    ids = [row[0] for row in conn.execute("SELECT id FROM datasets")]
    names = json.dumps(sorted({m for d in ids for m in measures(conn, d)}))
    rows = conn.execute(sql, {"place": place, "measures": names})
    return tuple(Link(r["title"], f"/statistics/{r['id']}?area={place}") for r in rows)
