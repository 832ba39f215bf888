"""Kinds of error, each from a small pair of annotations."""

from __future__ import annotations

import pytest

from data.inline import parse
from model.schema import Record
from scripts.errors import faults, table


def record(source: str) -> Record:
    text, spans = parse(source)
    return Record(text, tuple(spans), id="x")


@pytest.mark.parametrize(
    ("gold", "found", "kinds"),
    [
        ("<o>王明</o>说", "<o>王明</o>说", []),
        ("<o>王明</o>说", "王明说", ["OFFICIAL missed: two characters"]),
        ("王明说", "<o>王</o>明说", ["OFFICIAL too many: a bare surname"]),
        ("<o>王明</o>说", "<o>王明说</o>", ["OFFICIAL ends too late"]),
        ("县<p>局长</p>", "<p>县局长</p>", ["TITLE begins too early"]),
        ("<o>王明</o>", "<p>王明</p>", ["OFFICIAL taken for TITLE"]),
        ("在<t>今年</t>", "在今年", ["DATE missed: relative or partial"]),
        ("在<t>2021年</t>", "在2021年", ["DATE missed: absolute"]),
        ("<p>县教育局局长</p>", "县教育局局长", ["TITLE missed: with an organisation"]),
        ("<d>抓紧，落实</d>。", "抓紧，<d>落实</d>。", ["DIRECTIVE begins too late at a comma"]),
        ("<d>抓紧，落实</d>。", "<d>抓紧</d>，落实。", ["DIRECTIVE ends too early at a comma"]),
        ("<d>抓紧，落实</d>。", "<d>抓紧</d>，<d>落实</d>。", ["DIRECTIVE found in pieces"]),
        (
            "<d>抓紧</d>。<d>落实</d>。",
            "<d>抓紧。落实</d>。",
            ["DIRECTIVE ends too late at a sentence's edge", "several DIRECTIVE found as one"],
        ),
        ("要抓紧。", "<d>要抓紧</d>。", ["DIRECTIVE too many: with a call"]),
        ("<d>抓紧</d>。", "抓紧。", ["DIRECTIVE missed: without a call"]),
    ],
)
def test_kinds(gold: str, found: str, kinds: list[str]) -> None:
    assert [fault.kind for fault in faults(record(gold), record(found))] == kinds


def test_table() -> None:
    some = [f for _ in range(3) for f in faults(record("<o>王明</o>"), record("王明"))]
    some += faults(record("<t>今年</t>"), record("今年"))
    lines = table(some, 1, 2).splitlines()
    assert lines[0] == "4 errors of 2 kinds"
    assert lines[1] == "    3  OFFICIAL missed: two characters"
    assert lines[2:] == ["         x: [王明]"] * 2
