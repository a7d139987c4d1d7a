"""About: how the record is made, how to cite it, how to use its data; and how well the tags are measured to be."""

from __future__ import annotations

import re
import sqlite3

from datasette import Response

from aggregator.site import canned, quality, respond
from aggregator.site.context import Visit
from aggregator.site.jinja import web
from aggregator.site.queries import about as queries
from aggregator.site.view import view
from aggregator.text.words import KIND_OF_ONE

MAIL = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[^\s@<>\"']+")


@view
async def about(visit: Visit) -> Response:
    """`/about`"""

    def read(conn: sqlite3.Connection) -> dict[str, object]:
        return {"counts": queries.counts(conn), "licences": queries.licences(conn), "dataset": queries.dataset(conn)}

    contact = visit.setting("contact")
    context = {
        **await visit.read(read),
        "base": visit.absolute("/").rstrip("/"),
        "queries": canned.NAMES,
        "contact": contact,
        "contact_link": f"mailto:{contact}" if MAIL.fullmatch(contact) else web(contact),
    }
    text = "How the record is made, what it can and cannot say, how to cite it and how to use its data."
    return await respond.page(visit, "about.html", context, title="About this record", description=text)


@view
async def tagging(visit: Visit) -> Response:
    """`/about/tagging`: how tags are given, which model gave those shown, and how it was measured."""

    def read(conn: sqlite3.Connection) -> dict[str, object]:
        return {
            "models": queries.models(conn),
            "origins": queries.origins(conn),
            "measured": queries.measured(conn),
            "names": queries.names(conn),
        }

    text = "Every tag shows the words that gave it. How that works, and how well."
    return await respond.page(
        visit,
        "tagging.html",
        {**await visit.read(read), "quality": quality.load(), "kinds": KIND_OF_ONE},
        title="How updates are tagged",
        description=text,
    )
