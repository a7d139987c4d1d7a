"""The command line of subscriptions: what it reports, what it keeps to itself, and what else knows of it."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from aggregator.backup import backup, restore
from aggregator.cli import main
from aggregator.commands.mailing import digest
from aggregator.commands.subscribing import webhook
from aggregator.db import digests as digest_rows
from aggregator.db.companion import state_path
from aggregator.db.subscribers import SubscriberCounts, subscribers
from aggregator.lock import collector_lock, delivery_lock
from aggregator.subscriptions import signing
from tests.subscriptions.conftest import Stand
from tests.subscriptions.mailbox import Mailbox
from tests.subscriptions.test_crash import configuration
from tests.support.origin import Origin


class Terminal:
    """The command line over a stand."""

    def __init__(self, stand: Stand, **defaults: Any) -> None:
        self._arguments = ["--db", str(stand.db), "--feeds", str(configuration(stand, **defaults))]

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, [*self._arguments, *arguments])

    def json(self, *arguments: str) -> Any:
        done = self.run("--json", *arguments)
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)


@pytest.mark.parametrize(("group", "name"), [(g, n) for g in (webhook, digest) for n in g.commands])
def test_every_command_has_help_with_an_example(group: Any, name: str) -> None:
    done = CliRunner().invoke(main, [group.name, name, "--help"])
    assert done.exit_code == 0
    assert f"aggregator {group.name} {name}" in done.output


def test_a_webhook_from_its_adding_to_its_removal(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    terminal = Terminal(stand)
    added = terminal.json(
        "webhook", "add", origin.url("/hook?token=abc"), "--topic", "robbery", "--search", "knife phone"
    )
    signing.key_of(added["secret"])
    assert added["criteria"] == {"topics": ["robbery"], "searches": ["knife phone"]}
    assert terminal.json("webhook", "test", "1")["accepted"] is True
    assert json.loads(origin.seen("/hook")[0].body)["type"] == "ping"
    stand.publish("knife or phone", topics=("robbery",))
    assert terminal.json("webhook", "deliver") == [{"id": 1, "delivered": 1, "error": ""}]
    assert terminal.json("webhook", "deliver") == []
    [delivery] = terminal.json("webhook", "deliveries", "1")
    assert (delivery["state"], delivery["status"], delivery["attempts"]) == ("delivered", 200, 1)
    shown = terminal.run("webhook", "list").output + json.dumps(terminal.json("webhook", "list"))
    assert added["secret"] not in shown
    assert "abc" not in shown
    assert terminal.run("webhook", "remove", "1").exit_code == 0
    assert terminal.run("webhook", "remove", "1").exit_code == 1


def test_a_secret_of_ones_own_is_not_shown(stand: Stand, origin: Origin, tmp_path: Path) -> None:
    terminal, file = Terminal(stand), tmp_path / "secret"
    file.write_text(signing.written(bytes(32)) + "\n")
    done = terminal.run("webhook", "add", origin.url("/hook"), "--secret-file", str(file))
    assert "whsec_" not in done.output
    assert stand.hook().secret == signing.written(bytes(32))
    for bad in (b"hunter2", b"\xff\xfe"):
        file.write_bytes(bad)
        refused = terminal.run("webhook", "add", origin.url("/hook"), "--secret-file", str(file))
        assert (refused.exit_code, "hunter2" in refused.output) == (2, False)


def test_one_that_fails_is_said_and_revived(stand: Stand, origin: Origin) -> None:
    origin.add("/hook", status=410)
    terminal = Terminal(stand)
    terminal.run("webhook", "add", origin.url("/hook"))
    stand.publish("news")
    done = terminal.run("webhook", "deliver")
    assert (done.exit_code, "answered 410" in done.output) == (1, True)
    assert "1 webhooks (0 dead, 1 gone" in terminal.run("status").output
    assert terminal.json("status")["subscribers"]["deliveries_waiting"] == 1
    assert terminal.run("webhook", "test", "1").exit_code == 1
    origin.add("/hook")
    assert terminal.run("webhook", "retry", "1").exit_code == 0
    assert terminal.json("webhook", "deliver")[0]["delivered"] == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("webhook", "add", "http://127.0.0.1/"), 2, "loopback"),
        (("webhook", "add", "https://hook.example/", "--topic", "taser"), 2, "there is no topic 'taser'"),
        (("webhook", "test", "7"), 1, "there is no such webhook"),
        (("digest", "add", "a@b.example", "--every", "daily"), 2, "defaults.mail"),
        (("digest", "add", "a@b.example", "--every", "daily", "--at", "25:00"), 2, "is no time of day"),
        (("digest", "add", "a@b.example", "--every", "daily", "--day", "mon"), 2, "--day is for weekly"),
        (("digest", "send"), 2, "defaults.mail"),
        (("digest", "remove"), 2, "give an ID or --token"),
        (("digest", "remove", "--token", "x"), 1, "no digest has it"),
    ],
)
def test_mistakes_are_said(stand: Stand, arguments: tuple[str, ...], status: int, said: str) -> None:
    done = Terminal(stand).run(*arguments)
    assert (done.exit_code, said in done.output) == (status, True), done.output


def test_a_digest_from_its_adding_to_its_removal(stand: Stand, mailbox: Mailbox) -> None:
    mail = {"host": "127.0.0.1", "port": mailbox.port, "security": "none", "from": "digest@record.example"}
    terminal = Terminal(stand, mail=mail)
    added = terminal.json(
        "digest", "add", "reader@example.org", "--every", "weekly", "--day", "fri", "--at", "7:30", "--place", "hackney"
    )
    assert (added["when"], added["criteria"]) == ("weekly on Friday at 07:30", {"places": ["hackney"]})
    assert terminal.json("digest", "send") == []
    stand.publish("News from Hackney", places=("hackney",))
    preview = terminal.json("digest", "preview", "1")
    assert (preview["items"], "News from Hackney" in preview["text"]) == (1, True)
    assert "<!DOCTYPE html>" in terminal.run("digest", "preview", "1", "--html").output
    assert terminal.run("digest", "preview", "1").output.startswith(
        "To: reader@example.org\nSubject: London policing: 1 update"
    )
    assert mailbox.raw == []
    assert terminal.json("digest", "send", "1") == [{"id": 1, "state": "sent", "items": 1, "error": ""}]
    assert terminal.json("digest", "send", "1")[0]["state"] == "empty"
    assert len(mailbox.raw) == 1
    [listed] = terminal.json("digest", "list")
    assert listed["last"]["state"] == "empty"
    assert "reader@example.org" in terminal.run("digest", "list").output
    stand.publish("More from Hackney", places=("hackney",))
    mailbox.refuse = "550 no such user"
    assert terminal.run("digest", "send", "1").exit_code == 1
    assert "1 digests (1 dead" in terminal.run("status").output
    mailbox.refuse = None
    assert terminal.run("digest", "retry", "1").exit_code == 0
    assert terminal.json("digest", "send")[0]["state"] == "sent"
    token = mailbox.mails[-1]["List-Unsubscribe"].partition("%20")[2].rstrip(">")
    assert terminal.json("digest", "remove", "--token", token) == {"removed": 1}
    assert digest_rows.every(stand.private) == []


def test_two_do_not_deliver_at_once_but_beside_a_collector_one_does(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    terminal = Terminal(stand)
    terminal.run("webhook", "add", origin.url("/hook"))
    with collector_lock(stand.db):
        assert terminal.run("webhook", "deliver").exit_code == 0
    with delivery_lock(stand.db):
        done = terminal.run("webhook", "deliver")
    assert (done.exit_code, "is delivering at this moment" in done.output) == (1, True)


def test_secrets_are_for_their_owner_and_backups_are_no_wider(stand: Stand, origin: Origin, tmp_path: Path) -> None:
    stand.private.execute("CREATE TABLE opened(x)")  # so that the write-ahead log is there
    Terminal(stand).run("webhook", "add", origin.url("/hook"))
    copy = tmp_path / "copies" / "met.db"
    backup(stand.db, copy)
    state = state_path(stand.db)
    private = [state, state.with_name("state.db-wal"), copy.with_name("met.db.state")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in private] == [0o600] * 3
    restore(copy, tmp_path / "drill" / "met.db", force=False)
    restored = tmp_path / "drill" / "met.db"
    assert subscribers(restored) == SubscriberCounts(webhooks=1)
    assert stat.S_IMODE(state_path(restored).stat().st_mode) == 0o600
    assert stat.S_IMODE(restored.stat().st_mode) == stat.S_IMODE(stand.db.stat().st_mode)


def test_a_state_made_before_there_were_subscriptions_has_none(stand: Stand, tmp_path: Path) -> None:
    assert subscribers(tmp_path / "nowhere" / "met.db") == SubscriberCounts()
    stand.private.execute("DROP TABLE digest_runs")
    assert subscribers(stand.db) == SubscriberCounts()


def test_no_public_table_has_anything_of_it(stand: Stand, origin: Origin) -> None:
    """Datasette serves all of met.db: secrets and addresses are never in it."""
    Terminal(stand).run("webhook", "add", origin.url("/hook"))
    names = [n for (n,) in stand.archive.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert not {"webhooks", "deliveries", "digests", "digest_tokens"} & set(names)
    assert b"whsec_" not in stand.db.read_bytes()


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ({"mail": {"host": "smtp.example"}}, "defaults.mail: 'from' is missing"),
        ({"mail": {"host": "smtp.example", "from": "a@b.example", "password": "x"}}, "unknown key 'password'"),
        ({"mail": {"host": "https://smtp.example", "from": "a@b.example"}}, "is not a host"),
        ({"mail": {"host": "smtp.example", "from": "A <a@b.example>"}}, "defaults.mail.from"),
        ({"mail": {"host": "smtp.example", "from": "a@b.example", "security": "ssl"}}, "allowed: starttls, tls, none"),
        ({"mail": {"host": "smtp.example", "from": "a@b.example", "port": 0}}, "defaults.mail.port"),
        ({"public_url": "record.example"}, "defaults.public_url"),
    ],
)
def test_a_mistake_in_feeds_yaml_is_named(stand: Stand, defaults: dict[str, Any], said: str) -> None:
    done = Terminal(stand, **defaults).run("digest", "list")
    assert (done.exit_code, said in done.output) == (2, True), done.output


def test_ports_go_with_the_security(stand: Stand) -> None:
    from aggregator import config

    found = {}
    for security in ("starttls", "tls", "none"):
        file = configuration(stand, mail={"host": "smtp.example", "from": "a@b.example", "security": security})
        mail = config.load(file).mail
        assert mail is not None
        found[security] = mail.port
    assert found == {"starttls": 587, "tls": 465, "none": 25}
    assert config.load(configuration(stand)).mail is None
