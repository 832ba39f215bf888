"""The record's JSON form, both spellings of attributes, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema import (
    ALLOWED,
    ATTRIBUTES,
    LABELS,
    MODS,
    Person,
    Record,
    SchemaError,
    Span,
    read_records,
    record_from_json,
)

TEXT = "县长王某要求，6月底前完工。"
SPANS = (
    Span(0, 2, "TITLE", of="王某", norm="县长", score=0.98765),
    Span(2, 4, "OFFICIAL", norm="王某", score=0.5),
    Span(7, 13, "DIRECTIVE", by="王某", guessed=("by",), score=1.0),
    Span(7, 11, "DATE", value="2021-06-30", mod="BEFORE"),
)
PERSON = Person("王某", ("县长",), ((2, 4),), (2,))
RECORD = Record(TEXT, SPANS, (PERSON,), "news/1.txt", "2021-05-01", "zhengling-small@0123")


def test_the_json_form() -> None:
    row = RECORD.to_json()
    assert list(row) == ["schema", "model", "id", "text", "date", "spans", "officials"]
    assert row["spans"][0] == {
        "start": 0,
        "end": 2,
        "label": "TITLE",
        "text": "县长",
        "norm": "县长",
        "of": "王某",
        "score": 0.9877,
    }
    assert row["spans"][2]["guessed"] == ["by"]
    assert row["spans"][3]["value"] == "2021-06-30"
    assert row["officials"] == [
        {"name": "王某", "titles": ["县长"], "mentions": [[2, 4]], "directives": [2]}
    ]
    assert Record("").to_json() == {"schema": 1, "text": "", "spans": [], "officials": []}


@st.composite
def records(draw: st.DrawFn) -> Record:
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
    spans = []
    if text:
        for _ in range(draw(st.integers(0, 4))):
            start = draw(st.integers(0, len(text) - 1))
            end = draw(st.integers(start + 1, len(text)))
            label = draw(st.sampled_from(LABELS))
            attrs = {a: draw(st.sampled_from(MODS)) for a in ALLOWED[label] if draw(st.booleans())}
            score = draw(st.none() | st.sampled_from([0.0, 0.25, 0.1234, 1.0]))
            guessed = tuple(attrs)[: draw(st.integers(0, 1))]
            norm = draw(st.none() | st.just("甲"))
            spans.append(Span(start, end, label, norm=norm, score=score, guessed=guessed, **attrs))
    name = draw(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5))
    people = (PERSON,) if draw(st.booleans()) else ()
    date = draw(st.none() | st.just("2021-05-01"))
    return Record(text, tuple(spans), people, name, date, name)


@given(records())
def test_a_record_is_one_line_and_comes_back(record: Record) -> None:
    line = record.dumps()
    assert "\n" not in line
    assert "\r" not in line
    assert read_records([line + "\n", "\n"], "x.jsonl") == [record]
    for span in json.loads(line)["spans"]:
        assert record.text[span["start"] : span["end"]] == span["text"]


def test_attributes_flat_or_apart() -> None:
    flat = RECORD.to_json()
    apart = RECORD.to_json()
    for span in apart["spans"]:
        span["attrs"] = {name: span.pop(name) for name in ATTRIBUTES if name in span}
    assert record_from_json(flat).spans == record_from_json(apart).spans
    assert [s.attributes for s in record_from_json(apart).spans] == [s.attributes for s in SPANS]


def test_every_gold_span_shows_its_text(gold: list[Record]) -> None:
    for record in gold:
        again = record_from_json(json.loads(record.dumps()), str(record.id))
        assert again == record
        for row, span in zip(record.to_json()["spans"], record.spans, strict=True):
            assert row["text"] == record.text[span.start : span.end] != ""
            assert set(span.attributes) <= set(ALLOWED[span.label])


def row_with(**changes: Any) -> dict[str, Any]:
    """A row with one span, some of its keys changed; None takes a key away."""
    span: dict[str, Any] = {"start": 0, "end": 2, "label": "TITLE", **changes}
    return {"text": TEXT, "spans": [{k: v for k, v in span.items() if v is not None}]}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"spans": []}, "no string under the key 'text'"),
        ({"text": 3}, "no string under the key 'text'"),
        ({"text": "", "schema": 2}, "schema 2; this version reads schema 1"),
        (row_with(start=None), "lacks the key 'start'"),
        (row_with(end=None), "lacks the key 'end'"),
        (row_with(label=None), "lacks the key 'label'"),
        (row_with(label="PER"), "label 'PER' is unknown; expected one of OFFICIAL"),
        (row_with(start=-1), "does not lie in the text of 14 characters"),
        (row_with(end=15), "does not lie in the text"),
        (row_with(end=0), "does not lie in the text"),
        (row_with(start=2), "does not lie in the text"),
        (row_with(end=2.0), "does not lie in the text"),
        (row_with(start=False), "does not lie in the text"),
        (row_with(text="书记"), "says '书记', the text has '县长' there"),
        (row_with(attrs={"holder": "王某"}), r"unknown attributes \['holder'\]"),
        ([1, 2], "expected an object"),
        ("text", "expected an object"),
        (None, "expected an object"),
        ({"text": TEXT, "spans": {"start": 0}}, "expected a list"),
        ({"text": TEXT, "spans": [3]}, "expected an object"),
        (row_with(attrs=["of"]), "expected an object"),
        ({"text": TEXT, "officials": [{"titles": []}]}, "name is None; expected a string"),
        ({"text": TEXT, "officials": ["王某"]}, "an official is '王某'; expected an object"),
        ({"text": TEXT, "officials": [{"name": "王", "mentions": [2, 4]}]}, "pairs of offsets"),
    ],
)
def test_what_is_refused(row: Any, message: str) -> None:
    with pytest.raises(SchemaError, match=message) as caught:
        record_from_json(row, "x.jsonl, line 7")
    assert str(caught.value).startswith("x.jsonl, line 7: ")


def test_a_line_that_is_no_json() -> None:
    with pytest.raises(SchemaError, match=r"x\.jsonl, line 3, column 10: not JSON"):
        read_records(['{"text": ""}\n', "\n", '{"text": 甲}\n'], "x.jsonl")


def test_layers_and_kinds() -> None:
    assert [s.layer for s in SPANS] == ["entity", "entity", "clause", "entity"]
    # The kind says what sort of text it is, and is no part of the record.
    assert replace(RECORD, kind="notice") == RECORD
    assert "kind" not in replace(RECORD, kind="notice").to_json()
    assert record_from_json({"text": "", "kind": "notice"}).kind == "notice"
