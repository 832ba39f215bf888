"""The commonest kinds of error of a model on gold texts, with counts and examples.

    python -m scripts.errors corpus-dev
    python -m scripts.errors FILE.jsonl --model runs/small-s1/model --engine torch --most 20

An error is a gold span that was not found strictly, or a found span that is not gold; where the two
overlap they are one error, told by how the edges or the labels differ.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.evaluate import read_gold
from model.schema import Record, Span
from model.tagger import Tagger

_CALL = re.compile(r"要|必须|务必|应|须|不得|严禁|希望|号召|请|让我们|不准|不能|禁止")
_ABSOLUTE = re.compile(r"\d{4}|[一二][〇零○O九]\S{2}年|\d+月\d+")
_ENDS = "。！？!?；;：:\n"


@dataclass(frozen=True, slots=True)
class Fault:
    """One error: its kind and what stands there."""

    kind: str
    id: str
    shown: str


def _shown(text: str, start: int, end: int) -> str:
    inner = text[start:end]
    if len(inner) > 46:
        inner = f"{inner[:24]}…{inner[-20:]}"
    return f"{text[max(start - 8, 0) : start]}[{inner}]{text[end : end + 8]}".replace("\n", "⏎")


def _sort(text: str, span: Span) -> str:
    """What sort of span it is, for those that nothing overlaps."""
    surface = text[span.start : span.end]
    if span.label == "OFFICIAL":
        sizes = {1: "a bare surname", 2: "two characters", 3: "three characters"}
        return sizes.get(len(surface), "four and more characters")
    if span.label == "DATE":
        return "absolute" if _ABSOLUTE.search(surface) else "relative or partial"
    if span.label == "TITLE":
        return "up to four characters" if len(surface) <= 4 else "with an organisation"
    return "with a call" if _CALL.search(surface) else "without a call"


def _edge(text: str, at: int, is_end: bool) -> str:
    """Where a wrong edge of a directive lies."""
    mark = text[at : at + 1] if is_end else text[max(at - 1, 0) : at]
    if mark and mark in "，,、":
        return "at a comma"
    if not mark or mark in _ENDS:
        return "at a sentence's edge"
    return "inside a clause"


def _differing(text: str, gold: Span, found: Span) -> str:
    if gold.label != found.label:
        return f"{gold.label} taken for {found.label}"
    parts = []
    for name, a, b in (("begins", gold.start, found.start), ("ends", gold.end, found.end)):
        if a != b:
            where = f" {_edge(text, b, name == 'ends')}" if gold.label == "DIRECTIVE" else ""
            parts.append(f"{name} too {'late' if b > a else 'early'}{where}")
    return f"{gold.label} {' and '.join(parts)}"


def faults(gold: Record, found: Record) -> Iterator[Fault]:
    """The errors of one text, layer by layer."""
    text, name = gold.text, str(gold.id)
    for layer in ("entity", "clause"):
        a = [s for s in gold.spans if s.layer == layer]
        b = [s for s in found.spans if s.layer == layer]
        right = {(s.start, s.end, s.label) for s in a} & {(s.start, s.end, s.label) for s in b}
        left = [s for s in b if (s.start, s.end, s.label) not in right]
        met: set[Span] = set()
        for span in a:
            if (span.start, span.end, span.label) in right:
                continue
            over = [s for s in left if s.start < span.end and span.start < s.end]
            shown = _shown(text, span.start, span.end)
            if not over:
                yield Fault(f"{span.label} missed: {_sort(text, span)}", name, shown)
                continue
            if len(over) > 1:
                met.update(over)
                yield Fault(f"{span.label} found in pieces", name, shown)
                continue
            (other,) = over
            if other in met:
                yield Fault(f"several {span.label} found as one", name, shown)
                continue
            met.add(other)
            shown = f"{shown} found {_shown(text, other.start, other.end)}"
            yield Fault(_differing(text, span, other), name, shown)
        for span in left:
            if span not in met:
                yield Fault(
                    f"{span.label} too many: {_sort(text, span)}", name,
                    _shown(text, span.start, span.end),
                )  # fmt: skip


def table(found: Sequence[Fault], most: int, examples: int) -> str:
    """The commonest kinds with counts and examples."""
    kinds: dict[str, list[Fault]] = {}
    for fault in found:
        kinds.setdefault(fault.kind, []).append(fault)
    ordered = sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
    lines = [f"{len(found)} errors of {len(kinds)} kinds"]
    for kind, members in ordered[:most]:
        lines.append(f"{len(members):5}  {kind}")
        # Spread over the texts: neighbours are often the same error again.
        step = max(1, len(members) // max(1, examples))
        lines += [f"         {f.id}: {f.shown}" for f in members[::step][:examples]]
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> int:
    """Read, compare, print."""
    parser = argparse.ArgumentParser(description="The commonest kinds of error on gold texts.")
    parser.add_argument("gold", help="as for data.evaluate")
    parser.add_argument("--model", type=Path, help="checkpoint folder (default: the shipped one)")
    parser.add_argument("--engine", choices=["auto", "onnx", "torch"], default="auto")
    parser.add_argument("--most", type=int, default=20, help="kinds to print")
    parser.add_argument("--examples", type=int, default=3, help="of each kind")
    args = parser.parse_args(argv)
    try:
        records = read_gold(Path(args.gold))
        tagger = Tagger.from_pretrained(args.model, engine=args.engine)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    found = tagger.predict_many(record.text for record in records)
    all_faults = [f for a, b in zip(records, found, strict=True) for f in faults(a, b)]
    print(table(all_faults, args.most, args.examples))
    return 0


if __name__ == "__main__":
    sys.exit(main())
