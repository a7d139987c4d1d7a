"""Citations of a version that can be pasted or imported: plain text, BibTeX, CSL-JSON. Pure."""

from __future__ import annotations

import json
import re
from typing import Final

from aggregator.site.queries.mementos import Cited
from aggregator.site.times import long_day, when

RECORD: Final = "The record of London policing"
_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def plain(one: Cited, permalink: str) -> str:
    """One line: who, when, what, which version, where, and the hash by which the text can be checked."""
    published = _long(one.published_at, one.date_quality) or "no date"
    changed = f", changed by the publisher on {long_day(one.declared_at)}" if _changed_later(one) else ""
    seen = f", seen on {long_day(one.seen_at)}" if one.has_text else ""
    parts = [
        f"{one.publisher} ({published}) ‘{one.title}’, version {one.version}{changed}{seen}"
        + (f", unchanged on {long_day(one.last_seen_at)}" if one.newest and one.has_text else ""),
        f"{RECORD}, {permalink}",
        f"original: {one.url}" if one.url else "",
        f"SHA-256 {one.sha256}" if one.has_text else "text not seen",
        one.attribution or one.licence,
    ]
    return ". ".join(part.rstrip(".") for part in parts if part) + ".\n"


def bibtex(one: Cited, permalink: str) -> str:
    """A BibTeX entry of type @misc."""
    fields = {
        "author": f"{{{_tex(one.publisher)}}}",  # in braces: it is no person's name to be turned round
        "title": _tex(one.title),
        "year": str(_parts(_issued(one) or one.seen_at)[0]),
        "howpublished": rf"{_tex(RECORD)}, \url{{{_tex_url(permalink)}}}",
        "url": _tex_url(permalink),
        "urldate": "-".join(f"{part:02}" for part in _parts(one.seen_at)),
        "note": _tex(_note(one)),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@misc{{met-{one.update_id}-v{one.version},\n{lines}\n}}\n"


def csl(one: Cited, permalink: str) -> str:
    """A CSL-JSON list with one item of type webpage, as Zotero, Pandoc and citeproc read it."""
    item: dict[str, object] = {
        "id": f"met-{one.update_id}-v{one.version}",
        "type": "webpage",
        "title": one.title,
        "author": [{"literal": one.publisher}],
        "container-title": RECORD,
        "URL": permalink,
        "accessed": {"date-parts": [_parts(one.seen_at)]},
        "version": str(one.version),
        "note": _note(one),
    }
    if issued := _issued(one):
        known = 2 if one.date_quality == "month" and issued == one.published_at else 3
        item["issued"] = {"date-parts": [_parts(issued)[:known]]}
    return json.dumps([item], ensure_ascii=False, indent=1) + "\n"


def _note(one: Cited) -> str:
    said = [
        f"Version {one.version}",
        f"changed by the publisher {one.declared_at}" if _changed_later(one) else "",
        f"seen {one.seen_at}" if one.has_text else "",
        f"original: {one.url}" if one.url else "",
        f"SHA-256: {one.sha256}" if one.has_text else "text not seen",
        one.attribution or one.licence,
    ]
    return "; ".join(filter(None, said))


def _issued(one: Cited) -> str:
    """When the publisher issued this version: the change that made it, else the publication."""
    return one.declared_at or one.published_at


def _changed_later(one: Cited) -> bool:
    return bool(one.declared_at) and long_day(one.declared_at) != long_day(one.published_at)


def _long(at: str, quality: str) -> str:
    moment = when(at, quality)
    return moment.text if moment and quality == "month" else long_day(at)


def _parts(at: str) -> list[int]:
    """Year, month and day in London, as the pages and the plain citation have them."""
    day = when(at, "day")
    return [int(part) for part in day.iso.split("-")] if day else []


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in " ".join(text.split()))


def _tex_url(url: str) -> str:
    return re.sub(r"[{}\\]", lambda found: f"%{ord(found[0]):02X}", url)
