"""iCalendar (RFC 5545) of events. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from urllib.parse import urlsplit

from aggregator.models import Utc
from aggregator.site.jinja import web
from aggregator.site.queries.calendar import Event
from aggregator.text.dates import is_day
from aggregator.text.times import LONDON, When, parse


def calendar(
    events: Sequence[Event], *, now: Utc, site: str, links: Callable[[str], str], invented: bool = False
) -> bytes:
    """The events that have a date. ``links`` makes a path absolute.

    ``site`` is the configured address of the site or "": identifiers end with its host, never with the one a visitor used,
    which would put every event into a calendar again.
    """
    host = urlsplit(site).hostname or "met-aggregator"
    name = "London policing: meetings and releases" + (" (invented data)" if invented else "")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//met-aggregator//calendar//EN", f"X-WR-CALNAME:{escape(name)}"]
    for event in events:
        if event.starts:
            lines += _event(event, event.starts, host, now, links, invented)
    lines.append("END:VCALENDAR")
    return "".join(fold(line) + "\r\n" for line in lines).encode("utf-8", "replace")


def _event(event: Event, starts: When, host: str, now: Utc, links: Callable[[str], str], invented: bool) -> list[str]:
    title = f"[Invented data] {event.title}" if invented else event.title
    lines = [
        "BEGIN:VEVENT",
        f"UID:{escape(event.uid)}@{host}",
        f"DTSTAMP:{_stamp(event.changed_at or now)}",
        _starts(event, starts),
        _ends(event),
        f"SUMMARY:{escape(title)}",
        f"DESCRIPTION:{escape(f'Announced for {starts.text}; the day is not named yet.')}" if event.by_month else "",
        "TRANSP:TRANSPARENT" if event.by_month else "",
        f"ORGANIZER;CN={_parameter(event.by)}:invalid:nomail" if event.by else "",
        f"URL:{_uri(links(event.path) if event.path else web(event.url))}" if event.path or web(event.url) else "",
        "STATUS:CANCELLED"
        if event.cancelled
        else ("STATUS:TENTATIVE" if event.state == "provisional" or event.by_month else "STATUS:CONFIRMED"),
        "END:VEVENT",
    ]
    return [line for line in lines if line]


def _starts(event: Event, starts: When) -> str:
    if not event.day_only:
        return f"DTSTART:{_stamp(starts.utc)}"
    moment = parse(starts.utc)
    day = moment.astimezone(LONDON) if moment else None
    return f"DTSTART;VALUE=DATE:{day:%Y%m%d}"


def _ends(event: Event) -> str:
    """§3.6.1: the end of a whole-day event is the day after its last. Months take up all their days."""
    if not event.day_only:
        return f"DTEND:{_stamp(event.ends.utc)}" if event.ends and not is_day(event.ends.utc) else ""
    if not event.until or not event.starts or event.until < event.starts.utc[:10]:
        return ""
    return f"DTEND;VALUE=DATE:{date.fromisoformat(event.until) + timedelta(days=1):%Y%m%d}"


def _stamp(at: str) -> str:
    return re.sub(r"[-:]", "", at)


def escape(text: str) -> str:
    """RFC 5545 §3.3.11: backslash, semicolon, comma and line breaks; other control characters have no place."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    text = re.sub(r"\r\n|\r|\n", r"\\n", text)
    return re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", text)


def _parameter(text: str) -> str:
    """§3.2: a quoted parameter value can hold no quote and no control character."""
    return '"' + re.sub(r'["\x00-\x1f\x7f]', "", text) + '"'


def _uri(url: str) -> str:
    return re.sub(r"[\s\x00-\x1f\x7f]", "", url)


def fold(line: str) -> str:
    """§3.1: lines of at most 75 octets, continued after a blank; never within a character."""
    parts, part, size = [], "", 0
    for char in line:
        width = len(char.encode("utf-8", "replace"))
        if size + width > 75:
            parts.append(part)
            part, size = " ", 1
        part += char
        size += width
    return "\r\n".join([*parts, part])
