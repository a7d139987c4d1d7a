"""When a source is due again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.clock import epoch
from aggregator.due import next_due
from aggregator.limits import BACKOFF_CAP_S, JITTER
from aggregator.models import Outcome, Source, Utc

NOW = Utc("2026-11-22T10:00:00Z")


def source(every_s: int = 3600) -> Source:
    return Source(
        id="met-news", title="Met news", publisher="Met", kind="feed", url="https://met.example/rss", every_s=every_s
    )


def wait(outcome: Outcome, failures: int = 0, *, every_s: int = 3600, luck: float = 0.0, **said: int) -> int:
    return epoch(next_due(source(every_s), outcome, failures, NOW, luck=luck, **said)) - epoch(NOW)


def test_success_waits_for_every_and_never_less() -> None:
    assert wait(Outcome.OK) == 3600
    assert wait(Outcome.NOT_MODIFIED, luck=0.999) <= 3600 * (1 + JITTER)


def test_max_age_and_retry_after_only_lengthen() -> None:
    assert wait(Outcome.OK, max_age_s=7200) == 7200
    assert wait(Outcome.OK, max_age_s=60) == 3600
    assert wait(Outcome.RATE_LIMITED, 1, retry_after_s=9000) == 9000
    assert wait(Outcome.RATE_LIMITED, 1, retry_after_s=1) == 3600


def test_failures_back_off_to_a_day_and_never_give_up() -> None:
    assert [wait(Outcome.HTTP_5XX, n) for n in (1, 2, 3)] == [3600, 7200, 14400]
    assert wait(Outcome.HTTP_5XX, 1000) == BACKOFF_CAP_S


def test_what_never_reached_the_server_is_tried_again_soon() -> None:
    assert [wait(Outcome.DNS, n) for n in (1, 2, 3)] == [300, 600, 1200]
    assert wait(Outcome.DNS, 1, every_s=60) == 60


@given(
    st.sampled_from(list(Outcome)),
    st.integers(0, 10_000),
    st.floats(0, 1, exclude_max=True),
    st.integers(60, 30 * 86400),
)
def test_always_in_the_future_and_within_bounds(outcome: Outcome, failures: int, luck: float, every_s: int) -> None:
    waited = wait(outcome, failures, luck=luck, every_s=every_s)
    assert 60 <= waited <= max(every_s, BACKOFF_CAP_S) * (1 + JITTER) + 1
