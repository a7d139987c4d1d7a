"""Stored text, compared text, and the hash that decides whether a text has changed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.normalise import clean, content_hash, fold, shorten


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("  a \t b\u00a0c  ", "a b c"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a \n \n\n\n b", "a\n\nb"),
        ("e\u0301", "é"),
        ("pass\u200bword \ufeffx\u00ad", "password x"),
        ("\u202egnp.exe\u2066 \x07\x1b[0m\x00", "gnp.exe [0m"),
        ("\ud800a\ufdd0\ufffe", "a"),
        ("‘Curly’ – “quotes” stay…", "‘Curly’ – “quotes” stay…"),
    ],
)
def test_text_for_storage(raw: str, text: str) -> None:
    assert clean(raw, 100) == text


def test_long_text_is_cut_after_a_word() -> None:
    assert clean("Officers were called to the scene", 15) == "Officers were…"
    assert clean("Officers were called", 14) == "Officers were…"
    assert clean("Officerswerecalled", 9) == "Officers…"
    assert clean("one two", 7) == "one two"
    assert shorten("abc", 1) == "…"
    assert shorten("abc", 0) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It’s “new”", 'It\'s "new"'),
        ("2026–27 – why", "2026-27 - why"),
        ("a\n\n b", "a b"),
        ("ﬁle № ５", "file No 5"),
        ("a\u200bb", "ab"),
        ("wait…", "wait..."),
    ],
)
def test_texts_that_a_reader_cannot_tell_apart_compare_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_case_and_words_still_count() -> None:
    assert fold("Police") != fold("police")
    assert fold("£5") != fold("£6")


def test_the_hash_does_not_run_parts_together() -> None:
    assert content_hash("ab", "c", "") != content_hash("a", "bc", "")
    assert content_hash("a", "b", "c") != content_hash("a", "b", "c", "")
    assert content_hash("a", "1:b", "") != content_hash("a1:b", "", "")
    assert content_hash("It’s", " x ", "y\n") == content_hash("It's", "x", "y")


def test_the_hash_of_a_text_stays_what_it_is() -> None:
    """A change here would make a new version of every update in every archive: bump the version on purpose only."""
    assert (
        content_hash("Title", "Summary", "Body") == "1311c91e927b63f989b6008ab74c6fa74424f2cfd26bc72b55184b58743205e2"
    )


@given(st.text(), st.integers(0, 40))
def test_cleaning_twice_is_cleaning_once(text: str, limit: int) -> None:
    once = clean(text, limit)
    assert len(once) <= limit
    assert clean(once, limit) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") and c != "\n" for c in once)
    assert "\n\n\n" not in once


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(clean(text, 10_000)) == fold(text)
    assert content_hash(text, "", "") == content_hash(fold(text), "", "")
