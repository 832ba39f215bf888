"""What the model loses on corpus-dev when the texts are made worse by program.

    python -m scripts.robustness [--model FOLDER --engine torch] [--gold corpus-dev]

Each text is made worse once, with a seed of its own: Traditional characters throughout; pinyin left
behind characters and lost characters; ASCII marks; page furniture around; names no training text
and no list of the lexicon has; no marks at all. Without marks rows of names keep theirs (nothing
could tell `刘洋张明` apart), and directives are scored by characters: sentences have no edges.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from data.evaluate import Count, read_gold, strict_counts, with_sums
from data.inline import EDGES
from data.split import split_records
from model.schema import Record, Span
from model.tagger import Tagger
from train.augment import add_furniture, ascii_marks, damage, traditional, without_marks
from train.edit import Edit, apply
from train.swap import LEXICON, surname

Worse = Callable[[str, list[Span], random.Random], list[Edit]]


@cache
def _unseen() -> list[str]:
    """Characters for given names that no list and no training name has."""
    seen = set("".join((LEXICON / f"given{kind}.txt").read_text("utf-8") for kind in ("", "_rare")))
    for record in split_records("train"):
        for span in record.spans:
            if span.label == "OFFICIAL":
                seen.update(record.text[span.start : span.end])
    codes = (bytes([a, b]) for a in range(0xB0, 0xD8) for b in range(0xA1, 0xFF))
    level_one = (code.decode("gb2312", "ignore") for code in codes)
    return [char for char in level_one if char and char not in seen]


def unseen_names(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Full names of two and three characters get given names never seen, one for each person."""
    new: dict[str, str] = {}
    edits: list[Edit] = []
    for span in spans:
        name = text[span.start : span.end]
        if span.label != "OFFICIAL" or not re.fullmatch(r"[\u4e00-\u9fff]{2,3}", name):
            continue
        if name not in new:
            given = "".join(draw.choice(_unseen()) for _ in name[1:])
            new[name] = surname(draw)[0] + given
        edits.append((span.start, span.end, new[name]))
    return edits


KINDS: dict[str, Worse | None] = {
    "Traditional": traditional,
    "pinyin damage": damage,
    "ASCII marks": ascii_marks,
    "furniture": None,
    "unseen names": unseen_names,
    "no marks": without_marks,
}


def _trimmed(text: str, spans: Sequence[Span]) -> list[Span]:
    """Spans without blanks and marks at their edges, as the guideline has them."""
    out = []
    for span in spans:
        start, end = span.start, span.end
        while start < end and (text[start].isspace() or text[start] in EDGES):
            start += 1
        while start < end and (text[end - 1].isspace() or text[end - 1] in EDGES):
            end -= 1
        if start < end:
            out.append(Span(start, end, span.label))
    return out


def worse(record: Record, kind: str) -> Record:
    """The record made worse, labels moved along."""
    draw = random.Random(f"{kind}/{record.id}")
    spans = [Span(s.start, s.end, s.label) for s in record.spans]
    make = KINDS[kind]
    if make is None:
        text, spans = add_furniture(record.text, spans, draw, True, True)
    else:
        text, spans = apply(record.text, spans, make(record.text, spans, draw))
    return Record(text, tuple(_trimmed(text, spans)), id=record.id)


def _characters(gold: Sequence[Record], found: Sequence[Record]) -> Count:
    """Characters inside directives: right, found, wanted."""
    out = Count()
    for a, b in zip(gold, found, strict=True):
        inside = [
            {at for s in r.spans if s.label == "DIRECTIVE" for at in range(s.start, s.end)}
            for r in (a, b)
        ]
        out += Count(len(inside[0] & inside[1]), len(inside[1]), len(inside[0]))
    return out


def measure(tagger: Tagger, records: Sequence[Record]) -> dict[str, float]:
    """Strict F1 of entities and directives, and character F1 of directives, in points."""
    found = list(tagger.predict_many(record.text for record in records))
    counts = with_sums(strict_counts([r.spans for r in records], [r.spans for r in found]))
    return {
        "entities": 100 * counts["entities"].f1,
        "DIRECTIVE": 100 * counts["DIRECTIVE"].f1,
        "DIRECTIVE characters": 100 * _characters(records, found).f1,
    }


def main(argv: Sequence[str] | None = None) -> int:
    """Print a table of F1 and of what is lost."""
    parser = argparse.ArgumentParser(description="F1 lost on texts made worse by program.")
    parser.add_argument("--gold", default="corpus-dev", help="as for data.evaluate")
    parser.add_argument("--model", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--engine", choices=["auto", "onnx", "torch"], default="auto")
    args = parser.parse_args(argv)
    try:
        records = read_gold(Path(args.gold))
        tagger = Tagger.from_pretrained(args.model, engine=args.engine)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    plain = measure(tagger, records)
    print(f"{tagger.name} on {args.gold}, {len(records)} texts; points of F1, lost in brackets")
    print("| | " + " | ".join(plain) + " |\n|---|" + "---|" * len(plain))
    print("| as they are | " + " | ".join(f"{v:.1f}" for v in plain.values()) + " |")
    for kind in KINDS:
        scores = measure(tagger, [worse(record, kind) for record in records])
        cells = [f"{v:.1f} ({plain[k] - v:+.1f})" for k, v in scores.items()]
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
