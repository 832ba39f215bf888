"""Fitting a checkpoint's calibration on corpus-dev: logistic regression over log-odds of scores."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.evaluate import Spans
from data.reliability import pairs
from model.calibration import Calibration, log_odds
from model.labels import SLICES

Floats = NDArray[np.float64]

#: Spans of a layer, right and wrong ones, below which nothing can be fitted.
LEAST = 20
_ROUNDS, _STEP, _RIDGE, _MIN_SCALE = 100, 0.3, 1e-3, 0.05


def _newton(x: Floats, y: Floats, start: Floats, given: Floats | float = 0.0) -> Floats:
    """Logistic regression from `start` on, `given` being log-odds that stand; steps held short."""
    line = start
    for _ in range(_ROUNDS):
        p = 1 / (1 + np.exp(-(x @ line + given)))
        curvature = (x * (p * (1 - p))[:, None]).T @ x + _RIDGE * np.eye(len(line))
        line = line - np.clip(np.linalg.solve(curvature, x.T @ (p - y)), -_STEP, _STEP)
    return line


def fit(scores: Sequence[float], right: Sequence[bool]) -> Calibration:
    """The line with the highest likelihood; the identity where right or wrong ones are few."""
    wrong = len(right) - sum(right)
    if len(scores) < LEAST or not wrong or wrong == len(right):
        return Calibration()
    x = np.stack([[log_odds(s) for s in scores], np.ones(len(scores))], axis=1)
    y = np.asarray(right, dtype=np.float64)
    line = _newton(x, y, np.array([0.5, 0.0]))
    if line[0] < _MIN_SCALE:
        # A flat line has a height of its own, not that of the falling one.
        level = _newton(x[:, 1:], y, np.zeros(1), _MIN_SCALE * x[:, 0])
        line = np.array([_MIN_SCALE, level[0]])
    return Calibration(round(float(line[0]), 4), round(float(line[1]), 4))


def fit_layers(gold: Sequence[Spans], found: Sequence[Spans]) -> dict[str, Calibration]:
    """A calibration for each layer, from gold spans and found ones with raw scores."""
    out = {}
    for layer in SLICES:
        scored = pairs(gold, found, layer)
        out[layer] = fit([score for score, _ in scored], [right for _, right in scored])
    return out
