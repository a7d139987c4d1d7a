"""Every golden payload is read as its reviewed `.expected.json` says (see ``tests/golden_support.py``)."""

from __future__ import annotations

import pytest

from aggregator.sources import registry
from tests.golden_support import FOLDER, check
from tests.sources.examples import EXAMPLES, Example, parsed


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_payload_is_read_as_reviewed(example: Example) -> None:
    check(example.kind, example.name, parsed(example))


def test_every_payload_in_the_folder_is_an_example() -> None:
    kinds = {example.kind for example in EXAMPLES}
    there = {
        f"{file.parent.name}/{file.name}"
        for kind in kinds
        for file in (FOLDER / kind).iterdir()
        if not file.name.endswith(".expected.json")
    }
    assert there == {str(example) for example in EXAMPLES}


def test_every_kind_has_an_example() -> None:
    """The kinds of feeds have theirs in test_feed_golden, those of figures in test_statistics_sources, test_ons_dataset and tests/statistics."""
    elsewhere = {"feed", "modgov-feed", "legislation", "table", "police-stops", "datastore", "ons-dataset"}
    assert set(registry.KINDS) - elsewhere == {example.kind for example in EXAMPLES}
