"""Records: offsets, order, normal forms, people, the own date; whatever the text and the spans."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.inline import parse
from model.characters import characters, norm
from model.record import complete, from_raw_spans
from model.schema import LABELS, Record, Span, record_from_json

TEXT = (
    "<p>州委書(shū)記</p><o>劉成鳴(míng)</o>強調，<d>各县要在<t>年底前</t>建成</d>。\n"
    "<o>林　青</o>要求，<d>抓好落实</d>。<d><t>明天</t>开工</d>。\n"
    "发布时间：<t>2019-05-23 10:20</t>"
)


def example() -> tuple[str, list[Span], Record]:
    text, spans = parse(TEXT.replace("劉成鳴(míng)</o>", "劉成鳴</o>(míng)"))
    return text, spans, from_raw_spans(text, spans)


def test_attributes_are_filled_in_the_texts_own_characters() -> None:
    text, spans, record = example()
    assert record.text == text
    assert [(s.start, s.end, s.label) for s in record.spans] == [
        (s.start, s.end, s.label) for s in spans
    ]
    title, name, ask, due, second, asked, start, tomorrow, _ = record.spans
    assert (title.norm, title.of) == ("州委书记", "劉成鳴")
    assert (name.norm, name.attributes) == ("刘成鸣", {})
    assert (ask.by, ask.norm) == ("劉成鳴", None)
    assert (due.value, due.mod, due.norm) == ("2019-12-31", "BEFORE", None)
    assert (second.norm, asked.by, start.by) == ("林青", "林青", "林青")
    assert tomorrow.value == "2019-05-24"
    assert record.date == "2019-05-23"


def test_people_have_their_titles_mentions_and_directives() -> None:
    _, _, record = example()
    first, second = record.officials
    assert (first.name, first.titles, first.directives) == ("刘成鸣", ("州委书记",), (2,))
    assert (second.name, second.titles, second.directives) == ("林青", (), (5, 6))
    assert [record.text[a:b] for p in record.officials for a, b in p.mentions] == [
        "劉成鳴",
        "林　青",
    ]


def test_a_person_is_one_under_all_spellings() -> None:
    text, spans = parse(
        "<o>劉成鳴</o>到会。<o>刘成鸣</o>说，<d>要快</d>。<p>县长</p><o>刘　成鸣</o>到会"
    )
    record = from_raw_spans(text, spans)
    [person] = record.officials
    assert (person.name, len(person.mentions), person.titles) == ("刘成鸣", 3, ("县长",))
    assert [record.spans[i].label for i in person.directives] == ["DIRECTIVE"]


def test_spans_are_sorted_and_directives_come_first() -> None:
    chars = characters("今天要开会")
    found = complete(chars, [Span(0, 2, "DATE"), Span(3, 5, "TITLE"), Span(0, 2, "DIRECTIVE")])
    assert [(s.start, s.end, s.label) for s in found.spans] == [
        (0, 2, "DIRECTIVE"),
        (0, 2, "DATE"),
        (3, 5, "TITLE"),
    ]


def test_complete_keeps_scores_and_drops_given_attributes() -> None:
    chars = characters("县长张三")
    spans = [Span(0, 2, "TITLE", of="李四", norm="x", score=0.5), Span(2, 4, "OFFICIAL", score=0.9)]
    found = complete(chars, spans)
    assert [(s.of, s.norm, s.score) for s in found.spans] == [
        ("张三", "县长", 0.5),
        (None, "张三", 0.9),
    ]


def test_the_given_date_overrides() -> None:
    chars = characters("昨天开会。\n2019年5月23日")
    spans = [Span(0, 2, "DATE"), Span(6, 16, "DATE")]
    assert complete(chars, spans).spans[0].value == "2019-05-22"
    record = complete(chars, spans, date="2020-03-01")
    assert (record.date, record.spans[0].value) == ("2020-03-01", "2020-02-29")


@pytest.mark.parametrize("date", ["2020", "2020-02-30", "2020-13-01", "20200301", "heute", ""])
def test_a_date_of_another_form_is_refused(date: str) -> None:
    with pytest.raises(ValueError, match="YYYY-MM-DD"):
        complete(characters("今天"), [], date=date)


@pytest.mark.parametrize(("start", "end"), [(0, 0), (1, 1), (-1, 1), (0, 3), (2, 1)])
def test_a_span_outside_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="does not lie in"):
        complete(characters("今天"), [Span(start, end, "DATE")])


def test_a_year_taken_from_the_body_makes_values_guessed() -> None:
    text, spans = parse("<t>2022年10月9日</t>，县里开会。<d><t>11月底前</t>完成</d>。")
    record = from_raw_spans(text, spans)
    dates = [s for s in record.spans if s.label == "DATE"]
    assert [(s.value, s.guessed) for s in dates] == [
        ("2022-10-09", ()),
        ("2022-11-30", ("value",)),
    ]
    assert record.date is None


@pytest.mark.parametrize("text", ["", " ", "\n", "没有", "，。"])
def test_no_spans(text: str) -> None:
    assert from_raw_spans(text, []) == Record(text)


PIECES = st.sampled_from(
    [
        *"县长书记张李、，。：“”（）\n 　要求强调说他年月日任为各1２３前后今昨同志议上周讲的劉",
        *[
            "书(shū)记",
            "會(huì)議",
            "日?qǐng)",
            "&nbsp;",
            "2021年3月5日",
            "同志们：",
            "会议",
            "组长：",
        ],
    ]
)


@st.composite
def texts_with_spans(draw: st.DrawFn, label: st.SearchStrategy[str]) -> tuple[str, list[Span]]:
    text = "".join(draw(st.lists(PIECES, max_size=40)))
    spans = []
    for _ in range(draw(st.integers(0, 10)) if text else 0):
        start = draw(st.integers(0, len(text) - 1))
        end = draw(st.integers(start + 1, min(len(text), start + 12)))
        spans.append(Span(start, end, draw(label)))
    return text, spans


@given(texts_with_spans(st.sampled_from(LABELS)))
@settings(max_examples=150, deadline=None)
def test_whatever_the_spans_the_record_is_well_formed(case: tuple[str, list[Span]]) -> None:
    text, spans = case
    record = from_raw_spans(text, spans)
    assert sorted((s.start, s.end, s.label) for s in record.spans) == sorted(
        (s.start, s.end, s.label) for s in spans
    )
    # What is written can be read again: offsets, surfaces, labels and attributes fit.
    again = record_from_json(record.to_json())
    assert again.spans == record.spans
    assert again.officials == record.officials
    keys = [(s.start, -s.end, s.label != "DIRECTIVE") for s in record.spans]
    assert keys == sorted(keys)
    names = {s.norm for s in record.spans if s.label == "OFFICIAL" and s.norm}
    assert [p.name for p in record.officials] == list(
        dict.fromkeys(p.name for p in record.officials)
    )
    assert {p.name for p in record.officials} == names
    for person in record.officials:
        for a, b in person.mentions:
            # Pinyin and entities that a span cuts are only known as such in the text.
            assert norm(text[a:b]) == person.name or set(text[a:b]) & set("()?&;")
        for index in person.directives:
            by = record.spans[index].by
            assert by is not None
            assert norm(by) == person.name
    for span in record.spans:
        assert set(span.guessed) <= set(span.attributes)


@given(texts_with_spans(st.sampled_from(LABELS)))
@settings(max_examples=100, deadline=None)
def test_model_offsets_come_out_raw(case: tuple[str, list[Span]]) -> None:
    text, _ = case
    chars = characters(text)
    spans = [Span(i, i + 1, LABELS[i % 4]) for i in range(len(chars))]
    record = complete(chars, spans)
    assert sorted((s.start, s.end) for s in record.spans) == [
        chars.to_raw(i, i + 1) for i in range(len(chars))
    ]


@given(st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_gives_a_record(text: str) -> None:
    if any("\ud800" <= char <= "\udfff" for char in text):
        return
    spans = [Span(i, min(i + 3, len(text)), LABELS[i % 4]) for i in range(0, len(text), 2)]
    assert from_raw_spans(text, spans).text == text


@pytest.mark.parametrize(
    "piece", ["张三说，要快。", "张三要求，", "县长、组长：张三", "2021年5月3日", "说", "任"]
)
def test_time_grows_with_the_length_only(piece: str) -> None:
    def seconds(length: int) -> float:
        text = (piece * (length // len(piece) + 1))[:length]
        spans = [
            Span(i, i + 2, LABELS[n % 4]) for n, i in enumerate(range(0, length - 2, length // 200))
        ]
        began = time.process_time()
        from_raw_spans(text, spans)
        return time.process_time() - began

    seconds(2_000)
    # Eight times the length: a quadratic rule would take sixty-four times as long. The least of
    # three, since a busy machine slows any single one.
    short, long = (min(seconds(length) for _ in range(3)) for length in (5_000, 40_000))
    assert long < 24 * max(short, 0.01)
