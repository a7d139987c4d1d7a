"""A year of policy as it really goes, played by a loopback origin: exactly the versions, states and change rows that a
careful archivist would have written down, no more and no fewer.

Each test is one document's story: steps on certain days, a round of the whole collector after each.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from aggregator.demo.pdf import pdf
from aggregator.limits import FLAP_LIMIT
from tests.pipeline import govuk_origin as govuk
from tests.pipeline.harness import rows, rss
from tests.pipeline.stage import Stage, Step, nothing
from tests.support.origin import Origin

pytestmark = pytest.mark.usefixtures("quick")
POLICY = "/guidance/stop-and-search-code"


@pytest.fixture
def documents(tmp_path: Path, origin: Origin) -> Stage:
    source = {"id": "govuk", "kind": "govuk-content", "url": origin.url("/api/content"), "paths": [POLICY]}
    return Stage(tmp_path, origin, source)


def code(body: str, *history: tuple[str, str], **fields: Any) -> dict[str, Any]:
    first = ("2025-11-03T09:30:00.000+00:00", "First published.")
    return govuk.document(POLICY, "Stop and search: code of practice", body, history=(*history, first), **fields)


def serve(origin: Origin, *items: dict[str, Any]) -> Step:
    """A step in which the content API starts to answer with these documents."""

    def step() -> None:
        for item in items:
            govuk.serve(origin, item, 410 if item["schema_name"] == "gone" else 200)

    return step


# --- edits ------------------------------------------------------------------------------------------------------
def test_announced_and_silent_edits_and_a_to_b_to_a(documents: Stage, origin: Origin) -> None:
    a, b = "<p>An officer must give a reason.</p>", "<p>An officer should give a reason.</p>"
    note = ("2026-02-14T10:00:00+00:00", "Updated chapter 2.")
    documents.play(
        (0, serve(origin, code(a))),
        (1, nothing),
        (10, serve(origin, code(b))),  # not a word of it
        (20, serve(origin, code(a))),  # and back
        (21, nothing),
        (41, serve(origin, code(b + "<p>And a receipt.</p>", note))),
        (50, serve(origin, code("<p>An officer&nbsp;should  give a reason.</p>\n<p>And a receipt.</p>", note))),
    )
    assert documents.versions(POLICY) == [
        (1, 0, False, "First published."),
        (2, 10, True, ""),
        (3, 20, True, ""),
        (4, 41, False, "Updated chapter 2."),
    ]
    assert documents.changes(POLICY) == [("new", 1, 0), ("edited", 2, 10), ("edited", 3, 20), ("edited", 4, 41)]
    assert rows(documents.db, "SELECT words_added, words_removed FROM versions ORDER BY version")[1:] == [
        (1, 1),
        (1, 1),
        (4, 1),
    ]
    assert documents.notices() == []


def test_declared_history_is_kept_as_versions_without_text(documents: Stage, origin: Origin) -> None:
    older = [("2025-12-20T10:00:00Z", "Corrected a date."), ("2025-12-01T10:00:00Z", "Added annex A.")]
    documents.play((0, serve(origin, code("<p>Text.</p>", *older))), (1, nothing))
    assert rows(documents.db, "SELECT version, declared_at, change_note, has_text FROM versions ORDER BY version") == [
        (1, "2025-11-03T09:30:00Z", "First published.", 0),
        (2, "2025-12-01T10:00:00Z", "Added annex A.", 0),
        (3, "2025-12-20T10:00:00Z", "Corrected a date.", 1),
    ]
    assert documents.changes() == [("new", 3, 0)]


def test_a_declared_change_without_a_change_of_text_is_a_notice(documents: Stage, origin: Origin) -> None:
    text = "<p>An officer must give a reason.</p>"
    note = ("2026-03-01T09:00:00Z", "Reviewed: no change.")
    later = ("2026-04-01T09:00:00Z", "Chapter 3 rewritten.")
    documents.play(
        (0, serve(origin, code(text))),
        (60, serve(origin, code(text, note))),
        (61, nothing),
        (90, serve(origin, code(text + "<p>Chapter 3.</p>", later, note))),
    )
    assert documents.versions() == [(1, 0, False, "First published."), (2, 90, False, "Chapter 3 rewritten.")]
    assert documents.changes() == [("new", 1, 0), ("edited", 2, 90)]
    assert documents.notices() == [("declared", "Reviewed: no change.", 1)], "kept once, and no version lost or made"


def test_changes_declared_between_two_looks_are_versions_without_text(documents: Stage, origin: Origin) -> None:
    notes = [("2026-02-03T09:00:00Z", "Third."), ("2026-02-02T09:00:00Z", "Second.")]
    documents.play((0, serve(origin, code("<p>One.</p>"))), (40, serve(origin, code("<p>Three.</p>", *notes))))
    assert rows(documents.db, "SELECT version, change_note, has_text, silent FROM versions ORDER BY version") == [
        (1, "First published.", 1, 0),
        (2, "Second.", 0, 0),
        (3, "Third.", 1, 0),
    ]
    assert documents.changes() == [("new", 1, 0), ("edited", 3, 40)]


def test_what_match_let_in_once_is_followed_to_its_end(tmp_path: Path, origin: Origin) -> None:
    source = {
        "id": "govuk",
        "kind": "govuk-content",
        "url": origin.url("/api/content"),
        "paths": [POLICY],
        "match": "(?i)search",
    }
    stage = Stage(tmp_path, origin, source)
    renamed = {**code("<p>About powers.</p>"), "title": "Powers: code of practice"}
    stage.play(
        (0, serve(origin, code("<p>About powers.</p>"))),
        (5, serve(origin, renamed)),
        (9, serve(origin, govuk.gone(POLICY, "<p>No longer needed.</p>"))),
    )
    assert stage.changes() == [("new", 1, 0), ("edited", 2, 5), ("withdrawn", 2, 9)]
    assert stage.status() == [("gone", "No longer needed.")]


# --- states -----------------------------------------------------------------------------------------------------
def test_withdrawal_and_return(documents: Stage, origin: Origin) -> None:
    text = "<p>An officer must give a reason.</p>"
    notice = {"explanation": "<p>Replaced by the 2027 code.</p>", "withdrawn_at": "2026-05-01T10:00:00Z"}
    documents.play(
        (0, serve(origin, code(text))),
        (120, serve(origin, code(text, withdrawn_notice=notice))),
        (121, nothing),
        (150, serve(origin, code(text))),
    )
    assert documents.versions() == [(1, 0, False, "First published.")]
    assert documents.changes() == [("new", 1, 0), ("withdrawn", 1, 120), ("restored", 1, 150)]
    assert documents.notices() == [("status", "Withdrawn on 2026-05-01. Replaced by the 2027 code.", 1)]
    assert documents.status() == [("live", "")]


def test_410_and_back(documents: Stage, origin: Origin) -> None:
    documents.play(
        (0, serve(origin, code("<p>Text.</p>"))),
        (30, serve(origin, govuk.gone(POLICY, "<p>Published in error.</p>"))),
        (31, nothing),
        (60, serve(origin, code("<p>Text.</p>"))),
    )
    assert documents.changes() == [("new", 1, 0), ("withdrawn", 1, 30), ("restored", 1, 60)]
    assert documents.status() == [("live", "")]


def test_a_redirect_is_followed_to_its_successor(documents: Stage, origin: Origin) -> None:
    new = "/guidance/police-powers-code"
    successor = govuk.document(new, "Police powers: code of practice", "<p>All in one.</p>")
    documents.play(
        (0, serve(origin, code("<p>Text.</p>"))),
        (80, serve(origin, govuk.redirect(POLICY, new + "#chapter-2"), successor)),
        (81, nothing),
        (90, serve(origin, {**successor, "details": {"body": "<p>All in one book.</p>"}})),
    )
    assert documents.changes(POLICY) == [("new", 1, 0), ("withdrawn", 1, 80)]
    assert documents.changes(new) == [("new", 1, 80), ("edited", 2, 90)]
    target = origin.url(new) + "#chapter-2"
    assert rows(documents.db, "SELECT status, redirect_to FROM updates WHERE key = ?", POLICY) == [
        ("redirected", target)
    ]
    linked = rows(
        documents.db,
        "SELECT o.key, n.key, r.relation, r.reason FROM related_updates r JOIN updates o ON o.id = r.update_id "
        "JOIN updates n ON n.id = r.other_id",
    )
    assert linked == [(POLICY, new, "successor", f"its publisher redirects it to {target}")]


def test_what_vanishes_is_gone_only_when_two_rounds_say_so(documents: Stage, origin: Origin) -> None:
    documents.play(
        (0, serve(origin, code("<p>Text.</p>"))),
        (10, lambda: origin.remove(f"/api/content{POLICY}")),
        (11, serve(origin, code("<p>Text.</p>"))),  # a hiccup: it never counted
        (20, lambda: origin.remove(f"/api/content{POLICY}")),
    )
    assert documents.status() == [("live", "")]
    documents.play((21, nothing), (22, nothing), (200, serve(origin, code("<p>Text.</p>"))))
    assert documents.changes() == [("new", 1, 0), ("withdrawn", 1, 21), ("restored", 1, 200)]
    note = "vanished: not in govuk: its address is unknown there (404) since 2026-01-25, and nothing was said of it"
    assert documents.notices() == [("status", note, 1)]


LIST = [(str(n), f"Decision {n}", f"The board decided matter {n}.") for n in range(5008, 5000, -1)]


def test_what_a_complete_list_no_longer_has_vanishes_and_a_broken_list_is_not_believed(
    tmp_path: Path, origin: Origin
) -> None:
    source = {"id": "list", "kind": "feed", "url": origin.url("/rss"), "identity": "trailing-number", "complete": True}
    stage = Stage(tmp_path, origin, source)

    def lists(items: Sequence[tuple[str, str, str]]) -> Step:
        return lambda: origin.add("/rss", body=rss(items), content_type="application/rss+xml")

    stage.play(
        (0, lists(LIST)), (1, lists(LIST[:3] + LIST[4:])), (2, nothing), (3, nothing),
        (10, lists(LIST[:2])), (11, nothing), (12, nothing), (20, lists(LIST)), (21, nothing),
    )  # fmt: skip
    assert stage.changes("news-5005") == [("new", 1, 0), ("withdrawn", 1, 2), ("restored", 1, 20)]
    others = [c for item in LIST if item[0] != "5005" for c in stage.changes(f"news-{item[0]}")]
    assert others == [("new", 1, 0)] * 7, "six of seven missing at once is a fault of the list"
    assert any("not believed" in error for (error,) in rows(stage.db, "SELECT error FROM fetches"))


def test_what_leaves_the_window_of_an_ordinary_feed_has_not_vanished(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(
        tmp_path, origin, {"id": "list", "kind": "feed", "url": origin.url("/rss"), "identity": "trailing-number"}
    )
    stage.play(
        (0, lambda: origin.add("/rss", body=rss(LIST), content_type="application/rss+xml")),
        (1, lambda: origin.add("/rss", body=rss(LIST[:7]), content_type="application/rss+xml")),
        (2, nothing), (3, nothing),
    )  # fmt: skip
    assert {status for status, _ in stage.status()} == {"live"}


# --- documents of several parts ---------------------------------------------------------------------------------
def test_a_consultation_is_one_document_from_opening_to_outcome(documents: Stage, origin: Origin) -> None:
    dates = {"opening_date": "2026-01-05T09:00:00Z", "closing_date": "2026-03-30T23:45:00Z"}
    outcome = {**dates, "final_outcome_detail": "<p>We will publish the data.</p>"}
    note = ("2026-06-02T09:30:00Z", "Published the government response.")
    documents.play(
        (0, serve(origin, code("<p>What do you think?</p>", document_type="open_consultation", details=dates))),
        (85, serve(origin, code("<p>What do you think?</p>", document_type="closed_consultation", details=dates))),
        (86, nothing),
        (
            150,
            serve(
                origin, code("<p>What do you think?</p>", note, document_type="consultation_outcome", details=outcome)
            ),
        ),
    )
    assert documents.versions() == [
        (1, 0, False, "First published."),
        (2, 150, False, "Published the government response."),
    ]
    assert documents.changes() == [("new", 1, 0), ("edited", 1, 85), ("edited", 2, 150)], (
        "closing is told, and is no version"
    )
    assert documents.notices() == [("stage", "open → closed", 1), ("stage", "closed → outcome", 2)]
    assert rows(documents.db, "SELECT stage, kind FROM updates") == [("outcome", "policy")]


def test_an_attachment_changed_alone_is_a_version(documents: Stage, origin: Origin) -> None:
    def with_file(size: int) -> dict[str, Any]:
        file = {
            "title": "Code A",
            "url": "https://assets.example/code-a.pdf",
            "content_type": "application/pdf",
            "file_size": size,
        }
        return code("<p>See the code.</p>", details={"attachments": [file]})

    documents.play((0, serve(origin, with_file(1000))), (30, serve(origin, with_file(1004))), (31, nothing))
    assert documents.versions() == [(1, 0, False, "First published."), (2, 30, True, "")]
    assert documents.changes() == [("new", 1, 0), ("edited", 2, 30)]
    sizes = rows(documents.db, "SELECT json_extract(attachments, '$[0].size') FROM versions ORDER BY version")
    assert sizes == [(1000,), (1004,)], "what changed can be seen from the versions alone"


def test_a_part_that_changes_makes_a_version_of_the_whole(documents: Stage, origin: Origin) -> None:
    def chapter(body: str) -> dict[str, Any]:
        return govuk.part(POLICY, "chapter-1", "Chapter 1", f"<p>{body}</p>")

    whole = code("<p>In chapters.</p>", links=govuk.children(chapter("")))
    documents.play(
        (0, serve(origin, whole)),  # the chapter cannot be read yet
        (1, serve(origin, chapter("Reasons."))),  # now it is known: it has not changed
        (2, nothing),
        (30, serve(origin, chapter("Reasons and receipts."))),
        (40, lambda: origin.add(f"/api/content{POLICY}/chapter-1", status=503)),  # not readable: as it was
        (41, nothing),
        (50, serve(origin, chapter("Reasons and receipts."))),
    )
    assert documents.versions(POLICY) == [(1, 0, False, "First published."), (2, 30, True, "")]
    assert documents.changes("/chapter-1") == [("new", 1, 1), ("edited", 2, 30)]
    assert documents.changes(POLICY) == [("new", 1, 0), ("edited", 2, 30)]


def test_an_announcement_with_a_moved_date(documents: Stage, origin: Origin) -> None:
    def announced(**details: str) -> dict[str, Any]:
        return govuk.document(
            POLICY, "Stop and search statistics", "", schema_name="statistics_announcement",
            document_type="official_statistics_announcement", details={"state": "confirmed", **details},
        )  # fmt: skip

    moved = {"previous_display_date": "20 May 2026 9:30am", "latest_change_note": "Late returns from one force."}
    documents.play(
        (0, serve(origin, announced(display_date="20 May 2026 9:30am"))),
        (100, serve(origin, announced(display_date="17 June 2026 9:30am", **moved))),
        (101, nothing),
    )
    assert documents.versions() == [(1, 0, False, ""), (2, 100, False, "Late returns from one force.")]
    assert documents.changes() == [("new", 1, 0), ("edited", 2, 100)]
    assert rows(documents.db, "SELECT starts_at FROM updates") == [("2026-06-17T08:30:00Z",)]


# --- pages and files --------------------------------------------------------------------------------------------
def web_page(text: str, clock: str = "") -> bytes:
    return f"<html><head><title>Vetting</title></head><body><main><h1>Vetting policy</h1><p>{text}</p><p>{clock}</p></main></body></html>".encode()


@pytest.fixture
def page(tmp_path: Path, origin: Origin) -> Stage:
    return Stage(tmp_path, origin, {"id": "vetting", "kind": "page", "url": origin.url("/vetting")})


def test_a_flapping_clock_stops_making_versions_and_an_announced_one_never_begins(page: Stage, origin: Origin) -> None:
    def ticks(words: str) -> Step:
        count = 0

        def step() -> None:
            nonlocal count
            count += 1
            origin.add("/vetting", body=web_page("Checks are renewed.", words.format(count, f"{count % 60:02}")))

        return step

    known = ticks("Page rendered at 10:{1}")
    page.play(*((n, known) for n in range(5)))
    assert page.versions() == [(1, 0, False, "")]
    odd = ticks("Tick {0}")  # nobody could know that this is a clock
    page.play(*((5, odd) for _ in range(40)))
    assert len(page.versions()) == 1 + FLAP_LIMIT
    assert rows(page.db, "SELECT flapping FROM updates") == [(1,)]
    assert "make no more versions" in rows(page.db, "SELECT error FROM fetches ORDER BY id DESC LIMIT 1")[0][0]
    page.play(*((5 + week * 8, odd) for week in range(1, 4)))
    assert len(page.versions()) == 1 + FLAP_LIMIT + 3, "a calm period later one is kept again"


def test_a_page_that_becomes_a_challenge_page_keeps_its_text(page: Stage, origin: Origin) -> None:
    challenge = b"<html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt = {};</script></body></html>"
    page.play(
        (0, lambda: origin.add("/vetting", body=web_page("Checks are renewed every seven years."))),
        (1, lambda: origin.add("/vetting", body=challenge, status=403)),
        (2, lambda: origin.add("/vetting", body=challenge, status=200)),
        (3, lambda: origin.add("/vetting", body=web_page("Checks are renewed every seven years."))),
    )
    assert page.changes() == [("new", 1, 0)]
    assert [o for (o,) in rows(page.db, "SELECT outcome FROM fetches ORDER BY id")][1:3] == ["blocked", "blocked"]


def test_a_page_that_is_removed_missing_or_moved(page: Stage, origin: Origin) -> None:
    def moves() -> None:
        origin.add("/standards/vetting", body=web_page("Checks are renewed."))
        origin.redirect("/vetting", "/standards/vetting", 301)

    back = lambda: origin.add("/vetting", body=web_page("Checks are renewed."), etag='"1"')  # noqa: E731
    page.play(
        (0, back),
        (1, lambda: origin.add("/vetting", status=410, body=b"gone")),
        (2, back),
        (3, lambda: origin.remove("/vetting")), (4, nothing),
        (5, back),
        (6, moves), (7, nothing),
    )  # fmt: skip
    assert page.changes(origin.url("/vetting")) == [
        ("new", 1, 0), ("withdrawn", 1, 1), ("restored", 1, 2), ("withdrawn", 1, 4), ("restored", 1, 5), ("withdrawn", 1, 6),
    ]  # fmt: skip
    assert page.changes("/standards/vetting") == [("new", 1, 6)]
    assert rows(page.db, "SELECT status, redirect_to FROM updates WHERE key = ?", origin.url("/vetting")) == [
        ("redirected", origin.url("/standards/vetting"))
    ]


def test_a_pdf_replaced_at_its_address(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, {"id": "plan", "kind": "pdf", "url": origin.url("/plan.pdf")})

    def puts(*lines: str, producer: str = "A") -> Step:
        return lambda: origin.add("/plan.pdf", body=pdf(lines, producer=producer), content_type="application/pdf")

    stage.play(
        (0, puts("Officers wear cameras.", "Footage is kept for 31 days.")),
        (
            10,
            puts("Officers wear cameras.", "Footage is kept for 31 days.", producer="B"),
        ),  # other bytes, the same words
        (20, puts("Officers wear cameras.", "Footage is kept for 90 days.")),
        (30, lambda: origin.add("/plan.pdf", body=b"<h1>Sorry</h1>", content_type="text/html")),
    )
    assert stage.versions() == [(1, 0, False, ""), (2, 20, True, "")]
    assert stage.changes() == [("new", 1, 0), ("edited", 2, 20)]
    assert rows(stage.db, "SELECT words_added, words_removed FROM versions WHERE version = 2") == [(1, 1)]
    assert "not a PDF" in rows(stage.db, "SELECT error FROM fetches ORDER BY id DESC LIMIT 1")[0][0]


# --- items that have left the list ------------------------------------------------------------------------------
def test_news_that_its_publisher_took_down_is_noticed_after_it_left_the_feed(tmp_path: Path, origin: Origin) -> None:
    source = {"id": "news", "kind": "feed", "url": origin.url("/rss"), "identity": "trailing-number", "recheck": 2}
    stage = Stage(tmp_path, origin, source)

    def lists(*items: tuple[str, str, str]) -> None:
        body = rss(items).replace(b"https://news.example", origin.base.encode()).replace(b"2026", b"2025")
        origin.add("/rss", body=body, content_type="application/rss+xml")

    def begin() -> None:
        lists(*LIST[:4])
        for number, *_ in LIST[:4]:
            origin.add(f"/news/story-{number}", body=b"<h1>Decision</h1>")

    def leave() -> None:
        lists(LIST[0])
        origin.remove("/news/story-5007")
        origin.add("/news/story-5006", status=410, body=b"gone")
        origin.add("/news/story-5005", status=503, body=b"later")  # says nothing of the item

    asked = len(origin.seen())
    stage.play((0, begin), (2, leave), *((n, nothing) for n in range(3, 9)))
    assert [stage.changes(f"news-{n}")[1:] for n in (5008, 5007, 5006, 5005)] == [
        [],
        [("withdrawn", 1, 4)],
        [("withdrawn", 1, 2)],
        [],
    ]
    assert stage.status("news-5006") == [("gone", "removed by its publisher (410)")]
    rechecks = [s for s in origin.seen()[asked:] if s.path.startswith("/news/story-")]
    assert len(rechecks) <= 2 * 7, "no more than two a round"


def test_a_document_that_the_search_no_longer_finds_is_followed_all_the_same(tmp_path: Path, origin: Origin) -> None:
    def search(*paths: str) -> Step:
        results = [{"link": path, "title": "Stop and search"} for path in paths]
        body = json.dumps({"results": results, "total": len(results), "start": 0}).encode()
        return lambda: origin.add("/api/search.json", body=body, content_type=govuk.JSON)

    other = govuk.document("/guidance/other", "Other", "<p>Other.</p>")
    source = {"id": "govuk", "kind": "govuk-content", "url": origin.url("/api/search.json"), "recheck": 5}
    stage = Stage(tmp_path, origin, source)
    serve(origin, code("<p>Text.</p>"), other)()
    withdrawn = {"explanation": "<p>Out of date.</p>", "withdrawn_at": "2026-02-01T10:00:00Z"}
    stage.play(
        (0, search(POLICY, "/guidance/other")),
        (10, search("/guidance/other")),  # withdrawn documents are left out of the search
        (28, serve(origin, code("<p>Text.</p>", withdrawn_notice=withdrawn))),
        (30, nothing),
    )
    assert stage.changes(POLICY) == [("new", 1, 0), ("withdrawn", 1, 28)]
