"""The gate: the labelled files are the ones the baseline speaks of, and no change makes the tags worse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from aggregator.models import Document
from aggregator.tagging import evaluate, labelled, tagger
from aggregator.tagging.labelled import Item
from aggregator.tagging.split import held_out

HERE = Path(__file__).parent
GOLD = sorted((HERE / "gold").glob("*.jsonl"))
EXTRA = sorted(HERE.glob("extra*.jsonl"))
LOCATED = sorted(HERE.glob("located*.jsonl"))
FRESH = sorted(HERE.glob("fresh*.jsonl"))
BASELINE = json.loads((HERE / "baseline.json").read_text(encoding="utf-8"))
QUALITY = json.loads((Path(tagger.__file__).parent / "data" / "quality.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def items() -> list[Item]:
    return labelled.read(GOLD)


def test_the_labelled_files_are_those_of_the_baseline_and_of_the_site() -> None:
    assert labelled.digest(GOLD) == BASELINE["sha256"] == QUALITY["sha256"]
    assert labelled.digest(EXTRA) == BASELINE["extra_sha256"]
    assert labelled.digest(LOCATED) == BASELINE["located_sha256"]
    assert labelled.digest(FRESH) == BASELINE["fresh_sha256"]


def test_what_is_said_by_hand_is_what_the_site_says() -> None:
    notes = yaml.safe_load((Path(tagger.__file__).parent / "data" / "quality_notes.yaml").read_text(encoding="utf-8"))
    assert {name: QUALITY[name] for name in notes} == notes


def test_the_model_is_not_worse_than_the_baseline(items: list[Item]) -> None:
    """Of items that the model has seen: this tells whether rules, code and data fit together, not how good it is on new ones."""
    measured = evaluate.table(items, evaluate.predict(items, tagger.load()))
    assert measured.micro >= BASELINE["model"]["topics_micro_f1"]
    assert measured.macro >= BASELINE["model"]["topics_macro_f1"]
    assert measured.place_f1 >= BASELINE["model"]["places_f1"]
    assert measured.kind >= BASELINE["model"]["kind"]


def test_unseen_items_are_not_tagged_worse_than_the_baseline(items: list[Item]) -> None:
    """Predictions written by training, by models that had not seen the item they speak of."""
    unseen = evaluate.stored(HERE / "out_of_fold.jsonl")
    measured = evaluate.table([x for x in items if not held_out(x.id)], unseen)
    assert measured.micro >= BASELINE["cross_validated"]["topics_micro_f1"]
    assert measured.macro >= BASELINE["cross_validated"]["topics_macro_f1"]
    assert measured.place_f1 >= BASELINE["cross_validated"]["places_f1"]
    assert measured.kind >= BASELINE["cross_validated"]["kind"]
    assert round(measured.micro, 3) == pytest.approx(QUALITY["cross_validated"]["topics_micro_f1"], abs=0.001)
    assert len(QUALITY["topics"]) == len(measured.topics)


def test_further_items_are_not_tagged_worse_than_the_baseline() -> None:
    """Items written later, 400 of them to be hard."""
    measured = evaluate.table(labelled.read(EXTRA), evaluate.stored(HERE / "out_of_fold.jsonl"))
    assert measured.micro >= BASELINE["cross_validated_extra"]["topics_micro_f1"]
    assert measured.place_f1 >= BASELINE["cross_validated_extra"]["places_f1"]
    assert measured.kind >= BASELINE["cross_validated_extra"]["kind"]


def test_items_labelled_by_place_are_not_tagged_worse_than_the_baseline() -> None:
    """Nobody judged their topics, which count neither way."""
    located = labelled.read(LOCATED)
    measured = evaluate.table(located, evaluate.stored(HERE / "out_of_fold.jsonl"))
    assert measured.items == len(located) == QUALITY["located_items"]
    assert measured.place_f1 >= BASELINE["cross_validated_located"]["places_f1"]
    assert measured.kind >= BASELINE["cross_validated_located"]["kind"]
    assert not any(row.tp + row.fp + row.fn for row in measured.topics)


def test_fresh_items_are_not_tagged_worse_than_the_baseline(items: list[Item]) -> None:
    """Items that the model in use was never trained on: the figures that come nearest to the truth."""
    fresh = labelled.read(FRESH)
    trained_on = {item.doc.body for item in (*items, *labelled.read(EXTRA), *labelled.read(LOCATED))}
    assert not any(item.doc.body in trained_on for item in fresh)
    measured = evaluate.table(fresh, evaluate.predict(fresh, tagger.load()))
    assert measured.micro >= BASELINE["fresh"]["topics_micro_f1"]
    assert measured.macro >= BASELINE["fresh"]["topics_macro_f1"]
    assert measured.place_f1 >= BASELINE["fresh"]["places_f1"]
    assert measured.kind >= BASELINE["fresh"]["kind"]


def test_scoring_leaves_doubted_labels_out() -> None:
    item = labelled.Item(
        "x", Document(""), frozenset({"theft"}), frozenset(), frozenset({"appeal", "statement"}), "appeal",
        frozenset({"fraud"}), frozenset(),
    )  # fmt: skip
    given = {"x": {"id": "x", "topics": ["theft", "fraud"], "places": [], "kind": "statement"}}
    measured = evaluate.table([item], given)
    assert (measured.micro, measured.kind) == (1.0, 1.0)
