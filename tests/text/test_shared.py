"""What the readers of several publishers share: times as they are shown, addresses with a parameter, stray bytes."""

from __future__ import annotations

import pytest

from aggregator.text import dates, urls
from aggregator.text.decoding import AS_CP1252


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("2024-07-05T13:30:00Z", "5 July 2024, 14:30"),  # in London
        ("2024-07-05T13:30:00", "5 July 2024, 13:30"),  # no zone: of London already
        ("2024-07-05T00:00:00", "5 July 2024"),  # midnight without a zone: a day
        ("5 July 2024", "5 July 2024"),
        ("July 2024", "July 2024"),
        ("soon", ""),
        ("", ""),
    ],
)
def test_a_time_is_shown_no_more_precise_than_it_was_written(raw: str, shown: str) -> None:
    assert dates.shown(dates.parse_local(raw)) == shown


def test_a_query_parameter_is_replaced_or_put_in() -> None:
    assert urls.with_query(
        "https://a.example/x?q=a%20b&skip=0#y", {"skip": "20", "day": "from:2024-01-01,to:2024-02-01"}
    ) == ("https://a.example/x?q=a+b&skip=20&day=from:2024-01-01,to:2024-02-01#y")


def test_stray_bytes_are_windows_1252() -> None:
    assert b"caf\xe9 \xe2\x82\xac5 \x81".decode("utf-8", AS_CP1252) == "café €5 \ufffd"
