"""Who holds a title: examples in the inline form, read without their attributes."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.inline import parse
from model.holders import holders
from model.record import from_raw_spans
from model.schema import Span

EXAMPLES = [
    # Before a name: the whole row of posts.
    '<p of="肖某">州委副书记</p>、<p of="肖某">州长</p><o>肖某</o>主持会议',
    '<p of="韦编、安康">党组成员</p>、<p of="韦编、安康">副局长</p><o>韦编</o>、<o>安康</o>出席',
    '<p of="王全">县委书记</p><o>王全</o>，<p of="李安">县委副书记</p>、'
    '<p of="李安">县长</p><o>李安</o>出席',
    '<p of="钱江">市委常委</p>、<p of="钱江">副市长</p>（挂职）<o>钱江</o>到会',
    '<p of="王全">县委书记</p>　<o>王全</o>\n各位代表：',
    '<p of="贡布">州政协主席</p><o>贡布</o>，各<p>县县长</p>，'
    '<p of="陈涛">军分区政委</p><o>陈涛</o>参加',
    '担任<p of="周正">县长</p>的<o>周正</o>说',
    # Behind a name.
    '<o>王</o><p of="王">书记</p>说',
    '<o>习近平</o><p of="习近平">总书记</p>指出',
    '<o>林青</o>（<p of="林青">县财政局局长</p>）、<o>方圆</o>（<p of="方圆">县水利局局长</p>）',
    '<o>林青</o>，<p of="林青">五龙乡乡长</p>，三十四岁',
    '<o>岑力</o><p of="岑力">校长</p>、<p of="覃桂">副校长</p><o>覃桂</o>到会',
    '<o>王</o><p of="王">书记</p>、<p of="王">主任</p>到会',
    # Appointments and removals.
    '任命<o>林青</o>为<p of="林青">市水务局局长</p>；'
    '任命<o>方圆</o>为<p of="方圆">市财政局局长</p>',
    '<o>林青</o>同志任<p of="林青">县委委员</p>、<p of="林青">书记</p>，'
    '不再担任<p of="林青">县长</p>职务',
    '免去<o>方圆</o>的<p of="方圆">县长</p>职务',
    '免去<o>方圆</o>同志的<p of="方圆">县水利局党组书记</p>、<p of="方圆">局长</p>职务',
    '<o>林青</o>任<p of="林青">党总支书记</p>，免去其<p of="林青">宣传部部长</p>职务',
    '<o>古力</o>、<o>乐山</o>当选为<p of="古力、乐山">镇党委副书记</p>',
    '接受<o>林青</o>辞去<p of="林青">副市长</p>职务的请求',
    '由<p of="赵一">县长</p><o>赵一</o>任<p of="赵一">组长</p>，'
    '<p of="钱二">副县长</p><o>钱二</o>，'
    '<p of="孙三">公安局局长</p><o>孙三</o>任<p of="钱二、孙三">副组长</p>',
    "<p>办公室主任</p>一职暂缺，<o>赵一</o>到会",
    '<p of="赵一">办公室主任</p>由<p of="赵一">县农业局局长</p><o>赵一</o>兼任',
    # Rosters.
    '<p of="赵一">组长</p>：<o>赵一</o>　<p of="赵一">县长</p>\n'
    '<p of="钱二、孙三">副组长</p>：<o>钱二</o>　<p of="钱二">副县长</p>\n'
    '　　　　<o>孙三</o>　<p of="孙三">县公安局局长</p>\n'
    '成员：<o>李四</o>　<p of="李四">县财政局局长</p>\n'
    '　　　<o>周五</o>　<p of="周五">县水利局局长</p>',
    '<p of="赵一">组长</p>：<p of="赵一">镇党委书记</p><o>赵一</o>\n'
    '<p of="钱二">副组长</p>：<p of="钱二">镇长</p><o>钱二</o>',
    '<p of="赵一、钱二">组长</p>：<o>赵一</o>（<p of="赵一">县委书记</p>）、'
    '<o>钱二</o>（<p of="钱二">县长</p>）',
    '<o>赵一</o>　<p of="赵一">县长</p>　主持全面工作。\n'
    '<o>钱二</o>　<p of="钱二">副县长</p>　负责农业。',
    # A curriculum after its first line.
    '<o>林青</o>，男，1970年5月生，现任<p of="林青">县委副书记</p>、<p of="林青">县长</p>。\n'
    '1990.09—1994.08　<p of="林青">县农业局科员</p>\n'
    '1994.08—1998.03　<p of="林青">县农业局副局长</p>、<p of="林青">局长</p>',
    '<o>林青</o>，女，现任<p of="林青">副局长</p>，拟任<p of="林青">局长</p>。\n'
    '<o>方圆</o>，男，历任<p of="方圆">镇长</p>，<p of="方圆">镇党委书记</p>。',
    '在全县大会上的讲话\n<p of="林青">县委书记</p>　<o>林青</o>\n我任<p of="林青">组长</p>。',
    '<o>林青</o>，女；2006.03—2011.12　<p of="林青">团县委干事</p>、<p of="林青">书记</p>',
    '<o>林青</o>1955年被授予<p of="林青">大校</p>军衔',
    '<o>林青</o>历任讲师、教授，<p of="林青">教研室主任</p>，<p of="林青">系主任</p>',
    # Nobody.
    "各<p>乡镇党委书记</p>要亲自抓",
    "<o>林青</o>要求，各<p>乡镇长</p>要到岗，<p>村支书</p>要带头",
    '<p of="林青">县长</p><o>林青</o>出席会议。<p>县政府办公室主任</p>，各部门负责人列席',
    "<o>林青</o>强调，各级<p>河长</p>要巡河",
    "<o>林青</o>主持会议。\n责任<p>河长</p>要亲自协调",
    "明确1名班子成员担任<p>首席数据官</p>",
]


@pytest.mark.parametrize("source", EXAMPLES)
def test_holders_of_the_example(source: str) -> None:
    text, gold = parse(source)
    found = from_raw_spans(text, gold)
    assert [s.of for s in found.spans] == [s.of for s in gold]


def test_a_name_far_away_holds_nothing() -> None:
    text, gold = parse("<p>县长</p>" + "很忙" * 60 + "<o>林青</o>")
    assert holders(text, gold) == {}


def test_inferred_only_where_no_name_stands_at_the_title() -> None:
    source = "<o>林青</o>，男，现任<p>县长</p>。\n1990.09—1994.08　<p>县农业局科员</p>"
    text, gold = parse(source)
    assert [h.inferred for h in holders(text, gold).values()] == [False, True]
    guessed = [s.guessed for s in from_raw_spans(text, gold).spans if s.label == "TITLE"]
    assert guessed == [(), ("of",)]


@given(st.text("任书记长张李、,。:()\n的为男1", max_size=80), st.data())
def test_holders_are_names(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=12)))
    labels = data.draw(
        st.lists(st.sampled_from(["OFFICIAL", "TITLE", ""]), min_size=12, max_size=12)
    )
    spans = [
        Span(a, b, label) for (a, b), label in zip(pairwise(cuts), labels, strict=False) if label
    ]
    for title, holding in holders(text, spans).items():
        assert spans[title].label == "TITLE"
        assert holding.names
        assert all(spans[i].label == "OFFICIAL" for i in holding.names)
