"""Whatever bytes arrive, a parser returns entries or raises ParseError: nothing else may come out of it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.errors import ParseError
from aggregator.limits import MAX_KEY_CHARS, MAX_TITLE_CHARS
from aggregator.models import Page, Parsed, Source
from aggregator.sources import registry
from tests.golden_support import FOLDER
from tests.sources.examples import EXAMPLES, Example, page, prepared, source

FEW = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
WAYS = tuple({(e.kind, e.role): e for e in EXAMPLES}.values())  # every kind in every role it has
CHALLENGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body>"
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.just("\ud800")
DOCUMENTS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


def read(about: Source, what: Page) -> Parsed | None:
    """The result if there is one; it must be fit to store."""
    complaint = ""
    try:
        result = registry.parse(about, what)
    except ParseError as error:
        complaint = str(error)
    if complaint:
        assert "\n" not in complaint
        assert complaint.startswith(about.id)
        return None
    for entry in result.entries:
        assert 0 < len(entry.key) <= MAX_KEY_CHARS
        assert 0 < len(entry.title) <= MAX_TITLE_CHARS
        assert entry.url is None or entry.url.startswith(("http://", "https://"))
        repr(entry).encode()  # no half surrogates: SQLite would refuse them
        "".join((entry.key, entry.title, entry.summary, entry.body, entry.published_raw)).encode()
    return result


@pytest.mark.parametrize("example", WAYS, ids=str)
@FEW
@given(body=st.binary(max_size=400))
def test_arbitrary_bytes(example: Example, body: bytes) -> None:
    about, what = prepared(example)
    read(about, replace(what, body=body))


@pytest.mark.parametrize("example", [w for w in WAYS if w.file.endswith(".json")], ids=str)
@FEW
@given(document=DOCUMENTS)
def test_arbitrary_json(example: Example, document: object) -> None:
    about, what = prepared(example)
    read(about, replace(what, body=json.dumps(document).encode()))


def _mutated(value: object, draw: st.DataObject) -> object:
    """The document with some of its values replaced by something of another type."""
    if draw.draw(st.integers(0, 9)) == 0:
        return draw.draw(
            LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.text(max_size=4), LEAVES, max_size=2)
        )
    if isinstance(value, dict):
        return {key: _mutated(item, draw) for key, item in value.items()}
    if isinstance(value, list):
        return [_mutated(item, draw) for item in value]
    return value


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.file.endswith(".json")], ids=str)
@settings(FEW, max_examples=20)
@given(draw=st.data())
def test_goldens_with_values_of_the_wrong_type(example: Example, draw: st.DataObject) -> None:
    about, what = prepared(example)
    document = _mutated(json.loads(what.body), draw)
    read(about, replace(what, body=json.dumps(document).encode()))


@pytest.mark.parametrize("example", [e for e in EXAMPLES if not e.file.endswith(".json")], ids=str)
@settings(FEW, max_examples=20)
@given(start=st.floats(0, 1), length=st.integers(0, 60), junk=st.binary(max_size=20))
def test_goldens_with_a_piece_replaced(example: Example, start: float, length: int, junk: bytes) -> None:
    about, what = prepared(example)
    at = int(start * len(what.body))
    read(about, replace(what, body=what.body[:at] + junk + what.body[at + length :]))


@pytest.mark.parametrize("example", WAYS, ids=str)
def test_a_challenge_page_is_an_error_and_never_an_empty_list(example: Example) -> None:
    about, what = prepared(example)
    if what.status >= 400:
        what = replace(what, status=200)
    with pytest.raises(ParseError, match=r"challenge"):
        registry.parse(about, replace(what, body=CHALLENGE, content_type="text/html"))


@pytest.mark.parametrize("example", [w for w in WAYS if w.file.endswith(".json") and w.kind != "calendar"], ids=str)
@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "empty body"),
        (b"<html><body>Sorry</body></html>", "HTML"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"results": ' + b"9" * 5_000 + b"}", "not JSON|no list"),
        (b'{"results": NaN}', "not JSON"),
        (b'"text"', "found text"),
        (b"{", "not JSON"),
    ],
    ids=["empty", "html", "deep", "huge-number", "nan", "text", "cut"],
)
def test_what_is_no_json_is_named(example: Example, body: bytes, word: str) -> None:
    about, what = prepared(example)
    with pytest.raises(ParseError, match=word):
        registry.parse(about, replace(what, body=body, status=200))


EMPTY = {
    "govuk-search": b'{"results": [], "total": 0, "start": 0}',
    "parliament-questions": b'{"totalResults": 0, "results": []}',
    "parliament-statements": b'{"totalResults": 0, "results": []}',
    "parliament-committees": b'{"totalResults": 0, "items": []}',
    "parliament-bills": b'{"totalResults": 0, "items": []}',
    "police-events": b"[]",
    "police-priorities": b"[]",
    "calendar": b'{"results": [], "total": 0}',
    "modgov-meetings": b"<getmeetings><meetings/></getmeetings>",
    "mopac-decisions": b"<main><h1>MOPAC decisions</h1>No results found</main>",
    "listing": b"<main><h1>News</h1></main>",
    "college-app": b"<table><tr><th>Date</th><th>Category</th><th>Guidance</th><th>Changes</th></tr></table>",
}


@pytest.mark.parametrize("kind", EMPTY)
def test_a_sound_answer_without_items_is_empty_and_no_error(kind: str) -> None:
    result = registry.parse(source(kind), page(EMPTY[kind]))
    assert (result.entries, str(result.outcome)) == ((), "empty")


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE r [<!ENTITY a "A">]><r>&a;</r>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE r [<!ENTITY a "A">]><r>&a;</r>'.encode("utf-16"),
        b'<?xml version="1.0"?><!doctype r SYSTEM "file:///etc/passwd"><r/>',
    ],
    ids=["entity", "utf-16", "external"],
)
def test_xml_with_a_document_type_is_refused_in_any_encoding(body: bytes) -> None:
    with pytest.raises(ParseError, match="refused"):
        registry.parse(source("modgov-meetings"), page(body))


def test_an_item_that_cannot_be_told_from_others_or_named_is_a_problem_and_no_entry() -> None:
    body = json.dumps({"results": [{"value": {"id": "\0", "questionText": "Is it?", "heading": "H"}}]})
    result = registry.parse(source("parliament-questions"), page(body))
    assert (result.entries, result.problems) == ((), ("items without an id or a title: 1",))


def test_more_html_than_is_read_is_refused() -> None:
    with pytest.raises(ParseError, match="at most"):
        registry.parse(source("page"), page(b"<p>x</p>" * 400_000))


def test_the_folder_of_goldens_is_where_we_think() -> None:
    assert (FOLDER / "govuk-search" / "results.json").is_file()


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("page", b"<div>" * 20_000),
        ("listing", b"<li>" * 20_000),
        ("college-app", b"<table>" * 20_000),
        ("mopac-decisions", b"<div>" * 20_000 + b"Reference code: PCD 1"),
        ("modgov-meetings", b"<x><meetingid>1</meetingid>" * 5_000 + b"</x>" * 5_000),
    ],
)
def test_deep_nesting_is_refused_because_walking_it_is_quadratic(kind: str, body: bytes) -> None:
    with pytest.raises(ParseError, match="nested deeper"):
        registry.parse(source(kind), page(body))
