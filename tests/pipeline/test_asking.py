"""`check --live` asks and stores nothing; `backfill` walks an archive, stops where it is told and goes on from there."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from click.testing import CliRunner, Result

from aggregator.cli import main
from aggregator.gather import Gathered
from aggregator.models import Outcome, Request
from tests.pipeline.harness import check_archive, feeds, rows, rss
from tests.support.origin import Answer, Origin, Seen

pytestmark = pytest.mark.usefixtures("unbounded")


def aggregator(tmp_path: Path, *arguments: str) -> Result:
    return CliRunner().invoke(
        main, ["--db", str(tmp_path / "met.db"), "--feeds", str(tmp_path / "feeds.yaml"), *arguments]
    )


def test_check_live_reports_each_source_and_stores_nothing(tmp_path: Path, origin: Origin) -> None:
    origin.add("/rss", Answer(rss([("1", "One", "A story."), ("2", "Two", "Another.")]), content_type="text/xml"))
    origin.add("/down", status=503)
    paths = {"up": "/rss", "down": "/down"}
    feeds(tmp_path, origin.netloc, [{"id": n, "kind": "feed", "url": origin.url(p)} for n, p in paths.items()])
    done = aggregator(tmp_path, "check", "--live", "--json")
    assert done.exit_code == 0, done.output
    found = {s["id"]: s for s in json.loads(done.stdout)["sources"]}
    assert (found["up"]["outcome"], found["up"]["items"], found["up"]["newest"][:10]) == ("ok", 2, "2026-09-18")
    assert found["down"]["outcome"] in ("http_5xx", "rate_limited")
    assert not (tmp_path / "met.db").exists()


def search_page(seen: Seen) -> Answer:
    """GOV.UK's search over 1,200 documents."""
    asked = parse_qs(seen.query)
    start, count = int(asked.get("start", ["0"])[0]), int(asked.get("count", ["10"])[0])
    everything = [
        {"title": f"Guidance {n}", "link": f"/government/publications/guidance-{n}", "description": f"About {n}.",
         "public_timestamp": f"2026-0{1 + n % 9}-01T09:00:00Z", "content_store_document_type": "guidance"}
        for n in range(1, 1201)
    ]  # fmt: skip
    body = {"results": everything[start : start + count], "total": len(everything), "start": start}
    return Answer(json.dumps(body).encode(), content_type="application/json")


@pytest.fixture
def archive(tmp_path: Path, origin: Origin) -> Path:
    origin.route("/api/search.json", search_page)
    url = origin.url("/api/search.json?count=10&fields=title,link,description,public_timestamp")
    feeds(tmp_path, origin.netloc, [{"id": "govuk", "kind": "govuk-search", "url": url}])
    return tmp_path / "met.db"


def test_a_backfill_stops_where_it_is_told_and_goes_on_from_there(tmp_path: Path, archive: Path) -> None:
    first = aggregator(tmp_path, "backfill", "govuk", "--pages", "1", "--json")
    assert first.exit_code == 0, first.output
    report = json.loads(first.stdout)
    assert (report["pages"], report["finished"]) == (1, False)
    rest = json.loads(aggregator(tmp_path, "backfill", "govuk", "--json").stdout)
    assert rest["finished"]
    assert report["new"] + rest["new"] == 1200
    assert rows(archive, "SELECT count(*) FROM updates") == [(1200,)]
    again = json.loads(aggregator(tmp_path, "backfill", "govuk", "--restart", "--json").stdout)
    assert (again["new"], again["changed"]) == (0, 0), "walking twice stores nothing twice"
    check_archive(archive)


def test_a_walk_under_way_keeps_its_date_unless_it_is_begun_anew(tmp_path: Path, archive: Path) -> None:
    walk = ("backfill", "govuk", "--pages", "1", "--since")
    assert aggregator(tmp_path, *walk, "2024-01-01").exit_code == 0
    other = aggregator(tmp_path, *walk, "2025-01-01")
    assert (other.exit_code, "another walk is under way, back to 2024-01-01" in other.output) == (2, True)
    assert aggregator(tmp_path, *walk, "2025-01-01", "--restart").exit_code == 0
    assert rows(tmp_path / "state.db", "SELECT since FROM backfills") == [("2025-01-01T00:00:00Z",)]


def test_pages_beyond_what_may_wait_are_told_of_to_the_end(
    tmp_path: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def five_more(
        source: object, kind: object, requests: tuple[Request, ...], *_: object, **__: object
    ) -> Gathered:
        url = requests[0].url
        more = () if "#" in url else tuple(Request(f"{url}#{n}") for n in range(5))
        return Gathered(first=Outcome.OK, parsed=1, items=1, queue=more)

    monkeypatch.setattr("aggregator.backfill.gather", five_more)
    monkeypatch.setattr("aggregator.backfill.MAX_BACKFILL_QUEUE", 3)
    first = aggregator(tmp_path, "backfill", "govuk", "--pages", "1", "--json")
    assert json.loads(first.stdout) == {
        "pages": 1, "new": 0, "changed": 0, "left_out": 2, "waiting": 3, "finished": False
    }  # fmt: skip
    rest = aggregator(tmp_path, "backfill", "govuk")
    assert "all but 2 pages, which were left out, are read." in rest.stdout
    assert "2 pages are left out: at most 3 may be waiting" in rest.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("backfill", "nobody"), "nobody: no such source"),
        (("backfill", "govuk", "--since", "last year"), "is no date"),
        (("backfill", "govuk", "--since", "2024-99-99"), "--since 2024-99-99: is no date"),
        (("backfill", "govuk", "--since", "0001-01-01"), "from 1990-01-01"),
        (("backfill", "govuk", "--since", "9999-12-31"), "is no date to go back to"),
    ],
)
def test_a_backfill_that_cannot_be_is_refused_in_a_line(
    tmp_path: Path, archive: Path, arguments: tuple[str, ...], said: str
) -> None:
    done = aggregator(tmp_path, *arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert "Traceback" not in done.output
