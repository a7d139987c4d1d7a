"""What single words say of topics and kinds: a second opinion, weighed beside that of the lexicon.

The lexicon knows the words that somebody thought of; these weights know the company those words keep. Each word of the vocabulary
has a weight for every topic and kind, in a table that a person can read (``data/words.csv``). A document is its words, each counted as
(1 + log of how often) × how rare the word is, brought to length one.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from aggregator.errors import ConfigError
from aggregator.tagging.features import Spoken
from aggregator.tagging.wordtable import Array

SOURCE = "aggregator/tagging/data/words.csv"
BIAS = "(always)"
"""The first row: what holds of every document."""
LOCAL = "local"
MIN_ITEMS, MAX_SHARE = 3, 0.5
"""A word in fewer items teaches nothing, one in a greater share of them tells no topic from another."""
DECIMALS = 2
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Words:
    """The vocabulary, how rare each word is, and its weight for each of ``labels``: topics, kinds, and LOCAL."""

    vocabulary: tuple[str, ...]
    rarity: Vector
    labels: tuple[str, ...]
    bias: Vector
    weights: npt.NDArray[np.float32]  # words × labels; single precision, for there are many

    def score(self, spoken: Spoken, docs: int) -> Vector:
        """Documents × labels, as logits."""
        out = np.zeros((docs, len(self.labels)))
        values, first = values_of(spoken, self.rarity)
        if len(first):
            parts = self.weights[spoken.word]
            parts *= values.astype(np.float32)[:, None]
            out[spoken.doc[first]] = np.add.reduceat(parts, first, axis=0)
        return out + self.bias


def values_of(spoken: Spoken, rarity: Vector) -> tuple[Vector, Array]:
    """The value of each word of each document, and where the words of each document begin."""
    values = (1.0 + np.log(spoken.count)) * rarity[spoken.word]
    if not len(values):
        return values, np.zeros(0, dtype=np.int64)
    new = np.concatenate(([True], spoken.doc[1:] != spoken.doc[:-1]))
    first = np.flatnonzero(new)
    length = np.sqrt(np.add.reduceat(values * values, first))
    return values / length[new.cumsum() - 1], first


def vocabulary(texts: Iterable[str]) -> tuple[tuple[str, ...], Vector]:
    """The words of flattened texts worth a weight, and how rare each is: 1 + log((1 + texts) / (1 + texts with it))."""
    counts: Counter[str] = Counter()
    total = 0
    for text in texts:
        counts.update(set(text.split()))
        total += 1
    kept = sorted(w for w, n in counts.items() if MIN_ITEMS <= n <= MAX_SHARE * total and w.isprintable())
    return tuple(kept), 1.0 + np.log((1 + total) / (1 + np.array([counts[w] for w in kept])))


def labels_of(topics: Sequence[str], kinds: Sequence[str]) -> tuple[str, ...]:
    """What the columns of the table are called: topics, kinds, and whether a text is about any place."""
    return (*topics, *(f"kind:{kind}" for kind in kinds), LOCAL)


def parse(lines: Iterable[str], labels: Sequence[str], source: str = SOURCE) -> Words:
    """Reads the table. Raises :class:`ConfigError` where it is not one, or not of these labels."""
    rows = csv.reader(lines)
    try:
        head = next(rows)
        if head[2:] != list(labels):
            raise ConfigError("its columns are not the topics and kinds that there are", subject=source)
        _, _, *bias = next(rows)
        words, rarity, weights = [], [], []
        for word, rare, *row in rows:
            words.append(word)
            rarity.append(rare)
            weights.append([value or "0" for value in row])
        return Words(
            tuple(words),
            np.array(rarity, dtype=np.float64),
            tuple(labels),
            np.array(bias, dtype=np.float64),
            np.array(weights, dtype=np.float32).reshape(len(words), len(labels)),
        )
    except (StopIteration, ValueError) as error:
        raise ConfigError(f"not a table of words: {error!r}", subject=source) from error


def render(words: Words) -> list[list[str]]:
    """The rows of the table; a weight that rounds to nothing is left empty."""
    number = f"%.{DECIMALS}f"
    rows = [["word", "rarity", *words.labels], [BIAS, "", *(number % b for b in words.bias)]]
    for word, rare, weights in zip(words.vocabulary, words.rarity, words.weights, strict=True):
        shown = [number % w if abs(w) >= 0.5 * 10**-DECIMALS else "" for w in weights]
        rows.append([word, number % rare, *shown])
    return rows


@cache
def load(topics: tuple[str, ...], kinds: tuple[str, ...]) -> Words:
    """The table of the package."""
    text = (files("aggregator.tagging") / "data" / "words.csv").read_text(encoding="utf-8")
    return parse(text.splitlines(), labels_of(topics, kinds))
