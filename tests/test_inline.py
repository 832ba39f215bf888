"""The inline form: one spelling for each annotated text, and a place for every error."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.inline import EDGES, InlineError, dump, main, parse, read_file, read_folder
from model.schema import ALLOWED, CLOSED, Record, Span

TEXT = "州委书记王某强调，7月1日前要开工。"
SOURCE = (
    '<p of="王某">州委书记</p><o>王某</o>强调，'
    '<d by="王某"><t v="2021-07-01" mod="BEFORE">7月1日前</t>要开工</d>。'
)
SPANS = [
    Span(0, 4, "TITLE", of="王某"),
    Span(4, 6, "OFFICIAL"),
    Span(9, 17, "DIRECTIVE", by="王某"),
    Span(9, 14, "DATE", value="2021-07-01", mod="BEFORE"),
]
ALPHABET = "县长王某年月日七要<>&\"'=/ \n\r\t\u3000。，,.!?x\ufffd\u2028\U00020000"
VALUES = st.text(st.sampled_from('王某、<>&"=;/ 县'), min_size=1, max_size=6)


def proper(text: str, start: int, end: int) -> bool:
    """Whether a span may begin and end there."""
    edges = (text[start], text[end - 1])
    return not any(edge.isspace() or edge in EDGES for edge in edges)


@st.composite
def annotated(draw: st.DrawFn) -> tuple[str, list[Span]]:
    """A text with spans of both layers that the inline form can write."""
    text = draw(st.text(st.sampled_from(ALPHABET), max_size=40))
    spans: list[Span] = []
    for labels in (("DIRECTIVE",), ("OFFICIAL", "TITLE", "DATE")):
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
        for start, end in pairwise(cuts):
            if start == end or not draw(st.booleans()) or not proper(text, start, end):
                continue
            # Directives come first; an entity lies inside of one or outside of all.
            around = [s for s in spans if s.label == "DIRECTIVE" and labels != ("DIRECTIVE",)]
            if any(s.start < end and start < s.end and not s.start <= start < end <= s.end
                   for s in around):  # fmt: skip
                continue
            label = draw(st.sampled_from(labels))
            attrs = {
                name: draw(st.sampled_from(CLOSED[name]) if name in CLOSED else VALUES)
                for name in ALLOWED[label]
                if draw(st.booleans())
            }
            spans.append(Span(start, end, label, **attrs))
    return text, sorted(spans, key=lambda s: (s.start, -s.end, s.label != "DIRECTIVE"))


def test_reading_and_writing_an_example() -> None:
    assert parse(SOURCE) == (TEXT, SPANS)
    assert dump(TEXT, reversed(SPANS)) == SOURCE


@given(annotated())
def test_writing_and_reading_is_the_identity(case: tuple[str, list[Span]]) -> None:
    text, spans = case
    source = dump(text, spans)
    assert parse(source) == (text, spans)
    assert dump(*parse(source)) == source


@given(st.text(st.sampled_from('<>/&;"= opdtvby县。lgtmodx'), max_size=30))
def test_whatever_is_read_is_written_the_same(source: str) -> None:
    try:
        text, spans = parse(source)
    except InlineError:
        return
    assert dump(text, spans) == source


def test_all_gold_texts_go_both_ways(gold: list[Record]) -> None:
    for record in gold:
        bare = [replace(s, norm=None, score=None, guessed=()) for s in record.spans]
        source = dump(record.text, bare)
        text, spans = parse(source, str(record.id))
        assert text == record.text
        assert spans == sorted(bare, key=lambda s: (s.start, -s.end, s.label != "DIRECTIVE"))


def test_every_file_of_the_corpus_is_in_the_one_form() -> None:
    paths = sorted((Path(__file__).parent.parent / "data" / "corpus").glob("*.inl"))
    assert len(paths) > 500
    for path in paths:
        source = path.read_bytes().decode("utf-8")
        assert source.endswith("\n")
        assert dump(*parse(source[:-1], path.name)) == source[:-1]


# `|` marks the place that the message must name.
@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("县长\n王|>某", "'>' outside a tag"),
        ("甲|&乙", "'&'; write '&' of the text as &amp;"),
        ("甲|&nbsp;乙", "'&nbsp;'"),
        ("甲|&quot;乙", "'&quot;'"),
        ("甲|&lt乙", "'&lt'"),
        ("甲|< 乙", "expected a tag of o, p, t, d"),
        ("甲|<o >乙</o>", "expected a tag"),
        ("甲|<p of='乙'>丙</p>", "expected a tag"),
        ("甲|<P>乙</P>", "expected a tag"),
        ("甲|<x>乙</x>", "the tag <x>; expected one of o, p, t, d"),
        ("\n\n<o>甲</o>|</o>", "found </o>; expected no closing tag"),
        ("<d>要<o>甲|</d></o>", "found </d>; expected </o>"),
        ('<p>县长|</p of="甲">', "a closing tag has no attributes"),
        ("甲|<o></o>乙", "<o> is empty"),
        ("甲|<o> 乙</o>", "begins or ends with ' '"),
        ("甲<o>乙|</o>。\n<d>要做。|</d>".replace("乙|", "乙"), "begins or ends with '。'"),
        ("|<d>，要做</d>", "begins or ends with '，'"),
        ("<o>甲\u3000|</o>", "begins or ends with"),
        ("<o>甲\n|</o>", "begins or ends with"),
        ("<p>县|<d>要做</d></p>", "<d> inside <p>"),
        ("<d>要|<d>做</d></d>", "<d> inside <d>"),
        ("<p>县|<o>甲</o></p>", "<o> inside <p>; entities do not overlap"),
        ("<d>要<p>县|<t>今年</t></p></d>", "<t> inside <p>"),
        ('<o| of="甲">乙</o>', "<o> has no attribute 'of'"),
        ('<p of="甲"| by="乙">县长</p>', "<p> has no attribute 'by'"),
        ('<t| value="2021">今年</t>', "<t> has no attribute 'value'"),
        ('<p of="甲"| of="乙">县长</p>', "attribute 'of' twice"),
        ('<p| of="">县长</p>', "attribute 'of' is empty"),
        ('<p of="|&nbsp;">县长</p>', "'&nbsp;'"),
        ('<t v="2021"| mod="LATE">今年</t>', "mod is 'LATE'; expected one of BEFORE"),
        ('<d| kind="wish">要干</d>', "kind is 'wish'; expected one of require"),
        ('<d |kind="urge" to="各县">要干</d>', "the one form is"),
        ('<t |mod="END" v="2021">今年底</t>', "the one form is"),
        ("甲\n乙|<o>丙", "<o> is never closed"),
        ("甲|<d>要<o>丙</o>", "<d> is never closed"),
    ],
)
def test_errors_name_the_place(marked: str, message: str) -> None:
    source = marked.replace("|", "")
    offset = marked.index("|")
    with pytest.raises(InlineError) as caught:
        parse(source, "text.inl")
    error = caught.value
    assert message in str(error)
    line = source.count("\n", 0, offset) + 1
    column = offset - source.rfind("\n", 0, offset)
    assert str(error).startswith(f"text.inl:{error.line}:{error.column}: ")
    assert error.line == line
    # Inside an attribute the place is near: that of the attribute or within it.
    assert abs(error.column - column) <= (5 if 'of="|' in marked else 0), str(error)


def test_crossing_spans_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="cross"):
        dump("甲乙丙丁", [Span(0, 2, "DIRECTIVE"), Span(1, 3, "TITLE")])


def test_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad, bytes_ = (tmp_path / f"{name}.inl" for name in ("good", "bad", "bytes"))
    good.write_bytes((SOURCE + "\n\n").encode())
    assert read_file(good) == Record(TEXT + "\n", tuple(SPANS), id="good")
    good.write_bytes(SOURCE.replace("。", "。\r\n末行").encode())
    assert read_file(good).text.endswith("\r\n末行")
    assert [r.id for r in read_folder(tmp_path)] == ["good"]
    assert main([str(good)]) == 0
    bad.write_text("第一行\n甲<o>乙\n", encoding="utf-8")
    bytes_.write_bytes(SOURCE.encode("gb18030"))
    missing = tmp_path / "missing.inl"
    capsys.readouterr()
    assert main([str(good), str(bad), str(bytes_), str(missing)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(f"{bad}:2:2: <o> is never closed")
    assert lines[1].startswith(f"{bytes_}:1:1: byte ")
    assert str(missing) in lines[2]


def test_a_folder_without_texts(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"no \.inl files"):
        read_folder(tmp_path)
