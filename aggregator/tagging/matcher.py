"""Every phrase and every single word of a text in one reading, whatever the number of phrases.

Single words are looked up in a table, all at once; phrases of several words and word beginnings are found by one Aho–Corasick automaton,
`ahocorasick_rs` as a contiguous NFA: on ten thousand phrases it was the fastest engine of those measured (bench/tagging.py), and it is
quicker still when it need not report the single words, which are three of four hits. Word boundaries are blanks that belong to the
pattern, so that nothing has to be checked outside the engine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from ahocorasick_rs import AhoCorasick, Implementation

from aggregator.tagging.lexicon import Phrase
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
        single = {p.text: n for n, p in enumerate(phrases) if not p.open and " " not in p.text}
        known = sorted({*single, *vocabulary})
        word = {text: n for n, text in enumerate(vocabulary)}
        self._table = WordTable(known)
        # the last entry stands for words that nobody looks for
        self._phrase_of = np.array([*(single.get(text, -1) for text in known), -1])
        self._word_of = np.array([*(word.get(text, -1) for text in known), -1])
        others = [n for n, p in enumerate(phrases) if p.open or " " in p.text]
        self._number = np.array(others, dtype=np.int64)
        patterns = [f" {phrases[n].text}" if phrases[n].open else f" {phrases[n].text} " for n in others]
        self._engine = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)

    def scan(self, text: str) -> Scan:
        """Everything in ``text``, which must be flattened as the phrases were, with a blank at either end."""
        codes = np.frombuffer(text.encode("ascii"), np.uint8)
        blank = codes == _BLANK
        edges = np.flatnonzero(blank[1:] != blank[:-1])  # the blank before a word, its last letter, and so on in turn
        start, end = edges[::2], edges[1::2] + 2
        token = self._table.numbers(codes, start + 1, end - 1)
        single = self._phrase_of[token]
        among = np.flatnonzero(single >= 0)
        found = self._engine.find_matches_as_indexes(text, overlapping=True)
        table = np.fromiter(chain.from_iterable(found), np.int64, 3 * len(found)).reshape(-1, 3)
        ends = np.concatenate((table[:, 2], end[among]))
        order = ends.argsort(kind="stable")
        word = self._word_of[token]
        known = np.flatnonzero(word >= 0)
        return Scan(
            phrase=np.concatenate((self._number[table[:, 0]], single[among]))[order],
            start=np.concatenate((table[:, 1], start[among]))[order],
            end=ends[order],
            word=word[known],
            at=start[known],
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
