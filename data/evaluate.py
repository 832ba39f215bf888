"""Scoring predictions against gold: spans, directives, attributes, documents, kinds.

Strict span F1 counts a span as right when start, end and label agree; it equals seqeval's
`mode="strict", scheme=IOB2` on the tags of each layer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from model.characters import norm
from model.schema import ALLOWED, LABELS, Record, SchemaError, Span, read_records

#: The share of characters a found directive must have in common with a gold one, to be near it.
IOU = 0.8
_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_SCORED = ("of", "by", "value+mod", "to", "deadline", "kind")
#: Annotated in a part of the corpus only, where every directive carries `kind`.
_DEMANDS = ("to", "deadline", "kind")


@dataclass(frozen=True, slots=True)
class Count:
    """Right, found and wanted; F1 is 1 where nothing is wanted and nothing found."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.right + other.right, self.found + other.found, self.wanted + other.wanted)

    @property
    def precision(self) -> float:
        """Right among found."""
        return self.right / self.found if self.found else float(not self.wanted)

    @property
    def recall(self) -> float:
        """Right among wanted."""
        return self.right / self.wanted if self.wanted else float(not self.found)

    @property
    def f1(self) -> float:
        """Harmonic mean of both: 2 · right / (found + wanted)."""
        total = self.found + self.wanted
        return 2 * self.right / total if total else 1.0


Spans = Sequence[Span]


def _keys(spans: Iterable[Span], label: str) -> set[tuple[int, int]]:
    return {(s.start, s.end) for s in spans if s.label == label}


def strict(gold: Spans, found: Spans) -> dict[str, Count]:
    """Strict counts of one document for each label."""
    out = {}
    for label in LABELS:
        a, b = _keys(gold, label), _keys(found, label)
        out[label] = Count(len(a & b), len(b), len(a))
    return out


def with_sums(counts: dict[str, Count]) -> dict[str, Count]:
    """The counts with `entities` (micro over three labels) before and `both` (all four) behind."""
    entities = counts["OFFICIAL"] + counts["TITLE"] + counts["DATE"]
    return {"entities": entities, **counts, "both": entities + counts["DIRECTIVE"]}


def total(parts: Iterable[dict[str, Count]]) -> dict[str, Count]:
    """Counts added up over documents."""
    out: dict[str, Count] = {}
    for part in parts:
        for key, count in part.items():
            out[key] = out.get(key, Count()) + count
    return out


def strict_counts(gold: Sequence[Spans], found: Sequence[Spans]) -> dict[str, Count]:
    """Strict counts over documents, with the sums."""
    zero: list[dict[str, Count]] = [{label: Count() for label in LABELS}]
    return with_sums(total(zero + [strict(g, f) for g, f in zip(gold, found, strict=True)]))


def relaxed(gold: Spans, found: Spans, threshold: float = IOU) -> Count:
    """Directives that pair one to one with a character IoU of at least `threshold` (over a half).

    Spans of one layer do not overlap, so over a half no span can pair with two.
    """
    a, b = sorted(_keys(gold, "DIRECTIVE")), sorted(_keys(found, "DIRECTIVE"))
    right = 0
    for start, end in a:
        for other, stop in b:
            shared = min(end, stop) - max(start, other)
            if shared > 0 and shared / (max(end, stop) - min(start, other)) >= threshold:
                right += 1
                break
    return Count(right, len(b), len(a))


def sentence_classes(text: str, gold: Spans, found: Spans) -> Count:
    """Sentences that hold a directive, as a yes-or-no class of each sentence or part."""
    a, b = sorted(_keys(gold, "DIRECTIVE")), sorted(_keys(found, "DIRECTIVE"))
    right = positive = wanted = 0
    for match in _SENTENCE.finditer(text):
        start, end = match.span()
        in_gold = any(s < end and start < e for s, e in a)
        in_found = any(s < end and start < e for s, e in b)
        right += in_gold and in_found
        positive += in_found
        wanted += in_gold
    return Count(right, positive, wanted)


def _value(span: Span, attribute: str) -> str | None:
    value = getattr(span, attribute)
    if value is None or attribute not in {"of", "by", "to"}:
        return value  # type: ignore[no-any-return]
    return "、".join(sorted(norm(name) for name in re.split("[、,，]", value) if name))


def attribute_counts(gold: Spans, found: Spans) -> dict[str, Count]:
    """For each attribute: right among the spans found strictly (`found` of the count), absent being
    a value; names are compared in their normal form. `value+mod` counts both together; `to`,
    `deadline` and `kind` count where the gold has them."""
    places = {(s.start, s.end, s.label): s for s in found}
    out = {name: Count() for name in _SCORED}
    for span in gold:
        other = places.get((span.start, span.end, span.label))
        for name in out:
            parts = name.split("+")
            if parts[0] not in ALLOWED[span.label] or (name in _DEMANDS and span.kind is None):
                continue
            same = other is not None and all(_value(span, p) == _value(other, p) for p in parts)
            out[name] += Count(int(same), int(other is not None), 1)
    return out


def joint_counts(gold: Spans, found: Spans) -> dict[str, Count]:
    """For each attribute: spans found strictly with the attribute right, among all found and all
    wanted that could have it, so that F1 counts a wrong span and a wrong attribute alike."""
    out = {}
    for name, count in attribute_counts(gold, found).items():
        first = name.split("+")[0]
        # `to`, `deadline` and `kind` are annotated in some texts only.
        scored = count.wanted or name not in _DEMANDS
        could = sum(first in ALLOWED[span.label] for span in found) if scored else 0
        out[name] = Count(count.right, could, count.wanted)
    return out


def interval(
    parts: Sequence[Any],
    measure: Callable[[Sequence[Any]], float],
    rounds: int = 1000,
    seed: int = 0,
) -> tuple[float, float]:
    """The 95 % percentile interval of a measure over documents drawn with replacement."""
    if not parts:
        return (0.0, 0.0)
    draw = random.Random(seed)
    values = sorted(measure(draw.choices(parts, k=len(parts))) for _ in range(rounds))
    return values[int(0.025 * rounds)], values[int(0.975 * rounds) - 1]


def report(gold: Sequence[Record], found: Sequence[Record], rounds: int = 1000) -> dict[str, Any]:
    """Everything as one JSON object; `found` in the order of `gold`.

    Raises SchemaError when a text differs between the two.
    """
    for g, f in zip(gold, found, strict=True):
        if g.text != f.text:
            at = next(
                (i for i, (a, b) in enumerate(zip(g.text, f.text, strict=False)) if a != b),
                min(len(g.text), len(f.text)),
            )
            raise SchemaError(f"text {g.id!r}: gold and prediction differ from character {at} on")
    parts = [strict(g.spans, f.spans) for g, f in zip(gold, found, strict=True)]
    sums = with_sums(total([{label: Count() for label in LABELS}, *parts]))
    out: dict[str, Any] = {
        "texts": len(gold),
        "characters": sum(len(g.text) for g in gold),
        "spans": {},
    }
    for key, count in sums.items():

        def f1(chosen: Sequence[dict[str, Count]], key: str = key) -> float:
            return with_sums(total(chosen))[key].f1

        row = _numbers(count)
        row["interval"] = [round(x, 4) for x in interval(parts, f1, rounds)]
        out["spans"][key] = row
    out["directive_relaxed"] = _numbers(
        _sum(relaxed(g.spans, f.spans) for g, f in zip(gold, found, strict=True))
    )
    out["directive_sentences"] = _numbers(
        _sum(sentence_classes(g.text, g.spans, f.spans) for g, f in zip(gold, found, strict=True))
    )
    alone, joint = (
        total(count(g.spans, f.spans) for g, f in zip(gold, found, strict=True))
        for count in (attribute_counts, joint_counts)
    )
    out["attributes"] = {
        name: {
            "accuracy": round(count.right / count.found, 4) if count.found else None,
            "of_spans": count.found,
            "recall": round(count.right / count.wanted, 4) if count.wanted else None,
            "f1": round(joint[name].f1, 4) if joint[name].wanted or joint[name].found else None,
        }
        for name, count in alone.items()
    }
    out["documents"] = {
        str(g.id): round(with_sums(part)["both"].f1, 4) for g, part in zip(gold, parts, strict=True)
    }
    kinds = sorted({g.kind for g in gold if g.kind})
    out["kinds"] = {}
    for kind in kinds:
        chosen = [p for g, p in zip(gold, parts, strict=True) if g.kind == kind]
        both = with_sums(total(chosen))
        out["kinds"][kind] = {
            "texts": len(chosen),
            "entities": round(both["entities"].f1, 4),
            "DIRECTIVE": round(both["DIRECTIVE"].f1, 4),
        }
    return out


def _sum(counts: Iterable[Count]) -> Count:
    out = Count()
    for count in counts:
        out += count
    return out


def _numbers(count: Count) -> dict[str, Any]:
    return {
        "precision": round(count.precision, 4),
        "recall": round(count.recall, 4),
        "f1": round(count.f1, 4),
        "right": count.right,
        "found": count.found,
        "wanted": count.wanted,
    }


def table(scores: dict[str, Any], documents: bool = False) -> str:
    """The report as a table for people; `documents` adds a line for each text."""
    lines = [f"{scores['texts']} texts, {scores['characters']} characters", ""]
    head = f"{'':22}{'P':>8}{'R':>8}{'F1':>8}   {'95 %':<17}{'right':>7}{'found':>7}{'wanted':>7}"
    lines.append(head)
    rows = {f"{key} (strict)": row for key, row in scores["spans"].items()}
    rows[f"DIRECTIVE (IoU ≥ {IOU})"] = scores["directive_relaxed"]
    rows["DIRECTIVE (sentences)"] = scores["directive_sentences"]
    for key, row in rows.items():
        low, high = row.get("interval", (None, None))
        shown = f"{low:.3f} to {high:.3f}" if low is not None else ""
        lines.append(
            f"{key:22}{row['precision']:8.3f}{row['recall']:8.3f}{row['f1']:8.3f}   {shown:<17}"
            f"{row['right']:7}{row['found']:7}{row['wanted']:7}"
        )
    head = f"{'attribute':22}{'accuracy':>9}{'of':>7}   spans found strictly{'F1':>8}"
    head += "   of span and attribute"
    lines += ["", head]
    for key, row in scores["attributes"].items():
        accuracy, f1 = (
            "-" if row[name] is None else f"{row[name]:.3f}" for name in ("accuracy", "f1")
        )
        lines.append(f"{key:22}{accuracy:>9}{row['of_spans']:7}{f1:>31}")
    if scores["kinds"]:
        lines += ["", f"{'kind':22}{'texts':>6}{'entities':>10}{'DIRECTIVE':>11}"]
        for kind, row in scores["kinds"].items():
            lines.append(
                f"{kind:22}{row['texts']:6}{row['entities']:10.3f}{row['DIRECTIVE']:11.3f}"
            )
    values = scores["documents"]
    if values:
        worst = min(values, key=lambda key: values[key])
        lines += ["", f"worst document (micro over both layers): {worst} with {values[worst]:.3f}"]
    if documents:
        lines += [f"  {key:20}{value:8.3f}" for key, value in values.items()]
    return "\n".join(lines)


def read_jsonl(path: Path) -> list[Record]:
    """The records of a JSONL file; SchemaError for a wrong form or bytes that are not UTF-8."""
    try:
        with path.open(encoding="utf-8") as file:
            return read_records(file, str(path))
    except UnicodeDecodeError:
        raise SchemaError(f"{path}: not UTF-8; expected JSONL records in UTF-8") from None


def read_gold(path: Path) -> list[Record]:
    """Gold records of a JSONL file, an `.inl` file, a folder of them, or a folder with an index.

    `corpus-dev` and `corpus-train` name the splits of data/corpus.
    """
    from data.inline import read_file, read_folder
    from data.split import split_records

    if str(path) in {"corpus-dev", "corpus-train"}:
        return split_records(str(path).removeprefix("corpus-"))
    if path.is_dir():
        return read_folder(path)
    if path.suffix == ".inl":
        return [read_file(path)]
    return read_jsonl(path)


def fingerprint(records: Sequence[Record]) -> str:
    """The sha256 of texts and spans, which says what set a figure was measured on."""
    state = hashlib.sha256()
    for record in records:
        keys = [[s.start, s.end, s.label, s.attributes] for s in record.spans]
        state.update(json.dumps([record.text, keys], ensure_ascii=False).encode())
    return state.hexdigest()


def main(argv: Sequence[str] | None = None) -> int:
    """Score predictions, or the model itself, against gold."""
    parser = argparse.ArgumentParser(
        prog="python -m data.evaluate",
        description="Score predictions against gold spans. Without PREDICTED the model reads the "
        "gold texts itself.",
        epilog="example: python -m data.evaluate corpus-dev --json scores.json",
    )
    parser.add_argument(
        "gold",
        help="JSONL records, an .inl file, a folder of them, or corpus-dev / corpus-train",
    )
    parser.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="GOLD",
        help="a further gold set, scored together with the first; may be given again. PREDICTED "
        "then holds the texts of all sets in this order",
    )
    parser.add_argument("predicted", nargs="?", help="JSONL records in the same order")
    parser.add_argument("--model", type=Path, help="checkpoint folder (default: the shipped model)")
    parser.add_argument("--engine", choices=["auto", "onnx", "torch"], default="auto")
    parser.add_argument(
        "--gold-spans",
        action="store_true",
        help="take the gold spans as found and score only what the rules say of them",
    )
    parser.add_argument("--json", type=Path, help="write the scores here as JSON")
    parser.add_argument("--documents", action="store_true", help="a line for each document")
    args = parser.parse_args(argv)
    try:
        gold = [
            replace(r, id=f"{Path(name).stem}/{r.id}") if args.also else r
            for name in (args.gold, *args.also)
            for r in read_gold(Path(name))
        ]
        if not gold:
            raise SchemaError(f"{args.gold}: no records; expected gold texts there")
        if args.predicted:
            found = read_jsonl(Path(args.predicted))
            if len(found) != len(gold):
                raise SchemaError(
                    f"{args.predicted}: {len(found)} records; expected {len(gold)}, as many as "
                    f"there are in {' and '.join([args.gold, *args.also])}"
                )
        elif args.gold_spans:
            from model.record import from_raw_spans

            found = [from_raw_spans(record.text, record.spans) for record in gold]
        else:
            from model.tagger import Tagger

            tagger = Tagger.from_pretrained(args.model, engine=args.engine)
            found = [
                replace(r, id=g.id)
                for r, g in zip(tagger.predict_many(g.text for g in gold), gold, strict=True)
            ]
        scores = report(gold, found)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    named = " and ".join(str(name) for name in (args.gold, *args.also))
    scores = {"gold": named, "sha256": fingerprint(gold), **scores}
    if args.json:
        args.json.write_text(
            json.dumps(scores, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
    print(table(scores, args.documents))
    print(f"\nset {named}, sha256 of texts and spans {scores['sha256'][:12]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
