"""Speed of tagging on one core, beside raw matching of the same phrases: ``python -m bench.tagging``.

Text is the labelled items. Ours is everything: layout, matching, topics, places, kind, entities, evidence. The others only
find phrases: one `re` alternation, pyahocorasick (where it is installed) and the engine that we use.
"""

from __future__ import annotations

import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # one core; before numpy is loaded

from ahocorasick_rs import AhoCorasick, Implementation

from aggregator.models import Document
from aggregator.tagging import labelled, tagger
from aggregator.tagging.text import lay

GOLD = Path(__file__).parent.parent / "tests" / "quality" / "gold"
ROUNDS = 9


def measure(work: Callable[..., object], inputs: Sequence[object], size: int) -> float:
    """The best of a few rounds, in MB of text a second of processor time."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.process_time()
        for one in inputs:
            work(one)
        best = min(best, time.process_time() - start)
    return size / best / 1e6


def long_documents(docs: Sequence[Document], times: int) -> list[Document]:
    """The same text in fewer and longer documents, as policies and reports are."""
    return [
        Document(d.title, d.summary, "\n\n".join(x.body for x in docs[n : n + times]), d.publisher)
        for n, d in enumerate(docs)
        if n % times == 0
    ]


def _many(ours: tagger.Tagger) -> Callable[[Iterable[Document]], object]:
    return lambda docs: deque(ours.tag_many(docs), maxlen=0)


def main() -> None:
    """Prints the table."""
    docs = [item.doc for item in labelled.read(sorted(GOLD.glob("*.jsonl")))]
    ours = tagger.load()
    matcher = tagger.extractor().matcher
    patterns = [f" {p.text}" if p.open else f" {p.text} " for p in matcher.phrases]
    flat = [lay(d).flat for d in docs]
    size = sum(len(d.title) + len(d.summary) + len(d.body) for d in docs)
    print(f"{size / 1e6:.2f} MB in {len(docs)} documents, {len(patterns)} phrases; MB/s on one core")
    print(f"{measure(_many(ours), [docs], size):8.1f}  tagging, everything included, in batches")
    print(f"{measure(ours.tag, docs, size):8.1f}  the same, one by one")
    longer = long_documents(docs, 8)
    long_size = sum(len(d.title) + len(d.summary) + len(d.body) for d in longer)
    print(
        f"{measure(_many(ours), [longer], long_size):8.1f}  in batches, in documents of {long_size // len(longer)} characters"
    )
    whole = ["".join(flat[n : n + 64]) for n in range(0, len(flat), 64)]
    print(
        f"{measure(matcher.scan, whole, size):8.1f}  matching alone, as it is done here: words by a table, phrases by ahocorasick_rs"
    )
    engine = AhoCorasick(patterns, implementation=Implementation.ContiguousNFA)
    find = partial(engine.find_matches_as_indexes, overlapping=True)
    print(f"{measure(find, flat, size):8.1f}  matching alone, ahocorasick_rs for everything")
    try:
        ahocorasick = import_module("ahocorasick")
    except ImportError:
        print("       –  matching alone, pyahocorasick: not installed")
    else:
        automaton = ahocorasick.Automaton()
        for number, pattern in enumerate(patterns):
            automaton.add_word(pattern, number)
        automaton.make_automaton()
        print(f"{measure(lambda text: list(automaton.iter(text)), flat, size):8.1f}  matching alone, pyahocorasick")
    few = re.compile("|".join(map(re.escape, sorted(patterns, key=len, reverse=True)[:: len(patterns) // 720])))
    part = flat[:60]
    part_size = sum(map(len, part))
    print(f"{measure(few.findall, part, part_size):8.1f}  matching alone, one re alternation of 720 of the phrases")


if __name__ == "__main__":
    main()
