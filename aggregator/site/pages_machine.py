"""Addresses for machines: health, metrics, robots, OpenAPI."""

from __future__ import annotations

import hmac
import ipaddress
import os
import sqlite3
from typing import Any

from datasette import Response

from aggregator.errors import AggregatorError
from aggregator.site import openapi, respond
from aggregator.site.archive import ArchiveMissingError
from aggregator.site.context import DISTRIBUTION, Visit
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
    """`/-/metrics`: Prometheus text, for this machine itself or for whoever has the token."""
    if not may_read_metrics(visit.request, _token(visit)):
        return Response.text("Metrics are for this machine, or with a token.\n", 403, {"Cache-Control": "no-store"})
    lines = await visit.read(lambda conn: machine.metrics(conn, visit.now))
    return Response(
        "".join(f"{line}\n" for line in lines), 200, {"Cache-Control": "no-store"}, "text/plain; version=0.0.4"
    )


def _token(visit: Visit) -> str:
    settings = visit.datasette.plugin_config(DISTRIBUTION) or {}
    return str(settings.get("metrics_token") or os.environ.get(TOKEN_VARIABLE, ""))


def may_read_metrics(request: Any, token: str) -> bool:
    """A request from this machine that no proxy passed on, or one with the token.

    A proxy on the same machine also connects from loopback: then its headers tell.
    """
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    if any(name == "forwarded" or name == "via" or name.startswith("x-forwarded") for name in request.headers):
        return False
    client = request.scope.get("client") or ("", 0)
    try:
        return ipaddress.ip_address(client[0]).is_loopback
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
