"""`aggregator tag --jsonl`: lines in, lines out, in order, with errors that name the line. And the explanation for people."""

from __future__ import annotations

import json

import pytest

from aggregator.errors import ConfigError
from aggregator.models import Document
from aggregator.tagging import explain, jsonl, tagger, taxonomy

ITEM = {
    "id": "a1",
    "publisher": "met-news",
    "title": "Stabbing in Brixton",
    "summary": "",
    "body": "A boy was stabbed in Brixton.",
}


def test_each_line_is_answered_in_order() -> None:
    lines = [json.dumps(ITEM | {"id": n}) for n in (3, 1, 2)]
    out = [json.loads(line) for line in jsonl.tag_lines(lines, tagger.load())]
    assert [o["id"] for o in out] == [3, 1, 2]
    assert out[0]["places"][0]["slug"] == "lambeth"
    evidence = out[0]["topics"][0]["evidence"][0]
    assert ITEM[evidence["field"]][evidence["start"] : evidence["end"]] == evidence["text"]
    assert set(evidence) == {"field", "start", "end", "text", "rule"}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: an object with id"),
        ('{"title": "no id"}', "line 2: 'id' and 'title'"),
        ('{"id": "x", "title": 5}', "line 2: 'id' and 'title'"),
        ('{"id": "x", "title": "t", "body": 7}', "line 2: body must be text"),
    ],
)
def test_a_bad_line_is_named(line: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        list(jsonl.tag_lines([json.dumps(ITEM), line], tagger.load()))


def test_empty_lines_and_missing_summaries_are_fine() -> None:
    lines = ["\n", '{"id": "x", "title": "Burglary", "summary": null}\n']
    assert len(list(jsonl.tag_lines(lines, tagger.load()))) == 1


def test_the_explanation_marks_the_evidence_in_its_sentence() -> None:
    doc = Document(ITEM["title"], ITEM["summary"], ITEM["body"] + "\x1b[2J", ITEM["publisher"])
    text = explain.render(doc, tagger.load().tag(doc), taxonomy.load())
    assert "Knife crime" in text
    assert "A boy was [stabbed] in Brixton." in text
    assert "Lambeth" in text
    assert "\x1b" not in text
