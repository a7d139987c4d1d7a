"""RSS, Atom and JSON Feed, each in the dialect of its publisher, and the pages that their items link to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from html import escape
from typing import Final

from aggregator.demo import when
from aggregator.demo.replies import RSS, XML, Reply, Routes, always, as_json, page, paragraph, slug, text
from aggregator.demo.shapes import Content, Item, Notice

MET: Final = "/rss/current_news/66871"
BBC: Final = "/news/england/london/rss.xml"
STANDARD: Final = "/news/london/rss"
GUARDIAN: Final = "/uk/metropolitan-police/rss"
LIBRARY: Final = "/feed/"
BULLETIN: Final = "/neighbourhood-bulletin/rss.xml"
MONITOR: Final = "/monitor/feed.json"
MODGOV: Final = "/about-us/londonassembly/meetings/mgRss.aspx"
CITY_HALL: Final = {
    "mayor_press": ("/rss-feeds/80610", "Mayor's press releases", "/media-centre/mayors-press-releases"),
    "assembly_press": ("/rss-feeds/80611", "Assembly press releases", "/media-centre/assembly-press-releases"),
    "consultations": ("/rss-feeds/80614", "Consultations", "/get-involved/consultations"),
    "mayoral_decisions": ("/rss-feeds/80606", "Mayoral decisions", "/decisions"),
}
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_DC: Final = 'xmlns:dc="http://purl.org/dc/elements/1.1/"'
_CONTENT: Final = 'xmlns:content="http://purl.org/rss/1.0/modules/content/"'
_MEDIA: Final = 'xmlns:media="http://search.yahoo.com/mrss/"'
_Path = Callable[[Item], str]


def routes(content: Content, base: str, now: datetime) -> Routes:
    """Every feed that is not GOV.UK's or legislation's. ``base`` is the origin's address without a slash at the end."""
    return {
        MET: always(text(XML, _met(content.met_news, base))),
        BBC: always(text("text/xml; charset=utf-8", _bbc(content.bbc, base, now))),
        STANDARD: always(text(RSS, _plain("Evening paper: London", content.standard, base, _standard_path))),
        GUARDIAN: always(text("text/xml; charset=utf-8", _guardian(content.guardian, base, now))),
        LIBRARY: always(text(RSS, _library(content.library, base, now))),
        MONITOR: always(_json_feed(content.monitor, base)),
        MODGOV: always(text("text/xml; charset=utf-8", _modgov(content.modgov, base))),
        BULLETIN: always(
            text(RSS, _plain("Neighbourhood bulletin", content.bulletin, base, _under("/neighbourhood-bulletin")))
        ),
        **{
            path: always(text(RSS, _plain(title, getattr(content, name), base, _under(folder))))
            for name, (path, title, folder) in CITY_HALL.items()
        },
        **_pages(content),
    }


def _pages(content: Content) -> Routes:
    places: list[tuple[Sequence[Item], _Path]] = [
        (content.met_news, _met_path),
        (content.bbc, _bbc_path),
        (content.standard, _standard_path),
        (content.guardian, _guardian_path),
        (content.library, _library_path),
        (content.monitor, _under("/monitor")),
        (content.bulletin, _under("/neighbourhood-bulletin")),
        *((getattr(content, name), _under(folder)) for name, (_, _, folder) in CITY_HALL.items()),
    ]
    return {path(item): always(_item_page(item)) for items, path in places for item in items}


def _item_page(item: Item) -> Reply:
    summary = item.summary if item.summary.startswith("<") else paragraph(item.summary)
    return page(
        item.title, f'<time datetime="{when.offset(item.when)}">{when.rfc822(item.when)}</time>\n{summary}\n{item.body}'
    )


# --- addresses --------------------------------------------------------------------------------------------------
def _met_path(item: Item) -> str:
    return f"/news/{slug(item.first_title or item.title)}-{item.id}"


def _bbc_path(item: Item) -> str:
    return f"/news/articles/{item.id}"


def _standard_path(item: Item) -> str:
    return f"/news/london/{slug(item.title)[:60].strip('-')}-{item.id}.html"


def _guardian_path(item: Item) -> str:
    return f"/uk-news/{item.when:%Y/%b/%d}/{item.id}".lower()


def _library_path(item: Item) -> str:
    return f"/research-briefings/{item.id}/"


def _under(folder: str) -> _Path:
    return lambda item: f"{folder}/{item.id}"


def _newest_first(items: Sequence[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.when, reverse=True)


def _channel(about: str, rows: str, namespaces: str = "") -> str:
    """A whole RSS 2.0 document."""
    return f'{_HEAD}<rss version="2.0" {namespaces}>\n<channel>\n{about}\n{rows}</channel>\n</rss>\n'


# --- dialects ---------------------------------------------------------------------------------------------------
def _met(items: Sequence[Item], base: str) -> str:
    """Mynewsdesk: no guid, local offsets, four tracking parameters in every link, the newsroom as the author."""
    tracking = "utm_campaign=current_news&amp;utm_content=news&amp;utm_medium=rss&amp;utm_source=rss"
    rows = "".join(
        f"  <item>\n    <title>{escape(i.title)}</title>\n    <pubDate>{when.rfc822(i.when)}</pubDate>\n"
        f"    <description>{escape(i.summary)}</description>\n    <link>{base}{_met_path(i)}?{tracking}</link>\n"
        "    <dc:creator>Newsroom (invented)</dc:creator>\n  </item>\n"
        for i in _newest_first(items)
    )
    return _channel("<title>Newsroom (invented) - Current news</title>", rows, _DC)


def _bbc(items: Sequence[Item], base: str, now: datetime) -> str:
    """CDATA padded with blanks, and guids that end in ``#0``."""
    rows = "".join(
        f"<item>\n<title>\n<![CDATA[ {i.title} ]]>\n</title>\n"
        f"<description>\n<![CDATA[ {i.summary} ]]>\n</description>\n"
        f"<link>{base}{_bbc_path(i)}</link>\n"
        f'<guid isPermaLink="false">{base}{_bbc_path(i)}#0</guid>\n<pubDate>{when.gmt(i.when)}</pubDate>\n</item>\n'
        for i in _newest_first(items)
    )
    about = (
        f"<title>\n<![CDATA[ London (invented) ]]>\n</title>\n<link>{base}/news</link>\n"
        f"<lastBuildDate>{when.gmt(now)}</lastBuildDate>\n"
        f'<atom:link href="{base}{BBC}" rel="self" type="application/rss+xml"/>\n<ttl>15</ttl>'
    )
    return _channel(about, rows, f'{_DC} {_CONTENT} xmlns:atom="http://www.w3.org/2005/Atom" {_MEDIA}')


def _guardian(items: Sequence[Item], base: str, now: datetime) -> str:
    """Escaped HTML that ends in "Continue reading...", and categories whose domain is the tag's address."""
    rows = "".join(
        f"    <item>\n      <title>{escape(i.title)}</title>\n      <link>{base}{_guardian_path(i)}</link>\n"
        "      <description>"
        + escape(f'{i.summary} <a href="{base}{_guardian_path(i)}">Continue reading...</a>', quote=False)
        + "</description>\n"
        + "".join(f'      <category domain="{base}/uk/{slug(c)}">{escape(c)}</category>\n' for c in i.categories)
        + f"      <pubDate>{when.gmt(i.when)}</pubDate>\n      <guid>{base}{_guardian_path(i)}</guid>\n"
        f"      <dc:creator>A. Correspondent</dc:creator>\n      <dc:date>{when.utc(i.when)}</dc:date>\n    </item>\n"
        for i in _newest_first(items)
    )
    about = (
        f"<title>Police (invented)</title>\n<link>{base}/uk/metropolitan-police</link>\n"
        f"<pubDate>{when.gmt(now)}</pubDate>"
    )
    return _channel(about, rows, f"{_MEDIA} {_DC}")


def _library(items: Sequence[Item], base: str, now: datetime) -> str:
    """WordPress: the whole text in content:encoded, a guid that is not the address."""
    rows = "".join(
        f"<item>\n<title>{escape(i.title)}</title>\n<link>{base}{_library_path(i)}</link>\n<pubDate>{when.rfc822(i.when)}</pubDate>\n"
        + "".join(f"<category><![CDATA[{c}]]></category>\n" for c in i.categories)
        + f'<guid isPermaLink="false">{base}/?post_type=briefing&#038;p={sum(i.id.encode())}</guid>\n'
        f"<description><![CDATA[<p>{i.summary}</p>]]></description>\n<content:encoded><![CDATA[{i.body}]]></content:encoded>\n</item>\n"
        for i in _newest_first(items)
    )
    about = f"<title>Library (invented)</title>\n<link>{base}</link>\n<lastBuildDate>{when.rfc822(now)}</lastBuildDate>"
    return _channel(about, rows, f"{_CONTENT} {_DC}")


def _plain(title: str, items: Sequence[Item], base: str, path: _Path) -> str:
    """RSS 2.0 without anything of its own."""
    rows = "".join(
        f"<item><title>{escape(i.title)}</title><link>{base}{path(i)}</link><description>{escape(i.summary)}</description>"
        f"<pubDate>{when.rfc822(i.when)}</pubDate><guid>{base}{path(i)}</guid></item>\n"
        for i in _newest_first(items)
    )
    return _channel(f"<title>{escape(title)} (invented)</title>\n<link>{base}</link>", rows)


def _modgov(items: Sequence[Notice], base: str) -> str:
    """ModernGov: what happened, the day with its ordinal and the committee, all in the title."""
    rows = "".join(
        f"<item><title>{escape(_modgov_title(i))}</title><link>{base}/about-us/londonassembly/meetings/"
        f"ieListDocuments.aspx?CId=240&amp;MId={i.id}</link>"
        f"<description>{escape(_modgov_title(i))}</description><pubDate>{when.gmt(i.when)}</pubDate></item>\n"
        for i in sorted(items, key=lambda i: i.when, reverse=True)
    )
    return _channel(f"<title>What's new (invented)</title>\n<link>{base}</link>", rows)


def _modgov_title(notice: Notice) -> str:
    at = notice.meeting
    clock = f"{at.hour % 12 or 12}.{at:%M} {'am' if at.hour < 12 else 'pm'}"
    if notice.event == "Meeting held":
        return f"Meeting held: {at:%A} {at.day} {at:%B %Y} {clock}, {notice.committee}"
    return (
        f"{notice.event}: Meeting of {at:%A}, {at.day}{_ordinal(at.day)} {at:%B}, {at.year} {clock}, {notice.committee}"
    )


def _ordinal(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _json_feed(items: Sequence[Item], base: str) -> Reply:
    """JSON Feed 1.1."""
    return as_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Police monitor (invented)",
            "home_page_url": f"{base}/monitor",
            "feed_url": f"{base}{MONITOR}",
            "items": [
                {
                    "id": f"{base}/monitor/{i.id}",
                    "url": f"{base}/monitor/{i.id}",
                    "title": i.title,
                    "summary": i.summary,
                    "content_html": i.body,
                    "date_published": when.offset(i.when),
                }
                for i in _newest_first(items)
            ],
        }
    )
