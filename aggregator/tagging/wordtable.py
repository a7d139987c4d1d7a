"""Numbers for the words of a text, all at once: one pass of array arithmetic instead of a dictionary asked for every word.

A word is known by a polynomial of its letters modulo 2**64, which running sums give for every word of a text together. Two words of
the table never share one (that is checked when it is built); that a word outside it shares one with a word inside has odds of one in
2**64 for each pair, and would count as that word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from aggregator.errors import ConfigError

Array = npt.NDArray[Any]
_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)
_MIXERS = (0xD6E8FEB86659FD93, 0xCA5A826395121157, 0xA24BAED4963EE407)
_ROOM = 16
"""Slots for each key of a table: enough that most have one to themselves, few enough to stay near the processor."""


class KeyTable:
    """Which of a set of 64-bit keys each of many is. Raises :class:`ConfigError` where two keys cannot be told apart."""

    def __init__(self, keys: Iterable[int]) -> None:
        self._keys = np.array(list(keys) or [0], dtype=np.uint64)
        self._size = len(self._keys)
        self._bits = max(10, (_ROOM * self._size).bit_length())
        self._tables: list[tuple[np.uint64, Array, Array]] = []
        left = np.arange(self._size, dtype=np.int32)
        for mixer in _MIXERS:
            table = np.zeros(1 << self._bits, dtype=np.int32)
            slots = self._slots(self._keys[left], np.uint64(mixer))
            table[slots] = left
            lost = table[slots] != left
            shared = np.zeros(1 << self._bits, dtype=np.bool_)
            shared[slots[lost]] = True
            self._tables.append((np.uint64(mixer), table, shared))
            left = left[lost]
            if not len(left):
                return
        raise ConfigError(f"{len(left)} of {self._size} keys have no place of their own", subject="word table")

    def _slots(self, keys: Array, mixer: np.uint64) -> Array:
        mixed: Array = (keys * mixer) >> np.uint64(64 - self._bits)
        return mixed

    def find(self, keys: Array) -> Array:
        """The number of each key, from nought in the order given; -1 for keys that are not in the table."""
        mixer, table, shared = self._tables[0]
        slots = self._slots(keys, mixer)
        found = table[slots]
        known = self._keys[found] == keys
        out = np.where(known, found, -1)
        left = np.flatnonzero(shared[slots] & ~known)  # the next table holds only what had to share a slot in this one
        for mixer, table, shared in self._tables[1:]:
            if not len(left):
                break
            asked = keys[left]
            slots = self._slots(asked, mixer)
            found = table[slots]
            known = self._keys[found] == asked
            out[left[known]] = found[known]
            left = left[shared[slots] & ~known]
        return out


class WordTable:
    """Words and their numbers, from nought in the order given. Raises :class:`ConfigError` where two cannot be told apart."""

    def __init__(self, words: Sequence[str]) -> None:
        self._table = KeyTable(map(_key, words)) if words else None

    def numbers(self, codes: Array, start: Array, end: Array) -> Array:
        """The number of each word ``codes[start:end]`` (codes of small letters), -1 for words that are not in the table."""
        if self._table is None:
            return np.full(len(start), -1, dtype=np.int64)
        powers, inverses = _powers(len(codes))
        sums = np.zeros(len(codes) + 1, dtype=np.uint64)
        np.multiply(codes, powers[: len(codes)], out=sums[1:])
        np.cumsum(sums, out=sums)
        return self._table.find((sums[end] - sums[start]) * inverses[start])


def _key(word: str) -> int:
    total, power = 0, 1
    for code in word.encode("ascii"):
        total += code * power
        power = power * _BASE % (1 << 64)
    return total % (1 << 64)


def _powers(size: int) -> tuple[Array, Array]:
    """Powers of the base and of its inverse, at least ``size`` of each."""
    return _powers_of(max(16, (size - 1).bit_length()))


@cache
def _powers_of(bits: int) -> tuple[Array, Array]:
    out = []
    for base in (_BASE, _INVERSE):
        factors = np.full(1 << bits, base, dtype=np.uint64)
        factors[0] = 1
        out.append(np.cumprod(factors, dtype=np.uint64))
    return out[0], out[1]
