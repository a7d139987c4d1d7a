"""Every form of date seen at a source, what becomes of it, and what is not believed."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.limits import EARLIEST_YEAR, FUTURE_SLACK_S
from aggregator.models import DateQuality, Utc
from aggregator.text.dates import LONDON, When, from_struct, london, months, parse, to_datetime, utc

NOW = Utc("2026-11-22T10:00:00Z")
EXACT, LOCAL, DAY, MONTH = DateQuality.EXACT, DateQuality.LOCAL, DateQuality.DAY, DateQuality.MONTH
BAD, NONE = DateQuality.BAD, DateQuality.NONE


@pytest.mark.parametrize(
    ("raw", "at", "quality"),
    [
        # RSS: RFC 822, with its variants
        ("Tue, 08 Sep 2026 07:00:00 +0200", "2026-09-08T05:00:00Z", EXACT),
        ("Fri, 18 Sep 2026 17:37:00 +0100", "2026-09-18T16:37:00Z", EXACT),
        ("Mon, 08 Sep 2026 07:00:00 GMT", "2026-09-08T07:00:00Z", EXACT),  # it was a Tuesday
        ("Thu, 08 Aug 2024 15:39:03 UTC", "2024-08-08T15:39:03Z", EXACT),
        ("Thu, 08 Aug 2024 15:39:03 Z", "2024-08-08T15:39:03Z", EXACT),
        ("Wed, 30 Sep 2026 08:00:00 BST", "2026-09-30T07:00:00Z", EXACT),  # British Summer Time, an hour ahead of UTC
        ("Sat, 7 Sep 02 0:00:01 GMT", "2002-09-07T00:00:01Z", EXACT),
        ("Thu, 08 Aug 2024 15:39 EST", "2024-08-08T20:39:00Z", EXACT),
        ("Thu, 08 Aug 2024 15:39:60 +0000 (UTC)", "2024-08-08T15:39:59Z", EXACT),
        # Atom and APIs: ISO 8601
        ("2026-09-15T22:30:03+01:00", "2026-09-15T21:30:03Z", EXACT),
        ("2017-12-13T10:55:26.950Z", "2017-12-13T10:55:26Z", EXACT),
        ("2013-05-23T12:52:00.000+00:00", "2013-05-23T12:52:00Z", EXACT),
        ("2023-07-06T00:39:45.931518+01:00", "2023-07-05T23:39:45Z", EXACT),
        ("20261012T183000Z", "2026-10-12T18:30:00Z", EXACT),
        ("2024-12-11T13:30:00", "2024-12-11T13:30:00Z", LOCAL),  # winter
        ("2024-07-11T13:30:00", "2024-07-11T12:30:00Z", LOCAL),  # summer
        ("2024-07-11 13:30", "2024-07-11T12:30:00Z", LOCAL),
        ("2022-08-01", "2022-08-01T00:00:00Z", DAY),
        # newsrooms and council sites
        ("Dec 25, 2020 07:00 GMT", "2020-12-25T07:00:00Z", EXACT),
        ("Jul 25, 2020 07:00 BST", "2020-07-25T06:00:00Z", EXACT),
        ("22 September 2026 16:30", "2026-09-22T15:30:00Z", LOCAL),
        ("07 Jun 2019", "2019-06-07T00:00:00Z", DAY),
        ("1st of May 2026", "2026-05-01T00:00:00Z", DAY),
        ("01/11/2026 10:00", "2026-11-01T10:00:00Z", LOCAL),  # day first
        ("16:30 22/09/2026", "2026-09-22T15:30:00Z", LOCAL),
        ("20 January 2016 9:30am", "2016-01-20T09:30:00Z", LOCAL),
        ("20 January 2016 at 12.15am", "2016-01-20T00:15:00Z", LOCAL),
        ("Monday, 12th October, 2026 6.30 pm", "2026-10-12T17:30:00Z", LOCAL),
        ("Thursday 1 October 2026 10.00 am", "2026-10-01T09:00:00Z", LOCAL),
        ("Wednesday 5 May 2026, 12 noon", "2026-05-05T11:00:00Z", LOCAL),
        ("Tue Sep  8 07:00:00 2026", "2026-09-08T06:00:00Z", LOCAL),
        ("September 2026", "2026-09-01T00:00:00Z", MONTH),
        ("2026-09", "2026-09-01T00:00:00Z", MONTH),
    ],
)
def test_forms_seen_at_sources(raw: str, at: str, quality: DateQuality) -> None:
    found = parse(raw, now=NOW)
    assert (found.at, found.quality) == (at, quality)
    assert found.raw == " ".join(raw.split())


@pytest.mark.parametrize(
    "raw",
    [
        "yesterday", "31 February 2026", "2026-13-01", "13/13/2026", "2026-09-15T25:00:00Z", "2026-09-15T10:61:00Z",
        "Tue, 08 Sep 2026 07:00:00 +9900", "Tue, 08 Sep 2026 07:00:00 XYZ", "0000-00-00T00:00:00Z", "2026", "١٢/٠٩/٢٠٢٦",
        "9" * 5000, "1 May 1989", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    ],
)  # fmt: skip
def test_what_cannot_be_read_or_believed_is_bad_and_keeps_its_words(raw: str) -> None:
    found = parse(raw, now=NOW)
    assert (found.at, found.quality) == (None, BAD)
    assert raw.startswith(found.raw)


def test_nothing_given_is_not_bad() -> None:
    assert parse(" \n ", now=NOW) == When(None, NONE, "")


def test_the_future_is_believed_for_two_days_and_only_asked_about_when_now_is_known() -> None:
    near = utc(to_datetime(NOW) + timedelta(seconds=FUTURE_SLACK_S))
    far = utc(to_datetime(NOW) + timedelta(seconds=FUTURE_SLACK_S + 1))
    assert parse(near, now=NOW).at == near
    assert parse(far, now=NOW) == When(None, BAD, far)
    assert parse(far).at == far  # a meeting


def test_the_hour_that_happens_twice_is_its_summer_pass() -> None:
    assert parse("25 October 2026 01:30").at == "2026-10-25T00:30:00Z"


def test_the_hour_that_never_happens_is_read_as_winter_time() -> None:
    assert parse("29 March 2026 01:30").at == "2026-03-29T01:30:00Z"


def test_a_form_only_feedparser_knows_is_taken_from_it() -> None:
    hungarian = time.struct_time((2026, 9, 1, 10, 0, 0, 1, 244, 0))
    assert from_struct(hungarian, "2026-szeptember-01T12:00+02:00", NOW) == When(
        Utc("2026-09-01T10:00:00Z"), EXACT, "2026-szeptember-01T12:00+02:00"
    )


def test_feedparser_is_not_asked_where_we_can_read_the_date_ourselves() -> None:
    wrong = time.struct_time((2026, 9, 30, 8, 0, 0, 2, 273, 0))
    assert from_struct(wrong, "Wed, 30 Sep 2026 08:00:00 BST", NOW).at == "2026-09-30T07:00:00Z"
    future = time.struct_time((2090, 1, 1, 0, 0, 0, 0, 1, 0))
    assert from_struct(future, "2090-01-01", NOW).quality is BAD
    assert from_struct(None, "nonsense", NOW).quality is BAD


def test_utc_text_and_back() -> None:
    assert to_datetime(Utc("2026-07-01T12:00:00Z")) == datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert london(Utc("2026-07-01T12:00:00Z")).isoformat() == "2026-07-01T13:00:00+01:00"
    with pytest.raises(ValueError, match="naive"):
        utc(datetime(2026, 7, 1))


@given(st.text(max_size=60))
def test_any_text_is_read_without_an_exception(raw: str) -> None:
    found = parse(raw, now=NOW)
    assert (found.at is None) == (found.quality in (BAD, NONE))


_MOMENTS = st.datetimes(datetime(EARLIEST_YEAR, 1, 2), datetime(2026, 11, 22))
_OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timedelta(minutes=15 * quarters))


@given(_MOMENTS, _OFFSETS)
def test_an_instant_survives_every_way_of_writing_it(naive: datetime, offset: timedelta) -> None:
    moment = naive.replace(microsecond=0, tzinfo=UTC)
    shifted = (moment + offset).replace(tzinfo=None)
    sign, minutes = ("-" if offset < timedelta(0) else "+"), abs(int(offset.total_seconds())) // 60
    zone = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    expected = utc(moment)
    assert parse(f"{shifted.isoformat()}{zone}").at == expected
    assert parse(f"{shifted.isoformat()}.123456{zone}").at == expected
    assert parse(f"Mon, {shifted:%d %b %Y %H:%M:%S} {zone.replace(':', '')}").at == expected


@given(_MOMENTS)
def test_naive_times_are_london_times(naive: datetime) -> None:
    found = parse(f"{naive.day} {naive:%B %Y %H:%M}")
    assert found.quality is LOCAL
    assert found.at == utc(naive.replace(second=0, microsecond=0, fold=0, tzinfo=LONDON))
    assert (
        parse(f"{naive:%d/%m/%Y} {naive.hour % 12 or 12}:{naive:%M}{'am' if naive.hour < 12 else 'pm'}").at == found.at
    )


@pytest.mark.parametrize(
    ("raw", "first", "last"),
    [
        ("January 2027", "2027-01-01", "2027-01-31"),
        ("2028-02", "2028-02-01", "2028-02-29"),
        ("October to November 2026", "2026-10-01", "2026-11-30"),
        ("December to January 2027", "2026-12-01", "2027-01-31"),
        ("December 2026 to January 2027", "2026-12-01", "2027-01-31"),
    ],
)
def test_months_have_a_first_and_a_last_day(raw: str, first: str, last: str) -> None:
    assert months(raw) == (f"{first}T00:00:00Z", f"{last}T00:00:00Z")


@pytest.mark.parametrize(
    "raw", ["", "28 January 2027", "Spring 2027", "March 2027 to January 2027", "soon to May 2027", "0001-01"]
)
def test_what_is_no_month_has_none(raw: str) -> None:
    assert months(raw) is None
