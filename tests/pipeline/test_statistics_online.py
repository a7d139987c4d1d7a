"""Statistics through the collector: months in slices, one update for many, gaps, revisions, a Datastore data set."""

from __future__ import annotations

import json
from calendar import monthrange
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.pipeline.harness import origins, rows
from tests.pipeline.stage import Stage
from tests.sources.test_statistics_sources import STOP
from tests.support.origin import Answer, Origin, Seen

LISTED = ["2026-02", "2026-03", "2026-04", "2026-05", "2026-06", "2026-07"]
JSON = "application/json"


@pytest.fixture
def origin() -> Iterator[Origin]:
    yield from origins()


class Police:
    """The two endpoints of data.police.uk: which months there are, and the stops of each."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        self.absent = {"2026-04"}
        self.stops = dict.fromkeys(LISTED, 400)
        self.listed = list(LISTED)
        self.broken: dict[str, int] = {}

    def publish(self) -> None:
        dates = [
            {"date": m, "stop-and-search": ["btp"] + ["metropolitan"] * (m not in self.absent)}
            for m in reversed(self.listed)
        ]
        self.origin.add("/api/crimes-street-dates", body=json.dumps(dates).encode(), content_type=JSON)
        self.origin.route("/api/stops-force", self.month)

    def month(self, asked: Seen) -> Answer:
        month = parse_qs(asked.query)["date"][0]
        body = json.dumps([self.stop(month, n) for n in range(self.stops[month])]).encode()
        return Answer(body, status=self.broken.get(month, 200), content_type=JSON)

    def stop(self, month: str, n: int) -> dict[str, Any]:
        days = monthrange(int(month[:4]), int(month[5:]))[1]
        return {**STOP, "datetime": f"{month}-{1 + n % days:02}T{n % 12 + 6:02}:{n % 60:02}:00+00:00"}


@pytest.fixture
def police(origin: Origin) -> Police:
    return Police(origin)


@pytest.fixture
def stage(tmp_path: Path, origin: Origin) -> Stage:
    url = f"http://{origin.netloc}/api/crimes-street-dates"
    source = {"id": "stops", "kind": "police-stops", "url": url, "follow": 2, "doc_kind": "statistics"}
    return Stage(tmp_path, origin, source)


def titles(stage: Stage) -> list[str]:
    return [t for (t,) in rows(stage.db, "SELECT title FROM updates ORDER BY change_seq")]


def held(stage: Stage) -> list[str]:
    return [m for (m,) in rows(stage.db, "SELECT DISTINCT month FROM stop_months ORDER BY 1")]


def states(stage: Stage) -> dict[str, str]:
    return dict(rows(stage.db, "SELECT period, state FROM coverage WHERE dataset_id = 'stop-and-search'"))


def test_a_first_run_walks_back_in_slices_and_says_so_in_one_update_each(stage: Stage, police: Police) -> None:
    stage.play((1, police.publish))
    assert held(stage) == ["2026-06", "2026-07"]
    assert titles(stage) == ["Stop and search: July 2026 published, 400 searches; 1 earlier month with it"]
    stage.play((2, police.publish), (3, police.publish), (4, police.publish))
    assert held(stage) == [m for m in LISTED if m != "2026-04"]
    assert titles(stage)[1:] == [
        "Stop and search: 2 earlier months added, March 2026 to May 2026",
        "Stop and search: February 2026 added, 400 searches",
    ]


def test_a_month_that_has_been_read_is_asked_for_again_only_with_a_new_publication(
    stage: Stage, police: Police, origin: Origin
) -> None:
    stage.play(*((day, police.publish) for day in range(1, 6)))
    before = len(origin.requests)
    stage.play((6, police.publish))
    assert len(origin.requests) - before <= 2, "robots.txt and the list"

    def next_month() -> None:
        police.listed.append("2026-08")
        police.stops["2026-08"] = 420
        police.publish()

    stage.play((7, next_month))
    assert titles(stage)[-1] == "Stop and search: August 2026 published, 420 searches"


def test_no_month_is_called_late_because_we_were(stage: Stage, police: Police) -> None:
    """The months between were listed all along: only the one that the list lacked is filled late, once it comes."""
    stage.play(*((day, police.publish) for day in range(1, 6)))
    assert {m for m, s in states(stage).items() if s == "missing"} == {"2026-04"}
    assert "backfilled" not in states(stage).values()

    def fill() -> None:
        police.absent.clear()
        police.publish()

    stage.play((6, fill))
    assert states(stage)["2026-04"] == "backfilled"
    assert titles(stage)[-1].startswith("Stop and search: April 2026 published late, 400")


def test_a_failing_month_stays_absent_and_is_asked_again(stage: Stage, police: Police) -> None:
    police.broken = {"2026-07": 500}
    stage.play((1, police.publish))
    assert rows(stage.db, "SELECT outcome FROM fetches")[0][0] == "partial"
    assert held(stage) == ["2026-06"]
    police.broken = {"2026-07": 404}
    stage.play((2, police.publish))
    outcome, said = rows(stage.db, "SELECT outcome, error FROM fetches ORDER BY id DESC LIMIT 1")[0]
    assert outcome == "ok"
    assert "2026-07 is listed and not available" in said
    police.broken = {}
    stage.play((3, police.publish))
    assert "2026-07" in held(stage)
    assert states(stage)["2026-07"] == "complete"


def test_a_revised_month_is_an_update_of_its_own(stage: Stage, police: Police) -> None:
    stage.play(*((day, police.publish) for day in range(1, 5)))

    def revise() -> None:
        police.listed.append("2026-08")
        police.stops |= {"2026-08": 400, "2026-07": 405}
        police.publish()

    stage.play((6, revise))
    assert set(titles(stage)[-2:]) == {
        "Stop and search: August 2026 published, 400 searches",
        "Stop and search revised for 2026-07: 5 searches added, 0 taken out",
    }


def test_a_datastore_data_set_is_read_from_the_newest_of_its_files(tmp_path: Path, origin: Origin) -> None:
    base = f"http://{origin.netloc}"
    stage = Stage(
        tmp_path, origin,
        {"id": "crime", "kind": "datastore", "url": f"{base}/api/action/package_show?id=exy3m",
         "resources": ["Borough Level"], "dataset": "recorded-crime-borough"},
    )  # fmt: skip
    listed = [{"name": f"MPS Borough Level Crime ({n})", "url": f"{base}/download/exy3m/{n}/f.csv"} for n in "ab"]
    package = json.dumps({"success": True, "result": {"resources": listed}}).encode()
    header, row = "Group,SubGroup,BOCU", "ROBBERY,ROBBERY OF PERSONAL PROPERTY,Hackney"

    def publish(figure: int) -> None:
        origin.add("/api/action/package_show", body=package, content_type=JSON)
        files = {"a": f"202511,202512\r\n{row},142,{figure}", "b": f"202509,202510\r\n{row},130,131"}
        for name, text in files.items():
            body = f"{header},{text}\r\n".encode()
            origin.add(f"/download/exy3m/{name}/f.csv", body=body, content_type="text/csv", etag=f'"{name}{figure}"')

    stage.play((1, lambda: publish(150)), (2, lambda: publish(150)))
    assert rows(stage.db, "SELECT count(*) FROM releases") == [(2,)]
    stage.play((3, lambda: publish(157)))
    values = rows(stage.db, "SELECT period, value FROM observations ORDER BY 1")
    assert values == [("2025-09", 130.0), ("2025-10", 131.0), ("2025-11", 142.0), ("2025-12", 157.0)]
    assert titles(stage)[-1] == "Recorded robbery in Hackney revised for 2025-12: 150 → 157"


def test_a_new_edition_of_an_ons_data_set_and_its_correction_are_noticed(tmp_path: Path, origin: Origin) -> None:
    path = "/crimeandjustice/datasets/inventedtables"
    stage = Stage(
        tmp_path, origin,
        {"id": "ons", "kind": "ons-dataset", "url": f"http://{origin.netloc}{path}/data", "doc_kind": "statistics"},
    )  # fmt: skip

    def publish(*editions: str, notice: str = "") -> None:
        landing = {"datasets": [{"uri": f"{path}/{e}"} for e in editions], "description": {"title": "Invented tables"}}
        origin.add(f"{path}/data", body=json.dumps(landing).encode(), content_type=JSON)
        for edition in editions:
            notices = [{"uri": "v1", "updateDate": "2026-01-06T09:30:00.000Z", "correctionNotice": notice}]
            about = {"edition": edition, "releaseDate": "2025-12-10T09:30:00.000Z"}
            body = {
                "uri": f"{path}/{edition}",
                "downloads": [{"file": "t.xlsx"}],
                "versions": notices,
                "description": about,
            }
            origin.add(f"{path}/{edition}/data", body=json.dumps(body).encode(), content_type=JSON)

    stage.play((1, lambda: publish("march2025")), (2, lambda: publish("march2025")))
    assert titles(stage) == ["Invented tables: march2025"]
    stage.play((3, lambda: publish("june2025", "march2025")))
    assert titles(stage)[-1] == "Invented tables: june2025"
    assert rows(stage.db, "SELECT DISTINCT kind FROM updates") == [("statistics",)]
    stage.play((4, lambda: publish("june2025", notice="Table 4 was wrong.")))
    assert stage.changes("june2025")[-1][:2] == ("edited", 2)
    assert stage.versions("june2025")[-1][3] == "Table 4 was wrong."
