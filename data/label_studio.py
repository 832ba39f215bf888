"""Label Studio's JSON tasks, with the labelling interface that fits them.

Names are typed in the interface's per-region text fields (`of`, `by`, `to` and so on), `mod` and
`kind` are chosen, so that attributes can be edited there. Offsets are written as code points; a
file whose regions fit only when counted in UTF-16 units, as browsers count, is read so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.imported import ImportedError, shaped, span_of, string, text_of
from model.schema import ATTRIBUTES, CLOSED, LABELS, Record, Span

#: Paste this into the project's labelling interface.
INTERFACE = (
    '<View>\n  <Labels name="label" toName="text">\n'
    + "".join(f'    <Label value="{label}"/>\n' for label in LABELS)
    + '  </Labels>\n  <Text name="text" value="$text"/>\n'
    + "".join(
        f'  <TextArea name="{name}" toName="text" perRegion="true" maxSubmissions="1"/>\n'
        for name in ATTRIBUTES
        if name not in CLOSED
    )
    + "".join(
        f'  <Choices name="{name}" toName="text" perRegion="true">\n'
        + "".join(f'    <Choice value="{value}"/>\n' for value in values)
        + "  </Choices>\n"
        for name, values in CLOSED.items()
    )
    + "</View>\n"
)


def _regions(record: Record) -> Iterator[dict[str, Any]]:
    for number, span in enumerate(record.spans):
        place = {"start": span.start, "end": span.end}
        common = {"id": f"r{number}", "to_name": "text"}
        surface = record.text[span.start : span.end]
        yield {
            **common, "from_name": "label", "type": "labels",
            "value": {**place, "text": surface, "labels": [span.label]},
        }  # fmt: skip
        for name, value in span.attributes.items():
            kind, key = ("choices", "choices") if name in CLOSED else ("textarea", "text")
            yield {
                **common, "from_name": name, "type": kind, "value": {**place, key: [value]},
            }  # fmt: skip


def write(records: Iterable[Record], path: Path) -> None:
    """A list of tasks, each with one annotation."""
    tasks = [
        {
            "data": {"text": record.text, "id": record.id},
            "annotations": [{"result": list(_regions(record))}],
        }
        for record in records
    ]
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _code_points(text: str) -> list[int]:
    """For each UTF-16 unit of the text, and its end, the code point it belongs to."""
    out: list[int] = []
    for at, char in enumerate(text):
        out += [at] * (2 if ord(char) > 0xFFFF else 1)
    return [*out, len(text)]


def _plain(surface: str | None) -> str | None:
    return surface.replace("\\n", "\n") if surface else None


def _offsets(text: str, regions: Sequence[Mapping[str, Any]]) -> list[tuple[Any, Any]]:
    """Offsets of the regions in code points, whichever way the file counts."""
    plain = [(r["value"]["start"], r["value"]["end"]) for r in regions]
    # Label Studio writes a line end within a region as the two characters `\n`.
    said = [_plain(r["value"].get("text")) for r in regions]
    if any(s is not None and text[a:b] != s for (a, b), s in zip(plain, said, strict=True)):
        units = _code_points(text)
        if all(0 <= a < b < len(units) for a, b in plain):
            moved = [(units[a], units[b]) for a, b in plain]
            if all(text[a:b] == s for (a, b), s in zip(moved, said, strict=True)):
                return moved
    return plain


def _record(task: Mapping[str, Any], where: str) -> Record:
    text = string(task["data"]["text"], "data.text")
    annotations = [a for a in task.get("annotations", []) if not a.get("was_cancelled")]
    if len(annotations) > 1:
        raise ImportedError(
            f"{where}: {len(annotations)} annotations of one text; expected one, settled"
        )
    result = annotations[0]["result"] if annotations else []
    attributes: dict[str, dict[str, str]] = {}
    for region in result:
        if region["type"] in ("textarea", "choices"):
            found = region["value"].get("text" if region["type"] == "textarea" else "choices")
            value = found if isinstance(found, str) else "、".join(found or [])
            if value:
                attributes.setdefault(region["id"], {})[region["from_name"]] = value
    labelled = [region for region in result if region["type"] == "labels"]
    spans = []
    for region, (start, end) in zip(labelled, _offsets(text, labelled), strict=True):
        (label,) = region["value"]["labels"]
        spans.append(
            span_of(
                text, start, end, label, attributes.get(region["id"], {}), where,
                _plain(region["value"].get("text")),
            )
        )  # fmt: skip
    name = task["data"].get("id", task.get("id"))
    return Record(
        text, tuple(sorted(spans, key=Span.order)), id=None if name is None else str(name)
    )


def read(path: Path) -> list[Record]:
    """The records of an export in JSON (not JSON-MIN); ImportedError names the task."""
    try:
        tasks = json.loads(text_of(path))
    except json.JSONDecodeError as error:
        raise ImportedError(f"{path}: {error}; expected a JSON list of tasks") from None
    if not isinstance(tasks, list):
        raise ImportedError(f"{path}: found {type(tasks).__name__}; expected a list of tasks")
    records = []
    for number, task in enumerate(tasks, 1):
        where = f"{path}, task {number}"
        with shaped(where, "data.text and annotations of type labels"):
            records.append(_record(task, where))
    return records
