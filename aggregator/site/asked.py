"""What is asked of a canned query is looked at before Datasette answers: SQLite reads a text that is no number as 0."""

from __future__ import annotations

import re
import string
from typing import Any
from urllib.parse import parse_qs

from datasette.utils.asgi import Request

from aggregator import clock
from aggregator.limits import MAX_ARG_CHARS
from aggregator.site import archive, canned, errors
from aggregator.site.context import Visit
from aggregator.site.headers import App

NUMBERS = ("since", "before", "limit")
"""Parameters that are whole numbers: as 0, `since` would give everything again, `before` nothing, `limit` one row."""
_NUMBER = re.compile(r"(-?[0-9]+)?\Z", re.ASCII)
"""Of a value without the blanks around it, those that SQLite passes over too. Nothing counts as not given: forms send what was left empty."""
_QUERY = re.compile(rf"/{archive.NAME}/(?:{'|'.join(canned.NAMES)})(?:\.[a-z]+)?/?\Z")


def checking(datasette: Any, app: App) -> App:
    """The application, refusing canned queries that are asked with something else where a number belongs."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and _QUERY.search(scope["path"]) and (wrong := not_numbers(scope["query_string"])):
            request = Request(
                {"csrftoken": str, **scope}, receive
            )  # pages ask for it; it is not there yet, and no form is
            visit = Visit(datasette, request, clock.now())
            await (await errors.no_number(visit, wrong)).asgi_send(send)
            return
        await app(scope, receive, send)

    return wrapped


def not_numbers(query_string: bytes) -> list[str]:
    """The names of the parameters in a query string that should be whole numbers and are not."""
    given = parse_qs(query_string.decode("latin-1"))
    return [name for name in NUMBERS if not all(map(_is_number, given.get(name, ())))]


def _is_number(value: str) -> bool:
    """What is longer than any parameter is none, and is not read: this runs while every other visitor waits."""
    return len(value) <= MAX_ARG_CHARS and _NUMBER.match(value.strip(string.whitespace)) is not None
