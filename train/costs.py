"""Choosing the decoder's costs on corpus-dev: coordinate search over the logits of a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.evaluate import strict_counts
from model.characters import Characters
from model.decode import Costs, spans
from model.schema import Record, Span

GRID: dict[str, tuple[float, ...]] = {
    "start": (0.0, 1.0, 2.0, 3.0, 5.0, 8.0),
    "end": (0.0, 1.0, 2.0, 4.0, 6.0, 9.0),
    "comma": (0.0, 1.0, 2.0, 4.0, 6.0),
    "cross": (0.0, 2.0, 4.0, 6.0, 9.0),
    "inside": (0.0, 2.0, 4.0, 6.0),
    "birth": (-0.5, 0.0, 0.5, 1.0, 1.5),
}


def decoded(
    chars: Sequence[Characters], logits: Sequence[NDArray[np.float32]], costs: Costs
) -> list[list[Span]]:
    """Spans in raw offsets for each text's logits."""
    return [
        [Span(*c.to_raw(s.start, s.end), s.label, score=s.score) for s in spans(c.text, x, costs)]
        for c, x in zip(chars, logits, strict=True)
    ]


def choose(
    records: Sequence[Record],
    chars: Sequence[Characters],
    logits: Sequence[NDArray[np.float32]],
    start: Costs,
) -> tuple[Costs, list[dict[str, Any]]]:
    """The costs with the highest strict F1 (entities plus directives), and every trial.

    One pass over the costs, each over its grid; of equals the one nearest to the start wins, so
    that a cost which the data say nothing about stays as it was.
    """
    trials: list[dict[str, Any]] = []
    cache: dict[Costs, float] = {}

    def measure(costs: Costs) -> float:
        if costs not in cache:
            counts = strict_counts([r.spans for r in records], decoded(chars, logits, costs))
            cache[costs] = counts["entities"].f1 + counts["DIRECTIVE"].f1
            trials.append(
                {
                    "costs": {name: getattr(costs, name) for name in GRID},
                    "entities": round(counts["entities"].f1, 4),
                    "DIRECTIVE": round(counts["DIRECTIVE"].f1, 4),
                }
            )
        return cache[costs]

    best = start
    for name, values in GRID.items():
        for value in sorted(values, key=lambda v: abs(v - getattr(start, name))):
            candidate = replace(best, **{name: value})
            if measure(candidate) > measure(best) + 1e-9:
                best = candidate
    return best, trials
