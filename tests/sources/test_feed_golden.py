"""Every golden feed is read as its reviewed `.expected.json` says (see ``tests/golden_support.py``)."""

from __future__ import annotations

import pytest

from tests.golden_support import FOLDER, check
from tests.sources.examples import Example, parsed
from tests.sources.feed_examples import EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_feed_is_read_as_reviewed(example: Example) -> None:
    check(example.kind, example.name, parsed(example))


def test_every_feed_in_the_folders_is_an_example() -> None:
    kinds = {example.kind for example in EXAMPLES}
    there = {f"{kind}/{f.name}" for kind in kinds for f in (FOLDER / kind).iterdir() if ".expected." not in f.name}
    assert there == {str(example) for example in EXAMPLES}
