"""How strict F1 grows with the number of training texts.

    python -m scripts.learning_curve --gold corpus-dev --gold FILE.jsonl -o runs/curve

Trains the `small` profile on 1/8, 1/4, 1/2 and all of the training texts, one run after the other
(each goes on where it was when the command is given again), reads the gold sets with the torch
engine in fp32 and each run's own decoding costs, and writes `curve.json`, a table and a plot.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from data.evaluate import fingerprint, read_gold, report
from data.split import split_records
from model.tagger import Tagger

SHARES = (0.125, 0.25, 0.5, 1.0)
ROWS = ("entities", "DIRECTIVE")


def trained(share: float, epochs: int, seed: int, folder: Path) -> Path:
    """The model of a run on a share of the texts; trained unless it is there."""
    run = folder / f"share-{share:g}-e{epochs}-s{seed}"
    model = run / "model"
    if not (model / "CARD.md").exists():
        command = [sys.executable, "-m", "train", "--profile", "small", "--share", str(share)]
        command += ["--epochs", str(epochs), "--seed", str(seed), "--output", str(run)]
        subprocess.run(command, check=True)
    return model


def plot(points: Sequence[dict[str, Any]], path: Path) -> None:
    """F1 by number of texts, a line for each gold set and row."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(6, 4), layout="constrained")
    texts = [point["texts"] for point in points]
    for gold in points[0]["f1"]:
        for row in ROWS:
            values = [point["f1"][gold][row] for point in points]
            axis.plot(texts, values, marker="o", label=f"{gold}, {row}")
    axis.set(xscale="log", xlabel="training texts", ylabel="strict F1")
    axis.set_xticks(texts, [str(n) for n in texts])
    axis.minorticks_off()
    axis.legend(fontsize=8)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def main(argv: Sequence[str] | None = None) -> int:
    """Train what is missing, measure, print a table, write JSON and plot."""
    parser = argparse.ArgumentParser(description="Strict F1 by number of training texts.")
    parser.add_argument("--gold", action="append", required=True, help="as for data.evaluate")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shares", type=float, nargs="+", default=SHARES)
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/curve"))
    args = parser.parse_args(argv)
    sets = {Path(gold).stem: read_gold(Path(gold)) for gold in args.gold}
    if len(sets) < len(args.gold):
        parser.error("two gold sets have the same name; rename one")
    whole = len(split_records("train"))
    points: list[dict[str, Any]] = []
    for share in args.shares:
        tagger = Tagger.from_pretrained(
            trained(share, args.epochs, args.seed, args.output), engine="torch"
        )
        f1 = {}
        for name, records in sets.items():
            found = list(tagger.predict_many(record.text for record in records))
            scores = report(records, found, rounds=20)["spans"]
            f1[name] = {row: scores[row]["f1"] for row in ROWS}
        points.append({"share": share, "texts": round(whole * share), "f1": f1})
        print(json.dumps(points[-1]), flush=True)
    head = ["training texts", *(f"{name} {row}" for name in sets for row in ROWS)]
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for point in points:
        cells = [f"{point['f1'][name][row]:.3f}" for name in sets for row in ROWS]
        print("| " + " | ".join([str(point["texts"]), *cells]) + " |")
    for name, records in sets.items():
        print(f"{name}: {len(records)} texts, sha256 {fingerprint(records)[:12]}")
    out = {"epochs": args.epochs, "seed": args.seed, "points": points}
    (args.output / "curve.json").write_text(json.dumps(out, indent=1), encoding="utf-8")
    plot(points, args.output / "curve.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
