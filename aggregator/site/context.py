"""One visit to one address: what the page modules are given."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode
from uuid import UUID, uuid5

from aggregator.limits import MAX_ARG_CHARS, MAX_CURSOR_DIGITS
from aggregator.models import Utc
from aggregator.site import archive

T = TypeVar("T")
DISTRIBUTION = "met-aggregator"
_PATHS = UUID("6a3a9d4e-1f0c-4b57-9d0e-5c2f7f6f1b9a")
"""The namespace of names made of paths (RFC 9562 §5.5). Fixed: another one would make every entry of every feed new."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request and the time it is answered at."""

    datasette: Any
    request: Any
    now: Utc

    def var(self, name: str) -> str:
        """A part of the address that the route names; "" where it is absent."""
        return str(self.request.url_vars.get(name) or "")

    def named(self, name: str) -> int:
        """A number in the address that the route names, as of an update or a version.

        Raises :class:`aggregator.site.archive.GoneError` where it is longer than any that was ever given.
        """
        text = self.var(name)
        if len(text) > MAX_CURSOR_DIGITS:
            raise archive.GoneError("there is no such update", subject=text)
        return int(text)

    def arg(self, name: str, limit: int = MAX_ARG_CHARS) -> str:
        """A parameter of the query string, stripped and cut; "" where it is absent."""
        return str(self.request.args.get(name) or "").strip()[:limit]

    def number(self, name: str) -> int | None:
        """A parameter that is a whole number; None where it is not given.

        Raises :class:`aggregator.site.archive.CursorError` where something else is: read as none, it would show the
        first page again to whoever asked for the next.
        """
        value = self.arg(name)
        if not value:
            return None
        if not (value.isascii() and value.isdigit() and len(value) <= MAX_CURSOR_DIGITS):
            raise archive.CursorError("a whole number", subject=name)
        return int(value)

    def path(self, path: str, **params: str | int | None) -> str:
        """A path of this site as a link: under Datasette's base_url, with the parameters that have a value."""
        given = {k: v for k, v in params.items() if v not in (None, "")}
        return str(self.datasette.urls.path(path)) + (f"?{urlencode(given)}" if given else "")

    def setting(self, name: str) -> str:
        """A setting of this plugin, in datasette_metadata.json under ``plugins``; "" where it is not set."""
        return str((self.datasette.plugin_config(DISTRIBUTION) or {}).get(name) or "").strip()

    def absolute(self, path: str, **params: str | int | None) -> str:
        """The same as a full address, for feeds and canonical links.

        The plugin setting ``public_url`` fixes scheme and host; otherwise they are those the visitor used.
        """
        link = self.path(path, **params)
        if public := self.setting("public_url"):
            return public.rstrip("/") + link
        return str(self.datasette.absolute_url(self.request, link))

    def identifier(self, path: str, **params: str | int | None) -> str:
        """What a feed calls the thing at a path, for good: its address at ``public_url``, else a URN made of the path.

        Never with the visitor's host: a cached answer to one name would make everything new to readers of another.
        """
        if self.setting("public_url"):
            return self.absolute(path, **params)
        given = urlencode({k: v for k, v in params.items() if v not in (None, "")})
        return uuid5(_PATHS, f"{path}?{given}" if given else path).urn

    async def read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Reads from the archive; see :func:`aggregator.site.archive.read`."""
        return await archive.read(self.datasette, query)
