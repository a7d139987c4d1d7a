"""Corrections made by people, as labelled examples for the next training: ``python -m aggregator.tagging.train --corrections FILE``.

Rows come from the archive, oldest first, for instance with ``sqlite-utils ARCHIVE "QUERY" --nl > corrections.ndjson`` and :data:`QUERY`.
A correction says something of one label and nothing of the others: those are doubted, which training and scoring leave out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from aggregator.errors import ConfigError
from aggregator.models import KINDS, Document
from aggregator.tagging import taxonomy
from aggregator.tagging.labelled import Item

QUERY = """
SELECT c.update_id, c.field, c.action, c.value, u.title, u.summary, coalesce(t.body, '') AS body,
       u.source_id || ' ' || s.publisher AS publisher
FROM corrections c JOIN updates u ON u.id = c.update_id JOIN sources s ON s.id = u.source_id
LEFT JOIN texts t ON t.update_id = u.id
WHERE c.field IN ('topic', 'place', 'kind')
ORDER BY c.id
"""
"""What gives the rows that :func:`examples` reads."""
_ACTIONS = {"topic": ("add", "drop"), "place": ("add", "drop"), "kind": ("set",)}


def examples(rows: Iterable[Mapping[str, Any]]) -> list[Item]:
    """One item per corrected update, in the order of first correction; of two corrections of one label the later one holds.

    Raises :class:`ConfigError` naming the row that lacks a column or speaks of an unknown topic, place or kind.
    """
    said: dict[str, dict[tuple[str, str], bool]] = {}
    documents: dict[str, Document] = {}
    for number, row in enumerate(rows, 1):
        update, document, field, action, value = _checked(row, number)
        documents[update] = document
        decisions = said.setdefault(update, {})
        if field == "kind":
            decisions = said[update] = {key: yes for key, yes in decisions.items() if key[0] != "kind"}
        decisions[field, value] = action != "drop"
    return [_item(update, documents[update], decisions) for update, decisions in said.items()]


def read(text: str, source: str) -> list[Item]:
    """The same from NDJSON, one row a line; ``source`` is named in errors."""
    rows = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except ValueError as error:
            raise ConfigError(f"line {number}: not JSON: {error}", subject=source) from error
        if not isinstance(row, dict):
            raise ConfigError(f"line {number}: an object expected", subject=source)
        rows.append(row)
    return examples(rows)


def _checked(row: Mapping[str, Any], number: int) -> tuple[str, Document, str, str, str]:
    subject = f"correction {number}"
    try:
        update, field, action, value = (str(row[key]) for key in ("update_id", "field", "action", "value"))
        document = Document(*(str(row[key] or "") for key in ("title", "summary", "body", "publisher")))
    except (KeyError, IndexError) as error:
        raise ConfigError(f"no column {error}", subject=subject) from error
    if action not in _ACTIONS.get(field, ()):
        raise ConfigError(f"cannot {action!r} a {field!r}", subject=subject)
    if value not in _known(field):
        raise ConfigError(f"unknown {field}: {value}", subject=subject)
    return update, document, field, action, value


def _known(field: str) -> tuple[str, ...]:
    if field == "kind":
        return tuple(KINDS)
    tree = taxonomy.load()
    return tree.assignable if field == "topic" else tuple(p.slug for p in tree.places)


def _item(update: str, document: Document, decisions: Mapping[tuple[str, str], bool]) -> Item:
    def of(field: str, wanted: bool) -> frozenset[str]:
        return frozenset(value for (f, value), yes in decisions.items() if f == field and yes is wanted)

    kinds = of("kind", True)
    return Item(
        id=f"correction-{update}",
        doc=document,
        topics=of("topic", True),
        places=of("place", True),
        kinds=kinds,
        kind=next(iter(kinds), ""),
        doubted_topics=frozenset(_known("topic")) - of("topic", True) - of("topic", False),
        doubted_places=frozenset(_known("place")) - of("place", True) - of("place", False),
    )
