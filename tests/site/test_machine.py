"""What monitoring, crawlers and calendars are told."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.clock import plus
from aggregator.site import pages_sitemap, routes
from aggregator.site.ics import escape, fold
from aggregator.site.pages_machine import TOKEN_VARIABLE, is_local
from aggregator.text.times import span
from tests.site import archive
from tests.site.conftest import Site


@pytest.fixture
def writable(open_site: Callable[[Path], Site], tmp_path: Path) -> Iterator[tuple[Site, sqlite3.Connection]]:
    """A site and a connection that changes what it serves."""
    db = archive.make(tmp_path / "met.db", bulk=3)
    with closing(sqlite3.connect(db, isolation_level=None)) as conn:
        yield open_site(db), conn


def test_health_is_good_while_the_collector_works(site: Site) -> None:
    found = site.get("/-/health").json()
    assert (found["status"], found["reasons"]) == ("ok", [])
    assert found["sources"] == {"ok": 4, "failing": 1, "off": 1}


def test_health_is_bad_when_nothing_is_asked_any_more(writable: tuple[Site, sqlite3.Connection]) -> None:
    site, conn = writable
    conn.execute("UPDATE fetches SET started_at = ?", (plus(archive.NOW, -3 * 86_400),))
    response = site.get("/-/health")
    assert response.status_code == 503
    assert response.headers["cache-control"] == "no-store"
    assert "no source has been asked since" in response.json()["reasons"][0]


def test_health_is_bad_when_every_source_fails(writable: tuple[Site, sqlite3.Connection]) -> None:
    site, conn = writable
    conn.execute("UPDATE source_state SET consecutive_failures = 2")
    assert site.get("/-/health").json()["reasons"] == ["no source can be read at present: see /sources"]


def test_health_is_bad_without_an_archive(open_site: Callable[[Path], Site], tmp_path: Path) -> None:
    response = open_site(tmp_path / "met.db").get("/-/health")
    assert response.status_code == 503
    assert "no archive yet" in response.json()["reasons"][0]


def test_a_cursor_can_be_compared_with_the_newest_change(writable: tuple[Site, sqlite3.Connection]) -> None:
    """No rows mean that there is nothing new, or that the cursor is beyond all there is: an archive begun anew."""
    site, conn = writable
    newest = site.rows("changes_since", limit=1000)[-1]
    found = site.get("/-/health", Origin="https://elsewhere.example")
    assert (found.json()["newest_seq"], found.json()["newest_change_at"]) == (newest["next"], newest["at"])
    assert found.headers["access-control-allow-origin"] == "*", "a script that syncs may ask too"
    conn.execute("DELETE FROM changes")
    assert (site.get("/-/health").json()["newest_seq"], site.get("/-/health").json()["newest_change_at"]) == (0, "")


def test_the_api_description_says_how_to_keep_in_step_and_what_health_tells(site: Site) -> None:
    document = site.get("/openapi.json").json()
    assert "newest_seq" in document["info"]["description"]
    health = document["paths"]["/-/health"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert set(health["properties"]) == set(site.get("/-/health").json())


class Request:
    """As much of a request as the rule for metrics looks at."""

    def __init__(self, client: str, host: str = "127.0.0.1:8001", http: str = "1.1", **headers: str) -> None:
        self.scope: dict[str, Any] = {"client": (client, 1) if client else None, "http_version": http}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if host:
            self.headers["host"] = host


@pytest.mark.parametrize(
    ("request_", "local"),
    [
        (Request("127.0.0.1"), True),
        (Request("127.0.0.1", "localhost"), True),
        (Request("::1", "[::1]:8001"), True),
        (Request("192.0.2.7"), False),
        (Request("127.0.0.1", x_forwarded_for="192.0.2.7"), False),
        (Request("127.0.0.1", forwarded="for=192.0.2.7"), False),
        (Request("127.0.0.1", x_real_ip="192.0.2.7"), False),
        (Request("127.0.0.1", via="1.1 proxy"), False),
        (Request("127.0.0.1", "record.example"), False),  # a proxy that passes the Host on and says nothing else
        (Request("127.0.0.1", "127.0.0.1.record.example"), False),
        (Request("127.0.0.1", "[::1"), False),
        (Request("127.0.0.1", ""), False),
        (Request("127.0.0.1", http="1.0"), False),  # nginx's plain proxy_pass, whose Host is the site's own address
        (Request(""), False),
        (Request("unix"), False),
    ],
)
def test_what_a_proxy_passed_on_is_not_from_this_machine(request_: Request, local: bool) -> None:
    assert is_local(request_) is local


@pytest.mark.parametrize(
    ("authorization", "status"), [("", 403), ("Bearer wrong", 403), ("Bearer ", 403), ("Bearer s3cret", 200)]
)
def test_once_there_is_a_token_it_is_always_needed(
    site: Site, monkeypatch: pytest.MonkeyPatch, authorization: str, status: int
) -> None:
    monkeypatch.setenv(TOKEN_VARIABLE, "s3cret")
    assert site.get("/-/metrics", Authorization=authorization).status_code == status


@pytest.mark.parametrize("header", [{"X_Forwarded_For": "192.0.2.7"}, {"Host": "record.example"}])
def test_metrics_behind_a_proxy_are_refused(site: Site, header: dict[str, str]) -> None:
    assert site.get("/-/metrics").status_code == 200
    assert site.get("/-/metrics", **header).status_code == 403


def test_a_site_that_is_for_the_world_gives_no_metrics_without_a_token(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"public_url": "https://record.example"}
    monkeypatch.setattr(site.datasette, "plugin_config", lambda *_: settings)
    assert site.get("/-/metrics").status_code == 403


def test_metrics_are_prometheus_text(site: Site) -> None:
    lines = site.get("/-/metrics").text.splitlines()
    assert 'met_sources{state="failing"} 1' in lines
    assert 'met_source_failures{source="broken-feed"} 3' in lines
    assert all(line.startswith("#") or line.rpartition(" ")[2].isdigit() for line in lines)


def test_a_large_archive_has_a_sitemap_for_each_month(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = set(_locations(site, "/sitemap.xml"))
    monkeypatch.setattr(pages_sitemap, "SITEMAP_UPDATES", 3)
    files = _locations(site, "/sitemap.xml")
    assert files[:2] == ["http://localhost/sitemap-pages.xml", "http://localhost/sitemap-2026-11.xml"]
    parts = [_locations(site, file.removeprefix("http://localhost")) for file in files]
    assert {address for part in parts for address in part} == whole
    assert sum(map(len, parts)) == len(whole)
    assert site.get("/sitemap-2026-13.xml").status_code == 404


def _locations(site: Site, path: str) -> list[str]:
    root = ET.fromstring(site.get(path).text)
    return [node.text or "" for node in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]


def test_the_sitemap_lists_pages_that_exist(site: Site) -> None:
    root = ET.fromstring(site.get("/sitemap.xml").text)
    found = [node.text or "" for node in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert f"http://localhost/updates/{archive.COPY}" not in found
    for address in found[:30]:
        assert site.get(address.removeprefix("http://localhost")).status_code == 200


def example(path: str) -> str:
    """An address that a path of the API description stands for."""
    slug = "knife-crime" if "topics" in path else "hackney"
    given = {"slug": slug, "id": archive.POLICY, "n": 2, "a": 1, "b": 2, "dataset": "crime", "url": archive.POLICY_URL}
    return path.format(**given)


NOT_PROMISED = ("/openapi", "/-/metrics", "/-/static-plugins", "/sitemap", "/robots")
"""Addresses that describe themselves, are for the operator, or are found by what names them."""


def test_the_api_description_forgets_no_address(site: Site) -> None:
    document = site.get("/openapi.json").json()
    described = {example(path) for path in document["paths"]}
    for pattern, _ in routes.ROUTES:
        if not pattern.replace("\\", "").startswith(NOT_PROMISED):
            assert any(re.fullmatch(pattern, path) for path in described), pattern
    for kept in ("/updates/{id}/versions/{n}", "/statistics/{dataset}"):
        for ext in ("txt", "bib", "csl.json", "ris"):
            answer = site.get(example(f"{kept}/cite.{ext}"))
            (media,) = document["paths"][f"{kept}/cite.{ext}"]["get"]["responses"]["200"]["content"]
            assert answer.headers["content-type"].partition(";")[0] == media


def test_the_api_description_says_what_may_be_asked_and_what_is_refused(site: Site) -> None:
    paths = site.get("/openapi.json").json()["paths"]

    def asked(path: str) -> set[str]:
        return {p["name"] for p in paths[path]["get"]["parameters"] if p["in"] == "query"}

    assert asked("/updates/{id}") == {"as_of", "mark"}
    assert asked("/statistics/{dataset}/cite.ris") == {"measure", "area", "category", "as_of"}
    for path, described in paths.items():
        if "before" in asked(path):
            assert "400" in described["get"]["responses"], path
            assert site.get(f"{example(path)}?q=knife&silent=1&_shape=objects&before=abc").status_code == 400, path


def test_before_the_first_there_is_nothing_on_a_page_as_in_a_query(site: Site) -> None:
    assert site.get("/updates.feed.json?before=0").json()["items"] == []
    assert site.rows("updates_by_topic", topic="knife-crime", before="0") == []


def test_every_address_the_api_description_names_answers(site: Site) -> None:
    document = site.get("/openapi.json").json()
    for path in document["paths"]:
        status = 302 if path.startswith("/timegate/") else 200
        shape = "?_shape=objects" if path.startswith("/met/") else ""
        assert site.get(example(path) + shape).status_code == status, path
    schemas = document["components"]["schemas"]
    assert set(schemas["series.row"]["properties"]) == {
        "dataset",
        "measure",
        "area",
        "category",
        "period",
        "value",
        "state",
        "note",
        "released_at",
        "next",
    }
    text = json.dumps(document)
    assert all(f'"{name}"' in text for name in ("topic", "since", "as_of", "q"))


def test_the_calendar_can_be_subscribed_to(site: Site) -> None:
    response = site.get("/calendar.ics")
    assert response.headers["content-type"].startswith("text/calendar")
    text = response.text
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert text.endswith("END:VCALENDAR\r\n")
    assert text.count("BEGIN:VEVENT") == text.count("END:VEVENT") == 2
    assert "DTSTART:20261125T120000Z" in text
    assert "DTEND:20261125T140000Z" in text
    assert "SUMMARY:Crime in London\\, third quarter" in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))


def _announce(conn: sqlite3.Connection, key: str, first: str, last: str | None, words: str) -> None:
    conn.execute(
        "INSERT INTO scheduled_releases(key, title, publisher, due_at, due_until, due_text, state, first_seen_at, changed_at)"
        " VALUES (?, ?, 'Office of Invention', ?, ?, ?, 'provisional', ?, ?)",
        (key, f"Figures {key}", f"{first}T00:00:00Z", last, words, archive.NOW, archive.NOW),
    )


def _event(text: str, summary: str) -> list[str]:
    (found,) = (e for e in text.split("BEGIN:VEVENT\r\n") if f"SUMMARY:{summary}\r\n" in e)
    return found.replace("\r\n ", "").split("\r\n")


def test_what_is_announced_for_a_month_takes_up_the_month_and_is_tentative(
    writable: tuple[Site, sqlite3.Connection],
) -> None:
    site, conn = writable
    _announce(conn, "november", "2026-11-01", "2026-11-30", "November 2026")
    _announce(conn, "winter", "2026-12-01", "2027-01-31", "December to January 2027")
    text = site.get("/calendar.ics").text
    winter = _event(text, "Figures winter")
    assert {"DTSTART;VALUE=DATE:20261201", "DTEND;VALUE=DATE:20270201", "STATUS:TENTATIVE", "TRANSP:TRANSPARENT"} < {
        *winter
    }
    assert "DESCRIPTION:Announced for December 2026 to January 2027\\; the day is not named yet." in winter
    assert "DTSTART;VALUE=DATE:20261101" in _event(text, "Figures november"), "this month is not over"


def test_the_calendar_shows_a_month_as_a_month_after_its_days(writable: tuple[Site, sqlite3.Connection]) -> None:
    site, conn = writable
    _announce(conn, "november", "2026-11-01", "2026-11-30", "November 2026")
    _announce(conn, "october", "2026-10-01", "2026-10-31", "October 2026")
    text = site.get("/calendar").text
    headings = re.findall(r"<h2>([^<]+)</h2>", text)
    assert headings[-2:] == ["November 2026", "No date yet"]
    assert "Figures october" not in text
    month = text[text.index("<h2>November 2026</h2>") : text.index("<h2>No date yet</h2>")]
    assert "day not named yet" in month
    assert "00:00" not in month
    assert '<time datetime="2026-11">November 2026</time>' in site.get("/").text


@pytest.mark.parametrize(
    ("starts", "ends", "shown"),
    [
        ("2027-01-01T00:00:00Z", "2027-01-31T00:00:00Z", ("January 2027", None)),
        ("2026-12-01T00:00:00Z", "2027-01-31T00:00:00Z", ("December 2026 to January 2027", None)),
        ("2026-10-01T00:00:00Z", "2026-11-30T00:00:00Z", ("October to November 2026", None)),
        ("2026-06-24T00:00:00Z", None, ("24 Jun 2026", None)),
        ("2026-06-24T00:00:00Z", "2026-06-24T00:00:00Z", ("24 Jun 2026", None)),
        ("2026-06-24T00:00:00Z", "2026-06-26T00:00:00Z", ("24 Jun 2026", "26 Jun 2026")),
        ("2026-06-24T17:00:00Z", "2026-06-24T19:30:00Z", ("24 Jun 2026, 18:00", "24 Jun 2026, 20:30")),
    ],
)
def test_a_time_is_shown_no_more_precisely_than_it_is_known(
    starts: str, ends: str | None, shown: tuple[str, str | None]
) -> None:
    begins, finishes = span(starts, ends)
    assert (begins and begins.text, finishes and finishes.text) == shown


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=300))
def test_any_text_fits_a_calendar(text: str) -> None:
    line = fold(f"SUMMARY:{escape(text)}")
    assert all(len(part.encode()) <= 75 for part in line.split("\r\n"))
    unfolded = line.replace("\r\n ", "")
    assert unfolded == f"SUMMARY:{escape(text)}"
    assert "\n" not in unfolded
