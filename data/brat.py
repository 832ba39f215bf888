"""brat's standoff form: a folder with a `.txt` and an `.ann` file for each text.

`mod` and `kind` are brat attributes; names, bodies and values are a JSON object in the span's
annotator note, since brat's attributes cannot hold free text. A span over a line end is written
in fragments, as brat wants it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from data.imported import ImportedError, lines_of, span_of, text_of, writable
from model.schema import ALLOWED, CLOSED, LABELS, Record, Span

#: The folder's `annotation.conf`.
CONFIGURATION = (
    "[entities]\n"
    + "\n".join(LABELS)
    + "\n[relations]\n<OVERLAP> Arg1:DIRECTIVE, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>\n"
    + "[events]\n[attributes]\n"
    + "".join(
        f"{name} Arg:{label}, Value:{'|'.join(CLOSED[name])}\n"
        for label, names in ALLOWED.items()
        for name in names
        if name in CLOSED
    )
)
_TEXT_BOUND = re.compile(r"(T\d+)\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)")
_ATTRIBUTE = re.compile(rf"A\d+\t({'|'.join(CLOSED)}) (T\d+) (\S+)")
_NOTE = re.compile(r"#\d+\tAnnotatorNotes (T\d+)\t(.*)")


def _fragments(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The span's stretches between line ends."""
    return [(start + m.start(), start + m.end()) for m in re.finditer(r"[^\n]+", text[start:end])]


def _lines(record: Record) -> Iterable[str]:
    notes = 0
    for number, span in enumerate(record.spans, 1):
        parts = _fragments(record.text, span.start, span.end)
        offsets = ";".join(f"{a} {b}" for a, b in parts)
        # One blank stands for each line end; other line separators would end brat's line.
        surface = " ".join(record.text[a:b] for a, b in parts)
        surface = re.sub(r"[\t\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]", " ", surface)
        yield f"T{number}\t{span.label} {offsets}\t{surface}"
        values = {k: v for k, v in span.attributes.items() if k not in CLOSED}
        for name in CLOSED:
            if name in span.attributes:
                yield f"A{number}\t{name} T{number} {span.attributes[name]}"
        if values:
            notes += 1
            yield f"#{notes}\tAnnotatorNotes T{number}\t{json.dumps(values, ensure_ascii=False)}"


def write(records: Iterable[Record], path: Path) -> None:
    """A folder with two files a text, named by id; ValueError for ids that cannot be names."""
    chosen = writable(records, named=True)
    path.mkdir(parents=True, exist_ok=True)
    (path / "annotation.conf").write_text(CONFIGURATION, encoding="utf-8")
    for record in chosen:
        name = record.id
        with (path / f"{name}.txt").open("w", encoding="utf-8", newline="") as file:
            file.write(record.text)
        with (path / f"{name}.ann").open("w", encoding="utf-8", newline="") as file:
            file.writelines(f"{line}\n" for line in _lines(record))


def _read_one(text_file: Path) -> Record:
    text = text_of(text_file, keep_mark=True)
    path = text_file.with_suffix(".ann")
    if not path.exists():
        raise ImportedError(f"{path}: missing; expected one beside {text_file.name}")
    bounds: list[tuple[str, str, int, int, str, str]] = []
    attributes: dict[str, dict[str, str]] = {}
    for number, line in lines_of(path):
        where = f"{path}:{number}"
        bound, closed, note = (p.fullmatch(line) for p in (_TEXT_BOUND, _ATTRIBUTE, _NOTE))
        if bound:
            parts = [tuple(map(int, p.split())) for p in bound[3].split(";")]
            gaps = [text[a[1] : b[0]] for a, b in pairwise(parts)]
            if any(gap.strip("\n") for gap in gaps):
                raise ImportedError(f"{where}: fragments apart; expected one stretch of text")
            said = " ".join(text[a:b] for a, b in parts)
            if re.sub(r"\s", " ", said) != re.sub(r"\s", " ", bound[4]):
                raise ImportedError(
                    f"{where}: said to be {bound[4]!r}, the text has {said!r} there"
                )
            bounds.append((bound[1], bound[2], parts[0][0], parts[-1][1], said, where))
        elif closed:
            attributes.setdefault(closed[2], {})[closed[1]] = closed[3]
        elif note:
            try:
                noted = json.loads(note[2])
            except ValueError:
                noted = None
            # Anything else is a person's own remark, which is no attribute.
            if isinstance(noted, dict):
                attributes.setdefault(note[1], {}).update(noted)
        elif line.startswith("T"):
            raise ImportedError(f"{where}: found {line!r}; expected id, label, offsets, text")
    unknown = attributes.keys() - {key for key, *_ in bounds}
    if unknown:
        raise ImportedError(f"{path}: attributes of {min(unknown)}; no such span in the file")
    spans = [
        span_of(text, start, end, label, attributes.get(key, {}), where)
        for key, label, start, end, _, where in bounds
    ]
    return Record(text, tuple(sorted(spans, key=Span.order)), id=text_file.stem)


def read(path: Path) -> list[Record]:
    """The records of a folder, sorted by name; ImportedError names file and line."""
    files = sorted(path.glob("*.txt"))
    if not files:
        raise ImportedError(f"{path}: no .txt files; expected pairs of .txt and .ann")
    return [_read_one(file) for file in files]
