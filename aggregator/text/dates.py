"""Dates as British publishers write them → UTC, with a word on how far the result can be trusted."""

from __future__ import annotations

import calendar
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from aggregator.limits import EARLIEST_YEAR, FUTURE_SLACK_S, MAX_DATE_CHARS
from aggregator.models import DateQuality, Utc

LONDON: Final = ZoneInfo("Europe/London")

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
            "september sept sep", "october oct", "november nov", "december dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_ZONES: Final = {
    # hours from UTC. BST is British Summer Time here; most libraries read it as UTC or as Bangladesh.
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "cest": 2,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip

_MONTH = rf"(?P<month>{'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_CLOCK = (
    r"(?:(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d+)?)?\s*(?P<half>[ap]\.?m\.?)?"
    r"|(?P<hour12>\d{1,2})\s*(?P<half12>[ap]\.?m\.?)|(?P<noon>(?:12\s*)?(?:noon|midday)))"
)
_ZONE = (
    r"(?:\s*(?P<offset>(?:gmt|utc)?[+\-]\d{2}:?\d{2}|(?:gmt|utc)[+\-]\d{1,2})|\s*(?P<zone>[a-z]{1,5}))?"
    r"(?:\s*\([a-z ]+\))?"
)
_TAIL = rf"(?:(?:,?\s+|\s*[,\-–|]\s*)(?:at\s+)?{_CLOCK}{_ZONE})?"
_PATTERNS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.ASCII)
    for pattern in (
        rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}})(?:(?:t|\s+){_CLOCK}{_ZONE})?",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})t(?P<hour>\d{2})(?P<minute>\d{2})(?P<second>\d{2})(?P<zone>z)?",
        r"(?P<year>\d{4})-(?P<month>\d{2})",
        rf"{_WEEKDAY}{_DAY}(?:\s+of)?[\s\-]+{_MONTH},?[\s\-]+{_YEAR}{_TAIL}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+(?P<year>\d{{4}}){_TAIL}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY}\s+{_CLOCK}{_ZONE}\s+(?P<year>\d{{4}})",
        rf"{_WEEKDAY}{_DAY}[/.](?P<month>\d{{1,2}})[/.]{_YEAR}{_TAIL}",
        rf"{_MONTH},?\s+(?P<year>\d{{4}})",
    )
)
_CLOCK_FIRST = re.compile(
    r"(\d{1,2}[:.]\d{2}(?:\s*[ap]\.?m\.?)?),?\s+(?:on\s+)?(\D.*|\d{1,2}(?:st|nd|rd|th|[/\s]).*)", re.I
)


@dataclass(frozen=True, slots=True)
class When:
    """A date as read: ``at`` is None when there was none, or none to be believed; ``raw`` is what was written."""

    at: Utc | None
    quality: DateQuality
    raw: str


def utc(moment: datetime) -> Utc:
    """An aware datetime as UTC text, seconds. ValueError for a naive one: guessing its zone is :func:`parse`'s job."""
    if moment.tzinfo is None:
        raise ValueError(f"naive datetime: {moment.isoformat()}")
    return Utc(moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ").rjust(20, "0"))


def to_datetime(at: Utc) -> datetime:
    """The reverse of :func:`utc`."""
    return datetime.strptime(at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def is_day(at: str) -> bool:
    """Whether a stored time says no more than its day: :func:`parse` reads a day, or a month's first, as 00:00 UTC."""
    return at.endswith("T00:00:00Z")


def london(at: Utc) -> datetime:
    """The moment on a London clock, for showing."""
    return to_datetime(at).astimezone(LONDON)


def parse(raw: str, *, now: Utc | None = None) -> When:
    """Read a date written in one of the forms of British feeds and pages (`tests/text/test_dates.py` lists them).

    Numbers alone are day first. Weekday names are ignored: publishers get them wrong. A time without a zone is London
    time (`LOCAL`); the hour that happens twice is its first, summer, pass, the hour that never happens is read as
    winter time. A day is 00:00 UTC of that day (`DAY`), a month its first (`MONTH`). Before ``limits.EARLIEST_YEAR``,
    or more than ``limits.FUTURE_SLACK_S`` after ``now`` (when given), or unreadable: `BAD`, without a time.
    """
    text = " ".join(raw.split())
    if not text:
        return When(None, DateQuality.NONE, "")
    bad = When(None, DateQuality.BAD, text[:MAX_DATE_CHARS])
    if len(text) > MAX_DATE_CHARS:
        return bad
    clock_first = _CLOCK_FIRST.fullmatch(text)
    found = _match(f"{clock_first[2]} {clock_first[1]}" if clock_first else text)
    if found is None:
        return bad
    try:
        moment, quality = _read(found)
    except (ValueError, OverflowError, KeyError):  # 31 February, hour 25, year 1 in a far zone, a zone unknown to us
        return bad
    return When(utc(moment), quality, text) if _believable(moment, now) else bad


def parse_local(raw: str, *, now: Utc | None = None) -> When:
    """:func:`parse` for interfaces that write every time without a zone, and midnight where they know only the day."""
    return parse(raw[:10] if raw[10:].startswith("T00:00:00") else raw, now=now)


def shown(when: When) -> str:
    """For the text of an entry, in London: "5 January 2024, 14:30", no more precise than it was read; "" for none."""
    if when.at is None or when.quality is DateQuality.DAY:
        return day(when)
    local = london(when.at)
    return f"{local:%B %Y}" if when.quality is DateQuality.MONTH else f"{day(when)}, {local:%H:%M}"


def day(when: When) -> str:
    """The day alone: "5 January 2024"; "" for none."""
    if when.at is None:
        return ""
    local = london(when.at)
    return f"{local.day} {local:%B %Y}"


def months(raw: str) -> tuple[Utc, Utc] | None:
    """First and last day, each 00:00 UTC, of a month or of months; None for anything else.

    "January 2027", "October to November 2026"; GOV.UK writes "December to January 2027" for a span over New Year.
    """
    text = " ".join(raw.split())
    opening, to, closing = text.partition(" to ")
    last = parse(closing if to else text)
    if last.at is None or last.quality is not DateQuality.MONTH:
        return None
    end = to_datetime(last.at)
    begin = _opening(opening, end) if to else end
    if begin is None or begin > end:
        return None
    return utc(begin), utc(end.replace(day=calendar.monthrange(end.year, end.month)[1]))


def _opening(text: str, end: datetime) -> datetime | None:
    """The month a span begins with; without a year of its own, the last such month before its end."""
    number = _MONTHS.get(text.lower().rstrip("."))
    if number is not None:
        return end.replace(year=end.year - (number > end.month), month=number)
    first = parse(text)
    return to_datetime(first.at) if first.at and first.quality is DateQuality.MONTH else None


def from_struct(parsed_time: time.struct_time | None, raw: str, now: Utc | None = None) -> When:
    """Our own reading of ``raw``; where we cannot read it at all, feedparser's (UTC), which knows rarer forms."""
    ours = parse(raw, now=now)
    if parsed_time is None or ours.at is not None or _match(" ".join(raw.split())) is not None:
        return ours
    try:
        moment = datetime(*parsed_time[:5], min(parsed_time[5], 59), tzinfo=UTC)
    except (ValueError, TypeError, OverflowError):
        return ours
    return When(utc(moment), DateQuality.EXACT, ours.raw) if _believable(moment, now) else ours


def _match(text: str) -> re.Match[str] | None:
    for pattern in _PATTERNS:
        found = pattern.fullmatch(text)
        if found:
            return found
    return None


def _read(found: re.Match[str]) -> tuple[datetime, DateQuality]:
    """The moment and its quality. ValueError, OverflowError or KeyError when there is no such moment."""
    part = {name: value or "" for name, value in found.groupdict().items()}
    year, month = _year(part["year"]), _month(part["month"])
    if not part.get("day"):
        return datetime(year, month, 1, tzinfo=UTC), DateQuality.MONTH
    day = int(part["day"])
    clock = _clock(part)
    if clock is None:
        return datetime(year, month, day, tzinfo=UTC), DateQuality.DAY
    zone = _zone(part)
    if zone is None:
        return datetime(year, month, day, *clock, tzinfo=LONDON), DateQuality.LOCAL
    return datetime(year, month, day, *clock, tzinfo=zone), DateQuality.EXACT


def _year(text: str) -> int:
    year = int(text)
    if len(text) == 2:  # RFC 5322 §4.3
        year += 2000 if year < 50 else 1900
    return year


def _month(text: str) -> int:
    return int(text) if text.isdigit() else _MONTHS[text.lower()]


def _clock(part: dict[str, str]) -> tuple[int, int, int] | None:
    """Hour, minute, second on a 24-hour clock; None when only a day was given."""
    if part.get("noon"):
        return 12, 0, 0
    hour_text = part.get("hour") or part.get("hour12")
    if not hour_text:
        return None
    hour, minute, second = int(hour_text), int(part.get("minute") or 0), int(part.get("second") or 0)
    half = (part.get("half") or part.get("half12") or "")[:1].lower()
    if half:
        if hour > 12:  # "16.30 pm"
            half = ""
        else:
            hour = hour % 12 + (12 if half == "p" else 0)
    return hour, minute, min(second, 59) if second == 60 else second


def _zone(part: dict[str, str]) -> timezone | None:
    """The zone given; None for none. KeyError for a word, ValueError for an offset, that is no zone."""
    offset = part.get("offset", "").lower().removeprefix("gmt").removeprefix("utc")
    if offset:
        digits = offset[1:].replace(":", "")
        hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) == 4 else (int(digits), 0)
        if hours > 14 or minutes > 59:
            raise ValueError(f"no such offset: {offset}")
        delta = timedelta(hours=hours, minutes=minutes)
        return timezone(-delta if offset[0] == "-" else delta)
    word = part.get("zone", "").lower()
    return timezone(timedelta(hours=_ZONES[word])) if word else None


def _believable(moment: datetime, now: Utc | None) -> bool:
    try:
        at = moment.astimezone(UTC)
    except OverflowError:
        return False
    if at.year < EARLIEST_YEAR:
        return False
    return now is None or at <= to_datetime(now) + timedelta(seconds=FUTURE_SLACK_S)
