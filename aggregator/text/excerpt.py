"""The first thing that changed between two versions of a text, short enough for a line of a list. Pure, and cheap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from aggregator.limits import EXCERPT_AROUND_CHARS, EXCERPT_CHANGED_CHARS, EXCERPT_WORDS, MOVED_MIN_WORDS
from aggregator.text.diff import Piece, diff
from aggregator.text.normalise import fold, shorten


@dataclass(frozen=True, slots=True)
class Excerpt:
    """``removed`` gave way to ``added`` (either may be "") between ``before`` and ``after``. One line each, with "…"."""

    before: str
    removed: str
    added: str
    after: str

    @property
    def old(self) -> str:
        """How it read."""
        return " ".join(filter(None, (self.before, self.removed, self.after)))

    @property
    def new(self) -> str:
        """How it reads now."""
        return " ".join(filter(None, (self.before, self.added, self.after)))


def first_change(old: str, new: str) -> Excerpt | None:
    """The first change in reading order; None where the words are the same, or only stand in another order.

    Lines are compared as wholes, and only the words of the first that differ with one another: a text of 40 KB costs a
    millisecond or two, where its whole difference costs fifty.
    """
    gone, come = _only_here(old, new), _only_here(new, old)
    if gone is None and come is None:
        return None
    if gone and come and gone[0] != come[0]:  # they stand at different places: the earlier one was not replaced
        gone, come = (gone, None) if gone[0] < come[0] else (None, come)
    return _within(gone[1] if gone else "", come[1] if come else "")


def _only_here(text: str, other: str) -> tuple[int, str] | None:
    """The first line of a text that the other has not (or not so often), and how many lines before it both have."""
    lines, others = _lines(text), _lines(other)
    extra = Counter(lines) - Counter(others)
    if not extra:
        return None
    known = Counter(fold(line) for line in (Counter(others) - Counter(lines)).elements())
    for kept, line in enumerate(lines):
        folded = fold(line) if extra[line] else ""
        if folded and not known[folded]:
            return kept, line
        if folded:
            extra[line] -= 1
            known[folded] -= 1
    return None


def _lines(text: str) -> list[str]:
    return [line for line in (part.strip() for part in text.splitlines()) if line]


def _within(old: str, new: str) -> Excerpt:
    """The first change within a line; a line that is wholly new or gone is one."""
    a, b = fold(old).split(" "), fold(new).split(" ")
    same = next((n for n, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    lead, a, b = a[:same], a[same:], b[same:]
    tail = next((n for n, (x, y) in enumerate(zip(a[::-1], b[::-1], strict=False)) if x != y), min(len(a), len(b)))
    a, b, follow = a[: len(a) - tail], b[: len(b) - tail], a[len(a) - tail :]
    pieces = diff(" ".join(a[:EXCERPT_WORDS]), " ".join(b[:EXCERPT_WORDS]))
    removed, rest = _taken(pieces, "removed")
    added, rest = _taken(rest, "added")
    if len(a) > EXCERPT_WORDS or len(b) > EXCERPT_WORDS:
        removed = _stays(removed, b) if added else removed
        added = _stays(added, a) if removed else added  # of two that changed places, one is told
    after = [*rest[0].text.split(), *(["…"] if len(rest) > 1 else [])] if rest else follow
    return Excerpt(
        _tail(lead), shorten(removed, EXCERPT_CHANGED_CHARS), shorten(added, EXCERPT_CHANGED_CHARS),
        shorten(" ".join(after), EXCERPT_AROUND_CHARS),
    )  # fmt: skip


def _stays(words: str, other: Sequence[str]) -> str:
    """The words up to those that the other line has past what was compared: these are not gone, but further down."""
    given = words.split()
    reach = other[max(0, EXCERPT_WORDS - MOVED_MIN_WORDS) :]
    there = set(_runs(reach))
    end = next((n for n, run in enumerate(_runs(given)) if run in there), len(given))
    return " ".join([*given[:end], *(["…"] if 0 < end < len(given) else [])])


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Every few words that follow each other: so many that they are hardly there by chance."""
    return zip(*(words[n:] for n in range(MOVED_MIN_WORDS)), strict=False)


def _taken(pieces: Sequence[Piece], op: str) -> tuple[str, Sequence[Piece]]:
    if pieces and pieces[0].op == op:
        return " ".join(pieces[0].text.split()), pieces[1:]
    return "", pieces


def _tail(words: Iterable[str]) -> str:
    """The last words that fit."""
    found: list[str] = []
    room = EXCERPT_AROUND_CHARS
    given = list(words)
    for word in reversed(given):
        room -= len(word) + 1
        if room < 0:
            break
        found.append(word)
    return ("… " if len(found) < len(given) else "") + " ".join(reversed(found))
