"""From a span's raw score to the probability that it is right: a line over log-odds, per layer."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from model.schema import Span

#: Raw scores are held this far from 0 and 1, where log-odds would be infinite.
EDGE = 1e-5


def log_odds(score: float) -> float:
    """The log-odds of a raw score in [0, 1], held away from both ends."""
    held = min(max(score, EDGE), 1 - EDGE)
    return math.log(held / (1 - held))


@dataclass(frozen=True, slots=True)
class Calibration:
    """`scale` is the inverse temperature, above 0, so that the order of scores stays."""

    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.scale) and math.isfinite(self.shift) and self.scale > 0):
            raise ValueError(f"scale {self.scale}, shift {self.shift}; expected a scale above 0")

    def __call__(self, score: float) -> float:
        """The probability for a raw score."""
        odds = self.scale * log_odds(score) + self.shift
        small = math.exp(-abs(odds))
        return 1 / (1 + small) if odds >= 0 else small / (1 + small)


def calibrated(
    spans: Iterable[Span], lines: Mapping[str, Calibration], least: float = 0.0
) -> list[Span]:
    """The spans with their calibrated scores, without those that score less than `least`."""
    out = []
    for span in spans:
        line = lines.get(span.layer)
        if line is not None and span.score is not None:
            span = replace(span, score=line(span.score))
        if span.score is None or span.score >= least:
            out.append(span)
    return out
