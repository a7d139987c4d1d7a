"""Date windows in the address of a source: ``…?from={today-30d:%Y-%m-%d}&to={today+90d:%d/%m/%Y}``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

from aggregator.limits import MAX_WINDOW_DAYS
from aggregator.models import Utc
from aggregator.text.dates import to_datetime

_WINDOW = re.compile(r"\{today(?:(?P<sign>[+-])(?P<days>\d{1,6})d)?:(?P<form>[^{}]*)\}")
_FORM = re.compile(r"(?:%[Ymd]|[-/.])+")
_ALLOWED: Final = "allowed: {today:%Y-%m-%d}, {today-30d:%Y-%m-%d}, {today+90d:%d/%m/%Y}"


def expand(url: str, now: Utc) -> str:
    """The address with its windows filled in. ``today`` is the day of ``now`` in UTC.

    ValueError, saying what is allowed, for a brace that does not belong to a window, a form other than ``%Y``, ``%m``,
    ``%d`` with ``-/.`` between, or more than ``limits.MAX_WINDOW_DAYS`` days.
    """

    def fill(found: re.Match[str]) -> str:
        days = int(found["days"] or 0)
        if days > MAX_WINDOW_DAYS or not _FORM.fullmatch(found["form"]):
            raise ValueError(f"{found[0]!r} is not a date window; {_ALLOWED}, at most {MAX_WINDOW_DAYS} days")
        shift = timedelta(days=-days if found["sign"] == "-" else days)
        try:
            day = to_datetime(now) + shift
        except OverflowError as error:
            raise ValueError(f"{found[0]!r} leaves the calendar") from error
        return f"{day:{found['form']}}"

    filled = _WINDOW.sub(fill, url)
    if "{" in filled or "}" in filled:
        raise ValueError(f"a brace in an address must belong to a date window; {_ALLOWED}")
    return filled


def blank(url: str) -> str:
    """The address with a zero for each window: what of it is fixed."""
    return _WINDOW.sub("0", url)
