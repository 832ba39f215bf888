"""A name found surely once is a name elsewhere in the text, unless the model is sure it is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from model import document
from model.decode import Costs
from model.labels import OUTPUTS

FREE = Costs(birth=0.0)
ONCE = Costs(birth=0.0, repeat=0.0)
BEGIN, INNER = OUTPUTS.index("entity:B-OFFICIAL"), OUTPUTS.index("entity:I-OFFICIAL")


def scores(text: str, *mentions: tuple[int, str, float]) -> NDArray[np.float32]:
    """Logits that say O surely, but for mentions (offset, name, log-odds of being a name)."""
    out = np.zeros((len(text), len(OUTPUTS)), dtype=np.float32)
    out[:, [0, 7]] = 9
    for start, name, odds in mentions:
        for at in range(start, start + len(name)):
            out[at, 0] = 0
            out[at, BEGIN if at == start else INNER] = odds
            out[at, INNER if at == start else BEGIN] = -9
    return out


def found(text: str, logits: NDArray[np.float32], costs: Costs = FREE) -> list[tuple[int, int]]:
    return [(s.start, s.end) for s in document.read(text, logits, costs)]


TEXT = "王向前说。王向前又说。大家向前看。"


def test_a_mention_half_seen_is_found() -> None:
    logits = scores(TEXT, (0, "王向前", 9), (5, "王向前", -1))
    assert found(TEXT, logits, ONCE) == [(0, 3)]
    assert found(TEXT, logits) == [(0, 3), (5, 8)]


def test_a_broken_half_is_mended() -> None:
    logits = scores(TEXT, (0, "王向前", 9), (5, "王向", 2))
    logits[7, INNER] = 7
    assert found(TEXT, logits)[1] == (5, 8)


def test_a_word_the_model_is_sure_of_stays_a_word() -> None:
    logits = scores("向前说，大家向前看。", (0, "向前", 9))
    assert found("向前说，大家向前看。", logits) == [(0, 2)]


def test_an_unsure_name_raises_nothing() -> None:
    logits = scores(TEXT, (0, "王向前", 1.5), (5, "王向前", -1))
    assert found(TEXT, logits) == [(0, 3)]


def test_a_sure_longer_name_is_not_cut() -> None:
    text = "李平说，李平安说。"
    logits = scores(text, (0, "李平", 9), (4, "李平安", 9))
    assert found(text, logits) == [(0, 2), (4, 7)]


def test_it_can_be_left_out() -> None:
    logits = scores(TEXT, (0, "王向前", 9), (5, "王向前", -1))
    assert found(TEXT, logits, Costs(repeat=0.0)) == [(0, 3)]
    assert document.raised(TEXT, logits, [], 3.0) is None
    assert found("", np.zeros((0, len(OUTPUTS)), dtype=np.float32)) == []
