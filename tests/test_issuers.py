"""Who demands a directive: examples in the inline form, read without their attributes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.inline import parse
from model.issuers import issuers, kind_of
from model.record import from_raw_spans
from model.schema import Span

EXAMPLES = [
    # The frame before the directive.
    '<o>林青</o>强调，<d by="林青">要抓好春耕</d>。',
    '<p>县长</p><o>林青</o>要求<d by="林青">各乡镇抓好春耕</d>。',
    '<o>林青</o>在讲话中指出：<d by="林青">要抓好春耕</d>。',
    '<o>林青</o><p>书记</p>要求，<d by="林青">要抓好春耕</d>。',
    '会议要求，<d by="会议">要抓好春耕</d>。',
    '会议还强调，<d by="会议">要抓好春耕</d>。',
    '全会号召，<d by="全会">全市党员要奋发有为</d>。',
    '县委要求，<d by="县委">要抓好春耕</d>。',
    '省委办公厅、省政府办公厅印发《办法》，要求<d by="省委办公厅、省政府办公厅">各地认真执行</d>。',
    '《办法》明确，<d by="《办法》">各地不得收费</d>。',
    '通知指出，<d by="通知">各地要抓好春耕</d>。',
    '与会代表表示，<d by="与会代表">要抓好落实</d>。',
    '警方提醒市民，<d by="警方">要锁好门窗</d>。',
    '县防总要求<d by="县防总">各地转移人员</d>。',
    '<o>林青</o><p>乡长</p>安排了具体工作：<d by="林青">值班实行双岗</d>。',
    # Carried on.
    '<o>林青</o>强调，<d by="林青">要抓好春耕</d>。<d by="林青">要备足种子</d>；'
    '<d by="林青">不得误农时</d>。',
    '<o>林青</o>提出三点要求：\n一、<d by="林青">要抓好春耕</d>。\n二、'
    '<d by="林青">要备足种子</d>。',
    '<o>林青</o>强调，形势严峻。\n<d by="林青">要抓好春耕</d>。',
    # The next frame ends it.
    '<o>林青</o>强调，<d by="林青">要抓好春耕</d>。会议要求，<d by="会议">要抓好落实</d>。',
    '<o>林青</o>强调，<d by="林青">要抓好春耕</d>。\n<o>方圆</o>要求，'
    '<d by="方圆">各乡镇要开会</d>。',
    '会议强调，<d by="会议">要学习贯彻<o>习近平</o><p>总书记</p>重要讲话精神</d>。'
    '<d by="会议">要抓好落实</d>。',
    # Pronouns.
    '<p>县委书记</p><o>林青</o>出席会议并讲话。他强调，<d by="林青">要抓好春耕</d>。',
    '<o>林青</o>出席会议并讲话，<o>方圆</o>主持会议。他强调，<d by="林青">要抓好春耕</d>。',
    '<o>林青</o>指出，成绩不小。她说，<d by="林青">要抓好春耕</d>。',
    '会议由<o>方圆</o>主持，他就落实作了安排：<d by="方圆">各支部要开会</d>。',
    '<o>林青</o>看望老人。他对随行的<p>县长</p><o>方圆</o>说，<d by="林青">要修好路</d>。',
    "<o>令狐建平</o>到工地慰问。<o>令狐</o><p>主席</p>说，大家辛苦。"
    '他要求<d by="令狐">按时发放津贴</d>。',
    # The subject further back, or none with the verb.
    '<o>林青</o>听取了汇报，察看了现场，要求<d by="林青">各乡镇抓好春耕</d>。',
    '<o>林青</o>充分肯定成绩，并希望<d by="林青">大家再接再厉</d>。',
    "会议学习了<o>习近平</o><p>总书记</p>关于粮食的重要论述。会议指出，"
    '<d by="会议">要抓好春耕</d>。',
    '县委追授<o>林青</o>荣誉称号，号召<d by="县委">全县党员向他学习</d>。',
    # A quotation whose speaker comes after.
    '“<d by="林青">要抓好春耕</d>。”<o>林青</o>叮嘱道。',
    # One voice: nobody.
    "在全县大会上的讲话\n<o>林青</o>\n同志们：\n省委要求，<d>要抓好春耕</d>。",
    "关于做好春耕工作的通知\n各乡镇人民政府：\n一、<d>要抓好春耕</d>。",
    "会议管理办法\n第一条 <d>会议应当精简</d>。\n第二条 <d>不得超标</d>。",
    "春耕工作方案\n一、<d>备足种子</d>。",
    "<p>市长</p><o>林青</o>作了回应。下面，我强调几点。\n第一，<d>思想要解放</d>。",
    "我代表市政府向大会报告工作。\n（一）<d>全力稳住增长</d>。",
    # In a notice a quoted frame holds for its paragraph only.
    "关于做好春耕工作的通知\n各乡镇人民政府：\n<p>县长</p><o>林青</o>批示，"
    '要求<d by="林青">各地抓好春耕</d>。\n一、<d>要备足种子</d>。',
    # Minutes are the meeting's.
    '县政府专题会议纪要\n会议听取了汇报。\n三、会议议定：\n（一）<d by="会议">各旗要备足饲草</d>。',
    # What a person wishes for is no quoted wording of theirs.
    '<o>林青</o>希望<d by="林青">队员以顽强的精神争取胜利</d>。',
    # The subject left out, passed on, or a body by its spokesman.
    '<o>林青</o>肯定了成绩。同时讲解了政策，并希望<d by="林青">双方加强合作</d>。',
    '<o>方圆</o>转达了<o>林青</o>的祝贺，希望<d by="林青">学会越办越好</d>。',
    '县委有关负责人也对各村提出了要求。<d by="县委">要抓好春耕</d>。',
    '有关部门负责人回答说，<d by="有关部门负责人">要抓好春耕</d>。',
    '气象台预计，明天有雨。提醒<d by="气象台">各地做好防范</d>。',
    '县纪委监委强调，<d by="县纪委监委">要抓好整改</d>。',
    # Whoever a later sentence of the paragraph begins with is meant by the pronoun.
    '<o>林青</o>作了点评。他指出，<d by="林青">要抓好春耕</d>。随后，<o>方圆</o>介绍了做法。'
    '他要求<d by="方圆">各村开会</d>。',
    # The wording of a document a body gave out.
    '县委制定了新的规定。会议要求，<d by="会议">要抓好落实</d>。\n一、<d by="县委">要少开会</d>。',
    # A surname stays as it is marked.
    '<o>王</o><p>副市长</p>要求，<d by="王">要抓好春耕</d>。',
]


@pytest.mark.parametrize("source", EXAMPLES)
def test_issuers_of_the_example(source: str) -> None:
    text, gold = parse(source)
    found = from_raw_spans(text, gold)
    assert [s.by for s in found.spans] == [s.by for s in gold]


KINDS = [
    ("在全县大会上的讲话\n(2021年3月1日)\n同志们:\n今天开会。", "speech"),
    ("新年献词\n同志们,朋友们:\n新年好。", "speech"),
    ("关于召开会议的通知\n各乡镇:\n现通知如下。", "notice"),
    ("春耕工作实施方案\n为抓好春耕,制定本方案。", "notice"),
    ("县政府常务会议纪要\n会议由县长主持。", "report"),
    ("全县召开春耕工作会议\n3月1日,会议召开。", "report"),
    ("县长出席并讲话\n3月1日,会议召开。", "report"),
    ("", "report"),
]


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_kind_of(text: str, kind: str) -> None:
    assert kind_of(text) == kind


def test_carried_over_paragraphs_is_guessed() -> None:
    text, gold = parse("<o>林青</o>强调，<d>要抓好春耕</d>。<d>要快</d>。\n<d>要备足种子</d>。")
    found = from_raw_spans(text, gold)
    assert [s.guessed for s in found.spans if s.label == "DIRECTIVE"] == [(), (), ("by",)]


def test_no_directives_no_issuers() -> None:
    text, gold = parse("<o>林青</o>强调，形势严峻。")
    assert issuers(text, gold) == {}


@given(st.text("说要求强调会议县委他,。:“”\n报告张上的", max_size=120), st.data())
def test_issuers_stand_in_the_text(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    labels = data.draw(
        st.lists(st.sampled_from(["OFFICIAL", "DIRECTIVE", "TITLE", ""]), min_size=12, max_size=12)
    )
    spans = [
        Span(a, b, label) for (a, b), label in zip(pairwise(cuts), labels, strict=False) if label
    ]
    for index, issuer in issuers(text, spans).items():
        assert spans[index].label == "DIRECTIVE"
        assert 0 <= issuer.start < issuer.end <= len(text)
        if issuer.span is not None:
            assert spans[issuer.span].label == "OFFICIAL"
            assert (issuer.start, issuer.end) == (spans[issuer.span].start, spans[issuer.span].end)
