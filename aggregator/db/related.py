"""Links between updates: successors, follow-ups, the same matter, mentions. Works inside the caller's transaction."""

from __future__ import annotations

import json
import re
import sqlite3

from aggregator.archive import related
from aggregator.limits import MAX_LINKS_FOLLOWED, RELATED_MOST, RELATED_WINDOW_S
from aggregator.models import Utc
from aggregator.text import urls

_HREF = re.compile(r'href="([^"]{1,2000})"')


def link(conn: sqlite3.Connection, update_id: int, now: Utc) -> None:
    """Finds anew what an update whose text is new has to do with earlier ones."""
    kind, title, summary, refs, body, html = conn.execute(
        "SELECT u.kind, u.title, u.summary, u.refs, coalesce(t.body, ''), coalesce(t.html, '') "
        "FROM updates u LEFT JOIN texts t ON t.update_id = u.id WHERE u.id = ?",
        (update_id,),
    ).fetchone()
    conn.execute("DELETE FROM update_keys WHERE update_id = ?", (update_id,))
    conn.execute("DELETE FROM related_updates WHERE update_id = ? AND relation <> 'successor'", (update_id,))
    for key in related.keys(f"{title}\n{summary}\n{body}", json.loads(refs)):
        _same_matter(conn, update_id, kind, key, now)
        conn.execute("INSERT INTO update_keys(key, update_id) VALUES (?,?)", (key, update_id))
    _mentions(conn, update_id, html, now)


def _same_matter(conn: sqlite3.Connection, update_id: int, kind: str, key: str, now: Utc) -> None:
    """The newest earlier updates with the same key, other tellings of the same story left out."""
    earlier = conn.execute(
        "SELECT u.id, u.kind FROM update_keys k JOIN updates u ON u.id = k.update_id "
        "WHERE k.key = ? AND u.id < ? AND u.id > ? AND u.status <> 'redacted' "
        "AND u.cluster_id <> (SELECT cluster_id FROM updates WHERE id = ?) ORDER BY u.id DESC LIMIT ?",
        (key, update_id, update_id - RELATED_WINDOW_S * 1000, update_id, RELATED_MOST),
    ).fetchall()
    for other_id, earlier_kind in earlier:
        _write(conn, update_id, other_id, related.relation(kind, earlier_kind), related.reason(key), now)


def _mentions(conn: sqlite3.Connection, update_id: int, html: str, now: Utc) -> None:
    found = dict.fromkeys(filter(None, (urls.canonical(href.replace("&amp;", "&")) for href in _HREF.findall(html))))
    rows = conn.execute(
        "SELECT min(id) FROM updates WHERE url IN (SELECT value FROM json_each(?)) "
        "AND cluster_id <> (SELECT cluster_id FROM updates WHERE id = ?) GROUP BY url",
        (json.dumps(list(found)[:MAX_LINKS_FOLLOWED]), update_id),
    ).fetchall()
    for (other_id,) in rows:
        _write(conn, update_id, other_id, "links-to", "its text links to it", now)


def succeed(conn: sqlite3.Connection, update_id: int, now: Utc) -> None:
    """Links a redirected update to the one at the address it leads to, once that is known."""
    redirect_to = conn.execute("SELECT redirect_to FROM updates WHERE id = ?", (update_id,)).fetchone()[0]
    url = urls.canonical(redirect_to) if redirect_to else None
    row = conn.execute("SELECT min(id) FROM updates WHERE url = ? AND id <> ?", (url, update_id)).fetchone()
    if url and row[0] is not None:
        _write(conn, update_id, row[0], "successor", f"its publisher redirects it to {redirect_to}", now)


def _write(conn: sqlite3.Connection, update_id: int, other_id: int, relation: str, reason: str, now: Utc) -> None:
    conn.execute(
        "INSERT INTO related_updates(update_id, other_id, relation, reason, at) VALUES (?,?,?,?,?) "
        "ON CONFLICT(update_id, other_id, relation) DO NOTHING",
        (update_id, other_id, relation, reason, now),
    )
