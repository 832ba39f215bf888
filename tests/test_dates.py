"""Hand-made dates: what each means by the guideline, and what is to be left alone.

A line of dates.tsv is `own date<TAB>text<TAB>value<TAB>mod<TAB>form`. The own date is empty where
it is not known; in the text `[…]` is the mention asked for, `{…}` another date that it may lean on,
and `\\n` a line end. A text without `[…]` has no date that is to be marked.
"""

from __future__ import annotations

from datetime import date
from functools import cache

import pytest

from model.tagger import Tagger
from scripts.dates import Case, Days, days, read_cases, right

CASES = read_cases()
MARKED = [case for case in CASES if case.dates]
LEFT = [case for case in CASES if not case.dates]

#: Dates that the shipped model finds where the guideline wants none, and why it wants none.
FOUND_TODAY = {
    "七月流火，防火巡查一刻也不能放松。": "a saying about the weather, no month that is meant",
    "每月5日为支部主题党日。": "recurring days are not marked",
    "各单位要于每年12月10日前报送总结。": "recurring days are not marked",
    "他现年45岁，中共党员。": "part of an age",
}


@cache
def shipped() -> Tagger:
    return Tagger.from_pretrained(engine="onnx", threads=1)


def test_there_are_enough_cases() -> None:
    assert len(CASES) >= 250
    assert len(LEFT) >= 60
    assert len({(case.own, case.source) for case in CASES}) == len(CASES)
    assert set(FOUND_TODAY) <= {case.source for case in LEFT}


@pytest.mark.parametrize("case", MARKED, ids=lambda case: f"{case.own}:{case.source}")
def test_value_and_mod(case: Case) -> None:
    assert case.resolved() == (case.value, case.mod)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(case, marks=pytest.mark.xfail(reason=FOUND_TODAY[case.source], strict=False))
        if case.source in FOUND_TODAY
        else case
        for case in LEFT
    ],
    ids=lambda case: case.source,
)
def test_left_alone(case: Case) -> None:
    assert case.found(shipped()) == []


@pytest.mark.parametrize(
    ("value", "first", "last"),
    [
        ("2024", (2024, 1, 1), (2024, 12, 31)),
        ("2024-02", (2024, 2, 1), (2024, 2, 29)),
        ("2024-H2", (2024, 7, 1), (2024, 12, 31)),
        ("2021-Q1/2021-Q3", (2021, 1, 1), (2021, 9, 30)),
        ("2020-W53", (2020, 12, 28), (2021, 1, 3)),
    ],
)
def test_days_of_a_value(
    value: str, first: tuple[int, int, int], last: tuple[int, int, int]
) -> None:
    assert days(value) == (date(*first), date(*last))


JUNE_30 = date(2022, 6, 30)


@pytest.mark.parametrize(
    ("value", "mod", "answers", "good"),
    [
        ("2022-06", None, [(date(2022, 6, 1), JUNE_30)], True),
        ("2022-06", None, [(date(2022, 6, 2), JUNE_30)], False),
        ("2022-06", "END", [(date(2022, 6, 25), JUNE_30)], True),
        ("2022-06-30", "BEFORE", [(None, JUNE_30)], True),
        ("2022-06-30", "AFTER", [(JUNE_30, None)], True),
        ("2022-06-30", "AFTER", [(None, JUNE_30)], False),
        (None, None, [], True),
        (None, None, [(JUNE_30, JUNE_30)], False),
        ("2022", None, [], False),
    ],
)
def test_what_counts_as_right(
    value: str | None, mod: str | None, answers: list[Days], good: bool
) -> None:
    assert right(Case(None, "", "", (), 0, value, mod, ""), answers) == good
