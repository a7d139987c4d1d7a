"""A difference shows what changed and folds away what did not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from aggregator.site.hunks import hunks
from aggregator.site.pages_memento import marked
from aggregator.text.diff import diff

OLD = "\n\n".join(f"Paragraph {n} says what it says." for n in range(20))


def shown(old: str, new: str) -> list[tuple[bool, int]]:
    return [(h.folded, len(h.paragraphs)) for h in hunks(diff(old, new))]


def test_one_change_in_the_middle() -> None:
    assert shown(OLD, OLD.replace("Paragraph 9 says", "Paragraph 9 said")) == [(True, 8), (False, 3), (True, 9)]


def test_changes_close_to_each_other_stay_together() -> None:
    new = OLD.replace("Paragraph 5 says", "Paragraph 5 said").replace("Paragraph 9 says", "Paragraph 9 said")
    assert shown(OLD, new) == [(True, 4), (False, 7), (True, 9)]  # the one paragraph between is not worth a fold


def test_a_text_that_did_not_change_is_one_fold() -> None:
    assert shown(OLD, OLD) == [(True, 20)]
    assert shown("One.", "One.") == [(False, 1)]


def test_everything_new() -> None:
    assert all(not folded for folded, _ in shown("", OLD))


def test_new_last_words_of_a_paragraph_stay_in_it() -> None:
    old = "It is switched on before the search begins.\n\nRecords are kept."
    new = "It is switched on before the search begins, and kept.\n\nA new paragraph.\n\nRecords are kept."
    [hunk] = hunks(diff(old, new))
    assert [[(p.op, p.text) for p in paragraph] for paragraph in hunk.paragraphs] == [
        [("same", "It is switched on before the search "), ("removed", "begins."), ("added", "begins, and kept.")],
        [("added", "A new paragraph.")],
        [("same", "Records are kept.")],
    ]


def test_new_last_words_stay_in_their_paragraph_in_plain_text_too() -> None:
    old = "It is on before the search begins.\n\nRecords are kept.\n\nOld words."
    new = "It is on before the search begins, and kept.\n\nRecords are kept.\n\nWholly other."
    assert marked(diff(old, new)) == (
        "It is on before the search [-begins.-] {+begins, and kept.+}\n\nRecords are kept.\n\n[-Old words.-] {+Wholly other.+}"
    )


def test_a_paragraph_that_was_replaced_stands_above_the_new_one() -> None:
    [hunk] = hunks(diff("One.\n\nOld words here.\n\nThree.", "One.\n\nWholly other text.\n\nThree."))
    assert [[p.op for p in paragraph] for paragraph in hunk.paragraphs] == [["same"], ["removed"], ["added"], ["same"]]


TEXT = st.lists(st.sampled_from(["a b", "c", "d e f", "", "g"]), max_size=12).map("\n".join)


@given(TEXT, TEXT)
def test_no_word_is_lost(old: str, new: str) -> None:
    pieces = [p for h in hunks(diff(old, new)) for paragraph in h.paragraphs for p in paragraph]
    there = " ".join(p.text for p in pieces if p.op != "removed").split()
    assert there == new.split()
