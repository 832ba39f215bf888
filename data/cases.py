"""Hard cases that the corpus holds on purpose, each counted by a rule over the annotated texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from data.split import Entry
from model.characters import characters
from model.schema import Record, Span

#: Given names and whole names that are words too.
_WORDS = frozenset(
    Path(__file__).with_name("lexicon").joinpath("word_names.txt").read_text("utf-8").split()
)
_RELATIVE = re.compile(
    r"[今明去昨前后当次翌本上下同是]|日前|半年|季度|年[初底末中内]|月[初底末内]|[上中下]旬"
)
_ABSOLUTE_YEAR = re.compile(r"(?:19|20)\d\d|[一二][〇零○O九][〇零○O一-九十]{2}年")


def _surface(record: Record, span: Span) -> str:
    return record.text[span.start : span.end]


def _of(record: Record, label: str) -> list[Span]:
    return [span for span in record.spans if span.label == label]


def _bare_surnames(record: Record, entry: Entry) -> int:
    return sum(len(_surface(record, s)) == 1 for s in _of(record, "OFFICIAL"))


def _long_rows(record: Record, entry: Entry) -> int:
    """Rows of twenty names and more, one mark between two of them."""
    rows = run = 0
    last: Span | None = None
    for span in _of(record, "OFFICIAL"):
        near = last is not None and re.fullmatch(
            r"\s*(?:[、，,]|[（(][^（()）]*[）)][、，,]?|\s)\s*", record.text[last.end : span.start]
        )
        run = run + 1 if near else 1
        rows += run == 20
        last = span
    return rows


def _names(record: Record, wanted: Callable[[str], bool]) -> int:
    return sum(wanted(characters(_surface(record, s)).text) for s in _of(record, "OFFICIAL"))


def _is_rare(name: str) -> bool:
    try:
        name.encode("gb2312")
    except UnicodeEncodeError:
        return True
    return False


def _dates(record: Record, wanted: Callable[[str], bool]) -> int:
    return sum(wanted(characters(_surface(record, s)).text) for s in _of(record, "DATE"))


def _after(record: Record, label: str, pattern: str) -> int:
    """Spans of a label with the pattern directly before them."""
    return sum(
        re.search(pattern + r"$", record.text[max(s.start - 8, 0) : s.start]) is not None
        for s in _of(record, label)
    )


def _several_posts(record: Record, entry: Entry) -> int:
    posts: dict[str, set[str]] = {}
    for span in _of(record, "TITLE"):
        for name in (span.of or "").split("、") if span.of else []:
            posts.setdefault(name, set()).add(_surface(record, span))
    return sum(len(found) > 1 for found in posts.values())


def _outside(record: Record, pattern: str) -> int:
    """Places of a pattern that lie in no directive."""
    inside = [(s.start, s.end) for s in _of(record, "DIRECTIVE")]
    return sum(
        not any(a <= m.start() < b for a, b in inside) for m in re.finditer(pattern, record.text)
    )


def _without_call(record: Record, entry: Entry) -> int:
    words = re.compile(
        r"要|必须|务必|应|须|不得|严禁|确保|坚决|切实|希望|号召|请|不准|不能|杜绝|禁止|要求"
    )
    return sum(not words.search(_surface(record, s)) for s in _of(record, "DIRECTIVE"))


def _continued(record: Record, entry: Entry) -> int:
    """Directives without a call of their own that follow another within three characters."""
    count = 0
    last: Span | None = None
    for span in _of(record, "DIRECTIVE"):
        if last is not None and span.start - last.end <= 3 and span.by == last.by:
            count += not re.match(r"要|必须|务必|请|希望|[^，,。]{0,12}要", _surface(record, span))
        last = span
    return count


def _paragraphs(record: Record) -> Iterator[tuple[int, int]]:
    for match in re.finditer(r"[^\n]+", record.text):
        yield match.span()


def _speakers(record: Record, entry: Entry) -> int:
    """Paragraphs with directives by two or more."""
    count = 0
    for a, b in _paragraphs(record):
        by = {s.by for s in _of(record, "DIRECTIVE") if a <= s.start < b and s.by}
        count += len(by) > 1
    return count


def _bare_paragraphs(record: Record, entry: Entry) -> int:
    """Paragraphs of 60 characters and more without a label."""
    return sum(
        b - a >= 60 and not any(a <= s.start < b for s in record.spans)
        for a, b in _paragraphs(record)
    )


def _near_number(record: Record, entry: Entry) -> int:
    # A ratio or score, but no clock time.
    numbers = re.compile(
        r"[〔［\[（(](?:19|20)\d\d[〕］\])）]\d*号|\d+比\d+|"
        r"(?<![\d:：])(?!(?:[01]?\d|2[0-4])[:：][0-5]\d)\d+[:：]\d+(?![\d:：])"
    )
    return sum(
        numbers.search(record.text, max(s.start - 25, 0), s.end + 25) is not None
        for s in _of(record, "DATE")
    )


CASES: Mapping[str, Callable[[Record, Entry], int]] = {
    "bare surnames": _bare_surnames,
    "rows of 20 names and more": _long_rows,
    "names that are words": lambda r, e: _names(
        r, lambda n: n in _WORDS or n[1:] in _WORDS or n[-2:] in _WORDS
    ),
    "names with characters outside GB 2312": lambda r, e: _names(r, _is_rare),
    "names of four characters and more, minority and foreign": lambda r, e: _names(
        r, lambda n: len(n) >= 4
    ),
    "posts without a holder": lambda r, e: sum(s.of is None for s in _of(r, "TITLE")),
    "one post for several people": lambda r, e: sum("、" in (s.of or "") for s in _of(r, "TITLE")),
    "people with several posts": _several_posts,
    "posts after 兼": lambda r, e: _after(r, "TITLE", "兼"),
    "posts after 拟任, 时任, 历任, 原, 代": lambda r, e: _after(
        r, "TITLE", r"(?:拟[提聘]?任(?:用)?|时任|历任|原任?|代)"
    ),
    "原 or 代 inside a post": lambda r, e: sum(
        re.search(r"原副?|代[市县区州省镇乡校]", _surface(r, s)) is not None
        for s in _of(r, "TITLE")
    ),
    "dates beside document numbers, ratios and scores": _near_number,
    "relative dates": lambda r, e: _dates(
        r, lambda d: bool(_RELATIVE.search(d)) and not _ABSOLUTE_YEAR.search(d)
    ),
    "ranges": lambda r, e: sum("/" in (s.value or "") for s in _of(r, "DATE")),
    "bounds (BEFORE, AFTER)": lambda r, e: sum(
        s.mod in ("BEFORE", "AFTER") for s in _of(r, "DATE")
    ),
    "dates without a value": lambda r, e: sum(s.value is None for s in _of(r, "DATE")),
    "directives going on without a call": _continued,
    "directives without 要, 必须 and the like": _without_call,
    "要 outside every directive": lambda r, e: _outside(
        r, r"要(?![求点闻素务件领目旨害职道塞好闻])(?<!主要)(?<!重要)(?<!需要)(?<!纪要)(?<!只要)"
    ),
    "directives of a third party in a speech": lambda r, e: (
        sum(s.by is not None for s in _of(r, "DIRECTIVE")) if e.kind == "speech" else 0
    ),
    "paragraphs with demands by several": _speakers,
    "paragraphs of 60 characters and more without a label": _bare_paragraphs,
    "texts with two labels at most": lambda r, e: int(len(r.spans) <= 2),
    "texts in Traditional characters": lambda r, e: int(
        len(re.findall("[會長縣個區員業黨記書議開學組報發對實時來務]", r.text)) * 40 > len(r.text)
    ),
}


def counts(records: Iterable[Record], index: Mapping[str, Entry]) -> dict[str, tuple[int, int]]:
    """For each case how often it stands in the texts, and in how many of them."""
    out = {name: (0, 0) for name in CASES}
    for record in records:
        entry = index[str(record.id)]
        for name, count in CASES.items():
            found = count(record, entry)
            out[name] = (out[name][0] + found, out[name][1] + bool(found))
    return out
