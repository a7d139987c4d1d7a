"""Invented documents in the shapes of GOV.UK's content API, for an origin that plays it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from tests.support.origin import Origin

JSON = "application/json"


def document(path: str, title: str, body: str, **fields: Any) -> dict[str, Any]:
    """A content item. ``history`` is (time, note) newest first, as the real ones have it; ``details`` is merged in."""
    history: Sequence[tuple[str, str]] = fields.pop("history", ())
    details = {
        "body": f'<div class="govspeak">{body}</div>',
        "change_history": [{"public_timestamp": at, "note": note} for at, note in history],
        **fields.pop("details", {}),
    }
    return {
        "base_path": path,
        "title": title,
        "description": fields.pop("description", ""),
        "document_type": fields.pop("document_type", "guidance"),
        "schema_name": fields.pop("schema_name", "publication"),
        "first_published_at": "2025-11-03T09:30:00.000+00:00",
        "public_updated_at": history[0][0] if history else "2025-11-03T09:30:00.000+00:00",
        "updated_at": "2026-01-01T00:00:00Z",
        "withdrawn_notice": {},
        "links": {},
        "details": details,
        **fields,
    }


def serve(origin: Origin, item: dict[str, Any], status: int = 200) -> None:
    """Lets the content API answer with the document at its own path."""
    origin.add(f"/api/content{item['base_path']}", body=json.dumps(item).encode(), status=status, content_type=JSON)


def part(parent: str, slug: str, title: str, body: str) -> dict[str, Any]:
    """An HTML part of a publication."""
    links = {"parent": [{"base_path": parent, "title": "The whole", "document_type": "guidance"}]}
    return document(
        f"{parent}/{slug}", title, body, schema_name="html_publication", document_type="html_publication", links=links
    )


def children(*parts: dict[str, Any]) -> dict[str, Any]:
    """``links`` of a publication with these parts."""
    return {"children": [{k: p[k] for k in ("base_path", "title", "schema_name")} for p in parts]}


def redirect(path: str, to: str) -> dict[str, Any]:
    """A document that has moved."""
    return {
        "base_path": path,
        "schema_name": "redirect",
        "redirects": [{"path": path, "type": "exact", "destination": to}],
    }


def gone(path: str, explanation: str) -> dict[str, Any]:
    """A document that was removed; served with status 410."""
    return {"base_path": path, "schema_name": "gone", "details": {"explanation": explanation, "alternative_path": ""}}
