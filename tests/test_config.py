"""feeds.yaml: what is read from it, and that whatever is wrong is said in one line naming file, line and key."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator import config
from aggregator.errors import ConfigError
from aggregator.limits import MAX_CONFIG_BYTES
from aggregator.models import Config, Expect, Options, Utc
from aggregator.sources import windows

GOOD = """\
defaults:
  contact: "https://example.org/contact"
  every: 2h
  concurrency: 4
  per_host_delay: 0.5s
  allow_hosts: ["127.0.0.1:8000"]
sources:
  - id: met-news
    title: Met newsroom
    publisher: Metropolitan Police Service
    kind: feed
    url: https://news.example/rss
    every: 15m
    keep: summary
    licence: {name: OGL-UK-3.0, attribution: "© A force"}
    topics: [knife-crime]
    match: "(?i)met police|scotland yard"
    max_silence: 5d
    expect: {min_items: 1, types: [application/xml, text/xml]}
    enabled: true
    note: A note.
    identity: trailing-number
  - id: news-list
    title: A list
    publisher: P
    kind: listing
    url: https://news.example/list?from={today-30d:%Y-%m-%d}
    licence: OGL-UK-3.0
    attribution: A line
    row: li.item
    row_title: h3 a
    max_pages: 3
"""


def write(folder: Path, text: str | bytes) -> Path:
    file = folder / "feeds.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def load(folder: Path, text: str | bytes) -> Config:
    return config.load(write(folder, text))


def complaint(folder: Path, text: str | bytes) -> str:
    """The one line said about a file, without the folder's name."""
    with pytest.raises(ConfigError) as caught:
        load(folder, text)
    assert caught.value.exit_status == 2
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(str(folder / "feeds.yaml"))
    return said.removeprefix(f"{folder}/")


# --- what is read ---------------------------------------------------------------------------------------------------
def test_everything_has_its_place(tmp_path: Path) -> None:
    read = load(tmp_path, GOOD)
    assert read.settings.contact == "https://example.org/contact"
    assert read.settings.per_host_delay_s == 0.5
    assert read.settings.allow_hosts == ("127.0.0.1:8000",)
    assert read.concurrency == 4
    first, second = read.sources
    assert (first.every_s, second.every_s) == (900, 7200)  # its own, and the default of the file
    assert (first.licence, first.attribution, first.keep) == ("OGL-UK-3.0", "© A force", "summary")
    assert (second.licence, second.attribution, second.keep) == ("OGL-UK-3.0", "A line", "full")
    assert (first.topics, first.match, first.max_silence_s) == (
        ("knife-crime",),
        "(?i)met police|scotland yard",
        432_000,
    )
    assert first.expect == Expect(1, ("application/xml", "text/xml"))
    assert first.options == Options(identity="trailing-number")
    assert second.options == Options(row="li.item", title="h3 a", max_pages=3)
    assert read.source("met-news") is first
    assert read.source("nobody") is None


def test_defaults_may_be_left_out(tmp_path: Path) -> None:
    read = load(tmp_path, "sources: []")
    assert (read.concurrency, read.settings.per_host_delay_s, read.sources) == (8, 1.0, ())


def test_topics_are_checked_against_the_taxonomy_when_it_is_given(tmp_path: Path) -> None:
    file = write(tmp_path, GOOD)
    assert config.load(file, topics=["knife-crime"]).sources
    with pytest.raises(ConfigError, match=r"topics\[1\]: 'knife-crime' is not a topic; allowed: robbery"):
        config.load(file, topics=["robbery"])


# --- what is refused ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("    note: A note.", "    nots: A note.", "feeds.yaml:21: sources[1]: unknown key 'nots' (did you mean 'note'?); allowed: attribution"),
        ("  concurrency: 4", "  speed: 4", "feeds.yaml:4: defaults: unknown key 'speed'; allowed: allow_hosts"),
        ("sources:", "source:", "feeds.yaml:7: unknown key 'source' (did you mean 'sources'?); allowed: defaults, sources"),
        ("expect: {min_items", "expect: {items", "feeds.yaml:19: sources.met-news.expect: unknown key 'items'"),
        ("    publisher: P\n", "", "feeds.yaml:23: sources[2]: 'publisher' is missing; required: id, title"),
        ("    title: A list", "    title: A list\n    title: B", "feeds.yaml:25: sources[2]: 'title' is there twice; once is allowed"),
        ("id: news-list", "id: met-news", "feeds.yaml:23: sources[2].id: 'met-news' is there twice; ids must differ"),
        ("id: news-list", "id: News List", "feeds.yaml:23: sources.id: 'News List' is not a slug; allowed: lower-case"),
        ("kind: feed", "kind: rss", "feeds.yaml:11: sources.met-news.kind: 'rss' is not known; allowed: calendar"),
        ("every: 15m", "every: 15 minutes", "feeds.yaml:13: sources.met-news.every: '15 minutes' is not a duration; allowed: a number and s, m, h, d or w"),
        ("every: 15m", "every: 15", "feeds.yaml:13: sources.met-news.every: '15' is not a duration"),
        ("every: 15m", "every: 0s", "feeds.yaml:13: sources.met-news.every: '0s' is out of range; allowed: 1s to 3650d"),
        ("every: 15m", "every: 1.5s", "feeds.yaml:13: sources.met-news.every: fractions of a second are not allowed here"),
        ("every: 15m", "every: [15m]", "feeds.yaml:13: sources.met-news.every: expected text, found a list"),
        ("keep: summary", "keep: everything", "feeds.yaml:14: sources.met-news.keep: 'everything' is not known; allowed: full, summary, headline"),
        ("(?i)met police|", "(met police|", "feeds.yaml:17: sources.met-news.match: not a regular expression: missing )"),
        ("(?i)met police|", "(\\\\w+)+|", "feeds.yaml:17: sources.met-news.match: a repeat within a repeated group"),
        ("https://news.example/rss", "ftp://news.example/rss", "feeds.yaml:12: sources.met-news.url: 'ftp://news.example/rss' is not an address; allowed: http:// or https://"),
        ("https://news.example/rss", "https://u:p@news.example/", "feeds.yaml:12: sources.met-news.url: a user name or password"),
        ("https://news.example/rss", "https://news.example:99999/", "feeds.yaml:12: sources.met-news.url: 'https://news.example:99999/' is not an address"),
        ("{today-30d:%Y-%m-%d}", "{yesterday}", "feeds.yaml:27: sources.news-list.url: a brace in an address must belong to a date window; allowed: {today:%Y-%m-%d}"),
        ("{today-30d:%Y-%m-%d}", "{today-30d:%s}", "feeds.yaml:27: sources.news-list.url: '{today-30d:%s}' is not a date window"),
        ("min_items: 1", "min_items: one", "feeds.yaml:19: sources.met-news.expect.min_items: expected a whole number from 0 to 5000, found text 'one'"),
        ("min_items: 1", "min_items: -1", "feeds.yaml:19: sources.met-news.expect.min_items: -1 is not allowed: from 0 to 5000"),
        ("[application/xml, text/xml]", "[xml]", "feeds.yaml:19: sources.met-news.expect.types[1]: 'xml' is not a media type"),
        ("enabled: true", "enabled: maybe", "feeds.yaml:20: sources.met-news.enabled: expected true or false, found text 'maybe'"),
        ("title: Met newsroom", "title: 12", "feeds.yaml:9: sources.met-news.title: expected text, found a whole number '12'; put it in quotes"),
        ("title: Met newsroom", "title: ''", "feeds.yaml:9: sources.met-news.title: must not be empty"),
        ("title: Met newsroom", 'title: "a\\eb"', "feeds.yaml:9: sources.met-news.title: control characters are not allowed"),
        ("identity: trailing-number", "row: li", "feeds.yaml:22: sources.met-news.row: a source of kind 'feed' does not read it; allowed for this kind: identity"),
        ("identity: trailing-number", "identity: title", "feeds.yaml:22: sources.met-news.identity: 'title' is not known; allowed: url, guid"),
        ("row: li.item", "row: 'li['", "feeds.yaml:30: sources.news-list.row: not a CSS selector"),
        ("max_pages: 3", "max_pages: 51", "feeds.yaml:32: sources.news-list.max_pages: 51 is not allowed: from 1 to 50"),
        ('["127.0.0.1:8000"]', "[127.0.0.1]", "feeds.yaml:6: defaults.allow_hosts[1]: '127.0.0.1' is not a host with its port"),
        ("concurrency: 4", "concurrency: 0", "feeds.yaml:4: defaults.concurrency: 0 is not allowed: from 1 to 64"),
        ("note: A note.", "note: &here A note.", "feeds.yaml:21: anchors (&) and aliases (*) are not allowed"),
        ("note: A note.", "note: !!python/name:os.system x", "feeds.yaml:21: tags (!) are not allowed"),
        ("note: A note.", "note: 'A note.", "feeds.yaml:21: not valid YAML"),
        ("© A force\"}", "© A force\"}\n    attribution: Twice", "feeds.yaml:15: sources.met-news.licence.attribution: given twice"),
        ("defaults:\n", "defaults: 3\nx:\n", "feeds.yaml:2: unknown key 'x'"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_line_key_and_what_is_allowed(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in GOOD
    assert complaint(tmp_path, GOOD.replace(old, new, 1)).startswith(said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "feeds.yaml: is empty"),
        (b"- a\n- b\n", "feeds.yaml:1: expected keys and values, found a list"),
        (b"sources: 3", "feeds.yaml:1: sources: expected a list, found a whole number '3'"),
        (b"sources:\n  - text", "feeds.yaml:2: sources[1]: expected keys and values, found text 'text'"),
        (b"sources: []\n---\nsources: []", "feeds.yaml:2: not valid YAML: but found another document"),
        (b"sources: \xff\xfe", "feeds.yaml:1: is not UTF-8 text"),
        (b"a: [" * 500, "feeds.yaml:1: "),
        (b'sources: "\\UFFFFFFFF"', "feeds.yaml: not valid YAML"),
        (b"%YAML " + b"9" * 5000 + b".1\n---\n", "feeds.yaml: not valid YAML"),
        (b"# " + b"x" * MAX_CONFIG_BYTES, "feeds.yaml: is larger than the 512 KiB allowed"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "feeds.yaml:1: anchors (&)"),
    ],
)
def test_a_file_that_is_no_feeds_yaml_is_named(tmp_path: Path, text: bytes, said: str) -> None:
    assert complaint(tmp_path, text).startswith(said)


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent.yaml: cannot be read \(No such file or directory\); --feeds PATH"):
        config.load(tmp_path / "absent.yaml")
    with pytest.raises(ConfigError, match="Is a directory"):
        config.load(tmp_path)


@pytest.mark.parametrize("pattern", ["(a+)+", "(a*)*b", "(?:x|(?:y+)z)*", "((a{2,}))+"])
def test_patterns_that_explode_are_refused(tmp_path: Path, pattern: str) -> None:
    assert "can take for ever" in complaint(tmp_path, GOOD.replace("(?i)met police|scotland yard", pattern))


@pytest.mark.parametrize("pattern", ["(?:a|b)+c*", "[(+*)]+", "\\\\(a+\\\\)+", "(?i)x{2,5}(?:y z)?"])
def test_patterns_that_do_not_are_taken(tmp_path: Path, pattern: str) -> None:
    assert load(tmp_path, GOOD.replace("(?i)met police|scotland yard", pattern)).sources


# --- arbitrary input ------------------------------------------------------------------------------------------------
def harmless(file: Path, text: bytes) -> None:
    """Either a configuration or one line of complaint."""
    file.write_bytes(text)
    try:
        said = "" if config.load(file) else "nothing"
    except ConfigError as error:
        said = str(error)
    assert "\n" not in said


ANY = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.dates() | st.binary(max_size=4)
)
TREES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(SCALARS, inner, max_size=3))
KEYS = [
    "id",
    "title",
    "publisher",
    "kind",
    "url",
    "every",
    "match",
    "expect",
    "licence",
    "topics",
    "ids",
    "row",
    "note",
]


@ANY
@given(text=st.binary(max_size=300))
def test_arbitrary_bytes_never_raise_anything_else(tmp_path: Path, text: bytes) -> None:
    harmless(tmp_path / "any.yaml", text)


@ANY
@given(text=st.text(alphabet="sources:- \n[]{}&*!|>%@`'\"#,?\\x0u1.~=<éid", max_size=200))
def test_arbitrary_yaml_like_text_never_raises_anything_else(tmp_path: Path, text: str) -> None:
    harmless(tmp_path / "any.yaml", text.encode())


@ANY
@given(sources=st.lists(st.dictionaries(st.sampled_from(KEYS), TREES), max_size=2) | TREES)
def test_sources_of_arbitrary_values_never_raise_anything_else(tmp_path: Path, sources: object) -> None:
    harmless(tmp_path / "any.yaml", yaml.dump({"sources": sources}, allow_unicode=True).encode("utf-8", "replace"))


@ANY
@given(at=st.integers(0, len(GOOD)), length=st.integers(0, 40), junk=st.binary(max_size=8))
def test_a_good_file_with_a_piece_replaced_never_raises_anything_else(
    tmp_path: Path, at: int, length: int, junk: bytes
) -> None:
    good = GOOD.encode()
    harmless(tmp_path / "any.yaml", good[:at] + junk + good[at + length :])


# --- which file -----------------------------------------------------------------------------------------------------
def test_the_file_given_goes_before_the_folders_and_that_before_the_packaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert config.find(Path("mine.yaml")) == Path("mine.yaml")
    assert config.find() == config.PACKAGED
    write(tmp_path, "sources: []")
    assert config.find() == Path("feeds.yaml")


def test_loading_the_configuration_does_not_load_the_network_or_the_database() -> None:
    code = "import sys, aggregator.config; print([m for m in ('httpx', 'sqlite3', 'datasette') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


# --- date windows ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://x.example/?a={today:%Y-%m-%d}", "https://x.example/?a=2026-03-01"),
        (
            "https://x.example/?a={today-30d:%d/%m/%Y}&b={today+90d:%d/%m/%Y}",
            "https://x.example/?a=30/01/2026&b=30/05/2026",
        ),
        ("https://x.example/{today+0d:%Y}/", "https://x.example/2026/"),
        ("https://x.example/", "https://x.example/"),
    ],
)
def test_windows_are_filled_in_on_the_day(url: str, expected: str) -> None:
    assert windows.expand(url, Utc("2026-03-01T23:59:59Z")) == expected


@pytest.mark.parametrize(
    "bad", ["{", "}", "{today}", "{today-:%Y}", "{today-3650000d:%Y}", "{today:%H}", "{today:}", "{{today:%Y}}"]
)
def test_what_is_no_window_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"allowed: \{today:%Y-%m-%d\}|leaves the calendar"):
        windows.expand(f"https://x.example/{bad}", Utc("2026-03-01T00:00:00Z"))


def test_a_window_that_leaves_the_calendar_is_refused() -> None:
    with pytest.raises(ValueError, match="leaves the calendar"):
        windows.expand("https://x.example/{today+3000d:%Y}", Utc("9998-01-01T00:00:00Z"))
