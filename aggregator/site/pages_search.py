"""Search: the page, and every search as a feed."""

from __future__ import annotations

import re
import sqlite3
from urllib.parse import urlencode

from datasette import Response

from aggregator.limits import MAX_QUERY_CHARS, PAGE_SIZE, SEARCH_RANK_WINDOW
from aggregator.site import feeds, respond
from aggregator.site.context import Visit
from aggregator.site.pages_home import TITLE
from aggregator.site.queries import search as searches
from aggregator.site.queries import suggest
from aggregator.site.view import view
from aggregator.site.views import Link
from aggregator.text.query import parse
from aggregator.text.words import KINDS

LAST_PAGE = SEARCH_RANK_WINDOW // PAGE_SIZE + 1


@view
async def search(visit: Visit) -> Response:
    """`/search?q=`; ``sort=relevance`` orders the newest hits by relevance; ``before`` or ``page`` go on."""
    text = visit.arg("q", MAX_QUERY_CHARS + 1)
    query = parse(text)
    relevance = visit.arg("sort") == "relevance"
    page = min(max(visit.number("page") or 1, 1), LAST_PAGE)
    shown = text[:MAX_QUERY_CHARS]

    def read(conn: sqlite3.Connection) -> tuple[searches.Results, str, tuple[Link, ...]]:
        found = searches.search(
            conn, query, relevance=relevance, before=visit.number("before"), page=page, limit=PAGE_SIZE
        )
        if found.window or not query.words:
            return found, "", ()
        meant = suggest.spelling(conn, shown, query)
        return found, meant, () if meant else suggest.fewer(conn, shown)

    results, meant, fewer = (None, "", ()) if query.empty else await visit.read(read)
    context = {
        "q": shown,
        "query": query,
        "results": results,
        "meant": meant,
        "fewer": fewer,
        "relevance": relevance and bool(query.match),
        "page_number": page,
        "rank_window": SEARCH_RANK_WINDOW,
        "kinds": KINDS,
        "chosen": chosen(shown),
    }
    title = f"Search: {shown}" if shown else "Search"
    feed = Link(title, address(shown)) if results else None
    return await respond.page(visit, "search.html", context, title=title, feed=feed, index=False)


_FILTER = re.compile(r"(?<![^\s])-?(?:topic|place|kind|source|before|after):(?:\"[^\"]*\"?|\S+)", re.IGNORECASE)


def chosen(q: str) -> tuple[Link, ...]:
    """The filters in a search, each with the search that is left when it is taken off."""
    return tuple(
        Link(found[0], " ".join(f"{q[: found.start()]} {q[found.end() :]}".split())) for found in _FILTER.finditer(q)
    )


def address(q: str) -> str:
    """The address of a search; the layout adds .atom before the query."""
    return f"/search?{urlencode({'q': q})}"


@view
async def search_feed(visit: Visit) -> Response:
    """`/search.atom?q=` and `.feed.json`: the newest hits."""
    text = visit.arg("q", MAX_QUERY_CHARS)
    title = f"{TITLE}: search for {text}" if text else TITLE
    return await feeds.of_query(visit, parse(text), title=title, path="/search")
