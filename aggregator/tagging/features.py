"""What a document shows of itself, as numbers: hits of the lexicon by zone, and its outward form.

Everything the topic and kind models see comes from here, in training and at run time alike.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import numpy.typing as npt

from aggregator import limits
from aggregator.tagging.lexicon import Group, Phrase
from aggregator.tagging.matcher import Hit, Matcher
from aggregator.tagging.text import Laid

_ZONE_WEIGHTS = np.array([2.0, 1.5, 1.0, 1.0])
"""How much one hit counts in title, summary, lead and rest."""
SUFFIXES = ("", "$", "^", "~")
"""Features per group: weighted count; in the title; in title or summary; in title, summary or lead."""
FORM = (
    "digits", "percent", "quotes", "length", "questions", "title-question", "list", "clock", "you", "we", "years", "ages",
    "no-summary", "short", "pounds",
)  # fmt: skip
_YEAR = re.compile(r"20\d\d")
_AGE = re.compile(r", \d\d,")
_NUMBERED = re.compile(r"\n\d\. ")
_PUBLISHER = re.compile(r"[a-z]+")


Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Extracted:
    """Numbers of one document. ``hits`` are those that count, boilerplate and masked names left out."""

    hits: list[Hit]
    groups: Array  # groups × SUFFIXES
    phrases: Array  # numbers of the phrases found, each once
    weights: Array  # of each of them, the logarithm of its weighted count
    form: tuple[float, ...]  # in the order of FORM
    publisher: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ragged:
    """For each phrase a list of numbers of different length, as two flat arrays."""

    starts: Array
    lengths: Array
    values: Array

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Ragged:
        """Packs lists."""
        lengths = np.array([len(one) for one in lists])
        flat = np.array([value for one in lists for value in one], dtype=np.int64)
        return cls(np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths, flat)

    def places(self, keys: Array) -> tuple[Array, Array]:
        """Where in ``values`` the lists of all keys lie, one after another, and for each the index of its key in ``keys``."""
        lengths = self.lengths[keys]
        owner = np.arange(len(keys)).repeat(lengths)
        first = self.starts[keys] - (lengths.cumsum() - lengths)
        return first[owner] + np.arange(len(owner)), owner

    def take(self, keys: Array) -> tuple[Array, Array]:
        """The values of all keys one after another, and for each the index of its key in ``keys``."""
        where, owner = self.places(keys)
        return self.values[where], owner


class Extractor:
    """Reads documents with the groups of a lexicon. Groups of ``boilerplate`` and ``names`` mask; the others count.

    ``also`` are phrases that others look for (places, entities): one scan finds them all.
    """

    def __init__(self, groups: Sequence[Group], also: Iterable[Phrase] = ()) -> None:
        self.groups = tuple(g for g in groups if not g.name.startswith(("boilerplate.", "names.")))
        self.names = tuple(g.name for g in self.groups)
        self.phrases: tuple[Phrase, ...] = tuple(sorted({p for g in groups for p in g.phrases} | set(also)))
        self.number = {phrase: n for n, phrase in enumerate(self.phrases)}
        members: list[list[int]] = [[] for _ in self.phrases]
        for n, group in enumerate(self.groups):
            for phrase in group.phrases:
                members[self.number[phrase]].append(n)
        self.groups_of = tuple(tuple(m) for m in members)
        self._groups_of = Ragged.of(members)
        self._boilerplate = {self.number[p] for g in groups if g.name.startswith("boilerplate.") for p in g.phrases}
        self._masks = {self.number[p] for g in groups if g.name.startswith("names.") for p in g.phrases}
        self._special = self._boilerplate | self._masks
        self.matcher = Matcher(self.phrases)

    def rule(self, phrase: int, topic: str) -> str:
        """The group by which a phrase belongs to a topic, and the phrase: what evidence names as its rule."""
        names = [self.names[g] for g in self.groups_of[phrase] if self.names[g].startswith(f"{topic}.")]
        return f"{min(names)}: {self.phrases[phrase].text}{'*' * self.phrases[phrase].open}"

    def extract(self, laid: Laid) -> Extracted:
        """The features of one laid-out document."""
        hits = self.matcher.hits(laid.flat)
        if not self._special.isdisjoint([h[0] for h in hits]):
            hits = self._unmasked(laid, hits)
        groups, phrases, weights = self._counts(laid, hits)
        return Extracted(hits, groups, phrases, weights, form(laid), publisher(laid))

    def _counts(self, laid: Laid, hits: list[Hit]) -> tuple[Array, Array, Array]:
        table = np.array(hits, dtype=np.int64).reshape(-1, 3)
        starts = table[:, 1]
        edges = np.array([laid.summary_at - 1, laid.body_at - 1, laid.rest_at])
        zones = np.searchsorted(edges, starts, side="right")
        groups, owner = self._groups_of.take(table[:, 0])
        cells = np.bincount(groups * 4 + zones[owner], minlength=len(self.names) * 4).reshape(-1, 4)
        out = np.empty((len(self.names), len(SUFFIXES)))
        np.log1p(cells @ _ZONE_WEIGHTS, out=out[:, 0])
        out[:, 1:] = np.cumsum(cells[:, :3], axis=1) > 0
        if not len(table):
            return out, starts, np.zeros(0)
        order = table[:, 0].argsort(kind="stable")
        numbers = table[:, 0][order]
        firsts = np.concatenate(([0], np.flatnonzero(numbers[1:] != numbers[:-1]) + 1))
        return out, numbers[firsts], np.log1p(np.add.reduceat(_ZONE_WEIGHTS[zones[order]], firsts))

    def _unmasked(self, laid: Laid, hits: list[Hit]) -> list[Hit]:
        spans = [
            _boilerplate_span(laid, start + 1) if phrase in self._boilerplate else (start + 1, end - 1)
            for phrase, start, end in hits
            if phrase in self._special
        ]
        starts, ends = _merged(spans)
        return [h for h in hits if h[0] not in self._special and starts[bisect_right(ends, h[1] + 1)] >= h[2] - 1]


def _merged(spans: list[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """Starts and ends of the spans in order, overlapping ones as one; a last start beyond any text."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        elif end > start:
            starts.append(start)
            ends.append(end)
    return [*starts, sys.maxsize], ends


def _boilerplate_span(laid: Laid, at: int) -> tuple[int, int]:
    """The paragraph around a closing phrase in the rest of the body; nothing anywhere else."""
    if at < laid.rest_at:
        return 0, 0
    start, end = laid.text.rfind("\n", 0, at) + 1, laid.text.find("\n", at)
    end = len(laid.text) if end < 0 else end
    return (start if end - start <= limits.TAG_BOILERPLATE_CHARS else at), end


def form(laid: Laid) -> tuple[float, ...]:
    """How the text looks: figures, quotes, lists, who is spoken to. Each value is about 0 to 3; in the order of FORM."""
    body, flat = laid.text[laid.body_at :], laid.flat[laid.body_at :]
    words = body.count(" ") + 1
    return (
        min(3.0, sum(map(body.count, "0123456789")) / words * 4),
        min(3.0, (flat.count(" per cent ") + body.count("%")) / 2),
        min(2.0, (body.count('"') + body.count("“") * 2) / 4),
        log(len(body) + 1) / 3,
        min(2.0, body.count("?") / 2),
        float("?" in laid.text[: laid.summary_at]),
        min(2.0, (body.count("\n- ") + len(_NUMBERED.findall(body))) / 3),
        float("hrs " in flat),
        min(2.0, (flat.count(" you ") + flat.count(" your ")) / 4),
        min(2.0, (flat.count(" we ") + flat.count(" our ") + flat.count(" us ")) / 4),
        min(2.0, len(_YEAR.findall(body)) / 3),
        min(2.0, len(_AGE.findall(body)) / 2),
        float(not laid.doc.summary),
        float(len(body) < 450),
        min(2.0, body.count("£") / 2),
    )


def publisher(laid: Laid) -> tuple[str, ...]:
    """The words of the publisher's name: `met-foi` and `Metropolitan Police Service FOI` share what matters."""
    return tuple(_PUBLISHER.findall(laid.doc.publisher.lower()))
