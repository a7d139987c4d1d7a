"""Import speed of stops: ours beside `sqlite3 .import` and `sqlite-utils insert --csv`, the same rows in the same run.

    python bench/stats.py [--archive ZIP] [--months N] [--without-sqlite-utils]

Wall and processor time, rows a second, size of the database, and the peak memory of our own import. Ours also looks up,
hashes, places every row in its borough and counts; the other two only store text. Figures of a machine that is busy with
other things mean little: compare the processor times.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path

from aggregator.clock import now
from aggregator.db.connection import open_writer
from aggregator.statistics.files import import_paths

ARCHIVE = (
    Path(__file__).parents[2]
    / "shared/captures/stats/police_uk/metropolitan_stop_and_search_2015-04_to_2024-08_available_months.zip"
)


@dataclass(frozen=True)
class Measured:
    """One way of importing."""

    name: str
    rows: int
    wall: float
    processor: float
    megabytes: float

    def line(self) -> str:
        """A row of the table."""
        return (
            f"| {self.name} | {self.rows:,} | {self.wall:.1f} | {self.processor:.1f} | {self.rows / self.wall:,.0f} |"
            f" {self.rows / self.processor:,.0f} | {self.megabytes:.0f} |"
        )


def processor_time() -> float:
    """Of this process and of the children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def ours(archive: Path, folder: Path) -> Measured:
    """`aggregator stats import`, in this process."""
    db = folder / "met.db"
    open_writer(db).close()
    wall, processor = time.perf_counter(), processor_time()
    reports = import_paths(lambda: open_writer(db), [archive], seen_at=now())
    wall, processor = time.perf_counter() - wall, processor_time() - processor
    return Measured("aggregator stats import", sum(r.rows for r in reports), wall, processor, size(db))


def command(name: str, arguments: list[str], db: Path, rows: int) -> Measured:
    """A command-line tool that imports the one CSV."""
    wall, processor = time.perf_counter(), processor_time()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL)
    return Measured(name, rows, time.perf_counter() - wall, processor_time() - processor, size(db))


def size(db: Path) -> float:
    """Megabytes of a database and its log."""
    return sum(p.stat().st_size for p in db.parent.glob(db.name + "*")) / 1e6


def one_csv(archive: Path, target: Path) -> int:
    """All members behind one header; the number of rows."""
    lines = 0
    with zipfile.ZipFile(archive) as members, target.open("wb") as out:
        for n, name in enumerate(sorted(members.namelist())):
            header, _, body = members.read(name).partition(b"\n")
            out.write(header + b"\n" + body if n == 0 else body)
            lines += body.count(b"\n")
    return lines


def some_months(archive: Path, months: int, target: Path) -> Path:
    """The first so many members as an archive of their own."""
    with zipfile.ZipFile(archive) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for name in sorted(source.namelist())[:months]:
            out.writestr(name, source.read(name))
    return target


def main() -> None:
    """Measures and prints a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--archive", type=Path, default=ARCHIVE)
    options.add_argument("--months", type=int, default=0)
    options.add_argument("--without-sqlite-utils", action="store_true")
    chosen = options.parse_args()
    if not chosen.archive.exists():
        sys.exit(f"{chosen.archive}: there is no such archive; name one with --archive")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        archive = some_months(chosen.archive, chosen.months, folder / "some.zip") if chosen.months else chosen.archive
        rows = one_csv(archive, folder / "stops.csv")
        found = [ours(archive, folder)]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        if shell := shutil.which("sqlite3"):
            db = folder / "shell.db"
            arguments = [shell, str(db), ".mode csv", f".import {folder / 'stops.csv'} stops"]
            found.append(command("sqlite3 .import", arguments, db, rows))
        if not chosen.without_sqlite_utils:
            db = folder / "utils.db"
            arguments = [
                sys.executable,
                "-m",
                "sqlite_utils",
                "insert",
                str(db),
                "stops",
                str(folder / "stops.csv"),
                "--csv",
                "--silent",
            ]
            found.append(command("sqlite-utils insert --csv", arguments, db, rows))
    print(
        "| import | rows | wall s | processor s | rows/s | rows per processor s | MB |\n|---|--:|--:|--:|--:|--:|--:|"
    )
    for measured in found:
        print(measured.line())
    print(f"\nPeak memory of our import: {memory:.0f} MB")


if __name__ == "__main__":
    main()
