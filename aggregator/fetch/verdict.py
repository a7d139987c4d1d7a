"""From status, headers and the start of the body to an outcome. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.fetch import headers as read
from aggregator.fetch.exchange import Trail
from aggregator.models import Outcome
from aggregator.text.challenge import challenge


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of an answer that was read, with the words that go with it."""

    outcome: Outcome
    error: str = ""


def judge(trail: Trail, expect_types: tuple[str, ...]) -> Verdict:
    """What an answer amounts to. ``expect_types`` are media types; empty: any will do."""
    status = trail.status or 0
    host = trail.url.host if trail.url is not None else ""
    vendor = challenge(status, trail.headers.multi_items(), trail.head)
    if vendor is not None:
        return Verdict(
            Outcome.BLOCKED,
            f"{host}: {vendor} asked for a proof of being human (status {status}); not circumvented: ask the publisher "
            "to let our User-Agent through, or set enabled: false",
        )
    if status == 304:
        return _not_modified(trail, host)
    if 200 <= status < 300:
        return _success(trail, host, expect_types)
    return _refusal(trail, host, status)


def _not_modified(trail: Trail, host: str) -> Verdict:
    if trail.conditional:
        return Verdict(Outcome.NOT_MODIFIED)
    return Verdict(
        Outcome.CONNECT,
        f"{host}: answered 304 (not modified) though nothing was said of an earlier copy; "
        "a cache of the publisher is broken, it is asked again later",
    )


def _success(trail: Trail, host: str, expect_types: tuple[str, ...]) -> Verdict:
    if trail.status == 206:
        return Verdict(
            Outcome.CONNECT, f"{host}: sent a part (206) where the whole was asked for; it is asked again later"
        )
    media_type, _ = read.content_type(trail.headers)
    if expect_types and media_type and media_type not in expect_types:
        return Verdict(
            Outcome.WRONG_TYPE,
            f"{host}: sent {media_type[:80]} where {', '.join(expect_types)} was expected; "
            "open the address in a browser, the source may have moved or ended",
        )
    if trail.moved_to:
        return Verdict(Outcome.MOVED, f"moved for good to {trail.moved_to}: update url in feeds.yaml")
    return Verdict(Outcome.OK)


def _refusal(trail: Trail, host: str, status: int) -> Verdict:
    wait = trail.retry_after_s
    if status == 429 or (status == 503 and wait is not None):
        pause = "without saying for how long" if wait is None else f"for {wait} s"
        return Verdict(
            Outcome.RATE_LIMITED,
            f"{host}: asks for a pause {pause} (status {status}); it is kept, raise every: if this happens often",
        )
    if status == 410:
        return Verdict(Outcome.GONE, f"{host}: gone for good (status 410); remove the source or find its successor")
    if status >= 500:
        return Verdict(Outcome.HTTP_5XX, f"{host}: the server failed (status {status}); it is asked again later")
    if status >= 400:
        return Verdict(
            Outcome.HTTP_4XX, f"{host}: {_ADVICE.get(status, 'the server turned the request down')} (status {status})"
        )
    return Verdict(Outcome.REFUSED, f"{host}: redirects in a way that cannot be followed (status {status})")


_ADVICE = {
    401: "asks for a password; only public sources are read",
    403: "does not let us in; ask the publisher whether robots are welcome",
    404: "there is nothing at this address; look for its new one",
    406: "has nothing of the type we accept",
    451: "is not available for legal reasons",
}
