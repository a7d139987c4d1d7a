"""The calendar of meetings and statistics releases, as a page and as iCalendar."""

from __future__ import annotations

from datasette import Response

from aggregator.limits import CALENDAR_EVENTS
from aggregator.site import archive, ics, respond
from aggregator.site.context import Visit
from aggregator.site.queries.calendar import Event, coming
from aggregator.site.view import view
from aggregator.site.views import Link
from aggregator.text.times import long_day
from aggregator.text.words import RELEASE_STATES

DAYS_BACK = 60
"""A subscribed calendar keeps what has just passed."""


@view
async def calendar(visit: Visit) -> Response:
    """`/calendar`: from today on, by day."""
    events = await visit.read(lambda conn: coming(conn, visit.now, limit=CALENDAR_EVENTS, undated=True))
    days: dict[str, list[object]] = {}
    for event in events:
        days.setdefault(_heading(event), []).append(event)
    context = {"days": list(days.items()), "states": RELEASE_STATES, "subscribe": Link("Calendar", "/calendar.ics")}
    text = "Meetings held in public and statistics to be published."
    return await respond.page(visit, "calendar.html", context, title="Calendar", description=text)


def _heading(event: Event) -> str:
    """The day an event is shown under, or the month where no day is known; "" without a date."""
    if event.starts is None:
        return ""
    return event.starts.text if event.by_month else long_day(event.starts.utc)


@view
async def calendar_ics(visit: Visit) -> Response:
    """`/calendar.ics`: the same, and the last 60 days, to subscribe to."""
    events = await visit.read(lambda conn: coming(conn, visit.now, limit=CALENDAR_EVENTS, days_back=DAYS_BACK))
    invented = await archive.is_demo(visit.datasette)
    body = ics.calendar(
        events, now=visit.now, site=visit.setting("public_url"), links=visit.absolute, invented=invented
    )
    return respond.document(visit, body, "text/calendar; charset=utf-8")
