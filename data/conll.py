"""A CoNLL-like table: one character a line with its offset and the BIO tag of each layer.

Four columns parted by tabs: character, offset, entity tag, clause tag. `# id = …` opens a text; an
empty line ends it. White space and the backslash are written as in JSON strings (`\\n`, `\\u3000`),
so that the characters give back the text. Attributes stand in a file beside it, named like it with
`.attributes.jsonl`, each row with the number of its text in the table.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path

from data.imported import ImportedError, lines_of, span_of, text_of, writable
from model.labels import LAYERS
from model.schema import Record, Span


def sidecar(path: Path) -> Path:
    """The file of attributes beside a table."""
    return path.with_suffix(".attributes.jsonl")


def _written(char: str) -> str:
    if char.isspace() or not char.isprintable() or char == "\\":
        return f"\\U{ord(char):08x}" if ord(char) > 0xFFFF else f"\\u{ord(char):04x}"
    return char


def _meant(cell: str, where: str) -> str:
    if len(cell) == 1 and cell != "\\":
        return cell
    try:
        if cell[:2] in ("\\u", "\\U"):
            return chr(int(cell[2:], 16))
    except (ValueError, OverflowError):
        pass
    raise ImportedError(f"{where}: character {cell!r}; expected one, or its code after \\u or \\U")


def _tags(record: Record, layer: str) -> list[str]:
    tags = ["O"] * len(record.text)
    for span in record.spans:
        if span.layer == layer:
            tags[span.start] = f"B-{span.label}"
            tags[span.start + 1 : span.end] = [f"I-{span.label}"] * (span.end - span.start - 1)
    return tags


def write(records: Iterable[Record], path: Path) -> None:
    """The table and, beside it, the attributes; ValueError for overlaps within a layer."""
    chosen = writable(records, flat=True)
    with (
        path.open("w", encoding="utf-8", newline="\n") as table,
        sidecar(path).open("w", encoding="utf-8", newline="\n") as beside,
    ):
        for number, record in enumerate(chosen, 1):
            table.write(f"# id = {json.dumps(record.id, ensure_ascii=False)}\n")
            columns = (_tags(record, layer) for layer in LAYERS)
            for offset, (char, *tags) in enumerate(zip(record.text, *columns, strict=True)):
                table.write("\t".join([_written(char), str(offset), *tags]) + "\n")
            table.write("\n")
            for span in record.spans:
                if span.attributes:
                    row: dict[str, object] = {"text": number, "start": span.start, "end": span.end}
                    row |= {"label": span.label, **span.attributes}
                    beside.write(json.dumps(row, ensure_ascii=False) + "\n")


def _spans(tags: Sequence[str], where: str) -> list[tuple[int, int, str]]:
    out: list[tuple[int, int, str]] = []
    start, label = 0, ""
    for at, tag in enumerate(chain(tags, ["O"])):
        kind, _, name = tag.partition("-")
        if tag != "O" and kind not in ("B", "I"):
            raise ImportedError(f"{where}: tag {tag!r}; expected O, B-LABEL or I-LABEL")
        if kind == "I" and name == label:
            continue
        if kind == "I":
            raise ImportedError(f"{where}: {tag} at character {at} follows no {name}")
        if label:
            out.append((start, at, label))
        start, label = at, name
    return out


def _attributes(path: Path) -> dict[tuple[int, int, int, str], dict[str, object]]:
    out: dict[tuple[int, int, int, str], dict[str, object]] = {}
    if not sidecar(path).exists():
        return out
    for number, line in lines_of(sidecar(path)):
        try:
            row = json.loads(line)
            key = (row.pop("text"), row.pop("start"), row.pop("end"), row.pop("label"))
        except (ValueError, KeyError, AttributeError) as error:
            raise ImportedError(
                f"{sidecar(path)}:{number}: {error!r}; expected text, start, end, label"
            ) from None
        out[key] = row
    return out


def read(path: Path) -> list[Record]:
    """The records of a table; ImportedError names the line of what does not fit."""
    attributes = _attributes(path)
    records: list[Record] = []
    chars: list[str] = []
    columns: tuple[list[str], ...] = tuple([] for _ in LAYERS)
    name: str | None = None
    opened = False

    def close(where: str) -> None:
        nonlocal opened, chars, columns
        if not opened:
            return
        text = "".join(chars)
        spans = [
            span_of(text, a, b, label, attributes.pop((len(records) + 1, a, b, label), {}), where)
            for tags in columns
            for a, b, label in _spans(tags, where)
        ]
        records.append(Record(text, tuple(sorted(spans, key=Span.order)), id=name))
        opened, chars, columns = False, [], tuple([] for _ in LAYERS)

    where = str(path)
    for number, line in enumerate(text_of(path).split("\n"), 1):
        where = f"{path}:{number}"
        line = line.removesuffix("\r")
        if not line:
            close(where)
        elif line.startswith("# id = ") and not opened:
            try:
                named = json.loads(line[7:])
            except ValueError:
                named = line[7:]
            name = None if named is None else str(named)
            opened = True
        else:
            cells = line.split("\t")
            if len(cells) != 2 + len(LAYERS) or cells[1] != str(len(chars)):
                raise ImportedError(
                    f"{where}: found {line!r}; expected character, offset {len(chars)}, "
                    "entity tag and clause tag, parted by tabs"
                )
            opened = True
            chars.append(_meant(cells[0], where))
            for column, tag in zip(columns, cells[2:], strict=True):
                column.append(tag)
    close(where)
    if attributes:
        key = next(iter(attributes))
        raise ImportedError(f"{sidecar(path)}: attributes of {key}; no such span in the table")
    return records
