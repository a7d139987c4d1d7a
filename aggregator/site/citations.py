"""Citations that can be pasted or imported, of a version and of a series: plain text, BibTeX, CSL-JSON, RIS. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from aggregator.site.queries.mementos import Cited
from aggregator.site.queries.statistics import Dataset
from aggregator.text.times import long_day, parse, period, when

RECORD: Final = "The record of London policing"
_SPECIAL: Final = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """What every format says of a thing cited. Dates are year, month, day as far as known, in London; () for none."""

    key: str
    sort: Literal["webpage", "dataset"]
    author: str  # an office, no person
    title: str
    issued: tuple[int, ...]
    accessed: tuple[int, ...]
    edition: str
    url: str
    note: str
    words: str  # the citation in plain text


@dataclass(frozen=True, slots=True)
class Series:
    """Figures as a page shows them. ``as_of`` is the date they are as of, "" where that cannot be chosen."""

    dataset: Dataset
    names: tuple[str, ...]  # of measure, category and area
    first: str  # period
    last: str
    released: str  # UTC, of the newest of these figures; "" where their publisher gave no date
    as_of: str
    read_at: str  # UTC


def of_version(one: Cited, permalink: str) -> Work:
    """A version: who, when, what, which version, where, and the hash by which the text can be checked."""
    issued = _issued(one)
    known = 2 if one.date_quality == "month" and issued == one.published_at else 3
    return Work(
        key=f"met-{one.update_id}-v{one.version}",
        sort="webpage",
        author=one.publisher,
        title=one.title,
        issued=_parts(issued)[:known],
        accessed=_parts(one.seen_at),
        edition=str(one.version),
        url=permalink,
        note=_note(one),
        words=_words(one, permalink),
    )


def of_series(one: Series, permalink: str) -> Work:
    """A series: whose figures, of what, for which periods, as of which date."""
    title = f"{one.dataset.title}: {', '.join(filter(None, one.names))}"
    span = f"figures for {period(one.first)}" + (f" to {period(one.last)}" if one.last != one.first else "")
    stood = f"as published by {one.as_of}" if one.as_of else f"read on {_day(one.read_at)}"
    source = f"publisher's page: {one.dataset.homepage}" if one.dataset.homepage else ""
    rights = one.dataset.attribution or one.dataset.licence
    words = [
        f"{one.dataset.publisher} ({_day(one.released) or 'no date'}) ‘{title}’, {span}, {stood}",
        f"{RECORD}, {permalink}",
        source,
        rights,
    ]
    return Work(
        key="-".join(filter(None, ("met", one.dataset.id, one.as_of or _iso(_parts(one.read_at))))),
        sort="dataset",
        author=one.dataset.publisher,
        title=title,
        issued=_parts(one.released),
        accessed=_parts(one.read_at),
        edition=one.as_of,
        url=permalink,
        note="; ".join(filter(None, (span, stood, source, rights))),
        words=_sentences(words),
    )


def plain(work: Work) -> str:
    """One line."""
    return work.words + "\n"


def bibtex(work: Work) -> str:
    """A BibTeX entry of type @misc. Author and title are in braces of their own: no name to turn, no letter to make small."""
    fields = {
        "author": f"{{{_tex(work.author)}}}",
        "title": f"{{{_tex(work.title)}}}",
        "year": str(work.issued[0]) if work.issued else "",
        "howpublished": rf"{_tex(RECORD)}, \url{{{_tex_url(work.url)}}}",
        "url": _tex_url(work.url),
        "urldate": _iso(work.accessed),
        "note": _tex(work.note),
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items() if value)
    return f"@misc{{{work.key},\n{lines}\n}}\n"


def csl(work: Work) -> str:
    """A CSL-JSON list with one item, as Zotero, Pandoc and citeproc read it."""
    item: dict[str, object] = {
        "id": work.key,
        "type": work.sort,
        "title": work.title,
        "author": [{"literal": work.author}],
        "container-title": RECORD,
        "URL": work.url,
        "accessed": {"date-parts": [work.accessed]},
        "version": work.edition,
        "note": work.note,
    }
    if work.issued:
        item["issued"] = {"date-parts": [work.issued]}
    return json.dumps([{k: v for k, v in item.items() if v}], ensure_ascii=False, indent=1) + "\n"


def ris(work: Work) -> str:
    """A RIS record, as EndNote, Mendeley and RefWorks read it. The comma ends an author who is no person."""
    lines = [
        ("TY", "ELEC" if work.sort == "webpage" else "DATA"),
        ("AU", work.author + ("" if "," in work.author else ",")),
        ("TI", work.title),
        ("T2", RECORD),
        ("PY", str(work.issued[0]) if work.issued else ""),
        ("DA", _slashed(work.issued) if work.issued else ""),
        ("ET", work.edition),
        ("UR", work.url),
        ("Y2", _slashed(work.accessed)),
        ("N1", work.note),
        ("ID", work.key),
        ("ER", ""),
    ]
    return "".join(f"{tag}  - {' '.join(value.split())}\r\n" for tag, value in lines if value or tag == "ER")


FORMATS: Final[dict[str, tuple[Callable[[Work], str], str]]] = {
    "txt": (plain, "text/plain; charset=utf-8"),
    "bib": (bibtex, "application/x-bibtex; charset=utf-8"),
    "csl.json": (csl, "application/vnd.citationstyles.csl+json; charset=utf-8"),
    "ris": (ris, "application/x-research-info-systems; charset=utf-8"),
}
"""By the end of an address: what writes it, and its type."""


def _words(one: Cited, permalink: str) -> str:
    published = _long(one.published_at, one.date_quality) or "no date"
    changed = f", changed by the publisher on {_day(one.declared_at)}" if _changed_later(one) else ""
    seen = f", seen on {_day(one.seen_at)}" if one.has_text else ""
    parts = [
        f"{one.publisher} ({published}) ‘{one.title}’, version {one.version}{changed}{seen}"
        + (f", unchanged on {_day(one.last_seen_at)}" if one.newest and one.has_text else ""),
        f"{RECORD}, {permalink}",
        f"original: {one.url}" if one.url else "",
        f"SHA-256 {one.sha256}" if one.has_text else "text not seen",
        one.attribution or one.licence,
    ]
    return _sentences(parts)


def _sentences(parts: list[str]) -> str:
    return ". ".join(part.rstrip(".") for part in parts if part) + "."


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
    return bool(one.declared_at) and _day(one.declared_at) != _day(one.published_at)


def _long(at: str, quality: str) -> str:
    moment = when(at, quality)
    return moment.text if moment and quality == "month" else _day(at)


def _day(at: str) -> str:
    """'22 November 2026', in London: a citation has no day of the week."""
    return long_day(at).partition(" ")[2]


def _parts(at: str) -> tuple[int, ...]:
    """Year, month and day in London, as the pages and the plain citation have them."""
    day = when(at, "day") if parse(at) else None
    return tuple(int(part) for part in day.iso.split("-")) if day else ()


def _iso(parts: tuple[int, ...]) -> str:
    return "-".join(f"{part:02}" for part in parts)


def _slashed(parts: tuple[int, ...]) -> str:
    """A RIS date: YYYY/MM/DD/ with what is not known left empty between the slashes."""
    return "/".join([*(f"{part:02}" for part in parts), *[""] * (4 - len(parts))])


def _tex(text: str) -> str:
    return "".join(_SPECIAL.get(char, char) for char in " ".join(text.split()))


def _tex_url(url: str) -> str:
    return re.sub(r"[{}\\]", lambda found: f"%{ord(found[0]):02X}", url)
