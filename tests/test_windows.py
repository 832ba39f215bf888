"""Windows: they cover the text, overlap, and join again."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from model.windows import OVERLAP, SIZE, Window, join, windows

#: Marks are common enough that cuts move, and absent often enough that they cannot.
LONG = st.lists(
    st.sampled_from(["字", "字字字字字字字", "。", "\n", ",", "字" * 40, "字" * 700]), max_size=60
).map("".join)


@st.composite
def sizes(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 60))
    return size, draw(st.integers(0, (size - 1) // 2))


def check(text: str, parts: list[Window], size: int, overlap: int) -> None:
    """What holds for every text, size and overlap."""
    assert (parts == []) == (text == "")
    if not parts:
        return
    assert parts[0].start == 0
    assert parts[-1].end == len(text)
    assert all(0 < part.end - part.start <= size for part in parts)
    for left, right in pairwise(parts):
        assert left.start < right.start
        assert left.end < right.end
        assert left.end - right.start >= overlap
        # No window is of use to nobody: each reads on by a good part of its size.
        assert right.end - left.end >= 1


@given(LONG)
def test_reading_windows(text: str) -> None:
    parts = windows(text)
    check(text, parts, SIZE, OVERLAP)
    assert parts == windows(text)


@given(LONG, sizes())
def test_windows_of_any_size(text: str, shape: tuple[int, int]) -> None:
    size, overlap = shape
    assume(0 <= overlap < size / 2)
    check(text, windows(text, size, overlap), size, overlap)


@pytest.mark.parametrize("length", [1, 2, SIZE - 1, SIZE, SIZE + 1, SIZE + 2, 2 * SIZE, 20_000])
@pytest.mark.parametrize("filling", ["字", "。", "\n", "字字字字字字。"])
def test_lengths(length: int, filling: str) -> None:
    text = (filling * length)[:length]
    parts = windows(text)
    check(text, parts, SIZE, OVERLAP)
    assert (len(parts) == 1) == (length <= SIZE)
    # Each window after the first brings at least a third of its size.
    assert len(parts) <= 1 + -(-max(length - SIZE, 0) // (SIZE // 3))


def test_cuts_lie_at_a_line_end_before_a_sentence_end() -> None:
    text = "字" * 450 + "\n" + "字" * 30 + "。" + "字" * 400
    first, second, *_ = windows(text)
    assert text[first.end - 1] == "\n"
    assert second.start <= first.end - OVERLAP
    text = "字" * 480 + "。" + "字" * 400
    assert text[windows(text)[0].end - 1] == "。"
    text = "字" * 900
    assert windows(text)[0].end == SIZE


@pytest.mark.parametrize(("size", "overlap"), [(10, 5), (10, -1), (0, 0), (1, 1), (510, 255)])
def test_overlap_must_be_under_half(size: int, overlap: int) -> None:
    with pytest.raises(ValueError, match=f"overlap is {overlap}.*half of {size}"):
        windows("字", size, overlap)


@given(LONG, sizes(), st.integers(0, 2**32))
def test_joining_the_same_scores_is_the_identity(
    text: str, shape: tuple[int, int], seed: int
) -> None:
    size, overlap = shape
    scores = np.random.default_rng(seed).normal(0, 5, (len(text), 10)).astype(np.float32)
    parts = windows(text, size, overlap)
    joined = join(len(text), parts, [scores[p.start : p.end] for p in parts])
    assert joined.shape == (len(text), 10)
    assert joined.dtype == np.float32
    np.testing.assert_allclose(joined, scores, rtol=1e-4, atol=1e-4)


def test_a_single_window_is_itself() -> None:
    scores = np.random.default_rng(1).normal(size=(7, 10)).astype(np.float32)
    assert join(7, [Window(0, 7)], [scores]) is scores
    assert join(0, [], []).shape == (0, 10)


def test_a_character_is_taken_from_where_it_has_most_context() -> None:
    parts = [Window(0, 300), Window(200, 500)]
    joined = join(500, parts, [np.zeros((300, 10), np.float32), np.ones((300, 10), np.float32)])
    share = joined[:, 0]
    assert (share[:200] == 0).all()
    assert (share[300:] == 1).all()
    assert (np.diff(share[199:301]) > 0).all()
    assert share[205] < 0.01
    assert share[295] > 0.99
    assert abs(share[249] + share[250] - 1) < 1e-6


def test_joining_wants_scores_for_every_window() -> None:
    with pytest.raises(ValueError):
        join(20, [Window(0, 12), Window(8, 20)], [np.zeros((12, 10), np.float32)])
