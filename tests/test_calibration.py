"""Scores as probabilities: order kept, both ends held, the fit finds what the data say."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.reliability import bins, ece, main, pairs
from model.calibration import Calibration, calibrated
from model.schema import Record, Span
from train.calibration import fit, fit_layers

SHARE = st.floats(0, 1)


@given(SHARE, SHARE, st.floats(0.05, 3), st.floats(-3, 3))
def test_order_is_kept_and_probabilities_stay_inside(
    a: float, b: float, scale: float, shift: float
) -> None:
    line = Calibration(scale, shift)
    low, high = sorted((a, b))
    assert 0 <= line(low) <= line(high) <= 1


def test_identity() -> None:
    assert Calibration()(0.7) == pytest.approx(0.7)


def test_a_scale_that_turns_the_order_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a scale above 0"):
        Calibration(-1.0, 0.0)


def test_least_score_counts_after_calibration() -> None:
    spans = [Span(0, 2, "OFFICIAL", score=0.9), Span(0, 9, "DIRECTIVE", score=0.9)]
    kept = calibrated(spans, {"clause": Calibration(1.0, -5.0)}, 0.5)
    assert [s.label for s in kept] == ["OFFICIAL"]
    assert kept[0].score == 0.9


def test_fit_finds_the_line_that_made_the_data() -> None:
    draw = random.Random(1)
    made = Calibration(0.6, -1.0)
    scores = [draw.uniform(0.5, 0.9999) for _ in range(20_000)]
    right = [draw.random() < made(score) for score in scores]
    found = fit(scores, right)
    assert found.scale == pytest.approx(0.6, abs=0.05)
    assert found.shift == pytest.approx(-1.0, abs=0.15)
    scored = [(found(s), r) for s, r in zip(scores, right, strict=True)]
    assert ece(bins(scored)) < 0.02 < ece(bins(list(zip(scores, right, strict=True))))


@pytest.mark.parametrize("right", [[True] * 30, [False] * 30, [True, False]])
def test_nothing_to_fit_is_the_identity(right: list[bool]) -> None:
    assert fit([0.9] * len(right), right) == Calibration()


def test_far_out_lines_do_not_overflow() -> None:
    assert Calibration(100.0, 0.0)(0.0) == pytest.approx(0.0)
    assert Calibration(100.0, 0.0)(1.0) == pytest.approx(1.0)


def test_falling_accuracy_gives_a_flat_line_at_the_right_height() -> None:
    scores = [0.6 + k / 1000 for k in range(200)]
    right = [k % 5 < (4 if k < 100 else 1) for k in range(200)]
    line = fit(scores, right)
    assert line.scale == pytest.approx(0.05)
    assert sum(map(line, scores)) / 200 == pytest.approx(sum(right) / 200, abs=0.02)


def test_layers_are_fitted_apart() -> None:
    gold = [[Span(i, i + 1, "DATE") for i in range(0, 60, 2)]]
    found = [[Span(i, i + 1, "DATE", score=0.5 + i / 130) for i in range(20, 60)]]
    lines = fit_layers(gold, found)
    assert lines["clause"] == Calibration()
    assert lines["entity"] != Calibration()


def test_bins_of_equal_number() -> None:
    scored = [(k / 100, k % 2 == 0) for k in range(25)]
    found = bins(scored)
    assert sum(b.spans for b in found) == 25
    assert {b.spans for b in found} == {2, 3}
    assert [b.score for b in found] == sorted(b.score for b in found)
    assert ece([]) == 0.0
    assert ece(bins([(0.8, True)] * 80 + [(0.8, False)] * 20)) == pytest.approx(0.0)


def test_pairs_compare_places_and_labels() -> None:
    gold = [[Span(0, 2, "DATE"), Span(3, 5, "TITLE")]]
    found = [[Span(0, 2, "DATE", score=0.9), Span(3, 5, "OFFICIAL", score=0.4), Span(7, 8, "DATE")]]
    assert pairs(gold, found, "entity") == [(0.9, True), (0.4, False)]


def test_the_command_prints_both_layers_and_refuses_scoreless_records(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "王明5月1日到会。"
    gold = tmp_path / "gold.jsonl"
    spans = (Span(0, 2, "OFFICIAL", score=0.9), Span(2, 6, "DATE", score=0.7))
    gold.write_text(Record(text, spans, id="a").dumps() + "\n", encoding="utf-8")
    out = tmp_path / "out.json"
    assert main([str(gold), str(gold), "--json", str(out)]) == 0
    assert "entity: ECE 0.200" in capsys.readouterr().out
    assert json.loads(out.read_text())["clause"]["bins"] == []
    bare = tmp_path / "bare.jsonl"
    bare.write_text(
        Record(text, (Span(0, 2, "OFFICIAL"),), id="a").dumps() + "\n", encoding="utf-8"
    )
    assert main([str(gold), str(bare)]) == 1
    assert "no span with a score" in capsys.readouterr().err
