"""HTML of strangers → plain text, and → the few harmless elements we are ready to show.

The parser is html5ever (through nh3): it reads what browsers read, in linear time but for deep nesting, which is
refused first.
"""

from __future__ import annotations

import re
from html import escape, unescape
from html.parser import HTMLParser
from typing import Final

import nh3

from aggregator.limits import MAX_HTML_AMPERSANDS, MAX_HTML_BYTES, MAX_HTML_DEPTH, MAX_HTML_FORMATTING, SANITISE_ROUNDS
from aggregator.text.urls import resolve

_SHOWN: Final = {
    "p", "a", "ul", "ol", "li", "h2", "h3", "h4", "blockquote", "strong", "em", "b", "i", "br", "hr", "table",
    "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "abbr", "dl", "dt", "dd", "sup", "sub", "code", "pre",
}  # fmt: skip
_SHOWN_ATTRIBUTES: Final[dict[str, set[str]]] = {
    "*": set(),  # else nh3 lets `lang` and `title` pass everywhere
    "a": {"href"},
    "abbr": {"title"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_DROPPED_WHOLE: Final = {
    "script", "style", "template", "noscript", "iframe", "object", "svg", "math", "textarea", "select", "button",
    "title", "audio", "video", "canvas",
}  # fmt: skip
_BLOCKS: Final = {
    "address", "article", "aside", "blockquote", "body", "caption", "center", "details", "dialog", "div", "dd", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr",
    "ul",
}  # fmt: skip
_CELLS: Final = {"td", "th"}
_HTML: Final = _BLOCKS | _CELLS | _SHOWN | _DROPPED_WHOLE | {
    "acronym", "applet", "area", "base", "basefont", "bdi", "bdo", "big", "blink", "br", "cite", "col", "colgroup",
    "data", "datalist", "del", "dfn", "dir", "embed", "font", "frame", "frameset", "head", "hgroup", "html", "img",
    "input", "ins", "kbd", "label", "link", "main", "map", "mark", "marquee", "menu", "meta", "meter", "nobr",
    "optgroup", "option", "output", "param", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "search",
    "slot", "small", "source", "span", "strike", "time", "track", "tt", "u", "var", "wbr",
}  # fmt: skip
_VOID: Final = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
_END_OPTIONAL: Final = {
    "p",
    "li",
    "dt",
    "dd",
    "tr",
    "td",
    "th",
    "thead",
    "tbody",
    "tfoot",
    "option",
    "a",
    "body",
    "html",
}
_FORMATTING: Final = {"b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
_TAG = re.compile(r"<(/?)([A-Za-z][^\s/>]*)")
_ANY_TAG = re.compile(r"<[^<>]*>")
_HIDING_STYLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:[^\s@<>\"'`\\]+@[A-Za-z0-9.\-]+(?:\?subject=[^\s<>\"'`\\]*)?", re.IGNORECASE)
_SPAN = re.compile(r"[1-9]\d{0,2}")


def to_text(html: str) -> str:
    """The text a reader sees: paragraphs apart by a blank line, list items as "- …" and table rows as "a | b" lines.

    Scripts, styles, comments and hidden elements are left out. At most ``limits.MAX_HTML_BYTES`` are read.
    """
    html = _capped(html)
    if "<" not in html and "&" not in html:
        return _paragraphs_of_plain(html)
    if _too_costly(html):
        return _flat(html)
    tidy = nh3.clean(
        html,
        tags=_BLOCKS | _CELLS | {"br", "span", "img", "a"},
        clean_content_tags=_DROPPED_WHOLE,
        attributes={"*": {"hidden", "style"}},
        link_rel=None,
    )
    writer = _TextWriter()
    writer.feed(tidy)
    writer.close()
    return writer.text()


def sanitise(html: str, base: str = "") -> str:
    """The HTML rebuilt from an allow-list: text structure, and links to http, https and mailto resolved on ``base``.

    No images, scripts, styles, forms or frames. Its output given back to it stays as it is.
    """
    html = _capped(html)
    if _too_costly(html):
        return _as_paragraphs(_flat(html))
    for _ in range(SANITISE_ROUNDS):  # dropping an element can change how the rest is read, so until it is stable
        cleaned = _clean(html, base)
        if cleaned == html:
            return cleaned
        if len(cleaned) > 2 * MAX_HTML_BYTES:
            break
        html = cleaned
    return _as_paragraphs(to_text(html))


def _clean(html: str, base: str) -> str:
    def value_of(tag: str, attribute: str, value: str) -> str | None:
        if attribute == "href":
            return value if _MAILTO.fullmatch(value) else resolve(value, base)
        if attribute in ("colspan", "rowspan"):
            return value if _SPAN.fullmatch(value) else None
        return value

    return nh3.clean(
        html,
        tags=_SHOWN,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_SHOWN_ATTRIBUTES,
        attribute_filter=value_of,
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener nofollow",
    ).strip()


def _capped(html: str) -> str:
    """Well-formed Unicode without NUL, at most ``MAX_HTML_BYTES`` long in UTF-8, without elements unknown to HTML.

    Those get a harmless name: nh3 drops an element called like one of MathML or SVG (``<and>``, ``<text>``) with all it
    holds, where a browser shows what it holds.
    """
    data = html.replace("\0", "").encode("utf-8", "replace")
    return _TAG.sub(_known, data[:MAX_HTML_BYTES].decode("utf-8", "ignore"))


def _known(tag: re.Match[str]) -> str:
    return tag[0] if tag[2].lower() in _HTML else f"<{tag[1]}x-unknown"


def _too_costly(html: str) -> bool:
    """Whether html5ever would take far longer over this than its size promises."""
    if html.count("&") > MAX_HTML_AMPERSANDS:
        return True
    open_tags: list[str] = []
    formatting = 0
    for closing, tag in _TAG.findall(html):
        name = tag.lower()
        if name in _VOID or name in _END_OPTIONAL:
            continue
        if closing:
            formatting -= name in _FORMATTING and formatting > 0
            if name in open_tags[-8:]:
                _close(open_tags, name)
            continue
        formatting += name in _FORMATTING
        open_tags.append(name)
        if len(open_tags) > MAX_HTML_DEPTH or formatting > MAX_HTML_FORMATTING:
            return True
    return False


def _close(open_tags: list[str], name: str) -> None:
    """Takes the element, and those within it, off the stack; but no end tag reaches out of a table."""
    position = len(open_tags) - 1
    while open_tags[position] not in (name, "table"):
        position -= 1
    if open_tags[position] == name:
        del open_tags[position:]


def _flat(html: str) -> str:
    """Text of HTML that is not worth parsing: what stands between the tags."""
    return " ".join(unescape(_ANY_TAG.sub(" ", html).replace("<", " ")).split())


def _as_paragraphs(text: str) -> str:
    return "".join(f"<p>{escape(paragraph, quote=False)}</p>" for paragraph in text.split("\n\n") if paragraph)


def _paragraphs_of_plain(text: str) -> str:
    return "\n\n".join(filter(None, (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))))


class _TextWriter(HTMLParser):
    """Writes text out of HTML that nh3 has made well-formed (its end tags match, so counting them is enough)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._blocks: list[tuple[str, str]] = []  # (of what this is one line: list, table or neither; text)
        self._inline: list[str] = []
        self._cells: list[str] | None = None  # of the table row being read
        self._in_cell = 0
        self._in_pre = 0
        self._items = 0
        self._bullet = False
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden or _hides(attrs):
            self._hidden += tag not in _VOID
        elif tag == "br":
            self._inline.append("\n")
        elif tag in _CELLS:
            self._start_cell()
        elif tag in _BLOCKS:
            self._break()
            self._in_pre += tag == "pre"
            if tag == "tr" and self._cells is None:
                self._cells = []
            elif tag == "li":
                self._items += 1
                self._bullet = True

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            self._hidden -= 1
        elif tag in _CELLS:
            self._end_cell()
        elif tag in _BLOCKS:
            self._break()
            self._in_pre -= tag == "pre"
            if tag == "tr" and self._in_cell == 0:
                self._end_row()
            elif tag == "li":
                self._items -= 1
                self._bullet = False

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self._inline.append(data if self._in_pre else data.replace("\r", " ").replace("\n", " "))

    def text(self) -> str:
        """What was read."""
        self._break()
        self._end_row()
        out: list[str] = []
        before = ""
        for line_of, text in self._blocks:
            if out:
                out.append("\n" if line_of and line_of == before else "\n\n")
            out.append(text)
            before = line_of
        return "".join(out)

    def _break(self) -> None:
        """End of a paragraph; within a table cell only a space."""
        if self._in_cell:
            self._inline.append(" ")
            return
        lines = (" ".join(line.split()) for line in "".join(self._inline).split("\n"))
        self._inline.clear()
        text = "\n".join(filter(None, lines))
        if text:
            self._blocks.append(("list" if self._items else "", f"- {text}" if self._bullet else text))
            self._bullet = False

    def _start_cell(self) -> None:
        if not self._in_cell:
            self._break()
            self._cells = [] if self._cells is None else self._cells
        self._in_cell += 1

    def _end_cell(self) -> None:
        self._in_cell -= 1
        if self._in_cell == 0 and self._cells is not None:
            self._cells.append(" ".join("".join(self._inline).split()))
            self._inline.clear()

    def _end_row(self) -> None:
        if self._cells and any(self._cells):
            self._blocks.append(("table", " | ".join(self._cells).strip()))  # an empty cell at either end is no text
        self._cells = None


def _hides(attrs: list[tuple[str, str | None]]) -> bool:
    return any(name == "hidden" or (name == "style" and _HIDING_STYLE.search(value or "")) for name, value in attrs)
