"""Records as JSON lines, readable text, HTML and CSV."""

from __future__ import annotations

import csv as csv_module
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.render import COLUMNS, FORMATS, csv, form, html, jsonl, text
from model.schema import LABELS, Person, Record, Span, record_from_json

SCHEMA: dict[str, Any] = json.loads(
    (Path(__file__).parent.parent / "model" / "record.schema.json").read_text(encoding="utf-8")
)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

TEXT = "县长秦岚要求，各乡镇要在6月底前完成加固；县水利局 局长\r\n要到场。"


def at(surface: str, label: str, **attributes: Any) -> Span:
    start = TEXT.index(surface)
    return Span(start, start + len(surface), label, **attributes)


RECORD = Record(
    TEXT,
    (
        at("县长", "TITLE", of="秦岚", norm="县长", score=0.9),
        at("秦岚", "OFFICIAL", norm="秦岚", score=0.99999),
        at(
            "各乡镇要在6月底前完成加固",
            "DIRECTIVE",
            by="秦岚",
            to="各乡镇",
            deadline="2024-06-30",
            kind="require",
            score=0.75,
        ),
        at("6月底前", "DATE", value="2024-06-30", mod="BEFORE"),
        at("县水利局 局长\r\n要到场", "DIRECTIVE", by="秦岚", guessed=("by",)),
        at("县水利局 局长", "TITLE", norm="县水利局局长"),
    ),
    (Person("秦岚", ("县长",), ((2, 4),), (2, 4)),),
    id="a,b.txt",
    date="2024-05-10",
    model="tiny@1",
)
EMPTY = Record("", id="empty.txt")


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any text with any spans, also crossing and overlapping ones."""
    body = draw(
        st.text(
            st.sampled_from("县长秦岚要求，。\r\n\t \x1b\"'<>&;=\u2028é\U00020000"), max_size=30
        )
    )
    spans = []
    if body:
        for _ in range(draw(st.integers(0, 6))):
            start = draw(st.integers(0, len(body) - 1))
            end = draw(st.integers(start + 1, len(body)))
            spans.append(Span(start, end, draw(st.sampled_from(LABELS)), score=0.5))
    spans.sort(key=lambda s: (s.start, -s.end, s.label != "DIRECTIVE"))
    return Record(body, tuple(spans), id=draw(st.sampled_from([None, "a.txt", '"<b>\n"'])))


class Page(HTMLParser):
    """What a browser would show of the texts of a page, and whether its elements nest."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.shown: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag != "meta":
            self.stack.append((tag, dict(attrs)))
        if dict(attrs).get("class") == "text":
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        classes = tuple(str(attrs.get("class")) for _, attrs in self.stack if attrs.get("class"))
        if "text" in classes:
            self.texts[-1] += data
            self.shown.append((data, classes[1:]))


def page(source: str) -> Page:
    out = Page()
    out.feed(source)
    out.close()
    assert not out.stack
    return out


def visible(body: str) -> str:
    return body.replace("\r\n", "\n").replace("\r", "\n").replace("\x1b", "\u241b")


def test_jsonl_is_one_line_that_reads_back() -> None:
    line = jsonl(RECORD)
    assert line.endswith("\n")
    assert len(line.splitlines()) == 1
    assert record_from_json(json.loads(line)).text == TEXT
    assert list(json.loads(line)) == ["schema", "model", "id", "text", "date", "spans", "officials"]


@given(records())
def test_jsonl_of_any_record(record: Record) -> None:
    line = jsonl(record)
    assert len(line.splitlines()) == 1
    assert json.loads(line) == record.to_json()
    VALIDATOR.validate(json.loads(line))


def test_text_in_brackets() -> None:
    shown = text(RECORD)
    assert "\x1b" not in shown
    assert "{县长}[秦岚]要求，«各乡镇要在<6月底前>完成加固»；«{县水利局 局长}\n要到场»。" in shown
    assert "a,b.txt · 2024-05-10 · tiny@1" in shown
    for row in (
        r"秦岚 +1, 2 +县长",
        r"6月底前 +by 2024-06-30",
        r"1 +秦岚 +各乡镇 +by 2024-06-30 +各乡镇要在6月底前完成加固",
        r"2 +秦岚\? +- +- +县水利局 局长 要到场",
    ):
        assert re.search(row, shown), row
    assert "inferred" in shown


def test_text_in_colour_says_the_same() -> None:
    shown = text(RECORD, colour=True)
    bare = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert visible(TEXT) in bare
    assert "\x1b[4;32m6月底前\x1b[0m" in shown
    # No style runs over a line end.
    for line in shown.split("\n"):
        codes = re.findall(r"\x1b\[([0-9;]*)m", line)
        assert not codes or codes[-1] == "0"


def columns(line: str) -> int:
    return sum(2 if char >= "\u2e80" else 1 for char in line)


def test_wide_characters_are_aligned() -> None:
    people = (
        Person("闻泽川", ("县委书记",)),
        Person("木合塔尔·艾山", ("副县长",)),
        Person("Li", ("X",)),
    )
    lines = text(Record("x", officials=people)).split("\n")
    rows = [line for line in lines if re.search("县委书记|副县长|X$|posts", line)]
    assert len(rows) == 4
    starts = {columns(re.split(r"(?=县委书记|副县长|X$|posts)", row)[0]) for row in rows}
    assert len(starts) == 1


def test_long_directives_are_wrapped_to_the_width() -> None:
    body = "要" * 200
    shown = text(Record(body, (Span(0, 200, "DIRECTIVE"),)), width=60)
    table = shown.split("\ndirectives\n")[1]
    assert table.count("要") == 200
    assert max(columns(line) for line in table.split("\n")) <= 60


def test_a_text_cannot_steer_the_terminal() -> None:
    shown = text(Record("a\x1b[2Jb\x07\u202e县长\r隐", (Span(0, 9, "OFFICIAL"),), id="\x1b]0;x"))
    assert "\x1b" not in shown
    assert "\x07" not in shown
    assert "\u202e" not in shown
    assert "\r" not in shown


def test_empty_record() -> None:
    assert "empty.txt" in text(EMPTY)
    assert text(Record("")).startswith("==")
    assert csv([EMPTY]).count("\n") == 1
    assert page(html([EMPTY])).texts in ([], [""])
    assert "<table>" not in html([EMPTY])


def test_html_shows_both_layers() -> None:
    source = html([RECORD, EMPTY])
    found = page(source)
    assert found.texts[0] == visible(TEXT)
    assert ("6月底前", ("d", "e")) in found.shown
    assert ("秦岚", ("o",)) in found.shown
    assert 'title="DATE · value 2024-06-30 · mod BEFORE"' in source
    assert "by 秦岚 (inferred)" in source
    assert "prefers-color-scheme: dark" in source
    assert source.count("<!DOCTYPE html>") == 1
    # One file: nothing is fetched.
    assert not re.search(r"src=|href=|@import|url\(", source)


def test_html_escapes() -> None:
    evil = "<script>alert(1)</script>&amp;\"'"
    record = Record(evil, (Span(0, 8, "DIRECTIVE", by='"><img>'),), id="<b>")
    source = html([record])
    assert "<script" not in source
    assert "<img" not in source
    assert "<b>" not in source
    assert page(source).texts == [evil]


@given(records())
def test_html_of_any_record(record: Record) -> None:
    found = page(html([record]))
    assert "".join(found.texts) == visible(record.text)
    covered = sum(len(data) for data, classes in found.shown if "d" in classes)
    wanted = {i for s in record.spans if s.label == "DIRECTIVE" for i in range(s.start, s.end)}
    assert covered <= len(wanted)


@given(records())
def test_text_of_any_record(record: Record) -> None:
    for colour in (False, True):
        assert text(record, colour).endswith("\n")


def rows(source: str) -> list[dict[str, str]]:
    return list(csv_module.DictReader(io.StringIO(source, newline=""), strict=True))


def test_csv() -> None:
    source = csv([RECORD, EMPTY, RECORD])
    assert source.startswith(",".join(COLUMNS) + "\n")
    assert source.count("id,start") == 1
    found = rows(source)
    assert len(found) == 2 * len(RECORD.spans)
    assert found[0] == {
        "id": "a,b.txt",
        "start": "0",
        "end": "2",
        "label": "TITLE",
        "text": "县长",
        "norm": "县长",
        "of": "秦岚",
        "by": "",
        "to": "",
        "deadline": "",
        "kind": "",
        "value": "",
        "mod": "",
        "score": "0.9",
    }
    assert found[4]["text"] == "县水利局 局长\r\n要到场"


@given(records())
def test_csv_of_any_record(record: Record) -> None:
    found = rows(csv([record]))
    assert [row["text"] for row in found] == [record.text[s.start : s.end] for s in record.spans]
    assert all(row["id"] == (record.id or "") for row in found)


@pytest.mark.parametrize("name", FORMATS)
def test_a_form_joins_what_it_writes_piece_by_piece(name: str) -> None:
    shape = form(name)
    joined = shape.join([RECORD, EMPTY])
    pieces = [shape.head, shape.body(RECORD), shape.between, shape.body(EMPTY), shape.tail]
    assert joined == "".join(pieces)


def test_an_unknown_form() -> None:
    with pytest.raises(ValueError, match="jsonl, text, html, csv"):
        form("xml")


def test_a_long_text_takes_linear_time() -> None:
    body = "县长要求，" * 40_000
    spans = [Span(i, i + 2, "TITLE") for i in range(0, len(body), 20)]
    spans += [Span(i, i + 15, "DIRECTIVE") for i in range(0, len(body), 20)]
    spans.sort(key=lambda s: (s.start, -s.end))
    record = Record(body, tuple(spans))
    assert len(text(record, colour=True)) > len(body)
    assert len(html([record])) > len(body)


def test_schema_file_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"].endswith(":1")


def test_schema_takes_records(corpus: list[Record]) -> None:
    VALIDATOR.validate(RECORD.to_json())
    VALIDATOR.validate(EMPTY.to_json())
    for record in corpus:
        VALIDATOR.validate(record.to_json())


def spoiled(**changes: Any) -> dict[str, Any]:
    row = json.loads(jsonl(RECORD))
    for key, value in changes.items():
        if key.startswith("span_"):
            row["spans"][0][key.removeprefix("span_")] = value
        elif key.startswith("official_"):
            row["officials"][0][key.removeprefix("official_")] = value
        else:
            row[key] = value
    return dict(row)


@pytest.mark.parametrize(
    "row",
    [
        spoiled(schema=2),
        spoiled(schema="1"),
        spoiled(extra=1),
        spoiled(text=None),
        spoiled(date="10.5.2024"),
        spoiled(spans={}),
        spoiled(span_label="PERSON"),
        spoiled(span_start=-1),
        spoiled(span_start=1.5),
        spoiled(span_by="秦岚"),
        spoiled(span_value="2024"),
        spoiled(span_mod="NEAR"),
        spoiled(span_score=1.2),
        spoiled(span_guessed=[]),
        spoiled(span_guessed=["norm"]),
        spoiled(span_extra=1),
        spoiled(official_mentions=[[1]]),
        spoiled(official_mentions=[[1, 2, 3]]),
        spoiled(official_directives=["2"]),
        spoiled(official_extra=1),
        {"schema": 1, "text": "", "spans": []},
        {"text": "", "spans": [], "officials": []},
        [],
    ],
)
def test_schema_refuses(row: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate(row)


@pytest.mark.parametrize(
    ("value", "good"),
    [
        ("2024", True),
        ("2024-06", True),
        ("2024-06-30", True),
        ("2021-Q1", True),
        ("2021-H2", True),
        ("2021-W49", True),
        ("2012-07-11/2012-07-15", True),
        ("2021-01/2021-09", True),
        ("2021-06-02T14:30", False),
        ("2021-Q5", False),
        ("2021-6", False),
        ("XXXX-05-10", False),
        ("2021/", False),
        ("", False),
    ],
)
def test_schema_of_date_values(value: str, good: bool) -> None:
    row = spoiled()
    row["spans"][3]["value"] = value
    assert VALIDATOR.is_valid(row) is good
