"""Tables from the records of many texts."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from data.inline import parse
from model.cli import main as console
from model.collect import DIRECTIVES, OFFICIALS, collect, main, organisation, place_of
from model.record import from_raw_spans
from model.schema import Record, Span


def record(source: str, id: str, date: str | None = None) -> Record:
    text, spans = parse(source)
    made = from_raw_spans(text, [Span(s.start, s.end, s.label) for s in spans])
    return replace(made, id=id, date=date)


RECORDS = [
    record("<p>临江县县长</p><o>王明</o>要求，<d>各乡镇要抓紧</d>。", "a", "2019-03-01"),
    record("<p>临江县委书记</p><o>王明</o>、<p>县委副书记</p><o>李红</o>出席。", "b", "2021-03-01"),
    record("<p>东阿县县长</p><o>王明</o>讲话。", "c", "2019-04-01"),
    record("会议要求，<d>要抓紧</d>。", "d"),
]


def test_tables() -> None:
    people, demands = collect(iter(RECORDS))
    rows = [dict(zip(OFFICIALS, row, strict=True)) for row in people]
    assert [(r["person"], r["name"], r["post"]) for r in rows] == [
        (1, "王明", "临江县县长"),
        (1, "王明", "临江县委书记"),
        (2, "李红", "县委副书记"),
        (3, "王明", "东阿县县长"),
    ]
    assert rows[0]["organisation"] == "临江县"
    assert (rows[0]["first"], rows[0]["last"], rows[0]["texts"]) == ("2019-03-01", "2019-03-01", 1)
    first, second = (dict(zip(DIRECTIVES, row, strict=True)) for row in demands)
    assert (first["issuer"], first["person"], first["addressee"]) == ("王明", 1, "各乡镇")
    assert (second["issuer"], second["person"], second["date"]) == ("会议", None, None)
    assert RECORDS[0].text[first["start"] : first["end"]] == first["demand"]  # type: ignore[misc]


def test_organisations_and_places() -> None:
    assert organisation("县教育局党组书记") == "县教育局"
    assert organisation("副县长") == ""
    assert place_of(RECORDS[0]) == "临江县"
    assert place_of(Record("东阿县召开会议。")) == "东阿县"
    assert place_of(Record("会议召开。")) is None


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "r.jsonl"
    source.write_text("".join(r.dumps() + "\n" for r in RECORDS), "utf-8")
    out = tmp_path / "tables"
    assert console(["collect", str(source), "-o", str(out)]) == 0
    assert "4 texts: 3 people, 4 posts, 2 demands" in capsys.readouterr().err
    with (out / "officials.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["name"] for row in csv.DictReader(file)] == ["王明", "王明", "李红", "王明"]
    assert not list(out.glob("*.partial"))
    source.write_text("{}\n", "utf-8")
    assert main([str(source), "-o", str(out)]) == 1
    assert "r.jsonl, line 1" in capsys.readouterr().err
    source.write_bytes("县长".encode("gbk"))
    assert main([str(source), "-o", str(out)]) == 1
    assert "is not UTF-8" in capsys.readouterr().err
    assert main([str(tmp_path / "none"), "-o", str(out)]) == 1
