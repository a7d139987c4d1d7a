"""Releases in order, and the putting of an older one into its place among those that are stored.

Each cell has a chain of points: which release gave which value (None: not there). The chain is what observations and
their revisions say together; putting a release in its place means building the chain anew and writing it back.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Key = tuple[str, int, int, str]
"""measure, area id, category id, period"""
Row = tuple[str, int, int]
"""measure, area id, category id"""


class Release(NamedTuple):
    """A stored release, as far as its place among the others goes."""

    id: int
    released_at: str
    rank: int
    period_from: str
    period_to: str

    @property
    def order(self) -> tuple[str, int, int]:
        """Releases sort by this: when published, then which kind of file, then when it came in."""
        return (self.released_at, self.rank, self.id)

    def covers(self, period: str) -> bool:
        """Whether an absent cell of this period is a zero of this release."""
        return self.period_from <= period <= self.period_to

    def overlaps(self, other: Release) -> bool:
        """Whether both cover some period."""
        return self.period_from <= other.period_to and other.period_from <= self.period_to


class Point(NamedTuple):
    """From this release on the cell has this value. ``logged``: a revision says so; otherwise it is a first figure.

    ``replaces``, of a revision: the release that gave the value before; where there was none, the last one before that
    covers the period.
    """

    release: int
    value: float | None
    logged: bool = True
    row_dropped: bool = False
    replaces: int | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """The release to put in its place, those around it that overlap with it, its cells and its rows."""

    release: Release
    earlier: list[Release]
    later: list[Release]
    cells: Mapping[Key, float]
    rows: set[Row]


def covers(releases: Sequence[Release], period: str) -> bool:
    """Whether any of these releases covers a period."""
    return any(r.period_from <= period <= r.period_to for r in releases)


def last_covering(releases: Sequence[Release], period: str) -> Release | None:
    """The newest of these releases that covers a period."""
    return max((r for r in releases if r.covers(period)), key=lambda r: r.order, default=None)


def load_releases(conn: sqlite3.Connection, dataset: str) -> list[Release]:
    """The releases of a data set, oldest first."""
    rows = conn.execute(
        "SELECT id, released_at, rank, period_from, period_to FROM releases WHERE dataset_id = ?"
        " ORDER BY released_at, rank, id",
        (dataset,),
    )
    return [Release(*row) for row in rows]


def rows_of(conn: sqlite3.Connection, dataset: str, release: Release) -> set[Row]:
    """Rows that a release publishes: those with any figure in its range as it left them. No published row is all zero.

    What later releases made of them does not matter: they may have come in before or may come in after.
    """
    rows = conn.execute(
        "WITH known(id) AS MATERIALIZED"
        " (SELECT id FROM releases WHERE dataset_id = ?1 AND (released_at, rank, id) <= (?4, ?5, ?6))"
        " SELECT measure, area_id, category_id FROM observations"
        " WHERE dataset_id = ?1 AND period BETWEEN ?2 AND ?3 AND release_id IN known"
        " UNION SELECT measure, area_id, category_id FROM observation_revisions"
        " WHERE dataset_id = ?1 AND period BETWEEN ?2 AND ?3 AND old_value IS NOT NULL"
        " AND old_release_id IN known AND new_release_id NOT IN known",
        (dataset, release.period_from, release.period_to, *release.order),
    )
    return {(m, a, c) for m, a, c in rows}


def slot_in(conn: sqlite3.Connection, dataset: str, slot: Slot) -> None:
    """Writes a release into the chains of every cell of its periods that later releases cover too."""
    chains = load_chains(conn, dataset, slot.release.period_from, slot.release.period_to)
    rows_by = {r.id: rows_of(conn, dataset, r) for r in [*slot.earlier, *slot.later]}
    for key in set(chains) | set(slot.cells):
        if covers(slot.later, key[3]):
            old = chains.get(key, [])
            new = _linked(_with(old, key, slot, rows_by), key[3], slot)
            if new != old:
                _write_chain(conn, dataset, key, new)


def _with(chain: list[Point], key: Key, slot: Slot, rows_by: Mapping[int, set[Row]]) -> list[Point]:
    """The chain of one cell with the release in it."""
    places = {r.id: r.order for r in [*slot.earlier, *slot.later]}
    here = slot.release.order
    before = [point for point in chain if places[point.release] < here]
    behind = last_covering(slot.earlier, key[3])
    following = min((r for r in slot.later if r.covers(key[3])), key=lambda r: r.order)
    after = [point for point in chain if places[point.release] > following.order]
    known = [point for point in chain if places[point.release] <= following.order]
    previous = before[-1].value if before else None
    mine = slot.cells.get(key)
    next_value = known[-1].value if known else None

    out = list(before)
    if mine != previous:
        published = behind is not None and key[:3] in rows_by[behind.id]
        logged = previous is not None or published
        out.append(Point(slot.release.id, mine, logged, mine is None and key[:3] not in slot.rows))
    if next_value != mine:
        logged = mine is not None or key[:3] in slot.rows
        gone = next_value is None and key[:3] not in rows_by[following.id]
        out.append(Point(following.id, next_value, logged, gone))
    return out + after


def _linked(chain: list[Point], period: str, slot: Slot) -> list[Point]:
    """The chain, with each revision naming the release before it: putting one in between makes that another."""
    releases = {r.id: r for r in [*slot.earlier, slot.release, *slot.later]}
    out: list[Point] = []
    for point in chain:
        replaces: int | None = None
        if point.logged and out and out[-1].value is not None:
            replaces = out[-1].release
        elif point.logged:
            place = releases[point.release].order
            last = last_covering([r for r in releases.values() if r.order < place], period)
            replaces = last.id if last else None
        out.append(point._replace(replaces=replaces))
    return out


def load_chains(conn: sqlite3.Connection, dataset: str, first: str, last: str) -> dict[Key, list[Point]]:
    """The chains of all cells of a range of periods."""
    chains: dict[Key, list[Point]] = {}
    revisions = conn.execute(
        "SELECT v.measure, v.area_id, v.category_id, v.period, v.old_value, v.new_value, v.old_release_id,"
        " v.new_release_id, v.row_dropped FROM observation_revisions v JOIN releases r ON r.id = v.new_release_id"
        " WHERE v.dataset_id = ? AND v.period BETWEEN ? AND ? ORDER BY r.released_at, r.rank, r.id",
        (dataset, first, last),
    )
    for m, a, c, p, old, new, old_release, new_release, dropped in revisions:
        chain = chains.setdefault((m, a, c, p), [])
        if old is not None and (not chain or chain[-1].release != old_release):
            chain.append(Point(old_release, old, logged=False))
        chain.append(Point(new_release, new, True, bool(dropped), old_release))
    current = conn.execute(
        "SELECT measure, area_id, category_id, period, value, release_id FROM observations"
        " WHERE dataset_id = ? AND period BETWEEN ? AND ?",
        (dataset, first, last),
    )
    for m, a, c, p, value, release in current:
        chain = chains.setdefault((m, a, c, p), [])
        if not chain or chain[-1].release != release:
            chain.append(Point(release, value, logged=False))
    return chains


def _write_chain(conn: sqlite3.Connection, dataset: str, key: Key, chain: Sequence[Point]) -> None:
    conn.execute(
        "DELETE FROM observation_revisions"
        " WHERE dataset_id = ? AND measure = ? AND area_id = ? AND category_id = ? AND period = ?",
        (dataset, *key),
    )
    conn.execute(
        "DELETE FROM observations WHERE dataset_id = ? AND measure = ? AND area_id = ? AND category_id = ? AND period = ?",
        (dataset, *key),
    )
    value: float | None = None
    release: int | None = None
    for point in chain:
        if point.logged:
            conn.execute(
                "INSERT INTO observation_revisions (dataset_id, measure, area_id, category_id, period, old_value,"
                " new_value, old_release_id, new_release_id, row_dropped) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (dataset, *key, value, point.value, point.replaces, point.release, int(point.row_dropped)),
            )
        value, release = point.value, point.release
    if value is not None:
        conn.execute(
            "INSERT INTO observations (dataset_id, measure, area_id, category_id, period, value, release_id)"
            " VALUES (?,?,?,?,?,?,?)",
            (dataset, *key, value, release),
        )
