"""Rounds of one feed: what is stored, what a replay writes, edits, gaps, states."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.clock import plus
from aggregator.models import Outcome, Utc
from tests.pipeline.harness import check_archive, collect, feeds, report, rows, rss, whole
from tests.support.origin import Answer, Origin

pytestmark = pytest.mark.usefixtures("unbounded")

NOW = Utc("2026-09-20T12:00:00Z")
FEED = {"id": "met-news", "kind": "feed", "url": "", "identity": "trailing-number"}
ITEMS = [
    ("5003", "Appeal after robbery in Peckham", "Detectives appeal for witnesses after a phone was stolen."),
    ("5002", "Man jailed for burglary", "A burglar was jailed for five years at Wood Green Crown Court."),
    (
        "5001",
        "Stop and search scrutiny panel meets in Hackney",
        "Residents reviewed body-worn video of stop and search.",
    ),
]
ROUND_TABLES = ("fetches", "source_state", "table_counts")


def serve(origin: Origin, path: str, items: list[tuple[str, str, str]], **fields: object) -> None:
    origin.add(path, Answer(rss(items), content_type="application/rss+xml", **fields))  # type: ignore[arg-type]


def one_feed(tmp_path: Path, origin: Origin, **more: object) -> Path:
    return feeds(tmp_path, origin.netloc, [{**FEED, "url": origin.url("/rss"), **more}])


def test_a_round_stores_tags_and_indexes_every_item(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    db = tmp_path / "met.db"
    done = report(collect(db, one_feed(tmp_path, origin), now=NOW), "met-news")
    assert (done.outcome, done.new, done.changed) == (Outcome.OK, 3, 0)
    assert rows(db, "SELECT key, url FROM updates ORDER BY id")[0] == (
        "news-5001",
        "https://news.example/news/story-5001",
    )
    ids = [i for (i,) in rows(db, "SELECT id FROM updates ORDER BY published_at")]
    assert ids == sorted(ids), "ids rise with publication time"
    assert rows(db, "SELECT count(*) FROM updates_fts WHERE updates_fts MATCH 'witnesses'") == [(1,)]
    panel = rows(db, "SELECT topic FROM update_topics JOIN updates ON id = update_id WHERE key = 'news-5001'")
    assert ("stop-and-search",) in panel
    assert ("hackney",) in rows(
        db, "SELECT place FROM update_places JOIN updates ON id = update_id WHERE key = 'news-5001'"
    )
    assert rows(db, "SELECT type, count(*) FROM changes GROUP BY type") == [("new", 3)]
    check_archive(db)


def test_replaying_the_same_bytes_writes_one_fetches_row_and_nothing_else(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    collect(db, config, now=NOW)
    before, fetches = whole(db, without=ROUND_TABLES), len(rows(db, "SELECT * FROM fetches"))
    done = report(collect(db, config, now=plus(NOW, 3600)), "met-news")
    assert (done.outcome, done.new, done.changed) == (Outcome.NOT_MODIFIED, 0, 0)
    assert whole(db, without=ROUND_TABLES) == before
    assert len(rows(db, "SELECT * FROM fetches")) == fetches + 1


def test_a_server_with_etags_is_asked_conditionally(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS, etag='"v1"')
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    collect(db, config, now=NOW)
    done = report(collect(db, config, now=plus(NOW, 3600)), "met-news")
    assert done.outcome is Outcome.NOT_MODIFIED
    assert origin.seen("/rss")[-1].headers["if-none-match"] == '"v1"'


def test_a_changed_configuration_reads_an_unchanged_body_again(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS, etag='"v1"')
    db = tmp_path / "met.db"
    collect(db, one_feed(tmp_path, origin, match="(?i)burglary"), now=NOW)
    assert rows(db, "SELECT count(*) FROM updates") == [(1,)]
    done = report(collect(db, one_feed(tmp_path, origin), now=plus(NOW, 3600)), "met-news")
    assert (done.outcome, done.new) == (Outcome.OK, 2)


def test_an_edit_makes_a_version_that_is_silent_and_searchable(tmp_path: Path, origin: Origin) -> None:
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    serve(origin, "/rss", ITEMS)
    collect(db, config, now=NOW)
    edited = [("5003", ITEMS[0][1], "Detectives appeal for dashcam footage after a phone was stolen."), *ITEMS[1:]]
    serve(origin, "/rss", edited)
    done = report(collect(db, config, now=plus(NOW, 3600)), "met-news")
    assert (done.new, done.changed, done.unchanged) == (0, 1, 2)
    version = rows(db, "SELECT version, silent, words_added, words_removed FROM versions WHERE version > 1")
    assert version == [(2, 1, 2, 1)]
    assert rows(db, "SELECT count(*) FROM updates_fts WHERE updates_fts MATCH 'dashcam'") == [(1,)]
    assert rows(db, "SELECT count(*) FROM updates_fts WHERE updates_fts MATCH 'witnesses'") == [(0,)]
    assert rows(db, "SELECT type FROM changes ORDER BY seq DESC LIMIT 1") == [("edited",)]
    check_archive(db)


def test_a_new_address_or_date_is_told_to_those_who_keep_a_copy(tmp_path: Path, origin: Origin) -> None:
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    copy = "SELECT id, url, published_at, title, status, version FROM updates ORDER BY id"
    feed = rss(ITEMS)
    for hours, body in enumerate(
        [feed, feed.replace(b"/story-5002", b"/man-jailed-5002"), feed.replace(b"15:22:00", b"15:23:00")]
    ):
        cursor = rows(db, "SELECT coalesce(max(seq), 0) FROM changes")[0][0] if hours else 0
        before = {row[0]: row for row in rows(db, copy)} if hours else {}
        origin.add("/rss", Answer(body, content_type="application/rss+xml"))
        collect(db, config, now=plus(NOW, 3600 * hours))
        told = {update for (update,) in rows(db, "SELECT update_id FROM changes WHERE seq > ?", cursor)}
        assert {row[0] for row in rows(db, copy) if row != before.get(row[0])} == told
        assert told
    assert rows(db, "SELECT max(version) FROM updates") == [(1,)]


def test_what_leaves_a_feeds_window_stays_in_the_archive(tmp_path: Path, origin: Origin) -> None:
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    serve(origin, "/rss", ITEMS)
    collect(db, config, now=NOW)
    serve(origin, "/rss", ITEMS[:1])
    collect(db, config, now=plus(NOW, 3600))
    assert rows(db, "SELECT count(*) FROM updates WHERE status = 'live'") == [(3,)]


def test_a_window_with_nothing_known_in_it_is_reported_as_a_gap(tmp_path: Path, origin: Origin) -> None:
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    serve(origin, "/rss", ITEMS)
    collect(db, config, now=NOW)
    serve(origin, "/rss", [("5099", "Much later", "Many items later."), ("5098", "Later", "Later.")])
    done = report(collect(db, config, now=plus(NOW, 9 * 86400)), "met-news")
    assert "backfill" in rows(db, "SELECT error FROM fetches ORDER BY id DESC LIMIT 1")[0][0]
    assert done.new == 2
    assert rows(db, "SELECT gaps FROM source_health WHERE source_id = 'met-news'") == [(1,)]


def test_a_gap_is_noticed_though_an_older_item_is_looked_at_again(tmp_path: Path, origin: Origin) -> None:
    """What has become of an item that has left the feed says nothing of those that came and went in between."""
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin, recheck=1)
    body = rss(ITEMS).replace(b"https://news.example", origin.base.encode())
    origin.add("/rss", Answer(body, content_type="application/rss+xml"))
    collect(db, config, now=NOW)
    serve(origin, "/rss", [("5099", "Much later", "Many items later."), ("5098", "Later", "Later.")])
    origin.add("/news/story-5001", Answer(b"not found", status=404))
    collect(db, config, now=plus(NOW, 9 * 86400))
    assert rows(db, "SELECT missing FROM updates WHERE key = 'news-5001'") == [(1,)]
    assert rows(db, "SELECT gaps FROM source_health WHERE source_id = 'met-news'") == [(1,)]


def test_keep_headline_stores_no_more_than_the_headline(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    db = tmp_path / "met.db"
    collect(db, one_feed(tmp_path, origin, keep="headline"), now=NOW)
    assert rows(db, "SELECT count(*) FROM updates WHERE summary <> ''") == [(0,)]
    assert rows(db, "SELECT count(*) FROM versions WHERE summary <> '' OR body <> ''") == [(0,)]


def test_the_same_story_in_two_sources_is_one_cluster(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    serve(origin, "/other", ITEMS[:1])
    config = feeds(
        tmp_path,
        origin.netloc,
        [{**FEED, "url": origin.url("/rss")}, {**FEED, "id": "copy", "url": origin.url("/other")}],
    )
    db = tmp_path / "met.db"
    collect(db, config, now=NOW)
    assert rows(db, "SELECT count(*), count(DISTINCT cluster_id) FROM updates") == [(4, 3)]


def test_sources_may_fix_topics(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    db = tmp_path / "met.db"
    collect(db, one_feed(tmp_path, origin, topics=["accountability"]), now=NOW)
    fixed = rows(db, "SELECT count(*) FROM update_topics WHERE topic = 'accountability' AND origin = 'source'")
    assert fixed == [(3,)]


def test_only_what_is_due_is_asked(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    assert len(collect(db, config, now=NOW, only_due=True).sources) == 1
    assert len(collect(db, config, now=plus(NOW, 1800), only_due=True).sources) == 0
    assert len(collect(db, config, now=plus(NOW, 3600 * 1.1 + 1), only_due=True).sources) == 1


def test_a_clock_that_was_ahead_silences_no_source(tmp_path: Path, origin: Origin) -> None:
    serve(origin, "/rss", ITEMS)
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    collect(db, config, now=plus(NOW, 365 * 86_400))
    assert len(collect(db, config, now=NOW, only_due=True).sources) == 1
    assert len(collect(db, config, now=plus(NOW, 60), only_due=True).sources) == 0


ENDED = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title><entry><title>This feed has ended</title>
<id>https://www.gov.example/feed-ended</id><updated>2026-01-01T00:00:00Z</updated></entry></feed>"""
NO_ITEMS = b'<rss version="2.0"><channel><title>Nothing today</title></channel></rss>'


@pytest.mark.parametrize(("body", "outcome"), [(ENDED, Outcome.ENDED), (NO_ITEMS, Outcome.EMPTY)])
def test_a_304_does_not_hide_that_a_feed_has_ended_or_is_empty(
    tmp_path: Path, origin: Origin, body: bytes, outcome: Outcome
) -> None:
    origin.add("/rss", Answer(body, content_type="application/atom+xml", etag='"same"'))
    db, config = tmp_path / "met.db", one_feed(tmp_path, origin)
    for hour in range(3):
        assert report(collect(db, config, now=plus(NOW, 3600 * hour)), "met-news").outcome is outcome
    assert rows(db, "SELECT state FROM source_health") == [(outcome.value,)]
    assert rows(db, "SELECT count(*) FROM updates") == [(0,)]
