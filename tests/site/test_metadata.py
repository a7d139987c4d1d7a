"""The metadata describes everything there is, on both generations of Datasette."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from datasette.app import Datasette

from aggregator.db.connection import open_writer
from aggregator.errors import ConfigError
from aggregator.site import canned, metadata
from aggregator.site.app import build
from tests.site import archive
from tests.site.conftest import Site

ROOT = Path(__file__).parents[2]
MET = metadata.load()["databases"]["met"]


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    with closing(open_writer(tmp_path_factory.mktemp("schema") / "met.db")) as conn:
        yield conn


def names(conn: sqlite3.Connection) -> set[str]:
    return {row[0] for row in conn.execute("SELECT name FROM sqlite_master WHERE type IN ('table', 'view')")}


def test_every_table_and_view_is_described(schema: sqlite3.Connection) -> None:
    assert names(schema) - set(MET["tables"]) == set()
    assert set(MET["tables"]) - names(schema) == set()
    for name, table in MET["tables"].items():
        assert table["title"], name
        assert table["description"], name


def test_every_column_is_described(schema: sqlite3.Connection) -> None:
    for name in names(schema):
        table = MET["tables"][name]
        columns = {row[1] for row in schema.execute(f"PRAGMA table_info({name})")}
        if table.get("allow") is not False:
            assert set(table["columns"]) == columns, name
            assert all(table["columns"].values()), name


def test_no_table_is_named_like_a_query(schema: sqlite3.Connection) -> None:
    """Datasette 0.65 would show the query, 1.0 the table."""
    assert names(schema) & set(MET["queries"]) == set()


def test_licences_stand_on_each_table() -> None:
    """Datasette 1.0 does not inherit them."""
    for name, table in MET["tables"].items():
        if table.get("allow") is not False:
            assert table["license"], name


def test_the_file_holds_the_queries_as_written() -> None:
    assert set(MET["queries"]) == set(canned.NAMES)
    for name, query in MET["queries"].items():
        assert query["sql"] == canned.sql(name), "run: python -m aggregator.site.canned"
        assert query["title"]
        assert query["description"]
        assert query["params"]


def test_every_column_of_a_query_is_described(site: Site) -> None:
    from tests.site.test_canned import COLUMNS

    for name, columns in COLUMNS.items():
        assert set(metadata.QUERY_COLUMNS[name]) == set(columns.split()), name


def test_updates_have_no_facets_by_default() -> None:
    assert "facets" not in MET["tables"]["updates"]
    assert {key: MET["tables"]["updates"][key] for key in ("fts_table", "fts_pk", "sort_desc", "label_column")} == {
        "fts_table": "updates_fts", "fts_pk": "id", "sort_desc": "id", "label_column": "title",
    }  # fmt: skip


def test_the_packaged_file_and_that_of_the_repository_are_one() -> None:
    assert (ROOT / metadata.FILENAME).read_bytes() == Path(metadata.__file__).with_name(metadata.FILENAME).read_bytes()


def test_settings_are_those_the_description_names() -> None:
    text = metadata.load()["description"]
    for name, value in metadata.SETTINGS.items():
        assert f"{name} {'on' if value is True else 'off' if value is False else value}" in text


def test_split_moves_queries_only() -> None:
    described, config = metadata.split(metadata.load())
    assert "queries" not in described["databases"]["met"]
    assert set(config["databases"]["met"]["queries"]) == set(canned.NAMES)
    assert set(config["databases"]["met"]["queries"]["series"]) == {"sql", "title", "description", "params"}
    assert described["databases"]["met"]["tables"] == MET["tables"]


@pytest.mark.parametrize(
    ("content", "said"), [("{", "is not JSON"), ("[]", "one JSON object"), (None, "cannot be read")]
)
def test_a_broken_file_is_said_plainly(tmp_path: Path, content: str | None, said: str) -> None:
    path = tmp_path / "metadata.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigError, match=said) as error:
        build(tmp_path / "met.db", metadata_path=path)
    assert str(path) in str(error.value)


def test_plain_datasette_with_the_metadata_file_is_the_same_site(tmp_path: Path) -> None:
    """As `datasette met.db -m datasette_metadata.json` builds it, with the package installed."""
    import asyncio

    from aggregator.site.app import register

    register()
    loop = asyncio.new_event_loop()
    db = archive.make(tmp_path / "met.db", bulk=3)
    datasette = Datasette(files=[str(db)], metadata=json.loads((ROOT / metadata.FILENAME).read_text()))

    def get(path: str) -> int:
        return int(loop.run_until_complete(datasette.client.get(path)).status_code)

    loop.run_until_complete(datasette.invoke_startup())
    assert [get(p) for p in ("/", "/topics/stop-and-search", "/met/updates.json?_shape=objects", "/updates.atom")] == [
        200
    ] * 4
    assert get("/met/updates_fts_data") == 403
    if hasattr(datasette, "get_canned_query"):  # 1.0 wants queries in its configuration: build() puts them there
        assert get("/met/search_updates.json?q=guidance") == 200
    datasette.executor.shutdown()
    datasette.databases["met"].close()
    loop.close()


def test_row_counts_come_from_the_rollup(site: Site) -> None:
    assert "12,345 rows" in site.get("/met").text
