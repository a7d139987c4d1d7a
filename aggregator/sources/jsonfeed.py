"""JSON Feed 1.0 and 1.1 (https://www.jsonfeed.org/version/1.1/), as :class:`~aggregator.sources.feed_items.Feed`."""

from __future__ import annotations

import json
from typing import Any, Final

from aggregator.errors import ParseError
from aggregator.limits import MAX_ENTRIES_PER_PAGE
from aggregator.models import Attachment, Source
from aggregator.sources.feed_items import Feed, Item, Markup, Stamp

_VERSION: Final = "jsonfeed.org/version/1"


def read(source: Source, text: str) -> Feed:
    """The feed's items. ParseError for broken JSON, or JSON that is no JSON Feed."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:  # ValueError: also a number of thousands of digits
        raise ParseError(f"broken JSON where a feed is due ({str(error)[:80]})", subject=source.id) from error
    if not isinstance(document, dict) or _VERSION not in _string(document, "version"):
        raise ParseError("JSON, but not a JSON Feed: its `version` does not say so", subject=source.id)
    items = document.get("items")
    if not isinstance(items, list):
        raise ParseError("a JSON Feed without a list of items", subject=source.id)
    problems = []
    if len(items) > MAX_ENTRIES_PER_PAGE:
        problems.append(f"more than {MAX_ENTRIES_PER_PAGE} items: the rest was not read")
    read_items = []
    for number, item in enumerate(items[:MAX_ENTRIES_PER_PAGE], start=1):
        if isinstance(item, dict):
            read_items.append(_item(item))
        else:
            problems.append(f"item {number} is no object and was left out")
    return Feed(Markup(_string(document, "title"), is_html=False), tuple(read_items), tuple(problems))


def _item(item: dict[str, Any]) -> Item:
    modified = _string(item, "date_modified")
    stamps = tuple(Stamp(raw) for raw in (_string(item, "date_published"), modified) if raw)
    return Item(
        guid=_string(item, "id"),
        links=tuple(filter(None, (_string(item, "url"), _string(item, "external_url")))),
        title=Markup(_string(item, "title"), is_html=False),
        summary=Markup(_string(item, "summary"), is_html=False),
        content=_content(item),
        published=stamps,
        updated=Stamp(modified) if modified else None,
        categories=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
        enclosures=tuple(_attachment(a) for a in _list(item, "attachments") if isinstance(a, dict)),
    )


def _content(item: dict[str, Any]) -> Markup | None:
    for key, is_html in (("content_html", True), ("content_text", False)):
        if _string(item, key).strip():
            return Markup(_string(item, key), is_html)
    return None


def _attachment(attachment: dict[str, Any]) -> Attachment:
    size = attachment.get("size_in_bytes")
    return Attachment(
        title=_string(attachment, "title"),
        url=_string(attachment, "url"),
        content_type=_string(attachment, "mime_type").lower(),
        size=size if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**53 else None,
    )


def _string(mapping: dict[str, Any], key: str) -> str:
    """The text under a key. JSON Feed asks readers to take a number as an id for its text."""
    value = mapping.get(key)
    if isinstance(value, int) and key == "id" and abs(value) < 2**63:
        return str(value)
    return value if isinstance(value, str) else ""


def _list(mapping: dict[str, Any], key: str) -> list[Any]:
    value = mapping.get(key)
    return value if isinstance(value, list) else []
