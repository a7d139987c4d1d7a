"""The first change of a text, for a line of a list."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.limits import EXCERPT_AROUND_CHARS, EXCERPT_CHANGED_CHARS
from aggregator.text.diff import counts
from aggregator.text.excerpt import Excerpt, first_change

POLICY = "Who may search\n\nAn officer in uniform may search a person.\n\n- drugs\n- weapons\n\nReviewed in March."


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("may search a", "must search a", Excerpt("An officer in uniform", "may", "must", "search a person.")),
        ("- weapons\n", "", Excerpt("", "- weapons", "", "")),
        ("- weapons\n", "- weapons\n- stolen goods\n", Excerpt("", "", "- stolen goods", "")),
        (" in uniform", "", Excerpt("An officer", "in uniform", "", "may search a person.")),
        ("March", "June", Excerpt("Reviewed in", "March.", "June.", "")),
        ("Who may search", "Who can be searched", Excerpt("Who", "may search", "can be searched", "")),
        ("An officer in uniform may search a person.\n\n", "", Excerpt("", "An officer in uniform may search a person.", "", "")),
    ],
)  # fmt: skip
def test_the_words_that_changed_stand_between_those_around_them(old: str, new: str, found: Excerpt) -> None:
    assert old in POLICY
    assert first_change(POLICY, POLICY.replace(old, new)) == found


def test_of_two_changes_it_is_the_first() -> None:
    new = POLICY.replace("drugs", "controlled drugs").replace("March", "June")
    assert first_change(POLICY, new) == Excerpt("-", "", "controlled", "drugs")
    new = POLICY.replace("Who may search\n", "").replace("Reviewed in March.", "Reviewed in March.\n\nEnds.")
    assert first_change(POLICY, new) == Excerpt("", "Who may search", "", "")


def test_within_one_long_line_only_the_first_change_is_told() -> None:
    line = "The power may be used by day. " * 20 + "It may not be used by night. " + "Records are kept. " * 20
    found = first_change(line, line.replace("not be", "be").replace("Records are", "No records are"))
    assert found
    assert (found.removed, found.added) == ("not", "")
    assert found.before.startswith("… ")
    assert found.before.endswith("by day. It may")
    assert found.after.endswith("…")


def _words(name: str, n: int) -> str:
    return " ".join(f"{name}{i}" for i in range(n))


def test_what_lives_on_further_down_a_long_line_is_not_called_removed() -> None:
    """More is put before it than is compared: the words that gave way to it are still there."""
    kept, put = _words("kept", 900), _words("put", 800)
    found = first_change(f"Start {kept} then", f"Start {put} {kept} now")
    assert found
    assert (found.before, found.removed) == ("Start", "")
    assert found.added.startswith("put0 put1")
    taken = first_change(f"Start {put} {kept} then", f"Start {kept} now")
    assert taken
    assert (taken.removed[:9], taken.added) == ("put0 put1", "")


def test_of_what_gave_way_only_the_part_that_is_gone_is_shown() -> None:
    kept, put = _words("kept", 900), _words("put", 800)
    found = first_change(f"Start gone for good {kept} then", f"Start {put} {kept} now")
    assert found
    assert found.removed == "gone for good …"
    swapped = first_change(f"Start {kept} {put} then", f"Start {put} {kept} now")
    assert swapped
    assert (swapped.removed, swapped.added[:9]) == ("", "put0 put1")
    wholly = first_change(_words("old", 900), _words("new", 900))
    assert wholly
    assert wholly.removed.startswith("old0 old1")
    assert wholly.added.startswith("new0 new1")


def test_what_a_comparison_overlooks_is_no_change() -> None:
    assert first_change("The officer’s  power – used", "The officer's power - used") is None
    assert first_change("", "") is None


def test_lines_that_only_moved_are_not_called_removed() -> None:
    assert first_change("One.\n\nTwo.\n\nThree.", "Two.\n\nThree.\n\nOne.") is None


def test_a_line_that_now_stands_twice_is_an_addition() -> None:
    assert first_change("One.\n\nTwo.", "One.\n\nTwo.\n\nOne.") == Excerpt("", "", "One.", "")


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["a b", "c", "d e f", "g"])), st.lists(st.sampled_from(["a b", "c", "d e", "h"])))
def test_there_is_a_change_where_words_are_counted(old: list[str], new: list[str]) -> None:
    before, after = "\n".join(old), "\n".join(new)
    if any(counts(before, after)) and sorted(old) != sorted(new):
        found = first_change(before, after)
        assert found
        assert found.removed or found.added


@given(st.text(max_size=400), st.text(max_size=400))
def test_it_stays_short(old: str, new: str) -> None:
    if found := first_change(old, new):
        assert max(len(found.removed), len(found.added)) <= EXCERPT_CHANGED_CHARS
        assert max(len(found.before), len(found.after)) <= EXCERPT_AROUND_CHARS + 2
        assert "\n" not in found.old + found.new


def test_a_long_policy_costs_little() -> None:
    def seconds(paragraphs: int) -> float:
        line = "{n}. Officers must record search number {n} of the day and its grounds."
        policy = "\n\n".join(line.format(n=n) for n in range(paragraphs))
        begun = time.process_time()
        found = first_change(policy, policy.replace(f"number {paragraphs - 1} of", f"no. {paragraphs - 1} of"))
        took = time.process_time() - begun
        assert found
        assert (found.removed, found.added) == ("number", "no.")
        return took

    shorter, longer = (min(seconds(paragraphs) for _ in range(3)) for paragraphs in (200, 2_000))
    assert longer < 40 * max(
        shorter, 0.001
    )  # ten times the text; comparing all with all would take a hundred times as long
