"""The demonstration as a visitor meets it: pages that list their updates with evidence, feeds, JSON, every canned query."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import feedparser
import pytest

from aggregator.demo.build import build, stage
from aggregator.models import Utc
from aggregator.site.app import build as build_site
from tests.pipeline.harness import rows

pytestmark = pytest.mark.slow
METADATA = Path(__file__).parents[2] / "datasette_metadata.json"
Get = Callable[[str], str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with stage(tmp_path_factory.mktemp("demo"), Utc("2026-11-22T10:00:00Z")) as at:
        asyncio.run(build(at))
        return at.db


@pytest.fixture(scope="module")
def get(demo: Path) -> Get:
    site = build_site(demo, metadata_path=METADATA)

    def fetch(path: str) -> str:
        async def go() -> str:
            await site.invoke_startup()
            answer = await site.client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
            return str(answer.text)

        return asyncio.run(go())

    return fetch


def test_home_lists_updates_and_says_that_they_are_invented(get: Get, demo: Path) -> None:
    page = get("/")
    assert "Invented data" in page
    assert page.count('href="/updates/') > 10


@pytest.mark.parametrize("topic", ["stop-and-search", "body-worn-cameras", "mental-health"])
def test_a_topic_page_lists_its_updates_with_evidence(get: Get, demo: Path, topic: str) -> None:
    page = get(f"/topics/{topic}")
    listed = rows(demo, "SELECT update_id FROM update_topics WHERE topic = ? ORDER BY update_id DESC LIMIT 5", topic)
    assert len(listed) == 5
    assert any(f"/updates/{update}" in page for (update,) in listed)
    assert page.count("<details") >= 3, "evidence can be unfolded"
    assert "<mark" in page, "and is highlighted in the text"


def test_a_place_page_lists_its_updates(get: Get, demo: Path) -> None:
    page = get("/places/hackney")
    listed = rows(demo, "SELECT update_id FROM update_places WHERE place = 'hackney'")
    assert len(listed) >= 5
    assert sum(f"/updates/{update}" in page for (update,) in listed) >= 3


def test_feeds_of_a_topic_parse_back(get: Get) -> None:
    atom = feedparser.parse(get("/topics/stop-and-search.atom").encode())
    assert len(atom.entries) >= 5
    document = json.loads(get("/topics/stop-and-search.feed.json"))
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert [i["id"] for i in document["items"]] == [e.id for e in atom.entries][: len(document["items"])]


def query(get: Get, name: str, **parameters: object) -> list[dict[str, Any]]:
    values = "&".join(f"{k}={quote(str(v))}" for k, v in parameters.items())
    document = json.loads(get(f"/met/{name}.json?_shape=objects&{values}"))
    found: list[dict[str, Any]] = document["rows"]
    return found


def test_tables_and_every_canned_query_answer(get: Get, demo: Path) -> None:
    assert json.loads(get("/met/updates.json?_shape=objects"))["rows"]
    assert all(r["topic"] == "mental-health" for r in query(get, "updates_by_topic", topic="mental-health"))
    assert query(get, "updates_by_place", place="hackney")
    assert query(get, "search_updates", q='"stop and search" -"nothing" ('), "a user's slip is no error"
    policy = rows(demo, "SELECT url FROM updates WHERE version > 1 AND kind = 'policy' AND url IS NOT NULL LIMIT 1")[0][
        0
    ]
    assert len(query(get, "policy_history", url=policy)) >= 2
    assert query(get, "topic_timeline", topic="stop-and-search")
    series = query(get, "series", dataset="recorded-crime-borough", measure="offences", area="E09000012", category="")
    assert len(series) >= 24
    assert query(
        get, "series_as_of", dataset="recorded-crime-borough", measure="offences", area="E09000012", category="",
        as_of="2026-11-22",
    )  # fmt: skip
    assert query(get, "stops_monthly", place="hackney")


def test_changes_since_gives_each_change_once_in_order(get: Get, demo: Path) -> None:
    expected = [seq for (seq,) in rows(demo, "SELECT seq FROM changes ORDER BY seq")]
    seen: list[int] = []
    cursor = 0
    while page := query(get, "changes_since", since=cursor, limit=37):
        seen += [r["seq"] for r in page]
        cursor = page[-1]["next"]
    assert seen == expected
