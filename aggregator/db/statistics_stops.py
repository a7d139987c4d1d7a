"""Storing stops: a month of a force is replaced whole, in the caller's transaction, and only if its content changed.

Content is hashed over the fields that CSV and API have in common, so that a month read from either is the same month.
Alike rows are told apart by an occurrence number. What a month had before is logged by count and digest.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from aggregator.db.statistics_coverage import refresh_stops
from aggregator.db.statistics_lookup import StopValues, area_ids, ensure_dataset
from aggregator.db.stop_codes import Ids, Kinds, Points, StoredKinds
from aggregator.models import Utc
from aggregator.statistics import datasets
from aggregator.statistics.areas import known_areas
from aggregator.statistics.model import ReleaseSummary, Stops, StopsData
from aggregator.statistics.stop_groups import OBJECTS_DIVIDED_FROM
from aggregator.statistics.stop_hash import Hashes, digest, occurrences, row_hashes

_RELEASES = "SELECT count(*) FROM releases WHERE dataset_id = ?"
_INSERT = "INSERT INTO stop_rows (id, at, kind_id, point_id, hash, occurrence) VALUES "
_WIDTH = 6
_ROW = "(?,?,?,?,?,?)"
_ROWS_AT_ONCE = 20


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A month ready to be compared and written."""

    columns: tuple[Ids, ...]  # at, kind, point
    hashes: Hashes
    counts: list[tuple[int, str, str, str, int]]  # area, groups, searches


class StopWriter:
    """Keeps looked-up ids and points between months: a bulk import asks for the same ones a million times.

    Good for one connection, and as long as each transaction it was used in was committed.
    """

    def __init__(self, conn: sqlite3.Connection) -> None:
        values, stored = StopValues(conn), StoredKinds(conn)
        # From 2018-01 on an object of search means something narrower than before.
        self._kinds = {False: Kinds(values, stored, ""), True: Kinds(values, stored, OBJECTS_DIVIDED_FROM)}
        self._points = Points(conn, area_ids(conn, known_areas().values()))

    def encode(self, stops: Stops, month: str) -> _Encoded:
        """Looks up every value and every point. Raises :class:`BadTableError` on what cannot be."""
        kinds = self._kinds[month >= OBJECTS_DIVIDED_FROM]
        found, placed = kinds.look_up(stops.kinds), self._points.look_up(stops.points)
        size = len(kinds.groups)
        pairs, searches = np.unique(placed.areas * size + found.groups, return_counts=True)
        groups = list(kinds.groups)
        counts = [
            (pair // size, *groups[pair % size], n) for pair, n in zip(pairs.tolist(), searches.tolist(), strict=True)
        ]
        hashes = row_hashes(stops.at, found.hashes, placed.hashes)
        return _Encoded((stops.at, found.ids, placed.ids), hashes, sorted(counts))


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
    release_id, name = _insert_release(conn, data, dataset.id, (url, filename, sha256, etag, seen_at))
    added, removed = _put(conn, data, encoded, before, (release_id, seen_at, content))
    first = conn.execute(_RELEASES, (dataset.id,)).fetchone() == (1,)
    changed = replace(unchanged, changed=True, first=first, release_id=release_id, released_at=seen_at)
    changed = replace(changed, sha256=name, new_periods=() if before else (month,), totals=((month, float(data.rows)),))
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
    before: tuple[str, int, int] | None,
    version: tuple[int, str, str],
) -> tuple[int, int]:
    """Takes the old rows out, writes the new ones and logs the version; how many rows came and went."""
    counts = _take_out(conn, before, encoded.hashes) if before else (data.rows, 0)
    first_id = _write_rows(conn, data, encoded)
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
) -> tuple[int, str]:
    """The number of the release, and the hash under which it is known."""
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
    return int(row[0]), name


def _take_out(conn: sqlite3.Connection, before: tuple[str, int, int], hashes: Hashes) -> tuple[int, int]:
    """Deletes the rows of the month as it stood; how many rows it gains and loses by its new content."""
    span = before[1:]
    old = Counter(h for (h,) in conn.execute("SELECT hash FROM stop_rows WHERE id BETWEEN ? AND ?", span))
    conn.execute("DELETE FROM stop_rows WHERE id BETWEEN ? AND ?", span)
    new = Counter(hashes.tolist())
    return (new - old).total(), (old - new).total()


def _write_rows(conn: sqlite3.Connection, data: StopsData, encoded: _Encoded) -> int:
    """Writes the rows and their counts by group; the id of the first row."""
    first_id = int(conn.execute("SELECT coalesce(max(id), 0) + 1 FROM stop_rows").fetchone()[0])
    ids = np.arange(first_id, first_id + data.rows)
    rows = np.column_stack([ids, *encoded.columns, encoded.hashes, occurrences(encoded.hashes)])
    # Several rows a statement: what a statement costs by itself is a third of what a row costs.
    whole = data.rows - data.rows % _ROWS_AT_ONCE
    batches = rows[:whole].reshape(-1, _WIDTH * _ROWS_AT_ONCE)
    conn.executemany(_INSERT + ",".join([_ROW] * _ROWS_AT_ONCE), batches.tolist())
    conn.executemany(_INSERT + _ROW, rows[whole:].tolist())
    conn.execute("DELETE FROM stop_counts WHERE force = ? AND month = ?", (data.force, data.month))
    conn.executemany(
        "INSERT INTO stop_counts (force, month, area_id, outcome_group, object_group, ethnicity_group, searches)"
        " VALUES (?,?,?,?,?,?,?)",
        [(data.force, data.month, *row) for row in encoded.counts],
    )
    return first_id
