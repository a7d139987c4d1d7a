"""The sitemap (sitemaps.org): one file while there are few updates, else an index with a file for each month."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from xml.etree import ElementTree as ET

from datasette import Response

from aggregator.limits import SITEMAP_FILE_ADDRESSES, SITEMAP_UPDATES
from aggregator.models import Utc
from aggregator.site import respond
from aggregator.site.archive import GoneError
from aggregator.site.context import Visit
from aggregator.site.jinja import NAV
from aggregator.site.queries import machine
from aggregator.site.view import view
from aggregator.text.query import HIGHEST_ID
from aggregator.text.times import first_id

NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"
Address = tuple[str, str]
"""A path and when it last changed, "" where that is not known."""


@view
async def sitemap(visit: Visit) -> Response:
    """`/sitemap.xml`: all pages, or the index of the other files."""

    def read(conn: sqlite3.Connection) -> tuple[list[str], list[Address]]:
        months = machine.months(conn, SITEMAP_UPDATES)
        updates = [] if months else machine.updates(conn, 0, HIGHEST_ID, SITEMAP_UPDATES)
        return months, [*_fixed(), *machine.pages(conn), *updates]

    months, found = await visit.read(read)
    if months:
        files = [(f"/sitemap-{name}.xml", "") for name in ("pages", *months)]
        return _answer(visit, "sitemapindex", "sitemap", files)
    return _answer(visit, "urlset", "url", found)


@view
async def part(visit: Visit) -> Response:
    """`/sitemap-pages.xml`: what is no update; `/sitemap-2026-11.xml`: the updates of a month."""
    name = visit.var("part")
    if name == "pages":
        return _answer(visit, "urlset", "url", [*_fixed(), *await visit.read(machine.pages)])
    year, month = int(name[:4]), int(name[5:])
    if not (1970 <= year <= 2200 and 1 <= month <= 12):
        raise GoneError("there is no such month", subject=name)
    after = f"{year + month // 12:04}-{month % 12 + 1:02}"
    ends = [first_id(Utc(f"{m}-01T00:00:00Z")) for m in (name, after)]
    found = await visit.read(lambda conn: machine.updates(conn, ends[0], ends[1], SITEMAP_FILE_ADDRESSES))
    return _answer(visit, "urlset", "url", found)


def _fixed() -> list[Address]:
    return [*((path, "") for path, _ in NAV), ("/updates", ""), ("/about/tagging", "")]


def _answer(visit: Visit, kind: str, element: str, addresses: Sequence[Address]) -> Response:
    root = ET.Element(kind, {"xmlns": NAMESPACE})
    for path, changed in addresses:
        node = ET.SubElement(root, element)
        ET.SubElement(node, "loc").text = visit.absolute(path)
        if changed:
            ET.SubElement(node, "lastmod").text = changed
    body = '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode")
    return respond.document(visit, body.encode(), "application/xml; charset=utf-8", cache_s=3600)
