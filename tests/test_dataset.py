"""Training windows and the batches made of them."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
import torch

from model.characters import characters
from model.labels import LAYERS, SLICES, decode
from model.schema import Record, Span
from model.vocabulary import SPECIALS, Vocabulary
from train.augment import augment
from train.dataset import IGNORE, LIMIT, WINDOW, SimilarLength, Windows, collate, cut, features

VOCABULARY = Vocabulary([*SPECIALS, *"县长王某要求抓实,。"])


@pytest.fixture(scope="module")
def some(corpus: list[Record]) -> list[Record]:
    """Every fourth text of the corpus."""
    return corpus[::4]


def test_windows_cover_their_texts_and_keep_their_spans(some: list[Record]) -> None:
    rows = cut(some).to_list()
    for record in some:
        mine = [row for row in rows if row["id"] == record.id]
        assert "".join(row["text"] for row in mine) == record.text
        assert [row["first"] for row in mine] == [i == 0 for i in range(len(mine))]
        assert [row["last"] for row in mine][::-1] == [i == 0 for i in range(len(mine))]
        assert all(row["length"] <= LIMIT for row in mine)
        placed, at = [], 0
        for row in mine:
            chars = characters(row["text"])
            assert len(chars) == row["length"]
            for a, b, label in zip(row["starts"], row["ends"], row["labels"], strict=True):
                placed.append((a + at, b + at, label))
            at += len(row["text"])
        assert sorted(placed) == sorted((s.start, s.end, s.label) for s in record.spans)
    assert sum(row["length"] > WINDOW for row in rows) < len(rows) / 20


def test_a_sentence_longer_than_a_window_is_parted() -> None:
    text = "县" * 2000 + "。王某"
    spans = (Span(10, 2000, "DIRECTIVE"), Span(2001, 2003, "OFFICIAL"))
    rows = cut([Record(text, spans, id="x")]).to_list()
    assert "".join(row["text"] for row in rows) == text
    assert all(row["length"] <= LIMIT for row in rows)
    parts = [
        (row["text"][a:b], label)
        for row in rows
        for a, b, label in zip(row["starts"], row["ends"], row["labels"], strict=True)
    ]
    assert parts[-1] == ("王某", "OFFICIAL")
    assert sum(len(part) for part, label in parts if label == "DIRECTIVE") == 1990


@pytest.mark.parametrize("text", ["", " ", "县", "\ufeff"])
def test_tiny_texts(text: str) -> None:
    rows = cut([Record(text, id="x"), Record("县长。", id="y")]).to_list()
    assert "".join(row["text"] for row in rows if row["id"] == "x") in {text, ""}
    for row in rows:
        made = features(row["text"], [], VOCABULARY)
        assert len(made["input_ids"]) == row["length"] + 2


def test_features_by_hand() -> None:
    text = "縣(xiàn)長王某要求,抓實。"
    spans = [
        Span(text.index("縣"), text.index("王"), "TITLE"),
        Span(text.index("王"), text.index("要"), "OFFICIAL"),
        Span(text.index("抓"), text.index("。"), "DIRECTIVE"),
    ]
    row = features(text, spans, VOCABULARY)
    assert [VOCABULARY.tokens[i] for i in row["input_ids"]] == [
        "[CLS]", *"县长王某要求,抓实。", "[SEP]",
    ]  # fmt: skip
    assert row["entity"].tolist() == [IGNORE, 3, 4, 1, 2, 0, 0, 0, 0, 0, 0, IGNORE]
    assert row["clause"].tolist() == [IGNORE, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, IGNORE]


def test_features_hold_every_gold_span(some: list[Record]) -> None:
    for row in cut(some).to_list():
        spans = [
            Span(a, b, label)
            for a, b, label in zip(row["starts"], row["ends"], row["labels"], strict=True)
        ]
        made = features(row["text"], spans, VOCABULARY)
        chars = characters(row["text"])
        back = {
            (*chars.to_raw(a, b), label)
            for layer in LAYERS
            for a, b, label in decode(made[layer][1:-1].tolist(), layer)
        }
        assert back == {(s.start, s.end, s.label) for s in spans}


def test_what_is_drawn_depends_on_seed_epoch_and_place_alone(some: list[Record]) -> None:
    table = cut(some[:20])

    def ids(windows: Windows, i: int) -> list[int]:
        return [int(n) for n in windows[i]["input_ids"]]

    one, two = (Windows(table, VOCABULARY, augment, seed=3) for _ in range(2))
    order = list(range(len(one)))
    first = [ids(one, i) for i in order]
    random.Random(1).shuffle(order)
    for i in order:
        assert ids(two, i) == first[i]
    one.set_epoch(1)
    second = [ids(one, i) for i in range(len(one))]
    assert second != first
    two.set_epoch(1)
    assert [ids(two, i) for i in range(len(two))] == second
    other = Windows(table, VOCABULARY, augment, seed=4)
    assert [ids(other, i) for i in range(len(other))] != first
    plain = Windows(table, VOCABULARY)
    assert [len(plain[i]["input_ids"]) - 2 for i in range(len(plain))] == plain.lengths


def test_no_window_outgrows_the_model() -> None:
    def swell(
        text: str, spans: list[Span], draw: random.Random, first: bool, last: bool
    ) -> tuple[str, list[Span]]:
        moved = [replace(s, start=s.start + 400, end=s.end + 400) for s in spans]
        return "县" * 400 + text, moved

    text = "王某" + "县" * 298
    windows = Windows(cut([Record(text, (Span(0, 2, "OFFICIAL"),), id="x")]), VOCABULARY, swell)
    row = windows[0]
    assert len(row["input_ids"]) == 302
    assert row["entity"].tolist()[:4] == [IGNORE, 1, 2, 0]


def test_batches() -> None:
    rows = [features("县" * n, [Span(0, 1, "TITLE")], VOCABULARY) for n in (3, 1, 5)]
    batch = collate(rows, pad=7)
    assert batch["input_ids"].shape == batch["attention_mask"].shape == (3, 7)
    assert batch["labels"].shape == (3, 7, len(SLICES))
    assert batch["attention_mask"].sum(dim=1).tolist() == [5, 3, 7]
    assert (batch["input_ids"][batch["attention_mask"] == 0] == 7).all()
    assert (batch["labels"][batch["attention_mask"] == 0] == IGNORE).all()
    assert batch["labels"][1].tolist()[:3] == [[IGNORE] * 2, [3, 0], [IGNORE] * 2]
    assert all(tensor.dtype == torch.long for tensor in batch.values())


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 500])
def test_similar_lengths(count: int) -> None:
    lengths = np.random.default_rng(2).integers(1, 320, count).tolist()
    sampler = SimilarLength(lengths, 8, seed=1)
    order = list(sampler)
    assert sorted(order) == list(range(count))
    assert len(sampler) == count
    assert list(sampler) == order
    sampler.set_epoch(1)
    assert sorted(sampler) == list(range(count))
    if count == 500:
        assert list(sampler) != order
        batches = [order[i : i + 8] for i in range(0, count, 8)]
        spread = np.mean([np.ptp([lengths[i] for i in batch]) for batch in batches])
        assert spread < 40
