"""Ids, hashes and groups of a month of stops, looked up by whole columns.

A row's ten coded values are looked up together: of a million real rows there are under a hundred thousand different
combinations, and one look-up of ten values costs less than ten of one. What has been looked up is kept, so that a bulk
import of many months does most of its work in the first of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from aggregator.db.statistics_lookup import StopValues
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.geography import boroughs
from aggregator.statistics.model import Stops
from aggregator.statistics.stop_groups import OBJECTS_DIVIDED_FROM, ethnicity_group, object_group, outcome_group
from aggregator.statistics.stop_hash import Unsigned, value_hash

CODED: Final = (
    "type", "gender", "age_range", "self_ethnicity", "officer_ethnicity", "legislation", "object", "outcome",
    "linked", "more_than_outer",
)  # fmt: skip
FLAGS: Final = ("linked", "more_than_outer")
_FLAG: Final = {"": -1, "False": 0, "True": 1}
_OF_FLAG: Final = np.array([None, 0, 1], dtype=object)
_GROUPED: Final = ("outcome", "object", "self_ethnicity")

Groups = tuple[str, ...]
"""Outcome, object and self-defined ethnicity of a search, as groups."""
Codes = npt.NDArray[np.intp]


class _Grown:
    """Rows of numbers that grow, as one array; what was added is converted once."""

    def __init__(self, dtype: npt.DTypeLike, width: int = 0) -> None:
        self._array = np.empty((0, width) if width else 0, dtype=dtype)
        self._new: list[object] = []

    def __len__(self) -> int:
        return len(self._array) + len(self._new)

    def add(self, row: object) -> None:
        """Adds a row."""
        self._new.append(row)

    def array(self) -> npt.NDArray[np.generic]:
        """All of them."""
        if self._new:
            self._array = np.concatenate([self._array, np.array(self._new, dtype=self._array.dtype)])
            self._new = []
        return self._array


@dataclass(frozen=True, slots=True)
class Looked:
    """Columns of a month, looked up: ids (None where blank) and hashes of its coded values, and the groups they make."""

    ids: tuple[list[int | None], ...]
    hashes: Unsigned
    groups: Codes  # index into Values.groups


class Values(dict[tuple[str, ...], int]):
    """Ten published values → their place among the combinations seen, filled as they turn up."""

    def __init__(self, values: StopValues, *, divided: bool) -> None:
        super().__init__()
        self._values, self._divided = values, divided
        self._of_field: dict[str, dict[str, tuple[str, int, int, str]]] = {field: {} for field in CODED}
        self._ids = _Grown(np.int32, len(CODED))
        self._hashes = _Grown(np.uint64)
        self._group = _Grown(np.intp)
        self.groups: dict[Groups, int] = {}

    def __missing__(self, row: tuple[str, ...]) -> int:
        found = [self._one(field, value) for field, value in zip(CODED, row, strict=True)]
        place = len(self._ids)
        self._ids.add([id_ for _, id_, _, _ in found])
        self._hashes.add(sum(hash_ for _, _, hash_, _ in found) % 2**64)
        group = tuple(found[CODED.index(field)][3] for field in _GROUPED)
        self._group.add(self.groups.setdefault(group, len(self.groups)))
        self[tuple(value for value, _, _, _ in found)] = place  # the strings kept are few: each value once
        return place

    def look_up(self, stops: Stops) -> Looked:
        """Raises :class:`BadTableError` on a flag that is none."""
        rows = zip(*(getattr(stops, field) for field in CODED), strict=True)
        codes = np.fromiter(map(self.__getitem__, rows), dtype=np.intp, count=len(stops.at))
        columns = self._ids.array()[codes].T
        ids = tuple(
            _OF_FLAG[column.astype(np.intp) + 1].tolist() if field in FLAGS else column.tolist()
            for field, column in zip(CODED, columns, strict=True)
        )
        hashes = self._hashes.array()[codes].astype(np.uint64)
        return Looked(ids, hashes, self._group.array()[codes].astype(np.intp))

    def _one(self, field: str, value: str) -> tuple[str, int, int, str]:
        known = self._of_field[field].get(value)
        if known is None:
            group = self._grouped(field)(value)
            id_ = _flag(value) if field in FLAGS else self._values.id(field, value, group)
            known = self._of_field[field][value] = (value, id_, value_hash(field, value), group)
        return known

    def _grouped(self, field: str) -> Callable[[str], str]:
        month = OBJECTS_DIVIDED_FROM if self._divided else "0000-00"
        of: dict[str, Callable[[str], str]] = {
            "outcome": outcome_group,
            "self_ethnicity": ethnicity_group,
            "object": lambda value: object_group(value, month),
        }
        return of.get(field, lambda value: "")


class Points:
    """Published coordinates → stored points with their boroughs. New ones are placed and stored."""

    def __init__(self, conn: sqlite3.Connection, area_ids: dict[str, int]) -> None:
        self._conn, self._area_ids = conn, area_ids
        stored = conn.execute("SELECT latitude, longitude, id, area_id FROM stop_points")
        self._stored = {(latitude, longitude): (id_, area) for latitude, longitude, id_, area in stored}
        self._next = max((id_ for id_, _ in self._stored.values()), default=0) + 1
        self._places: dict[tuple[str, str], int] = {("", ""): 0}
        self._ids, self._hashes, self._areas = _Grown(np.int64), _Grown(np.uint64), _Grown(np.int64)
        self._add(0, "", 0)

    def look_up(self, stops: Stops) -> tuple[list[int | None], Unsigned, npt.NDArray[np.int64]]:
        """Ids (None: without a location), hashes and areas (0: without) of the points of these stops.

        Raises :class:`BadTableError` on a point that cannot be.
        """
        where = list(zip(stops.latitude, stops.longitude, strict=True))
        codes = list(map(self._places.get, where))
        if None in codes:
            self._locate(sorted({point for point, code in zip(where, codes, strict=True) if code is None}))
            codes = list(map(self._places.get, where))
        at = np.array(codes, dtype=np.intp)
        ids: list[int | None] = self._ids.array()[at].tolist()
        if not at.all():
            ids = [id_ or None for id_ in ids]
        return ids, self._hashes.array()[at].astype(np.uint64), self._areas.array()[at].astype(np.int64)

    def _add(self, point_id: int, content: str, area: int) -> None:
        self._ids.add(point_id)
        self._hashes.add(value_hash("point", content))
        self._areas.add(area)

    def _locate(self, points: list[tuple[str, str]]) -> None:
        """Places points that are new to this run and stores those that are new to the archive."""
        degrees = [_degrees(point) for point in points]
        rows = []
        for point, (longitude, latitude), code in zip(points, degrees, boroughs().locate(degrees), strict=True):
            at = (round(latitude * 1e6), round(longitude * 1e6))
            area = self._area_ids[code]
            point_id, known = self._stored.get(at, (self._next, None))
            if known != area:  # new, or the boundaries have changed
                rows.append((point_id, *at, area))
                self._stored[at] = (point_id, area)
                self._next = max(self._next, point_id + 1)
            self._places[point] = len(self._ids)
            self._add(point_id, f"{latitude:.6f} {longitude:.6f}", area)
        self._conn.executemany(
            "INSERT INTO stop_points (id, latitude, longitude, area_id) VALUES (?,?,?,?)"
            " ON CONFLICT (latitude, longitude) DO UPDATE SET area_id = excluded.area_id",
            rows,
        )


def _flag(value: str) -> int:
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
