"""Meetings and other events of neighbourhood teams (data.police.uk). Past ones vanish from the API; we keep them.

An event has no id: its key is a hash over neighbourhood, title, start and address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aggregator.limits import MAX_BODY_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Entry, Page, Parsed, Request, Source, Utc
from aggregator.sources import police_api, rows
from aggregator.sources.jsonread import Json, load_list, objects
from aggregator.sources.kind import SourceKind
from aggregator.sources.police_api import field
from aggregator.text import dates, html
from aggregator.text.normalise import clean


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The list of neighbourhoods, or the events of those named."""
    return police_api.plan(source, now, "events")


def parse(source: Source, page: Page) -> Parsed:
    """Events of one neighbourhood (often none), or requests for those of this round's slice."""
    if page.request.role != "item":
        return police_api.neighbourhoods(source, page, "events")
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for item in objects(load_list(source, page)):
        entry = _entry(item, page)
        if entry is None:
            problems.append(f"an event without title and description in {police_api.place(page)}")
        else:
            entries.setdefault(entry.key, entry)
    return Parsed(tuple(entries.values()), (), tuple(problems))


def _entry(item: Json, page: Page) -> Entry | None:
    title = clean(field(item, "title"), MAX_TITLE_CHARS)
    description = clean(html.to_text(field(item, "description")), MAX_BODY_CHARS)
    if not title and not description:
        return None
    start, end = (dates.parse_local(field(item, name)) for name in ("start_date", "end_date"))
    address = clean(html.to_text(field(item, "address")), MAX_SUMMARY_CHARS)
    number, _ = police_api.ward(page)
    lines = "\n".join(filter(None, _lines(page, start, end, address)))
    return Entry(
        key=rows.digest(number, field(item, "title"), field(item, "start_date"), field(item, "address")),
        url=None,  # what stands in contact_details is the ward's site: one address would make all its events one
        title=title or clean(description, 100),
        summary=clean(description, MAX_SUMMARY_CHARS),
        body=clean("\n\n".join(filter(None, (description, lines))), MAX_BODY_CHARS),
        kind="community",
        starts_at=start.at,
        ends_at=end.at,
        refs=(number,),
        categories=tuple(filter(None, (clean(field(item, "type"), 60),))),
    )


def _lines(page: Page, start: dates.When, end: dates.When, address: str) -> Iterator[str]:
    yield f"When: {dates.shown(start)}" + (f" to {dates.shown(end)}" if end.at else "") if start.at else ""
    yield address and f"Where: {address}"
    yield f"Neighbourhood: {police_api.place(page)}"


KIND: Final = SourceKind(
    name="police-events", plan=plan, parse=parse, options=frozenset({"ids", "follow"}), single=False
)
