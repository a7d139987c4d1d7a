"""What counts as the same words, however a body writes them, and what is left of an entry without them."""

from __future__ import annotations

import json

import pytest

from aggregator.archive.takedown import Words, compiled, hidden_key, scrub_entry, telling
from aggregator.models import Attachment, DeclaredChange, Entry, Utc

WORDS = Words((compiled(r"Jane\s+Doe"),))


@pytest.mark.parametrize(
    "body",
    [
        b"<p>Jane Doe was charged</p>",
        b"<p>JANE&nbsp;DOE</p>",
        b"<p>Jane <b>Doe</b></p>",
        b"<p>J<em>ane</em> Doe</p>",
        b"&lt;p&gt;Jane&amp;nbsp;Doe",  # HTML escaped within XML
        b'{"title": "Jane\\u0020Doe"}',
        b'{"title": "Jane\\nDoe"}',
        b"https://news.example/jane-doe-charged-5003",
        b"https://news.example/jane%20doe",
        "Jane Doe".encode("utf-16"),
        "Café Jane Doe".encode("latin-1"),
    ],
)
def test_a_body_gives_the_words_away_however_it_writes_them(body: bytes) -> None:
    assert WORDS.hit_bytes(body)


@pytest.mark.parametrize(
    "body",
    [
        "<p>Zoë O’Brien was charged</p>".encode(),
        b"<p>Zo\xeb O\x92Brien was charged</p>",  # Windows-1252
        b"<p>Zo\xeb <b>O\x92Brien</b></p>",
        b"<p>Zo\xeb&nbsp;O&rsquo;Brien</p>",
        json.dumps({"title": "Zoë O’Brien"}).encode(),  # \\u00eb and \\u2019
        b'{"title": "Zo\\u00EB O\\u2019Brien"}',
    ],
)
def test_a_name_with_letters_beyond_ascii_is_found_too(body: bytes) -> None:
    assert Words((compiled("Zoë O’Brien"),)).hit_bytes(body)


def test_half_a_surrogate_pair_hides_nothing() -> None:
    assert WORDS.hit_bytes(b'{"title": "\\ud83d\\ude94 Jane Doe"}')


@pytest.mark.parametrize(
    ("key", "url"), [("jane-doe-5003", "https://news.example/5003"), ("5003", "https://news.example/jane-doe")]
)
def test_key_and_address_are_hidden_where_either_gives_the_matter_away(key: str, url: str) -> None:
    left = scrub_entry(Entry(key=key, url=url, title="Charged"), "news", WORDS)
    assert (left.key, left.url) == (hidden_key("news", key), None)


def test_other_words_are_none_of_them() -> None:
    assert not WORDS.hit_bytes(b"<p>Jane was charged; a doe ran by</p>")


def test_an_entry_is_scrubbed_in_every_field() -> None:
    entry = Entry(
        key="https://news.example/jane-doe-5003", url="https://news.example/jane-doe-5003", title="Jane Doe charged",
        summary="JANE DOE, 34", body="It is Jane Doe.", html="<p>It is Jane <b>Doe</b>.</p>", change_note="Named Jane Doe",
        history=(DeclaredChange(Utc("2026-01-01T00:00:00Z"), "Jane  Doe named"),), status_note="for Jane Doe",
        redirect_to="https://news.example/jane-doe", refs=("jane-doe", "PCD 1"), categories=("Jane Doe", "Fraud"),
        attachments=(Attachment("Jane Doe's photograph", "https://news.example/jane-doe.jpg"),), compared="Jane Doe",
    )  # fmt: skip
    left = scrub_entry(entry, "news", WORDS)
    assert "doe" not in repr(left).lower()
    assert (left.title, left.html, left.url) == ("[redacted] charged", "", None)
    assert left.key == hidden_key("news", entry.key)
    assert (left.refs, left.categories) == (("PCD 1",), ("Fraud",))
    assert scrub_entry(left, "news", WORDS) == left


def test_an_entry_without_the_words_is_left_as_it_is() -> None:
    entry = Entry(key="a", url="https://news.example/a", title="Open day")
    assert scrub_entry(entry, "news", WORDS) is entry


def test_exact_case_can_be_asked_for() -> None:
    may = Words((compiled("(?-i:May)"),))
    assert may.scrub("Ms May may come in May") == "Ms [redacted] may come in [redacted]"


def test_a_withdrawn_text_is_told_by_its_beginnings() -> None:
    words = telling(["Man jailed for a robbery in Peckham", "", "Ends"])
    assert words.hit_bytes(json.dumps({"title": "Man jailed for\na robbery in Peckham"}).encode())
    assert not words.hit_bytes(b"Ends")
