"""Digests through a real SMTP server: what they say, when they come, and what happens when they cannot be handed over."""

from __future__ import annotations

import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator import limits
from aggregator.clock import plus
from aggregator.db import digests as rows
from aggregator.db.connection import open_reader
from aggregator.errors import ConfigError, NotFoundError
from aggregator.models import Utc
from aggregator.subscriptions import compose, digests
from aggregator.subscriptions.address import is_address
from aggregator.subscriptions.mail import message
from aggregator.subscriptions.model import Criteria, Digest, MailSettings, State
from aggregator.subscriptions.smtp import MailError, Postman, postman
from aggregator.takedown import redact, withdraw
from tests.subscriptions.conftest import EVERYTHING, SITE, Stand
from tests.subscriptions.mailbox import Mailbox

DUE = Utc("2026-11-23T07:00:00Z")
READER = "reader@example.org"


def add(stand: Stand, mailbox: Mailbox, criteria: Criteria = EVERYTHING, every: str = "daily", **more: Any) -> Digest:
    to = more.pop("to", READER)
    return digests.register(stand.mails(mailbox), to, every, 7 * 60, 0, criteria)


def send(stand: Stand, mailbox: Mailbox, at: Utc = DUE) -> list[digests.RunReport]:
    stand.now = max(at, stand.now)
    return digests.send(stand.mails(mailbox))


# --- what they say ------------------------------------------------------------------------------------------------
def test_a_mail_tells_each_update_once_by_topic_and_group(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    news = stand.publish("Man jailed", topics=("robbery",), places=("hackney",), kind="court-outcome")
    policy = stand.publish("Search policy", topics=("stop-and-search",), kind="policy")
    stand.publish("Searches in October", topics=("stop-and-search",), kind="statistics")
    stand.publish("Open day")
    stand.change(policy, "edited")
    stand.change(policy, "edited")
    stand.change(news, "withdrawn", status="withdrawn")
    assert [(r.state, r.items) for r in send(stand, mailbox)] == [("sent", 4)]
    [mail] = mailbox.mails
    assert mailbox.to == [[READER]]
    assert (mail["To"], mail["From"]) == (READER, "The record of London policing <digest@record.example>")
    assert mail["Subject"] == "London policing: 4 updates, everything, Monday 23 November 2026"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"], "plain text first"
    text = mailbox.text()
    order = [
        "ROBBERY",
        "Man jailed",
        "STOP AND SEARCH",
        "Policy",
        "Search policy",
        "Figures",
        "October",
        "WITHOUT A TOPIC",
        "Open day",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)
    assert text.count("Search policy") == 1
    assert "new; edited: 24 words added, 6 removed" in text
    assert f"What changed: {SITE}/updates/{policy}/diff/1..3" in text
    assert "new; withdrawn by its publisher" in text
    assert "Metropolitan Police Service; Court outcome; Hackney; 22 Nov 2026" in text
    assert len(re.findall(rf"^  {SITE}/updates/\d+$", text, re.MULTILINE)) == 4, "every line has its link"


def test_html_says_the_same_and_nothing_in_it_is_markup(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    update = stand.publish('<script>alert("x")</script> & <img src=x onerror=alert(1)>', topics=("robbery",))
    stand.change(update, "edited")
    send(stand, mailbox)
    html = mailbox.html()
    assert "&lt;script&gt;alert(&#34;x&#34;)&lt;/script&gt; &amp; &lt;img" in html
    assert not re.search(r"<(script|img|iframe|link|style)|src=|url\(", html.replace("&lt;img src", ""))
    assert f'<a href="{SITE}/updates/{update}">' in html
    assert "<h2>Robbery</h2>" in html


def test_the_topic_asked_for_is_the_heading(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox, Criteria(topics=("stop-and-search",)))
    stand.publish("Both", topics=("robbery", "stop-and-search"))
    stand.publish("Another", topics=("robbery",))
    assert send(stand, mailbox)[0].items == 1
    assert "STOP AND SEARCH" in mailbox.text()
    assert "ROBBERY" not in mailbox.text()


def test_the_same_story_is_told_once(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    first = stand.publish("A story")
    stand.publish("The story again", source="evening-paper", cluster=first)
    assert send(stand, mailbox)[0].items == 1
    assert "Metropolitan Police Service (also Evening Paper Ltd)" in mailbox.text()


def test_an_edit_that_made_no_version(stand: Stand, mailbox: Mailbox) -> None:
    update = stand.publish("A consultation")
    stand.change(update, "edited")
    add(stand, mailbox)
    stand.later(60)
    stand.touch(update)
    send(stand, mailbox)
    assert "edited, its text the same" in mailbox.text()
    assert "What changed" not in mailbox.text()


def test_a_long_one_says_how_much_more_there_is(
    stand: Stand, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(digests, "DIGEST_LINES", 2)
    add(stand, mailbox)
    for n in range(5):
        stand.publish(f"news {n}")
    assert send(stand, mailbox)[0].items == 5
    assert "5 updates" in mailbox.mails[0]["Subject"]
    assert f"And 3 updates more: {SITE}/" in mailbox.text()


def test_a_takedown_before_the_mail_holds(stand: Stand, mailbox: Mailbox) -> None:
    """Also when the mail is recorded already and only waits for the mail server."""
    before = stand.publish("Told long ago: Jane Doe")
    add(stand, mailbox)
    fresh = stand.publish("Jane Doe is charged")
    words = stand.publish("A search with Jane Doe in it")
    stand.change(before, "edited")
    mailbox.data = "451 later"
    send(stand, mailbox)
    stand.archive.close()
    for number in (before, fresh):
        withdraw(stand.db, number, lambda: stand.now, who="test", why="court order")
    redact(stand.db, words, r"Jane\s+Doe", lambda: stand.now, who="test", why="named in error")
    stand.archive = open_reader(stand.db)
    mailbox.data = None
    send(stand, mailbox, plus(DUE, 3600))
    assert "Doe" not in mailbox.raw[0].decode()
    assert str(fresh) not in mailbox.text(), "what came and went is not told at all"
    assert "A search with [redacted] in it" in mailbox.text()
    assert compose.TAKEN_DOWN in mailbox.text()


# --- when they come -----------------------------------------------------------------------------------------------
def test_once_a_day_and_every_change_in_one_of_them(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("first")
    assert send(stand, mailbox, plus(DUE, -1)) == []
    send(stand, mailbox)
    assert send(stand, mailbox) == [], "the same again is nothing"
    stand.publish("second")
    send(stand, mailbox, plus(DUE, 86_400))
    assert ["first" in mailbox.text(n) for n in (0, 1)] == [True, False]
    assert ["second" in mailbox.text(n) for n in (0, 1)] == [False, True]


def test_nothing_to_say_is_no_mail_but_recorded(stand: Stand, mailbox: Mailbox) -> None:
    added = add(stand, mailbox, Criteria(topics=("robbery",)))
    stand.publish("Another matter")
    assert [(r.state, r.items) for r in send(stand, mailbox)] == [("empty", 0)]
    assert mailbox.raw == []
    [run] = rows.runs(stand.private, added.id, 10)
    assert (run.state, run.to_seq, run.sent_at) == ("empty", rows.get(stand.private, added.id).cursor, None)


def test_days_that_were_slept_through_are_one_mail(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("before the long weekend")
    assert len(send(stand, mailbox, plus(DUE, 5 * 86_400 + 10))) == 1
    assert rows.get(stand.private, 1).next_due_at == plus(DUE, 6 * 86_400)


def test_one_is_sent_at_once_on_demand_and_keeps_its_timetable(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("first")
    rows.bring_forward(stand.private, 1, stand.now)
    mailbox.data = "451 later"
    send(stand, mailbox, stand.now)
    mailbox.data = None
    assert rows.get(stand.private, 1).next_due_at == DUE
    rows.bring_forward(stand.private, 1, stand.now)
    assert [r.state for r in send(stand, mailbox, stand.now)] == ["sent"], "a mail that waits does not wait longer"
    stand.private.execute("UPDATE digests SET state = 'dead'")
    with pytest.raises(NotFoundError, match="digest retry 1"):
        rows.bring_forward(stand.private, 1, stand.now)


# --- mail servers that misbehave ----------------------------------------------------------------------------------
def test_a_mail_that_is_put_off_is_sent_later_with_its_changes(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("first")
    mailbox.refuse = "451 greylisted"
    [report] = send(stand, mailbox)
    assert (report.state, report.error) == ("waiting", "the mail server turned the recipient down: 451 greylisted")
    stand.publish("second")
    mailbox.refuse = None
    assert send(stand, mailbox, plus(DUE, limits.DIGEST_FIRST_S - 1)) == []
    send(stand, mailbox, plus(DUE, limits.DIGEST_FIRST_S))
    assert "first" in mailbox.text()
    assert "second" not in mailbox.text(), "its changes are those of the day it was due"
    assert compose.DOUBTFUL not in mailbox.text(), "it was refused for certain"


def test_an_address_refused_for_good_ends_its_digest_and_no_other(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("news")
    mailbox.refuse = "550 no such user"
    assert send(stand, mailbox)[0].state == "failed"
    assert rows.get(stand.private, 1).state is State.DEAD
    mailbox.refuse = None
    add(stand, mailbox, to="other@example.org")
    stand.publish("more")
    send(stand, mailbox, plus(DUE, 86_400))
    assert mailbox.to == [["other@example.org"]]
    rows.revive(stand.private, 1)
    send(stand, mailbox, plus(DUE, 86_400))
    assert (mailbox.to[-1], "news" in mailbox.text()) == ([READER], True), "what it missed is not lost"


def test_it_is_given_up_in_the_end(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("news")
    mailbox.data = "452 full"
    attempts = 0
    while rows.get(stand.private, 1).state is State.ACTIVE:
        attempts += len(send(stand, mailbox))
        stand.later(13 * 3600)
    assert attempts == limits.DIGEST_TRIES


def test_a_lost_connection_leaves_it_in_doubt_and_the_second_mail_says_so(
    stand: Stand, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server takes the mail, its answer is lost: the reader's program can drop the double by its Message-ID."""
    add(stand, mailbox)
    stand.publish("news")
    real = Postman.send

    def lost(self: Postman, to: str, mail: bytes) -> None:
        real(self, to, mail)
        raise MailError("connection lost", doubtful=True)

    monkeypatch.setattr(Postman, "send", lost)
    send(stand, mailbox)
    monkeypatch.setattr(Postman, "send", real)
    send(stand, mailbox, plus(DUE, 3600))
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert [compose.DOUBTFUL in mailbox.text(n) for n in (0, 1)] == [False, True]


def test_a_server_that_does_not_answer_the_mail_is_in_doubt(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("news")
    mailbox.before = lambda: time.sleep(0.6)
    desk = stand.mails(mailbox)
    stand.now = DUE
    digests.send(replace(desk, postman=replace(desk.postman, timeout_s=0.2)))
    [run] = rows.runs(stand.private, 1, 1)
    assert (run.state, run.doubtful) == ("waiting", True)


def test_no_server_at_all(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("news")
    stand.now = DUE
    desk = stand.mails(mailbox)
    nobody = replace(desk.postman, settings=replace(desk.postman.settings, port=1))
    [report] = digests.send(replace(desk, postman=nobody))
    [run] = rows.runs(stand.private, 1, 1)
    assert (report.state, run.doubtful) == ("waiting", False)
    assert report.error.startswith("127.0.0.1: ")


def test_a_defect_over_one_mail_stops_no_other(stand: Stand, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    made = compose.letter

    def defective(contents: Any, setting: compose.Setting) -> compose.Letter:
        if setting.address == READER:
            raise KeyError("a mistake of ours")
        return made(contents, setting)

    monkeypatch.setattr(compose, "letter", defective)
    add(stand, mailbox)
    add(stand, mailbox, to="other@example.org")
    stand.publish("news")
    assert [r.state for r in send(stand, mailbox)] == ["waiting", "sent"]


# --- stopping -----------------------------------------------------------------------------------------------------
def test_the_token_of_any_mail_stops_it_and_only_its_hash_is_kept(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    add(stand, mailbox, to="other@example.org")
    for day in range(2):
        stand.publish(f"news {day}")
        send(stand, mailbox, plus(DUE, day * 86_400))
    mine = [mail for mail in mailbox.mails if mail["To"] == READER]
    tokens = [re.search(r"unsubscribe%20([\w-]{43})>", mail["List-Unsubscribe"])[1] for mail in mine]  # type: ignore[index]
    assert len(set(tokens)) == 2
    stand.private.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert tokens[0].encode() not in stand.db.with_name("state.db").read_bytes()
    with pytest.raises(NotFoundError):
        digests.unsubscribe(stand.private, tokens[0][:-1])
    assert digests.unsubscribe(stand.private, f" {tokens[0]}\n").address == READER
    assert [d.address for d in rows.every(stand.private)] == ["other@example.org"]
    with pytest.raises(NotFoundError):
        digests.unsubscribe(stand.private, tokens[1])
    assert stand.private.execute("SELECT count(*) FROM digest_runs WHERE digest_id = 1").fetchone() == (0,)


# --- headers ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "bad",
    ["", "reader", "reader@", "@example.org", "a@b\r\nBcc: x@example.org", "a@b\nc", "a b@example.org", "a@example.org,b@example.org",
     "Reader <a@example.org>", "<a@example.org>", '"a b"@example.org', "a@exam ple.org", "é@example.org", "a@-b.org", "a..b@example.org",
     f"{'a' * 65}@example.org", f"a@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.{'f' * 60}", "a@b\x00.org", "a@example.org\n"],
)  # fmt: skip
def test_what_is_no_address_is_refused(stand: Stand, mailbox: Mailbox, bad: str) -> None:
    assert not is_address(bad)
    with pytest.raises(ConfigError, match="allowed: one plain address"):
        add(stand, mailbox, to=bad)


@pytest.mark.parametrize(
    "good", ["reader@example.org", "first.last+tag@mail.example.org", "o'neil@localhost", "a_b-c@x1.example"]
)
def test_what_is_an_address(good: str) -> None:
    assert is_address(good)


def test_no_header_can_be_slipped_in(stand: Stand, mailbox: Mailbox) -> None:
    """Line breaks in what goes into a subject become blanks; in an address the message is not made at all."""
    settings = MailSettings("127.0.0.1", 25, "none", "digest@record.example")
    letter = compose.Letter("news\r\nBcc: victim@example.org\r\n\r\nbody", "text", "<p>text</p>")
    raw = message(settings, READER, letter, ident="x", at=DUE, stop="mailto:stop@record.example")
    assert b"\r\nBcc:" not in raw
    assert b"Subject: news Bcc: victim@example.org body" in raw
    for given in ({"to": "a@b.example\r\nBcc: c@d.example"}, {"stop": "mailto:x\r\nBcc: c@d.example"}):
        with pytest.raises(ValueError, match=r"newline|header|linefeed"):
            message(settings, given.get("to", READER), letter, ident="x", at=DUE, stop=given.get("stop", "mailto:x"))


def test_hostile_titles_do_not_leave_their_line(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("One\r\n.\r\nMAIL FROM:<evil@example.org>\u2028\x1b[31m two")
    stand.publish("Later")
    send(stand, mailbox)
    assert "* One . MAIL FROM:<evil@example.org> [31m two\n" in mailbox.text()
    assert len(mailbox.raw) == 1
    assert "Later" in mailbox.text()


def test_every_line_of_the_mail_is_short_ascii(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("Straße, café, 警察 " + "x" * 1200)
    send(stand, mailbox)
    assert mailbox.raw[0].isascii()
    assert max(map(len, mailbox.raw[0].split(b"\r\n"))) <= 998
    assert "Straße, café, 警察" in mailbox.text()


def test_what_list_mail_should_say_of_itself(stand: Stand, mailbox: Mailbox) -> None:
    add(stand, mailbox)
    stand.publish("news")
    send(stand, mailbox)
    [mail] = mailbox.mails
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] == "<digest.record.example>"
    assert mail["List-Unsubscribe"].startswith("<mailto:digest@record.example?subject=unsubscribe%20")
    assert mail["Date"] == "Mon, 23 Nov 2026 07:00:00 -0000"


# --- configuration ------------------------------------------------------------------------------------------------
def test_without_configuration_it_says_what_to_configure(stand: Stand, mailbox: Mailbox) -> None:
    with pytest.raises(ConfigError, match=r"defaults\.mail.*AGGREGATOR_SMTP_USER"):
        postman(None, {})
    stand.config = replace(stand.config, public_url="")
    with pytest.raises(ConfigError, match=r"defaults\.public_url"):
        add(stand, mailbox)


def test_a_password_is_never_sent_in_the_clear() -> None:
    settings = MailSettings("mail.example", 25, "none", "digest@record.example")
    with pytest.raises(ConfigError, match="in the clear"):
        postman(settings, {"AGGREGATOR_SMTP_USER": "u", "AGGREGATOR_SMTP_PASSWORD": "hunter2"})
    found = postman(
        replace(settings, security="tls"), {"AGGREGATOR_SMTP_USER": "u", "AGGREGATOR_SMTP_PASSWORD": "hunter2"}
    )
    assert "hunter2" not in repr(found)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=mail"]
    command += ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(command, check=True, capture_output=True)
    return cert, key


def secure(certificate: tuple[Path, Path]) -> Callable[[], Mailbox]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return lambda: Mailbox(tls=context, login=("digest", "hunter2"))


def test_starttls_with_a_login(stand: Stand, certificate: tuple[Path, Path]) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    with secure(certificate)() as server:
        add(stand, server)
        stand.publish("news")
        stand.now = DUE
        wrong = stand.mails(server, security="starttls", user="digest", password="guessed", tls=trusted)
        assert "535" in digests.send(wrong)[0].error
        stand.later(3600)
        right = stand.mails(server, security="starttls", user="digest", password="hunter2", tls=trusted)
        assert digests.send(right)[0].state == "sent"
    assert len(server.raw) == 1


def test_a_certificate_nobody_signed_and_a_server_without_tls(
    stand: Stand, mailbox: Mailbox, certificate: tuple[Path, Path]
) -> None:
    add(stand, mailbox)
    stand.publish("news")
    stand.now = DUE
    with secure(certificate)() as server:
        assert "certificate" in digests.send(stand.mails(server, security="starttls"))[0].error
    stand.later(3600)
    assert "STARTTLS" in digests.send(stand.mails(mailbox, security="starttls"))[0].error, "never in the clear instead"
    assert mailbox.raw == []
