"""Taking words, or a whole update, out of the record: what is removed, and how it is recognised when it comes again.

Patterns ignore case, since newsrooms set names in capitals: ``(?-i:May)`` in a pattern asks for exact case. They meet
``O'Brien`` and ``O’Brien`` alike, whichever of them they give. Pure.
"""

from __future__ import annotations

import codecs
import hashlib
import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote

from aggregator.archive.signs import widened
from aggregator.errors import ConfigError
from aggregator.limits import MAX_REGEX_CHARS
from aggregator.models import Attachment, DeclaredChange, Entry

MARK: Final = "[redacted]"
TOMBSTONE: Final = "Withdrawn from this record"
"""Title of what was withdrawn here."""
_HIDDEN: Final = "redacted:"
_TAG = re.compile(r"<[^<>]*>")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})|\\(.)")
_SLUG_BREAK = re.compile(r"[-_+/.=&?,:]+")


@dataclass(frozen=True, slots=True)
class Words:
    """Compiled patterns of what must not be kept."""

    patterns: tuple[re.Pattern[str], ...]

    def __bool__(self) -> bool:
        return bool(self.patterns)

    def hit(self, text: str | None) -> bool:
        """Whether one of them is in the text."""
        return bool(text) and any(p.search(text or "") for p in self.patterns)

    def hit_url(self, url: str | None) -> bool:
        """Whether one of them is in an address, as it is or with its hyphens read as blanks."""
        return bool(url) and (self.hit(url) or self.hit(_SLUG_BREAK.sub(" ", unquote(url or ""))))

    def scrub(self, text: str) -> str:
        """The text with every match replaced by MARK."""
        for pattern in self.patterns:
            text = pattern.sub(MARK, text)
        return text

    def hit_bytes(self, body: bytes) -> bool:
        """Whether one of them is in a body, however it is written there."""
        return any(self.hit(view) for view in views(body))


def compiled(pattern: str) -> re.Pattern[str]:
    """The pattern, ready for use. Raises :class:`ConfigError` when it is none, or matches nothing at all."""
    try:
        found = re.compile(pattern, re.IGNORECASE)  # as it was given: an error is to be about that
        if len(pattern) <= MAX_REGEX_CHARS:
            found = re.compile(widened(pattern), re.IGNORECASE)
    except (re.error, OverflowError, RecursionError) as error:
        raise ConfigError(f"not a regular expression ({error}); Python's re syntax", subject="--pattern") from error
    if len(pattern) > MAX_REGEX_CHARS or found.search("") or found.search(MARK):
        raise ConfigError(
            f"must match at least one character, not match {MARK!r}, and be at most {MAX_REGEX_CHARS} long",
            subject="--pattern",
        )
    return found


def hidden_key(source_id: str, key: str) -> str:
    """What stands in the place of a key that gives the matter away: by it a later poll is recognised."""
    if key.startswith(_HIDDEN):
        return key
    return _HIDDEN + hashlib.sha256(f"{source_id}\x1f{key}".encode()).hexdigest()


def first_shown(body: bytes, many: Sequence[Words]) -> int | None:
    """Which of many words is the first that is in a body, however it is written there; the body is read once for all."""
    first = len(many)
    for view in views(body):
        first = next((n for n, words in enumerate(many[:first]) if words.hit(view)), first)
    return first if first < len(many) else None


def scrub_entry(entry: Entry, source_id: str, words: Words) -> Entry:
    """The entry without the words: in its texts, notes, files, and in key and address."""
    if not _touches(entry, words):
        return entry
    named = words.hit_url(entry.url) or words.hit_url(entry.key)
    body_hit = words.hit(entry.body) or words.hit(entry.html) or words.hit(_TAG.sub("", entry.html))
    return replace(
        entry,
        key=hidden_key(source_id, entry.key) if named else entry.key,
        url=None if named else entry.url,
        title=words.scrub(entry.title),
        summary=words.scrub(entry.summary),
        body=words.scrub(entry.body),
        compared=words.scrub(entry.compared),
        html="" if body_hit else entry.html,  # a name may be broken by tags there
        change_note=words.scrub(entry.change_note),
        history=tuple(DeclaredChange(c.at, words.scrub(c.note)) for c in entry.history),
        status_note=words.scrub(entry.status_note),
        redirect_to="" if words.hit_url(entry.redirect_to) else entry.redirect_to,
        published_raw=words.scrub(entry.published_raw),
        refs=tuple(ref for ref in entry.refs if not words.hit_url(ref)),
        categories=tuple(c for c in entry.categories if not words.hit(c)),
        attachments=tuple(scrub_file(a, words) for a in entry.attachments),
    )


def scrub_file(file: Attachment, words: Words) -> Attachment:
    """An attachment without the words."""
    return replace(file, title=words.scrub(file.title), url="" if words.hit_url(file.url) else file.url)


def _touches(entry: Entry, words: Words) -> bool:
    texts = (
        entry.title, entry.summary, entry.body, entry.html, _TAG.sub("", entry.html), entry.change_note, entry.status_note,
        entry.published_raw, *(c.note for c in entry.history), *entry.categories, *(a.title for a in entry.attachments),
    )  # fmt: skip
    addresses = (entry.key, entry.url, entry.redirect_to, *entry.refs, *(a.url for a in entry.attachments))
    return any(words.hit(t) for t in texts) or any(words.hit_url(a) for a in addresses)


def views(body: bytes) -> Iterator[str]:
    """The ways in which a body may be read: as it is, without character references, JSON escapes, tags, line breaks."""
    if body[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        yield from _views_of(body.decode("utf-16", "replace"))
        return
    text = body.decode("utf-8", "replace")
    yield from _views_of(text)
    if "\ufffd" in text:  # not UTF-8: what else comes here is Windows-1252, of which Latin-1 is a part
        yield from _views_of(body.decode("cp1252", "replace"))


def _views_of(text: str) -> Iterator[str]:
    yield text
    plain = html.unescape(html.unescape(text)) if "&" in text else text
    if "\\" in plain:
        plain = _ESCAPE.sub(_unescaped, plain)
    yield plain
    if "<" in plain:
        yield " ".join(_TAG.sub("", plain).split())
        plain = _TAG.sub(" ", plain)
    yield " ".join(plain.split())
    yield _SLUG_BREAK.sub(" ", unquote(plain))


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        code = int(found[1], 16)
        return " " if 0xD800 <= code < 0xE000 else chr(code)
    return {"n": "\n", "t": " ", "r": "\n", "/": "/", '"': '"', "\\": "\\"}.get(found[2], found[2])


def telling(texts: Sequence[str]) -> Words:
    """Patterns for the texts of an update that is withdrawn: a body that has one of them shows the update.

    Of each text its beginning, twelve words at most; very short ones are left out unless they are addresses.
    """
    patterns = []
    for text in texts:
        words = text.split()[:12]
        if len(" ".join(words)) >= 12:
            patterns.append(re.compile(r"\s+".join(map(re.escape, words)), re.IGNORECASE))
    return Words(tuple(patterns))
