"""Pages stay light enough for a slow connection. Counts only: how long something took here says nothing of elsewhere."""

from __future__ import annotations

import pytest

from tests.browser.tour import Visitor
from tests.browser.weights import table, weigh

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_the_front_page_is_light(visitor: Visitor) -> None:
    home = weigh(visitor, ("home",))[0]
    assert home.bytes < 100_000
    assert home.requests < 10


def test_every_page_is_light_and_stands_still(visitor: Visitor) -> None:
    weights = weigh(visitor)
    assert [w.name for w in weights if w.bytes > 150_000 or w.requests > 9 or w.shift > 0.01] == [], table(weights)
