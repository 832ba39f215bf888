"""Decoding: the best path, the grammar's prices, and every gold span within reach."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.inline import EDGES
from model import document
from model.characters import characters
from model.decode import Costs, clause_costs, entity_costs, log_softmax, viterbi
from model.labels import LAYERS, SLICES, TAGS, encode
from model.schema import Record, Span

Floats = NDArray[np.float32]


def sure(length: int, wanted: list[Span], height: float = 8.0) -> Floats:
    """Logits of +height for the tags of the wanted spans, -height for all others."""
    logits = np.full((length, 10), -height, dtype=np.float32)
    for layer, part in SLICES.items():
        on = [(s.start, s.end, s.label) for s in wanted if s.layer == layer]
        tags = encode(length, on, layer) if on else np.zeros(length, dtype=np.int64)
        logits[np.arange(length), part.start + tags] = height
    return logits


def spans(text: str, logits: Floats, costs: Costs) -> list[Span]:
    """Both layers, decoded once."""
    return document.read(text, logits, replace(costs, repeat=0.0))


def places(found: list[Span]) -> set[tuple[int, int, str]]:
    """The spans without scores and attributes."""
    return {(s.start, s.end, s.label) for s in found}


def check(text: str, found: list[Span]) -> None:
    """What holds for every text and all logits."""
    assert [(s.start, -s.end) for s in found] == sorted((s.start, -s.end) for s in found)
    for layer, labels in LAYERS.items():
        on = [s for s in found if s.layer == layer]
        assert all(s.label in labels for s in on)
        assert all(a.end <= b.start for a, b in pairwise(on))
    for span in found:
        assert 0 <= span.start < span.end <= len(text)
        for edge in (text[span.start], text[span.end - 1]):
            assert not edge.isspace()
            assert edge not in EDGES
        assert span.score is not None
        assert 0 <= span.score <= 1


@given(data=st.data(), seed=st.integers(0, 2**32), spread=st.sampled_from([0.0, 0.5, 3.0, 40.0]))
def test_random_scores_give_proper_spans(
    wild_text: st.SearchStrategy[str], data: st.DataObject, seed: int, spread: float
) -> None:
    chars = characters(data.draw(wild_text))
    draw = np.random.default_rng(seed)
    logits = (draw.normal(size=(len(chars), 10)) * spread).astype(np.float32)
    check(chars.text, spans(chars.text, logits, Costs()))


def test_every_gold_span_is_reachable(gold: list[Record]) -> None:
    for record in gold:
        chars = characters(record.text)
        placed = [
            replace(s, start=a, end=b)
            for s in record.spans
            for a, b in [chars.from_raw(s.start, s.end)]
        ]
        found = spans(chars.text, sure(len(chars), placed), Costs())
        check(chars.text, found)
        back = {(*chars.to_raw(s.start, s.end), s.label) for s in found}
        wanted = {(s.start, s.end, s.label) for s in record.spans}
        assert back == wanted, (record.id, back ^ wanted)
        assert all(s.score is not None and s.score > 0.99 for s in found)


@given(data=st.data())
def test_a_sure_model_is_believed(wild_text: st.SearchStrategy[str], data: st.DataObject) -> None:
    # Any span that does not begin or end with a blank or a mark, whatever the grammar thinks of it.
    text = characters(data.draw(wild_text)).text
    inner = [i for i, char in enumerate(text) if not char.isspace() and char not in EDGES]
    wanted: list[Span] = []
    for labels in LAYERS.values():
        position = 0
        for _ in range(data.draw(st.integers(0, 3))):
            free = [i for i in inner if i >= position]
            if not free:
                break
            start = data.draw(st.sampled_from(free))
            end = data.draw(st.sampled_from([i for i in free if i >= start])) + 1
            wanted.append(Span(start, end, data.draw(st.sampled_from(labels))))
            position = end
    # Surer than all prices that can come together at one place.
    prices = Costs()
    height = prices.start + prices.later + prices.end + prices.comma + prices.cross
    found = spans(text, sure(len(text), wanted, height), prices)
    assert places(found) == places(wanted)


def path_value(
    tags: tuple[int, ...], log: Floats, start: Floats, through: Floats, end: Floats
) -> float:
    """The value of one tag sequence by the definition; -inf for a stray I."""
    value = 0.0
    for i, tag in enumerate(tags):
        value += log[i, tag]
        if tag % 2 == 1:
            value -= start[i]
        elif tag > 0:
            value -= through[i]
            if i == 0 or tags[i - 1] not in (tag - 1, tag):
                return -np.inf
        if tag > 0 and (i + 1 == len(tags) or tags[i + 1] == 0 or tags[i + 1] % 2 == 1):
            value -= end[i]
    return float(value)


@settings(max_examples=40)
@given(
    seed=st.integers(0, 2**32),
    lengths=st.lists(st.integers(1, 5), min_size=1, max_size=3),
    kinds=st.integers(1, 2),
    bans=st.floats(0, 0.5),
)
def test_viterbi_finds_what_trying_all_finds(
    seed: int, lengths: list[int], kinds: int, bans: float
) -> None:
    draw = np.random.default_rng(seed)
    b, t, k = len(lengths), max(lengths), 1 + 2 * kinds
    log = log_softmax(draw.normal(0, 3, (b, t, k)).astype(np.float32))
    start, through, end = (draw.uniform(0, 4, (b, t)).astype(np.float32) for _ in range(3))
    start[draw.random((b, t)) < bans] = np.inf
    end[draw.random((b, t)) < bans] = np.inf
    found = viterbi(log, start, through, end, np.array(lengths))
    for row, n in enumerate(lengths):
        prices = (log[row, :n], start[row, :n], through[row, :n], end[row, :n])
        best = max(product(range(k), repeat=n), key=lambda tags: path_value(tags, *prices))
        reached = path_value(tuple(found[row, :n].tolist()), *prices)
        assert reached == pytest.approx(path_value(best, *prices), abs=1e-4)
        assert (found[row, n:] == 0).all()


@settings(max_examples=60)
@given(seed=st.integers(0, 2**32), data=st.data())
def test_documents_decode_apart_where_the_border_is_surely_outside(
    wild_text: st.SearchStrategy[str], seed: int, data: st.DataObject
) -> None:
    first, second = (characters(data.draw(wild_text)).text.strip() for _ in range(2))
    draw = np.random.default_rng(seed)
    one, two = (draw.normal(0, 3, (len(text), 10)).astype(np.float32) for text in (first, second))
    both = spans(f"{first}\n{second}", np.concatenate([one, sure(1, []), two]), Costs())
    shift = len(first) + 1
    alone = places(spans(first, one, Costs())) | {
        (s + shift, e + shift, label) for s, e, label in places(spans(second, two, Costs()))
    }
    assert places(both) == alone


def test_many_pieces_of_many_lengths_decode_as_alone() -> None:
    # More pieces than a batch holds, short and long mixed.
    draw = np.random.default_rng(3)
    parts = ["县" * int(n) for n in (*draw.integers(1, 30, 200), 900, 2, 4000)]
    logits = [draw.normal(0, 3, (len(part), 10)).astype(np.float32) for part in parts]
    border = sure(1, [])
    whole = np.concatenate([block for x in logits for block in (x, border)])
    found = places(spans("".join(f"{part}。" for part in parts), whole, Costs()))
    wanted, at = set(), 0
    for part, x in zip(parts, logits, strict=True):
        alone = spans(f"{part}。", np.concatenate([x, border]), Costs())
        wanted |= {(s + at, e + at, label) for s, e, label in places(alone)}
        at += len(part) + 1
    assert found == wanted


# `|` stands before a place where a directive may begin, and after one where it may end, for free.
@pytest.mark.parametrize(
    "marked",
    [
        "会议要求,|各县要抓好落实。",
        "会议要求|各县抓好落实。",
        "|一、|抓好落实",
        "他说:“|抓好落实。”",
        "(二)|抓好落实;",
        "①|抓好落实",
        "1.|抓好落实",
        "二是|抓好落实。",
        "会议强调 |抓好落实",
        "上半句,一|要抓好落实",
        "第一句,|抓好落实。",
        "其二,|抓好落实。",
        "第三章 |抓好落实",
        "县长叮嘱各村干部,|抓好落实。",
        "慰问了老人,并要求|抓好落实。",
    ],
)
def test_where_a_directive_may_begin_for_free(marked: str) -> None:
    text = marked.replace("|", "")
    start, _, _ = clause_costs(text, Costs())
    at = [i - n for n, i in enumerate(i for i, c in enumerate(marked) if c == "|")]
    assert all(start[i] == 0 for i in at), text
    assert start[text.index("落实")] == Costs().start


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("要抓好落实。", "实"),
        ("要抓好落实;", "实"),
        ("要抓好落实", "实"),
        ("要抓好落实 \n下一行", "实"),
        ("要抓好落实!", "实"),
        ("要抓好落实……", "实"),
        ("要抓好落实.会后", "实"),
        ("要抓好以下工作:", "作"),
        ("他说“各县各部门要抓好落实”,", "实"),
        ("要抓好落实,二要", "实"),
        ("要抓好落实,(二)", "实"),
        ("要抓好落实,县长要求,", "实"),
        ("要抓好落实,并要求各县", "实"),
        ("要抓好落实,他希望大家", "实"),
        ("要抓好落实.", "实"),
        ("要抓好落实.\n会后", "实"),
    ],
)
def test_where_a_directive_may_end_for_free(text: str, last: str) -> None:
    _, _, end = clause_costs(text, Costs())
    assert end[text.index(last)] == 0
    assert end[text.index("抓")] == Costs().end


@pytest.mark.parametrize(
    "first", ["抓好工作、", "抓好工作,", "抓好工作, ", "县委要求 ", "二", ",", " "]
)
@pytest.mark.parametrize(
    "second", ["县长强调:好", "会议要求,抓", "二要抓", "(一)抓", "是", " 好", "."]
)
def test_prices_do_not_look_over_a_line_end(first: str, second: str) -> None:
    apart = [clause_costs(text, Costs()) for text in (first, second)]
    together = clause_costs(f"{first}\n{second}", Costs())
    for one, two, both in zip(*apart, together, strict=True):
        np.testing.assert_array_equal(both[: len(first)], one)
        np.testing.assert_array_equal(both[len(first) + 1 :], two)


def test_prices_inside() -> None:
    text = "要抓好落实,再落实。还要落实?不落实"
    start, through, end = clause_costs(text, Costs())
    assert end[text.index(",") - 1] == Costs().comma
    assert through[text.index("。")] == Costs().cross
    assert through[text.index("?")] == Costs().lost
    assert through[text.index(",")] == 0
    for mark in ",。?":
        assert np.isinf(start[text.index(mark)])
        assert np.isinf(end[text.index(mark)])
    assert clause_costs("增长3.5个点", Costs())[1].max() == 0
    # After a comma that ends no reporting frame, and before the end of a quoted term.
    assert start[text.index("再")] == Costs().later
    term = "要抓好“双减”"
    assert clause_costs(term + "工作", Costs())[2][term.index("减")] == Costs().comma
    start, through, end = entity_costs(text, replace(Costs(), birth=0.5))
    assert start[0] == 0.5
    assert through[text.index("。")] == through[text.index(",")] == Costs().inside
    assert np.isinf(end[text.index("?")])


def test_where_marks_were_lost_edges_are_cheap() -> None:
    lost = "会议由县长主持" * 12
    start, _, end = clause_costs(f"一句话,要抓好落实。{lost}。一句话,要抓好落实。", Costs())
    middle = 10 + len(lost) // 2
    assert start[middle] == end[middle] == Costs().bare
    assert start[5] == start[-5] == Costs().start
    assert end[5] == end[-5] == Costs().end


def test_the_grammar_decides_where_the_model_does_not_know() -> None:
    text = "会议要求,各县要抓好落实。会后参观。"
    logits = sure(len(text), [Span(5, 12, "DIRECTIVE")], 8.0)
    # Undecided whether the verb before the comma and the full stop behind belong to it.
    for i in (3, 12):
        logits[i, SLICES["clause"]] = 0
    assert places(spans(text, logits, Costs())) == {(5, 12, "DIRECTIVE")}


def test_scores_follow_the_probabilities() -> None:
    text = "县长张某"
    for height in (0.5, 2.0, 8.0):
        (found,) = spans(text, sure(4, [Span(2, 4, "OFFICIAL")], height), Costs())
        inner = np.exp(height) / (np.exp(height) + 6 * np.exp(-height))
        assert found.score == pytest.approx(inner, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n", "。", "县", "县。", "\ufffd", "\U00020000"])
def test_tiny_texts(text: str) -> None:
    for layer, tags in TAGS.items():
        for tag in range(len(tags)):
            logits = np.zeros((len(text), 10), dtype=np.float32)
            logits[:, SLICES[layer].start + tag] = 9
            check(text, spans(text, logits, Costs()))


def test_log_softmax() -> None:
    logits = np.array([[1000.0, 0.0, -1000.0], [0.0, 0.0, 0.0]], dtype=np.float32)
    log = log_softmax(logits)
    np.testing.assert_allclose(np.exp(log).sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(log[1], np.log(1 / 3), rtol=1e-6)
    assert np.isfinite(log).all()


def test_without_marks_no_birth_is_priced_and_no_least_score_asked() -> None:
    text = "王明同志" * 30
    costs = Costs(birth=50.0, clause_score=0.99, comma=0.0)
    log = np.zeros((len(text), 10), dtype=np.float32)
    wanted = [Span(0, 2, "OFFICIAL"), Span(10, 60, "DIRECTIVE")]
    found = places(spans(text, sure(len(text), wanted, 2.0) + log, costs))
    assert found == {(0, 2, "OFFICIAL"), (10, 60, "DIRECTIVE")}
    marked = "王明同志。" * 30
    assert not places(spans(marked, sure(len(marked), wanted, 2.0), costs))
