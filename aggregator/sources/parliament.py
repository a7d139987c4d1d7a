"""What the APIs of Parliament share: naive times, a plain plan, files."""

from __future__ import annotations

from typing import Final

from aggregator.limits import MAX_TITLE_CHARS
from aggregator.models import Attachment, Page, Request, Source, Utc
from aggregator.sources import windows
from aggregator.sources.jsonread import Json, identifier, number, text
from aggregator.text import dates, urls
from aggregator.text.normalise import clean

ACCEPT: Final = "application/json"
_MIDNIGHT: Final = "T00:00:00"


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The address of the source, its date windows filled in."""
    return (Request(windows.expand(source.url, now), accept=ACCEPT),)


def moment(container: object, key: str, now: Utc | None = None) -> dates.When:
    """A time of these APIs, which are naive: London time, and at midnight a day without a time."""
    raw = text(container, key)
    return dates.parse(raw[:10] if raw[10:].startswith(_MIDNIGHT) else raw, now=now)


def shown(when: dates.When) -> str:
    """A day for the text of an entry: "5 January 2024"; "" where there is none."""
    if when.at is None:
        return ""
    local = dates.london(when.at)
    return f"{local.day} {local:%B %Y}"


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
