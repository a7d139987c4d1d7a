"""What a 304 means: the same page as last time, read as it was then, and asked for anew where it was not kept."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.clock import plus
from aggregator.db.companion import state_path
from aggregator.models import Outcome, Utc
from tests.pipeline.harness import check_archive, collect, feeds, report, rows, rss
from tests.support.origin import Answer, Origin

pytestmark = pytest.mark.usefixtures("quick")

NOW = Utc("2026-09-20T12:00:00Z")
DAY = 86_400
ITEMS = [("5002", "Man jailed for burglary", "A burglar was jailed."), ("5001", "Panel meets", "Residents met.")]


def one(tmp_path: Path, origin: Origin, **source: object) -> Path:
    return feeds(tmp_path, origin.netloc, [{"id": "news", **source}])


def test_a_kept_page_is_read_in_the_charset_it_was_sent_in(tmp_path: Path, origin: Origin) -> None:
    """However the header is written: read otherwise a day later, the same bytes would be an edit nobody made."""
    body = "<main><h1>Caf\xe9</h1><p>Na\xefve words of a policy of London.</p></main>".encode("latin-1")
    origin.add("/policy", Answer(body, content_type="text/html; Charset=ISO-8859-1", etag='"1"'))
    db, config = tmp_path / "met.db", one(tmp_path, origin, kind="page", url=origin.url("/policy"))
    collect(db, config, now=NOW)
    assert report(collect(db, config, now=plus(NOW, 2 * DAY)), "news").outcome is Outcome.NOT_MODIFIED
    assert rows(db, "SELECT title, version FROM updates") == [("Caf\xe9", 1)]


def test_a_page_that_stays_unchanged_is_read_once_a_day(tmp_path: Path, origin: Origin) -> None:
    origin.add("/rss", Answer(rss(ITEMS), content_type="application/rss+xml", etag='"1"'))
    db, config = tmp_path / "met.db", one(tmp_path, origin, kind="feed", url=origin.url("/rss"))
    for hours in (0, 30, 31, 32, 60):
        collect(db, config, now=plus(NOW, hours * 3600))
    read = "SELECT items FROM fetches ORDER BY id"
    assert [items for (items,) in rows(db, read)] == [2, 2, 0, 0, 2]
    assert rows(db, "SELECT DISTINCT last_seen_at FROM updates") == [(plus(NOW, 60 * 3600),)]


def test_a_304_may_renew_the_etag(tmp_path: Path, origin: Origin) -> None:
    """RFC 9111 \xa74.3.4."""
    db, config = tmp_path / "met.db", one(tmp_path, origin, kind="feed", url=origin.url("/rss"))
    origin.add("/rss", Answer(rss(ITEMS), content_type="application/rss+xml", etag='"1"'))
    collect(db, config, now=NOW)
    origin.add("/rss", Answer(status=304, content_type="", headers=(("ETag", '"2"'),)))
    collect(db, config, now=plus(NOW, 2 * DAY))
    collect(db, config, now=plus(NOW, 2 * DAY + 3600))
    assert [seen.headers.get("if-none-match") for seen in origin.seen("/rss")] == [None, '"1"', '"2"']


def test_what_a_304_speaks_of_and_is_not_kept_is_asked_for_anew(tmp_path: Path, origin: Origin) -> None:
    """After a restore of the public database alone an unchanged list of wards would lead to no ward for ever."""
    wards = json.dumps([{"id": "E05009386", "name": "Ward"}]).encode()
    origin.add("/api/met/neighbourhoods", Answer(wards, content_type="application/json", etag='"1"'))
    event = [
        {"title": "Street meeting", "start_date": "2026-10-11T13:30:00", "address": "The Green", "type": "meeting"}
    ]
    origin.add("/api/met/E05009386/events", Answer(json.dumps(event).encode(), content_type="application/json"))
    db = tmp_path / "met.db"
    config = one(tmp_path, origin, kind="police-events", url=origin.url("/api/met/neighbourhoods"))
    collect(db, config, now=NOW)
    with closing(sqlite3.connect(state_path(db))) as conn, conn:
        conn.execute("DELETE FROM snapshots")
        conn.execute("DELETE FROM blobs")
    assert report(collect(db, config, now=plus(NOW, DAY)), "news").outcome is not Outcome.NOT_MODIFIED
    assert len(origin.seen("/api/met/E05009386/events")) == 2
    collect(db, config, now=plus(NOW, 2 * DAY))
    assert [s.headers.get("if-none-match") for s in origin.seen("/api/met/neighbourhoods")] == [
        None,
        '"1"',
        None,
        '"1"',
    ]
    check_archive(db)
