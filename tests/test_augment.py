"""Augmentation: texts change, labels stay right."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from itertools import pairwise

import pytest

from data.inline import EDGES
from model.characters import characters
from model.schema import Record, Span
from train.augment import (
    RATES,
    add_furniture,
    add_reporter,
    ascii_marks,
    augment,
    damage,
    joined_lines,
    rewrite_dates,
    space_names,
    stray_blanks,
    traditional,
)
from train.dataset import cut
from train.edit import Edit, apply
from train.swap import given as given_name
from train.swap import (
    other_name,
    person,
    surname,
    swap_names,
    swap_organisations,
    swap_places,
    swap_posts,
)

Window = tuple[str, list[Span], bool, bool]
Operation = Callable[[str, list[Span], random.Random], list[Edit]]


@pytest.fixture(scope="module")
def some(corpus: list[Record]) -> list[Window]:
    """Windows of every third text."""
    return [
        (
            row["text"],
            [
                Span(a, b, label)
                for a, b, label in zip(row["starts"], row["ends"], row["labels"], strict=True)
            ],
            row["first"],
            row["last"],
        )
        for row in cut(corpus[::3]).to_list()
    ]


def surface(text: str, span: Span) -> str:
    """What the model reads of a span, without blanks."""
    chars = characters(text)
    start, end = chars.from_raw(span.start, span.end)
    return re.sub(r"\s", "", chars.text[start:end])


def check(text: str, spans: list[Span]) -> None:
    """What holds for spans of every window, before and after."""
    for layer in ("entity", "clause"):
        on = sorted((s.start, s.end) for s in spans if s.layer == layer)
        assert all(a[1] <= b[0] for a, b in pairwise(on)), on
    for span in spans:
        assert 0 <= span.start < span.end <= len(text)
        for edge in (text[span.start], text[span.end - 1]):
            assert not edge.isspace(), text[span.start : span.end]
            assert edge not in EDGES, text[span.start : span.end]


def made(
    operation: Operation, windows: list[Window], seed: int
) -> list[tuple[Window, str, list[Span]]]:
    """Every window with the operation's edits applied; at least one in twenty is another text."""
    out, changed = [], 0
    for i, window in enumerate(windows):
        text, spans, _, _ = window
        edits = operation(text, list(spans), random.Random(f"{seed}/{i}"))
        new, moved = apply(text, spans, edits)
        assert (new == text) == (not [e for e in edits if text[e[0] : e[1]] != e[2]])
        changed += new != text
        check(new, moved)
        assert [s.label for s in moved] == [s.label for s in spans]
        out.append((window, new, moved))
    assert changed > len(windows) / 20
    return out


def test_windows_of_the_corpus_are_proper(some: list[Window]) -> None:
    assert len(some) > 300
    for text, spans, _, _ in some:
        check(text, spans)


@pytest.mark.parametrize("operation", [space_names, stray_blanks, joined_lines, ascii_marks])
def test_what_does_not_rewrite_leaves_what_the_model_reads(
    operation: Operation, some: list[Window]
) -> None:
    # ASCII marks are another spelling of marks inside a span.
    marks = str.maketrans("。“”‘’、", ".\"\"'',")
    for (text, spans, _, _), new, moved in made(operation, some, 1):
        for old, span in zip(spans, moved, strict=True):
            before, after = surface(text, old), surface(new, span)
            if operation is ascii_marks:
                before, after = before.translate(marks), after.translate(marks)
            if operation is stray_blanks:
                # A blank before pinyin that is there already keeps it from being dropped.
                after = re.sub(r"(?<!\d)\([a-zü\u00e0-\u01dc]+\)", "", after)
                before = re.sub(r"(?<!\d)\([a-zü\u00e0-\u01dc]+\)", "", before)
            assert after == before


def test_traditional_text_reads_almost_the_same(some: list[Window]) -> None:
    # Characters that Simplified Chinese has too (著, 乾 …) are not folded.
    differing = total = 0
    for (text, spans, _, _), new, moved in made(traditional, some, 2):
        before, after = characters(text).text, characters(new).text
        assert len(before) == len(after)
        differing += sum(a != b for a, b in zip(before, after, strict=True))
        total += len(before)
        assert [(s.start, s.end) for s in spans] == [(s.start, s.end) for s in moved]
    assert differing / total < 0.01


def test_damage_looks_like_damage_and_keeps_labels(some: list[Window]) -> None:
    lost = differing = total = damaged = 0
    for (text, spans, _, _), new, moved in made(damage, some, 3):
        damaged += re.search(r"[\u3400-\u9fff]\([a-zü\u00e0-\u01dc]+\)", new) is not None
        for old, span in zip(spans, moved, strict=True):
            before, after = surface(text, old), surface(new, span)
            assert len(before) == len(after)
            pairs = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
            lost += sum(b == "?" for _, b in pairs)
            differing += len(pairs)
            total += len(before)
    assert damaged > 0.8 * len(some)
    assert 0 < lost / total < 0.02
    assert (differing - lost) / total < 0.01


def test_names_are_swapped_together_and_nothing_else(some: list[Window]) -> None:
    for (text, spans, _, _), new, moved in made(swap_names, some, 4):
        names: dict[str, str] = {}
        for old, span in zip(spans, moved, strict=True):
            before, after = text[old.start : old.end], new[span.start : span.end]
            if old.label == "OFFICIAL":
                assert names.setdefault(before, after) == after
                assert re.search(r"[\u3400-\u9fff]", after)
            elif old.label != "DIRECTIVE":
                assert after == before
        # A directive's own text changes by the names in it only.
        for old, span in zip(spans, moved, strict=True):
            if old.label == "DIRECTIVE":
                within = [
                    (s, m)
                    for s, m in zip(spans, moved, strict=True)
                    if s.label == "OFFICIAL" and old.start <= s.start and s.end <= old.end
                ]
                expected, at = "", old.start
                for s, m in sorted(within, key=lambda pair: pair[0].start):
                    expected += text[at : s.start] + new[m.start : m.end]
                    at = s.end
                assert new[span.start : span.end] == expected + text[at : old.end]
        for kept in ("习近平", "毛泽东"):
            assert names.get(kept, kept) == kept


def test_a_bare_surname_follows_its_full_name() -> None:
    text = "王大山主持会议，王书记要求抓好落实，李县长讲话。"
    spans = [
        Span(0, 3, "OFFICIAL"),
        Span(8, 9, "OFFICIAL"),
        Span(9, 11, "TITLE"),
        Span(18, 19, "OFFICIAL"),
    ]
    follows = 0
    for seed in range(200):
        new, moved = apply(text, spans, swap_names(text, spans, random.Random(seed)))
        full, short, title, other = (new[s.start : s.end] for s in moved)
        assert title == "书记"
        assert len(short) in {1, 2}
        assert len(other) in {1, 2}
        follows += full.startswith(short)
    assert follows > 150


def test_places_are_swapped_together_but_not_in_names() -> None:
    text = "金堂县委书记金堂到金堂调研，金堂县、白云区各部门要抓紧。新金堂县"
    spans = [Span(0, 6, "TITLE"), Span(6, 8, "OFFICIAL"), Span(14, 27, "DIRECTIVE")]
    new, moved = apply(text, spans, swap_places(text, spans, random.Random(1)))
    county = new[: new.index("县")]
    assert county != "金堂"
    assert re.fullmatch(
        rf"{county}县委书记金堂到{county}调研，{county}县、(?!白云)\w+区各部门要抓紧。新{county}县",
        new,
    )
    assert [new[s.start : s.end] for s in moved[:2]] == [f"{county}县委书记", "金堂"]
    assert new[moved[2].end :].startswith("。")


def test_organisations_are_swapped_for_their_sort() -> None:
    text = "县教育局局长王明到市人民医院。教育局要抓紧"
    spans = [Span(0, 6, "TITLE"), Span(6, 8, "OFFICIAL"), Span(15, 22, "DIRECTIVE")]
    new, moved = apply(text, spans, swap_organisations(text, spans, random.Random(3)))
    found = re.fullmatch(r"县(\w+局)局长王明到市(\w+院)。\1要抓紧", new)
    assert found
    assert found[1] != "教育局"
    assert [new[s.start : s.end] for s in moved[:2]] == [f"县{found[1]}局长", "王明"]
    assert new[moved[2].start : moved[2].end] == f"{found[1]}要抓紧"


def test_posts_change_behind_their_organisation() -> None:
    text = "县教育局局长王明、李书记"
    spans = [Span(0, 6, "TITLE"), Span(6, 8, "OFFICIAL"), Span(9, 10, "OFFICIAL")]
    spans.append(Span(10, 12, "TITLE"))
    seen = set()
    for seed in range(20):
        new, moved = apply(text, spans, swap_posts(text, spans, random.Random(seed)))
        assert new.startswith("县教育局")
        assert [new[s.start : s.end] for s in moved[1:3]] == ["王明", "李"]
        assert moved[3].end == len(new)
        seen.add(new)
    assert len(seen) > 5


@pytest.mark.parametrize("operation", [swap_places, swap_organisations, swap_posts])
def test_swapped_places_and_organisations_leave_labels_right(
    operation: Operation, some: list[Window]
) -> None:
    for (text, spans, _, _), new, moved in made(operation, some, 4):
        for old, span in zip(spans, moved, strict=True):
            if old.label in ("OFFICIAL", "DATE") and not re.search(
                "[县市区州旗]", surface(text, old)
            ):
                assert surface(new, span)[-1] == surface(text, old)[-1]


def test_dates_stay_dates(some: list[Window]) -> None:
    for (text, spans, _, _), new, moved in made(rewrite_dates, some, 5):
        for old, span in zip(spans, moved, strict=True):
            before, after = text[old.start : old.end], new[span.start : span.end]
            if old.label in {"OFFICIAL", "TITLE"}:
                assert after == before
            elif old.label == "DATE" and after != before:
                assert re.match(r"[\d〇一二三四五六七八九十]", after)
                # Behind the rewritten part stands what stood there.
                tail = re.sub(r"^[\d年月日]*", "", before)
                assert after.endswith(tail)


def test_a_journalist_is_no_official(some: list[Window]) -> None:
    added = 0
    for i, (text, spans, _, _) in enumerate(some):
        edits = add_reporter(text, list(spans), random.Random(i))
        new, moved = apply(text, spans, edits)
        check(new, moved)
        added += bool(edits)
        assert [text[s.start : s.end] for s in spans] == [new[s.start : s.end] for s in moved]
    assert added


def test_furniture_carries_its_own_dates_only(some: list[Window]) -> None:
    for i, (text, spans, _, _) in enumerate(some[:200]):
        for first, last in ((True, False), (False, True), (True, True), (False, False)):
            new, moved = add_furniture(text, list(spans), random.Random(i), first, last)
            check(new, moved)
            assert (new == text) == (not first and not last)
            at = new.index(text)
            assert (at > 0) == first
            old = {(s.start + at, s.end + at, s.label) for s in spans}
            placed = {(s.start, s.end, s.label) for s in moved}
            assert old <= placed
            for start, end, label in placed - old:
                assert label == "DATE"
                assert re.match(r"(19|20)\d\d[-年/.]\d", new[start:end])
                assert end <= at or start >= at + len(text)


def test_everything_together(some: list[Window]) -> None:
    changed = 0
    for epoch in range(2):
        for i, (text, spans, first, last) in enumerate(some):
            key = f"{epoch}/{i}"
            new, moved = augment(text, list(spans), random.Random(key), first, last)
            assert (new, moved) == augment(text, list(spans), random.Random(key), first, last)
            check(new, moved)
            changed += new != text
            labels = sorted(s.label for s in moved if s.label != "DATE")
            assert labels == sorted(s.label for s in spans if s.label != "DATE")
            chars = characters(new)
            placed = [chars.from_raw(s.start, s.end) for s in moved]
            assert all(a < b for a, b in placed)
    assert changed > len(some)
    assert all(0 < rate < 1 for rate in RATES.values())


def test_names() -> None:
    draw = random.Random(6)
    names = [person(draw) for _ in range(2000)]
    assert len(set(names)) > 1500
    assert all(re.fullmatch(r"[\u3400-\u9fff·-]{2,12}", name) for name in names)
    assert {len(name) for name in names} >= {2, 3, 4}
    surnames = [surname(draw) for _ in range(2000)]
    assert 0.01 < sum(len(name) == 2 for name in surnames) / 2000 < 0.07
    assert surnames.count("王") > surnames.count("司马")
    assert {len(given_name(draw)) for _ in range(100)} == {1, 2}
    others = {other_name(draw) for _ in range(500)}
    assert any("·" in name for name in others)
