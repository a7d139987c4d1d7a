"""The page on tagging says what was measured, and nothing that was not."""

from __future__ import annotations

import pytest

from aggregator.site import quality
from tests.site.conftest import Site

MEASURED = {
    "files": [{"name": "dev.jsonl", "items": 240}],
    "labelled_by": "Two people, apart from each other.",
    "held_out": {"items": 187, "topics_micro_f1": 0.8166, "kind": 0.8128},
    "agreement": {"topics_f1": 0.946},
    "held_out_topics": [{"slug": "budget", "tp": 3, "fp": 3, "fn": 2, "precision": 0.5, "recall": 0.6, "f1": 0.545}],
    "kind_confusions": [{"wanted": "policy", "given": "statement", "count": 10}, {"wanted": "nonsense", "given": "", "count": 1}],
    "wrong": ["Irony."],
}  # fmt: skip


def test_the_figures_that_are_trusted_come_first() -> None:
    found = quality.of(MEASURED, {})
    assert found.parts == (("Held out, never read by those who made the rules: the first look", (("Updates", "187"), ("Topics, all together", "0.82"), ("Kind", "0.81"))),)  # fmt: skip
    assert found.topics == (quality.Figures("budget", 0.5, 0.6, 0.545, 5),)
    assert found.sets == (("dev.jsonl", 240),)
    assert [c.wanted for c in found.confusions] == ["policy"]


@pytest.mark.parametrize("hard", [[{"title": "A play about a robbery", "wanted": [], "given": ["robbery"], "why": "Fiction."}], {"items": [{"text": "A play about a robbery", "given": "robbery"}]}])  # fmt: skip
def test_hard_items_in_either_shape(hard: object) -> None:
    found = quality.of(MEASURED, hard).hard
    assert (found[0].text, found[0].given) == ("A play about a robbery", "robbery")


@pytest.mark.parametrize(
    "broken", [None, [], "text", {"held_out": 3, "kinds": [{"slug": "x"}], "files": "no", "wrong": {}}]
)
def test_a_file_of_another_shape_is_left_out(broken: object) -> None:
    found = quality.of(broken, broken)
    assert (found.parts, found.topics, found.kinds, found.hard, found.wrong) == ((), (), (), (), ())


def test_the_page_shows_the_measurement_of_the_packaged_model(site: Site) -> None:
    text = site.get("/about/tagging").text
    assert "Held out, never read by those who made the rules: the first look" in text
    assert "Who labelled what" in text
    assert "What it gets wrong" in text
    assert "Stop and search</th>" in text
