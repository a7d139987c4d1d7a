"""How the numbers of a document are laid out for the linear models: one row for the document, one row per topic.

Training and run time share this module, so that a learned weight means the same thing in both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log

import numpy as np
import numpy.typing as npt

from aggregator.tagging.features import FORM, SUFFIXES, Extracted, Extractor, Ragged
from aggregator.tagging.places import Setting

Vector = npt.NDArray[np.float64]
LOGIT_LIMIT = 9.2
"""Shared scores beyond this are cut to it, in training and at run time."""
SHARED = (
    "core", "core$", "core^", "core~", "hint", "hint$", "hint^", "hint~", "phrases", "share", "rank", "top", "present",
    "core-by-length", "length", "police", "leisure", "core-without-police",
)  # fmt: skip
"""What is asked of every topic alike: one set of weights for all, learned from all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as the models see it."""

    row: Vector  # one value per column of the layout
    topics: Vector  # topics × SHARED
    phrases: Vector  # numbers of the phrases found
    weights: Vector  # of each of them


class Layout:
    """Names of columns, and documents as rows of them."""

    def __init__(self, extractor: Extractor, topics: Sequence[str], publishers: Sequence[str]) -> None:
        self.extractor = extractor
        self.topics = tuple(topics)
        self.publishers = tuple(publishers)
        width = len(SUFFIXES)
        names = [f"{g}{s}" for g in extractor.names for s in SUFFIXES]
        self._form_at = len(names)
        names += [f"form:{f}" for f in FORM]
        self._publisher_at = {word: len(names) + n for n, word in enumerate(publishers)}
        self.columns = (*names, *(f"publisher:{p}" for p in publishers))
        group = {name: n for n, name in enumerate(extractor.names)}
        self._core = np.array([width * group[f"{t}.core"] for t in topics])
        hint = np.array([width * group[f"{t}.hint"] for t in topics])
        self._pick = np.stack([self._core + s for s in range(width)] + [hint + s for s in range(width)], axis=1)
        self._police, self._leisure = width * group["cue.police"], width * group["cue.fiction"]
        cues = ("police", "fiction", "statement", "outside-london")
        self._levels = np.array([group[f"cue.{cue}"] for cue in cues])
        self._length = self._form_at + FORM.index("length")
        self._columns = len(self.columns)
        number = {t: n for n, t in enumerate(topics)}
        owner = [number.get(name.partition(".")[0], -1) for name in extractor.names]
        self.topics_of = tuple(
            tuple(sorted({owner[g] for g in groups if owner[g] >= 0})) for groups in extractor.groups_of
        )
        self._topics_of = Ragged.of(self.topics_of)

    def show(self, extracted: Extracted) -> Shown:
        """The rows of one document."""
        row = np.zeros(self._columns)
        row[: self._form_at] = extracted.groups.ravel()
        row[self._form_at : self._form_at + len(FORM)] = extracted.form
        for word in extracted.publisher:
            if (column := self._publisher_at.get(word)) is not None:
                row[column] = 1.0
        topics, _ = self._topics_of.take(extracted.phrases)
        distinct = np.bincount(topics, minlength=len(self.topics))
        return Shown(row, self._shared(row, distinct.astype(np.float64)), extracted.phrases, extracted.weights)

    def setting(self, extracted: Extracted) -> Setting:
        """What the place model hears of the rest of the document."""
        level = extracted.groups[self._levels, 0].tolist()
        return Setting(extracted.form[0] + extracted.form[1], *level)

    def _shared(self, row: Vector, distinct: Vector) -> Vector:
        out = np.empty((len(self.topics), len(SHARED)))
        out[:, :8] = row[self._pick]
        core = row[self._core]
        length = log(exp(row[self._length] * 3) + 100) / 8
        police, leisure = row[self._police], row[self._leisure]
        out[:, 8] = np.sqrt(distinct)
        out[:, 9] = core / max(0.1, core.sum()) * 3
        out[:, 10] = np.sort(-core).searchsorted(-core) / 10
        out[:, 11] = core >= core.max()
        out[:, 12] = np.minimum(core, 1.0)
        out[:, 13] = core * length
        out[:, 14] = length
        out[:, 15] = police
        out[:, 16] = leisure
        out[:, 17] = core / (1.0 + police)
        return out
