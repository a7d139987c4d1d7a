"""Filters and common values of the templates, and the files of ``static/``."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Awaitable, Callable
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import urlsplit

from datasette import Response

from aggregator.site import archive
from aggregator.site.context import DISTRIBUTION
from aggregator.text import times, words

_TYPES = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml"}
_DISPLAY_NAMES = {
    "kind": words.KIND_OF_ONE,
    "kinds": words.KINDS,
    "origin": words.ORIGINS,
    "outcome": words.OUTCOMES,
    "likeness": words.LIKENESS,
}


def prepare(env: Any) -> None:
    """Adds our filters to Datasette's template environment."""
    env.filters["met_web"] = web
    env.filters["met_when"] = times.when
    env.filters["met_number"] = number
    env.filters["met_name"] = name
    env.filters["met_period"] = times.period
    env.globals["met_nav"] = NAV


NAV = (
    ("/", "Latest"),
    ("/topics", "Topics"),
    ("/places", "Places"),
    ("/policies", "Policies"),
    ("/statistics", "Statistics"),
    ("/calendar", "Calendar"),
    ("/sources", "Sources"),
    ("/about", "About"),
)


def web(url: str | None) -> str:
    """The address if it is http or https and has a host, else "": nothing else may become a link."""
    if not url or re.search(r"[\s\x00-\x1f\\<>\"]", url):
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme.lower() in ("http", "https") and parts.hostname else ""


def number(value: float | None) -> str:
    """1234567.0 as "1,234,567"; at most two decimals."""
    if value is None:
        return ""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}".rstrip("0").rstrip(".")


def name(value: str, vocabulary: str) -> str:
    """A word of a closed vocabulary as readers know it; the word itself where it is new."""
    return _DISPLAY_NAMES[vocabulary].get(value, value)


@cache
def _file(filename: str) -> tuple[bytes, str] | None:
    """A static file and its version."""
    file = resources.files("aggregator.site").joinpath("static", filename)
    if not file.is_file():
        return None
    body = file.read_bytes()
    return body, hashlib.sha256(body).hexdigest()[:12]


def static(datasette: Any, filename: str) -> str:
    """The address of a static file, with its version: it may be cached for ever."""
    found = _file(filename)
    version = f"?v={found[1]}" if found else ""
    return f"{datasette.urls.path(f'/-/static-plugins/{DISTRIBUTION}/{filename}')}{version}"


def static_file(request: Any) -> Response:
    """Serves ``static/``; the name is one path segment of [a-z0-9.-], so it leads nowhere else."""
    filename = request.url_vars["name"]
    found = _file(filename) if filename.rpartition(".")[2] in _TYPES else None
    if found is None:
        return Response.text("Not found\n", status=404)
    body, version = found
    headers = {"ETag": f'"{version}"', "Cache-Control": "public, max-age=31536000, immutable"}
    content_type = _TYPES[filename.rpartition(".")[2]]
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(b"", 304, headers, content_type)
    return Response(body, 200, headers, content_type)


def common(datasette: Any, request: Any) -> Callable[[], Awaitable[dict[str, Any]]]:
    """Values that every template has, Datasette's own pages included."""

    async def values() -> dict[str, Any]:
        return {
            "met_demo": await archive.is_demo(datasette),
            "met_css": static(datasette, "site.css"),
            "met_icon": static(datasette, "icon.svg"),
            "met_here": request.path if request else "",
        }

    return values
