"""Meetings of one committee from a ModernGov web service (`mgWebService.asmx/GetMeetings`), in XML.

The nesting of the answer is not documented, its element names are (`meetingid`, `meetingdate`, `committeetitle` …), so
elements are found by local name wherever they stand.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from aggregator.limits import MAX_ENTRIES_PER_PAGE, MAX_TITLE_CHARS
from aggregator.models import DateQuality, Entry, Outcome, Page, Parsed, Request, Source, Status, Utc
from aggregator.sources import windows
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import local_name, xml_root
from aggregator.text import dates, urls
from aggregator.text.normalise import clean

_STATUS: Final = ("meetingstatus", "status")
_PLACE: Final = ("meetingvenue", "venue", "location", "meetinglocation")
_COMMITTEE: Final = ("committeetitle", "committeename")


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The address of the source, its date window filled in."""
    return (Request(windows.expand(source.url, now), accept="application/xml, text/xml"),)


def parse(source: Source, page: Page) -> Parsed:
    """One entry per meeting. Raises :class:`ParseError` for HTML, a DTD, or broken XML."""
    root = xml_root(source, page)
    if not len(root) and (root.text or "").lstrip().startswith("<"):  # some hosts wrap the answer as text in <string>
        root = xml_root(source, replace(page, body=(root.text or "").encode(), charset="utf-8"))
    committee = _first(_leaves(root), _COMMITTEE)
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for record in _records(root):
        fields = _leaves(record)
        entry = _entry(fields, _first(fields, _COMMITTEE) or committee, page)
        if entry is None:
            problems.append(f"meeting {clean(fields.get('meetingid', ''), 20)!r} has no readable date")
        else:
            entries.setdefault(entry.key, entry)
    return Parsed(tuple(entries.values()), (), tuple(problems), None if entries else Outcome.EMPTY)


def _records(root: ET.Element) -> Iterator[ET.Element]:
    """The elements that hold a `meetingid` directly: whatever they are called, each is one meeting."""
    count = 0
    for element in root.iter():
        if any(local_name(child) == "meetingid" for child in element):
            yield element
            count += 1
            if count >= MAX_ENTRIES_PER_PAGE:
                return


def _leaves(element: ET.Element) -> dict[str, str]:
    """Texts of the elements without children, by local name; the first of a name counts."""
    found: dict[str, str] = {}
    for leaf in element.iter():
        if not len(leaf) and leaf.text and leaf.text.strip():
            found.setdefault(local_name(leaf), " ".join(leaf.text.split()))
    return found


def _first(fields: dict[str, str], names: tuple[str, ...]) -> str:
    return next((clean(fields[name], 300) for name in names if fields.get(name)), "")


def _entry(fields: dict[str, str], committee: str, page: Page) -> Entry | None:
    number = clean(fields.get("meetingid", ""), 40)
    start = _start(fields)
    if not number.isdigit() or start.at is None:
        return None
    local = dates.london(start.at)
    day = f"{local.day} {local:%B %Y}"
    status, place = _first(fields, _STATUS), _first(fields, _PLACE)
    cancelled = status.lower() in ("cancelled", "canceled", "abandoned")
    lines = (
        f"When: {day}" + ("" if start.quality is DateQuality.DAY else f", {local:%H:%M}"),
        place and f"Where: {place}",
        status and f"Status: {status}",
    )
    return Entry(
        key=number,
        url=_page_url(fields, number, page),
        title=clean(f"{committee or 'Committee'}: meeting of {day}", MAX_TITLE_CHARS),
        body="\n".join(filter(None, lines)),
        status=Status.WITHDRAWN if cancelled else Status.LIVE,
        status_note=f"meeting {status.lower()}" if cancelled else "",
        kind="oversight",
        starts_at=start.at,
        categories=tuple(filter(None, (committee, status))),
    )


def _start(fields: dict[str, str]) -> dates.When:
    """Day and, where there is one, time: in one element or in two."""
    day, clock = fields.get("meetingdate", ""), fields.get("meetingtime", "")
    both = dates.parse(f"{day.split()[0]} {clock}") if day and clock else dates.parse("")
    return both if both.at else dates.parse(day.removesuffix(" 00:00:00"))


def _page_url(fields: dict[str, str], number: str, page: Page) -> str | None:
    committee = fields.get("committeeid", "")
    wanted = f"CId={committee}&MId={number}" if committee.isdigit() else f"MId={number}"
    return urls.canonical(f"../ieListDocuments.aspx?{wanted}", page.url)


KIND: Final = SourceKind(name="modgov-meetings", plan=plan, parse=parse)
