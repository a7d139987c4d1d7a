"""The list of a topic or a place: grouped by kind as long as nothing is asked for, else newest first; and what would narrow it."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aggregator.limits import GROUPED_UPDATES, PAGE_SIZE
from aggregator.site.context import Visit
from aggregator.site.queries import lists, search
from aggregator.site.views import Item, Page
from aggregator.text.query import Query, select, slug
from aggregator.text.words import KIND_OF_ONE, KINDS

FILTERS = ("kind", "topic", "place", "source")
PER_KIND = 3
SOON_BY_KIND = {"policy": 5}
"""More of what is rare and lasting."""


@dataclass(frozen=True, slots=True)
class Group:
    """The newest updates of one kind, of ``n`` among those looked at."""

    kind: str
    n: int
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A filter that is on. ``without``: the parameters of the address once it is taken off."""

    name: str
    title: str
    without: dict[str, str]


@dataclass(frozen=True, slots=True)
class Listing:
    """``groups`` or ``page`` is filled. Facets are counted over the newest :data:`GROUPED_UPDATES`; ``capped`` says so."""

    groups: tuple[Group, ...]
    page: Page | None
    facets: dict[str, search.Facet]
    chosen: tuple[Chosen, ...]
    params: dict[str, str]
    capped: bool
    unfold: tuple[str, ...]  # tags whose evidence each update shows


def given(visit: Visit) -> dict[str, str]:
    """The filters in the address, as slugs."""
    found = {name: slug(visit.arg(name)) for name in FILTERS}
    return {name: value for name, value in found.items() if value}


def address(visit: Visit, path: str) -> str:
    """The path with the filters that are on: the address of the list, and of its feed."""
    params = given(visit)
    return f"{path}?{urlencode(params)}" if params else path


def read(conn: sqlite3.Connection, visit: Visit, query: Query, *, evidence_for: Sequence[str]) -> Listing:
    """The list of a query as its address asks for it; ``?list=1`` asks for newest first without a filter."""
    params = given(visit)
    before = visit.number("before")
    selection = select(query, lists.children(conn))
    window = lists.select_ids(conn, selection, None, GROUPED_UPDATES + 1)
    capped = len(window) > GROUPED_UPDATES
    window = lists.folded(conn, selection, window[:GROUPED_UPDATES])
    plain = bool(params) or before is not None or visit.arg("list") == "1"
    groups = () if plain else _groups(conn, window, evidence_for)
    page = lists.page(conn, query, before=before, limit=PAGE_SIZE, evidence_for=evidence_for) if plain else None
    return Listing(
        groups=groups,
        page=page,
        facets={facet.name: facet for facet in search.facets(conn, window, query)},
        chosen=tuple(_chosen(conn, name, value, params) for name, value in params.items()),
        params=params,
        capped=capped,
        unfold=tuple(evidence_for),
    )


def _groups(conn: sqlite3.Connection, window: Sequence[int], evidence_for: Sequence[str]) -> tuple[Group, ...]:
    by_kind: dict[str, list[int]] = defaultdict(list)
    sql = "SELECT id, kind FROM updates WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id DESC"
    for update, kind in conn.execute(sql, (json.dumps(list(window)),)):
        by_kind[kind].append(update)
    order = [kind for kind in KINDS if kind in by_kind] + sorted(kind for kind in by_kind if kind not in KINDS)
    return tuple(
        Group(
            kind, len(by_kind[kind]), lists.items(conn, by_kind[kind][: SOON_BY_KIND.get(kind, PER_KIND)], evidence_for)
        )
        for kind in order
    )


_TITLES = {
    "topic": "SELECT title FROM topics WHERE slug = ?",
    "place": "SELECT name FROM places WHERE slug = ?",
    "source": "SELECT title FROM sources WHERE id = ?",
}


def _chosen(conn: sqlite3.Connection, name: str, value: str, params: dict[str, str]) -> Chosen:
    row = conn.execute(_TITLES[name], (value,)).fetchone() if name in _TITLES else None
    title = row[0] if row else KIND_OF_ONE.get(value, value)
    return Chosen(name, title, {n: v for n, v in params.items() if n != name})
