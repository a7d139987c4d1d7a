"""Flattening of text for matching, one character for one, so that every offset still points into the original."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

MARK = "\x02"
"""Stands between fields of a document: no phrase reaches across it."""
_STRANGE = "\x7f"
"""Stands for a letter that has no plain form: part of a word, matched by nothing."""
_POUND = "\x03"
"""Stands for the pound sign, which is part of phrases such as "saved £"."""
_BLANK = {
    chr(code): " " for code in range(128) if not chr(code).isalnum() and chr(code) not in (MARK, _STRANGE, _POUND)
}
_TABLE = str.maketrans(_BLANK)
_COMMON = 0x2200
_RUN = re.compile(r"(?<=[^\s.!?:;,])[ \t]{2,}(?=[^\s\x02])")


def flatten(text: str) -> str:
    """Small plain letters, digits and pounds stay, all else becomes a blank. Always as long as ``text``."""
    if text.isascii():
        return text.lower().translate(_TABLE)
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if codes.max() < _COMMON:
        return _flat_codes()[codes].tobytes().decode("ascii")
    return "".join(map(_flat, text))


@cache
def _flat_codes() -> npt.NDArray[np.uint8]:
    """What each of the common characters becomes: of European scripts and their marks, all but a few of what is ever met."""
    return np.array([ord(_flat(chr(code))) for code in range(_COMMON)], dtype=np.uint8)


@cache
def _flat(char: str) -> str:
    small = char.lower()  # a few capitals grow in lower case (İ): those stay as they are
    char = small if len(small) == 1 else char
    return (char if char.isascii() else _plain(char)).translate(_TABLE)


def _plain(char: str) -> str:
    """The letter without its accent, a blank for what is no letter."""
    if char == "£":
        return _POUND
    base = normalize("NFD", char)[0]
    if base.isascii():
        return base.lower()
    return _STRANGE if char.isalnum() else " "


def squeeze(text: str) -> tuple[str, list[int] | None]:
    """Runs of blanks between words as one blank, with the old place of each character; None where nothing changed."""
    if "  " not in text or not _RUN.search(text):
        return text, None
    parts: list[str] = []
    places: list[int] = []
    at = 0
    for run in _RUN.finditer(text):
        parts.append(text[at : run.start() + 1])
        places.extend(range(at, run.start() + 1))
        at = run.end()
    parts.append(text[at:])
    places.extend(range(at, len(text) + 1))
    return "".join(parts), places
