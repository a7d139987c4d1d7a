"""The deliverer within the collector: a thread that looks every minute, and at once after a round that brought something.

A thread of its own, so that neither a slow receiver nor a mail server holds up a round, and a daemon, so that it holds up
no shutdown: what a shutdown interrupts is what a crash would interrupt, and is sent again under the same id.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.clock import Clock
from aggregator.db.subscribers import subscribers
from aggregator.errors import AggregatorError, StorageError
from aggregator.limits import DELIVER_EVERY_S, DELIVERY_STOP_S
from aggregator.models import Config
from aggregator.subscriptions.boundary import guarded

if TYPE_CHECKING:
    from aggregator.subscriptions.deliver import Office

log = logging.getLogger(__name__)


class Worker:
    """Delivers in the background from :meth:`start` until :meth:`stop`."""

    def __init__(self, db: Path, config: Config, clock: Clock, *, every_s: float = DELIVER_EVERY_S) -> None:
        self._db, self._config, self._clock, self._every_s = db, config, clock, every_s
        self._stopping, self._wake = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="deliverer", daemon=True)
        self._said = ""

    def start(self) -> None:
        """Begins with a first look at once."""
        self._thread.start()

    def wake(self) -> None:
        """There may be something to deliver."""
        self._wake.set()

    def stop(self) -> None:
        """Begins nothing new, and waits a moment for what is on its way."""
        self._stopping.set()
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(DELIVERY_STOP_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            guarded("delivering to subscribers", self._pass)
            self._wake.wait(self._every_s)
            self._wake.clear()

    def _pass(self) -> None:
        there = subscribers(self._db)
        if not there.webhooks and not there.digests:
            return
        from aggregator.subscriptions import deliver  # only now: most archives have no subscribers

        with deliver.office(self._db, self._config, self._clock, self._stopping) as at:
            if there.webhooks:
                self._quietly(lambda: self._hooks(at))
            if there.digests and not self._stopping.is_set():
                self._quietly(lambda: self._mails(at))

    def _hooks(self, at: Office) -> None:
        from aggregator.subscriptions import deliver

        if any(report.delivered for report in deliver.deliver_webhooks(self._db, at)):
            self._wake.set()  # there may be more: the next pass follows the mails at once

    def _mails(self, at: Office) -> None:
        from aggregator.subscriptions import deliver

        if any(report.state in ("sent", "empty") for report in deliver.send_digests(self._db, at)):
            self._wake.set()  # at seven in the morning all are due, and a pass sends only so many

    def _quietly(self, work: Callable[[], object]) -> None:
        """What an operator must put right is said once, not every minute."""
        try:
            work()
        except StorageError as busy:
            log.info("%s", busy)
        except AggregatorError as error:
            if str(error) != self._said:
                log.warning("%s", error)
            self._said = str(error)
