"""How the numbers of documents are laid out for the linear models: one row per document, one per document and topic.

Training and run time share this module, so that a learned weight means the same thing in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from aggregator.tagging import publishers
from aggregator.tagging.features import FORM, SUFFIXES, Extracted, Extractor, Ragged
from aggregator.tagging.placing import CUES, Setting

Vector = npt.NDArray[np.float64]
SHARED = (
    "core", "core$", "core^", "core~", "hint", "hint$", "hint^", "hint~", "phrases", "share", "rank", "top", "present",
    "core-by-length", "length", "police", "leisure", "core-without-police", "core!",
)  # fmt: skip
"""What is asked of every topic alike: one set of weights for all, learned from all."""
_SHOWN = 4
"""Suffixes of a topic's groups among SHARED."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A batch of documents as the models see it."""

    rows: Vector  # documents × columns of the layout
    topics: Vector  # documents × topics × SHARED


class Layout:
    """Names of columns, and documents as rows of them."""

    def __init__(self, extractor: Extractor, topics: Sequence[str]) -> None:
        self.extractor = extractor
        self.topics = tuple(topics)
        width = len(SUFFIXES)
        names = [f"{g}{s}" for g in extractor.names for s in SUFFIXES]
        self._form_at = len(names)
        names += [f"form:{f}" for f in FORM]
        self._publisher_at = {name: len(names) + n for n, name in enumerate(publishers.genres())}
        self.columns = (*names, *(f"publisher:{p}" for p in publishers.genres()))
        group = {name: n for n, name in enumerate(extractor.names)}
        self._core = np.array([width * group[f"{t}.core"] for t in topics])
        hint = np.array([width * group[f"{t}.hint"] for t in topics])
        self._pick = np.stack([at + s for at in (self._core, hint) for s in range(_SHOWN)], axis=1)
        self._police, self._leisure = width * group["cue.police"], width * group["cue.fiction"]
        self._levels = np.array([group[f"cue.{cue}"] for cue in CUES])
        number = {t: n for n, t in enumerate(topics)}
        owner = [number.get(name.partition(".")[0], -1) for name in extractor.names]
        self.topics_of = tuple(
            tuple(sorted({owner[g] for g in groups if owner[g] >= 0})) for groups in extractor.groups_of
        )
        self.ragged_topics = Ragged.of(self.topics_of)

    def show(self, extracted: Extracted) -> Shown:
        """The rows of a batch."""
        docs = len(extracted.laid)
        rows = np.zeros((docs, len(self.columns)))
        rows[:, : self._form_at] = extracted.groups.reshape(docs, -1)
        rows[:, self._form_at : self._form_at + len(FORM)] = extracted.form
        rows[np.arange(docs), [self._publisher_at[name] for name in extracted.genres]] = 1.0
        topics, pair = self.ragged_topics.take(extracted.phrases)
        cells = extracted.docs[pair] * len(self.topics) + topics
        distinct = np.bincount(cells, minlength=docs * len(self.topics)).reshape(docs, -1)
        return Shown(rows, self._shared(rows, distinct.astype(np.float64)))

    def settings(self, extracted: Extracted) -> list[Setting]:
        """What the place model hears of the rest of each document."""
        levels = extracted.groups[:, self._levels, 0].tolist()
        figures = (extracted.form[:, 0] + extracted.form[:, 1]).tolist()
        lengths = extracted.form[:, FORM.index("length")].tolist()
        return [Setting(f, n, tuple(level)) for f, n, level in zip(figures, lengths, levels, strict=True)]

    def _shared(self, rows: Vector, distinct: Vector) -> Vector:
        out = np.empty((len(rows), len(self.topics), len(SHARED)))
        out[:, :, :8] = rows[:, self._pick]
        core = rows[:, self._core]
        length = np.log(np.exp(rows[:, self._form_at + FORM.index("length")] * 3) + 100)[:, None] / 8
        police, leisure = rows[:, self._police, None], rows[:, self._leisure, None]
        out[:, :, 8] = np.sqrt(distinct)
        out[:, :, 9] = core / np.maximum(0.1, core.sum(axis=1, keepdims=True)) * 3
        out[:, :, 10] = _before(core) / 10
        out[:, :, 11] = core >= core.max(axis=1, keepdims=True)
        out[:, :, 12] = np.minimum(core, 1.0)
        out[:, :, 13] = core * length
        out[:, :, 14] = length
        out[:, :, 15] = police
        out[:, :, 16] = leisure
        out[:, :, 17] = core / (1.0 + police)
        out[:, :, 18] = rows[:, self._core + SUFFIXES.index("!")]
        return out


def _before(values: Vector) -> Vector:
    """For each value of a row how many of its row are greater: equals stand together."""
    order = np.argsort(-values, axis=1)
    descending = np.take_along_axis(values, order, axis=1)
    new = np.ones(values.shape, dtype=np.bool_)
    new[:, 1:] = descending[:, 1:] != descending[:, :-1]
    first = np.maximum.accumulate(np.where(new, np.arange(values.shape[1]), 0), axis=1)
    out = np.empty(values.shape)
    np.put_along_axis(out, order, first, axis=1)
    return out
