"""The body of a webhook: what happened to which update, as JSON. Pure.

It is made anew for every attempt from the archive as it is then: what was redacted in between is not in it.
"""

from __future__ import annotations

import json

from aggregator.models import Utc
from aggregator.subscriptions.model import Delivery, Edit, Facts


def body(delivery: Delivery, facts: Facts | None, edit: Edit | None, *, site: str, invented: bool) -> bytes:
    """The notice of a change. ``facts`` is None when the update is no longer in the archive, ``edit`` when the change did
    nothing to its text; ``site`` is the public address of the site."""
    page = f"{site}/updates/{delivery.update_id}"
    document: dict[str, object] = {
        "seq": delivery.seq,
        "type": delivery.type,
        "at": delivery.at,
        "version": delivery.version,
        "update": _update(delivery.update_id, facts, page),
    }
    if edit is not None and edit.versions is not None and facts is not None and facts.status != "redacted":
        document["diff"] = f"{page}/diff/{edit.versions[0]}..{edit.versions[1]}"
    if invented:
        document["invented"] = True
    return _encoded(document)


def _update(update_id: int, facts: Facts | None, page: str) -> dict[str, object]:
    if facts is None:
        return {"id": update_id, "status": None, "page": page}
    return {
        "id": facts.id,
        "url": facts.url,
        "title": facts.title,
        "kind": facts.kind,
        "publisher": facts.publisher,
        "topics": [label.slug for label in facts.topics],
        "places": [label.slug for label in facts.places],
        "published_at": facts.published_at,
        "version": facts.version,
        "status": facts.status,
        "page": page,
    }


def ping(webhook_id: int, at: Utc) -> bytes:
    """What `webhook test` sends."""
    return _encoded({"type": "ping", "at": at, "webhook": webhook_id})


def _encoded(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
