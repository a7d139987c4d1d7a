"""HTML of strangers: what text is read out of it, and what is left of it to show."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.limits import MAX_HTML_BYTES
from aggregator.text.html import sanitise, to_text

BASE = "https://a.example/policy/page"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines"),
        ("<h2>Title</h2>text<div>in a\n  box</div>", "Title\n\ntext\n\nin a box"),
        ("<ul><li>one<li><p>two</p><ul><li>deep</li></ul></li></ul>after", "- one\n- two\n- deep\n\nafter"),
        ("<table><tr><th>Year<th>£m<tr><td>2025<td><p>17</p><p>.5</p></table>", "Year | £m\n2025 | 17 .5"),
        ("<table><tr><td>a</td></tr></table><ul><li>b</li></ul>", "a\n\n- b"),
        ("<dl><dt>Term</dt><dd>What it means</dd></dl>", "Term\n\nWhat it means"),
        ("caf&eacute; &amp; bar&nbsp;&pound;5 &lt;b&gt;", "café & bar £5 <b>"),
        ("a<script>x()</script>b<style>p{}</style>c<!-- d -->e<noscript>f</noscript>", "abce"),
        ("<p hidden>secret</p><p style='display: none'>secret</p><span style='VISIBILITY:hidden'>x</span>seen", "seen"),
        ("<div hidden><div>a<br>b</div><img>c</div>seen", "seen"),
        ("Police & Crime, 3 < 4", "Police & Crime, 3 < 4"),
        ("two <and> three <text>four</text> <o:p>five</o:p>", "two three four five"),  # names from MathML and SVG
        ("<svg><text>drawn</text></svg><math><mi>x</mi></math>kept", "kept"),
        ("<pre>a\n  b</pre>", "a\nb"),
        ("plain\ntext\n\nof two paragraphs", "plain text\n\nof two paragraphs"),
        ("<p></p> <p> </p>", ""),
        ("", ""),
    ],
)
def test_text_of_html(html: str, text: str) -> None:
    assert to_text(html) == text


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<a href="/x?y=1#z" onclick="steal()">x</a>', '<a href="https://a.example/x?y=1#z" rel="noopener nofollow">x</a>'),
        ('<a href="mailto:press@a.example">m</a>', '<a href="mailto:press@a.example" rel="noopener nofollow">m</a>'),
        ('<p class="x" style="color:red" id="y" title="z" lang="en">x</p>', "<p>x</p>"),
        ("<h1>a</h1><h2>b</h2><div>c</div>", "a<h2>b</h2>c"),
        ('<img src=x onerror="alert(1)"><iframe src="https://x.example"></iframe>t', "t"),
        ('<form action="/login"><input name="password">t</form>', "t"),
        ('<td colspan="2" rowspan="zero">x</td>', "x"),
        ('<table><tr><td colspan="2" rowspan="zero">x</td></tr></table>', '<table><tbody><tr><td colspan="2">x</td></tr></tbody></table>'),
        ("a & b < c", "a &amp; b &lt; c"),
        ("<base href='https://evil.example/'><meta http-equiv=refresh content='0'><link rel=stylesheet>t", "t"),
    ],
)  # fmt: skip
def test_html_to_show(html: str, kept: str) -> None:
    assert sanitise(html, BASE) == kept


HOSTILE = (  # the first six pass feedparser's own sanitiser
    '<a href="java&#10;script:alert(1)">x</a>',
    '<a href="&#1;javascript:alert(1)">x</a>',
    '<form action="javascript:alert(1)"><button>x</button></form>',
    '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    '<svg><animate attributeName=href values="javascript:alert(1)"></svg>',
    "<!--><img src=x onerror=alert(1)>-->",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<p><button><p><table><a href='javascript:x'><td>",
    "<template><script>alert(1)</script></template>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<a href='//user@evil.example'>x</a>",
    "<plaintext><script>alert(1)</script>",
    "<xmp><script>alert(1)</script></xmp>",
    "<a href='https://a.example/\" onmouseover=\"alert(1)'>x</a>",
)
_MARKUP = st.lists(
    st.sampled_from(
        [*HOSTILE, "<p>", "</p>", "<b>", "</b>", "<a href='x'>", "</a>", "<table>", "<tr>", "<td>", "</table>", "<ul><li>",
         "<div>", "</div>", "<svg>", "<math>", "<style>", "<!--", "-->", "<pre>\n", "<dl><dd>", "<h2>", "<and>", "&lt;", "&amp;lt;",
         "<select>", "<button>", "<textarea>", "<![CDATA[", "]]>", "text", " ", "\n", "<br/>", "<hr>", "\x00", "\ud800"]
    )
    | st.text(max_size=12),
    max_size=12,
).map("".join)  # fmt: skip
_TAG = re.compile(r"<[^>]*>")
_ALLOWED_TAG = re.compile(
    r"</?(?:p|ul|ol|li|h[234]|blockquote|strong|em|b|i|br|hr|table|caption|thead|tbody|tfoot|tr|th|td|dl|dt|dd|sup|sub|code|pre)>"
    r'|<a(?: href="(?:https?://|mailto:)[^"<>\s]*")? rel="noopener nofollow">|</a>'
    r'|<abbr(?: title="[^"]*")?>|</abbr>|<t[dh](?: (?:col|row)span="\d{1,3}")*>'
)


@given(_MARKUP)
@example("".join(HOSTILE))
def test_nothing_but_harmless_elements_is_left_and_cleaning_again_changes_nothing(html: str) -> None:
    cleaned = sanitise(html, BASE)
    for tag in _TAG.findall(cleaned):
        assert _ALLOWED_TAG.fullmatch(tag), tag
        assert "javascript:" not in tag.lower()
        assert not re.search(r"\son\w+\s*=", tag)
    assert not re.search(r"<\s*(?:script|svg|style|iframe|base|meta|form|math)\b", cleaned, re.IGNORECASE)
    assert sanitise(cleaned, BASE) == cleaned


@given(_MARKUP)
@example("<table><tr><td>x</td><td></td></tr></table>")
@example("<table><tr><td></td><td>x</td></tr></table>")
def test_text_is_read_out_of_anything(html: str) -> None:
    text = to_text(html)
    assert "\n\n\n" not in text
    assert text == text.strip()


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param("<div>" * 400_000, id="deep"),
        pytest.param("<ul><li>" * 250_000, id="deep lists"),
        pytest.param("<div></b>" * 200_000, id="wrong end tags"),
        pytest.param("<div><table></div>" * 110_000, id="tables in the way"),
        pytest.param("".join(f"<b id={i}><p>" for i in range(80_000)), id="formatting repeated in each paragraph"),
        pytest.param("<" * 2_000_000, id="angles"),
        pytest.param("<!" * 1_000_000, id="declarations"),
        pytest.param("&" * 2_000_000, id="ampersands"),
        pytest.param("<a href='" * 200_000, id="quotes"),
    ],
)
def test_html_built_to_take_for_ever_takes_seconds(hostile: str) -> None:
    """The first alone keeps html5ever busy for over ten minutes."""
    started = time.process_time()
    to_text(hostile)
    sanitise(hostile, BASE)
    took = time.process_time() - started
    print(f"{len(hostile)} characters: {took:.2f} s")
    assert took < 15


def test_only_so_much_html_is_read() -> None:
    assert len(to_text("é" * MAX_HTML_BYTES)) == MAX_HTML_BYTES // 2
