"""Drawing texts for a second annotation, and scoring it."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.agreement import differences, drawn, main
from data.inline import parse
from model.schema import Record

IDS = [f"w{i}_{k:03}" for i in range(10) for k in range(20)]


def test_the_draw_is_the_hash_and_keeps_its_share() -> None:
    ids = drawn(IDS)
    assert len(ids) == 16
    assert ids == drawn(IDS[::-1]) == sorted(ids)
    assert set(ids) < set(drawn(IDS, share=0.2)) < set(IDS)
    assert ids != drawn(IDS, seed="another")


def write(folder: Path, name: str, source: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.inl").write_text(source + "\n", "utf-8")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    write(first, "a", '<o>王明</o><p of="王明">县长</p>说，<d by="王明">要抓紧</d>。')
    write(first, "b", "没有。")
    assert main(["draw", str(tmp_path / "bare"), "--gold", str(first), "--share", "1"]) == 0
    assert (tmp_path / "bare" / "a.txt").read_text("utf-8") == "王明县长说，要抓紧。\n"
    assert main(["draw", str(tmp_path / "bare"), "--gold", str(first), "--share", "-1"]) == 1
    assert "--share -1.0; expected" in capsys.readouterr().err
    write(second, "a", "<o>王明</o><p>县长</p>说，<d>要抓紧</d>。")
    assert main(["score", str(second), "--first", str(first), "--list"]) == 0
    out = capsys.readouterr().out
    assert "TITLE (strict)" in out
    assert "a 2-4 TITLE 县长: {'of': '王明'} / {}" in out
    write(second, "c", "别的。")
    assert main(["score", str(second), "--first", str(first)]) == 1
    assert "c: not among the first annotations" in capsys.readouterr().err
    (second / "c.inl").unlink()
    write(second, "b", "没有！")
    assert main(["score", str(second), "--first", str(first)]) == 1
    assert "differ from character 2" in capsys.readouterr().err


def test_differences() -> None:
    sides = ["<o>王明</o>说，<d>要抓紧</d>。", '<o>王明</o>说，<d by="王明">要抓紧</d>。']
    a, b = (Record(*(lambda t, s: (t, tuple(s)))(*parse(side)), id="x") for side in sides)
    assert list(differences(a, a)) == []
    assert list(differences(a, b)) == ["x 4-7 DIRECTIVE 要抓紧: {} / {'by': '王明'}"]
