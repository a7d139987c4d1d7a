"""Near-duplicates: how far a text may be rewritten and still be found, and what is followed from text to text."""

from __future__ import annotations

import random

import pytest

from aggregator.archive import near, related
from aggregator.limits import NEAR_THRESHOLD

DICE = random.Random(7)
WORDS = [f"word{n}" for n in range(3000)]


def text(length: int = 250) -> tuple[str, ...]:
    return tuple(DICE.choice(WORDS) for _ in range(length))


def rewritten(words: tuple[str, ...], share: float) -> tuple[str, ...]:
    """The text with this share of its words replaced."""
    return tuple(DICE.choice(WORDS) if DICE.random() < share else word for word in words)


def test_punctuation_case_and_quotes_do_not_count() -> None:
    one = near.words("", "", "Detectives said: “We appeal for witnesses” – today.")
    other = near.words("", "", "detectives said 'WE APPEAL FOR WITNESSES' - today")
    assert (near.likeness(one, other), near.buckets(one)) == (1.0, near.buckets(other))


@pytest.mark.parametrize(("share", "least"), [(0.02, 1.0), (0.05, 0.98), (0.10, 0.85)])
def test_a_lightly_rewritten_text_is_found(share: float, least: float) -> None:
    pairs = [(words, rewritten(words, share)) for words in (text() for _ in range(60))]
    met = sum(bool(set(near.buckets(a)) & set(near.buckets(b))) for a, b in pairs)
    assert met / len(pairs) >= least


def test_different_texts_do_not_meet_and_are_not_alike() -> None:
    texts = [text() for _ in range(60)]
    buckets = [set(near.buckets(t)) for t in texts]
    assert not any(buckets[i] & buckets[j] for i in range(60) for j in range(i))
    assert near.likeness(texts[0], texts[1]) < NEAR_THRESHOLD


def test_hashes_are_the_same_on_every_machine() -> None:
    """They are stored: another library version that hashes otherwise would silently find nothing."""
    words = tuple(f"stop and search policy number {n}" for n in range(20))
    first = near.buckets(tuple(" ".join(words).split()))[:3]
    assert first == ((0, 2523003894304768037), (1, -4295582999649753979), (2, 4077057447728546067))


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ("Operation Hydrangea officers arrested two men", ("operation:hydrangea",)),
        ("Call 101 quoting CAD 3421/14Aug.", ("cad:3421/14aug",)),
        ("quote the reference CAD 0042/3 Sep", ("cad:42/3sep",)),
        ("CAD number 7001 of 12 March", ("cad:7001/12mar",)),
        ("Decision PCD 1179 and DMPCD-204", ("pcd:1179", "dmpcd:204")),
        ("our reference 2026/204512", ("iopc:2026/204512",)),
        ("crime reference number 01/7654321/26", ("crime:01/7654321/26",)),
        ("Operation Support Command and the Operation Room", ()),
        ("John Smith, 34, of Bow", ()),
    ],
)
def test_stories_are_followed_by_operations_and_references_never_by_persons(said: str, keys: tuple[str, ...]) -> None:
    assert related.keys(said) == keys


def test_references_given_apart_count_too() -> None:
    assert related.keys("Approved.", ["PCD 1179"]) == ("pcd:1179",)


@pytest.mark.parametrize(
    ("kind", "earlier", "relation"),
    [
        ("charge-or-arrest", "appeal", "follow-up"), ("court-outcome", "charge-or-arrest", "follow-up"),
        ("court-outcome", "appeal", "follow-up"), ("appeal", "charge-or-arrest", "same-matter"), ("policy", "policy", "same-matter"),
    ],
)  # fmt: skip
def test_appeal_charge_verdict(kind: str, earlier: str, relation: str) -> None:
    assert related.relation(kind, earlier) == relation
