"""Plain text in the form that is stored, the form that is compared, and the hash of the latter."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import Final

_NONCHARACTERS: Final = frozenset(
    (*range(0xFDD0, 0xFDF0), *(plane + low for plane in range(0, 0x110000, 0x10000) for low in (0xFFFE, 0xFFFF)))
)
_SUSPECT = re.compile(r"[^\n -~\u00a1-\u00ac\u00ae-\u02ff]")  # everything but the plain majority
_BLANK_RUN = re.compile(r" {2,}")
_LINE_EDGE = re.compile(r" ?\n ?")
_MANY_LINES = re.compile(r"\n{3,}")
SIGNS: Final = {"'": "‘’‚‛ʼʹ′‵´`＇", '"': "“”„‟″‶«»＂", "-": "‐‑‒–—―−﹘﹣－⁃"}
"""Apostrophe, quotation mark and dash as a keyboard has them, and what typesetters and other programs write instead."""
_SAME: Final = str.maketrans({other: sign for sign, others in SIGNS.items() for other in others})
_HASH_VERSION: Final = b"met-text-1\n"


def clean(text: str, limit: int) -> str:
    """Text for storage: NFC, no control, zero-width, bidirectional or unassignable characters, tidy blanks and lines.

    Paragraphs (blank lines) and single line breaks stay. Longer than ``limit`` characters: cut after a word, with "…".
    """
    text = unicodedata.normalize("NFC", _visible(text))
    text = _LINE_EDGE.sub("\n", _BLANK_RUN.sub(" ", text))
    return shorten(_MANY_LINES.sub("\n\n", text).strip(), limit)


def shorten(text: str, limit: int) -> str:
    """The text, or as many of its words as fit ``limit`` characters with "…"; a word too long by itself is cut."""
    if len(text) <= limit:
        return text
    head = text[: max(limit - 1, 0)]
    if not text[len(head)].isspace():
        word_end = max(head.rfind(" "), head.rfind("\n"))
        if word_end > 0:
            head = head[:word_end]
    return (head.rstrip() + "…")[:limit]


def fold(text: str) -> str:
    """Text for comparing: NFKC, one kind of quote and dash, every run of blanks and lines one space. Case is kept."""
    text = unicodedata.normalize("NFKC", _visible(text)).translate(_SAME)
    return " ".join(_visible(text).split())


def content_hash(title: str, summary: str, body: str, *extras: str) -> str:
    """SHA-256 (hex) of the folded parts. Each is preceded by its length, so that no two sets of parts run together."""
    digest = hashlib.sha256(_HASH_VERSION)
    for part in (title, summary, body, *extras):
        data = fold(part).encode()
        digest.update(b"%d:" % len(data))
        digest.update(data)
    return digest.hexdigest()


def _visible(text: str) -> str:
    return _SUSPECT.sub(_visible_char, text.replace("\r\n", "\n"))


def _visible_char(found: re.Match[str]) -> str:
    char = found[0]
    category = unicodedata.category(char)
    if char in "\r\v\f\x85" or category in ("Zl", "Zp"):
        return "\n"
    if category == "Zs" or char == "\t":
        return " "
    if category in ("Cc", "Cf", "Cs") or ord(char) in _NONCHARACTERS:
        return ""
    return char
