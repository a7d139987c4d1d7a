"""What changed between two versions of a text, word by word, in bounded time however long and odd the texts are."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from aggregator.limits import DIFF_BUDGET, DIFF_WINDOW, MOVED_MIN_WORDS
from aggregator.text.normalise import fold

Op = Literal["same", "added", "removed", "moved"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text and what became of it. ``moved`` is shown where the text stands now."""

    op: Op
    text: str


def normal(text: str) -> str:
    """The form in which texts are compared: folded lines, with the line and paragraph breaks kept."""
    return "".join(word + gap for paragraph in _paragraphs(text) for word, gap in paragraph)


def diff(old: str, new: str) -> tuple[Piece, ...]:
    """The pieces, in reading order, that lead from the old text to the new.

    Same and removed pieces joined give ``normal(old)``; same, added and moved ones give ``normal(new)``. A paragraph
    that only changed its place is `removed` where it was and `moved` where it is.
    """
    compared = _Comparison(old, new)
    return tuple(_merged(compared.steps()))


def counts(old: str, new: str) -> tuple[int, int]:
    """Words added and words removed. Paragraphs that only changed their place count as neither."""
    compared = _Comparison(old, new)
    same = len(compared.matches)
    return (
        len(compared.new) - same - len(compared.moved_new),
        len(compared.old) - same - len(compared.moved_old),
    )


_Word = tuple[str, str]  # a word and the gap after it: " ", "\n", "\n\n" or, at the end, ""


def _paragraphs(text: str) -> list[list[_Word]]:
    parts = re.split(r"(\s*\n\s*)", text.replace("\r\n", "\n"))
    found: list[list[_Word]] = []
    for line, gap in zip(parts[::2], [*parts[1::2], ""], strict=True):
        words = fold(line).split(" ")
        if words == [""]:
            continue
        found.append([*((word, " ") for word in words[:-1]), (words[-1], "\n\n" if gap.count("\n") > 1 else "\n")])
    if found:
        found[-1][-1] = (found[-1][-1][0], "")
    return found


class _Comparison:
    """Both texts as words, and which of the words correspond."""

    def __init__(self, old: str, new: str) -> None:
        old_paragraphs, new_paragraphs = _paragraphs(old), _paragraphs(new)
        self.old = [word for paragraph in old_paragraphs for word in paragraph]
        self.new = [word for paragraph in new_paragraphs for word in paragraph]
        self.moved_old: set[int] = set()  # positions of words
        self.moved_new: set[int] = set()
        self.matches: list[tuple[int, int]] = []
        self._budget = [DIFF_BUDGET]
        self._match(_spans(old_paragraphs), _spans(new_paragraphs))

    def steps(self) -> Iterator[tuple[Op, str]]:
        """The words and gaps, one by one, with their fate."""
        i = j = 0
        for at_old, at_new in [*self.matches, (len(self.old), len(self.new))]:
            for position in range(i, at_old):
                yield "removed", "".join(self.old[position])
            for position in range(j, at_new):
                yield "moved" if position in self.moved_new else "added", "".join(self.new[position])
            i, j = at_old + 1, at_new + 1
            if at_old < len(self.old) and at_new < len(self.new):
                (word, old_gap), (_, new_gap) = self.old[at_old], self.new[at_new]
                if old_gap == new_gap:
                    yield "same", word + old_gap
                else:
                    yield "same", word
                    yield "removed", old_gap
                    yield "added", new_gap

    def _match(self, old_spans: list[_Span], new_spans: list[_Span]) -> None:
        """Paragraphs first; then the words within what lies between two paragraphs that correspond."""
        blocks = _align([s.key for s in old_spans], [s.key for s in new_spans], self._budget)
        self._find_moved(old_spans, new_spans, blocks)
        i = j = 0
        for a, b, size in [*blocks, (len(old_spans), len(new_spans), 0)]:
            self._match_words(old_spans[i:a], new_spans[j:b])
            for old_span, new_span in zip(old_spans[a : a + size], new_spans[b : b + size], strict=True):
                self.matches.extend(zip(old_span.positions, new_span.positions, strict=True))
            i, j = a + size, b + size

    def _find_moved(self, old_spans: list[_Span], new_spans: list[_Span], blocks: list[_Block]) -> None:
        gone = _unmatched(old_spans, ((a, size) for a, _, size in blocks))
        come = _unmatched(new_spans, ((b, size) for _, b, size in blocks))
        for key in gone.keys() & come.keys():
            if len(gone[key]) == len(come[key]) == 1 and len(gone[key][0].positions) >= MOVED_MIN_WORDS:
                self.moved_old.update(gone[key][0].positions)
                self.moved_new.update(come[key][0].positions)

    def _match_words(self, old_spans: list[_Span], new_spans: list[_Span]) -> None:
        old = [p for span in old_spans for p in span.positions if p not in self.moved_old]
        new = [p for span in new_spans for p in span.positions if p not in self.moved_new]
        for a, b, size in _align([self.old[p][0] for p in old], [self.new[p][0] for p in new], self._budget):
            self.matches.extend(zip(old[a : a + size], new[b : b + size], strict=True))


@dataclass(frozen=True, slots=True)
class _Span:
    """A paragraph: its words as one key, and where they stand among the words of the text."""

    key: str
    positions: range


def _spans(paragraphs: list[list[_Word]]) -> list[_Span]:
    spans = []
    start = 0
    for words in paragraphs:
        spans.append(_Span(" ".join(word for word, _ in words), range(start, start + len(words))))
        start += len(words)
    return spans


def _unmatched(spans: list[_Span], taken: Iterable[tuple[int, int]]) -> dict[str, list[_Span]]:
    matched = {position for start, size in taken for position in range(start, start + size)}
    found: dict[str, list[_Span]] = {}
    for position, span in enumerate(spans):
        if position not in matched:
            found.setdefault(span.key, []).append(span)
    return found


_Block = tuple[int, int, int]  # old start, new start, length
_Window = tuple[int, int, int, int]  # start and end in the old, start and end in the new
_ANCHOR_WORDS = (1, 3, 8)


def _align(a: Sequence[str], b: Sequence[str], budget: list[int]) -> list[_Block]:
    """Matching runs in rising order. Small windows go to difflib; larger ones are split at words (or short runs of
    words) that occur once on either side (Bram Cohen's patience diff), which is linear; what is over budget counts
    as changed."""
    blocks: list[_Block] = []
    todo = [(0, len(a), 0, len(b))]
    while todo:
        a0, a1, b0, b1 = todo.pop()
        head = 0
        while a0 + head < a1 and b0 + head < b1 and a[a0 + head] == b[b0 + head]:
            head += 1
        if head:
            blocks.append((a0, b0, head))
            a0, b0 = a0 + head, b0 + head
        tail = 0
        while a1 - tail > a0 and b1 - tail > b0 and a[a1 - tail - 1] == b[b1 - tail - 1]:
            tail += 1
        if tail:
            a1, b1 = a1 - tail, b1 - tail
            blocks.append((a1, b1, tail))
        if a0 == a1 or b0 == b1:
            continue
        small = (a1 - a0) * (b1 - b0) <= DIFF_WINDOW
        budget[0] -= (a1 - a0) * (b1 - b0) if small else (a1 - a0) + (b1 - b0)
        if budget[0] < 0:
            continue
        if small:
            matcher = SequenceMatcher(None, a[a0:a1], b[b0:b1], autojunk=False)
            blocks.extend((a0 + m.a, b0 + m.b, m.size) for m in matcher.get_matching_blocks() if m.size)
        else:
            tries = (_anchors(a, b, (a0, a1, b0, b1), length) for length in _ANCHOR_WORDS)
            todo.extend(_between(next(filter(None, tries), []), (a0, a1, b0, b1), blocks))
    return sorted(blocks)


def _between(anchors: list[tuple[int, int]], window: _Window, blocks: list[_Block]) -> list[_Window]:
    """The windows between anchors, which become blocks themselves. No anchors, no windows: nothing corresponds."""
    a0, a1, b0, b1 = window
    windows = []
    for i, j in anchors:
        windows.append((a0, i, b0, j))
        blocks.append((i, j, 1))
        a0, b0 = i + 1, j + 1
    if anchors:
        windows.append((a0, a1, b0, b1))
    return [window for window in windows if window[0] < window[1] and window[2] < window[3]]


def _anchors(a: Sequence[str], b: Sequence[str], window: _Window, length: int) -> list[tuple[int, int]]:
    """The longest rising chain of runs of ``length`` words that occur exactly once in either window: their starts."""
    a0, a1, b0, b1 = window
    in_a, in_b = _once(a, a0, a1, length), _once(b, b0, b1, length)
    pairs = sorted((i, in_b[word]) for word, i in in_a.items() if word in in_b)
    tops: list[int] = []  # smallest end of a chain of each length
    ends: list[int] = []  # which pair that is
    before: list[int] = []  # its predecessor
    for number, (_, j) in enumerate(pairs):
        place = bisect_left(tops, j)
        before.append(ends[place - 1] if place else -1)
        tops[place : place + 1] = [j]
        ends[place : place + 1] = [number]
    chain: list[tuple[int, int]] = []
    number = ends[-1] if ends else -1
    while number >= 0:
        chain.append(pairs[number])
        number = before[number]
    return chain[::-1]


def _once(words: Sequence[str], start: int, stop: int, length: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for position in range(start, stop - length + 1):
        run = words[position] if length == 1 else " ".join(words[position : position + length])
        seen[run] = -1 if run in seen else position
    return {run: position for run, position in seen.items() if position >= 0}


def _merged(steps: Iterator[tuple[Op, str]]) -> Iterator[Piece]:
    """Neighbours of one kind joined; what stands between two unchanged words as removed first, then added."""
    same: list[str] = []
    changed: dict[Op, list[str]] = {}

    def change() -> Iterator[Piece]:
        pieces = [Piece(op, "".join(texts)) for op, texts in changed.items() if any(texts)]
        changed.clear()
        yield from sorted(pieces, key=lambda piece: piece.op != "removed")

    for op, text in steps:
        if not text:
            continue
        if op == "same":
            yield from change()
            same.append(text)
        else:
            if same:
                yield Piece("same", "".join(same))
                same.clear()
            changed.setdefault(op, []).append(text)
    if same:
        yield Piece("same", "".join(same))
    yield from change()
