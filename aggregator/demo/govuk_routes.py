"""GOV.UK: search API, content API, the two families of Atom feeds, and the pages themselves."""

from __future__ import annotations

from datetime import datetime
from html import escape
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from aggregator.demo import when
from aggregator.demo.replies import ATOM, Handler, Query, Reply, Routes, always, as_json, number, page, paragraph, text
from aggregator.demo.shapes import Child, Content, Document

SEARCH: Final = "/api/search.json"
POLICY_ATOM: Final = "/search/policy-papers-and-consultations.atom"
ORGANISATION_ATOM: Final = "/government/organisations/home-office.atom"
ENDED_ATOM: Final = "/search/announcements.atom"
_API: Final = "/api/content"
_ORGANISATION: Final = {
    "title": "Home Office (invented)",
    "slug": "home-office",
    "link": "/government/organisations/home-office",
}


def routes(content: Content, base: str, now: datetime) -> Routes:
    """Every GOV.UK address."""
    documents = {d.path: d for d in content.documents}
    found: Routes = {
        SEARCH: _search([documents[path] for path in content.search if path in documents]),
        POLICY_ATOM: always(_finder([documents[path] for path in content.policy_atom if path in documents], base)),
        ORGANISATION_ATOM: always(
            _organisation([documents[p] for p in content.organisation_atom if p in documents], base)
        ),
        ENDED_ATOM: always(_ended(base, now)),
    }
    for document in content.documents:
        found |= _document_routes(document, base, now)
    return found


def _document_routes(document: Document, base: str, now: datetime) -> Routes:
    found = {_API + document.path: always(_content(document, base, now)), document.path: always(_page(document, base))}
    for child in document.children:
        path = f"{document.path}/{child.slug}"
        found[_API + path] = always(as_json(_child_item(document, child, path, base)))
        found[path] = always(page(child.title, child.body))
    for file in document.attachments:
        found[_file_path(document, file.id)] = always(
            page(file.title, paragraph("The file is left out of the demonstration."))
        )
    return found


# --- content API ------------------------------------------------------------------------------------------------
def _content(document: Document, base: str, now: datetime) -> Reply:
    if document.redirect:
        return as_json(_redirect(document, now))
    if document.gone:
        return as_json(_gone(document, now), 410)
    item = {
        **_common(document.path, document.title, document.description, document.type, document.schema),
        "first_published_at": _millis(document.first),
        "public_updated_at": _millis(document.updated),
        "updated_at": when.utc(now),
        "withdrawn_notice": _withdrawn(document),
        "links": {
            "organisations": [_ORGANISATION],
            "children": [_child_link(document, c, base) for c in document.children],
        },
        "details": _details(document, base),
    }
    return as_json(item)


def _common(path: str, title: str, description: str, kind: str, schema: str) -> dict[str, object]:
    return {
        "base_path": path,
        "content_id": str(uuid5(NAMESPACE_URL, path)),
        "title": title,
        "description": description,
        "document_type": kind,
        "schema_name": schema,
        "locale": "en",
        "phase": "live",
        "publishing_app": "whitehall",
        "rendering_app": "frontend",
    }


def _details(document: Document, base: str) -> dict[str, object]:
    details: dict[str, object] = {
        "body": _govspeak(document.body),
        # offsets differ within one list on the real site: the newest is in London time, the others in UTC
        "change_history": [
            {"public_timestamp": when.offset(c.at) if i == 0 else _millis(c.at), "note": c.note}
            for i, c in enumerate(document.history)
        ],
        "attachments": [
            {
                "attachment_type": "file",
                "id": file.id,
                "title": file.title,
                "url": base + _file_path(document, file.id),
                "content_type": file.type,
                "file_size": file.size,
                "filename": file.id,
                **({"number_of_pages": file.pages} if file.pages else {}),
            }
            for file in document.attachments
        ],
        "political": False,
    }
    if document.opening and document.closing:
        details |= {"opening_date": when.offset(document.opening), "closing_date": when.offset(document.closing)}
    return details


def _child_link(document: Document, child: Child, base: str) -> dict[str, object]:
    path = f"{document.path}/{child.slug}"
    return {
        "api_path": _API + path,
        "api_url": base + _API + path,
        "base_path": path,
        "web_url": base + path,
        "title": child.title,
        "document_type": "html_publication",
        "schema_name": "html_publication",
        "locale": "en",
        "public_updated_at": when.utc(document.first),
        "withdrawn": False,
        "links": {},
    }


def _child_item(document: Document, child: Child, path: str, base: str) -> dict[str, object]:
    return {
        **_common(path, child.title, "", "html_publication", "html_publication"),
        "first_published_at": _millis(document.first),
        "public_updated_at": _millis(document.first),
        "updated_at": _millis(document.updated),
        "withdrawn_notice": {},
        "links": {"parent": [{"base_path": document.path, "title": document.title, "web_url": base + document.path}]},
        "details": {"body": _govspeak(child.body), "public_timestamp": _millis(document.first), "headers": []},
    }


def _withdrawn(document: Document) -> dict[str, str]:
    if document.withdrawn is None:
        return {}
    return {"explanation": _govspeak(document.explanation), "withdrawn_at": when.utc(document.withdrawn)}


def _redirect(document: Document, now: datetime) -> dict[str, object]:
    return {
        **_common(document.path, "", "", "redirect", "redirect"),
        "title": None,
        "description": None,
        "public_updated_at": when.utc(now),
        "updated_at": when.utc(now),
        "withdrawn_notice": {},
        "links": {},
        "details": {},
        "redirects": [{"path": document.path, "type": "exact", "destination": document.redirect}],
    }


def _gone(document: Document, now: datetime) -> dict[str, object]:
    return {
        **_common(document.path, "", "", "gone", "gone"),
        "title": None,
        "description": None,
        "public_updated_at": None,
        "updated_at": when.utc(now),
        "links": {},
        "details": {"explanation": _govspeak(document.gone), "alternative_path": document.alternative},
    }


# --- search API -------------------------------------------------------------------------------------------------
def _search(documents: list[Document]) -> Handler:
    """Results by time of publication, newest first unless asked otherwise; ``start`` and ``count`` page."""
    visible = [d for d in documents if not (d.withdrawn or d.redirect or d.gone)]

    def answer(query: Query) -> Reply:
        oldest_first = "public_timestamp" in query.get("order", ())
        ordered = sorted(visible, key=lambda d: d.updated, reverse=not oldest_first)
        start, count = number(query, "start", 0), number(query, "count", 10)
        results = [_result(d) for d in ordered[start : start + count]]
        return as_json(
            {"results": results, "total": len(ordered), "start": start, "suggested_queries": [], "es_cluster": "A"}
        )

    return answer


def _result(document: Document) -> dict[str, object]:
    return {
        "title": document.title,
        "link": document.path,
        "description": document.description,
        "public_timestamp": when.offset(document.updated),
        "first_published_at": when.utc(document.first),
        "content_store_document_type": document.type,
        "content_id": str(uuid5(NAMESPACE_URL, document.path)),
        "organisations": [_ORGANISATION],
        "latest_change_note": document.history[0].note if len(document.history) > 1 else None,
        "is_withdrawn": False,
        "index": "govuk",
        "es_score": None,
        "_id": document.path,
        "elasticsearch_type": "edition",
        "document_type": "edition",
    }


# --- Atom -------------------------------------------------------------------------------------------------------
def _finder(documents: list[Document], base: str) -> Reply:
    """A finder's feed: ids that last, ``updated`` in London time, nothing else dated."""
    entries = "".join(
        f"  <entry>\n    <id>tag:www.gov.uk,2005:{d.path}</id>\n    <updated>{when.offset(d.updated)}</updated>\n"
        f'    <link rel="alternate" type="text/html" href="{base}{d.path}"/>\n    <title>{escape(d.title)}</title>\n'
        f'    <summary type="html">{escape(d.description)}</summary>\n  </entry>\n'
        for d in sorted(documents, key=lambda d: d.updated, reverse=True)
    )
    return text(ATOM, _atom("Policy papers and consultations (invented)", POLICY_ATOM, base, entries, "en-US"))


def _organisation(documents: list[Document], base: str) -> Reply:
    """An organisation's feed: an id that changes with every major update, the display type before the title."""
    entries = "".join(
        f"  <entry>\n    <id>{base}{d.path}#{when.utc(d.updated)}</id>\n    <updated>{when.utc(d.updated)}</updated>\n"
        f'    <link rel="alternate" type="text/html" href="{base}{d.path}"/>\n'
        f"    <title>{_display(d)}: {escape(d.title)}</title>\n"
        f'    <category label="{_display(d)}" term="{_display(d)}"/>\n'
        f"    <summary>{escape(d.description)}</summary>\n  </entry>\n"
        for d in sorted(documents, key=lambda d: d.updated, reverse=True)
    )
    return text(ATOM, _atom("Home Office (invented) - Activity", ORGANISATION_ATOM, base, entries, "en-GB"))


def _ended(base: str, now: datetime) -> Reply:
    """How GOV.UK says, with status 200, that a feed is dead."""
    entry = (
        f"  <entry>\n    <id>tag:www.gov.uk,2005:{ENDED_ATOM}/feed-ended</id>\n"
        f"    <updated>{when.offset(now)}</updated>\n"
        f'    <link rel="alternate" type="text/html" href="{base}/search/news-and-communications"/>\n'
        "    <title>This feed has ended</title>\n"
        "    <summary>You will not receive any more updates.</summary>\n  </entry>\n"
    )
    return text(ATOM, _atom("Announcements", ENDED_ATOM, base, entry, "en-US"))


def _atom(title: str, path: str, base: str, entries: str, language: str) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<feed xml:lang="{language}" xmlns="http://www.w3.org/2005/Atom">\n'
        f"  <id>tag:www.gov.uk,2005:{path}</id>\n"
        f'  <link rel="self" type="application/atom+xml" href="{base}{path}"/>\n  <title>{escape(title)}</title>\n'
        f"  <author>\n    <name>HM Government</name>\n  </author>\n{entries}</feed>\n"
    )


def _display(document: Document) -> str:
    return document.type.replace("_", " ").capitalize()


# --- pages ------------------------------------------------------------------------------------------------------
def _page(document: Document, base: str) -> Reply:
    if document.redirect:
        return text("text/html; charset=utf-8", "", 301, (("Location", base + document.redirect),))
    if document.gone:
        return page("No longer available", document.gone, 410)
    notice = f"<aside>Withdrawn. {document.explanation}</aside>" if document.withdrawn else ""
    return page(document.title, notice + paragraph(document.description) + document.body)


def _govspeak(html: str) -> str:
    return f'<div class="govspeak">{html}</div>'


def _millis(at: datetime) -> str:
    return when.utc(at).replace("Z", ".000+00:00")


def _file_path(document: Document, name: str) -> str:
    return f"/media/{document.path.rsplit('/', 1)[1]}/{name}"
