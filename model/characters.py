"""Raw text to model characters: folding with an exact way back to the raw offsets.

A `Characters` is what the model reads: Traditional folded to Simplified one to one, full width and
compatibility forms folded, pinyin left behind by a web page dropped, zero-width and control
characters dropped, blanks collapsed. Each model character knows the raw stretch it stands for.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLD_FILE = Path(__file__).with_name("fold.tsv")

_TONED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿĀÁǍÀĒÉĚÈŌÓǑÒ"
_LETTER = f"a-zA-Züɡ{_TONED}\u0300\u0301\u0304\u030c\u0308"
#: Toneless syllables that web pages leave behind; any other bracket without a tone mark is text.
_NEUTRAL = "zhe|le|de|ma|men|ne|ba|zi|tou|me|ge|shi|li|a|la|bei"
_TONE_MARK = f"[{_TONED}\u0300\u0301\u0304\u030c]"
_SYLLABLE = rf"(?:(?=[{_LETTER}]{{0,6}}{_TONE_MARK})[{_LETTER}]{{1,9}}|{_NEUTRAL})"
_HAN = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"

_ENTITIES = {
    "&nbsp;": " ",
    "&ensp;": " ",
    "&emsp;": " ",
    "&#160;": " ",
    "&amp;": "&",
    "&lt;": "<",
    "&gt;": ">",
    "&quot;": '"',
    "&ldquo;": "“",
    "&rdquo;": "”",
    "&middot;": "·",
    "&mdash;": "—",
    "&hellip;": "…",
}

# One pass over the raw text: everything that is not one raw character to one model character.
_SPECIAL = re.compile(
    rf"(?P<pinyin>(?<=[{_HAN}])[(（]{_SYLLABLE}[)）])"
    rf"|(?P<broken>(?<=[?？\ufffd]){_SYLLABLE}[)）])"
    rf"|(?P<entity>{'|'.join(map(re.escape, _ENTITIES))})"
    r"|(?P<blank>[\s\u200b-\u200f\u2028-\u202f\u2060-\u2064\u3000\u3164\ufeff\u00ad"
    r"\x00-\x1f\x7f-\x9f]+)"
)
_LINE_END = re.compile("[\n\r\u2028\u2029\x85\x0b\x0c]")
_SPACE = re.compile(r"[\s\u3000\u3164]")

_EXTRA = {
    "「": "“",
    "」": "”",
    "『": "“",
    "』": "”",
    "﹁": "“",
    "﹂": "”",
    "•": "·",
    "‧": "·",
    "・": "·",
    "∙": "·",
    "⋅": "·",
    "○": "〇",
    "◯": "〇",
}


@lru_cache(maxsize=1)
def folding() -> dict[int, str]:
    """The table for `str.translate`: code point → model character, one to one."""
    table: dict[int, str] = {}
    for first, last in ((0xA0, 0x2FFF), (0x3000, 0x33FF), (0xF900, 0xFFEF), (0x2F800, 0x2FA1F)):
        for code in range(first, last + 1):
            folded = unicodedata.normalize("NFKC", chr(code))
            # Circled numbers stay: they are enumerators, and would become bare digits.
            if len(folded) == 1 and folded != chr(code) and not 0x2460 <= code <= 0x24FF:
                table[code] = folded
    for line in FOLD_FILE.read_text(encoding="utf-8").splitlines():
        simple, variants = line.split("\t")
        for variant in variants:
            table[ord(variant)] = simple
    table.update({ord(char): folded for char, folded in _EXTRA.items()})
    # Simplified forms of compatibility ideographs: fold twice at most.
    return {code: table.get(ord(folded), folded) for code, folded in table.items()}


@dataclass(frozen=True, slots=True, eq=False)
class Characters:
    """The characters the model reads and the raw stretch of each.

    `text` has one code point for each model character; `starts[i]:ends[i]` is its raw stretch
    (int64 arrays of shape (len(text),)). Pinyin that was dropped lies in no stretch.
    """

    raw: str
    text: str
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.text)

    def to_raw(self, start: int, end: int) -> tuple[int, int]:
        """Raw offsets of the model characters `start:end` (at least one)."""
        return int(self.starts[start]), int(self.ends[end - 1])

    def from_raw(self, start: int, end: int) -> tuple[int, int]:
        """Model characters that begin in the raw stretch `start:end`."""
        return (
            int(np.searchsorted(self.starts, start, "left")),
            int(np.searchsorted(self.starts, end, "left")),
        )


def characters(raw: str) -> Characters:
    """The model characters of a raw text; raises ValueError for a lone surrogate.

    A run of blanks becomes one blank, or one line end if it holds one; zero-width and control
    characters between two characters disappear.
    """
    table = folding()
    pieces: list[str] = []
    starts: list[NDArray[np.int64]] = []
    ends: list[NDArray[np.int64]] = []
    position = 0

    def plain(start: int, end: int) -> None:
        if start < end:
            pieces.append(raw[start:end].translate(table))
            offsets = np.arange(start, end, dtype=np.int64)
            starts.append(offsets)
            ends.append(offsets + 1)

    def single(char: str, start: int, end: int) -> None:
        pieces.append(char)
        starts.append(np.array([start], dtype=np.int64))
        ends.append(np.array([end], dtype=np.int64))

    for match in _SPECIAL.finditer(raw):
        plain(position, match.start())
        position = match.end()
        if match.lastgroup == "blank":
            run = match.group()
            if _LINE_END.search(run):
                single("\n", match.start(), match.end())
            elif _SPACE.search(run):
                single(" ", match.start(), match.end())
        elif match.lastgroup == "entity":
            single(_ENTITIES[match.group()], match.start(), match.end())
    plain(position, len(raw))
    text = "".join(pieces)
    try:
        text.encode("utf-32-le")
    except UnicodeEncodeError as error:
        # The only code points that UTF-32 refuses are lone surrogates.
        at = next(i for i, char in enumerate(raw) if "\ud800" <= char <= "\udfff")
        raise ValueError(
            f"character {at} is the lone surrogate U+{ord(raw[at]):04X}; "
            "expected text of whole characters (decode the bytes again, with the right encoding)"
        ) from error
    empty = np.zeros(0, dtype=np.int64)
    return Characters(
        raw,
        text,
        np.concatenate(starts) if starts else empty,
        np.concatenate(ends) if ends else empty,
    )


def norm(surface: str) -> str:
    """A mention in its normal form: simplified, without pinyin and blanks.

    The character after which the pinyin stands must be in `surface`.
    """
    return re.sub(r"\s", "", characters(surface).text)
