"""A real HTTP server on loopback, scripted by a test: ordinary answers here, misbehaviour in ``faults.py``.

    with Origin() as origin:
        origin.add("/feed.xml", body=FEED, content_type="application/rss+xml", etag='"1"')
        settings = FetchSettings(contact="…", per_host_delay_s=0, allow_hosts=(origin.netloc,))
        … fetch origin.url("/feed.xml") …
        assert origin.paths() == ["/robots.txt", "/feed.xml"]

A path that is not registered answers 404; so does /robots.txt until :meth:`Origin.robots` is called. Every answer
closes its connection. A defect of a script ends up in ``origin.problems`` and is raised when the ``with`` block ends.
"""

from __future__ import annotations

import contextlib
import gzip
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

_SOCKET_TIMEOUT_S = 10.0  # a client that never reads must not hold a test for ever


@dataclass(frozen=True, slots=True)
class Seen:
    """One request as it arrived. Header names are lower case; of a repeated header the last value counts."""

    method: str
    target: str  # path and query, as sent
    headers: dict[str, str]
    body: bytes
    at: float  # time.monotonic()

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> str:
        """The query without its question mark."""
        return urlsplit(self.target).query


@dataclass(frozen=True, slots=True)
class Answer:
    """One ordinary answer. With ``etag`` or ``last_modified`` it turns into a 304 where the request asks for that."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    headers: tuple[tuple[str, str], ...] = ()
    etag: str = ""
    last_modified: str = ""
    compress: bool = False  # send as gzip

    def for_request(self, seen: Seen) -> Answer:
        """This answer, or its 304."""
        wanted = seen.headers.get("if-none-match")
        if wanted is not None:
            fresh = bool(self.etag) and self.etag in [tag.strip() for tag in wanted.split(",")]
        else:
            fresh = bool(self.last_modified) and seen.headers.get("if-modified-since") == self.last_modified
        return replace(self, status=304, body=b"", content_type="", compress=False) if fresh else self

    def as_bytes(self, *, head_only: bool = False) -> bytes:
        """The answer as it goes over the wire."""
        body = gzip.compress(self.body) if self.compress else self.body
        lines = [f"HTTP/1.1 {self.status} {_phrase(self.status)}", "Connection: close"]
        optional = {"Content-Type": self.content_type, "ETag": self.etag, "Last-Modified": self.last_modified}
        lines += [f"{name}: {value}" for name, value in optional.items() if value]
        if self.compress:
            lines.append("Content-Encoding: gzip")
        lines += [f"{name}: {value}" for name, value in self.headers]
        if self.status != 304 and not any(name.lower() == "content-length" for name, _ in self.headers):
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head if head_only else head + body


class Wire:
    """The server's end of one connection, for scripts that misbehave."""

    def __init__(self, connection: socket.socket, closing: threading.Event) -> None:
        self._connection = connection
        self._closing = closing

    def send(self, data: bytes) -> None:
        """Sends bytes as they are. Raises ``OSError`` when the client has gone."""
        self._connection.sendall(data)

    def pause(self, seconds: float) -> None:
        """Waits. Raises ``ConnectionError`` at once when the test is over."""
        if self._closing.wait(seconds):
            raise ConnectionAbortedError("the origin is closing")

    def reset(self) -> None:
        """Cuts the connection so that the client sees a reset instead of an orderly end."""
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._connection.close()


Script = Callable[[Wire, Seen], None]
"""Writes whatever it likes to the wire; the connection is closed when it returns."""

Route = Callable[[Seen], Answer]


class Origin:
    """The server. A context manager; ``tls`` makes it speak HTTPS with that server-side context."""

    def __init__(self, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Seen] = []
        self.problems: list[BaseException] = []
        self._routes: dict[str, Route | list[Answer]] = {}
        self._scripts: dict[str, Script] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._server = _Server(self, tls)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="origin")
        self.port: int = self._server.server_address[1]
        self.netloc = f"127.0.0.1:{self.port}"
        self.base = f"{'https' if tls else 'http'}://{self.netloc}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
        if exc is None and self.problems:
            raise self.problems[0]

    def close(self) -> None:
        """Ends every connection and thread. May be called twice."""
        self._closing.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.end_connections()
        self._server.server_close()

    # --- scripting ------------------------------------------------------------------------------------------------
    def url(self, path: str) -> str:
        """The address of a path."""
        return self.base + path

    def add(self, path: str, *answers: Answer, **fields: Any) -> None:
        """Registers what a path answers, replacing what it answered before.

        Either the fields of one :class:`Answer`, or several answers: one per request, the last one for ever.
        """
        self._register(path, list(answers) or [Answer(**fields)])

    def route(self, path: str, route: Route) -> None:
        """Registers a function from request to answer. It runs in the server's thread."""
        self._register(path, route)

    def fault(self, path: str, script: Script) -> None:
        """Registers a misbehaviour: a script from ``faults.py`` or one of the test's own."""
        with self._lock:
            self._scripts[path] = script
            self._routes.pop(path, None)

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        """Registers a redirect; ``to`` goes into Location as it is."""
        self.add(path, status=status, headers=(("Location", to),), content_type="")

    def robots(self, text: str, status: int = 200) -> None:
        """Sets robots.txt."""
        self.add("/robots.txt", body=text.encode(), status=status, content_type="text/plain; charset=utf-8")

    def remove(self, path: str) -> None:
        """Lets a path answer 404 again."""
        with self._lock:
            self._routes.pop(path, None)
            self._scripts.pop(path, None)

    def paths(self) -> list[str]:
        """The paths asked for so far, in order."""
        return [seen.path for seen in self.seen()]

    def seen(self, path: str | None = None) -> list[Seen]:
        """The requests so far, in order; with a path, those for it."""
        with self._lock:
            return [s for s in self.requests if path is None or s.path == path]

    # --- serving --------------------------------------------------------------------------------------------------
    def _register(self, path: str, what: Route | list[Answer]) -> None:
        with self._lock:
            self._routes[path] = what
            self._scripts.pop(path, None)

    def _serve(self, connection: socket.socket, seen: Seen) -> None:
        with self._lock:
            self.requests.append(seen)
            script, route = self._scripts.get(seen.path), self._routes.get(seen.path)
            if isinstance(route, list):
                answer = route.pop(0) if len(route) > 1 else route[0]
        if script is not None:
            script(Wire(connection, self._closing), seen)
            return
        if route is None:
            answer = Answer(b"<h1>Not found</h1>", status=404)
        elif not isinstance(route, list):
            answer = route(seen)
        connection.sendall(answer.for_request(seen).as_bytes(head_only=seen.method == "HEAD"))


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # server_close joins them, so that no socket outlives the test
    request_queue_size = 64

    def __init__(self, origin: Origin, tls: ssl.SSLContext | None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.origin = origin
        self._tls = tls
        self._open: set[socket.socket] = set()

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        connection.settimeout(_SOCKET_TIMEOUT_S)
        if self._tls is not None:  # the handshake comes with the first read, in the connection's own thread
            connection = self._tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def end_connections(self) -> None:
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        import sys

        problem = sys.exception()
        if problem is not None and not isinstance(problem, OSError):  # a client that goes away is no defect
            self.origin.problems.append(problem)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _handle(self) -> None:
        self.close_connection = True
        length = int(self.headers.get("Content-Length") or 0)
        seen = Seen(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length) if length else b"",
            time.monotonic(),
        )
        self.server.origin._serve(self.connection, seen)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = _handle

    def log_message(self, format: str, *args: Any) -> None:
        """Keeps the test output clean."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
