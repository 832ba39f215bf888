"""Folding: offsets that always lead back, and what is dropped, collapsed and kept."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import Characters, characters, folding, norm
from model.schema import Record

HAN = "\u3400-\u9fff"


def check(chars: Characters) -> None:
    """What holds for every text."""
    n = len(chars.text)
    assert len(chars) == len(chars.starts) == len(chars.ends) == n
    assert chars.starts.dtype == chars.ends.dtype == np.int64
    assert (chars.starts < chars.ends).all()
    assert (chars.ends[:-1] <= chars.starts[1:]).all()
    if n:
        assert chars.starts[0] >= 0
        assert chars.ends[-1] <= len(chars.raw)
    # Line ends and blanks are the only white space, and nothing invisible is left.
    assert not re.search(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\ufeff]", chars.text)


@given(data=st.data())
def test_offsets_lead_back(wild_text: st.SearchStrategy[str], data: st.DataObject) -> None:
    raw = data.draw(wild_text)
    chars = characters(raw)
    check(chars)
    if len(chars):
        start = data.draw(st.integers(0, len(chars) - 1))
        end = data.draw(st.integers(start + 1, len(chars)))
        low, high = chars.to_raw(start, end)
        assert 0 <= low < high <= len(raw)
        assert chars.from_raw(low, high) == (start, end)


@given(data=st.data())
def test_a_raw_stretch_is_covered(wild_text: st.SearchStrategy[str], data: st.DataObject) -> None:
    raw = data.draw(wild_text)
    chars = characters(raw)
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    low, high = chars.from_raw(start, end)
    inside = [i for i in range(len(chars)) if start <= chars.starts[i] and chars.ends[i] <= end]
    assert all(low <= i < high for i in inside)
    # Beside those, at most one: a run of blanks or an entity that begins inside and ends outside.
    assert 0 <= (high - low) - len(inside) <= 1


@given(data=st.data())
def test_only_blanks_pinyin_and_the_invisible_lie_in_no_stretch(
    wild_text: st.SearchStrategy[str], data: st.DataObject
) -> None:
    raw = data.draw(wild_text)
    chars = characters(raw)
    covered = np.zeros(len(raw), dtype=bool)
    for start, end in zip(chars.starts, chars.ends, strict=True):
        covered[start:end] = True
    lost = "".join(char for char, kept in zip(raw, covered, strict=True) if not kept)
    assert not re.search(f"[{HAN}0-9。，；：、！]", lost)


@given(data=st.data())
def test_what_was_folded_stays_as_it_is(
    wild_text: st.SearchStrategy[str], data: st.DataObject
) -> None:
    # Without brackets and entities, which may form anew when something between them goes.
    raw = re.sub(r"[()（）﹙﹚⁽⁾₍₎︵︶&＆﹠]", "", data.draw(wild_text))
    once = characters(raw).text
    twice = characters(once).text
    assert twice == once


def test_the_table_is_one_to_one_and_final() -> None:
    table = folding()
    assert len(table) > 3000
    for code, char in table.items():
        assert len(char) == 1
        assert ord(char) != code
        assert ord(char) not in table, f"U+{code:04X} folds to {char!r}, which folds further"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("", ""),
        ("县", "县"),
        ("縣", "县"),
        (" ", " "),
        ("\ufeff", ""),
        ("\u200b", ""),
        ("\x00", ""),
        ("\ufeff县长", "县长"),
        ("\ufffd", "\ufffd"),
        ("\r\n", "\n"),
        ("第一行\r\n第二行", "第一行\n第二行"),
        ("段末 \u3000\n\n\u3000\u3000段首", "段末\n段首"),
        ("王\u3000\u3000某", "王 某"),
        ("王\u200b某", "王某"),
        ("软\u00ad连字", "软连字"),
        ("劉縣長，王書記。", "刘县长,王书记。"),
        ("ＡＢ１２％", "AB12%"),
        ("「第一書記」", "“第一书记”"),
        ("二○一八年", "二〇一八年"),
        ("①②⑩", "①②⑩"),
        ("艾合•买提", "艾合·买提"),
        ("甲&nbsp;乙&amp;丙", "甲 乙&丙"),
        ("乾隆、著名、會後、於某", "乾隆、著名、会后、于某"),
        ("\U00020000\U0001f600", "\U00020000\U0001f600"),
        ("\uf900\ufa0c", "岂兀"),
    ],
)
def test_folding(raw: str, text: str) -> None:
    chars = characters(raw)
    check(chars)
    assert chars.text == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("召開(kāi)會(huì)議", "召开会议"),
        ("書(shū)記", "书记"),
        ("書（shū）記", "书记"),
        ("會(huì)(中)", "会(中)"),
        ("日?qǐng)", "日?"),
        ("工\ufffdzuò)會(huì)", "工\ufffd会"),
        ("开(ka\u0304i)会", "开会"),
        ("他們(men)說(shuō)著(zhe)", "他们说著"),
        ("(中)", "(中)"),
        ("县(市)委书记", "县(市)委书记"),
        ("A(zhe)", "A(zhe)"),
        ("(zhe)", "(zhe)"),
        ("省(GDP)", "省(GDP)"),
        ("项目(app)上线", "项目(app)上线"),
        ("真的?去了)", "真的?去了)"),
        ("昨(22)日", "昨(22)日"),
        ("縣 (xiàn)", "县 (xiàn)"),
        ("旅游(lǚ)", "旅游"),
        ("女(nǚ)", "女"),
    ],
)
def test_pinyin(raw: str, text: str) -> None:
    chars = characters(raw)
    check(chars)
    assert chars.text == text


def test_pinyin_inside_a_mention_lies_in_its_raw_stretch_and_behind_it_does_not() -> None:
    raw = "縣委書(shū)記(jì)講(jiǎng)話"
    chars = characters(raw)
    assert chars.text == "县委书记讲话"
    assert raw[slice(*chars.to_raw(0, 4))] == "縣委書(shū)記"
    assert chars.from_raw(0, raw.index("講")) == (0, 4)


@pytest.mark.parametrize("raw", ["\ud800", "县长\udfff", "会\ud83d\ude00议", " \udc80 \udc81"])
def test_a_lone_surrogate_is_refused_with_its_place(raw: str) -> None:
    at = next(i for i, char in enumerate(raw) if "\ud800" <= char <= "\udfff")
    with pytest.raises(ValueError, match=rf"character {at} is .*U\+{ord(raw[at]):04X}"):
        characters(raw)


@given(st.text(st.characters(), max_size=6), st.characters(categories=["Cs"]))
def test_a_surrogate_never_comes_through(text: str, surrogate: str) -> None:
    with pytest.raises(ValueError, match=r"U\+D[89A-F]"):
        characters(text + surrogate)


def test_every_gold_span_comes_back_to_the_character(gold: list[Record]) -> None:
    for record in gold:
        chars = characters(record.text)
        check(chars)
        for span in record.spans:
            start, end = chars.from_raw(span.start, span.end)
            assert start < end
            assert chars.to_raw(start, end) == (span.start, span.end), (record.id, span)


@pytest.mark.parametrize(
    ("surface", "normal"),
    [
        ("劉成鳴", "刘成鸣"),
        ("州委書(shū)記", "州委书记"),
        ("李\u3000明", "李明"),
        ("李 \n明", "李明"),
        ("縣（市）委書記", "县(市)委书记"),
        ("", ""),
    ],
)
def test_norm(surface: str, normal: str) -> None:
    assert norm(surface) == normal
    assert norm(normal) == normal


def test_a_long_text_takes_linear_time() -> None:
    raw = "會(huì)議要求，各縣 " * 100_000
    chars = characters(raw)
    assert len(chars) == 8 * 100_000
    assert chars.to_raw(len(chars) - 8, len(chars)) == (len(raw) - 13, len(raw))
