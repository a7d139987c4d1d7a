"""The record for archive tools and writers: Memento, differences as files, citations. Over an archive that the real
collector made of an invented policy."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from aggregator.sandbox import Sandbox
from aggregator.site import citations, pages_memento, routes
from aggregator.site.queries.mementos import Cited
from tests.pipeline.stage import Stage, Untagged
from tests.site.conftest import Site
from tests.support.origin import Origin

TEXTS = {
    0: "An officer must give a reason.",
    30: "An officer should give a reason.",
    60: "An officer should give a reason & a receipt.",
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, str, int]]:
    """The site, the address of the policy, and its number."""
    with pytest.MonkeyPatch.context() as patch, Origin() as origin:
        patch.setattr("aggregator.collect.tagger.load", Untagged)
        patch.setattr("aggregator.collect.Sandbox", lambda workers: Sandbox(inline=True))
        known = {pattern for pattern, _ in routes.ROUTES}
        new = tuple(r for r in pages_memento.ROUTES if r[0] not in known)
        patch.setattr(routes, "ROUTES", (*routes.ROUTES, *new))
        url = origin.url("/policy?id=7")
        stage = Stage(tmp_path_factory.mktemp("memento"), origin, {"id": "policy", "kind": "page", "url": url})

        def shows(number: int) -> None:
            file = '<p><a href="/code.pdf">Code</a></p>' if number == 60 else ""
            origin.add("/policy", body=f"<main><h1>Stops {{A}}</h1><p>{TEXTS[number]}</p>{file}</main>".encode())

        stage.play(*((number, lambda number=number: shows(number)) for number in TEXTS))  # type: ignore[misc]
        site = Site(stage.db)
        update_id = int(site.rows("updates")[0]["id"])
        yield site, url, update_id
        site.close()


@pytest.mark.parametrize(
    ("accept", "version"),
    [
        ("Sun, 25 Jan 2026 12:00:00 GMT", 1), ("Wed, 04 Feb 2026 05:59:59 GMT", 1), ("Wed, 04 Feb 2026 06:00:00 GMT", 2),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 1), ("Fri, 01 Jan 2100 00:00:00 GMT", 3), (None, 3),
    ],
)  # fmt: skip
def test_the_timegate_leads_to_the_text_of_that_moment(
    made: tuple[Site, str, int], accept: str | None, version: int
) -> None:
    site, url, number = made
    answer = site.get(f"/timegate/{url}", **({"accept_datetime": accept} if accept else {}))
    assert answer.status_code == 302
    assert answer.headers["location"].endswith(f"/updates/{number}/versions/{version}")
    assert "accept-datetime" in answer.headers["vary"].lower()
    assert f'<{url}>; rel="original"' in answer.headers["link"]
    assert 'rel="timemap"' in answer.headers["link"]


def test_a_timegate_says_what_it_cannot_do(made: tuple[Site, str, int]) -> None:
    site, url, _ = made
    assert site.get(f"/timegate/{url}", accept_datetime="last Tuesday").status_code == 400
    assert site.get("/timegate/https://www.example.org/never-seen").status_code == 404
    assert site.get("/timemap/link/https://www.example.org/never-seen").status_code == 404


def test_the_timemap_lists_every_text(made: tuple[Site, str, int]) -> None:
    site, url, number = made
    answer = site.get(f"/timemap/link/{url}")
    assert answer.headers["content-type"].startswith("application/link-format")
    lines = answer.text.strip().split(",\n")
    assert lines[0] == f'<{url}>;rel="original"'
    assert 'from="Mon, 05 Jan 2026 06:00:00 GMT";until="Fri, 06 Mar 2026 06:00:00 GMT"' in lines[1]
    assert [line.partition(">;")[2] for line in lines[3:]] == [
        'rel="first memento";datetime="Mon, 05 Jan 2026 06:00:00 GMT"',
        'rel="memento";datetime="Wed, 04 Feb 2026 06:00:00 GMT"',
        'rel="last memento";datetime="Fri, 06 Mar 2026 06:00:00 GMT"',
    ]
    assert all(f"/updates/{number}/versions/{n}>" in line for n, line in enumerate(lines[3:], start=1))


def test_a_difference_can_be_read_without_colour(made: tuple[Site, str, int]) -> None:
    site, _, number = made
    text = site.get(f"/updates/{number}/diff/1..2.txt").text
    assert "An officer [-must-] {+should+} give a reason." in text
    assert "The publisher declared no change." in text
    assert "== Title (unchanged)" in text
    assert "<http" in site.get(f"/updates/{number}/diff/2..3.txt").text.partition("== Files added")[2]


def test_a_difference_as_data_gives_both_texts_back(made: tuple[Site, str, int]) -> None:
    site, _, number = made
    found: dict[str, Any] = site.get(f"/updates/{number}/diff/2..3.json").json()
    (body,) = [field for field in found["fields"] if field["name"] == "text"]
    old = "".join(p["text"] for p in body["pieces"] if p["op"] in ("same", "removed"))
    new = "".join(p["text"] for p in body["pieces"] if p["op"] in ("same", "added", "moved"))
    assert TEXTS[30] in old
    assert TEXTS[60] in new
    assert (found["silent"], found["words_added"], len(found["files_added"])) == (True, 5, 1)
    assert len(found["from"]["sha256"]) == 64
    assert site.get(f"/updates/{number}/diff/1..9.json").status_code == 404


def test_citations(made: tuple[Site, str, int]) -> None:
    site, url, number = made
    base = f"/updates/{number}/versions/2/cite"
    plain = site.get(f"{base}.txt").text
    assert plain.startswith("Test (no date) ‘Stops {A}’, version 2, seen on 4 February 2026")
    assert url in plain
    bib = site.get(f"{base}.bib").text
    assert f"@misc{{met-{number}-v2," in bib
    assert r"title = {{Stops \{A\}}}" in bib
    assert bib.count("{") == bib.count("}")
    (item,) = json.loads(site.get(f"{base}.csl.json").text)
    assert (item["type"], item["author"], item["accessed"]) == (
        "webpage",
        [{"literal": "Test"}],
        {"date-parts": [[2026, 2, 4]]},
    )
    assert item["URL"].endswith(f"/updates/{number}/versions/2")
    assert site.get(f"/updates/{number}/versions/9/cite.bib").status_code == 404
    page = site.get(f"/updates/{number}/versions/2").text
    assert html.escape(plain.strip()) in page  # one wording, wherever it is asked for
    assert [f"{base}.{ext}" in page for ext in ("bib", "csl.json", "ris", "txt")] == [True] * 4


CITED = Cited(
    update_id=7,
    version=3,
    title="Code of practice",
    publisher="Some Office",
    url="https://gov.example/code",
    published_at="2024-06-05T08:30:00Z",
    date_quality="exact",
    declared_at="2026-06-30T23:30:00Z",
    seen_at="2026-06-30T23:45:00Z",
    last_seen_at="2026-07-09T09:00:00Z",
    has_text=True,
    sha256="ab" * 32,
    licence="OGL-UK-3.0",
    attribution="",
    newest=True,
)


def cited(write: Callable[[citations.Work], str], one: Cited = CITED) -> str:
    return write(citations.of_version(one, "https://r.example/v"))


def test_a_later_version_is_cited_with_the_day_of_its_change_in_london() -> None:
    plain = cited(citations.plain)
    assert plain.startswith(
        "Some Office (5 June 2024) ‘Code of practice’, version 3, changed by the publisher on 1 July 2026, "
        "seen on 1 July 2026, unchanged on 9 July 2026. "
    )
    bib = cited(citations.bibtex)
    assert ("year = {2026}" in bib, "urldate = {2026-07-01}" in bib) == (True, True)
    (item,) = json.loads(cited(citations.csl))
    assert (item["issued"], item["accessed"]) == ({"date-parts": [[2026, 7, 1]]}, {"date-parts": [[2026, 7, 1]]})


def test_a_citation_claims_no_more_than_is_known() -> None:
    by_word = replace(CITED, has_text=False, sha256="", newest=False)
    assert "seen on" not in cited(citations.plain, by_word)
    monthly = replace(CITED, date_quality="month", declared_at="", published_at="2026-05-01T00:00:00Z")
    assert cited(citations.plain, monthly).startswith("Some Office (May 2026) ")
    (item,) = json.loads(cited(citations.csl, monthly))
    assert item["issued"] == {"date-parts": [[2026, 5]]}


def test_a_ris_record_can_be_imported() -> None:
    record = cited(
        citations.ris, replace(CITED, title="Code of\n  practice", publisher="Department for Science, Innovation")
    )
    assert record.endswith("ER  - \r\n")
    lines = [line.split("  - ", 1) for line in record.removesuffix("\r\n").split("\r\n")]
    assert all(len(tag) == 2 for tag, _ in lines)
    found = dict(lines)
    assert lines[0] == ["TY", "ELEC"]
    assert (found["TI"], found["AU"], found["PY"]) == ("Code of practice", "Department for Science, Innovation", "2026")
    assert (found["DA"], found["Y2"], found["UR"]) == ("2026/07/01/", "2026/07/01/", "https://r.example/v")
    assert "SHA-256: abab" in found["N1"]
    assert "AU  - Some Office,\r\n" in cited(citations.ris)  # an office has no first name
    monthly = replace(CITED, date_quality="month", declared_at="", published_at="2026-05-01T00:00:00Z")
    assert "DA  - 2026/05//\r\n" in cited(citations.ris, monthly)


def test_what_has_no_date_is_not_given_the_year_it_was_seen() -> None:
    undated = replace(CITED, published_at="", declared_at="")
    assert "year =" not in cited(citations.bibtex, undated)
    assert "PY  -" not in cited(citations.ris, undated)
    assert "issued" not in json.loads(cited(citations.csl, undated))[0]


def test_every_answer_is_guarded(made: tuple[Site, str, int]) -> None:
    site, url, number = made
    for path in (
        f"/timegate/{url}",
        f"/timemap/link/{url}",
        f"/updates/{number}/diff/1..2.txt",
        "/timegate/https://x.example/",
    ):
        assert site.get(path).headers["x-content-type-options"] == "nosniff", Path(path)


def test_the_page_of_a_version_is_a_memento(made: tuple[Site, str, int]) -> None:
    """What the page sends along; see ``pages_updates.version``."""
    from types import SimpleNamespace

    _, url, _ = made
    visit: Any = SimpleNamespace(absolute=lambda path: f"https://record.example{path}")
    headers = pages_memento.memento_headers(visit, url, "2026-02-04T06:00:00Z")
    assert headers["Memento-Datetime"] == "Wed, 04 Feb 2026 06:00:00 GMT"
    assert f'<https://record.example/timegate/{url}>; rel="timegate"' in headers["Link"]
    assert pages_memento.memento_headers(visit, "", "2026-02-04T06:00:00Z") == {}


def test_a_difference_of_files_alone_is_told_on_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It said that nothing had changed that can be read, over a code of practice that had been replaced."""
    monkeypatch.setattr("aggregator.collect.tagger.load", Untagged)
    monkeypatch.setattr("aggregator.collect.Sandbox", lambda workers: Sandbox(inline=True))
    with Origin() as origin:
        stage = Stage(tmp_path, origin, {"id": "policy", "kind": "page", "url": origin.url("/policy")})

        def shows(file: str) -> None:
            body = f'<main><h1>Stops</h1><p>See the code.</p><p><a href="{file}">Code A</a></p></main>'
            origin.add("/policy", body=body.encode())

        stage.play((0, lambda: shows("/files/code-2025.pdf")), (30, lambda: shows("/files/code-2026.pdf")))
        site = Site(stage.db)
        number = site.rows("updates")[0]["id"]
        assert sorted((row["version"], row["type"]) for row in site.rows("changes")) == [(1, "new"), (2, "edited")]
        page = site.get(f"/updates/{number}/diff/1..2").text
        site.close()
    assert "Nothing that can be read changed" not in page
    section = page.partition("<h2>Files and parts</h2>")[2].partition("</section>")[0]
    assert re.findall(r"Code A <span[^>]*>(\w+)<", section) == ["added", "removed"]
