"""O'Brien is O’Brien: which sign a pattern or a text is written with does not matter, and nothing else changes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.archive.signs import widened
from aggregator.archive.takedown import Words, compiled

APOSTROPHES, QUOTES, DASHES, BLANKS = "'‘’ʼ", '"“”«»', "-‐‑–—", " \u00a0\u2007\u202f"


def finds(pattern: str, text: str) -> bool:
    return bool(re.fullmatch(widened(pattern), text))


@pytest.mark.parametrize("kind", [APOSTROPHES, QUOTES, DASHES, BLANKS])
def test_every_sign_meets_every_other_of_its_kind_and_no_other(kind: str) -> None:
    for one in kind:
        found = {sign for sign in APOSTROPHES + QUOTES + DASHES + BLANKS if finds(f"O{one}B", f"O{sign}B")}
        assert found == set(kind)


@pytest.mark.parametrize(
    "pattern",
    [
        "O'B", r"O\'B", "O’B", r"O\’B", r"O\u2019B", r"O\x27B", r"O\047B", r"O\N{RIGHT SINGLE QUOTATION MARK}B", "O[']B",
        "O[’x]B", r"O[\'-]B", r"O[\47]B", "O['-]B", "O[-']B", r"O[^\w\s]B", "O(?:'|x)B", "(?x) O ' B # it's", r"(?<=)O(?='B)'B",
        "(?P<first>O)'B", "(?-i:O'B)",
    ],
)  # fmt: skip
def test_however_a_pattern_writes_the_sign(pattern: str) -> None:
    assert [text for text in ("O'B", "O’B", "O‘B", "O＇B") if not finds(pattern, text)] == []


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("[a–z]", "m"),  # a member, not a range …
        ("[a-z]", "–"),  # … and a range, no member
        (r"[^ -~]", "a"),
        ("(?x)Jane Doe", "Jane Doe"),
        ("(?x:Jane Doe)", "Jane\u00a0Doe"),
        ("(?x) Jane # 'Doe", "Jane 'Doe"),
        ("[^'x]", "’"),
        (r"\w", "’"),
        ("[]'x]", "-"),
    ],
)
def test_what_a_pattern_did_not_mean_it_does_not_mean_now(pattern: str, text: str) -> None:
    assert not finds(pattern, text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(?x)Jane\\ Doe", "Jane\u00a0Doe"),
        ("(?x)(?-x:Jane Doe)", "Jane\u00a0Doe"),
        ("(?x)Jane[ ]Doe", "Jane\u00a0Doe"),
        ("(?x)Jane\u00a0Doe", "Jane Doe"),  # in a verbose pattern only the plain blank is skipped
        ("(?#it's)[^ -~]", "’"),
        (r"(['\"])x\1", "’x’"),
        ("[]'-]", "]"),
        ("x{1,2}-", "xx–"),
    ],
)
def test_blanks_comments_references_and_sets(pattern: str, text: str) -> None:
    assert finds(pattern, text)


PIECES = st.sampled_from(
    [
        "a", "B", "'", "’", "-", "–", " ", "\u00a0", r"\-", r"\’", r"\ ", r"\s", r"\w", r"\W", r"\b", ".", "[a-c'-]", "[^a’]",
        "[ -/]", "[]x-]", "[–a]", r"[\]' ]", "(?:a|')", "(?P<n>a)(?P=n)", "(?#it's [)", "(?i:b-)", "(?-i:b’)", "(?x: a - # '[\n)",
        "(?=a)", "(?!')", "(?<!-)", "a?", "'{1,2}", "(?>-)", "a*+", "(a)?(?(1)'|-)", r"\x27", r"\u2013", r"\(", r"\[", r"\\",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, min_size=1, max_size=6).map("".join), st.text("abBxX.,/([\\]1é\n", max_size=12))
def test_where_there_are_no_such_signs_a_pattern_finds_what_it_found(pattern: str, text: str) -> None:
    try:
        given_one = re.compile(pattern)
    except re.error:
        return
    assert [m.span() for m in re.finditer(widened(pattern), text)] == [m.span() for m in given_one.finditer(text)]


@given(st.text("Oo" + APOSTROPHES + QUOTES + DASHES + BLANKS, min_size=1))
def test_a_text_taken_as_a_pattern_meets_it_with_any_signs(text: str) -> None:
    other = text.translate({ord(c): k[-1] for k in (APOSTROPHES, QUOTES, DASHES, BLANKS) for c in k})
    assert finds(re.escape(text), other)
    assert finds(re.escape(other), text)


@pytest.mark.parametrize(("pattern", "text"), [("O'Brien", "Ms O’Brien"), ("O’Brien", "Ms O'Brien")])
def test_a_redaction_leaves_the_rest_of_the_text_as_it_was(pattern: str, text: str) -> None:
    words = Words((compiled(pattern),))
    assert words.scrub(f"{text} – it’s “her”") == "Ms [redacted] – it’s “her”"
    assert words.hit_bytes(f"<p>{text}</p>".encode())
    assert words.hit_bytes(b"<p>Ms O&rsquo;Brien</p>")
    assert words.hit_bytes(b"<p>Ms O&#39;Brien</p>")
