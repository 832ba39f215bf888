"""Addressee, deadline and kind of a directive: examples in the inline form, read anew."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.inline import parse
from data.split import split_records
from model.characters import characters, norm
from model.demand import demands, last_day
from model.record import from_raw_spans
from model.schema import DEMAND_KINDS, Record, Span

EXAMPLES = [
    '<d to="各级各部门" kind="require">各级各部门要抓紧整改</d>。',
    '<d to="县财政局、审计局" kind="require">县财政局、审计局要管好资金</d>。',
    '<d to="各乡镇" kind="require">在下步工作中，各乡镇要抓紧整改</d>。',
    '会议要求<d to="各乡镇" kind="require">各乡镇抓紧整改</d>。',
    '他叮嘱护林员，<d to="护林员" kind="require">要加强巡护</d>。',
    '<d to="县水利局" kind="require">由县水利局牵头，抓紧整改</d>。',
    '同志们，<d to="同志们" kind="require">要抓紧整改</d>。',
    '<d to="大家" kind="urge">希望大家再接再厉</d>。',
    '<d to="任何单位和个人" kind="forbid">任何单位和个人不得截留</d>。',
    '<d to="县委书记" kind="require"><p>县委书记</p>要亲自抓</d>。',
    '<d to="县应急管理局" kind="require">要备足物资，县应急管理局要组织演练</d>。',
    # Things are not told anything.
    '<d kind="require">项目要加快建设</d>。',
    '<d kind="require">作风要过硬</d>。',
    '<d kind="require">对违规人员要严肃处理</d>。',
    # Deadlines.
    '<d deadline="2021-06-30" kind="require">'
    '<t v="2021-06-30" mod="BEFORE">2021年6月底前</t>完成</d>。',
    '<d deadline="2021-05-20" kind="require">'
    '<t v="2021-05-01/2021-05-20">2021年5月1日至20日</t>开展自查</d>。',
    '<d deadline="2021-12-31" kind="require"><t v="2021">2021年</t>建成投产</d>。',
    '<d kind="require">要落实<t v="2021">2021年</t>的任务</d>。',
    '<d kind="require">从<t v="2021-07-01">2021年7月1日</t>起要执行新标准</d>。',
    '<d kind="require"><t v="2021-03-01" mod="AFTER">2021年3月1日后</t>要执行新标准</d>。',
    # Kinds.
    '<d kind="forbid">不得弄虚作假，严禁瞒报</d>。',
    '<d kind="require">不得瞒报，要及时上报</d>。',
    '他希望<d to="双方" kind="urge">双方加强合作</d>。',
    '<d to="我们" kind="urge">让我们携手奋进</d>！',
    '<d kind="require">请认真贯彻执行</d>。',
    '他希望，<d kind="urge">把学校办好</d>。<d kind="urge">把队伍带好</d>。'
    '<d kind="require">要守住底线</d>。',
]


@pytest.mark.parametrize("source", EXAMPLES)
def test_examples(source: str) -> None:
    text, gold = parse(source)
    found = from_raw_spans(text, [Span(s.start, s.end, s.label) for s in gold]).spans
    wanted = [(s.to, s.deadline, s.kind) for s in gold if s.label == "DIRECTIVE"]
    assert [(s.to, s.deadline, s.kind) for s in found if s.label == "DIRECTIVE"] == wanted


@pytest.mark.parametrize(
    ("value", "mod", "day"),
    [
        ("2021-06-30", "BEFORE", "2021-06-30"),
        ("2021-02", None, "2021-02-28"),
        ("2021-02", "START", "2021-02-10"),
        ("2021-02", "MID", "2021-02-20"),
        ("2024-02", "END", "2024-02-29"),
        ("2021", None, "2021-12-31"),
        ("2021-H1", None, "2021-06-30"),
        ("2021-Q3", None, "2021-09-30"),
        ("2021-W01", None, "2021-01-10"),
        ("2021-W60", None, None),
        ("2021-05-01/2021-05-20", None, "2021-05-20"),
        ("2021-03/2021-05", None, "2021-05-31"),
    ],
)
def test_last_day(value: str, mod: str | None, day: str | None) -> None:
    assert last_day(value, mod) == day


def test_the_annotated_texts_agree_with_the_rules() -> None:
    # Far below what is reached: this catches a rule that broke, not one that is a little worse.
    right = dict.fromkeys(("to", "deadline", "kind"), 0)
    total = 0
    for record in split_records("train"):
        asked = [s for s in record.spans if s.label == "DIRECTIVE" and s.kind]
        if not asked:
            continue
        bare = [Span(s.start, s.end, s.label) for s in record.spans]
        found = {(s.start, s.end): s for s in from_raw_spans(record.text, bare).spans if s.kind}
        for span in asked:
            other = found[span.start, span.end]
            total += 1
            right["to"] += norm(span.to or "") == norm(other.to or "")
            right["deadline"] += span.deadline == other.deadline
            right["kind"] += span.kind == other.kind
    assert total > 1000
    assert right["to"] > 0.75 * total
    assert right["deadline"] > 0.9 * total
    assert right["kind"] > 0.9 * total


@pytest.mark.parametrize(
    "text",
    [
        "县委宣传部、县委政法委、县发改局、县教育局、县工信局、" * 40 + "密切协作,压实责任",
        "希望" + "各县党委、市政府、" * 400 + "的",
        "由" + "财政局、公安局" * 400 + "的",
        "县、" * 5000,
        "部门和" * 4000,
        "更" * 20_000,
        "首先" * 10_000,
        "县," * 20_000,
        "由县" * 10_000,
    ],
)
def test_long_lists_take_no_time(text: str) -> None:
    started = time.perf_counter()
    demands(text, [Span(0, len(text), "DIRECTIVE")])
    assert time.perf_counter() - started < 1


@given(st.text("各县乡镇局要由请希望不得,。;:“”、\n 的把抓好做到人长员", max_size=80), st.data())
def test_any_text(text: str, data: st.DataObject) -> None:
    chars = characters(text)
    n = len(chars.text)
    if not n:
        return
    start = data.draw(st.integers(0, n - 1))
    end = data.draw(st.integers(start + 1, n))
    (demand,) = demands(chars.text, [Span(start, end, "DIRECTIVE")]).values()
    assert demand.kind in DEMAND_KINDS
    assert demand.deadline is None
    if demand.addressee:
        a, b = demand.addressee
        assert 0 <= a < b <= n
        assert chars.text[a:b].strip()


def test_a_record_carries_them() -> None:
    record = from_raw_spans("各县要抓紧。", [Span(0, 5, "DIRECTIVE")])
    assert isinstance(record, Record)
    assert record.to_json()["spans"][0]["to"] == "各县"
    assert record.to_json()["spans"][0]["kind"] == "require"
