"""What documents show of themselves, as numbers: hits of the lexicon by zone and scope, and their outward form.

Everything the topic and kind models see comes from here, in training and at run time alike. Documents are read in batches: one scan
and one set of array operations for all of them.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from aggregator import limits
from aggregator.tagging.lexicon import Group, Phrase
from aggregator.tagging.matcher import Matcher, Scan
from aggregator.tagging.publishers import genre
from aggregator.tagging.text import Laid
from aggregator.tagging.wordtable import Array

_ZONE_WEIGHTS = np.array([2.0, 1.5, 1.0, 1.0])
"""How much one hit counts in title, summary, lead and rest."""
SUFFIXES = ("", "$", "^", "~", "!")
"""Features per group: weighted count; in the title; in title or summary; in title, summary or lead; count of those in the scope of
a negation or a supposition ("no Taser was used", "if a search had been made")."""
FORM = (
    "digits", "percent", "quotes", "length", "questions", "title-question", "list", "clock", "you", "we", "years", "ages",
    "no-summary", "short", "pounds",
)  # fmt: skip
_SPOKEN = {"you": ("you", "your"), "we": ("we", "our", "us")}
"""Single words that are part of the form."""
_YEAR = re.compile(r"20\d\d")
_AGE = re.compile(r", \d\d,")
_NUMBERED = re.compile(r"\n\d\. ")
_SCOPE = "scope."
_SENTENCE_ENDS = np.zeros(128, dtype=np.int8)
_SENTENCE_ENDS[[ord(c) for c in ".!?;\n\x02"]] = 1
_OUTSIDE = ("boilerplate.", "names.", _SCOPE)


@dataclass(frozen=True, slots=True)
class Hits:
    """Hits of a batch that count, boilerplate and masked names left out; one entry per hit in each array."""

    doc: Array  # index in the batch
    phrase: Array
    start: Array  # in the text of its document, with the blank before it
    end: Array
    zone: Array  # 0 title, 1 summary, 2 lead, 3 rest
    negated: Array


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words of the vocabulary: one entry per document and word in it, in the order of documents."""

    doc: Array
    word: Array
    count: Array


@dataclass(frozen=True, slots=True)
class Extracted:
    """Numbers of a batch of documents."""

    laid: Sequence[Laid]
    hits: Hits
    groups: Array  # documents × groups × SUFFIXES
    docs: Array  # one entry per document and phrase found in it: the document,
    phrases: Array  # the phrase,
    weights: Array  # the logarithm of its weighted count
    form: Array  # documents × FORM
    genres: tuple[str, ...]  # of the publishers
    spoken: Spoken


@dataclass(frozen=True, slots=True)
class Ragged:
    """For each phrase a list of numbers of different length, as two flat arrays."""

    starts: Array
    lengths: Array
    values: Array

    @classmethod
    def of(cls, lists: Sequence[Sequence[int]]) -> Ragged:
        """Packs lists."""
        lengths = np.array([len(one) for one in lists], dtype=np.int64)
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
    """Reads documents with the groups of a lexicon. Groups of ``boilerplate`` and ``names`` mask, those of ``scope`` negate; the
    others count. ``also`` are phrases that others look for (places, entities), ``vocabulary`` the words that are
    counted one by one: one scan finds them all.
    """

    def __init__(self, groups: Sequence[Group], also: Iterable[Phrase] = (), vocabulary: Sequence[str] = ()) -> None:
        self.vocabulary = tuple(vocabulary)
        counted = [word for words in _SPOKEN.values() for word in words]
        number = {word: n for n, word in enumerate(dict.fromkeys((*vocabulary, *counted)))}
        self._counted = np.full(len(number), -1)
        for n, words in enumerate(_SPOKEN.values()):
            self._counted[[number[word] for word in words]] = n
        self.groups = tuple(g for g in groups if not g.name.startswith(_OUTSIDE))
        self.names = tuple(g.name for g in self.groups)
        self.phrases: tuple[Phrase, ...] = tuple(sorted({p for g in groups for p in g.phrases} | set(also)))
        self.number = {phrase: n for n, phrase in enumerate(self.phrases)}
        members: list[list[int]] = [[] for _ in self.phrases]
        for n, group in enumerate(self.groups):
            for phrase in group.phrases:
                members[self.number[phrase]].append(n)
        self.groups_of = tuple(tuple(m) for m in members)
        self.ragged_groups = Ragged.of(members)
        self._boilerplate = self._in(groups, "boilerplate.")
        self._special = self._boilerplate | self._in(groups, "names.")
        self._is_special = self.flags(self._special)
        self._negates = self.flags(self._in(groups, _SCOPE))
        self.matcher = Matcher(self.phrases, tuple(number))

    def _in(self, groups: Sequence[Group], prefix: str) -> set[int]:
        return {self.number[p] for g in groups if g.name.startswith(prefix) for p in g.phrases}

    def flags(self, numbers: Iterable[int]) -> Array:
        """True for each phrase of ``numbers``."""
        out = np.zeros(len(self.phrases), dtype=np.bool_)
        out[list(numbers)] = True
        return out

    def rule(self, phrase: int, topic: str) -> str:
        """The group by which a phrase belongs to a topic, and the phrase: what evidence names as its rule."""
        names = [self.names[g] for g in self.groups_of[phrase] if self.names[g].startswith(f"{topic}.")]
        return f"{min(names)}: {self.phrases[phrase].text}{'*' * self.phrases[phrase].open}"

    def extract(self, laid: Sequence[Laid]) -> Extracted:
        """The features of laid-out documents."""
        scan = self.matcher.scan("".join([one.flat for one in laid]))
        bases = np.concatenate(([0], np.cumsum([len(one.flat) for one in laid])))
        hits = self._hits(laid, scan, bases)
        docs, phrases, weights = self._phrases(hits)
        shapes = forms(laid, self._spoken_to(laid, scan, bases))
        genres = tuple(genre(one.doc.publisher) for one in laid)
        groups = self._groups(len(laid), hits)
        return Extracted(laid, hits, groups, docs, phrases, weights, shapes, genres, self._spoken(scan, bases))

    def _spoken_to(self, laid: Sequence[Laid], scan: Scan, bases: Array) -> Array:
        """Documents × _SPOKEN: how often each is said in the body."""
        group = self._counted[scan.word]
        among = np.flatnonzero(group >= 0)
        doc = bases.searchsorted(scan.at[among], side="right") - 1
        body_at = np.array([one.body_at for one in laid], dtype=np.int64)
        inside = scan.at[among] - bases[doc] >= body_at[doc] - 1
        cell = (doc * len(_SPOKEN) + group[among])[inside]
        return np.bincount(cell, minlength=len(laid) * len(_SPOKEN)).reshape(len(laid), len(_SPOKEN))

    def _spoken(self, scan: Scan, bases: Array) -> Spoken:
        width = max(1, len(self.vocabulary))
        known = scan.word < len(self.vocabulary)
        cell = (bases.searchsorted(scan.at[known], side="right") - 1) * width + scan.word[known]
        cell.sort()
        first = np.flatnonzero(np.diff(cell, prepend=-1))
        return Spoken(cell[first] // width, cell[first] % width, np.diff(first, append=len(cell)))

    def _hits(self, laid: Sequence[Laid], scan: Scan, bases: Array) -> Hits:
        """Hits in the texts put one after another: between two there are two blanks, over which no phrase reaches."""
        phrase, start, end = scan.phrase, scan.start, scan.end
        doc = bases.searchsorted(start, side="right") - 1
        negated = self._negated(laid, phrase, start, end)
        base = bases[doc]
        start, end = start - base, end - base
        edges = np.array([(x.summary_at - 1, x.body_at - 1, x.rest_at) for x in laid]).reshape(-1, 3)[doc]
        zone = (start[:, None] >= edges).sum(axis=1)
        kept = ~self._negates[phrase]
        special = self._is_special[phrase]
        for n in np.unique(doc[special]).tolist():
            mine = np.flatnonzero(doc == n)
            kept[mine] &= self._unmasked(laid[n], phrase[mine], start[mine], end[mine])
        return Hits(doc[kept], phrase[kept], start[kept], end[kept], zone[kept], negated[kept])

    def _negated(self, laid: Sequence[Laid], phrase: Array, start: Array, end: Array) -> Array:
        """Whether a negation or supposition stands before a hit, in its sentence and near."""
        cue = self._negates[phrase]
        cues = np.sort(end[cue]) - 1
        if not len(cues):
            return cue
        before = cues.searchsorted(start + 1, side="right") - 1
        at = cues[before]
        near = (before >= 0) & (start - at < limits.TAG_SCOPE_CHARS)
        codes = np.frombuffer("".join([one.text for one in laid]).encode("utf-32-le", "surrogatepass"), np.uint32)
        sentence = _SENTENCE_ENDS[np.minimum(codes, 127)].cumsum(dtype=np.int32)
        negated: Array = near & (sentence[at] == sentence[start])
        return negated

    def _groups(self, docs: int, hits: Hits) -> Array:
        groups, owner = self.ragged_groups.take(hits.phrase)
        cell = hits.doc[owner] * len(self.names) + groups
        size = docs * len(self.names)
        cells = np.bincount(cell * 4 + hits.zone[owner], minlength=size * 4).reshape(-1, 4)
        out = np.empty((size, len(SUFFIXES)))
        np.log1p(cells @ _ZONE_WEIGHTS, out=out[:, 0])
        out[:, 1:4] = np.cumsum(cells[:, :3], axis=1) > 0
        out[:, 4] = np.log1p(np.bincount(cell[hits.negated[owner]], minlength=size))
        return out.reshape(docs, len(self.names), len(SUFFIXES))

    def _phrases(self, hits: Hits) -> tuple[Array, Array, Array]:
        """Documents and phrases found in them, each pair once, with the logarithm of the weighted count."""
        keys, inverse = np.unique(hits.doc * len(self.phrases) + hits.phrase, return_inverse=True)
        weights = np.bincount(inverse, _ZONE_WEIGHTS[hits.zone], minlength=len(keys))
        return keys // len(self.phrases), keys % len(self.phrases), np.log1p(weights)

    def _unmasked(self, laid: Laid, phrase: Array, start: Array, end: Array) -> Array:
        special = self._is_special[phrase]
        columns = (phrase[special], start[special], end[special])
        spans = [
            _boilerplate_span(laid, a + 1) if number in self._boilerplate else (a + 1, b - 1)
            for number, a, b in zip(*[c.tolist() for c in columns], strict=True)
        ]
        starts, ends = _merged(spans)
        outside: Array = ~special & (starts[ends.searchsorted(start + 1, side="right")] >= end - 1)
        return outside


def _merged(spans: list[tuple[int, int]]) -> tuple[Array, Array]:
    """Starts and ends of the spans in order, overlapping ones as one; a last start beyond any text."""
    starts: list[int] = []
    ends: list[int] = []
    for start, end in sorted(spans):
        if ends and start <= ends[-1]:
            ends[-1] = max(ends[-1], end)
        elif end > start:
            starts.append(start)
            ends.append(end)
    return np.array([*starts, sys.maxsize]), np.array(ends, dtype=np.int64)


def _boilerplate_span(laid: Laid, at: int) -> tuple[int, int]:
    """The paragraph around a closing phrase in the rest of the body; nothing anywhere else."""
    if at < laid.rest_at:
        return 0, 0
    start, end = laid.text.rfind("\n", 0, at) + 1, laid.text.find("\n", at)
    end = len(laid.text) if end < 0 else end
    return (start if end - start <= limits.TAG_BOILERPLATE_CHARS else at), end


def forms(laid: Sequence[Laid], spoken: Array) -> Array:
    """How the texts look, a row each: figures, quotes, lists, who is spoken to. Each value is about 0 to 3; in the order of FORM.
    ``spoken`` are the counts of _SPOKEN."""
    rows = np.array([_form(one) for one in laid], dtype=np.float64).reshape(len(laid), len(FORM))
    rows[:, [FORM.index(name) for name in _SPOKEN]] = spoken / 4
    rows[:, _DIGITS] = np.minimum(3.0, rows[:, _DIGITS] / rows[:, _LENGTH] * 4)  # digits by words
    rows[:, _LENGTH] = np.log([len(one.text) - one.body_at + 1 for one in laid]) / 3
    capped: Array = np.minimum(rows, _MOST)
    return capped


def _form(laid: Laid) -> tuple[float, ...]:
    body, flat = laid.text[laid.body_at :], laid.flat[laid.body_at :]
    quotes, numbered = body.count('"') + body.count("“") * 2, body.count("\n") > 1 and ". " in body
    return (
        len(flat) - len(flat.encode().translate(None, b"0123456789")),
        (flat.count(" per cent ") + body.count("%")) / 2,
        quotes / 4,
        body.count(" ") + 1,
        body.count("?") / 2,
        "?" in laid.text[: laid.summary_at],
        (body.count("\n- ") + (len(_NUMBERED.findall(body)) if numbered else 0)) / 3,
        "hrs " in flat,
        0.0,  # you and we are filled in for all documents at once
        0.0,
        len(_YEAR.findall(body)) / 3 if "20" in body else 0.0,
        len(_AGE.findall(body)) / 2,
        not laid.doc.summary,
        len(body) < 450,
        body.count("£") / 2,
    )


_DIGITS, _LENGTH = FORM.index("digits"), FORM.index("length")
_MOST = np.array([{"length": np.inf, "digits": 3.0, "percent": 3.0}.get(name, 2.0) for name in FORM])
"""Beyond this more of the same says nothing more."""
