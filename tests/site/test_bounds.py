"""SQL that anybody may send is bounded in what it makes and gives; what is stored can be read."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import pytest
from datasette.version import __version__

from aggregator.limits import MAX_BODY_CHARS, MAX_SQL_ANSWER_BYTES, MAX_SQL_PATTERN_CHARS, MAX_SQL_VALUE_BYTES, MIB
from aggregator.site.functions import _parse
from tests.site import archive
from tests.site.conftest import Site

QUERY = "/met/-/query" if int(__version__.partition(".")[0]) >= 1 else "/met"
ROWS = "with recursive n(x) as (select 1 union all select x + 1 from n limit 1000) "


@pytest.mark.parametrize(
    "sql",
    [
        "select hex(zeroblob(200000000))",
        "select length(replace(hex(zeroblob(100000)), '0', '" + "x" * 1000 + "'))",
        ROWS + "select length(group_concat(hex(zeroblob(5000)))) from n",
    ],
)
def test_a_value_larger_than_any_that_is_stored_is_not_made(site: Site, sql: str) -> None:
    response = site.get(f"{QUERY}.json?sql={quote(sql)}")
    assert (response.status_code, response.json()["ok"]) == (400, False)
    assert "too big" in response.json()["error"]


@pytest.mark.parametrize("value", ["hex(zeroblob(50000))", "zeroblob(100000)"])
def test_an_answer_is_bounded_whatever_its_number_of_rows(site: Site, value: str) -> None:
    response = site.get(f"{QUERY}.json?sql={quote(ROWS + f'select {value} from n')}")
    assert response.status_code == 400
    assert response.json()["error"] == "The answer is too large (over 32 MB): ask for fewer rows or columns"
    assert len(response.content) < 2_000


def test_a_pattern_is_bounded_because_matching_cannot_be_interrupted(site: Site) -> None:
    for length, status in ((MAX_SQL_PATTERN_CHARS, 200), (MAX_SQL_PATTERN_CHARS + 1, 400)):
        sql = f"select 'a' like '{'%' * length}'"
        assert site.get(f"{QUERY}.json?sql={quote(sql)}").status_code == status


def test_every_answer_is_counted_by_itself(site: Site) -> None:
    sql = quote(ROWS + f"select hex(zeroblob(1000000)) from n limit {MAX_SQL_ANSWER_BYTES // 2_000_000}")
    for _ in range(3):
        assert site.get(f"{QUERY}.json?sql={sql}").status_code == 200


def _fill(path: Path, rows: int, body: str, markup: str) -> Path:
    with closing(sqlite3.connect(archive.make(path))) as conn, conn:
        ids = [i for (i,) in conn.execute("SELECT id FROM updates ORDER BY id DESC LIMIT ?", (rows,))]
        conn.executemany("INSERT OR REPLACE INTO texts VALUES (?, ?, ?)", [(i, body, markup) for i in ids])
    return path


def test_the_longest_text_that_is_stored_can_be_read_and_sorted(
    tmp_path: Path, open_site: Callable[[Path], Site]
) -> None:
    site = open_site(_fill(tmp_path / "met.db", 2, "x" * MAX_BODY_CHARS, "y" * 2 * MAX_BODY_CHARS))
    assert len(site.rows("texts", _sort_desc="body", _size=2)[0]["html"]) == 2 * MAX_BODY_CHARS


def test_a_page_of_a_table_that_is_too_large_says_so(tmp_path: Path, open_site: Callable[[Path], Site]) -> None:
    site = open_site(_fill(tmp_path / "met.db", 40, "x" * MAX_BODY_CHARS, ""))
    for address in ("/met/texts.json?_size=40", "/met/texts?_size=40"):
        response = site.get(address)
        assert response.status_code == 400
        assert "ask for fewer rows or columns" in response.text
    assert site.get("/met/texts.json?_size=5").status_code == 200


def test_our_own_pages_read_what_is_stored_whatever_its_size(tmp_path: Path, open_site: Callable[[Path], Site]) -> None:
    site = open_site(_fill(tmp_path / "met.db", 1, "word " * (MAX_SQL_VALUE_BYTES // 4), "<p>word</p>"))
    newest = max(row["id"] for row in site.rows("updates", _size="max"))
    assert site.get(f"/updates/{newest}").status_code == 200
    assert site.get(f"/met/texts/{newest}.json").status_code == 400  # and the bound is back for all others


def test_a_search_in_sql_keeps_only_what_is_read_of_it(site: Site) -> None:
    _parse.cache_clear()
    site.get(f"{QUERY}.json?sql={quote('select met_match(hex(zeroblob(1000000)))')}")
    assert _parse("0" * 500).match
    assert _parse.cache_info().hits == 1


SERVED = f"""
import asyncio, sys
from pathlib import Path
from urllib.parse import quote
from aggregator.site import bounds
from aggregator.site.app import build
async def main():
    datasette = build(Path(sys.argv[1]))
    bounds.bound_heap()
    await datasette.invoke_startup()
    wide = "select " + ",".join(["hex(zeroblob(1000000))"] * 1000)
    for sql in (wide, "select 1 as one"):
        response = await datasette.client.get("{QUERY}.json?_shape=objects&sql=" + quote(sql))
        print(response.status_code, response.json().get("error") or response.json()["rows"])
asyncio.run(main())
"""


def test_all_that_sqlite_holds_is_bounded_where_the_site_is_served(tmp_path: Path) -> None:
    """A row of two gigabytes: in a process of its own, because SQLite keeps this bound for good."""
    db = archive.make(tmp_path / "met.db", bulk=2)
    command = [
        sys.executable,
        "-c",
        f"import resource\nresource.setrlimit(resource.RLIMIT_AS, (2 * {1024 * MIB},) * 2)\n{SERVED}",
        str(db),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.splitlines() == [
        "503 That took too much memory: ask for fewer rows or columns, or later.",
        "200 [{'one': 1}]",
    ], done.stderr
    assert "Traceback" not in done.stderr
