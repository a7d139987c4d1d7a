"""``make bench``: every measurement, each beside a peer in the same run. Ratios count; a busy machine moves both."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import bench


def main() -> None:
    """Runs the measurements named on the command line, or all: a module of this package with a ``main()``."""
    names = sys.argv[1:] or sorted(
        m.name for m in pkgutil.iter_modules(bench.__path__) if not m.name.startswith(("_", "peer"))
    )
    for name in names:
        print(f"\n=== {name} ===", flush=True)
        sys.argv = [name]  # each reads its own options, and here has none
        importlib.import_module(f"bench.{name}").main()


main()
