"""Kind ``modgov-feed``: "what's new" of a ModernGov site (`mgRss.aspx`), where the title says everything.

"Agenda published: Meeting of Monday, 12th October, 2026 6.30 pm, Police and Crime Committee" holds an event, when the
meeting is, and whose. Several items (agenda, decisions) lead to the same page, so the event is part of their identity.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from aggregator.models import DateQuality, Entry, Outcome, Page, Parsed, Source, Utc
from aggregator.sources import feed, feed_items
from aggregator.sources.feed_guard import BlockedError
from aggregator.sources.kind import SourceKind
from aggregator.text import dates

_TITLE = re.compile(r"(?P<event>[^:]{1,80}):\s+(?:Meeting of\s+)?(?P<rest>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Meeting:
    """What a title says."""

    event: str
    starts_at: Utc | None
    committee: str


def read_title(title: str) -> Meeting | None:
    """Event, start and committee of a title; None when it does not speak of a meeting.

    >>> read_title("Meeting held: Thursday 1 October 2026 10.00 am, Planning and Regeneration Committee")
    Meeting(event='Meeting held', starts_at='2026-10-01T09:00:00Z', committee='Planning and Regeneration Committee')
    """
    found = _TITLE.fullmatch(title)
    if found is None:
        return None
    words = found["rest"].split(",")
    for count in range(len(words) - 1, 0, -1):  # commas stand within dates and within names of committees
        when = dates.parse(",".join(words[:count]))
        if when.at and when.quality is not DateQuality.MONTH:
            return Meeting(found["event"].strip(), when.at, ",".join(words[count:]).strip())
    return None


def parse(source: Source, page: Page) -> Parsed:
    """Entries as of a feed, with `starts_at`, the committee as category and the meeting's number in `refs`.

    Titles of another shape are kept as they are. Raises :class:`ParseError` like kind ``feed``.
    """
    try:
        read = feed.read(source, page)
    except BlockedError as error:
        return Parsed(outcome=Outcome.BLOCKED, error=str(error))
    parsed = feed_items.to_parsed(read, source, page, distinguish=_event)
    return replace(parsed, entries=tuple(_with_meeting(entry) for entry in parsed.entries))


def _event(item: feed_items.Item) -> str:
    found = _TITLE.fullmatch(" ".join(item.title.text().split()))
    return re.sub(r"\W+", "-", found["event"].strip().lower()) if found else ""


def _with_meeting(entry: Entry) -> Entry:
    meeting = read_title(entry.title)
    if meeting is None:
        return entry
    return replace(
        entry,
        starts_at=meeting.starts_at,
        categories=tuple(dict.fromkeys((meeting.committee, *entry.categories))),
        refs=tuple(dict.fromkeys((*entry.refs, *_meeting_number(entry.url)))),
    )


def _meeting_number(url: str | None) -> tuple[str, ...]:
    """ "MId=7398" of `ieListDocuments.aspx?CId=240&MId=7398`: the number under which the meeting calendar knows it."""
    pairs = parse_qsl(urlsplit(url or "").query)
    return tuple(f"MId={value}" for name, value in pairs if name.lower() == "mid" and value.isdigit())[:1]


KIND: Final = SourceKind(
    name="modgov-feed", plan=feed.plan, parse=parse, options=frozenset({"identity", "strip_title"})
)
