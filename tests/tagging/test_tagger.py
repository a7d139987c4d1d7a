"""What a tag promises: exact evidence, the same answer every time, and the boundary rules of the taxonomy."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.models import KINDS, Document, Evidence, Tags
from aggregator.tagging import model, tagger, taxonomy, wordmodel

WORDS = st.sampled_from(
    [
        "stop",
        "and",
        "search",
        "Brixton",
        "",
        "knife-crime",
        "murder",
        "‘Taser’",
        "body‑worn",
        "İstanbul",
        "Shepherd’s",
        "Bush",
        "£2m",
        "Crown",
        "Court",
        "section",
        "60",
        "PACE",
        "Operation",
        "Fenland",
        "Modern",
        "Slavery",
        "Act",
        "2015",
        "ß",
        "é",
        "\xa0",
        "\n\n",
        "\t",
        ".",
        ",",
        "burglary",
        "facial",
        "recognition",
        "Croydon",
    ]
)
TEXT = st.lists(WORDS, max_size=25).map(" ".join) | st.text(max_size=60)


def every_evidence(tags: Tags) -> list[Evidence]:
    tagged = [t.evidence for t in tags.topics] + [p.evidence for p in tags.places] + [e.evidence for e in tags.entities]
    return [one for some in (*tagged, tags.kind_evidence) for one in some]


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT)
def test_evidence_is_the_exact_text_of_its_field(title: str, summary: str, body: str) -> None:
    doc = Document(title, summary, body)
    for one in every_evidence(tagger.load().tag(doc)):
        assert getattr(doc, one.field)[one.start : one.end] == one.text
        assert one.text.strip() == one.text != ""


@settings(max_examples=50, deadline=None)
@given(TEXT, TEXT)
def test_every_topic_and_place_has_evidence_and_is_of_the_taxonomy(title: str, body: str) -> None:
    tags = tagger.load().tag(Document(title, "", body))
    assert tags.kind in KINDS
    assert {t.slug for t in tags.topics} <= set(taxonomy.load().assignable)
    assert {p.slug for p in tags.places} <= {p.slug for p in taxonomy.load().places}
    assert all(t.evidence and 0 <= t.score <= 1 for t in tags.topics)
    assert all(p.evidence for p in tags.places)


def test_the_same_document_gives_the_same_tags() -> None:
    doc = Document(
        "Man jailed for knifepoint robbery in Peckham", "", "He was sentenced to six years at Croydon Crown Court."
    )
    assert tagger.load().tag(doc) == tagger.Tagger(
        model.load(), wordmodel.load(taxonomy.load().assignable, KINDS), tagger.version()
    ).tag(doc)


def test_many_are_tagged_as_one_by_one() -> None:
    docs = [Document(f"Burglary number {n} in Hackney", "", "Detectives appeal for witnesses.") for n in range(150)]
    assert list(tagger.load().tag_many(docs)) == [tagger.load().tag(d) for d in docs]


def topics(title: str, body: str, publisher: str = "met-news") -> set[str]:
    return {t.slug for t in tagger.load().tag(Document(title, "", body, publisher)).topics}


def places(title: str, body: str) -> set[str]:
    return {p.slug for p in tagger.load().tag(Document(title, "", body, "met-news")).places}


@pytest.mark.parametrize(
    ("title", "body", "wanted"),
    [
        ("Live facial recognition vans go to Romford", "The LFR watchlist holds people wanted by the courts.", "facial-recognition"),
        ("Fewer searches under section 60", "Stop and search fell by a third, and the find rate rose.", "stop-and-search"),
        ("Front counter to close", "The police station counter will shut to save £600,000 from the budget.", "budget"),
        ("Officer dismissed without notice", "A misconduct panel found gross misconduct proven. He was dismissed.", "accountability"),
        ("Neighbourhood Watch turns forty", "Coordinators of Neighbourhood Watch schemes met on Sunday.", "neighbourhood-watch"),
    ],
)  # fmt: skip
def test_plain_cases(title: str, body: str, wanted: str) -> None:
    assert wanted in topics(title, body)


def test_closing_boilerplate_gives_no_topic() -> None:
    closing = "\n\nAnyone with information is asked to call 101, or Crimestoppers on 0800 555 111 to remain anonymous."
    with_it = topics("Choir sings for hospice", "The choir sang Elgar in the cathedral." + closing)
    assert "reporting-crime" not in with_it


def test_a_word_inside_a_name_is_no_topic() -> None:
    assert topics("New menu at the Knife & Fork", "The restaurant serves fish on Fridays.", "local-press") == set()


@pytest.mark.parametrize(
    ("title", "body", "wanted"),
    [
        ("Shooting in Tottenham", "Officers were called to Tottenham High Road.", {"haringey"}),
        ("Burglar jailed", "A man who broke into homes in Surbiton was jailed at Southwark Crown Court.", {"kingston-upon-thames"}),
        ("How they do it in Camden, New Jersey", "Officers in Camden, New Jersey, walk the beat.", set()),
        ("Fatal stabbing in Shepherd’s Bush", "A man died in Shepherd’s Bush.", {"hammersmith-and-fulham"}),
        ("Police in Bromley-by-Bow appeal for witnesses", "A bus driver was hurt in Bromley-by-Bow.", {"tower-hamlets"}),
    ],
)  # fmt: skip
def test_places(title: str, body: str, wanted: set[str]) -> None:
    assert places(title, body) == wanted


def test_entities_are_found_with_their_sections() -> None:
    body = (
        "Charged under section 18 of the Offences Against the Person Act 1861. Searched under section 1 PACE. "
        "Operation Fenland ended with a charge of attempted murder."
    )
    found = {(e.type, e.slug) for e in tagger.load().tag(Document("Man charged", "", body)).entities}
    assert {
        ("legislation", "offences-against-the-person-act-1861-section-18"),
        ("legislation", "police-and-criminal-evidence-act-1984-section-1"),
        ("operation", "operation-fenland"),
        ("offence", "attempted-murder"),
    } <= found


def test_the_version_is_a_hash_of_the_data_files() -> None:
    assert tagger.load().version == tagger.version()


def test_a_person_called_like_a_borough_puts_nothing_there() -> None:
    tags = tagger.load().tag(
        Document("Mr Sutton said he was attacked", "", "Mr Sutton told officers that he was on his way home.")
    )
    assert tags.places == ()
