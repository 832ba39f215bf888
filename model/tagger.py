"""The public class: a text in, a record out."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from model import document
from model.calibration import calibrated
from model.characters import Characters, characters
from model.checkpoint import ONNX, SHIPPED, Checkpoint, CheckpointError, read
from model.decode import EDGES
from model.record import complete
from model.schema import Record, Span
from model.windows import OVERLAP, SIZE, join, windows

ENGINES = ("auto", "onnx", "torch")

Floats = NDArray[np.float32]
#: Windows that are scored in one call to the engine, over all texts of a stream.
BATCH = 32


class Engine(Protocol):
    """Scores windows of token ids; what it gives for one must not depend on the others."""

    name: str

    def scores(self, batch: list[NDArray[np.int32]]) -> list[Floats]:
        """Logits (size, 10) for each window of token ids with [CLS] and [SEP] around it."""
        ...


def engine_for(
    checkpoint: Checkpoint, engine: str = "auto", device: str = "auto", threads: int | None = None
) -> Engine:
    """The engine named, or the one that fits: torch for a GPU or where there is no ONNX export.

    Raises CheckpointError when the engine is not installed or the checkpoint has no such weights.
    """
    if engine not in ENGINES:
        raise ValueError(f"engine {engine!r}; expected one of {', '.join(ENGINES)}")
    if engine == "onnx" and device not in {"auto", "cpu"}:
        raise ValueError(f"device {device!r}: the onnx engine runs on the CPU; use --engine torch")
    if engine == "auto":
        on_gpu = device not in {"auto", "cpu"}
        engine = "torch" if on_gpu or not checkpoint.has(ONNX) else "onnx"
    if engine == "onnx":
        from model.engine_onnx import OnnxEngine

        return OnnxEngine(checkpoint, threads)
    for package in ("torch", "transformers"):
        if importlib.util.find_spec(package) is None:
            raise CheckpointError(
                f"the torch engine needs the package {package}; run: pip install 'zhengling[train]'"
            )
    from model.engine_torch import TorchEngine

    return TorchEngine(checkpoint, device, threads)


def without_entity_ends(chars: Characters, found: Iterable[Span]) -> list[Span]:
    """The spans, those that end with an HTML entity cut back to before it.

    `&quot;` is one model character whose raw stretch ends in `;`, where no span may end.
    """
    out = []
    for span in found:
        end = span.end
        while end > span.start and (
            chars.text[end - 1] in EDGES or chars.raw[chars.ends[end - 1] - 1] == ";"
        ):
            end -= 1
        if end > span.start:
            out.append(span if end == span.end else replace(span, end=end))
    return out


class Tagger:
    """Reads texts with one checkpoint on one engine.

    `Tagger.from_pretrained()` takes the shipped model; calling the tagger gives the record of one
    text, `predict_many` streams.
    """

    def __init__(self, checkpoint: Checkpoint, engine: Engine, min_score: float = 0.0) -> None:
        if not 0 <= min_score <= 1:
            raise ValueError(f"min_score {min_score}; expected a probability from 0 to 1")
        self.checkpoint, self.engine, self.min_score = checkpoint, engine, min_score
        self._size = min(SIZE, checkpoint.positions - 2)
        self._overlap = min(OVERLAP, self._size // 4)

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        engine: str = "auto",
        device: str = "auto",
        threads: int | None = None,
        min_score: float = 0.0,
    ) -> Tagger:
        """The tagger of a checkpoint folder; None is the model shipped with the package.

        Spans that score less than `min_score` (0 to 1, else ValueError) are left out before
        attributes are found, so that none is taken from a span that is not there. Raises
        CheckpointError or VocabularyError when the folder is no checkpoint of this program.
        """
        checkpoint = read(Path(model) if model is not None else SHIPPED)
        return cls(checkpoint, engine_for(checkpoint, engine, device, threads), min_score)

    @property
    def name(self) -> str:
        """The model's name, as records carry it."""
        return self.checkpoint.name

    def __call__(self, text: str, *, id: str | None = None, date: str | None = None) -> Record:
        """The record of one text; `date` (ISO) is the text's own date where the caller knows it.

        Raises ValueError for a text with lone surrogates.
        """
        return next(self.predict_many([text], ids=[id], dates=[date]))

    def _windows(self, chars: Characters) -> list[NDArray[np.int32]]:
        vocabulary = self.checkpoint.vocabulary
        head, tail = np.int32(vocabulary.cls), np.int32(vocabulary.sep)
        ids = vocabulary.ids(chars.text)
        parts = windows(chars.text, self._size, self._overlap)
        return [np.concatenate([[head], ids[w.start : w.end], [tail]]) for w in parts]

    def _record(self, chars: Characters, scores: list[Floats], date: str | None) -> Record:
        parts = windows(chars.text, self._size, self._overlap)
        logits = join(len(chars), parts, scores)
        read = document.read(chars.text, logits, self.checkpoint.costs)
        scored = calibrated(read, self.checkpoint.calibration, self.min_score)
        found = without_entity_ends(chars, scored)
        return replace(complete(chars, found, date=date), model=self.name)

    def predict_many(
        self,
        texts: Iterable[str],
        *,
        ids: Iterable[str | None] | None = None,
        dates: Iterable[str | None] | None = None,
    ) -> Iterator[Record]:
        """The records of many texts, in order, reading no further ahead than a batch needs.

        What a text gives is the same as alone. Raises ValueError for a text with lone surrogates.
        """
        names = iter(ids) if ids is not None else None
        days = iter(dates) if dates is not None else None
        waiting: list[tuple[Characters, int, str | None, str | None]] = []
        batch: list[NDArray[np.int32]] = []

        def flush() -> Iterator[Record]:
            scores = self.engine.scores(batch) if batch else []
            at = 0
            for chars, count, name, day in waiting:
                record = self._record(chars, scores[at : at + count], day)
                at += count
                yield replace(record, id=name)
            waiting.clear()
            batch.clear()

        for text in texts:
            chars = characters(text)
            parts = self._windows(chars)
            batch += parts
            waiting.append(
                (chars, len(parts), next(names) if names else None, next(days) if days else None)
            )
            # Texts without a character have no window, and must not pile up either.
            if max(len(batch), len(waiting)) >= BATCH:
                yield from flush()
        yield from flush()
