"""Answers: rendered or written bytes with their type, cache headers and entity tag; 304 where the reader has them."""

from __future__ import annotations

import hashlib
import json
from email.utils import format_datetime
from typing import Any

from datasette import Response

from aggregator.limits import PAGE_CACHE_S
from aggregator.site.context import Visit
from aggregator.site.headers import PAGE_POLICY
from aggregator.site.views import Link
from aggregator.text.times import parse

HTML = "text/html; charset=utf-8"


async def page(
    visit: Visit,
    template: str,
    context: dict[str, Any],
    *,
    title: str,
    description: str = "",
    canonical: str = "",
    feed: Link | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
    index: bool = True,
    modified: str | None = None,
) -> Response:
    """One of our pages. ``canonical`` is the path without filters; ``feed`` the path that gets .atom and .feed.json.

    ``modified``: when what it shows last changed, where one time says that.
    """
    body = await visit.datasette.render_template(
        f"met/{template}",
        {
            **context,
            "page_title": title,
            "page_description": description,
            "canonical": visit.absolute(canonical or visit.request.path.removeprefix(_base(visit))),
            "feed": feed,
            "now": visit.now,
            "visit": visit,
            "noindex": not index,
        },
        request=visit.request,
        view_name="met",
    )
    if status != 200:
        return Response(
            body, status, {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store", **(headers or {})}, HTML
        )
    given = {"Content-Security-Policy": PAGE_POLICY, **(headers or {})}
    return document(visit, body.encode(), HTML, modified=modified, headers=given)


def _base(visit: Visit) -> str:
    return str(visit.datasette.setting("base_url")).rstrip("/")


def document(
    visit: Visit,
    body: bytes,
    content_type: str,
    *,
    modified: str | None = None,
    cache_s: int = PAGE_CACHE_S,
    headers: dict[str, str] | None = None,
) -> Response:
    """Bytes with ETag and, where ``modified`` (UTC text) is given, Last-Modified; 304 when the visitor has them.

    Only the entity tag decides. A time cannot: labels come and go without one, an entry that leaves a list takes its time
    with it, and two changes may bear the same second or be stored in another order. RFC 9110 §13.1.3 lets a server pass
    over If-Modified-Since; whoever sends it without an entity tag gets the whole.
    """
    etag = f'W/"{hashlib.sha256(body).hexdigest()[:24]}"'
    given = {"ETag": etag, "Cache-Control": f"public, max-age={cache_s}", **(headers or {})}
    moment = parse(modified)
    if moment:
        given["Last-Modified"] = format_datetime(moment, usegmt=True)
    if _has_it(visit.request.headers.get("if-none-match", ""), etag):
        return Response(b"", 304, given, content_type)
    return Response(body, 200, given, content_type)


def _has_it(tags: str, etag: str) -> bool:
    """RFC 9110 §13.1.2, by weak comparison."""
    return tags.strip() == "*" or etag.removeprefix("W/") in {t.strip().removeprefix("W/") for t in tags.split(",")}


def data(visit: Visit, value: object, *, status: int = 200, content_type: str = "application/json") -> Response:
    """A JSON document."""
    body = (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")
    if status != 200:
        return Response(body, status, {"Cache-Control": "no-store"}, f"{content_type}; charset=utf-8")
    return document(visit, body, f"{content_type}; charset=utf-8")
