"""Mentions of boroughs and of what lies in them, found by the gazetteer, each with the company it keeps."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import yaml

from aggregator.errors import ConfigError
from aggregator.tagging.company import AFTER, BEFORE, company, stands_for_place
from aggregator.tagging.features import Extracted, Extractor
from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.normalise import flatten
from aggregator.tagging.text import Laid

GAZETTEER = "gazetteer.yaml"
_NOT_PLACES = ("shared", "bare")
_NEAR = 90
"""Characters on either side of a name, within its sentence, that tell whether something happened there."""
_COMPARISON = frozenset(
    [
        "highest",
        "lowest",
        "most",
        "fewest",
        "least",
        "greatest",
        "smallest",
        "biggest",
        "largest",
        "next",
        "followed",
        "rose",
        "fell",
        "fall",
        "rise",
        "worst",
        "best",
        "top",
        "bottom",
        "cent",
        "compared",
        "double",
        "twice",
    ]
)
_EXCLUDED = ("not included", "exclude", "except", "apart from", "other than", "unlike", "agreed with")
_WORDS = re.compile(r"[a-z]+")
_FIGURE = re.compile(r"\d[\d,]|%")
_SCHOOLS = frozenset({"Hendon", "Lambeth"})
_SCHOOL = (
    " recruit ", " recruits ", " oath ", " trainee ", " trainees ", " new constables ", " student officers ", " passing out ", " passed out ",
    " training school ", " classroom ", " classrooms ", " special ", " specials ", " sworn in ", " curriculum ", " course ", " courses ",
    " instructor ", " instructors ", " probation",
)  # fmt: skip
"""Words of training, in flattened text: with one of them the name of a place of training is that."""
_CLUBS = frozenset(
    (
        "Arsenal",
        "Brentford",
        "Charlton",
        "Chelsea",
        "Crystal Palace",
        "Fulham",
        "Leyton",
        "Millwall",
        "Tottenham",
        "West Ham",
        "Wimbledon",
    )
)
_MATCH = (
    " goalkeeper ", " striker ", " midfielder ", " derby ", " half time ", " stoppage ", " added time ", " penalty ", " equaliser ",
    " header ", " left back ", " manager ", " league ", " clean sheet ", " the ball ", " scored ", " winger ", " kick off ", " referee ",
    " goal ", " goals ", " points clear ", " points dropped ",
)  # fmt: skip
"""Words of a match report, in flattened text: with two of them the name of a club is a club."""
_ROAD = re.compile(r" (?:Road|Street|Lane|Avenue|Hill|Way|Grove)$")
_OFTEN_ELSEWHERE = frozenset(
    [
        "Richmond",
        "Kingston",
        "Sutton",
        "Camden",
        "Belmont",
        "Hayes",
        "Preston",
        "Barnes",
        "Victoria",
        "Stratford",
        "Hampton",
        "Enfield",
        "Kenton",
        "Langley",
        "Newport",
        "Waterloo",
        "Whitehall",
        "Stockwell",
        "Norwood",
        "Acton",
        "Bow",
        "Woodford",
        "Waltham",
    ]
)
_COUNTIES = (
    "North Yorkshire", "West Yorkshire", "South Yorkshire", "New Jersey", "Jamaica", "Virginia", "Ontario", "Warwickshire", "upon Avon",
    "Lancashire", "Cheshire", "Northumbria", "Dales", "Australia", "Teesside", "Leeds", "Durham",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """Names as written, each with the slugs of its places, the likeliest first, and how it is to be read."""

    names: tuple[str, ...]
    phrases: tuple[Phrase, ...]
    places: tuple[tuple[str, ...], ...]
    own: tuple[bool, ...]  # a borough's own name
    bare: tuple[bool, ...]  # a word of other senses too


@dataclass(frozen=True, slots=True)
class Mention:
    """One name in the text, with the company it keeps (one of ``company.CLASSES``)."""

    place: str
    name: str
    start: int
    end: int
    zone: str
    kind: str
    own: bool
    compared: bool
    shared: bool
    last: str  # the word before the name
    near: frozenset[str]  # the words of its sentence around it, in small letters
    excluded: bool  # whether the sentence leaves it out of what it says


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
        self._name_of = {extractor.number[phrase]: n for n, phrase in enumerate(gazetteer.phrases)}
        self._shared = {n: p for n, p in zip(gazetteer.names, gazetteer.places, strict=True) if len(p) > 1}
        self._is_name = extractor.flags(self._name_of)

    def mentions(self, extracted: Extracted) -> list[list[Mention]]:
        """Every mention of each document of a batch, in order of its start."""
        hits = extracted.hits
        among = np.flatnonzero(self._is_name[hits.phrase])
        found: list[list[tuple[int, int, int]]] = [[] for _ in extracted.laid]
        columns = (hits.doc[among], hits.start[among] + 1, hits.end[among] - 1, hits.phrase[among])
        for doc, start, end, phrase in zip(*(c.tolist() for c in columns), strict=True):
            if extracted.laid[doc].text[start].isupper():
                found[doc].append((start, end, self._name_of[phrase]))
        return [self._read(laid, some) if some else [] for laid, some in zip(extracted.laid, found, strict=True)]

    def _read(self, laid: Laid, found: list[tuple[int, int, int]]) -> list[Mention]:
        """Names shared by boroughs stand for the one that the text names otherwise."""
        found.sort(key=lambda f: (f[0], -f[1]))
        names = {self._gazetteer.names[number] for _, _, number in found}
        match_report = not names.isdisjoint(_CLUBS) and sum(laid.flat.count(word) for word in _MATCH) > 1
        school = not names.isdisjoint(_SCHOOLS) and any(word in laid.flat for word in _SCHOOL)
        setting = (_SCHOOLS if school else frozenset(), _CLUBS if match_report else frozenset())
        mentions = [m for one in _longest(found) if (m := self._mention(laid, *one, *setting))]
        return self._settled(laid, mentions)

    def _settled(self, laid: Laid, mentions: list[Mention]) -> list[Mention]:
        """What one mention tells of the others of the same name."""
        said = {(m.name, m.kind) for m in mentions}
        abroad = {m.name for m in mentions if m.kind == "abroad"}
        doubtful = {m.name for m in mentions if m.name in _OFTEN_ELSEWHERE and m.kind in ("plain", "demonym", "home")}
        if doubtful and any(county in laid.text for county in _COUNTIES):
            abroad |= doubtful
        if abroad:  # once "Camden, New Jersey", always Camden, New Jersey
            mentions = [replace(m, kind="abroad") if m.name in abroad else m for m in mentions]
        mentions = [  # once "Arthur Newham", "Newham" is he, unless something is in it
            replace(m, kind="person")
            if m.kind == "plain" and (m.name, "person") in said and m.last not in ("in", "at", "near", "across")
            else m
            for m in mentions
        ]
        mentions = [  # "Camden Road, Old Bexley" is in Bexley
            replace(m, kind="street")
            if m.place != after.place and laid.text[m.end : after.start] in (", ", " in ") and _ROAD.search(m.name)
            else m
            for m, after in zip(mentions, [*mentions[1:], *mentions[-1:]], strict=True)
        ]
        if not any(m.shared for m in mentions):
            return mentions
        named = Counter(
            m.place
            for m in mentions
            if (m.own or m.zone != "rest") and not m.shared and m.kind not in ("abroad", "person", "court", "home")
        )
        return [replace(m, place=self._likeliest(m, named)) if m.shared else m for m in mentions]

    def _likeliest(self, mention: Mention, named: Counter[str]) -> str:
        return max(self._shared[mention.name], key=lambda place: named[place])

    def _mention(
        self, laid: Laid, start: int, end: int, number: int, schools: frozenset[str], clubs: frozenset[str]
    ) -> Mention | None:
        """One mention. ``schools`` and ``clubs`` are the names that mean a school of police or a football club in this text."""
        before, after = laid.text[max(0, start - BEFORE) : start], laid.text[end : end + AFTER]
        gazetteer = self._gazetteer
        if gazetteer.bare[number] and not stands_for_place(before, after):
            return None
        zone = "rest" if start >= laid.rest_at else "lead" if start >= laid.body_at else "summary"
        name = gazetteer.names[number]
        kind = company(name, before, after)
        if kind == "plain":
            kind = "unit" if name in schools else "team" if name in clubs else kind
        places = gazetteer.places[number]
        near = _near(laid.text, start, end).lower() if kind == "plain" else ""
        return Mention(
            place=places[0],
            name=name,
            start=start,
            end=end,
            zone="title" if start < laid.summary_at else zone,
            kind=kind,
            own=gazetteer.own[number],
            compared=kind == "plain" and _compared(f"{before} {after}"),
            shared=len(places) > 1,
            last=(before.rsplit(None, 1) or [""])[-1].lower(),
            near=frozenset(_WORDS.findall(near)),
            excluded=any(words in near for words in _EXCLUDED),
        )


def _longest(found: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Of overlapping names the longest."""
    kept: list[tuple[int, int, int]] = []
    for one in found:
        if not kept or one[0] >= kept[-1][1]:
            kept.append(one)
    return kept


def _near(text: str, start: int, end: int) -> str:
    """The words around a name, within its sentence."""
    before = text[max(0, start - _NEAR) : start]
    cut = max(before.rfind(". "), before.rfind("\n"), before.rfind("\x02"))
    after = text[end : end + _NEAR]
    stop = min(at if (at := after.find(mark)) >= 0 else _NEAR for mark in (". ", "\n", "\x02"))
    return before[cut + 1 :] + after[:stop]


def _compared(near: str) -> bool:
    """Whether figures or words of comparison stand around a name."""
    return not _COMPARISON.isdisjoint(near.lower().replace(",", " ").split()) or _FIGURE.search(near) is not None
