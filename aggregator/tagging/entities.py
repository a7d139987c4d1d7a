"""Named things: offences and programmes by their phrases, Acts with their sections and operations by pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import yaml

from aggregator import limits
from aggregator.errors import ConfigError
from aggregator.models import EntityTag, Evidence
from aggregator.tagging.features import Extracted, Extractor
from aggregator.tagging.lexicon import Phrase, patterns
from aggregator.tagging.matcher import Hit
from aggregator.tagging.text import Laid

SOURCE = "aggregator/tagging/data/entities.yaml"
_ACT = re.compile(
    r"(?:\b[Ss](?:ection|ub-?section|\.)? ?(?P<section>\d{1,3}[A-Z]{0,2})(?:\(\d+\))*(?: and \d{1,3}[A-Z]?)? (?:of (?:the )?)?)?"
    r"(?P<act>(?:[A-Z][a-z]+(?:,? (?:and|of|in|the|to|for|by|on)(?= )|,(?= [A-Z]))? ){1,9}Act(?: (?P<year>(?:1[2-9]|20)\d\d))?)\b"
)
_ACT_REACH = 110
"""Characters before the word "Act" in which its name and section are looked for."""
_PACE = re.compile(r"\b[Ss](?:ection |\.? ?)(?P<section>\d{1,3}[A-Z]?)(?: of)? PACE\b")
_OPERATION = re.compile(r"\b(?:Operation|Op|Project) (?P<name>[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})?)\b")
_LEADING = re.compile(
    r"^(?:(?:The|Under|That|This|And|In|Of|An?|Parliament|Section|Since|But|When|Each|Every|Part|Our|Its|With|From|For|By|To) )+"
)
_NOT_OPERATIONS = frozenset({"Room", "Manager", "Search", "Theatre", "Commander", "Lead", "Board", "Gold"})
_SHORT = {"PACE": "Police and Criminal Evidence Act 1984"}
_WELL_KNOWN = {
    "police and criminal evidence act": "1984", "misuse of drugs act": "1971", "public order act": "1986", "mental health act": "1983",
    "computer misuse act": "1990", "terrorism act": "2000", "modern slavery act": "2015", "offensive weapons act": "2019",
    "freedom of information act": "2000", "fraud act": "2006", "theft act": "1968", "firearms act": "1968", "sexual offences act": "2003",
    "domestic abuse act": "2021", "online safety act": "2023", "national security act": "2023", "data protection act": "2018",
    "proceeds of crime act": "2002", "human rights act": "1998", "equality act": "2010", "serious crime act": "2015",
    "criminal justice and public order act": "1994", "police reform act": "2002", "road traffic act": "1988",
    "police, crime, sentencing and courts act": "2022", "investigatory powers act": "2016",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Named:
    """An offence or programme; ``topic`` is the topic it stands under."""

    type: str
    slug: str
    title: str
    topic: str
    phrases: tuple[Phrase, ...]


def parse(text: str, source: str = SOURCE) -> tuple[Named, ...]:
    """Reads the entities file. Raises :class:`ConfigError` where an entry is not complete."""
    try:
        raw = yaml.safe_load(text)
        return tuple(
            Named(kind.removesuffix("s"), slug, e["title"], e["topic"], tuple(sorted(patterns(e["phrases"]))))
            for kind, entries in raw.items()
            for slug, e in entries.items()
        )
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"not a list of entities: {error!r}", subject=source) from error


@cache
def load() -> tuple[Named, ...]:
    """The entities of the package."""
    return parse((files("aggregator.tagging") / "data" / "entities.yaml").read_text(encoding="utf-8"))


class Finder:
    """Finds entities in a laid-out document."""

    def __init__(self, named: tuple[Named, ...], extractor: Extractor) -> None:
        self._entity_of = {extractor.number[phrase]: entity for entity in named for phrase in entity.phrases}
        self._is_entity = extractor.flags(self._entity_of)
        self._span = extractor.matcher.span

    def find(self, extracted: Extracted) -> list[tuple[EntityTag, ...]]:
        """Of each document of a batch every entity once, in the order of first mention, with its evidence."""
        hits = extracted.hits
        among = np.flatnonzero(self._is_entity[hits.phrase])
        spoken: list[list[Hit]] = [[] for _ in extracted.laid]
        columns = (hits.doc[among], hits.phrase[among], hits.start[among], hits.end[among])
        for doc, phrase, start, end in zip(*(c.tolist() for c in columns), strict=True):
            spoken[doc].append((phrase, start, end))
        return [self._tags(laid, self._all(laid, some)) for laid, some in zip(extracted.laid, spoken, strict=True)]

    def _tags(self, laid: Laid, named: list[tuple[int, int, str, str, str]]) -> tuple[EntityTag, ...]:
        found: dict[tuple[str, str], tuple[str, list[Evidence]]] = {}
        for start, end, kind, slug, title in sorted(named):
            evidence = found.setdefault((kind, slug), (title, []))[1]
            if len(evidence) < limits.TAG_EVIDENCE:
                evidence.append(laid.evidence(start, end, f"{kind}: {slug}"))
        return tuple([EntityTag(kind, slug, title, tuple(e)) for (kind, slug), (title, e) in found.items()])

    def _all(self, laid: Laid, hits: list[Hit]) -> list[tuple[int, int, str, str, str]]:
        entity_of = self._entity_of
        out = [
            (*self._span(hit, laid.flat), named.type, named.slug, named.title)
            for hit in hits
            if (named := entity_of[hit[0]])
        ]
        text = laid.text
        if " Act" in text:
            out += _acts(text)
        if " PACE" in text:
            out += [
                (m.start(), m.end(), "legislation", *_legislation(_SHORT["PACE"], m["section"]))
                for m in _PACE.finditer(text)
            ]
        if "Operation " in text or "Op " in text or "Project " in text:
            out += [found for match in _OPERATION.finditer(text) if (found := _operation(match))]
        return out


def _acts(text: str) -> list[tuple[int, int, str, str, str]]:
    """Acts by name, looked for only around the word: the pattern is slow on long texts."""
    out: list[tuple[int, int, str, str, str]] = []
    at, done = text.find(" Act"), 0
    while at >= 0:
        start = max(done, at - _ACT_REACH)
        for match in _ACT.finditer(text, start, min(len(text), at + 9)):
            done = match.end()
            if found := _act(match):
                out.append(found)
        at = text.find(" Act", at + 4)
    return out


def _act(match: re.Match[str]) -> tuple[int, int, str, str, str] | None:
    name = match["act"]
    bare = _LEADING.sub("", name)
    words = bare.split()
    if len(words) < 2 or words[0] == "Act" or (match["year"] is None and bare.lower() not in _WELL_KNOWN):
        return None
    start = match.start() if match["section"] else match.start("act") + len(name) - len(bare)
    if match["year"] is None:
        bare = f"{bare} {_WELL_KNOWN[bare.lower()]}"
    return (start, match.end(), "legislation", *_legislation(bare, match["section"]))


def _legislation(act: str, section: str | None) -> tuple[str, str]:
    title = f"{act}, section {section}" if section else act
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-"), title


def _operation(match: re.Match[str]) -> tuple[int, int, str, str, str] | None:
    name = match["name"].split()[0]
    if name in _NOT_OPERATIONS:
        return None
    word = "Project" if match.group().startswith("Project") else "Operation"
    end = match.start("name") + len(name)
    return match.start(), end, "operation", f"{word}-{name}".lower(), f"{word} {name}"
