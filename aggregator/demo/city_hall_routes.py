"""City Hall besides its feeds: ModernGov's web service of meetings, and the list of MOPAC's decisions."""

from __future__ import annotations

from datetime import datetime
from html import escape
from math import ceil
from typing import Final

from aggregator.demo.replies import (
    HTML,
    XML,
    Handler,
    Query,
    Reply,
    Routes,
    always,
    document,
    first,
    number,
    page,
    paragraph,
    text,
)
from aggregator.demo.shapes import Content, Decision, Meeting

SERVICE: Final = "/about-us/londonassembly/meetings/mgWebService.asmx/GetMeetings"
AGENDA: Final = "/about-us/londonassembly/meetings/ieListDocuments.aspx"
_MOPAC: Final = "/programmes-strategies/mayors-office-policing-and-crime-mopac"
DECISIONS: Final = f"{_MOPAC}/mopac-governance-and-decision-making/mopac-decisions"
DECISIONS_PER_PAGE: Final = 5
_COMMITTEE: Final = "240"


def routes(content: Content, base: str) -> Routes:
    """The web service, the agenda pages, the list and the decisions."""
    found: Routes = {
        SERVICE: _service(content.meetings),
        AGENDA: _agenda(content),
        DECISIONS: _decisions(content.mopac, base),
    }
    for decision in content.mopac:
        found[_path(decision)] = always(page(decision.title, paragraph(decision.summary)))
    return found


# --- meetings ---------------------------------------------------------------------------------------------------
def _service(meetings: tuple[Meeting, ...]) -> Handler:
    def answer(query: Query) -> Reply:
        if first(query, "lCommitteeId") != _COMMITTEE:
            return text(XML, _envelope("", 0))
        rows = "".join(_meeting(m) for m in sorted(meetings, key=lambda m: m.starts))
        return text(XML, _envelope(rows, len(meetings)))

    return answer


def _envelope(rows: str, count: int) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<getmeetings>\n'
        f"  <committeeid>{_COMMITTEE}</committeeid>\n  <committeetitle>Police and Crime Committee</committeetitle>\n"
        f"  <meetingscount>{count}</meetingscount>\n"
        f"  <committeemeetings>\n{rows}  </committeemeetings>\n</getmeetings>\n"
    )


def _meeting(meeting: Meeting) -> str:
    return (
        f"    <meeting>\n      <meetingid>{meeting.id}</meetingid>\n"
        f"      <meetingdate>{meeting.starts:%d/%m/%Y}</meetingdate>\n"
        f"      <meetingtime>{meeting.starts:%H:%M}</meetingtime>\n"
        f"      <meetingstatus>{meeting.status}</meetingstatus>\n"
        f"      <meetinglocation>{escape(meeting.location)}</meetinglocation>\n    </meeting>\n"
    )


def _agenda(content: Content) -> Handler:
    dates: dict[str, datetime] = {m.id: m.starts for m in content.meetings} | {n.id: n.meeting for n in content.modgov}

    def answer(query: Query) -> Reply:
        at = dates.get(first(query, "MId"))
        if at is None:
            return page("Meeting not found", "", 404)
        return page(f"Agenda for {at:%A}, {at.day} {at:%B %Y}, {at:%H:%M}", paragraph("Questions to the Commissioner."))

    return answer


# --- decisions --------------------------------------------------------------------------------------------------
def _decisions(decisions: tuple[Decision, ...], base: str) -> Handler:
    ordered = sorted(decisions, key=lambda d: d.published or d.signed, reverse=True)
    pages = max(1, ceil(len(ordered) / DECISIONS_PER_PAGE))

    def answer(query: Query) -> Reply:
        shown = number(query, "page", 0)
        start = shown * DECISIONS_PER_PAGE
        rows = "\n".join(_row(d, base) for d in ordered[start : start + DECISIONS_PER_PAGE])
        last = min(start + DECISIONS_PER_PAGE, len(ordered))
        body = (
            f"<p>Showing {start + 1}-{last} of {len(ordered)} results found</p>\n"
            f'<ul class="search-results">\n{rows}\n</ul>\n{_pager(shown, pages)}'
        )
        return text(HTML, document("MOPAC decisions", body))

    return answer


def _row(decision: Decision, base: str) -> str:
    published = f"<li>Date published: {_time(decision.published)}</li>" if decision.published else ""
    return (
        '<li class="search-result"><article>\n'
        f'<h3><a href="{base}{_path(decision)}">{escape(decision.title)}</a></h3>\n'
        f"<p>Page type: Decision</p>\n<ul><li>Date signed: {_time(decision.signed)}</li>{published}"
        f"<li>Reference code: {decision.reference}</li></ul>\n<p>{escape(decision.summary)}</p>\n</article></li>"
    )


def _time(at: datetime) -> str:
    """A day as Drupal writes it: at noon UTC, so that no time zone makes it another day."""
    return f'<time datetime="{at:%Y-%m-%d}T12:00:00Z">{at.day} {at:%B %Y}</time>'


def _pager(shown: int, pages: int) -> str:
    links = "".join(f'<li><a href="?page={n}">{n + 1}</a></li>' for n in range(pages) if n != shown)
    following = f'<li><a rel="next" href="?page={shown + 1}">Next</a></li>' if shown + 1 < pages else ""
    return f'<nav aria-label="Pagination"><ul>{links}{following}</ul></nav>'


def _path(decision: Decision) -> str:
    return f"{DECISIONS}/{decision.id}"
