"""Whatever a receiver answers and whenever the process dies: every notice arrives, in order, and once for those who keep ids."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.db import subscriptions as rows
from aggregator.models import Fetched, Outcome, Request, Utc
from aggregator.subscriptions import webhooks
from aggregator.subscriptions.model import Criteria
from tests.subscriptions.conftest import Stand


class Killed(BaseException):
    """Stands for kill -9: no handler of ours catches it."""


class Receiver:
    """In place of the client: answers by a script, and keeps what it took. ``die`` is a death after it has taken a notice."""

    def __init__(self, script: list[str]) -> None:
        self.script = script
        self.taken: list[tuple[str, int]] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Fetched:
        answer = self.script.pop(0) if self.script else "200"
        if answer in ("200", "die", "lost"):  # lost: it took it, and its answer did not arrive
            self.taken.append((headers["webhook-id"], json.loads(body)["seq"]))
        if answer == "die":
            raise Killed
        status = int(answer) if answer.isdigit() else None
        return Fetched(
            Request(url), Outcome.OK if status == 200 else Outcome.TIMEOUT, Utc("2026-01-01T00:00:00Z"), 1, status
        )


STEPS = st.lists(st.sampled_from(["publish", "edit", "deliver", "deliver", "revive", "other"]), max_size=14)
ANSWERS = st.lists(st.sampled_from(["200", "200", "500", "410", "die", "lost", "none"]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, answers=ANSWERS)
def test_every_notice_arrives_in_order(steps: list[str], answers: list[str]) -> None:
    with TemporaryDirectory() as folder, closing(Stand(Path(folder))) as stand:
        receiver: Any = Receiver(list(answers))
        real, webhooks._client = webhooks._client, lambda *_: receiver
        try:
            begun = stand.add_hook("https://hook.example/", Criteria(topics=("robbery",))).cursor
            play(stand, steps)
            receiver.script.clear()
            for _ in range(3):
                rows.revive(stand.private, 1, skip=False)
                stand.deliver()
        finally:
            webhooks._client = real
        sql = (
            "SELECT c.seq FROM changes c JOIN update_topics t ON t.update_id = c.update_id AND t.topic = 'robbery' "
            "WHERE c.seq > ? ORDER BY c.seq"
        )
        expected = [seq for (seq,) in stand.archive.execute(sql, (begun,))]
        once = list(dict.fromkeys(receiver.taken))
        assert [seq for _, seq in once] == expected
        assert len({ident for ident, _ in once}) == len(once), "one id for each notice"


def play(stand: Stand, steps: list[str]) -> None:
    updates: list[int] = []
    for step in steps:
        if step == "publish":
            updates.append(stand.publish("wanted", topics=("robbery",)))
        elif step == "other":
            stand.publish("unwanted")
        elif step == "edit" and updates:
            stand.change(updates[-1], "edited")
        elif step == "revive":
            rows.revive(stand.private, 1, skip=False)
        elif step == "deliver":
            stand.later(60)
            with suppress(Killed):
                stand.deliver()
