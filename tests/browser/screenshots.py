"""Renews docs/screenshots from the demonstration: ``python -m tests.browser.screenshots [FOLDER] [--full]``.

Each page type at phone and desk width, light and dark, as small PNG files. A picture that shows what the one in the folder
shows already is not written again. ``--full``: whole pages instead of what fits the window, for looking through them.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageChops

from tests.browser import demo

FOLDER = demo.ROOT / "docs" / "screenshots"
WIDTHS = {"phone": (390, 844), "desk": (1280, 800)}
SCHEMES = ("light", "dark")
COLOURS = 12
MAX_BYTES = 2_500_000
"""Of the folder: it comes with every clone."""
NOTICED = 0.002
"""Share of the points that must differ for a picture to be another one: hashes and counters of milliseconds are less."""


def main(folder: Path, *, full: bool = False, only: str = "") -> int:
    """Takes the pictures; returns how many files were written."""
    if demo.CHROMIUM is None:
        raise SystemExit(demo.NO_CHROMIUM)
    folder.mkdir(parents=True, exist_ok=True)
    written, names = 0, set()
    with tempfile.TemporaryDirectory(prefix="met-screenshots-") as work:
        db = demo.make(Path(work))
        with demo.served(db) as address:
            for name, picture in pictures(address, demo.pages(db), full=full, only=only):
                names.add(name)
                written += _write(folder / name, picture)
    if not only and not full:
        for stale in folder.glob("*.png"):
            if stale.name not in names:
                stale.unlink()
        size = sum(file.stat().st_size for file in folder.glob("*.png"))
        if size > MAX_BYTES:
            raise SystemExit(f"{folder} has {size:,} bytes, more than {MAX_BYTES:,}: use fewer colours or fewer pages")
    return written


def pictures(address: str, pages: dict[str, str], *, full: bool, only: str) -> Iterator[tuple[str, bytes]]:
    """File names and PNGs as the browser takes them."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        browser = running.chromium.launch(executable_path=demo.CHROMIUM, args=list(demo.LAUNCH))
        for width, (x, y) in WIDTHS.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": x, "height": y}, color_scheme=scheme, reduced_motion="reduce", locale="en-GB"
                )
                page = context.new_page()
                for name, path in pages.items():
                    if only and name not in only.split(","):
                        continue
                    page.goto(address + path)
                    yield f"{name}-{width}-{scheme}.png", page.screenshot(full_page=full)
                context.close()
        browser.close()


def _write(path: Path, picture: bytes) -> bool:
    """Writes a picture with few colours, unless the file shows the same already."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    reduced = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    if path.exists() and _alike(Image.open(path).convert("RGB"), reduced.convert("RGB")):
        return False
    reduced.save(path, optimize=True)
    return True


def _alike(old: Image.Image, new: Image.Image) -> bool:
    if old.size != new.size:
        return False
    levels = ImageChops.difference(old, new).convert("L").point(lambda level: 255 if level > 24 else 0)
    differing = levels.histogram()[255]
    return differing <= NOTICED * old.width * old.height


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.browser.screenshots")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--full", action="store_true", help="whole pages")
    parser.add_argument("--only", default="", help="names of pages, with commas")
    given = parser.parse_args()
    count = main(given.folder, full=given.full, only=given.only)
    print(f"{count} pictures are new in {given.folder}", file=sys.stderr)
