"""Release calendars: statistics that are announced and not yet out. Here a date in the future is the point.

Three shapes: GOV.UK's search for statistics announcements, ONS's release calendar as RSS, and ONS's search of releases.
`starts_at` is the moment of release; the state is the entry's first category: provisional, confirmed, published,
postponed or cancelled. Where the publisher names a month or two and no day yet, its timestamp is a placeholder (1 January,
09:30): then `starts_at` and `ends_at` are the first and the last day of it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin

from aggregator.errors import ParseError
from aggregator.limits import MAX_ENTRIES_PER_PAGE, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import DateQuality, Entry, Outcome, Page, Parsed, Request, Source, Status, Utc
from aggregator.sources import govuk_search, windows
from aggregator.sources.jsonread import Json, child, children, flag, load_object, objects, required_list, text
from aggregator.sources.kind import SourceKind
from aggregator.sources.pages import decoded, local_name, xml_root
from aggregator.text import dates, html, urls
from aggregator.text.normalise import clean

_WORDS_CHARS: Final = 100
_DAY_NUMBER: Final = re.compile(r"(?<!\d)\d{1,2}(?!\d)")


@dataclass(frozen=True, slots=True)
class _Due:
    """When a release is due: a moment or day (``last`` None), first and last day of months, or words alone."""

    first: Utc | None
    last: Utc | None
    words: str


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The address of the source, its date window filled in."""
    return (Request(windows.expand(source.url, now)),)


def parse(source: Source, page: Page) -> Parsed:
    """One entry per release. Raises :class:`ParseError` for anything but one of the three shapes."""
    if page.status >= 400:
        govuk_search.answer(source, page)  # explains, and raises
    if decoded(page).lstrip("\ufeff \t\r\n").startswith("<"):
        found = [_from_rss(item, page) for item in _items(source, page)]
    else:
        document = load_object(source, page)
        if "releases" in document:
            found = [_from_ons(item, page) for item in objects(required_list(source, document, "releases"))]
        else:
            found = [_from_govuk(source, item, page) for item in objects(required_list(source, document, "results"))]
    entries = {entry.key: entry for entry in found if entry is not None}
    missing = sum(entry is None for entry in found)
    problems = (f"releases without title, address or date: {missing}",) if missing else ()
    return Parsed(tuple(entries.values()), (), problems, None if found else Outcome.EMPTY)


def _from_govuk(source: Source, result: Json, page: Page) -> Entry | None:
    place = govuk_search.path_or_url(source, result)
    metadata = child(result, "metadata")
    due = _due(text(result, "display_date") or text(metadata, "display_date"), text(result, "release_timestamp"))
    title = clean(text(result, "title"), MAX_TITLE_CHARS)
    if place is None or not title or due is None:
        return None
    announced = dates.parse(text(result, "public_timestamp"), now=page.fetched_at)
    state = clean(text(result, "statistics_announcement_state") or text(metadata, "status"), 40)
    return _entry(
        key=place[0], url=place[1], title=title, summary=text(result, "description"), due=due, state=state,
        announced=announced,
    )  # fmt: skip


def _from_ons(release: Json, page: Page) -> Entry | None:
    about = child(release, "description")
    settled = flag(about, "finalised") or flag(about, "published")
    due = _due("" if settled else text(about, "provisional_date"), text(about, "release_date"))
    title = clean(text(about, "title"), MAX_TITLE_CHARS)
    uri = text(release, "uri")
    url = (
        urls.canonical(uri, urljoin(page.url, "/").replace("//api.beta.ons.gov.uk/", "//www.ons.gov.uk/"))
        if uri
        else None
    )
    if not title or due is None or url is None:
        return None
    planned = "confirmed" if flag(about, "finalised") else "provisional"
    state = next((name for name in ("cancelled", "published", "postponed") if flag(about, name)), planned)
    return _entry(
        key=uri, url=url, title=title, summary=text(about, "summary"), due=due, state=state,
        moves=tuple(_moves(release)),
    )  # fmt: skip


def _moves(release: Json) -> Iterator[str]:
    for move in children(release, "date_changes"):
        note = clean(text(move, "change_notice"), MAX_SUMMARY_CHARS)
        day = dates.shown(dates.parse(text(move, "previous_date")))
        yield f"Previous release date: {day}" + (f". {note}" if note else "")


def _items(source: Source, page: Page) -> list[ET.Element]:
    root = xml_root(source, page)
    if local_name(root) != "rss":
        raise ParseError(f"expected RSS, found <{local_name(root)[:40]}>", subject=source.id)
    return [element for element in root.iter() if local_name(element) == "item"][:MAX_ENTRIES_PER_PAGE]


def _from_rss(item: ET.Element, page: Page) -> Entry | None:
    fields: dict[str, str] = {}
    for element in item:
        fields.setdefault(local_name(element), (element.text or "").strip())
    url = urls.canonical(fields.get("link", "") or fields.get("guid", ""), page.url)
    due = _due("", fields.get("pubdate", ""))
    title = clean(html.to_text(fields.get("title", "")), MAX_TITLE_CHARS)
    if not title or url is None or due is None:
        return None
    return _entry(
        key=url, url=url, title=title, summary=html.to_text(fields.get("description", "")), due=due, state="",
    )  # fmt: skip


def _due(words: str, stamp: str) -> _Due | None:
    """What the publisher shows decides over its timestamp, which always has a time, also where only a month is known.

    Words that name no day ("Spring 2027") are kept as words. Those with a day in a form we cannot read leave it to the
    timestamp. None where there is neither.
    """
    words = clean(words, _WORDS_CHARS)
    span = dates.months(words or stamp)
    said, stamped = dates.parse(words), dates.parse(stamp)
    if span:
        return _Due(*span, words or dates.shown(stamped))
    if words and said.at is None and not _DAY_NUMBER.search(words):
        return _Due(None, None, words)
    when = said if said.quality is DateQuality.DAY or stamped.at is None else stamped
    return _Due(when.at, None, words or dates.shown(when)) if when.at else None


def _entry(
    *,
    key: str,
    url: str | None,
    title: str,
    summary: str,
    due: _Due,
    state: str,
    moves: tuple[str, ...] = (),
    announced: dates.When | None = None,
) -> Entry:
    cancelled = state == "cancelled"
    announced = announced or dates.parse("")
    about = "\n".join((f"Release date: {due.words}", *moves, *((f"State: {state}",) if state else ())))
    return Entry(
        key=key,
        url=url,
        title=title,
        summary=clean(summary, MAX_SUMMARY_CHARS),
        body=clean(about, MAX_SUMMARY_CHARS),
        published_at=announced.at,
        published_raw=announced.raw,
        date_quality=announced.quality,
        status=Status.WITHDRAWN if cancelled else Status.LIVE,
        status_note="release cancelled" if cancelled else "",
        kind="statistics",
        starts_at=due.first,
        ends_at=due.last,
        categories=(state,) if state else (),
    )


KIND: Final = SourceKind(
    name="calendar", plan=plan, parse=parse, reads=frozenset({Outcome.OK, Outcome.MOVED, Outcome.HTTP_4XX})
)
