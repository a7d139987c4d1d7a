"""What a published stop is known by: 64 bits over its content, since it has no id.

Each published value has 64 bits of its own (BLAKE2b over field and value), each time and each point 64 bits by mixing;
a row's hash is their sum. Sums are formed for whole columns at once. Rows that differ in one field differ in their hash; two different
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


_AT = np.uint64(value_hash("at", "salt"))
_POINT = np.uint64(value_hash("point", "salt"))
NOWHERE = np.uint64(value_hash("point", ""))
"""The hash of no place."""


def _mix(z: Unsigned) -> Unsigned:
    """The finaliser of SplitMix64. Sums and products of 64-bit numbers wrap by design."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def point_hashes(latitude: Hashes, longitude: Hashes) -> Unsigned:
    """64 bits of each point, of its millionths of a degree."""
    whole = (latitude.astype(np.uint64) << np.uint64(32)) + longitude.astype(np.uint64)
    return _mix(whole + _POINT)


def row_hashes(at: Hashes, *columns: Unsigned) -> Hashes:
    """One signed 64-bit hash for each row, from its time (seconds since 1970) and the hashes of its values."""
    total = _mix(at.astype(np.uint64) + _AT)
    for column in columns:
        total = total + column
    return total.view(np.int64)


def occurrences(hashes: Hashes) -> Hashes:
    """1 for each row, 2, 3 … for the second, third … of rows that are alike."""
    order = np.argsort(hashes, kind="stable")
    ranked = hashes[order]
    places = np.arange(len(hashes))
    starts = np.where(np.concatenate([[True], ranked[1:] != ranked[:-1]]), places, 0)
    out = np.empty(len(hashes), dtype=np.int64)
    out[order] = places - np.maximum.accumulate(starts) + 1
    return out


def digest(hashes: Hashes) -> str:
    """SHA-256 of a month's content, the same in whatever order and format its rows came."""
    return hashlib.sha256(np.sort(hashes).astype("<i8").tobytes()).hexdigest()
