"""One Aho–Corasick automaton over every phrase of a set: all hits of a text in one pass, whatever the number of phrases.

The engine is `ahocorasick_rs`, as a contiguous NFA: on ten thousand phrases it was the fastest of those measured (bench/tagging.py).
Word boundaries are blanks that belong to the pattern, so that nothing has to be checked outside the engine.
"""

from __future__ import annotations

from collections.abc import Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from aggregator.tagging.lexicon import Phrase

Hit = tuple[int, int, int]
"""Number of the phrase, start and end; the hit includes the blank before it and, of whole phrases, the one after it."""


class Matcher:
    """Finds whole-word occurrences of phrases. Overlapping hits are all reported, in the order of their ends."""

    def __init__(self, phrases: Sequence[Phrase]) -> None:
        self.phrases = tuple(phrases)
        patterns = [f" {p.text}" if p.open else f" {p.text} " for p in phrases]
        self._engine = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)

    def hits(self, text: str) -> list[Hit]:
        """Every hit in ``text``, which must be flattened as the phrases were, with a blank at either end."""
        return self._engine.find_matches_as_indexes(text, overlapping=True)

    def span(self, hit: Hit, text: str) -> tuple[int, int]:
        """Where the words of a hit are, blanks left out; open phrases reach to the end of their last word."""
        number, start, end = hit
        if not self.phrases[number].open:
            return start + 1, end - 1
        stop = text.find(" ", end)
        return start + 1, len(text) if stop < 0 else stop
