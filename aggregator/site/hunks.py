"""A difference cut into what changed, with a paragraph around it, and stretches that did not and are folded away. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from aggregator.text.diff import Piece

AROUND = 1
"""Unchanged paragraphs shown before and after a change."""
WORTH_FOLDING = 2
"""Paragraphs: a line that says "1 paragraph" takes as much room as the paragraph."""


@dataclass(frozen=True, slots=True)
class Hunk:
    """Paragraphs of a difference, each as its pieces. ``folded``: none of them changed, nor stands beside one that did."""

    paragraphs: tuple[tuple[Piece, ...], ...]
    folded: bool


def hunks(pieces: Iterable[Piece]) -> tuple[Hunk, ...]:
    """The hunks of a difference, in order; together they hold every word of it."""
    found = paragraphs(pieces)
    changed = [n for n, paragraph in enumerate(found) if any(p.op != "same" for p in paragraph)]
    near = {m for n in changed for m in range(n - AROUND, n + AROUND + 1)}
    runs: list[tuple[bool, list[tuple[Piece, ...]]]] = []
    for n, paragraph in enumerate(found):
        folded = n not in near
        if not runs or runs[-1][0] != folded:
            runs.append((folded, []))
        runs[-1][1].append(paragraph)
    return _joined(Hunk(tuple(run), folded and len(run) >= WORTH_FOLDING) for folded, run in runs)


def _joined(found: Iterable[Hunk]) -> tuple[Hunk, ...]:
    """A stretch too short to fold belongs to what is around it."""
    done: list[Hunk] = []
    for hunk in found:
        if done and not done[-1].folded and not hunk.folded:
            done[-1] = Hunk(done[-1].paragraphs + hunk.paragraphs, folded=False)
        else:
            done.append(hunk)
    return tuple(done)


def paragraphs(pieces: Iterable[Piece]) -> Sequence[tuple[Piece, ...]]:
    """The pieces cut at line breaks, whatever became of the break itself; empty paragraphs are left out."""
    done: list[list[Piece]] = [[]]
    for piece in unbroken(pieces):
        for n, line in enumerate(re.split(r"\n+", piece.text)):
            if n:
                done.append([])
            if line:
                done[-1].append(Piece(piece.op, line))
    return [tuple(paragraph) for paragraph in done if any(p.text.strip() for p in paragraph)]


def unbroken(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, without the break after the replaced last words of a paragraph, which would cut it in two."""
    given = list(pieces)
    begun = False  # whether the paragraph has words already
    for piece, following in zip_longest(given, given[1:]):
        found = Piece(piece.op, piece.text.rstrip("\n")) if begun and _goes_on(piece, following) else piece
        begun = bool(found.text.rpartition("\n")[2]) or (begun and "\n" not in found.text)
        yield found


def _goes_on(piece: Piece, following: Piece | None) -> bool:
    """The last words of a paragraph, which were replaced: what replaced them ends it too, and belongs to the same one."""
    return (
        piece.op == "removed"
        and following is not None
        and following.op == "added"
        and "\n" not in piece.text.rstrip("\n")
        and piece.text.endswith("\n")
        and following.text.endswith("\n")
        and not following.text.startswith("\n")
    )
