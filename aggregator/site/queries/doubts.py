"""The periods of a data set that are missing or in doubt, told shortly: neighbours with the same thing to say are one line."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, replace

from aggregator.statistics.coverage import NO_EVIDENCE
from aggregator.statistics.periods import plus_months
from aggregator.text.words import coverage


@dataclass(frozen=True, slots=True)
class Doubt:
    """From ``first`` to ``last`` (the same where it is one period): what is to be said of each of the ``periods``."""

    first: str
    last: str
    periods: int
    said: str
    note: str


def of_dataset(conn: sqlite3.Connection, dataset: str) -> tuple[Doubt, ...]:
    """What is not simply complete in a data set, newest first."""
    sql = "SELECT period, state, note FROM coverage WHERE dataset_id = ? AND state <> 'complete' ORDER BY period DESC"
    rows = conn.execute(sql, (dataset,))
    return folded(
        Doubt(period, period, 1, coverage(state, note), "" if note in NO_EVIDENCE else note)
        for period, state, note in rows
    )


def folded(doubts: Iterable[Doubt]) -> tuple[Doubt, ...]:
    """Months that follow each other, newest first, brought together where the same is said of them."""
    found: list[Doubt] = []
    for one in doubts:
        later = found[-1] if found else None
        if later and _goes_on(one, later):
            found[-1] = replace(later, first=one.first, periods=later.periods + one.periods)
        else:
            found.append(one)
    return tuple(found)


def _goes_on(one: Doubt, later: Doubt) -> bool:
    same = (one.said, one.note) == (later.said, later.note)
    return same and _is_month(one.last) and plus_months(one.last, 1) == later.first


def _is_month(period: str) -> bool:
    return len(period) == len("2026-01") and period[4] == "-" and period.replace("-", "").isdigit()
