"""What the corpus holds: labels by kind, lengths, years, places, surnames, openings, verbs, cases.

Prints tables; `-o PAGE.html` writes them with bars on one page that needs nothing else.
"""

from __future__ import annotations

import argparse
import html
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.cases import counts
from data.inline import InlineError, read_folder
from data.split import CORPUS, INDEX, KINDS, Entry, read_index
from model.characters import characters
from model.schema import LABELS, Record

LEXICON = Path(__file__).with_name("lexicon")
#: Upper bounds of the classes of length.
LENGTHS = (150, 300, 600, 900, 1200, 1600, 2500, 4000, 8000)
_VERB = re.compile(
    r"(要求|强调|指出|希望|叮嘱|嘱咐|勉励|鼓励|号召|呼吁|责成|责令|提醒|敦促|督促|表示|提出|倡议|明确|"
    r"认为|批示|指示|部署|安排|通知|决定|规定|告诫|建议|说|讲|请|令|让|道)[^，。；！？\n]{0,8}[，：:,“\"]?$"
)


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a head and rows; `bar` is the column that is drawn, or None."""

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str | int | float, ...], ...]
    bar: int | None = 1


def by_kind(records: Sequence[Record], index: Mapping[str, Entry]) -> Table:
    """Texts, characters and labels of each kind, labels for 1,000 characters in brackets."""
    rows: list[tuple[str | int, ...]] = []
    for kind in (*KINDS, "all"):
        some = [r for r in records if kind in ("all", index[str(r.id)].kind)]
        size = sum(len(r.text) for r in some)
        labels = Counter(span.label for r in some for span in r.spans)
        cells = [f"{labels[k]} ({1000 * labels[k] / max(size, 1):.1f})" for k in LABELS]
        rows.append((kind, len(some), size, *cells))
    return Table("labels by kind", ("kind", "texts", "characters", *LABELS), tuple(rows), None)


def _ranked(title: str, counter: Counter[str], what: str, most: int = 30) -> Table:
    rows = sorted(counter.items(), key=lambda item: (-item[1], item[0]))
    rest = sum(count for _, count in rows[most:])
    shown = rows[:most] + ([(f"{len(rows) - most} others", rest)] if rest else [])
    return Table(title, (what, "count"), tuple(shown))


def by_length(records: Sequence[Record]) -> Table:
    """How many texts of which length."""
    bounds = (0, *LENGTHS, 10**9)
    rows = []
    for low, high in pairwise(bounds):
        count = sum(low <= len(r.text) < high for r in records)
        name = f"{low:,} and more" if high == 10**9 else f"{low:,} to {high - 1:,}"
        if count:
            rows.append((name, count))
    return Table("characters of a text", ("characters", "texts"), tuple(rows))


def by_year(index: Mapping[str, Entry]) -> Table:
    """How many texts of which year."""
    years = Counter(entry.year or "not said" for entry in index.values())
    return Table("year", ("year", "texts"), tuple(sorted(years.items())))


def surnames(records: Sequence[Record]) -> Counter[str]:
    """Surnames of full names (two or three characters, four with a compound surname)."""
    compound = set((LEXICON / "compound_surnames.txt").read_text(encoding="utf-8").split())
    found: Counter[str] = Counter()
    for record in records:
        text = record.text
        names = {
            characters(text[s.start : s.end]).text for s in record.spans if s.label == "OFFICIAL"
        }
        for name in names:
            if name[:2] in compound and 3 <= len(name) <= 4:
                found[name[:2]] += 1
            elif 2 <= len(name) <= 3:
                found[name[0]] += 1
    return found


def opening(record: Record) -> str:
    """How a text begins, in one of a few kinds."""
    text = record.text.lstrip()
    first = next((s for s in record.spans), None)
    at = first.start - (len(record.text) - len(text)) if first else -1
    if re.match(r"[^\n。]{0,12}(?:讯|电)[\s（(:：]|[【\[]", text):
        return "agency or newspaper line"
    if re.match(r"(?:您|当前|现在|首页|您现在)|[^\n]{0,20}>", text):
        return "page furniture"
    if at == 0 and first is not None:
        return {"DATE": "date", "OFFICIAL": "name", "TITLE": "post", "DIRECTIVE": "demand"}[
            first.label
        ]
    if re.match(r"(?:各位|同志们|尊敬的|女士们|老师们|同学们|朋友们)", text):
        return "address to listeners"
    if re.match(r"(?:各[^\n]{0,20}[：:]|[^\n]{2,24}[：:]\n)", text):
        return "addressees of a notice"
    line = text.split("\n", 1)[0]
    if "\n" in text and not re.search(r"[。！？]", line) and len(line) <= 60:
        return "headline"
    return "a sentence"


def reporting_verbs(records: Sequence[Record]) -> Counter[str]:
    """Verbs right before a directive, in the clause that reports it."""
    found: Counter[str] = Counter()
    for record in records:
        for span in record.spans:
            if span.label == "DIRECTIVE":
                match = _VERB.search(record.text[max(span.start - 16, 0) : span.start])
                found[match[1] if match else "none before it"] += 1
    return found


def tables(records: Sequence[Record], index: Mapping[str, Entry]) -> list[Table]:
    """All tables, in the order of printing."""
    places = Counter(entry.place for entry in index.values())
    cases = counts(records, index)
    return [
        by_kind(records, index),
        Table(
            "hard cases", ("case", "places", "texts"),
            tuple((name, *numbers) for name, numbers in cases.items()),
        ),
        by_length(records),
        by_year(index),
        _ranked("place", places, "place", 40),
        _ranked("surnames (each name once a text)", surnames(records), "surname", 40),
        _ranked("openings", Counter(map(opening, records)), "text begins with"),
        _ranked("reporting verbs", reporting_verbs(records), "before a directive"),
    ]  # fmt: skip


def as_text(table: Table) -> str:
    """The table in Markdown."""
    rows = [table.head, tuple("---" for _ in table.head), *table.rows]
    lines = ["| " + " | ".join(map(str, row)) + " |" for row in rows]
    return f"### {table.title}\n\n" + "\n".join(lines) + "\n"


def as_html(found: Sequence[Table], title: str) -> str:
    """One page with all tables and bars."""
    out = [
        '<!doctype html><html lang="en"><meta charset="utf-8">',
        f"<title>{html.escape(title)}</title><style>",
        "body{font:14px/1.5 system-ui,sans-serif;margin:2em auto;max-width:70em;padding:0 1em}",
        "section{break-inside:avoid;margin-bottom:2em}main{columns:2 28em;column-gap:3em}",
        "table{border-collapse:collapse}td,th{padding:1px 10px 1px 0;text-align:left}",
        "td.n{text-align:right;font-variant-numeric:tabular-nums}",
        ".bar{background:#b33;height:.75em;display:inline-block}.wide{overflow-x:auto}",
        "</style>",
        f"<h1>{html.escape(title)}</h1><main>",
    ]
    for table in found:
        largest = 1.0
        if table.bar is not None:
            largest = max([1.0, *(float(row[table.bar]) for row in table.rows)])
        out.append(f'<section class="wide"><h2>{html.escape(table.title)}</h2><table><tr>')
        out += [f"<th>{html.escape(cell)}</th>" for cell in table.head]
        out.append("</tr>")
        for row in table.rows:
            cells = "".join(
                f'<td class="n">{cell:,}</td>'
                if isinstance(cell, int)
                else f"<td>{html.escape(str(cell))}</td>"
                for cell in row
            )
            if table.bar is not None:
                width = 12 * float(row[table.bar]) / largest
                cells += f'<td><span class="bar" style="width:{width:.2f}em"></span></td>'
            out.append(f"<tr>{cells}</tr>")
        out.append("</table></section>")
    return "\n".join([*out, "</main></html>"]) + "\n"


def main(argv: Sequence[str] | None = None) -> int:
    """Print the tables, or write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m data.stats",
        description="Tables of what the corpus holds: labels by kind, hard cases, lengths, years, "
        "places, surnames, openings, reporting verbs.",
    )
    parser.add_argument(
        "folder", nargs="?", type=Path, default=CORPUS, help="folder of .inl files with index.csv"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="PAGE.html", help="write a page")
    args = parser.parse_args(argv)
    try:
        records = read_folder(args.folder)
        index = read_index(args.folder / INDEX.name)
        missing = [str(r.id) for r in records if r.id not in index]
        if missing:
            raise ValueError(f"{args.folder / INDEX.name}: no line for {', '.join(missing[:5])}")
        index = {str(r.id): index[str(r.id)] for r in records}
    except (OSError, InlineError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    found = tables(records, index)
    if args.output:
        args.output.write_text(as_html(found, "The corpus in figures"), encoding="utf-8")
        print(f"written to {args.output}", file=sys.stderr)
    else:
        print("\n".join(map(as_text, found)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
