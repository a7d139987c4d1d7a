"""Sources: their health in plain words, and the feed of our own failures."""

from __future__ import annotations

import sqlite3

from datasette import Response

from aggregator.limits import FEED_SIZE
from aggregator.site import feeds, respond
from aggregator.site.context import Visit
from aggregator.site.pages_home import TITLE
from aggregator.site.queries import sources as queries
from aggregator.site.view import view
from aggregator.site.views import Link
from aggregator.text.words import OUTCOMES, STATES


@view
async def sources(visit: Visit) -> Response:
    """`/sources`: those that need somebody first."""
    found = await visit.read(queries.every)
    groups = [(state, *STATES[state], [s for s in found if s.state == state]) for state in STATES]
    context = {"groups": [g for g in groups if g[3]], "total": len(found), "on": sum(s.state != "off" for s in found)}
    text = "Where everything here comes from, whether it is being read, and under which licence."
    return await respond.page(
        visit, "sources.html", context, title="Sources", description=text, feed=Link("Failures of sources", "/sources")
    )


@view
async def sources_feed(visit: Visit) -> Response:
    """`/sources.atom` and `.feed.json`: when a source began to fail, failed in another way, or came back."""

    def read(conn: sqlite3.Connection) -> tuple[queries.Turn, ...]:
        return queries.turns(conn, FEED_SIZE)

    entries = tuple(_entry(visit, turn) for turn in await visit.read(read))
    return await feeds.answer(
        visit, title=f"{TITLE}: failures of sources", path="/sources", entries=entries, stamp=visit.now
    )


def _entry(visit: Visit, turn: queries.Turn) -> feeds.Entry:
    said = OUTCOMES.get(turn.outcome, turn.outcome)
    return feeds.Entry(
        id=visit.identifier(f"/sources#fetch-{turn.id}"),
        url=visit.absolute(f"/sources#{turn.source_id}"),
        title=f"{turn.title}: {'working again' if turn.recovered else said}",
        updated=turn.at,
        published=turn.at,
        summary=turn.error or f"{turn.title}: {said}.",
        author="The collector",
        categories=((turn.outcome, said),),
    )
