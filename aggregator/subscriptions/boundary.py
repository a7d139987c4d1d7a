"""The one boundary of subscriptions: what goes wrong over one subscriber is logged and stops no other."""

from __future__ import annotations

import logging
from collections.abc import Callable

log = logging.getLogger(__name__)


def guarded(what: str, work: Callable[[], object]) -> Exception | None:
    """Does the work; gives back what went wrong, which is logged, or None."""
    try:
        work()
    except Exception as problem:  # defects of ours, the database: the next pass tries again
        log.exception("%s failed; it is tried again", what)
        return problem
    return None
