"""datasette_metadata.json: read, split for Datasette 1.0, and kept in step with the canned queries' ``.sql`` files.

The file works as it is with ``datasette met.db -m datasette_metadata.json`` on Datasette 0.65. Run
``python -m aggregator.site.canned`` after changing a query.
"""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

from aggregator.errors import ConfigError
from aggregator.site import canned
from aggregator.site.context import DISTRIBUTION

FILENAME = "datasette_metadata.json"

SETTINGS: dict[str, int | bool] = {
    "default_page_size": 50,
    "suggest_facets": False,  # a table page took a second at a million updates, against 20 ms without
    "num_sql_threads": 8,
    "sql_time_limit_ms": 1000,
    "facet_time_limit_ms": 200,
    "max_returned_rows": 1000,
    "truncate_cells_html": 300,
    "default_cache_ttl": 30,
    "allow_download": False,  # a live WAL database is not one file; snapshots are made with `aggregator backup`
    "max_csv_mb": 100,
}

PARAMETERS = {
    "topic": "slug of a topic, such as stop-and-search",
    "place": "slug of a borough, such as hackney",
    "q": "a search as typed on the search page",
    "url": "the page's address at its publisher",
    "dataset": "id of a data set",
    "measure": "what is counted; the first there is where none is given",
    "area": "GSS code or slug of an area; none: all of them, where `additive_areas` of the data set is 1",
    "category": "code of a category; none: all of them, where `additive_categories` of the data set is 1",
    "as_of": "a day (2026-05-31), month or year",
    "since": "number of a change; 0 or none for everything, 400 for what is no number",
    "before": "the page before this id: `next` of the last row; 0 gives none, 400 for what is no number",
    "after": "what comes after this: `next` of the last row",
    "limit": "rows per page, at most 1000; 400 for what is no number",
}


def load(path: Path | None = None) -> dict[str, Any]:
    """The metadata of a file, or of the package. Raises :class:`ConfigError` when the file cannot be read as such."""
    if path is None:
        text = resources.files("aggregator.site").joinpath(FILENAME).read_text("utf-8")
    else:
        try:
            text = path.read_text("utf-8")
        except OSError as error:
            raise ConfigError(f"cannot be read ({error.strerror})", subject=str(path)) from error
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"is not JSON ({error})", subject=str(path)) from error
    if not isinstance(found, dict):
        raise ConfigError("must hold one JSON object with titles, databases and queries", subject=str(path))
    return found


def at(public_url: str, metadata: dict[str, Any]) -> dict[str, Any]:
    """The metadata of a site that has this address for the world, unless the metadata name another."""
    plugins = metadata.get("plugins") or {}
    own = plugins.get(DISTRIBUTION) or {}
    if not public_url or own.get("public_url"):
        return metadata
    return {**metadata, "plugins": {**plugins, DISTRIBUTION: {**own, "public_url": public_url}}}


QUERY_COLUMNS: dict[str, dict[str, str]] = {
    name: query["columns"] for name, query in load()["databases"]["met"]["queries"].items()
}
"""What each column of each canned query means."""


def split(metadata: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metadata and configuration, as Datasette 1.0 wants them: queries have moved to the latter."""
    described = json.loads(json.dumps(metadata))
    queries = {
        name: {"queries": {q: _plain(query) for q, query in database.pop("queries", {}).items()}}
        for name, database in described.get("databases", {}).items()
    }
    return described, {"databases": queries}


def _plain(query: dict[str, Any]) -> dict[str, Any]:
    return {key: query[key] for key in ("sql", "title", "description", "params") if key in query}


def synchronise(path: Path) -> bool:
    """Writes the SQL of the ``.sql`` files into the metadata file; True when that changed it."""
    found = load(path)
    queries = found["databases"]["met"]["queries"]
    for name in canned.NAMES:
        queries[name]["sql"] = canned.sql(name)
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    changed = text != path.read_text("utf-8")
    if changed:
        path.write_text(text, "utf-8")
    return changed
