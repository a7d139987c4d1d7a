"""Priorities of neighbourhood teams (data.police.uk): an issue and what is done about it.

The issue is the identity; a change of the action is a new version.
"""

from __future__ import annotations

from typing import Final

from aggregator.limits import MAX_BODY_CHARS, MAX_SUMMARY_CHARS
from aggregator.models import Entry, Page, Parsed, Request, Source, Utc
from aggregator.sources import police_api, rows
from aggregator.sources.jsonread import Json, load_list, objects
from aggregator.sources.kind import SourceKind
from aggregator.sources.police_api import field
from aggregator.text import dates, html
from aggregator.text.normalise import clean, shorten

_TITLE: Final = 120


def plan(source: Source, now: Utc) -> tuple[Request, ...]:
    """The list of neighbourhoods, or the priorities of those named."""
    return police_api.plan(source, now, "priorities")


def parse(source: Source, page: Page) -> Parsed:
    """Priorities of one neighbourhood (often none), or requests for those of this round's slice."""
    if page.request.role != "item":
        return police_api.neighbourhoods(source, page, "priorities")
    entries: dict[str, Entry] = {}
    problems: list[str] = []
    for item in objects(load_list(source, page)):
        entry = _entry(item, page)
        if entry is None:
            problems.append(f"a priority without an issue in {police_api.place(page)}")
        else:
            entries.setdefault(entry.key, entry)
    return Parsed(tuple(entries.values()), (), tuple(problems))


def _entry(item: Json, page: Page) -> Entry | None:
    issue = clean(html.to_text(field(item, "issue")), MAX_BODY_CHARS)
    if not issue:
        return None
    action = clean(html.to_text(field(item, "action")), MAX_BODY_CHARS)
    raised = dates.parse_local(field(item, "issue-date"), now=page.fetched_at)
    acted = dates.parse_local(field(item, "action-date"), now=page.fetched_at)
    number, _ = police_api.ward(page)
    parts = (f"Issue: {issue}", action and f"Action: {action}", f"Neighbourhood: {police_api.place(page)}")
    return Entry(
        key=rows.digest(number, issue),
        url=None,  # one address for all priorities of a ward would make them one
        title=police_api.heading(f"Priority in {police_api.place(page)}", shorten(" ".join(issue.split()), _TITLE)),
        summary=clean(issue, MAX_SUMMARY_CHARS),
        body=clean("\n\n".join(filter(None, parts)), MAX_BODY_CHARS),
        published_at=raised.at,
        published_raw=raised.raw,
        date_quality=raised.quality,
        modified_at=acted.at,
        kind="community",
        refs=(number,),
    )


KIND: Final = SourceKind(
    name="police-priorities", plan=plan, parse=parse, options=frozenset({"ids", "follow"}), single=False
)
