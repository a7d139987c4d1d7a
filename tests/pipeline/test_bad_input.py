"""Bad input of every sort in one round: each gets its clear outcome, stores nothing harmful and stops nothing else."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from aggregator.collect import RoundReport
from aggregator.db.connection import PUBLIC, Family, open_writer
from aggregator.models import Outcome, Utc
from tests.pipeline.harness import check_archive, collect, feeds, report, rows, rss
from tests.support import faults
from tests.support.origin import Answer, Origin

NOW = Utc("2026-09-20T12:00:00Z")
GOOD = rss([("1", "Knife surrender bins in Croydon", "Bins were placed at two stations.")])
HOSTILE = b"""<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>
<item><title>Arrests &lt;script&gt;alert(1)&lt;/script&gt; in Brent &lt;img src=x onerror=alert(2)&gt;</title>
<description>&lt;p onclick="evil()"&gt;Text&lt;/p&gt;&lt;script&gt;alert(3)&lt;/script&gt;&lt;a href="javascript:alert(4)"&gt;link&lt;/a&gt;</description>
<link>javascript:alert(document.cookie)</link><guid>hostile-1</guid></item></channel></rss>"""
ENTITY_BOMB = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "' + "A" * 50_000 + '">]><rss version="2.0"><channel><item><title>'
    + "&a;" * 20_000 + "</title></item></channel></rss>"
).encode()  # fmt: skip

FAULTY = {
    "noise": Outcome.PARSE_ERROR,
    "huge": Outcome.TOO_LARGE,
    "bomb": Outcome.TOO_LARGE,
    "entities": Outcome.PARSE_ERROR,
    "metadata": Outcome.REFUSED,
    "challenge": Outcome.BLOCKED,
    "nothing": Outcome.PARSE_ERROR,
    "dropped": Outcome.CONNECT,
    "broken": Outcome.HTTP_5XX,
    "absent": Outcome.HTTP_4XX,
    "gone": Outcome.GONE,
}


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "met.db"


@pytest.fixture
def done(db: Path, tmp_path: Path, origin: Origin) -> RoundReport:
    xml = "application/rss+xml"
    origin.add("/good", body=GOOD, content_type=xml)
    origin.add("/hostile", body=HOSTILE, content_type=xml)
    origin.add("/noise", body=os.urandom(20_000), content_type=xml)
    origin.add("/entities", body=ENTITY_BOMB, content_type=xml)
    origin.add("/nothing", body=b"", content_type=xml)
    origin.add("/broken", status=500)
    origin.add("/gone", status=410)
    origin.redirect("/metadata", "http://169.254.169.254/latest/meta-data/")
    origin.fault("/huge", faults.big(100))
    origin.fault("/bomb", faults.gzip_bomb())
    origin.fault("/dropped", faults.drop)
    origin.add(
        "/challenge", Answer(b"<title>Just a moment...</title>", status=403, headers=(("cf-mitigated", "challenge"),))
    )
    names = ["good", "hostile", *FAULTY]
    config = feeds(
        tmp_path,
        origin.netloc,
        [{"id": n, "kind": "feed", "url": origin.url(f"/{n}"), "identity": "url"} for n in names],
    )
    return collect(db, config, now=NOW)


def test_each_has_its_outcome_and_says_what_happened(done: RoundReport, db: Path) -> None:
    assert {n: report(done, n).outcome for n in FAULTY} == FAULTY
    for name in FAULTY:
        error = rows(db, "SELECT error FROM fetches WHERE source_id = ?", name)[0][0]
        assert len(error) > 15, f"{name}: {error!r} tells a person nothing"


def test_the_good_source_beside_them_is_collected(done: RoundReport, db: Path) -> None:
    assert report(done, "good").outcome is Outcome.OK
    assert rows(db, "SELECT title FROM updates WHERE source_id = 'good'") == [("Knife surrender bins in Croydon",)]


def test_nothing_harmful_is_stored(done: RoundReport, db: Path) -> None:
    assert report(done, "hostile").new == 1
    title, summary, url = rows(db, "SELECT title, summary, url FROM updates WHERE source_id = 'hostile'")[0]
    assert url is None
    html = rows(db, "SELECT coalesce(max(html), '') FROM texts")[0][0]
    for text in (title, summary, html):
        assert "<script" not in text
        assert "onerror" not in text
        assert "javascript:" not in text
    assert rows(db, "SELECT count(*) FROM updates WHERE source_id NOT IN ('good', 'hostile')") == [(0,)]
    check_archive(db)


def test_failing_sources_are_failing_on_the_health_page(done: RoundReport, db: Path) -> None:
    health = dict(rows(db, "SELECT source_id, state FROM source_health"))
    assert health["good"] == "ok"
    assert health["challenge"] == "blocked"
    assert health["noise"] == "failing"


@pytest.mark.usefixtures("unbounded")
def test_a_feed_that_breaks_off_is_read_again_when_it_is_whole(db: Path, tmp_path: Path, origin: Origin) -> None:
    """What was read of it stays, nothing of it is remembered as the answer, and no half item becomes a second update."""
    items = [(str(n), f"Appeal after robbery number {n}", "Two men were seen.") for n in (3, 2, 1)]
    whole = rss(items)
    half = whole[: whole.index(b"robbery number 2") + 4]
    config = feeds(
        tmp_path, origin.netloc, [{"id": "met", "kind": "feed", "url": origin.url("/rss"), "complete": True}]
    )

    def round_(body: bytes, hour: int, etag: str = '"1"') -> tuple[Outcome, list[tuple[str, str]]]:
        origin.add("/rss", Answer(body, content_type="application/rss+xml", etag=etag))
        done = report(collect(db, config, now=Utc(f"2026-09-20T{hour}:00:00Z")), "met")
        assert "breaks off" in done.error or done.outcome is Outcome.OK
        return done.outcome, rows(db, "SELECT title, status FROM updates ORDER BY title")

    three, two, one = ((f"Appeal after robbery number {n}", "live") for n in (3, 2, 1))
    assert round_(half, 10) == (Outcome.PARTIAL, [three])
    assert round_(whole, 11) == (Outcome.OK, [one, two, three])
    for hour in (12, 13, 14):
        assert round_(half, hour, '"2"') == (Outcome.PARTIAL, [one, two, three]), (
            "what is missing from half a list is not gone"
        )


@pytest.mark.usefixtures("unbounded")
def test_a_full_disk_is_no_defect_and_makes_no_source_wait(
    db: Path, tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    sources = [{"id": name, "kind": "feed", "url": origin.url(f"/{name}")} for name in ("small", "large")]
    config = feeds(tmp_path, origin.netloc, sources)
    origin.add("/small", body=GOOD, content_type="application/rss+xml")
    origin.add("/large", body=rss([]), content_type="application/rss+xml")
    collect(db, config, now=Utc("2026-09-20T10:00:00Z"))
    items = [(str(n), f"Robbery number {n}", "words " * 400) for n in range(200)]
    origin.add("/large", body=rss(items), content_type="application/rss+xml")

    def nearly_full(path: Path, family: Family = PUBLIC) -> sqlite3.Connection:
        conn = open_writer(path, family)
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + 20}")
        return conn

    with monkeypatch.context() as patch:
        patch.setattr("aggregator.collect.open_writer", nearly_full)
        for hour in (12, 14, 16):
            done = collect(db, config, now=Utc(f"2026-09-20T{hour}:00:00Z"), only_due=True)
            assert report(done, "small").outcome is Outcome.NOT_MODIFIED
            full = report(done, "large")
            assert (full.outcome, full.new) == (Outcome.ERROR, 0)
            assert "make room on the disk" in full.error
            assert "defect" not in full.error
    done = collect(db, config, now=Utc("2026-09-20T18:00:00Z"), only_due=True)
    assert report(done, "large").new == 200
    check_archive(db)
