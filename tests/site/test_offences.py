"""Offences have pages of their own below their topic, with the words that name them."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.db.connection import open_writer
from tests.site import archive
from tests.site.conftest import Site


@pytest.fixture
def offences(tmp_path: Path, open_site: Callable[[Path], Site]) -> Site:
    """An archive in which two updates name a mugging, one of them in its title."""
    db = archive.make(tmp_path / "met.db", bulk=8)
    with closing(open_writer(db)) as conn:
        rows = conn.execute("SELECT id, title FROM updates WHERE kind = 'appeal' ORDER BY id DESC LIMIT 2").fetchall()
        conn.execute("BEGIN IMMEDIATE")
        conn.execute("INSERT INTO entities VALUES (1, 'offence', 'personal-robbery', 'Personal robbery')")
        conn.execute("INSERT INTO entities VALUES (2, 'legislation', 'some-act-1988', 'Some Act 1988')")
        for update, title in rows:
            word = title.split()[0]
            evidence = f'[{{"field": "title", "start": 0, "end": {len(word)}, "text": "{word}", "rule": "offence: personal-robbery"}}]'
            conn.execute("INSERT INTO update_entities VALUES (1, ?, ?)", (update, evidence))
        conn.execute("INSERT INTO update_entities VALUES (2, ?, '[]')", (rows[0][0],))
        conn.execute("COMMIT")
    return open_site(db)


def test_the_page_of_an_offence_leads_to_its_topic_and_explains_itself(offences: Site) -> None:
    text = offences.get("/topics/personal-robbery").text
    assert "<h1>Personal robbery</h1>" in text
    assert '<a href="/topics/robbery">robbery</a>' in text
    assert text.count('<article class="item">') == 2
    assert "Why it is under Personal robbery" in text
    assert "<mark>" in text


def test_its_topic_lists_it(offences: Site) -> None:
    assert (
        '<a href="/topics/personal-robbery">Personal robbery</a> <span>2</span>' in offences.get("/topics/robbery").text
    )


def test_it_has_feeds(offences: Site) -> None:
    assert offences.get("/topics/personal-robbery.atom").text.count("<entry>") == 2
    assert len(offences.get("/topics/personal-robbery.feed.json").json()["items"]) == 2


def test_an_offence_that_no_update_names_has_no_page(offences: Site) -> None:
    assert offences.get("/topics/arson").status_code == 404
    assert offences.get("/topics/some-act-1988").status_code == 404  # an Act is no offence
    assert offences.get("/topics/arson.atom").status_code == 404


def test_an_update_says_what_it_names(offences: Site) -> None:
    update = offences.rows("update_entities", entity_id=2)[0]["update_id"]
    update = update["value"] if isinstance(update, dict) else update
    text = offences.get(f"/updates/{update}").text
    assert '<a href="/topics/personal-robbery">Personal robbery</a>' in text
    assert "/search?q=%22Some+Act+1988%22" in text


def test_the_sitemap_has_it(offences: Site) -> None:
    assert "/topics/personal-robbery</loc>" in offences.get("/sitemap.xml").text
