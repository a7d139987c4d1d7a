"""All kinds of source by the name that `kind:` of feeds.yaml gives them, and the one way to read a page of any."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from aggregator.errors import ParseError
from aggregator.limits import MAX_ENTRIES_PER_PAGE, MAX_KEY_CHARS
from aggregator.models import Entry, Page, Parsed, Source
from aggregator.sources import (
    calendar,
    college_app,
    datastore,
    feed,
    govuk_content,
    govuk_search,
    legislation,
    listing,
    modgov_feed,
    modgov_meetings,
    mopac_decisions,
    ons_dataset,
    page,
    parliament_bills,
    parliament_committees,
    parliament_questions,
    parliament_statements,
    pdf,
    police_events,
    police_priorities,
    police_stops,
    table,
)
from aggregator.sources.kind import SourceKind
from aggregator.sources.rows import digest

KINDS: Final[Mapping[str, SourceKind]] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            feed.KIND,
            modgov_feed.KIND,
            legislation.KIND,
            govuk_search.KIND,
            govuk_content.KIND,
            listing.KIND,
            page.KIND,
            pdf.KIND,
            mopac_decisions.KIND,
            college_app.KIND,
            parliament_questions.KIND,
            parliament_statements.KIND,
            parliament_committees.KIND,
            parliament_bills.KIND,
            police_events.KIND,
            police_priorities.KIND,
            modgov_meetings.KIND,
            calendar.KIND,
            ons_dataset.KIND,
            table.KIND,
            datastore.KIND,
            police_stops.KIND,
        )
    }
)
"""Every kind there is. `Options` fields a kind reads are in its ``options``; those all kinds share, below."""

COMMON_OPTIONS: Final = frozenset({"doc_kind"})
"""Options that :func:`parse` itself applies, whatever the kind."""


def parse(source: Source, page: Page) -> Parsed:
    """Reads one page of a source: what the sandboxed child runs. No network, no clock, no database.

    Raises :class:`ParseError`, naming the source, when the bytes are not what the source is meant to give.
    """
    kind = KINDS.get(source.kind)
    if kind is None:
        raise ParseError(f"no kind of source is called {source.kind!r}", subject=source.id)
    try:
        parsed = kind.parse(source, page)
    except RecursionError as error:
        raise ParseError("nested too deeply to read", subject=source.id) from error
    entries = tuple(_finished(source, e) for e in parsed.entries[:MAX_ENTRIES_PER_PAGE] if e.key.strip() and e.title)
    problems = list(parsed.problems)
    if len(parsed.entries) > MAX_ENTRIES_PER_PAGE:
        problems.append(f"{len(parsed.entries)} entries on one page; the first {MAX_ENTRIES_PER_PAGE} are taken")
    elif len(entries) < len(parsed.entries):
        problems.append(f"items without an id or a title: {len(parsed.entries) - len(entries)}")
    return replace(parsed, entries=entries, problems=tuple(problems))


def _finished(source: Source, entry: Entry) -> Entry:
    """The entry with a key of bounded length and, where its text does not say, the kind feeds.yaml gives it."""
    key = entry.key if len(entry.key) <= MAX_KEY_CHARS else digest(entry.key)
    return replace(entry, key=key, kind=entry.kind or source.options.doc_kind)
