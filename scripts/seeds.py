"""Mean and spread over seeds: strict F1 of several trained models on one or more gold sets.

    python -m scripts.seeds runs/small-s1/model runs/small-s2/model runs/small-s3/model \
        --gold corpus-dev

The models are read with the torch engine in fp32 unless --engine says otherwise. The spread is the
standard deviation over the models (n - 1).
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.evaluate import fingerprint, read_gold, report
from model.tagger import Tagger

ROWS = ("entities", "OFFICIAL", "TITLE", "DATE", "DIRECTIVE")


def measure(models: Sequence[Path], gold: str, engine: str) -> dict[str, Any]:
    """F1 of each row for each model on one gold set, with mean and spread."""
    records = read_gold(Path(gold))
    values: dict[str, list[float]] = {row: [] for row in ROWS}
    names = []
    for folder in models:
        tagger = Tagger.from_pretrained(folder, engine=engine)
        names.append(tagger.name)
        found = list(tagger.predict_many(record.text for record in records))
        scores = report(records, found, rounds=40)["spans"]
        for row in ROWS:
            values[row].append(scores[row]["f1"])
    return {
        "gold": gold,
        "sha256": fingerprint(records)[:12],
        "models": names,
        "f1": {
            row: {
                "each": each,
                "mean": round(statistics.mean(each), 4),
                "spread": round(statistics.stdev(each), 4) if len(each) > 1 else None,
            }
            for row, each in values.items()
        },
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table for each gold set."""
    parser = argparse.ArgumentParser(
        description="Mean and spread of strict F1 over models of several seeds."
    )
    parser.add_argument(
        "models", nargs="+", type=Path, help="checkpoint folders, one for each seed"
    )
    parser.add_argument("--gold", nargs="+", default=["corpus-dev"])
    parser.add_argument("--engine", default="torch", choices=["onnx", "torch"])
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args(argv)
    results = []
    for gold in args.gold:
        result = measure(args.models, gold, args.engine)
        results.append(result)
        print(f"{gold} (sha256 {result['sha256']}), {len(args.models)} models, {args.engine}")
        for row, numbers in result["f1"].items():
            spread = f" ± {numbers['spread']:.3f}" if numbers["spread"] is not None else ""
            each = "  ".join(f"{value:.3f}" for value in numbers["each"])
            print(f"  {row:10} {numbers['mean']:.3f}{spread}   ({each})")
    if args.json:
        args.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
