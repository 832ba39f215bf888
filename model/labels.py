"""The model's ten outputs: BIO tags of two layers, read as two softmax groups."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from model.schema import CLAUSE_LABELS, ENTITY_LABELS

LAYERS: dict[str, tuple[str, ...]] = {"entity": ENTITY_LABELS, "clause": CLAUSE_LABELS}


def tags_of(labels: Sequence[str]) -> tuple[str, ...]:
    """The BIO tags of one layer: O, then B and I of each label."""
    return ("O", *(f"{prefix}-{label}" for label in labels for prefix in "BI"))


TAGS: dict[str, tuple[str, ...]] = {layer: tags_of(labels) for layer, labels in LAYERS.items()}
#: Where each layer's logits lie among the ten.
SLICES = {"entity": slice(0, 7), "clause": slice(7, 10)}
#: The names in a checkpoint's `id2label`; they tell our checkpoints from others.
OUTPUTS = tuple(f"{layer}:{tag}" for layer, tags in TAGS.items() for tag in tags)


def encode(length: int, spans: Iterable[tuple[int, int, str]], layer: str) -> NDArray[np.int64]:
    """Tag ids of one layer, shape (length,), for spans (start, end, label) of that layer."""
    labels = LAYERS[layer]
    ids = np.zeros(length, dtype=np.int64)
    for start, end, label in spans:
        begin = 1 + 2 * labels.index(label)
        ids[start:end] = begin + 1
        ids[start] = begin
    return ids


def decode(ids: Sequence[int], layer: str) -> list[tuple[int, int, str]]:
    """Spans (start, end, label) of one layer's tag ids; strict IOB2, a stray I begins nothing."""
    labels = LAYERS[layer]
    spans: list[tuple[int, int, str]] = []
    start, open_id = -1, 0
    for i, tag in enumerate([*ids, 0]):
        if start >= 0 and tag != open_id + 1:
            spans.append((start, i, labels[(open_id - 1) // 2]))
            start = -1
        if tag % 2 == 1:
            start, open_id = i, int(tag)
    return spans
