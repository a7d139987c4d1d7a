"""We say who we are."""

from __future__ import annotations

import pytest

from aggregator import __version__
from aggregator.errors import ConfigError
from aggregator.fetch.user_agent import product_token, user_agent
from aggregator.models import FetchSettings


@pytest.mark.parametrize(
    ("settings", "agent", "token"),
    [
        (
            FetchSettings("https://example.org/c"),
            f"met-aggregator/{__version__} (+https://example.org/c)",
            "met-aggregator",
        ),
        (FetchSettings(""), f"met-aggregator/{__version__}", "met-aggregator"),
        (
            FetchSettings("", user_agent="Ealing-News/2 (+mailto:a@b.example)"),
            "Ealing-News/2 (+mailto:a@b.example)",
            "Ealing-News",
        ),
        (FetchSettings("", user_agent="(odd)"), "(odd)", "met-aggregator"),
    ],
)
def test_name_and_token(settings: FetchSettings, agent: str, token: str) -> None:
    assert user_agent(settings) == agent
    assert product_token(agent) == token


@pytest.mark.parametrize("contact", ["https://example.org/\r\nX-Evil: 1", "café@example.org"])
def test_what_no_header_holds_is_a_configuration_error(contact: str) -> None:
    with pytest.raises(ConfigError, match="plain ASCII"):
        user_agent(FetchSettings(contact))
