"""Errors as pages: what happened, and where to go from there. Details go to the log, never to the visitor."""

from __future__ import annotations

import difflib
import logging
import re
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import nh3
from datasette import NotFound, Response

from aggregator import clock
from aggregator.errors import AggregatorError
from aggregator.site import archive, respond
from aggregator.site.context import Visit
from aggregator.site.views import Link

log = logging.getLogger("aggregator.site")

NOTHING_YET = "Nothing has been collected yet"
MISREAD = "A value after the “?” of this address is not what it should be."


async def of_archive(visit: Visit, error: archive.ArchiveError) -> Response:
    """The answer when the archive cannot give what was asked for."""
    data = visit.request.path.endswith(".json")
    if isinstance(error, archive.ArchiveMissingError):
        return await _nothing_yet(visit, data)
    if isinstance(error, archive.TooSlowError):
        return await _too_slow(visit, data)
    if isinstance(error, archive.CursorError):
        return await _no_cursor(visit, error, data)
    return _json(visit, 404, "Not found") if data else await not_found(visit)


def handler(datasette: Any, request: Any, exception: Exception) -> Callable[[], Awaitable[Response | None]]:
    """The answer to a request to Datasette's own pages that failed; None leaves it to Datasette (its JSON errors)."""

    async def answer() -> Response | None:
        visit = Visit(datasette, request, clock.now())
        data = request.path.endswith(".json")
        if isinstance(exception, archive.ArchiveError):
            return await of_archive(visit, exception)
        if archive.missing(exception) or (isinstance(exception, NotFound) and archive.NAME not in datasette.databases):
            return await _nothing_yet(visit, data)
        if isinstance(exception, NotFound):
            return None if data else await not_found(visit)
        if getattr(exception, "title", "") == "SQL Interrupted":
            return await _too_slow(visit, data)
        if too_large(exception):
            log.warning("%s %s refused: %.200r", request.method, request.path, exception)
            return await _too_large(visit, exception, data)
        if hasattr(exception, "message") or hasattr(exception, "status"):  # Datasette's own: about what was asked
            return await _refused(visit, exception, data)
        if unreadable(datasette, request, exception):
            log.warning("%s %s refused: %.200r", request.method, request.path, exception)
            log.debug("where it failed", exc_info=exception)
            return await _misread(visit, data)
        log.error("%s %s failed: %r", request.method, request.path, exception)  # Datasette prints where
        if data:
            return _json(visit, 500, "Something went wrong here; it has been logged")
        return await _error(
            visit, 500, "Something went wrong here", "It has been logged. Please try again in a few minutes."
        )

    return answer


def too_large(exception: Exception) -> bool:
    """Is this what SQL raises whose values, rows or work do not fit :mod:`aggregator.site.bounds`?"""
    return isinstance(exception, sqlite3.DataError | MemoryError)


def unreadable(datasette: Any, request: Any, exception: Exception) -> bool:
    """Is this what Datasette's own views raise over `_timelimit=abc`, `_next=abc` on a view, `id__in=[` (or a great many of them) or a `_shape` where
    there are no rows? They read such values without a check."""
    if not request.query_string or not isinstance(exception, ValueError | KeyError | RecursionError):
        return False
    return re.match(rf"{re.escape(datasette.urls.path('/met'))}[/.?]", f"{request.path}?") is not None


def _json(visit: Visit, status: int, message: str) -> Response:
    response = respond.data(visit, {"ok": False, "error": message, "status": status, "title": None}, status=status)
    if status == 503:
        response.headers["Retry-After"] = "30"
    return response


async def _error(visit: Visit, status: int, title: str, text: str, links: tuple[Link, ...] = ()) -> Response:
    context = {"heading": title, "text": text, "links": links, "status": status}
    headers = {"Retry-After": "30"} if status == 503 else {}
    return await respond.page(visit, "error.html", context, title=title, status=status, headers=headers, index=False)


async def _nothing_yet(visit: Visit, data: bool) -> Response:
    if data:
        return _json(visit, 503, f"{NOTHING_YET}: run `aggregator collect`, or `aggregator demo` for invented data")
    response = await respond.page(visit, "empty.html", {}, title=NOTHING_YET, status=503, index=False)
    response.headers["Retry-After"] = "30"
    return response


async def _too_slow(visit: Visit, data: bool) -> Response:
    text = "Add a word or a filter, such as topic:stop-and-search or after:2026-01, and try again."
    if data:
        return _json(visit, 503, f"That took too long. {text}")
    return await _error(visit, 503, "That took too long", text, (Link("Search", "/search"),))


async def _too_large(visit: Visit, exception: Exception, data: bool) -> Response:
    """Of memory there may be enough again in a moment, when other queries are done; a value only shrinks with the query."""
    busy = isinstance(exception, MemoryError)
    text = "That took too much memory: ask for fewer rows or columns, or later." if busy else f"{exception}."
    if data:
        return _json(visit, 503 if busy else 400, text)
    links = (Link("Tables and queries", "/met"), Link("Front page", "/"))
    return await _error(visit, 503 if busy else 400, "That request cannot be answered", text, links)


async def no_number(visit: Visit, names: list[str]) -> Response:
    """The answer where something else is given for parameters that are whole numbers."""
    text = f"{' and '.join(f'“{name}”' for name in names)} must be a whole number, such as 100; leave it out for what is usual."
    return await _misread(visit, visit.request.path.endswith(".json"), text)


async def _no_cursor(visit: Visit, error: archive.CursorError, data: bool) -> Response:
    """The answer to a page of a list that no link of ours leads to; the way back is the beginning of the list."""
    text = f"“{error.subject}” must be {error.args[0]}, as the link to the next page has it; leave it out for the first page."
    if data:
        return _json(visit, 400, text)
    kept = [(k, v) for k, v in parse_qsl(visit.request.query_string, errors="replace") if k != error.subject]
    start = "/" + visit.request.path.removeprefix(visit.path("/")) + (f"?{urlencode(kept)}" if kept else "")
    links = (Link("The first page", start), Link("Front page", "/"))
    return await _error(visit, 400, "That request cannot be answered", text, links)


async def _misread(visit: Visit, data: bool, text: str = MISREAD) -> Response:
    if data:
        return _json(visit, 400, text)
    links = (Link("Tables and queries", "/met"), Link("Front page", "/"))
    return await _error(visit, 400, "That request cannot be answered", text, links)


async def _refused(visit: Visit, exception: Exception, data: bool) -> Response | None:
    """A request that cannot be answered as it is. Datasette's message is kept: it is about what the visitor sent.

    Datasette 0.65 calls an unknown column to sort by a 500, 1.0 a 400: here it is a 400 on both.
    """
    status = int(getattr(exception, "status", 400))
    message = str(getattr(exception, "message", "") or exception)
    if getattr(exception, "message_is_html", False):
        message = re.sub(
            r"\s+", " ", nh3.clean(message, tags=set(), clean_content_tags={"script", "style", "textarea"})
        )
    if data:
        return _json(visit, 400, message) if status == 500 else None
    links = (Link("Tables and queries", "/met"), Link("Front page", "/"))
    return await _error(visit, 400 if status == 500 else status, "That request cannot be answered", message, links)


def forbidden(datasette: Any, request: Any, message: str) -> Callable[[], Awaitable[Response]]:
    """The answer where Datasette denies access: internals of the archive."""

    async def answer() -> Response:
        visit = Visit(datasette, request, clock.now())
        if request.path.endswith(".json"):
            return _json(visit, 403, "This part of the archive is internal")
        links = (Link("Tables and queries", "/met"), Link("Front page", "/"))
        return await _error(visit, 403, "This part of the archive is internal", "", links)

    return answer


async def not_found(visit: Visit) -> Response:
    """A 404 that suggests what may have been meant."""
    wanted = [w for w in re.split(r"[^a-z0-9]+", visit.request.path.lower()) if w]
    links = await _nearest(visit, "-".join(wanted[1:] or wanted))
    if words := " ".join(w for w in wanted if not w.isdigit() and w not in ("topics", "places", "updates", "met")):
        links.append(Link(f"Search for “{words[:80]}”", f"/search?q={'+'.join(words[:80].split())}"))
    links.append(Link("All topics", "/topics"))
    links.append(Link("Front page", "/"))
    text = "The address may be mistyped, or the page may never have existed. Updates keep their address for good."
    return await _error(visit, 404, "There is no such page", text, tuple(links))


async def _nearest(visit: Visit, wanted: str) -> list[Link]:
    """Topics and places whose slug is close to what was asked for."""

    def known(conn: sqlite3.Connection) -> dict[str, Link]:
        sql = "SELECT slug, title, '/topics/' FROM topics UNION ALL SELECT slug, name, '/places/' FROM places"
        return {slug: Link(title, path + slug) for slug, title, path in conn.execute(sql)}

    try:
        pages = await visit.read(known)
    except (AggregatorError, sqlite3.Error):
        return []
    return [pages[slug] for slug in difflib.get_close_matches(wanted[:80], pages, n=3, cutoff=0.6)]
