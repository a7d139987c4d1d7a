"""Keeping the table `coverage` true after each import. Inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.db.statistics_lookup import ensure_dataset
from aggregator.models import Utc
from aggregator.statistics import datasets
from aggregator.statistics.coverage import LISTED_WITHOUT, Coverage, MonthCount, series_coverage, stops_coverage
from aggregator.statistics.model import Dataset, MonthsAvailable


def refresh_series(conn: sqlite3.Connection, dataset: Dataset, seen_at: Utc) -> None:
    """Coverage of a data set of series, after one of its releases was stored."""
    ranges = conn.execute(
        "SELECT period_from, period_to FROM releases WHERE dataset_id = ? ORDER BY released_at, rank, id", (dataset.id,)
    ).fetchall()
    rows = dict(
        conn.execute(
            "SELECT period, count(*) FROM observations WHERE dataset_id = ? GROUP BY period", (dataset.id,)
        ).fetchall()
    )
    newest = sorted(rows)[-dataset.provisional :] if dataset.provisional else []
    monthly = dataset.cadence == "monthly"
    _store(conn, dataset.id, series_coverage(ranges, rows, newest, monthly=monthly), seen_at)


def refresh_stops(conn: sqlite3.Connection, force: str, seen_at: Utc) -> dict[str, Coverage]:
    """Coverage of a force's stops, after a month was stored or the list of available months was read."""
    dataset = datasets.stops_of(force)
    counts = [
        MonthCount(*row)
        for row in conn.execute(
            "SELECT month, rows, first_day, last_day FROM stop_months m WHERE force = ? AND release_id ="
            " (SELECT max(release_id) FROM stop_months WHERE force = m.force AND month = m.month)",
            (force,),
        )
    ]
    absent = [
        period
        for (period,) in conn.execute(
            "SELECT period FROM coverage WHERE dataset_id = ? AND note = ?", (dataset.id, LISTED_WITHOUT)
        )
    ]
    # Missing in the same run does not count: files of one import come in any order.
    before = dict(
        conn.execute(
            "SELECT period, missing_since FROM coverage WHERE dataset_id = ? AND missing_since < ?",
            (dataset.id, seen_at),
        ).fetchall()
    )
    states = stops_coverage(counts, absent=absent, missing_before=before)
    _store(conn, dataset.id, states, seen_at)
    return {state.period: state for state in states}


def store_available(conn: sqlite3.Connection, available: MonthsAvailable, seen_at: Utc) -> None:
    """Notes the months that the publisher lists without the force. Months before its first file are not looked for."""
    dataset = datasets.stops_of(available.force)
    ensure_dataset(conn, dataset)
    held = {month for (month,) in conn.execute("SELECT month FROM stop_months WHERE force = ?", (available.force,))}
    absent = sorted(set(available.listed) - set(available.present) - held)
    conn.executemany(
        "INSERT INTO coverage (dataset_id, period, state, note, flags, missing_since) VALUES (?, ?, 'missing', ?, ?, ?)"
        " ON CONFLICT (dataset_id, period) DO UPDATE SET note = excluded.note,"
        " missing_since = coalesce(missing_since, excluded.missing_since)",
        [
            (dataset.id, month, LISTED_WITHOUT, '["missing"]', seen_at)
            for month in absent
            if not held or month >= min(held)
        ],
    )
    refresh_stops(conn, available.force, seen_at)


def _store(conn: sqlite3.Connection, dataset: str, states: Sequence[Coverage], seen_at: Utc) -> None:
    conn.executemany(
        "INSERT INTO coverage (dataset_id, period, state, rows, note, flags, missing_since) VALUES (?,?,?,?,?,?,?)"
        " ON CONFLICT (dataset_id, period) DO UPDATE SET state = excluded.state, rows = excluded.rows,"
        " note = excluded.note, flags = excluded.flags,"
        " missing_since = coalesce(missing_since, excluded.missing_since)",
        [
            (dataset, s.period, s.state, s.rows, s.note, json.dumps(s.flags), seen_at if s.state == "missing" else None)
            for s in states
        ],
    )


@dataclass(frozen=True, slots=True)
class DatasetCoverage:
    """How complete one data set is. ``flagged``: each period that is not simply complete, its state, and why."""

    dataset: str
    title: str
    releases: int
    first: str
    last: str
    periods: int
    flagged: tuple[tuple[str, str, str], ...]


def coverage_report(conn: sqlite3.Connection) -> list[DatasetCoverage]:
    """What `aggregator stats coverage` prints: every data set that has figures, oldest flag first."""
    out = []
    rows = conn.execute(
        "SELECT d.id, d.title, (SELECT count(*) FROM releases r WHERE r.dataset_id = d.id), min(c.period), max(c.period),"
        " sum(c.state <> 'missing') FROM datasets d JOIN coverage c ON c.dataset_id = d.id GROUP BY d.id ORDER BY d.id"
    ).fetchall()
    for dataset, title, releases, first, last, periods in rows:
        flagged = conn.execute(
            "SELECT period, state, note FROM coverage WHERE dataset_id = ? AND state <> 'complete' ORDER BY period",
            (dataset,),
        ).fetchall()
        out.append(DatasetCoverage(dataset, title, releases, first, last, periods, tuple(flagged)))
    return out
