"""Names, places, organisations and posts of a text exchanged for others from the lexicon."""

from __future__ import annotations

import random
import re
from functools import cache
from pathlib import Path

from model.schema import Span
from train.edit import Edit, overlaps

LEXICON = Path(__file__).resolve().parent.parent / "data" / "lexicon"

#: Names whose holders stand for offices or doctrines; swapping them would teach nonsense.
_KEPT = {"习近平", "毛泽东", "邓小平", "江泽民", "胡锦涛", "李克强", "周恩来"}


@cache
def lines(name: str) -> list[str]:
    """The words of a list."""
    return (LEXICON / name).read_text(encoding="utf-8").split()


@cache
def table(name: str) -> dict[str, list[str]]:
    """The lines of a table by their first column."""
    rows: dict[str, list[str]] = {}
    for line in (LEXICON / name).read_text(encoding="utf-8").splitlines():
        key, value = line.split("\t")
        rows.setdefault(key, []).append(value)
    return rows


@cache
def _minority() -> dict[str, list[str]]:
    return {key: values[0].split() for key, values in table("minority.tsv").items()}


def surname(draw: random.Random) -> str:
    """A surname by its frequency; one in thirty is compound."""
    if draw.random() < 0.033:
        return draw.choice(lines("compound_surnames.txt"))
    names = lines("surnames.txt")
    return draw.choices(names, [1 / (rank + 20) for rank in range(len(names))])[0]


def given(draw: random.Random) -> str:
    """A given name of one (one in four) or two characters, one in twelve of them rare."""
    size = 1 if draw.random() < 0.25 else 2
    pick = [
        draw.choice(lines("given_rare.txt" if draw.random() < 0.08 else "given.txt"))
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
            compound = changed[:2] in lines("compound_surnames.txt")
            new[full] = changed[: 1 + compound] if plain else surname(draw)
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
        if not overlaps(people, m.start(), m.end())
        and not any(m.start() < edge < m.end() for edge in edges)
    ]


@cache
def _stems() -> tuple[frozenset[str], dict[str, list[str]]]:
    """Full names of places, and stems of two and three characters by what follows them."""
    names = [name for name in lines("places.txt") if 3 <= len(name) <= 4]
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
    names = lines("organisations.txt")
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
    systems: dict[str, list[str]] = {}
    for rows in table("posts.tsv").values():
        posts = rows[0].split()
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
