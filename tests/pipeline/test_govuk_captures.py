"""GOV.UK's own example documents through the whole collector: history loaded, withdrawn ones withdrawn, the redirect
followed, the moved date noticed. The payloads are not committed; without them this is skipped.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.captures import NEWS, needs_news
from tests.pipeline import govuk_origin as govuk
from tests.pipeline.harness import rows
from tests.pipeline.stage import Stage, Step, nothing
from tests.support.origin import Origin

pytestmark = [
    needs_news,
    pytest.mark.usefixtures("quick"),
]


def capture(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((NEWS / f"govuk_content__{name}.json").read_text("utf-8"))
    return document


def tracked(tmp_path: Path, origin: Origin, *documents: dict[str, Any]) -> Stage:
    paths = sorted({d["base_path"] for d in documents})
    return Stage(
        tmp_path, origin, {"id": "govuk", "kind": "govuk-content", "url": origin.url("/api/content"), "paths": paths}
    )


def serve(origin: Origin, *documents: dict[str, Any]) -> Step:
    def step() -> None:
        for document in documents:
            govuk.serve(origin, document, 410 if document["schema_name"] == "gone" else 200)

    return step


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("document_collection_with_history", 8), ("statutory_guidance", 4), ("policy_paper", 2), ("consultation_outcome", 2),
        ("speech_with_updates", 2), ("withdrawn_publication", 2), ("press_release", 1),
    ],
)  # fmt: skip
def test_declared_history_is_loaded_at_first_sight(tmp_path: Path, origin: Origin, name: str, changes: int) -> None:
    document = capture(name)
    stage = tracked(tmp_path, origin, document)
    stage.play((0, serve(origin, document)), (1, nothing))
    path = document["base_path"]
    found = rows(
        stage.db,
        "SELECT v.version, v.declared_at, v.change_note, v.has_text FROM versions v JOIN updates u ON u.id = v.update_id "
        "WHERE u.key = ? ORDER BY v.version",
        path,
    )
    assert len(found) == changes
    assert [has_text for *_, has_text in found] == [0] * (changes - 1) + [1], "only the present text was ever seen"
    assert [at for _, at, _, _ in found] == sorted(at for _, at, _, _ in found), (
        "whatever order and offsets it is told in"
    )
    notes = {str(item["note"]).strip() for item in document["details"]["change_history"]}
    assert {" ".join(note.split()) for _, _, note, _ in found} == {" ".join(note.split()) for note in notes}
    assert stage.changes(path) == [("new", changes, 0)]


@pytest.mark.parametrize("name", ["consultation_withdrawn", "detailed_guide_withdrawn", "withdrawn_publication"])
def test_withdrawn_documents_are_withdrawn_with_the_notice(tmp_path: Path, origin: Origin, name: str) -> None:
    document = capture(name)
    stage = tracked(tmp_path, origin, document)
    stage.play((0, serve(origin, document)))
    [(status, note)] = stage.status(document["base_path"])
    assert status == "withdrawn"
    assert note.startswith(f"Withdrawn on {document['withdrawn_notice']['withdrawn_at'][:10]}.")
    assert rows(stage.db, "SELECT length(body) > 20 FROM texts") == [(1,)], "its text stays readable"


def test_a_consultation_that_is_withdrawn_while_it_is_watched(tmp_path: Path, origin: Origin) -> None:
    live, withdrawn = capture("open_consultation"), capture("consultation_withdrawn")
    assert live["base_path"] == withdrawn["base_path"]
    stage = tracked(tmp_path, origin, live)
    stage.play((0, serve(origin, live)), (30, serve(origin, withdrawn)), (31, nothing))
    kinds = [kind for kind, _, _ in stage.changes()]
    assert kinds == ["new", "withdrawn"]
    assert rows(stage.db, "SELECT stage FROM updates") == [("open",)]


def test_the_redirect_is_followed_to_its_successor(tmp_path: Path, origin: Origin) -> None:
    redirect = capture("redirect")
    target = redirect["redirects"][0]["destination"]
    successor = {**capture("publication"), "base_path": target.partition("?")[0]}
    stage = tracked(tmp_path, origin, redirect)
    stage.play((0, serve(origin, redirect, successor)), (1, nothing))
    found = rows(stage.db, "SELECT key, status, redirect_to FROM updates ORDER BY key = ? DESC", redirect["base_path"])
    assert found[0] == (redirect["base_path"], "redirected", origin.url(target))
    assert found[1][:2] == (successor["base_path"], "live")
    assert stage.changes(successor["base_path"]) == [("new", 1, 0)]


def test_what_is_gone_is_gone_and_says_where_to_look(tmp_path: Path, origin: Origin) -> None:
    gone = capture("gone_with_alternative_path")
    stage = tracked(tmp_path, origin, gone)
    stage.play((0, serve(origin, gone)), (1, nothing))
    assert rows(stage.db, "SELECT status, redirect_to FROM updates WHERE key = ?", gone["base_path"]) == [
        ("gone", origin.url("/government/example"))
    ]


def test_the_moved_date_of_an_announcement_is_noticed(tmp_path: Path, origin: Origin) -> None:
    moved = capture("statistics_announcement_release_date_changed")
    before = {**moved, "details": {"display_date": moved["details"]["previous_display_date"], "state": "confirmed"}}
    stage = tracked(tmp_path, origin, moved)
    stage.play((0, serve(origin, before)), (10, serve(origin, moved)), (11, nothing))
    assert [(version, silent, note) for version, _, silent, note in stage.versions()] == [
        (1, False, ""),
        (2, False, moved["details"]["latest_change_note"]),
    ]
    assert rows(stage.db, "SELECT starts_at FROM updates") == [("2016-01-20T09:30:00Z",)]
    assert "Previous release date: 19 January 2016 9:30am" in rows(stage.db, "SELECT body FROM texts")[0][0]


def test_the_parts_of_a_publication_are_read_and_hashed_with_it(tmp_path: Path, origin: Origin) -> None:
    paper = capture("policy_paper")
    (child,) = paper["links"]["children"]
    part = {**capture("html_publication_updated"), "base_path": child["base_path"]}
    edited = {**part, "details": {**part["details"], "body": part["details"]["body"] + "<p>One more rule.</p>"}}
    stage = tracked(tmp_path, origin, paper)
    stage.play((0, serve(origin, paper, part)), (20, serve(origin, edited)), (21, nothing))
    whole = rows(stage.db, "SELECT id, parts FROM updates WHERE key = ?", paper["base_path"])
    assert list(json.loads(whole[0][1])) == [child["base_path"]]
    versions = rows(stage.db, "SELECT version, silent FROM versions WHERE update_id = ? AND has_text", whole[0][0])
    assert versions == [(2, 0), (3, 1)], "the publication changed with its part, and nobody said so"
