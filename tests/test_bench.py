"""`make bench` works in any clone: rows are invented where no archive is at hand, and one part that fails stops no other."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import bench
from bench import __main__ as runner
from bench import stats

ROOT = Path(__file__).parents[1]


def test_without_an_archive_the_rows_are_invented(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.stats", "--rows", "200", "--without-sqlite-utils"]
    environment = {"MET_CAPTURES": str(tmp_path), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert "200 invented rows" in done.stdout
    assert "| aggregator stats import | 200 |" in done.stdout


def test_invented_rows_are_of_several_months(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stats, "MONTH_ROWS", 10)
    archive = stats.invented(25, tmp_path / "invented.zip")
    assert stats.one_csv(archive, tmp_path / "all.csv") == 25
    assert "2022-03-01T" in (tmp_path / "all.csv").read_text()


def test_a_part_that_cannot_run_is_said_and_the_next_one_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "broken.py").write_text("import sys\nsys.exit('no such thing here')\n")
    (tmp_path / "sound.py").write_text("print('measured')\n")
    monkeypatch.setattr(bench, "__path__", [str(tmp_path)])
    monkeypatch.setenv("PYTHONPATH", str(_package(tmp_path)))
    monkeypatch.chdir(tmp_path)
    assert runner.main([]) == 1
    said = capfd.readouterr()
    assert "broken could not be measured (status 1)" in said.out
    assert "measured" in said.out.partition("=== sound ===")[2]
    assert said.out.endswith("Not measured: broken\n")
    assert "no such thing here" in said.err
    assert runner.main(["sound", "unheard-of"]) == 1


def _package(modules: Path) -> Path:
    """A folder with a package `bench` that has the modules."""
    root = modules / "root"
    root.mkdir()
    (root / "bench").mkdir()
    (root / "bench" / "__init__.py").touch()
    for file in modules.glob("*.py"):
        (root / "bench" / file.name).write_text(file.read_text())
    return root
