"""Storing releases: current values, and every revision at cell level with both releases.

Nothing here begins or ends a transaction: a release is stored within the caller's, whole or not at all. Releases have
an order: (released_at, rank, id). A newer one is compared with what stands; an older one is put in its place by
``statistics_vintages``.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from aggregator.db.statistics_coverage import refresh_series, store_available
from aggregator.db.statistics_lookup import area_ids, category_ids, ensure_dataset
from aggregator.db.statistics_stops import replace_stops_month
from aggregator.db.statistics_totals import refresh_totals
from aggregator.db.statistics_vintages import Key, Release, Slot, covers, last_covering, load_releases, rows_of, slot_in
from aggregator.limits import REVISIONS_SHOWN
from aggregator.models import Utc
from aggregator.statistics.errors import VintageError
from aggregator.statistics.model import (
    FileData,
    MonthsAvailable,
    Part,
    ReleaseData,
    ReleaseSummary,
    RevisedFigure,
    StopsData,
)

_FRESH_DAYS = 45
"""A file without a date of its own that is seen this soon after its last period is dated by when it was seen."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a file came from."""

    url: str
    filename: str
    sha256: str
    etag: str
    seen_at: Utc


@dataclass(slots=True)
class _Diff:
    """What a release does to the cells of the periods in which it is the newest."""

    upserts: list[tuple[Key, float]]
    drops: list[Key]
    revisions: list[tuple[Key, float | None, float | None, int | None, bool]]  # old, new, old release, row dropped
    added: int = 0
    revised: int = 0
    removed: int = 0


def apply_file(
    conn: sqlite3.Connection, file: FileData, *, url: str, filename: str, sha256: str, etag: str, seen_at: Utc
) -> tuple[ReleaseSummary, ...]:
    """Stores every part of a file; one summary each. What the availability list says is stored without a summary."""
    summaries = []
    for part in file.parts:
        summary = apply_part(conn, part, url=url, filename=filename, sha256=sha256, etag=etag, seen_at=seen_at)
        if summary is not None:
            summaries.append(summary)
    return tuple(summaries)


def apply_part(
    conn: sqlite3.Connection, part: Part, *, url: str, filename: str, sha256: str, etag: str, seen_at: Utc
) -> ReleaseSummary | None:
    """Stores one part, whatever it is."""
    if isinstance(part, MonthsAvailable):
        store_available(conn, part, seen_at)
        return None
    if isinstance(part, StopsData):
        return replace_stops_month(conn, part, url=url, filename=filename, sha256=sha256, etag=etag, seen_at=seen_at)
    return apply_release(conn, part, url=url, filename=filename, sha256=sha256, etag=etag, seen_at=seen_at)


def apply_release(
    conn: sqlite3.Connection, data: ReleaseData, *, url: str, filename: str, sha256: str, etag: str, seen_at: Utc
) -> ReleaseSummary:
    """Stores a release: new values, revisions of old ones, coverage. The same bytes again change nothing.

    Raises :class:`VintageError` when its periods are not of the shape of the data set's others.
    """
    ensure_dataset(conn, data.dataset)
    if _seen_before(conn, data, sha256):
        return _unchanged(data, sha256, url)
    stored = load_releases(conn, data.dataset.id)
    _check_shape(data, stored)
    release = _insert_release(conn, data, Origin(url, filename, sha256, etag, seen_at))
    new = _keyed(conn, data)
    later = [r for r in stored if r.order > release.order and r.overlaps(release)]
    earlier = [r for r in stored if r.order < release.order and r.overlaps(release)]

    # Where a later release has spoken already, this one is put in its place behind it; elsewhere it is the newest.
    fresh = {key: value for key, value in new.items() if not covers(later, key[3])}
    current = _current(conn, data, later)
    diff = _compare(fresh, current, _rows_by_release(conn, data, earlier), {key[:3] for key in new}, earlier)
    _write(conn, data.dataset.id, release.id, diff)
    if later:
        slot_in(conn, data.dataset.id, Slot(release, earlier, later, new, {key[:3] for key in new}))
    _count(conn, data.dataset.id, release.id, diff, recount=bool(later))
    refresh_series(conn, data.dataset, seen_at)
    refresh_totals(conn, data.dataset.id)
    return _summary(conn, data, release, sha256, url, _Context(stored, fresh, current, diff, bool(later)))


def _seen_before(conn: sqlite3.Connection, data: ReleaseData, sha256: str) -> bool:
    row = conn.execute(
        "SELECT 1 FROM releases WHERE dataset_id = ? AND sha256 = ?", (data.dataset.id, sha256)
    ).fetchone()
    return row is not None


def _unchanged(data: ReleaseData, sha256: str, url: str) -> ReleaseSummary:
    return ReleaseSummary(
        data.dataset,
        changed=False,
        sha256=sha256,
        url=url,
        period_from=data.period_from,
        period_to=data.period_to,
        rows=data.rows,
    )


def _check_shape(data: ReleaseData, stored: list[Release]) -> None:
    if stored and len(stored[-1].period_from) != len(data.period_from):
        raise VintageError(
            f"gives periods like {data.period_from}, stored are periods like {stored[-1].period_from}",
            subject=data.dataset.id,
        )


def released_at(data: ReleaseData, seen_at: Utc) -> tuple[str, str]:
    """When a release was published, and how that is known: ``publisher``, ``periods`` or ``seen``."""
    if data.refresh_date:
        return f"{data.refresh_date}T00:00:00Z", "publisher"
    if data.earliest_date and data.earliest_date < seen_at[:10]:
        age = (date.fromisoformat(seen_at[:10]) - date.fromisoformat(data.earliest_date)).days
        if age > _FRESH_DAYS:
            return f"{data.earliest_date}T00:00:00Z", "periods"
    return seen_at, "seen"


def _insert_release(conn: sqlite3.Connection, data: ReleaseData, origin: Origin) -> Release:
    at, dated_by = released_at(data, origin.seen_at)
    row = conn.execute(
        "INSERT INTO releases (dataset_id, released_at, first_seen_at, url, filename, sha256, etag, header_family,"
        " period_from, period_to, rows, rank, dated_by) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?) RETURNING id",
        (
            data.dataset.id,
            at,
            origin.seen_at,
            origin.url,
            origin.filename,
            origin.sha256,
            origin.etag,
            data.header_family,
            data.period_from,
            data.period_to,
            data.rows,
            data.rank,
            dated_by,
        ),
    ).fetchone()
    return Release(int(row[0]), at, data.rank, data.period_from, data.period_to)


def _keyed(conn: sqlite3.Connection, data: ReleaseData) -> dict[Key, float]:
    areas = area_ids(conn, data.areas)
    categories = category_ids(conn, data.dataset, data.categories)
    return {(c.measure, areas[c.area], categories[c.category], c.period): c.value for c in data.cells if c.value}


def _current(conn: sqlite3.Connection, data: ReleaseData, later: list[Release]) -> dict[Key, tuple[float, int]]:
    rows = conn.execute(
        "SELECT measure, area_id, category_id, period, value, release_id FROM observations"
        " WHERE dataset_id = ? AND period BETWEEN ? AND ?",
        (data.dataset.id, data.period_from, data.period_to),
    )
    return {(m, a, c, p): (value, release) for m, a, c, p, value, release in rows if not covers(later, p)}


def _rows_by_release(
    conn: sqlite3.Connection, data: ReleaseData, earlier: list[Release]
) -> dict[int, set[tuple[str, int, int]]]:
    """For each earlier release that is the last before for some period: the rows (measure, area, category) it publishes."""
    last = {last_covering(earlier, period) for period in {cell.period for cell in data.cells}}
    return {r.id: rows_of(conn, data.dataset.id, r) for r in last if r is not None}


def _compare(
    new: Mapping[Key, float],
    current: Mapping[Key, tuple[float, int]],
    rows_before: Mapping[int, set[tuple[str, int, int]]],
    rows_now: set[tuple[str, int, int]],
    earlier: list[Release],
) -> _Diff:
    """Cell by cell. A figure in a row that the release before did not publish at all is new, not revised."""
    diff = _Diff([], [], [])
    before: dict[str, Release | None] = {}
    for key, value in new.items():
        standing = current.get(key)
        if standing is None:
            if key[3] not in before:
                before[key[3]] = last_covering(earlier, key[3])
            last = before[key[3]]
            diff.upserts.append((key, value))
            if last is not None and key[:3] in rows_before[last.id]:
                diff.revisions.append((key, None, value, last.id, False))
                diff.revised += 1
            else:
                diff.added += 1
        elif standing[0] != value:
            diff.upserts.append((key, value))
            diff.revisions.append((key, standing[0], value, standing[1], False))
            diff.revised += 1
    for key, (value, release_id) in current.items():
        if key not in new:
            gone = key[:3] not in rows_now
            diff.drops.append(key)
            diff.revisions.append((key, value, None, release_id, gone))
            diff.removed += gone
            diff.revised += not gone
    return diff


def _write(conn: sqlite3.Connection, dataset: str, release_id: int, diff: _Diff) -> None:
    conn.executemany(
        "INSERT INTO observations (dataset_id, measure, area_id, category_id, period, value, release_id)"
        " VALUES (?,?,?,?,?,?,?) ON CONFLICT (dataset_id, measure, area_id, category_id, period)"
        " DO UPDATE SET value = excluded.value, release_id = excluded.release_id",
        ((dataset, *key, value, release_id) for key, value in sorted(diff.upserts)),
    )
    conn.executemany(
        "DELETE FROM observations WHERE dataset_id = ? AND measure = ? AND area_id = ? AND category_id = ?"
        " AND period = ?",
        ((dataset, *key) for key in diff.drops),
    )
    conn.executemany(
        "INSERT INTO observation_revisions (dataset_id, measure, area_id, category_id, period, old_value, new_value,"
        " old_release_id, new_release_id, row_dropped) VALUES (?,?,?,?,?,?,?,?,?,?)",
        ((dataset, *key, old, new, by, release_id, int(gone)) for key, old, new, by, gone in diff.revisions),
    )


def _count(conn: sqlite3.Connection, dataset: str, release_id: int, diff: _Diff, *, recount: bool) -> None:
    """Writes the counts of the release. After one was put between others, those of all are counted anew."""
    if not recount:
        conn.execute(
            "UPDATE releases SET added = ?, revised = ?, removed = ? WHERE id = ?",
            (diff.added, diff.revised, diff.removed, release_id),
        )
        return
    # A figure given by a release is current, or was replaced once; it is "added" unless a revision brought it.
    conn.execute(
        "UPDATE releases SET"
        " revised = (SELECT count(*) FROM observation_revisions v"
        "     WHERE v.new_release_id = releases.id AND NOT v.row_dropped),"
        " removed = (SELECT count(*) FROM observation_revisions v"
        "     WHERE v.new_release_id = releases.id AND v.row_dropped),"
        " added = (SELECT count(*) FROM observations o WHERE o.dataset_id = ?1 AND o.release_id = releases.id)"
        "  + (SELECT count(*) FROM observation_revisions v WHERE v.dataset_id = ?1 AND v.old_release_id = releases.id"
        "     AND v.old_value IS NOT NULL)"
        "  - (SELECT count(*) FROM observation_revisions v WHERE v.new_release_id = releases.id"
        "     AND v.new_value IS NOT NULL)"
        " WHERE dataset_id = ?1",
        (dataset,),
    )


@dataclass(frozen=True, slots=True)
class _Context:
    stored: list[Release]
    new: Mapping[Key, float]
    current: Mapping[Key, tuple[float, int]]
    diff: _Diff
    older: bool


def _summary(
    conn: sqlite3.Connection, data: ReleaseData, release: Release, sha256: str, url: str, context: _Context
) -> ReleaseSummary:
    row = conn.execute("SELECT added, revised, removed FROM releases WHERE id = ?", (release.id,)).fetchone()
    fresh = tuple(sorted(p for p in {key[3] for key in context.new} if not covers(context.stored, p)))
    totals: dict[str, float] = defaultdict(float)
    measures = sorted({key[0] for key in context.new})
    if data.dataset.additive_areas and data.dataset.additive_categories and len(measures) == 1:
        for key, value in context.new.items():
            if key[3] in fresh:
                totals[key[3]] += value
    return ReleaseSummary(
        dataset=data.dataset,
        changed=True,
        first=not context.stored,
        release_id=release.id,
        released_at=release.released_at,
        sha256=sha256,
        url=url,
        period_from=data.period_from,
        period_to=data.period_to,
        new_periods=fresh,
        rows=data.rows,
        added=row[0],
        revised=row[1],
        removed=row[2],
        biggest=_biggest(conn, data, context),
        totals=tuple(sorted(totals.items())),
        older=context.older,
        problems=data.problems,
    )


def _biggest(conn: sqlite3.Connection, data: ReleaseData, context: _Context) -> tuple[RevisedFigure, ...]:
    """The revisions a reader would notice: whole offence groups in boroughs, by size. Pseudo-areas are left out."""
    if not context.diff.revisions:
        return ()
    categories = {
        i: (code, title)
        for i, code, title in conn.execute(
            "SELECT id, code, title FROM categories WHERE dataset_id = ?", (data.dataset.id,)
        )
    }
    by_code = dict(categories.values())
    areas = {i: name for i, name, kind in conn.execute("SELECT id, name, kind FROM areas") if kind != "pseudo"}

    def figure(key: Key) -> tuple[str, int, str, str]:
        code = categories[key[2]][0]
        return (key[0], key[1], code.split("/")[0] if data.dataset.additive_categories else code, key[3])

    touched = {figure(key) for key, *_ in context.diff.revisions if key[1] in areas}
    old: dict[tuple[str, int, str, str], float] = defaultdict(float)
    new: dict[tuple[str, int, str, str], float] = defaultdict(float)
    for key, (value, _) in context.current.items():
        old[figure(key)] += value
    for key, value in context.new.items():
        new[figure(key)] += value
    sized = sorted(
        ((abs(new[f] - old[f]), f) for f in touched if new[f] != old[f]), key=lambda s: (-s[0], s[1][3], s[1])
    )
    return tuple(
        RevisedFigure(f[0], areas[f[1]], by_code.get(f[2], f[2]), f[3], old[f], new[f])
        for _, f in sized[:REVISIONS_SHOWN]
    )
