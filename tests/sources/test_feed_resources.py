"""Feeds built to exhaust parsers, each read in a child of its own whose processor time and memory are measured.

What they do to feedparser alone is written beside them (version 6.0.14, measured).
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
import json, os, resource, sys
from aggregator.models import Page, Request, Source, Utc
from aggregator.sandbox import _confine, parse_contained
from aggregator.sources import registry

def peak():
    # in kB. Not ru_maxrss where there is another: that of a child begins with what its parent had when it forked
    try:
        return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

_confine(os.getppid())
body = sys.stdin.buffer.read()
url = "https://source.example/feed"
page = Page(Request(url), url, 200, "application/xml", "", body, Utc("2026-11-22T10:00:00Z"))
before, small = resource.getrusage(resource.RUSAGE_SELF), peak()
parsed = parse_contained(Source("test", "T", "P", sys.argv[1], url), page)
after, large = resource.getrusage(resource.RUSAGE_SELF), peak()
print(json.dumps({
    "cpu": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
    "rss": large // 1024, "grown": (large - small) // 1024,
    "outcome": parsed.outcome, "error": parsed.error, "entries": len(parsed.entries),
    "longest": max((len(e.title) for e in parsed.entries), default=0),
}))
"""


def measure(name: str, body: str, kind: str = "feed") -> dict[str, Any]:
    """Outcome, processor seconds and megabytes of reading a feed in a child under the sandbox's limits."""
    done = subprocess.run(
        [sys.executable, "-c", PROBE, kind],
        input=body.encode(),
        stdout=subprocess.PIPE,
        cwd=ROOT,
        timeout=60,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    print(
        f"{name}: {len(body) / 1000:.0f} kB, {result['cpu']:.2f} s, {result['rss']} MB (+{result['grown']}), {result['outcome']}"
    )
    return result


def rss(title: str, head: str = "") -> str:
    return f"{head}<rss version='2.0'><channel><title>T</title><item><title>{title}</title><link>/1</link></item></channel></rss>"


ENTITY = '<!DOCTYPE rss [<!ENTITY a "' + "A" * 50_000 + '">]>'
LAUGHS = (
    "<!DOCTYPE rss [<!ENTITY l0 'ha'>" + "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 10)) + "]>"
)


@pytest.mark.parametrize("kind", ["feed", "legislation", "modgov-feed"])
@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("entity blow-up", rss("&a;" * 20_000, ENTITY), id="110 kB, else 27 s and 3 GB"),
        pytest.param("billion laughs", rss("&l9;", LAUGHS), id="billion laughs, else 2 s"),
        pytest.param(
            "external entity",
            rss("&x;", "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"),
            id="external entity",
        ),
    ],
)
def test_entities_are_refused_at_once(name: str, body: str, kind: str) -> None:
    result = measure(f"{name} as {kind}", body, kind)
    assert result["outcome"] == "parse_error"
    assert "declares entities" in result["error"]
    assert result["cpu"] < 1
    assert result["grown"] < 30


@pytest.mark.parametrize("element", ["author", "dc:creator", "managingEditor", "webMaster", "itunes:author"])
def test_the_search_for_addresses_in_authors_is_kept_short(element: str) -> None:
    """32 kB take feedparser 8 s, and four times as long for each doubling."""
    namespaces = 'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
    author = f"<{element} {namespaces}>{'a@' + 'a.' * 16_000 + '!'}</{element}>"
    result = measure(element, rss(f"One</title>{author}<title>One"))
    assert result["entries"] == 1
    assert result["cpu"] < 2


@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("nested", rss("One</title>" + "<a>" * 50_000 + "</a>" * 50_000 + "<title>One"), id="50,000 deep"),
        pytest.param("nested, unclosed", rss("One</title>" + "<a>" * 50_000), id="50,000 deep, unclosed"),
        pytest.param("nested in the title", rss("One" + "&lt;div&gt;" * 50_000), id="50,000 deep in escaped HTML"),
        pytest.param("CDATA", rss("One" + "<![CDATA[" * 100_000), id="unclosed CDATA"),
        pytest.param("comments", rss("One" + "<!--" * 200_000), id="unclosed comments"),
        pytest.param("authors", rss("One</title>" + "<author>" * 200_000), id="unclosed authors"),
        pytest.param("many names", rss("One</title>" + "".join(f"<p{n}:author>x" for n in range(50_000))), id="authors by many names"),
        pytest.param("quotes", rss("One</title>" + "<author a='" * 50_000), id="unclosed attributes"),
        pytest.param("tags", rss("One" + "<a b='1' " * 50_000), id="unclosed tags"),
        pytest.param("ampersands", rss("One" + "&" * 500_000), id="ampersands"),
        pytest.param("dates", rss("One</title><pubDate>" + "1:" * 500_000 + "</pubDate><title>One"), id="a long date"),
        pytest.param("items", rss("One") .replace("</channel>", "<item><title>x</title></item>" * 100_000 + "</channel>"), id="100,000 items"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["feed", "legislation"])
def test_odd_shapes_take_seconds(name: str, body: str, kind: str) -> None:
    result = measure(f"{name} as {kind}", body, kind)
    assert result["outcome"] in (None, "parse_error", "empty")
    assert result["cpu"] < 15
    assert result["rss"] < 600


def test_nested_json_is_an_error() -> None:
    result = measure("nested JSON", '{"version":"https://jsonfeed.org/version/1","items":' + "[" * 500_000)
    assert result["outcome"] == "parse_error"
    assert result["cpu"] < 2
