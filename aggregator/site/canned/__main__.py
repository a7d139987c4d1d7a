"""``python -m aggregator.site.canned``: writes the queries into datasette_metadata.json, after one was changed."""

from __future__ import annotations

from pathlib import Path

from aggregator.site import metadata

if __name__ == "__main__":
    target = Path(metadata.__file__).with_name(metadata.FILENAME)
    print(f"{target.name}: {'written' if metadata.synchronise(target) else 'up to date'}")
