"""One pass over everything that is due to subscribers: opens the databases, holds the delivery lock, closes again."""

from __future__ import annotations

import asyncio
import os
import random
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from aggregator.clock import Clock
from aggregator.db import digests as digest_rows
from aggregator.db.companion import open_companion, state_path
from aggregator.db.connection import open_reader
from aggregator.errors import StorageError
from aggregator.lock import delivery_lock
from aggregator.models import Config
from aggregator.subscriptions import digests, webhooks
from aggregator.subscriptions.smtp import postman


@dataclass(frozen=True, slots=True)
class Office:
    """Both databases, and what does not change from pass to pass."""

    archive: sqlite3.Connection
    private: sqlite3.Connection
    config: Config
    clock: Clock
    stopping: threading.Event

    def hooks(self) -> webhooks.Desk:
        """The desk of the webhooks."""
        return webhooks.Desk(self.archive, self.private, self.config, self.clock, random.random, self.stopping)

    def digests(self) -> digests.Desk:
        """The desk of the digests. Raises :class:`ConfigError` when mail is not configured."""
        carrier = postman(self.config.mail, os.environ)
        return digests.Desk(self.archive, self.private, self.config, self.clock, random.random, carrier)


@contextmanager
def office(db: Path, config: Config, clock: Clock, stopping: threading.Event | None = None) -> Iterator[Office]:
    """Opens both databases. Raises :class:`StorageError` when there is no archive yet, or one of an unfinished version."""
    with closing(open_reader(db)) as archive, closing(open_companion(db)) as private:
        if not digest_rows.known(private):
            raise StorageError(
                "was made before there were subscriptions, by an unreleased version of this program; collect anew",
                subject=str(state_path(db)),
            )
        yield Office(archive, private, config, clock, stopping or threading.Event())


def protect(db: Path) -> None:
    """Makes the private database readable by its owner alone: from now on there are secrets and addresses in it.

    Raises :class:`StorageError` when it belongs to somebody else.
    """
    path = state_path(db)
    for file in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        try:
            file.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(
                f"cannot be made private ({error.strerror}); run this as its owner", subject=str(file)
            ) from error


def deliver_webhooks(db: Path, at: Office) -> list[webhooks.HookReport]:
    """One pass over the webhooks. Raises :class:`StorageError` when somebody else is at it."""
    with delivery_lock(db):
        return asyncio.run(webhooks.deliver(at.hooks()))


def send_digests(db: Path, at: Office) -> list[digests.RunReport]:
    """Sends the mails that are due. Raises :class:`StorageError` when somebody else is at it."""
    with delivery_lock(db):
        return digests.send(at.digests())
