"""The peer of ``bench.collect``: what one would write in an afternoon with feedparser and sqlite-utils.

No conditional requests, limits, tags, versions or robots: only fetch, parse, store, make searchable.
"""

from __future__ import annotations

import sys

import feedparser
import httpx
import sqlite_utils


def main(db_path: str, urls: list[str]) -> None:
    """Collects the feeds into one table with full-text search."""
    items = sqlite_utils.Database(db_path).table("items")
    for url in urls:
        feed = feedparser.parse(httpx.get(url).content)
        items.insert_all(
            (
                {"id": e.get("id") or e.get("link"), "feed": url, "title": e.get("title"), "summary": e.get("summary"),
                 "url": e.get("link"), "published": e.get("published")}
                for e in feed.entries
            ),
            pk="id",
            replace=True,
        )  # fmt: skip
    items.enable_fts(["title", "summary"], tokenize="porter", replace=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
