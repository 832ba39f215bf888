"""How well two annotators agree: texts drawn for a second, blind annotation, and the score.

The raw annotations of both, before anything was settled, are kept in `agreement/first` and
`agreement/second`; the corpus holds what was settled afterwards.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from data.evaluate import read_gold, report, table
from data.imported import writable
from data.inline import read_folder
from data.split import CORPUS
from model.schema import Record

AGREEMENT = Path(__file__).with_name("agreement")
SEED = "agreement-1"
SHARE = 0.08


def drawn(ids: Sequence[str], share: float = SHARE, seed: str = SEED) -> list[str]:
    """The ids whose sha256 with the seed comes first, a share of all, sorted."""
    ordered = sorted(ids, key=lambda i: hashlib.sha256(f"{seed}/{i}".encode()).hexdigest())
    return sorted(ordered[: round(share * len(ids))])


def pairs(first: Sequence[Record], second: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Both annotations of the texts in `second`; ValueError when one is missing from `first`."""
    by_id = {record.id: record for record in first}
    missing = [str(record.id) for record in second if record.id not in by_id]
    if missing:
        raise ValueError(f"{', '.join(missing)}: not among the first annotations")
    return [by_id[record.id] for record in second], list(second)


def differences(first: Record, second: Record) -> Iterator[str]:
    """A line for each span only one of the two has, or has with other attributes."""
    a, b = ({(s.start, s.end, s.label): s.attributes for s in r.spans} for r in (first, second))
    for key in sorted({**a, **b}):
        if a.get(key) != b.get(key):
            start, end, label = key
            surface = first.text[start:end].replace("\n", "⏎")
            shown = surface if len(surface) <= 60 else f"{surface[:35]}…{surface[-20:]}"
            sides = " / ".join(str(x[key]) if key in x else "-" for x in (a, b))
            yield f"{first.id} {start}-{end} {label} {shown}: {sides}"


def main(argv: Sequence[str] | None = None) -> int:
    """Draw or score; 1 with one line on standard error when something does not fit."""
    parser = argparse.ArgumentParser(
        prog="python -m data.agreement",
        description="Draw texts for a second, blind annotation, or score two annotations of the "
        "same texts against each other (strict F1 for each label; attributes on agreed spans).",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    draw = commands.add_parser("draw", help="write the drawn texts without tags")
    draw.add_argument("folder", type=Path, help="where the .txt files go")
    draw.add_argument("--gold", type=Path, default=CORPUS, help="annotated texts to draw from")
    draw.add_argument("--share", type=float, default=SHARE, help="of all texts")
    draw.add_argument("--seed", default=SEED)
    score = commands.add_parser("score", help="compare")
    score.add_argument("second", type=Path, nargs="?", default=AGREEMENT / "second")
    score.add_argument("--first", type=Path, default=AGREEMENT / "first")
    score.add_argument("--list", action="store_true", help="also print each difference")
    args = parser.parse_args(argv)
    try:
        if args.command == "draw":
            if not 0 < args.share <= 1:
                raise ValueError(f"--share {args.share}; expected more than 0 and at most 1")
            records = {str(r.id): r for r in writable(read_gold(args.gold), named=True)}
            args.folder.mkdir(parents=True, exist_ok=True)
            ids = drawn(list(records), args.share, args.seed)
            for name in ids:
                path = args.folder / f"{name}.txt"
                path.write_text(records[name].text + "\n", encoding="utf-8", newline="")
            print(f"{len(ids)} of {len(records)} texts written to {args.folder}", file=sys.stderr)
        else:
            first, second = pairs(read_gold(args.first), read_folder(args.second))
            print(table(report(first, second)))
            if args.list:
                for a, b in zip(first, second, strict=True):
                    print("\n".join(differences(a, b)))
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
