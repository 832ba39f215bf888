"""Spans that come from another tool's file, checked against the text they are said to lie in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from model.schema import ALLOWED, CLOSED, LABELS, Record, Span


class ImportedError(ValueError):
    """A file of another format that does not fit; the message names file, place and what."""


def text_of(path: Path, keep_mark: bool = False) -> str:
    """The text of a file, line ends as they are; a byte order mark is dropped unless it is kept.

    Raises ImportedError for bytes that are not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        raise ImportedError(
            f"{path}: byte {error.start} is not UTF-8; save the file as UTF-8"
        ) from None
    return text if keep_mark else text.removeprefix("\ufeff")


def lines_of(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a file that are not blank, numbered from 1."""
    for number, line in enumerate(text_of(path).split("\n"), 1):
        if line.strip():
            yield number, line.removesuffix("\r")


@contextmanager
def shaped(where: str, expected: str) -> Iterator[None]:
    """Turns what a wrongly shaped object raises into an ImportedError naming what was expected."""
    try:
        yield
    except ImportedError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ImportedError(f"{where}: {error!r}; expected {expected}") from None


def string(found: object, what: str) -> str:
    """The string that was found; TypeError where it is none."""
    if not isinstance(found, str):
        raise TypeError(f"{what} is no string")
    return found


def writable(records: Iterable[Record], named: bool = False, flat: bool = False) -> list[Record]:
    """The records, if they can be told apart where they are written.

    Raises ValueError for an id that stands twice, for one that is no file name (`named`), and for
    spans of one layer that overlap (`flat`).
    """
    out = list(records)
    seen: set[str | None] = set()
    for record in out:
        name = record.id
        if named and (not name or Path(name).name != name):
            raise ValueError(f"{name!r} is no file name; this form needs an id that is one")
        if name is not None and name in seen:
            raise ValueError(f"the id {name!r} stands twice; give each text its own")
        seen.add(name)
        for layer in ("entity", "clause") if flat else ():
            spans = sorted((s for s in record.spans if s.layer == layer), key=Span.order)
            for a, b in pairwise(spans):
                if b.start < a.end:
                    raise ValueError(
                        f"{name}: {record.text[a.start : a.end]!r} and "
                        f"{record.text[b.start : b.end]!r} overlap; this form holds one "
                        "layer of them"
                    )
    return out


def span_of(
    text: str,
    start: object,
    end: object,
    label: object,
    attributes: Mapping[str, object],
    where: str,
    surface: str | None = None,
) -> Span:
    """A span with attributes; ImportedError, beginning with `where`, unless offsets lie in the
    text, the label is one of ours, attributes fit it, and `surface`, if given, stands there."""
    if label not in LABELS:
        raise ImportedError(f"{where}: label {label!r}; expected one of {', '.join(LABELS)}")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise ImportedError(
            f"{where}: span {start}..{end} does not lie in the text of {len(text)} characters"
        )
    if surface is not None and surface != text[start:end]:
        raise ImportedError(
            f"{where}: span {start}..{end} is said to be {surface!r}, the text has "
            f"{text[start:end]!r} there; offsets must count Unicode code points"
        )
    values: dict[str, str] = {}
    for name, value in attributes.items():
        if name not in ALLOWED[str(label)] or not isinstance(value, str) or not value:
            raise ImportedError(
                f"{where}: {label} {start}..{end} with {name} = {value!r}; {label} may carry "
                f"{', '.join(ALLOWED[str(label)]) or 'no attribute'}"
            )
        if value not in CLOSED.get(name, (value,)):
            raise ImportedError(
                f"{where}: {name} {value!r}; expected one of {', '.join(CLOSED[name])}"
            )
        values[name] = value
    return Span(start, end, str(label), **values)  # type: ignore[arg-type]
