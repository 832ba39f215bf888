"""The checks of annotated texts: each rule finds its error and leaves right texts alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from data.inline import parse
from data.split import CORPUS
from data.validate import (
    check,
    doubtful_edges,
    excused,
    main,
    near_duplicates,
    read_exceptions,
    shared_runs,
)
from model.schema import Record, Span

GOOD = (
    '<t v="2021-06-02">2021年6月2日</t>，<p of="张三">县委书记</p><o>张三</o>主持会议。'
    '<o>张三</o>强调，<d by="张三">要在<t v="2021-12-31" mod="BEFORE">年底前</t>完成</d>。'
)


def record(source: str, id: str = "x_001") -> Record:
    text, spans = parse(source)
    return Record(text, tuple(spans), id=id)


def rules(source: str) -> list[str]:
    return [finding.rule for finding in check(record(source))]


@pytest.mark.parametrize(
    "source",
    [
        GOOD,
        "",
        "没有任何标注的一段话。",
        "<o>邓小平</o>到了深圳。学习邓小平理论，以邓小平同志为核心。",
        "<o>周明</o>主持。\n上一篇：周明调研夏收",
        '<o>王</o><p of="王">书记</p>说，国王来了。',
        '<t v="2018-07-01/2020-12-31">今年7月1日起至2020年12月31日</t>',
        '<t v="1971/1979">一九七一年到七九年</t>',
        '<t v="2008/2012-10">2008年到今年10月</t>',
        '<t v="2018-03-28">2018 03 28</t>',
        '<t mod="END">6月底</t>',
        "<t>5月10日</t>",
        "<t>1965年腊月</t>",
        '<t v="2018-04-07">2018年4月7日（农历二月廿二）</t>',
    ],
)
def test_right_texts_have_no_findings(source: str) -> None:
    assert rules(source) == []


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("<o>周明(míng)</o>主持。", "edge"),
        ("<o>周明</o>主持。会后周明说。", "repeat"),
        ("<o>劉明</o>主持。会后刘明说。", "repeat"),
        ('<p of="李四">县长</p><o>张三</o>', "of"),
        ('<p of="张三、李四">县长</p><o>张三</o>', "of"),
        ('<d by="大会">要抓紧</d>。', "by"),
        ('<d to="各县">要抓紧</d>。', "to"),
        ('<d deadline="2021-06" kind="require">要抓紧</d>。', "deadline"),
        ('<d kind="require">要抓紧</d>。<d>要抓好</d>。', "kind"),
        ('<t v="2021-13">2021年</t>', "value"),
        ('<t v="2020">2021年</t>', "value"),
        ("<t>2021年5月</t>", "value"),
        ('<t v="2021-06-10">5月10日</t>', "value"),
        ('<t v="2021-06">2021年6月底</t>', "mod"),
        ('<t v="2021-06" mod="START">2021年6月</t>', "mod"),
    ],
)
def test_each_rule_finds_its_error(source: str, rule: str) -> None:
    assert rules(source) == [rule]


def test_edges_and_overlaps_of_records_from_elsewhere() -> None:
    text = "张三，李四"
    spans = (Span(0, 3, "OFFICIAL"), Span(1, 5, "TITLE"), Span(0, 5, "DIRECTIVE"))
    assert [f.rule for f in check(Record(text, spans, id="x"))] == ["edge", "overlap"]


def test_findings_name_text_and_line() -> None:
    (finding,) = check(record("第一行\n\n<o>周明</o>。周明"))
    assert str(finding).startswith("x_001:3: repeat: '周明'")


def test_near_duplicates() -> None:
    first = record(GOOD * 3, "a_001")
    second = replace(first, id="b_001")
    other = record(
        "另外一篇完全不同的文字，讲的是水库除险加固和春耕备耕的事情，没有领导。", "c_001"
    )
    assert [f.id for f in near_duplicates([first, second, other])] == ["b_001"]


def test_shared_runs_are_found_across_marks_and_line_ends() -> None:
    line = "会议对下一阶段乡村振兴和防汛抗旱以及秋粮收购工作作了安排，县直各单位负责人参加。"
    ours = record(f"甲\n{line}", "a_001")
    theirs = Record(line.replace("，", ",\n"), id="t")
    (finding,) = shared_runs([ours], [theirs])
    assert finding.rule == "shared"
    assert finding.message.endswith("stands in t too")
    assert list(shared_runs([ours], [Record(line[:25], id="t")])) == []


def test_doubtful_edges() -> None:
    fine = record("他强调，<d>要抓紧整改</d>。第一句，<d>把工期盯住</d>。")
    assert list(doubtful_edges(fine)) == []
    odd = record("他说完这些之后又看了看大家，<d>今天要抓紧</d>整改。")
    assert [f.message.split()[0] for f in doubtful_edges(odd)] == ["begins", "ends"]


def test_exceptions_excuse_one_rule_of_one_text(tmp_path: Path) -> None:
    findings = check(record("<o>安全</o>主持。安全第一。"))
    table = tmp_path / "exceptions.tsv"
    table.write_text("x_001\trepeat\t安全\ta word\nx_002\trepeat\t安全\ta word\n", "utf-8")
    left, unused = excused(findings, read_exceptions(table))
    assert left == []
    assert unused == [("x_002", "repeat", "安全")]
    table.write_text("x_001\trepeat\t安全\n", "utf-8")
    with pytest.raises(ValueError, match=r"exceptions\.tsv:1: expected id, rule, surface"):
        read_exceptions(table)


def test_the_corpus_is_valid(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0, capsys.readouterr().out


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = tmp_path / "x_001.inl"
    bad.write_text("<o>周明</o>。周明<o>\n", "utf-8")
    assert main([str(bad)]) == 1
    assert "x_001.inl:1:13:" in capsys.readouterr().out
    bad.write_text("<o>周明</o>。周明\n", "utf-8")
    assert main([str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("x_001:1: repeat")
    assert "1 texts, 1 errors" in err
    assert main([str(tmp_path / "none.inl")]) == 1
    assert main([str(tmp_path)[:-1]]) == 1
    assert main([str(CORPUS / "w1_001.inl"), "--against", str(CORPUS / "w1_001.inl")]) == 1
    assert "shared" in capsys.readouterr().out
