"""Every address answers, with what it is for."""

from __future__ import annotations

import html
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from urllib.parse import quote_plus, unquote_plus

import pytest

from aggregator.db.connection import open_writer
from aggregator.site.routes import ROUTES
from tests.site import archive
from tests.site.conftest import Site

P = archive.POLICY
ADDRESSES = {
    "/": "What is new in London policing",
    "/updates": "Invented update number",
    "/topics": "Policy changes",
    "/topics/stop-and-search": "What is said about stop and search.",
    "/topics/specific-offences": "Knife crime",
    "/places": "City of London",
    "/places/hackney": "Ward panel, Invented Ward",
    f"/updates/{P}": "How the power is to be used.",
    f"/updates/{P}/versions/2": "Silent edit",
    f"/updates/{P}/diff/1..2": "<ins>should </ins>",
    "/policies": "Wording made plainer",
    "/policies?silent=1": "Silent edits",
    "/statistics": "Recorded crime",
    "/statistics/crime": "Not published: change of system",
    "/search": "How to search",
    "/search?q=guidance": "1 update found",
    "/search?q=guidance&sort=relevance": "The most relevant of the newest 2,000 come first.",
    "/search?q=nothingatall": "Nothing found.",
    "/sources": "503 from the publisher &lt;server&gt;; nothing to do but wait",
    "/calendar": "Crime in London, third quarter",
    "/about": "How it is made",
    "/about/tagging": "How updates are tagged",
    "/updates.atom": "<title>The record of London policing: all updates</title>",
    "/index.feed.json": "jsonfeed.org",
    "/topics/knife-crime.atom": "Knife crime",
    "/places/hackney.feed.json": "Hackney",
    "/policies.atom": "Edit: Stop and search: guidance for officers",
    "/search.atom?q=guidance": "search for guidance",
    "/sources.atom": "A feed that fails",
    "/calendar.ics": "BEGIN:VEVENT",
    "/openapi.json": '"openapi": "3.1.0"',
    "/-/health": '"status": "ok"',
    "/-/metrics": "met_updates 12345",
    "/sitemap.xml": f"/updates/{P}</",
    "/sitemap-pages.xml": "/topics/stop-and-search</",
    "/robots.txt": "Sitemap: http://localhost/sitemap.xml",
    "/-/static-plugins/met-aggregator/site.css": "prefers-color-scheme: dark",
}


@pytest.mark.parametrize("path", ADDRESSES)
def test_an_address_answers(site: Site, path: str) -> None:
    response = site.get(path)
    assert response.status_code == 200
    assert ADDRESSES[path] in response.text


FILES = [  # see test_memento.py
    "/timegate/https://www.gov.example/x", "/timemap/link/https://www.gov.example/x", f"/updates/{P}/diff/1..2.txt", f"/updates/{P}/versions/2/cite.bib", "/statistics/crime/cite.ris",
]  # fmt: skip


@pytest.mark.parametrize(
    "path", ["/topics/knife-crime", "/topics/knife-crime?place=hackney", "/places/hackney", "/search?q=knives"]
)
def test_a_long_page_can_be_followed_from_its_top(site: Site, path: str) -> None:
    top, _, _ = site.get(path).text.partition('<div class="columns">')
    [line] = re.findall(r'<p class="follow quiet">.*?</p>', top)
    assert re.findall(r">([^<>]+)</a>", line) == ["Atom", "JSON Feed"]
    address = html.unescape(re.findall(r'href="([^"]+)"', line)[0])
    assert site.get(address).headers["content-type"].startswith("application/atom+xml")


def test_no_address_is_forgotten() -> None:
    paths = [path.partition("?")[0] for path in ADDRESSES] + FILES
    assert [pattern for pattern, _ in ROUTES if not any(re.fullmatch(pattern, path) for path in paths)] == []


PAGES = [path for path in ADDRESSES if not re.search(r"\.(atom|json|ics|xml|txt|css)|/-/", path)]


@pytest.mark.parametrize(
    "path", [*PAGES, "/nowhere", "/met", "/met/updates", "/met/updates?_sort=nothing", "/met/updates_fts_data"]
)
def test_invented_data_is_marked_on_every_page(
    open_site: Callable[[Path], Site], tmp_path_factory: pytest.TempPathFactory, path: str
) -> None:
    demo = _demo(tmp_path_factory, open_site)
    assert "Invented data." in demo.get(path).text


_demos: dict[str, Path] = {}


def _demo(tmp_path_factory: pytest.TempPathFactory, open_site: Callable[[Path], Site]) -> Site:
    if "db" not in _demos:
        _demos["db"] = archive.make(tmp_path_factory.mktemp("demo") / "met.db", demo=True, bulk=3)
    return open_site(_demos["db"])


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_a_whole_document(site: Site, path: str) -> None:
    text = site.get(path).text
    assert "Invented data." not in text
    assert text.startswith('<!DOCTYPE html>\n<html lang="en-GB">')
    assert len(re.findall(r"<h1[ >]", text)) == 1
    assert '<main id="main"' in text
    assert 'href="#main"' in text
    assert re.search(r'<link rel="canonical" href="http://localhost/[^"?]*">', text)
    assert "<script" not in text
    assert not re.search(r'\sstyle="|\son[a-z]+="|javascript:', text)
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "path",
    [
        f"/updates/{archive.NASTY}",
        f"/updates/{archive.NASTY}/versions/1",
        "/topics/mental-health",
        "/search?q=alert",
        "/updates.atom",
        f"/updates/{archive.NASTY}?mark=topic:mental-health",
    ],
)
def test_hostile_text_stays_text(site: Site, path: str) -> None:
    text = site.get(path).text
    assert "<script>" not in text
    assert "<b>bold" not in text
    assert "&lt;script&gt;" in text
    assert 'href="javascript' not in text


@pytest.mark.parametrize(
    "q",
    ['"><script>alert(1)</script>', "' OR 1=1 --", 'topic:"><img src=x>', "{{7*7}}", "\x00\x01", "%ff%fe", "a" * 3000],
)
def test_a_hostile_search_is_a_search(site: Site, q: str) -> None:
    from urllib.parse import quote

    for address in (
        f"/search?q={quote(q)}",
        f"/search?q={quote(q)}&sort=relevance",
        f"/search.atom?q={quote(q)}",
        "/search?q=%ff%fe&kind=%ff&sort=%00",
    ):
        response = site.get(address)
        assert response.status_code == 200
        assert "<script>alert" not in response.text
        assert "<img src=x" not in response.text


def test_published_html_is_cleaned_again(site: Site) -> None:
    text = site.get(f"/updates/{P}").text
    assert "<strong>stop and search</strong>" in text
    assert "alert(1)" not in text
    assert ">The form</li>" in text or "The form" in text  # an attachment without a proper address is no link


def test_evidence_is_unfolded_and_marked(site: Site) -> None:
    text = site.get("/topics/body-worn-cameras").text
    assert "<summary>Why it is under Body-worn cameras</summary>" in text
    assert "<mark>Body-worn video</mark> must be on for every search" in text
    marked = site.get(f"/updates/{P}?mark=topic:stop-and-search").text
    assert "<mark>stop and search powers</mark> where they have" in marked
    assert "<h1><mark>Stop and search</mark>: guidance for officers</h1>" in marked


def test_keep_says_why_there_is_no_text(site: Site) -> None:
    text = site.get(f"/updates/{archive.HEADLINE}").text
    assert "as its licence asks" in text
    assert 'href="https://evening-paper.example/1"' in text


def test_a_withdrawn_update_says_so(site: Site) -> None:
    text = site.get(f"/updates/{archive.WITHDRAWN}").text
    assert "The publisher has withdrawn this." in text
    assert "Found, with thanks." in text


def test_what_was_declared_without_a_change_is_shown(site: Site) -> None:
    assert "Contact details updated" in site.get(f"/updates/{P}").text


def test_what_came_before_and_after_is_linked_both_ways(site: Site) -> None:
    assert f'Follows: <a href="/updates/{archive.WITHDRAWN}">' in site.get(f"/updates/{P}").text
    assert f'Followed by: <a href="/updates/{P}">' in site.get(f"/updates/{archive.WITHDRAWN}").text


def test_times_are_londons(site: Site) -> None:
    assert '<time datetime="2026-11-22T11:00:00Z">22 Nov 2026, 11:00</time>' in site.get(f"/updates/{P}").text


def test_an_edit_shows_when_it_was_declared_and_when_it_was_seen(site: Site) -> None:
    """What a policy said in March goes by the publisher's date: a first round sees every text on one day."""
    told = re.compile(
        r"Declared by the publisher <time [^>]*>22 Nov 2026, 11:18</time>, seen <time [^>]*>22 Nov 2026, 11:20</time>"
    )
    assert told.search(site.get(f"/updates/{P}").text)
    assert told.search(site.get("/policies").text)
    assert told.search(site.get(f"/updates/{P}/versions/3").text)


def test_a_version_known_by_word_only_says_so_and_when(site: Site) -> None:
    page = site.get(f"/updates/{archive.HEADLINE}/versions/2").text
    assert re.search(
        r'<p class="meta">Declared by the publisher <time [^>]*>[^<]+</time>, before we first saw it</p>', page
    )


def test_a_cancelled_release_is_said_to_be_so_once(tmp_path: Path, open_site: Callable[[Path], Site]) -> None:
    db = archive.make(tmp_path / "met.db")
    with closing(sqlite3.connect(db)) as conn:
        conn.execute("UPDATE scheduled_releases SET state = 'cancelled' WHERE key = 'r1'")
        conn.commit()
    assert open_site(db).get("/calendar").text.count("Cancelled") == 1


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("hackny kind:policy", "hackney kind:policy"), ("stop and serch", "stop and search"), ("Gudance stop", "guidance stop"), ("nothingatall", "")],
)  # fmt: skip
def test_a_misspelt_search_is_put_right(site: Site, asked: str, meant: str) -> None:
    text = site.get(f"/search?q={quote_plus(asked)}").text
    assert "Nothing found." in text
    found = re.search(r'Did you mean <a href="\?q=([^"]+)">([^<]+)</a>', text)
    assert (found[2] if found else "") == meant
    if found:
        assert "Nothing found." not in site.get(f"/search?q={found[1]}").text


def test_a_withdrawal_is_dated_as_seen_not_as_made(site: Site) -> None:
    """The publisher's own word for it may name a day years before."""
    text = re.sub(r"<[^>]+>", "", site.get(f"/updates/{archive.WITHDRAWN}").text)
    assert re.search(r"The publisher has withdrawn this\. We saw that \d+ Nov 2026, \d\d:\d\d\.", text)


def test_a_search_with_one_word_too_many_says_which(site: Site) -> None:
    text = site.get("/search?q=stop+guidance+qqmarch+kind:policy").text
    [(address, word)] = re.findall(r'Something is found without <a href="\?q=([^"]+)"[^>]*>([^<]+)</a>', text)
    assert (unquote_plus(address), word) == ("stop guidance kind:policy", "qqmarch")
    assert "Nothing found." not in site.get(f"/search?q={address}").text
    assert "Something is found without" not in site.get("/search?q=qqmarch+qqjune").text
    assert "Something is found without" not in site.get("/search?q=qqmarch").text


def test_a_citation_names_version_and_hash(site: Site) -> None:
    text = site.get(f"/updates/{P}").text
    assert f"http://localhost/updates/{P}/versions/3. " in text
    assert re.search(r'<p class="cite">[^<]*version 3,[^<]* SHA-256 [0-9a-f]+', text)


def test_a_version_known_by_word_only_cannot_be_compared(site: Site) -> None:
    assert "The text of one of these versions is not known" in site.get(f"/updates/{archive.HEADLINE}/diff/1..2").text


def test_a_gap_is_not_drawn_as_zero(site: Site) -> None:
    text = site.get("/statistics/crime?area=hackney&category=knife").text
    assert '<rect class="gap"' in text
    assert text.count("<polyline") == 2  # the line is broken where March is missing
    assert re.search(r'<tr class="absent"><th scope="row"><time datetime="2026-03">', text)


def test_stops_are_a_series_too(site: Site) -> None:
    text = site.get("/statistics/stop-and-search?area=hackney&measure=arrests").text
    assert "<h2>Arrests, Hackney</h2>" in text.replace("\n", "")
    assert re.search(r'datetime="2026-01">Jan 2026</time></th>\s*<td class="n">2</td>', text)
    assert "Not on the list of months" in text
    assert "/statistics/stop-and-search?area=hackney" in site.get("/places/hackney").text


def test_a_revised_figure_says_what_it_was_first_and_an_old_one_what_it_is_now(site: Site) -> None:
    def february(page: str) -> str:
        row = re.search(r'<tr><th scope="row"><time datetime="2026-02">.*?</tr>', page)
        return " ".join(re.sub(r"<[^>]+>", " ", row[0]).split()) if row else ""

    present = site.get("/statistics/crime?area=hackney").text
    assert february(present) == "Feb 2026 12 5 Jun 2026 First published as 11, 5 Apr 2026 ."
    assert present.count("First published as") == 1
    then = re.search(r'<th scope="row"><a href="([^"]+as_of=2026-04-05)"', present)
    assert then
    past = site.get("/statistics/crime" + html.unescape(then[1])).text
    assert february(past) == "Feb 2026 11 5 Apr 2026 Now 12."


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("05/04/2026", "2026-04-05"), (" 2026-04 ", "2026-04"), ("2026-4", "2026-04"), ("2026", "2026")],
)
def test_a_date_is_read_as_people_write_it(site: Site, asked: str, shown: str) -> None:
    assert f"as published by {shown}<" in site.get(f"/statistics/crime?area=hackney&as_of={asked}").text


@pytest.mark.parametrize("asked", ["May", "2026-13", "31/02/2026", "<b>"])
def test_what_is_no_date_is_said_not_passed_over(site: Site, asked: str) -> None:
    text = site.get(f"/statistics/crime?area=hackney&as_of={asked}").text
    assert f"“{html.escape(asked)}” is no date, so these are the present figures" in text


def test_a_series_can_be_shown_as_of_a_date(site: Site) -> None:
    assert '<td class="n">11</td>' in site.get("/statistics/crime?area=hackney&category=knife&as_of=2026-05").text
    assert '<td class="n">12</td>' in site.get("/statistics/crime?area=hackney&category=knife").text


@pytest.mark.parametrize(
    "path",
    [
        "/topics/nothing",
        "/places/nowhere",
        "/updates/1",
        "/updates/99999999999999999999",
        f"/updates/{P}/versions/99",
        f"/updates/{P}/diff/1..99",
        "/statistics/nothing",
        "/nowhere",
        "/met/nothing",
        "/topics/nothing.atom",
        "/places/nowhere.feed.json",
    ],
)
def test_what_is_not_there_is_a_404(site: Site, path: str) -> None:
    assert site.get(path).status_code == 404


def test_a_404_helps(site: Site) -> None:
    text = site.get("/topics/stop-and-serch").text
    assert '<a href="/topics/stop-and-search">Stop and search</a>' in text
    assert "/search?q=stop+and+serch" in text


def test_a_wrong_question_to_the_explorer_is_told_plainly(site: Site) -> None:
    response = site.get("/met/updates?_sort=nothing")
    assert response.status_code == 400
    assert "Cannot sort table by nothing" in response.text


@pytest.mark.parametrize("path", ["/topics", "/met", "/met.json", "/met/updates.json", "/met/changes_since.json"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "TRACE", "BREW"])
def test_writing_is_refused(site: Site, path: str, method: str) -> None:
    response = site.get(path, method=method)
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("path", ["/", "/topics", "/search?q=x", "/updates/1", "/met/updates"])
def test_a_missing_archive_is_waited_for(open_site: Callable[[Path], Site], tmp_path: Path, path: str) -> None:
    one = open_site(tmp_path / "met.db")
    response = one.get(path)
    assert response.status_code == 503
    assert "Nothing has been collected yet" in response.text
    assert "aggregator collect" in response.text
    archive.make(tmp_path / "met.db", bulk=2)
    assert one.get("/").status_code == 200


def test_an_empty_archive_says_what_to_do(open_site: Callable[[Path], Site], tmp_path: Path) -> None:
    open_writer(tmp_path / "met.db").close()
    one = open_site(tmp_path / "met.db")
    assert "aggregator demo" in one.get("/").text
    for path in (
        "/topics",
        "/places",
        "/policies",
        "/statistics",
        "/sources",
        "/calendar",
        "/about",
        "/about/tagging",
        "/search?q=a",
        "/updates.atom",
        "/sources.atom",
        "/calendar.ics",
    ):
        assert one.get(path).status_code == 200, path
    assert one.get("/-/health").status_code == 503


def test_the_archive_is_called_met_whatever_its_file(open_site: Callable[[Path], Site], tmp_path: Path) -> None:
    one = open_site(archive.make(tmp_path / "another name.db", bulk=2))
    assert one.rows("updates")


def test_a_page_that_takes_too_long_says_how_to_narrow(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aggregator.site.archive.PAGE_TIMEOUT_S", -1)
    response = site.get("/search?q=invented")
    assert response.status_code == 503
    assert "Add a word or a filter" in response.text


def test_a_fault_of_ours_tells_nothing_of_the_machine(
    site: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("/secret/path is broken")

    monkeypatch.setattr("aggregator.site.queries.taxonomy.tree", broken)
    response = site.get("/topics")
    assert response.status_code == 500
    assert "secret" not in response.text
    assert "/secret/path is broken" in caplog.text
