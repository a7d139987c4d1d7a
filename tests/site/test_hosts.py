"""One record under several names: what is cached or kept by readers does not depend on the name that was asked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest

from aggregator.site import metadata
from tests.site import archive
from tests.site.conftest import Site

PUBLIC = "https://record.example"
FEEDS = ("/updates", "/topics/stop-and-search", "/places/hackney", "/policies", "/search", "/sources")


def _ids(site: Site, path: str, host: str) -> list[str]:
    parsed = feedparser.parse(site.get(f"{path}.atom?q=a", Host=host).content)
    items = site.get(f"{path}.feed.json?q=a", Host=host).json()["items"]
    assert [item["id"] for item in items] == [entry.id for entry in parsed.entries]
    return [parsed.feed.id, *(entry.id for entry in parsed.entries)]


@pytest.fixture
def public(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The site, told its address for the world."""
    monkeypatch.setattr(site.datasette, "plugin_config", lambda *_: {"public_url": PUBLIC})
    return site


@pytest.mark.parametrize("path", FEEDS)
def test_identifiers_in_feeds_are_the_same_whatever_host_is_asked(site: Site, path: str) -> None:
    found = _ids(site, path, "a.example")
    assert found == _ids(site, path, "b.example:8001")
    assert len(set(found)) == len(found) >= 2
    assert all(one.startswith("urn:uuid:") for one in found)


@pytest.mark.parametrize("path", FEEDS)
def test_with_an_address_for_the_world_they_begin_with_it(public: Site, path: str) -> None:
    found = _ids(public, path, "a.example")
    assert all(one.startswith(f"{PUBLIC}/") for one in found)
    assert len(set(found)) == len(found)


def test_an_update_has_one_identifier_in_every_feed_and_it_stays(site: Site) -> None:
    """Of this path the identifier is known: another one would be new to every reader."""
    everywhere = set(_ids(site, "/topics/body-worn-cameras", "a.example")) & set(_ids(site, "/updates", "a.example"))
    assert len(everywhere) == 1
    assert everywhere == {"urn:uuid:10e5e632-e2cd-5afb-aaa3-bbf90326f58f"}


def _uids(site: Site, host: str) -> list[str]:
    return re.findall(r"^UID:(.*)$", site.get("/calendar.ics", Host=host).text.replace("\r\n ", ""), re.MULTILINE)


def test_so_are_those_of_events_in_calendars(site: Site) -> None:
    found = _uids(site, "a.example")
    assert found == _uids(site, "b.example")
    assert all(uid.strip().endswith("@met-aggregator") for uid in found)


def test_an_event_of_a_site_with_an_address_ends_with_its_host(public: Site) -> None:
    assert all(uid.strip().endswith("@record.example") for uid in _uids(public, "a.example"))


UPDATE = f"/updates/{archive.POLICY}"
ABSOLUTE: dict[str, Callable[[Any], str]] = {
    UPDATE: lambda r: re.findall(r'rel="canonical" href="([^"]*)"', r.text)[0],
    "/updates.atom": lambda r: feedparser.parse(r.content).entries[0].link,
    "/updates.feed.json": lambda r: r.json()["feed_url"],
    "/sitemap.xml": lambda r: re.findall(r"<loc>([^<]*)</loc>", r.text)[0],
    "/robots.txt": lambda r: re.findall(r"Sitemap: (.*)", r.text)[0],
    "/openapi.json": lambda r: r.json()["servers"][0]["url"],
    "/calendar.ics": lambda r: re.findall(r"^URL:(.*)/updates/", r.text.replace("\r\n ", ""), re.MULTILINE)[0],
    f"{UPDATE}/versions/1/cite.csl.json": lambda r: (
        r.json()["URL"] if isinstance(r.json(), dict) else r.json()[0]["URL"]
    ),
    f"/timegate/{archive.POLICY_URL}": lambda r: r.headers["location"],
}


@pytest.mark.parametrize("path", ABSOLUTE)
def test_links_name_the_host_that_was_asked_and_caches_are_told(site: Site, path: str) -> None:
    response = site.get(path, Host="a.example")
    assert ABSOLUTE[path](response).startswith("http://a.example")
    assert "host" in response.headers["vary"].lower()


@pytest.mark.parametrize("path", ABSOLUTE)
def test_links_of_a_site_with_an_address_begin_with_it(public: Site, path: str) -> None:
    assert ABSOLUTE[path](public.get(path, Host="a.example")).startswith(PUBLIC)


def test_datasettes_own_next_page_names_the_host_too(site: Site) -> None:
    response = site.get("/met/updates.json?_size=2", Host="a.example")
    assert "//a.example/" in response.json()["next_url"]
    assert "host" in response.headers["vary"].lower()


def test_what_an_answer_depends_on_besides_is_kept(site: Site) -> None:
    vary = site.get(f"/timegate/{archive.POLICY_URL}").headers["vary"].lower()
    assert {"accept-datetime", "host"} <= set(vary.split(", "))


def test_the_address_in_feeds_yaml_counts_unless_the_site_has_its_own() -> None:
    given = {"title": "T", "plugins": {"other": {"a": 1}, "met-aggregator": {"contact": "desk@record.example"}}}
    found = metadata.at(PUBLIC, given)
    assert found["plugins"] == {
        "other": {"a": 1},
        "met-aggregator": {"contact": "desk@record.example", "public_url": PUBLIC},
    }
    assert metadata.at("https://elsewhere.example", found) == found
    assert metadata.at("", given) == given
    assert json.dumps(given).count("public_url") == 0


def test_a_built_site_knows_the_address_it_is_given(tmp_path: Path) -> None:
    from aggregator.site.app import build

    datasette = build(archive.make(tmp_path / "met.db", bulk=1), public_url=PUBLIC)
    assert datasette.plugin_config("met-aggregator") == {"public_url": PUBLIC}
    datasette.executor.shutdown()
    datasette.databases["met"].close()
