"""Storing stops: a month of a force is replaced whole, in the caller's transaction, and only if its content changed.

Content is hashed over the fields that CSV and API have in common, so that a month read from either is the same month.
Alike rows are told apart by an occurrence number. What a month had before is logged by count and digest.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from aggregator.db.statistics_coverage import refresh_stops
from aggregator.db.statistics_lookup import StopValues, area_ids, ensure_dataset
from aggregator.models import Utc
from aggregator.statistics import datasets
from aggregator.statistics.areas import known_areas
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.geography import boroughs
from aggregator.statistics.model import ReleaseSummary, Stops, StopsData
from aggregator.statistics.stop_groups import OBJECTS_DIVIDED_FROM, ethnicity_group, object_group, outcome_group
from aggregator.statistics.stop_hash import Hashes, Unsigned, digest, occurrences, row_hashes, value_hash

_CODED = (
    "type",
    "gender",
    "age_range",
    "self_ethnicity",
    "officer_ethnicity",
    "legislation",
    "object",
    "outcome",
    "linked",
    "more_than_outer",
)
_FLAGS = {"linked", "more_than_outer"}
_FLAG: dict[str, int | None] = {"": None, "True": 1, "False": 0}
_RELEASES = "SELECT count(*) FROM releases WHERE dataset_id = ?"
_INSERT = (
    "INSERT INTO stop_rows (id, at, type_id, gender_id, age_range_id, self_ethnicity_id, officer_ethnicity_id,"
    " legislation_id, object_id, outcome_id, linked, more_than_outer, point_id, hash, occurrence)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)


class _Codes(dict[str, int]):
    """Published value → its place in ``ids`` and ``hashes``, filled as values turn up. One look-up a row gives both."""

    def __init__(self, field: str, find: Callable[[str], int | None]) -> None:
        super().__init__()
        self._field, self._find = field, find
        self.ids: list[int | None] = []
        self.hashes: list[int] = []

    def __missing__(self, value: str) -> int:
        self.ids.append(self._find(value))
        self.hashes.append(value_hash(self._field, value))
        self[value] = len(self.ids) - 1
        return len(self.ids) - 1

    def encode(self, column: tuple[str, ...]) -> tuple[list[int | None], Unsigned]:
        """Ids and hashes of a column. Many a column says one thing throughout."""
        rows, first = len(column), self[column[0]]
        if column.count(column[0]) == rows:
            return [self.ids[first]] * rows, np.full(rows, self.hashes[first], dtype=np.uint64)
        codes = np.fromiter(map(self.__getitem__, column), dtype=np.intp, count=rows)
        return np.array(self.ids, dtype=object)[codes].tolist(), np.array(self.hashes, dtype=np.uint64)[codes]


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A month ready to be compared and written."""

    coded: dict[str, list[int | None]]
    points: list[int | None]
    hashes: Hashes


class StopWriter:
    """Keeps looked-up ids and points between months: a bulk import asks for the same ones a million times.

    Good for one connection, and as long as each transaction it was used in was committed.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        self._area_ids = area_ids(conn, known_areas().values())
        self._values = StopValues(conn)
        self._codes: dict[tuple[str, bool], _Codes] = {}
        self._points: dict[tuple[str, str], int] = {("", ""): 0}
        self._point_ids: list[int | None] = [None]
        self._point_hashes: list[int] = [value_hash("point", "")]
        self.areas: dict[int | None, int] = {None: 0}

    @property
    def groups(self) -> dict[int, str]:
        """Group of each stored value, by its id."""
        return self._values.groups

    def encode(self, stops: Stops, month: str) -> _Encoded:
        """Looks up every value and every point. Raises :class:`BadTableError` on what cannot be."""
        coded, hashes = {}, []
        for field in _CODED:
            # From 2018-01 on an object of search means something narrower than before.
            key = (field, field == "object" and month < OBJECTS_DIVIDED_FROM)
            if key not in self._codes:
                self._codes[key] = _Codes(field, self._finder(field, month))
            coded[field], of_field = self._codes[key].encode(getattr(stops, field))
            hashes.append(of_field)
        where = list(zip(stops.latitude, stops.longitude, strict=True))
        codes = list(map(self._points.get, where))
        if None in codes:
            self._locate(sorted({point for point, code in zip(where, codes, strict=True) if code is None}))
            codes = list(map(self._points.get, where))
        at = np.array(codes, dtype=np.intp)
        hashes.append(np.array(self._point_hashes, dtype=np.uint64)[at])
        points = np.array(self._point_ids, dtype=object)[at].tolist()
        return _Encoded(coded, points, row_hashes(stops.at, hashes))

    def _finder(self, field: str, month: str) -> Callable[[str], int | None]:
        if field in _FLAGS:
            return _flag
        groups: dict[str, Callable[[str], str]] = {
            "outcome": outcome_group,
            "self_ethnicity": ethnicity_group,
            "object": lambda value: object_group(value, month),
        }
        group = groups.get(field)
        return lambda value: self._values.id(field, value, group(value) if group else "")

    def _locate(self, points: list[tuple[str, str]]) -> None:
        """Stores points that are new to this run, with their boroughs."""
        degrees = [_degrees(point) for point in points]
        for point, (longitude, latitude), code in zip(points, degrees, boroughs().locate(degrees), strict=True):
            row = self._conn.execute(
                "INSERT INTO stop_points (latitude, longitude, area_id) VALUES (?,?,?)"
                " ON CONFLICT (latitude, longitude) DO UPDATE SET area_id = excluded.area_id RETURNING id",
                (round(latitude * 1e6), round(longitude * 1e6), self._area_ids[code]),
            ).fetchone()
            self._points[point] = len(self._point_ids)
            self._point_ids.append(int(row[0]))
            self._point_hashes.append(value_hash("point", f"{latitude:.6f} {longitude:.6f}"))
            self.areas[int(row[0])] = self._area_ids[code]


def _flag(value: str) -> int | None:
    try:
        return _FLAG[value]
    except KeyError:
        raise BadTableError(f"{value!r} is neither True nor False") from None


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
    encoded = writer.encode(data.stops, data.month)
    content = digest(encoded.hashes)
    before = _present(conn, data)
    month = data.month
    unchanged = ReleaseSummary(
        dataset, False, sha256=sha256, url=url, rows=data.rows, period_from=month, period_to=month
    )
    if before and before[0] == content:
        return unchanged
    release_id = _insert_release(conn, data, dataset.id, (url, filename, sha256, etag, seen_at))
    added, removed = _put(conn, data, encoded, writer, before, (release_id, seen_at, content))
    first = conn.execute(_RELEASES, (dataset.id,)).fetchone() == (1,)
    changed = replace(unchanged, changed=True, first=first, release_id=release_id, released_at=seen_at)
    changed = replace(changed, new_periods=() if before else (month,), totals=((month, float(data.rows)),))
    changed = replace(changed, older=not before and _is_older(conn, data))
    state = refresh_stops(conn, data.force, seen_at, by_hand=not url)[month]
    states = ((month, state.note),) if state.flags else ()
    return replace(changed, added=added, removed=removed, states=states, problems=data.problems)


def _is_older(conn: sqlite3.Connection, data: StopsData) -> bool:
    """Whether later months are there already."""
    later = "SELECT EXISTS (SELECT 1 FROM stop_months WHERE force = ? AND month > ?)"
    return bool(conn.execute(later, (data.force, data.month)).fetchone()[0])


def _put(
    conn: sqlite3.Connection,
    data: StopsData,
    encoded: _Encoded,
    writer: StopWriter,
    before: tuple[str, int, int] | None,
    version: tuple[int, str, str],
) -> tuple[int, int]:
    """Takes the old rows out, writes the new ones and logs the version; how many rows came and went."""
    counts = _take_out(conn, before, encoded.hashes) if before else (data.rows, 0)
    first_id = _write_rows(conn, data, encoded, writer)
    _log_month(conn, data, version, counts, (first_id, first_id + data.rows - 1))
    return counts


def _log_month(
    conn: sqlite3.Connection,
    data: StopsData,
    version: tuple[int, str, str],
    counts: tuple[int, int],
    span: tuple[int, int],
) -> None:
    """Notes the new version of a month: release, time and digest; rows gained and lost; first and last row id."""
    conn.execute(
        "UPDATE stop_months SET first_id = NULL, last_id = NULL WHERE force = ? AND month = ?", (data.force, data.month)
    )
    conn.execute(
        "INSERT INTO stop_months (force, month, rows, first_day, last_day, release_id, seen_at, digest, added, removed,"
        " first_id, last_id) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (data.force, data.month, data.rows, data.first_day, data.last_day, *version, *counts, *span),
    )
    conn.execute("UPDATE releases SET added = ?, removed = ? WHERE id = ?", (*counts, version[0]))


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


def _write_rows(conn: sqlite3.Connection, data: StopsData, encoded: _Encoded, writer: StopWriter) -> int:
    """Writes the rows and their counts by group; the id of the first row."""
    first_id = int(conn.execute("SELECT coalesce(max(id), 0) + 1 FROM stop_rows").fetchone()[0])
    ids, hashes = range(first_id, first_id + data.rows), encoded.hashes
    columns = (ids, data.stops.at, *encoded.coded.values(), encoded.points, hashes.tolist(), occurrences(hashes))
    conn.executemany(_INSERT, zip(*columns, strict=True))
    areas = map(writer.areas.__getitem__, encoded.points)
    grouped = (encoded.coded[field] for field in ("outcome", "object", "self_ethnicity"))
    _write_counts(conn, data, Counter(zip(areas, *grouped, strict=True)), writer.groups)
    return first_id


def _write_counts(
    conn: sqlite3.Connection,
    data: StopsData,
    rows: Counter[tuple[Any, ...]],
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
