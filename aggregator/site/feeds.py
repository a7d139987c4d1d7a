"""Feeds out: Atom (RFC 4287, paged by RFC 5005) and JSON Feed 1.1 of any list of updates. Pure but for `of_query`."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from datasette import Response

from aggregator.limits import FEED_SIZE
from aggregator.models import Utc
from aggregator.site import archive, jinja, respond
from aggregator.site.context import Visit
from aggregator.site.queries import lists
from aggregator.site.views import Item
from aggregator.text.query import Query
from aggregator.text.words import KIND_OF_ONE, STATUSES

ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE = "application/atom+xml; charset=utf-8"
JSON_TYPE = "application/feed+json; charset=utf-8"
INVENTED = "Invented data: nothing reported here happened."

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters XML 1.0 §2.2 has no way to write."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed. ``id`` never changes. Text is plain; addresses are absolute, ``via`` is the publisher's page or ""."""

    id: str
    url: str
    title: str
    updated: str
    published: str
    summary: str
    author: str
    via: str = ""
    rights: str = ""
    categories: tuple[tuple[str, str], ...] = ()  # (slug, title)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed: ``id`` never changes, ``url`` is its own address, ``page`` the page it belongs to, ``older`` what came before."""

    id: str
    title: str
    url: str
    page: str
    entries: tuple[Entry, ...]
    updated: str
    subtitle: str = ""
    older: str = ""
    invented: bool = False


async def of_query(visit: Visit, query: Query, *, title: str, path: str) -> Response:
    """Answers with the feed of a list: the newest, or those before ``?before=ID``."""

    def read(conn: sqlite3.Connection) -> tuple[list[Entry], int | None, str]:
        page = lists.page(conn, query, before=visit.number("before"), limit=FEED_SIZE)
        stamp = conn.execute("SELECT at FROM changes ORDER BY seq DESC LIMIT 1").fetchone()
        return [entry(visit, item) for item in page.items], page.before, stamp[0] if stamp else visit.now

    entries, before, stamp = await visit.read(read)
    return await answer(visit, title=title, path=path, entries=tuple(entries), stamp=Utc(stamp), before=before)


async def answer(
    visit: Visit, *, title: str, path: str, entries: tuple[Entry, ...], stamp: Utc, before: int | str | None = None
) -> Response:
    """A feed in the format the address asks for. Its time is that of its newest entry, or of the archive."""
    as_json = visit.request.path.endswith(".json")
    given = {name: visit.request.args[name] for name in visit.request.args if name != "before"}
    suffix = ".feed.json" if as_json else ".atom"
    feed = Feed(
        id=visit.identifier(path + suffix, **given, before=visit.arg("before")),
        title=title,
        url=visit.absolute(path + suffix, **given, before=visit.arg("before")),
        page=visit.absolute(path, **given),
        entries=entries,
        updated=max((e.updated for e in entries), default=stamp),
        older=visit.absolute(path + suffix, **given, before=before) if before else "",
        invented=await archive.is_demo(visit.datasette),
    )
    body, content_type = (json_feed(feed), JSON_TYPE) if as_json else (atom(feed), ATOM_TYPE)
    return respond.document(visit, body, content_type, modified=feed.updated)


def entry(visit: Visit, item: Item) -> Entry:
    """An update as a feed entry."""
    state = STATUSES.get(item.status, item.status)
    summary = "\n\n".join(filter(None, [state and f"{state}.", item.summary]))
    return Entry(
        id=visit.identifier(item.path),
        url=visit.absolute(item.path),
        title=item.title,
        updated=item.changed_at,
        published=item.published.utc if item.published else item.changed_at,
        summary=summary,
        author=item.publisher,
        via=jinja.web(item.url),
        rights=item.licence,
        categories=((item.kind, KIND_OF_ONE.get(item.kind, item.kind)), *((t.slug, t.title) for t in item.tags)),
    )


def atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    root = ET.Element("feed", {"xmlns": ATOM})
    _text(root, "id", feed.id)
    _text(root, "title", _title(feed))
    _text(root, "subtitle", INVENTED if feed.invented else feed.subtitle)
    _text(root, "updated", feed.updated)
    _link(root, "self", feed.url, "application/atom+xml")
    _link(root, "alternate", feed.page, "text/html")
    _link(root, "next", feed.older, "application/atom+xml")
    for one in feed.entries:
        _atom_entry(ET.SubElement(root, "entry"), one, feed.invented)
    return ('<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")).encode()


def _atom_entry(node: ET.Element, one: Entry, invented: bool) -> None:
    _text(node, "id", one.id)
    _text(node, "title", one.title or "(no title)")
    _text(node, "updated", one.updated)
    _text(node, "published", one.published)
    _link(node, "alternate", one.url, "text/html")
    _link(node, "via", one.via, "")
    author = ET.SubElement(node, "author")
    _text(author, "name", one.author or "Unknown")
    for term, label in one.categories:
        ET.SubElement(node, "category", {"term": _xml(term), "label": _xml(label)})
    _text(node, "rights", INVENTED if invented else one.rights)
    _text(node, "summary", f"{INVENTED}\n\n{one.summary}" if invented else one.summary)


def _title(feed: Feed) -> str:
    return f"[Invented data] {feed.title}" if feed.invented else feed.title


def _text(parent: ET.Element, name: str, value: str) -> None:
    if value:
        ET.SubElement(parent, name).text = _xml(value)


def _link(parent: ET.Element, rel: str, href: str, content_type: str) -> None:
    if href:
        attributes = {"rel": rel, "href": _xml(href), **({"type": content_type} if content_type else {})}
        ET.SubElement(parent, "link", attributes)


def _xml(value: str) -> str:
    return _NOT_XML.sub("", value)


def json_feed(feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1 (jsonfeed.org)."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(feed),
        "home_page_url": feed.page,
        "feed_url": feed.url,
        "description": INVENTED if feed.invented else feed.subtitle,
        "next_url": feed.older,
        "language": "en-GB",
        "items": [_json_item(one, feed.invented) for one in feed.entries],
    }
    kept = {k: v for k, v in document.items() if v or k == "items"}
    return json.dumps(kept, ensure_ascii=False, indent=1).encode("utf-8", "replace")


def _json_item(one: Entry, invented: bool) -> dict[str, object]:
    item: dict[str, object] = {
        "id": one.id,
        "url": one.url,
        "external_url": one.via,
        "title": one.title,
        "content_text": f"{INVENTED}\n\n{one.summary}" if invented else one.summary or one.title,
        "date_published": one.published,
        "date_modified": one.updated,
        "authors": [{"name": one.author}] if one.author else [],
        "tags": [label for _, label in one.categories],
    }
    return {k: v for k, v in item.items() if v}
