"""One pass over the whole document: what is surely a name once is likely a name elsewhere in it.

The model reads windows and judges each mention alone. Where a name or a post found surely stands
again in the text, its scores are raised and the entity layer is decoded anew, so that a mention the
model half saw is found, and a broken half of it is not. A sure model can still say no: a name that
is a word stays one where it is one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model.decode import Costs, log_softmax, spans_of_layer
from model.labels import LAYERS, SLICES
from model.schema import Span

#: The score from which on a span is sure, and the characters it must have to be looked for.
SURE = 0.97
LEAST = {"OFFICIAL": 2, "TITLE": 4}


def raised(
    text: str, logits: NDArray[np.float32], found: list[Span], bonus: float
) -> NDArray[np.float32] | None:
    """The logits with repeats of sure spans raised by `bonus` (nats a character); None if there is
    no such repeat that was not found."""
    sure: dict[str, str] = {}
    for span in found:
        size = span.end - span.start
        if size >= LEAST.get(span.label, size + 1) and (span.score or 0.0) >= SURE:
            sure.setdefault(text[span.start : span.end], span.label)
    places = {(span.start, span.end) for span in found}
    settled = np.zeros(len(text), dtype=bool)
    for span in found:
        if span.layer == "entity" and (span.score or 0.0) >= SURE:
            settled[span.start : span.end] = True
    out: NDArray[np.float32] | None = None
    first = SLICES["entity"].start
    for name, label in sure.items():
        begin = first + 1 + 2 * LAYERS["entity"].index(label)
        at = text.find(name)
        while at >= 0:
            end = at + len(name)
            if (at, end) not in places and not settled[at:end].all():
                if out is None:
                    out = logits.copy()
                out[at, begin] += bonus
                out[at + 1 : end, begin + 1] += bonus
                out[end : end + 1, begin + 1] -= bonus
            at = text.find(name, at + 1)
    return out


def entities(text: str, logits: NDArray[np.float32], costs: Costs) -> list[Span]:
    """Names, posts and dates, decoded a second time where a sure one stands again."""
    found = spans_of_layer(text, log_softmax(logits[:, SLICES["entity"]]), "entity", costs)
    again = raised(text, logits, found, costs.repeat) if costs.repeat else None
    if again is None:
        return found
    return spans_of_layer(text, log_softmax(again[:, SLICES["entity"]]), "entity", costs)


def clauses(text: str, logits: NDArray[np.float32], costs: Costs) -> list[Span]:
    """Directives."""
    return spans_of_layer(text, log_softmax(logits[:, SLICES["clause"]]), "clause", costs)


def read(text: str, logits: NDArray[np.float32], costs: Costs) -> list[Span]:
    """Spans of both layers in model characters, sorted, for logits of shape (len(text), 10)."""
    if not text:
        return []
    found = entities(text, logits, costs) + clauses(text, logits, costs)
    return sorted(found, key=lambda s: (s.start, -s.end, s.label))
