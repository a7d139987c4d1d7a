"""The page on tagging says what was measured, and nothing that was not."""

from __future__ import annotations

import pytest

from aggregator.site import quality
from tests.site.conftest import Site

MEASURED = {
    "files": [{"name": "dev.jsonl", "items": 240}],
    "labelled_by": "Two people, apart from each other.",
    "fresh": {"items": 187, "topics_micro_f1": 0.8166, "kind": 0.8128},
    "agreement": {"topics_f1": 0.946},
    "fresh_topics": [{"slug": "budget", "tp": 3, "fp": 3, "fn": 2, "precision": 0.5, "recall": 0.6, "f1": 0.545}],
    "kind_confusions": [{"wanted": "policy", "given": "statement", "count": 10}, {"wanted": "nonsense", "given": "", "count": 1}],
    "wrong": ["Irony."],
}  # fmt: skip


def test_the_figures_that_are_trusted_come_first() -> None:
    found = quality.of(MEASURED, {})
    assert found.parts == (("Fresh: items that the model in use was never trained on, and that nobody read who made its rules", (("Updates", "187"), ("Topics", "0.82"), ("Kind", "0.81"))),)  # fmt: skip
    assert found.topics == (quality.Figures("budget", 0.5, 0.6, 0.545, 5),)
    assert found.sets == (("dev.jsonl", 240),)
    assert [c.wanted for c in found.confusions] == ["policy"]


def test_a_hard_item_is_explained_by_its_words() -> None:
    item = {
        "title": "A play about a robbery", "summary": "", "body": "The curtain rises on a robbery.", "cut": 0.4,
        "topics": [
            {"slug": "robbery", "verdict": "wrong", "score": 0.71, "evidence": [
                {"field": "body", "start": 23, "end": 30, "text": "robbery", "rule": "robbery.core: robbery"}]},
        ],
        "places": [], "kind": {"wanted": ["community"], "given": "community"},
    }  # fmt: skip
    [hard] = quality.of(MEASURED, [item, {"title": 3}, "no"]).hard
    [label] = hard.labels
    assert (hard.title, label.slug, label.verdict, label.score) == ("A play about a robbery", "robbery", "wrong", 0.71)
    assert [m.text for m in label.whys[0].marks if m.on] == ["robbery"]


@pytest.mark.parametrize(
    "broken", [None, [], "text", {"fresh": 3, "looks": [3], "kinds": [{"slug": "x"}], "files": "no", "wrong": {}}]
)
def test_a_file_of_another_shape_is_left_out(broken: object) -> None:
    found = quality.of(broken, broken)
    assert (found.parts, found.topics, found.kinds, found.hard, found.wrong) == ((), (), (), (), ())


def test_the_page_shows_the_measurement_of_the_packaged_model(site: Site) -> None:
    text = site.get("/about/tagging").text
    assert "Fresh: items that the model in use was never trained on, and that nobody read who made its rules" in text
    assert "Who labelled what" in text
    assert "What it gets wrong" in text
    assert "Stop and search</th>" in text
