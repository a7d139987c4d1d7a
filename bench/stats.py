"""Import speed of stops: ours beside `sqlite3 .import` and `sqlite-utils insert --csv`, the same rows in the same run.

    python -m bench.stats [--archive ZIP | --rows N] [--months N] [--sqlite-utils-months N]

Wall and processor time, rows a second, size of the database, and the peak memory of our own import. Ours also looks up,
hashes, places every row in its borough and counts; the other two only store text. Figures of a machine that is busy with
other things mean little: compare the processor times, and the last column, in which `sqlite3 .import` is one.

Without an archive and without captured files (tests/captures.py) the rows are invented, in the real shape.

sqlite-utils takes two minutes for all of it, so it is given the first ten months: its line says so, and its rows a second
are those of what it was given. `--sqlite-utils-months 0` gives it all.
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
from tests import captures
from tests.statistics.examples import stop_line, stops_csv

ARCHIVE = captures.STATS / "police_uk" / "metropolitan_stop_and_search_2015-04_to_2024-08_available_months.zip"
MONTH_ROWS = 15_000
"""About what a month of the Met has."""
ROWS = 20 * MONTH_ROWS
"""Invented ones, where there is no archive."""


@dataclass(frozen=True)
class Measured:
    """One way of importing."""

    name: str
    rows: int
    wall: float
    processor: float
    megabytes: float

    def speed(self) -> float:
        """Rows a processor second."""
        return self.rows / max(self.processor, 0.01)  # it is counted in hundredths

    def line(self, measure: float) -> str:
        """A row of the table; ``measure`` is the speed that counts as one."""
        return (
            f"| {self.name} | {self.rows:,} | {self.wall:.1f} | {self.processor:.1f} | {self.rows / self.wall:,.0f} |"
            f" {self.speed():,.0f} | {self.megabytes:.0f} | {self.speed() / measure:.2f} |"
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


def one_csv(archive: Path, target: Path, months: int = 0) -> int:
    """Its members (the first ``months``; 0: all) behind one header; the number of rows."""
    lines = 0
    with zipfile.ZipFile(archive) as members, target.open("wb") as out:
        for n, name in enumerate(sorted(members.namelist())[: months or None]):
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


def invented(rows: int, target: Path) -> Path:
    """An archive of so many made-up stops, in months from 2022 on, spread over London, a minute apart."""
    outcomes = ("A no further action disposal", "Arrest", "Community resolution", "Khat or Cannabis warning")
    objects = ("Controlled drugs", "Offensive weapons", "Stolen goods", "Article for use in theft")
    groups = ("White - Irish", "Black/African/Caribbean/Black British - African", "Asian/Asian British - Indian")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        for first in range(0, rows, MONTH_ROWS):
            month = f"{2022 + first // MONTH_ROWS // 12}-{first // MONTH_ROWS % 12 + 1:02}"
            lines = (
                stop_line(
                    f"{month}-{n // 600 + 1:02}T{n // 25 % 24:02}:{n % 60:02}:00+00:00",
                    latitude=f"{51.40 + n * 7 % 200 / 1000:.6f}",
                    longitude=f"{-0.30 + n * 13 % 400 / 1000:.6f}",
                    object_=objects[n % len(objects)],
                    outcome=outcomes[n // 3 % len(outcomes)],
                    ethnicity=groups[n // 7 % len(groups)],
                )
                for n in range(min(MONTH_ROWS, rows - first))
            )
            out.writestr(f"{month}/{month}-metropolitan-stop-and-search.csv", stops_csv(*lines))
    return target


def sqlite3_shell(folder: Path, rows: int) -> list[Measured]:
    """`sqlite3 .import` of the CSV in this folder; nothing where there is no shell."""
    shell = shutil.which("sqlite3")
    if not shell:
        return []
    db = folder / "shell.db"
    arguments = [shell, str(db), ".mode csv", f".import {folder / 'stops.csv'} stops"]
    return [command("sqlite3 .import", arguments, db, rows)]


def sqlite_utils(archive: Path, folder: Path, months: int) -> Measured:
    """`sqlite-utils insert --csv` of the first ``months`` (0: all)."""
    csv, db = folder / "some.csv", folder / "utils.db"
    rows = one_csv(archive, csv, months)
    name = "sqlite-utils insert --csv" + (f" (first {months} months)" if months else "")
    arguments = [sys.executable, "-m", "sqlite_utils", "insert", str(db), "stops", str(csv), "--csv", "--silent"]
    return command(name, arguments, db, rows)


def main() -> None:
    """Measures and prints a table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--archive", type=Path, default=ARCHIVE if ARCHIVE.exists() else None)
    options.add_argument("--rows", type=int, default=0, help="so many invented ones, in place of an archive")
    options.add_argument("--months", type=int, default=0)
    options.add_argument("--sqlite-utils-months", type=int, default=10)
    options.add_argument("--without-sqlite-utils", action="store_true")
    chosen = options.parse_args()
    if chosen.archive and not chosen.archive.exists():
        options.error(f"{chosen.archive}: there is no such archive")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if chosen.archive and not chosen.rows:
            archive = chosen.archive
            print(f"{archive.name}\n")
        else:
            archive = invented(chosen.rows or ROWS, folder / "invented.zip")
            print(f"{chosen.rows or ROWS:,} invented rows\n")
        archive = some_months(archive, chosen.months, folder / "some.zip") if chosen.months else archive
        rows = one_csv(archive, folder / "stops.csv")
        found = [ours(archive, folder)]
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        found += sqlite3_shell(folder, rows)
        if not chosen.without_sqlite_utils:
            found.append(sqlite_utils(archive, folder, chosen.sqlite_utils_months))
    print("| import | rows | wall s | processor s | rows/s | rows per processor s | MB | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    measure = next((m.speed() for m in found if m.name == "sqlite3 .import"), found[0].speed())
    for measured in found:
        print(measured.line(measure))
    print(f"\nPeak memory of our import: {memory:.0f} MB")


if __name__ == "__main__":
    main()
