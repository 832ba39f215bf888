"""Edits of annotated texts, against their definition."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema import Span
from train.edit import Edit, apply


def slow(text: str, spans: list[Span], edits: list[Edit]) -> tuple[str, list[Span]]:
    """What `apply` does, by the definition: each piece is made anew and its length counted."""

    def piece(start: int, end: int, at_start: bool, at_end: bool) -> str:
        # Replacements inside; insertions inside, and at the ends as told.
        out = ""
        for i in range(start, end + 1):
            for low, high, new in sorted(edits):
                inside = start < low < end
                here = inside or (at_start and low == start) or (at_end and low == end)
                if low == high == i and here:
                    out += new
            for low, high, new in edits:
                if low == i < high <= end:
                    out += new
            if i < end and not any(low <= i < high for low, high, _ in edits):
                out += text[i]
        return out

    moved = []
    for span in spans:
        before = piece(0, span.start, True, True)
        inner = piece(span.start, span.end, False, False)
        if inner:
            moved.append(replace(span, start=len(before), end=len(before) + len(inner)))
    return piece(0, len(text), True, True), moved


@st.composite
def edited(draw: st.DrawFn) -> tuple[str, list[Span], list[Edit]]:
    """A text, spans of both layers, and edits inside, outside or around them."""
    length = draw(st.integers(1, 16))
    text = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳"[:length]
    spans = []
    for label in ("TITLE", "DIRECTIVE"):
        cuts = sorted(draw(st.lists(st.integers(0, length), max_size=5, unique=True)))
        spans += [Span(a, b, label) for a, b in pairwise(cuts) if draw(st.booleans())]
    edits: list[Edit] = []
    position = 0
    for _ in range(draw(st.integers(0, 5))):
        start = draw(st.integers(position, length))
        end = draw(st.integers(start, min(length, start + 3)))
        if any(
            (start < s.start < end or start < s.end < end) and (start, end) != (s.start, s.end)
            for s in spans
        ):
            continue
        if start == end and any(e[0] == e[1] == start for e in edits):
            continue
        edits.append((start, end, draw(st.text("xyz", max_size=3))))
        position = end
    return text, spans, draw(st.permutations(edits))


@given(edited())
def test_applying_edits_against_the_definition(case: tuple[str, list[Span], list[Edit]]) -> None:
    text, spans, edits = case
    assert apply(text, spans, edits) == slow(text, spans, edits)


def test_applying_edits_by_hand() -> None:
    text = "县长王某要求抓实"
    spans = [Span(0, 2, "TITLE"), Span(2, 4, "OFFICIAL"), Span(6, 8, "DIRECTIVE")]
    edits = [(2, 4, "欧阳某"), (0, 0, "《"), (6, 6, "："), (7, 7, "\u3000"), (8, 8, "。")]
    new, moved = apply(text, spans, edits)
    assert new == "《县长欧阳某要求：抓\u3000实。"
    assert [new[s.start : s.end] for s in moved] == ["县长", "欧阳某", "抓\u3000实"]
    new, moved = apply(text, spans, [(2, 4, "")])
    assert new == "县长要求抓实"
    assert [s.label for s in moved] == ["TITLE", "DIRECTIVE"]


@pytest.mark.parametrize("edits", [[(0, 2, "a"), (1, 3, "b")], [(1, 4, ""), (2, 2, "x")]])
def test_overlapping_edits_are_refused(edits: list[Edit]) -> None:
    with pytest.raises(ValueError, match="edits overlap at"):
        apply("县长王某", [], edits)
