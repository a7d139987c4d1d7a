"""Webhooks against a real receiver: what is told, in which order, and what happens when it misbehaves."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from aggregator import limits
from aggregator.clock import epoch, plus
from aggregator.db import subscriptions as rows
from aggregator.db.connection import PRIVATE, open_reader, open_writer
from aggregator.errors import ConfigError
from aggregator.subscriptions import payload, webhooks
from aggregator.subscriptions.model import Criteria, State
from aggregator.takedown import redact, withdraw
from tests.subscriptions.conftest import SITE, Stand
from tests.subscriptions.test_signing import documented
from tests.support import faults
from tests.support.origin import Answer, Origin, Seen

SEARCHES = Criteria(topics=("stop-and-search",))


def told(origin: Origin, path: str = "/hook") -> list[dict[str, Any]]:
    """The notices that arrived."""
    return [json.loads(seen.body) for seen in origin.seen(path)]


def kinds(origin: Origin, path: str = "/hook") -> list[tuple[str, int]]:
    return [(notice["type"], notice["update"]["id"]) for notice in told(origin, path)]


def ids(origin: Origin, path: str = "/hook") -> list[str]:
    return [seen.headers["webhook-id"] for seen in origin.seen(path)]


# --- what is told -------------------------------------------------------------------------------------------------
def test_each_change_is_told_once_in_order_and_signed(stand: Stand, origin: Origin) -> None:
    origin.add("/hook", status=204)
    hook = stand.add_hook(origin.url("/hook"))
    first = stand.publish("Operation in Hackney", topics=("robbery",), places=("hackney",), kind="operation")
    second = stand.publish("New policy")
    stand.change(first, "edited")
    stand.change(first, "retagged")
    stand.change(second, "withdrawn", status="withdrawn")
    stand.change(second, "restored", status="live")
    stand.deliver()
    stand.deliver()
    assert kinds(origin) == [
        ("new", first), ("new", second), ("edited", first), ("withdrawn", second), ("restored", second),
    ]  # fmt: skip
    assert len(set(ids(origin))) == 5
    assert [n["seq"] for n in told(origin)] == sorted(n["seq"] for n in told(origin))
    verify = documented()
    for seen in origin.seen("/hook"):
        assert verify(hook.secret, seen.headers, seen.body, now=epoch(stand.now)) == json.loads(seen.body)
        assert (seen.method, seen.headers["content-type"]) == ("POST", "application/json")
    edited = told(origin)[2]
    assert edited == {
        "seq": edited["seq"], "type": "edited", "at": stand.now, "version": 2, "diff": f"{SITE}/updates/{first}/diff/1..2",
        "update": {
            "id": first, "url": f"https://news.example/{first}", "title": "Operation in Hackney", "kind": "operation",
            "publisher": "Metropolitan Police Service", "topics": ["robbery"], "places": ["hackney"],
            "published_at": edited["update"]["published_at"], "version": 2, "status": "live", "page": f"{SITE}/updates/{first}",
        },
    }  # fmt: skip


def test_it_begins_now_or_where_it_is_told_to(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    origin.add("/all")
    stand.add_hook(origin.url("/hook"))
    stand.add_hook(origin.url("/all"), since=0)
    stand.deliver()
    assert told(origin) == []
    count = stand.archive.execute("SELECT count(*) FROM changes WHERE type <> 'retagged'").fetchone()[0]
    assert len(told(origin, "/all")) == count
    with pytest.raises(ConfigError, match="the newest change is number"):
        stand.add_hook(origin.url("/hook"), since=10_000)


def test_only_what_holds_to_the_criteria(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"), Criteria(topics=("robbery", "stop-and-search"), places=("hackney",)))
    wanted = stand.publish("a", topics=("robbery",), places=("hackney",))
    stand.publish("b", topics=("robbery",))
    stand.publish("c", places=("hackney",))
    stand.deliver()
    assert kinds(origin) == [("new", wanted)]


def test_what_no_longer_holds_is_still_followed_to_its_end(stand: Stand, origin: Origin) -> None:
    """An update told before, or one that held when the webhook was added: its later edits and withdrawal are told."""
    origin.add("/hook")
    old = stand.publish("An old one", topics=("stop-and-search",))
    never = stand.publish("Another matter")
    stand.add_hook(origin.url("/hook"), SEARCHES)
    new = stand.publish("A new one", topics=("stop-and-search",))
    stand.deliver()
    stand.untag(old)
    stand.untag(new)
    stand.change(old, "edited")
    stand.change(new, "withdrawn", status="gone")
    stand.change(never, "edited")
    stand.deliver()
    assert kinds(origin) == [("new", new), ("edited", old), ("withdrawn", new)]


def test_the_difference_is_between_texts_that_were_seen(stand: Stand, origin: Origin) -> None:
    """No difference for an edit that made no version; none with a version that was declared and never seen."""
    origin.add("/hook")
    update = stand.publish("A consultation")
    stand.change(update, "edited")
    stand.add_hook(origin.url("/hook"))
    stand.later(60)
    stand.touch(update)
    stand.change(update, "edited")
    stand.unseen(update, 4)
    stand.change(update, "edited")
    stand.deliver()
    diffs = [notice.get("diff", "").rpartition("/")[2] for notice in told(origin)]
    assert diffs == ["", "2..3", "3..5"]


def test_an_update_that_is_no_longer_in_the_archive(stand: Stand, origin: Origin) -> None:
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"), SEARCHES)
    update = stand.publish("Here today", topics=("stop-and-search",))
    webhooks.plan(stand.hooks, stand.hook())
    with closing(open_writer(stand.db)) as conn:
        conn.execute("DELETE FROM updates WHERE id = ?", (update,))
    stand.deliver()
    assert told(origin)[0]["update"] == {"id": update, "status": None, "page": f"{SITE}/updates/{update}"}


# --- takedown -----------------------------------------------------------------------------------------------------
def test_a_takedown_before_delivery_holds(stand: Stand, origin: Origin) -> None:
    """Planned, even tried once: what is sent afterwards says nothing of what was taken down."""
    origin.add("/hook", status=500)
    stand.add_hook(origin.url("/hook"), Criteria(searches=("Doe",)))
    gone = stand.publish("Jane Doe is charged", url="https://news.example/jane-doe")
    words = stand.publish("Search with Jane Doe in it")
    stand.deliver()
    stand.archive.close()
    withdraw(stand.db, gone, lambda: stand.now, who="test", why="court order")
    redact(stand.db, words, r"Jane\s+Doe", lambda: stand.now, who="test", why="named in error")
    stand.archive = open_reader(stand.db)
    origin.add("/hook")
    stand.later(3600)
    stand.deliver()
    sent = told(origin)[1:]
    assert [(n["type"], n["update"]["title"]) for n in sent] == [
        ("new", None), ("new", "Search with [redacted] in it"), ("redacted", None), ("redacted", "Search with [redacted] in it"),
    ]  # fmt: skip
    assert sent[0]["update"]["url"] is None
    assert b"Doe" not in b"".join(seen.body for seen in origin.seen("/hook")[1:])
    stand.private.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    private = stand.db.with_name("state.db").read_bytes()
    assert b"is charged" not in private, "no text of an update is kept with the deliveries"


# --- receivers that misbehave -------------------------------------------------------------------------------------
def test_500_then_200_is_the_same_message_and_order_is_kept(stand: Stand, origin: Origin) -> None:
    origin.add("/hook", Answer(status=500), Answer(status=200))
    stand.add_hook(origin.url("/hook"))
    first, second = stand.publish("first"), stand.publish("second")
    [report] = stand.deliver()
    assert (report.delivered, report.error) == (0, "answered 500")
    assert stand.hook().next_attempt_at == plus(stand.now, limits.WEBHOOK_FIRST_S)
    stand.later(limits.WEBHOOK_FIRST_S - 1)
    assert stand.deliver() == [], "not before its time"
    stand.later(1)
    stand.deliver()
    assert kinds(origin) == [("new", first), ("new", first), ("new", second)]
    assert ids(origin)[0] == ids(origin)[1] != ids(origin)[2]
    stamps = [int(seen.headers["webhook-timestamp"]) for seen in origin.seen("/hook")]
    assert stamps[1] - stamps[0] == limits.WEBHOOK_FIRST_S, "the timestamp is of the attempt"
    assert (stand.hook().failures, stand.hook().last_error) == (0, "")


def test_pauses_double_up_to_a_cap_and_then_it_is_dead_until_retried(stand: Stand, origin: Origin) -> None:
    origin.add("/hook", status=503)
    stand.add_hook(origin.url("/hook"))
    update = stand.publish("news")
    pauses = []
    while stand.hook().state is State.ACTIVE:
        before = stand.now
        stand.deliver()
        if again := stand.hook().next_attempt_at:
            pauses.append(epoch(again) - epoch(before))
            stand.now = again
    assert pauses[:4] == [30, 60, 120, 240]
    assert pauses[-2:] == [limits.WEBHOOK_CAP_S] * 2
    assert len(origin.seen("/hook")) == limits.WEBHOOK_TRIES
    assert 2.5 * 86_400 < sum(pauses) < 3 * 86_400
    stand.later(86_400)
    second = stand.publish("more news")
    assert stand.deliver() == []
    origin.add("/hook")
    rows.revive(stand.private, 1, skip=False)
    stand.deliver()
    assert kinds(origin)[-2:] == [("new", update), ("new", second)], "nothing was lost meanwhile"


def test_a_notice_that_is_never_taken_can_be_skipped(stand: Stand, origin: Origin) -> None:
    origin.route("/hook", lambda seen: Answer(status=422 if json.loads(seen.body)["update"]["title"] == "bad" else 200))
    stand.add_hook(origin.url("/hook"))
    stand.publish("bad")
    good = stand.publish("good")
    stand.deliver()
    rows.revive(stand.private, 1, skip=True)
    stand.deliver()
    assert kinds(origin)[-1] == ("new", good)
    assert [d.state for d in rows.log(stand.private, 1, 10)] == ["delivered", "skipped"]


def test_410_ends_it(stand: Stand, origin: Origin) -> None:
    origin.add("/hook", status=410)
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    stand.deliver()
    assert (stand.hook().state, stand.hook().last_error) == (State.GONE, "answered 410: it wants no more notices")
    stand.later(86_400)
    assert stand.deliver() == []


@pytest.mark.parametrize(("status", "wait", "pause"), [(503, "120", 120), (429, "3600", 3600), (500, "1", 30)])
def test_retry_after_lengthens_the_pause_and_never_shortens_it(
    stand: Stand, origin: Origin, status: int, wait: str, pause: int
) -> None:
    origin.add("/hook", status=status, headers=(("Retry-After", wait),))
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    [report] = stand.deliver()
    assert report.error == f"answered {status} and asks for a pause of {wait} s"
    assert stand.hook().next_attempt_at == plus(stand.now, pause)


def test_one_that_is_asked_to_pause_does_not_silence_others_at_its_host(stand: Stand, origin: Origin) -> None:
    """Many receivers share a host; what it says to one subscriber is not for the next."""
    origin.add("/busy", status=429, headers=(("Retry-After", "600"),))
    origin.add("/other")
    stand.add_hook(origin.url("/busy"))
    stand.add_hook(origin.url("/other"))
    stand.publish("news")
    stand.deliver()
    assert [stand.hook(n).failures for n in (1, 2)] == [1, 0]
    assert len(told(origin, "/other")) == 1


def test_redirects_are_not_followed(stand: Stand, origin: Origin) -> None:
    origin.redirect("/hook", "/elsewhere", 308)
    origin.add("/elsewhere")
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    [report] = stand.deliver()
    assert report.error == "answered 308: redirects are not followed; register the final address"
    assert origin.paths() == ["/hook"]


@pytest.mark.parametrize("fault", [faults.silent, faults.drop, faults.reset, faults.not_http, faults.header_drip])
def test_a_receiver_that_never_answers_is_a_failure(stand: Stand, origin: Origin, fault: Any) -> None:
    origin.fault("/hook", fault)
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    [report] = stand.deliver()
    assert report.error
    assert (report.delivered, stand.hook().failures) == (0, 1)


def test_an_endless_receipt_is_a_receipt(stand: Stand, origin: Origin) -> None:
    origin.fault("/hook", faults.forever)
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    assert stand.deliver()[0].delivered == 1


def test_a_connection_that_is_refused(stand: Stand) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, not listening
        netloc = f"127.0.0.1:{taken.getsockname()[1]}"
        stand.allow(netloc)
        stand.add_hook(f"http://{netloc}/hook?token=secret")
        stand.publish("news")
        [report] = stand.deliver()
    assert "no connection" in report.error
    assert "secret" not in stand.hook().last_error


def test_one_bad_hook_stops_no_other(stand: Stand, origin: Origin) -> None:
    origin.fault("/hang", faults.silent)
    origin.add("/fine")
    origin.add("/fails", status=500)
    for path in ("/hang", "/fails", "/fine"):
        stand.add_hook(origin.url(path))
    updates = [stand.publish(f"news {n}") for n in range(3)]
    reports = {report.id: report.delivered for report in stand.deliver()}
    assert reports == {1: 0, 2: 0, 3: 3}
    assert [update for _, update in kinds(origin, "/fine")] == updates


def test_a_defect_over_one_hook_is_its_failure_and_stops_no_other(
    stand: Stand, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = payload.body

    def defective(delivery: Any, *facts: Any, **more: Any) -> bytes:
        if delivery.webhook_id == 1:
            raise KeyError("a mistake of ours")
        return made(delivery, *facts, **more)

    monkeypatch.setattr(payload, "body", defective)
    origin.add("/hook")
    origin.add("/other")
    stand.add_hook(origin.url("/hook"))
    stand.add_hook(origin.url("/other"))
    stand.publish("news")
    first, second = stand.deliver()
    assert "defect of this program" in first.error
    assert (second.delivered, stand.hook().failures) == (1, 1)


def test_removed_while_it_is_being_told(stand: Stand, origin: Origin) -> None:
    def remove(seen: Seen) -> Answer:
        with closing(open_writer(stand.db.with_name("state.db"), PRIVATE)) as conn:
            rows.remove(conn, 1)
        return Answer(status=500)

    origin.route("/hook", remove)
    stand.add_hook(origin.url("/hook"))
    stand.publish("one")
    stand.publish("two")
    stand.deliver()
    assert len(origin.seen("/hook")) == 1
    assert stand.deliver() == []
    for table in ("webhooks", "webhook_matches", "deliveries"):
        assert stand.private.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


# --- addresses ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:8080/", "port 8080"),
        ("http://127.0.0.1/", "loopback"),
        ("https://10.0.0.1/", "10.0.0.1"),
        ("https://[::1]/", "loopback"),
        ("https://169.254.169.254/latest/meta-data", "169.254.169.254"),
        ("http://hook.example/", "only https is allowed"),
        ("ftp://hook.example/", "not http or https"),
        ("https://user:secret@hook.example/", "user name or password"),
        ("https://hook.example:8443/", "port 8443"),
        ("https://hook.example/\r\nX-Evil: 1", "control character"),
    ],
)
def test_addresses_nothing_is_sent_to(stand: Stand, url: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        stand.add_hook(url)


def test_an_address_that_is_no_longer_allowed_is_not_dialled(stand: Stand, origin: Origin) -> None:
    """The guard stands at every attempt, not only when a webhook is added."""
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    stand.config = replace(stand.config, settings=replace(stand.config.settings, allow_hosts=()))
    [report] = stand.deliver()
    assert "not fetched" in report.error
    assert origin.requests == []


# --- bounds -------------------------------------------------------------------------------------------------------
def test_a_long_backlog_is_planned_in_pieces_and_told_whole(
    stand: Stand, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhooks, "WEBHOOK_QUEUE", 4)
    monkeypatch.setattr(webhooks, "CHANGES_SCANNED", 3)
    monkeypatch.setattr(webhooks, "SCANS_PER_PASS", 2)
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"), Criteria(kinds=("policy", "appeal")))
    wanted = [
        u for n in range(25) if (u := stand.publish(f"{n}", kind=("policy", "foi", "appeal")[n % 3])) and n % 3 != 1
    ]
    for _ in range(10):
        stand.deliver()
        assert rows.waiting(stand.private).get(1, 0) <= 4
    assert [update for _, update in kinds(origin)] == wanted


def test_the_turn_of_a_slow_receiver_ends(stand: Stand, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "DELIVERY_PASS_S", 0.0)
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"))
    stand.publish("news")
    assert stand.deliver()[0].delivered == 0


def test_after_an_older_archive_was_put_back_it_goes_on_there(stand: Stand, origin: Origin) -> None:
    origin.add("/hook", status=500)
    stand.add_hook(origin.url("/hook"))
    last = stand.hook().cursor
    stand.publish("lost with the newer archive")
    stand.deliver()
    with closing(open_writer(stand.db)) as conn:
        conn.execute("DELETE FROM changes WHERE seq > ?", (last,))
        conn.execute("UPDATE sqlite_sequence SET seq = ? WHERE name = 'changes'", (last,))
    origin.add("/hook")
    stand.later(60)
    stand.deliver()
    again = stand.publish("what came instead")
    stand.deliver()
    assert kinds(origin)[1:] == [("new", again)]
    assert ids(origin)[0] != ids(origin)[1], "a number that comes again is another message"


def test_the_log_is_shortened(stand: Stand, origin: Origin, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "DELIVERIES_KEPT", 3)
    origin.add("/hook")
    stand.add_hook(origin.url("/hook"))
    for n in range(5):
        stand.publish(f"news {n}")
    stand.deliver()
    kept = rows.log(stand.private, 1, 100)
    assert [d.state for d in kept] == ["delivered"] * 3
    stand.later(limits.DELIVERIES_KEPT_S + 1)
    rows.prune(stand.private, stand.now)
    assert rows.log(stand.private, 1, 100) == []


def test_what_may_be_secret_in_an_address_is_in_no_error(stand: Stand) -> None:
    url = f"https://10.0.0.1/hook?token={'s3cret' * 40}"
    stand.allow("10.0.0.1:443")
    stand.add_hook(url)
    stand.config = replace(stand.config, settings=replace(stand.config.settings, allow_hosts=()))
    stand.publish("news")
    stand.deliver()
    assert stand.hook().last_error
    assert "s3cret" not in stand.hook().last_error


def test_there_is_a_most(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "MAX_WEBHOOKS", 1)
    stand.add_hook("https://hook.example/")
    with pytest.raises(ConfigError, match="1 webhooks already"):
        stand.add_hook("https://hook.example/")


def test_the_secret_is_in_no_text_of_it(stand: Stand) -> None:
    hook = stand.add_hook("https://hook.example/")
    assert hook.secret not in repr(hook)
