"""Headers: on every answer, whoever made it; caching; CORS; what is hidden."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from aggregator.site import headers
from tests.site import archive
from tests.site.conftest import Site
from tests.site.test_pages import ADDRESSES

DATASETTE = [
    "/met",
    "/met/updates",
    "/met/updates.json?_shape=objects",
    "/met/updates.csv",
    "/met/series?dataset=crime",
    "/-/settings.json",
    "/-/static/app.css",
    "/met?sql=select+1",
]
WRONG = [
    "/nowhere",
    "/met/nothing",
    "/met/nothing.json",
    "/met/updates?_sort=nothing",
    "/met.json?sql=selekt",
    "/met/updates_fts_data",
    "/-/databases.json",
    "/topics/",
    "/-/static/nothing.css",
]


@pytest.mark.parametrize("path", [*ADDRESSES, *DATASETTE, *WRONG])
def test_every_answer_carries_the_security_headers(site: Site, path: str) -> None:
    given = site.get(path).headers
    assert given["x-content-type-options"] == "nosniff"
    assert given["x-frame-options"] == "DENY"
    assert given["referrer-policy"] == "same-origin"
    assert "camera=()" in given["permissions-policy"]
    assert "frame-ancestors 'none'" in given["content-security-policy"]
    assert given.get_list("content-security-policy") == [given["content-security-policy"]]


@pytest.mark.parametrize(
    "path", ["/", "/topics/stop-and-search", f"/updates/{archive.POLICY}", "/search?q=a", "/nowhere"]
)
def test_our_pages_allow_no_script_and_no_inline_style(site: Site, path: str) -> None:
    policy = site.get(path).headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "script-src" not in policy
    assert policy.startswith("default-src 'none'")


def test_even_a_broken_application_answers_dressed() -> None:
    sent: list[Any] = []

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("secret")

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError):
        asyncio.run(headers.wrap(broken)({"type": "http", "path": "/", "method": "GET"}, None, send))
    assert sent[0]["status"] == 500
    assert b"secret" not in sent[1]["body"]
    assert (b"x-frame-options", b"DENY") in sent[0]["headers"]


@pytest.mark.parametrize(
    "path",
    [
        "/met/updates.json?_shape=array",
        "/updates.atom",
        "/topics/robbery.feed.json",
        "/openapi.json",
        "/calendar.ics",
        "/met/nothing.json",
    ],
)
def test_data_may_be_read_from_anywhere(site: Site, path: str) -> None:
    assert site.get(path, Origin="https://elsewhere.example").headers.get_list("access-control-allow-origin") == ["*"]


@pytest.mark.parametrize(
    "path", ["/updates.atom", "/topics/robbery.feed.json", "/met/changes_since.json", "/openapi.json"]
)
def test_a_script_elsewhere_may_ask_whether_anything_has_changed(site: Site, path: str) -> None:
    """`If-None-Match` makes a browser ask first; a preflight that is not answered with success stops the request."""
    asked = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "if-none-match"}
    response = site.get(path, "OPTIONS", Origin="https://elsewhere.example", **asked)
    assert (response.status_code, response.content) == (204, b"")
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert response.headers["access-control-allow-headers"] == "If-None-Match"
    assert response.headers["access-control-max-age"] == "86400"
    assert response.headers["x-content-type-options"] == "nosniff"


def test_a_page_says_what_may_be_done_but_not_to_scripts_elsewhere(site: Site) -> None:
    response = site.get("/topics", "OPTIONS", Origin="https://elsewhere.example")
    assert (response.status_code, response.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_pages_may_not(site: Site) -> None:
    assert "access-control-allow-origin" not in site.get("/").headers


@pytest.mark.parametrize(
    "path", ["/", "/updates.atom", f"/updates/{archive.POLICY}", "/openapi.json", "/sitemap.xml", "/calendar.ics"]
)
def test_what_has_not_changed_is_not_sent_again(site: Site, path: str) -> None:
    first = site.get(path)
    assert first.headers["cache-control"].startswith("public, max-age=")
    again = site.get(path, If_None_Match=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert site.get(path, If_None_Match='"something else"').status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/met/changes_since.json?_shape=array",
        "/met/changes_since.json?_ttl=600",
        "/met/changes_since.csv",
        "/met/changes_since",
    ],
)
def test_the_log_to_sync_by_is_never_taken_from_a_cache(site: Site, path: str) -> None:
    assert site.get(path).headers.get_list("cache-control") == ["no-cache"]
    assert site.get("/met/updates.json").headers["cache-control"] == "max-age=30"
    assert "compare `version`" in site.get("/openapi.json").json()["info"]["description"]


def test_a_refused_question_about_the_log_is_not_kept_at_all(site: Site) -> None:
    assert site.get("/met/changes_since.json?since=abc").headers["cache-control"] == "no-store"


def test_a_time_alone_does_not_decide_that_nothing_has_changed(
    open_site: Callable[[Path], Site], tmp_path: Path
) -> None:
    db = archive.make(tmp_path / "met.db", bulk=3)
    site, path = open_site(db), "/updates.atom"
    first = site.get(path)
    assert first.headers["last-modified"].endswith("GMT")
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute("DELETE FROM update_topics WHERE topic = 'knife-crime'")  # as `correct --drop-topic` does
    given = {"If_Modified_Since": first.headers["last-modified"]}
    assert site.get(path, **given).status_code == 200
    assert site.get(path, **given, If_None_Match=first.headers["etag"]).status_code == 200
    assert site.get(path, **given, If_None_Match=site.get(path).headers["etag"]).status_code == 304


def test_static_files_are_kept_for_ever_under_their_version(site: Site) -> None:
    address = site.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert "?v=" in address
    response = site.get(address)
    assert "immutable" in response.headers["cache-control"]
    assert response.headers["content-type"].startswith("text/css")
    assert site.get(address, If_None_Match=response.headers["etag"]).status_code == 304


@pytest.mark.parametrize("name", ["..%2fapp.py", "nothing.css", "..", "app.py", "site.css%00"])
def test_static_serves_nothing_else(site: Site, name: str) -> None:
    assert site.get(f"/-/static-plugins/met-aggregator/{name}").status_code in (302, 404)


@pytest.mark.parametrize(
    "path",
    ["/-/databases.json", "/-/databases", "/-/versions.json", "/-/threads.json", "/-/permissions", "/-/messages"],
)
def test_the_machine_is_nobodys_business(site: Site, path: str) -> None:
    response = site.get(path)
    assert response.status_code == 404
    assert str(site.db) not in response.text


@pytest.mark.parametrize(
    "path", [*ADDRESSES, *DATASETTE, *WRONG, "/.json", "/met.json", "/-/plugins.json", "/-/metadata.json"]
)
def test_no_answer_tells_where_the_archive_lies(site: Site, path: str) -> None:
    assert str(site.db.parent) not in site.get(path).text


@pytest.mark.parametrize("table", ["updates_fts_data", "updates_fts_config", "updates_fts_idx", "updates_fts_docsize"])
def test_internals_of_the_index_are_closed(site: Site, table: str) -> None:
    assert site.get(f"/met/{table}.json").status_code == 403
    assert site.get(f"/met/{table}").status_code == 403


def test_an_update_says_when_it_was_last_seen(site: Site) -> None:
    path = f"/updates/{archive.POLICY}"
    assert site.get(path).headers["last-modified"].endswith(" GMT")


def test_the_page_of_a_version_is_a_memento(site: Site) -> None:
    """RFC 7089: it says when the text stood so, and where the other texts of the address are."""
    headers = site.get(f"/updates/{archive.POLICY}/versions/2").headers
    assert headers["memento-datetime"].endswith(" GMT")
    assert f'<{archive.POLICY_URL}>; rel="original"' in headers["link"]
