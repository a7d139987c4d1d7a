"""The same story once, and what follows from it: across sources, within a round and between rounds, undone again."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from aggregator.cli import main
from aggregator.db.connection import open_writer
from aggregator.db.tags import Correction
from aggregator.models import Document, Tags, Utc
from aggregator.retag import correct
from aggregator.takedown import withdraw
from tests.pipeline.harness import rows
from tests.pipeline.stage import Stage, Step, Untagged, day
from tests.support.origin import Origin

pytestmark = pytest.mark.usefixtures("quick")

STORY = (
    "Detectives investigating a robbery in Peckham have released images of two men they want to speak to. A man in his "
    "twenties was approached outside the station at about 22:40 and his phone and watch were taken. He was not hurt. "
    "Officers have viewed footage from shops and buses and ask anyone who knows the men to come forward."
)
OTHER = (
    "Residents of Hackney met officers to review footage of searches made under section 60 in the summer. The panel asked "
    "for more training on how a reason is given, and the borough commander promised to answer by the new year."
)


class ByWord(Untagged):
    """A tagger that knows three kinds."""

    def tag(self, document: Document) -> Tags:
        kinds = {"appeal": "appeal", "charged": "charge-or-arrest", "jailed": "court-outcome"}
        kind = next((kinds[word] for word in kinds if word in document.title.lower()), "statement")
        return Tags((), (), kind, "none")


def feed(*items: tuple[int, str, str], day: int = 4) -> bytes:
    """Items of (number, title, text) as their publisher dates them."""
    parts = (
        f"<item><title>{title}</title><link>https://{{host}}/{n}</link><content:encoded><![CDATA[{text}]]></content:encoded>"
        f"<pubDate>{day:02} Jan 2026 0{n % 10}:00:00 +0000</pubDate></item>"
        for n, title, text in items
    )
    return f'<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>News</title>{"".join(parts)}</channel></rss>'.encode()


def sources(origin: Origin, *names: str) -> list[dict[str, Any]]:
    return [{"id": name, "kind": "feed", "url": origin.url(f"/{name}")} for name in names]


def serve(origin: Origin, **bodies: bytes) -> Step:
    def step() -> None:
        for name, body in bodies.items():
            origin.add(
                f"/{name}", body=body.replace(b"{host}", f"{name}.example".encode()), content_type="application/rss+xml"
            )

    return step


def test_a_story_told_by_three_sources_is_one_and_says_why(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local", "agency", "council"))
    light = STORY.replace("two men", "two young men").replace("He was not hurt. ", "He was not injured. ")
    stage.play(
        (0, serve(origin, met=feed((1, "Appeal after robbery", STORY)), council=feed((4, "Panel meets", OTHER)),
                  local=feed(), agency=feed())),
        (1, serve(origin, local=feed((2, "Robbery in Peckham: images released", light)), agency=feed((3, "Appeal", STORY)))),
    )  # fmt: skip
    clusters_found = rows(
        stage.db, "SELECT group_concat(source_id) FROM (SELECT * FROM updates ORDER BY source_id) GROUP BY cluster_id"
    )
    assert sorted(members for (members,) in clusters_found) == ["agency,local,met", "council"]
    why = rows(
        stage.db,
        "SELECT u.source_id, m.reason, m.score FROM cluster_members m JOIN updates u ON u.id = m.update_id ORDER BY u.source_id",
    )
    assert [(source, reason) for source, reason, _ in why] == [("agency", "text"), ("local", "similar")]
    assert 0.6 < why[1][2] < 1.0
    assert rows(stage.db, "SELECT count(*) FROM updates") == [(4,)], "grouped, never merged"


def test_texts_of_one_source_are_never_one_story(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met"))
    stage.play((0, serve(origin, met=feed((1, "Appeal", STORY), (2, "Appeal again", STORY)))))
    assert rows(stage.db, "SELECT count(DISTINCT cluster_id) FROM updates") == [(2,)]


def test_texts_of_one_source_are_not_one_story_through_another_source_either(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local"))
    stage.play(
        (0, serve(origin, met=feed((1, "Appeal", STORY)), local=feed())),
        (1, serve(origin, local=feed((2, "Appeal", STORY)))),
        (2, serve(origin, met=feed((1, "Appeal", STORY), (3, "Renewed appeal", STORY)))),
    )
    found = rows(stage.db, "SELECT title, cluster_id = min(cluster_id) OVER () FROM updates ORDER BY title")
    assert found == [("Appeal", 1), ("Appeal", 1), ("Renewed appeal", 0)]


def test_what_one_source_has_at_one_address_is_not_one_story(tmp_path: Path, origin: Origin) -> None:
    """The agenda, and weeks later the decisions, of a meeting lead to one page: neither may hide the other from lists."""
    page = "https://assembly.example/ieListDocuments.aspx?CId=240&amp;MId=7398"
    told = ("Agenda published", "Decision sheet published")
    items = [
        f"<item><title>{event}: Meeting of Monday, 12th January, 2026 6.30 pm, Police and Crime Committee</title>"
        f"<link>{page}</link></item>"
        for event in told
    ]

    def published(*some: str) -> bytes:
        return f'<rss version="2.0"><channel><title>New</title>{"".join(some)}</channel></rss>'.encode()

    meetings = {"id": "meetings", "kind": "modgov-feed", "url": origin.url("/meetings")}
    stage = Stage(tmp_path, origin, meetings, *sources(origin, "diary"))
    stage.play(
        (0, serve(origin, meetings=published(items[0]), diary=published(items[0]))),
        (9, serve(origin, meetings=published(items[1], items[0]))),
    )
    by_story = "SELECT group_concat(source_id) FROM (SELECT * FROM updates ORDER BY source_id) GROUP BY cluster_id"
    assert sorted(members for (members,) in rows(stage.db, by_story)) == ["diary,meetings", "meetings"]


def test_a_wrong_grouping_is_undone_for_good_by_the_command(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local", "agency"))
    told = {name: feed((n, "Appeal", STORY)) for n, name in enumerate(("met", "local", "agency"), start=1)}
    stage.play((0, serve(origin, **told)))
    assert rows(stage.db, "SELECT count(DISTINCT cluster_id) FROM updates") == [(1,)]
    ((first, seq),) = rows(stage.db, "SELECT cluster_id, (SELECT max(seq) FROM changes) FROM updates LIMIT 1")
    command = ("correct", str(first), "--own-story", "--db", str(stage.db), "--feeds", str(stage.feeds))
    assert CliRunner().invoke(main, [*command, "--why", "another robbery"]).exit_code == 0
    assert rows(stage.db, "SELECT update_id, type FROM changes WHERE seq > ? ORDER BY update_id", seq) == [
        (number, "retagged") for (number,) in rows(stage.db, "SELECT id FROM updates ORDER BY id")
    ], "the others are of a story with another number now"
    assert rows(stage.db, "SELECT field, action, value, why FROM corrections") == [
        ("story", "set", "own", "another robbery")
    ]
    name = rows(stage.db, "SELECT source_id FROM updates WHERE id = ?", first)[0][0]
    edited = told[name].replace(b"shops and buses", b"shops and two buses")
    stage.play((1, serve(origin, **{name: edited})))
    assert rows(stage.db, "SELECT version FROM updates WHERE id = ?", first) == [(2,)]
    assert rows(stage.db, "SELECT count(*) FROM updates WHERE cluster_id = ?", first) == [(1,)], "not grouped again"
    assert rows(stage.db, "SELECT count(DISTINCT cluster_id) FROM updates") == [(2,)], "the others stay together"
    assert rows(
        stage.db, "SELECT count(*) FROM updates u WHERE NOT EXISTS (SELECT 1 FROM updates v WHERE v.id = u.cluster_id)"
    ) == [(0,)]
    assert rows(
        stage.db, "SELECT count(*) FROM cluster_members WHERE cluster_id NOT IN (SELECT cluster_id FROM updates)"
    ) == [(0,)]


def test_a_story_set_apart_may_have_tellings_of_its_own_and_never_the_old_ones(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local", "agency"))
    told = {name: feed((n, "Appeal", STORY)) for n, name in enumerate(("met", "local"), start=1)}
    stage.play((0, serve(origin, **told)))
    ((number,),) = rows(stage.db, "SELECT id FROM updates WHERE source_id = 'met'")
    with closing(open_writer(stage.db)) as conn:
        said = Correction("story", "set", "own")
        correct(conn, number, [said], Untagged().tag, {}, lambda: day(1), who="editor", why="another robbery")

    def stories() -> list[tuple[str]]:
        by_story = "SELECT group_concat(source_id) FROM (SELECT * FROM updates ORDER BY source_id) GROUP BY cluster_id"
        return sorted(rows(stage.db, by_story))

    assert stories() == [("local",), ("met",)]
    for late, name in enumerate(told):  # either may be edited: they were told apart
        edited = told[name].replace(b"shops and buses", b"shops and two buses")
        stage.play((2 + late, serve(origin, **{name: edited})))
        assert stories() == [("local",), ("met",)]
    newer = feed((3, "Appeal", STORY.replace("shops and buses", "shops and two buses")))
    stage.play((4, serve(origin, agency=newer)))
    assert stories() == [("agency,met",), ("local",)], "as alike to both: the older one's"
    again = told["local"].replace(b"22:40", b"22:45")
    stage.play((5, serve(origin, local=again)))
    assert stories() == [("agency,met",), ("local",)], "not through a third either"


def test_undoing_a_grouping_says_what_was_done(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local", "agency"))
    told = {name: feed((n, "Appeal", STORY)) for n, name in enumerate(("met", "local", "agency"), start=1)}
    stage.play((0, serve(origin, **told)))
    first, second, third = (number for (number,) in rows(stage.db, "SELECT id FROM updates ORDER BY id"))
    ((story,),) = rows(stage.db, "SELECT DISTINCT cluster_id FROM updates")
    members = sorted({first, second, third} - {story})
    options = ("--own-story", "--why", "another robbery", "--db", str(stage.db), "--feeds", str(stage.feeds))

    def correct(number: int, *more: str) -> str:
        return CliRunner().invoke(main, ["correct", str(number), *options, *more]).output

    assert (
        f"{story}: a story of its own now, separated from story {story} (its number is {members[0]} now), "
        f"in which remain: {members[0]}, {members[1]}\n"
    ) in correct(story)
    assert json.loads(correct(members[1], "--json"))["separated_from"] == {
        "was": members[0], "now": members[0], "remaining": [members[0]]
    }  # fmt: skip
    assert "was grouped with no other update" in correct(members[0])
    assert json.loads(correct(members[0], "--json"))["separated_from"] is None


def test_whoever_follows_the_changes_learns_that_a_story_has_another_number(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local", "agency"))
    told = {name: feed((n, "Appeal", STORY)) for n, name in enumerate(("met", "local", "agency"), start=1)}
    stage.play((0, serve(origin, **told)))
    copy = "SELECT id, cluster_id FROM updates ORDER BY id"
    before, first = rows(stage.db, copy), rows(stage.db, "SELECT cluster_id FROM updates")[0][0]
    cursor = rows(stage.db, "SELECT max(seq) FROM changes")[0][0]
    withdraw(stage.db, first, lambda: Utc("2026-01-05T00:00:00Z"), who="test", why="court order")
    changes = dict(rows(stage.db, "SELECT update_id, type FROM changes WHERE seq > ?", cursor))
    assert {row[0] for row in rows(stage.db, copy) if row not in before} == {n for n in changes if n != first}
    assert sorted(changes.values()) == ["redacted", "retagged", "retagged"]


def test_hashes_are_kept_for_as_long_as_a_story_lasts(tmp_path: Path, origin: Origin) -> None:
    stage = Stage(tmp_path, origin, *sources(origin, "met", "local"))
    stage.play(
        (0, serve(origin, met=feed((1, "Appeal", STORY)), local=feed())),
        (70, serve(origin, local=feed((2, "New panel", OTHER)))),
    )
    assert rows(stage.db, "SELECT count(*) FROM near_buckets") == [(0,)], (
        "what was published 70 days ago is not compared any more"
    )


def test_appeal_charge_and_verdict_are_linked_with_the_reason(
    tmp_path: Path, origin: Origin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aggregator.collect.tagger.load", ByWord)
    stage = Stage(tmp_path, origin, *sources(origin, "met"))
    verdict = (
        'As part of Operation Hydrangea a man was jailed. <a href="https://met.example/1?utm_source=x">Our appeal</a>.'
    )
    stage.play(
        (
            0,
            serve(
                origin,
                met=feed(
                    (1, "Appeal after robbery", "Quote CAD 3421/14Aug. Operation Hydrangea is looking into it."), day=1
                ),
            ),
        ),
        (1, serve(origin, met=feed((2, "Man charged", "Officers of Operation Hydrangea charged a man."), day=2))),
        (2, serve(origin, met=feed((3, "Man jailed", verdict), (4, "Open day", "All are welcome."), day=3))),
    )
    found = rows(
        stage.db,
        "SELECT u.title, o.title, r.relation, r.reason FROM related_updates r JOIN updates u ON u.id = r.update_id "
        "JOIN updates o ON o.id = r.other_id ORDER BY u.id, o.id, r.relation",
    )
    name = "both name Operation Hydrangea"
    assert found == [
        ("Man charged", "Appeal after robbery", "follow-up", name),
        ("Man jailed", "Appeal after robbery", "follow-up", name),
        ("Man jailed", "Appeal after robbery", "links-to", "its text links to it"),
        ("Man jailed", "Man charged", "follow-up", name),
    ]
