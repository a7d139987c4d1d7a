"""The bytes of a page as text, HTML tree or XML tree: decoded, bounded, and not a bot challenge."""

from __future__ import annotations

import codecs
import re
import xml.etree.ElementTree as ET

from bs4 import BeautifulSoup, Tag
from bs4.builder import ParserRejectedMarkup

from aggregator.errors import ParseError
from aggregator.limits import CHALLENGE_HEAD_BYTES, MAX_HTML_BYTES, MAX_HTML_DEPTH, MAX_XML_DEPTH
from aggregator.models import Page, Source
from aggregator.text.challenge import challenge

_XML_DECLARATION = re.compile(
    r"""\s*<\?xml(?=[\s?])(?:[^>]{0,200}?\bencoding\s{0,20}=\s{0,20}["']([A-Za-z0-9._-]{1,40})["'])?[^>]{0,200}\?>"""
)
"""Each run is bounded: what is no declaration is found out at once, whatever its length."""


def decoded(page: Page) -> str:
    """The body as text: by its byte order mark, else the charset of its header, else UTF-8; broken bytes become �."""
    marks = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    for mark, name in marks:
        if page.body.startswith(mark):
            return page.body.decode(name, "replace")
    return _decode(page.body, page.charset or "utf-8")


def refuse_challenge(source: Source, text: str) -> None:
    """ParseError when the text is the page of a bot defence: never to be taken for an empty list.

    Fetching has looked at the same already, with the headers; this is for what was kept, and for pages from elsewhere.
    """
    head = text[:CHALLENGE_HEAD_BYTES].encode("utf-8", "replace")
    if vendor := challenge(200, (("content-type", "text/html"),), head):
        raise ParseError(
            f"a bot challenge ({vendor}) came instead of the page; it is not to be got round", subject=source.id
        )


def html_tree(source: Source, page: Page) -> BeautifulSoup:
    """The page as a tree. ParseError for an empty body, a bot challenge, JSON, too many bytes, or hopeless markup."""
    if len(page.body) > MAX_HTML_BYTES:
        raise ParseError(f"HTML of {len(page.body)} bytes; at most {MAX_HTML_BYTES} are read", subject=source.id)
    text = decoded(page)
    if not text.strip():
        raise ParseError("empty body where HTML is due", subject=source.id)
    if text.lstrip()[:1] in ("{", "["):
        raise ParseError("JSON where HTML is due", subject=source.id)
    if "<" not in text:
        raise ParseError("bare text where HTML is due", subject=source.id)
    refuse_challenge(source, text)
    try:
        tree = BeautifulSoup(text, "html.parser")
    except (ParserRejectedMarkup, RecursionError, ValueError) as error:  # "<![" and its kin
        raise ParseError("markup that cannot be read as HTML", subject=source.id) from error
    if _deeper_than(tree, MAX_HTML_DEPTH):
        raise ParseError(f"HTML nested deeper than {MAX_HTML_DEPTH} elements", subject=source.id)
    return tree


def xml_root(source: Source, page: Page) -> ET.Element:
    """The root element of an XML page. ParseError for HTML, a DTD (entities blow up, or read files), or broken XML."""
    text = decoded(page)
    declaration = _XML_DECLARATION.match(text)
    if declaration and declaration[1] and not page.charset:
        text = _decode(page.body, declaration[1])
        declaration = _XML_DECLARATION.match(text)
    text = text[declaration.end() :].strip() if declaration else text.strip("\ufeff \t\r\n")
    if re.match(r"<(?:!doctype\s+)?html\b", text, re.IGNORECASE) or text[:1] in ("{", "["):
        refuse_challenge(source, text)
        raise ParseError("HTML or JSON where XML is due: an error page, or the address has changed", subject=source.id)
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise ParseError("XML with a document type or entities is refused", subject=source.id)
    try:
        root = ET.fromstring(text)  # noqa: S314 - no DTD, so no entities but the five of XML
    except (ET.ParseError, ValueError, RecursionError, LookupError) as error:
        raise ParseError(f"not XML: {' '.join(str(error).split())[:120]}", subject=source.id) from error
    if _deeper_than(root, MAX_XML_DEPTH):
        raise ParseError(f"XML nested deeper than {MAX_XML_DEPTH} elements", subject=source.id)
    return root


def local_name(element: ET.Element) -> str:
    """The name of an element without namespace, lower case."""
    return str(element.tag).rpartition("}")[2].lower()


def _deeper_than(root: Tag | ET.Element, most: int) -> bool:
    """Whether elements stand more than ``most`` deep: what walks up or down a tree is quadratic in its depth."""
    level: list[Tag | ET.Element] = [root]
    for _ in range(most + 1):
        level = [inner for element in level for inner in element if isinstance(inner, Tag | ET.Element)]
        if not level:
            return False
    return True


def _decode(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError, TypeError, AssertionError):  # no such charset, or one that is not for text
        return body.decode("utf-8", "replace")
