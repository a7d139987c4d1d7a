"""Single words: found with the phrases in one reading, weighed as a document of length one, kept in a table that a person can read."""

from __future__ import annotations

import csv
import io
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.errors import ConfigError
from aggregator.models import Document
from aggregator.tagging import wordmodel
from aggregator.tagging.features import Extractor, Spoken
from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.matcher import Matcher
from aggregator.tagging.text import lay
from aggregator.tagging.wordmodel import Words

PHRASES = [Phrase("rob", False), Phrase("stop and search", False), Phrase("stop", False), Phrase("shop lift", True)]


@given(st.lists(st.sampled_from(["rob", "stop", "and", "search", "shop", "lifter", "lift", "robber", ""]), max_size=25))
def test_a_scan_finds_what_a_plain_search_finds(words: list[str]) -> None:
    """Words and phrases, overlapping ones too, in the order of their ends; a run of blanks parts phrases, not words."""
    text = f" {' '.join(words)} "
    wanted = {
        (n, m.start(), m.start() + len(m[1]))
        for n, p in enumerate(PHRASES)
        for m in re.finditer(f"(?=( {p.text}{'' if p.open else ' '}))", text)
    }
    found = Matcher(PHRASES).hits(text)
    assert set(found) == wanted
    assert len(found) == len(wanted)
    assert [end for _, _, end in found] == sorted(end for _, _, end in found)


@given(st.lists(st.text(max_size=30), min_size=1, max_size=4))
def test_words_are_counted_in_their_own_document(bodies: list[str]) -> None:
    vocabulary = ("burglary", "the", "officers")
    laid = [lay(Document(body, "", "The officers, the burglary and the Officers.")) for body in bodies]
    spoken = Extractor([], vocabulary=vocabulary).extract(laid).spoken
    counted = dict(zip(zip(spoken.doc.tolist(), spoken.word.tolist(), strict=True), spoken.count.tolist(), strict=True))
    wanted = {
        (n, w): many
        for n, one in enumerate(laid)
        for w, word in enumerate(vocabulary)
        if (many := one.flat.split().count(word))
    }
    assert counted == wanted


def test_a_score_is_the_weighed_words_over_the_length_of_all_words() -> None:
    words = Words(("a", "b"), np.array([1.0, 2.0]), ("theft",), np.array([-1.0]), np.array([[3.0], [0.5]]))
    spoken = Spoken(doc=np.array([1, 1]), word=np.array([0, 1]), count=np.array([1, 1]))
    nothing, both = words.score(spoken, 2)[:, 0]
    assert nothing == -1.0
    assert both == pytest.approx(-1.0 + (3.0 * 1 + 0.5 * 2) / np.sqrt(1 + 4))


def test_words_of_few_texts_or_of_most_are_not_kept() -> None:
    kept, rarity = wordmodel.vocabulary([*[" the burglary "] * 3, " the once ", " the ", " the "])
    assert kept == ("burglary",)
    assert rarity[0] == pytest.approx(1 + np.log(7 / 4))


def test_the_table_is_read_as_it_was_written() -> None:
    words = Words(
        ("cab", "dog, the"), np.array([1.5, 2.25]), ("theft", "fraud"), np.array([-1.0, 0.25]),
        np.array([[0.5, 0.0], [-1.25, 3.0]]),
    )  # fmt: skip
    out = io.StringIO()
    csv.writer(out).writerows(wordmodel.render(words))
    again = wordmodel.parse(out.getvalue().splitlines(), ("theft", "fraud"))
    assert again.vocabulary == words.vocabulary
    for name in ("rarity", "bias", "weights"):
        assert np.array_equal(getattr(again, name), getattr(words, name)), name


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "StopIteration"),
        ("word,rarity,fraud\n(always),,1\n", "not the topics and kinds"),
        ("word,rarity,theft\n(always),,1\nlock,1.0,heavy\n", "heavy"),
    ],
)
def test_a_broken_table_says_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        wordmodel.parse(text.splitlines(), ("theft",), "words.csv")
