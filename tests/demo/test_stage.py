"""Where a demonstration may be set up: never over anything of others."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.db.connection import open_writer
from aggregator.demo.build import MARK, stage
from aggregator.errors import StorageError

from .conftest import NOW


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("theirs", ["feeds.yaml", "downloads/holiday.jpg", "state.db", ".hidden"])
def test_a_folder_with_anything_of_others_in_it_is_refused_and_left_as_it_is(tmp_path: Path, theirs: str) -> None:
    (tmp_path / theirs).parent.mkdir(exist_ok=True)
    (tmp_path / theirs).write_text("not a demonstration's")
    before = files(tmp_path)
    with pytest.raises(StorageError, match="neither empty nor a demonstration's"), stage(tmp_path, NOW):
        pass
    assert files(tmp_path) == before


def test_a_real_archive_is_refused_even_in_a_demonstrations_folder(tmp_path: Path) -> None:
    (tmp_path / MARK).touch()
    open_writer(tmp_path / "met.db").close()
    with pytest.raises(StorageError, match="a real archive"), stage(tmp_path, NOW):
        pass
    assert (tmp_path / "met.db").exists()


def test_a_new_demonstration_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    for _ in range(2):
        with stage(tmp_path / "demo", NOW) as at:
            assert f":{at.origin.port}/" in at.feeds.read_text("utf-8")
