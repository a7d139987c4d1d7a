"""What can go wrong on the way out, in one exception, and how the errors of the libraries below map to it."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Final, TypeVar

import anyio
import httpcore
import httpx

from aggregator.models import Outcome

E = TypeVar("E", bound=BaseException)


class Failed(Exception):
    """A request that ended without a usable answer: the outcome, and what happened and what a person can do."""

    def __init__(self, outcome: Outcome, error: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(error)
        self.outcome = outcome
        self.error = error
        self.retry_after_s = retry_after_s


FOREIGN: Final = (
    httpcore.NetworkError,
    httpcore.TimeoutException,
    httpcore.ProtocolError,
    httpcore.PoolTimeout,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    anyio.BrokenResourceError,
    anyio.ClosedResourceError,
    anyio.EndOfStream,
    OSError,  # covers ssl.SSLError, TimeoutError and socket.gaierror, which escapes httpx's own tree
    ValueError,  # a header or address that no codec takes, UnicodeError among them
)
"""Every exception the libraries below may raise over what a server or the network did."""


def explain(exc: Exception, host: str) -> Failed:
    """The :class:`Failed` that says what one of :data:`FOREIGN` means for a request to ``host``."""
    if isinstance(exc, Failed):
        return exc
    reason = _reason(exc)
    if (tls := _cause(exc, ssl.SSLError)) is not None:
        return Failed(
            Outcome.TLS,
            f"{host}: no trusted TLS connection ({_tls_reason(tls)}); open the site in a "
            "browser: if it warns there too, the publisher must renew its certificate",
        )
    if isinstance(exc, httpcore.TimeoutException | TimeoutError):
        return Failed(
            Outcome.TIMEOUT,
            f"{host}: {_TIMEOUTS.get(type(exc), 'no answer in time')}; "
            "it is asked again later, nothing need be done unless it lasts",
        )
    if _outgrown(exc):
        return Failed(
            Outcome.TOO_LARGE,
            f"{host}: header or chunk line longer than 64 KiB; check that this address is really the feed",
        )
    if isinstance(exc, httpcore.RemoteProtocolError | httpx.RemoteProtocolError):
        return Failed(
            Outcome.CONNECT,
            f"{host}: broken HTTP answer ({reason}); it is asked again later, if it lasts tell the publisher",
        )
    if isinstance(exc, ValueError | httpx.InvalidURL | httpcore.LocalProtocolError):
        return Failed(
            Outcome.ERROR, f"{host}: the request could not be made ({reason}); check the address in feeds.yaml"
        )
    return Failed(
        Outcome.CONNECT, f"{host}: no connection ({reason}); check this machine's network and whether the site is up"
    )


_TIMEOUTS: Final[dict[type[Exception], str]] = {
    httpcore.ConnectTimeout: "no connection in time",
    httpcore.ReadTimeout: "the server stopped sending",
    httpcore.WriteTimeout: "the server stopped reading our request",
    httpcore.PoolTimeout: "all our connections are busy",
}


def _chain(exc: BaseException) -> Iterator[BaseException]:
    """The exception and what lies beneath it, outermost first.

    httpcore's pool re-raises ``from None``, which cuts the cause; but the exception it wrapped is its first argument.
    """
    step: BaseException | None = exc
    for _ in range(10):  # chains are two or three long; a cycle must not hang us
        if step is None:
            return
        yield step
        wrapped = step.args[0] if step.args and isinstance(step.args[0], BaseException) else None
        step = step.__cause__ or wrapped


def _cause(exc: BaseException, kind: type[E]) -> E | None:
    return next((step for step in _chain(exc) if isinstance(step, kind)), None)


def _outgrown(exc: BaseException) -> bool:
    """h11 marks a line that outgrew its buffer with the status 431; the text of its message is not an interface."""
    return any(getattr(step, "error_status_hint", None) == 431 for step in _chain(exc))


def _tls_reason(exc: ssl.SSLError) -> str:
    if isinstance(exc, ssl.SSLCertVerificationError):
        return exc.verify_message or "certificate not accepted"
    return (exc.reason or str(exc)).replace("_", " ").lower()


def _reason(exc: BaseException) -> str:
    """The innermost message, on one line: outer ones only say that all attempts failed."""
    inner = [text for step in _chain(exc) if (text := str(step))]
    return " ".join(inner[-1].split())[:300] if inner else type(exc).__name__
