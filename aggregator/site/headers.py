"""Headers of every response, errors and Datasette's own pages included; and the addresses that are nobody's business.

The innermost rule is that nothing leaves without them: this wraps the whole application, so a response made anywhere,
even by a handler that failed, passes here.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from aggregator.limits import PREFLIGHT_CACHE_S

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Any, Send], Awaitable[None]]

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Our pages run no script and load nothing from anywhere else."""
EXPLORER_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Datasette's own pages carry inline scripts and styles."""
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"

FIXED = {
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"same-origin",
    b"permissions-policy": b"camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    b"cross-origin-opener-policy": b"same-origin",
}
OPEN_DATA = re.compile(r"(\.(json|jsono|atom|ics|csv|xml)|/-/health)\Z")
"""Addresses that any page anywhere may read."""
LOG = re.compile(r"/met/changes_since(\.[a-z]+)?/?\Z")
"""The log that programs sync by: an answer from a cache would be followed by reading rows as they were before it."""
READING = ("GET", "HEAD", "OPTIONS")
"""What may be done with any address: nobody logs in here, and nothing is written."""
ALLOWED = (b"allow", ", ".join(READING).encode())
PREFLIGHT = {
    b"access-control-allow-methods": ALLOWED[1],
    b"access-control-allow-headers": b"If-None-Match",
    b"access-control-max-age": str(PREFLIGHT_CACHE_S).encode(),
}
"""What a browser is told that asks whether a script of another site may send a header (Fetch standard, "CORS-preflight")."""
HIDDEN = re.compile(
    r"/-/(databases|versions|threads|permissions|allow-debug|messages|patterns|auth-token)(\.json)?/?\Z"
)
"""File paths, platform details and debugging pages of Datasette."""


def wrap(app: App) -> App:
    """The ASGI application with our headers."""

    async def wrapped(scope: Scope, receive: Any, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        started = False

        async def dressed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                message = {**message, "headers": dress(list(message.get("headers", [])), scope)}
            await send(message)

        if HIDDEN.search(scope["path"]):
            await _plain(dressed, 404, b'{"ok": false, "error": "Not found", "status": 404}\n', b"application/json")
            return
        if scope["method"] not in READING:  # Datasette's own views fail over them
            refusal = b'{"ok": false, "error": "This address can only be read", "status": 405}\n'
            await _plain(dressed, 405, refusal, b"application/json", ALLOWED)
            return
        if scope["method"] == "OPTIONS":  # the same for every address, without asking whether it is there
            await dressed({"type": "http.response.start", "status": 204, "headers": [ALLOWED]})
            await dressed({"type": "http.response.body", "body": b""})
            return
        try:
            await app(scope, receive, dressed)
        except Exception:  # a defect in any page: the reader gets a plain answer with our headers, the log the rest
            if not started:  # else the connection is cut: half a page must not look whole
                await _plain(dressed, 500, b"Something went wrong here. Please try again later.\n", b"text/plain")
            raise  # the server logs it

    return wrapped


async def _plain(send: Send, status: int, body: bytes, content_type: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", content_type + b"; charset=utf-8"), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def dress(headers: list[tuple[bytes, bytes]], scope: Scope) -> list[tuple[bytes, bytes]]:
    """The headers of a response with ours added; a content security policy that a page set itself stays."""
    names = {name.lower(): value for name, value in headers}
    ours = dict(FIXED)
    if b"content-security-policy" not in names:
        html = names.get(b"content-type", b"").startswith(b"text/html")
        ours[b"content-security-policy"] = (EXPLORER_POLICY if html else DATA_POLICY).encode()
    if b"no-store" not in names.get(b"cache-control", b""):  # links and `next_url` may name the host that was asked
        ours[b"vary"] = b", ".join(filter(None, [names.get(b"vary", b""), b"Host"]))
    if LOG.search(scope["path"]) and b"no-store" not in names.get(b"cache-control", b""):
        ours[b"cache-control"] = b"no-cache"
    if scope["method"] in READING and OPEN_DATA.search(scope["path"]):
        ours[b"access-control-allow-origin"] = b"*"
        ours[b"access-control-expose-headers"] = b"ETag, Link"
        if scope["method"] == "OPTIONS":
            ours.update(PREFLIGHT)
    return [(n, v) for n, v in headers if n.lower() not in ours] + list(ours.items())
