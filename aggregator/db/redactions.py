"""What was redacted, remembered without being readable, and applied to whatever comes in: the guard of each round.

Patterns lie in the private database under a mask of random bytes of their own. That is no encryption (the program
must be able to read them back): it keeps the words out of every search of disks, backups and dumps.
"""

from __future__ import annotations

import re
import secrets
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from aggregator.archive import near
from aggregator.archive.takedown import Words, compiled, hidden_key, scrub_entry
from aggregator.db.connection import transaction
from aggregator.limits import NEAR_THRESHOLD
from aggregator.models import Entry, Utc

_NONE: Final = Words(())


@dataclass(slots=True)
class Guard:
    """Keeps redacted words, and what was withdrawn, out of one source's round."""

    source_id: str
    everywhere: Words = _NONE
    anywhere: Words = _NONE  # every pattern there is: no body that has one is kept
    by_key: Mapping[str, Words] = field(default_factory=dict)  # hidden key → patterns of that update
    hidden: frozenset[str] = frozenset()  # keys in the archive that were replaced by their hashes
    withdrawn: frozenset[str] = frozenset()  # those of them whose whole text was taken down
    touched: set[str] = field(default_factory=set)  # keys, as they came, of entries that had to be scrubbed

    def entry(self, entry: Entry) -> Entry:
        """The entry as it may be stored, under the key it has in the archive."""
        hidden = hidden_key(self.source_id, entry.key)
        words = Words((*self.everywhere.patterns, *self.by_key.get(hidden, _NONE).patterns))
        scrubbed = scrub_entry(entry, self.source_id, words) if words else entry
        if scrubbed != entry or hidden in self.withdrawn:
            self.touched.add(entry.key)
        return replace(scrubbed, key=hidden, url=None) if hidden in self.hidden else scrubbed

    def key(self, key: str) -> str:
        """The key under which the archive has what came as ``key``."""
        hidden = hidden_key(self.source_id, key)
        return hidden if hidden in self.hidden else key

    def said(self, error: str) -> str:
        """What a round may say of its troubles: they quote titles, so nothing of them when something was withdrawn."""
        if error and self.touched:
            return "what was odd in this round is not said: it may name what was taken down"
        return self.anywhere.scrub(error)

    def withholds(self, body: bytes, url: str, keys: Iterable[str]) -> bool:
        """Whether a body must not be kept: it has the words, or an entry that was scrubbed came out of it."""
        if any(key in self.touched for key in keys):
            return True
        return bool(self.anywhere) and (self.anywhere.hit_url(url) or self.anywhere.hit_bytes(body))


def guard(archive: sqlite3.Connection, private: sqlite3.Connection, source_id: str) -> Guard:
    """The guard of one source's round."""
    hidden = archive.execute(
        "SELECT key, status FROM updates WHERE source_id = ? AND key >= 'redacted:' AND key < 'redacted;'", (source_id,)
    ).fetchall()
    patterns = {
        number: (bool(everywhere), compiled(_unmasked(mask, pattern)))
        for number, everywhere, mask, pattern in private.execute("SELECT id, everywhere, mask, pattern FROM redactions")
    }
    by_key: dict[str, Words] = {}
    for number, key in private.execute("SELECT redaction_id, key FROM redacted_keys WHERE source_id = ?", (source_id,)):
        by_key[key] = Words((*by_key.get(key, _NONE).patterns, patterns[number][1]))
    return Guard(
        source_id,
        everywhere=Words(tuple(p for everywhere, p in patterns.values() if everywhere)),
        anywhere=Words(tuple(p for _, p in patterns.values())),
        by_key=by_key,
        hidden=frozenset(key for key, _ in hidden),
        withdrawn=frozenset(key for key, status in hidden if status == "redacted"),
    )


def spread(watch: Guard, archive: sqlite3.Connection, private: sqlite3.Connection, entries: list[Entry]) -> list[Entry]:
    """The entries; those that are copies of a story in which words were redacted come without the words.

    Before they are stored: what was never written need not be wiped. Costs nothing unless a pattern is in an entry.
    """
    if not watch.anywhere:
        return entries
    return [_as_copy(watch, archive, private, entry) if _has(watch.anywhere, entry) else entry for entry in entries]


def _has(words: Words, entry: Entry) -> bool:
    return words.hit(entry.title) or words.hit(entry.summary) or words.hit(entry.body)


def _as_copy(watch: Guard, archive: sqlite3.Connection, private: sqlite3.Connection, entry: Entry) -> Entry:
    found: list[tuple[int, int, re.Pattern[str]]] = []
    rows = private.execute(
        "SELECT DISTINCT k.like_id, r.id, r.mask, r.pattern FROM redacted_keys k JOIN redactions r ON r.id = k.redaction_id"
    )
    for like_id, number, mask, pattern in rows:
        word = compiled(_unmasked(mask, pattern))
        if _alike(archive, like_id, entry, scrub_entry(entry, watch.source_id, Words((word,)))):
            found.append((number, like_id, word))
    if not found:
        return entry
    watch.touched.add(entry.key)
    with transaction(private):
        private.executemany(
            "INSERT OR IGNORE INTO redacted_keys(redaction_id, source_id, key, like_id) VALUES (?,?,?,?)",
            [
                (number, watch.source_id, hidden_key(watch.source_id, entry.key), like_id)
                for number, like_id, _ in found
            ],
        )
    return scrub_entry(entry, watch.source_id, Words(tuple(word for *_, word in found)))


def _alike(archive: sqlite3.Connection, update_id: int, entry: Entry, scrubbed: Entry) -> bool:
    row = archive.execute(
        "SELECT u.url, u.title, u.summary, coalesce(t.body, '') FROM updates u LEFT JOIN texts t ON t.update_id = u.id "
        "WHERE u.id = ?",
        (update_id,),
    ).fetchone()
    if row is None or scrubbed == entry:
        return False
    url, *texts = row
    same_address = url is not None and url == entry.url
    words = near.words(scrubbed.title, scrubbed.summary, scrubbed.body)
    return same_address or near.likeness(words, near.words(*texts)) >= NEAR_THRESHOLD


def remember(
    private: sqlite3.Connection, pattern: str, subjects: Iterable[tuple[str, str, int]], *, everywhere: bool, now: Utc
) -> None:
    """Records a redaction. ``subjects`` are (source id, key, number) of the updates it is about."""
    data = pattern.encode()
    mask = secrets.token_bytes(len(data))
    with transaction(private):
        number = private.execute(
            "INSERT INTO redactions(at, everywhere, mask, pattern) VALUES (?,?,?,?)",
            (now, int(everywhere), mask, bytes(a ^ b for a, b in zip(data, mask, strict=True))),
        ).lastrowid
        private.executemany(
            "INSERT OR IGNORE INTO redacted_keys(redaction_id, source_id, key, like_id) VALUES (?,?,?,?)",
            [(number, source_id, hidden_key(source_id, key), update_id) for source_id, key, update_id in subjects],
        )


def _unmasked(mask: bytes, pattern: bytes) -> str:
    return bytes(a ^ b for a, b in zip(mask, pattern, strict=True)).decode()
