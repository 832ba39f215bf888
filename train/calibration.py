"""Fitting a checkpoint's calibration on corpus-dev: logistic regression over log-odds of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data.evaluate import Spans
from model.calibration import Calibration, log_odds
from model.labels import SLICES

#: Spans of a layer, right and wrong ones, below which nothing can be fitted.
LEAST = 20
_ROUNDS, _STEP, _RIDGE, _MIN_SCALE = 100, 0.3, 1e-3, 0.05


def fit(scores: Sequence[float], right: Sequence[bool]) -> Calibration:
    """The line with the highest likelihood; the identity where right or wrong ones are few."""
    wrong = len(right) - sum(right)
    if len(scores) < LEAST or not wrong or wrong == len(right):
        return Calibration()
    x = np.stack([[log_odds(s) for s in scores], np.ones(len(scores))], axis=1)
    y = np.asarray(right, dtype=np.float64)
    line = np.array([0.5, 0.0])
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-x @ line))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(2)
        line = line - np.clip(np.linalg.solve(curvature, x.T @ (p - y)), -_STEP, _STEP)
    return Calibration(round(max(float(line[0]), _MIN_SCALE), 4), round(float(line[1]), 4))


def fit_layers(gold: Sequence[Spans], found: Sequence[Spans]) -> dict[str, Calibration]:
    """A calibration for each layer, from gold spans and found ones with raw scores."""
    out = {}
    for layer in SLICES:
        scores: list[float] = []
        right: list[bool] = []
        for a, b in zip(gold, found, strict=True):
            places = {(s.start, s.end, s.label) for s in a}
            for span in b:
                if span.layer == layer and span.score is not None:
                    scores.append(span.score)
                    right.append((span.start, span.end, span.label) in places)
        out[layer] = fit(scores, right)
    return out
