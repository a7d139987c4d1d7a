"""The OpenAPI description of the addresses that promise to stay. Pure."""

from __future__ import annotations

from typing import Any

from aggregator import __version__
from aggregator.site import metadata

JSON = "application/json"
SHAPE = {
    "name": "_shape",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "enum": ["objects", "array"]},
    "description": "`objects`: {rows: [...]}; `array`: the rows alone. Always give it: defaults differ between servers.",
}


def document(base: str) -> dict[str, Any]:
    """The whole description; ``base`` is the absolute address of the site."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "The record of London policing",
            "version": __version__,
            "description": (
                "News, policy and statistics of the Metropolitan Police. Read only; no key. Every canned query has a column "
                "`next`: that of the last row, given back as `before`, `after` or `since`, continues where it ended."
            ),
        },
        "servers": [{"url": base}],
        "paths": {**_queries(), **_tables(), **_feeds(), **_machine()},
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


def _feeds() -> dict[str, Any]:
    lists = {"/updates": "All updates", "/topics/{slug}": "A topic", "/places/{slug}": "A place", "/search": "A search"}
    lists |= {"/policies": "Edits of policies", "/sources": "Failures of our own sources"}
    found = {}
    for path, title in lists.items():
        given = [_parameter("slug", where="path")] if "{slug}" in path else []
        given += [_parameter("q", "a search as typed on the search page")] if path == "/search" else []
        given += [_parameter("before", "the page before this id")]
        found[f"{path}.atom"] = _operation(f"{title}, as Atom", given, {"application/atom+xml": {}})
        found[f"{path}.feed.json"] = _operation(f"{title}, as JSON Feed 1.1", given, {"application/feed+json": {}})
    found["/calendar.ics"] = _operation("Meetings and releases, as iCalendar", [], {"text/calendar": {}})
    return found


def _machine() -> dict[str, Any]:
    return {"/-/health": _operation("Is the site able to do its work?", [], {JSON: {"schema": {"type": "object"}}})}
