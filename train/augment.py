"""Augmentation: a window of annotated text written another way, its labels kept right."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from itertools import pairwise

import opencc
from pypinyin import Style, lazy_pinyin

from model.schema import Span
from train.edit import Edit, apply, overlaps
from train.swap import (
    lines,
    person,
    surname,
    swap_names,
    swap_organisations,
    swap_places,
    swap_posts,
    table,
)

#: How often each is drawn for a window.
RATES = {
    "names": 0.6,
    "places": 0.3,
    "organisations": 0.2,
    "posts": 0.15,
    "dates": 0.25,
    "reporter": 0.08,
    "furniture": 0.25,
    "spaced": 0.1,
    "traditional": 0.15,
    "damage": 0.05,
    "ascii": 0.1,
    "blanks": 0.08,
    "joined": 0.08,
    "unmarked": 0.05,
}

_HAN = re.compile(r"[\u4e00-\u9fff]+")


_NUMERAL = "〇一二三四五六七八九"


def _chinese(number: int) -> str:
    if number <= 10:
        return "十" if number == 10 else _NUMERAL[number]
    tens, ones = divmod(number, 10)
    return ("" if tens == 1 else _NUMERAL[tens]) + "十" + (_NUMERAL[ones] if ones else "")


def rewrite_dates(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Plain dates get other numbers, and now and then another spelling."""
    edits: list[Edit] = []
    shape = re.compile(r"(?:((?:19|20)\d\d)年)?(?:(\d{1,2})月)?(?:(\d{1,2})日)?(?=\D|$)")
    year_shift = draw.randint(-8, 6)
    for s in spans:
        if s.label != "DATE":
            continue
        match = shape.match(text, s.start, s.end)
        if match is None or match.end() == s.start or draw.random() < 0.3:
            continue
        year, month, day = match.groups()
        if match.end() < s.end and text[match.end()] in "至到-—~～（(":
            continue
        y = max(1990, min(2029, int(year) + year_shift)) if year else None
        m = draw.randint(1, 12) if month else None
        d = draw.randint(1, 28) if day else None
        style = draw.random()
        if style < 0.08:
            parts = ["".join(_NUMERAL[int(c)] for c in str(y)) + "年"] if y else []
            parts += [_chinese(m) + "月"] if m else []
            parts += [_chinese(d) + "日"] if d else []
        elif style < 0.14 and y and m and d and match.end() == s.end:
            parts = [f"{y}{sep}{m:02d}{sep}{d:02d}" for sep in [draw.choice("-./")]]
        else:
            pad = draw.random() < 0.1
            parts = [f"{y}年"] if y else []
            parts += [f"{m:02d}月" if pad else f"{m}月"] if m else []
            parts += (
                [(f"{d:02d}" if pad else f"{d}") + draw.choice("日日日日日日日号")] if d else []
            )
        edits.append((s.start, match.end(), "".join(parts)))
    return edits


def _fill(line: str, draw: random.Random) -> tuple[str, list[Span]]:
    spans: list[Span] = []
    out = ""
    for piece in re.split(r"(\{[a-z]+\})", line):
        if piece == "{name}":
            out += (
                person(draw)
                if draw.random() < 0.9
                else f"{surname(draw)}　{draw.choice(lines('given.txt'))}"
            )
        elif piece == "{place}":
            out += draw.choice(lines("places.txt"))
        elif piece == "{number}":
            out += str(draw.randint(3, 99999))
        elif piece == "{stamp}":
            y, m, d = draw.randint(2003, 2026), draw.randint(1, 12), draw.randint(1, 28)
            clock = f"{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}"
            stamp = draw.choice(
                [
                    f"{y}-{m:02d}-{d:02d}",
                    f"{y}-{m:02d}-{d:02d} {clock}",
                    f"{y}年{m:02d}月{d:02d}日",
                    f"{y}/{m}/{d} {clock}:{draw.randint(0, 59):02d}",
                    f"{y}.{m:02d}.{d:02d}",
                ]
            )
            spans.append(Span(len(out), len(out) + len(stamp), "DATE"))
            out += stamp
        else:
            out += piece
    return out, spans


def add_furniture(
    text: str, spans: list[Span], draw: random.Random, first: bool, last: bool
) -> tuple[str, list[Span]]:
    """Lines of page furniture before the first and after the last window of a text."""
    for here, key in ((first, "head"), (last, "tail")):
        if not here:
            continue
        for _ in range(draw.randint(1, 3)):
            line, inside = _fill(draw.choice(table("furniture.tsv")[key]), draw)
            if key == "head":
                spans = [
                    replace(s, start=s.start + len(line) + 1, end=s.end + len(line) + 1)
                    for s in spans
                ]
                text, spans = f"{line}\n{text}", [*inside, *spans]
            else:
                at = len(text) + 1
                text = f"{text}\n{line}"
                spans = [*spans, *(replace(s, start=s.start + at, end=s.end + at) for s in inside)]
    return text, spans


def add_reporter(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """A journalist's name after 讯, who is no official."""
    match = re.search(r"讯(?=[ 　\d])", text)
    if match is None or overlaps(spans, match.start(), match.end()):
        return []
    line, _ = _fill(draw.choice(table("furniture.tsv")["dateline"]), draw)
    return [(match.end(), match.end(), line)]


def space_names(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """A blank inside two-character names, as lists print them."""
    blank = draw.choice(["　", " ", "  "])
    return [
        (s.start + 1, s.start + 1, blank)
        for s in spans
        if s.label == "OFFICIAL" and s.end - s.start == 2 and "\n" not in text[s.start : s.end]
    ]


@cache
def _converter(name: str) -> opencc.OpenCC:
    return opencc.OpenCC(name)


def _traditional(text: str, draw: random.Random) -> str:
    table = draw.choice(["s2t", "s2t", "s2tw", "s2hk"])
    out = _converter(table).convert(text)
    return out if len(out) == len(text) else text


def traditional(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """The window in Traditional characters."""
    new = _traditional(text, draw)
    return [(i, i + 1, b) for i, (a, b) in enumerate(zip(text, new, strict=True)) if a != b]


def damage(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Traditional with pinyin after some characters, and a few characters lost to `?`."""
    new = _traditional(text, draw)
    marked = set(draw.sample(sorted(set(new) - set(text)), k=int(0.6 * len(set(new) - set(text)))))
    edits: list[Edit] = []
    for i, (old, char) in enumerate(zip(text, new, strict=True)):
        if char in marked:
            sound = lazy_pinyin(old, style=Style.TONE)[0]
            # Not at a span's edge: no span begins or ends with `?`.
            edge = any(i in (s.start, s.end - 1) for s in spans)
            if draw.random() < 0.03 and not edge:
                edits.append((i, i + 1, f"?{sound})"))
                continue
            edits.append((i, i + 1, char))
            if any(s.start <= i < s.end - 1 for s in spans) or draw.random() >= 0.1:
                # An insertion: behind a span's last character it falls outside.
                edits.append((i + 1, i + 1, f"({sound})"))
        elif char != old:
            edits.append((i, i + 1, char))
    return edits


def ascii_marks(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """ASCII punctuation for some of the marks that folding leaves as they are."""
    swap = {"。": ".", "“": '"', "”": '"', "、": ",", "‘": "'", "’": "'"}
    chosen = {mark for mark in swap if draw.random() < 0.5}
    return [
        (i, i + 1, swap[char])
        for i, char in enumerate(text)
        if char in chosen and not any(s.start == i or s.end == i + 1 for s in spans)
    ]


def stray_blanks(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Blanks and line ends between characters, about one in a hundred and twenty."""
    return [
        (i, i, draw.choice([" ", " ", "　", "\n"]))
        for i in range(1, len(text))
        if draw.random() < 0.008
        and not overlaps([s for s in spans if s.label != "DIRECTIVE"], i - 1, i + 1)
    ]


def joined_lines(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Line ends turned to blanks, as careless extraction leaves them."""
    return [
        (m.start(), m.end(), draw.choice([" ", "　", ""]))
        for m in re.finditer(r"\s*\n\s*", text)
        if draw.random() < 0.7 and not overlaps(spans, m.start(), m.end())
    ]


#: What a text without marks has lost.
MARKS = re.compile(r"[，。；：、！？,.;:!?“”‘’\"'《》〈〉（）()【】\[\]「」『』—…·]")


def without_marks(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Every mark goes but those in numbers and dates, in names and between the names of a row."""
    people = [s for s in spans if s.label == "OFFICIAL"]
    kept = {
        at
        for a, b in pairwise(people)
        if re.fullmatch(r"[、，, ]{1,2}", text[a.end : b.start])
        for at in range(a.end, b.start)
    }
    whole = [s for s in spans if s.label in ("OFFICIAL", "DATE")]
    kept |= {at for s in whole for at in range(s.start, s.end)}
    return [
        (m.start(), m.end(), "")
        for m in MARKS.finditer(text)
        if m.start() not in kept
        and not re.match(r"\d[.:,：，、—]\d", text[max(m.start() - 1, 0) : m.end() + 1])
    ]


_EDITS: list[tuple[str, Callable[[str, list[Span], random.Random], list[Edit]]]] = [
    ("names", swap_names),
    ("places", swap_places),
    ("organisations", swap_organisations),
    ("posts", swap_posts),
    ("dates", rewrite_dates),
    ("reporter", add_reporter),
    ("joined", joined_lines),
    ("spaced", space_names),
    ("blanks", stray_blanks),
    ("ascii", ascii_marks),
    ("unmarked", without_marks),
]


def augment(
    text: str, spans: list[Span], draw: random.Random, first: bool, last: bool
) -> tuple[str, list[Span]]:
    """A window written another way; every choice comes from `draw`.

    `first` and `last` say whether the window begins or ends its text.
    """
    for name, make in _EDITS:
        if draw.random() < RATES[name]:
            text, spans = apply(text, spans, make(text, spans, draw))
    if draw.random() < RATES["furniture"]:
        text, spans = add_furniture(text, spans, draw, first, last)
    chance = draw.random()
    if chance < RATES["damage"]:
        text, spans = apply(text, spans, damage(text, spans, draw))
    elif chance < RATES["damage"] + RATES["traditional"]:
        text, spans = apply(text, spans, traditional(text, spans, draw))
    return text, spans
