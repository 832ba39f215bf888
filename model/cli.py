"""The console command `zhengling` and its subcommands."""

from __future__ import annotations

import difflib
import importlib
import io
import sys
from collections.abc import Sequence

from model import __version__

#: Subcommand → its module, whose `main(argv, prog)` gives the exit code, and what it does.
COMMANDS = {
    "predict": ("model.predict", "read texts and print their records"),
    "collect": ("model.collect", "tables of people and demands from many records"),
}

_HELP = """\
usage: zhengling COMMAND ...
       zhengling --version | --help

Reads Chinese official texts (meeting reports, speeches, notices, appointments) and finds
  OFFICIAL   names of people who hold a post     刘某某
  TITLE      their posts                         县委书记
  DATE       dates, with their meaning           6月底前 = 2021-06-30 at the latest
  DIRECTIVE  who is told to do what              各乡镇要…
Texts may be Traditional, carry pinyin left behind by a web page, or be GB18030.

commands:
{commands}

Start with
  zhengling predict report.txt                  read a text here, with colours
  zhengling predict *.txt > records.jsonl       one JSON record a line, for programs
  zhengling predict a.txt --format html -o a.html
  zhengling collect records.jsonl -o tables     who holds which post, who demands what
  zhengling COMMAND --help                      all options and exit codes

In Python:
  from model import Tagger
  record = Tagger.from_pretrained()(text)
"""


def usage() -> str:
    """The text of `zhengling --help`."""
    rows = (f"  {name:<10} {summary}" for name, (_, summary) in COMMANDS.items())
    return _HELP.format(commands="\n".join(rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand and give its exit code; 2 where there is none of that name."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The help holds Chinese, which not every terminal can show.
        sys.stdout.reconfigure(errors="replace")
    words = list(sys.argv[1:] if argv is None else argv)
    if not words:
        print(usage(), end="", file=sys.stderr)
        return 2
    command, *rest = words
    if command in {"-h", "--help", "help"}:
        print(usage(), end="")
        return 0
    if command in {"-V", "--version"}:
        print(f"zhengling {__version__}")
        return 0
    if command not in COMMANDS:
        near = difflib.get_close_matches(command, COMMANDS, 1)
        advice = f"did you mean {near[0]!r}?" if near else f"expected {' or '.join(COMMANDS)}"
        print(
            f"zhengling: error: no command {command!r}; {advice} (zhengling --help)",
            file=sys.stderr,
        )
        return 2
    module = importlib.import_module(COMMANDS[command][0])
    return int(module.main(rest, prog=f"zhengling {command}"))


if __name__ == "__main__":
    sys.exit(main())
