"""What a program is told when its question cannot be answered: whose fault it is, and whether to come again."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.site.conftest import Site


@pytest.mark.parametrize(
    "query",
    [
        "/met/updates.json?id__in=[",
        "/met/updates?id__in=[",
        "/met/changes_since.json?_timelimit=soon",
        "/met/source_health.json?_next=abc",
        "/met.json?_shape=array",
    ],
)
def test_a_value_that_cannot_be_read_is_the_askers_mistake(site: Site, query: str) -> None:
    response = site.get(query)
    assert response.status_code == 400
    assert "not what it should be" in response.text


def test_a_program_whose_query_takes_too_long_is_told_to_come_again(site: Site) -> None:
    forever = "with recursive n(x) as (select 1 union all select x+1 from n) select count(*) from n"
    response = site.get(f"/met.json?sql={quote(forever)}&_timelimit=20")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "30"
    assert response.json()["error"].startswith("That took too long.")
