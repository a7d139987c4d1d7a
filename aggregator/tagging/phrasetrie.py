"""Phrases of several words, found for a whole text at once by walking a tree of word numbers: every place that could begin a phrase takes
its next step together with all others. The places that are left grow few within two steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from aggregator.tagging.wordtable import Array, KeyTable


class PhraseTrie:
    """A tree of phrases, each given as the numbers of its words (at least two, all below ``words``)."""

    def __init__(self, phrases: Sequence[Sequence[int]], words: int) -> None:
        self._words = max(1, words)
        self._first = np.full(self._words + 1, -1, dtype=np.int64)  # the last entry stands for unknown words
        for n, word in enumerate(sorted({path[0] for path in phrases})):
            self._first[word] = n
        self._roots = int((self._first >= 0).sum())
        steps: dict[
            int, int
        ] = {}  # node and next word, as one number → number of the step; it leads to the node of that number
        ends: dict[int, int] = {}
        for number, path in enumerate(phrases):
            node = int(self._first[path[0]])
            for word in path[1:]:
                node = self._roots + steps.setdefault(node * self._words + word, len(steps))
            ends[node] = number
        self._phrase = np.full(self._roots + len(steps), -1, dtype=np.int64)
        for node, number in ends.items():
            self._phrase[node] = number
        self._steps = KeyTable(steps) if steps else None

    def find(self, word: Array, joined: Array) -> tuple[Array, Array, Array]:
        """Every occurrence: the phrase, and which words of the text are its first and its last.

        ``word``: numbers of the words of the text, -1 for unknown ones; ``joined``: whether a word and the one after it may stand in one
        phrase.
        """
        found: list[tuple[Array, Array, Array]] = []
        going = joined.copy()
        going[:-1] &= word[1:] >= 0
        going[-1:] = False
        node = self._first[word]
        at = np.flatnonzero((node >= 0) & going)
        node, last = node[at], at
        while len(at) and self._steps is not None:
            last = last + 1
            step = self._steps.find((node * self._words + word[last]).astype(np.uint64))
            kept = np.flatnonzero(step >= 0)
            at, last, node = at[kept], last[kept], self._roots + step[kept]
            phrase = self._phrase[node]
            ended = np.flatnonzero(phrase >= 0)
            found.append((phrase[ended], at[ended], last[ended]))
            on = going[last]
            at, last, node = at[on], last[on], node[on]
        if not found:
            none = np.zeros(0, dtype=np.int64)
            return none, none, none
        phrases, firsts, lasts = (np.concatenate(part) for part in zip(*found, strict=True))
        return phrases, firsts, lasts
