"""Choosing the decoder's costs on corpus-dev: coordinate search over the logits of a model.

Where a directive may begin and end is the guideline's to say, not the data's: those costs stay as
they are. What the data say is how sure a span must be, and how sentence ends count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.evaluate import strict_counts
from model import document
from model.characters import Characters
from model.decode import Costs
from model.schema import Record, Span

_SCORES = tuple(round(0.5 + 0.02 * step, 2) for step in range(24))
GRID: dict[str, tuple[float, ...]] = {
    "cross": (2.0, 5.0, 9.0),
    "inside": (1.0, 4.0, 8.0),
    "clause_score": (0.0, *_SCORES),
    "entity_score": (0.0, *_SCORES),
    "birth": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
    "repeat": (0.0, 1.5, 3.0, 5.0),
}


def decoded(
    chars: Sequence[Characters], logits: Sequence[NDArray[np.float32]], costs: Costs
) -> list[list[Span]]:
    """Spans in raw offsets for each text's logits."""
    return [
        [
            Span(*c.to_raw(s.start, s.end), s.label, score=s.score)
            for s in document.read(c.text, x, costs)
        ]
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


def main(argv: Sequence[str] | None = None) -> int:
    """Choose the costs of a finished run anew; rewrite its `zhengling.json` and card."""
    import argparse
    import json
    from dataclasses import asdict
    from pathlib import Path

    from transformers import BertForTokenClassification

    from data.split import split_records
    from model.characters import characters
    from model.checkpoint import CARD, read
    from train.card import render
    from train.metrics import logits_of

    parser = argparse.ArgumentParser(prog="python -m train.costs", description=main.__doc__)
    parser.add_argument("run", type=Path, help="run folder, for instance runs/small-s1")
    run = parser.parse_args(argv).run
    folder = run / "model"
    checkpoint = read(folder)
    model = BertForTokenClassification.from_pretrained(folder, dtype="float32").eval()
    records = split_records("dev")
    chars = [characters(record.text) for record in records]
    logits = logits_of(model, checkpoint.vocabulary, [c.text for c in chars])
    costs, _ = choose(records, chars, logits, Costs())
    counts = strict_counts([r.spans for r in records], decoded(chars, logits, costs))
    final = {name: round(count.f1, 4) for name, count in counts.items() if name != "both"}
    card = {**checkpoint.card, "costs": asdict(costs), "final": final}
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    history = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    (folder / "CARD.md").write_text(render(card, history), encoding="utf-8")
    print(f"{folder}: {costs}, corpus-dev {final}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
