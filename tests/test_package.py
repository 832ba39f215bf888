"""The installed package: the command, and what reading costs to import."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import model

ROOT = Path(__file__).resolve().parent.parent


def run(code: str, cwd: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """Run Python code in another folder with the project on its path, as if it were installed."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    script = cwd / "bin" / "zhengling"
    script.parent.mkdir(exist_ok=True)
    script.write_text(code, encoding="utf-8")
    return subprocess.run(
        [sys.executable, str(script), *argv],
        cwd=cwd,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """A folder with packages of its own under our names, as other people's projects have them."""
    for name in ("model", "data", "train"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text("raise ImportError('the wrong package')\n")
    return tmp_path


def test_the_command_works_beside_packages_of_the_same_names(foreign: Path) -> None:
    # A console script has its own folder on the path, not the one it is called from.
    code = "import sys\nfrom model.cli import main\nsys.exit(main())\n"
    done = run(code, foreign, "--help")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: zhengling")
    assert run(code, foreign, "--version").stdout == f"zhengling {model.__version__}\n"
    done = run(code, foreign, "predict", "--help")
    assert done.returncode == 0, done.stderr
    assert "usage: zhengling predict" in done.stdout
    done = run(code, foreign, "no-such-command")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_installed_command_works_there_too(foreign: Path) -> None:
    beside = Path(sys.executable).with_name("zhengling")
    command = str(beside) if beside.exists() else shutil.which("zhengling")
    if command is None:
        pytest.skip("the command zhengling is not installed here (pip install -e .)")
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [command, "--help"],
        cwd=foreign,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("usage: zhengling")


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import model", "numpy onnxruntime torch transformers"),
        ("import model.cli", "numpy onnxruntime torch transformers"),
        ("import model.schema", "numpy onnxruntime torch transformers"),
        ("from model import Record, Span", "numpy onnxruntime torch transformers"),
        ("from model import Tagger", "onnxruntime torch transformers"),
        ("import data.evaluate", "onnxruntime torch transformers seqeval"),
    ],
)
def test_imports_are_light(tmp_path: Path, statement: str, absent: str) -> None:
    code = f"import sys\n{statement}\nprint(sorted(set({absent.split()!r}) & set(sys.modules)))\n"
    done = run(code, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "[]\n"


def test_reading_needs_no_torch(tmp_path: Path, tiny_checkpoint: Path) -> None:
    code = (
        "import sys\n"
        "for name in ('torch', 'transformers', 'datasets', 'opencc', 'pypinyin'):\n"
        "    sys.modules[name] = None\n"
        "from model import Tagger\n"
        "tagger = Tagger.from_pretrained(sys.argv[1], threads=1)\n"
        "print(tagger.engine.name, len(tagger('县长王某要求抓实。').text))\n"
    )
    done = run(code, tmp_path, str(tiny_checkpoint))
    assert done.returncode == 0, done.stderr
    assert done.stdout == "onnx 9\n"


def test_public_names() -> None:
    from model.schema import Record, Span
    from model.tagger import Tagger

    assert (model.Record, model.Span, model.Tagger) == (Record, Span, Tagger)
    assert set(model.__all__) == {"Record", "Span", "Tagger", "__version__"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", model.__version__)
    with pytest.raises(AttributeError, match="module 'model' has no attribute 'Reader'"):
        _ = model.Reader
    with pytest.raises(ImportError):
        from model import Reader  # noqa: F401
