"""Topics and places: the tree, one topic, the boroughs, one borough, and their feeds."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

from datasette import Response

from aggregator.limits import FEED_SIZE, PAGE_SIZE
from aggregator.site import axis, feeds, listing, respond
from aggregator.site.archive import GoneError
from aggregator.site.context import Visit
from aggregator.site.pages_home import TITLE, asked
from aggregator.site.queries import calendar, figures, lists, offences, statistics, taxonomy, timeline
from aggregator.site.view import view
from aggregator.site.views import Link, Page
from aggregator.text.query import Filters, Query


@view
async def topics(visit: Visit) -> Response:
    """`/topics`: seven sections and their topics."""
    sections = await visit.read(lambda conn: taxonomy.tree(conn, visit.now))
    text = "Everything collected, by subject: seven sections and their topics."
    return await respond.page(visit, "topics.html", {"sections": sections}, title="Topics", description=text)


@view
async def topic(visit: Visit) -> Response:
    """`/topics/SLUG`: what it is, its time axis, and its updates by kind; ?kind=, ?place= and ?source= narrow them.

    Where there is no such topic but an offence of that name, the page of the offence.
    """
    slug = visit.var("slug")

    def read(conn: sqlite3.Connection) -> tuple[taxonomy.Topic, dict[str, object]] | offences.Offence:
        found = taxonomy.topic(conn, slug, visit.now)
        if found is None:
            return _offence(conn, visit)
        family = (slug, *lists.children(conn).get(slug, ()))
        query = asked(visit, replace(Query(), only=Filters(topic=(slug,))))
        line = timeline.of_topic(conn, slug, family, visit.now)
        drawing = axis.axis(
            [(m.month, m.n) for m in line.months], line.changes, line.figure.values if line.figure else None
        )
        return found, {
            "topic": found,
            "list": listing.read(conn, visit, query, evidence_for=family),
            "timeline": line,
            "axis": drawing,
            "beside": taxonomy.beside(conn, family, visit.now),
            "offences": offences.under(conn, family),
            "figures": statistics.of_topics(conn, family),
            "drawn": not_drawn_above(figures.of_topic(conn, slug), line, drawing),
        }

    result = await visit.read(read)
    if isinstance(result, offences.Offence):
        return await offence(visit, result)
    one, found = result
    return await respond.page(
        visit,
        "topic.html",
        found,
        title=one.title,
        description=one.description,
        feed=Link(one.title, listing.address(visit, f"/topics/{slug}")),
    )


def _offence(conn: sqlite3.Connection, visit: Visit) -> offences.Offence:
    found = offences.one(conn, visit.var("slug"), visit.now)
    if found is None:
        raise GoneError("there is no such topic", subject=visit.var("slug"))
    return found


async def offence(visit: Visit, one: offences.Offence) -> Response:
    """`/topics/OFFENCE`: the updates that name an offence."""
    page = await visit.read(lambda conn: offences.page(conn, one, before=visit.number("before"), limit=PAGE_SIZE))
    return await respond.page(
        visit,
        "offence.html",
        {"offence": one, "page": page},
        title=one.title,
        description=f"What the police and those who watch them have published that names this offence: {one.title.lower()}.",
        feed=Link(one.title, f"/topics/{one.slug}"),
    )


def not_drawn_above(
    found: tuple[figures.Drawn, ...], line: timeline.Timeline, drawing: axis.Axis | None
) -> tuple[figures.Drawn, ...]:
    """Without the series that the time axis shows already: each is on the page once."""
    if line.figure is None or drawing is None or not drawing.segments:
        return found
    return tuple(d for d in found if d.path != line.figure.path)


@view
async def topic_feed(visit: Visit) -> Response:
    """`/topics/SLUG.atom` and `.feed.json`, of an offence too."""
    slug = visit.var("slug")

    def read(conn: sqlite3.Connection) -> tuple[taxonomy.Topic | None, offences.Offence | None, Page]:
        found = taxonomy.topic(conn, slug, visit.now)
        named = None if found else _offence(conn, visit)
        page = offences.page(conn, named, before=visit.number("before"), limit=FEED_SIZE) if named else Page(())
        return found, named, page

    found, named, page = await visit.read(read)
    if named:
        entries = tuple(feeds.entry(visit, item) for item in page.items)
        title = f"{TITLE}: {named.title}"
        return await feeds.answer(
            visit, title=title, path=f"/topics/{slug}", entries=entries, stamp=visit.now, before=page.before
        )
    query = asked(visit, replace(Query(), only=Filters(topic=(slug,))))
    title = f"{TITLE}: {found.title if found else slug}"
    return await feeds.of_query(visit, query, title=title, path=f"/topics/{slug}")


@view
async def places(visit: Visit) -> Response:
    """`/places`: the 32 boroughs and the City."""
    found = await visit.read(lambda conn: taxonomy.places(conn, visit.now))
    text = "Policing by borough: what has been published about each part of London."
    return await respond.page(visit, "places.html", {"places": found}, title="Places", description=text)


@view
async def place(visit: Visit) -> Response:
    """`/places/SLUG`: a borough's updates by kind, its figures, what its wards ask for, its meetings to come."""
    slug = visit.var("slug")
    query = asked(visit, replace(Query(), only=Filters(place=(slug,))))

    def read(conn: sqlite3.Connection) -> tuple[taxonomy.Place, dict[str, object]]:
        found = taxonomy.place(conn, slug)
        if found is None:
            raise GoneError("there is no such place", subject=slug)
        return found, {
            "place": found,
            "list": listing.read(conn, visit, query, evidence_for=(slug,)),
            "meetings": calendar.meetings_in(conn, slug, visit.now, limit=5),
            "priorities": taxonomy.priorities(conn, slug),
            "figures": statistics.of_place(conn, slug),
            "drawn": figures.of_place(conn, slug),
        }

    one, found = await visit.read(read)
    text = f"News, policy and meetings of the police about {one.name}."
    feed = Link(one.name, listing.address(visit, f"/places/{slug}"))
    return await respond.page(visit, "place.html", found, title=one.name, description=text, feed=feed)


@view
async def place_feed(visit: Visit) -> Response:
    """`/places/SLUG.atom` and `.feed.json`."""
    slug = visit.var("slug")
    found = await visit.read(lambda conn: taxonomy.place(conn, slug))
    if found is None:
        raise GoneError("there is no such place", subject=slug)
    query = asked(visit, replace(Query(), only=Filters(place=(slug,))))
    return await feeds.of_query(visit, query, title=f"{TITLE}: {found.name}", path=f"/places/{slug}")
