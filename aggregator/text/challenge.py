"""Recognises the pages that bot protection puts in the place of an answer, whatever status they come with. Pure.

A challenge taken for an empty page would read as "the publisher has published nothing". A wrong alarm would hide a
working source. So every marker is structural: a header, or a script or title that only the interstitial itself has.
The scripts that Cloudflare, Imperva and AWS add to *normal* pages, and an article about captchas, match nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from aggregator import limits

_SCRIPT: Final = rb"<script\b[^>]{0,400}>[^<]{0,2000}"
_MARKERS: Final[tuple[tuple[str, re.Pattern[bytes]], ...]] = tuple(
    (vendor, re.compile(pattern, re.IGNORECASE))
    for vendor, pattern in (
        ("Cloudflare", _SCRIPT + rb"window\._cf_chl_opt\s*="),
        ("Cloudflare", rb"<script\b[^>]{0,400}\ssrc=[\"'][^\"']*/cdn-cgi/challenge-platform/[^\"']*/orchestrate/"),
        ("Cloudflare", rb"<form\b[^>]{0,400}\sid=[\"']challenge-form[\"']"),
        ("Cloudflare", rb"<title>\s*attention required! \| cloudflare\s*</title>"),
        ("Cloudflare", rb"<title>\s*access denied \| [^<|]{1,200} used cloudflare to restrict access\s*</title>"),
        ("Akamai", rb"<title>access denied</title>(?s:.{0,1000})reference(?:&#32;|\s)*(?:#|&#35;)\d+(?:\.|&#46;)"),
        (
            "Akamai",
            rb"<script\b[^>]{0,400}\ssrc=[\"']/_sec/cp_challenge/|\bid=[\"']sec-(?:if|cpt)-(?:cpt-)?container[\"']",
        ),
        ("Imperva", rb"<iframe\b[^>]{0,400}_incapsula_resource[^>]{0,400}incident_id=|incapsula incident id:?\s*\d"),
        ("Imperva", rb"<title>\s*pardon our interruption\.{0,3}\s*</title>"),
        ("DataDome", rb"<script\b[^>]{0,400}>\s*var dd\s*=\s*\{(?s:.{0,2000})captcha-delivery\.com"),
        ("AWS WAF", _SCRIPT + rb"window\.gokuprops\s*="),
        ("HUMAN", rb"<div\b[^>]{0,400}\sid=[\"']px-captcha[\"']"),
    )
)
_TITLE: Final = re.compile(rb"<title\b[^>]{0,400}>\s*([^<]{0,200}?)\s*</title>", re.IGNORECASE)
# The whole title, not a part of it: a headline that mentions a captcha says more than these.
_INTERSTITIAL: Final = re.compile(
    rb"(?:just a moment|one moment, please|please wait|checking your browser[^|]*|security check|ddos-guard"
    rb"|(?:please )?verify (?:that )?you are (?:a )?human|are you (?:a )?(?:human|robot)|human verification|robot check"
    rb"|captcha(?: challenge)?|bot verification|access (?:denied|to this page has been denied))[.!?\xe2\x80\xa6]{0,3}",
    re.IGNORECASE,
)
_WIDGET: Final = re.compile(
    rb"class=[\"'][^\"']*\b(?:g-recaptcha|h-captcha|cf-turnstile)\b"
    rb"|<script\b[^>]{0,400}\ssrc=[\"'][^\"']*(?:recaptcha/|hcaptcha\.com/|challenges\.cloudflare\.com/|captcha)"
    rb"|<form\b[^>]{0,400}captcha|_cf_chl|cf-browser-verification",
    re.IGNORECASE,
)


def challenge(status: int, headers: Iterable[tuple[str, str]], head: bytes) -> str | None:
    """The name of the bot protection whose challenge this answer is, or None for an ordinary answer.

    ``head`` is the start of the body; no more than limits.CHALLENGE_HEAD_BYTES of it are read.
    """
    named = {name.lower(): value.lower() for name, value in headers}
    if "challenge" in named.get("cf-mitigated", ""):
        return "Cloudflare"
    if named.get("x-amzn-waf-action", "") in ("challenge", "captcha"):
        return "AWS WAF"
    head = head[: limits.CHALLENGE_HEAD_BYTES]
    if not _is_html(named.get("content-type", ""), head):
        return None
    if (vendor := next((v for v, marker in _MARKERS if marker.search(head)), None)) is not None:
        return vendor
    if status == 202 and b"awswaf.com" in head:
        return "AWS WAF"  # AWS documents 202 as the status of its silent challenge
    title = _TITLE.search(head)
    if title is not None and _INTERSTITIAL.fullmatch(title.group(1)) and _WIDGET.search(head):
        return "an unnamed bot protection"
    return None


def _is_html(media_type: str, head: bytes) -> bool:
    """A feed that quotes a challenge page is a feed: only HTML is looked at, declared or plain to see."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:20].lower()
    return "html" in media_type or start.startswith((b"<!doctype html", b"<html"))
