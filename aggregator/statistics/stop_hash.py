"""What a published stop is known by: 64 bits over its content, since it has no id.

Each published value has 64 bits of its own (BLAKE2b over field and value), each time 64 bits by mixing; a row's hash is
their sum. Sums are formed for whole columns at once. Rows that differ in one field differ in their hash; two different
rows of one month share one by chance about once in ten thousand million months.
"""

from __future__ import annotations

import hashlib

import numpy as np
import numpy.typing as npt

Hashes = npt.NDArray[np.int64]
Unsigned = npt.NDArray[np.uint64]


def value_hash(field: str, value: str) -> int:
    """64 bits of one value of a field."""
    return int.from_bytes(hashlib.blake2b(value.encode(), digest_size=8, person=field.encode()[:16]).digest(), "big")


_SALT = np.uint64(value_hash("at", "salt"))


def time_hashes(at: tuple[int, ...]) -> Unsigned:
    """64 bits of each time: the finaliser of SplitMix64. Sums and products of 64-bit numbers wrap by design."""
    z = np.array(at, dtype=np.int64).astype(np.uint64) + _SALT
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def row_hashes(at: tuple[int, ...], columns: list[Unsigned]) -> Hashes:
    """One signed 64-bit hash for each row, from its time and the hashes of its values."""
    total = time_hashes(at)
    for column in columns:
        total += column
    return total.view(np.int64)


def occurrences(hashes: Hashes) -> list[int]:
    """1 for each row, 2, 3 … for the second, third … of rows that are alike."""
    _, position, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    out = [1] * len(hashes)
    if counts.size and counts.max() > 1:
        seen: dict[int, int] = {}
        repeated = counts[position] > 1
        for row in np.flatnonzero(repeated).tolist():
            group = int(position[row])
            out[row] = seen[group] = seen.get(group, 0) + 1
    return out


def digest(hashes: Hashes) -> str:
    """SHA-256 of a month's content, the same in whatever order and format its rows came."""
    return hashlib.sha256(np.sort(hashes).astype("<i8").tobytes()).hexdigest()
