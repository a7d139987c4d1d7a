"""How many subscribers there are and how they do: a few counts of the private database, without anything else loaded."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from aggregator.db.companion import state_path
from aggregator.db.connection import open_reader


@dataclass(frozen=True, slots=True)
class SubscriberCounts:
    """For `status`. ``dead`` were given up after failures, ``gone`` said that they want no more."""

    webhooks: int = 0
    webhooks_dead: int = 0
    webhooks_gone: int = 0
    deliveries_waiting: int = 0
    digests: int = 0
    digests_dead: int = 0
    mails_waiting: int = 0


_COUNTS = """
SELECT (SELECT count(*) FROM webhooks), (SELECT count(*) FROM webhooks WHERE state = 'dead'),
       (SELECT count(*) FROM webhooks WHERE state = 'gone'), (SELECT count(*) FROM deliveries WHERE state = 'waiting'),
       (SELECT count(*) FROM digests), (SELECT count(*) FROM digests WHERE state = 'dead'),
       (SELECT count(*) FROM digest_runs WHERE state IN ('waiting','sending'))
"""


def subscribers(db: Path) -> SubscriberCounts:
    """The counts beside an archive; nothing but zeros where there is no private database yet, or one without subscribers."""
    if not state_path(db).exists():
        return SubscriberCounts()
    with closing(open_reader(state_path(db))) as conn:
        try:
            return SubscriberCounts(*conn.execute(_COUNTS).fetchone())
        except sqlite3.OperationalError:  # no such table: made before there were subscriptions, or not made yet
            return SubscriberCounts()
