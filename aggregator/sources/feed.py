"""Kind ``feed``: RSS of every version, Atom, RDF and JSON Feed, told apart by their content."""

from __future__ import annotations

from typing import Final

from aggregator.models import Outcome, Page, Parsed, Request, Source, Utc
from aggregator.sources import feed_guard, feed_items, feed_xml, jsonfeed, windows
from aggregator.sources.kind import SourceKind

ACCEPT: Final = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, text/xml;q=0.9, "
    "application/json;q=0.8, */*;q=0.5"
)


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """One request: the feed, the date window of its address filled in."""
    return (Request(windows.expand(source.url, now), accept=ACCEPT),)


def parse(source: Source, page: Page) -> Parsed:
    """The entries of a feed, by the source's options `identity`, `strip_title` and `doc_kind`.

    Outcome ENDED when the publisher says that the feed has ended, EMPTY for a sound feed without items, BLOCKED for a
    bot challenge. Raises :class:`ParseError` for everything that is no feed or that is built to exhaust parsers.
    """
    try:
        return feed_items.to_parsed(read(source, page), source, page)
    except feed_guard.BlockedError as error:
        return Parsed(outcome=Outcome.BLOCKED, error=str(error))


def read(source: Source, page: Page) -> feed_items.Feed:
    """The feed before any decision about its items, for kinds that build on this one. Raises like :func:`parse`."""
    text, oddities = feed_guard.decode(page)
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return jsonfeed.read(source, text.strip("\ufeff \t\r\n"))
    defused = feed_guard.defuse(source, text)
    feed = feed_xml.read(source, defused)
    return feed_items.Feed(feed.title, feed.items, (*oddities, *feed.problems), feed.cut)


KIND: Final = SourceKind(
    name="feed",
    plan=plan,
    parse=parse,
    options=frozenset({"identity", "strip_title", "doc_kind", "complete", "recheck"}),
)
