"""Real payloads, where the folder with captures is at hand: what they hold was counted by hand."""

from __future__ import annotations

import pytest

from aggregator.models import DateQuality, Parsed
from aggregator.sources import feed, legislation
from tests.captures import ABSENT, NEWS
from tests.sources.examples import page, source

_NAMESPACES = (
    'xmlns="http://www.w3.org/2005/Atom" xmlns:ukm="http://www.legislation.gov.uk/namespaces/metadata" '
    'xmlns:pbl="http://www.legislation.gov.uk/namespaces/publication" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def capture(name: str) -> bytes:
    file = NEWS / name
    if not file.exists():
        pytest.skip(f"{name}: {ABSENT}")
    return file.read_bytes()


def read(name: str, url: str, **options: str) -> Parsed:
    parsed = feed.parse(source("feed", url, **options), page(capture(name), url, content_type="text/xml"))
    assert parsed.outcome is None
    assert parsed.problems == ()
    return parsed


def test_bbc() -> None:
    parsed = read("bbc_news_rss_2024-08-08.xml", "https://feeds.bbci.co.uk/news/rss.xml")
    assert parsed.title == "BBC News"
    assert len(parsed.entries) == 3
    assert [entry.published_at for entry in parsed.entries] == [
        "2024-08-08T15:39:03Z",
        "2024-08-08T18:38:16Z",
        "2024-08-08T13:44:32Z",
    ]
    for entry in parsed.entries:
        assert entry.key == entry.url
        assert "#" not in entry.key
        assert entry.title == entry.title.strip() != ""
        assert entry.summary
        assert entry.body == ""


def test_guardian() -> None:
    parsed = read("guardian_rss_2019-05-08.xml", "https://www.theguardian.com/uk/rss")
    assert parsed.title == "The Guardian"
    assert [len(entry.categories) for entry in parsed.entries] == [6, 1, 4]
    assert [len(entry.summary.split("\n\n")) for entry in parsed.entries] == [3, 3, 3]
    assert all(entry.date_quality is DateQuality.EXACT for entry in parsed.entries)
    assert not any("Continue reading" in entry.summary or "<" in entry.summary for entry in parsed.entries)


def test_mynewsdesk() -> None:
    url = "https://www.mynewsdesk.com/se/rss/current_news/51204"
    parsed = read("mynewsdesk_current_news_rss_2026-09-17.xml", url, identity="trailing-number")
    assert [entry.key for entry in parsed.entries] == ["pressreleases-3464880", "pressreleases-3422741"]
    assert [entry.published_at for entry in parsed.entries] == ["2026-09-08T05:00:00Z", "2026-09-01T16:01:46Z"]
    assert not any("utm_" in (entry.url or "utm_") for entry in parsed.entries)


def test_legislation() -> None:
    """The three sorts of entry, as its documentation gives them, in one feed."""
    entries = capture("legislation_atom_entries.xml.txt").decode()
    url = "https://www.legislation.gov.uk/new/data.feed"
    parsed = legislation.parse(source("legislation", url), page(f"<feed {_NAMESPACES}>{entries}</feed>", url))
    assert parsed.problems == ()
    act, effect, logged = parsed.entries
    assert (act.key, act.refs, len(act.categories)) == (
        "http://www.legislation.gov.uk/id/ukpga/1985/67",
        ("ukpga/1985/67",),
        5,
    )
    assert (act.published_raw, act.modified_at) == ("1985-10-30", "2010-07-21T00:00:00Z")
    assert effect.key == "http://www.legislation.gov.uk/id/effect/key-3d258ed3180029fce9dc520cd9666d80"
    assert effect.refs == ("uksi/2010/772", "uksi/2022/255")
    assert "reg. 32EA" in effect.summary
    assert "1 August 2022" in effect.summary
    assert (logged.key, logged.modified_at) == (
        "http://www.legislation.gov.uk/id/ukpga/2020/17",
        "2023-07-05T23:39:45Z",
    )
    assert logged.change_note == "republished, as it stands on 2022-07-21"
