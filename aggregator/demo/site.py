"""Everything that the origin serves in one round, by path; and the addresses that fail, each in its own way."""

from __future__ import annotations

from html import escape
from typing import Final

from aggregator.demo import (
    city_hall_routes,
    feed_routes,
    govuk_routes,
    items,
    local_routes,
    national_routes,
    statistics_routes,
    when,
)
from aggregator.demo.replies import HTML, Routes, always, page, text
from aggregator.models import Utc

BROKEN: Final = "/broken/rss.xml"
CHALLENGE: Final = "/challenged/rss.xml"
MISSING: Final = "/missing/rss.xml"
_ROBOTS: Final = "User-agent: *\nDisallow: /private/\n"
_CHALLENGE_PAGE: Final = (
    '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>'
    "<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>"
)


def routes(number: items.Round, base: str, now: Utc) -> Routes:
    """What each path answers in round ``number``. ``base`` is the origin's own address, as items link to it."""
    content, moment = items.load(number, now), when.local(now)
    found: Routes = {
        **feed_routes.routes(content, base, moment),
        **govuk_routes.routes(content, base, moment),
        **city_hall_routes.routes(content, base),
        **national_routes.routes(content, base),
        **local_routes.routes(content),
        **statistics_routes.routes(moment, number, base),
        "/robots.txt": always(text("text/plain; charset=utf-8", _ROBOTS)),
        BROKEN: always(page("Internal server error", "", 500)),
        CHALLENGE: always(text(HTML, _CHALLENGE_PAGE, 403, (("cf-mitigated", "challenge"), ("Server", "cloudflare")))),
    }
    if number == 1:
        found[feed_routes.BULLETIN] = always(page("Service unavailable", "<p>Down for maintenance.</p>", 503))
    found["/"] = always(page("Invented sources", _index(found)))
    return found


def _index(found: Routes) -> str:
    links = "\n".join(f'<li><a href="{escape(path)}">{escape(path)}</a></li>' for path in sorted(found))
    return f"<p>What this server can be asked for:</p>\n<ul>\n{links}\n</ul>"
