"""The command line: what it prints where, what it refuses, and how it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema  # type: ignore[import-untyped]
import pytest

from model import __version__, cli, predict
from model.checkpoint import CheckpointError
from model.schema import Record, Span

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "data" / "examples"
SIMPLE = "5月10日，县委书记闻某主持会议并讲话。\r\n他强调，各乡镇要抓好落实。\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(60)


class FakeTagger:
    """Marks the first character; reads ahead by `ahead` texts as the real one does by windows."""

    def __init__(self, ahead: int = 2, breaks: BaseException | None = None) -> None:
        self.ahead, self.breaks = ahead, breaks
        self.dates: list[str | None] = []
        self.calls = 0

    def predict_many(
        self,
        texts: Iterable[str],
        *,
        ids: Iterable[str | None] | None = None,
        dates: Iterable[str | None] | None = None,
    ) -> Iterator[Record]:
        self.calls += 1
        days = iter(dates or ())
        waiting: list[str] = []
        for text in texts:
            self.dates.append(next(days))
            waiting.append(text)
            if len(waiting) >= self.ahead:
                yield from map(self._record, waiting)
                waiting = []
                if self.breaks is not None:
                    raise self.breaks
        yield from map(self._record, waiting)

    def _record(self, text: str) -> Record:
        return Record(text, (Span(0, 1, "OFFICIAL"),), model="fake")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.err.splitlines()

    @property
    def records(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]


@pytest.fixture
def tagger(monkeypatch: pytest.MonkeyPatch) -> FakeTagger:
    """A tagger that needs no model, in the place of the one the options ask for."""
    fake = FakeTagger()
    monkeypatch.setattr(predict, "load", lambda args: fake)
    return fake


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes]) -> Run:
    """Runs the command in this process; what it and its libraries print is taken."""

    def call(*words: object) -> Outcome:
        try:
            code = predict.main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
        out, err = capfdbinary.readouterr()
        return Outcome(code, out.decode("utf-8"), err.decode("utf-8"))

    return call


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A text file that can be read."""
    path = tmp_path / "好 a.txt"
    path.write_bytes(SIMPLE.encode())
    return path


class Terminal(io.TextIOWrapper):
    """A stream that says it is a terminal."""

    def __init__(self, encoding: str = "utf-8") -> None:
        self.bytes = io.BytesIO()
        super().__init__(self.bytes, encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return True

    @property
    def shown(self) -> str:
        return self.bytes.getvalue().decode(self.encoding)


# What is printed


@pytest.mark.parametrize("value", ["1.5", "-0.1", "half", "nan", "", "0x1"])
def test_a_least_score_that_is_none(run: Run, tagger: FakeTagger, good: Path, value: str) -> None:
    result = run(good, "--min-score", value)
    assert result.code == predict.USAGE
    assert "no number from 0 to 1" in result.err or "expected one argument" in result.err


@pytest.mark.parametrize("value", ["0", "1", "0.5", ".75", "1.0"])
def test_the_least_score_reaches_the_tagger(
    monkeypatch: pytest.MonkeyPatch, run: Run, good: Path, value: str
) -> None:
    asked: list[float] = []

    def load(args: object) -> FakeTagger:
        asked.append(args.min_score)  # type: ignore[attr-defined]
        return FakeTagger()

    monkeypatch.setattr(predict, "load", load)
    assert run(good, "--min-score", value).code == predict.DONE
    assert asked == [float(value)]


def test_one_record_a_line(run: Run, tagger: FakeTagger, good: Path) -> None:
    result = run(good, "--date", "2024-05-10")
    assert (result.code, result.err) == (0, "")
    (record,) = result.records
    assert record["text"] == SIMPLE
    assert record["id"] == str(good)
    assert tagger.dates == ["2024-05-10"]


def test_many_files_go_through_one_stream_in_order(
    run: Run, tagger: FakeTagger, tmp_path: Path
) -> None:
    paths = []
    for i in range(5):
        paths.append(tmp_path / f"{i}.txt")
        paths[-1].write_text(f"第{i}号", encoding="utf-8")
    result = run(*paths)
    assert [(r["id"], r["text"]) for r in result.records] == [
        (str(path), f"第{i}号") for i, path in enumerate(paths)
    ]
    assert tagger.calls == 1


@pytest.mark.parametrize("ahead", [1, 2, 100])
def test_bad_inputs_do_not_stop_the_others(
    run: Run, tagger: FakeTagger, tmp_path: Path, good: Path, ahead: int
) -> None:
    tagger.ahead = ahead
    (tmp_path / "empty.txt").touch()
    (tmp_path / "image.txt").write_bytes(PNG)
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfd\xff text")
    bad = [
        tmp_path / "gone.txt",
        tmp_path,
        *(tmp_path / f"{n}.txt" for n in ("empty", "image", "odd")),
    ]
    other = tmp_path / "z.txt"
    other.write_text("另一", encoding="utf-8")
    result = run(*bad[:2], good, *bad[2:], other)
    assert result.code == 1
    assert [record["id"] for record in result.records] == [str(good), str(other)]
    assert len(result.lines) == len(bad)
    for line, path in zip(result.lines, bad, strict=True):
        assert f"{path}: " in line
    assert "Traceback" not in result.err


@pytest.mark.parametrize(
    ("name", "raw", "says"),
    [
        ("gone.txt", None, "no such file"),
        ("", None, "a directory"),
        ("empty.txt", b"", "empty"),
        ("image.png", PNG, "PNG"),
        ("odd.txt", b"\xff\xfd\xff text", "no known encoding"),
        ("long.txt", b"x" * 101, "over --max-bytes 100"),
    ],
)
def test_a_bad_input_is_one_line_and_needs_no_model(
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    raw: bytes | None,
    says: str,
) -> None:
    def load(args: object) -> None:
        raise AssertionError("the model was loaded for nothing")

    monkeypatch.setattr(predict, "load", load)
    path = tmp_path / name
    if raw is not None:
        path.write_bytes(raw)
    options = ["--max-bytes", "100"]
    result = run(path, *options)
    assert (result.code, result.out, len(result.lines)) == (1, "", 1)
    assert says in result.err
    assert str(path) in result.err
    assert "Traceback" not in result.err
    debugged = run(path, *options, "--debug")
    assert debugged.code == 1
    assert "Traceback" in debugged.err
    assert says in debugged.lines[-1]


def test_standard_input(run: Run, tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(SIMPLE.encode("gb18030"))))
    result = run("-")
    assert result.code == 0
    assert (result.records[0]["id"], result.records[0]["text"]) == ("stdin", SIMPLE)
    assert len(result.lines) == 1
    assert "GB18030" in result.err
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"")))
    empty = run("-")
    assert (empty.code, empty.out) == (1, "")
    assert "stdin: empty" in empty.err


def test_what_was_detected_is_said_unless_quiet(
    run: Run, tagger: FakeTagger, tmp_path: Path
) -> None:
    path = tmp_path / "gb.txt"
    path.write_bytes(SIMPLE.encode("gb18030"))
    (line,) = run(path).lines
    assert line.startswith(f"python -m model.predict: {path}: read as GB18030")
    assert run(path, "--quiet").err == ""
    assert run(path, "--encoding", "gbk").err == ""
    wrong = run(path, "--encoding", "utf-8")
    assert wrong.code == 1
    assert "not utf-8" in wrong.err


def test_formats(run: Run, tagger: FakeTagger, good: Path) -> None:
    assert "[5]月10日" in run(good, "--format", "text").out
    assert run(good, "--format", "csv").out.startswith("id,start,end")
    both = run(good, good, "--format", "html").out
    assert both.count("<!DOCTYPE") == both.count("</html>") == 1
    assert both.count("<section>") == 2
    assert run(good, good, "--format", "csv").out.count("id,start") == 1


def test_a_terminal_gets_coloured_text(
    tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch, good: Path
) -> None:
    def shown(*options: str, encoding: str = "utf-8") -> str:
        terminal = Terminal(encoding)
        monkeypatch.setattr("sys.stdout", terminal)
        assert predict.main([str(good), *options]) == 0
        return terminal.shown

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert "\x1b[1;31m5\x1b[0m" in shown()
    assert "\x1b" not in shown("--color", "never")
    assert json.loads(shown("--format", "jsonl"))["text"] == SIMPLE
    assert "县委书记" in shown(encoding="gb18030")
    assert "?" in shown(encoding="ascii")
    monkeypatch.setenv("NO_COLOR", "1")
    assert "[5]月" in shown()
    assert "\x1b[1;31m5" in shown("--color", "always")
    monkeypatch.setenv("NO_COLOR", "")
    assert "\x1b[1;31m5" in shown()
    monkeypatch.setenv("TERM", "dumb")
    assert "\x1b" not in shown()


def test_the_counter_is_for_people_only(
    run: Run, tagger: FakeTagger, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, good: Path
) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    run(good)
    run(good, good, "--quiet")
    assert terminal.shown == ""
    run(good, tmp_path / "gone.txt", good)
    assert "\r3/3 files" in terminal.shown
    assert terminal.shown.endswith("\r\x1b[K")
    assert "gone.txt: no such file" in terminal.shown


# Output files


def test_output_file(run: Run, tagger: FakeTagger, tmp_path: Path, good: Path) -> None:
    target = tmp_path / "out.jsonl"
    target.write_text("old", encoding="utf-8")
    target.chmod(0o640)
    result = run(good, "-o", target)
    assert (result.code, result.out, result.err) == (0, "", "")
    assert json.loads(target.read_bytes())["text"] == SIMPLE
    assert target.stat().st_mode & 0o777 == 0o640
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.jsonl", good.name]


def test_output_keeps_a_link_and_does_not_replace_a_device(
    run: Run, tagger: FakeTagger, tmp_path: Path, good: Path
) -> None:
    real, link = tmp_path / "real.jsonl", tmp_path / "link.jsonl"
    link.symlink_to(real)
    assert run(good, "-o", link).code == 0
    assert link.is_symlink()
    assert json.loads(real.read_bytes())
    null = Path(os.devnull)
    assert run(good, "-o", null).code == 0
    assert not null.is_file()
    assert json.loads(run(good, "-o", "-").out)


@pytest.mark.parametrize(
    "error", [RuntimeError("broken\ninside"), KeyboardInterrupt(), MemoryError()]
)
def test_nothing_half_written_stays(
    run: Run, tagger: FakeTagger, tmp_path: Path, good: Path, error: BaseException
) -> None:
    tagger.breaks = error
    target = tmp_path / "out.jsonl"
    target.write_text("old", encoding="utf-8")
    result = run(good, good, good, "-o", target)
    assert result.code == (130 if isinstance(error, KeyboardInterrupt) else 3)
    assert len(result.lines) == 1
    assert target.read_text(encoding="utf-8") == "old"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.jsonl", good.name]
    assert "Traceback" in run(good, good, "--debug").err


def test_without_a_record_there_is_no_output_file(
    run: Run, tagger: FakeTagger, tmp_path: Path
) -> None:
    target = tmp_path / "out.html"
    assert run(tmp_path / "gone.txt", "-o", target, "--format", "html").code == 1
    assert not target.exists()


def test_outputs_that_cannot_be_made(
    run: Run, tagger: FakeTagger, tmp_path: Path, good: Path
) -> None:
    for target, says in ((tmp_path / "no" / "out", "no folder"), (tmp_path, "a directory")):
        result = run(good, "-o", target)
        assert (result.code, result.out, len(result.lines)) == (2, "", 1)
        assert says in result.err
        assert str(target) in result.err
    assert tagger.calls == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk(run: Run, tagger: FakeTagger, good: Path) -> None:
    result = run(good, "-o", "/dev/full")
    assert result.code == 1
    assert len(result.lines) == 1
    assert "cannot be written" in result.err


# Usage


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["a.txt", "--format", "xml"],
        ["a.txt", "--date", "2024-13-01"],
        ["a.txt", "--date", "20240510"],
        ["a.txt", "--date", "昨天"],
        ["a.txt", "--max-bytes", "0"],
        ["a.txt", "--threads", "-1"],
        ["a.txt", "--threads", "two"],
        ["a.txt", "--engine", "onnx", "--device", "cuda"],
        ["a.txt", "--encoding", "no-such"],
        ["a.txt", "--nonsense"],
        ["a.txt", "--form", "csv"],
        ["-", "a.txt", "-"],
    ],
)
def test_wrong_usage(run: Run, tagger: FakeTagger, words: list[str]) -> None:
    result = run(*words)
    assert (result.code, result.out) == (2, "")
    assert "error: " in result.lines[-1]
    assert "Traceback" not in result.err
    assert tagger.calls == 0


def test_the_console_command(
    capfd: pytest.CaptureFixture[str], tagger: FakeTagger, good: Path
) -> None:
    assert cli.main(["--version"]) == 0
    assert capfd.readouterr().out == f"zhengling {__version__}\n"
    assert cli.main(["--help"]) == 0
    shown = capfd.readouterr()
    assert "zhengling predict report.txt" in shown.out
    assert shown.err == ""
    for words, says in ([], "usage"), (["predcit"], "'predict'"), (["编"], "no command '编'"):
        assert cli.main(words) == 2
        shown = capfd.readouterr()
        assert shown.out == ""
        assert says in shown.err
    assert cli.main(["predict", str(good)]) == 0
    assert json.loads(capfd.readouterr().out)["model"] == "fake"
    with pytest.raises(SystemExit) as end:
        cli.main(["predict", "--help"])
    assert end.value.code == 0
    shown = capfd.readouterr()
    assert shown.out.startswith("usage: zhengling predict")
    assert "130  interrupted" in shown.out


def python(*words: object, **options: Any) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=ROOT,
        capture_output=True,
        timeout=600,
        check=False,
        **options,
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, contextlib\n"
        "from model import cli\n"
        "with contextlib.suppress(SystemExit): cli.main(['predict', '--help'])\n"
        "heavy = {'numpy', 'onnxruntime', 'torch', 'transformers'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    result = python("-c", code)
    assert result.returncode == 0, result.stderr


def test_help_on_a_terminal_without_chinese() -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = python("-m", "model.cli", "--help", env=environment)
    assert result.returncode == 0
    assert result.stderr == b""


_WITH_FAKE = """
import sys
from test_predict import FakeTagger
from model import predict
predict.load = lambda args: FakeTagger(ahead=1)
sys.exit(predict.main())
"""


def fake_environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}


def test_a_closed_pipe_ends_quietly(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text(SIMPLE * 5000, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-c", _WITH_FAKE, *[str(path)] * 20],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=fake_environment(),
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(300) == 0


def test_output_is_utf8_wherever_it_goes(good: Path) -> None:
    environment = {**fake_environment(), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    result = python("-c", _WITH_FAKE, good, "--format", "text", env=environment)
    assert result.returncode == 0
    assert "月10日".encode() in result.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="needs names of any bytes")
def test_a_file_name_that_is_no_utf8(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.txt"
    with contextlib.suppress(OSError), open(name, "wb") as file:
        file.write(SIMPLE.encode())
    if not os.path.exists(name):
        pytest.skip("this file system has no such names")
    result = python("-c", _WITH_FAKE, os.fsdecode(name), env=fake_environment())
    assert result.returncode == 0
    assert json.loads(result.stdout)["id"].endswith("/\ufffd.txt")


# The model


@pytest.mark.parametrize(
    "error",
    [
        CheckpointError("weights/model.onnx: no such file"),
        ImportError("No module named 'onnxruntime'"),
        TypeError("unexpected keyword"),
    ],
)
def test_a_model_that_cannot_be_loaded(
    run: Run, monkeypatch: pytest.MonkeyPatch, good: Path, error: Exception
) -> None:
    def load(args: object) -> None:
        raise error

    monkeypatch.setattr(predict, "load", load)
    result = run(good)
    assert (result.code, result.out, len(result.lines)) == (3, "", 1)
    assert str(error) in result.err
    assert "Traceback" in run(good, "--debug").err


def test_no_checkpoint_there(run: Run, tmp_path: Path, good: Path) -> None:
    result = run(good, "--model", tmp_path / "none")
    assert (result.code, result.out, len(result.lines)) == (3, "", 1)
    assert "no such folder" in result.err


@pytest.fixture
def checkpoint(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A checkpoint that a test may damage."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "checkpoint"))


@pytest.mark.parametrize(
    ("engine", "file"), [("onnx", "model.onnx"), ("torch", "model.safetensors")]
)
@pytest.mark.parametrize("card", [True, False])
def test_cut_off_weights(
    run: Run, checkpoint: Path, good: Path, engine: str, file: str, card: bool
) -> None:
    weights = checkpoint / file
    weights.write_bytes(weights.read_bytes()[:-5000])
    if not card:
        (checkpoint / "zhengling.json").unlink(missing_ok=True)
    result = run(good, "--model", checkpoint, "--engine", engine)
    assert (result.code, result.out) == (3, "")
    assert len(result.lines) == 1, result.err
    assert str(weights) in result.err
    assert "Traceback" not in result.err
    assert "Traceback" in run(good, "--model", checkpoint, "--engine", engine, "--debug").err


def test_a_checkpoint_of_other_labels(run: Run, checkpoint: Path, good: Path) -> None:
    path = checkpoint / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config["id2label"] = {"0": "O", "1": "B-PER", "2": "I-PER"}
    path.write_text(json.dumps(config), encoding="utf-8")
    result = run(good, "--model", checkpoint)
    assert (result.code, result.out, len(result.lines)) == (3, "", 1)
    assert str(path) in result.err
    assert "B-PER" in result.err


@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_the_examples_through_a_real_model(tiny_checkpoint: Path, engine: str) -> None:
    paths = sorted(EXAMPLES.glob("*.txt"))
    assert len(paths) == 5
    options = ["--model", tiny_checkpoint, "--engine", engine, "--threads", "1"]
    # In a process of its own, where the engine's libraries load as they do for a user.
    result = python("-m", "model.predict", *paths, *options)
    assert (result.returncode, result.stderr) == (0, b"")
    schema = json.loads((ROOT / "model/record.schema.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for path, line in zip(paths, result.stdout.splitlines(), strict=True):
        record = json.loads(line)
        assert record["text"] == path.read_bytes().decode()
        assert record["id"] == str(path)
        validator.validate(record)
