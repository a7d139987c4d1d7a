"""httpx over httpcore with our own network layer, by their public interfaces alone.

Every exchange has a connection of its own. At one request a second per host a kept connection would save little, and
each of its dangers goes: a connection the server has already dropped, an address checked hours ago, and stray bytes
after a too small Content-Length being read as the answer to the next request.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator

import httpcore
import httpx

from aggregator import limits

_COOKIES = frozenset({b"set-cookie", b"set-cookie2"})


class _Body(httpx.AsyncByteStream):
    """The bytes of an answer, as httpx wants them."""

    def __init__(self, stream: AsyncIterable[bytes]) -> None:
        self._stream = stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        """Ends the exchange, read to its end or not."""
        if (close := getattr(self._stream, "aclose", None)) is not None:
            await close()


class GuardedTransport(httpx.AsyncBaseTransport):
    """HTTP/1.1 through a network backend of ours. Raises httpcore's exceptions and whatever the backend raises."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, ssl_context: ssl.SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl_context,
            max_connections=limits.MAX_CONNECTIONS,
            max_keepalive_connections=0,
            network_backend=backend,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Sends one request; the body of the response is still to be read."""
        assert isinstance(request.stream, httpx.AsyncByteStream)
        answer = await self._pool.handle_async_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, AsyncIterable)
        return httpx.Response(
            status_code=answer.status,
            # Cookies stop here, so that no jar downstream ever parses or returns one.
            headers=[(name, value) for name, value in answer.headers if name.lower() not in _COOKIES],
            stream=_Body(answer.stream),
            extensions=answer.extensions,
        )

    async def aclose(self) -> None:
        """Closes what is still open."""
        await self._pool.aclose()
