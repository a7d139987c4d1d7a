"""Which months can be believed. Pure: counts and dates in, states out. Absent is not zero.

A month of stops is *missing* when there is no file between others, *truncated* when its first or last days are empty,
*suspect* when it has less than 60% of the median of the last twelve months that were not flagged themselves (with a
plain median the thin months would drag the measure down and hide the last of them), *backfilled* when it was once known
to be missing. A month can be several of these; its state is the weightiest.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import median

from aggregator.limits import SUSPECT_SHARE, SUSPECT_WINDOW, TRUNCATED_DAYS, TRUNCATED_MIN_ROWS
from aggregator.statistics.model import State
from aggregator.statistics.periods import last_day_of, months_between

_WEIGHT: tuple[State, ...] = ("missing", "suspect", "truncated", "backfilled", "provisional", "complete")

LISTED_WITHOUT = "the publisher lists the month without the force"
"""Why a month is missing, where the publisher's own list of months says so."""
WAS_MISSING = "was missing when looked for"
LISTED_AGAIN = "the publisher lists the month now; it is not read yet"
NO_FILE = "no file"
NO_RELEASE = "no release at hand covers this month"
NO_EVIDENCE = frozenset({NO_FILE, NO_RELEASE})
"""Why a month is missing, where we only know that we have nothing of it: its publisher may well have it."""


@dataclass(frozen=True, slots=True)
class MonthCount:
    """What is stored of one month of stops. Days are London dates, ``YYYY-MM-DD``."""

    month: str
    rows: int
    first_day: str
    last_day: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far one period can be believed."""

    period: str
    state: State
    flags: tuple[State, ...]
    rows: int
    note: str


def stops_coverage(
    counts: Iterable[MonthCount], *, absent: Collection[str] = (), missing_before: Mapping[str, str] | None = None
) -> tuple[Coverage, ...]:
    """States of every month from the first to the last, those without a file included.

    ``absent``: months the publisher lists without the force; they can lie beyond the last file. ``missing_before``:
    month → since when it was known to be missing, for the months that were.
    """
    by_month = {c.month: c for c in counts}
    if not by_month:
        return tuple(_missing(month, listed=True) for month in sorted(absent))
    known = set(by_month) | set(absent)
    first = min(by_month)
    out: list[Coverage] = []
    good: list[int] = []
    for month in months_between(first, max(known)):
        count = by_month.get(month)
        if count is None:
            out.append(_missing(month, month in absent))
            continue
        flags, notes = _flags(count, good[-SUSPECT_WINDOW:], (missing_before or {}).get(month))
        if not {"suspect", "truncated"} & set(flags):
            good.append(count.rows)
        out.append(Coverage(month, flags[0] if flags else "complete", flags, count.rows, "; ".join(notes)))
    return tuple(out)


def _missing(month: str, listed: bool) -> Coverage:
    return Coverage(month, "missing", ("missing",), 0, LISTED_WITHOUT if listed else NO_FILE)


def _flags(count: MonthCount, good: list[int], missing_since: str | None) -> tuple[tuple[State, ...], list[str]]:
    flags: list[State] = []
    notes: list[str] = []
    if good and len(good) >= SUSPECT_WINDOW // 2:
        usual = median(good)
        if count.rows < SUSPECT_SHARE * usual:
            flags.append("suspect")
            notes.append(f"{count.rows:,} rows are {count.rows / usual:.0%} of the usual {usual:,.0f}")
    if (cut := _cut(count)) is not None:
        flags.append("truncated")
        notes.append(cut)
    if missing_since:
        flags.append("backfilled")
        notes.append(f"{WAS_MISSING} on {missing_since[:10]}")
    return tuple(sorted(flags, key=_WEIGHT.index)), notes


def _cut(count: MonthCount) -> str | None:
    """How a month is cut short, in words, or None."""
    if count.rows < TRUNCATED_MIN_ROWS:
        return None
    lead = (date.fromisoformat(count.first_day) - date.fromisoformat(count.month + "-01")).days
    tail = (date.fromisoformat(last_day_of(count.month)) - date.fromisoformat(count.last_day)).days
    if tail >= TRUNCATED_DAYS:
        return f"ends on {count.last_day}"
    return f"begins on {count.first_day}" if lead >= TRUNCATED_DAYS else None


def series_coverage(
    ranges: Iterable[tuple[str, str]], rows: Mapping[str, int], provisional: Collection[str], *, monthly: bool
) -> tuple[Coverage, ...]:
    """States of the periods of a series: covered ones complete, the newest provisional, gaps between files missing.

    ``ranges``: first and last period of each release. Only months can have gaps found; other periods are taken as they
    are. ``rows``: figures per period.
    """
    spans = list(ranges)
    if not spans:
        return ()
    periods = months_between(min(a for a, _ in spans), max(b for _, b in spans)) if monthly else sorted(rows)
    out = []
    for period in periods:
        if monthly and not any(a <= period <= b for a, b in spans):
            out.append(Coverage(period, "missing", ("missing",), 0, NO_RELEASE))
        elif period in provisional:
            note = "newest period: the first figure is usually revised upwards"
            out.append(Coverage(period, "provisional", ("provisional",), rows.get(period, 0), note))
        else:
            out.append(Coverage(period, "complete", (), rows.get(period, 0), ""))
    return tuple(out)
