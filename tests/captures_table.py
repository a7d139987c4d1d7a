"""The captured payloads (not committed; see tests/captures.py): which kind reads each, where a server has it, and how
many items it holds, counted by hand in the file.

Four captures are text that was taken out of a page; :func:`body` puts the least HTML (or feed) around their words that
holds what the text says, in its order.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.captures import NEWS
from tests.support.origin import Origin

JSON, HTML, RSS, ATOM = "application/json", "text/html; charset=utf-8", "application/rss+xml", "application/atom+xml"


@dataclass(frozen=True, slots=True)
class Capture:
    """One captured file. ``source`` is the id of the source that reads it, ``path`` where that source asks for it."""

    filename: str
    kind: str
    path: str
    content_type: str
    entries: int
    source: str
    status: int = 200
    role: str = "list"  # of the page that holds the entries
    context: str = ""
    options: tuple[tuple[str, Any], ...] = ()


def _document(name: str, status: int = 200) -> Capture:
    """An example of GOV.UK's content API. Two pairs share a base path, so each is served under its file's name."""
    slug = name.replace("_", "-")
    path = f"/api/content/captures/{name}"
    return Capture(f"govuk_content__{name}.json", "govuk-content", path, JSON, 1, f"doc-{slug}", status, role="item")


_TRAILING = (("identity", "trailing-number"),)
CAPTURES: tuple[Capture, ...] = (
    Capture("bbc_news_rss_2024-08-08.xml", "feed", "/bbc/rss.xml", "text/xml", 3, "bbc"),
    Capture("guardian_rss_2019-05-08.xml", "feed", "/guardian/rss", "text/xml", 3, "guardian"),
    Capture(
        "mynewsdesk_current_news_rss_2026-09-17.xml",
        "feed",
        "/rss/current_news",
        RSS,
        2,
        "mynewsdesk",
        options=_TRAILING,
    ),
    Capture("legislation_atom_entries.xml.txt", "legislation", "/new/data.feed", ATOM, 3, "legislation"),
    _document("consultation_outcome"),
    _document("consultation_withdrawn"),
    _document("detailed_guide_withdrawn"),
    _document("document_collection_with_history"),
    _document("foi_release"),
    _document("gone_with_alternative_path", status=410),
    _document("html_publication_updated"),
    _document("open_call_for_evidence"),
    _document("open_consultation"),
    _document("policy_paper"),
    _document("press_release"),
    _document("publication"),
    _document("publication-with-featured-attachments"),
    _document("redirect"),
    _document("speech_with_updates"),
    _document("statistics_announcement_release_date_changed"),
    _document("statutory_guidance"),
    _document("transparency_data"),
    _document("withdrawn_publication"),
    Capture(
        "govuk_finder__policy_papers_and_consultations.json",
        "govuk-content",
        "/api/content/captures/finder",
        JSON,
        1,
        "doc-finder",
        role="item",
    ),
    Capture(  # all three answers are cut in the list, so each is read from its own page
        "parliament_written_questions_list.json",
        "parliament-questions",
        "/api/writtenquestions/questions",
        JSON,
        3,
        "questions",
        options=(("follow", 10),),
    ),
    Capture(
        "parliament_committee_publications.json", "parliament-committees", "/api/Publications", JSON, 3, "committees"
    ),
    Capture(
        "datapoliceuk_metropolitan_events.json",
        "police-events",
        "/api/metropolitan/E05009386/events",
        JSON,
        1,
        "events",
        role="item",
        context="E05009386|",
        options=(("ids", ("E05009386",)),),
    ),
    Capture(
        "metnews_latest_news_listing_text_2020-12.txt",
        "listing",
        "/latest_news",
        HTML,
        3,
        "met-list",
        options=_TRAILING,
    ),
    Capture("mopac_decisions_listing_text.txt", "mopac-decisions", "/mopac-decisions", HTML, 2, "mopac"),
    Capture("college_app_changes_text.md", "college-app", "/app/changes", HTML, 2, "college"),
)


def body(capture: Capture, folder: Path = NEWS) -> bytes:
    """The payload as it is served."""
    data = (folder / capture.filename).read_bytes()
    rebuild = _REBUILT.get(capture.kind)
    return rebuild(data.decode()).encode() if rebuild else data


def _feed_of_entries(text: str) -> str:
    """The three entries were taken out of feeds that declare their prefixes at the top."""
    names = {"ukm": "http://www.legislation.gov.uk/namespaces/metadata", "pbl": "http://www.legislation.gov.uk/namespaces/publishing",
             "dc": "http://purl.org/dc/elements/1.1/"}  # fmt: skip
    prefixes = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in names.items())
    return f'<feed xmlns="http://www.w3.org/2005/Atom" {prefixes}><title>Legislation</title>{text}</feed>'


def _newsroom(text: str) -> str:
    """Rows of title, "News • date", teaser. The capture has no links: numbers are made up in their place."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    starts = [at for at, line in enumerate(lines) if line.startswith("News •")]
    items = (
        f'<li><a href="/news/story-{900000 - at}">{lines[at - 1]}</a> <span>{lines[at]}</span><p>{lines[at + 1]}</p></li>'
        for at in starts
    )
    return f"<main><h1>Latest news</h1><ul>{''.join(items)}</ul></main>"


def _decisions(text: str) -> str:
    """Rows "• PCD …", labels, summary; the first line tells how many there are."""
    first, *rest = [line.strip() for line in text.splitlines() if line.strip()]
    html = "".join(_decision_line(line) for line in rest[1:])
    return f"<main><p>{first}</p><h1>{rest[0]}</h1><ul>{html.replace('</li>', '', 1)}</li></ul></main>"


def _decision_line(line: str) -> str:
    title = re.match(r"• (PCD (\d+).*)", line)
    if title:
        return f'</li><li><h3><a href="/decisions/pcd-{title[2]}">{title[1]}</a></h3>'
    return f"<p>{line.removeprefix('•').strip()}</p>"


def _changes(text: str) -> str:
    """Rows of category, guidance, changes; the dates were lost when the text was taken."""
    rows = (line.strip(" |").split(" | ") for line in text.splitlines() if line.count(" | ") >= 2)
    cells = "".join(
        f"<tr><td></td>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows if row[0] != "Date"
    )
    return f"<table><tr><th>Date</th><th>Category</th><th>Guidance</th><th>Changes</th></tr>{cells}</table>"


_REBUILT: dict[str, Callable[[str], str]] = {
    "legislation": _feed_of_entries,
    "listing": _newsroom,
    "mopac-decisions": _decisions,
    "college-app": _changes,
}


def serve_captures(origin: Origin, folder: Path = NEWS) -> list[dict[str, Any]]:
    """Registers every capture with the origin. Returns the sources that read them, as feeds.yaml would have them."""
    sources = []
    for capture in CAPTURES:
        content = body(capture, folder)
        origin.add(capture.path, body=content, status=capture.status, content_type=capture.content_type)
        if capture.kind == "parliament-questions":
            _serve_details(origin, capture, content)
        options = {key: list(value) if isinstance(value, tuple) else value for key, value in capture.options}
        url = (
            origin.url("/api/metropolitan/neighbourhoods")
            if capture.kind == "police-events"
            else origin.url(capture.path)
        )
        sources.append({"id": capture.source, "kind": capture.kind, "url": url, **options})
    return sources


def _serve_details(origin: Origin, capture: Capture, content: bytes) -> None:
    """Each question's own page. Their full texts were not captured, so they answer with the text of the list."""
    for result in json.loads(content)["results"]:
        path = f"{capture.path}/{result['value']['id']}"
        origin.add(path, body=json.dumps({"value": result["value"]}).encode(), content_type=JSON)
