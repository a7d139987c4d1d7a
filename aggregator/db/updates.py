"""Updates, texts, versions and the changes log: reads what decisions need, carries out what was decided.

Every function works inside the caller's transaction and never begins or ends one.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aggregator.archive.decide import Add, Intent, Miss, Nothing, Notice, Restate, Revise, Stored, Touch
from aggregator.clock import epoch
from aggregator.db import chain, clusters, search, tags
from aggregator.models import ChangeType, Document, Entry, Source, Status, Tags, Utc

IDS_PER_SECOND = 1000


@dataclass(slots=True)
class Tally:
    """What one source's round did."""

    new: int = 0
    changed: int = 0
    withdrawn: int = 0
    unchanged: int = 0
    flapping: int = 0


def load(conn: sqlite3.Connection, source_id: str, keys: Sequence[str]) -> dict[str, Stored]:
    """What is stored under these keys of a source."""
    cursor = conn.cursor()
    cursor.row_factory = sqlite3.Row
    rows = cursor.execute(
        "SELECT u.id, u.key, u.url, u.title, u.summary, coalesce(t.body, '') AS body, u.status, u.status_note, "
        "u.redirect_to, u.version, u.content_hash, u.published_at, u.published_raw, u.modified_at, u.changed_at, "
        "u.last_seen_at, u.flaps, u.flapping, u.stage, u.parts, u.missing, u.missing_since, c.at AS told_at "
        "FROM updates u LEFT JOIN texts t ON t.update_id = u.id LEFT JOIN changes c ON c.seq = u.change_seq "
        "WHERE u.source_id = ? AND u.key IN (SELECT value FROM json_each(?))",
        (source_id, json.dumps(keys)),
    ).fetchall()
    return {row["key"]: _stored(conn, row) for row in rows}


def _stored(conn: sqlite3.Connection, row: sqlite3.Row) -> Stored:
    declared = conn.execute(
        "SELECT declared_at, change_note, seen_at FROM versions WHERE update_id = :id UNION ALL "
        "SELECT declared_at, note, seen_at FROM notices WHERE update_id = :id AND type = 'declared' ORDER BY seen_at",
        {"id": row["id"]},
    ).fetchall()
    return Stored(
        id=row["id"],
        key=row["key"],
        url=row["url"],
        title=row["title"],
        summary=row["summary"],
        body=row["body"],
        status=Status(row["status"]),
        status_note=row["status_note"],
        redirect_to=row["redirect_to"],
        version=row["version"],
        content_hash=row["content_hash"],
        published_at=row["published_at"],
        published_raw=row["published_raw"],
        modified_at=row["modified_at"],
        changed_at=row["changed_at"],
        last_seen_at=row["last_seen_at"],
        flaps=row["flaps"],
        flapping=bool(row["flapping"]),
        change_note=next((note for _, note, _ in reversed(declared) if note), ""),
        declared=tuple(Utc(at) for at, _, _ in declared if at),
        stage=row["stage"],
        parts=tuple(json.loads(row["parts"]).items()),
        missing=row["missing"],
        missing_since=row["missing_since"],
        told_at=row["told_at"],
    )


def keys_expected(conn: sqlite3.Connection, source_id: str) -> list[str]:
    """Keys of everything a complete list of the source should have."""
    rows = conn.execute("SELECT key FROM updates WHERE source_id = ? AND status IN ('live','withdrawn')", (source_id,))
    return [key for (key,) in rows]


def apply(
    conn: sqlite3.Connection, source: Source, intents: Sequence[Intent], tagged: Mapping[str, Tags], now: Utc
) -> Tally:
    """Carries out the intents of one source's round. ``tagged`` holds the tags of every entry added or revised, by key."""
    tally = Tally()
    for intent in intents:
        match intent:
            case Add():
                _add(conn, source, intent, tagged[intent.entry.key], now)
                tally.new += 1
            case Revise():
                _revise(conn, source, intent, tagged[intent.entry.key], now)
                tally.changed += 1
                tally.withdrawn += intent.type is ChangeType.WITHDRAWN
            case Restate():
                _restate(conn, intent, now)
                tally.changed += intent.type is not ChangeType.WITHDRAWN
                tally.withdrawn += intent.type is ChangeType.WITHDRAWN
            case Touch():
                _touch(conn, intent, now)
                tally.flapping += intent.flapping
                tally.unchanged += 1
            case Miss():
                _miss(conn, intent, now)
                tally.withdrawn += intent.gone
                tally.unchanged += not intent.gone
            case Nothing():
                tally.unchanged += 1
    return tally


def next_id(conn: sqlite3.Connection, at: Utc) -> int:
    """The next free id for something published at this time: seconds since 1970 × 1000 + n, below 2⁵³ until year 2255."""
    second = epoch(at)
    while True:
        low, high = second * IDS_PER_SECOND, (second + 1) * IDS_PER_SECOND
        last = conn.execute("SELECT max(id) FROM updates WHERE id >= ? AND id < ?", (low, high)).fetchone()[0]
        if last is None:
            return low
        if last + 1 < high:
            return int(last) + 1
        second += 1


def _add(conn: sqlite3.Connection, source: Source, intent: Add, found: Tags, now: Utc) -> None:
    entry = intent.entry
    at = entry.published_at or now
    update_id = next_id(conn, at)
    version = len(intent.history) + 1
    twin = clusters.of_address(conn, source.id, entry.url) if entry.url else None
    conn.execute(
        "INSERT INTO updates(id, source_id, key, url, title, summary, kind, published_at, published_raw, date_quality, "
        "first_seen_at, changed_at, last_seen_at, status, status_at, status_note, redirect_to, version, cluster_id, "
        "modified_at, starts_at, ends_at, refs, attachments, parts, stage, content_hash) "
        "VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            update_id, source.id, entry.key, entry.url, entry.title, entry.summary, found.kind, entry.published_at,
            entry.published_raw, entry.date_quality, now, now, now, entry.status,
            None if entry.status is Status.LIVE else now, entry.status_note, entry.redirect_to, version,
            twin if twin is not None else update_id, entry.modified_at, entry.starts_at, entry.ends_at,
            _refs(entry), _attachments(entry), _parts(entry), entry.stage, intent.content_hash,
        ),
    )  # fmt: skip
    for number, change in enumerate(intent.history, start=1):
        _write_past(conn, update_id, number, change.at, change.note, now)
    note = entry.history[-1].note if entry.history else entry.change_note
    declared = entry.history[-1].at if entry.history else entry.modified_at
    words = len(f"{entry.title} {entry.summary} {entry.body}".split())
    _write_version(
        conn, update_id, version, entry, intent.content_hash, now, declared, note, silent=False, added=words, removed=0
    )
    _write_text(conn, update_id, entry)
    search.index(conn, update_id)
    tags.write(conn, update_id, found, source_topics=source.topics, source_kind=entry.kind, at=at)
    _log(conn, update_id, version, ChangeType.NEW, now)


def _revise(conn: sqlite3.Connection, source: Source, intent: Revise, found: Tags, now: Utc) -> None:
    entry = intent.entry
    search.unindex(conn, intent.id)
    first, version = conn.execute("SELECT first_seen_at, version FROM updates WHERE id = ?", (intent.id,)).fetchone()
    for change in intent.missed:
        version += 1
        _write_past(conn, intent.id, version, change.at, change.note, now)
    version += 1
    conn.execute(
        "UPDATE updates SET title = ?, summary = ?, version = ?, content_hash = ?, changed_at = ?, flaps = ?, "
        "flapping = CASE WHEN ? = 0 THEN 0 ELSE flapping END, attachments = ?, parts = ?, refs = ? WHERE id = ?",
        (entry.title, entry.summary, version, intent.content_hash, now, intent.flaps, intent.flaps,
         _attachments(entry), _parts(entry), _refs(entry), intent.id),
    )  # fmt: skip
    _write_metadata(conn, intent.id, entry, now)
    _write_status(conn, intent.id, entry, intent.type, now)
    _write_version(
        conn, intent.id, version, entry, intent.content_hash, now, intent.declared_at, intent.change_note,
        silent=intent.silent, added=intent.words_added, removed=intent.words_removed,
    )  # fmt: skip
    _write_text(conn, intent.id, entry)
    search.index(conn, intent.id)
    at = entry.published_at or Utc(first)
    tags.write(conn, intent.id, found, source_topics=source.topics, source_kind=entry.kind, at=at)
    _write_notices(conn, intent.id, version, intent.notices, now)
    _log(conn, intent.id, version, intent.type, now)


def _restate(conn: sqlite3.Connection, intent: Restate, now: Utc) -> None:
    _write_metadata(conn, intent.id, intent.entry, now)
    _write_status(conn, intent.id, intent.entry, intent.type, now)
    version = _present(conn, intent.id)
    _write_notices(conn, intent.id, version, intent.notices, now)
    _log(conn, intent.id, version, intent.type, now)


def _touch(conn: sqlite3.Connection, intent: Touch, now: Utc) -> None:
    _write_metadata(conn, intent.id, intent.entry, now)
    _write_status(conn, intent.id, intent.entry, ChangeType.EDITED, now)
    if intent.flapping:
        conn.execute("UPDATE updates SET flapping = 1 WHERE id = ? AND flapping = 0", (intent.id,))
    if intent.flaps is not None:
        conn.execute("UPDATE updates SET flaps = ? WHERE id = ?", (intent.flaps, intent.id))
    if intent.content_hash:
        conn.execute(
            "UPDATE updates SET parts = ?, content_hash = ? WHERE id = ?",
            (_parts(intent.entry), intent.content_hash, intent.id),
        )
    version = _present(conn, intent.id)
    _write_notices(conn, intent.id, version, intent.notices, now)
    if intent.tell:
        _log(conn, intent.id, version, ChangeType.EDITED, now)


def _miss(conn: sqlite3.Connection, intent: Miss, now: Utc) -> None:
    conn.execute(
        "UPDATE updates SET missing = ?, missing_since = ? WHERE id = ?", (intent.times, intent.since, intent.id)
    )
    if intent.gone:
        conn.execute(
            "UPDATE updates SET status = 'gone', status_at = ?, status_note = ? WHERE id = ?",
            (now, intent.note, intent.id),
        )
        version = _present(conn, intent.id)
        _write_notices(conn, intent.id, version, (Notice("status", intent.note),), now)
        _log(conn, intent.id, version, ChangeType.WITHDRAWN, now)


def _present(conn: sqlite3.Connection, update_id: int) -> int:
    """The number of the present version."""
    return int(conn.execute("SELECT version FROM updates WHERE id = ?", (update_id,)).fetchone()[0])


def _write_notices(conn: sqlite3.Connection, update_id: int, version: int, notices: Sequence[Notice], now: Utc) -> None:
    conn.executemany(
        "INSERT INTO notices(update_id, version, seen_at, declared_at, type, note) VALUES (?,?,?,?,?,?)",
        [(update_id, version, now, n.declared_at, n.type, n.note) for n in notices],
    )


def _write_metadata(conn: sqlite3.Connection, update_id: int, entry: Entry, now: Utc) -> None:
    """Address, dates and last sight: what may change without a version. A value that is missing now never erases one."""
    conn.execute(
        "UPDATE updates SET url = coalesce(?, url), published_at = coalesce(?, published_at), "
        "published_raw = CASE WHEN ? <> '' THEN ? ELSE published_raw END, "
        "date_quality = CASE WHEN ? IS NOT NULL THEN ? ELSE date_quality END, modified_at = coalesce(?, modified_at), "
        "starts_at = coalesce(?, starts_at), ends_at = CASE WHEN ? IS NULL THEN coalesce(?, ends_at) ELSE ? END, last_seen_at = ?, "
        "stage = CASE WHEN ? <> '' THEN ? ELSE stage END, missing = 0, missing_since = NULL WHERE id = ?",
        (entry.url, entry.published_at, entry.published_raw, entry.published_raw, entry.published_at, entry.date_quality,
         entry.modified_at, entry.starts_at, entry.starts_at, entry.ends_at, entry.ends_at, now, entry.stage, entry.stage, update_id),
    )  # fmt: skip
    if entry.published_at:  # lists by topic and place carry the date along
        for table in ("update_topics", "update_places"):
            conn.execute(
                f"UPDATE {table} SET published_at = ? WHERE update_id = ? AND published_at <> ?",  # noqa: S608 - constants
                (entry.published_at, update_id, entry.published_at),
            )


def _write_status(conn: sqlite3.Connection, update_id: int, entry: Entry, change: ChangeType, now: Utc) -> None:
    if change in (ChangeType.WITHDRAWN, ChangeType.RESTORED):
        conn.execute("UPDATE updates SET status = ?, status_at = ? WHERE id = ?", (entry.status, now, update_id))
    conn.execute(
        "UPDATE updates SET status_note = ?, redirect_to = ? WHERE id = ? AND status <> 'redacted'",
        (entry.status_note, entry.redirect_to, update_id),
    )


def _write_text(conn: sqlite3.Connection, update_id: int, entry: Entry) -> None:
    if entry.body or entry.html:
        conn.execute(
            "INSERT INTO texts(update_id, body, html) VALUES (?,?,?) "
            "ON CONFLICT(update_id) DO UPDATE SET body = excluded.body, html = excluded.html",
            (update_id, entry.body, entry.html),
        )
    else:
        conn.execute("DELETE FROM texts WHERE update_id = ?", (update_id,))


def _write_past(conn: sqlite3.Connection, update_id: int, version: int, declared_at: Utc, note: str, now: Utc) -> None:
    """A version the publisher declared and whose text was never seen."""
    conn.execute(
        "INSERT INTO versions(update_id, version, seen_at, declared_at, change_note, has_text) VALUES (?,?,?,?,?,0)",
        (update_id, version, now, declared_at, note),
    )
    chain.append(conn, update_id, version, now)


def _write_version(
    conn: sqlite3.Connection, update_id: int, version: int, entry: Entry, sha256: str, now: Utc, declared_at: Utc | None,
    note: str, *, silent: bool, added: int, removed: int,
) -> None:  # fmt: skip
    conn.execute(
        "INSERT INTO versions(update_id, version, seen_at, declared_at, change_note, silent, title, summary, body, sha256, "
        "words_added, words_removed, status, attachments, parts) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (update_id, version, now, declared_at, note, int(silent), entry.title, entry.summary, entry.body, sha256, added,
         removed, entry.status, _attachments(entry), _parts(entry)),
    )  # fmt: skip
    chain.append(conn, update_id, version, now)


def _log(conn: sqlite3.Connection, update_id: int, version: int, change: ChangeType, now: Utc) -> None:
    """One line in the changes log, and the update's place in it."""
    seq = conn.execute(
        "INSERT INTO changes(update_id, version, type, at) VALUES (?,?,?,?)", (update_id, version, change, now)
    ).lastrowid
    conn.execute("UPDATE updates SET change_seq = ? WHERE id = ?", (seq, update_id))


def log_retagged(conn: sqlite3.Connection, update_id: int, now: Utc) -> None:
    """Tells those who sync that the labels of an update changed."""
    _log(conn, update_id, _present(conn, update_id), ChangeType.RETAGGED, now)


@dataclass(frozen=True, slots=True)
class Taggable:
    """What a retag needs of an update."""

    id: int
    source_id: str
    kind: str
    kind_origin: str
    at: Utc
    document: Document


def taggable(conn: sqlite3.Connection, *, after: int = 0, limit: int = 500) -> list[Taggable]:
    """A batch of updates by id, for a retag in bounded memory; ``after`` is the last id of the batch before."""
    return [_taggable(row) for row in conn.execute(f"{_TAGGABLE} WHERE u.id > ? ORDER BY u.id LIMIT ?", (after, limit))]


def taggable_one(conn: sqlite3.Connection, update_id: int) -> Taggable | None:
    """One update, or None."""
    row = conn.execute(f"{_TAGGABLE} WHERE u.id = ?", (update_id,)).fetchone()
    return _taggable(row) if row else None


def publisher_words(source_id: str, publisher: str) -> str:
    """How the tagger is told who publishes: the source's id says more of the genre (`met-foi`) than the publisher's name."""
    return f"{source_id} {publisher}"


_TAGGABLE = (
    "SELECT u.id, u.source_id, u.kind, u.kind_origin, coalesce(u.published_at, u.first_seen_at), u.title, u.summary, "
    "coalesce(t.body, ''), s.publisher FROM updates u JOIN sources s ON s.id = u.source_id "
    "LEFT JOIN texts t ON t.update_id = u.id"
)


def _taggable(row: tuple[object, ...]) -> Taggable:
    update_id, source_id, kind, origin, at, title, summary, body, publisher = row
    publisher = publisher_words(str(source_id), str(publisher))
    document = Document(title=str(title), summary=str(summary), body=str(body), publisher=publisher)
    return Taggable(int(str(update_id)), str(source_id), str(kind), str(origin), Utc(str(at)), document)


def _refs(entry: Entry) -> str:
    return json.dumps(list(entry.refs), ensure_ascii=False)


def _parts(entry: Entry) -> str:
    return json.dumps({key: sha256 for key, sha256 in entry.parts if sha256}, ensure_ascii=False)


def _attachments(entry: Entry) -> str:
    return json.dumps(
        [{"title": a.title, "url": a.url, "content_type": a.content_type, "size": a.size} for a in entry.attachments],
        ensure_ascii=False,
    )


def count(conn: sqlite3.Connection) -> int:
    """How many updates there are; reads the whole table."""
    return int(conn.execute("SELECT count(*) FROM updates").fetchone()[0])
