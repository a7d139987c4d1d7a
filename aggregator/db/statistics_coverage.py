"""Keeping the table `coverage` true after each import. Inside the caller's transaction."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from aggregator.db.statistics_lookup import ensure_dataset
from aggregator.models import Utc
from aggregator.statistics import datasets
from aggregator.statistics.coverage import (
    LISTED_AGAIN,
    LISTED_WITHOUT,
    Coverage,
    MonthCount,
    series_coverage,
    stops_coverage,
)
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
    states = series_coverage(ranges, rows, newest, monthly=monthly)
    _store(conn, dataset.id, states, seen_at, {s.period for s in states if s.state == "missing"})


def refresh_stops(conn: sqlite3.Connection, force: str, seen_at: Utc, *, by_hand: bool = False) -> dict[str, Coverage]:
    """Coverage of a force's stops, after a month was stored or the list of available months was read.

    What the publisher's list lacks is known to be missing, and counts as filled late once it comes. A mere gap between
    stored months does so only where they were imported ``by_hand``: online it may just not have been read yet.
    """
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
    known = {s.period for s in states if s.note == LISTED_WITHOUT or (by_hand and s.state == "missing")}
    _store(conn, dataset.id, states, seen_at, known)
    return {state.period: state for state in states}


def store_available(conn: sqlite3.Connection, available: MonthsAvailable, seen_at: Utc) -> None:
    """Notes the months that the publisher lists without the force, and takes back what a list said that no longer does.

    Months before the first file are not looked for. A month that is listed with the force again is not missing at its
    publisher any more; that it was stays noted, so that it counts as filled late once it is read.
    """
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
    conn.executemany(
        "UPDATE coverage SET note = ? WHERE dataset_id = ? AND period = ? AND note = ?",
        [(LISTED_AGAIN, dataset.id, month, LISTED_WITHOUT) for month in available.present],
    )
    refresh_stops(conn, available.force, seen_at)


def _store(
    conn: sqlite3.Connection, dataset: str, states: Sequence[Coverage], seen_at: Utc, known_missing: Collection[str]
) -> None:
    # What was missing for a moment, between two files of one run, was not missing.
    conn.executemany(
        "INSERT INTO coverage (dataset_id, period, state, rows, note, flags, missing_since) VALUES (?1,?2,?3,?4,?5,?6,?7)"
        " ON CONFLICT (dataset_id, period) DO UPDATE SET state = excluded.state, rows = excluded.rows,"
        " note = excluded.note, flags = excluded.flags, missing_since ="
        " CASE WHEN excluded.state <> 'missing' AND missing_since = ?8 THEN NULL"
        " ELSE coalesce(missing_since, excluded.missing_since) END",
        [
            (
                dataset, s.period, s.state, s.rows, s.note, json.dumps(s.flags),
                seen_at if s.period in known_missing else None, seen_at,
            )
            for s in states
        ],
    )  # fmt: skip


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
