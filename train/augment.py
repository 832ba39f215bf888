"""Augmentation: a window of annotated text written another way, its labels kept right."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import opencc
from pypinyin import Style, lazy_pinyin

from model.schema import Span

LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon"

#: A stretch of the text and what stands there instead.
Edit = tuple[int, int, str]
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
}

_HAN = re.compile(r"[\u4e00-\u9fff]+")
#: Names whose holders stand for offices or doctrines; swapping them would teach nonsense.
_KEPT = {"习近平", "毛泽东", "邓小平", "江泽民", "胡锦涛", "李克强", "周恩来"}


def apply(text: str, spans: Sequence[Span], edits: Sequence[Edit]) -> tuple[str, list[Span]]:
    """The text with all edits made and the spans moved along.

    Edits must not overlap and must lie inside or outside of a span, or cover it whole; an insertion
    at a span's edge falls outside it. Spans that become empty are dropped.
    """
    ordered = sorted(edits)
    out: list[str] = []
    position = 0
    # (old start, old end, new length): for moving offsets.
    for start, end, new in ordered:
        if start < position:
            raise ValueError(f"edits overlap at {start}")
        out.append(text[position:start])
        out.append(new)
        position = end
    out.append(text[position:])

    def moved(offset: int, is_end: bool) -> int:
        shift = 0
        for start, end, new in ordered:
            if start == end:
                if start < offset or (start == offset and not is_end):
                    shift += len(new)
            elif end <= offset:
                shift += len(new) - (end - start)
            else:
                break
        return offset + shift

    placed = [replace(s, start=moved(s.start, False), end=moved(s.end, True)) for s in spans]
    return "".join(out), [s for s in placed if s.start < s.end]


@cache
def _lines(name: str) -> list[str]:
    return (LEXICON / name).read_text(encoding="utf-8").split()


@cache
def _table(name: str) -> dict[str, list[str]]:
    rows: dict[str, list[str]] = {}
    for line in (LEXICON / name).read_text(encoding="utf-8").splitlines():
        key, value = line.split("\t")
        rows.setdefault(key, []).append(value)
    return rows


@cache
def _minority() -> dict[str, list[str]]:
    return {key: values[0].split() for key, values in _table("minority.tsv").items()}


def surname(draw: random.Random) -> str:
    """A surname by its frequency; one in thirty is compound."""
    if draw.random() < 0.033:
        return draw.choice(_lines("compound_surnames.txt"))
    names = _lines("surnames.txt")
    return draw.choices(names, [1 / (rank + 20) for rank in range(len(names))])[0]


def given(draw: random.Random) -> str:
    """A given name of one (one in four) or two characters, one in twelve of them rare."""
    size = 1 if draw.random() < 0.25 else 2
    pick = [
        draw.choice(_lines("given_rare.txt" if draw.random() < 0.08 else "given.txt"))
        for _ in range(size)
    ]
    return "".join(pick)


def other_name(draw: random.Random) -> str:
    """A minority or foreign name in Chinese characters."""
    parts = _minority()
    kind = draw.choice(["uyghur", "tibetan", "mongolian", "yi", "foreign"])
    if kind == "uyghur":
        return f"{draw.choice(parts['uyghur_given'])}·{draw.choice(parts['uyghur_father'])}"
    if kind == "foreign":
        return draw.choice(parts["foreign"])
    one, two = draw.choice(parts[kind]), draw.choice(parts[kind])
    return one if kind == "mongolian" or draw.random() < 0.3 or one == two else one + two


def person(draw: random.Random) -> str:
    """A full name; one in twelve is a minority or foreign one."""
    return other_name(draw) if draw.random() < 0.08 else surname(draw) + given(draw)


def _overlaps(spans: Sequence[Span], start: int, end: int) -> bool:
    return any(s.start < end and start < s.end for s in spans)


def swap_names(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Every official gets another name, the same one all over the window."""
    mentions = [s for s in spans if s.label == "OFFICIAL"]
    surfaces = {text[s.start : s.end] for s in mentions}
    new: dict[str, str] = {}
    for full in sorted(surfaces, key=lambda name: (-len(name), name)):
        if full in _KEPT:
            new[full] = full
        elif len(full) > 1:
            new[full] = person(draw)
        else:
            longer = next((n for n in new if n.startswith(full) and len(n) > 1), None)
            changed = new[longer] if longer else ""
            plain = 2 <= len(changed) <= 3 and changed != longer
            new[full] = changed[0] if plain else surname(draw)
    edits = []
    for s in mentions:
        old = text[s.start : s.end]
        # Names with blanks or pinyin inside are damage that is worth keeping.
        if re.fullmatch(r"[\u3400-\u9fff·]+", old) and new[old] != old:
            edits.append((s.start, s.end, new[old]))
    return edits


def _exchange(text: str, spans: list[Span], new: dict[str, str]) -> list[Edit]:
    """Edits that write each key's value wherever it stands, but not across a span's edge nor over
    an official's name."""
    if not new:
        return []
    # The longest first, so that a key within another does not cut it.
    pattern = "|".join(map(re.escape, sorted(new, key=lambda key: (-len(key), key))))
    edges = {offset for s in spans for offset in (s.start, s.end)}
    people = [s for s in spans if s.label == "OFFICIAL"]
    return [
        (m.start(), m.end(), new[m.group()])
        for m in re.finditer(pattern, text)
        if not _overlaps(people, m.start(), m.end())
        and not any(m.start() < edge < m.end() for edge in edges)
    ]


@cache
def _stems() -> tuple[frozenset[str], dict[str, list[str]]]:
    """Full names of places, and stems of two and three characters by what follows them."""
    names = [name for name in _lines("places.txt") if 3 <= len(name) <= 4]
    by_suffix: dict[str, list[str]] = {}
    for name in names:
        by_suffix.setdefault(name[-1], []).append(name[:-1])
    return frozenset(names), by_suffix


def swap_places(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Counties and cities get other names, the same ones all over the window."""
    names, by_suffix = _stems()
    new: dict[str, str] = {}
    for match in re.finditer("[县市区州旗]", text):
        for size in (4, 3):
            name = text[max(match.end() - size, 0) : match.end()]
            if name in names and len(name) == size:
                if name[:-1] not in new:
                    new[name[:-1]] = draw.choice(by_suffix[name[-1]])
                break
    return _exchange(text, spans, new)


@cache
def _organisations() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    names = _lines("organisations.txt")
    by_suffix: dict[str, list[str]] = {}
    for name in names:
        by_suffix.setdefault(name[-1], []).append(name)
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True)))), by_suffix


def swap_organisations(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Bureaus, departments, hospitals and schools become others of their sort."""
    pattern, by_suffix = _organisations()
    new: dict[str, str] = {}
    for match in pattern.finditer(text):
        if match.group() not in new:
            new[match.group()] = draw.choice(by_suffix[match.group()[-1]])
    return _exchange(text, spans, new)


@cache
def _posts() -> tuple[re.Pattern[str], dict[str, list[str]]]:
    table = _table("posts.tsv")
    systems: dict[str, list[str]] = {}
    for posts in table.values():
        for post in posts:
            systems.setdefault(post, posts)
    longest_first = sorted(systems, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, longest_first))})$"), systems


def swap_posts(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Every other post becomes another of its system, behind the same organisation."""
    pattern, systems = _posts()
    edits = []
    for s in spans:
        match = pattern.search(text[s.start : s.end]) if s.label == "TITLE" else None
        if match and draw.random() < 0.5:
            new = draw.choice(systems[match.group()])
            edits.append((s.start + match.start(), s.end, new))
    return edits


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
                else f"{surname(draw)}　{draw.choice(_lines('given.txt'))}"
            )
        elif piece == "{place}":
            out += draw.choice(_lines("places.txt"))
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
            line, inside = _fill(draw.choice(_table("furniture.tsv")[key]), draw)
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
    if match is None or _overlaps(spans, match.start(), match.end()):
        return []
    line, _ = _fill(draw.choice(_table("furniture.tsv")["dateline"]), draw)
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
            else:
                inside = any(s.start <= i < s.end - 1 for s in spans)
                edits.append(
                    (i, i + 1, char if not inside and draw.random() < 0.1 else f"{char}({sound})")
                )
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
        and not _overlaps([s for s in spans if s.label != "DIRECTIVE"], i - 1, i + 1)
    ]


def joined_lines(text: str, spans: list[Span], draw: random.Random) -> list[Edit]:
    """Line ends turned to blanks, as careless extraction leaves them."""
    return [
        (m.start(), m.end(), draw.choice([" ", "　", ""]))
        for m in re.finditer(r"\s*\n\s*", text)
        if draw.random() < 0.7 and not _overlaps(spans, m.start(), m.end())
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
