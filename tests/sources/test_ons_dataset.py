"""Editions of an ONS data set. The shape is ONS's; the data set, its files and its corrections are invented."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aggregator.errors import ParseError
from aggregator.models import Attachment, DeclaredChange, Parsed
from aggregator.sources import ons_dataset, registry
from tests.sources.examples import page, source

SITE = "https://www.ons.gov.uk"
DATASET = "/peoplepopulationandcommunity/crimeandjustice/datasets/inventedtables"
LANDING: dict[str, Any] = {
    "type": "dataset_landing_page",
    "uri": DATASET,
    "datasets": [{"uri": f"{DATASET}/yearendingmarch{year}"} for year in (2026, 2025, 2024)],
    "section": {}, "links": [], "relatedFilterableDatasets": [],
    "description": {
        "title": "Invented area tables", "summary": "Numbers by area.", "keywords": ["crime"], "nationalStatistic": True,
        "releaseDate": "2026-07-22T23:00:00.000Z", "nextRelease": "22 October 2026", "datasetId": "", "contact": {},
    },
}  # fmt: skip
EDITION: dict[str, Any] = {
    "type": "dataset",
    "uri": f"{DATASET}/yearendingmarch2026",
    "downloads": [{"file": "inventedtablesyemarch2026.xlsx"}],
    "supplementaryFiles": [{"title": "Notes", "file": "notes.pdf"}],
    "versions": [],
    "description": {
        "title": "Invented area tables", "edition": "Year ending March 2026", "summary": "Numbers by area.",
        "releaseDate": "2026-07-22T23:00:00.000Z", "contact": {},
    },
}  # fmt: skip


def landing(document: Any, **options: Any) -> Parsed:
    url = f"{SITE}{DATASET}/data"
    return registry.parse(source("ons-dataset", url, **options), page(json.dumps(document), url))


def edition(**changes: Any) -> Parsed:
    url = f"{SITE}{DATASET}/yearendingmarch2026/data"
    asked = page(json.dumps({**EDITION, **changes}), url, role=ons_dataset.EDITION, context="Invented area tables")
    return registry.parse(source("ons-dataset", f"{SITE}{DATASET}/data"), asked)


def test_the_newest_editions_are_asked_for() -> None:
    assert [request.url for request in landing(LANDING).follow] == [
        f"{SITE}{DATASET}/yearendingmarch2026/data",
        f"{SITE}{DATASET}/yearendingmarch2025/data",
    ]
    assert len(landing(LANDING, follow=1).follow) == 1


def test_an_edition_is_an_update_of_kind_statistics_with_its_files() -> None:
    (entry,) = edition().entries
    assert entry.title == "Invented area tables: Year ending March 2026"
    assert (entry.key, entry.url) == (EDITION["uri"], SITE + EDITION["uri"])
    assert (entry.kind, entry.published_at) == ("statistics", "2026-07-22T23:00:00Z")
    files = f"{SITE}/file?uri={EDITION['uri']}"
    assert entry.attachments == (
        Attachment("inventedtablesyemarch2026.xlsx", f"{files}/inventedtablesyemarch2026.xlsx"),
        Attachment("Notes", f"{files}/notes.pdf"),
    )


def test_a_correction_is_told_in_the_publishers_words() -> None:
    versions = [
        {"uri": f"{EDITION['uri']}/previous/v2", "updateDate": "2026-08-05T08:30:00.000Z", "correctionNotice": "Table P4 was <b>wrong</b>.", "label": ""},
        {"uri": f"{EDITION['uri']}/previous/v1", "updateDate": "2026-07-23T08:30:00.000Z", "correctionNotice": "", "label": ""},
    ]  # fmt: skip
    (entry,) = edition(versions=versions).entries
    assert entry.history == (DeclaredChange(entry.modified_at or entry.history[0].at, "Table P4 was wrong."),)
    assert entry.modified_at == "2026-08-05T08:30:00Z"
    assert "Correction: Table P4 was wrong." in entry.body


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({**LANDING, "datasets": []}, "lists no editions"),
        ({**LANDING, "datasets": [{"uri": "https://elsewhere.example/x"}, {"uri": "//elsewhere.example"}, {}]}, "lists no editions"),
        ({"type": "bulletin", "uri": "/x"}, "no list 'datasets'"),
    ],
)  # fmt: skip
def test_what_is_no_data_set_is_refused(document: Any, said: str) -> None:
    with pytest.raises(ParseError, match=said):
        landing(document)


@pytest.mark.parametrize("changes", [{"uri": ""}, {"uri": "//elsewhere.example/x"}])
def test_an_edition_without_an_address_of_its_own_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ParseError, match="without address or title"):
        edition(**changes)
