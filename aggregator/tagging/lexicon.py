"""The hand-made lexicon: phrases per topic in files that a person can read, and their expansion into plain strings.

A file maps a topic to named groups, a group to phrases parted by commas. ``(a|b|)`` gives alternatives, the empty one too; a ``*``
ending a phrase takes any ending of the word; a ``*`` before a blank takes the plain endings of English. Hyphens are blanks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import yaml

from aggregator.errors import ConfigError
from aggregator.tagging.normalise import flatten

FILES = ("offences.yaml", "subjects.yaml", "cues.yaml", "masks.yaml", "scope.yaml")
_PARTED = re.compile(r",\s+(?![^(]*\))")
_CHOICE = re.compile(r"\(([^()]*)\)")
_ENDINGS = ("", "s", "es", "d", "ed", "ing", "'s", "s'")
MAX_VARIANTS = 2_000


@dataclass(frozen=True, slots=True, order=True)
class Phrase:
    """A flattened string to look for; ``open`` lets the last word go on."""

    text: str
    open: bool


@dataclass(frozen=True, slots=True)
class Group:
    """A named set of phrases, e.g. ``knife-crime.core``."""

    name: str
    phrases: frozenset[Phrase]


def expand(pattern: str) -> frozenset[Phrase]:
    """Every plain phrase that a pattern stands for. Raises :class:`ConfigError` where there would be too many."""
    pending, done = [pattern], []
    while pending:
        text = pending.pop()
        if choice := _CHOICE.search(text):
            pending += [text[: choice.start()] + c + text[choice.end() :] for c in choice[1].split("|")]
        elif star := re.search(r"\*(?=\S*\s)", text):
            pending += [text[: star.start()] + e + text[star.end() :] for e in _ENDINGS]
        else:
            done.append(text)
        if len(pending) + len(done) > MAX_VARIANTS:
            raise ConfigError(f"more than {MAX_VARIANTS} variants of {pattern!r}", subject="lexicon")
    return frozenset(p for text in done if (p := _phrase(text)).text)


def _phrase(text: str) -> Phrase:
    bare = text.strip()
    return Phrase(flatten(bare.rstrip("*")).strip(), bare.endswith("*"))


def patterns(text: str) -> frozenset[Phrase]:
    """Every plain phrase of patterns parted by commas."""
    return frozenset(p for pattern in _PARTED.split(text) for p in expand(pattern.strip()))


def parse(text: str, source: str) -> tuple[Group, ...]:
    """Reads one lexicon file. Raises :class:`ConfigError` naming ``source`` and the group that is wrong."""
    try:
        raw = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ConfigError(f"not YAML: {error}", subject=source) from error
    groups = []
    for topic, named in raw.items():
        for name, phrases in named.items():
            if not isinstance(phrases, str):
                raise ConfigError(f"{topic}.{name}: phrases parted by commas expected", subject=source)
            groups.append(Group(f"{topic}.{name}", patterns(phrases)))
    return tuple(groups)


@cache
def load() -> tuple[Group, ...]:
    """Every group of the package's lexicon, in the order of the files."""
    folder = files("aggregator.tagging") / "data" / "lexicon"
    return tuple(g for name in FILES for g in parse((folder / name).read_text(encoding="utf-8"), name))
