"""When digests are due: a time of day in London, daily or on a day of the week. Pure."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aggregator.clock import FORMAT
from aggregator.models import Utc

LONDON = ZoneInfo("Europe/London")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)


def minutes(text: str) -> int | None:
    """``"07:30"`` as minutes after midnight; None for what is no time of day."""
    found = _TIME.fullmatch(text)
    return int(found[1]) * 60 + int(found[2]) if found else None


def next_due(every: str, at: int, day: int, after: Utc) -> Utc:
    """The first time of a timetable that is later than ``after``.

    A time that the clocks skip in March comes an hour later; one that October has twice counts once, the first time.
    """
    begun = datetime.strptime(after, FORMAT).replace(tzinfo=UTC).astimezone(LONDON).date()
    for ahead in range(9):
        on = begun + timedelta(days=ahead)
        if every == "weekly" and on.weekday() != day:
            continue
        due = _utc(on, at)
        if due > after:
            return due
    raise ValueError(f"no such timetable: {every}, day {day}")


def _utc(on: date, at: int) -> Utc:
    return Utc(datetime.combine(on, time(at // 60, at % 60), LONDON).astimezone(UTC).strftime(FORMAT))


def said(every: str, at: int, day: int) -> str:
    """In words: "daily at 07:00", "weekly on Monday at 07:00"."""
    on = f" on {calendar.day_name[day]}" if every == "weekly" else ""
    return f"{every}{on} at {at // 60:02}:{at % 60:02}"
