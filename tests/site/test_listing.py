"""Lists of topics and places: by kind until something is asked for, and narrowed by what is in the address."""

from __future__ import annotations

import re

from aggregator.site.axis import axis as axis_of
from aggregator.site.pages_search import chosen
from aggregator.site.pages_topics import not_drawn_above
from aggregator.site.queries import figures, timeline
from aggregator.site.queries.statistics import Point
from aggregator.site.queries.taxonomy import Month
from tests.site import archive
from tests.site.conftest import Site


def headings(text: str) -> list[str]:
    return re.findall(r'<h2 id="kind-([a-z-]+)">', text)


def test_twenty_results_do_not_bury_one_policy(site: Site) -> None:
    text = site.get("/topics/stop-and-search").text
    assert headings(text)[0] == "policy"
    busy = site.get("/topics/specific-offences").text
    section = busy.split('<h2 id="kind-appeal">')[1].split("</section>")[0]
    assert section.count('<article class="item">') == 3
    assert re.search(r'href="\?kind=appeal">All \d+', section)


def test_a_filter_lists_newest_first_and_can_be_taken_off(site: Site) -> None:
    text = site.get("/topics/specific-offences?kind=appeal&place=hackney").text
    assert headings(text) == []
    assert 'href="?place=hackney" aria-label="Take off the filter appeal"' in text.replace("Appeal", "appeal")
    assert 'href="?kind=appeal" aria-label="Take off the filter Hackney"' in text


def test_what_is_filtered_can_be_followed(site: Site) -> None:
    text = site.get("/topics/specific-offences?place=hackney").text
    assert 'href="/topics/specific-offences.atom?place=hackney"' in text
    feed = site.get("/topics/specific-offences.feed.json?place=hackney").json()
    assert feed["items"]
    assert all("Hackney" in item["tags"] for item in feed["items"])


def test_a_topic_page_stays_the_topics_whatever_the_address_adds(site: Site) -> None:
    text = site.get("/topics/mental-health?topic=robbery&list=1").text
    assert f"/updates/{archive.NASTY}" in text


def test_the_axis_shows_what_changed_and_when(site: Site) -> None:
    text = site.get("/topics/stop-and-search").text
    figure = text.split('<figure class="chart axis">')[1].split("</figure>")[0]
    assert 'class="marker"' in figure
    assert 'role="img" aria-label="Time axis from' in figure
    assert f'<a href="/updates/{archive.POLICY}/versions/2">' in figure  # in the table's list, by name
    assert "<caption" in figure


def test_a_filter_of_a_search_can_be_taken_off() -> None:
    found = chosen('knife topic:robbery -place:"city of london" after:2026-01 no-topic:here')
    assert [(c.title, c.path) for c in found] == [
        ("topic:robbery", 'knife -place:"city of london" after:2026-01 no-topic:here'),
        ('-place:"city of london"', "knife topic:robbery after:2026-01 no-topic:here"),
        ("after:2026-01", 'knife topic:robbery -place:"city of london" no-topic:here'),
    ]


def test_the_front_page_says_which_policies_changed(site: Site) -> None:
    text = site.get("/").text
    section = text.split('id="changed"')[1].split("</section>")[0]
    assert f'<a href="/updates/{archive.POLICY}">' in section
    assert f'href="/updates/{archive.POLICY}/diff/' in section
    assert text.index('id="changed"') < text.index('<h2 id="kind-')


def test_the_front_page_leads_into_the_sections(site: Site) -> None:
    text = site.get("/").text.split('id="sections"')[1]
    assert '<a href="/topics/stop-and-search">Stop and search</a>' in text


def test_a_topic_page_shows_each_series_once(site: Site) -> None:
    text = site.get("/topics/stop-and-search").text
    assert text.count("<h2>Searches a month</h2>") == 0, "the time axis shows them"
    axis = text.split('<figure class="chart axis">')[1].split("</figure>")[0]
    assert '<polyline class="line"' in axis
    assert "Line: searches a month, all of London, to" in axis
    assert axis.count('href="/statistics/stop-and-search"') == 1
    assert "<h2>Searches after which something was done</h2>" in text


def test_a_series_older_than_the_axis_is_drawn_beside_it() -> None:
    months = tuple(Month(m, 1) for m in ("2026-01", "2026-02", "2026-03"))
    old = timeline.Figure("Searches", "/statistics/searches", {"2019-01": 3.0, "2019-02": 4.0})
    new = timeline.Figure("Searches", "/statistics/searches", {"2026-01": 3.0, "2026-02": 4.0})
    points = [Point(month, 3.0, "", "", None) for month in old.values]
    drawn = figures.draw("Searches", "/statistics/searches", points)
    assert drawn is not None
    for figure, shown in ((old, (drawn,)), (new, ()), (None, (drawn,))):
        axis = axis_of([(m.month, m.n) for m in months], {}, dict(figure.values) if figure else None)
        assert not_drawn_above((drawn,), timeline.Timeline(months, (), figure), axis) == shown
