"""Annotated texts from one tool's form to another's; every imported span is checked.

python -m data.convert data/corpus texts.jsonl --to doccano
python -m data.convert export.json my_texts --to inline
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from data import brat, cluener, conll, doccano, label_studio
from data.imported import lines_of, text_of, writable
from data.inline import dump, read_file, read_folder
from model.schema import Record, read_records


@dataclass(frozen=True, slots=True)
class Form:
    """One form of annotated texts: how it is read and written, and what it looks like."""

    read: Callable[[Path], list[Record]]
    write: Callable[[Iterable[Record], Path], None]
    what: str


def _read_inline(path: Path) -> list[Record]:
    return read_folder(path) if path.is_dir() else [read_file(path)]


def _write_inline(records: Iterable[Record], path: Path) -> None:
    chosen = writable(records, named=True, flat=True)
    path.mkdir(parents=True, exist_ok=True)
    for record in chosen:
        try:
            source = dump(record.text, record.spans) + "\n"
        except ValueError as error:
            raise ValueError(f"{record.id}: {error}") from None
        (path / f"{record.id}.inl").write_text(source, encoding="utf-8", newline="")


def _read_jsonl(path: Path) -> list[Record]:
    return read_records(text_of(path).split("\n"), str(path))


def _write_jsonl(records: Iterable[Record], path: Path) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            file.write(record.dumps() + "\n")


FORMS = {
    "inline": Form(_read_inline, _write_inline, "folder of .inl files, or one of them"),
    "records": Form(_read_jsonl, _write_jsonl, ".jsonl of this project's records"),
    "doccano": Form(doccano.read, doccano.write, ".jsonl, sequence labelling with overlaps"),
    "label-studio": Form(label_studio.read, label_studio.write, ".json list of tasks"),
    "brat": Form(brat.read, brat.write, "folder of .txt and .ann files"),
    "conll": Form(conll.read, conll.write, ".conll table with a file of attributes beside it"),
    "cluener": Form(cluener.read, cluener.write, ".jsonl, entities only; directives are lost"),
}


def guess(path: Path) -> str:
    """The form a path most likely has; ValueError when nothing tells."""
    if path.is_dir():
        return "inline" if any(path.glob("*.inl")) else "brat"
    by_suffix = {".inl": "inline", ".json": "label-studio", ".conll": "conll"}
    if path.suffix in by_suffix:
        return by_suffix[path.suffix]
    if path.suffix != ".jsonl":
        raise ValueError(f"{path}: no known form; name it with --from")
    head = next((line for _, line in lines_of(path)), "{}")
    try:
        row = json.loads(head)
    except ValueError:
        row = None
    if not isinstance(row, dict):
        raise ValueError(f"{path}: its first line is no JSON object; expected JSONL")
    if "spans" in row and "label" not in row:
        return "records"
    return "cluener" if isinstance(row.get("label"), dict) else "doccano"


def main(argv: Sequence[str] | None = None) -> int:
    """Convert; 1 with one line on standard error when something does not fit."""
    forms = "\n".join(f"  {name:13} {form.what}" for name, form in FORMS.items())
    parser = argparse.ArgumentParser(
        prog="python -m data.convert",
        description="Bring annotated texts from one form to another. Offsets are code points of "
        "the text; every span read is checked against its text.\n\nforms:\n" + forms,
        epilog="examples:\n"
        "  python -m data.convert data/corpus corpus.jsonl --to doccano\n"
        "  python -m data.convert export.json mine --to inline\n"
        "  python -m data.convert --interface        # for Label Studio's settings",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("source", type=Path, nargs="?", help="file or folder to read")
    parser.add_argument("target", type=Path, nargs="?", help="file or folder to write")
    parser.add_argument("--from", dest="origin", choices=FORMS, help="default: by the name")
    parser.add_argument("--to", choices=FORMS, help="form of the target")
    parser.add_argument(
        "--interface", action="store_true", help="print Label Studio's labelling interface"
    )
    args = parser.parse_args(argv)
    if args.interface:
        print(label_studio.INTERFACE, end="")
        return 0
    if args.source is None or args.target is None or args.to is None:
        parser.error("source, target and --to are needed")
    try:
        if not args.source.exists():
            raise ValueError(f"{args.source}: no such file or folder")
        records = FORMS[args.origin or guess(args.source)].read(args.source)
        FORMS[args.to].write(records, args.target)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    if args.to == "cluener":
        print(cluener.lost(records), file=sys.stderr)
    print(f"{len(records)} texts written to {args.target}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
