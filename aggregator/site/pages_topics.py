"""Topics and places: the tree, one topic, the boroughs, one borough, and their feeds."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from datasette import Response

from aggregator.limits import PAGE_SIZE
from aggregator.site import chart, feeds, respond
from aggregator.site.archive import GoneError
from aggregator.site.context import Visit
from aggregator.site.pages_home import TITLE, asked
from aggregator.site.queries import calendar, lists, statistics, taxonomy
from aggregator.site.query import Filters, Query
from aggregator.site.view import view
from aggregator.site.views import Link
from aggregator.site.words import KINDS


@view
async def topics(visit: Visit) -> Response:
    """`/topics`: seven sections and their topics."""
    sections = await visit.read(lambda conn: taxonomy.tree(conn, visit.now))
    text = "Everything collected, by subject: seven sections and their topics."
    return await respond.page(visit, "topics.html", {"sections": sections}, title="Topics", description=text)


@view
async def topic(visit: Visit) -> Response:
    """`/topics/SLUG`: what it is, how busy it is, and its updates with the evidence."""
    slug = visit.var("slug")
    query = asked(visit, replace(Query(), only=Filters(topic=(slug,))))

    def read(conn: sqlite3.Connection) -> tuple[taxonomy.Topic, dict[str, object]]:
        found = taxonomy.topic(conn, slug, visit.now)
        if found is None:
            raise GoneError("there is no such topic", subject=slug)
        family = (slug, *lists.children(conn).get(slug, ()))
        return found, {
            "topic": found,
            "page": lists.page(conn, query, before=visit.number("before"), limit=PAGE_SIZE, evidence_for=family),
            "bars": chart.bars([(m.month, m.n) for m in taxonomy.months(conn, family, visit.now)]),
            "beside": taxonomy.beside(conn, family, visit.now),
            "figures": statistics.of_topics(conn, family),
        }

    one, found = await visit.read(read)
    context = {**found, "kinds": KINDS, "kind": visit.arg("kind")}
    return await respond.page(
        visit,
        "topic.html",
        context,
        title=one.title,
        description=one.description,
        feed=Link(one.title, f"/topics/{slug}"),
    )


@view
async def topic_feed(visit: Visit) -> Response:
    """`/topics/SLUG.atom` and `.feed.json`."""
    slug = visit.var("slug")
    found = await visit.read(lambda conn: taxonomy.topic(conn, slug, visit.now))
    if found is None:
        raise GoneError("there is no such topic", subject=slug)
    query = asked(visit, replace(Query(), only=Filters(topic=(slug,))))
    return await feeds.of_query(visit, query, title=f"{TITLE}: {found.title}", path=f"/topics/{slug}")


@view
async def places(visit: Visit) -> Response:
    """`/places`: the 32 boroughs and the City."""
    found = await visit.read(lambda conn: taxonomy.places(conn, visit.now))
    text = "Policing by borough: what has been published about each part of London."
    return await respond.page(visit, "places.html", {"places": found}, title="Places", description=text)


@view
async def place(visit: Visit) -> Response:
    """`/places/SLUG`: a borough's updates, and its meetings to come."""
    slug = visit.var("slug")
    query = asked(visit, replace(Query(), only=Filters(place=(slug,))))

    def read(conn: sqlite3.Connection) -> tuple[taxonomy.Place, dict[str, object]]:
        found = taxonomy.place(conn, slug)
        if found is None:
            raise GoneError("there is no such place", subject=slug)
        return found, {
            "place": found,
            "page": lists.page(conn, query, before=visit.number("before"), limit=PAGE_SIZE, evidence_for=(slug,)),
            "meetings": calendar.meetings_in(conn, slug, visit.now, limit=5),
            "figures": statistics.of_place(conn, slug),
        }

    one, found = await visit.read(read)
    context = {**found, "kinds": KINDS, "kind": visit.arg("kind")}
    text = f"News, policy and meetings of the police about {one.name}."
    return await respond.page(
        visit, "place.html", context, title=one.name, description=text, feed=Link(one.name, f"/places/{slug}")
    )


@view
async def place_feed(visit: Visit) -> Response:
    """`/places/SLUG.atom` and `.feed.json`."""
    slug = visit.var("slug")
    found = await visit.read(lambda conn: taxonomy.place(conn, slug))
    if found is None:
        raise GoneError("there is no such place", subject=slug)
    query = asked(visit, replace(Query(), only=Filters(place=(slug,))))
    return await feeds.of_query(visit, query, title=f"{TITLE}: {found.name}", path=f"/places/{slug}")
