"""The one place that reads the wall clock. Everything else is given a :data:`Clock`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from aggregator.models import Utc

Clock = Callable[[], Utc]
FORMAT = "%Y-%m-%dT%H:%M:%SZ"


def now() -> Utc:
    """The present, UTC, to the second."""
    return Utc(datetime.now(UTC).strftime(FORMAT))


def epoch(at: Utc) -> int:
    """Seconds since 1970 of a UTC text."""
    return int(datetime.strptime(at, FORMAT).replace(tzinfo=UTC).timestamp())


def plus(at: Utc, seconds: float) -> Utc:
    """``at`` moved by so many seconds (negative: back)."""
    return Utc((datetime.strptime(at, FORMAT).replace(tzinfo=UTC) + timedelta(seconds=round(seconds))).strftime(FORMAT))
