"""``make bench``: every measurement, each beside a peer in the same run. Ratios count; a busy machine moves both."""

from __future__ import annotations

import pkgutil
import subprocess
import sys
from collections.abc import Sequence

import bench


def main(names: Sequence[str]) -> int:
    """Runs the measurements named, or all: the modules of this package, each in a process of its own.

    One that cannot run is said, and the others run all the same; gives back 1 then, else 0.
    """
    there = sorted(m.name for m in pkgutil.iter_modules(bench.__path__) if not m.name.startswith(("_", "peer")))
    failed = []
    for name in names or there:
        print(f"\n=== {name} ===", flush=True)
        if name not in there:
            print(f"there is no such measurement; there are {', '.join(there)}")
            failed.append(name)
        elif status := subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            print(f"{name} could not be measured (status {status}); the reason stands above")
            failed.append(name)
    if failed:
        print(f"\nNot measured: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
