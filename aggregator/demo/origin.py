"""The loopback origin: an HTTP server on 127.0.0.1 that speaks for every publisher at once, in two rounds."""

from __future__ import annotations

import gzip
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Final, Self
from urllib.parse import parse_qs, unquote, urlsplit

from aggregator.demo import site
from aggregator.demo.items import Round
from aggregator.demo.replies import Reply, Routes, not_found
from aggregator.models import Utc

HOST: Final = "127.0.0.1"


class Origin:
    """Serves the invented items until it is closed.

    >>> with Origin(Utc("2026-11-22T10:00:00Z")) as origin:  # doctest: +SKIP
    ...     collect(config.feeds_yaml(origin.port))
    ...     origin.advance()  # edits, a withdrawal, a redirect, new items, revised figures
    ...     collect(config.feeds_yaml(origin.port))
    """

    def __init__(self, now: Utc, port: int = 0) -> None:
        """Binds the port (0: any free one) and loads both rounds, with dates counted from ``now``.

        Raises OSError if the port is taken.
        """
        self._server = _Server((HOST, port), _Handler)
        self.port: int = self._server.server_address[1]
        self.base = f"http://{HOST}:{self.port}"
        self._rounds: dict[Round, Routes] = {1: site.routes(1, self.base, now), 2: site.routes(2, self.base, now)}
        self.round: Round = 1
        self._server.routes = self._rounds[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)

    def start(self) -> None:
        """Begins to answer, on a thread of its own."""
        self._thread.start()

    def advance(self) -> None:
        """From now on the publishers say what they say in the second round."""
        self.round = 2
        self._server.routes = self._rounds[2]

    def close(self) -> None:
        """Stops answering and frees the port."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    routes: Routes


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD: routes, then conditional requests, then compression."""

    protocol_version = "HTTP/1.1"
    server_version = "demo"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        reply = self._reply()
        etag = f'"{hashlib.sha256(reply.body).hexdigest()[:20]}"'
        if reply.status == 200 and _matches(self.headers.get("If-None-Match", ""), etag):
            self._head(304, reply, etag)
            self.end_headers()
            return
        body = reply.body
        compressed = "gzip" in self.headers.get("Accept-Encoding", "")
        if compressed:
            body = gzip.compress(body, mtime=0)
        self._head(reply.status, reply, etag)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(body)))
        if compressed:
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def _reply(self) -> Reply:
        assert isinstance(self.server, _Server)  # the only server that this class is given to
        parts = urlsplit(self.path)
        handler = self.server.routes.get(unquote(parts.path))
        return handler(parse_qs(parts.query, keep_blank_values=True)) if handler else not_found()

    def _head(self, status: int, reply: Reply, etag: str) -> None:
        self.send_response(status)
        for name, value in reply.headers:
            self.send_header(name, value)
        if reply.status == 200:
            self.send_header("ETag", etag)
            self.send_header("Vary", "Accept-Encoding")

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the collector reports what was asked and what came of it."""


def _matches(asked: str, etag: str) -> bool:
    """RFC 9110 §13.1.2: any of a list, weak or strong, or ``*``."""
    return etag in {tag.strip().removeprefix("W/") for tag in asked.split(",")} or asked.strip() == "*"
