"""What a stored text is made of, and how a long one is found one's way in."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from aggregator.db.connection import open_writer
from aggregator.limits import CONTENTS_FROM
from aggregator.site.evidence import marked as mark
from aggregator.site.evidence import paragraphs
from aggregator.site.structure import Block, Heading, MarkedBlock, anchored, blocks, contents, headings, marked
from aggregator.text.html import sanitise, to_text
from tests.site import archive
from tests.site.conftest import Site

PAGE = sanitise(
    "<h2>Who may search</h2><p>An officer in uniform.</p><h3>What for</h3><ul><li>drugs<p>of any class</p></li><li>weapons</li></ul>"
    "<h2>Times</h2><table><tr><th>Day</th><th>Night</th></tr><tr><td>yes</td><td>no</td></tr></table><p>Day | Night</p>"
)


def test_a_stored_text_shows_what_it_was_made_of() -> None:
    assert blocks(to_text(PAGE), headings(PAGE)) == (
        Block("heading", heading=Heading("Who may search", 2, "s-who-may-search")),
        Block("paragraph", ("An officer in uniform.",)),
        Block("heading", heading=Heading("What for", 3, "s-what-for")),
        Block("list", ("drugs of any class", "weapons")),
        Block("heading", heading=Heading("Times", 2, "s-times")),
        Block("table", rows=(("Day", "Night"), ("yes", "no"))),
        Block("paragraph", ("Day | Night",)),
    )


def test_a_row_may_begin_or_end_with_an_empty_cell() -> None:
    table = (
        "<table><tr><th></th><th>Day</th></tr><tr><td>Met</td><td>1</td></tr><tr><td>City</td><td></td></tr></table>"
    )
    assert blocks(to_text(table), ()) == (Block("table", rows=(("", "Day"), ("Met", "1"), ("City", ""))),)


def test_an_earlier_version_has_the_headings_that_are_still_there() -> None:
    earlier = to_text(PAGE.replace("What for", "Grounds").replace("Who may", "Who  may"))
    assert [b.heading.text for b in blocks(earlier, headings(PAGE)) if b.heading] == ["Who may search", "Times"]


def test_headings_of_one_name_have_ids_of_their_own() -> None:
    text = "Scope\n\nScope\n\nScope 2\n\n£\n\nScope"
    known = {"Scope": 2, "Scope 2": 2, "£": 2}
    ids = [b.heading.anchor for b in blocks(text, known) if b.heading]
    assert ids == ["s-scope", "s-scope-2", "s-scope-2-2", "s-heading", "s-scope-3"]


@given(st.lists(st.sampled_from(["Scope", "Scope 2", "scope-2-2", "£"])))
def test_no_two_ids_are_the_same(names: list[str]) -> None:
    html, found = anchored("".join(f"<h2>{name}</h2>" for name in names))
    assert len({h.anchor for h in found}) == len(found) == html.count(" id=") == len(names)


def test_a_few_headings_need_no_contents() -> None:
    many = tuple(Heading(str(n), 2, f"s-{n}") for n in range(CONTENTS_FROM))
    assert contents(many) == many
    assert contents(many[1:]) == ()


@given(st.text(alphabet="-| \nab", max_size=60))
def test_no_word_is_lost(text: str) -> None:
    found = " ".join(" ".join((*b.lines, *(cell for row in b.rows for cell in row))) for b in blocks(text, {}))
    assert re.sub(r"[-| \n]", "", found) == re.sub(r"[-| \n]", "", text)


def _long_policy(db: Path) -> Path:
    """The policy of the archive with eight headings, one of them hostile; its second version has one fewer."""
    parts = [f"<h{2 + n % 2}>Part {n} &amp; more</h{2 + n % 2}><p>Words of part {n}.</p>" for n in range(7)]
    html = sanitise("".join(parts) + "<h2>&lt;script&gt;x</h2><ul><li>an item</li></ul>")
    with closing(open_writer(db)) as conn, conn:
        conn.execute("UPDATE texts SET html = ?, body = ? WHERE update_id = ?", (html, to_text(html), archive.POLICY))
        sql = "UPDATE versions SET body = ? WHERE update_id = ? AND version = ?"
        conn.execute(sql, (to_text(html), archive.POLICY, 3))
        conn.execute(sql, (to_text("".join(parts)), archive.POLICY, 2))
    return db


def test_a_long_policy_has_headings_lists_and_contents_in_every_version(
    open_site: Callable[[Path], Site], tmp_path: Path
) -> None:
    site = open_site(_long_policy(archive.make(tmp_path / "met.db", bulk=0)))
    for path, n, level in ((f"/updates/{archive.POLICY}", 8, 2), (f"/updates/{archive.POLICY}/versions/3", 8, 3)):
        text = site.get(path).text
        assert f"{n} headings</span></summary>" in text
        assert f'<h{level} id="s-part-0-more">Part 0 &amp; more</h{level}>' in text
        assert '<li class="in1"><a href="#s-part-1-more">Part 1 &amp; more</a></li>' in text
        assert "<li>an item</li>" in text
        assert "<script>x" not in text
        anchors = re.findall(r'href="#(s-[^"]+)"', text)
        assert len(anchors) == n
        assert all(f' id="{anchor}"' in text for anchor in anchors)
    assert "7 headings</span></summary>" in site.get(f"/updates/{archive.POLICY}/versions/2").text
    assert "<summary>Contents" not in site.get(f"/updates/{archive.POLICY}/versions/1").text


def test_a_text_with_a_tag_marked_keeps_its_headings_and_lists() -> None:
    text = to_text(PAGE)
    at = [(text.index(words), text.index(words) + len(words)) for words in ("search", "drugs", "uniform")]
    found = marked(paragraphs(mark(text, at)), headings(PAGE))

    def shown(block: MarkedBlock) -> list[str]:
        return ["".join(f"[{m.text}]" if m.on else m.text for m in line) for line in block.lines]

    assert [(b.level, b.listed, shown(b)) for b in found][:4] == [
        (2, False, ["Who may [search]"]),
        (0, False, ["An officer in [uniform]."]),
        (3, False, ["What for"]),
        (0, True, ["[drugs]"]),
    ]
    assert [b.level for b in found if b.level] == [2, 3, 2]


def test_the_page_of_an_update_with_a_tag_marked_has_its_headings(
    open_site: Callable[[Path], Site], tmp_path: Path
) -> None:
    site = open_site(_long_policy(archive.make(tmp_path / "met.db", bulk=0)))
    text = site.get(f"/updates/{archive.POLICY}?mark=topic:stop-and-search").text
    assert "Marked: what put this under" in text
    assert "<h2>Part 0 &amp; more</h2>" in text
    assert "<ul><li>an item</li></ul>" in text
    assert "<h2>&lt;script&gt;x</h2>" in text
