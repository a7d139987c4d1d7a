"""The golden payloads of the kinds that read feeds (see ``tests/golden_support.py``); content invented, shapes real."""

from __future__ import annotations

from tests.sources.examples import Example

_FINDER = "https://www.gov.uk/search/policy-papers-and-consultations.atom?organisations%5B%5D=home-office"
_LAW = "https://www.legislation.gov.uk"

EXAMPLES: tuple[Example, ...] = (
    Example("feed", "met_newsroom.xml", "https://news.met.police.uk/rss/current_news/66871", "met-news"),
    Example("feed", "gla_decisions.xml", "https://www.london.gov.uk/rss-feeds/80606", "gla-mayoral-dec"),
    Example("feed", "govuk_finder.xml", _FINDER, "govuk-policy-atom"),
    Example(
        "feed",
        "govuk_organisation.xml",
        "https://www.gov.uk/government/organisations/home-office.atom",
        "govuk-org-atom",
    ),
    Example("feed", "govuk_ended.xml", "https://www.gov.uk/search/an-invented-finder.atom", "govuk-policy-atom"),
    Example("feed", "bbc.xml", "https://feeds.bbci.co.uk/news/england/london/rss.xml", "bbc-london"),
    Example("feed", "guardian.xml", "https://www.theguardian.com/uk/metropolitan-police/rss", "guardian-met"),
    Example("feed", "wordpress.xml", "https://commonslibrary.parliament.uk/feed/", "commons-library"),
    Example("feed", "rss091.xml", "http://watch.example/rss.xml"),
    Example("feed", "rdf10.xml", "https://council.example/news.rdf"),
    Example("feed", "atom_content.xml", "https://judgments.example/atom.xml"),
    Example("feed", "jsonfeed.json", "https://watch.example/feed.json"),
    Example(
        "modgov-feed",
        "whats_new.xml",
        "https://www.london.gov.uk/about-us/londonassembly/meetings/mgRss.aspx",
        "la-modgov-rss",
    ),
    Example("legislation", "items.xml", f"{_LAW}/uksi/2026/data.feed?title=police", options=(("follow", 1),)),
    Example("legislation", "effects.xml", f"{_LAW}/changes/affected/ukpga/1996/data.feed"),
    Example("legislation", "log.xml", f"{_LAW}/update/2026-10-06/data.feed"),
)
