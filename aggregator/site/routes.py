"""The addresses of the site. What is not here is Datasette's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aggregator.site import (
    jinja,
    pages_about,
    pages_calendar,
    pages_home,
    pages_machine,
    pages_memento,
    pages_search,
    pages_sitemap,
    pages_sources,
    pages_statistics,
    pages_topics,
    pages_updates,
)

SLUG = r"(?P<slug>[a-z0-9-]+)"
FEED = r"\.(?:atom|feed\.json)"
ID = r"(?P<id>[0-9]+)"

ROUTES: tuple[tuple[str, Callable[..., Any]], ...] = (
    (r"/", pages_home.front),
    (r"/updates", pages_home.updates),
    (rf"/(?:updates|index){FEED}", pages_home.updates_feed),
    (r"/topics", pages_topics.topics),
    (rf"/topics/{SLUG}", pages_topics.topic),
    (rf"/topics/{SLUG}{FEED}", pages_topics.topic_feed),
    (r"/places", pages_topics.places),
    (rf"/places/{SLUG}", pages_topics.place),
    (rf"/places/{SLUG}{FEED}", pages_topics.place_feed),
    (rf"/updates/{ID}", pages_updates.update),
    (rf"/updates/{ID}/versions/(?P<n>[0-9]+)", pages_updates.version),
    (rf"/updates/{ID}/diff/(?P<a>[0-9]+)\.\.(?P<b>[0-9]+)", pages_updates.difference),
    (r"/policies", pages_updates.policies),
    (rf"/policies{FEED}", pages_updates.policies_feed),
    (r"/statistics", pages_statistics.datasets),
    (r"/statistics/(?P<dataset>[A-Za-z0-9_-]+)", pages_statistics.dataset),
    (r"/statistics/(?P<dataset>[A-Za-z0-9_-]+)/cite\.(?P<ext>txt|bib|csl\.json|ris)", pages_statistics.citation),
    (r"/search", pages_search.search),
    (rf"/search{FEED}", pages_search.search_feed),
    (r"/sources", pages_sources.sources),
    (rf"/sources{FEED}", pages_sources.sources_feed),
    (r"/calendar", pages_calendar.calendar),
    (r"/calendar\.ics", pages_calendar.calendar_ics),
    (r"/about", pages_about.about),
    (r"/about/tagging", pages_about.tagging),
    (r"/openapi\.json", pages_machine.openapi_json),
    (r"/-/health", pages_machine.health),
    (r"/-/metrics", pages_machine.metrics),
    (r"/sitemap\.xml", pages_sitemap.sitemap),
    (r"/sitemap-(?P<part>pages|[0-9]{4}-[0-9]{2})\.xml", pages_sitemap.part),
    (r"/robots\.txt", pages_machine.robots),
    (r"/-/static-plugins/met-aggregator/(?P<name>[a-z0-9.-]+)", jinja.static_file),
    *pages_memento.ROUTES,
)


def table() -> list[tuple[str, Callable[..., Any]]]:
    """The routes as Datasette wants them: anchored patterns, tried before its own."""
    return [(rf"^{pattern}$", handler) for pattern, handler in ROUTES]
