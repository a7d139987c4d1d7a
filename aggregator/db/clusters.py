"""Which updates tell the same story. Works inside the caller's transaction.

Grouping is a number on the update and a row that says why; nothing is ever merged or deleted, so :func:`split` undoes
it, and an update of which a person said that it is a story of its own is not grouped again: it joins no other, and what
was there when that was said does not join it. What comes later may: it is a story that others may tell. Updates of one source are
never grouped with each other, not through those of another source either: a publisher's templates are alike and are not one
story, and the agenda and the decisions of a meeting may stand at one address.
"""

from __future__ import annotations

import json
import sqlite3

from aggregator.archive import near
from aggregator.clock import epoch
from aggregator.limits import NEAR_CANDIDATES, NEAR_MIN_WORDS, NEAR_THRESHOLD, NEAR_WINDOW_S
from aggregator.models import Utc

_NOT_OURS = "NOT EXISTS (SELECT 1 FROM updates v WHERE v.cluster_id = u.cluster_id AND v.source_id = ?)"
"""The update is in no cluster that has an update of this source."""
_NOT_PARTED = (
    "NOT EXISTS (SELECT 1 FROM corrections k WHERE k.update_id = u.cluster_id AND k.field = 'story' AND k.at >= ?)"
)
"""Nobody has said, since that time, that the update which began the cluster is a story of its own."""

_ALIKE = f"""
SELECT u.id, u.cluster_id, u.title, u.summary, coalesce(t.body, ''), max(b.band = 0) AS whole, count(*) AS shared
FROM json_each(?) j JOIN near_buckets b ON b.band = j.value ->> 0 AND b.hash = j.value ->> 1
JOIN updates u ON u.id = b.update_id LEFT JOIN texts t ON t.update_id = u.id
WHERE {_NOT_OURS} AND {_NOT_PARTED} AND u.status <> 'redacted' AND abs(u.id - ?) <= ?
GROUP BY u.id ORDER BY whole DESC, shared DESC, u.id LIMIT ?
"""  # noqa: S608 - a constant
_AT_ADDRESS = f"SELECT min(u.cluster_id) FROM updates u WHERE u.url = ? AND {_NOT_OURS}"  # noqa: S608 - a constant


def of_address(conn: sqlite3.Connection, source_id: str, url: str) -> int | None:
    """The cluster of what other sources have at an address; None where there is none that a new update may join."""
    found: int | None = conn.execute(_AT_ADDRESS, (url, source_id)).fetchone()[0]
    return found


def place(conn: sqlite3.Connection, update_id: int, now: Utc) -> None:
    """Finds the cluster of an update whose text is new, and makes its text findable for those to come."""
    row = conn.execute(
        "SELECT u.source_id, u.url, u.cluster_id, u.title, u.summary, coalesce(t.body, ''), "
        "coalesce(u.published_at, u.first_seen_at), u.first_seen_at FROM updates u LEFT JOIN texts t ON t.update_id = u.id WHERE u.id = ?",
        (update_id,),
    ).fetchone()
    source_id, url, cluster_id, title, summary, body, at, since = row
    text = near.words(title, summary, body)
    found = near.buckets(text) if epoch(now) - epoch(Utc(at)) <= NEAR_WINDOW_S else ()
    conn.execute("DELETE FROM near_buckets WHERE update_id = ?", (update_id,))
    if cluster_id != update_id:
        _note_url(conn, update_id, cluster_id, url, now)
    elif found and _alone(conn, update_id) and not _own_story(conn, update_id):
        _join_alike(conn, update_id, source_id, since, text, found, now)
    conn.executemany(
        "INSERT INTO near_buckets(band, hash, update_id) VALUES (?,?,?)", [(*bucket, update_id) for bucket in found]
    )


def forget_old(conn: sqlite3.Connection, now: Utc) -> None:
    """Drops the hashes of texts too old to be the same story as anything new. Ids rise with publication time."""
    conn.execute("DELETE FROM near_buckets WHERE update_id < ?", ((epoch(now) - NEAR_WINDOW_S) * 1000,))


def _alone(conn: sqlite3.Connection, update_id: int) -> bool:
    return not conn.execute("SELECT 1 FROM cluster_members WHERE cluster_id = ? LIMIT 1", (update_id,)).fetchone()


def _own_story(conn: sqlite3.Connection, update_id: int) -> bool:
    """Whether a person said that it is a story of its own."""
    said = conn.execute("SELECT 1 FROM corrections WHERE update_id = ? AND field = 'story' LIMIT 1", (update_id,))
    return said.fetchone() is not None


def _note_url(conn: sqlite3.Connection, update_id: int, cluster_id: int, url: str | None, now: Utc) -> None:
    like = conn.execute(
        "SELECT id FROM updates WHERE url = ? AND id <> ? AND cluster_id = ? LIMIT 1", (url, update_id, cluster_id)
    ).fetchone()
    if like:
        _write(conn, update_id, cluster_id, like[0], "url", 1.0, now)


def _join_alike(
    conn: sqlite3.Connection, update_id: int, source_id: str, since: str, text: tuple[str, ...],
    found: tuple[tuple[int, int], ...], now: Utc
) -> None:  # fmt: skip
    """Joins the most alike of at most NEAR_CANDIDATES texts of other sources that share a bucket. ``since``: first seen."""
    rows = conn.execute(
        _ALIKE,
        (json.dumps(found), source_id, since, update_id, NEAR_WINDOW_S * 1000, NEAR_CANDIDATES),
    ).fetchall()
    best = (0.0, 0, 0)
    for other_id, cluster_id, title, summary, body, _, _ in rows:
        other = near.words(title, summary, body)
        if min(len(text), len(other)) >= NEAR_MIN_WORDS or text == other:
            best = max(best, (near.likeness(text, other), -other_id, cluster_id))
    score, other_id, cluster_id = best
    if score >= NEAR_THRESHOLD:
        conn.execute("UPDATE updates SET cluster_id = ? WHERE id = ?", (cluster_id, update_id))
        _write(conn, update_id, cluster_id, -other_id, "text" if score == 1.0 else "similar", score, now)


def _write(
    conn: sqlite3.Connection, update_id: int, cluster_id: int, like_id: int, reason: str, score: float, now: Utc
) -> None:
    conn.execute(
        "INSERT INTO cluster_members(update_id, cluster_id, like_id, reason, score, at) VALUES (?,?,?,?,?,?) "
        "ON CONFLICT(update_id) DO NOTHING",
        (update_id, cluster_id, like_id, reason, round(score, 4), now),
    )


def others(conn: sqlite3.Connection, update_id: int) -> list[int]:
    """The updates that tell the same story as this one, oldest first."""
    found = conn.execute(
        "SELECT v.id FROM updates u JOIN updates v ON v.cluster_id = u.cluster_id AND v.id <> u.id WHERE u.id = ? ORDER BY v.id",
        (update_id,),
    )
    return [number for (number,) in found]


def of_update(conn: sqlite3.Connection, update_id: int) -> int:
    """The number of the story that an update tells."""
    return int(conn.execute("SELECT cluster_id FROM updates WHERE id = ?", (update_id,)).fetchone()[0])


def split(conn: sqlite3.Connection, update_id: int) -> list[int]:
    """Takes an update out of its cluster. Of a cluster it began, the next oldest becomes the beginning.

    Returns the updates whose story is another now: itself and those whose cluster has another number; none where it was
    alone.
    """
    if not _grouped(conn, update_id):
        return []
    conn.execute("UPDATE updates SET cluster_id = id WHERE id = ?", (update_id,))
    conn.execute("DELETE FROM cluster_members WHERE update_id = ?", (update_id,))
    heirs = "SELECT id FROM updates WHERE cluster_id = ? AND id <> ? ORDER BY id"
    moved = [number for (number,) in conn.execute(heirs, (update_id, update_id))]
    if moved:
        heir = moved[0]
        conn.execute("UPDATE updates SET cluster_id = ? WHERE cluster_id = ? AND id <> ?", (heir, update_id, update_id))
        conn.execute("DELETE FROM cluster_members WHERE update_id = ?", (heir,))
        conn.execute(
            "UPDATE cluster_members SET cluster_id = ?, like_id = CASE WHEN like_id = ? THEN ? ELSE like_id END "
            "WHERE cluster_id = ?",
            (heir, update_id, heir, update_id),
        )
    return [update_id, *moved]


def _grouped(conn: sqlite3.Connection, update_id: int) -> bool:
    return (
        conn.execute(
            "SELECT 1 FROM updates u WHERE u.id = ? AND (u.cluster_id <> u.id OR EXISTS "
            "(SELECT 1 FROM updates v WHERE v.cluster_id = u.id AND v.id <> u.id))",
            (update_id,),
        ).fetchone()
        is not None
    )
