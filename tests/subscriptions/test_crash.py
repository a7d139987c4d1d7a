"""kill -9 between sending and recording: what was perhaps sent is sent again under the same id, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from aggregator.db import digests as digest_rows
from aggregator.db import subscriptions as rows
from aggregator.subscriptions import compose, digests
from aggregator.subscriptions.model import Criteria
from tests.subscriptions.conftest import SITE, Stand
from tests.subscriptions.mailbox import Mailbox
from tests.support.origin import Answer, Origin, Seen


def configuration(stand: Stand, **defaults: object) -> Path:
    """The stand's configuration as a feeds.yaml, for the command line."""
    file = stand.db.with_name("feeds.yaml")
    settings = {
        "contact": "https://example.org/contact", "allow_hosts": list(stand.config.settings.allow_hosts), "public_url": SITE,
        "per_host_delay": "0s", **defaults,
    }  # fmt: skip
    file.write_text(yaml.safe_dump({"defaults": settings, "sources": []}), encoding="utf-8")
    return file


def start(stand: Stand, feeds: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "aggregator", "--db", str(stand.db), "--feeds", str(feeds), *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.mark.slow
def test_webhooks(stand: Stand, origin: Origin) -> None:
    """The sender dies while the receiver is answering, at the first, second and third notice."""
    feeds = configuration(stand)
    doomed: list[int] = []

    def take(seen: Seen) -> Answer:
        if doomed:
            os.kill(doomed.pop(), signal.SIGKILL)
        return Answer()

    origin.route("/hook", take)
    stand.add_hook(origin.url("/hook"))
    updates = [stand.publish(f"news {n}") for n in range(3)]
    for _ in range(3):
        child = start(stand, feeds, "webhook", "deliver")
        doomed.append(child.pid)
        assert child.wait(60) == -signal.SIGKILL
    assert start(stand, feeds, "webhook", "deliver").wait(60) == 0

    ids = [seen.headers["webhook-id"] for seen in origin.seen("/hook")]
    assert len(ids) == 6, "three that were interrupted, each sent again"
    assert len(set(ids)) == 3, "and a receiver that keeps the ids handles each once"
    log = rows.log(stand.private, 1, 10)
    assert [(d.update_id, d.state) for d in reversed(log)] == [(u, "delivered") for u in updates]
    assert list(dict.fromkeys(ids)) == [d.message_id for d in reversed(log)]


@pytest.mark.slow
def test_digests(stand: Stand, mailbox: Mailbox) -> None:
    """The sender dies as the mail server has the mail: it is sent again, as the same message, and says so."""
    mail = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "digest@record.example"}
    feeds = configuration(stand, mail=mail)
    digests.register(stand.mails(mailbox), "reader@example.org", "daily", 420, 0, Criteria())
    stand.publish("news")
    doomed: list[int] = []
    mailbox.before = lambda: os.kill(doomed.pop(), signal.SIGKILL) if doomed else None
    child = start(stand, feeds, "digest", "send", "1")
    doomed.append(child.pid)
    assert child.wait(60) == -signal.SIGKILL
    [run] = digest_rows.runs(stand.private, 1, 10)
    assert (run.state, run.to_seq) == ("sending", digest_rows.get(stand.private, 1).cursor)
    stand.publish("later news")
    assert start(stand, feeds, "digest", "send").wait(60) == 0
    assert len({m["Message-ID"] for m in mailbox.mails}) == 1
    assert compose.DOUBTFUL in mailbox.text()
    assert ("news" in mailbox.text(), "later news" in mailbox.text()) == (True, False)
    [run] = digest_rows.runs(stand.private, 1, 10)
    assert (run.state, run.attempts, run.doubtful) == ("sent", 2, True)
