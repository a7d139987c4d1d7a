"""Withdrawing an update, or redacting words in it, over everything that is kept of it in the public archive.

Works inside the caller's transaction; :mod:`aggregator.takedown` adds the private bodies and wipes the files.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping

from aggregator.archive.takedown import TOMBSTONE, Words, hidden_key, scrub_file
from aggregator.db import chain, clusters, related, search, updates
from aggregator.models import Attachment, Utc
from aggregator.text.normalise import content_hash

_TAGS = ("update_topics", "update_places", "update_entities")


def subjects(conn: sqlite3.Connection, ids: Iterable[int]) -> list[tuple[str, str, int]]:
    """(source id, key, number) of updates."""
    return [
        (row[0], row[1], row[2])
        for row in conn.execute(
            "SELECT source_id, key, id FROM updates WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(list(ids)),),
        )
    ]


def gone_since(conn: sqlite3.Connection, source_id: str, before: Utc) -> list[int]:
    """Updates of a source that their publisher took down at that time or earlier."""
    sql = "SELECT id FROM updates WHERE source_id = ? AND status = 'gone' AND status_at <= ?"
    return [number for (number,) in conn.execute(sql, (source_id, before))]


def copies(conn: sqlite3.Connection, update_id: int) -> list[int]:
    """The update and every other telling of its story."""
    return [
        number
        for (number,) in conn.execute(
            "SELECT id FROM updates WHERE cluster_id = (SELECT cluster_id FROM updates WHERE id = ?) ORDER BY id <> ?, id",
            (update_id, update_id),
        )
    ]


def texts_of(conn: sqlite3.Connection, update_id: int) -> list[str]:
    """Everything by which the update can be told in a body: titles, texts, address."""
    found: dict[str, None] = {}
    for row in conn.execute("SELECT title, summary, body FROM versions WHERE update_id = ?", (update_id,)):
        found.update(dict.fromkeys(row))
    url, title = conn.execute("SELECT coalesce(url, ''), title FROM updates WHERE id = ?", (update_id,)).fetchone()
    return [text for text in (*found, title, url, url.rstrip("/").rpartition("/")[2]) if text]


def mentions(conn: sqlite3.Connection, words: Words) -> list[int]:
    """Updates in whose present or past texts, files or addresses the words are. Reads the whole archive."""
    _functions(conn, words)
    rows = conn.execute(
        "SELECT id FROM updates u LEFT JOIN texts t ON t.update_id = u.id WHERE hit(u.title) OR hit(u.summary) "
        "OR hit(t.body) OR hit(t.html) OR hit(u.attachments) OR hit(u.status_note) OR hit_url(u.url) OR hit_url(u.key) "
        "UNION SELECT update_id FROM versions WHERE hit(title) OR hit(summary) OR hit(body) OR hit(change_note) "
        "UNION SELECT update_id FROM notices WHERE hit(note)"
    )
    return sorted(number for (number,) in rows)


def redact(conn: sqlite3.Connection, update_id: int, words: Words, now: Utc) -> int:
    """Scrubs one update everywhere. Returns how many of its versions were changed."""
    row = conn.execute(
        "SELECT source_id, key, url, title, summary, status_note, redirect_to, published_raw, refs, attachments, version "
        "FROM updates WHERE id = ?",
        (update_id,),
    ).fetchone()
    source_id, key, url, title, summary, note, redirect_to, raw, refs, files, version = row
    search.unindex(conn, update_id)
    changed = _scrub_versions(conn, update_id, words, now)
    named = words.hit_url(url) or words.hit_url(key)
    conn.execute(
        "UPDATE updates SET key = ?, url = ?, title = ?, summary = ?, status_note = ?, redirect_to = ?, published_raw = ?, "
        "refs = ?, attachments = ?, content_hash = '' WHERE id = ?",
        (
            hidden_key(source_id, key) if named else key, None if named else url, words.scrub(title), words.scrub(summary),
            words.scrub(note), "" if words.hit_url(redirect_to) else redirect_to, words.scrub(raw),
            json.dumps([r for r in json.loads(refs) if not words.hit_url(r)], ensure_ascii=False),
            _scrub_files(files, words), update_id,
        ),
    )  # fmt: skip
    _scrub_text(conn, update_id, words)
    _scrub_rest(conn, update_id, words)
    search.index(conn, update_id)
    clusters.place(conn, update_id, now)  # by what is left of the text: a copy that comes later is to be recognised
    related.link(conn, update_id, now)
    _log(conn, update_id, version, now)
    return changed


def withdraw(conn: sqlite3.Connection, update_id: int, now: Utc, note: str) -> int:
    """Leaves of an update a tombstone: its number, source, kind, dates and labels. Returns how many versions it had."""
    source_id, key, version = conn.execute(
        "SELECT source_id, key, version FROM updates WHERE id = ?", (update_id,)
    ).fetchone()
    search.unindex(conn, update_id)
    versions = [n for (n,) in conn.execute("SELECT version FROM versions WHERE update_id = ?", (update_id,))]
    conn.execute(
        "UPDATE versions SET title = '', summary = '', body = '', change_note = '', sha256 = '', attachments = '[]', "
        "parts = '{}', status = 'redacted' WHERE update_id = ?",
        (update_id,),
    )
    for number in versions:
        chain.redact(conn, update_id, number, now)
    conn.execute(
        "UPDATE updates SET key = ?, url = NULL, title = ?, summary = '', published_raw = '', status = 'redacted', "
        "status_at = ?, status_note = ?, redirect_to = '', refs = '[]', attachments = '[]', parts = '{}', "
        "content_hash = '' WHERE id = ?",
        (hidden_key(source_id, key), TOMBSTONE, now, note, update_id),
    )
    for other in clusters.split(conn, update_id)[1:]:
        updates.log_retagged(conn, other, now)  # its story has another number
    for table in ("texts", "notices", "update_keys", "near_buckets", "related_updates", "update_entities"):
        conn.execute(f"DELETE FROM {table} WHERE update_id = ?", (update_id,))  # noqa: S608 - constants
    conn.execute("DELETE FROM related_updates WHERE other_id = ?", (update_id,))
    conn.execute("UPDATE corrections SET why = ? WHERE update_id = ?", (TOMBSTONE, update_id))
    for table in _TAGS[:2]:
        conn.execute(f"UPDATE {table} SET evidence = '[]' WHERE update_id = ?", (update_id,))  # noqa: S608 - constants
    conn.execute("DELETE FROM entities WHERE id NOT IN (SELECT entity_id FROM update_entities)")
    search.index(conn, update_id)
    _log(conn, update_id, version, now)
    return len(versions)


def scrub_logs(conn: sqlite3.Connection, words: Words, urls: Iterable[tuple[str, str]]) -> None:
    """Takes the words out of what rounds recorded, and forgets how to ask conditionally for ``urls`` (source, url)."""
    _functions(conn, words)
    conn.execute("UPDATE fetches SET error = scrub(error) WHERE error <> '' AND hit(error)")
    conn.execute("UPDATE source_state SET last_error = scrub(last_error) WHERE last_error <> '' AND hit(last_error)")
    conn.execute("DELETE FROM requests WHERE hit_url(url) OR hit(hint)")
    conn.executemany("DELETE FROM requests WHERE source_id = ? AND url = ?", list(urls))


def audit(
    conn: sqlite3.Connection, action: str, update_id: int, *, who: str, why: str, details: Mapping[str, int], now: Utc
) -> None:
    """The row that says that something was taken down, by whom and why; never what it said."""
    conn.execute(
        "INSERT INTO audit(at, action, subject, who, why, details) VALUES (?,?,?,?,?,?)",
        (now, action, f"update {update_id}", who, why, json.dumps(dict(details))),
    )


def _functions(conn: sqlite3.Connection, words: Words) -> None:
    conn.create_function("hit", 1, words.hit, deterministic=True)
    conn.create_function("hit_url", 1, words.hit_url, deterministic=True)
    conn.create_function("scrub", 1, words.scrub, deterministic=True)


def _scrub_versions(conn: sqlite3.Connection, update_id: int, words: Words, now: Utc) -> int:
    changed = 0
    for number, title, summary, body, note, files, parts in conn.execute(
        "SELECT version, title, summary, body, change_note, attachments, parts FROM versions WHERE update_id = ?", (update_id,)
    ).fetchall():  # fmt: skip
        kept_parts = {k: v for k, v in json.loads(parts).items() if not words.hit_url(k)}
        new = (
            words.scrub(title), words.scrub(summary), words.scrub(body), words.scrub(note), _scrub_files(files, words),
            json.dumps(kept_parts, ensure_ascii=False),
        )  # fmt: skip
        if new == (title, summary, body, note, files, parts):
            continue
        changed += 1
        conn.execute(
            "UPDATE versions SET title = ?, summary = ?, body = ?, change_note = ?, attachments = ?, parts = ?, "
            "sha256 = CASE WHEN has_text THEN ? ELSE '' END WHERE update_id = ? AND version = ?",
            (*new, content_hash(*new[:3]), update_id, number),
        )
        chain.redact(conn, update_id, number, now)
    return changed


def _scrub_files(files: str, words: Words) -> str:
    kept = []
    for file in json.loads(files):
        scrubbed = scrub_file(Attachment(file.get("title", ""), file.get("url", "")), words)
        kept.append({**file, "title": scrubbed.title, "url": scrubbed.url})
    return json.dumps(kept, ensure_ascii=False)


def _scrub_text(conn: sqlite3.Connection, update_id: int, words: Words) -> None:
    row = conn.execute("SELECT body, html FROM texts WHERE update_id = ?", (update_id,)).fetchone()
    if row is None:
        return
    body, html = row
    hit = words.hit(body) or words.hit_bytes(html.encode())
    conn.execute(
        "UPDATE texts SET body = ?, html = ? WHERE update_id = ?", (words.scrub(body), "" if hit else html, update_id)
    )


def _scrub_rest(conn: sqlite3.Connection, update_id: int, words: Words) -> None:
    """Evidence (its places in the text are no longer right either), entities, notices, reasons, parts, hashes."""
    _functions(conn, words)
    for table in _TAGS:
        conn.execute(f"UPDATE {table} SET evidence = '[]' WHERE update_id = ?", (update_id,))  # noqa: S608 - constants
    conn.execute(
        "DELETE FROM update_entities WHERE update_id = ? AND entity_id IN "
        "(SELECT id FROM entities WHERE hit(title) OR hit_url(slug))",
        (update_id,),
    )
    conn.execute(
        "DELETE FROM entities WHERE (hit(title) OR hit_url(slug)) AND id NOT IN (SELECT entity_id FROM update_entities)"
    )
    conn.execute("UPDATE notices SET note = scrub(note) WHERE update_id = ?", (update_id,))
    conn.execute("UPDATE corrections SET why = scrub(why) WHERE update_id = ?", (update_id,))
    conn.execute(
        "UPDATE related_updates SET reason = scrub(reason) WHERE update_id = ? OR other_id = ?", (update_id, update_id)
    )
    parts = json.loads(conn.execute("SELECT parts FROM updates WHERE id = ?", (update_id,)).fetchone()[0])
    kept = {key: sha256 for key, sha256 in parts.items() if not words.hit_url(key)}
    conn.execute("UPDATE updates SET parts = ? WHERE id = ?", (json.dumps(kept, ensure_ascii=False), update_id))


def _log(conn: sqlite3.Connection, update_id: int, version: int, now: Utc) -> None:
    seq = conn.execute(
        "INSERT INTO changes(update_id, version, type, at) VALUES (?,?,'redacted',?)", (update_id, version, now)
    ).lastrowid
    conn.execute("UPDATE updates SET change_seq = ? WHERE id = ?", (seq, update_id))
