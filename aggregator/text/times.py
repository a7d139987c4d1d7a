"""Times for readers: UTC text in, London time out, no more precise than the publisher was."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from aggregator.clock import FORMAT, epoch
from aggregator.models import Utc
from aggregator.text.dates import is_day

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class When:
    """A time: ``iso`` for the ``datetime`` attribute, ``text`` for readers, ``utc`` as stored.

    ``bound``: it is no date that a publisher gave, but the latest or the earliest there could be.
    """

    iso: str
    text: str
    utc: str
    bound: Literal["", "latest", "earliest"] = ""


def when(at: str | None, quality: str = "exact") -> When | None:
    """A UTC text as a reader in London writes it; None for no time, or for what is no time.

    ``quality`` is `updates.date_quality`: a date published as a day or a month is shown as one.
    """
    moment = parse(at)
    if moment is None:
        return None
    local = moment.astimezone(LONDON)
    if quality == "month":
        return When(local.strftime("%Y-%m"), local.strftime("%B %Y"), at or "")
    if quality == "day":
        return When(local.strftime("%Y-%m-%d"), _day(local), at or "")
    return When(moment.strftime(FORMAT), f"{_day(local)}, {local.strftime('%H:%M')}", at or "")


def span(starts: str | None, ends: str | None) -> tuple[When | None, When | None]:
    """Beginning and end of a meeting or a release. Days have no time; whole months are one time, a month, without an end."""
    first, last = parse(starts), parse(ends)
    begins, finishes = (when(at, "day" if at and is_day(at) else "exact") for at in (starts, ends))
    if starts == ends and starts and is_day(starts):
        return begins, None
    if not (starts and ends and first and last and is_day(starts) and is_day(ends) and first.day == 1):
        return begins, finishes
    if last < first or last.day != calendar.monthrange(last.year, last.month)[1]:
        return begins, finishes
    begun = "" if (first.year, first.month) == (last.year, last.month) else f"{first:%B}"
    if begun and first.year != last.year:
        begun += f" {first.year}"
    return When(f"{first:%Y-%m}", f"{begun} to {last:%B %Y}" if begun else f"{first:%B %Y}", starts), None


def parse(at: str | None) -> datetime | None:
    """A UTC text (or a bare date) as an aware instant."""
    if not at:
        return None
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _day(local: datetime) -> str:
    return f"{local.day} {local.strftime('%b %Y')}"


def period(text: str) -> str:
    """A period of statistics for readers: '2026-10' is October 2026, 'FY2024-25' the year to March 2025; others stay."""
    if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text, re.ASCII):
        return date(int(text[:4]) or 1, int(text[5:]), 1).strftime("%b %Y")
    if found := re.fullmatch(r"FY(\d{2})(\d{2})-(\d{2})", text, re.ASCII):
        return f"Year to Mar {found[1] if found[3] != '00' else int(found[1]) + 1}{found[3]}"
    return text


def long_day(at: str) -> str:
    """'Sunday 22 November 2026', in London."""
    moment = parse(at)
    if moment is None:
        return ""
    local = moment.astimezone(LONDON)
    return f"{local.strftime('%A')} {local.day} {local.strftime('%B %Y')}"


def midnight(now: Utc, days: int = 0) -> Utc:
    """The London midnight that began today, moved by so many days (negative: back), as UTC."""
    moment = parse(now)
    if moment is None:
        raise ValueError(f"not a UTC time: {now!r}")
    day = moment.astimezone(LONDON).date() + timedelta(days=days)
    return london_day(day)


def london_day(day: date) -> Utc:
    """When a day begins in London, as UTC."""
    return Utc(datetime.combine(day, time(), LONDON).astimezone(UTC).strftime(FORMAT))


def first_id(at: Utc) -> int:
    """The lowest id an update of this instant can have: ids are seconds since 1970 times 1000, plus a counter."""
    return epoch(at) * 1000
