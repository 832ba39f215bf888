"""doccano's JSONL for sequence labelling (`allow overlapping spans` on, for directives).

doccano has no attributes of spans and gives texts ids of its own: ours travel in the columns
`record` and `attributes`, which doccano keeps as metadata and gives back on export.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from data.imported import lines_of, shaped, span_of, string
from model.schema import Record, Span


def write(records: Iterable[Record], path: Path) -> None:
    """One JSON object a line: `text`, `label` as [start, end, label] and our two columns."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            row: dict[str, Any] = {
                "text": record.text,
                "label": [[s.start, s.end, s.label] for s in record.spans],
                "record": record.id,
                "attributes": [
                    [s.start, s.end, s.label, s.attributes] for s in record.spans if s.attributes
                ],
            }
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _spans(row: dict[str, Any], text: str, where: str) -> Iterator[Span]:
    attributes = {
        (start, end, label): values for start, end, label, values in row.get("attributes") or []
    }
    triples = [tuple(triple) for triple in row.get("label") or row.get("labels") or []]
    # Projects with relations export `entities` instead.
    triples += [(e["start_offset"], e["end_offset"], e["label"]) for e in row.get("entities") or []]
    # Where an edge was moved in doccano, the attributes go with the span.
    for key in [key for key in attributes if key not in triples]:
        moved = [
            t for t in triples
            if t not in attributes and t[2] == key[2] and t[0] < key[1] and key[0] < t[1]
        ]  # fmt: skip
        if len(moved) == 1:
            attributes[moved[0]] = attributes[key]
    for start, end, label in triples:
        yield span_of(text, start, end, label, attributes.get((start, end, label)) or {}, where)


def read(path: Path) -> list[Record]:
    """The records of a doccano file; ImportedError names the line of what does not fit."""
    records = []
    for number, line in lines_of(path):
        where = f"{path}:{number}"
        with shaped(where, "a JSON object with text and label"):
            row = json.loads(line)
            text = string(row["text"], "text")
            spans = tuple(sorted(_spans(row, text, where), key=Span.order))
        name = row.get("record") or row.get("id")
        records.append(Record(text, spans, id=None if name is None else str(name)))
    return records
