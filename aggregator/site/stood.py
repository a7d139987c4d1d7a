"""Which version of an update stood on a day, by what was seen of it and what its publisher said. Pure."""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from aggregator.site.queries.updates import Version
from aggregator.text.query import read_date
from aggregator.text.times import london_day


@dataclass(frozen=True, slots=True)
class Stood:
    """The answer for a day. ``how``: `seen` by that day; `declared`: seen later, but dated that early by its publisher;
    `textless`: only known to have been changed; `before`: nothing is known of that day; `no-date`: none was asked for."""

    asked: str
    how: Literal["seen", "declared", "textless", "before", "no-date"]
    version: Version | None = None


def on(asked: str, versions: Sequence[Version]) -> Stood:
    """``versions`` as :func:`aggregator.site.queries.updates.versions` gives them: newest first. Of a month or a year it is
    the last day that counts."""
    day = _last_day(asked)
    if day is None:
        return Stood(asked, "no-date")
    end = london_day(day + timedelta(days=1))
    for version in versions:
        if version.has_text and version.seen and version.seen.utc < end:
            return Stood(asked, "seen", version)
        if version.declared and version.declared.utc < end:
            return Stood(asked, "declared" if version.has_text else "textless", version)
    return Stood(asked, "before")


def _last_day(text: str) -> date | None:
    found = read_date(text)
    if found is None or "/" in text or text.count("-") == 2:
        return found
    month = found.month if "-" in text else 12
    return date(found.year, month, calendar.monthrange(found.year, month)[1])
