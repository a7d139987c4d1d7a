"""What the APIs of Parliament share: naive times, paging, walks through the past in windows of a month, files."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from aggregator.limits import MAX_TITLE_CHARS
from aggregator.models import Attachment, Page, Request, Source, Utc
from aggregator.sources import windows
from aggregator.sources.jsonread import Json, identifier, number, text
from aggregator.text import dates, urls
from aggregator.text.normalise import clean

ACCEPT: Final = "application/json"
_WINDOW_DAYS: Final = 30
_FIRST_BACKFILL_DAYS: Final = 365


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The address of the source, its date windows filled in."""
    return (Request(windows.expand(source.url, now), accept=ACCEPT),)


def windows_back(source: Source, since: Utc | None, now: Utc, first: str, last: str) -> tuple[Request, ...]:
    """Requests for a backfill, newest month first. Far into a list the APIs answer 500, so the walk is by date.

    ``first`` and ``last`` are the parameters that bound the dates; without ``since`` a year is walked.
    """
    end = dates.to_datetime(now)
    start = dates.to_datetime(since) if since else end - timedelta(days=_FIRST_BACKFILL_DAYS)
    address, found = windows.expand(source.url, now), []
    while end > start:
        begin = end - min(end - start, timedelta(days=_WINDOW_DAYS))  # the calendar may have no day before `start`
        url = urls.with_query(address, {first: f"{begin:%Y-%m-%d}", last: f"{end:%Y-%m-%d}", "skip": "0"})
        found.append(Request(url, role="archive", accept=ACCEPT))
        if begin == start:
            break
        end = begin - timedelta(days=1)
    return tuple(found)


def next_skip(page: Page, count: int, total: int | None) -> str | None:
    """Address of the next page of a list, by its ``skip``; None when ``total`` is reached or nothing came."""
    given = dict(parse_qsl(urlsplit(page.request.url).query)).get("skip", "0")
    skipped = int(given) if given.isdecimal() and len(given) < 7 else 0
    if not count or total is None or skipped + count >= total:
        return None
    return urls.with_query(page.request.url, {"skip": str(skipped + count)})


def moment(container: object, key: str, now: Utc | None = None) -> dates.When:
    """A time of these APIs, which are naive: London time, and at midnight a day without a time."""
    return dates.parse_local(text(container, key), now=now)


def house(value: object) -> str:
    """House of Commons or Lords as the APIs name it, by word or by number; "" for anything else."""
    name = text(value, "house") or {1: "Commons", 2: "Lords"}.get(number(value, "house") or 0, "")
    return clean(name, 40)


def attachment(item: Json, page: Page) -> Attachment | None:
    """A file of an answer or publication. Many come without an address: their name and size still tell of a change."""
    title = clean(text(item, "title") or text(item, "fileName") or text(item, "linkTitle"), MAX_TITLE_CHARS)
    url = urls.canonical(text(item, "url"), page.url) if text(item, "url") else None
    size = number(item, "fileSize")
    if size is None:
        size = number(item, "fileSizeBytes")
    if not title and not url:
        return None
    return Attachment(title, url or "", clean(text(item, "fileDataFormat") or text(item, "fileType"), 100), size)


def ref(prefix: str, container: object, key: str) -> str:
    """A reference such as "UIN 8024"; "" where the field is empty."""
    value = clean(identifier(container, key), 60)
    return f"{prefix} {value}" if value else ""
