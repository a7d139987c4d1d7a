"""Lists: complete, in order, each story once."""

from __future__ import annotations

import json
import re
import sqlite3
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


PART = archive.HEADLINE


@pytest.fixture
def parts(open_site: Callable[[Path], Site], tmp_path: Path) -> Site:
    """The policy's second version is silent, its words the same: one file came, one part (an update of its own) changed."""
    db = archive.make(tmp_path / "met.db", bulk=0)
    form = {"title": "The <b>form</b>", "url": "https://www.gov.example/form.pdf"}
    with closing(open_writer(db)) as conn, conn:
        conn.execute(
            "UPDATE updates SET source_id = 'govuk-content', key = '/annex', title = 'Annex A' WHERE id = ?", (PART,)
        )
        for number, sha256 in ((1, "old"), (2, "new")):
            conn.execute("DELETE FROM versions WHERE update_id = ? AND version = ?", (PART, number))
            archive.version(conn, PART, number, archive.NOW, "Annex A", sha256)
            conn.execute("UPDATE versions SET sha256 = ? WHERE update_id = ? AND version = ?", (sha256, PART, number))
            conn.execute(
                "UPDATE versions SET title = 't', summary = '', body = 'b', attachments = ?, parts = ?, sha256 = ?"
                " WHERE update_id = ? AND version = ?",
                (json.dumps([form][: number - 1]), json.dumps({"/annex": sha256}), f"whole {number}", archive.POLICY, number),
            )  # fmt: skip
    return open_site(db)


@pytest.mark.parametrize("path", ["/policies?silent=1", f"/updates/{archive.POLICY}/diff/1..2"])
def test_an_edit_of_no_words_says_which_file_or_part_changed(parts: Site, path: str) -> None:
    text = parts.get(path).text
    assert f'<a href="/updates/{PART}/diff/1..2">Annex A</a> <span class="quiet">changed</span>' in text
    assert 'The &lt;b&gt;form&lt;/b&gt; <span class="quiet">added</span>' in text
    assert "not kept here" not in text


def test_so_does_its_feed(parts: Site) -> None:
    assert "Annex A: changed" in parts.get("/policies.atom?silent=1").text


def test_two_versions_that_are_the_same_are_not_said_to_differ(site: Site) -> None:
    text = site.get(f"/updates/{archive.POLICY}/diff/2..2").text
    assert "the same, word for word.</p>" in text


def test_policies_open_short_with_a_way_to_each_part_and_to_the_rest(
    open_site: Callable[[Path], Site], tmp_path: Path
) -> None:
    db = archive.make(tmp_path / "met.db", bulk=20)
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute("UPDATE updates SET kind = 'policy', cluster_id = id")
        columns = ", ".join(
            row[1] for row in conn.execute("PRAGMA table_info(versions)") if row[1] not in ("id", "version", "seen_at")
        )
        for n in range(4, 20):
            conn.execute(
                f"INSERT INTO versions (version, seen_at, {columns}) SELECT ?, ?, {columns} FROM versions"
                " WHERE update_id = ? AND version = 3",
                (n, f"2026-11-01T10:00:{n:02}Z", archive.POLICY),
            )
    site = open_site(db)
    text = site.get("/policies").text
    for part in ("changes", "policies"):
        assert f'<a href="#{part}">' in text
        assert f'<section id="{part}">' in text
    assert text.count("<li><p><strong><a") == 5
    assert text.count('<article class="item">') == 12
    assert '<a class="button" href="?changes=1">All changes</a>' in text
    rest = site.get("/policies?changes=1").text
    assert "<h1>Changes of policies</h1>" in rest
    assert rest.count("<li><p><strong><a") >= 16
    assert 'id="policies"' not in rest
    assert site.get("/policies?changes=1&before=abc").status_code == 400
