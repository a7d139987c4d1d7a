"""The demonstration's own feeds.yaml."""

from __future__ import annotations

from importlib.resources import files


def feeds_yaml(port: int) -> str:
    """The text of a feeds.yaml whose sources are all on the origin at this port of 127.0.0.1."""
    template = files("aggregator.demo").joinpath("content", "feeds.yaml").read_text("utf-8")
    return template.replace("PORT", str(port))
