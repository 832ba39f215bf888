"""Scores: strict ones equal seqeval's, the others hold against cases worked out by hand."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.evaluate import (
    Count,
    attribute_counts,
    fingerprint,
    interval,
    joint_counts,
    main,
    read_gold,
    relaxed,
    report,
    sentence_classes,
    strict,
    strict_counts,
    table,
    total,
    with_sums,
)
from model.labels import LAYERS, TAGS, encode
from model.schema import LABELS, Record, SchemaError, Span

Place = tuple[int, int, str]


def tag_rows(length: int, spans: list[Span]) -> dict[str, list[str]]:
    """The IOB2 tags of each layer, by name."""
    out = {}
    for layer in LAYERS:
        ids = encode(length, [(s.start, s.end, s.label) for s in spans if s.layer == layer], layer)
        out[layer] = [TAGS[layer][i] for i in ids]
    return out


def compare(lengths: list[int], gold: list[list[Span]], found: list[list[Span]]) -> None:
    """Strict counts against seqeval on the same tags, layer by layer and label by label."""
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    counts = strict_counts(gold, found)
    for layer, labels in LAYERS.items():
        wanted, got = (
            [tag_rows(n, spans)[layer] for n, spans in zip(lengths, side, strict=True)]
            for side in (gold, found)
        )
        names = sorted({tag[2:] for row in wanted + got for tag in row if tag != "O"})
        if not names:
            continue
        rows = classification_report(
            wanted, got, mode="strict", scheme=IOB2, output_dict=True, zero_division=0
        )
        for name in names:
            count, row = counts[name], rows[name]
            assert name in labels
            assert count.wanted == row["support"]
            # Where nothing is wanted or found seqeval leaves a figure at 0.
            if count.found and count.wanted:
                assert count.precision == pytest.approx(row["precision"])
                assert count.recall == pytest.approx(row["recall"])
            assert count.f1 == pytest.approx(row["f1-score"])
        whole = counts["entities" if layer == "entity" else "DIRECTIVE"]
        assert whole.f1 == pytest.approx(rows["micro avg"]["f1-score"])


@st.composite
def documents(draw: st.DrawFn) -> tuple[int, list[Span], list[Span]]:
    """A length and two sides of spans that often agree."""
    length = draw(st.integers(1, 20))
    sides: list[list[Span]] = [[], []]
    for labels in LAYERS.values():
        for side in sides:
            cuts = sorted(draw(st.lists(st.integers(0, length), max_size=6, unique=True)))
            side += [
                Span(a, b, draw(st.sampled_from(labels)))
                for a, b in pairwise(cuts)
                if draw(st.booleans())
            ]
        shared = [s for s in sides[0] if s.label in labels and draw(st.booleans())]
        others = [
            s
            for s in sides[1]
            if s.label not in labels or all(s.end <= t.start or t.end <= s.start for t in shared)
        ]
        sides[1] = [*others, *shared]
    return length, *sides  # type: ignore[return-value]


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(max_examples=60)
@given(st.lists(documents(), min_size=1, max_size=4))
def test_strict_scores_equal_seqeval(cases: list[tuple[int, list[Span], list[Span]]]) -> None:
    lengths, gold, found = ([case[i] for case in cases] for i in range(3))
    compare(lengths, gold, found)


def perturbed(record: Record, draw: random.Random) -> list[Span]:
    """Spans as a middling model gives them: some lost, some cut short, some of another label."""
    out = []
    for span in record.spans:
        chance = draw.random()
        if chance < 0.15:
            continue
        if chance < 0.3 and span.end - span.start > 1:
            span = replace(span, end=span.end - 1)
        elif chance < 0.4 and span.layer == "entity":
            span = replace(span, label=draw.choice(LAYERS["entity"]))
        out.append(span)
    return out


def test_strict_scores_equal_seqeval_on_texts(corpus: list[Record]) -> None:
    draw = random.Random(4)
    records = corpus[::6]
    found = [perturbed(record, draw) for record in records]
    gold = [list(record.spans) for record in records]
    compare([len(record.text) for record in records], gold, found)
    counts = strict_counts(gold, found)
    assert all(0.5 < counts[label].f1 < 0.95 for label in LABELS)


def test_gold_against_itself_is_perfect(gold: list[Record]) -> None:
    scores = report(gold, gold, rounds=20)
    assert all(row["f1"] == 1 for row in scores["spans"].values())
    assert scores["directive_relaxed"]["f1"] == scores["directive_sentences"]["f1"] == 1
    for name, row in scores["attributes"].items():
        assert row["accuracy"] == 1 or (row["of_spans"] == 0 and name in ("to", "deadline", "kind"))
    assert set(scores["documents"].values()) == {1.0}
    assert scores["spans"]["both"]["wanted"] == sum(len(record.spans) for record in gold)


def test_counts() -> None:
    count = Count(3, 4, 6)
    assert (count.precision, count.recall, count.f1) == (0.75, 0.5, 0.6)
    assert (Count().precision, Count().recall, Count().f1) == (1, 1, 1)
    assert (Count(0, 2, 0).precision, Count(0, 2, 0).recall, Count(0, 2, 0).f1) == (0, 0, 0)
    assert (Count(0, 0, 2).precision, Count(0, 0, 2).recall, Count(0, 0, 2).f1) == (0, 0, 0)
    assert count + Count(1, 1, 1) == Count(4, 5, 7)
    assert total([{"a": count}, {"a": count, "b": Count(0, 1, 0)}]) == {
        "a": Count(6, 8, 12),
        "b": Count(0, 1, 0),
    }


def test_strict_by_hand() -> None:
    gold = [Span(0, 2, "TITLE"), Span(2, 4, "OFFICIAL"), Span(5, 9, "DIRECTIVE")]
    found = [Span(0, 2, "OFFICIAL"), Span(2, 4, "OFFICIAL"), Span(5, 8, "DIRECTIVE")]
    counts = with_sums(strict(gold, found))
    assert list(counts) == ["entities", "OFFICIAL", "TITLE", "DATE", "DIRECTIVE", "both"]
    assert counts["OFFICIAL"] == Count(1, 2, 1)
    assert counts["TITLE"] == Count(0, 0, 1)
    assert counts["DATE"] == Count()
    assert counts["DIRECTIVE"] == Count(0, 1, 1)
    assert counts["entities"] == Count(1, 2, 2)
    assert counts["both"] == Count(1, 3, 3)


@pytest.mark.parametrize(
    ("gold", "found", "right"),
    [
        ((0, 10), (0, 10), 1),
        ((0, 10), (0, 8), 1),
        ((0, 10), (2, 10), 1),
        ((0, 10), (0, 7), 0),
        ((0, 10), (1, 11), 1),
        ((0, 10), (2, 12), 0),
        ((0, 10), (10, 20), 0),
    ],
)
def test_near_directives(gold: tuple[int, int], found: tuple[int, int], right: int) -> None:
    a, b = [Span(*gold, "DIRECTIVE")], [Span(*found, "DIRECTIVE")]
    assert relaxed(a, b) == relaxed(b, a) == Count(right, 1, 1)
    assert relaxed([Span(*gold, "DATE")], b) == Count(0, 1, 0)


def test_sentences_with_a_directive() -> None:
    text = "会议召开。要抓实；要抓细！会后参观\n要抓好？"
    first, second, third = (Span(at, at + 3, "DIRECTIVE") for at in (5, 9, 18))
    assert [text[s.start : s.end] for s in (first, second, third)] == ["要抓实", "要抓细", "要抓好"]
    found = [Span(6, 11, "DIRECTIVE"), Span(13, 15, "DIRECTIVE")]
    assert sentence_classes(text, [first, third], found) == Count(1, 3, 2)
    assert sentence_classes(text, [first, second, third], []) == Count(0, 0, 3)
    assert sentence_classes("", [], []) == Count()


def test_attributes_by_hand() -> None:
    gold = [
        Span(0, 2, "TITLE", of="劉某、王（wáng）某"),
        Span(2, 4, "TITLE"),
        Span(4, 6, "TITLE", of="李某"),
        Span(6, 8, "DATE", value="2021-06-30", mod="BEFORE"),
        Span(8, 10, "DATE", value="2021-06"),
        Span(10, 12, "DATE"),
        Span(12, 15, "DIRECTIVE", by="會議"),
        Span(15, 18, "DIRECTIVE", by="李某"),
        Span(20, 22, "DIRECTIVE", to="各县、各乡", deadline="2021-06-30", kind="urge"),
        Span(18, 20, "OFFICIAL"),
    ]
    found = [
        replace(gold[0], of="王某、刘 某"),
        replace(gold[1], of="李某"),
        replace(gold[3], mod=None),
        gold[4],
        gold[5],
        replace(gold[6], by="会议"),
        replace(gold[7], by=None),
        replace(gold[8], to="各乡、各縣", deadline=None),
        gold[9],
    ]
    gold[0] = replace(gold[0], of="劉某、王某")
    assert attribute_counts(gold, found) == {
        "of": Count(1, 2, 3),
        "by": Count(2, 3, 3),
        "value+mod": Count(2, 3, 3),
        "to": Count(1, 1, 1),
        "deadline": Count(0, 1, 1),
        "kind": Count(1, 1, 1),
    }


def some_records(count: int = 12) -> list[Record]:
    """Own small texts with spans, of two kinds."""
    out = []
    for i in range(count):
        text = f"县长王某要求，要抓好第{i}项。"
        spans = (
            Span(0, 2, "TITLE", of="王某"),
            Span(2, 4, "OFFICIAL"),
            Span(7, len(text) - 1, "DIRECTIVE", by="王某"),
        )
        out.append(Record(text, spans, id=f"t{i}", kind=("meeting", "notice")[i % 2]))
    return out


def test_the_interval_is_seeded_and_holds_the_measure() -> None:
    draw = random.Random(2)
    values = [draw.gauss(5, 1) for _ in range(200)]

    def mean(chosen: object) -> float:
        assert isinstance(chosen, list)
        return sum(chosen) / len(chosen)

    low, high = interval(values, mean, 1000, seed=1)
    assert (low, high) == interval(values, mean, 1000, seed=1)
    assert (low, high) != interval(values, mean, 1000, seed=2)
    assert low < mean(values) < high
    # 1.96 standard errors to either side.
    assert high - low == pytest.approx(2 * 1.96 / 200**0.5, rel=0.25)
    assert interval([3.0], mean, 50) == (3.0, 3.0)
    assert interval([], mean) == (0.0, 0.0)


def test_the_report() -> None:
    gold = some_records()
    found = [
        replace(r, spans=r.spans[1:] if i % 3 == 0 else r.spans, kind=None)
        for i, r in enumerate(gold)
    ]
    scores = report(gold, found, rounds=200)
    assert scores == report(gold, found, rounds=200)
    assert scores["texts"] == 12
    assert scores["characters"] == sum(len(r.text) for r in gold)
    title = scores["spans"]["TITLE"]
    assert (title["right"], title["found"], title["wanted"], title["f1"]) == (8, 8, 12, 0.8)
    assert 0 < title["interval"][0] <= 0.8 <= title["interval"][1] <= 1
    assert scores["attributes"]["of"] == {
        "accuracy": 1.0,
        "of_spans": 8,
        "recall": round(8 / 12, 4),
        "f1": 0.8,
    }
    assert scores["attributes"]["value+mod"]["accuracy"] is None
    assert scores["documents"]["t0"] == 0.8
    assert set(scores["kinds"]) == {"meeting", "notice"}
    assert scores["kinds"]["meeting"]["texts"] == 6
    shown = table(scores, documents=True)
    assert "worst document (micro over both layers): t0 with 0.800" in shown
    assert "TITLE (strict)" in shown
    assert sum(line.startswith("  t") for line in shown.splitlines()) == 12


def test_another_text_is_refused() -> None:
    gold = some_records(2)
    other = [gold[0], replace(gold[1], text="县长李" + gold[1].text[3:])]
    with pytest.raises(SchemaError, match=r"'t1'.*differ from character 2 on"):
        report(gold, other)


def test_the_fingerprint_follows_texts_and_spans_only() -> None:
    records = some_records(3)
    print_ = fingerprint(records)
    assert print_ == fingerprint([replace(r, id=None, kind=None) for r in records])
    assert print_ != fingerprint([*records[:2], replace(records[2], spans=())])
    assert print_ != fingerprint(records[:2])


def write(path: Path, records: list[Record]) -> Path:
    """Write records as JSONL, the attributes of the first under `attrs`."""
    rows = [record.to_json() for record in records]
    for span in rows[0]["spans"]:
        span["attrs"] = {k: span.pop(k) for k in ("of", "by", "value", "mod") if k in span}
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    path.write_text("".join(lines), encoding="utf-8")
    return path


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    records = some_records()
    gold = write(tmp_path / "gold.jsonl", records)
    found = write(tmp_path / "found.jsonl", [replace(r, spans=r.spans[:2]) for r in records])
    out = tmp_path / "scores.json"
    assert main([str(gold), str(found), "--json", str(out), "--documents"]) == 0
    scores = json.loads(out.read_text(encoding="utf-8"))
    assert scores["gold"] == str(gold)
    assert scores["sha256"] == fingerprint(records)
    assert scores["spans"]["entities"]["f1"] == 1
    assert scores["spans"]["DIRECTIVE"]["f1"] == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    assert scores["sha256"][:12] in shown.out


def test_the_command_reads_every_form_of_gold(tmp_path: Path, corpus: list[Record]) -> None:
    from data.inline import dump

    records = corpus[:3]
    folder = tmp_path / "gold"
    folder.mkdir()
    for record in records:
        source = dump(record.text, record.spans) + "\n"
        (folder / f"{record.id}.inl").write_bytes(source.encode())
    assert read_gold(folder) == records
    assert read_gold(folder / f"{records[1].id}.inl") == [records[1]]
    dev, train = read_gold(Path("corpus-dev")), read_gold(Path("corpus-train"))
    assert {r.id for r in dev} | {r.id for r in train} == {r.id for r in corpus}
    assert all(r.kind for r in dev)


@pytest.mark.parametrize(
    ("gold", "found", "message"),
    [
        ("missing.jsonl", None, "missing.jsonl"),
        ("empty.jsonl", None, "no records"),
        ("bytes.jsonl", None, "bytes.jsonl: not UTF-8"),
        ("gold.jsonl", "missing.jsonl", "missing.jsonl"),
        ("gold.jsonl", "short.jsonl", "11 records; "),
        ("gold.jsonl", "other.jsonl", "differ from character"),
        ("gold.jsonl", "broken.jsonl", "broken.jsonl, line 1, column 1: not JSON"),
        ("gold.jsonl", "list.jsonl", "list.jsonl, line 1: the record is [1]; expected an object"),
        ("gold.jsonl", "bytes.jsonl", "bytes.jsonl: not UTF-8"),
        ("folder", None, "no .inl files"),
        ("bad.inl", None, "bad.inl:1:1: <o> is never closed"),
    ],
)
def test_the_command_says_in_one_line_what_is_wrong(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    gold: str,
    found: str | None,
    message: str,
) -> None:
    records = some_records()
    write(tmp_path / "gold.jsonl", records)
    write(tmp_path / "short.jsonl", records[1:])
    write(tmp_path / "other.jsonl", records[::-1])
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    (tmp_path / "broken.jsonl").write_text("县长\n", encoding="utf-8")
    (tmp_path / "list.jsonl").write_text("[1]\n", encoding="utf-8")
    (tmp_path / "bytes.jsonl").write_bytes("县长\n".encode("gb18030"))
    (tmp_path / "bad.inl").write_text("<o>王某\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    argv = [str(tmp_path / gold), *([str(tmp_path / found)] if found else [])]
    assert main(argv) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("error: ")
    assert message in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize("argv", [[], ["gold.jsonl", "--engine", "gpu"], ["--unknown", "x"]])
def test_wrong_usage(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(argv)
    assert caught.value.code == 2
    assert "usage: python -m data.evaluate" in capsys.readouterr().err


def test_joint_f1_counts_wrong_spans_and_wrong_attributes_alike() -> None:
    gold = [Span(0, 2, "TITLE", of="王明"), Span(3, 5, "TITLE"), Span(6, 9, "DIRECTIVE", by="县委")]
    found = [Span(0, 2, "TITLE", of="王明"), Span(3, 5, "TITLE", of="李红"), Span(7, 9, "TITLE")]
    counts = joint_counts(gold, found)
    assert counts["of"] == Count(1, 3, 2)
    assert counts["by"] == Count(0, 0, 1)
    assert counts["to"] == Count()


def test_gold_sets_scored_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, text in (("a", "<o>王明</o>到会。"), ("b", "<o>李红</o>到会。")):
        (tmp_path / f"{name}.inl").write_text(text, encoding="utf-8")
    command = [str(tmp_path / "a.inl"), "--also", str(tmp_path / "b.inl"), "--gold-spans"]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("2 texts")
    assert f"set {command[0]} and {command[2]}, sha256" in shown
    assert main(["--also", command[2], command[0], "--gold-spans", "--documents"]) == 0
    assert "a/" in capsys.readouterr().out
