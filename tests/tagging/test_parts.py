"""The readable data files and the small machines that read them."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import aggregator.tagging
from aggregator.errors import ConfigError
from aggregator.models import Document
from aggregator.tagging import around, entities, lexicon, places, placing, publishers, tagger, taxonomy
from aggregator.tagging.features import Extractor
from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.matcher import Matcher
from aggregator.tagging.normalise import flatten, squeeze
from aggregator.tagging.text import lay

ROOM = Path(aggregator.tagging.__file__).parent
RUN_TIME = sorted(p for p in ROOM.glob("*.py") if p.name not in {"train.py", "measure.py", "publish.py", "hard.py"})


def test_the_tree_has_seven_sections_of_five_topics_and_33_places() -> None:
    tree = taxonomy.load()
    assert [len(s.topics) for s in tree.sections] == [5] * 7
    assert len(tree.places) == 33
    assert [p.slug for p in tree.places if p.kind == "city"] == ["city-of-london"]
    assert {s.slug for s in tree.sections_of("knife-crime")} == {"statistics"}
    assert {s.slug for s in tree.sections_of("diversity-and-inclusion")} == {"policy", "challenges"}
    assert not tree.topic("specific-offences").assignable  # type: ignore[union-attr]


def test_a_taxonomy_with_an_unknown_parent_is_refused() -> None:
    text = "sections: []\ntopics:\n  - {slug: a, title: A, description: A., parent: b}\nplaces: []\n"
    with pytest.raises(ConfigError, match="unknown topics: b"):
        taxonomy.parse(text, "my.yaml")


def test_every_topic_has_near_certain_and_suggestive_phrases() -> None:
    names = {g.name for g in lexicon.load()}
    for slug in taxonomy.load().assignable:
        assert {f"{slug}.core", f"{slug}.hint"} <= names


def test_patterns_expand_to_plain_phrases() -> None:
    assert lexicon.expand("body-worn (video|camera(s|))") == {
        Phrase("body worn video", False),
        Phrase("body worn camera", False),
        Phrase("body worn cameras", False),
    }
    assert lexicon.expand("shoplift*") == {Phrase("shoplift", True)}


def test_a_wrong_lexicon_names_file_and_group() -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml: theft\.core"):
        lexicon.parse("theft:\n  core: [a, b]\n", "mine.yaml")


def test_a_name_under_two_boroughs_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"Lee.*lewisham and havering"):
        places.parse("lewisham: {self: Lewisham, within: Lee}\nhavering: {self: Havering, within: Lee}\n")


@cache
def reader() -> Extractor:
    return tagger.extractor()


def mentioned(title: str, body: str) -> list[tuple[str, str]]:
    finder = places.Finder(places.load(), reader())
    (found,) = finder.mentions(reader().extract([lay(Document(title, "", body))]))
    return [(m.place, m.kind) for m in found]


def test_a_name_shared_by_boroughs_is_the_one_named_otherwise_else_the_first() -> None:
    assert mentioned("Robbery in Kilburn", "")[0] == ("brent", "plain")
    assert mentioned("Robbery in Kilburn", "Camden officers were called.")[0] == ("camden", "plain")


def test_words_of_other_senses_are_places_only_in_company() -> None:
    assert mentioned("An Angel at the fair", "") == []
    assert mentioned("Assault at Angel station", "") == [("islington", "plain")]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("He was tried at Snaresbrook Crown Court.", "court"),
        ("Mr Ali, 34, of Peckham, was charged.", "home"),
        ("They were found at an address in Peckham.", "address"),
        ("A Peckham man was charged.", "demonym"),
        ("She went to Peckham police station.", "station"),
        ("PC Sarah Peckham said so.", "person"),
        ("It happened in Peckham Grove.", "street"),
        ("An inquest sitting at Croydon heard so.", "court"),
        ("He was taken to a hospital in Tooting.", "institution"),
        ("It comes after a report by manager Orla Putney.", "person"),
        ("Asked by Ann Example (Croydon Riverside).", "person"),
        ('The minutes put "Croydon" for another word.', "person"),
        ("Officers ride the Victoria lines at night.", "unit"),
        ("It happened in the Kensington district of Liverpool.", "abroad"),
        ("Officers were called to Twickenham, Kenton and Sidcup.", "plain"),
        ("Hampshire Police were called to Redbridge.", "abroad"),
        ("The City of London has its own force.", "excluded"),
        ("The rate for all boroughs excluding Westminster rose.", "excluded"),
        ("He was robbed in Peckham.", "plain"),
        ("The robbery took place in Romford, Essex.", "plain"),
        ("The robbery took place in Stratford, Essex County.", "abroad"),
        ("The farm lies near Richmond in North Yorkshire.", "abroad"),
        ("MPs in Westminster voted on the bill.", "institution"),
        ("The Westminster government will fund it.", "institution"),
        ("The University of Greenwich published it.", "institution"),
        ("The Croydon Advertiser told of it first.", "institution"),
        ("Arrests were made at Arsenal v Chelsea.", "team"),
        ("The Hammersmith and City line was shut.", "unit"),
        ("The Peckham-born boxer was held in Las Vegas.", "demonym"),
        ("He is now living in Peckham.", "home"),
        ("All 32 boroughs and the City of London will get money.", "excluded"),
        ("The City of London publishes its own figures.", "excluded"),
        ("The airport is shown apart from Hillingdon.", "excluded"),
        ("How many fridges has Lambeth HQ?", "unit"),
        ("He was arrested at his halls in Peckham.", "address"),
        ("They knocked on his front door in Peckham.", "address"),
        ("The St Paul's Sinfonia played for them.", "institution"),
        ("A Peckham novelist is up for the prize.", "demonym"),
        ("The superintendent leads policing in Peckham.", "unit"),
    ],
)
def test_the_company_of_a_name_says_what_it_stands_for(text: str, kind: str) -> None:
    assert {k for _, k in mentioned("", text)} == {kind}


def test_names_beyond_london_are_no_mentions_but_counted_beside_others() -> None:
    assert mentioned("Fire in Sutton Coldfield", "") == []
    finder = places.Finder(places.load(), reader())
    text = lay(
        Document("Arrest in Romford", "", "Officers from Essex came too.\n\nHe is from Dover.\n\nNot Dover Road.")
    )
    ((romford,),) = finder.mentions(reader().extract([text]))
    assert (romford.name, romford.away_head, romford.away) == ("Romford", 1, 1)


def test_the_sentence_around_a_name_says_why_it_is_named() -> None:
    finder = places.Finder(places.load(), reader())
    text = lay(
        Document(
            "", "", "A man was stabbed in Romford. Nobody lives there. Of the boroughs Merton has the lowest rate."
        )
    )
    ((romford, merton),) = finder.mentions(reader().extract([text]))
    shown = [{cue for n, cue in enumerate(around.CUES) if m.around >> n & 1} for m in (romford, merton)]
    assert {"around:scene"} <= shown[0]
    assert not shown[0] & {"around:extreme", "around:living"}
    assert {"around:extreme", "around:figure", "around:area"} <= shown[1]
    assert "around:scene" not in shown[1]


def test_what_speaks_for_a_place_has_names_that_are_weighed() -> None:
    finder = places.Finder(places.load(), reader())
    text = lay(
        Document(
            "Sutton and Croydon",
            "",
            "In Merton 12% fell.\n\nHackney.\n\nA Barnet man, 34, of Bow, spoke in Camden Road.",
        )
    )
    (found,) = finder.mentions(reader().extract([text]))
    values = placing.features(found, placing.Setting(1.0, 2.0, (0.5,) * len(placing.CUES)))
    assert list(values) == ["sutton", "croydon", "merton", "hackney", "barnet", "camden"]
    assert {name for one in values.values() for name in one} <= set(placing.FEATURES)
    assert len(set(placing.FEATURES)) == len(placing.FEATURES)
    assert values["hackney"]["heading"] == values["sutton"]["listed"] == values["barnet"]["rest:demonym"] == 1.0
    weights = dict.fromkeys(placing.FEATURES, 0.0) | {"bias": -1.0, "plain:title": 3.0}
    nothing = (0.0,) * len(placing.CROSSED)
    assert placing.probability(weights, values["croydon"], nothing) > 0.8
    assert placing.probability(weights, values["barnet"], nothing) < 0.3
    in_head = (3.0, *nothing[1:])
    assert placing.probability(weights, values["merton"], in_head) > 0.8, "of a kind whose first paragraph names places"
    assert placing.probability(weights, values["hackney"], in_head) < 0.3


@pytest.mark.parametrize(
    ("stored", "labelled"),
    [
        ("met-news Metropolitan Police Service", "met-news"),
        ("mopac-decisions Mayor's Office for Policing and Crime", "mopac"),
        ("hmicfrs-news HM Inspectorate of Constabulary and Fire & Rescue Services", "hmicfrs"),
        ("wdtk-met WhatDoTheyKnow (mySociety)", "whatdotheyknow"),
        ("gla-assembly-press London Assembly", "london-assembly"),
    ],
)
def test_a_publisher_is_of_one_genre_by_id_and_by_name(stored: str, labelled: str) -> None:
    assert publishers.genre(stored) == publishers.genre(labelled) != publishers.OTHER


def test_negation_reaches_to_the_end_of_its_sentence() -> None:
    hits = (
        reader()
        .extract([lay(Document("", "", "No knife was used. A knife was found. If a knife is found, call."))])
        .hits
    )
    knife = reader().number[Phrase("knife", False)]
    assert hits.negated[hits.phrase == knife].tolist() == [True, False, True]


def test_named_entities_stand_under_topics_of_the_tree() -> None:
    known = set(taxonomy.load().assignable)
    assert {e.topic for e in entities.load()} <= known


def test_only_whole_words_are_hits_unless_the_phrase_is_open() -> None:
    matcher = Matcher([Phrase("rob", False), Phrase("shoplift", True)])
    text = flatten(" Robert saw a shoplifter. Rob did not. ")
    assert sorted(text[a:b] for a, b in (matcher.span(h, text) for h in matcher.hits(text))) == ["rob", "shoplifter"]


@given(st.text())
def test_flattening_keeps_every_place(text: str) -> None:
    assert len(flatten(text)) == len(text)


def test_accents_quotes_and_hyphens_are_flattened() -> None:
    assert flatten("Café – “Body-Worn” £5") == "cafe    body worn  \x035"


@given(st.text(alphabet="ab.  \n"))
def test_squeezed_text_knows_where_it_came_from(text: str) -> None:
    short, kept = squeeze(text)
    assert kept is None or [text[k] for k in kept[: len(short)]] == list(short)


def test_double_blanks_do_not_hide_a_phrase() -> None:
    laid = lay(Document("Stop  and   search", "", ""))
    assert "stop and search" in laid.flat
    start = laid.flat.index("stop")
    assert laid.evidence(start, start + 15, "r").text == "Stop  and   search"


@pytest.mark.parametrize("path", RUN_TIME, ids=lambda p: p.name)
def test_tagging_knows_no_network_database_or_clock(path: Path) -> None:
    forbidden = {
        "httpx",
        "socket",
        "urllib",
        "requests",
        "sqlite3",
        "sqlite_utils",
        "time",
        "datetime",
        "random",
        "sklearn",
        "scipy",
    }
    tree = ast.parse(path.read_text(encoding="utf-8"))
    roots = {a.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    roots |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert not roots & forbidden


@pytest.mark.parametrize(
    ("text", "flat"),
    [
        ("Café – £5", "cafe   \x035"),
        ("İstanbul", "istanbul"),
        ("What; now", "what  now"),
        ("日本", "\x7f\x7f"),
        ("a👮b", "a b"),
    ],
)
def test_characters_beyond_ascii_become_their_plain_letter_or_a_blank(text: str, flat: str) -> None:
    """The Greek question mark is a semicolon in all but number; a letter without a plain form stays part of its word."""
    assert flatten(text) == flat
    assert flatten(text + " 日") == flat + " \x7f"  # the same by the table of common characters and without it
