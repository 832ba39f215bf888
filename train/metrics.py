"""Span scores while training: the whole way from text to spans, with the model in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from data.evaluate import strict_counts
from model import document
from model.characters import characters
from model.decode import Costs
from model.schema import Record, Span
from model.vocabulary import Vocabulary
from model.windows import join, windows


@torch.inference_mode()
def logits_of(
    model: Any, vocabulary: Vocabulary, texts: Sequence[str], batch: int = 16
) -> list[NDArray[np.float32]]:
    """Logits (len(text), 10) for each model text, in fp32 or the autocast of the caller."""
    parts = [windows(text) for text in texts]
    flat = [(i, w) for i, ws in enumerate(parts) for w in ws]
    ids = [
        np.concatenate(
            [[vocabulary.cls], vocabulary.ids(texts[i][w.start : w.end]), [vocabulary.sep]]
        )
        for i, w in flat
    ]
    out: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(flat)
    order = sorted(range(len(flat)), key=lambda k: len(ids[k]))
    device = next(model.parameters()).device
    for at in range(0, len(order), batch):
        group = order[at : at + batch]
        longest = len(ids[group[-1]])
        padded = np.full((len(group), longest), vocabulary.pad, dtype=np.int64)
        mask = np.zeros((len(group), longest), dtype=np.int64)
        for row, k in enumerate(group):
            padded[row, : len(ids[k])] = ids[k]
            mask[row, : len(ids[k])] = 1
        logits = model(
            input_ids=torch.from_numpy(padded).to(device),
            attention_mask=torch.from_numpy(mask).to(device),
        ).logits
        values = logits.float().cpu().numpy()
        for row, k in enumerate(group):
            out[k] = values[row, 1 : len(ids[k]) - 1]
    joined, at = [], 0
    for text, ws in zip(texts, parts, strict=True):
        joined.append(join(len(text), ws, out[at : at + len(ws)]))
        at += len(ws)
    return joined


def evaluate_model(
    model: Any, vocabulary: Vocabulary, records: Sequence[Record], costs: Costs
) -> dict[str, float]:
    """Strict span F1: `entities` (micro over the three labels) and each label."""
    chars = [characters(record.text) for record in records]
    found = logits_of(model, vocabulary, [c.text for c in chars])
    predicted = [
        [Span(*c.to_raw(s.start, s.end), s.label) for s in document.read(c.text, scores, costs)]
        for c, scores in zip(chars, found, strict=True)
    ]
    counts = strict_counts([r.spans for r in records], predicted)
    return {name: count.f1 for name, count in counts.items() if name != "both"}
