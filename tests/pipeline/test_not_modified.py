"""What a 304 means: the same page as last time, read as it was then."""

from __future__ import annotations

from pathlib import Path

import pytest

from aggregator.clock import plus
from aggregator.models import Outcome, Utc
from tests.pipeline.harness import collect, feeds, report, rows
from tests.support.origin import Answer, Origin

pytestmark = pytest.mark.usefixtures("quick")

NOW = Utc("2026-09-20T12:00:00Z")
DAY = 86_400


def one(tmp_path: Path, origin: Origin, **source: object) -> Path:
    return feeds(tmp_path, origin.netloc, [{"id": "news", **source}])


def test_a_kept_page_is_read_in_the_charset_it_was_sent_in(tmp_path: Path, origin: Origin) -> None:
    """However the header is written: read otherwise a day later, the same bytes would be an edit nobody made."""
    body = "<main><h1>Caf\xe9</h1><p>Na\xefve words of a policy of London.</p></main>".encode("latin-1")
    origin.add("/policy", Answer(body, content_type="text/html; Charset=ISO-8859-1", etag='"1"'))
    db, config = tmp_path / "met.db", one(tmp_path, origin, kind="page", url=origin.url("/policy"))
    collect(db, config, now=NOW)
    assert report(collect(db, config, now=plus(NOW, 2 * DAY)), "news").outcome is Outcome.NOT_MODIFIED
    assert rows(db, "SELECT title, version FROM updates") == [("Caf\xe9", 1)]
