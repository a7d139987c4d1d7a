"""Moments told from the moment the demonstration starts, so that it always looks fresh.

``3d 09:20`` is three days ago at 09:20 London time, ``+9d 18:30`` nine days ahead, ``3d`` that day at midnight, ``25m``
twenty-five minutes ago, ``2mo`` the first day of the month two months back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aggregator.clock import FORMAT
from aggregator.models import Utc

LONDON: Final = ZoneInfo("Europe/London")
_WHEN = re.compile(r"(?P<ahead>\+?)(?P<n>\d{1,4})(?P<unit>mo|d|m)(?: (?P<time>\d\d:\d\d))?")
_PLACEHOLDER = re.compile(r"\{(?P<form>[a-z]+):(?P<when>[^{}]+)\}")
_FORMS: Final[Mapping[str, Callable[[datetime], str]]] = {
    "date": lambda at: f"{at.day} {at:%B %Y}",
    "day": lambda at: f"{at:%A}, {at.day} {at:%B}",
    "weekday": lambda at: f"{at:%A}",
    "month": lambda at: f"{at:%B}",
    "year": lambda at: f"{at:%Y}",
}


def local(now: Utc) -> datetime:
    """A moment as London's clocks show it."""
    return datetime.strptime(now, FORMAT).replace(tzinfo=UTC).astimezone(LONDON)


def resolve(text: str, now: Utc) -> datetime:
    """The moment that ``text`` stands for, in London time. ValueError for a form that is not told above."""
    found = _WHEN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is not a moment; allowed: 3d 09:20, +9d 18:30, 3d, 25m, 2mo")
    start, number = local(now), int(found["n"]) * (1 if found["ahead"] else -1)
    if found["unit"] == "m":
        return (start.astimezone(UTC) + timedelta(minutes=number)).astimezone(LONDON)
    if found["unit"] == "mo":
        return datetime.combine(first_of_month(start, number), time(), LONDON)
    clock = time.fromisoformat(found["time"] or "00:00")
    return datetime.combine(start.date() + timedelta(days=number), clock, LONDON)


def first_of_month(day: datetime, months: int) -> datetime:
    """The first day of the month so many months from that of ``day``."""
    index = day.year * 12 + day.month - 1 + months
    return datetime(index // 12, index % 12 + 1, 1, tzinfo=LONDON)


def fill(text: str, now: Utc) -> str:
    """``text`` with its placeholders, such as ``{day:3d}``, written out. ValueError for one that is not known."""

    def one(found: re.Match[str]) -> str:
        if found["form"] not in _FORMS:
            raise ValueError(f"{found[0]!r} is not a placeholder; allowed: {', '.join(_FORMS)}")
        return _FORMS[found["form"]](resolve(found["when"], now))

    return _PLACEHOLDER.sub(one, text)


def utc(at: datetime) -> str:
    """``2026-11-22T09:30:00Z``."""
    return at.astimezone(UTC).strftime(FORMAT)


def naive(at: datetime) -> str:
    """``2026-11-22T09:30:00``: London time without its offset, as Parliament and data.police.uk write it."""
    return at.astimezone(LONDON).strftime("%Y-%m-%dT%H:%M:%S")


def rfc822(at: datetime) -> str:
    """``Sun, 22 Nov 2026 09:30:00 +0000``, with London's offset of that day."""
    return at.astimezone(LONDON).strftime("%a, %d %b %Y %H:%M:%S %z")


def gmt(at: datetime) -> str:
    """``Sun, 22 Nov 2026 09:30:00 GMT``."""
    return at.astimezone(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")


def offset(at: datetime) -> str:
    """``2026-11-22T09:30:00+00:00``, with London's offset of that day."""
    return at.astimezone(LONDON).isoformat(timespec="seconds")


def millis(at: datetime) -> str:
    """``2026-11-22T09:30:00.000Z``."""
    return utc(at).replace("Z", ".000Z")
