"""Flattening of text for matching, one character for one, so that every offset still points into the original."""

from __future__ import annotations

import re
from functools import cache
from unicodedata import normalize

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
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
_RUN = re.compile(r"(?<=[^\s.!?:;,])[ \t]{2,}(?=[^\s\x02])")


def flatten(text: str) -> str:
    """Small plain letters, digits and pounds stay, all else becomes a blank. Always as long as ``text``."""
    low = text.lower()
    if not low.isascii():
        if len(low) != len(text):  # a few capitals grow in lower case (İ): those stay as they are
            low = "".join(small if len(small := char.lower()) == 1 else char for char in text)
        low = _BEYOND_ASCII.sub(_plain_match, low)
    return low.translate(_TABLE)


def _plain_match(match: re.Match[str]) -> str:
    return _plain(match.group())


@cache
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
