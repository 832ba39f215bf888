"""Tables of the corpus and counts of hard cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.cases import CASES, counts
from data.inline import parse
from data.split import Entry, read_index
from data.stats import as_html, as_text, main, opening, reporting_verbs, surnames, tables
from model.schema import Record

ROW = "、".join(f"<o>王{a}{b}</o>" for a in "一二三四" for b in "甲乙丙丁戊")


def record(source: str) -> Record:
    text, spans = parse(source)
    return Record(text, tuple(spans), id="x_001")


def found(source: str, kind: str = "meeting") -> set[str]:
    index = {"x_001": Entry("x_001", kind, "虚构", "", 0, "train")}
    return {name for name, (places, _) in counts([record(source)], index).items() if places}


@pytest.mark.parametrize(
    ("source", "case"),
    [
        ('<o>王</o><p of="王">书记</p>', "bare surnames"),
        (f"参加的有{ROW}。", "rows of 20 names and more"),
        ("<o>王向前</o>", "names that are words"),
        ("<o>王𠀀</o>", "names with characters outside GB 2312"),
        ("<o>艾力·买买提</o>", "names of four characters and more, minority and foreign"),
        ("<p>乡镇党委书记</p>", "posts without a holder"),
        ('<p of="王五、李四">县领导</p><o>王五</o>、<o>李四</o>', "one post for several people"),
        (
            '<p of="王五">书记</p>、<p of="王五">县长</p><o>王五</o>',
            "people with several posts",
        ),
        ('<p of="王五">书记</p>兼<p of="王五">县长</p><o>王五</o>', "posts after 兼"),
        ('<o>王五</o>拟任<p of="王五">县长</p>', "posts after 拟任, 时任, 历任, 原, 代"),
        ('<p of="王五">代市长</p><o>王五</o>', "原 or 代 inside a post"),
        ("<t>5月3日</t>，以3:2获胜", "dates beside document numbers, ratios and scores"),
        ("<t>昨天</t>", "relative dates"),
        ('<t v="2020/2021">2020年至2021年</t>', "ranges"),
        ('<t mod="BEFORE">年底前</t>', "bounds (BEFORE, AFTER)"),
        ("<t>5月3日</t>", "dates without a value"),
        ("<d>要抓紧整改</d>。<d>压实责任</d>。", "directives going on without a call"),
        ("<d>压实责任</d>。", "directives without 要, 必须 and the like"),
        ("他说要去北京。", "要 outside every directive"),
        (
            '<d by="甲">要抓</d>。乙说，<d by="乙">要干</d>。',
            "paragraphs with demands by several",
        ),
        ("没有标注的话" * 12, "paragraphs of 60 characters and more without a label"),
        ("会議開學書記發對實", "texts in Traditional characters"),
    ],
)
def test_each_case_is_counted(source: str, case: str) -> None:
    assert case in found(source)


def test_a_third_party_counts_in_speeches_only() -> None:
    case = "directives of a third party in a speech"
    source = '省长说，<d by="省长">要抓</d>'
    assert case in found(source, "speech")
    assert case not in found(source, "meeting")


def test_a_clock_time_is_no_score() -> None:
    case = "dates beside document numbers, ratios and scores"
    assert case not in found("<t>5月3日</t> 09:30:15　来源：本网")
    assert case in found("<t>5月3日</t>印发〔2019〕3号文件")


def test_plain_text_counts_nowhere() -> None:
    assert found("一句话。") == {"texts with two labels at most"}


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("本报讯（记者 某某）今天", "agency or newspaper line"),
        ("<t>5月3日</t>，会议召开", "date"),
        ('<p of="王五">县长</p><o>王五</o>说', "post"),
        ("同志们：\n今天", "address to listeners"),
        ("首页 &gt; 新闻", "page furniture"),
        ("全县会议召开\n会议由县长主持。", "headline"),
        ("会议在县城召开。", "a sentence"),
    ],
)
def test_openings(source: str, kind: str) -> None:
    assert opening(record(source)) == kind


def test_verbs_and_surnames() -> None:
    some = [record("<o>欧阳明</o>强调，<d>要抓紧</d>。<o>王明</o>。<d>抓好</d>。")]
    assert dict(reporting_verbs(some)) == {"强调": 1, "none before it": 1}
    assert dict(surnames(some)) == {"欧阳": 1, "王": 1}


def test_tables_cover_the_corpus(corpus: list[Record]) -> None:
    index = read_index()
    by_kind, cases, *rest = tables(corpus, index)
    assert by_kind.rows[-1][:3] == ("all", len(corpus), sum(len(r.text) for r in corpus))
    assert [row[0] for row in cases.rows] == list(CASES)
    assert all(row[1] > 0 for row in cases.rows), "a hard case the corpus does not hold"
    for table in rest[:2]:
        assert sum(int(row[1]) for row in table.rows) == len(corpus)
    page = as_html([by_kind, cases, *rest], "A & B")
    assert page.count("<table>") == 2 + len(rest)
    assert "A &amp; B" in page
    assert as_text(cases).startswith("### hard cases\n\n| case | places | texts |\n| --- |")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x_001.inl").write_text("<o>王明</o>。\n", "utf-8")
    assert main([str(tmp_path)]) == 1
    assert "index.csv" in capsys.readouterr().err
    head = "id,kind,place,year,length,split\n"
    (tmp_path / "index.csv").write_text(head, "utf-8")
    assert main([str(tmp_path)]) == 1
    assert "no line for x_001" in capsys.readouterr().err
    (tmp_path / "index.csv").write_text(head + "x_001,tour,四川,,4,train\n", "utf-8")
    assert main([str(tmp_path)]) == 0
    assert "| tour | 1 | 3 | 1 (333.3)" in capsys.readouterr().out
    assert main([str(tmp_path), "-o", str(tmp_path / "p.html")]) == 0
    assert "<h1>" in (tmp_path / "p.html").read_text("utf-8")


def test_the_readme_shows_the_hard_cases_as_they_are(corpus: list[Record]) -> None:
    cases = tables(corpus, read_index())[1]
    shown = (Path(__file__).resolve().parent.parent / "data" / "README.md").read_text("utf-8")
    table = as_text(cases).split("\n\n", 1)[1]
    assert table in shown, "print it anew: python -m data.stats"
