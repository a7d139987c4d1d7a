"""Neighbourhoods as data.police.uk serves them, a policy page to watch, and the ONS release calendar."""

from __future__ import annotations

import json
import textwrap
from html import escape
from typing import Final

from aggregator.demo import when
from aggregator.demo.pdf import pdf
from aggregator.demo.replies import Handler, Query, Reply, Routes, always, as_json, number, page, paragraph, text
from aggregator.demo.shapes import Content, Event, Neighbourhood, PolicyPage, Priority, Release

NEIGHBOURHOODS: Final = "/api/metropolitan/neighbourhoods"
POLICY_PAGE: Final = "/policies/stop-and-search"
POLICY_FILE: Final = "/policies/use-of-force.pdf"
PDF_COLUMNS: Final = 85
CALENDAR: Final = "/v1/search/releases"


def routes(content: Content) -> Routes:
    """Neighbourhood API, policy page and calendar."""
    found: Routes = {
        NEIGHBOURHOODS: always(as_json([{"id": n.id, "name": n.name} for n in content.neighbourhoods])),
        POLICY_PAGE: always(_policy_page(content.policy_page)),
        POLICY_FILE: always(_policy_file(content.policy_file)),
        CALENDAR: _calendar(content.calendar),
    }
    for hood in content.neighbourhoods:
        prefix = f"/api/metropolitan/{hood.id}"
        found[prefix] = always(as_json(_neighbourhood(hood)))
        found[f"{prefix}/events"] = always(_with_slashes([_event(e) for e in hood.events]))
        found[f"{prefix}/priorities"] = always(_with_slashes([_priority(p) for p in hood.priorities]))
    for release in content.calendar:
        found[f"/releases/{release.id}"] = always(page(release.title, paragraph(release.summary)))
    return found


# --- data.police.uk ---------------------------------------------------------------------------------------------
def _with_slashes(value: object) -> Reply:
    """JSON with escaped slashes, as data.police.uk writes it."""
    return text("application/json", json.dumps(value, ensure_ascii=True).replace("/", r"\/"))


def _neighbourhood(hood: Neighbourhood) -> dict[str, object]:
    return {
        "id": hood.id,
        "name": hood.name,
        "description": None,
        "url_force": f"https://www.met.police.uk/area/your-area/met/{hood.place}/",
        "population": "0",
        "centre": {"latitude": "51.5", "longitude": "-0.1"},
        "contact_details": {},
        "links": [],
        "locations": [],
    }


def _event(event: Event) -> dict[str, object]:
    """Naive local times; no id; an end only where there is one."""
    end = {"end_date": when.naive(event.ends)} if event.ends else {}
    return {
        "contact_details": {},
        "description": event.description,
        **end,
        "title": event.title,
        "address": event.address,
        "type": event.type,
        "start_date": when.naive(event.starts),
    }


def _priority(priority: Priority) -> dict[str, object]:
    """Hyphenated keys; nothing done yet is null."""
    return {
        "action": priority.action,
        "issue-date": when.naive(priority.set),
        "action-date": when.naive(priority.acted) if priority.acted else None,
        "issue": priority.issue,
    }


# --- a page that is watched ---------------------------------------------------------------------------------------
def _policy_page(policy: PolicyPage) -> Reply:
    sections = "\n".join(f"<h2>{escape(s.heading)}</h2>\n<p>{escape(s.text)}</p>" for s in policy.sections)
    # the cookie banner and the visitors' counter are what a watcher must not take for the policy
    visits = sum(len(s.text) for s in policy.sections)
    noise = f'<div class="cookies">We use cookies.</div><p class="visits">Read {visits} times</p>'
    return page(policy.title, f'{noise}\n<article class="policy">\n{sections}\n</article>')


def _policy_file(policy: PolicyPage) -> Reply:
    lines = [policy.title, ""]
    for section in policy.sections:
        lines += [section.heading, *textwrap.wrap(section.text, PDF_COLUMNS), ""]
    return Reply("application/pdf", pdf(lines, title=policy.title))


# --- release calendar ---------------------------------------------------------------------------------------------
def _calendar(releases: tuple[Release, ...]) -> Handler:
    """Search of the ONS release calendar, oldest first."""

    def answer(query: Query) -> Reply:
        ordered = sorted(releases, key=lambda r: r.due)
        start = number(query, "offset", 0)
        shown = ordered[start : start + number(query, "limit", 10)]
        states = ("provisional", "confirmed", "postponed", "published", "cancelled")
        breakdown = {state: sum(r.state == state for r in releases) for state in states}
        return as_json(
            {"took": 3, "breakdown": {"total": len(ordered), **breakdown}, "releases": [_release(r) for r in shown]}
        )

    return answer


def _release(release: Release) -> dict[str, object]:
    moved = release.first_due is not None
    changes = (
        [{"previous_date": when.millis(release.first_due), "change_notice": release.moved}] if release.first_due else []
    )
    return {
        "uri": f"/releases/{release.id}",
        "date_changes": changes,
        "description": {
            "title": release.title,
            "summary": release.summary,
            "release_date": when.millis(release.due),
            "published": release.state == "published",
            "cancelled": release.state == "cancelled",
            "finalised": release.state in ("confirmed", "published"),
            "postponed": moved,
            "census": False,
        },
    }
