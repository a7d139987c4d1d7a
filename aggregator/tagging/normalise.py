"""Flattening of text for matching, one character for one, so that every offset still points into the original."""

from __future__ import annotations

import re

MARK = "\x02"
"""Stands between fields of a document: no phrase reaches across it."""
_QUOTES_AND_DASHES = "’‘“”«»–—‑‐…•·\u00ad\u00a0\u2009\u200a\u202f\u2028\u2029\ufeff"
_BLANK = {chr(code): " " for code in range(128) if not chr(code).isalnum() and chr(code) != MARK}
_TABLE = str.maketrans(_BLANK | dict.fromkeys(_QUOTES_AND_DASHES, " "))
_CASED_TABLE = str.maketrans(dict.fromkeys(_QUOTES_AND_DASHES, " ") | {"’": "'", "‘": "'"})
_RUN = re.compile(r"(?<=[^\s.!?:;,])[ \t]{2,}(?=[^\s\x02])")


def flatten(text: str) -> str:
    """Small letters and digits stay, all else becomes a blank. Always as long as ``text``."""
    low = text.lower()
    if len(low) != len(text):  # a few capitals grow in lower case (İ): those stay as they are
        low = "".join(small if len(small := char.lower()) == 1 else char for char in text)
    return low.translate(_TABLE)


def straighten(text: str) -> str:
    """Straight apostrophes, plain blanks for odd ones; capitals stay. Always as long as ``text``. For names of places."""
    return text if text.isascii() else text.translate(_CASED_TABLE)


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
