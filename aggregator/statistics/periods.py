"""Arithmetic on periods written as text, and the four ways in which publishers write dates."""

from __future__ import annotations

import re
from datetime import date, timedelta

from aggregator.limits import EARLIEST_YEAR

_MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], start=1
    )
}
_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ].*)?$")
_UK = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: .*)?$")
_NAMED = re.compile(r"([A-Za-z]{3})[A-Za-z]*[-\s](\d{2}|\d{4})$")
_MONTH = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])", re.ASCII)
_COMPACT = re.compile(r"(\d{4})(\d{2})$")


def month_of(text: str) -> str | None:
    """``YYYY-MM`` of ``2021-08-01``, ``202108``, ``01/08/2021``, ``Aug-21`` or ``Aug-2021``; None if it is no date."""
    value = text.strip()
    if found := _ISO.match(value) or _COMPACT.match(value):
        return _month(int(found[1]), int(found[2]))
    if found := _UK.match(value):
        return _month(int(found[3]), int(found[2]))
    if found := _NAMED.match(value):
        year = int(found[2])
        if year < 100:
            year += 2000 if year < 90 else 1900
        return _month(year, _MONTHS.get(found[1].lower(), 0))
    return None


def day_of(text: str) -> str | None:
    """``YYYY-MM-DD`` of an ISO or ``DD/MM/YYYY`` date (a time behind it is dropped); None if it is neither."""
    value = text.strip()
    iso, uk = _ISO.match(value), _UK.match(value)
    try:
        if iso and iso[3]:
            return date(int(iso[1]), int(iso[2]), int(iso[3])).isoformat()
        if uk:
            return date(int(uk[3]), int(uk[2]), int(uk[1])).isoformat()
    except ValueError:
        return None
    return None


def _month(year: int, month: int) -> str | None:
    return f"{year:04d}-{month:02d}" if 1 <= month <= 12 and EARLIEST_YEAR <= year < 2200 else None


def plus_months(month: str, n: int) -> str:
    """The month ``n`` months later (negative: earlier)."""
    total = int(month[:4]) * 12 + int(month[5:7]) - 1 + n
    return f"{total // 12:04d}-{total % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """Every month from ``first`` to ``last``, both included. ValueError for what is no month, ``YYYY-MM``."""
    for text in (first, last):
        if not _MONTH.fullmatch(text):
            raise ValueError(f"{text!r} is no month; written as 2024-01")
    count = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    return [plus_months(first, n) for n in range(count)]


def first_day_after(month: str) -> str:
    """The day after the last day of a month, ``YYYY-MM-DD``."""
    return plus_months(month, 1) + "-01"


def last_day_of(month: str) -> str:
    """The last day of a month, ``YYYY-MM-DD``."""
    return (date.fromisoformat(first_day_after(month)) - timedelta(days=1)).isoformat()


def month_title(period: str) -> str:
    """``December 2025`` for ``2025-12``; other periods as they are."""
    if re.fullmatch(r"\d{4}-\d{2}", period):
        return date(int(period[:4]), int(period[5:]), 1).strftime("%B %Y")
    return period
