"""Texts made worse by program: labels stay on what they were on."""

from __future__ import annotations

import random
import re
from itertools import pairwise

import pytest

from data.inline import EDGES, parse
from model.characters import characters
from model.schema import Record, Span
from scripts.robustness import KINDS, measure, unseen_names, worse
from train.augment import without_marks
from train.edit import apply


@pytest.mark.parametrize("kind", KINDS)
def test_labels_stay(kind: str, corpus: list[Record]) -> None:
    changed = 0
    for record in corpus[::40]:
        other = worse(record, kind)
        assert worse(record, kind) == other
        changed += other.text != record.text
        before = [s.label for s in record.spans]
        after = [s.label for s in other.spans]
        assert after == before if kind != "furniture" else len(after) >= len(before)
        for layer in ("entity", "clause"):
            on = sorted((s.start, s.end) for s in other.spans if s.layer == layer)
            assert all(a[1] <= b[0] for a, b in pairwise(on))
        for span in other.spans:
            for edge in (other.text[span.start], other.text[span.end - 1]):
                assert not edge.isspace()
                assert edge not in EDGES
        if kind in ("Traditional", "pinyin damage"):
            pairs = zip(record.spans, other.spans, strict=True)
            for old, new in pairs:
                lengths = [
                    len(characters(r.text[s.start : s.end]).text)
                    for r, s in ((record, old), (other, new))
                ]
                assert abs(lengths[0] - lengths[1]) <= lengths[0] // 8
    assert changed > len(corpus[::40]) * 0.8


def test_rows_of_names_and_numbers_keep_their_marks() -> None:
    text, spans = parse(
        "<o>王明</o>、<o>李红</o>，到会。“好”，3.5万元，12:30散会：<d>要干，快</d>。<t>6月1日—5日</t>，1—4"
    )
    new, moved = apply(text, spans, without_marks(text, spans, random.Random(1)))
    assert new == "王明、李红到会好3.5万元12:30散会要干快6月1日—5日1—4"
    assert [new[s.start : s.end] for s in moved] == ["王明", "李红", "要干快", "6月1日—5日"]


def test_unseen_names_are_one_for_each_person() -> None:
    text, spans = parse("<o>王明</o>、<o>艾力·买买提</o>、<o>王明</o>、<o>李</o><p>书记</p>")
    new, _ = apply(text, spans, unseen_names(text, spans, random.Random(1)))
    match = re.fullmatch(r"(..)、艾力·买买提、\1、李书记", new)
    assert match
    assert match[1] != "王明"


class Oracle:
    """A tagger that gives back what it was told."""

    def __init__(self, records: list[Record]) -> None:
        self._by_text = {record.text: record for record in records}

    def predict_many(self, texts: object) -> list[Record]:
        assert hasattr(texts, "__iter__")
        return [self._by_text[text] for text in texts]


def test_measure() -> None:
    text, spans = parse("<o>王明</o>说，<d>要干，快</d>。")
    gold = [Record(text, tuple(spans), id="x")]
    assert set(measure(Oracle(gold), gold).values()) == {100.0}  # type: ignore[arg-type]
    half = [Record(text, (spans[0], Span(4, 6, "DIRECTIVE")), id="x")]
    scores = measure(Oracle(half), gold)  # type: ignore[arg-type]
    assert scores["entities"] == 100
    assert scores["DIRECTIVE"] == 0
    assert round(scores["DIRECTIVE characters"]) == 67
