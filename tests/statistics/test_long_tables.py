"""The long tables: one invented file each, in the published shape, with the traps that the real ones hold."""

from __future__ import annotations

import io

import openpyxl
import pytest

from aggregator.statistics.errors import BadTableError, NotTakenError, QuarantinedError
from aggregator.statistics.model import ReleaseData
from tests.statistics.examples import database, read, store

DASHBOARD = "Month_Year,Area Type,Borough_SNT,Area name,Area code,Crime Type,Crime Subtype,Measure,Financial Year,FY_FYIndex,Count,Refresh Date\n"
TNO = DASHBOARD.replace("Crime Type,Crime Subtype", "offence group,Offence Subgroup").replace("Area name", "Area Name")


def releases(text: str | bytes) -> dict[str, ReleaseData]:
    return {part.dataset.id: part for part in read(text).parts if isinstance(part, ReleaseData)}


def figures(data: ReleaseData) -> dict[tuple[str, str, str, str], float]:
    return {(c.measure, c.area, c.category, c.period): c.value for c in data.cells}


def line(
    kind: str,
    sub: str,
    count: int,
    *,
    area: str = "Borough,Hackney,Hackney,E09000012",
    measure: str = "Offences",
    refreshed: str = "2025-08-02",
) -> str:
    return f"2025-07-01,{area},{kind},{sub},{measure},fy25-26,25-26_01,{count},{refreshed}\n"


def test_team_rows_are_the_same_offences_again_and_left_out():
    text = (
        TNO
        + line("THEFT", "SHOPLIFTING", 9)
        + line("THEFT", "SHOPLIFTING", 4, area="Safer Neighbourhood Teams,Hackney,Dalston,E05009371")
    )
    assert figures(releases(text)["monthly-crime-tno"]) == {
        ("offences", "E09000012", "theft/shoplifting", "2025-07"): 9
    }


def test_offences_and_positive_outcomes_are_measures_apart():
    text = TNO + line("THEFT", "SHOPLIFTING", 9) + line("THEFT", "SHOPLIFTING", 2, measure="Positive Outcomes")
    assert {(m, v) for (m, *_), v in figures(releases(text)["monthly-crime-tno"]).items()} == {
        ("offences", 9),
        ("positive-outcomes", 2),
    }


def test_each_type_of_the_other_file_is_a_data_set_with_its_own_refresh_date():
    text = (
        DASHBOARD
        + line("Knife Crime", "Knife Crime", 5, refreshed="2025-08-21")
        + line("Miscalleneous", "TNO Victim Based", 50)
    )
    found = releases(text)
    assert {name: data.refresh_date for name, data in found.items()} == {
        "monthly-knife-crime": "2025-08-21",
        "monthly-miscellaneous": "2025-08-02",
    }
    knife = found["monthly-knife-crime"].dataset
    assert (knife.additive_areas, knife.additive_categories) == (True, False)


def test_case_variants_and_repeated_keys_are_added_up():
    rows = (
        line("Domestic Abuse", "Domestic Abuse violence with injury", 3)
        + line("Domestic Abuse", "Domestic Abuse Violence with Injury", 2)
        + line("Domestic Abuse", "Domestic Abuse Violence with Injury", 1)
    )
    ((key, value),) = figures(releases(DASHBOARD + rows)["monthly-domestic-abuse"]).items()
    assert (key[2], value) == ("domestic-abuse-violence-with-injury", 6)


@pytest.mark.parametrize(
    ("area", "code"),
    [
        ("Borough,Other / NK,N/K (Legacy Only),", "met-other"),
        ("Borough,Other / NK,Non MET police force,", "not-met"),
        ("Borough,Aviation Security,Aviation Security (SO18) (Legacy Only),SO18", "met-so18"),
        ("Borough,Other / NK,Unknown,-1", "met-unknown"),
        ("Borough,Other / NK,,", "met-other"),
        ("Borough,City of London,City of London,E09000001", "E09000001"),
    ],
)
def test_rows_without_a_borough_are_pseudo_areas(area, code):
    text = DASHBOARD + line("Gun Crime", "Gun Crime", 1, area=area)
    assert [c.area for c in releases(text)["monthly-gun-crime"].cells] == [code]


def test_a_newer_refresh_revises_an_older_one_and_overlapping_subtypes_are_not_summed():
    conn = database()
    store(conn, DASHBOARD + line("Knife Crime", "Knife Crime", 5) + line("Knife Crime", "Knife Crime with Injury", 2))
    summary = store(
        conn,
        DASHBOARD
        + line("Knife Crime", "Knife Crime", 6, refreshed="2025-09-02")
        + line("Knife Crime", "Knife Crime with Injury", 2),
    )
    assert (summary.added, summary.revised, summary.totals) == (0, 1, ())
    assert [(f.category, f.old, f.new) for f in summary.biggest] == [("Knife crime", 5, 6)]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (line("Gun Crime", "Gun Crime", 1, measure="Charges"), "unknown measure 'Charges'"),
        (
            line("Gun Crime", "Gun Crime", 1, area="Ward,Hackney,Dalston,E05009371"),
            "'Ward' is neither Borough nor a team",
        ),
        (line("Gun Crime", "Gun Crime", 1).replace("2025-07-01", "July"), "column Month_Year: 'July' is no date"),
    ],
)
def test_what_the_dashboard_never_says_is_refused(row, said):
    with pytest.raises(BadTableError, match=said):
        read(DASHBOARD + row)


def test_custody_counts_the_same_disposals_in_several_views():
    header = "current_disposal_year,current_disposal_month,current_disposal_month_name,gender,age_group,ethnicity_4+1,offence_group,current_disposal,offence_count,sheet\n"
    text = (
        header
        + "2025,1,January,Female,Adult,Other ,Assault,Police Bail,5,Disposals\n2025,1,January,Male,Adult,White,Assault,Police Bail,7,Disposals\n"
    )
    found = figures(releases(text)["custody-disposals"])
    assert found["disposals", "met", "assault/police-bail", "2025-01"] == 12
    assert found["disposals-by-ethnicity", "met", "other/police-bail", "2025-01"] == 5
    assert found["disposals-by-gender", "met", "male/police-bail", "2025-01"] == 7


def test_homicide_dates_and_ampersands():
    text = (
        "count_of_ppa,borough,gender,age_group,self_classified_ethnicity,offence_type,charged_summonsed,proceedings_date\n"
        "1,Barking & Dagenham,Male,40 to 44,SCE Not Recorded,Murder,Charge or Summons,Jan-03\n"
        "1,Heathrow,Male,40 to 44,Black ,Murder,Charge or Summons,Feb-03\n"
    )
    assert {(c.area, c.period) for c in releases(text)["homicide-proceedings"].cells} == {
        ("E09000002", "2003-01"),
        ("met-airports", "2003-02"),
    }


def test_animals_of_one_kind_in_four_spellings():
    header = "count_of_stolen_animals,type_of_animal,borough,type_of_offence,animal_recovered,year_and_month\n"
    text = header + "".join(
        f"1.0,{kind},Lambeth,Theft and Handling,Not Recovered,Jan-2010\n" for kind in ("Dog", "dog", "Dog ", "DOG")
    )
    ((key, value),) = figures(releases(text)["stolen-animals"]).items()
    assert (key[2], value) == ("dog/not-recovered", 4)


def test_business_crime_is_added_up_from_days_to_months():
    text = (
        "date,measure,borough,crime_section,crime_group,business_crime_offence_count,refresh_date,sheet\n"
        "2023-08-01,Business Crime Offences,Brent,THEFT,OTHER THEFT,2,2025-08-02,S\n"
        "2023-08-31,Business Crime Offences,Brent,THEFT,OTHER THEFT,3,2025-08-02,S\n"
    )
    data = releases(text)["business-crime-offences"]
    assert (data.refresh_date, list(figures(data).values())) == ("2025-08-02", [5])


VAWG = "bcu_location,borough_name,ward_name_clean_2,recorded_date_months,date_committed_from_date_months,count"


def test_vawg_sheets_with_one_header_are_told_apart_by_their_sheet():
    for sheet, dataset in (("Offence count location", "vawg-offences"), ("Victim count by location", "vawg-victims")):
        text = f"{VAWG},sheet\nCentral East,Hackney,Dalston,2024-01-01 00:00:00,2023-12-01 00:00:00,9,{sheet}\n"
        assert {(c.area, c.period, c.value) for c in releases(text)[dataset].cells} == {("E09000012", "2024-01", 9)}
    with pytest.raises(QuarantinedError, match="whether it counts offences or victims"):
        read(f"{VAWG}\nCentral East,Hackney,Dalston,2024-01-01,2023-12-01,9\n")


def test_strip_searches_bring_drifting_words_together():
    text = (
        ",stop_date,area,borough,age_group,sex,ethnic_appearance,stop_reason,postive_outcome_of_stop,outcome_reason\n"
        "1,2021-08-14 00:00:00.000000,North East,Hackney,18 or older,M,#N/A,B Drugs (s.23 Misuse of Drugs Act),Yes,B Drugs\n"
        "2,2021-08-15,North East,Hackney,Under 18,Male,Black,Drugs (s.23 Drugs Misuse Act),No,Drugs\n"
    ).replace(",stop_date", "col_0,stop_date", 1)
    found = figures(releases(text)["strip-searches"])
    assert found == {
        ("searches", "E09000012", "drugs-s-23-misuse-of-drugs-act", "2021-08"): 2,
        ("searches-with-positive-outcome", "E09000012", "drugs-s-23-misuse-of-drugs-act", "2021-08"): 1,
        ("searches-of-children", "E09000012", "drugs-s-23-misuse-of-drugs-act", "2021-08"): 1,
    }


def test_use_of_force_workbook_with_columns_that_do_not_matter():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(
        [
            "IncidentDate",
            "IncidentTime",
            "Incident Location: Dwelling",
            "Borough",
            "PrimaryConduct",
            "Tactic 1",
            "Effective 1",
            "Tactic 2",
            "Effective 2",
            "CED Used",
            "SubjectAge",
            "SubjectGender",
            "SubjectEthnicity",
        ]
    )
    sheet.append(
        [
            "2024-05-01",
            "10:00",
            "No",
            "Hackney",
            "Active Resistance",
            "Compliant Handcuffing",
            "Yes",
            "CED (Taser)",
            "Yes",
            "Yes",
            "18-34",
            "Male",
            "White",
        ]
    )
    out = io.BytesIO()
    book.save(out)
    found = figures(releases(out.getvalue())["use-of-force"])
    assert found["reports", "E09000012", "all-reports", "2024-05"] == 1
    assert found["reports", "E09000012", "taser-ced-used", "2024-05"] == 1
    assert found["reports-by-tactic", "E09000012", "compliant-handcuffing", "2024-05"] == 1


def test_strength_and_perception():
    strength = releases("Date,Police Officer Strength,Police Staff Strength,PCSO Strength\nMay-13,30636,12702,2497\n")[
        "police-force-strength"
    ]
    assert figures(strength)["strength", "met", "police-officers", "2013-05"] == 30_636
    share = releases("date,measure,proportion\nDec-14,Police do a good job in the local area,72\n")["public-perception"]
    assert not share.dataset.additive_areas
    assert not share.dataset.additive_categories
    with pytest.raises(BadTableError, match="more than 100 per cent"):
        read("date,measure,proportion\nDec-14,Police do a good job in the local area,720\n")


STREET = "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,Last outcome category,Context\n"


def street(lsoa: str, force: str = "Metropolitan Police Service") -> str:
    return f",2025-02,{force},{force},0.1,51.5,On or near Invented Way,E01000032,{lsoa},Burglary,Under investigation,\n"


def test_street_crime_is_counted_by_borough_and_only_on_request():
    data = releases(STREET + street("Barking and Dagenham 002B") + street("") + street("Epping Forest 001A"))[
        "street-crime"
    ]
    assert data.dataset.opt_in
    assert {c.area for c in data.cells} == {"E09000002", "met-unknown", "outside-london"}
    with pytest.raises(NotTakenError, match="rows of: British Transport Police"):
        read(STREET + street("Camden 001A", "British Transport Police"))
