"""Which words and n-grams may tell a kind: read off the items trained on, never chosen by hand. Training only."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
from scipy import sparse
from sklearn.feature_selection import chi2

from aggregator.tagging.lexicon import Phrase
from aggregator.tagging.text import Laid
from aggregator.tagging.wordtable import Array

LONGEST = 3
"""Words of the longest n-gram."""
MIN_ITEMS, MAX_SHARE = 6, 0.5
"""An n-gram in fewer items says nothing, one in a greater share of them tells no kind from another."""
KEPT = 800
"""N-grams kept: those that differ most between kinds, by chi-squared, of the items trained on."""
_GAP = re.compile(r"  +|\x02|\x03")


def candidates(laid: Iterable[Laid]) -> tuple[Phrase, ...]:
    """Every n-gram that enough items have, none reaching over a mark of punctuation."""
    counts: Counter[str] = Counter()
    total = 0
    for one in laid:
        counts.update(_ngrams(one.flat))
        total += 1
    return tuple(Phrase(text, False) for text, n in sorted(counts.items()) if MIN_ITEMS <= n <= MAX_SHARE * total)


def _ngrams(flat: str) -> set[str]:
    found: set[str] = set()
    for run in _GAP.split(flat):
        words = run.split()
        for n in range(1, LONGEST + 1):
            found.update(" ".join(words[i : i + n]) for i in range(len(words) - n + 1))
    return found


def choose(columns: sparse.csr_matrix, kinds: Array, kept: int = KEPT) -> Array:
    """Numbers of the n-grams that differ most between kinds. ``columns`` are items × (title, head, all) of each n-gram."""
    scores = np.nan_to_num(chi2(columns, kinds)[0]).reshape(-1, 3).max(axis=1)
    chosen: Array = np.sort(np.argsort(-scores, kind="stable")[:kept])
    return chosen
