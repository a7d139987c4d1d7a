"""Recorded crime: five headers, three classifications, and what is refused."""

from __future__ import annotations

import pytest

from aggregator.statistics import datasets
from aggregator.statistics.errors import BadTableError, QuarantinedError
from aggregator.statistics.model import ReleaseData
from tests.statistics.examples import borough_csv, read

TWO_MONTHS = ["202511", "202512"]


def release(text: str) -> ReleaseData:
    (part,) = read(text).parts
    assert isinstance(part, ReleaseData)
    return part


@pytest.mark.parametrize(
    ("header", "row", "dataset", "family"),
    [
        # One line of each family in its own words, letter case and column order.
        (
            "Borough,Major Category,Minor Category",
            ("Brent", "Burglary", "Burglary in a Dwelling"),
            datasets.RECORDED_BOROUGH_2008,
            "borough-A",
        ),
        (
            "MajorText,MinorText,BoroughName",
            ("Theft", "Theft from Person", "Brent"),
            datasets.RECORDED_BOROUGH_2019,
            "borough-B",
        ),
        (
            "MajorText,MinorText,LookUp_BoroughName",
            ("Drug Offences", "Drug Trafficking", "Brent"),
            datasets.RECORDED_BOROUGH_2019,
            "borough-C",
        ),
        (
            "MajorText,MinorText,BoroughName",
            ("THEFT", "THEFT FROM THE PERSON", "Brent"),
            datasets.RECORDED_BOROUGH,
            "borough-D",
        ),
        ("majortext,minortext,boroughname", ("THEFT", "SHOPLIFTING", "Brent"), datasets.RECORDED_BOROUGH, "borough-D"),
        ("Group,SubGroup,BOCU", ("THEFT", "SHOPLIFTING", "Brent"), datasets.RECORDED_BOROUGH, "borough-E"),
    ],
)
def test_each_header_family_goes_to_the_data_set_of_its_classes(header, row, dataset, family):
    data = release(borough_csv(TWO_MONTHS, {row: [3, 4]}, header))
    assert (data.dataset, data.header_family) == (dataset, family)
    assert [(c.area, c.period, c.value) for c in data.cells] == [
        ("E09000005", "2025-11", 3),
        ("E09000005", "2025-12", 4),
    ]


def test_columns_are_found_by_name_whatever_their_order():
    text = "202512,BoroughName,202511,MinorText,MajorText\n7,Hackney,5,SHOPLIFTING,THEFT\n"
    assert {(c.period, c.value) for c in release(text).cells} == {("2025-11", 5), ("2025-12", 7)}


def test_a_comma_or_a_capital_makes_no_new_category():
    old = release(
        borough_csv(TWO_MONTHS, {("PUBLIC ORDER OFFENCES", "PUBLIC FEAR ALARM OR DISTRESS", "Brent"): [1, 1]})
    )
    new = release('Group,SubGroup,BOCU,202512\nPUBLIC ORDER OFFENCES,"PUBLIC FEAR, ALARM OR DISTRESS",Brent,2\n')
    assert {c.category for c in old.cells} == {c.category for c in new.cells}


def test_zero_cells_are_not_kept_since_absent_means_zero_within_the_range():
    data = release(borough_csv(TWO_MONTHS, {("THEFT", "SHOPLIFTING", "Brent"): [0, 4]}))
    assert len(data.cells) == 1
    assert (data.period_from, data.period_to) == ("2025-11", "2025-12")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Unknown", "met-unknown"),
        ("London Heathrow and London City Airports", "met-airports"),
        ("Aviation Security (SO18)", "met-so18"),
    ],
)
def test_pseudo_areas_are_kept_apart_from_boroughs(name, code):
    data = release(borough_csv(TWO_MONTHS, {("THEFT", "SHOPLIFTING", name): [1, 1]}))
    assert [(a.code, a.kind) for a in data.areas] == [(code, "pseudo")]


def test_a_historical_file_is_dated_by_the_24_months_that_follow_it():
    months = [f"{year}{month:02d}" for year in range(2020, 2023) for month in range(1, 13)]
    data = release(borough_csv(months, {("THEFT", "SHOPLIFTING", "Brent"): [1] * 36}))
    assert data.header_family == "borough-D-historical"
    assert data.earliest_date == "2025-01-01"  # 2022-12, and 24 months on, and the day after


def test_an_unknown_header_is_quarantined_with_what_it_lacks_and_what_it_has():
    with pytest.raises(QuarantinedError) as error:
        read("MajorText,MinorText,BoroughCommand,202512\nTHEFT,SHOPLIFTING,Central East,4\n", "new.csv")
    assert "new.csv" in str(error.value)
    assert "it lacks boroughname" in str(error.value)
    assert "beside which it has BoroughCommand" in str(error.value)


def test_classes_of_two_times_in_one_file_are_not_bridged():
    rows = {("THEFT", "THEFT FROM THE PERSON", "Brent"): [1, 1], ("Theft", "Theft from Person", "Brent"): [1, 1]}
    with pytest.raises(QuarantinedError, match="mixes classes of 2024"):
        read(borough_csv(TWO_MONTHS, rows))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("MajorText,MinorText,BoroughName,202512\nTHEFT,SHOPLIFTING,Atlantis,4\n", "line 2: 'Atlantis' is no borough"),
        (
            "MajorText,MinorText,BoroughName,202512\nTHEFT,SHOPLIFTING,Brent,-4\n",
            "line 2, column 202512: '-4' is no count",
        ),
        ("MajorText,MinorText,BoroughName,202512\nTHEFT,SHOPLIFTING,Brent\n", "line 2 has 3 fields, the header has 4"),
        ("MajorText,MinorText,BoroughName,202510,202512\nTHEFT,SHOPLIFTING,Brent,1,1\n", "no column for 2025-11"),
        ("MajorText,MinorText,BoroughName,202513\nTHEFT,SHOPLIFTING,Brent,1\n", "column 202513 is no month"),
        (
            "MajorText,MinorText,BoroughName,202512\nTHEFT,SHOPLIFTING,Brent,1\nTheft,Shoplifting,Brent,1\n",
            "is there twice",
        ),
    ],
)
def test_a_bad_row_names_its_line(text, said):
    with pytest.raises(BadTableError, match=said):
        read(text)


def test_wards_keep_their_codes_and_are_a_data_set_apart():
    text = (
        "WardName,WardCode,MajorText,MinorText,LookUp_BoroughName,202512\n"
        "Heathrow Villages,E05013570,THEFT,SHOPLIFTING,Aviation Security (SO18),2\n"
        "Unknown,-1,THEFT,SHOPLIFTING,Brent,1\n"
    )
    data = release(text)
    assert data.dataset.opt_in
    assert {(c.area, c.value) for c in data.cells} == {("E05013570", 2), ("met-unknown", 1)}


def test_lsoa_files_are_recognised_though_they_share_columns_with_family_a():
    text = "LSOA Code,LSOA Name,Borough,Major Category,Minor Category,202512\nE01000006,Barking and Dagenham 016A,E09000002,THEFT,SHOPLIFTING,2\n"
    assert release(text).dataset.id == "recorded-crime-lsoa"


def test_the_ward_of_heathrow_is_what_its_borough_and_aviation_security_recorded_there():
    header = "WardName,WardCode,MajorText,MinorText,LookUp_BoroughName,202401"
    row = "Heathrow Villages,E05013570,ROBBERY,ROBBERY OF PERSONAL PROPERTY"
    both = release(f"{header}\n{row},Hillingdon,5\n{row},Aviation Security (SO18),2\n")
    assert [c.value for c in both.cells] == [7]
    with pytest.raises(BadTableError, match="is there twice"):
        release(f"{header}\n{row},Hillingdon,5\n{row},Hillingdon,2\n")
