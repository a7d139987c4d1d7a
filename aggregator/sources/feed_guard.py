"""What stands between the bytes of a feed and a feed parser: decoding, and refusing what parsers have died of.

A document type with entities can turn 110 KB into 3 GB, and feedparser's search for e-mail addresses in author
elements is quadratic. Both are dealt with here, in one linear pass, before any parser sees the document.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import Final

from aggregator.errors import ParseError
from aggregator.limits import MAX_AUTHOR_CHARS, MAX_ENTRIES_PER_PAGE, TAG_WINDOW_CHARS
from aggregator.models import Page, Source
from aggregator.sources.pages import refuse_challenge
from aggregator.text.decoding import AS_CP1252

_BOMS: Final = (  # the longer first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ZEROS: Final = {  # which of four bytes are zero in mostly-ASCII text without a byte order mark
    (True, True, True, False): "utf-32-be",
    (False, True, True, True): "utf-32-le",
    (True, False, True, False): "utf-16-be",
    (False, True, False, True): "utf-16-le",
}
_CHARSET = re.compile(
    r"(?:iso-8859-\d{1,2}|windows-125\d|cp125\d|macintosh|koi8-[ru]|gb2312|gbk|gb18030|big5|euc-(?:jp|kr)|shift_jis)"
)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._\-]{1,40})["']""")
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_DOCTYPE = re.compile(r"""<!DOCTYPE(?:[^\[\]<>"']|"[^"]*"|'[^']*')*>""", re.IGNORECASE)
_ROOT = re.compile(r"<(?P<whole>(?:[A-Za-z_][\w.\-]*:)?(?P<local>[A-Za-z_][\w.\-]*))")
_TAG_REST = re.compile(r"""(?:[^<>"']|"[^"]*"|'[^']*')*>""")
_MARK = re.compile(
    r"<(?:(?P<cdata>!\[CDATA\[)|(?P<comment>!--)|(?P<dtd>!(?:ENTITY|DOCTYPE|ELEMENT|ATTLIST|NOTATION)\b)"
    r"|(?P<end>/?)(?P<name>[A-Za-z_][\w.:\-]*))",
    re.IGNORECASE,
)
_PEOPLE: Final = frozenset(
    {"author", "creator", "contributor", "publisher", "managingeditor", "webmaster", "name", "email", "owner"}
)
_ITEMS: Final = frozenset({"item", "entry"})
_CONTAINERS: Final = _ITEMS | {"channel", "feed", "rss", "rdf"}
_ROOTS: Final = frozenset({"rss", "rdf", "feed"})


class BlockedError(ParseError):
    """A bot challenge came instead of the feed."""


@dataclass(frozen=True, slots=True)
class Defused:
    """An XML feed as text: from its root element on, without document type, safe to hand to a parser."""

    text: str
    problems: tuple[str, ...] = ()
    cut: bool = False  # the document breaks off: its root element has no end


def decode(page: Page) -> tuple[str, tuple[str, ...]]:
    """The body as text, and what was odd about it.

    A byte order mark decides, then the pattern of zero bytes, then whether it is valid UTF-8 (Latin-1 text practically
    never is), then the charset of header or XML declaration. Single bytes that are no UTF-8 are read as Windows-1252.
    """
    body = page.body
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), ()
    wide = _wide(body)
    if wide:
        return body.decode(wide, "replace"), ()
    try:
        return body.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    declared = _DECLARED.match(body[:1000])
    for charset in (page.charset, declared[1].decode("ascii").lower() if declared else ""):
        name = {"iso-8859-1": "cp1252", "latin-1": "cp1252", "latin1": "cp1252", "us-ascii": "cp1252"}.get(
            charset, charset
        )
        if _CHARSET.fullmatch(name):
            return body.decode(name, "replace"), ()
    return body.decode("utf-8", AS_CP1252), ("not all of the feed is UTF-8: stray bytes were read as Windows-1252",)


def defuse(source: Source, text: str) -> Defused:
    """The feed from its root element on.

    Raises :class:`ParseError` (:class:`BlockedError` for a bot challenge) for an empty body, HTML, what is no feed, a document type with
    an internal subset, or entity declarations anywhere. Author elements beyond ``limits.MAX_AUTHOR_CHARS`` and items
    beyond ``limits.MAX_ENTRIES_PER_PAGE`` are left out; a harmless document type (RSS 0.91 has one) is dropped. So is an
    item in whose middle the document breaks off: half a title would be news, and the whole one then an edit of it.
    """
    text = _NOT_XML.sub("", text)
    if not text.strip("\ufeff \t\r\n"):
        raise ParseError("empty body where a feed is due", subject=source.id)
    start = _root_start(source, text)
    root = _ROOT.match(text, start)
    name = root["local"].lower() if root else ""
    if name not in _ROOTS:
        _refuse_challenge(source, text)
        found = f"<{name[:40]}>" if name else "plain text"
        raise ParseError(f"{found} where a feed is due: an error page, or the address has changed", subject=source.id)
    return _Scan(source, text, start).run()


def _refuse_challenge(source: Source, text: str) -> None:
    try:
        refuse_challenge(source, text)
    except ParseError as error:
        raise BlockedError(str(error.args[0]), subject=source.id) from error


def _root_start(source: Source, text: str) -> int:
    """Where the root element begins, past declaration, comments and a harmless document type; -1 when there is none."""
    position = text.find("<")
    while position >= 0:
        if text.startswith("<?", position):
            position = _after(text, "?>", position)
        elif text.startswith("<!--", position):
            position = _after(text, "-->", position + 4)
        elif text.startswith("<!", position):
            doctype = _DOCTYPE.match(text, position)
            if doctype is None:
                raise _declares(source)
            position = doctype.end()
        elif _ROOT.match(text, position):
            return position
        else:
            position += 1
        position = text.find("<", position) if position >= 0 else -1
    return -1


class _Scan:
    """One pass over the tags of a feed, copying what may stay. Linear: every search goes on where the last ended."""

    def __init__(self, source: Source, text: str, start: int) -> None:
        self._source = source
        self._text = text
        self._kept: list[str] = []
        self._copied = start  # up to here the text is copied, or left out
        self._person: tuple[int, str] | None = None  # start and name of the author element we are in
        self._items = 0
        self._item: int | None = None  # start of the item we are in
        self._ended = False  # the root element has its end
        self._open_channel = False
        root = _ROOT.match(text, start)
        self._root = root["whole"] if root else ""

    def run(self) -> Defused:
        """The copy. ParseError for declarations within the document."""
        position = self._copied
        while mark := _MARK.search(self._text, position):
            if mark["dtd"]:
                raise _declares(self._source)
            if mark["cdata"] or mark["comment"]:
                position = _after(self._text, "]]>" if mark["cdata"] else "-->", mark.end())
                if position < 0:
                    break
                continue
            position = mark.end()
            name = re.split(r"[:._\-]", mark["name"].lower())[-1]
            if not self._element(mark, name):
                return self._cut(mark.start())
        if not self._ended and self._item is not None:
            return Defused(self._whole(self._item), cut=True)
        if self._person:
            self._leave_out(len(self._text))
        return Defused("".join(self._kept) + self._text[self._copied :], cut=not self._ended)

    def _element(self, mark: re.Match[str], name: str) -> bool:
        """Takes note of one tag; False when it opens the first item too many."""
        closing = bool(mark["end"])
        if self._person and (name in _CONTAINERS or (closing and name == self._person[1])):
            self._leave_out(mark.start())
        elif name in _PEOPLE and not closing and not self._person and not self._empty(mark.end()):
            self._person = (mark.end(), name)
        if name == "channel":
            self._open_channel = not closing
        if name in _ITEMS:
            self._items += not closing
            self._item = None if closing or self._empty(mark.end()) else mark.start()
        if closing and mark["name"].lower() == self._root.lower():
            self._ended = True
        return self._items <= MAX_ENTRIES_PER_PAGE

    def _leave_out(self, end: int) -> None:
        """Ends an author element, without its content (and what is left of its tag's attributes) if it is too long."""
        start = self._person[0] if self._person else end
        if end - start > MAX_AUTHOR_CHARS:
            self._kept.append(self._text[self._copied : start] + ">")
            self._copied = end
        self._person = None

    def _empty(self, position: int) -> bool:
        """Whether the tag whose name ends here is an empty element."""
        rest = _TAG_REST.match(self._text[position : position + TAG_WINDOW_CHARS])
        return rest is not None and rest[0].endswith("/>")

    def _cut(self, end: int) -> Defused:
        """What came before the first item too many."""
        return Defused(self._whole(end), (f"more than {MAX_ENTRIES_PER_PAGE} items: the rest was not read",))

    def _whole(self, end: int) -> str:
        """What came before ``end``, made whole again."""
        closing = ("</channel>" if self._open_channel else "") + f"</{self._root}>"
        return "".join(self._kept) + self._text[self._copied : max(self._copied, end)] + closing


def _after(text: str, end: str, position: int) -> int:
    """Position after the next ``end``, -1 when there is none."""
    found = text.find(end, position)
    return found + len(end) if found >= 0 else -1


def _declares(source: Source) -> ParseError:
    return ParseError(
        "the feed declares entities or a document type of its own, as attacks on parsers do; it was not read",
        subject=source.id,
    )


def _wide(body: bytes) -> str:
    """UTF-16 or UTF-32 without byte order mark, by where the zero bytes are; "" for everything else."""
    head = body[: len(body[:400]) // 4 * 4]
    if b"\0" not in head:
        return ""
    share = [head[offset::4].count(0) / (len(head) // 4) for offset in range(4)]
    return _ZEROS.get((share[0] > 0.5, share[1] > 0.5, share[2] > 0.5, share[3] > 0.5), "")
