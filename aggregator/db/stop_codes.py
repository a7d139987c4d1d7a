"""Ids, hashes and groups of a month of stops, looked up by what its stops have in common.

What has been looked up is kept, so that a bulk import of many months does most of its work in the first of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aggregator.db.statistics_lookup import StopValues
from aggregator.statistics.coded import Coded, Codes
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.geography import boroughs
from aggregator.statistics.model import STOP_FIELDS
from aggregator.statistics.stop_groups import ethnicity_group, object_group, outcome_group
from aggregator.statistics.stop_hash import NOWHERE, Unsigned, point_hashes, value_hash
from aggregator.statistics.tables import SEPARATOR

_FLAGS: Final = ("linked", "more_than_outer")
_OF_FLAG: Final = {"": None, "False": 0, "True": 1}
_GROUPED: Final = ("outcome", "object", "self_ethnicity")
_COLUMNS: Final = ", ".join(field if field in _FLAGS else f"{field}_id" for field in STOP_FIELDS)

Groups = tuple[str, ...]
"""Outcome, object and self-defined ethnicity of a search, as groups."""
Ids = npt.NDArray[np.int64]
StoredKind = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Looked:
    """The kinds of the stops of a month: id, hash, and index into ``Kinds.groups``, row by row."""

    ids: Ids
    hashes: Unsigned
    groups: Codes


@dataclass(frozen=True, slots=True)
class Placed:
    """The points of the stops of a month: id, hash and area (0, 0: without a location), row by row."""

    ids: Ids
    hashes: Unsigned
    areas: Ids


class StoredKinds:
    """Every combination of values that is in the archive, with its id."""

    def __init__(self, conn: sqlite3.Connection) -> None:
        self._conn = conn
        stored = conn.execute(f"SELECT id, {_COLUMNS} FROM stop_kinds")  # noqa: S608 - names of our own columns
        self._ids: dict[StoredKind, int] = {tuple(row): id_ for id_, *row in stored}
        self._next = max(self._ids.values(), default=0) + 1

    def ids(self, kinds: list[StoredKind]) -> list[int]:
        """Their ids; those that are new are stored."""
        new = [kind for kind in dict.fromkeys(kinds) if kind not in self._ids]
        self._ids.update(zip(new, range(self._next, self._next + len(new)), strict=True))
        self._next += len(new)
        self._conn.executemany(
            f"INSERT INTO stop_kinds (id, {_COLUMNS}) VALUES (?{',?' * len(STOP_FIELDS)})",  # noqa: S608 - as above
            [(self._ids[kind], *kind) for kind in new],
        )
        return [self._ids[kind] for kind in kinds]


class _Field(dict[str, tuple[int | None, int, str]]):
    """The values of one field that were met: id, hash and group of each."""

    def __init__(self, field: str, values: StopValues, group_of: Callable[[str], str] | None) -> None:
        super().__init__()
        self._field, self._values, self._group_of = field, values, group_of

    def __missing__(self, value: str) -> tuple[int | None, int, str]:
        group = self._group_of(value) if self._group_of else ""
        id_ = _flag(value) if self._field in _FLAGS else self._values.id(self._field, value, group)
        self[value] = id_, value_hash(self._field, value), group
        return self[value]


class Kinds:
    """Combinations of published values → id, hash and groups. What an object means depends on the ``month``."""

    def __init__(self, values: StopValues, stored: StoredKinds, month: str) -> None:
        of: dict[str, Callable[[str], str]] = {
            "outcome": outcome_group,
            "self_ethnicity": ethnicity_group,
            "object": lambda value: object_group(value, month),
        }
        self._stored = stored
        self._fields = [_Field(field, values, of.get(field)) for field in STOP_FIELDS]
        self._places: dict[str, int] = {}
        self._ids, self._hashes = np.empty(0, dtype=np.int64), np.empty(0, dtype=np.uint64)
        self._group = np.empty(0, dtype=np.intp)
        self.groups: dict[Groups, int] = {}

    def look_up(self, kinds: Coded) -> Looked:
        """Raises :class:`BadTableError` on a flag that is none."""
        places = list(map(self._places.get, kinds.values))
        if None in places:
            self._add([kind for kind, place in zip(kinds.values, places, strict=True) if place is None])
            places = list(map(self._places.get, kinds.values))
        at = np.array(places, dtype=np.intp)[kinds.codes]
        return Looked(self._ids[at], self._hashes[at], self._group[at])

    def _add(self, kinds: list[str]) -> None:
        by_field = zip(*(kind.split(SEPARATOR) for kind in kinds), strict=True)
        columns = [[field[value] for value in column] for field, column in zip(self._fields, by_field, strict=True)]
        ids = self._stored.ids(list(zip(*([id_ for id_, _, _ in column] for column in columns), strict=True)))
        hashes = np.array([[hash_ for _, hash_, _ in column] for column in columns], dtype=np.uint64).sum(axis=0)
        grouped = ([group for _, _, group in columns[STOP_FIELDS.index(field)]] for field in _GROUPED)
        groups = [self.groups.setdefault(group, len(self.groups)) for group in zip(*grouped, strict=True)]
        self._places.update(zip(kinds, range(len(self._ids), len(self._ids) + len(kinds)), strict=True))
        self._ids = np.concatenate([self._ids, np.array(ids, dtype=np.int64)])
        self._hashes = np.concatenate([self._hashes, hashes])
        self._group = np.concatenate([self._group, np.array(groups, dtype=np.intp)])


class Points:
    """Published coordinates → stored points with their boroughs. New ones are placed and stored."""

    def __init__(self, conn: sqlite3.Connection, area_ids: dict[str, int]) -> None:
        self._conn, self._area_ids = conn, area_ids
        stored = conn.execute("SELECT latitude, longitude, id, area_id FROM stop_points")
        self._stored = {(latitude, longitude): (id_, area) for latitude, longitude, id_, area in stored}
        self._next = max((id_ for id_, _ in self._stored.values()), default=0) + 1
        self._places: dict[str, int] = {SEPARATOR: 0}
        self._ids, self._areas = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        self._hashes = np.array([NOWHERE], dtype=np.uint64)

    def look_up(self, points: Coded) -> Placed:
        """Raises :class:`BadTableError` on a point that cannot be."""
        places = list(map(self._places.get, points.values))
        if None in places:
            self._locate([point for point, place in zip(points.values, places, strict=True) if place is None])
            places = list(map(self._places.get, points.values))
        at = np.array(places, dtype=np.intp)[points.codes]
        return Placed(self._ids[at], self._hashes[at], self._areas[at])

    def _locate(self, points: list[str]) -> None:
        """Places points that are new to this run and stores those that are new to the archive."""
        degrees = np.array([_degrees(*point.split(SEPARATOR)) for point in points])
        areas = [self._area_ids[code] for code in boroughs().locate(degrees)]
        longitude, latitude = np.rint(degrees.T * 1e6).astype(np.int64)
        ids, rows = [], []
        for at, area in zip(zip(latitude.tolist(), longitude.tolist(), strict=True), areas, strict=True):
            point_id, known = self._stored.get(at, (self._next, None))
            if known != area:  # new, or the boundaries have changed
                rows.append((point_id, *at, area))
                self._stored[at] = (point_id, area)
                self._next = max(self._next, point_id + 1)
            ids.append(point_id)
        self._places.update(zip(points, range(len(self._ids), len(self._ids) + len(points)), strict=True))
        self._ids = np.concatenate([self._ids, np.array(ids, dtype=np.int64)])
        self._areas = np.concatenate([self._areas, np.array(areas, dtype=np.int64)])
        self._hashes = np.concatenate([self._hashes, point_hashes(latitude, longitude)])
        self._conn.executemany(
            "INSERT INTO stop_points (id, latitude, longitude, area_id) VALUES (?,?,?,?)"
            " ON CONFLICT (latitude, longitude) DO UPDATE SET area_id = excluded.area_id",
            rows,
        )


def _flag(value: str) -> int | None:
    try:
        return _OF_FLAG[value]
    except KeyError:
        raise BadTableError(f"{value!r} is neither True nor False") from None


def _degrees(latitude: str, longitude: str) -> tuple[float, float]:
    """Longitude and latitude, in this order."""
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        north = east = float("nan")
    if not (-90 <= north <= 90 and -180 <= east <= 180):
        raise BadTableError(f"latitude {latitude!r}, longitude {longitude!r} is no place on earth")
    return east, north
