"""Choosing the decoder's costs on corpus-dev: coordinate search over the logits of a model.

Where a directive may begin and end is the guideline's to say, not the data's: those costs stay as
they are. What the data say is how sure a span must be, and how sentence ends count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
#: The costs that are searched, by layer: what a layer gives depends on its own ones alone.
CLAUSE_GRID: dict[str, tuple[float, ...]] = {
    "cross": (2.0, 5.0, 9.0),
    "clause_score": (0.0, *_SCORES),
}
ENTITY_GRID: dict[str, tuple[float, ...]] = {
    "inside": (1.0, 4.0, 8.0),
    "entity_score": (0.0, *_SCORES),
    "birth": (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0),
    "repeat": (0.0, 1.5, 3.0, 5.0),
}


Grid = Mapping[str, tuple[float, ...]]
Read = Callable[[str, NDArray[np.float32], Costs], list[Span]]


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
    """The costs with the highest strict F1 of each layer, and every trial.

    One pass over the costs, each over its grid; of equals the one nearest to the start wins, so
    that a cost which the data say nothing about stays as it was.
    """
    trials: list[dict[str, Any]] = []
    gold = [record.spans for record in records]
    layers = (
        ("DIRECTIVE", CLAUSE_GRID, document.clauses),
        ("entities", ENTITY_GRID, document.entities),
    )
    best = start
    for row, grid, read in layers:
        cache: dict[tuple[float, ...], float] = {}

        def measure(
            costs: Costs, row: str = row, grid: Grid = grid, read: Read = read, cache: Any = cache
        ) -> float:
            key = tuple(getattr(costs, name) for name in grid)
            if key not in cache:
                found = [
                    [Span(*c.to_raw(s.start, s.end), s.label) for s in read(c.text, x, costs)]
                    for c, x in zip(chars, logits, strict=True)
                ]
                cache[key] = strict_counts(gold, found)[row].f1
                named = dict(zip(grid, key, strict=True))
                trials.append({"costs": named, row: round(cache[key], 4)})
            return float(cache[key])

        for name, values in grid.items():
            for value in sorted(values, key=lambda v: abs(v - getattr(start, name))):
                candidate = replace(best, **{name: value})
                if measure(candidate) > measure(best) + 1e-9:
                    best = candidate
    return best, trials


def main(argv: Sequence[str] | None = None) -> int:
    """Choose costs and calibration of a finished run anew; rewrite `zhengling.json` and card."""
    import argparse
    import json
    from dataclasses import asdict, astuple
    from pathlib import Path

    from transformers import BertForTokenClassification

    from data.split import split_records
    from model.characters import characters
    from model.checkpoint import CARD, TORCH, read
    from train.calibration import fit_layers
    from train.card import render
    from train.export import name_of
    from train.metrics import logits_of

    parser = argparse.ArgumentParser(prog="python -m train.costs", description=main.__doc__)
    parser.add_argument("run", type=Path, help="run folder, for instance runs/small-s1")
    run = parser.parse_args(argv).run
    folder = run / "model"
    checkpoint = read(folder)
    history = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    model = BertForTokenClassification.from_pretrained(folder, dtype="float32").eval()
    records = split_records("dev")
    chars = [characters(record.text) for record in records]
    logits = logits_of(model, checkpoint.vocabulary, [c.text for c in chars])
    costs, _ = choose(records, chars, logits, Costs())
    found = decoded(chars, logits, costs)
    counts = strict_counts([r.spans for r in records], found)
    final = {name: round(count.f1, 4) for name, count in counts.items() if name != "both"}
    fitted = fit_layers([r.spans for r in records], found)
    lines = {layer: list(astuple(line)) for layer, line in fitted.items()}
    card = {
        **checkpoint.card,
        "name": name_of(checkpoint.card["profile"], folder / TORCH, asdict(costs), lines),
        "costs": asdict(costs),
        "calibration": lines,
        "final": final,
    }
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(render(card, history), encoding="utf-8")
    print(f"{folder}: {costs}, corpus-dev {final}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
