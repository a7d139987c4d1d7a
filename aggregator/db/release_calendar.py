"""The release calendar: what is announced, when it is due, where it moved from, whether it came.

Filled from sources of kind ``calendar``, in the transaction of their round. A release is known by its source and key; a
date that moves keeps the one before (a day named for what was announced by its month is no move), and a release whose
time is past and whose announcement is gone stays as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from aggregator.models import Entry, Source, Status, Utc
from aggregator.text import dates

STATES = ("provisional", "confirmed", "published", "postponed", "cancelled")


@dataclass(frozen=True, slots=True)
class _Due:
    """When a release is due: ``until`` is the last day (YYYY-MM-DD) where months are named and no day."""

    at: Utc | None
    until: str | None
    text: str

    def moved_to(self, new: _Due) -> bool:
        """Whether the publisher changed its mind. A day within the months it had named only says more of the same."""
        if self.at is None:
            return new.at is None and new.text != self.text
        if (new.at, new.until) == (self.at, self.until):
            return False
        last = self.until or (_day(self.at) if dates.is_day(self.at) else None)
        if last is None or new.at is None:
            return True
        first = _day(new.at)
        return not (_day(self.at) <= first and (new.until or first) <= last)


def store(conn: sqlite3.Connection, source: Source, entries: Iterable[Entry], now: Utc) -> None:
    """Writes the announced releases; only what differs is touched, so that a replay writes nothing."""
    for entry in entries:
        due = _due(entry)
        if due.at is None and not due.text:
            continue
        state, url = _state(entry, now), entry.url or ""
        key = f"{source.id} {entry.key}"
        known = conn.execute(
            "SELECT title, url, due_at, due_until, state, due_text FROM scheduled_releases WHERE key = ?", (key,)
        ).fetchone()
        note = entry.change_note or entry.status_note
        if known is None:
            conn.execute(
                "INSERT INTO scheduled_releases(key, title, publisher, url, due_at, due_until, due_text, state, note, "
                "first_seen_at, changed_at) VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                (key, entry.title, source.publisher, url, due.at, due.until, due.text, state, note, now, now),
            )
            continue
        if tuple(known[:5]) == (entry.title, url, due.at, due.until, state) and (due.at or known[5] == due.text):
            continue
        before = _Due(known[2], known[3], known[5])
        if before.moved_to(due):
            conn.execute(
                "UPDATE scheduled_releases SET previous_due_at = ?, previous_due_text = ? WHERE key = ?",
                (before.at, before.text, key),
            )
        conn.execute(
            "UPDATE scheduled_releases SET title = ?, url = ?, due_at = ?, due_until = ?, due_text = ?, state = ?, note = ?, "
            "changed_at = ? WHERE key = ?",
            (entry.title, url, due.at, due.until, due.text, state, note, now, key),
        )


def _due(entry: Entry) -> _Due:
    """As the calendar's parser has it: the words are the first line of what it says of the release."""
    words = entry.body.partition("\n")[0].removeprefix("Release date: ")
    return _Due(entry.starts_at, _day(entry.ends_at) if entry.starts_at and entry.ends_at else None, words)


def _day(at: Utc) -> str:
    return f"{dates.london(at):%Y-%m-%d}"


def _state(entry: Entry, now: Utc) -> str:
    if entry.status is Status.WITHDRAWN:
        return "cancelled"
    said = entry.categories[0] if entry.categories else ""
    if said in STATES:
        return said
    due = _due(entry)
    past = due.until < now[:10] if due.until else due.at is not None and due.at <= now
    return "published" if past else "provisional"
