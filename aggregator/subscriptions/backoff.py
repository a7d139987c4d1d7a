"""When something that failed is tried again: exponential, with jitter, capped, and at some point given up. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.clock import plus
from aggregator.limits import (
    DIGEST_CAP_S,
    DIGEST_FIRST_S,
    DIGEST_TRIES,
    RETRY_JITTER,
    WEBHOOK_CAP_S,
    WEBHOOK_FIRST_S,
    WEBHOOK_TRIES,
)  # fmt: skip
from aggregator.models import Utc


@dataclass(frozen=True, slots=True)
class Patience:
    """``tries`` attempts; after the first failure a pause of ``first_s``, doubled each time up to ``cap_s``."""

    first_s: float
    cap_s: float
    tries: int

    def again(self, failures: int, now: Utc, *, luck: float, retry_after_s: int | None = None) -> Utc | None:
        """When to try again after so many failures in a row; None when it is given up.

        ``luck`` (0 to 1) spreads those that failed together, only ever later. What the other side asks for
        (Retry-After) can only lengthen the pause.
        """
        if failures >= self.tries:
            return None
        pause = min(self.cap_s, self.first_s * 2 ** (failures - 1)) * (1 + RETRY_JITTER * luck)
        return plus(now, max(pause, retry_after_s or 0))


WEBHOOKS = Patience(WEBHOOK_FIRST_S, WEBHOOK_CAP_S, WEBHOOK_TRIES)
DIGESTS = Patience(DIGEST_FIRST_S, DIGEST_CAP_S, DIGEST_TRIES)
