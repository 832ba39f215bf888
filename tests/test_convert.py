"""Forms of other tools: there and back is the identity, and what does not fit is named."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import brat, conll, label_studio
from data.convert import FORMS, guess, main
from data.imported import ImportedError
from data.inline import EDGES
from model.schema import Record, Span

WHOLE = [name for name in FORMS if name not in ("cluener", "inline")]
SUFFIX = {
    "records": "x.jsonl", "doccano": "x.jsonl", "label-studio": "x.json", "brat": "x",
    "conll": "x.conll", "cluener": "x.jsonl", "inline": "y",
}  # fmt: skip
TEXT = "# id = \\u0041\r\n\t王\U00020000\u3000三\u2028书记\n要求：“抓\n紧😀办”，5月底前\\。\n"


def at(surface: str, label: str, **attributes: str) -> Span:
    start = TEXT.index(surface)
    return Span(start, start + len(surface), label, **attributes)  # type: ignore[arg-type]


WILD = Record(
    TEXT,
    (
        at("王\U00020000\u3000三", "OFFICIAL"),
        at("书记", "TITLE", of='王"<&>三'),
        at("抓\n紧😀办", "DIRECTIVE", by="王 三"),
        at("5月底前", "DATE", value="2021-05-31", mod="BEFORE"),
    ),
    id="a-1",
)


def bare(record: Record) -> tuple[str, tuple[Span, ...], str | None]:
    return record.text, record.spans, record.id


def there_and_back(form: str, records: list[Record], folder: Path) -> list[Record]:
    path = folder / SUFFIX[form]
    FORMS[form].write(records, path)
    assert guess(path) == form or not records
    return FORMS[form].read(path)


@pytest.mark.parametrize("form", WHOLE)
def test_there_and_back_is_the_identity(form: str, tmp_path: Path, corpus: list[Record]) -> None:
    records = [*corpus[::10], WILD]
    again = there_and_back(form, records, tmp_path)
    by_id = {record.id: bare(record) for record in again}
    assert by_id == {record.id: bare(record) for record in records}


@pytest.mark.parametrize("form", WHOLE)
def test_an_empty_text_and_one_without_spans(form: str, tmp_path: Path) -> None:
    records = [Record("", (), id="a"), Record("没有", (), id="b")]
    assert list(map(bare, there_and_back(form, records, tmp_path))) == list(map(bare, records))


def test_inline_there_and_back(tmp_path: Path, corpus: list[Record]) -> None:
    again = there_and_back("inline", corpus[:40], tmp_path)
    assert list(map(bare, again)) == list(map(bare, corpus[:40]))


@st.composite
def wild_records(draw: st.DrawFn) -> Record:
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
    spans = []
    at = 0
    while at < len(text) and draw(st.booleans()):
        start = draw(st.integers(at, len(text) - 1))
        end = draw(st.integers(start + 1, len(text)))
        surface = text[start:end]
        at = end
        if any(c.isspace() or c in EDGES for c in (surface[0], surface[-1])):
            continue
        label = draw(st.sampled_from(["OFFICIAL", "TITLE", "DATE", "DIRECTIVE"]))
        spans.append(Span(start, end, label))
    return Record(text, tuple(spans), id="x")


@pytest.mark.parametrize("form", WHOLE)
@given(record=wild_records())
def test_any_text_comes_back(
    form: str, record: Record, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("wild")
    assert list(map(bare, there_and_back(form, [record], folder))) == [bare(record)]


def test_cluener_keeps_entities_and_says_what_is_lost(
    tmp_path: Path, corpus: list[Record], capsys: pytest.CaptureFixture[str]
) -> None:
    kept = [
        tuple(Span(s.start, s.end, s.label) for s in r.spans if s.layer == "entity")
        for r in corpus[:30]
    ]
    again = there_and_back("cluener", corpus[:30], tmp_path)
    assert [(r.text, r.spans) for r in again] == [
        (r.text, spans) for r, spans in zip(corpus[:30], kept, strict=True)
    ]
    source = tmp_path / "r.jsonl"
    FORMS["records"].write([WILD], source)
    assert main([str(source), str(tmp_path / "c.jsonl"), "--to", "cluener"]) == 0
    assert "1 directives, 4 attributes" in capsys.readouterr().err


def test_label_studio_regions_counted_in_utf16_units(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    FORMS["label-studio"].write([WILD], path)
    tasks = json.loads(path.read_text("utf-8"))
    for region in tasks[0]["annotations"][0]["result"]:
        for key in ("start", "end"):
            before = WILD.text[: region["value"][key]]
            region["value"][key] = len(before.encode("utf-16-le")) // 2
    path.write_text(json.dumps(tasks), "utf-8")
    assert list(map(bare, label_studio.read(path))) == [bare(WILD)]


def test_doccano_projects_with_relations(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    row = {
        "id": 7, "text": "张三县长", "relations": [],
        "entities": [{"id": 1, "label": "OFFICIAL", "start_offset": 0, "end_offset": 2}],
    }  # fmt: skip
    path.write_text(json.dumps(row), "utf-8")
    (record,) = FORMS["doccano"].read(path)
    assert bare(record) == ("张三县长", (Span(0, 2, "OFFICIAL"),), "7")


def test_attributes_go_with_an_edge_moved_in_doccano(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    row = {
        "text": "县委书记张三", "label": [[1, 4, "TITLE"], [4, 6, "OFFICIAL"]],
        "attributes": [[0, 4, "TITLE", {"of": "张三"}]],
    }  # fmt: skip
    path.write_text(json.dumps(row), "utf-8")
    assert FORMS["doccano"].read(path)[0].spans[0] == Span(1, 4, "TITLE", of="张三")


def test_regions_as_label_studio_writes_them(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    place = {"start": 3, "end": 9, "text": "抓紧\\n落实好"}
    regions = [
        {
            "id": "a",
            "type": "labels",
            "from_name": "label",
            "value": {**place, "labels": ["DIRECTIVE"]},
        },
        {
            "id": "a",
            "type": "choices",
            "from_name": "kind",
            "value": {**place, "choices": ["urge"]},
        },
        {
            "id": "a",
            "type": "textarea",
            "from_name": "to",
            "value": {**place, "text": ["甲", "乙"]},
        },
        {"id": "a", "type": "textarea", "from_name": "by", "value": {**place, "text": []}},
    ]
    task = {"id": 5, "data": {"text": "希望，抓紧\n落实好。"}, "annotations": [{"result": regions}]}
    path.write_text(json.dumps([task]), "utf-8")
    (record,) = label_studio.read(path)
    assert record.spans == (Span(3, 9, "DIRECTIVE", to="甲、乙", kind="urge"),)
    assert record.id == "5"


@pytest.mark.parametrize("form", ["inline", "brat", "conll"])
def test_texts_that_cannot_be_told_apart_are_refused(form: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="'a-1' stands twice"):
        FORMS[form].write([WILD, WILD], tmp_path / SUFFIX[form])


@pytest.mark.parametrize("form", ["inline", "conll"])
def test_overlaps_are_refused_where_there_is_no_room(form: str, tmp_path: Path) -> None:
    record = Record("县委书记", (Span(0, 4, "TITLE"), Span(1, 2, "TITLE")), id="a")
    with pytest.raises(ValueError, match="a: '县委书记' and '委' overlap"):
        FORMS[form].write([record], tmp_path / SUFFIX[form])


def test_attributes_of_texts_without_ids(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    records = [Record("县长", (Span(0, 2, "TITLE", of=name),)) for name in ("甲", "乙")]
    conll.write(records, path)
    assert conll.read(path) == records


@pytest.mark.parametrize("form", [name for name in SUFFIX if name not in ("inline", "brat")])
def test_bytes_that_are_no_utf8_name_the_file(form: str, tmp_path: Path) -> None:
    path = tmp_path / SUFFIX[form]
    path.write_bytes("县长".encode("gbk"))
    with pytest.raises(ImportedError, match=r"x\.\w+: byte 0 is not UTF-8"):
        FORMS[form].read(path)


@pytest.mark.parametrize("form", ["records", "doccano", "label-studio", "conll", "cluener"])
def test_a_byte_order_mark_is_no_part_of_the_form(form: str, tmp_path: Path) -> None:
    path = tmp_path / SUFFIX[form]
    FORMS[form].write([Record("没有", (), id="1")], path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert guess(path) == form
    assert [r.text for r in FORMS[form].read(path)] == ["没有"]


def test_guessing(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    for line, form in [
        ('{"text": "x", "label":  {"name": {}}}', "cluener"),
        ('\n{"text": "x", "spans": []}', "records"),
        ('{"text": "x", "label": [], "spans": 3}', "doccano"),
    ]:
        path.write_text(line, "utf-8")
        assert guess(path) == form
    path.write_text("text", "utf-8")
    with pytest.raises(ValueError, match="no JSON object"):
        guess(path)


def test_conll_without_attributes_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "x.conll"
    conll.write([WILD], path)
    conll.sidecar(path).unlink()
    (record,) = conll.read(path)
    assert record.spans == tuple(Span(s.start, s.end, s.label) for s in WILD.spans)


@pytest.mark.parametrize(
    ("form", "content", "message"),
    [
        ("doccano", '{"text": "张三", "label": [[0, 3, "OFFICIAL"]]}', "does not lie"),
        ("doccano", '{"text": "张三", "label": [[0, 2, "人名"]]}', "label '人名'; expected"),
        ("doccano", '{"label": []}', "expected a JSON object with text"),
        ("doccano", "[", "x.jsonl:1"),
        ("label-studio", "{}", "expected a list of tasks"),
        ("label-studio", '[{"data": {}}]', "task 1"),
        ("doccano", '{"text": 5, "label": []}', "text is no string"),
        ("cluener", '{"text": null}', "text is no string"),
        ("label-studio", '[{"data": {"text": null}}]', "data.text is no string"),
        ("conll", "张\t0\tB-OFFICIAL\n", "expected character, offset 0"),
        ("conll", "张\t1\tO\tO\n", "expected character, offset 0"),
        ("conll", "张\t0\tI-OFFICIAL\tO\n", "follows no OFFICIAL"),
        ("conll", "张三\t0\tO\tO\n", "character '张三'"),
        ("cluener", '{"text": "张三", "label": {"name": {"李四": [[0, 1]]}}}', "said to be '李四'"),
    ],
)
def test_what_does_not_fit_is_named(form: str, content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / SUFFIX[form]
    path.write_text(content, "utf-8")
    with pytest.raises(ImportedError, match="x\\.") as caught:
        FORMS[form].read(path)
    assert message in str(caught.value)


def test_brat_errors(tmp_path: Path) -> None:
    with pytest.raises(ImportedError, match=r"no \.txt files"):
        brat.read(tmp_path)
    (tmp_path / "a.txt").write_text("张三说\n李四", "utf-8")
    with pytest.raises(ImportedError, match=r"a\.ann: missing"):
        brat.read(tmp_path)
    for line, message in [
        ("T1\tOFFICIAL 0 2\t李四", "said to be '李四'"),
        ("T1\tOFFICIAL 0 1;2 3\t张 说", "fragments apart"),
        ("T1 OFFICIAL 0 2 张三", "expected id, label"),
        ("T1\tOFFICIAL 0 2\t张三\nA1\tmod T1 END", "may carry no attribute"),
        ("T1\tOFFICIAL 0 2\t张三\nA1\tmod T9 END", "attributes of T9"),
    ]:
        (tmp_path / "a.ann").write_text(line + "\n", "utf-8")
        with pytest.raises(ImportedError, match=r"a\.ann") as caught:
            brat.read(tmp_path)
        assert message in str(caught.value)
    (tmp_path / "a.ann").write_text(
        "T1\tOFFICIAL 0 2\t张三\n#1\tAnnotatorNotes T1\tlooks odd\n#2\tAnnotatorNotes T1\t2021\n",
        "utf-8",
    )
    assert brat.read(tmp_path)[0].spans == (Span(0, 2, "OFFICIAL"),)


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "r.jsonl"
    FORMS["records"].write([WILD, replace(WILD, id="b/c")], source)
    assert main([str(source), str(tmp_path / "out"), "--to", "brat"]) == 1
    assert "'b/c' is no file name" in capsys.readouterr().err
    assert main([str(tmp_path / "none"), str(tmp_path / "out"), "--to", "brat"]) == 1
    assert main([str(source), str(tmp_path / "x.conll"), "--to", "conll"]) == 0
    assert main([str(tmp_path / "x.conll"), str(tmp_path / "z.json"), "--to", "label-studio"]) == 0
    assert [r.spans for r in label_studio.read(tmp_path / "z.json")] == [WILD.spans] * 2
    assert main(["--interface"]) == 0
    assert '<Label value="DIRECTIVE"/>' in capsys.readouterr().out
    with pytest.raises(SystemExit):
        main([str(source)])
