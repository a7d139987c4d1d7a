"""Feeds out, read back with the tools that readers use."""

from __future__ import annotations

import json
from collections.abc import Callable
from email.utils import formatdate
from pathlib import Path
from xml.etree import ElementTree as ET

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clock import epoch, plus
from aggregator.models import Utc
from aggregator.site.feeds import Entry, Feed, atom, json_feed
from tests.site import archive
from tests.site.conftest import Site

FEEDS = [
    "/updates",
    "/topics/knife-crime",
    "/places/hackney",
    "/search?q=invented",
    "/policies",
    "/policies?silent=1",
    "/sources",
    "/updates?kind=appeal",
]


def address(path: str, suffix: str) -> str:
    base, mark, query = path.partition("?")
    return f"{base}{suffix}{mark}{query}"


@pytest.mark.parametrize("path", FEEDS)
def test_atom_is_valid_and_says_the_same_as_json(site: Site, path: str) -> None:
    response = site.get(address(path, ".atom"))
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    parsed = feedparser.parse(response.content)
    assert not parsed.bozo
    assert parsed.version == "atom10"
    assert parsed.entries
    assert parsed.feed.links[0].href == f"http://localhost{address(path, '.atom')}"
    found = json.loads(site.get(address(path, ".feed.json")).text)
    assert found["version"] == "https://jsonfeed.org/version/1.1"
    assert [item["id"] for item in found["items"]] == [entry.id for entry in parsed.entries]
    assert found["feed_url"] == f"http://localhost{address(path, '.feed.json')}"


def test_a_page_tells_of_its_feeds(site: Site) -> None:
    text = site.get("/search?q=place%3Ahackney").text
    assert (
        '<link rel="alternate" type="application/atom+xml" title="Search: place:hackney" href="/search.atom?q=place%3Ahackney">'
        in text
    )
    assert '<link rel="alternate" type="application/feed+json"' in text


def test_an_entry_has_all_a_reader_needs(site: Site) -> None:
    parsed = feedparser.parse(site.get("/topics/body-worn-cameras.atom").content)
    [entry] = parsed.entries
    assert entry.title == "Stop and search: guidance for officers"
    assert entry.link == f"http://localhost/updates/{archive.POLICY}"
    assert [link.href for link in entry.links if link.rel == "via"] == [archive.POLICY_URL]
    assert entry.author == "Home Office"
    assert entry.rights == "OGL-UK-3.0"
    assert {tag.term for tag in entry.tags} == {"policy", "stop-and-search", "body-worn-cameras", "hackney"}


def test_a_withdrawal_makes_entry_and_feed_newer(site: Site) -> None:
    """A reader that compares times, or asks with If-Modified-Since alone, must not keep what was withdrawn as live."""
    before = plus(archive.NOW, -60)
    response = site.get("/search.atom?q=bicycle", **{"If-Modified-Since": http_date(before)})
    assert response.status_code == 200
    [entry] = feedparser.parse(response.content).entries
    assert (entry.updated, entry.summary.partition("\n")[0]) == (archive.NOW, "Withdrawn by its publisher.")
    assert response.headers["last-modified"] == http_date(archive.NOW)
    assert entry.published < before


def http_date(at: Utc) -> str:
    return formatdate(epoch(at), usegmt=True)


def test_older_entries_are_a_page_away(site: Site) -> None:
    seen: list[str] = []
    path = "/search.atom?q=number"
    for _ in range(5):
        parsed = feedparser.parse(site.get(path).content)
        seen += [entry.id for entry in parsed.entries]
        following = [link.href for link in parsed.feed.links if link.rel == "next"]
        if not following:
            break
        path = following[0].removeprefix("http://localhost")
    assert len(seen) == len(set(seen)) == 40


def test_failures_are_told_once_a_turn(site: Site) -> None:
    titles = [entry.title for entry in feedparser.parse(site.get("/sources.atom").content).entries]
    assert titles == [
        "A feed that fails: the publisher's site had an error",
        "A feed that fails: working again",
        "A feed that fails: the answer took too long",
        "A feed that fails: the publisher's site had an error",
    ]


def test_silent_edits_have_a_feed_of_their_own(site: Site) -> None:
    [entry] = feedparser.parse(site.get("/policies.atom?silent=1").content).entries
    assert entry.title == "Silent edit: Stop and search: guidance for officers"
    assert entry.link.endswith("/diff/1..2")
    assert entry.summary.splitlines()[2:] == [
        "1 word added, 1 removed.",
        "",
        "Text, was: “Officers may use stop and search powers where they have reasonable…”",
        "",
        "Now: “Officers should use stop and search powers where they have reasonable…”",
    ]


def test_invented_data_is_marked_in_feeds(open_site: Callable[[Path], Site], tmp_path: Path) -> None:
    demo = open_site(archive.make(tmp_path / "met.db", demo=True, bulk=2))
    parsed = feedparser.parse(demo.get("/updates.atom").content)
    assert parsed.feed.title.startswith("[Invented data]")
    assert all("Invented data" in entry.summary for entry in parsed.entries)
    found = demo.get("/updates.feed.json").json()
    assert all("Invented data" in item["content_text"] for item in found["items"])
    assert "SUMMARY:[Invented data]" in demo.get("/calendar.ics").text


ANY = st.text(st.characters(), max_size=40)


@given(title=ANY, summary=ANY, author=ANY, tag=ANY)
def test_any_text_makes_a_feed(title: str, summary: str, author: str, tag: str) -> None:
    entry = Entry(
        "http://x/1",
        "http://x/1",
        title,
        archive.NOW,
        archive.NOW,
        summary,
        author,
        rights=summary,
        categories=((tag, tag),),
    )
    feed = Feed("http://x/a.atom", title, "http://x/a.atom", "http://x/a", (entry,), archive.NOW)
    root = ET.fromstring(atom(feed))
    assert len(root.findall("{http://www.w3.org/2005/Atom}entry")) == 1
    assert json.loads(json_feed(feed))["items"][0]["id"] == "http://x/1"
