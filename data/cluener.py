"""CLUENER's JSONL: `{"text": …, "label": {"name": {"张三": [[0, 1]]}}}`, ends inclusive.

Entities only: directives and all attributes are lost, and so are ids. OFFICIAL becomes `name`,
TITLE `position`; DATE keeps a label CLUENER itself has not, `date`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from data.imported import lines_of, shaped, span_of, string
from model.schema import Record, Span

NAMES = {"OFFICIAL": "name", "TITLE": "position", "DATE": "date"}
_LABELS = {name: label for label, name in NAMES.items()}


def write(records: Iterable[Record], path: Path) -> None:
    """One JSON object a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for record in records:
            label: dict[str, dict[str, list[list[int]]]] = {}
            for span in record.spans:
                if span.label in NAMES:
                    surface = record.text[span.start : span.end]
                    places = label.setdefault(NAMES[span.label], {}).setdefault(surface, [])
                    places.append([span.start, span.end - 1])
            row = {"text": record.text, "label": label}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def lost(records: Iterable[Record]) -> str:
    """What the form cannot hold, counted, for the user to read."""
    spans = [span for record in records for span in record.spans]
    directives = sum(span.label == "DIRECTIVE" for span in spans)
    attributes = sum(len(span.attributes) for span in spans)
    return f"lost in CLUENER's form: {directives} directives, {attributes} attributes, all ids"


def read(path: Path) -> list[Record]:
    """The records of a file; labels CLUENER has and we have not are left out."""
    records = []
    for number, line in lines_of(path):
        where = f"{path}:{number}"
        with shaped(where, "a JSON object with text and label"):
            row = json.loads(line)
            text = string(row["text"], "text")
            spans = [
                span_of(text, start, end + 1, _LABELS[name], {}, where, surface)
                for name, mentions in row.get("label", {}).items()
                if name in _LABELS
                for surface, places in mentions.items()
                for start, end in places
            ]
        records.append(Record(text, tuple(sorted(spans, key=Span.order)), id=str(number)))
    return records
