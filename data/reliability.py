"""How far a model's scores are what they say: reliability table and expected calibration error.

    python -m data.reliability GOLD [PREDICTED] [--model FOLDER]

For each layer, the spans found are sorted by score and cut into ten bins of equal number; the table
has the mean score and the share of spans that are strictly right in each. The expected calibration
error (ECE) is the mean of their distance, weighted by the spans of a bin.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.evaluate import Spans, fingerprint, read_gold, read_jsonl
from model.labels import LAYERS
from model.schema import SchemaError

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Spans of similar score: how many, their mean score, the share that is right."""

    spans: int
    score: float
    right: float


def pairs(gold: Sequence[Spans], found: Sequence[Spans], layer: str) -> list[tuple[float, bool]]:
    """Score and rightness of each span found on a layer; those without a score are left out."""
    out = []
    for a, b in zip(gold, found, strict=True):
        places = {(s.start, s.end, s.label) for s in a}
        out += [
            (s.score, (s.start, s.end, s.label) in places)
            for s in b
            if s.layer == layer and s.score is not None
        ]
    return out


def bins(scored: Sequence[tuple[float, bool]], count: int = BINS) -> list[Bin]:
    """Bins of equal number, by rising score; equal scores share one, so that there may be fewer."""
    ordered = sorted(scored)
    edges = [0]
    for k in range(1, count + 1):
        edge = max(round(k * len(ordered) / count), edges[-1])
        while 0 < edge < len(ordered) and ordered[edge][0] == ordered[edge - 1][0]:
            edge += 1
        edges.append(edge)
    parts = [ordered[a:b] for a, b in pairwise(edges) if a < b]
    return [
        Bin(len(p), sum(s for s, _ in p) / len(p), sum(r for _, r in p) / len(p)) for p in parts
    ]


def ece(found: Sequence[Bin]) -> float:
    """Expected calibration error over bins; 0 for none."""
    total = sum(b.spans for b in found)
    return sum(b.spans * abs(b.score - b.right) for b in found) / total if total else 0.0


def table(found: Sequence[Bin]) -> str:
    """The bins as Markdown."""
    rows = [f"| {b.spans} | {b.score:.3f} | {b.right:.3f} |" for b in found]
    return "\n".join(["| spans | mean score | right |", "|---|---|---|", *rows])


def main(argv: Sequence[str] | None = None) -> int:
    """Print table and ECE for each layer."""
    parser = argparse.ArgumentParser(
        prog="python -m data.reliability",
        description="Reliability of scores: are spans scored 0.9 right nine times in ten?",
    )
    parser.add_argument(
        "gold",
        help="JSONL records, an .inl file, a folder of them, or corpus-dev / corpus-train",
    )
    parser.add_argument("predicted", nargs="?", help="JSONL records in the same order")
    parser.add_argument("--model", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--engine", choices=["auto", "onnx", "torch"], default="auto")
    parser.add_argument("--json", type=Path, help="write the figures here")
    args = parser.parse_args(argv)
    try:
        gold = read_gold(Path(args.gold))
        if args.predicted:
            found = read_jsonl(Path(args.predicted))
            if [r.text for r in found] != [r.text for r in gold]:
                raise SchemaError(f"{args.predicted}: not the texts of {args.gold} in their order")
        else:
            from model.tagger import Tagger

            tagger = Tagger.from_pretrained(args.model, engine=args.engine)
            found = list(tagger.predict_many(r.text for r in gold))
        scored = {
            layer: bins(pairs([r.spans for r in gold], [r.spans for r in found], layer))
            for layer in LAYERS
        }
        if not any(scored.values()):
            raise SchemaError(f"{args.predicted or args.gold}: no span with a score; expected some")
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    out: dict[str, object] = {"gold": args.gold, "sha256": fingerprint(gold)}
    for layer, parts in scored.items():
        print(f"{layer}: ECE {ece(parts):.3f}\n\n{table(parts)}\n")
        out[layer] = {"ece": ece(parts), "bins": [[b.spans, b.score, b.right] for b in parts]}
    print(f"set {args.gold}, {len(gold)} texts, sha256 {fingerprint(gold)[:12]}")
    if args.json:
        args.json.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
