"""The deliverer within `run`: what a round brings is told at once, and nothing of it can hold up the collector."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.limits import WEBHOOK_TIMEOUT_S
from aggregator.lock import delivery_lock
from aggregator.models import Utc
from aggregator.subscriptions import deliver, digests, webhooks
from aggregator.subscriptions.model import Criteria
from aggregator.subscriptions.worker import Worker
from tests.pipeline.harness import feeds, rss
from tests.subscriptions.conftest import Stand
from tests.subscriptions.mailbox import Mailbox
from tests.support import faults
from tests.support.origin import Origin


def until(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.slow
def test_the_collector_tells_what_a_round_brings(tmp_path: Path) -> None:
    """The command that `run` keeps alive, from the feed to the receiver and back to a clean stop."""
    with Origin() as origin:
        origin.add("/feed", body=rss([("1", "First story", "One.")]), content_type="application/rss+xml")
        origin.add("/hook")
        origin.fault("/hang", faults.silent)
        source = {"id": "news", "kind": "feed", "url": origin.url("/feed"), "identity": "trailing-number"}
        file, db = feeds(tmp_path, origin.netloc, [source], every="1s"), tmp_path / "met.db"
        command = [sys.executable, "-m", "aggregator", "--db", str(db), "--feeds", str(file)]
        subprocess.run([*command, "collect"], check=True, capture_output=True, timeout=60)
        for path in ("/hang", "/hook"):
            subprocess.run(
                [*command, "webhook", "add", origin.url(path), "--source", "news"], check=True, capture_output=True
            )
        origin.add(
            "/feed",
            body=rss([("2", "Second story", "Two."), ("1", "First story", "Edited.")]),
            content_type="application/rss+xml",
        )
        child = subprocess.Popen([*command, "collector"], stderr=subprocess.PIPE)
        try:
            assert until(lambda: len(origin.seen("/hook")) >= 2)
            told = [json.loads(seen.body) for seen in origin.seen("/hook")]
            assert sorted((n["type"], n["update"]["title"]) for n in told) == [
                ("edited", "First story"),
                ("new", "Second story"),
            ]
        finally:
            child.send_signal(signal.SIGTERM)
            # The receiver that hangs is given up after WEBHOOK_TIMEOUT_S: who waited for it would not end before.
            said = child.communicate(timeout=WEBHOOK_TIMEOUT_S - 1)[1].decode()
        assert (child.returncode, "Traceback" in said) == (0, False), said


class Ticking:
    """A worker over a stand, whose passes a test can wait for."""

    def __init__(self, stand: Stand, every_s: float = 60) -> None:
        self.worker = Worker(stand.db, stand.config, lambda: stand.now, every_s=every_s)

    def __enter__(self) -> Worker:
        self.worker.start()
        return self.worker

    def __exit__(self, *_: object) -> None:
        self.worker.stop()


def test_it_looks_at_once_when_woken_and_by_itself(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"))
    stand.publish("one")
    with Ticking(stand) as worker:
        assert until(lambda: len(origin.seen("/hook")) == 1)
        stand.publish("two")
        worker.wake()
        assert until(lambda: len(origin.seen("/hook")) == 2)
    with Ticking(stand, every_s=0.05):
        stand.publish("three")
        assert until(lambda: len(origin.seen("/hook")) == 3)


def test_a_failing_pass_is_not_the_last(
    stand: Stand, origin: Origin, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"))
    stand.publish("one")
    real, calls = deliver.deliver_webhooks, []

    def shaky(db: Path, at: deliver.Office) -> list[webhooks.HookReport]:
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("a mistake of ours")
        return real(db, at)

    monkeypatch.setattr(deliver, "deliver_webhooks", shaky)
    with Ticking(stand, every_s=0.05):
        assert until(lambda: len(origin.seen("/hook")) == 1)
    assert "delivering to subscribers failed" in caplog.text


def test_it_gives_way_to_an_operator_who_delivers(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"))
    stand.publish("one")
    with delivery_lock(stand.db), Ticking(stand, every_s=0.02):
        time.sleep(0.3)
        assert origin.requests == []
    with Ticking(stand):
        assert until(lambda: origin.requests)


def test_mails_without_a_mail_server_are_said_once_and_do_not_stop_webhooks(
    stand: Stand, origin: Origin, mailbox: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    origin.add("/hook")
    digests.register(stand.mails(mailbox), "reader@example.org", "daily", 420, 0, Criteria())
    stand.add_hook(origin.url("/hook"))
    with Ticking(stand, every_s=0.02):
        time.sleep(0.3)
        stand.publish("one")
        assert until(lambda: origin.requests)
    assert caplog.text.count("defaults.mail") == 1


def test_mails_go_out_by_themselves(stand: Stand, mailbox: Mailbox) -> None:
    desk = stand.mails(mailbox)
    stand.config = replace(stand.config, mail=desk.postman.settings)
    digests.register(desk, "reader@example.org", "daily", 420, 0, Criteria())
    stand.publish("one")
    stand.now = Utc("2026-11-23T07:00:00Z")
    with Ticking(stand, every_s=0.02):
        assert until(lambda: mailbox.raw)
        time.sleep(0.2)
    assert len(mailbox.raw) == 1


def test_more_mails_than_fit_in_a_pass_do_not_wait_for_the_next_minute(
    stand: Stand, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "DIGESTS_PER_PASS", 1)
    desk = stand.mails(mailbox)
    stand.config = replace(stand.config, mail=desk.postman.settings)
    for reader in ("a", "b", "c"):
        digests.register(desk, f"{reader}@example.org", "daily", 420, 0, Criteria())
    stand.publish("one")
    stand.now = Utc("2026-11-23T07:00:00Z")
    with Ticking(stand):
        assert until(lambda: len(mailbox.raw) == 3)


def test_most_archives_have_no_subscribers_and_load_nothing_for_them(tmp_path: Path) -> None:
    probe = (
        "import sys, time; from pathlib import Path; from aggregator.subscriptions.worker import Worker\n"
        "from aggregator.models import Config, FetchSettings\nfrom aggregator.clock import now\n"
        f"w = Worker(Path({str(tmp_path / 'met.db')!r}), Config('', FetchSettings('x'), 1, ()), now)\n"
        "w.start(); time.sleep(0.3); w.stop()\nprint(sorted({'datasette', 'smtplib', 'httpx'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
