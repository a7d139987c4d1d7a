"""The release calendar: what is announced, when it is due, where it moved from, whether it came.

Filled from sources of kind ``calendar``, in the transaction of their round. A release is known by its source and key; a
date that moves keeps the one before, and a release whose time is past and whose announcement is gone stays as it was.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from aggregator.models import Entry, Source, Status, Utc

STATES = ("provisional", "confirmed", "published", "postponed", "cancelled")


def store(conn: sqlite3.Connection, source: Source, entries: Iterable[Entry], now: Utc) -> None:
    """Writes the announced releases; only what differs is touched, so that a replay writes nothing."""
    for entry in entries:
        if entry.starts_at is None:
            continue
        state = _state(entry, now)
        key = f"{source.id} {entry.key}"
        known = conn.execute(
            "SELECT title, url, due_at, state FROM scheduled_releases WHERE key = ?", (key,)
        ).fetchone()
        if known == (entry.title, entry.url or "", entry.starts_at, state):
            continue
        if known is None:
            conn.execute(
                "INSERT INTO scheduled_releases(key, title, publisher, url, due_at, due_text, state, note, first_seen_at, "
                "changed_at) VALUES (?,?,?,?,?,?,?,?,?,?)",
                (key, entry.title, source.publisher, entry.url or "", entry.starts_at, _due_text(entry), state,
                 entry.change_note or entry.status_note, now, now),
            )  # fmt: skip
            continue
        conn.execute(
            "UPDATE scheduled_releases SET title = ?, url = ?, "
            "previous_due_at = CASE WHEN due_at <> ? THEN due_at ELSE previous_due_at END, "
            "previous_due_text = CASE WHEN due_at <> ? THEN due_text ELSE previous_due_text END, "
            "due_at = ?, due_text = ?, state = ?, note = ?, changed_at = ? WHERE key = ?",
            (entry.title, entry.url or "", entry.starts_at, entry.starts_at, entry.starts_at, _due_text(entry), state,
             entry.change_note or entry.status_note, now, key),
        )  # fmt: skip


def _state(entry: Entry, now: Utc) -> str:
    if entry.status is Status.WITHDRAWN:
        return "cancelled"
    said = entry.categories[0] if entry.categories else ""
    if said in STATES:
        return said
    return "published" if entry.starts_at is not None and entry.starts_at <= now else "provisional"


def _due_text(entry: Entry) -> str:
    """The date as the publisher words it: the first line of what the calendar's parser says of it."""
    return entry.body.partition("\n")[0].removeprefix("Release date: ")
