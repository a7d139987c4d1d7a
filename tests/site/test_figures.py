"""Charts with gaps, hollow points and breaks; boroughs compared; stops by outcome and ethnicity; the figures of a topic."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.site import borough_map, chart
from aggregator.site.queries import compare, doubts, figures, statistics, stops
from aggregator.statistics import populations
from aggregator.statistics.areas import known_areas
from aggregator.statistics.coverage import LISTED_WITHOUT, NO_FILE
from aggregator.statistics.populations import ethnic_groups
from tests.site import archive
from tests.site.conftest import Site

MONTHS = [f"2025-{m:02}" for m in range(1, 13)]
BOROUGHS = [a for a in known_areas().values() if a.kind == "borough"]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """The invented archive with a year of burglary in every borough and a year of stops, April suspect."""
    path = archive.make(tmp_path / "met.db")
    with closing(sqlite3.connect(path)) as conn:
        conn.execute("INSERT INTO datasets (id, title, publisher) VALUES ('recorded-crime-borough', 'Recorded', 'Met')")
        conn.execute(
            "INSERT INTO categories (id, dataset_id, code, title) VALUES (90, 'recorded-crime-borough', 'burglary/home', 'Home'),"
            " (91, 'recorded-crime-borough', 'possession-of-weapons', 'Possession of weapons')"
        )
        conn.execute(
            "INSERT INTO releases (id, dataset_id, released_at, first_seen_at, sha256)"
            " VALUES (90, 'recorded-crime-borough', '2026-01-05T00:00:00Z', '2026-01-05T00:00:00Z', 'r')"
        )
        conn.execute("INSERT INTO series_breaks VALUES ('recorded-crime-borough', '2025-06', 'A new system.')")
        for borough in BOROUGHS:
            conn.execute(
                "INSERT INTO areas (code, name, kind, place) VALUES (?, ?, 'borough', (SELECT slug FROM places WHERE gss = ?))"
                " ON CONFLICT DO NOTHING",
                (borough.code, borough.name, borough.code),
            )
            area = conn.execute("SELECT id FROM areas WHERE code = ?", (borough.code,)).fetchone()[0]
            for month in MONTHS:
                for category, value in ((90, borough.population / 1000), (91, 2)):
                    conn.execute(
                        "INSERT INTO observations VALUES ('recorded-crime-borough', 'offences', ?, ?, ?, ?, 90)",
                        (area, category, month, value),
                    )
                counts = (
                    ("arrest", "black", 1),
                    ("no-further-action", "white", 3),
                    ("no-further-action", "not-stated", 1),
                )
                for outcome, ethnicity, n in counts:
                    conn.execute(
                        "INSERT INTO stop_counts VALUES ('metropolitan', ?, ?, ?, 'drugs', ?, ?)",
                        (month, area, outcome, ethnicity, n),
                    )
        for n, month in enumerate(MONTHS):
            state = "provisional" if n == 11 else "complete"
            conn.execute(
                "INSERT INTO coverage (dataset_id, period, state) VALUES ('recorded-crime-borough', ?, ?)",
                (month, state),
            )
            state = "suspect" if month == "2025-04" else "complete"
            conn.execute(
                "INSERT INTO coverage (dataset_id, period, state) VALUES ('stop-and-search', ?, ?)", (month, state)
            )
            conn.execute(
                "INSERT INTO stop_months(force, month, release_id, seen_at, rows, digest, added, removed)"
                " VALUES ('metropolitan', ?, 9, '2026-01-05T00:00:00Z', 160, 'd', 160, 0)", (month,),
            )  # fmt: skip
        conn.commit()
    return path


@pytest.fixture
def conn(db: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(db)) as found:
        found.row_factory = sqlite3.Row
        yield found


# --- geometry -----------------------------------------------------------------------------------------------------
def test_a_line_is_cut_at_gaps_and_before_breaks_and_provisional_points_are_hollow() -> None:
    points = [
        ("2025-01", 1.0),
        ("2025-02", 2.0),
        ("2025-03", None),
        ("2025-04", 3.0),
        ("2025-05", 4.0),
        ("2025-06", 5.0),
    ]
    line = chart.line(points, provisional=["2025-06"], breaks=["2025-05"])
    assert line is not None
    assert [len(segment.split()) for segment in line.segments] == [2, 2], "January and February; May and June"
    assert (len(line.dots), len(line.gaps), len(line.hollow), len(line.breaks)) == (1, 1, 1, 1)
    assert line.gaps[0][0] < line.breaks[0]


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        ([1.0, 2.0], ["0", "1", "2"]),  # of offences there are no halves
        ([0.0, 0.0], ["0", "1"]),
        ([3.0, 10.0], ["0", "5", "10"]),
        ([3.5, 10.0], ["0.0", "2.5", "5.0", "7.5", "10.0"]),
        ([0.1, 0.9], ["0.00", "0.25", "0.50", "0.75", "1.00"]),
        ([38000.0, 46000.0], ["0", "20,000", "40,000", "60,000"]),
    ],
)
def test_labels_of_an_axis_say_where_they_stand(values: list[float], labels: list[str]) -> None:
    line = chart.line([(f"2025-{n + 1:02}", v) for n, v in enumerate(values)])
    assert line is not None
    assert [tick.text for tick in line.y_ticks] == labels


def test_periods_below_a_chart_are_written_as_beside_it() -> None:
    months = chart.line([(m, 1.0) for m in MONTHS])
    years = chart.line([("FY2008-09", 1.0), ("FY2009-10", 2.0)])
    assert months is not None
    assert years is not None
    assert [tick.text for tick in months.x_ticks] == ["Jan 2025", "Jul 2025", "Dec 2025"]
    assert [tick.text for tick in years.x_ticks] == ["2008-09", "2009-10"]


def test_the_scale_holds_the_series_beside() -> None:
    line = chart.line([("2025-01", 1.0), ("2025-02", 2.0)], beside=[("2025-01", 10.0), ("2025-02", 40.0)])
    assert line is not None
    assert line.y_ticks[-1].text == "40"
    assert len(line.beside) == 1


def test_every_borough_and_the_city_is_on_the_map_in_fifths() -> None:
    found = borough_map.draw({b.code: float(n) for n, b in enumerate(BOROUGHS)}, {})
    assert found is not None
    assert len(found.shapes) == 33
    assert {s.name for s in found.shapes if s.band == -1} == {"City of London"}
    assert [sum(s.band == n for s in found.shapes) for n in range(5)] == [7, 6, 7, 6, 6]
    assert sum(len(s.path) for s in found.shapes) < 25_000, "a page carries it"
    assert all(re.fullmatch(r"(M[\d., -]+Z)+", s.path) for s in found.shapes)


def test_equal_values_are_in_one_band() -> None:
    found = borough_map.draw({b.code: 1.0 for b in BOROUGHS}, {})
    assert found is not None
    assert found.bands == ((1.0, 1.0),)


# --- comparisons --------------------------------------------------------------------------------------------------
def test_the_ethnic_groups_add_up_to_the_residents_of_london() -> None:
    """The census tables were made safe one by one, so that they differ by a handful."""
    residents = sum(a.population or 0 for a in known_areas().values() if a.kind in ("borough", "city"))
    assert abs(sum(g.population for g in ethnic_groups()) - residents) < 10


def test_boroughs_are_compared_by_rate_over_twelve_months(conn: sqlite3.Connection) -> None:
    choice = statistics.choose(conn, "recorded-crime-borough", measure="", area="", category="burglary")
    found = compare.boroughs(conn, "recorded-crime-borough", choice)
    assert found is not None
    assert (found.window.first, found.window.last, len(found.areas)) == ("2025-01", "2025-12", 32)
    assert {round(a.rate or 0, 6) for a in found.areas} == {12.0}
    assert next(a.place for a in found.areas if a.name == "Hackney") == "hackney"


def test_low_rates_have_the_decimals_that_tell_the_bands_apart(
    conn: sqlite3.Connection, db: Path, open_site: Callable[[Path], Site]
) -> None:
    """Robberies: one more in each borough than in the one before, far less than one for every 1,000 residents."""
    conn.execute("UPDATE observations SET value = 0 WHERE dataset_id = 'recorded-crime-borough'")
    conn.execute(
        "UPDATE observations SET value = area_id WHERE dataset_id = 'recorded-crime-borough' AND category_id = 91"
        " AND period = '2025-12'"
    )
    conn.commit()
    page = open_site(db).get("/statistics/recorded-crime-borough?category=possession-of-weapons").text
    key = re.findall(r'<li class="band\d">([^<]+)</li>', page)
    assert len(key) == len(set(key)) == 5
    assert all(band.partition("–")[0] != band.partition("–")[2] for band in key)


@pytest.mark.parametrize(
    ("rates", "written"),
    [
        ([3.2, 3.8, 3.8, 4.8, 4.8, 5.3, 5.3, 7.2, 7.3, 12.8], "3.2"),  # bands may touch
        ([0.39, 0.45, 0.454, 0.477, 0.477, 0.603, 0.606, 0.721, 0.764, 2.282], "0.39"),
        ([0.001, 0.002, 0.003, 0.004, 0.005, 0.006, 0.007, 0.008, 0.009, 0.011], "0.001"),
    ],
)
def test_rates_have_no_more_decimals_than_tell_the_bands_apart(
    conn: sqlite3.Connection, rates: list[float], written: str
) -> None:
    span = compare.Window(("2025-12",), ())
    values = {b.code: rate * (b.population or 0) / 1000 for b, rate in zip(BOROUGHS, rates, strict=False)}
    found = compare._compared(conn, span, values)
    assert found is not None
    assert found.rate(rates[0]) == written


def test_suspect_months_are_left_out_and_named(conn: sqlite3.Connection) -> None:
    found = compare.breakdown(conn)
    assert found is not None
    assert found.window.left_out == ("2025-04",)
    assert found.total == 32 * 5 * len(found.window.months)
    black = next(s for s in found.ethnicities if s.title == "Black")
    assert (black.share, black.population) == (20.0, 1_188_370)
    assert black.rate == pytest.approx(1000 * black.searches / 1_188_370)
    assert next(s for s in found.ethnicities if s.title == "Not stated").rate is None


def test_a_borough_has_no_rates_by_ethnicity(conn: sqlite3.Connection) -> None:
    found = compare.breakdown(conn, "hackney")
    assert found is not None
    assert {s.rate for s in found.ethnicities} == {None}


def test_a_suspect_month_is_drawn_as_a_gap(conn: sqlite3.Connection) -> None:
    points = stops.series(conn, stops.choose(conn, measure="", area=""))
    values = dict(figures.believed(points))
    assert values["2025-04"] is None
    assert values["2025-05"] == 160


def test_knife_crime_falls_back_on_weapons_where_the_dashboard_is_not_there(conn: sqlite3.Connection) -> None:
    (drawn,) = figures.of_topic(conn, "knife-crime")
    assert (drawn.title, drawn.points[0].value) == ("Offences of possessing weapons a month", 64)


def test_stop_and_search_has_searches_and_outcome_rate(conn: sqlite3.Connection) -> None:
    searches, rate = figures.of_topic(conn, "stop-and-search")
    by_month = {p.period: p.value for p in rate.points}
    assert by_month["2025-05"] == 20.0
    assert searches.line is not None


def test_a_borough_stands_beside_london(conn: sqlite3.Connection) -> None:
    drawn = figures.of_place(conn, "hackney")
    assert drawn is not None
    assert drawn.beside is not None
    residents = known_areas()["E09000012"].population or 0
    assert drawn.points[0].value == pytest.approx(1 + 2000 / residents)
    assert drawn.beside["2025-12"] == pytest.approx(1 + 64_000 / sum(b.population or 0 for b in BOROUGHS))
    assert figures.of_place(conn, "city-of-london") is None


def test_months_we_have_no_file_of_are_not_collected_and_told_in_one_line(conn: sqlite3.Connection) -> None:
    states = [
        *((f"{year}-{m:02}", "missing", NO_FILE) for year in (2019, 2020) for m in range(1, 13)),
        ("2021-01", "missing", LISTED_WITHOUT),
        ("2021-02", "missing", LISTED_WITHOUT),
        ("2021-03", "suspect", "5 rows are 1% of the usual 500"),
        ("2021-05", "missing", NO_FILE),
    ]
    conn.execute("DELETE FROM coverage WHERE dataset_id = 'stop-and-search'")
    conn.executemany(
        "INSERT INTO coverage (dataset_id, period, state, note) VALUES ('stop-and-search', ?, ?, ?)", states
    )
    assert [(d.first, d.last, d.periods, d.said, d.note) for d in doubts.of_dataset(conn, "stop-and-search")] == [
        ("2021-05", "2021-05", 1, "not collected", ""),
        ("2021-03", "2021-03", 1, "suspect: does not fit its neighbours", "5 rows are 1% of the usual 500"),
        ("2021-01", "2021-02", 2, "not published", LISTED_WITHOUT),
        ("2019-01", "2020-12", 24, "not collected", ""),
    ]
    whole = statistics.completeness(conn)["stop-and-search"]
    assert (whole.missing, whole.uncollected, whole.doubtful) == (27, 25, 1)


def test_what_may_not_be_added_opens_on_its_headline_not_on_the_first_of_the_alphabet(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO datasets (id, title, publisher, additive_areas, additive_categories) VALUES ('force', 'Force', 'Met', 0, 0)"
    )
    conn.execute(
        "INSERT INTO releases (id, dataset_id, released_at, first_seen_at, sha256) VALUES (70, 'force', '', '', 'f')"
    )
    conn.execute("INSERT INTO areas (id, code, name, kind) VALUES (70, 'E23000001', 'Metropolitan Police', 'force')")
    conn.execute(
        "INSERT INTO categories (id, dataset_id, code, title) VALUES (70, 'force', 'aep', 'Aep'),"
        " (71, 'force', 'cuffs', 'Handcuffs'), (72, 'force', 'taser', 'Taser'), (73, 'force', 'total', 'Total')"
    )

    def figures_of(category: int, area: int, *months: str) -> None:
        conn.executemany(
            "INSERT INTO observations VALUES ('force', 'uses', ?, ?, ?, 1, 70)", [(area, category, m) for m in months]
        )

    def opens(area: str = "") -> tuple[str, str]:
        found = statistics.choose(conn, "force", measure="", area=area, category="")
        return found.area, found.category

    figures_of(70, 1, "2025-01")
    figures_of(71, 1, "2025-01", "2025-02")
    figures_of(72, 2, "2025-01", "2025-03")
    assert opens() == ("E09000022", "taser")  # as many figures as handcuffs, and newer ones
    assert opens("hackney") == ("E09000012", "cuffs")
    figures_of(71, 70, "2025-01")
    assert opens() == ("E23000001", "cuffs")
    figures_of(73, 70, "2025-01")
    assert opens() == ("E23000001", "total")


def test_of_several_totals_a_data_set_opens_on_the_one_that_holds_the_others(conn: sqlite3.Connection) -> None:
    conn.execute(
        "INSERT INTO datasets (id, title, publisher, additive_areas, additive_categories) VALUES ('force', 'Force', 'Met', 0, 0)"
    )
    conn.execute(
        "INSERT INTO releases (id, dataset_id, released_at, first_seen_at, sha256) VALUES (70, 'force', '', '', 'f')"
    )
    conn.execute(
        "INSERT INTO categories (id, dataset_id, code, title) VALUES (70, 'force', 'firearms', 'Total firearms'),"
        " (71, 'force', 'tactics', 'Total tactics'), (72, 'force', 'other', 'Total other')"
    )
    conn.executemany(
        "INSERT INTO observations VALUES ('force', 'uses', 1, ?, 'FY2019-20', ?, 70)", [(70, 10), (71, 900), (72, 300)]
    )
    assert statistics.choose(conn, "force", measure="", area="", category="").category == "tactics"


# --- pages --------------------------------------------------------------------------------------------------------
def test_pages_show_them_without_script_or_inline_style(db: Path, open_site: Callable[[Path], Site]) -> None:
    site = open_site(db)
    for path, expected in {
        "/topics/stop-and-search?": [">20%</text>", ">The counts behind it, with revisions and gaps</a>"],
        "/statistics/recorded-crime-borough": ["Boroughs compared", 'class="hollow"', 'class="break"', "A new system."],
        "/statistics/stop-and-search": ["Self-defined ethnicity", "Read these with care", "For every 1,000 residents"],
        "/statistics/stop-and-search?area=hackney": ["in Hackney", "no residents by ethnicity"],
        "/topics/stop-and-search": ["Searches after which something was done", "20.0%"],
        "/topics/knife-crime": ["Offences of possessing weapons a month"],
        "/places/hackney": ["Recorded crime in Hackney a month, for every 1,000 residents", "Thin line: All boroughs"],
        "/statistics": ["Jan 2025 to Dec 2025, the newest provisional", "1 not published, 1 in part or suspect, of 13"],
    }.items():
        text = site.get(path).text
        for part in expected:
            assert part in text, (path, part)
        assert "<script" not in text
        assert " style=" not in text


def test_rates_by_ethnicity_say_what_is_doubted_of_the_numbers_they_divide_by(
    db: Path, open_site: Callable[[Path], Site], monkeypatch: pytest.MonkeyPatch
) -> None:
    site = open_site(db)
    head, note = "of the group (residents by group unverified)</th>", "has not been compared with the published table"
    rates = site.get("/statistics/stop-and-search").text
    assert head in rates
    assert note in rates
    none = site.get("/statistics/stop-and-search?area=hackney").text
    assert head not in none
    assert note not in none
    monkeypatch.setattr(populations, "VERIFIED", True)
    compared = site.get("/statistics/stop-and-search").text
    assert "of the group</th>" in compared
    assert note not in compared


def test_a_page_says_not_published_only_where_something_says_so(db: Path, open_site: Callable[[Path], Site]) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.executemany(
            "INSERT INTO coverage (dataset_id, period, state, note) VALUES ('stop-and-search', ?, 'missing', ?)",
            [(f"2024-{m:02}", NO_FILE) for m in range(1, 12)] + [("2024-12", LISTED_WITHOUT)],
        )
        conn.commit()
    site = open_site(db)
    text = site.get("/statistics/stop-and-search").text
    assert "<strong>Jan 2024 to Nov 2024</strong> (11 months) not collected</li>" in text
    assert f"<strong>Dec 2024</strong> not published: {LISTED_WITHOUT}</li>" in text
    assert text.count("<td>Not collected</td>") == 11
    assert "2 not published, 11 not collected, 1 in part or suspect, of" in site.get("/statistics").text
    assert "Not collected" in site.get("/topics/stop-and-search").text.partition("As a table")[2]


def test_a_share_has_per_cent_on_its_axis(db: Path, open_site: Callable[[Path], Site]) -> None:
    with closing(sqlite3.connect(db)) as conn:
        conn.execute("UPDATE observations SET measure = 'share' WHERE dataset_id = 'crime'")
        conn.commit()
    assert re.search(r'<text class="y"[^>]*>10%</text>', open_site(db).get("/statistics/crime?area=hackney").text)


def test_an_as_of_page_compares_nothing(db: Path, open_site: Callable[[Path], Site]) -> None:
    assert "Boroughs compared" not in open_site(db).get("/statistics/recorded-crime-borough?as_of=2026-02").text


def test_a_quarterly_series_has_gaps_only_where_a_quarter_is_missing(conn: sqlite3.Connection) -> None:
    conn.execute("UPDATE datasets SET cadence = 'quarterly' WHERE id = 'crime'")
    conn.execute("UPDATE observations SET period = '2026-04' WHERE dataset_id = 'crime' AND period = '2026-02'")
    conn.execute("DELETE FROM observations WHERE dataset_id = 'crime' AND period = '2026-05'")
    conn.execute("DELETE FROM coverage WHERE dataset_id = 'crime'")
    choice = statistics.choose(conn, "crime", measure="", area="", category="")
    assert [p.period for p in statistics.series(conn, "crime", choice)] == ["2026-01", "2026-04"]


def test_a_series_is_cited_as_of_a_date_and_its_link_leads_to_those_figures(site: Site) -> None:
    page = site.get("/statistics/crime?measure=offences&area=E09000012&category=knife/possession").text
    words = re.search(r'<p class="cite">([^<]+)</p>', page)
    assert words
    assert words[1].startswith(
        "Met (5 June 2026) ‘Recorded crime: Offences, Possession of a knife, Hackney’, figures for Jan 2026 to May 2026, "
        "as published by 2026-11-22. The record of London policing, http://localhost/statistics/crime?"
    )
    links = re.findall(r'href="(/statistics/crime/cite\.[^"]+)"', page)
    assert [link.partition("?")[0].partition(".")[2] for link in links] == ["bib", "csl.json", "ris", "txt"]
    answers = [site.get(html.unescape(link)) for link in links]
    assert [a.status_code for a in answers] == [200] * 4
    assert answers[3].text.strip() == html.unescape(words[1])
    (item,) = answers[1].json()
    assert (item["type"], item["version"], item["issued"]) == ("dataset", "2026-11-22", {"date-parts": [[2026, 6, 5]]})
    assert "Figures by period" in site.get(item["URL"].removeprefix("http://localhost")).text


def test_an_earlier_figure_is_cited_as_what_it_was(site: Site) -> None:
    query = "measure=offences&area=E09000012&category=knife/possession&as_of=2026-05"
    (item,) = site.get(f"/statistics/crime/cite.csl.json?{query}").json()
    assert (item["issued"], item["URL"].endswith("as_of=2026-05")) == ({"date-parts": [[2026, 4, 5]]}, True)
    assert site.get(f"/statistics/crime/cite.ris?{query}").text.startswith("TY  - DATA\r\nAU  - Met,\r\n")


def test_stops_are_cited_with_the_day_they_were_read(site: Site) -> None:
    text = site.get("/statistics/stop-and-search/cite.txt").text
    assert "read on 22 November 2026" in text
    assert "as_of" not in text


def test_what_is_not_there_has_no_citation(site: Site) -> None:
    assert site.get("/statistics/nothing/cite.bib").status_code == 404
    assert site.get("/statistics/crime/cite.bib?as_of=1999").status_code == 404
    assert "To cite this series" not in site.get("/statistics/crime?as_of=1999").text


def test_a_release_that_does_not_say_when_it_was_published_is_not_given_a_day(
    open_site: Callable[[Path], Site], tmp_path: Path
) -> None:
    db = archive.make(tmp_path / "met.db", bulk=0)
    with closing(sqlite3.connect(db)) as conn, conn:
        conn.execute("UPDATE releases SET dated_by = 'seen' WHERE id = 3")
        conn.execute("UPDATE releases SET dated_by = 'periods' WHERE id = 2")
    site = open_site(db)
    page = re.sub(r"<[^>]+>", "", site.get("/statistics/crime?area=E09000012&category=knife/possession").text)
    assert "by 5 Jun 2026" in page
    assert "First published as 11, 5 Apr 2026 or later." in page
    assert "“By” is the day we first saw it. “Or later” follows the last period that it has." in page
    assert "Met (no date) ‘Recorded crime" in page
    assert "by 5 Jun 2026; 3 kept" in re.sub(r"<[^>]+>", "", site.get("/statistics").text)


def test_a_release_with_a_date_needs_no_explanation(site: Site) -> None:
    page = site.get("/statistics/crime").text
    assert "“By”" not in page
    assert "by <time" not in page
