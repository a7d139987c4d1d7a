"""The last word on topics: what lexicon and single words say of one, and how it stands among the others of its document.

A topic that stands alone is likelier than one of ten; the best of a document that says little is likelier than the tenth of one that
says much. One set of weights serves all topics. Pure array arithmetic, shared by training and run time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
LOGIT_LIMIT = 9.2
"""No opinion is surer than this, for or against."""
WORDS_SHARE, WORDS_SCALE = 0.45, 1.6
"""How much the opinion of single words counts beside that of the lexicon when topics are compared: found by cross-validation."""
FEATURES = ("lexicon", "words", "ahead", "best", "others", "rank", "frequent")
"""Both opinions; how far ahead of the best other topic (or behind); the best of the document; the sum of the other topics'
probabilities; how many topics are before it, in tens; how frequent the topic is, as the logarithm of its share of items."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Learned weights of FEATURES, and how frequent each topic was among the items learned from."""

    bias: float
    weights: Vector
    frequent: Vector

    def logits(self, lexicon: Vector, words: Vector) -> Vector:
        """Documents × topics. Both opinions are logits of the same shape."""
        out: Vector = features(lexicon, words, self.frequent) @ self.weights + self.bias
        return out


def features(lexicon: Vector, words: Vector, frequent: Vector) -> Vector:
    """Documents × topics × FEATURES."""
    by_lexicon, by_words = np.clip(lexicon, -LOGIT_LIMIT, LOGIT_LIMIT), np.clip(words, -LOGIT_LIMIT, LOGIT_LIMIT)
    both = (1.0 - WORDS_SHARE) * by_lexicon + WORDS_SHARE * WORDS_SCALE * by_words
    rank = (-both).argsort(axis=1).argsort(axis=1)
    order = np.sort(both, axis=1)
    best, second = order[:, -1:], order[:, -2:-1]
    likely = 1 / (1 + np.exp(-both))
    out = np.empty((*both.shape, len(FEATURES)))
    out[:, :, 0] = by_lexicon
    out[:, :, 1] = by_words
    out[:, :, 2] = both - np.where(both >= best, second, best)
    out[:, :, 3] = best
    out[:, :, 4] = likely.sum(axis=1, keepdims=True) - likely
    out[:, :, 5] = rank / 10
    out[:, :, 6] = frequent
    return out
