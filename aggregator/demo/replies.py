"""What the origin answers with, and the helpers that its routes share."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

Query = Mapping[str, Sequence[str]]
RSS: Final = "application/rss+xml; charset=utf-8"
XML: Final = "application/xml; charset=utf-8"
ATOM: Final = "application/atom+xml; charset=utf-8"
JSON: Final = "application/json; charset=utf-8"
HTML: Final = "text/html; charset=utf-8"
CSV: Final = "text/csv"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, before conditional requests and compression."""

    content_type: str
    body: bytes
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Query], Reply]
Routes = dict[str, Handler]
"""Path → what answers it. Paths are those of the real publishers."""


def always(reply: Reply) -> Handler:
    """A handler that does not look at the query."""
    return lambda _query: reply


def text(content_type: str, body: str, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    """A reply in UTF-8."""
    return Reply(content_type, body.encode(), status, headers)


def as_json(value: object, status: int = 200) -> Reply:
    """A JSON reply."""
    return text(JSON, json.dumps(value, ensure_ascii=False, indent=1), status)


def page(title: str, body: str, status: int = 200) -> Reply:
    """An HTML page. ``body`` is HTML, ``title`` text."""
    return text(HTML, document(title, body), status)


def document(title: str, body: str) -> str:
    """A whole HTML document, with the navigation and footer that real pages wrap round their text."""
    return (
        '<!doctype html>\n<html lang="en-GB">\n'
        f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>\n<body>\n'
        '<header><nav><a href="/">Home</a> <a href="/contact">Contact</a></nav></header>\n'
        f'<main id="content">\n<h1>{escape(title)}</h1>\n{body}\n</main>\n'
        "<footer><p>Invented for a demonstration. Nothing on this page is true.</p></footer>\n</body>\n</html>\n"
    )


def not_found() -> Reply:
    """404."""
    return page("Page not found", "<p>If you typed the address, check that it is right.</p>", 404)


def first(query: Query, name: str, default: str = "") -> str:
    """The first value of a query parameter."""
    values = query.get(name)
    return values[0] if values else default


def number(query: Query, name: str, default: int) -> int:
    """A query parameter as a whole number; the default where it is none."""
    value = first(query, name)
    return int(value) if value.isdecimal() and len(value) < 7 else default


def slug(title: str) -> str:
    """``Man jailed for "Juno" line`` → ``man-jailed-for-juno-line``."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


def paragraph(plain: str) -> str:
    """Plain text as an HTML paragraph."""
    return f"<p>{escape(plain, quote=False)}</p>"
