"""A correction made by a person teaches the one label that it speaks of, and nothing else."""

from __future__ import annotations

import json
import sqlite3

import pytest

from aggregator.errors import ConfigError
from aggregator.tagging import corrections, taxonomy


def row(**changed: str) -> dict[str, str]:
    plain = {
        "update_id": "7", "title": "Searches fall", "summary": "", "body": "Stop and search fell.", "publisher": "met-news",
        "field": "topic", "action": "add", "value": "stop-and-search",
    }  # fmt: skip
    return plain | changed


def test_what_was_not_corrected_is_doubted() -> None:
    (item,) = corrections.examples([row(), row(action="drop", value="theft"), row(field="place", value="lambeth")])
    assert item.topics == {"stop-and-search"}
    assert item.doubted_topics == set(taxonomy.load().assignable) - {"stop-and-search", "theft"}
    assert item.places == {"lambeth"}
    assert "lambeth" not in item.doubted_places
    assert item.kind == ""


def test_the_later_of_two_corrections_holds() -> None:
    said = [
        row(),
        row(action="drop"),
        row(field="kind", action="set", value="foi"),
        row(field="kind", action="set", value="policy"),
    ]
    (item,) = corrections.examples(said)
    assert item.topics == set()
    assert "stop-and-search" not in item.doubted_topics
    assert item.kind == "policy"
    assert item.kinds == {"policy"}


def test_lines_and_rows_of_a_database_give_the_same() -> None:
    conn = sqlite3.connect(":memory:")
    conn.row_factory = sqlite3.Row
    one = row()
    from_database = conn.execute("SELECT " + ", ".join(f":{key} AS {key}" for key in one), one)
    rows = [dict(found) for found in from_database]
    assert corrections.examples(rows) == corrections.read(json.dumps(one) + "\n\n", "mine.ndjson")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("[1]", "mine.ndjson.*line 1: an object expected"),
        ("{", "mine.ndjson.*line 1: not JSON"),
        (json.dumps(row(value="weather")), "correction 1.*unknown topic: weather"),
        (json.dumps(row(action="set")), "cannot 'set' a 'topic'"),
        ('{"update_id": 1}', "correction 1.*no column"),
    ],
)
def test_a_wrong_row_is_named(line: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        corrections.read(line, "mine.ndjson")
