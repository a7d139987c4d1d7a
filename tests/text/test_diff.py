"""Word diffs: what they say, that they lose nothing, and that no text makes them slow."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.diff import Piece, counts, diff, normal

OLD = "Officers may search a person.\n\nThey must give a reason before they do so.\n\nA record is made."


def old_of(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces if piece.op in ("same", "removed"))


def new_of(pieces: tuple[Piece, ...]) -> str:
    return "".join(piece.text for piece in pieces if piece.op in ("same", "added", "moved"))


def test_a_word_is_replaced() -> None:
    assert diff("Officers may search.", "Officers must search.") == (
        Piece("same", "Officers "),
        Piece("removed", "may "),
        Piece("added", "must "),
        Piece("same", "search."),
    )
    assert counts("Officers may search.", "Officers must search.") == (1, 1)


def test_nothing_changed() -> None:
    assert diff(OLD, OLD) == (Piece("same", OLD),)
    assert counts(OLD, OLD) == (0, 0)
    assert diff("", "") == ()


def test_typography_and_line_folding_are_no_change() -> None:
    assert counts("the “code” – as\nit’s known", 'the "code" - as\nit\'s  known') == (0, 0)


def test_everything_is_new() -> None:
    assert diff("", "A new text.") == (Piece("added", "A new text."),)
    assert counts("", "A new text.") == (3, 0)
    assert counts("A new text.", "") == (0, 3)


def test_a_paragraph_is_moved() -> None:
    first, second, third = OLD.split("\n\n")
    pieces = diff(OLD, "\n\n".join((second, first, third)))
    assert [piece.op for piece in pieces].count("moved") == 1
    assert counts(OLD, "\n\n".join((second, first, third))) == (0, 0)


def test_splitting_a_paragraph_changes_no_word() -> None:
    assert counts("One two. Three four.", "One two.\n\nThree four.") == (0, 0)
    pieces = diff("One two. Three four.", "One two.\n\nThree four.")
    assert [piece.op for piece in pieces] == ["same", "removed", "added", "same"]


_WORDS = st.lists(
    st.sampled_from(["a", "b", "c", "the", "Police", "search.", "\n", "\n\n", "’", "x" * 20]), max_size=40
)
_TEXTS = _WORDS.map(" ".join) | st.text(max_size=80)


@given(_TEXTS, _TEXTS)
def test_the_pieces_rebuild_both_texts(old: str, new: str) -> None:
    pieces = diff(old, new)
    assert old_of(pieces) == normal(old)
    assert new_of(pieces) == normal(new)
    assert all(piece.text for piece in pieces)


@given(_TEXTS, _TEXTS)
def test_counts_agree_with_the_pieces(old: str, new: str) -> None:
    added, removed = counts(old, new)
    assert added <= sum(len(piece.text.split()) for piece in diff(old, new) if piece.op == "added")
    assert len(normal(new).split()) - len(normal(old).split()) == added - removed


@given(_TEXTS)
def test_the_normal_form_is_its_own(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def _text(words: list[str], paragraph: int, seed: int) -> str:
    chosen = random.Random(seed).choices(words, k=100_000)
    return "\n\n".join(" ".join(chosen[i : i + paragraph]) for i in range(0, len(chosen), paragraph))


@pytest.mark.parametrize(
    ("words", "paragraph"),
    [
        pytest.param([f"w{n}" for n in range(5_000)], 60, id="like a long policy"),
        pytest.param([f"w{n}" for n in range(5_000)], 100_000, id="one paragraph"),
        pytest.param([f"w{n}" for n in range(40)], 150, id="few words"),
        pytest.param(["a", "b"], 200, id="two words"),
        pytest.param(["a", "b"], 1, id="a word a paragraph"),
    ],
)
def test_a_hundred_thousand_words_take_seconds(words: list[str], paragraph: int) -> None:
    old = _text(words, paragraph, 1)
    edited = old.split(" ") if paragraph > 1 else old.split("\n\n")
    for position in random.Random(2).sample(range(len(edited)), 300):
        edited[position] = "changed"
    for new in ((" " if paragraph > 1 else "\n\n").join(edited), _text(words, paragraph, 3)):
        started = time.process_time()
        pieces = diff(old, new)
        took = time.process_time() - started
        print(f"{took:.2f} s")
        assert old_of(pieces) == normal(old)
        assert new_of(pieces) == normal(new)
        assert took < 30


def test_a_few_edits_in_a_long_text_are_found_as_such() -> None:
    words = _text([f"w{n}" for n in range(5_000)], 60, 1).split(" ")
    words[500], words[50_000] = "changed", "too"
    assert counts(_text([f"w{n}" for n in range(5_000)], 60, 1), " ".join(words)) == (2, 2)
