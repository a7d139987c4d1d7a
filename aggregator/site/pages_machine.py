"""Addresses for machines: health, metrics, robots, OpenAPI."""

from __future__ import annotations

import hmac
import ipaddress
import os
import sqlite3
from typing import Any
from urllib.parse import urlsplit

from datasette import Response

from aggregator.errors import AggregatorError
from aggregator.site import openapi, respond
from aggregator.site.archive import ArchiveMissingError
from aggregator.site.context import Visit
from aggregator.site.queries import machine
from aggregator.site.view import view

TOKEN_VARIABLE = "AGGREGATOR_METRICS_TOKEN"  # noqa: S105 - the name of the variable, not a token


@view
async def health(visit: Visit) -> Response:
    """`/-/health`: 200 while the site can do its work, 503 with the reasons when not."""
    try:
        found = await visit.read(lambda conn: machine.health(conn, visit.now))
    except ArchiveMissingError:
        found = machine.Health(reasons=("there is no archive yet: run `aggregator collect`",))
    except (AggregatorError, sqlite3.Error) as error:
        found = machine.Health(reasons=(f"the archive cannot be read: {type(error).__name__}",))
    document = {
        "status": "bad" if found.reasons else "ok",
        "reasons": list(found.reasons),
        "updates": found.updates,
        "newest_update_at": found.newest,
        "newest_seq": found.newest_seq,
        "newest_change_at": found.newest_change,
        "last_round_at": found.last_round,
        "sources": found.states,
    }
    response = respond.data(visit, document, status=503 if found.reasons else 200)
    response.headers["Cache-Control"] = "no-store"
    return response


@view
async def metrics(visit: Visit) -> Response:
    """`/-/metrics`: Prometheus text, for whoever has the token; where none is set, for this machine itself."""
    token = visit.setting("metrics_token") or os.environ.get(TOKEN_VARIABLE, "")
    if not (has_token(visit.request, token) if token else is_local(visit.request) and not visit.setting("public_url")):
        said = f"Metrics are read with a token: see {TOKEN_VARIABLE} in docs/running.md.\n"
        return Response.text(said, 403, {"Cache-Control": "no-store"})
    lines = await visit.read(lambda conn: machine.metrics(conn, visit.now))
    return Response(
        "".join(f"{line}\n" for line in lines), 200, {"Cache-Control": "no-store"}, "text/plain; version=0.0.4"
    )


def has_token(request: Any, token: str) -> bool:
    """Does the request bring the token, as ``Authorization: Bearer …``?"""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    return hmac.compare_digest(given.encode(), token.encode())


def is_local(request: Any) -> bool:
    """Was this asked on this machine, of this machine, with no proxy between?

    A proxy on the same machine also connects from loopback. Most add a header of their own or pass on the Host that was
    asked for; nginx's plain ``proxy_pass`` does neither, and is known by the HTTP/1.0 that it speaks.
    """
    if any(name in ("forwarded", "via", "x-real-ip") or name.startswith("x-forwarded") for name in request.headers):
        return False
    if request.scope.get("http_version") == "1.0":
        return False
    client = request.scope.get("client") or ("", 0)
    return _is_loopback(client[0]) and _is_loopback(_host(request.headers.get("host", "")))


def _host(given: str) -> str:
    """The name or address in a Host header, without the port (RFC 9110 §7.2)."""
    try:
        return urlsplit(f"//{given}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@view
async def robots(visit: Visit) -> Response:
    """`/robots.txt`: pages may be read; searches and the data explorer have too many addresses to crawl."""
    closed = ("/met", "/search", "/-/", "/updates?", "/*?before=", "/*?mark=")
    rules = "".join(f"Disallow: {visit.path('/').rstrip('/')}{path}\n" for path in closed)
    text = f"User-agent: *\n{rules}\nSitemap: {visit.absolute('/sitemap.xml')}\n"
    return respond.document(visit, text.encode(), "text/plain; charset=utf-8", cache_s=3600)


@view
async def openapi_json(visit: Visit) -> Response:
    """`/openapi.json`: the addresses that promise to stay, described."""
    return respond.data(visit, openapi.document(visit.absolute("/").rstrip("/")))
