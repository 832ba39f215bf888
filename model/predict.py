"""The command that reads files and prints their records: `zhengling predict`."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import chain, repeat
from typing import TYPE_CHECKING

from model.output import Console, OutputError, Sink
from model.render import FORMATS, WIDTH, form
from model.source import MAX_BYTES, STDIN, SourceError, check_encoding, read

if TYPE_CHECKING:
    from model.tagger import Tagger

DONE, UNREAD, USAGE, NO_MODEL, INTERRUPTED = 0, 1, 2, 3, 130

_EPILOG = """\
examples:
  zhengling predict report.txt                      read it here, with colours
  zhengling predict *.txt > records.jsonl           one JSON record a line
  curl -s URL | html2text | zhengling predict -     standard input
  zhengling predict a.txt --format html -o a.html   a page with the spans marked
  zhengling predict old.txt --encoding big5 --date 2009-03-17

exit codes:
  0    everything was read (also when the reader of the output left early)
  1    some or all input could not be read, or the output could not be written; one line
       each on standard error, the other inputs are read all the same
  2    wrong usage, or an --output that cannot be made
  3    the model could not be loaded or run
  130  interrupted

Standard output carries records and nothing else; messages go to standard error.
"""


def _positive(value: str) -> int:
    number = int(value) if re.fullmatch(r"[0-9][0-9_]*", value) else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no number of 1 or more")
    return number


def _share(value: str) -> float:
    if not re.fullmatch(r"0|1|0?\.[0-9]+|[01]\.[0-9]*", value) or not 0 <= float(value) <= 1:
        raise argparse.ArgumentTypeError(f"{value!r} is no number from 0 to 1")
    return float(value)


def _day(value: str) -> str:
    try:
        if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
            raise ValueError
        return date.fromisoformat(value).isoformat()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"{value!r} is no day; expected YYYY-MM-DD, for instance 2024-05-10"
        ) from None


def parser(prog: str) -> argparse.ArgumentParser:
    """The options of the command."""
    out = argparse.ArgumentParser(
        prog=prog,
        description="Read Chinese official texts and print who is in them (officials, posts),\n"
        "when (dates), and who is told to do what (directives).",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    out.add_argument("files", nargs="+", metavar="FILE", help="text files; - is standard input")
    out.add_argument(
        "--format", choices=FORMATS, help="default: text on a terminal, jsonl otherwise"
    )
    out.add_argument(
        "-o", "--output", metavar="FILE", help="write here; the file appears when it is whole"
    )
    reading = out.add_argument_group("input")
    reading.add_argument(
        "--encoding", help="of all inputs; default: UTF-8, UTF-16 with a BOM or GB18030, detected"
    )
    reading.add_argument(
        "--date", type=_day, metavar="YYYY-MM-DD", help="the texts' own date, where you know it"
    )
    reading.add_argument(
        "--max-bytes",
        type=_positive,
        default=MAX_BYTES,
        metavar="N",
        help="refuse longer inputs (default: %(default)s)",
    )
    model = out.add_argument_group("model")
    model.add_argument("--model", metavar="FOLDER", help="a checkpoint (default: the shipped one)")
    model.add_argument(
        "--engine", choices=("auto", "onnx", "torch"), default="auto", help="default: onnx on a CPU"
    )
    model.add_argument(
        "--device", default="auto", help="cpu, cuda, cuda:1 and so on (default: auto)"
    )
    model.add_argument(
        "--min-score",
        type=_share,
        default=0.0,
        metavar="P",
        help="leave out spans less likely to be right than P, 0 to 1 (default: 0, all that the "
        "model found)",
    )
    model.add_argument("--threads", type=_positive, metavar="N", help="default: all cores")
    saying = out.add_argument_group("messages")
    saying.add_argument(
        "--color",
        "--colour",
        choices=("auto", "always", "never"),
        default="auto",
        help="of the text format; auto: on a terminal, unless NO_COLOR is set",
    )
    saying.add_argument("--quiet", action="store_true", help="errors only: no notes, no counter")
    saying.add_argument("--debug", action="store_true", help="show the traceback of every error")
    return out


def _name(path: str) -> str:
    """The id of a record: the name as given, or what of its bytes is no UTF-8 replaced."""
    return STDIN if path == "-" else os.fsencode(path).decode("utf-8", "replace")


class _Texts:
    """The texts of the inputs that can be read, in order; the others are reported and counted.

    `names` holds the names of the texts given out whose record has not been taken yet.
    """

    def __init__(self, args: argparse.Namespace, console: Console) -> None:
        self._args, self._console = args, console
        self.names: deque[str] = deque()
        self.failed = 0

    def __iter__(self) -> Iterator[str]:
        for path in self._args.files:
            try:
                text, _, note = read(
                    path, encoding=self._args.encoding, max_bytes=self._args.max_bytes
                )
            except SourceError as error:
                self.failed += 1
                self._console.error(error)
                continue
            if note is not None:
                self._console.note(note)
            self.names.append(_name(path))
            yield text


def load(args: argparse.Namespace) -> Tagger:
    """The tagger that the options ask for."""
    # The libraries of the torch engine would draw a progress bar while they load the weights.
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    from model.tagger import Tagger

    return Tagger.from_pretrained(
        args.model,
        engine=args.engine,
        device=args.device,
        threads=args.threads,
        min_score=args.min_score,
    )


def _colour(args: argparse.Namespace, terminal: bool) -> bool:
    if args.color != "auto":
        return bool(args.color == "always")
    return terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _run(args: argparse.Namespace, console: Console, sink: Sink) -> int:
    texts = _Texts(args, console)
    stream = iter(texts)
    # The first text before the model, so that a wrong file name is answered at once.
    first = next(stream, None)
    if first is None:
        return UNREAD
    try:
        tagger = load(args)
    except Exception as error:
        # Whatever a damaged folder or a missing package brings up here, the model is not there.
        clear = isinstance(error, ValueError | OSError)
        reason = str(error) if clear else f"{type(error).__name__}: {error}"
        if isinstance(error, ImportError):
            reason += "; run: pip install zhengling"
        console.error(error, f"the model cannot be loaded: {reason}")
        return NO_MODEL
    done = 0
    with sink:
        for record in tagger.predict_many(chain([first], stream), dates=repeat(args.date)):
            done += 1
            sink.write(replace(record, id=texts.names.popleft()))
            console.progress(done + texts.failed)
    return UNREAD if texts.failed else DONE


def _leave_quietly() -> None:
    # The interpreter flushes standard output at its end and would complain once more.
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main(argv: Sequence[str] | None = None, prog: str = "python -m model.predict") -> int:
    """Read files and print their records; the exit code is explained in `--help`.

    Raises SystemExit for wrong usage, as argparse does.
    """
    options = parser(prog)
    args = options.parse_args(argv)
    if args.files.count("-") > 1:
        options.error("- (standard input) is named twice; it can be read once")
    if args.engine == "onnx" and args.device not in {"auto", "cpu"}:
        options.error(
            f"--device {args.device} with --engine onnx, which runs on the CPU; use torch"
        )
    to_terminal = args.output in {None, "-"} and sys.stdout.isatty()
    console = Console(
        prog,
        len(args.files),
        quiet=args.quiet,
        # On one screen with the records a counter would stand among them.
        counter=sys.stderr.isatty() and not to_terminal,
        debug=args.debug,
    )
    name = args.format or ("text" if to_terminal else "jsonl")
    width = shutil.get_terminal_size((WIDTH, 24)).columns if to_terminal else WIDTH
    shape = form(name, _colour(args, to_terminal), width)
    try:
        if args.encoding is not None:
            check_encoding(args.encoding)
        sink = Sink(shape, None if args.output in {None, "-"} else args.output)
    except (SourceError, OutputError) as error:
        console.error(error)
        return USAGE
    try:
        return _run(args, console, sink)
    except BrokenPipeError:
        _leave_quietly()
        return DONE
    except KeyboardInterrupt as error:
        console.error(error, "interrupted")
        return INTERRUPTED
    except OutputError as error:
        console.error(error)
        return UNREAD
    except Exception as error:
        message = f"the model failed ({type(error).__name__}: {error}); --debug shows where"
        console.error(error, message)
        return NO_MODEL
    finally:
        console.clear()


if __name__ == "__main__":
    sys.exit(main())
