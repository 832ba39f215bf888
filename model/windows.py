"""Cutting a text of any length into overlapping windows, and joining their scores again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: A BERT has 512 positions; two are [CLS] and [SEP].
SIZE = 510
#: Characters that two neighbouring windows share at least (less only where the text ends).
OVERLAP = 128
#: How far back from the full size a cut looks for a sentence end.
SLACK = 96

_HARD = "\n"
_SOFT = "。;!?"


@dataclass(frozen=True, slots=True)
class Window:
    """The model characters `start:end` of one text."""

    start: int
    end: int


def _cut(text: str, low: int, high: int) -> int:
    """The best cut in `low..high`: after the last line end, else sentence end, else `high`."""
    for marks in (_HARD, _SOFT):
        at = max(text.rfind(mark, low, high) for mark in marks)
        if at >= 0:
            return at + 1
    return high


def windows(text: str, size: int = SIZE, overlap: int = OVERLAP) -> list[Window]:
    """Windows of at most `size` characters that cover the text; [] for an empty text.

    Only the text decides where they lie. ValueError unless 0 <= overlap < size / 2.
    """
    if not 0 <= overlap < size / 2:
        raise ValueError(f"overlap is {overlap}; expected at least 0 and under half of {size}")
    slack = min(SLACK, (size - 2 * overlap) // 2)
    out: list[Window] = []
    start = 0
    while start < len(text):
        if start + size >= len(text):
            out.append(Window(start, len(text)))
            break
        end = _cut(text, start + size - slack, start + size)
        out.append(Window(start, end))
        # Begin the next window at a line or sentence of its own, at least `overlap` back.
        low, high = max(start + 1, end - overlap - slack), end - overlap
        start = _cut(text, low, high) if overlap else end
    return out


def join(
    length: int, parts: Sequence[Window], scores: Sequence[NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Scores of the whole text, shape (length, n), from those of its windows, shape (size, n).

    Where windows overlap they are averaged by how far the character is from the window's edge;
    the ends of the text are no edges.
    """
    if not parts:
        return np.zeros((0, 10), dtype=np.float32)
    if len(parts) == 1:
        return scores[0]
    total = np.zeros((length, scores[0].shape[1]), dtype=np.float32)
    weight = np.zeros((length, 1), dtype=np.float32)
    for window, part in zip(parts, scores, strict=True):
        size = window.end - window.start
        place = np.arange(1, size + 1, dtype=np.float32)
        left = place if window.start else np.full(size, SIZE, np.float32)
        right = place[::-1] if window.end < length else np.full(size, SIZE, np.float32)
        share = (np.minimum(left, right) ** 2)[:, None]
        total[window.start : window.end] += share * part
        weight[window.start : window.end] += share
    return total / weight
