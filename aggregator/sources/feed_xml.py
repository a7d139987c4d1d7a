"""RSS 0.9x, 1.0, 2.0 and Atom through feedparser, as :class:`~aggregator.sources.feed_items.Feed`.

feedparser keeps text in malformed feeds that every other parser measured loses. Its HTML sanitiser is switched off: it
lets scripts through, and ``text.html`` does that work.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from typing import Any, Final

import feedparser

from aggregator.errors import ParseError
from aggregator.limits import MAX_BODY_CHARS, MAX_ENTRIES_PER_PAGE
from aggregator.models import Attachment, Source
from aggregator.sources.feed_guard import Defused
from aggregator.sources.feed_items import Feed, Item, Markup, Stamp

_HEADERS: Final = {"content-type": "application/atom+xml; charset=utf-8"}
_HTML_TYPES: Final = ("text/html", "application/xhtml+xml")
_TEXT_TYPES: Final = (*_HTML_TYPES, "text/plain")
_LIBRARY_FAILURES: Final = (
    # what feedparser and the parsers below it have been seen to raise on made-up input
    ValueError, TypeError, LookupError, AttributeError, AssertionError, ArithmeticError, RecursionError,
)  # fmt: skip


def read(source: Source, defused: Defused) -> Feed:
    """The feed's items. ParseError when feedparser finds no feed in it."""
    document = b'<?xml version="1.0" encoding="utf-8"?>' + defused.text.encode("utf-8", "replace")
    try:
        # BytesIO: given a string, feedparser would open files and addresses
        found = feedparser.parse(
            io.BytesIO(document), sanitize_html=False, resolve_relative_uris=False, response_headers=_HEADERS
        )
        version = str(found.get("version") or "")
        if not version and not found.entries:
            raise ParseError("the XML is no feed of a known kind, or is broken beyond repair", subject=source.id)
        items = tuple(_item(entry, version) for entry in found.entries[:MAX_ENTRIES_PER_PAGE])
        title = _markup(found.feed, "title")
    except _LIBRARY_FAILURES as error:
        raise ParseError(f"the feed cannot be read ({type(error).__name__})", subject=source.id) from error
    if defused.cut and not items:
        raise ParseError("the feed breaks off before the end of its first item", subject=source.id)
    problems = defused.problems
    if found.get("bozo"):
        reason = " ".join(str(found.get("bozo_exception", "")).split())[:120]
        problems = (*problems, f"the XML is not well-formed ({reason}); read as far as possible")
    return Feed(title, items, problems, defused.cut)


def _item(entry: dict[str, Any], version: str) -> Item:
    is_atom = version.startswith("atom")
    content = _content(entry)
    published, updated = _stamp(entry, "published"), _stamp(entry, "updated")
    created = _stamp(entry, "created")
    return Item(
        guid=_string(entry, "id"),
        links=tuple(_links(entry)),
        title=_markup(entry, "title"),
        summary=_summary(entry, content),
        content=content,
        published=tuple(stamp for stamp in (published, updated, created) if stamp),
        # dc:date, which feedparser calls `updated`, is the day of publication in RSS
        updated=updated if is_atom else None,
        categories=tuple(_categories(entry)),
        enclosures=tuple(_enclosures(entry)),
    )


def _string(mapping: dict[str, Any], key: str) -> str:
    """``dict.get``, because feedparser's own answers `updated` with `published`."""
    value = dict.get(mapping, key)
    return value if isinstance(value, str) else ""


def _markup(entry: dict[str, Any], key: str) -> Markup:
    detail = dict.get(entry, f"{key}_detail")
    if isinstance(detail, dict) and isinstance(dict.get(detail, "value"), str):
        return Markup(_string(detail, "value"), _string(detail, "type") in _HTML_TYPES)
    return Markup(_string(entry, key), is_html=False)


def _summary(entry: dict[str, Any], content: Markup | None) -> Markup:
    summary = _markup(entry, "summary")
    # an Atom content without summary, or an RSS description that looks like full text, turns up in both places
    if content is not None and summary.value == content.value:
        return Markup("", is_html=False)
    return summary


def _content(entry: dict[str, Any]) -> Markup | None:
    """The longest text the item carries beside its summary; None for pictures, XML fragments and the like."""
    parts = dict.get(entry, "content")
    found: list[Markup] = []
    for part in parts if isinstance(parts, list) else []:
        kind = _string(part, "type") or "text/html"
        value = _string(part, "value")[: 2 * MAX_BODY_CHARS]
        if kind in _TEXT_TYPES and value.strip():
            found.append(Markup(value, kind in _HTML_TYPES, _string(part, "base")))
    return max(found, key=lambda markup: len(markup.value), default=None)


def _stamp(entry: dict[str, Any], key: str) -> Stamp | None:
    raw = _string(entry, key)
    return Stamp(raw, dict.get(entry, f"{key}_parsed")) if raw.strip() else None


def _dicts(entry: dict[str, Any], key: str) -> list[dict[str, Any]]:
    values = dict.get(entry, key)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _links(entry: dict[str, Any]) -> Iterable[str]:
    """The item's own page first: its link, then other alternates of type HTML or none."""
    yield _string(entry, "link")
    for link in _dicts(entry, "links"):
        if _string(link, "rel") == "alternate" and re.fullmatch(
            r"|text/html|application/xhtml\+xml", _string(link, "type")
        ):
            yield _string(link, "href")


def _categories(entry: dict[str, Any]) -> Iterable[str]:
    for tag in _dicts(entry, "tags"):
        yield _string(tag, "label") or _string(tag, "term")


def _enclosures(entry: dict[str, Any]) -> Iterable[Attachment]:
    for link in _dicts(entry, "links"):
        if _string(link, "rel") == "enclosure":
            length = _string(link, "length")
            size = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
            yield Attachment(_string(link, "title"), _string(link, "href"), _string(link, "type"), size)
