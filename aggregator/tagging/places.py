"""Mentions of boroughs and of what lies in them, found by the gazetteer, each with the company it keeps."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import yaml

from aggregator.errors import ConfigError
from aggregator.tagging.around import around
from aggregator.tagging.company import AFTER, BEFORE, company, in_former_county, stands_for_place
from aggregator.tagging.features import Extracted, Extractor
from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.normalise import flatten
from aggregator.tagging.text import Laid

GAZETTEER = "gazetteer.yaml"
ELSEWHERE = "elsewhere"
"""What stands for the place of names outside London: they are no mentions, but tell of those beside them."""
_NOT_PLACES = ("shared", "bare")
_SCHOOLS = frozenset({"Hendon", "Lambeth"})
_SCHOOL = (
    " recruit ", " recruits ", " oath ", " trainee ", " trainees ", " new constables ", " student officers ", " passing out ", " passed out ",
    " training school ", " classroom ", " classrooms ", " special ", " specials ", " sworn in ", " curriculum ", " course ", " courses ",
    " instructor ", " instructors ", " probation ", " probationer ", " probationers ",
)  # fmt: skip
"""Words of training, in flattened text: with one of them the name of a place of training is that."""
_CLUBS = frozenset(
    {
        "Arsenal", "Brentford", "Charlton", "Chelsea", "Crystal Palace", "Fulham", "Leyton", "Millwall", "Tottenham", "West Ham", "Wimbledon",
        "Brisbane Road", "Craven Cottage", "Emirates Stadium", "Griffin Park", "Gtech Community Stadium", "Loftus Road", "London Stadium",
        "Lord's", "Oval", "Plough Lane", "Selhurst Park", "Stamford Bridge", "The Den", "The Oval", "The Stoop", "Tottenham Hotspur Stadium",
        "Twickenham", "Wembley", "Wembley Stadium",
    }
)  # fmt: skip
"""Clubs and grounds."""
_MATCH = (
    " goalkeeper ", " striker ", " midfielder ", " derby ", " half time ", " stoppage ", " added time ", " penalty ", " equaliser ",
    " header ", " left back ", " manager ", " league ", " clean sheet ", " the ball ", " scored ", " winger ", " kick off ", " referee ",
    " goal ", " goals ", " points ", " save ", " shot stopper ", " offside ", " wicket ", " innings ",
    " fixture ", " nil ", " substitute ",
)  # fmt: skip
"""Words of a match report, in flattened text: with two of them the name of a club is a club; with four where police are named too."""
_MATCH_BY_WORD, _SCHOOL_BY_WORD = (
    {max(phrase.split(), key=len): phrase for phrase in some} for some in (_MATCH, _SCHOOL)
)
"""The same by their longest word: only phrases whose word is there are counted."""
_ROAD = re.compile(r" (?:Road|Street|Lane|Avenue|Hill|Way|Grove)$")
_STREET_NEXT = re.compile(
    r" (?:Road|Street|Avenue|Lane|Way|Close|Crescent|Gardens|Terrace|Drive|Grove|Place|Square|Court|House|Hall|Park|Estate|Walk|Mews)\b"
)
_AWAY, _CLUB, _TRAINING, _OF_MANY = 1, 2, 4, 8
"""Flags of a name: elsewhere, a club's or ground's, of a place of training, shared by boroughs."""
_NOTHING: dict[str, str] = {}
_IN = ("in", "at", "near", "across")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names as written, each with the slugs of its places, the likeliest first, and how it is to be read."""

    names: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    places: tuple[tuple[str, ...], ...]
    own: tuple[bool, ...]  # a borough's own name
    bare: tuple[bool, ...]  # a word of other senses too


class Mention(NamedTuple):
    """One name in the text, with the company it keeps (one of ``company.CLASSES``)."""

    place: str
    name: str
    start: int
    end: int
    zone: str
    kind: str
    own: bool
    shared: bool
    road: bool  # the name of a road, street, lane …
    last: str  # the word before the name
    around: int  # what stands around it, in bits of ``around.CUES``
    away: int  # names of places outside London in the rest of the text,
    away_head: int  # and in its title, summary and lead


def parse(text: str, source: str = GAZETTEER) -> Gazetteer:
    """Reads the gazetteer's YAML. Raises :class:`ConfigError` naming a name that stands under two places outside ``shared``."""
    try:
        raw: dict[str, Any] = yaml.safe_load(text)
        rows: list[tuple[str, tuple[str, ...], bool]] = [
            (str(name), (str(place),), str(kind) == "self")
            for place, kinds in raw.items()
            if place not in _NOT_PLACES
            for kind, names in kinds.items()
            for name in _split(names)
        ]
        rows += [(name, tuple(_split(slugs)), False) for name, slugs in raw.get("shared", {}).items()]
        bare = {_phrase(name) for name in _split(raw.get("bare", ""))}
    except (yaml.YAMLError, AttributeError) as error:
        raise ConfigError(f"not a gazetteer: {error}", subject=source) from error
    unique: dict[Phrase, tuple[str, tuple[str, ...], bool]] = {}
    for name, places, own in rows:
        first = unique.setdefault(_phrase(name), (name, places, own))
        if first[1] != places:
            raise ConfigError(f"{name!r} stands under {' and '.join((*first[1], *places))}", subject=source)
    if unknown := sorted(p.text for p in bare - unique.keys()):
        raise ConfigError(f"bare names that stand under no place: {', '.join(unknown)}", subject=source)
    names, slugs, owned = zip(*unique.values(), strict=True)
    return Gazetteer(names, tuple(unique), slugs, owned, tuple(p in bare for p in unique))


def _split(names: str) -> list[str]:
    return [" ".join(name.split()) for name in names.split(",") if name.strip()]


def _phrase(name: str) -> Phrase:
    return Phrase(flatten(name).strip(), False)


@cache
def load() -> Gazetteer:
    """The gazetteer of the package."""
    return parse((files("aggregator.tagging") / "data" / GAZETTEER).read_text(encoding="utf-8"))


class Finder:
    """Finds mentions of places among the hits of an extractor that also looks for their names. Longer names win."""

    def __init__(self, gazetteer: Gazetteer, extractor: Extractor) -> None:
        self._gazetteer = gazetteer
        self._name_of = {extractor.number[p]: n for n, p in enumerate(gazetteer.phrases)}
        self._shared = {n: p for n, p in zip(gazetteer.names, gazetteer.places, strict=True) if len(p) > 1}
        self._is_name = extractor.flags(self._name_of)
        columns = (gazetteer.names, gazetteer.places, gazetteer.own, gazetteer.bare)
        self._rows = [
            (name, places[0], own, len(places) > 1, _ROAD.search(name) is not None, bare)
            for name, places, own, bare in zip(*columns, strict=True)
        ]
        self._flags = [
            _AWAY * (places[0] == ELSEWHERE)
            | _CLUB * (name in _CLUBS)
            | _TRAINING * (name in _SCHOOLS)
            | _OF_MANY * (len(places) > 1)
            for name, places in zip(gazetteer.names, gazetteer.places, strict=True)
        ]

    def mentions(self, extracted: Extracted) -> list[list[Mention]]:
        """Every mention of each document of a batch, in order of its start."""
        hits = extracted.hits
        among = np.flatnonzero(self._is_name[hits.phrase])
        found: list[list[tuple[int, int, int]]] = [[] for _ in extracted.laid]
        columns = (hits.doc[among], hits.start[among] + 1, 1 - hits.end[among], hits.phrase[among])
        for doc, start, end, phrase in zip(*(c.tolist() for c in columns), strict=True):
            if extracted.laid[doc].text[start].isupper():
                found[doc].append((start, end, self._name_of[phrase]))
        return [self._read(laid, some) if some else [] for laid, some in zip(extracted.laid, found, strict=True)]

    def _read(self, laid: Laid, found: list[tuple[int, int, int]]) -> list[Mention]:
        """The mentions of one document."""
        kept = _longest(found)
        flags, away, special = 0, [0, 0], _NOTHING
        for start, end, number in kept:
            if own := self._flags[number]:
                flags |= own
                if own & _AWAY and not _STREET_NEXT.match(laid.text, end):
                    away[start < laid.rest_at] += 1
        if flags & (_CLUB | _TRAINING):
            special = _special(laid, flags)
        mentions, last = [], 0
        for n, (_, end, number) in enumerate(kept, 1):
            following = kept[n][0] if n < len(kept) else len(laid.text)
            if not self._flags[number] & _AWAY and (
                one := self._mention(laid, kept[n - 1], last, following, special, away)
            ):
                mentions.append(one)
            last = end
        if len(mentions) > 1:
            mentions = self._settled(laid, mentions)
            if flags & _OF_MANY:
                mentions = self._assigned(mentions)
        return mentions

    def _mention(
        self, laid: Laid, hit: tuple[int, int, int], last: int, following: int, special: dict[str, str], away: list[int]
    ) -> Mention | None:
        """One mention; None where the name has another sense. ``last`` and ``following`` are where the names beside it end and start."""
        start, end, number = hit
        name, place, own, shared, road, bare = self._rows[number]
        text = laid.text
        before, after = text[max(0, start - BEFORE) : start], text[end : end + AFTER]
        words = before.split()
        last_word = words[-1].lower() if words else ""
        if bare and not stands_for_place(last_word, after):
            return None
        kind = company(name, before, words, after)
        if kind == "abroad" and in_former_county(place, after):
            kind = company(name, before, words, "")
        if kind == "plain":
            kind = special.get(name, kind)
        if start >= laid.rest_at:
            zone = "rest"
        else:
            zone = "lead" if start >= laid.body_at else "summary" if start >= laid.summary_at else "title"
        shown = around(text, laid.flat, start, end, last, following) if kind == "plain" else 0
        return Mention(place, name, start, end, zone, kind, own, shared, road, last_word, shown, away[0], away[1])

    def _settled(self, laid: Laid, mentions: list[Mention]) -> list[Mention]:
        """What one mention tells of the others."""
        kinds = {m.kind for m in mentions}
        if "abroad" in kinds:  # once "Camden, New Jersey", always Camden, New Jersey
            abroad = {m.name for m in mentions if m.kind == "abroad"}
            mentions = [m._replace(kind="abroad") if m.name in abroad else m for m in mentions]
        if "person" in kinds:  # once "Arthur Newham", "Newham" is he, unless something is in it
            people = {m.name for m in mentions if m.kind == "person"}
            mentions = [
                m._replace(kind="person") if m.kind == "plain" and m.name in people and m.last not in _IN else m
                for m in mentions
            ]
        if any(m.road for m in mentions):  # "Camden Road, Old Bexley" is in Bexley
            mentions = [
                m._replace(kind="street")
                if m.road and m.place != after.place and laid.text[m.end : after.start] in (", ", " in ")
                else m
                for m, after in zip(mentions, [*mentions[1:], mentions[-1]], strict=True)
            ]
        return mentions

    def _assigned(self, mentions: list[Mention]) -> list[Mention]:
        """Names shared by boroughs stand for the one that the text names otherwise."""
        named = Counter(
            m.place
            for m in mentions
            if (m.own or m.zone != "rest") and not m.shared and m.kind not in ("abroad", "person", "court", "home")
        )
        return [m._replace(place=self._likeliest(m, named)) if m.shared else m for m in mentions]

    def _likeliest(self, mention: Mention, named: Counter[str]) -> str:
        return max(self._shared[mention.name], key=lambda place: named[place])


def _special(laid: Laid, flags: int) -> dict[str, str]:
    """Names that mean a club or a school of police in this text, with what they are."""
    out: dict[str, str] = {}
    words = frozenset(laid.flat.split())
    if flags & _CLUB:
        shown = [laid.flat.count(phrase) for word, phrase in _MATCH_BY_WORD.items() if word in words]
        if sum(shown) > (3 if "police" in words else 1):
            out = dict.fromkeys(_CLUBS, "team")
    if flags & _TRAINING and any(phrase in laid.flat for word, phrase in _SCHOOL_BY_WORD.items() if word in words):
        out |= dict.fromkeys(_SCHOOLS, "unit")
    return out


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of overlapping names the longest. Ends are given as negative numbers, so that the longer of two comes first in plain order."""
    kept: list[tuple[int, int, int]] = []
    reached = 0
    for start, end, number in sorted(found):
        if start >= reached:
            reached = -end
            kept.append((start, reached, number))
    return kept
