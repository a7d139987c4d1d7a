"""Storing stops: a month of a force is replaced whole, in the caller's transaction, and only if its content changed.

Content is hashed over the fields that CSV and API have in common, so that a month read from either is the same month.
Alike rows are told apart by an occurrence number. What a month had before is logged by count and digest.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable

from aggregator.db.statistics_coverage import refresh_stops
from aggregator.db.statistics_lookup import StopValues, area_ids, ensure_dataset
from aggregator.models import Utc
from aggregator.statistics import datasets
from aggregator.statistics.areas import known_areas
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.geography import boroughs
from aggregator.statistics.model import ReleaseSummary, Stops, StopsData
from aggregator.statistics.stop_groups import OBJECTS_DIVIDED_FROM, ethnicity_group, object_group, outcome_group
from aggregator.statistics.stop_hash import Hasher, Hashes, digest, occurrences

_CODED = (
    "type",
    "gender",
    "age_range",
    "self_ethnicity",
    "officer_ethnicity",
    "legislation",
    "object",
    "outcome",
)
_FLAG = {"": None, "True": 1, "False": 0}
_INSERT = (
    "INSERT INTO stop_rows (id, at, type_id, gender_id, age_range_id, self_ethnicity_id, officer_ethnicity_id,"
    " legislation_id, object_id, outcome_id, linked, more_than_outer, point_id, hash, occurrence)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
Group = Callable[[str], str]


class _Ids(dict[str, int]):
    """Published value → id, filled as values turn up."""

    def __init__(self, values: StopValues, field: str, group: Group) -> None:
        super().__init__()
        self._values, self._field, self._group = values, field, group

    def __missing__(self, value: str) -> int:
        found = self[value] = self._values.id(self._field, value, self._group(value))
        return found


class StopWriter:
    """Keeps looked-up ids and points between months: a bulk import asks for the same ones a million times.

    Good for one connection, and as long as each transaction it was used in was committed.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self.values = StopValues(conn)
        self._conn = conn
        self._area_ids = area_ids(conn, known_areas().values())
        groups: dict[str, Group] = {"outcome": outcome_group, "self_ethnicity": ethnicity_group}
        self._ids = {field: _Ids(self.values, field, groups.get(field, lambda _: "")) for field in _CODED}
        # From 2018-01 on an object of search means something narrower than before.
        self._objects = {
            divided: _Ids(self.values, "object", lambda value, month=month: object_group(value, month))  # type: ignore[misc]
            for divided, month in ((True, OBJECTS_DIVIDED_FROM), (False, ""))
        }
        self._points: dict[tuple[str, str], int | None] = {("", ""): None}
        self.areas: dict[int | None, int] = {None: 0}
        self.hasher = Hasher()

    def coded(self, stops: Stops, month: str) -> list[list[int]]:
        """Ids of the coded columns, in the order of ``_CODED``."""
        lookups = self._ids | {"object": self._objects[month >= OBJECTS_DIVIDED_FROM]}
        return [list(map(lookups[field].__getitem__, getattr(stops, field))) for field in _CODED]

    def placed(self, stops: Stops) -> list[int | None]:
        """Point id of each stop; points that are new to this run are located in one go."""
        points = list(zip(stops.latitude, stops.longitude, strict=True))
        new = sorted(set(points) - self._points.keys())
        degrees = [_degrees(point) for point in new]
        for point, (longitude, latitude), code in zip(new, degrees, boroughs().locate(degrees), strict=True):
            row = self._conn.execute(
                "INSERT INTO stop_points (latitude, longitude, area_id) VALUES (?,?,?)"
                " ON CONFLICT (latitude, longitude) DO UPDATE SET area_id = excluded.area_id RETURNING id",
                (round(latitude * 1e6), round(longitude * 1e6), self._area_ids[code]),
            ).fetchone()
            self._points[point] = int(row[0])
            self.areas[int(row[0])] = self._area_ids[code]
        return list(map(self._points.__getitem__, points))


def _degrees(point: tuple[str, str]) -> tuple[float, float]:
    try:
        latitude, longitude = float(point[0]), float(point[1])
    except ValueError:
        latitude = longitude = float("nan")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise BadTableError(f"latitude {point[0]!r}, longitude {point[1]!r} is no place on earth")
    return longitude, latitude


def replace_stops_month(
    conn: sqlite3.Connection,
    data: StopsData,
    *,
    url: str,
    filename: str,
    sha256: str,
    etag: str,
    seen_at: Utc,
    writer: StopWriter | None = None,
) -> ReleaseSummary:
    """Makes a month what ``data`` says. The same content again, from whatever format, changes nothing.

    Raises :class:`BadTableError` on a point that cannot be.
    """
    dataset = datasets.stops_of(data.force)
    ensure_dataset(conn, dataset)
    writer = writer or StopWriter(conn)
    hashes = writer.hasher.hashes(data.stops)
    content = digest(hashes)
    before = _present(conn, data)
    if before and before[0] == content:
        return ReleaseSummary(
            dataset, False, sha256=sha256, url=url, period_from=data.month, period_to=data.month, rows=data.rows
        )
    first = conn.execute("SELECT 1 FROM releases WHERE dataset_id = ? LIMIT 1", (dataset.id,)).fetchone() is None
    release_id = _insert_release(conn, data, dataset.id, (url, filename, sha256, etag, seen_at))
    added, removed = _take_out(conn, before, hashes) if before else (data.rows, 0)
    first_id = _write_rows(conn, data, hashes, writer)
    conn.execute(
        "UPDATE stop_months SET first_id = NULL, last_id = NULL WHERE force = ? AND month = ?", (data.force, data.month)
    )
    conn.execute(
        "INSERT INTO stop_months (force, month, release_id, seen_at, rows, digest, first_day, last_day, added, removed,"
        " first_id, last_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            *(data.force, data.month, release_id, seen_at, data.rows, content, data.first_day, data.last_day),
            *(added, removed, first_id, first_id + data.rows - 1),
        ),
    )
    conn.execute("UPDATE releases SET added = ?, removed = ? WHERE id = ?", (added, removed, release_id))
    state = refresh_stops(conn, data.force, seen_at)[data.month]
    return ReleaseSummary(
        dataset=dataset,
        changed=True,
        first=first,
        release_id=release_id,
        released_at=seen_at,
        sha256=sha256,
        url=url,
        period_from=data.month,
        period_to=data.month,
        new_periods=() if before else (data.month,),
        rows=data.rows,
        added=added,
        removed=removed,
        totals=((data.month, float(data.rows)),),
        states=((data.month, state.note),) if state.flags else (),
        problems=data.problems,
    )


def _present(conn: sqlite3.Connection, data: StopsData) -> tuple[str, int, int] | None:
    """Digest, first and last row id of the month as it stands."""
    row = conn.execute(
        "SELECT digest, first_id, last_id FROM stop_months WHERE force = ? AND month = ? AND first_id IS NOT NULL",
        (data.force, data.month),
    ).fetchone()
    return (str(row[0]), int(row[1]), int(row[2])) if row else None


def _insert_release(
    conn: sqlite3.Connection, data: StopsData, dataset: str, origin: tuple[str, str, str, str, str]
) -> int:
    url, filename, sha256, etag, seen_at = origin
    # One file can hold several months, and a month can come back to what it was: each time is a release of its own.
    for name in (sha256, f"{sha256}#{data.month}", f"{sha256}#{data.month}@{seen_at}"):
        if not conn.execute("SELECT 1 FROM releases WHERE dataset_id = ? AND sha256 = ?", (dataset, name)).fetchone():
            break
    row = conn.execute(
        "INSERT INTO releases (dataset_id, released_at, first_seen_at, url, filename, sha256, etag, header_family,"
        " period_from, period_to, rows) VALUES (?,?,?,?,?,?,?,?,?,?,?) RETURNING id",
        (dataset, seen_at, seen_at, url, filename, name, etag, data.header_family, data.month, data.month, data.rows),
    ).fetchone()
    return int(row[0])


def _take_out(conn: sqlite3.Connection, before: tuple[str, int, int], hashes: Hashes) -> tuple[int, int]:
    """Deletes the rows of the month as it stood; how many rows it gains and loses by its new content."""
    span = before[1:]
    old = Counter(h for (h,) in conn.execute("SELECT hash FROM stop_rows WHERE id BETWEEN ? AND ?", span))
    conn.execute("DELETE FROM stop_rows WHERE id BETWEEN ? AND ?", span)
    new = Counter(hashes.tolist())
    return (new - old).total(), (old - new).total()


def _write_rows(conn: sqlite3.Connection, data: StopsData, hashes: Hashes, writer: StopWriter) -> int:
    """Writes the rows and their counts by group; the id of the first row."""
    stops = data.stops
    coded = writer.coded(stops, data.month)
    points = writer.placed(stops)
    try:
        flags = [[_FLAG[value] for value in column] for column in (stops.linked, stops.more_than_outer)]
    except KeyError as error:
        raise BadTableError(f"{error.args[0]!r} is neither True nor False", subject=data.month) from error
    first_id = int(conn.execute("SELECT coalesce(max(id), 0) + 1 FROM stop_rows").fetchone()[0])
    ids = range(first_id, first_id + data.rows)
    columns = (ids, stops.at, *coded, *flags, points, hashes.tolist(), occurrences(hashes))
    conn.executemany(_INSERT, zip(*columns, strict=True))
    areas = map(writer.areas.__getitem__, points)
    _write_counts(conn, data, Counter(zip(areas, coded[7], coded[6], coded[3], strict=True)), writer.values.groups)
    return first_id


def _write_counts(
    conn: sqlite3.Connection,
    data: StopsData,
    rows: Counter[tuple[int, int, int, int]],
    groups: dict[int, str],
) -> None:
    counts: Counter[tuple[int, str, str, str]] = Counter()
    for (area, outcome, obj, ethnicity), n in rows.items():
        counts[area, groups[outcome], groups[obj], groups[ethnicity]] += n
    conn.execute("DELETE FROM stop_counts WHERE force = ? AND month = ?", (data.force, data.month))
    conn.executemany(
        "INSERT INTO stop_counts (force, month, area_id, outcome_group, object_group, ethnicity_group, searches)"
        " VALUES (?,?,?,?,?,?,?)",
        ((data.force, data.month, *key, n) for key, n in sorted(counts.items())),
    )
