"""The front page and the list of all updates."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from datasette import Response

from aggregator.limits import PAGE_SIZE
from aggregator.site import feeds, respond
from aggregator.site.context import Visit
from aggregator.site.queries import calendar, home, lists, sources, taxonomy
from aggregator.site.view import view
from aggregator.site.views import Link, Page
from aggregator.text.query import Filters, Query, slug
from aggregator.text.words import KINDS

COMING, COMING_LOOKED_AT = 4, 60
"""Releases and meetings shown, each; meetings are many, so that the next release may be far down the calendar."""
TITLE = "The record of London policing"
DESCRIPTION = "News, policy and statistics of the Metropolitan Police, collected, tagged by topic and place, and kept."


@view
async def front(visit: Visit) -> Response:
    """`/`"""

    def read(conn: sqlite3.Connection) -> dict[str, object]:
        return {
            "front": home.front(conn, visit.now),
            "changed": home.changed_policies(conn, visit.now),
            "coming": [
                (
                    title,
                    [e for e in calendar.coming(conn, visit.now, limit=COMING_LOOKED_AT) if e.sort == sort][:COMING],
                )
                for sort, title in (("release", "Figures to be published"), ("meeting", "Meetings in public"))
            ],
            "sections": taxonomy.sections(conn),
            "trouble": sources.in_trouble(conn),
        }

    found = await visit.read(read)
    return await respond.page(
        visit, "home.html", found, title=TITLE, description=DESCRIPTION, feed=Link("All updates", "/updates")
    )


def asked(visit: Visit, base: Query | None = None) -> Query:
    """The query of a list, narrowed by the filters in the address: kind, source, topic, place. What the list is of stays."""
    base = base or Query()
    given = {name: slug(visit.arg(name)) for name in ("kind", "source", "topic", "place")}
    only = {name: (value,) for name, value in given.items() if value and not getattr(base.only, name)}
    return replace(base, only=Filters(**{**{n: getattr(base.only, n) for n in given}, **only}))


@view
async def updates(visit: Visit) -> Response:
    """`/updates`: everything, newest first; ?kind= and ?source= narrow it."""
    query = asked(visit)

    def read(conn: sqlite3.Connection) -> tuple[Page, str]:
        return (
            lists.page(conn, query, before=visit.number("before"), limit=PAGE_SIZE),
            sources.title(conn, visit.arg("source")),
        )

    page, source = await visit.read(read)
    kind = visit.arg("kind")
    heading = " from ".join(filter(None, [KINDS.get(kind, "All updates"), source]))
    context = {"page": page, "heading": heading, "kinds": KINDS, "kind": kind, "source": visit.arg("source")}
    return await respond.page(
        visit,
        "updates.html",
        context,
        title=heading,
        description=f"{heading}, newest first.",
        feed=Link(heading, "/updates"),
    )


@view
async def updates_feed(visit: Visit) -> Response:
    """`/updates.atom` and `/updates.feed.json`, also under `/index`, with the same filters as the page."""
    title = KINDS.get(visit.arg("kind"), "All updates")
    return await feeds.of_query(visit, asked(visit), title=f"{TITLE}: {title.lower()}", path="/updates")
