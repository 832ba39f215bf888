"""Spans that come from another tool's file, checked against the text they are said to lie in."""

from __future__ import annotations

from collections.abc import Mapping

from model.schema import ALLOWED, CLOSED, LABELS, Span


class ImportedError(ValueError):
    """A file of another format that does not fit; the message names file, place and what."""


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
