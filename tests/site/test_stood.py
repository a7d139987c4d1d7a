"""What an update said on a day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from aggregator.db.connection import open_writer
from aggregator.site.queries.updates import Version
from aggregator.site.stood import on
from aggregator.text.times import when
from tests.site import archive
from tests.site.conftest import Site


def version(number: int, seen: str, declared: str = "", *, has_text: bool = True) -> Version:
    return Version(7, number, when(seen), when(declared), "", False, has_text, "", "", "", "", 0, 0, "live")


# first seen in February as its publisher left it in January; silently edited in March; edited in May, seen a week later
VERSIONS = (
    version(4, "2026-05-20T12:00:00Z", "2026-05-13T09:00:00Z"),
    version(3, "2026-03-29T22:59:59Z"),
    version(2, "2026-02-10T12:00:00Z", "2026-01-10T12:00:00Z"),
    version(1, "2026-02-10T12:00:00Z", "2025-06-01T12:00:00Z", has_text=False),
)


@pytest.mark.parametrize(
    ("asked", "how", "number"),
    [
        ("2026-06-01", "seen", 4), ("2026-05-15", "declared", 4), ("2026-05-12", "seen", 3), ("2026-03", "seen", 3),
        ("2026-03-29", "seen", 3), ("29/03/2026", "seen", 3), ("2026-03-28", "seen", 2), ("2026-02-01", "declared", 2),
        ("2026-01-09", "textless", 1), ("2025", "textless", 1), ("2025-05", "before", 0), ("March", "no-date", 0),
        ("2026-13", "no-date", 0), ("2026", "seen", 4),
    ],
)  # fmt: skip
def test_the_version_that_stood_on_a_day(asked: str, how: str, number: int) -> None:
    found = on(asked, VERSIONS)
    assert (found.how, found.version.version if found.version else 0) == (how, number)


@pytest.fixture
def site(open_site: Callable[[Path], Site], tmp_path: Path) -> Site:
    db = archive.make(tmp_path / "met.db", bulk=0)
    with closing(open_writer(db)) as conn, conn:
        for number, seen in ((1, "2026-03-02"), (2, "2026-04-02"), (3, "2026-05-02")):
            conn.execute(
                "UPDATE versions SET seen_at = ?, declared_at = NULL WHERE update_id = ? AND version = ?",
                (f"{seen}T09:00:00Z", archive.POLICY, number),
            )
    return open_site(db)


def test_a_reader_asks_what_a_policy_said_in_march(site: Site) -> None:
    text = site.get(f"/updates/{archive.POLICY}?as_of=2026-03-31").text
    assert f'On 2026-03-31 it was <a href="/updates/{archive.POLICY}/versions/1">version 1</a>' in text
    assert f'<a href="/updates/{archive.POLICY}/diff/1..3">What has changed since</a>' in text
    assert 'name="as_of" value="2026-03-31"' in text


def test_a_day_before_the_record_is_not_answered_with_its_first_version(site: Site) -> None:
    text = site.get(f"/updates/{archive.POLICY}?as_of=2026-03-01").text
    assert "What it said on 2026-03-01 is not known" in text
    assert "it was <a" not in text


def test_what_is_no_date_stays_text(site: Site) -> None:
    text = site.get(f"/updates/{archive.POLICY}?as_of=%3Cscript%3E").text
    assert "“&lt;script&gt;” is no date" in text


def test_an_update_of_one_version_is_not_asked(site: Site) -> None:
    assert "What it said on" not in site.get(f"/updates/{archive.COPY}").text
