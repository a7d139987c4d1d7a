"""One document of the GOV.UK content API → one entry. The schemas are those of alphagov/publishing-api.

``public_updated_at`` moves on major updates only and ``updated_at`` on any change of a dependency, so neither decides
what a version is: the text, the files and the dates do.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from aggregator.limits import MAX_BODY_CHARS, MAX_DECLARED_CHANGES, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import DateQuality, DeclaredChange, Entry, Source, Status, Utc
from aggregator.sources import govuk
from aggregator.sources.govuk_files import attachments, parts
from aggregator.sources.jsonread import Json, child, children, text, texts
from aggregator.text import dates, html
from aggregator.text.normalise import clean

_STAGES: Final = {
    "open_consultation": "open", "closed_consultation": "closed", "consultation_outcome": "outcome",
    "open_call_for_evidence": "open", "closed_call_for_evidence": "closed", "call_for_evidence_outcome": "outcome",
}  # fmt: skip


def read(source: Source, document: Json, path: str, now: Utc) -> Entry:
    """The entry of a document that has a text. ``path`` is its base path, its key whatever its type becomes later."""
    details = child(document, "details")
    history = change_history(details)
    modified = govuk.at(text(document, "public_updated_at"))
    published = _published(document, details, history, now)
    status, notice = _status(document, details)
    starts_at, ends_at = _dates(details)
    return Entry(
        key=path,
        url=govuk.page_url(source, path),
        title=clean(text(document, "title"), MAX_TITLE_CHARS) or path,
        summary=clean(text(document, "description") or _part_of(document), MAX_SUMMARY_CHARS),
        body=clean("\n\n".join(filter(None, _body(document, details))), MAX_BODY_CHARS),
        html=html.sanitise(body_html(details), govuk.SITE + path),
        published_at=published.at,
        published_raw=published.raw,
        date_quality=published.quality,
        modified_at=modified,
        change_note=history[-1].note if history else clean(text(details, "latest_change_note"), MAX_SUMMARY_CHARS),
        history=history,
        status=status,
        status_note=notice,
        kind=_kind(document),
        starts_at=starts_at,
        ends_at=ends_at,
        refs=_refs(document),
        categories=tuple(filter(None, (clean(c, 100) for c in _categories(document)))),
        attachments=attachments(source, document, details),
        stage=_STAGES.get(text(document, "document_type"), ""),
        parts=tuple((part, "") for part in parts(source, document) if part != path),
    )


def change_history(details: Json) -> tuple[DeclaredChange, ...]:
    """What the publisher declares of past changes, oldest first, in UTC whatever offset each was written with."""
    changes = []
    for item in children(details, "change_history")[:MAX_DECLARED_CHANGES]:
        moment = govuk.at(text(item, "public_timestamp"))
        if moment is not None:
            changes.append(DeclaredChange(moment, clean(text(item, "note"), MAX_SUMMARY_CHARS)))
    return tuple(sorted(dict.fromkeys(changes), key=lambda change: change.at))


def body_html(details: Json) -> str:
    """The HTML of the text itself: a body, or the parts of a guide."""
    parts = [f"<h2>{_plain(text(part, 'title'))}</h2>{text(part, 'body')}" for part in children(details, "parts")]
    return text(details, "body") + "".join(parts)


def _plain(title: str) -> str:
    return title.replace("&", "&amp;").replace("<", "&lt;")


def _body(document: Json, details: Json) -> Iterator[str]:
    """The blocks of the plain text. All that a reader would call a change of the document is in one of them."""
    yield html.to_text(body_html(details))
    yield from _consultation(details)
    yield from _announcement(document, details)
    for group in children(details, "collection_groups"):
        yield clean(text(group, "title"), MAX_TITLE_CHARS)
        yield html.to_text(text(group, "body"))
    listed = [clean(text(item, "title"), MAX_TITLE_CHARS) for item in children(child(document, "links"), "documents")]
    yield "\n".join(f"- {title}" for title in sorted(listed) if title)


def _consultation(details: Json) -> Iterator[str]:
    for key, words in (("opening_date", "Opens"), ("closing_date", "Closes")):
        when = dates.parse(text(details, key))
        if when.at:
            yield f"{words}: {dates.shown(when)}"
    elsewhere = text(details, "held_on_another_website_url")
    if elsewhere:
        yield f"Held on another website: {elsewhere}"
    yield html.to_text(text(details, "public_feedback_detail"))
    outcome = html.to_text(text(details, "final_outcome_detail"))
    if outcome:
        yield f"Outcome\n\n{outcome}"


def _announcement(document: Json, details: Json) -> Iterator[str]:
    if text(document, "schema_name") != "statistics_announcement":
        return
    state = text(details, "state")
    yield f"Release date: {text(details, 'display_date')}" + (f" ({state})" if state else "")
    if text(details, "previous_display_date"):
        yield f"Previous release date: {text(details, 'previous_display_date')}"
    yield text(details, "latest_change_note") and f"Change to the date: {text(details, 'latest_change_note')}"
    yield text(details, "cancellation_reason") and f"Cancelled: {text(details, 'cancellation_reason')}"


def _dates(details: Json) -> tuple[Utc | None, Utc | None]:
    """Opening and closing of a consultation; the release of an announcement. A month is too vague to be a moment."""
    display = dates.parse(text(details, "display_date"))
    if display.at and display.quality is not DateQuality.MONTH:
        return display.at, None
    return dates.parse(text(details, "opening_date")).at, dates.parse(text(details, "closing_date")).at


def _published(document: Json, details: Json, history: tuple[DeclaredChange, ...], now: Utc) -> dates.When:
    """When it was first public. Old documents lack the field; the oldest declared change then says it."""
    for raw in (text(document, "first_published_at"), text(details, "first_public_at")):
        when = govuk.published(raw, now)
        if when.at:
            return when
    if history:
        return govuk.published(history[0].at)
    return govuk.instant(text(document, "public_updated_at"), now)


def _status(document: Json, details: Json) -> tuple[Status, str]:
    """Withdrawn when there is a notice (an empty object is none), or when announced statistics were cancelled."""
    notice = child(document, "withdrawn_notice")
    if notice:
        return Status.WITHDRAWN, notice_text(notice)
    if text(details, "state") == "cancelled":
        reason = clean(text(details, "cancellation_reason") or text(details, "latest_change_note"), MAX_SUMMARY_CHARS)
        return Status.WITHDRAWN, f"Release cancelled. {reason}".strip()
    return Status.LIVE, ""


def notice_text(notice: Json) -> str:
    """The words of a withdrawal notice or of a gone document's explanation, with its day where one is given."""
    said = clean(html.to_text(text(notice, "explanation")), MAX_SUMMARY_CHARS)
    when = govuk.at(text(notice, "withdrawn_at"))
    return f"Withdrawn on {when[:10]}. {said}".strip() if when else said


def _kind(document: Json) -> str:
    """By document type; an HTML part is of the kind of the publication it belongs to."""
    own = text(document, "document_type")
    if own == "html_publication":
        parents = children(child(document, "links"), "parent")
        return govuk.kind_of(text(parents[0], "document_type")) if parents else ""
    return govuk.kind_of(own)


def _part_of(document: Json) -> str:
    """Of an HTML part, which has no description and often a bare title, what it is a part of."""
    parents = children(child(document, "links"), "parent")
    return f"Part of: {text(parents[0], 'title')}" if parents and text(parents[0], "title") else ""


def _refs(document: Json) -> tuple[str, ...]:
    """Reference numbers of the files, and of a part the path of its publication."""
    found = [text(item, "base_path") for item in children(child(document, "links"), "parent")]
    for item in children(child(document, "details"), "attachments"):
        found += [text(item, key) for key in ("unique_reference", "command_paper_number", "isbn")]
    return tuple(dict.fromkeys(filter(None, (clean(ref, 200) for ref in found))))


def _categories(document: Json) -> Iterator[str]:
    yield text(document, "document_type")
    links = child(document, "links")
    for key in ("organisations", "policy_areas", "taxons", "topical_events"):
        yield from (text(item, "title") for item in children(links, key))
    yield from texts(child(child(document, "details"), "tags"), "policies")
