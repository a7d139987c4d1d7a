"""Two versions of an update beside each other, field by field."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.limits import MAX_DIFF_CHARS
from aggregator.site.hunks import Hunk, hunks
from aggregator.site.queries import updates
from aggregator.text.diff import Piece, diff


@dataclass(frozen=True, slots=True)
class Compared:
    """The word difference of one field; ``too_long`` where it is not computed."""

    name: str
    pieces: tuple[Piece, ...]
    too_long: bool = False

    @property
    def changed(self) -> bool:
        return self.too_long or any(p.op != "same" for p in self.pieces)

    @property
    def hunks(self) -> tuple[Hunk, ...]:
        return hunks(self.pieces)


def compare(old: updates.Version, new: updates.Version) -> tuple[Compared, ...]:
    """Title, summary and body, word by word; fields empty on both sides are left out."""
    pairs = (("Title", old.title, new.title), ("Summary", old.summary, new.summary), ("Text", old.body, new.body))
    return tuple(
        Compared(name, (), too_long=True) if max(len(a), len(b)) > MAX_DIFF_CHARS else Compared(name, diff(a, b))
        for name, a, b in pairs
        if a or b
    )
