"""One small test for each way in which feeds have been seen to go wrong, or to be turned against their readers."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from aggregator.errors import ParseError
from aggregator.limits import MAX_ENTRIES_PER_PAGE, MAX_KEY_CHARS, MAX_SUMMARY_CHARS, MAX_TITLE_CHARS
from aggregator.models import DateQuality, Entry, Outcome, Parsed
from aggregator.sources import feed, legislation, modgov_feed
from tests.sources.examples import NOW, page, source

URL = "https://source.example/feeds/rss"


def parse(body: bytes | str, **options: Any) -> Parsed:
    charset = options.pop("charset", "")
    return feed.parse(source("feed", URL, **options), page(body, URL, charset=charset))


def rss(items: str, head: str = "") -> str:
    return f'<?xml version="1.0" encoding="utf-8"?>{head}<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'


def one(item: str, **options: Any) -> Entry:
    parsed = parse(rss(f"<item>{item}</item>"), **options)
    (entry,) = parsed.entries
    return entry


def atom(entry: str) -> Entry:
    text = f'<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title><entry>{entry}</entry></feed>'
    (found,) = parse(text).entries
    return found


# --- what is asked ----------------------------------------------------------------------------------------------
def test_a_round_is_one_request_with_its_date_window_filled_in() -> None:
    (request,) = feed.plan(source("feed", "https://source.example/rss?from={today-30d:%Y-%m-%d}"), NOW)
    assert request.url == "https://source.example/rss?from=2026-10-23"
    assert "application/atom+xml" in request.accept


# --- identity ---------------------------------------------------------------------------------------------------
def test_campaign_words_are_no_part_of_identity() -> None:
    assert (
        one("<title>a</title><link>https://a.example/x?utm_source=rss&amp;id=1</link>").key
        == "https://a.example/x?id=1"
    )


def test_a_new_headline_keeps_the_trailing_number() -> None:
    first = one("<link>https://news.met.police.uk/news/old-headline-512753</link>", identity="trailing-number")
    later = one("<link>https://news.met.police.uk/news/new-headline-512753</link>", identity="trailing-number")
    assert first.key == later.key == "news-512753"
    assert first.url != later.url


def test_a_guid_that_turns_up_later_does_not_change_identity() -> None:
    link = "<link>https://news.met.police.uk/news/x-1</link>"
    with_guid = one(f"{link}<guid isPermaLink='false'>abc</guid>", identity="trailing-number")
    assert one(link, identity="trailing-number").key == with_guid.key


def test_bbc_guids_count_edits_after_a_hash() -> None:
    item = "<link>https://www.bbc.com/news/articles/c1o</link><guid isPermaLink='false'>https://www.bbc.com/news/articles/c1o#{}</guid>"
    assert one(item.format(0)).key == one(item.format(1)).key
    assert one(item.format(0), identity="guid").key == one(item.format(1), identity="guid").key


def test_govuk_organisation_feeds_give_a_document_a_new_id_at_each_update() -> None:
    entry = "<link href='https://www.gov.uk/guidance/x'/><id>https://www.gov.uk/guidance/x#{}</id><title>x</title>"
    text = '<feed xmlns="http://www.w3.org/2005/Atom"><entry>{}</entry></feed>'
    keys = {
        parse(text.format(entry.format(day)), identity="govuk-path").entries[0].key
        for day in ("2026-01-01", "2026-02-02")
    }
    assert keys == {"/guidance/x"}


def test_a_guid_is_used_where_the_source_says_so() -> None:
    assert (
        one("<link>https://a.example/x</link><guid isPermaLink='false'>node 7</guid>", identity="guid").key == "node 7"
    )


def test_a_permalink_guid_stands_in_for_a_missing_link() -> None:
    assert one("<title>a</title><guid>https://a.example/x</guid>").url == "https://a.example/x"


def test_an_item_with_neither_link_nor_guid_is_known_by_its_text() -> None:
    entry = one("<title>Only a title</title>")
    assert entry.key.startswith("sha256:")
    assert entry.url is None
    assert entry.key == one("<title>Only a title</title>").key != one("<title>Another</title>").key


def test_identities_have_a_bounded_length() -> None:
    guid = "x" * (MAX_KEY_CHARS + 100)
    assert len(one(f"<title>a</title><guid isPermaLink='false'>{guid}</guid>", identity="guid").key) <= MAX_KEY_CHARS


def test_of_two_items_with_one_identity_the_first_is_taken_and_the_other_reported() -> None:
    item = "<item><title>{}</title><link>https://a.example/x</link></item>"
    parsed = parse(rss(item.format("First") + item.format("Second")))
    assert [entry.title for entry in parsed.entries] == ["First"]
    assert "item 2 ('Second'): the same identity" in parsed.problems[0]


# --- dates ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("written", "at", "quality"),
    [
        ("Wed, 30 Sep 2026 08:00:00 BST", "2026-09-30T07:00:00Z", DateQuality.EXACT),  # feedparser: 08:00 UTC
        ("Mon, 30 Sep 2026 08:00:00 GMT", "2026-09-30T08:00:00Z", DateQuality.EXACT),  # it was a Wednesday
        ("01/11/2026 10:00", "2026-11-01T10:00:00Z", DateQuality.LOCAL),  # feedparser: nothing; others: 11 January
        ("last Tuesday", None, DateQuality.BAD),
        ("Wed, 30 Sep 2126 08:00:00 GMT", None, DateQuality.BAD),
        ("Thu, 01 Jan 1970 00:00:00 GMT", None, DateQuality.BAD),
    ],
)
def test_dates_are_read_our_way(written: str, at: str | None, quality: DateQuality) -> None:
    entry = one(f"<title>a</title><link>/1</link><pubDate>{written}</pubDate>")
    assert (entry.published_at, entry.date_quality, entry.published_raw) == (at, quality, written)


def test_an_item_without_a_date_is_kept() -> None:
    entry = one("<title>a</title><link>/1</link>")
    assert (entry.published_at, entry.date_quality) == (None, DateQuality.NONE)


def test_an_unreadable_date_is_reported() -> None:
    parsed = parse(rss("<item><title>a</title><link>/1</link><pubDate>soon</pubDate></item>"))
    assert parsed.problems == ("item 1 ('a'): its date 'soon' is unreadable or impossible",)


def test_rss_dc_dates_are_dates_of_publication_and_atom_updates_are_changes() -> None:
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>T</title></channel>'
        "<item><title>a</title><link>https://a.example/1</link><dc:date>2026-07-01</dc:date></item></rdf:RDF>"
    )
    (entry,) = parse(rdf).entries
    assert (entry.published_at, entry.modified_at) == ("2026-07-01T00:00:00Z", None)
    entry = atom("<id>x</id><published>2026-07-01T00:00:00Z</published><updated>2026-07-02T00:00:00Z</updated>")
    assert (entry.published_at, entry.modified_at) == ("2026-07-01T00:00:00Z", "2026-07-02T00:00:00Z")
    entry = atom("<id>x</id><updated>2026-07-02T00:00:00Z</updated>")
    assert (entry.published_at, entry.modified_at) == ("2026-07-02T00:00:00Z", "2026-07-02T00:00:00Z")


# --- links ------------------------------------------------------------------------------------------------------
def test_relative_links_start_from_the_feed() -> None:
    assert one("<title>a</title><link>../news/1</link>").url == "https://source.example/news/1"


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "java&amp;#10;script:alert(1)", "data:text/html,x", "https://met.police.uk@evil.example/"],
)
def test_a_hostile_link_is_dropped_and_the_item_kept(link: str) -> None:
    parsed = parse(rss(f"<item><title>a</title><link>{link}</link></item>"))
    assert parsed.entries[0].url is None
    assert "no web address" in parsed.problems[0]


def test_a_hostile_first_link_gives_way_to_a_good_one() -> None:
    entry = atom(
        "<id>x</id><link href='javascript:x'/><link rel='alternate' type='text/html' href='https://a.example/1'/>"
    )
    assert entry.url == "https://a.example/1"


# --- text -------------------------------------------------------------------------------------------------------
def test_blanks_in_cdata_are_trimmed() -> None:
    entry = one(
        "<title>\n<![CDATA[ Two  arrested ]]>\n</title><description>\n<![CDATA[ In  London. ]]>\n</description>"
    )
    assert (entry.title, entry.summary) == ("Two arrested", "In London.")


def test_markup_in_titles_and_summaries_becomes_text() -> None:
    entry = one(
        "<title>&lt;b&gt;Met&lt;/b&gt; &amp;amp; City</title>"
        "<description>&lt;p&gt;One&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;&lt;p&gt;Two&lt;/p&gt;</description>"
    )
    assert (entry.title, entry.summary) == ("Met & City", "One\n\nTwo")


def test_atom_titles_of_type_text_are_taken_at_their_word_unless_there_are_tags_in_them() -> None:
    assert atom("<id>x</id><title type='text'>3 &lt; 4 &amp;amp; co</title>").title == "3 < 4 &amp; co"
    assert atom("<id>x</id><title type='text'>Use of &lt;b&gt;force&lt;/b&gt;</title>").title == "Use of force"


def test_hostile_names_and_categories_are_text_like_any_other() -> None:
    entry = one(
        "<title>&lt;img src=x onerror=alert(1)&gt;Hello&lt;/img&gt;\u202e\u200b</title><author>&lt;script&gt;</author>"
        "<category>&lt;svg onload=alert(1)&gt;Crime</category><category> Crime </category><category/>"
    )
    assert entry.title == "Hello"
    assert entry.categories == ("Crime",)


def test_people_are_not_kept() -> None:
    assert "Inventor" not in repr(one("<title>a</title><author>a@b.example (A. Inventor)</author>"))


def test_a_missing_title_is_made_of_the_first_words() -> None:
    parsed = parse(
        rss("<item><link>/1</link><description>Officers were called. " + "word " * 90 + "</description></item>")
    )
    assert parsed.entries[0].title.startswith("Officers were called. word")
    assert len(parsed.entries[0].title) <= 100
    assert "no title" in parsed.problems[0]
    assert one("<link>/1</link>").title == "https://source.example/1"


def test_long_texts_are_cut() -> None:
    entry = one(f"<title>{'t ' * 900}</title><link>/1</link><description>{'d ' * 9000}</description>")
    assert len(entry.title) <= MAX_TITLE_CHARS
    assert len(entry.summary) <= MAX_SUMMARY_CHARS
    assert entry.summary.endswith("…")


def test_the_organisation_prefix_is_cut_where_the_source_says_so() -> None:
    entry = one("<title>Policy paper: A plan</title><link>/1</link>", strip_title="^[A-Z][a-z ]+: ")
    assert entry.title == "A plan"
    assert one("<title>News: </title><link>/1</link>", strip_title="^News: ?").title == "News:"


@pytest.mark.parametrize(
    "end",
    [
        ' &lt;a href="https://x.example"&gt;Continue reading...&lt;/a&gt;',
        "&lt;p&gt;Continue reading →&lt;/p&gt;",
        "&lt;p&gt;The post A title appeared first on A site.&lt;/p&gt;",
    ],
)
def test_pointers_to_the_page_are_no_summary(end: str) -> None:
    assert (
        one(f"<title>a</title><link>/1</link><description>&lt;p&gt;It rained.&lt;/p&gt;{end}</description>").summary
        == "It rained."
    )


def test_content_is_kept_as_clean_html_and_as_text() -> None:
    entry = atom(
        "<id>x</id><link href='https://a.example/d/1'/><content type='html'>"
        "&lt;p onclick='x'&gt;See &lt;a href='2'&gt;two&lt;/a&gt;&lt;/p&gt;&lt;script&gt;x&lt;/script&gt;</content>"
    )
    assert entry.html == '<p>See <a href="https://a.example/d/2" rel="noopener nofollow">two</a></p>'
    assert (entry.body, entry.summary) == ("See two", "")


def test_content_that_is_no_text_is_left_alone() -> None:
    entry = atom("<id>x</id><title>a</title><content type='image/png'>iVBORw0KGgo=</content>")
    assert (entry.html, entry.body) == ("", "")


def test_without_content_there_is_no_body() -> None:
    assert one("<title>a</title><link>/1</link><description>d</description>").body == ""


def test_decision_numbers_in_titles_are_references() -> None:
    entry = one("<title>MD3531 Housing, supersedes PCD 1179 and MD 3531</title><link>/1</link>")
    assert entry.refs == ("MD 3531", "PCD 1179")


def test_the_kind_comes_from_the_source() -> None:
    assert one("<title>a</title><link>/1</link>", doc_kind="oversight").kind == "oversight"


# --- what is not a feed -----------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("", "empty body"),
        (" \r\n\ufeff ", "empty body"),
        ("<!DOCTYPE html><html><body>Sorry</body></html>", "<html> where a feed is due"),
        ("Service unavailable", "plain text where a feed is due"),
        ("<sitemap/>", "<sitemap> where a feed is due"),
        ('<?xml version="1.0"?><!-- rss --><svg/>', "<svg> where a feed is due"),
        ('{"error": "gone"}', "not a JSON Feed"),
        ("{broken", "broken JSON"),
        ("[" * 100_000, "broken JSON"),
        ('{"version": "https://jsonfeed.org/version/1", "items": ' + "9" * 5000 + "}", "broken JSON"),
        ('{"version": "https://jsonfeed.org/version/1", "items": {}}', "without a list of items"),
    ],
)
def test_what_is_no_feed_is_an_error_never_an_empty_feed(body: str, said: str) -> None:
    with pytest.raises(ParseError, match=said) as caught:
        parse(body)
    assert caught.value.subject == "test"


def test_a_bot_challenge_is_blocked() -> None:
    challenge = "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body><script>window._cf_chl_opt={}</script></body></html>"
    for kind in (feed, modgov_feed, legislation):
        parsed = kind.parse(source("feed", URL), page(challenge, URL))
        assert parsed.outcome is Outcome.BLOCKED
        assert parsed.error


def test_an_item_that_quotes_a_challenge_page_is_news() -> None:
    assert one("<title>How cf_chl_opt works: Just a moment...</title><link>/1</link>").title.startswith("How")


@pytest.mark.parametrize("empty", [rss(""), '<feed xmlns="http://www.w3.org/2005/Atom"><title>T</title></feed>'])
def test_a_sound_feed_without_items_is_empty(empty: str) -> None:
    parsed = parse(empty)
    assert (parsed.outcome, parsed.entries, parsed.title) == (Outcome.EMPTY, (), "T")


def test_a_json_feed_without_items_is_empty() -> None:
    text = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": []})
    assert parse(text).outcome is Outcome.EMPTY


def test_a_feed_that_says_it_has_ended() -> None:
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>tag:www.gov.uk,2005:/x/feed-ended</id>'
        "<title>This feed has ended</title><summary>Use the search.</summary></entry></feed>"
    )
    parsed = parse(text)
    assert (parsed.outcome, parsed.entries) == (Outcome.ENDED, ())
    assert "Use the search." in parsed.error


def test_news_about_a_feed_that_has_ended_is_news() -> None:
    two = "<item><title>This feed has ended</title><link>/1</link></item><item><title>b</title><link>/2</link></item>"
    assert len(parse(rss(two)).entries) == 2


# --- malformed, but a feed --------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "title"),
    [
        (rss("<item><title>Police & Crime</title><link>/1</link></item>"), "Police & Crime"),
        (rss("<item><title>Fine of &pound;50&nbsp;each</title><link>/1</link></item>"), "Fine of £50 each"),
        (rss("<item><title>Control \x0b\x00 character</title><link>/1</link></item>"), "Control character"),
        ("\n junk " + rss("<item><title>Leading junk</title></item>"), "Leading junk"),
        (rss("<item><title>Cut short</title><link>/1</link></item>")[:-10], "Cut short"),
        ("\ufeff" + rss("<item><title>Marked</title></item>"), "Marked"),
    ],
)
def test_malformed_feeds_are_read_without_losing_text(text: str, title: str) -> None:
    assert [entry.title for entry in parse(text).entries] == [title]


@pytest.mark.parametrize(
    "rest",
    [
        "<item><title>Man charged with mur", "<item><title>Man charged</title><link>/2</link></ite", "<item><title><![CDATA[Man <", "<ite",
        "<item><link>/2</link><!-- a", "<item><author>" + "a" * 5_000, "", "<item rdf:about='/2' ",
    ],
)  # fmt: skip
def test_an_item_in_whose_middle_the_feed_breaks_off_is_not_read(rest: str) -> None:
    """It was kept with half its title, by another identity than it has: the whole one then came as a second update."""
    parsed = parse(rss("<item><title>Whole</title><link>/1</link></item>").partition("</channel>")[0] + rest)
    assert [entry.title for entry in parsed.entries] == ["Whole"]
    assert "breaks off" in parsed.cut
    with pytest.raises(ParseError, match="breaks off before the end of its first item"):
        parse(rss("").partition("</channel>")[0] + "<item><title>Man charged with mur")


def test_a_feed_that_ends_is_not_cut() -> None:
    item = "<item><title>Whole</title><link>/1</link></item>"
    for text in (rss(item), rss(item) + "<!-- 0.02 s", rss("<item><title>a</title><item><title>b</title></item>")):
        assert parse(text).cut == ""


@pytest.mark.parametrize(
    ("encoding", "charset"),
    [
        ("utf-8", ""),
        ("utf-16", ""),
        ("utf-16-le", ""),
        ("utf-16-be", ""),
        ("utf-32", ""),
        ("utf-32-be", ""),
        ("utf-8", "iso-8859-1"),
    ],
)
def test_encodings_of_unicode_are_recognised(encoding: str, charset: str) -> None:
    text = "<rss version='2.0'><channel><item><title>Café – £5</title></item></channel></rss>"
    assert parse(text.encode(encoding), charset=charset).entries[0].title == "Café – £5"


def test_a_declared_single_byte_encoding_is_used() -> None:
    text = "<?xml version='1.0' encoding='{}'?><rss version='2.0'><channel><item><title>Café £5</title></item></channel></rss>"
    assert parse(text.format("ISO-8859-1").encode("latin-1")).entries[0].title == "Café £5"
    assert parse(text.format("utf-8").encode("latin-1"), charset="iso-8859-15").entries[0].title == "Café £5"


def test_windows_bytes_in_a_utf8_feed_are_read_and_reported() -> None:
    body = rss("<item><title>Caf\u00e9 XX5</title></item>").encode().replace(b"XX", b"\xa3")
    parsed = parse(body)
    assert parsed.entries[0].title == "Café £5"
    assert "Windows-1252" in parsed.problems[0]


def test_codecs_that_are_no_encodings_of_text_are_not_used() -> None:
    text = "<?xml version='1.0' encoding='{}'?><rss version='2.0'><channel><item><title>\xe9</title></item></channel></rss>"
    for charset in ("utf-7", "unicode_escape", "rot13", "zlib", "idna", "no-such-thing"):
        assert parse(text.format(charset).encode("cp1252")).entries[0].title == "é"


# --- refused before any parser sees it --------------------------------------------------------------------------
BOMB = '<!DOCTYPE rss [<!ENTITY a "AAAAAAAAAA"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-32", "utf-32-be"])
@pytest.mark.parametrize(
    "head",
    [
        BOMB,
        "<!doctype rss [<!entity a 'b'>]>",
        '<!DOCTYPE rss SYSTEM "https://evil.example/x.dtd" [ ]>',
        "<!-- <a> --><!DOCTYPE rss [<!ENTITY a 'b'>]>",
        '<!DOCTYPE rss PUBLIC "]>" "[" [<!ENTITY a "b">]>',
        "<!ENTITY a 'b'>",
        '<!DOCTYPE rss [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    ],
)
def test_entity_declarations_are_refused_in_any_disguise(head: str, encoding: str) -> None:
    text = rss("<item><title>&b;</title></item>").replace("<rss", head + "<rss", 1).replace("utf-8", encoding[:6], 1)
    with pytest.raises(ParseError, match="declares entities"):
        parse(text.encode(encoding))
    with pytest.raises(ParseError, match="declares entities"):
        legislation.parse(source("legislation", URL), page(text.encode(encoding), URL))


def test_declarations_further_down_are_refused_too() -> None:
    with pytest.raises(ParseError, match="declares entities"):
        parse(rss("<item><title>a</title></item><!ENTITY a 'b'>"))


def test_a_declaration_quoted_in_an_item_is_text() -> None:
    entry = one(
        "<title>XXE explained</title><description><![CDATA[<pre>&lt;!ENTITY a 'b'&gt; <!DOCTYPE html></pre>]]></description>"
    )
    assert entry.summary.startswith("<!ENTITY a 'b'>")


def test_harmless_document_types_are_dropped() -> None:
    netscape = '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">'
    assert len(parse(rss("<item><title>a</title></item>", netscape)).entries) == 1
    assert len(parse(rss("<item><title>a</title></item>", "<!DOCTYPE rss>")).entries) == 1


LONG = "a@" + "a." * 20_000 + "!"


@pytest.mark.parametrize(
    "author",
    [
        f"<author>{LONG}</author>",
        f"<author><![CDATA[{LONG}]]></author>",
        f"<AUTHOR >{LONG}</AUTHOR >",
        f'<author x="/>">{LONG}</author>',
        f"<managingEditor>{LONG}</managingEditor><webMaster>{LONG}</webMaster>",
        f'<c:creator xmlns:c="http://purl.org/dc/elements/1.1/">{LONG}</c:creator>',
        f'<i:author xmlns:i="http://www.itunes.com/dtds/podcast-1.0.dtd">{LONG}</i:author>',
        f"<dc_creator>{LONG}</dc_creator>",
        f"<author><name>{LONG}</name><email>{LONG}</email></author>",
        f"<author>{LONG}",
        f"<author>{LONG}<title>x</title>",
    ],
)
def test_author_elements_beyond_reason_are_emptied(author: str) -> None:
    """feedparser looks for e-mail addresses in them, in quadratic time."""
    parsed = parse(rss(f"<item><title>Kept</title><link>/1</link>{author}</item><item><title>Next</title></item>"))
    assert [entry.title for entry in parsed.entries] == ["Kept", "Next"]


def test_an_empty_author_element_swallows_nothing() -> None:
    entry = one(f"<author/><dc:creator xmlns:dc='x'/><title>a</title><description>{'word ' * 400}</description>")
    assert len(entry.summary) > 1900


def test_items_beyond_the_limit_are_left_out_and_reported() -> None:
    many = "".join(f"<item><title>{n}</title><link>/{n}</link></item>" for n in range(MAX_ENTRIES_PER_PAGE + 5))
    parsed = parse(rss(many))
    assert len(parsed.entries) == MAX_ENTRIES_PER_PAGE
    assert parsed.problems == (f"more than {MAX_ENTRIES_PER_PAGE} items: the rest was not read",)


# --- kinds built on feeds ---------------------------------------------------------------------------------------
def test_modgov_titles_say_what_when_and_who() -> None:
    def read(title: str) -> tuple[str, str | None, str] | None:
        meeting = modgov_feed.read_title(title)
        return (meeting.event, meeting.starts_at, meeting.committee) if meeting else None

    assert read("Agenda published: Meeting of Monday, 12th October, 2026 6.30 pm, Police and Crime Committee") == (
        "Agenda published",
        "2026-10-12T17:30:00Z",
        "Police and Crime Committee",
    )
    assert read("Meeting held: Thursday 1 October 2026 10.00 am, Economy, Culture and Skills Committee") == (
        "Meeting held",
        "2026-10-01T09:00:00Z",
        "Economy, Culture and Skills Committee",
    )
    assert read("Issue Published: Cameras, and where they stand") is None
    assert read("Publication of plan: Forward plan, October 2026") is None
    assert read("No event at all") is None


def test_laws_without_an_identifier_are_reported() -> None:
    text = '<feed xmlns="http://www.w3.org/2005/Atom"><entry><title>Nameless</title></entry></feed>'
    parsed = legislation.parse(source("legislation", URL), page(text, URL))
    assert (parsed.outcome, parsed.problems) == (
        Outcome.EMPTY,
        ("entry 1 has no identifier or no title and was left out",),
    )


def test_broken_xml_is_no_legislation() -> None:
    with pytest.raises(ParseError, match="not well-formed"):
        legislation.parse(source("legislation", URL), page('<feed xmlns="http://www.w3.org/2005/Atom"><entry>', URL))


def test_a_revised_law_keeps_its_identity() -> None:
    entry = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>http://www.legislation.gov.uk/id/uksi/2026/12</id>'
        "<title>An Order</title><updated>{}</updated></entry></feed>"
    )
    about = source("legislation", URL)
    first, second = (
        legislation.parse(about, page(entry.format(day), URL)).entries[0]
        for day in ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
    )
    assert first.key == second.key == "http://www.legislation.gov.uk/id/uksi/2026/12"
    assert first.refs == ("uksi/2026/12",)
    assert replace(first, modified_at=second.modified_at) == second


def test_further_pages_of_a_list_are_asked_for_up_to_follow() -> None:
    text = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><link rel="next" href="http://www.legislation.gov.uk/new/data.feed?page=2"/>'
        "<entry><id>x</id><title>y</title></entry></feed>"
    )
    about = source("legislation", URL, follow=1)
    (request,) = legislation.parse(about, page(text, URL)).follow
    assert (request.url, request.context) == ("https://www.legislation.gov.uk/new/data.feed?page=2", "1")
    assert legislation.parse(about, page(text, URL, context="1")).follow == ()
    assert legislation.parse(source("legislation", URL), page(text, URL)).follow == ()
