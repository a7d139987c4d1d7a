"""An invented archive for the tests of the site: a few dozen rows, every state a page must show. Nothing in it happened."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from aggregator.clock import epoch, plus
from aggregator.db.connection import open_writer
from aggregator.models import Utc

NOW = Utc("2026-11-22T12:00:00Z")
HOSTILE = '<script>alert("x")</script> & "quoted" <b>bold</b>'
SOURCES = (
    ("met-news", "Met newsroom", "Metropolitan Police Service", "full", 1, ""),
    ("govuk-search", "GOV.UK search", "Home Office", "full", 1, ""),
    ("govuk-content", "GOV.UK pages", "Home Office", "full", 1, ""),
    ("evening-paper", "Evening paper", "Evening Paper Ltd", "headline", 1, ""),
    ("broken-feed", "A feed that fails", "Borough Gazette", "summary", 1, ""),
    (
        "closed-list",
        "A list behind a wall",
        "Some Office",
        "summary",
        0,
        "Answers robots with a puzzle; see the decision.",
    ),
)
TOPICS = (
    ("stop-and-search", "Stop and search", None),
    ("body-worn-cameras", "Body-worn cameras", None),
    ("mental-health", "Mental health", None),
    ("specific-offences", "Specific offences", None),
    ("knife-crime", "Knife crime", "specific-offences"),
    ("robbery", "Robbery", "specific-offences"),
)
PLACES = (
    ("hackney", "Hackney", "E09000012"),
    ("lambeth", "Lambeth", "E09000022"),
    ("city-of-london", "City of London", "E09000001"),
)


def make(path: Path, *, demo: bool = False, bulk: int = 40) -> Path:
    """Writes the archive; ``bulk`` plain updates stand under the special ones, one an hour."""
    with closing(open_writer(path)) as conn:
        conn.execute("BEGIN IMMEDIATE")
        _sources(conn)
        _taxonomy(conn)
        _bulk(conn, bulk)
        for write in (_policy, _policy_history, _policy_tags, _states, _odd_ones, _releases):
            write(conn)
        _statistics(conn)
        _stops(conn)
        if demo:
            conn.execute("INSERT INTO about VALUES ('demo', '1')")
        conn.execute("COMMIT")
    return path


def update_id(at: Utc, n: int = 0) -> int:
    """The id of the n-th update of an instant."""
    return epoch(at) * 1000 + n


POLICY = update_id(plus(NOW, -3600))
COPY = update_id(plus(NOW, -1800))
HEADLINE = update_id(plus(NOW, -7200))
WITHDRAWN = update_id(plus(NOW, -10_800))
MEETING = update_id(plus(NOW, -14_400))
NASTY = update_id(plus(NOW, -18_000))
UNDATED = update_id(plus(NOW, -21_600))
POLICY_URL = "https://www.gov.example/guidance/stop-and-search"
BODY = (
    "Officers may use stop and search powers where they have reasonable grounds.\n"
    "Body-worn video must be on for every search in Hackney.\n"
    "This guidance was revised after a review."
)


def _sources(conn: sqlite3.Connection) -> None:
    for source, title, publisher, keep, enabled, note in SOURCES:
        conn.execute(
            "INSERT INTO sources(id, title, publisher, homepage, url, kind, licence, attribution, keep, enabled, every_minutes, note, added_at)"
            " VALUES (?,?,?,?,?,'feed','OGL-UK-3.0','Contains public sector information',?,?,60,?,?)",
            (source, title, publisher, f"https://{source}.example/", f"https://{source}.example/feed", keep, enabled, note, plus(NOW, -90 * 86_400)),
        )  # fmt: skip
        failing = source == "broken-feed"
        conn.execute(
            "INSERT INTO source_state(source_id, next_due_at, consecutive_failures, last_success_at, last_outcome, last_error, items)"
            " VALUES (?,?,?,?,?,?,?)",
            (source, plus(NOW, 600), 3 if failing else 0, None if failing else plus(NOW, -600), "http_5xx" if failing else "ok",
             "503 from the publisher <server>; nothing to do but wait" if failing else "", 5),
        )  # fmt: skip
    outcomes = ["ok", "http_5xx", "http_5xx", "timeout", "ok", "http_5xx"]
    for n, outcome in enumerate(outcomes):
        at = plus(NOW, -3600 * (len(outcomes) - n))
        conn.execute(
            "INSERT INTO fetches(source_id, started_at, ms, outcome, error) VALUES ('broken-feed', ?, 100, ?, ?)",
            (at, outcome, "" if outcome == "ok" else f"{outcome}: try later"),
        )
        conn.execute("INSERT INTO fetches(source_id, started_at, ms, outcome) VALUES ('met-news', ?, 100, 'ok')", (at,))


def _taxonomy(conn: sqlite3.Connection) -> None:
    conn.execute("INSERT INTO sections VALUES ('policy', 'Policy changes', 'The rules officers work by.', 1)")
    conn.execute("INSERT INTO sections VALUES ('statistics', 'Crime statistics', 'Crime in figures.', 2)")
    for n, (slug, title, parent) in enumerate(TOPICS):
        conn.execute(
            "INSERT INTO topics VALUES (?,?,?,?,?,?)",
            (slug, title, f"What is said about {title.lower()}.", parent, slug != "specific-offences", n),
        )
        if parent is None:
            section = "statistics" if slug == "specific-offences" else "policy"
            conn.execute("INSERT INTO topic_sections VALUES (?,?,?)", (section, slug, n))
    for slug, name, gss in PLACES:
        conn.execute(
            "INSERT INTO places VALUES (?,?,?,?)", (slug, name, gss, "city" if slug == "city-of-london" else "borough")
        )


def add(
    conn: sqlite3.Connection,
    id: int,
    title: str,
    *,
    source: str = "met-news",
    kind: str = "statement",
    summary: str = "",
    body: str = "",
    html: str = "",
    url: str | None = None,
    cluster: int | None = None,
    **more: str | int | None,
) -> None:
    """One update with its text, first version, index entry and change."""
    at = datetime.fromtimestamp(id // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    values = {
        "id": id, "source_id": source, "key": str(id), "url": url, "title": title, "summary": summary, "kind": kind,
        "published_at": at, "date_quality": "exact", "first_seen_at": at, "changed_at": at, "last_seen_at": NOW,
        "cluster_id": cluster or id, "content_hash": hashlib.sha256((title + body).encode()).hexdigest(), "tag_model": "test-1",
        **more,
    }  # fmt: skip
    seq = conn.execute("INSERT INTO changes(update_id, version, type, at) VALUES (?, 1, 'new', ?)", (id, at)).lastrowid
    values["change_seq"] = seq
    conn.execute(
        f"INSERT INTO updates({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )
    conn.execute("INSERT INTO texts VALUES (?,?,?)", (id, body, html))
    version(conn, id, 1, at, title, body, summary=summary)
    conn.execute(
        "INSERT INTO updates_fts(rowid, title, summary, body) SELECT id, title, summary, body FROM updates_doc WHERE id = ?",
        (id,),
    )


def version(conn: sqlite3.Connection, id: int, number: int, at: str, title: str, body: str, **more: object) -> None:
    """One version of an update."""
    values = {
        "update_id": id, "version": number, "seen_at": at, "title": title, "body": body,
        "sha256": hashlib.sha256((title + body).encode()).hexdigest(), **more,
    }  # fmt: skip
    conn.execute(
        f"INSERT INTO versions({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )


def evidence(field: str, text: str, words: str) -> dict[str, object]:
    """Evidence for these words in a field."""
    start = text.index(words)
    return {"field": field, "start": start, "end": start + len(words), "text": words, "rule": f"phrase:{words.lower()}"}


def topic(conn: sqlite3.Connection, id: int, slug: str, *found: dict[str, object], origin: str = "model") -> None:
    """Files an update under a topic."""
    at = datetime.fromtimestamp(id // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conn.execute(
        "INSERT INTO update_topics VALUES (?,?,?,?,?,?,?)", (slug, id, 0.9, origin, json.dumps(found), at, "test-1")
    )


def place(conn: sqlite3.Connection, id: int, slug: str, *found: dict[str, object]) -> None:
    """Files an update under a place."""
    at = datetime.fromtimestamp(id // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    conn.execute("INSERT INTO update_places VALUES (?,?,?,?,?,?)", (slug, id, "model", json.dumps(found), at, "test-1"))


def _bulk(conn: sqlite3.Connection, count: int) -> None:
    for n in range(count):
        id = update_id(plus(NOW, -86_400 - 3600 * n))
        title = f"Invented update number {n} about knives and phones"
        add(
            conn,
            id,
            title,
            kind=("appeal", "court-outcome", "operation")[n % 3],
            summary="A short invented summary.",
            body=f"Body {n}.",
        )
        topic(conn, id, ("knife-crime", "robbery")[n % 2], evidence("title", title, "knives"))
        if n % 5 == 0:
            topic(conn, id, ("robbery", "knife-crime")[n % 2], evidence("title", title, "phones"))
        place(conn, id, ("hackney", "lambeth")[n % 2])


def _policy(conn: sqlite3.Connection) -> None:
    add(
        conn, POLICY, "Stop and search: guidance for officers", source="govuk-content", kind="policy", url=POLICY_URL, body=BODY,
        html="<p>Officers may use <strong>stop and search</strong> powers.</p><script>alert(1)</script><a href='javascript:alert(1)'>x</a>",
        summary="How the power is to be used.", version=3, attachments=json.dumps([{"title": "The form", "url": "javascript:alert(1)"}]),
        refs=json.dumps(["HO 12/2026"]),
    )  # fmt: skip


def _policy_history(conn: sqlite3.Connection) -> None:
    version(
        conn,
        POLICY,
        2,
        plus(NOW, -3000),
        "Stop and search: guidance for officers",
        BODY.replace("may", "should"),
        silent=1,
        words_added=1,
        words_removed=1,
    )
    version(
        conn,
        POLICY,
        3,
        plus(NOW, -2400),
        "Stop and search: guidance for officers",
        BODY,
        change_note="Wording made plainer",
        declared_at=plus(NOW, -2500),
        words_added=1,
        words_removed=1,
    )
    conn.execute(
        "INSERT INTO changes(update_id, version, type, at) VALUES (?, 2, 'edited', ?), (?, 3, 'edited', ?)",
        (POLICY, plus(NOW, -3000), POLICY, plus(NOW, -2400)),
    )
    conn.execute(
        "INSERT INTO notices(update_id, version, seen_at, type, note) VALUES (?, 3, ?, 'declared', 'Contact details updated')",
        (POLICY, NOW),
    )


def _policy_tags(conn: sqlite3.Connection) -> None:
    topic(
        conn,
        POLICY,
        "stop-and-search",
        evidence("title", "Stop and search: guidance for officers", "Stop and search"),
        evidence("body", BODY, "stop and search powers"),
    )
    topic(conn, POLICY, "body-worn-cameras", evidence("body", BODY, "Body-worn video"))
    place(conn, POLICY, "hackney", evidence("body", BODY, "Hackney"))
    add(
        conn,
        COPY,
        "Stop and search: guidance for officers",
        source="govuk-search",
        kind="policy",
        url=POLICY_URL,
        cluster=POLICY,
        summary="The same page, found by search.",
    )
    topic(conn, COPY, "stop-and-search", origin="source")


def _states(conn: sqlite3.Connection) -> None:
    add(
        conn,
        HEADLINE,
        "Mental health crisis calls fall by a fifth, says report",
        source="evening-paper",
        kind="oversight",
        url="https://evening-paper.example/1",
    )
    topic(
        conn,
        HEADLINE,
        "mental-health",
        evidence("title", "Mental health crisis calls fall by a fifth, says report", "Mental health"),
    )
    add(
        conn,
        WITHDRAWN,
        "Appeal: have you seen this bicycle?",
        kind="appeal",
        status="withdrawn",
        status_at=NOW,
        status_note="Found, with thanks.",
        url="https://met-news.example/2",
    )
    conn.execute("INSERT INTO changes(update_id, version, type, at) VALUES (?, 1, 'withdrawn', ?)", (WITHDRAWN, NOW))
    add(
        conn,
        MEETING,
        "Ward panel, Invented Ward",
        kind="community",
        starts_at=plus(NOW, 3 * 86_400),
        ends_at=plus(NOW, 3 * 86_400 + 7200),
        url="https://met-news.example/3",
    )
    place(conn, MEETING, "hackney")


def _odd_ones(conn: sqlite3.Connection) -> None:
    add(
        conn,
        NASTY,
        HOSTILE,
        kind="statement",
        summary=HOSTILE,
        body=f"{HOSTILE}\x02 stop-and-search \x03",
        url="javascript:alert(1)",
        status_note=HOSTILE,
    )
    topic(
        conn,
        NASTY,
        "mental-health",
        {"field": "body", "start": 0, "end": 5, "text": HOSTILE, "rule": HOSTILE},
        {"field": "nonsense"},
    )
    add(conn, UNDATED, "A page without a date", published_at=None, date_quality="none")
    version(
        conn,
        HEADLINE,
        2,
        plus(NOW, -90 * 86_400),
        "",
        "",
        has_text=0,
        declared_at=plus(NOW, -100 * 86_400),
        change_note="Before our time",
    )
    conn.execute(
        "INSERT INTO related_updates VALUES (?, ?, 'follow-up', 'Both name Operation Invented', ?)",
        (POLICY, WITHDRAWN, NOW),
    )


def _releases(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO scheduled_releases(key, title, publisher, due_at, due_text, previous_due_text, state, first_seen_at, changed_at)"
        " VALUES ('r1', 'Crime in London, third quarter', 'Office of Invention', ?, '', '1 November', 'confirmed', ?, ?)",
        (plus(NOW, 86_400), NOW, NOW),
    )
    conn.execute(
        "INSERT INTO scheduled_releases(key, title, publisher, due_text, state, first_seen_at, changed_at)"
        " VALUES ('r2', 'Taser use', 'Office of Invention', 'Spring 2027', 'provisional', ?, ?)", (NOW, NOW),
    )  # fmt: skip
    conn.execute("INSERT INTO table_counts VALUES ('updates', 12345)")


def _stops(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO datasets(id, title, publisher, topic)"
        " VALUES ('stop-and-search', 'Stop and search', 'Home Office', 'stop-and-search')"
    )
    conn.execute(
        "INSERT INTO releases(id, dataset_id, released_at, first_seen_at, sha256) VALUES (9, 'stop-and-search', ?, ?, 's')",
        (NOW, NOW),
    )
    for month in ("2026-01", "2026-02"):
        conn.execute(
            "INSERT INTO stop_months(force, month, release_id, seen_at, rows, digest, added, removed) VALUES ('metropolitan', ?, 9, ?, 1, 'd', 1, 0)",
            (month, NOW),
        )
    for month, area, outcome, n in (
        ("2026-01", 1, "arrest", 2),
        ("2026-01", 1, "no-further-action", 5),
        ("2026-02", 2, "no-further-action", 4),
    ):
        conn.execute(
            "INSERT INTO stop_counts VALUES ('metropolitan', ?, ?, ?, 'drugs', 'white', ?)", (month, area, outcome, n)
        )
    conn.execute(
        "INSERT INTO coverage(dataset_id, period, state, note) VALUES ('stop-and-search', '2026-03', 'missing', 'Not on the list of months')"
    )


def _statistics(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO datasets(id, title, description, publisher, licence) VALUES ('crime', 'Recorded crime', 'Invented offences.', 'Met', 'OGL-UK-3.0')"
    )
    for n, at in ((1, "2026-03-05T09:00:00Z"), (2, "2026-04-05T09:00:00Z"), (3, "2026-06-05T09:00:00Z")):
        conn.execute(
            "INSERT INTO releases(id, dataset_id, released_at, first_seen_at, sha256, period_from, period_to, dated_by) VALUES (?, 'crime', ?, ?, ?, '2026-01', '2026-05', 'publisher')",
            (n, at, at, f"{n}"),
        )
    conn.execute(
        "INSERT INTO areas(id, code, name, kind, place) VALUES (1, 'E09000012', 'Hackney', 'borough', 'hackney'), (2, 'E09000022', 'Lambeth', 'borough', 'lambeth')"
    )
    conn.execute(
        "INSERT INTO categories(id, dataset_id, code, title, topic) VALUES (1, 'crime', 'knife/possession', 'Possession of a knife', 'knife-crime'), (2, 'crime', 'robbery', 'Robbery', 'robbery')"
    )
    for area, period, value, release in (
        (1, "2026-01", 10, 1),
        (1, "2026-02", 12, 3),
        (1, "2026-05", 9, 3),
        (2, "2026-01", 5, 1),
        (2, "2026-02", 6, 2),
    ):
        conn.execute(
            "INSERT INTO observations VALUES ('crime', 'offences', ?, 1, ?, ?, ?)", (area, period, value, release)
        )
    conn.execute(
        "INSERT INTO observation_revisions(dataset_id, measure, area_id, category_id, period, old_value, new_value, old_release_id, new_release_id) VALUES ('crime', 'offences', 1, 1, '2026-02', 11, 12, 2, 3)"
    )
    conn.execute(
        "INSERT INTO coverage(dataset_id, period, state, note) VALUES ('crime', '2026-03', 'missing', 'Not published: change of system'), ('crime', '2026-04', 'complete', '')"
    )
