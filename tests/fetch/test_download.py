"""Statistics files: streamed to disk, under their own caps, with the same manners."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from aggregator.errors import StorageError
from aggregator.fetch.body import Caps
from aggregator.models import Fetched, Outcome, Request, Validators
from tests.fetch.conftest import FAST, UNCONDITIONAL, make_client, with_client
from tests.support import faults
from tests.support.origin import Origin

CSV = b"month,area,count\n" + b"2026-09,Camden,12\n" * 5000


def download(origin: Origin, target: BinaryIO, validators: Validators = UNCONDITIONAL, **options: Any) -> Fetched:
    client = make_client(origin.netloc, **options)
    return with_client(client, lambda c: c.download(Request(origin.url("/f.csv")), target, validators))


@pytest.mark.parametrize("compress", [False, True])
def test_a_file_lands_in_the_target(origin: Origin, tmp_path: Path, compress: bool) -> None:
    origin.add("/f.csv", body=CSV, content_type="text/csv", etag='"1"', compress=compress)
    with (tmp_path / "f.csv").open("wb") as target:
        got = download(origin, target)
    assert got.outcome is Outcome.OK
    assert (tmp_path / "f.csv").read_bytes() == CSV
    assert got.page is not None
    assert (got.page.body, got.page.content_type) == (b"", "text/csv")
    assert (got.raw_bytes < len(CSV)) == compress
    assert got.validators == Validators('"1"')


def test_an_unchanged_file_is_not_sent_again(origin: Origin) -> None:
    origin.add("/f.csv", body=CSV, etag='"1"')
    target = io.BytesIO()
    assert download(origin, target, Validators('"1"')).outcome is Outcome.NOT_MODIFIED
    assert target.getvalue() == b""


def test_what_a_page_may_not_weigh_a_file_may(origin: Origin, tmp_path: Path) -> None:
    origin.fault("/f.csv", faults.big(20))
    with (tmp_path / "f.csv").open("wb") as target:
        assert download(origin, target).outcome is Outcome.OK
    assert (tmp_path / "f.csv").stat().st_size == 20 * faults.MIB


def test_but_it_has_caps_too(origin: Origin, tmp_path: Path) -> None:
    origin.fault("/f.csv", faults.big(20))
    small = replace(FAST, download=Caps(raw=2 * faults.MIB, decoded=4 * faults.MIB))
    with (tmp_path / "f.csv").open("wb") as target:
        assert download(origin, target, bounds=small).outcome is Outcome.TOO_LARGE
    assert (tmp_path / "f.csv").stat().st_size <= 2 * faults.MIB


def test_a_bomb_is_a_bomb(origin: Origin) -> None:
    origin.fault("/f.csv", faults.gzip_bomb())
    assert download(origin, io.BytesIO()).outcome is Outcome.TOO_LARGE


def test_an_error_page_does_not_become_the_file(origin: Origin) -> None:
    origin.add("/f.csv", status=404, body=b"<h1>Not here</h1>")
    target = io.BytesIO()
    got = download(origin, target)
    assert (got.outcome, target.getvalue()) == (Outcome.HTTP_4XX, b"")


def test_robots_txt_holds_for_files_as_well(origin: Origin) -> None:
    origin.robots("User-agent: *\nDisallow: /*.csv$\n")
    assert download(origin, io.BytesIO()).outcome is Outcome.ROBOTS


def test_a_full_disk_is_our_problem_not_the_server_s(origin: Origin) -> None:
    class Full(io.BytesIO):
        def write(self, data: object) -> int:
            raise OSError(28, "No space left on device")

    origin.add("/f.csv", body=CSV)
    with pytest.raises(StorageError, match="No space left"):
        download(origin, Full())
