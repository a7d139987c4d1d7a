"""One update: its page, one version of it, the difference between two; and the list of policies and their edits."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, replace

import nh3
from datasette import Response
from markupsafe import Markup

from aggregator.limits import PAGE_SIZE, SILENT_WEEKS
from aggregator.site import citations, evidence, feeds, listing, respond, stood, structure
from aggregator.site.archive import GoneError
from aggregator.site.compared import compare
from aggregator.site.context import Visit
from aggregator.site.pages_home import TITLE, asked
from aggregator.site.pages_memento import memento_headers
from aggregator.site.queries import beside, lists, mementos, offences, updates
from aggregator.site.view import view
from aggregator.site.views import Link, Mark
from aggregator.text.query import Filters, Query, slug
from aggregator.text.times import long_day, midnight
from aggregator.text.words import ENTITY_TYPES

_TAGS = {"p", "a", "ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "strong", "em", "b", "i", "br", "hr", "pre"} | {
    "code", "sup", "sub", "abbr", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href"}, "th": {"scope", "colspan", "rowspan"}, "td": {"colspan", "rowspan"}, "abbr": {"title"}}


def published_html(html: str) -> str:
    """Stored HTML for the page. It was cleaned when stored; it is cleaned again, since this is where it would do harm."""
    return nh3.clean(
        html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https", "mailto"}, link_rel="noopener nofollow"
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """The text of an update with the evidence of one tag marked; ``tag`` is "" when nothing is marked."""

    tag: str
    title: tuple[Mark, ...]
    summary: tuple[Mark, ...]
    body: tuple[structure.MarkedBlock, ...]


@view
async def update(visit: Visit) -> Response:
    """`/updates/ID`; ``?mark=topic:SLUG`` marks the evidence of one tag in the text; ``?as_of=DATE`` says what stood then."""
    update_id = visit.named("id")
    sort, _, tag = visit.arg("mark").partition(":")
    tag = slug(tag)

    def read(conn: sqlite3.Connection) -> tuple[updates.Update, Shown, tuple[Link, ...], str]:
        found = updates.one(conn, update_id)
        if found is None:
            raise GoneError("there is no such update", subject=str(update_id))
        citation = cite(conn, visit, update_id, found.item.version)
        return found, _shown(conn, found, sort, tag), offences.named_in(conn, update_id), citation

    found, shown, named, citation = await visit.read(read)
    html, listed = structure.anchored(published_html(found.html)) if found.html and not shown.tag else ("", ())
    text = () if html or shown.tag else structure.blocks(found.body, {})
    context = {"update": found, "item": found.item, "shown": shown, "citation": citation, "text": text}
    context["html"] = Markup(html)  # noqa: S704 - cleaned just now
    context["contents"] = structure.contents(listed)
    asked = visit.arg("as_of")
    context["stood"] = stood.on(asked, found.versions) if asked else None
    context["og_type"] = "article"
    context["named"] = [
        (ENTITY_TYPES.get(sort, sort), [n for n in named if n.note == sort])
        for sort in dict.fromkeys(n.note for n in named)
    ]
    return await respond.page(
        visit, "update.html", context, title=found.item.title or "Untitled", description=found.item.summary[:200],
        canonical=found.item.path, modified=_seen(found), headers={"Link": f'<{visit.absolute(found.item.path)}>; rel="canonical"'},
    )  # fmt: skip


def _seen(found: updates.Update) -> str | None:
    """The page shows when the update was last seen: that, or a later change, is its time."""
    return max((at.utc for at in (found.last_seen, found.changed) if at), default=None)


def _shown(conn: sqlite3.Connection, found: updates.Update, sort: str, tag: str) -> Shown:
    wanted = next((t for t in found.tags if t.slug == tag and t.sort == sort), None)
    ranges = updates.evidence_ranges(conn, found.item.id, sort, tag) if wanted else {}
    texts = {"title": found.item.title, "summary": found.item.summary, "body": found.body}
    marks = {name: evidence.marked(text, ranges.get(name, [])) for name, text in texts.items()}
    body = structure.marked(evidence.paragraphs(marks["body"]), structure.headings(found.html))
    return Shown(wanted.title if wanted else "", marks["title"], marks["summary"], body)


def cite(conn: sqlite3.Connection, visit: Visit, update_id: int, number: int) -> str:
    """A citation of a version that can be pasted: the words of `cite.txt`; "" where there is no such version."""
    one = mementos.cited(conn, update_id, number)
    return citations.of_version(one, visit.absolute(one.path)).words if one else ""


@view
async def version(visit: Visit) -> Response:
    """`/updates/ID/versions/N`: the text as it was, for good."""
    update_id, number = visit.named("id"), visit.named("n")

    def read(conn: sqlite3.Connection) -> tuple[updates.Update, updates.Version, str]:
        found, one = updates.one(conn, update_id), updates.version(conn, update_id, number)
        if found is None or one is None:
            raise GoneError("there is no such version", subject=f"{update_id} version {number}")
        return found, one, cite(conn, visit, update_id, number)

    found, one, citation = await visit.read(read)
    text = structure.blocks(one.body, structure.headings(published_html(found.html)))
    context: dict[str, object] = {
        "update": found,
        "item": found.item,
        "version": one,
        "text": text,
        "contents": structure.contents(text),
        "citation": citation,
    }
    context["comparable"] = one.has_text and any(v.version == number - 1 and v.has_text for v in found.versions)
    title = f"Version {number}: {one.title or found.item.title}"
    headers = memento_headers(visit, found.item.url, one.seen.utc) if one.has_text and one.seen else {}
    return await respond.page(visit, "version.html", context, title=title, canonical=one.path, headers=headers)


@view
async def difference(visit: Visit) -> Response:
    """`/updates/ID/diff/A..B`: what was added and removed."""
    update_id, first, second = (visit.named(name) for name in ("id", "a", "b"))

    def read(conn: sqlite3.Connection) -> tuple[updates.Update, updates.Version, updates.Version, tuple[Link, ...]]:
        found = updates.one(conn, update_id)
        old, new = updates.version(conn, update_id, first), updates.version(conn, update_id, second)
        if found is None or old is None or new is None:
            raise GoneError("there is no such version", subject=f"{update_id} versions {first}..{second}")
        return found, old, new, beside.changed(conn, update_id, first, second)

    found, old, new, others = await visit.read(read)
    comparable = old.has_text and new.has_text
    compared = compare(old, new) if comparable else ()
    context = {
        "update": found,
        "item": found.item,
        "old": old,
        "new": new,
        "compared": compared,
        "comparable": comparable,
        "beside": others if comparable else (),
        "canonical_path": visit.path(f"{found.item.path}/diff/{first}..{second}"),
    }
    title = f"What changed from version {first} to {second}: {found.item.title}"
    return await respond.page(visit, "diff.html", context, title=title)


@view
async def policies(visit: Visit) -> Response:
    """`/policies`: the newest policies and edits; ``?changes=1``: all edits; ``?silent=1``: those, of any kind of update, that
    the publisher did not declare."""
    silent = visit.arg("silent") == "1"
    alone = silent or visit.arg("changes") == "1"

    def read(conn: sqlite3.Connection) -> dict[str, object]:
        if alone:
            kind = "" if silent else "policy"
            edits = updates.edits(conn, silent=silent, kind=kind, before=visit.arg("before"), limit=PAGE_SIZE)
            edits = replace(edits, edits=updates.with_first_changes(conn, edits.edits))
            weeks = updates.silent_weeks(conn, midnight(visit.now, -7 * SILENT_WEEKS)) if silent else []
            return {"page": None, "edits": edits, "weeks": [(long_day(monday), n) for monday, n in weeks]}
        query = asked(visit, POLICIES)
        found = listing.read(conn, visit, query, evidence_for=())
        page = found.page or lists.page(conn, query, before=None, limit=POLICIES_SOON)
        newest = (
            updates.Edits((), "")
            if found.page
            else updates.edits(conn, silent=False, kind="policy", before="", limit=EDITS_SOON)
        )
        newest = replace(newest, edits=updates.with_first_changes(conn, newest.edits))
        return {"page": page, "list": found, "edits": newest}

    found = await visit.read(read)
    title = "Silent edits" if silent else "Changes of policies" if alone else "Policies and their changes"
    text = (
        "Texts that were changed without a word of it."
        if silent
        else "Rules, guidance and strategies, and every change seen."
    )
    feed = Link(title, "/policies?silent=1" if silent else "/policies")
    return await respond.page(
        visit, "policies.html", {**found, "silent": silent, "alone": alone}, title=title, description=text, feed=feed
    )


POLICIES_SOON, EDITS_SOON = 12, 5
"""Shown where nothing is asked for: with fifty and ten the page was fifteen screens of a phone, the policies at its end."""
POLICIES = replace(Query(), only=Filters(kind=("policy",)))


@view
async def policies_feed(visit: Visit) -> Response:
    """`/policies.atom` and `.feed.json`: an entry for every edit of a policy; ``?silent=1``: for every silent edit."""
    silent = visit.arg("silent") == "1"

    def read(conn: sqlite3.Connection) -> updates.Edits:
        edits = updates.edits(
            conn, silent=silent, kind="" if silent else "policy", before=visit.arg("before"), limit=PAGE_SIZE
        )
        return replace(edits, edits=updates.with_first_changes(conn, edits.edits))

    found = await visit.read(read)
    entries = tuple(_edit_entry(visit, edit) for edit in found.edits)
    title = f"{TITLE}: {'silent edits' if silent else 'changes of policies'}"
    return await feeds.answer(
        visit, title=title, path="/policies", entries=entries, stamp=visit.now, before=found.before
    )


def _first(edit: updates.Edit) -> str:
    """The first change in words, for where nothing can be struck through."""
    change = edit.first
    if change is None:
        return "\n\n".join(f"{one.title}: {one.note}" for one in edit.beside)
    name, words = change.field or "Text", change.words
    if not words.removed:
        return f"{name}, added: “{words.new}”"
    if not words.added:
        return f"{name}, removed: “{words.removed}”"
    return f"{name}, was: “{words.old}”\n\nNow: “{words.new}”"


def _edit_entry(visit: Visit, edit: updates.Edit) -> feeds.Entry:
    one = edit.version
    seen = one.seen.utc if one.seen else visit.now
    plural = "" if one.words_added == 1 else "s"
    words = f"{one.words_added} word{plural} added, {one.words_removed} removed." if edit.comparable else ""
    said = "The publisher declared no change." if one.silent else one.note
    return feeds.Entry(
        id=visit.identifier(one.path),
        url=visit.absolute(edit.compare if edit.comparable else one.path),
        title=f"{'Silent edit' if one.silent else 'Edit'}: {edit.title}",
        updated=seen,
        published=seen,
        summary="\n\n".join(filter(None, [said, words, _first(edit)])),
        author=edit.source,
        via=edit.url,
        rights=edit.licence,
        categories=((edit.kind, edit.kind),),
    )
