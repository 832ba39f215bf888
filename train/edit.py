"""Edits of an annotated text: stretches written another way, the spans moved along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from model.schema import Span

#: A stretch of the text and what stands there instead.
Edit = tuple[int, int, str]


def apply(text: str, spans: Sequence[Span], edits: Sequence[Edit]) -> tuple[str, list[Span]]:
    """The text with all edits made and the spans moved along.

    Edits must not overlap and must lie inside or outside of a span, or cover it whole; an insertion
    at a span's edge falls outside it. Spans that become empty are dropped.
    """
    ordered = sorted(edits)
    out: list[str] = []
    position = 0
    # (old start, old end, new length): for moving offsets.
    for start, end, new in ordered:
        if start < position:
            raise ValueError(f"edits overlap at {start}")
        out.append(text[position:start])
        out.append(new)
        position = end
    out.append(text[position:])

    def moved(offset: int, is_end: bool) -> int:
        shift = 0
        for start, end, new in ordered:
            if start == end:
                if start < offset or (start == offset and not is_end):
                    shift += len(new)
            elif end <= offset:
                shift += len(new) - (end - start)
            else:
                break
        return offset + shift

    placed = [replace(s, start=moved(s.start, False), end=moved(s.end, True)) for s in spans]
    return "".join(out), [s for s in placed if s.start < s.end]


def overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    """Whether any span has a character of the stretch."""
    return any(s.start < end and start < s.end for s in spans)
