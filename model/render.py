"""Records for people and programs: JSON lines, readable text, one HTML page, CSV.

Every form is a `Form`: a head, a body for each record, a tail; so records can be written as they
come. `jsonl`, `text`, `html` and `csv` give the same as strings.
"""

from __future__ import annotations

import csv as csv_module
import io
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

from model.schema import CLAUSE_LABELS, ENTITY_LABELS, Person, Record, Span

FORMATS = ("jsonl", "text", "html", "csv")
COLUMNS = (
    "id", "start", "end", "label", "text", "norm", "of", "by", "to", "deadline", "kind", "value",
    "mod", "score",
)  # fmt: skip
WIDTH = 100

# Control characters of an input must not steer the terminal or break a page: they are shown by
# their picture, and marks that turn the direction of writing are left out.
_VISIBLE = {
    **{code: chr(0x2400 + code) for code in range(0x20) if code not in (9, 10)},
    0x7F: "\u2421",
    **dict.fromkeys(range(0x80, 0xA0), "\ufffd"),
    **dict.fromkeys(range(0xD800, 0xE000), "\ufffd"),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A))),
}
# Line ends to a program that splits lines as Unicode does, though not to JSON.
_LINE_ENDS = {0x85: "\\u0085", 0x2028: "\\u2028", 0x2029: "\\u2029"}
_BRACKETS = {"OFFICIAL": "[]", "TITLE": "{}", "DATE": "<>", "DIRECTIVE": "«»"}
_COLOURS = {"OFFICIAL": "1;31", "TITLE": "36", "DATE": "32", "DIRECTIVE": "4"}
_CLOSING = "，。；：、！？”’》）」』…"
_BOUNDS = {"BEFORE": "by ", "AFTER": "after ", "START": "early ", "MID": "mid ", "END": "end of "}


@dataclass(frozen=True, slots=True)
class Form:
    """One form of output: `head` once, `body` for each record, `between` two of them, `tail`."""

    body: Callable[[Record], str]
    head: str = ""
    between: str = ""
    tail: str = ""

    def join(self, records: Iterable[Record]) -> str:
        """All records in this form."""
        return self.head + self.between.join(map(self.body, records)) + self.tail


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the text in which no span begins or ends; its spans of both layers."""

    start: int
    end: int
    clause: Span | None
    entity: Span | None


def _layer(spans: Iterable[Span], labels: Sequence[str]) -> list[Span]:
    """The spans of a layer in order; of two that overlap only the first."""
    out: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, -s.end)):
        if span.label in labels and (not out or span.start >= out[-1].end):
            out.append(span)
    return out


def _pieces(record: Record) -> Iterator[_Piece]:
    layers = [_layer(record.spans, labels) for labels in (CLAUSE_LABELS, ENTITY_LABELS)]
    cuts = {0, len(record.text)}
    for layer in layers:
        cuts.update(edge for span in layer for edge in (span.start, span.end))
    edges, at = sorted(cuts), [0, 0]
    for start, end in pairwise(edges):
        over: list[Span | None] = []
        for i, layer in enumerate(layers):
            while at[i] < len(layer) and layer[at[i]].end <= start:
                at[i] += 1
            here = layer[at[i]] if at[i] < len(layer) else None
            over.append(here if here is not None and here.start <= start else None)
        yield _Piece(start, end, *over)


def _visible(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_VISIBLE)


def _short(record: Record, span: Span) -> str:
    """A span for a table: its normal form, or what stands there with blanks drawn together."""
    return span.norm or " ".join(_visible(record.text[span.start : span.end]).split())


def _meaning(span: Span) -> str:
    """What a date means, in words: `by 2021-06-30`; nothing where it has no value."""
    return f"{_BOUNDS.get(span.mod or '', '')}{span.value}" if span.value else ""


@dataclass(frozen=True, slots=True)
class _Demand:
    """A row of the table of directives."""

    number: int
    by: str
    to: str
    when: str
    what: str


def _demands(record: Record) -> dict[int, _Demand]:
    """The directives by their index among the spans, numbered from 1."""
    dates = _layer(record.spans, ("DATE",))
    starts = [date.start for date in dates]
    out: dict[int, _Demand] = {}
    for index, span in enumerate(record.spans):
        if span.label == "DIRECTIVE":
            inside = dates[bisect_left(starts, span.start) : bisect_left(starts, span.end)]
            told = ", ".join(_meaning(date) or _short(record, date) for date in inside)
            when = f"by {span.deadline}" if span.deadline else told
            by = (span.by or "-") + ("?" if span.by and "by" in span.guessed else "")
            out[index] = _Demand(
                len(out) + 1, by, _visible(span.to or "-"), when or "-", _short(record, span)
            )
    return out


def _numbers(person: Person, demands: dict[int, _Demand]) -> str:
    numbers = [str(demands[i].number) for i in person.directives if i in demands]
    return ", ".join(numbers) or "-"


def jsonl(record: Record) -> str:
    """The record as one line of JSON, its line end included."""
    return record.dumps().translate(_LINE_ENDS) + "\n"


def _columns(text: str) -> int:
    """Columns of a terminal that a text takes: two for a wide character, none for a mark."""
    total = 0
    for char in text:
        if unicodedata.category(char) not in {"Mn", "Me", "Cf"}:
            total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


def _wrap(text: str, width: int) -> list[str]:
    lines, line, used = [], "", 0
    for char in text:
        size = _columns(char)
        # Closing marks hang over the edge rather than begin a line.
        if line and used + size > width - 2 and (char not in _CLOSING or used + size > width):
            lines.append(line)
            line, used = "", 0
        line, used = line + char, used + size
    return [*lines, line]


def _table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """Lines of a table; columns are aligned by what a terminal shows, the last one is wrapped."""
    if not rows:
        return []
    cells = [head, *([_visible(cell) for cell in row] for row in rows)]
    sizes = [max(_columns(row[i]) for row in cells) for i in range(len(head) - 1)]
    indent = 2 + sum(size + 2 for size in sizes)
    lines = ["", title]
    for row in cells:
        start = "".join(
            cell + " " * (size - _columns(cell) + 2) for cell, size in zip(row, sizes, strict=False)
        )
        first, *rest = _wrap(row[-1], max(width - indent, 20))
        lines.append(("  " + start + first).rstrip())
        lines += [" " * indent + line for line in rest]
    return lines


def _paint(text: str, styles: Sequence[str]) -> str:
    """The text in a style, set anew on each line, since pagers forget it at a line end."""
    if not styles:
        return text
    code = ";".join(styles)
    return "\n".join(f"\x1b[{code}m{line}\x1b[0m" if line else "" for line in text.split("\n"))


def _marked(record: Record, colour: bool) -> str:
    out = []
    for piece in _pieces(record):
        shown = _visible(record.text[piece.start : piece.end])
        spans = [span for span in (piece.clause, piece.entity) if span is not None]
        if colour:
            out.append(_paint(shown, [_COLOURS[span.label] for span in spans]))
            continue
        opened = "".join(_BRACKETS[s.label][0] for s in spans if s.start == piece.start)
        closed = "".join(_BRACKETS[s.label][1] for s in reversed(spans) if s.end == piece.end)
        out.append(opened + shown + closed)
    return "".join(out)


def text(record: Record, colour: bool = False, width: int = WIDTH) -> str:
    """The record for reading: the text with its spans marked, then who, when, and who demands what.

    On a terminal spans are coloured and directives underlined (`colour`), otherwise they stand in
    brackets. Control characters of the text are shown, not sent. `width` is in columns.
    """
    if colour:
        legend = " ".join(_paint(label.lower(), [code]) for label, code in _COLOURS.items())
    else:
        legend = " ".join(label.lower().join(pair) for label, pair in _BRACKETS.items())
    title = " · ".join(filter(None, (_visible(record.id or ""), record.date, record.model)))
    demands = _demands(record)
    people = [(p.name, _numbers(p, demands), "、".join(p.titles) or "-") for p in record.officials]
    dates = [(_short(record, s), _meaning(s) or "-") for s in record.spans if s.label == "DATE"]
    what = [(str(d.number), d.by, d.to, d.when, d.what) for d in demands.values()]
    lines = [f"== {title} ==" if title else "==", legend, "", _marked(record, colour).rstrip("\n")]
    lines += _table("officials", ("name", "demands", "posts"), people, width)
    lines += _table("dates", ("as written", "meaning"), dates, width)
    lines += _table("directives", ("no.", "who demands", "of whom", "when", "what"), what, width)
    if any(d.by.endswith("?") for d in demands.values()):
        lines.append("  ? inferred, not stated beside the directive")
    return "\n".join(lines) + "\n"


_HEAD = """<!DOCTYPE html>
<html lang="zh">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>zhengling</title>
<style>
:root { color-scheme: light dark; --o: #ffd9d6; --t: #d3e6ff; --e: #d5f2d0; --d: #b3541e;
  --line: #ccc; }
@media (prefers-color-scheme: dark) {
  :root { --o: #6e2b2b; --t: #22466f; --e: #28522a; --d: #f0a35e; --line: #555; } }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; line-height: 1.9;
  font-family: system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; }
.o, .t, .e { border-radius: .25em; padding: .1em .12em; }
.o { background: var(--o); } .t { background: var(--t); } .e { background: var(--e); }
.d { text-decoration: underline; text-decoration-color: var(--d);
  text-decoration-thickness: .14em; text-underline-offset: .3em; }
.d[data-n]::before { content: attr(data-n); font-size: .65em; vertical-align: super;
  color: var(--d); padding-right: .2em; }
table { border-collapse: collapse; margin: 1rem 0; }
caption { text-align: left; font-weight: bold; }
th, td { border-top: 1px solid var(--line); padding: .15rem .8rem .15rem 0; text-align: left;
  vertical-align: top; }
section { border-bottom: 1px solid var(--line); padding-bottom: 1rem; }
</style>
</head>
<body>
<p class="legend"><span class="o">official</span> <span class="t">title</span>
<span class="e">date</span> <span class="d">directive</span></p>
"""
_TAIL = "</body>\n</html>\n"
_CLASSES = {"OFFICIAL": "o", "TITLE": "t", "DATE": "e", "DIRECTIVE": "d"}


def _escape(text: str) -> str:
    return escape(_visible(text), quote=True)


def _hover(span: Span) -> str:
    """What a hover over a span says: its label, normal form, attributes and score."""
    parts = [span.label] + ([span.norm] if span.norm else [])
    for name, value in span.attributes.items():
        parts.append(f"{name} {value}" + (" (inferred)" if name in span.guessed else ""))
    if span.score is not None:
        parts.append(f"score {span.score:.3f}")
    return " · ".join(parts)


def _tag(span: Span, number: int | None = None) -> str:
    count = f' data-n="{number}"' if number is not None else ""
    return f'<span class="{_CLASSES[span.label]}"{count} title="{_escape(_hover(span))}">'


def _body(record: Record, demands: dict[int, _Demand]) -> str:
    """The text as HTML: directives are elements, entities lie in them, cut where the two cross."""
    numbers = {
        (s.start, s.end): demands[i].number for i, s in enumerate(record.spans) if i in demands
    }
    out = []
    for piece in _pieces(record):
        clause = piece.clause
        if clause is not None and clause.start == piece.start:
            out.append(_tag(clause, numbers[clause.start, clause.end]))
        shown = _escape(record.text[piece.start : piece.end])
        out.append(f"{_tag(piece.entity)}{shown}</span>" if piece.entity else shown)
        if clause is not None and clause.end == piece.end:
            out.append("</span>")
    return "".join(out)


def _html_table(title: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    lines = [f"<table><caption>{title}</caption>", f"<tr><th>{'</th><th>'.join(head)}</th></tr>"]
    lines += [f"<tr><td>{'</td><td>'.join(map(_escape, row))}</td></tr>" for row in rows]
    return "\n".join([*lines, "</table>\n"])


def _section(record: Record) -> str:
    demands = _demands(record)
    title = " · ".join(filter(None, (record.id, record.date, record.model)))
    people = [(p.name, "、".join(p.titles) or "-", _numbers(p, demands)) for p in record.officials]
    what = [(str(d.number), d.by, d.to, d.when, d.what) for d in demands.values()]
    return (
        f"<section>\n<h2>{_escape(title)}</h2>\n"
        f'<div class="text">{_body(record, demands)}</div>\n'
        + _html_table("officials", ("name", "posts", "demands"), people)
        + _html_table("directives", ("no.", "who demands", "of whom", "when", "what"), what)
        + "</section>\n"
    )


def html(records: Iterable[Record]) -> str:
    """One page that needs no other file: each text with its spans, and its tables.

    Directives are underlined and numbered, entities have a background, attributes are shown on
    hovering; where both layers lie over each other both are seen.
    """
    return form("html").join(records)


def _row(values: Iterable[object]) -> str:
    buffer = io.StringIO()
    # With "\r\n" as line end the writer quotes both characters; with "\n" it leaves a bare "\r".
    csv_module.writer(buffer, lineterminator="\r\n").writerow(values)
    return buffer.getvalue().removesuffix("\r\n") + "\n"


def _rows(record: Record) -> str:
    out = []
    for span in record.spans:
        row = {"id": record.id, **span.to_json(record.text)}
        out.append(_row(row.get(column) for column in COLUMNS))
    return "".join(out)


def csv(records: Iterable[Record]) -> str:
    """A header, then a row for each span with the columns `COLUMNS`; unknown things are empty."""
    return form("csv").join(records)


def form(name: str, colour: bool = False, width: int = WIDTH) -> Form:
    """The form of a name in `FORMATS`; `colour` and `width` are for `text`."""
    if name == "html":
        return Form(_section, head=_HEAD, tail=_TAIL)
    if name == "csv":
        return Form(_rows, head=_row(COLUMNS))
    if name == "text":
        return Form(lambda record: text(record, colour, width), between="\n")
    if name == "jsonl":
        return Form(jsonl)
    raise ValueError(f"format {name!r}; expected one of {', '.join(FORMATS)}")
