"""The corpus's index and split."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

import data.split
from data.split import (
    KINDS,
    SHARE,
    WAVES,
    Entry,
    assign,
    main,
    read_index,
    sentences,
    shared_sentences,
    split_records,
    wave_of,
    write_index,
    writer_of,
)
from model.schema import Record


def test_every_text_is_in_the_index_once(corpus: list[Record]) -> None:
    index = read_index()
    assert sorted(index) == sorted(str(record.id) for record in corpus)
    for record in corpus:
        entry = index[str(record.id)]
        assert entry.length == len(record.text)
        assert entry.kind in KINDS


def test_the_split_is_the_hash_and_keeps_its_share() -> None:
    entries = list(read_index().values())
    assert assign(entries) == entries
    # The order of the index does not matter, and another seed gives another split.
    assert {e.id: e for e in assign(entries[::-1])} == {e.id: e for e in entries}
    assert assign(entries, seed="other") != entries
    count = Counter(entry.split for entry in entries)
    assert count["dev"] == pytest.approx(SHARE * len(entries), abs=1)
    kinds = Counter(entry.kind for entry in entries if entry.split == "dev")
    assert set(kinds) == {entry.kind for entry in entries}


def test_later_texts_never_move_earlier_ones() -> None:
    entries = list(read_index().values())
    waves = [wave_of(writer_of(entry.id)) for entry in entries]
    for last in sorted(set(waves)):
        early = [e for e, wave in zip(entries, waves, strict=True) if wave <= last]
        assert assign(early) == early
    assert [wave_of(f"w{last + more}") for last in WAVES[:1] for more in (0, 1)] == [0, 1]


def test_no_sentence_stands_on_both_sides(corpus: list[Record]) -> None:
    assert shared_sentences(corpus, read_index()) == {}


def test_a_sentence_on_both_sides_is_found(corpus: list[Record]) -> None:
    index = read_index()
    train = next(r for r in corpus if index[str(r.id)].split == "train")
    dev = next(r for r in corpus if index[str(r.id)].split == "dev")
    sentence = "全县各级各部门要把防汛抗旱工作放在突出位置抓紧抓实"
    both = [replace(r, text=f"{r.text}\n{sentence}。") for r in (train, dev)]
    found = shared_sentences(both, index)
    assert found == {sentence: [train.id, dev.id]}
    assert shared_sentences([both[0], replace(both[0])], index) == {}


def test_sentences_are_reduced_to_their_characters() -> None:
    long = "各乡镇各部门要认真贯彻落实本次会议精神要求"
    assert sentences(f"{long[:9]}，{long[9:]}。短句。") == {long}
    assert sentences(f"{long[:10]}\n{long[10:]}") == set()


def test_records_of_a_split(corpus: list[Record]) -> None:
    train, dev = split_records("train"), split_records("dev")
    assert not {r.id for r in train} & {r.id for r in dev}
    assert len(train) + len(dev) == len(corpus)
    assert all(r.kind in KINDS for r in train + dev)


def test_writing_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "index.csv"
    entries = list(read_index().values())
    write_index(entries, path)
    assert list(read_index(path).values()) == entries
    assert path.read_bytes() == data.split.INDEX.read_bytes()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a_1,poem,甲县,2020,10,train", "kind 'poem'; expected one of"),
        ("a_1,notice,甲县,2020,10,test", "split 'test'; expected train or dev"),
        ("a_1,notice,甲县,20,10,dev", "no number"),
        ("a_1,notice,甲县,2020,ten,dev", "no number"),
        ("a_0,notice,甲县,2020,10,dev", "a_0 twice"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    path = tmp_path / "index.csv"
    head = "id,kind,place,year,length,split\na_0,notice,甲县,,10,train\n"
    path.write_text(f"{head}{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=message) as caught:
        read_index(path)
    assert str(caught.value).startswith(f"{path}:3: ")


def test_the_command(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert main([]) == 0
    index = read_index()
    first = next(iter(index))
    other = "dev" if index[first].split == "train" else "train"
    wrong = {**index, first: replace(index[first], split=other)}
    monkeypatch.setattr(data.split, "read_index", lambda: wrong)
    assert main([]) == 1
    assert f"{first}: split {other}, expected" in capsys.readouterr().err
    monkeypatch.setattr(
        data.split, "read_index", lambda: {**index, "x_1": Entry("x_1", "notice", "", "", 1, "dev")}
    )
    assert main([]) == 1
    assert "x_1: no text" in capsys.readouterr().err


def test_writers() -> None:
    assert writer_of("w10_001") == "w10"
