"""Columns read by their different values: as strict as row by row, and the same whatever way a row is read."""

from __future__ import annotations

import io

import pytest

from aggregator.statistics.coded import read_coded
from aggregator.statistics.errors import BadTableError
from aggregator.statistics.tables import SEPARATOR, csv_table


def coded(body: bytes, *, limit: int = 100_000) -> tuple[list[bytes], list[list[str]], list[list[str]]]:
    """Column b as it is, and by their different values d with a, and c."""
    texts, (first, second) = read_coded(csv_table("f.csv", io.BytesIO(body)), "b", [("d", "a"), ("c",)], limit)
    return texts.tolist(), first.rows(), second.rows()


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("end", ["", "\n"])
def test_columns_read_whole_are_the_same_as_row_by_row(newline: str, end: str):
    rows = [[str(n % 7), f"{n:05}", "", f"x {n % 3}"] for n in range(30_000)]
    body = (newline.join(["a,b,c,d", *map(",".join, rows)]) + end).encode()
    texts, da, c = coded(body)
    assert texts == [b.encode() for _, b, _, _ in rows]
    assert da == [[d, a] for a, _, _, d in rows]
    assert c == [[""]] * len(rows)
    by_row = [row for _, row in csv_table("f.csv", io.BytesIO(body)).lines()]
    assert by_row == rows


@pytest.mark.parametrize("kinds", [["one", "three", ""], ["one", "two", "three"], ["x" * 80, "y"], list("abcdefghij")])
def test_a_column_of_few_values_is_read_like_any_other(kinds: list[str]):
    """Quickly where all values of one length are the same one; some of these are, some only nearly."""
    rows = [[str(n), kinds[n * n % len(kinds)]] for n in range(5_000)]
    body = ("a,b\n" + "\n".join(map(",".join, rows))).encode()
    texts, (found,) = read_coded(csv_table("f.csv", io.BytesIO(body)), "a", [("b",)], 10_000)
    assert [[a.decode(), b] for a, (b,) in zip(texts.tolist(), found.rows(), strict=True)] == rows


def test_each_different_value_is_held_once():
    table = csv_table("f.csv", io.BytesIO(b"a,b\n" + b"x,1\ny,2\nx,1\n" * 50_000))
    _, (found,) = read_coded(table, "b", [("a", "b")], 200_000)
    assert [value.split(SEPARATOR) for value in found.values] == [["x", "1"], ["y", "2"]]
    assert found.codes[:4].tolist() == [0, 1, 0, 0]
    assert found.taken(found.codes == 1).values == (found.values[1],)


@pytest.mark.parametrize(
    "odd", ['"3,\n3",b,c,d', '3,"b",c,d', "3,b,caf\u00e9,d", "3,b,c,d\n", "3,b\x00,c,d", "3,b,c,\x1fd"], ids=ascii
)
def test_reading_goes_on_behind_a_row_that_is_not_plain(odd: str):
    body = f"a,b,c,d\n{'1,2,3,4' + chr(10)}{odd}\n5,6,7,8\n".encode()
    texts, da, c = coded(body)
    rows = [row for _, row in csv_table("f.csv", io.BytesIO(body)).lines()]
    assert len(texts) == 3
    assert da == [[d.replace("\x1f", " "), a] for a, _, _, d in rows]
    assert c == [[row[2]] for row in rows]


@pytest.mark.parametrize(
    "bad", [b"1,2,3,4\n3,4,5\n4,5,6,7,8\n", b"1,2,3,4\n3,4,5,6,7\n6,7,8\n", b"1,2,3,4\n,,,,\n1,2\n"]
)
def test_rows_that_are_cut_or_overlong_are_found_in_columns_too(bad: bytes):
    with pytest.raises(BadTableError, match=r"line [34] has"):
        coded(b"a,b,c,d\n" + bad)


def test_more_rows_than_are_held_are_refused():
    with pytest.raises(BadTableError, match="more than 2 rows"):
        coded(b"a,b,c,d\n1,1,1,1\n2,2,2,2\n3,3,3,3\n", limit=2)
