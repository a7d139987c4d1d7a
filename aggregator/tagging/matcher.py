"""Every phrase and every single word of a text in one reading, whatever the number of phrases.

Words are numbered, all at once; a phrase is a path of numbers. Only word beginnings ("shoplift" of "shoplifters"), for which there is no
number, are found letter by letter: by an Aho–Corasick automaton, `ahocorasick_rs` as a contiguous NFA, which of those measured was the
fastest (bench/tagging.py). With thirty thousand phrases both together take half the time of the automaton alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation

from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.phrasetrie import PhraseTrie
from aggregator.tagging.wordtable import Array, WordTable

Hit = tuple[int, int, int]
"""Number of the phrase, start and end; the hit includes the blank before it and, of whole phrases, the one after it."""
_BLANK = ord(" ")


@dataclass(frozen=True, slots=True)
class Scan:
    """What one reading found. ``phrase``, ``start``, ``end``: one entry per hit, in the order of ends. ``word``, ``at``: number and
    place of each word of the text that is in the vocabulary, in the order of the text."""

    phrase: Array
    start: Array
    end: Array
    word: Array
    at: Array


class Matcher:
    """Finds whole-word occurrences of phrases, overlapping ones too, and words of a vocabulary."""

    def __init__(self, phrases: Sequence[Phrase], vocabulary: Sequence[str] = ()) -> None:
        self.phrases = tuple(phrases)
        by_letter = [n for n, p in enumerate(phrases) if p.open or "  " in p.text]
        several = [n for n, p in enumerate(phrases) if " " in p.text and not p.open and "  " not in p.text]
        single = {p.text: n for n, p in enumerate(phrases) if not p.open and " " not in p.text}
        known = sorted({*single, *vocabulary, *(word for n in several for word in phrases[n].text.split(" "))})
        number = {text: n for n, text in enumerate(known)}
        word = {text: n for n, text in enumerate(vocabulary)}
        self._table = WordTable(known)
        # the last entry stands for words that nobody looks for
        self._phrase_of = np.array([*(single.get(text, -1) for text in known), -1])
        self._word_of = np.array([*(word.get(text, -1) for text in known), -1])
        self._several = np.array(several, dtype=np.int64)
        self._trie = PhraseTrie([[number[w] for w in phrases[n].text.split(" ")] for n in several], len(known))
        self._by_letter = np.array(by_letter, dtype=np.int64)
        patterns = [f" {phrases[n].text}" if phrases[n].open else f" {phrases[n].text} " for n in by_letter]
        self._engine = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)

    def scan(self, text: str) -> Scan:
        """Everything in ``text``, which must be flattened as the phrases were, with a blank at either end."""
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
        blank = codes == _BLANK
        edges = np.flatnonzero(blank[1:] != blank[:-1])  # the blank before a word, its last letter, and so on in turn
        start, end = edges[::2], edges[1::2] + 2
        token = self._table.numbers(codes, start + 1, end - 1)
        single = self._phrase_of[token]
        alone = np.flatnonzero(single >= 0)
        joined = np.zeros(len(start), dtype=np.bool_)
        joined[:-1] = start[1:] == end[:-1] - 1  # by one blank: more of them stand for a mark of punctuation
        path, first, last = self._trie.find(token, joined)
        found = self._engine.find_matches_as_indexes(text, overlapping=True)
        table = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        starts = np.concatenate((table[:, 1], start[alone], start[first]))
        ends = np.concatenate((table[:, 2], end[alone], end[last]))
        order = ((ends << 32) + starts).argsort()  # of those that end together the longest first
        word = self._word_of[token]
        spoken = np.flatnonzero(word >= 0)
        return Scan(
            phrase=np.concatenate((self._by_letter[table[:, 0]], single[alone], self._several[path]))[order],
            start=starts[order],
            end=ends[order],
            word=word[spoken],
            at=start[spoken],
        )

    def hits(self, text: str) -> list[Hit]:
        """Every hit of a phrase in ``text``, flattened as for :meth:`scan`."""
        found = self.scan(text)
        return list(zip(found.phrase.tolist(), found.start.tolist(), found.end.tolist(), strict=True))

    def span(self, hit: Hit, text: str) -> tuple[int, int]:
        """Where the words of a hit are, blanks left out; open phrases reach to the end of their last word."""
        number, start, end = hit
        if not self.phrases[number].open:
            return start + 1, end - 1
        stop = text.find(" ", end)
        return start + 1, len(text) if stop < 0 else stop
