"""Lists: complete, in order, each story once."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.db.connection import open_writer
from aggregator.site.queries import updates
from tests.site import archive
from tests.site.conftest import Site


def walk(site: Site, path: str) -> list[int]:
    """All update ids of a list, page by page, by its own links."""
    ids: list[int] = []
    address: str | None = path
    while address:
        text = site.get(address).text
        ids += [int(i) for i in re.findall(r'<h\d><a href="/updates/(\d+)">', text)]
        following = re.search(r'rel="next" href="(\?[^"]+)"', text)
        address = path.partition("?")[0] + following[1].replace("&amp;", "&") if following else None
    return ids


@pytest.fixture(scope="module")
def big(tmp_path_factory: pytest.TempPathFactory) -> Site:  # type: ignore[misc]
    found = Site(archive.make(tmp_path_factory.mktemp("big") / "met.db", bulk=180))
    yield found
    found.close()


@pytest.mark.parametrize(
    "path",
    [
        "/updates",
        "/updates?kind=appeal",
        "/topics/specific-offences?list=1",
        "/topics/robbery?kind=appeal",
        "/places/hackney?list=1",
        "/search?q=knives",
        "/search?q=knives&sort=relevance",
    ],
)
def test_pages_hold_everything_once(big: Site, path: str) -> None:
    ids = walk(big, path)
    assert len(ids) > 50 or "kind" in path
    assert len(ids) == len(set(ids))
    if "relevance" not in path:
        assert ids == sorted(ids, reverse=True)


def test_keyset_holds_all_that_the_table_has(big: Site) -> None:
    known = {row["id"] for row in big.rows("updates", _size=1000)}
    assert set(walk(big, "/updates")) == known - {archive.COPY}  # the same story is told by POLICY


def test_the_same_story_is_shown_once_and_says_where_else(site: Site) -> None:
    text = site.get("/topics/stop-and-search").text
    assert f'"/updates/{archive.COPY}"' not in text
    assert "also in 1 other source" in text
    assert f"/updates/{archive.COPY}" in site.get(f"/updates/{archive.POLICY}").text


def test_a_copy_stands_for_the_story_where_the_first_is_not_in_the_list(site: Site) -> None:
    assert walk(site, "/updates?source=govuk-search") == [archive.COPY]
    assert walk(site, "/search?q=source:govuk-search+guidance") == [archive.COPY]


def test_a_child_topic_implies_the_one_above(site: Site) -> None:
    above = set(walk(site, "/topics/specific-offences?list=1"))
    assert above == set(walk(site, "/topics/knife-crime?list=1")) | set(walk(site, "/topics/robbery?list=1"))


def test_policies_are_narrowed_by_topic_and_source(site: Site) -> None:
    whole = site.get("/policies").text
    assert "By topic" in whole
    assert "By source" in whole
    narrowed = site.get("/policies?topic=stop-and-search").text
    assert 'aria-label="Take off the filter Stop and search"' in narrowed
    assert narrowed.count("<article") <= whole.count("<article")
    assert site.get("/policies?topic=no-such-topic&source=%27--").status_code == 200


def test_silent_edits_are_counted_by_week(site: Site) -> None:
    assert "Week of Monday" in site.get("/policies?silent=1").text


@pytest.mark.parametrize("path", ["/policies?silent=1", "/policies", "/"])
def test_a_list_of_edits_shows_what_changed_first_in_each(site: Site, path: str) -> None:
    text = " ".join(site.get(path).text.split())
    if path == "/policies?silent=1":
        assert "Officers <del>may</del> <ins>should</ins> use stop and search powers where they have" in text
    else:
        assert "Officers <del>should</del> <ins>may</ins> use stop and search powers where they have" in text


def test_hostile_words_of_an_edit_stay_words(open_site: Callable[[Path], Site], tmp_path: Path) -> None:
    db = archive.make(tmp_path / "met.db", bulk=0)
    with closing(open_writer(db)) as conn, conn:
        body = archive.BODY.replace("may", archive.HOSTILE)
        conn.execute("UPDATE versions SET body = ? WHERE update_id = ? AND version = 2", (body, archive.POLICY))
    text = open_site(db).get("/policies?silent=1").text
    assert "<ins>&lt;script&gt;" in text
    assert "<script>" not in text


def test_no_more_text_is_read_for_a_list_than_it_is_worth(
    open_site: Callable[[Path], Site], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "EXCERPT_LIST_CHARS", 10)
    text = open_site(archive.make(tmp_path / "met.db", bulk=0)).get("/policies").text
    assert text.count("<del>") == 1  # of two edits
    assert text.count(">What changed<") == 2
