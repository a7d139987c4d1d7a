"""Whether two texts tell the same story: shared word triples (Jaccard), found fast by MinHash and banding.

MinHash is datasketch's. Its bands are kept in the database rather than in the library's own index, so that a new text
costs a few lookups whatever the size of the archive, and a restart costs nothing (Leskovec, Rajaraman and Ullman,
*Mining of Massive Datasets*, §3.4: with 16 bands of 3 rows, texts with 50 % in common meet in a bucket 88 times of
100, with 75 % always, with 20 % 12 times, and then the words decide). Measured: 0.6 ms for 300 words.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

from aggregator.limits import NEAR_MAX_WORDS, NEAR_MIN_WORDS
from aggregator.text.normalise import fold

BANDS: Final = 16
ROWS: Final = 3
_SEED: Final = 20260105
_WORD = re.compile(r"\w+")


def words(title: str, summary: str, body: str) -> tuple[str, ...]:
    """The words that count, lower case, no punctuation: of the longer of text and summary; of a short one with its
    title, since headlines differ where stories do not."""
    found = _WORD.findall(fold(max(body, summary, key=len)).lower())[:NEAR_MAX_WORDS]
    return tuple(found if len(found) >= NEAR_MIN_WORDS else [*_WORD.findall(fold(title).lower()), *found])


def shingles(text: tuple[str, ...]) -> frozenset[str]:
    """Every run of three words."""
    return frozenset(" ".join(text[i : i + 3]) for i in range(len(text) - 2))


def buckets(text: tuple[str, ...]) -> tuple[tuple[int, int], ...]:
    """(band, hash) of a text: band 0 is its whole, the others are parts of its MinHash."""
    if not text:
        return ()
    whole = (0, _number(" ".join(text).encode()))
    if len(text) < NEAR_MIN_WORDS:
        return (whole,)
    # here: it takes a second to load, and most rounds bring nothing new
    from datasketch import MinHash

    minhash = MinHash(num_perm=BANDS * ROWS, seed=_SEED)
    minhash.update_batch([shingle.encode() for shingle in shingles(text)])
    values = minhash.hashvalues.astype("<u8")
    parts = (values[i * ROWS : (i + 1) * ROWS].tobytes() for i in range(BANDS))
    return (whole, *((band, _number(part)) for band, part in enumerate(parts, start=1)))


def likeness(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Share of word triples that both have of those that either has; 1 for the same words."""
    if one == other:
        return 1.0
    first, second = shingles(one), shingles(other)
    either = len(first | second)
    return len(first & second) / either if either else 0.0


def _number(data: bytes) -> int:
    """A hash as SQLite holds it: 64 bits with a sign."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "big", signed=True)
