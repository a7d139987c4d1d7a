"""Signatures are those of the Standard Webhooks specification: its own test vector, and the receiver of our documentation."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aggregator.errors import ConfigError
from aggregator.subscriptions import signing

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
ID, AT, BODY = "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_vector_of_the_specification() -> None:
    """From the specification's reference libraries (their shared test of `sign`)."""
    assert signing.headers(SECRET, ID, AT, BODY) == {
        "webhook-id": ID, "webhook-timestamp": str(AT), "webhook-signature": SIGNATURE,
    }  # fmt: skip


@pytest.mark.parametrize("length", [24, 32, 64])
def test_a_secret_is_written_and_read_back(length: int) -> None:
    assert signing.key_of(signing.written(bytes(range(length)))) == bytes(range(length))


@pytest.mark.parametrize(
    "bad", ["", "hunter2", "whsec_", "whsec_!!!!", "whsec_" + base64.b64encode(b"short").decode(),
            base64.b64encode(bytes(32)).decode(), "whsec_" + base64.b64encode(bytes(65)).decode(), "whsec_é"],
)  # fmt: skip
def test_what_is_no_secret_is_refused_without_repeating_it(bad: str) -> None:
    with pytest.raises(ConfigError) as said:
        signing.key_of(bad)
    assert not bad or len(bad) < 8 or bad not in str(said.value)


def documented() -> Callable[..., Any]:
    """The function `verify` of docs/subscriptions.md, as a reader would copy it."""
    page = (Path(__file__).parents[2] / "docs" / "subscriptions.md").read_text("utf-8")
    code = re.search(r"```python\n(.*?)```", page, re.DOTALL)
    assert code
    names: dict[str, Any] = {}
    exec(code[1], names)
    found: Callable[..., Any] = names["verify"]
    return found


def test_the_receiver_of_the_documentation_verifies_and_refuses() -> None:
    verify = documented()
    headers = signing.headers(SECRET, ID, AT, BODY)
    assert verify(SECRET, headers, BODY, now=AT + 10) == {"test": 2432232314}
    for broken in (
        lambda: verify(SECRET, headers, BODY + b" ", now=AT),
        lambda: verify(signing.written(bytes(32)), headers, BODY, now=AT),
        lambda: verify(SECRET, headers, BODY, now=AT + 301),
        lambda: verify(SECRET, {**headers, "webhook-id": "msg_other"}, BODY, now=AT),
    ):
        with pytest.raises(ValueError, match="webhook"):
            broken()
