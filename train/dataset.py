"""Training windows: annotated texts cut at sentence ends, augmented anew each epoch."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset

from model.characters import characters
from model.labels import SLICES, encode
from model.schema import Record, Span
from model.vocabulary import Vocabulary
from model.windows import Window, windows

#: Characters of a training window: shorter than a reading one, a third less to compute.
WINDOW = 320
#: What a model with 512 positions takes beside [CLS] and [SEP].
LIMIT = 510
IGNORE = -100

Augment = Callable[[str, list[Span], random.Random, bool, bool], tuple[str, list[Span]]]


def _uncut(text: str, spans: Sequence[Span], parts: Sequence[Window]) -> list[Window]:
    """The windows, joined where a cut would run through a span."""
    out: list[Window] = []
    for part in parts:
        crossed = [s.start for s in spans if s.start < part.start < s.end] if out else []
        if crossed and part.end - out[-1].start <= LIMIT:
            out[-1] = Window(out[-1].start, part.end)
        elif crossed and min(crossed) > out[-1].start and part.end - min(crossed) <= LIMIT:
            # Together they are too long: cut before the span instead.
            out[-1] = Window(out[-1].start, min(crossed))
            out.append(Window(min(crossed), part.end))
        else:
            out.append(part)
    return out


def cut(records: Iterable[Record], size: int = WINDOW) -> Dataset:
    """Windows of raw text with their spans, as a table.

    Columns: `id`, `text`, `starts`, `ends`, `labels`, `first`, `last` (of the text), `length`.

    Spans that a cut runs through (only where a sentence is longer than a window) keep the part in
    the window.
    """
    rows: list[dict[str, Any]] = []
    for record in records:
        chars = characters(record.text)
        placed = [
            Span(*chars.from_raw(s.start, s.end), s.label, **s.attributes)  # type: ignore[arg-type]
            for s in record.spans
        ]
        parts = _uncut(chars.text, placed, windows(chars.text, size, 0))
        for number, part in enumerate(parts):
            start = int(chars.starts[part.start]) if number else 0
            last = number == len(parts) - 1
            end = len(record.text) if last else int(chars.starts[part.end])
            spans = [
                [max(s.start, start) - start, min(s.end, end) - start, s.label]
                for s in record.spans
                if s.start < end and s.end > start
            ]
            rows.append(
                {
                    "id": record.id,
                    "text": record.text[start:end],
                    "starts": [s[0] for s in spans],
                    "ends": [s[1] for s in spans],
                    "labels": [s[2] for s in spans],
                    "first": number == 0,
                    "last": last,
                    "length": part.end - part.start,
                }
            )
    return Dataset.from_list(rows)


def features(text: str, spans: Sequence[Span], vocabulary: Vocabulary) -> dict[str, Any]:
    """Token ids with [CLS] and [SEP] and the tag ids of both layers for one window of raw text."""
    chars = characters(text)
    ids = np.concatenate([[vocabulary.cls], vocabulary.ids(chars.text), [vocabulary.sep]])
    placed = [(*chars.from_raw(s.start, s.end), s.label, s.layer) for s in spans]
    row: dict[str, Any] = {"input_ids": ids}
    for layer in SLICES:
        tags = encode(
            len(chars),
            [(a, b, label) for a, b, label, on in placed if on == layer and a < b],
            layer,
        )
        row[layer] = np.concatenate([[IGNORE], tags, [IGNORE]])
    return row


class Windows(torch.utils.data.Dataset[dict[str, Any]]):
    """The training set; what `[i]` gives depends on the seed, the epoch and `i` alone."""

    def __init__(
        self, table: Dataset, vocabulary: Vocabulary, augment: Augment | None = None, seed: int = 0
    ) -> None:
        self.rows = table.to_list()
        self.lengths = [row["length"] for row in self.rows]
        self._vocabulary, self._augment, self._seed, self._epoch = vocabulary, augment, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Draw the augmentation of this epoch from now on."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        row = self.rows[index]
        spans = [
            Span(a, b, label)
            for a, b, label in zip(row["starts"], row["ends"], row["labels"], strict=True)
        ]
        if self._augment is not None:
            draw = random.Random(f"{self._seed}/{self._epoch}/{index}")
            text, moved = self._augment(row["text"], spans, draw, row["first"], row["last"])
            made = features(text, moved, self._vocabulary)
            if len(made["input_ids"]) <= LIMIT + 2:
                return made
        return features(row["text"], spans, self._vocabulary)


def collate(rows: Sequence[dict[str, Any]], pad: int = 0) -> dict[str, torch.Tensor]:
    """Windows padded to the longest: `input_ids`, `attention_mask`, and `labels` (b, t, 2)."""
    longest = max(len(row["input_ids"]) for row in rows)
    ids = torch.full((len(rows), longest), pad, dtype=torch.long)
    mask = torch.zeros((len(rows), longest), dtype=torch.long)
    labels = torch.full((len(rows), longest, len(SLICES)), IGNORE, dtype=torch.long)
    for i, row in enumerate(rows):
        n = len(row["input_ids"])
        ids[i, :n] = torch.from_numpy(np.asarray(row["input_ids"], dtype=np.int64))
        mask[i, :n] = 1
        for layer, name in enumerate(SLICES):
            labels[i, :n, layer] = torch.from_numpy(row[name])
    return {"input_ids": ids, "attention_mask": mask, "labels": labels}


class SimilarLength(torch.utils.data.Sampler[int]):
    """Shuffled windows, sorted by length within pools of 16 batches, batches shuffled again."""

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths, self._batch, self._seed, self._epoch = lengths, batch, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Shuffle anew for this epoch."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Any:
        draw = random.Random(f"{self._seed}/{self._epoch}")
        order = list(range(len(self._lengths)))
        draw.shuffle(order)
        batches: list[list[int]] = []
        for at in range(0, len(order), 16 * self._batch):
            pool = sorted(order[at : at + 16 * self._batch], key=lambda i: self._lengths[i])
            batches += [pool[b : b + self._batch] for b in range(0, len(pool), self._batch)]
        # A short batch stays last: the loader cuts the stream into batches again.
        full = [batch for batch in batches if len(batch) == self._batch]
        rest = [batch for batch in batches if len(batch) < self._batch]
        draw.shuffle(full)
        for batch in full + rest:
            yield from batch
