"""The OpenAPI description of the addresses that promise to stay. Pure."""

from __future__ import annotations

import re
from typing import Any

from aggregator import __version__
from aggregator.site import citations, metadata

JSON = "application/json"
_PART = re.compile(r"\{([a-z]+)\}")
SHAPE = {
    "name": "_shape",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "enum": ["objects", "array"]},
    "description": "`objects`: {rows: [...]}; `array`: the rows alone. Always give it: defaults differ between servers.",
}


NUMBERS = ("since", "before", "limit", "page")
REFUSED = {
    "description": "`since`, `limit`, `page` or `before` is not what it must be: a whole number; `before` of edits of policies "
    "a time, an update and a version, as the link to the next page has it. Left empty it is as if it were not given."
}

SYNC = (
    "To keep in step: read changes_since from `since=0` until it gives no rows, keep the last `next`, ask with it again later. "
    "No rows: compare the cursor with `newest_seq` of /-/health, read after them. The same: there is nothing new. Cursor "
    "lower: changes have come meanwhile, ask again. Cursor higher: the archive was put back from a backup or begun anew, and "
    "what you hold is not what it holds: read from `since=0` again. Answers of changes_since are never taken from a cache "
    "(`no-cache`), those of tables and other queries may be for 30 seconds: compare `version` and `change_seq` of a row with "
    "`version` and `seq` of the change that led to it; where they are lower, the row is from before it: ask again later."
)
"""How a program that syncs tells that there is nothing new from a cursor that leads nowhere."""


def document(base: str) -> dict[str, Any]:
    """The whole description; ``base`` is the absolute address of the site."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The record of London policing",
            "version": __version__,
            "description": (
                "News, policy and statistics of the Metropolitan Police. Read only; no key. Every canned query has a column "
                "`next`: that of the last row, given back as `before`, `after` or `since`, continues where it ended. "
                + SYNC
            ),
        },
        "servers": [{"url": base}],
        "paths": {**_queries(), **_tables(), **_pages(), **_files(), **_feeds(), **_machine()},
        "components": {"schemas": _schemas({**_table_columns(), **metadata.QUERY_COLUMNS})},
    }


def _operation(
    summary: str, parameters: list[dict[str, Any]], content: dict[str, Any], description: str = ""
) -> dict[str, Any]:
    return {
        "get": {
            "summary": summary,
            **({"description": description} if description else {}),
            "parameters": parameters,
            "responses": {
                "200": {"description": "Found", "content": content},
                **({"400": REFUSED} if any(p["name"] in NUMBERS for p in parameters) else {}),
                "default": {
                    "description": "`{ok: false, error, status}`",
                    "content": {JSON: {"schema": {"type": "object"}}},
                },
            },
        }
    }


def _parameter(name: str, description: str = "", *, where: str = "query") -> dict[str, Any]:
    found = {"name": name, "in": where, "required": where == "path", "schema": {"type": "string"}}
    return {**found, "description": description} if description else found


def _rows(name: str) -> dict[str, Any]:
    return {JSON: {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _schemas(columns: dict[str, dict[str, str]]) -> dict[str, Any]:
    """For each table and query its row, and the two shapes rows come in."""
    found: dict[str, Any] = {}
    for name, described in columns.items():
        found[f"{name}.row"] = {
            "type": "object",
            "properties": {c: {"description": text} for c, text in described.items()},
        }
        rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}.row"}}
        found[name] = {"oneOf": [rows, {"type": "object", "properties": {"rows": rows}}]}
    return found


def _queries() -> dict[str, Any]:
    return {
        f"/met/{name}.json": _operation(
            query["title"],
            [SHAPE, *(_parameter(p, metadata.PARAMETERS.get(p, "")) for p in query["params"])],
            _rows(name),
            query["description"],
        )
        for name, query in metadata.load()["databases"]["met"]["queries"].items()
    }


def _public_tables() -> dict[str, dict[str, Any]]:
    tables = metadata.load()["databases"]["met"]["tables"]
    return {name: table for name, table in tables.items() if table.get("allow") is not False}


def _table_columns() -> dict[str, dict[str, str]]:
    return {name: table["columns"] for name, table in _public_tables().items()}


def _tables() -> dict[str, Any]:
    cursor = [
        SHAPE,
        _parameter("id__lt", "updates only: newest first before this id; use with _sort_desc=id"),
        _parameter("_size", "rows per page, at most 1000"),
        _parameter("_next", "the `next` of the page before"),
    ]
    return {
        f"/met/{name}.json": _operation(table["title"], cursor, _rows(name), table["description"])
        for name, table in _public_tables().items()
    }


_BEFORE = "the page before this id: that of the last update shown; 0 gives none"
_ID, _N = "number of an update", "number of a version"
_SERIES = {name: metadata.PARAMETERS[name] for name in ("measure", "area", "category", "as_of")}
_FILTERS = {
    "kind": "news, policy …",
    "source": "id of a source",
    "topic": "slug of a topic",
    "place": "slug of a borough",
}
_LIST = {**_FILTERS, "before": _BEFORE}
_PAGES: dict[str, tuple[str, dict[str, str]]] = {
    "/": ("What is new", {}),
    "/updates": ("All updates, newest first", _LIST),
    "/topics": ("All topics", {}),
    "/topics/{slug}": ("A topic, or an offence by its own name", {**_LIST, "list": "1: newest first, not by kind"}),
    "/places": ("All boroughs", {}),
    "/places/{slug}": ("A place", {**_LIST, "list": "1: newest first, not by kind"}),
    "/updates/{id}": (
        "An update as it is now",
        {"as_of": "a day (2026-05-31), month or year: also says which version stood then", "mark": "topic:SLUG or place:SLUG: marks its evidence"},
    ),
    "/updates/{id}/versions/{n}": ("A version of an update, for good", {}),
    "/updates/{id}/diff/{a}..{b}": ("What changed from one version to another", {}),
    "/policies": ("Policies and their edits", {"changes": "1: all edits of policies", "silent": "1: silent edits of all kinds", "before": _BEFORE}),
    "/statistics": ("All data sets", {}),
    "/statistics/{dataset}": ("A series as table and chart", _SERIES),
    "/search": (
        "A search", {"q": metadata.PARAMETERS["q"], "sort": "relevance", "before": _BEFORE, "page": "page by relevance, from 1"},
    ),
    "/sources": ("Sources and how they do", {}),
    "/calendar": ("Meetings and releases to come", {}),
    "/about": ("About the record", {}),
    "/about/tagging": ("How good the tags are", {}),
}  # fmt: skip
_PARTS = {
    "slug": "slug of a topic or place", "id": _ID, "n": _N, "a": "number of the older version",
    "b": "number of the newer version", "dataset": "id of a data set", "url": "the page's address at its publisher",
}  # fmt: skip


def _given(path: str, parameters: dict[str, str]) -> list[dict[str, Any]]:
    parts = [_parameter(name, _PARTS[name], where="path") for name in _PART.findall(path)]
    return parts + [_parameter(name, text) for name, text in parameters.items()]


def _pages() -> dict[str, Any]:
    return {p: _operation(title, _given(p, given), {"text/html": {}}) for p, (title, given) in _PAGES.items()}


def _files() -> dict[str, Any]:
    """What other programs take of a page: citations, differences, the times of the Memento protocol."""
    found: dict[str, tuple[str, dict[str, str], str]] = {}
    for ext, (_, kind) in citations.FORMATS.items():
        media = kind.partition(";")[0]
        found[f"/updates/{{id}}/versions/{{n}}/cite.{ext}"] = ("A citation of a version", {}, media)
        found[f"/statistics/{{dataset}}/cite.{ext}"] = ("A citation of a series", _SERIES, media)
    found["/updates/{id}/diff/{a}..{b}.txt"] = ("What changed, as text", {}, "text/plain")
    found["/updates/{id}/diff/{a}..{b}.json"] = ("What changed, as data", {}, JSON)
    found["/timemap/link/{url}"] = ("Every text kept of an address (RFC 7089)", {}, "application/link-format")
    paths = {p: _operation(title, _given(p, given), {media: {}}) for p, (title, given, media) in found.items()}
    gate = _operation(
        "The text of an address at a time (RFC 7089)",
        [
            *_given("{url}", {}),
            _parameter("Accept-Datetime", "Thu, 31 May 2026 20:35:00 GMT; none: the newest", where="header"),
        ],
        {},
    )
    gate["get"]["responses"]["302"] = {"description": "To the version that stood then"}
    del gate["get"]["responses"]["200"]
    return {**paths, "/timegate/{url}": gate}


def _feeds() -> dict[str, Any]:
    lists = {"/updates": "All updates", "/topics/{slug}": "A topic", "/places/{slug}": "A place", "/search": "A search"}
    lists |= {"/policies": "Edits of policies", "/sources": "Failures of our own sources"}
    beyond = _parameter("before", "the page before this id; 0 gives none")
    edits = _parameter("before", "the page before this edit, as the feed's link to the next page has it")
    found = {}
    for path, title in lists.items():
        given = [_parameter("slug", where="path")] if "{slug}" in path else []
        given += [_parameter("q", "a search as typed on the search page")] if path == "/search" else []
        given += {"/policies": [_parameter("silent", "1: silent edits of all kinds"), edits], "/sources": []}.get(
            path, [beyond]
        )
        found[f"{path}.atom"] = _operation(f"{title}, as Atom", given, {"application/atom+xml": {}})
        found[f"{path}.feed.json"] = _operation(f"{title}, as JSON Feed 1.1", given, {"application/feed+json": {}})
    found["/calendar.ics"] = _operation("Meetings and releases, as iCalendar", [], {"text/calendar": {}})
    return found


def _machine() -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: {"description": text} for name, text in _HEALTH.items()}}
    return {"/-/health": _operation("Is the site able to do its work?", [], {JSON: {"schema": schema}}, HEALTH)}


HEALTH = "Never cached. The document is the same when the answer is 503."
_HEALTH = {
    "status": "ok or bad",
    "reasons": "Why it is bad, in words",
    "updates": "How many there are",
    "newest_update_at": "When the newest was published, or first seen. UTC, YYYY-MM-DDTHH:MM:SSZ",
    "newest_seq": "Number of the newest change, to compare with a cursor of changes_since; 0 where there is none",
    "newest_change_at": "When that was. UTC, YYYY-MM-DDTHH:MM:SSZ",
    "last_round_at": "When a source was last asked. UTC, YYYY-MM-DDTHH:MM:SSZ",
    "sources": "Number of sources by state",
}
