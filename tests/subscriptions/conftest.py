"""A small invented archive, a clock that stands still, and subscribers' desks over both."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.clock import plus
from aggregator.db import subscriptions as rows
from aggregator.db.companion import state_path
from aggregator.db.connection import PRIVATE, open_reader, open_writer
from aggregator.fetch.client import Bounds
from aggregator.models import Config, FetchSettings, Utc
from aggregator.subscriptions import digests, webhooks
from aggregator.subscriptions.model import Criteria, MailSettings, Webhook
from aggregator.subscriptions.smtp import Postman
from tests.site import archive
from tests.subscriptions.mailbox import Mailbox
from tests.support.origin import Origin

NOW = archive.NOW
SITE = "https://record.example"
EVERYTHING = Criteria()
FAST = Bounds(total_s=1.0, connect_s=0.7, read_s=0.7)
"""Short bounds: a test that waits for one takes a second."""


class Stand:
    """One archive with its private companion. ``now`` is the time; updates get ids of their own."""

    def __init__(self, folder: Path) -> None:
        self.db = archive.make(folder / "met.db", bulk=3)
        self.now: Utc = NOW
        self.archive = open_reader(self.db)
        self.private = open_writer(state_path(self.db), PRIVATE)
        self.config = Config("feeds.yaml", FetchSettings("https://example.org/contact"), 8, (), public_url=SITE)
        self._next = archive.update_id(plus(NOW, -60))

    def close(self) -> None:
        self.archive.close()
        self.private.close()

    # --- the archive ----------------------------------------------------------------------------------------------
    def publish(self, title: str, *, topics: tuple[str, ...] = (), places: tuple[str, ...] = (), **more: Any) -> int:
        """A new update, under these topics and places."""
        self._next += 1
        with closing(open_writer(self.db)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            archive.add(conn, self._next, title, url=more.pop("url", f"https://news.example/{self._next}"), **more)
            for slug in topics:
                archive.topic(conn, self._next, slug)
            for slug in places:
                archive.place(conn, self._next, slug)
            conn.execute("COMMIT")
        return self._next

    def change(self, update: int, type_: str, **columns: Any) -> None:
        """A change of an update: an edit makes a version; columns of the update are set as given."""
        with closing(open_writer(self.db)) as conn:
            conn.execute("BEGIN IMMEDIATE")
            if type_ == "edited":
                conn.execute("UPDATE updates SET version = version + 1 WHERE id = ?", (update,))
                title, number = conn.execute("SELECT title, version FROM updates WHERE id = ?", (update,)).fetchone()
                archive.version(conn, update, number, self.now, title, "", words_added=12, words_removed=3)
            for name, value in columns.items():
                conn.execute(f"UPDATE updates SET {name} = ? WHERE id = ?", (value, update))
            conn.execute(
                "INSERT INTO changes(update_id, version, type, at) SELECT id, version, ?, ? FROM updates WHERE id = ?",
                (type_, self.now, update),
            )
            conn.execute("COMMIT")

    def touch(self, update: int) -> None:
        """A change of type `edited` without a version: a consultation that has closed."""
        with closing(open_writer(self.db)) as conn:
            conn.execute(
                "INSERT INTO changes(update_id, version, type, at) SELECT id, version, 'edited', ? FROM updates WHERE id = ?",
                (self.now, update),
            )

    def unseen(self, update: int, number: int) -> None:
        """A version that the publisher declared and nobody saw."""
        with closing(open_writer(self.db)) as conn:
            conn.execute("UPDATE updates SET version = ? WHERE id = ?", (number, update))
            conn.execute(
                "INSERT INTO versions(update_id, version, seen_at, has_text) VALUES (?,?,?,0)",
                (update, number, self.now),
            )

    def untag(self, update: int) -> None:
        """Takes all topics from an update."""
        with closing(open_writer(self.db)) as conn:
            conn.execute("DELETE FROM update_topics WHERE update_id = ?", (update,))
        self.change(update, "retagged")

    def later(self, seconds: float) -> None:
        """Lets time pass."""
        self.now = plus(self.now, seconds)

    # --- webhooks -------------------------------------------------------------------------------------------------
    def allow(self, *netlocs: str) -> None:
        """Lets notices go to these sites on loopback."""
        settings = replace(self.config.settings, allow_hosts=(*self.config.settings.allow_hosts, *netlocs))
        self.config = replace(self.config, settings=settings)

    @property
    def hooks(self) -> webhooks.Desk:
        return webhooks.Desk(
            self.archive, self.private, self.config, lambda: self.now, lambda: 0.0, threading.Event(), FAST
        )

    def add_hook(self, url: str, criteria: Criteria = EVERYTHING, **more: Any) -> Webhook:
        return webhooks.register(self.hooks, url, criteria, **more)

    def deliver(self) -> list[webhooks.HookReport]:
        """One pass."""
        return asyncio.run(webhooks.deliver(self.hooks))

    def hook(self, number: int = 1) -> Webhook:
        return rows.get(self.private, number)

    # --- digests --------------------------------------------------------------------------------------------------
    def mails(self, mailbox: Mailbox, **more: Any) -> digests.Desk:
        settings = MailSettings("127.0.0.1", mailbox.port, more.pop("security", "none"), "digest@record.example")
        postman = Postman(settings, timeout_s=2.0, **more)
        return digests.Desk(self.archive, self.private, self.config, lambda: self.now, lambda: 0.0, postman)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    found = Stand(tmp_path)
    yield found
    found.close()


@pytest.fixture
def origin(stand: Stand) -> Iterator[Origin]:
    """A receiver that the stand's webhooks may talk to."""
    with Origin() as server:
        stand.allow(server.netloc)
        yield server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        yield server
