"""Which of the first labelled items are held out: never read and never used to tune. They were measured twice (see the notes on the
measurements); the weights in use are fitted on them too, and ``fresh*.jsonl`` has taken their place.

The rule was fixed before any item was read: SHA-256 of the id, first eight hex digits as a number, modulo five; zero is held out.
It depends on the id alone, so that adding items never moves another item across the line.
"""

from __future__ import annotations

import hashlib

HELD_OUT_SHARE = 5
"""One item in this many is held out."""


def bucket(item_id: str, share: int = HELD_OUT_SHARE, salt: str = "") -> int:
    """A stable number below ``share`` for an item id; ``salt`` gives other, independent partitions (cross-validation)."""
    return int(hashlib.sha256((salt + item_id).encode("utf-8")).hexdigest()[:8], 16) % share


def held_out(item_id: str) -> bool:
    """True for the fifth of the labelled items that is kept for the final measurement."""
    return bucket(item_id) == 0
