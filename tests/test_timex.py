"""Dates: what mentions mean by themselves, in their text, and the text's own date."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.schema import Span
from model.timex import Day, own_date, resolve

THURSDAY = Day(2021, 12, 9)
JANUARY = Day(2023, 1, 3)
SPRING = Day(2022, 5, 20)
YEAR = Day(2021, stated=False)


def marked(source: str) -> tuple[str, list[Span]]:
    """The text and spans of a source in which `[…]` is a date and `{…}` a directive."""
    text = ""
    spans: list[Span] = []
    opened: list[int] = []
    for char in source:
        if char in "[{":
            opened.append(len(text))
        elif char in "]}":
            label = "DATE" if char == "]" else "DIRECTIVE"
            spans.append(Span(opened.pop(), len(text), label))
        else:
            text += char
    return text, sorted(spans, key=lambda s: (s.start, -s.end))


def values(source: str, own: Day | None) -> list[tuple[str | None, str | None]]:
    text, spans = marked(source)
    return resolve(text, spans, own)


ALONE: list[tuple[str, Day | None, str | None, str | None]] = [
    # Stated whole: needs no own date.
    ("2019年05月23日", None, "2019-05-23", None),
    ("2018年", None, "2018", None),
    ("2018年3月", None, "2018-03", None),
    ("2021-06-02 14:30:14", None, "2021-06-02", None),
    ("2021-06-02", None, "2021-06-02", None),
    ("2021/6/2 9:05", None, "2021-06-02", None),
    ("2021.6.2", None, "2021-06-02", None),
    ("2016.03", None, "2016-03", None),
    ("2021-06", None, "2021-06", None),
    ("二〇一八年十二月二十九日", None, "2018-12-29", None),
    ("二零二四年一月二十二日", None, "2024-01-22", None),
    ("二〇二一年", None, "2021", None),
    ("一九五八年", None, "1958", None),
    ("1828年", None, "1828", None),
    ("2016年度", None, "2016", None),
    ("2022年10月9日 星期五", None, "2022-10-09", None),
    ("2022年10月9日(星期三)上午9时30分", None, "2022-10-09", None),
    ("2020年8月1日下午", None, "2020-08-01", None),
    ("2020年8月1日凌晨", None, "2020-08-01", None),
    ("2021年7月1日前", None, "2021-07-01", "BEFORE"),
    ("2021年7月1日下午3:30前", None, "2021-07-01", "BEFORE"),
    ("2021年7月前", None, "2021-07", "BEFORE"),
    ("2030年前", None, "2030", "BEFORE"),
    ("2025年以后", None, "2025", "AFTER"),
    ("2025年3月1日之后", None, "2025-03-01", "AFTER"),
    ("2021年6月底前", None, "2021-06-30", "BEFORE"),
    ("2020年2月底前", None, "2020-02-29", "BEFORE"),
    ("2021年底前", None, "2021-12-31", "BEFORE"),
    ("2021年底", None, "2021", "END"),
    ("2021年初", None, "2021", "START"),
    ("2021年岁末", None, "2021", "END"),
    ("2021年6月底", None, "2021-06", "END"),
    ("2021年6月末", None, "2021-06", "END"),
    ("2021年6月初", None, "2021-06", "START"),
    ("2021年6月中旬", None, "2021-06", "MID"),
    ("2021年上半年", None, "2021-H1", None),
    ("2021年下半年", None, "2021-H2", None),
    ("2021年三季度", None, "2021-Q3", None),
    ("2021年第四季度", None, "2021-Q4", None),
    ("2021年三季度末前", None, "2021-09-30", "BEFORE"),
    ("2021年第四季度前", None, "2021-Q4", "BEFORE"),
    ("2021年前三季度", None, "2021-01/2021-09", None),
    ("2021年7月11日至15日", None, "2021-07-11/2021-07-15", None),
    ("2021年7月11日至8月5日", None, "2021-07-11/2021-08-05", None),
    ("2021年7月11日至2022年8月5日", None, "2021-07-11/2022-08-05", None),
    ("2021年12月20日至1月5日", None, "2021-12-20/2022-01-05", None),
    ("2021年7月11-15日", None, "2021-07-11/2021-07-15", None),
    ("2015年3月至2018年2月", None, "2015-03/2018-02", None),
    ("2012.07—2016.03", None, "2012-07/2016-03", None),
    ("2012.07-2016.03", None, "2012-07/2016-03", None),
    ("2021年至2025年", None, "2021/2025", None),
    ("2021-2025年", None, "2021/2025", None),
    ("2021年9月1日起至9月30日", None, "2021-09-01/2021-09-30", None),
    ("2021年3月1日到5日", None, "2021-03-01/2021-03-05", None),
    ("2021.06—", None, "2021-06", None),
    ("民国二十六年", None, "1937", None),
    ("2021年元月初", None, "2021-01", "START"),
    ("2021年7月31日上午8∶30至11∶30", None, "2021-07-31", None),
    # Relative to the own date.
    ("今年", THURSDAY, "2021", None),
    ("去年", THURSDAY, "2020", None),
    ("上年", THURSDAY, "2020", None),
    ("前年", THURSDAY, "2019", None),
    ("明年", THURSDAY, "2022", None),
    ("后年", THURSDAY, "2023", None),
    ("去年底", THURSDAY, "2020", "END"),
    ("明年底前", THURSDAY, "2022-12-31", "BEFORE"),
    ("明年年底之前", THURSDAY, "2022-12-31", "BEFORE"),
    ("今年年底前", THURSDAY, "2021-12-31", "BEFORE"),
    ("今年上半年", THURSDAY, "2021-H1", None),
    ("上半年", THURSDAY, "2021-H1", None),
    ("一季度", THURSDAY, "2021-Q1", None),
    ("第二季", THURSDAY, "2021-Q2", None),
    ("去年四季度", THURSDAY, "2020-Q4", None),
    ("前三季度", THURSDAY, "2021-01/2021-09", None),
    ("今年前10个月", THURSDAY, "2021-01/2021-10", None),
    ("今年前十个月", THURSDAY, "2021-01/2021-10", None),
    ("前两个月", THURSDAY, "2021-01/2021-02", None),
    ("1-4月", THURSDAY, "2021-01/2021-04", None),
    ("1至10月", THURSDAY, "2021-01/2021-10", None),
    ("今年1—5月份", THURSDAY, "2021-01/2021-05", None),
    ("七八月份", THURSDAY, "2021-07/2021-08", None),
    ("全年", THURSDAY, "2021", None),
    ("年内", THURSDAY, "2021", None),
    ("年初", THURSDAY, "2021", "START"),
    ("年底", THURSDAY, "2021", "END"),
    ("年底前", THURSDAY, "2021-12-31", "BEFORE"),
    ("月底", THURSDAY, "2021-12", "END"),
    ("月底前", THURSDAY, "2021-12-31", "BEFORE"),
    ("本月底前", THURSDAY, "2021-12-31", "BEFORE"),
    ("本月内", THURSDAY, "2021-12", None),
    ("上月", THURSDAY, "2021-11", None),
    ("上个月", THURSDAY, "2021-11", None),
    ("下月", THURSDAY, "2022-01", None),
    ("下个月", JANUARY, "2023-02", None),
    ("上个月", JANUARY, "2022-12", None),
    ("这个月", JANUARY, "2023-01", None),
    ("今天", THURSDAY, "2021-12-09", None),
    ("今日下午", THURSDAY, "2021-12-09", None),
    ("今晚", THURSDAY, "2021-12-09", None),
    ("昨天", THURSDAY, "2021-12-08", None),
    ("昨日上午", THURSDAY, "2021-12-08", None),
    ("前天", THURSDAY, "2021-12-07", None),
    ("明早", THURSDAY, "2021-12-10", None),
    ("明天零时", THURSDAY, "2021-12-10", None),
    ("明天中午12点前", THURSDAY, "2021-12-10", "BEFORE"),
    ("昨(8)日", THURSDAY, "2021-12-08", None),
    ("昨日(8日)", THURSDAY, "2021-12-08", None),
    ("今天(1月14日)", Day(2023, 1, 15), "2023-01-14", None),
    ("今日(三月二十一日)", Day(2024, 3, 21), "2024-03-21", None),
    ("本周", THURSDAY, "2021-W49", None),
    ("上周", THURSDAY, "2021-W48", None),
    ("本周五", THURSDAY, "2021-12-10", None),
    ("上周五", THURSDAY, "2021-12-03", None),
    ("下周一", THURSDAY, "2021-12-13", None),
    ("下周二前", THURSDAY, "2021-12-14", "BEFORE"),
    ("本周日前", THURSDAY, "2021-12-12", "BEFORE"),
    ("12月8日", THURSDAY, "2021-12-08", None),
    ("12月9日18时前", THURSDAY, "2021-12-09", "BEFORE"),
    ("8月1日(星期一)上午", SPRING, "2022-08-01", None),
    ("5月31日下午", SPRING, "2022-05-31", None),
    ("7月1日前", SPRING, "2022-07-01", "BEFORE"),
    ("6月底", SPRING, "2022-06", "END"),
    ("6月底前", SPRING, "2022-06-30", "BEFORE"),
    ("6月底以前", SPRING, "2022-06-30", "BEFORE"),
    ("10月份", SPRING, "2022-10", None),
    ("8月上旬", SPRING, "2022-08", "START"),
    ("8月中旬", SPRING, "2022-08", "MID"),
    ("8月下旬", SPRING, "2022-08", "END"),
    ("8月上旬至9月中旬", SPRING, "2022-08/2022-09", None),
    ("3月1日后", SPRING, "2022-03-01", "AFTER"),
    ("六月三十日或之前", SPRING, "2022-06-30", "BEFORE"),
    ("二季度末前", SPRING, "2022-06-30", "BEFORE"),
    ("三季度末", SPRING, "2022-Q3", "END"),
    ("5月18日9时至11时", SPRING, "2022-05-18", None),
    ("5月18日8:30至5月19日17:00", SPRING, "2022-05-18/2022-05-19", None),
    ("5月18日夜间至19日白天", SPRING, "2022-05-18/2022-05-19", None),
    ("一、二季度", SPRING, "2022-Q1/2022-Q2", None),
    ("05-18", SPRING, "2022-05-18", None),
    ("5/18", SPRING, "2022-05-18", None),
    ("18日", SPRING, "2022-05-18", None),
    ("25日前", SPRING, "2022-05-25", "BEFORE"),
    # The turn of the year.
    ("12月28日", JANUARY, "2022-12-28", None),
    ("28日", JANUARY, "2022-12-28", None),
    ("1月2日", JANUARY, "2023-01-02", None),
    ("2月底前", Day(2022, 11, 20), "2023-02-28", "BEFORE"),
    ("1月5日前", THURSDAY, "2022-01-05", "BEFORE"),
    ("5日前", Day(2022, 3, 28), "2022-04-05", "BEFORE"),
    ("12月25日至1月5日", THURSDAY, "2021-12-25/2022-01-05", None),
    # Known to the year only.
    ("今年", YEAR, "2021", None),
    ("5月3日", YEAR, "2021-05-03", None),
    ("今天", YEAR, None, None),
    ("上个月", YEAR, None, None),
    # Nothing fixes the year.
    ("5月3日", None, None, None),
    ("5月3日前", None, None, "BEFORE"),
    ("6月底", None, None, "END"),
    ("年底前", None, None, "BEFORE"),
    ("今年", None, None, None),
    ("上半年", None, None, None),
    ("7月11日至15日", None, None, None),
    ("前三季度", None, None, None),
    ("今天", None, None, None),
    # No date of the calendar.
    ("13月40日", SPRING, None, None),
    ("前13个月", SPRING, None, None),
    ("2月30日", SPRING, None, None),
    ("正月十六", None, None, None),
    ("同志们", SPRING, None, None),
]


@pytest.mark.parametrize(("mention", "own", "value", "mod"), ALONE)
def test_a_mention_alone(mention: str, own: Day | None, value: str | None, mod: str | None) -> None:
    assert resolve(mention, [Span(0, len(mention), "DATE")], own) == [(value, mod)]


IN_TEXT: list[tuple[str, Day | None, list[str | None]]] = [
    # The year is carried within a sentence, to joined dates and into ranges.
    ("[2019年],全县脱贫,[3月]通过验收。", SPRING, ["2019", "2019-03"]),
    ("分别在[明年4月]和[5月]进行。", SPRING, ["2023-04", "2023-05"]),
    ("[2月28日]、[29日]两天", Day(2024, 3, 1), ["2024-02-28", "2024-02-29"]),
    ("[2021年9月24日],县委开会。[25日]又开。", None, ["2021-09-24", "2021-09-25"]),
    ("截至[8月底],比[去年]增长。", SPRING, ["2022-08", "2021"]),
    ("[去年]清理,到[2月15日]完成四成", SPRING, ["2021", "2022-02-15"]),
    # The same day, year, month.
    (
        "[5月3日]开会。[当天]下乡,[次日上午]座谈。",
        SPRING,
        ["2022-05-03", "2022-05-03", "2022-05-04"],
    ),
    ("[2019年]建厂,[当年11月]投产。", SPRING, ["2019", "2019-11"]),
    (
        "[5月3日]开会。{[6月30日前]办结}。[当天]散会。",
        SPRING,
        ["2022-05-03", "2022-06-30", "2022-05-03"],
    ),
    ("[2019年]建厂,[次年]投产。", SPRING, ["2019", "2020"]),
    # What is said at an event is said on its day.
    ("[5月18日],镇长说:{[明天]全部到岗}。", SPRING, ["2022-05-18", "2022-05-19"]),
    ("[5月18日],他说:“[今天]不走。”", SPRING, ["2022-05-18", "2022-05-18"]),
    ("[5月18日]开会。[昨天]见报。", SPRING, ["2022-05-18", "2022-05-19"]),
    # In the first months a report looks back, its tasks look ahead.
    ("[全年]完成投资五亿元。", JANUARY, ["2022"]),
    ("{[全年]完成投资五亿元}。", JANUARY, ["2023"]),
    ("[三季度]亏损。{[三季度]扭亏}。", JANUARY, ["2022-Q3", "2023-Q3"]),
    ("从[2023年4月]开始,到[7月底]结束。", None, ["2023-04", "2023-07"]),
    ("[9月]门诊楼启用。", JANUARY, ["2022-09"]),
    ("{[9月底前]建成通车}。", JANUARY, ["2023-09-30"]),
    ("{[9月底前]建成通车}。", THURSDAY, ["2022-09-30"]),
    ("{[年底]完成批复}。", Day(2021, 12, 20), ["2022"]),
    # A report's headings; the year before the one told of.
    (
        "一、2021年工作回顾\n[6月]通车,产值比[上年]增长。[12月]验收。\n二、2022年工作安排\n[10月]开机。\n三、保障\n[6月]",
        SPRING,
        ["2021-06", "2020", "2021-12", "2022-10", "2022-06"],
    ),
    ("[2021年]末人口比[上年]减少。比[上年]多。", SPRING, ["2021", "2020", "2021"]),
    # Years of the Republic.
    ("[民国一○二年五月六日],[九十七年]起", None, ["2013-05-06", "2008"]),
    ("[113年4月19日]开会,[97年]建。", None, ["2024-04-19", "2008"]),
    ("[1051027],[99.03.02]。民国105年", None, ["2016-10-27", "2010-03-02"]),
    ("[民国一一三年5月20日],[113-05-21]", None, ["2024-05-20", "2024-05-21"]),
    ("[中华民国一百一十三年五月二十日]", None, ["2024-05-20"]),
    ("建党100年来,[98年]抗洪。民国38年以后,[1950年]", None, ["1998", "1950"]),
    ("历史110年。[98年]建校", None, ["1998"]),
    # `上年` is told from the year named, however often; not from one since which something goes on.
    ("[2021年]甲比[上年]多,乙比[上年]多,丙比[上年]多", SPRING, ["2021", "2020", "2020", "2020"]),
    ("[2015年]以来甲多,比[上年]增长", SPRING, ["2015", "2021"]),
    # Headings: under a part, of a span of years, with lengths of time.
    ("第一部分 2021年工作回顾\n一、经济运行\n[6月]通车", SPRING, ["2021-06"]),
    ("一、建党100年来的历程\n[6月]开会", SPRING, ["2022-06"]),
    ("一、2015年至2020年工作回顾\n[6月]开会", SPRING, ["2022-06"]),
    # Where the calendar ends.
    ("[明天],[下周],[明年]", Day(9999, 12, 31), [None, None, None]),
    ("[昨天],[上周],[前年]", Day(1, 1, 1), [None, None, None]),
    # The day of the event, where only its year is stated.
    (
        "[9月10日]庆典,[1991年9月28日]落葬。[今天]集会。",
        Day(2017),
        ["2017-09-10", "1991-09-28", "2017-09-10"],
    ),
    # A chronicle's headings.
    (
        "[2010年]\n[1月20日] 开园。\n[2009年]\n[3月] 动工。",
        None,
        ["2010", "2010-01-20", "2009", "2009-03"],
    ),
]


@pytest.mark.parametrize(("source", "own", "expected"), IN_TEXT)
def test_dates_in_their_text(source: str, own: Day | None, expected: list[str | None]) -> None:
    assert [value for value, _ in values(source, own)] == expected


OWN: list[tuple[str, str | None, bool]] = [
    (
        "大会召开\n发布时间:[2023-10-12 16:20] 来源:县府办\n[10月11日],大会召开。",
        "2023-10-12",
        True,
    ),
    ("通知\n各乡镇:\n请于[5月1日前]报送。\n县政府\n[2021年4月2日]", "2021-04-02", True),
    ("在大会上的讲话\n([2021年3月29日])\n同志们:\n今天开会。", "2021-03-29", True),
    ("新华社北京[2019年6月25日]电 [24日]开会。", "2019-06-25", True),
    ("督查纪实\n今天下乡。\n([2022年6月8日] 供稿:县妇联)", "2022-06-08", True),
    ("[2022年10月9日],县里开会。[11月30日前]完成。", "2022-10-09", False),
    ("2022年工作会议\n本报讯 [3月12日]电 开会。", "2022-03-12", True),
    ("开会了\n[5月19日],会议通报[2021年]工作。", "2022", False),
    ("开会了\n[12月20日],会议讨论[2022年]立法工作。", "2021", False),
    ("开会了\n[12月9日],要求[2022年1月31日前]完成。", "2021", False),
    ("校内消息\n[10月13日],我校2022年度第三次例会召开。", "2022", False),
    ("一年来成绩不小。\n二、2023年重点工作\n{抓好粮食}。[6月底前]办结。", "2023", False),
    ("开会了\n[5月20日],县里开会。[6月底前]办结。", None, False),
    ("开会了\n[5月20日],自[2018年]起的工程完工。", None, False),
    ("公告\n[2021年2月30日]", "2021", False),
    ("纪念诞辰110周年\n新华社[9月24日]电 他[1903年9月24日]出生。", "2013-09-24", True),
    ("纪念诞辰一百二十周年\n新华社[9月24日]电 他生于[1903年6月]。", "2023-09-24", True),
    ("纪念诞辰一百零二周年\n新华社[9月24日]电 他[1903年9月24日]出生。", "2005-09-24", True),
    ("纪念诞辰九百周年\n新华社[9月24日]电 他[1903年9月24日]出生。", None, False),
    ("通知\n县里[5月5日]开会,2017年换届选举的筹备组到会。", "2017", False),
    ("通知\n[5月5日]开会,[2017年]换届选举的筹备组到会。", "2017", False),
    ("校内消息\n[9月5日],2014级新生到校。", "2014", False),
    ("校内消息\n[5月5日],2014级同学看书。", None, False),
    ("报告\n[5月2日],他报告了[2010年]以来的工作。", None, False),
    ("", None, False),
]


@pytest.mark.parametrize(("source", "iso", "stated"), OWN)
def test_own_date(source: str, iso: str | None, stated: bool) -> None:
    text, spans = marked(source)
    own = own_date(text, [(s.start, s.end) for s in spans if s.label == "DATE"])
    assert (own.iso if own else None) == iso
    assert own is None or own.stated == stated


def test_publication_line_wins_over_signature() -> None:
    text, spans = marked("要闻\n发布时间:[2021-06-02]\n开会。\n[2021年5月30日]")
    own = own_date(text, [(s.start, s.end) for s in spans])
    assert own is not None
    assert own.iso == "2021-06-02"


def test_every_date_gets_an_answer_in_the_order_given() -> None:
    text, spans = marked("[5月3日]到[2022年6月1日]")
    assert resolve(text, spans[::-1], SPRING) == resolve(text, spans, SPRING)[::-1]


VALUE = re.compile(r"\d{4}(-(\d\d(-\d\d)?|[HQ]\d|W\d\d))?(/\d{4}(-(\d\d(-\d\d)?|[HQ]\d))?)?")


@given(
    st.lists(
        st.sampled_from("今去昨明前后上下本年月日周季度旬底初末至到—-、()一二十〇0123456789 :.当"),
        max_size=14,
    ),
    st.sampled_from([None, YEAR, THURSDAY, JANUARY, Day(2024, 2, 29)]),
)
def test_values_always_have_the_form_of_timex3(chars: list[str], own: Day | None) -> None:
    mention = "".join(chars) or "年"
    [(value, mod)] = resolve(mention, [Span(0, len(mention), "DATE")], own)
    assert value is None or VALUE.fullmatch(value), value
    assert mod in (None, "BEFORE", "AFTER", "START", "MID", "END")
