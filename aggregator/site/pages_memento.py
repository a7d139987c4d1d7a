"""The record for other programs: Memento (RFC 7089) TimeGate and TimeMap, differences and citations as files."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any, Final

from datasette import Response

from aggregator.site import citations, respond
from aggregator.site.archive import GoneError
from aggregator.site.compared import Compared, compare
from aggregator.site.context import Visit
from aggregator.site.hunks import unbroken
from aggregator.site.queries import mementos, updates
from aggregator.site.queries.mementos import Files, Memento
from aggregator.site.view import view
from aggregator.text.diff import Piece

LINK_FORMAT: Final = "application/link-format"
TEXT: Final = "text/plain; charset=utf-8"
_MARKS: Final = {"added": ("{+", "+}"), "removed": ("[-", "-]"), "moved": ("{>", "<}")}
_LEGEND: Final = "{+added+} [-removed-] {>moved here from elsewhere<}"
_FAR: Final = datetime(9999, 12, 31, tzinfo=UTC)


# --- Memento ----------------------------------------------------------------------------------------------------
@view
async def timegate(visit: Visit) -> Response:
    """`/timegate/URL`: redirects to the text of URL as it was at ``Accept-Datetime``, else to the newest one."""
    address = _target(visit)
    wanted = _datetime(visit.request.headers.get("accept-datetime"))
    if wanted is None:
        return _plain("Accept-Datetime is not a date as RFC 9110 §5.6.7 has it: Thu, 31 May 2026 20:35:00 GMT\n", 400)
    found = await visit.read(lambda conn: mementos.of_address(conn, address))
    if not found:
        return _plain("No text of this address is kept here.\n", 404, {"Vary": "accept-datetime"})
    chosen = closest(found, wanted)
    headers = {"Vary": "accept-datetime", "Link": ", ".join(_links(visit, found, chosen)), "Cache-Control": "no-cache"}
    return Response("", 302, {**headers, "Location": visit.absolute(chosen.path)}, TEXT)


@view
async def timemap(visit: Visit) -> Response:
    """`/timemap/link/URL`: every text kept of URL, in link format."""
    address = _target(visit)
    found = await visit.read(lambda conn: mementos.of_address(conn, address))
    if not found:
        return _plain("No text of this address is kept here.\n", 404)
    original = found[-1].url
    span = f'from="{_http(found[0].moment)}";until="{_http(found[-1].moment)}"'
    lines = [
        f'<{original}>;rel="original"',
        f'<{visit.absolute("/timemap/link/" + original)}>;rel="self";type="{LINK_FORMAT}";{span}',
        f'<{visit.absolute("/timegate/" + original)}>;rel="timegate"',
        *(_memento_link(visit, found, one) for one in found),
    ]
    return respond.document(visit, (",\n".join(lines) + "\n").encode(), LINK_FORMAT)


def memento_headers(visit: Visit, url: str, seen_at: str) -> dict[str, str]:
    """Headers that make the page of a version a memento; none where the address or the time is not known."""
    moment = _parsed(seen_at)
    if not url or moment is None or not url.isascii():
        return {}
    link = (
        f'<{url}>; rel="original", <{visit.absolute("/timegate/" + url)}>; rel="timegate", '
        f'<{visit.absolute("/timemap/link/" + url)}>; rel="timemap"; type="{LINK_FORMAT}"'
    )
    return {"Memento-Datetime": _http(moment), "Link": link}


def closest(found: Sequence[Memento], wanted: datetime) -> Memento:
    """The text that stood at ``wanted``: the last one seen until then, or the first when none was."""
    until = [one for one in found if one.moment <= wanted]
    return until[-1] if until else found[0]


def _links(visit: Visit, found: Sequence[Memento], chosen: Memento) -> list[str]:
    """original, timemap, and the first, last, previous, next and chosen memento, each once."""
    original = chosen.url
    at = list(found).index(chosen)
    shown = dict.fromkeys((found[0], *found[max(0, at - 1) : at + 2], found[-1]))
    return [
        f'<{original}>; rel="original"',
        f'<{visit.absolute("/timemap/link/" + original)}>; rel="timemap"; type="{LINK_FORMAT}"',
        *(_memento_link(visit, found, one, chosen) for one in shown),
    ]


def _memento_link(visit: Visit, found: Sequence[Memento], one: Memento, chosen: Memento | None = None) -> str:
    relations = [name for name, which in (("first", found[0]), ("last", found[-1])) if one == which]
    if chosen is not None:
        at, here = list(found).index(chosen), list(found).index(one)
        relations += {-1: ["prev"], 1: ["next"]}.get(here - at, [])
    return f'<{visit.absolute(one.path)}>;rel="{" ".join([*relations, "memento"])}";datetime="{_http(one.moment)}"'


def _target(visit: Visit) -> str:
    """The address asked about: the rest of our own, with its query."""
    query = visit.request.query_string
    return visit.var("url") + (f"?{query}" if query else "")


def _datetime(header: str | None) -> datetime | None:
    return _FAR if header is None else _http_date(header)


def _http_date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _parsed(at: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(at)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _http(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _plain(text: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(text, status, {"Cache-Control": "no-store", **(headers or {})}, TEXT)


# --- differences ------------------------------------------------------------------------------------------------
@view
async def difference_file(visit: Visit) -> Response:
    """`/updates/ID/diff/A..B.txt` and `.json`."""
    update_id, a, b = (visit.named(name) for name in ("id", "a", "b"))

    def read(conn: sqlite3.Connection) -> tuple[updates.Version, updates.Version, Files]:
        old, new = updates.version(conn, update_id, a), updates.version(conn, update_id, b)
        if old is None or new is None:
            raise GoneError("there is no such version", subject=f"{update_id} versions {a}..{b}")
        return old, new, mementos.files(conn, update_id, a, b)

    old, new, files = await visit.read(read)
    known = old.has_text and new.has_text
    fields = compare(old, new) if known else ()
    if visit.var("ext") == "json":
        return respond.data(visit, as_json(visit, old, new, fields, files, known=known))
    return respond.document(visit, as_text(visit, old, new, fields, files, known=known).encode(), TEXT)


def as_text(
    visit: Visit, old: updates.Version, new: updates.Version, fields: Sequence[Compared], files: Files, *, known: bool
) -> str:
    """The difference in plain text, marked the way of wdiff, so that it can be read without colour."""
    lines = [
        f"From version {old.version}, seen {_utc(old)}: {visit.absolute(old.path)}",
        f"To version {new.version}, seen {_utc(new)}: {visit.absolute(new.path)}",
        "The publisher declared no change." if new.silent else f"Change note: {new.note}" if new.note else "",
        _LEGEND if known else "Of one of these versions the text was never seen: only that it was changed is known.",
    ]
    for field in fields:
        body = "(too long to compare)" if field.too_long else marked(field.pieces)
        lines += ["", f"== {field.name}{'' if field.changed else ' (unchanged)'}", body if field.changed else ""]
    for title, found in (
        ("Files added", files.added),
        ("Files removed", files.removed),
        ("Parts changed", files.parts),
    ):
        lines += ["", f"== {title}", *(f"  {line}" for line in found)] if found else []
    return "\n".join(lines).rstrip() + "\n"


def marked(pieces: Iterable[Piece]) -> str:
    """Pieces in plain text, in the same paragraphs as on the page."""
    return "".join(_marked(piece.op, piece.text) for piece in unbroken(pieces))


def _marked(op: str, text: str) -> str:
    """A piece with its marks inside the blanks at its ends; breaks of line alone need none."""
    if op not in _MARKS or not text.strip():
        return "" if op == "removed" else text
    words = text.strip()
    start, _, end = text.partition(words)
    opening, closing = _MARKS[op]
    return f"{start}{opening}{words}{closing}{end or (' ' if op == 'removed' else '')}"


def as_json(
    visit: Visit, old: updates.Version, new: updates.Version, fields: Sequence[Compared], files: Files, *, known: bool
) -> dict[str, object]:
    """The difference as data: pieces in reading order; same + removed are the old text, same + added + moved the new."""
    return {
        "update_id": new.update_id,
        "from": _version(visit, old),
        "to": _version(visit, new),
        "silent": new.silent,
        "change_note": new.note,
        "text_known": known,
        "words_added": new.words_added if new.version == old.version + 1 else None,
        "words_removed": new.words_removed if new.version == old.version + 1 else None,
        "fields": [
            {
                "name": field.name.lower(),
                "changed": field.changed,
                "too_long": field.too_long,
                "pieces": [{"op": piece.op, "text": piece.text} for piece in field.pieces],
            }
            for field in fields
        ],
        "files_added": list(files.added),
        "files_removed": list(files.removed),
        "parts_changed": list(files.parts),
    }


def _version(visit: Visit, one: updates.Version) -> dict[str, object]:
    return {"version": one.version, "url": visit.absolute(one.path), "seen_at": _utc(one), "sha256": one.sha256}


def _utc(one: updates.Version) -> str:
    return one.seen.utc if one.seen else ""


# --- citations --------------------------------------------------------------------------------------------------
@view
async def citation(visit: Visit) -> Response:
    """`/updates/ID/versions/N/cite.txt`, `.bib`, `.csl.json` and `.ris`."""
    update_id, number = visit.named("id"), visit.named("n")
    one = await visit.read(lambda conn: mementos.cited(conn, update_id, number))
    if one is None:
        raise GoneError("there is no such version", subject=f"{update_id} version {number}")
    return citation_file(visit, citations.of_version(one, visit.absolute(one.path)))


def citation_file(visit: Visit, work: citations.Work) -> Response:
    """A citation in the format the address ends in, to be saved; plain text to be read."""
    extension = visit.var("ext")
    write, content_type = citations.FORMATS[extension]
    headers = {"Content-Disposition": f'attachment; filename="{work.key}.{extension}"'} if extension != "txt" else {}
    return respond.document(visit, write(work).encode(), content_type, headers=headers)


ROUTES: Final[tuple[tuple[str, Callable[..., Any]], ...]] = (
    (r"/timegate/(?P<url>https?://?.+)", timegate),
    (r"/timemap/link/(?P<url>https?://?.+)", timemap),
    (r"/updates/(?P<id>[0-9]+)/diff/(?P<a>[0-9]+)\.\.(?P<b>[0-9]+)\.(?P<ext>txt|json)", difference_file),
    (r"/updates/(?P<id>[0-9]+)/versions/(?P<n>[0-9]+)/cite\.(?P<ext>txt|bib|csl\.json|ris)", citation),
)
"""To be joined to ``routes.ROUTES``."""
