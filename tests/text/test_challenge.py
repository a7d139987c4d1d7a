"""Challenges of bot protection are told apart from pages, also from pages that talk about them."""

from __future__ import annotations

import time

import pytest

from aggregator import limits
from aggregator.text.challenge import challenge

HTML = (("Content-Type", "text/html; charset=UTF-8"),)


@pytest.mark.parametrize(
    ("vendor", "headers", "body"),
    [
        ("Cloudflare", (("CF-Mitigated", "challenge"),), ""),
        (
            "Cloudflare",
            HTML,
            '<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head><body><noscript>Enable '
            "JavaScript and cookies to continue</noscript><script>(function(){window._cf_chl_opt={cvId:'3'};"
            "var a=document.createElement('script');a.src='/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1'"
            "}());</script>",
        ),
        (
            "Cloudflare",
            HTML,
            '<html><head><title>Attention Required! | Cloudflare</title></head><body><div id="cf-error-details">',
        ),
        ("Cloudflare", HTML, "<title>Access denied | www.example.org used Cloudflare to restrict access</title>"),
        ("Cloudflare", HTML, '<form class="x" id="challenge-form" action="/?__cf_chl_f_tk=1" method="POST">'),
        (
            "Akamai",
            HTML,
            "<HTML><HEAD>\n<TITLE>Access Denied</TITLE>\n</HEAD><BODY>\n<H1>Access Denied</H1>\nYou don't have "
            'permission to access "http&#58;&#47;&#47;www&#46;example&#46;org&#47;" on this server.<P>\n'
            "Reference&#32;&#35;18&#46;1d3b1060&#46;1700000000&#46;2a\n</BODY></HTML>",
        ),
        ("Akamai", HTML, '<html><body><script src="/_sec/cp_challenge/sec-cpt-4-0.js" async defer></script>'),
        (
            "Imperva",
            HTML,
            '<html><body><iframe id="main-iframe" src="/_Incapsula_Resource?CWUDNSAI=9&incident_id=123-4&edet=12">'
            "Request unsuccessful. Incapsula incident ID: 123-4</iframe></body></html>",
        ),
        ("Imperva", HTML, "<html><head><title>Pardon Our Interruption</title>"),
        (
            "DataDome",
            HTML,
            "<html><head><title>example.org</title></head><body><script>var dd={'rt':'c','cid':'A','host':"
            "'geo.captcha-delivery.com'}</script><script src='https://ct.captcha-delivery.com/c.js'></script>",
        ),
        ("AWS WAF", (*HTML, ("x-amzn-waf-action", "challenge")), ""),
        (
            "AWS WAF",
            HTML,
            '<html><head><script type="text/javascript">window.awsWafCookieDomainList = [];window.gokuProps = {};'
            '</script><script src="https://x.edge.sdk.awswaf.com/x/challenge.js"></script>',
        ),
        ("HUMAN", HTML, '<title>Access to this page has been denied</title><div id="px-captcha"></div>'),
        (
            "unnamed",
            HTML,
            '<!doctype html><title>Verify you are human.</title><div class="g-recaptcha" data-sitekey="x"></div>',
        ),
        (
            "unnamed",
            (),
            '\ufeff<html><head><title> Security check </title><script src="https://hcaptcha.com/1/api.js"></script>',
        ),
    ],
)
@pytest.mark.parametrize("status", [200, 403, 405, 503])
def test_recognised_whatever_the_status(
    vendor: str, headers: tuple[tuple[str, str], ...], body: str, status: int
) -> None:
    assert vendor in (challenge(status, headers, body.encode()) or "")


def test_the_silent_challenge_of_aws_is_known_by_its_status() -> None:
    page = b'<html><script src="https://x.edge.sdk.awswaf.com/x/challenge.js"></script></html>'
    assert challenge(202, HTML, page) == "AWS WAF"
    assert challenge(200, HTML, page) is None


ARTICLE = """<!doctype html><html><head><title>{title}</title>
<script src="/cdn-cgi/challenge-platform/scripts/jsd/main.js"></script>
<script>(function(){{window.__CF$cv$params={{r:'8d',t:'MTcw'}};}})();</script>
<script src="/_Incapsula_Resource?SWJIYLWA=719d34d31c8e3a6e6fffd425f7e032f3&ns=1&cb=12"></script>
<script src="https://abc.edge.sdk.awswaf.com/abc/challenge.js" defer></script></head>
<body><h1>{title}</h1><p>{text}</p>{more}</body></html>"""


@pytest.mark.parametrize(
    ("title", "text", "more"),
    [
        ("Met warns of fake captcha pages", "Victims were told to verify you are human by pasting a command.", ""),
        ("Verify you are human: how a captcha scam empties accounts", "A captcha is …", ""),
        ("Just a moment: a day with the marine policing unit", "“Just a moment...” says the sergeant.", ""),
        ("Access denied: why disabled Londoners cannot reach the front desk", "Reference #12 in the report.", ""),
        ("Access denied", "The report of this name, Reference number 18, is published today.", ""),
        ("Contact us", "Send us a message.", '<form action="/contact"><div class="g-recaptcha"></div></form>'),
        ("How Cloudflare works", "A page holds <code>window._cf_chl_opt = {}</code> and Incapsula incident IDs.", ""),
        ("Security check", "What officers do at the gates of Parliament.", ""),
        ("Man charged after attention required! | Cloudflare outage", "…", ""),
    ],
)
def test_ordinary_pages_behind_the_same_protection_are_ordinary(title: str, text: str, more: str) -> None:
    page = ARTICLE.format(title=title, text=text, more=more).encode()
    assert challenge(200, HTML, page) is None


def test_a_feed_that_quotes_a_challenge_page_is_a_feed() -> None:
    feed = b"<?xml version='1.0'?><rss><item><description><![CDATA[<title>Just a moment...</title>"
    feed += b"<script>window._cf_chl_opt={}</script>]]></description></item></rss>"
    assert challenge(200, (("content-type", "application/rss+xml"),), feed) is None
    assert challenge(200, (), feed) is None


def test_only_the_head_is_read() -> None:
    late = b"<html>" + b" " * limits.CHALLENGE_HEAD_BYTES + b"<script>window._cf_chl_opt = {}</script>"
    assert challenge(200, HTML, late) is None


@pytest.mark.parametrize("piece", [b"<script ", b"<script>", b"<title>access denied</title>", b"<form ", b"var dd={"])
def test_a_page_made_to_slow_us_down_does_not(piece: bytes) -> None:
    def seconds(size: int) -> float:
        page = (b"<html>" + piece * (size // len(piece)))[:size]
        begun = time.process_time()
        assert challenge(200, HTML, page) is None
        return time.process_time() - begun

    head = limits.CHALLENGE_HEAD_BYTES
    part, whole, far_more = (min(seconds(size) for _ in range(3)) for size in (head // 8, head, 100 * head))
    assert whole < 32 * max(part, 0.001)  # eight times the text; a quadratic pattern takes 64 times as long
    assert far_more < 10 * max(whole, 0.001)  # beyond its head a page is not read
