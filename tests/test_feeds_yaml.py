"""The shipped feeds.yaml: sound, explained, licensed, and without an address nobody has seen."""

from __future__ import annotations

import re
import time
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

import pytest

from aggregator import config
from aggregator.models import Config, Source
from aggregator.sources import registry, windows
from aggregator.tagging import taxonomy
from tests import captures
from tests.sources.examples import NOW

FILE = Path(__file__).parents[1] / "feeds.yaml"
EVIDENCE = captures.FOLDER.parent
PRESS = ("bbc-london", "standard-london", "guardian-met", "mylondon", "east-london-advertiser", "news-shopper")


@pytest.fixture(scope="module")
def feeds() -> Config:
    return config.load(FILE, topics=[topic.slug for topic in taxonomy.load().topics])


def test_the_packaged_copy_is_the_same_file() -> None:
    assert config.PACKAGED.read_bytes() == FILE.read_bytes(), "cp feeds.yaml aggregator/feeds.yaml"


def test_every_source_that_is_off_says_why(feeds: Config) -> None:
    assert [s.id for s in feeds.sources if not s.enabled and not s.note] == []


def test_every_source_that_is_on_has_licence_attribution_and_an_alarm(feeds: Config) -> None:
    on = [s for s in feeds.sources if s.enabled]
    assert [s.id for s in on if not (s.licence and s.attribution)] == []
    assert [s.id for s in on if s.max_silence_s is None or not s.expect.types] == []


def test_the_recommended_sources_are_on_and_the_blocked_ones_off(feeds: Config) -> None:
    """SOURCES.md, part e: 27 on; the two release calendars; STATISTICS.md, part a."""
    on = {s.id for s in feeds.sources if s.enabled}
    assert on == {
        "met-news", "govuk-search", "govuk-content", "govuk-policy-atom", "govuk-news-atom", "govuk-guidance-atom", "govuk-org-atom",
        "gla-mayor-press", "gla-assembly-press", "gla-consult", "gla-mayoral-dec", "gla-assembly-inv", "gla-assembly-pub",
        "mopac-decisions", "la-modgov-rss", "la-pcc-meetings", "parl-wq", "parl-ws", "parl-committees", "parl-bills",
        "commons-library", "legislation", "bbc-london", "standard-london", "guardian-met", "dpu-events", "dpu-priorities",
        "dpu-stops", "lds-recorded-crime", "lds-knife-crime", "lds-dashboard", "lds-vawg", "lds-business-crime",
        "govuk-statistics-calendar", "ons-calendar", "ons-police-force-areas",
    }  # fmt: skip
    off = {s.id for s in feeds.sources} - on
    assert {
        "met-foi",
        "met-published",
        "met-lfr",
        "hmicfrs-news",
        "iopc-news",
        "npcc-news",
        "college-app",
        "cps-news",
        "wdtk-met",
    } <= off


def test_text_without_an_open_licence_is_not_kept_in_full(feeds: Config) -> None:
    open_licences = {"OGL-UK-3.0", "OPL-UK-3.0"}
    assert [s.id for s in feeds.sources if s.keep == "full" and s.licence not in open_licences] == []


def test_open_licences_carry_their_wording(feeds: Config) -> None:
    for source in feeds.sources:
        if source.licence == "OGL-UK-3.0":
            assert (
                "Contains public sector information licensed under the Open Government Licence v3.0."
                in source.attribution
            )
        if source.licence == "OPL-UK-3.0":
            assert (
                source.attribution
                == "Contains Parliamentary information licensed under the Open Parliament Licence v3.0."
            )


def test_every_source_plans_its_first_requests(feeds: Config) -> None:
    for source in feeds.sources:
        planned = registry.KINDS[source.kind].plan(source, NOW)
        assert planned, source.id
        assert all("{" not in request.url for request in planned), source.id


def test_publishers_are_in_alphabetical_order() -> None:
    """The headings of the file, so that a source is found."""
    headings = re.findall(r"^  # --- (.+?) -+$", FILE.read_text("utf-8"), re.MULTILINE)
    folded = [re.sub(r"^The ", "", heading).lower() for heading in headings]
    assert folded == sorted(folded)


@pytest.mark.skipif(
    not (EVIDENCE / "SOURCES.md").is_file(),
    reason=f"the notes on where addresses were seen (SOURCES.md beside the folder {captures.VARIABLE} names) are not here",
)
def test_every_address_is_in_the_evidence(feeds: Config) -> None:
    evidence = unquote("".join((EVIDENCE / name).read_text("utf-8") for name in ("SOURCES.md", "STATISTICS.md")))
    assert [s.id for s in feeds.sources if not _evident(s, evidence)] == []


def _evident(source: Source, evidence: str) -> bool:
    """Host and path stand together in the evidence, apart where it gives a path for several hosts; so does each parameter."""
    parts = urlsplit(windows.blank(source.url))
    place = unquote(f"{parts.netloc}{parts.path}")
    apart = parts.netloc in evidence and unquote(parts.path) in evidence
    return (place in evidence or apart) and all(name in evidence for name, _ in parse_qsl(parts.query))


# --- the filters ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("source_id", ["bbc-london", "standard-london"])
@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("Met Police officer sacked over messages", True),
        ("Metropolitan Police apologises to family", True),
        ("metropolitan police officers in court", True),
        ("Met officers found the car in Ilford", True),
        ("The Met's use of facial recognition", True),
        ("The Met has arrested two men in Croydon", True),
        ("Officers from the Met were called to Peckham", True),
        ("Scotland Yard detectives appeal for witnesses", True),
        ("MOPAC publishes its budget", True),
        ("MET POLICE: what we know", True),
        ("She met officers at the scene", False),
        ("Residents met police chiefs in Leeds", False),
        ("The Met Office warns of snow as police close roads", False),
        ("Stars arrive at the Met Gala past police lines", False),
        ("Signal failure closes the Met line; police were not needed", False),
        ("A new show at the Met Museum", False),
        ("The Met is a fine name for a pub", False),
        ("Metropolitan line strike", False),
        ("Knife attack in Manchester: police appeal", False),
    ],
)
def test_press_is_about_the_met_or_left_out(feeds: Config, source_id: str, text: str, taken: bool) -> None:
    source = feeds.source(source_id)
    assert source is not None
    assert source.match is not None
    assert bool(re.search(source.match, text)) is taken


def test_press_is_never_kept_in_full(feeds: Config) -> None:
    assert {source.keep for source_id in PRESS if (source := feeds.source(source_id))} <= {"summary", "headline"}


@pytest.mark.parametrize(
    ("title", "stripped"),
    [
        ("Policy paper: Police pay", "Police pay"),
        ("Detailed guide: Tasers: a guide", "Tasers: a guide"),
        ("FOI release: Number of drones", "Number of drones"),
        ("Police pay: a review", "Police pay: a review"),
    ],
)
def test_the_type_is_cut_from_titles_of_the_activity_feed(feeds: Config, title: str, stripped: str) -> None:
    source = feeds.source("govuk-org-atom")
    assert source is not None
    assert re.sub(source.options.strip_title, "", title) == stripped


def test_a_match_takes_no_time_on_a_long_hostile_text(feeds: Config) -> None:
    """Every filter of the file, over text made to mislead it: ten times as long takes some ten times as long, not a hundred."""
    pieces = ("the Met ", "police ", "Met policea ", "a ", "officer the Met Office. ")
    patterns = [re.compile(source.match) for source in feeds.sources if source.match]
    assert len(patterns) > 3

    def seconds(pattern: re.Pattern[str], chars: int) -> float:
        texts = [(piece * chars)[:chars] for piece in pieces]
        begun = time.process_time()
        for text in texts:
            pattern.search(text)
        return time.process_time() - begun

    for pattern in patterns:
        shorter, longer = (min(seconds(pattern, chars) for _ in range(3)) for chars in (2_000, 20_000))
        assert longer < 40 * max(shorter, 0.001), pattern.pattern


def test_the_changelog_says_how_many_sources_there_are_and_how_many_are_on(feeds: Config) -> None:
    said = (FILE.parent / "CHANGELOG.md").read_text("utf-8")
    on = sum(source.enabled for source in feeds.sources)
    assert f"Lists {len(feeds.sources)} public sources" in said
    assert f"of which {on} are on" in said
