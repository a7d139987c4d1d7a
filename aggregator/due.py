"""When a source is due again: pure arithmetic over what the last round said."""

from __future__ import annotations

from aggregator.clock import plus
from aggregator.limits import BACKOFF_CAP_S, BACKOFF_FIRST_S, JITTER
from aggregator.models import SUCCESSES, Outcome, Source, Utc

_NEVER_ARRIVED = frozenset({Outcome.DNS, Outcome.CONNECT, Outcome.TIMEOUT})
"""Failures that did not trouble the server: trying again soon is polite, and right for a laptop that was offline."""


def next_due(
    source: Source,
    outcome: Outcome,
    failures: int,
    now: Utc,
    *,
    retry_after_s: int | None = None,
    max_age_s: int | None = None,
    luck: float,
) -> Utc:
    """The next due time.

    After success: ``every``, lengthened by the server's max-age (at most a day). After failure: exponential backoff from
    ``every`` (or from five minutes where the request never reached the server), capped at a day and never given up;
    a Retry-After can only lengthen it. ``failures`` counts this failure too. ``luck`` in [0, 1) moves the result
    up to 10 % later, so that sources added together drift apart, and never earlier: ``every`` is a promise to the publisher.
    """
    if outcome in SUCCESSES:
        wait = max(source.every_s, min(max_age_s or 0, BACKOFF_CAP_S))
    else:
        first = min(source.every_s, BACKOFF_FIRST_S) if outcome in _NEVER_ARRIVED else source.every_s
        wait = min(BACKOFF_CAP_S, first * 2 ** min(max(failures, 1) - 1, 16))
    jittered = wait * (1 + JITTER * luck)
    return plus(now, max(jittered, retry_after_s or 0, min(max_age_s or 0, BACKOFF_CAP_S)))
