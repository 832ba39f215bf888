"""Checks of annotated texts that reading alone does not make sure of.

What is found is an error. Where a text is right against a rule, a line of `corpus/exceptions.tsv`
(id, rule, surface, reason) says so; a line that excuses nothing is an error too.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from data.evaluate import read_jsonl
from data.inline import EDGES, InlineError, read_file
from data.split import CORPUS, FORMULAE
from model.characters import characters, norm
from model.decode import Costs, clause_costs
from model.mention import read as read_mention
from model.record import from_raw_spans
from model.schema import Record, SchemaError, Span

EXCEPTIONS = CORPUS / "exceptions.tsv"
#: Chinese characters of a run that two texts may share by chance, and the share of such runs of
#: the smaller text from which on two texts are near-duplicates.
SHINGLE = 12
DUPLICATE = 0.15
#: Chinese characters in a row that training and evaluation texts must not share.
SHARED = 30

_TIMEX = r"\d{4}(?:-(?:(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?|Q[1-4]|H[12]|W[0-5]\d))?"
_DAY = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_VALUE = re.compile(rf"{_TIMEX}(?:/{_TIMEX})?")
_FURNITURE = re.compile(r"(?:上|下)一(?:篇|条)[::].*")
_DOCTRINE = re.compile(r"(?:总书记|同志)?(?:新时代|[^，。；、]{0,6}(?:思想|理论)|为核心)")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in which text, by which rule, at which place."""

    id: str
    rule: str
    surface: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.id}:{self.line}: {self.rule}: {self.message}"


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def _finding(record: Record, rule: str, start: int, surface: str, message: str) -> Finding:
    return Finding(str(record.id), rule, surface, _line(record.text, start), message)


def check_spans(record: Record) -> Iterator[Finding]:
    """`edge`: a span begins or ends with blank, mark or pinyin; `overlap`: two of a layer do."""
    chars = characters(record.text)
    for span in record.spans:
        surface = record.text[span.start : span.end]
        start, end = chars.from_raw(span.start, span.end)
        if start < end and chars.to_raw(start, end) != (span.start, span.end):
            a, b = chars.to_raw(start, end)
            yield _finding(
                record, "edge", span.start, surface,
                f"{surface!r} holds what belongs to no character; write {record.text[a:b]!r}",
            )  # fmt: skip
        for char in {surface[0], surface[-1]}:
            if char.isspace() or char in EDGES:
                yield _finding(
                    record, "edge", span.start, surface, f"{surface!r} begins or ends with {char!r}"
                )
    for layer in ("entity", "clause"):
        ordered = sorted(s for s in ((s.start, s.end) for s in record.spans if s.layer == layer))
        for (_, end), (start, stop) in pairwise(ordered):
            if start < end:
                surface = record.text[start:stop]
                yield _finding(
                    record, "overlap", start, surface, f"{surface!r} overlaps the span before it"
                )


def check_repeats(record: Record) -> Iterator[Finding]:
    """`repeat`: a name marked somewhere stands unmarked elsewhere, but in a doctrine's name or in
    the page's links to the texts before and after."""
    chars = characters(record.text)
    links = [m.span() for m in _FURNITURE.finditer(chars.text)]
    marked = [False] * len(chars.text)
    names: set[str] = set()
    for span in record.spans:
        if span.layer == "entity":
            start, end = chars.from_raw(span.start, span.end)
            marked[start:end] = [True] * (end - start)
            if span.label == "OFFICIAL" and end - start > 1:
                names.add(chars.text[start:end])
    for name in sorted(names):
        for match in re.finditer(re.escape(name), chars.text):
            if any(marked[match.start() : match.end()]):
                continue
            if _DOCTRINE.match(chars.text, match.end()):
                continue
            if any(a <= match.start() < b for a, b in links):
                continue
            raw, _ = chars.to_raw(match.start(), match.end())
            around = chars.text[max(match.start() - 8, 0) : match.end() + 8].replace("\n", " ")
            yield _finding(
                record, "repeat", raw, name, f"{name!r} is marked elsewhere, not in {around!r}"
            )


def check_attributes(record: Record) -> Iterator[Finding]:
    """`of`, `by`, `to`: a holder that is no marked name, an issuer or addressee that does not stand
    in the text; `deadline`: no day; `kind`: given for some directives of a text only."""
    names = {norm(record.text[s.start : s.end]) for s in record.spans if s.label == "OFFICIAL"}
    whole = norm(record.text)
    for span in record.spans:
        surface = record.text[span.start : span.end]
        for name in (span.of or "").split("、") if span.of else []:
            if norm(name) not in names:
                yield _finding(
                    record, "of", span.start, surface,
                    f"{surface!r} is of {name!r}; no OFFICIAL of that name in the text",
                )  # fmt: skip
        for name in (span.by or "").split("、") if span.by else []:
            if norm(name) not in whole:
                yield _finding(
                    record, "by", span.start, name,
                    f"{surface[:12]!r} is by {name!r}, which does not stand in the text",
                )  # fmt: skip
        if span.to and norm(span.to) not in whole:
            yield _finding(
                record, "to", span.start, span.to,
                f"{surface[:12]!r} is told to {span.to!r}, which does not stand in the text",
            )  # fmt: skip
        if span.deadline and not re.fullmatch(_DAY, span.deadline):
            yield _finding(
                record, "deadline", span.start, span.deadline,
                f"{surface[:12]!r}: deadline {span.deadline!r}; expected YYYY-MM-DD",
            )  # fmt: skip
    kinds = {span.kind is None for span in record.spans if span.label == "DIRECTIVE"}
    if len(kinds) > 1:
        bare = next(s for s in record.spans if s.label == "DIRECTIVE" and s.kind is None)
        yield _finding(
            record, "kind", bare.start, record.text[bare.start : bare.end],
            "some directives of the text have a kind and some have none",
        )  # fmt: skip


def check_values(record: Record) -> Iterator[Finding]:
    """`value`: no TIMEX3 value, or another than the mention states; `mod`: likewise."""
    for span in record.spans:
        if span.label != "DATE":
            continue
        surface = record.text[span.start : span.end]

        def wrong(rule: str, message: str, span: Span = span, surface: str = surface) -> Finding:
            return _finding(record, rule, span.start, surface, f"{surface!r}: {message}")

        if span.value is not None and not _VALUE.fullmatch(span.value):
            yield wrong("value", f"{span.value!r} is no value; expected YYYY-MM-DD and the like")
            continue
        mention = read_mention(characters(surface).text)
        alone = from_raw_spans(surface, [Span(0, len(surface), "DATE")]).spans[0]
        relative = any(
            p is not None and p.year_by is not None for p in (mention.start, mention.end)
        )
        absolute = mention.start.year is not None and not relative and alone.value is not None
        if absolute and alone.value != span.value:
            yield wrong("value", f"states {alone.value}, the value is {span.value}")
            continue
        point = mention.start
        if span.value is not None and not absolute:
            stated = [f"{number:02d}" for number in (point.month, point.day) if number is not None]
            found = span.value.split("/")[0].split("-")[1:]
            if any(number not in found for number in stated):
                yield wrong("value", f"states {'-'.join(stated)}, the value is {span.value}")
        if alone.mod != span.mod:
            yield wrong("mod", f"states {alone.mod}, mod is {span.mod}")


def check(record: Record) -> list[Finding]:
    """All findings of one text, in the order of the rules."""
    rules = (check_spans, check_repeats, check_attributes, check_values)
    return [finding for rule in rules for finding in rule(record)]


def _han(text: str) -> str:
    return re.sub(r"[^\u3400-\u9fff]", "", characters(text).text)


def near_duplicates(records: Sequence[Record]) -> Iterator[Finding]:
    """`duplicate`: two texts of which one has 15 % of its runs of 12 characters from the other."""
    where: dict[str, list[int]] = {}
    sizes = []
    for i, record in enumerate(records):
        text = _han(record.text)
        runs = {text[k : k + SHINGLE] for k in range(len(text) - SHINGLE + 1)}
        sizes.append(len(runs))
        for run in runs:
            where.setdefault(run, []).append(i)
    shared: dict[tuple[int, int], int] = {}
    for group in where.values():
        for k, a in enumerate(group):
            for b in group[k + 1 :]:
                shared[a, b] = shared.get((a, b), 0) + 1
    for (a, b), count in sorted(shared.items()):
        share = count / max(1, min(sizes[a], sizes[b]))
        if share >= DUPLICATE:
            yield Finding(
                str(records[b].id), "duplicate", str(records[a].id), 1,
                f"shares {share:.0%} of its runs of {SHINGLE} characters with {records[a].id}",
            )  # fmt: skip


def shared_runs(records: Iterable[Record], others: Iterable[Record]) -> Iterator[Finding]:
    """`shared`: 30 Chinese characters in a row that stand in another set's texts too, unless they
    lie within a formula listed in `corpus/formulae.txt`."""
    listed = FORMULAE.read_text(encoding="utf-8").split() if FORMULAE.exists() else []
    where: dict[str, str] = {}
    for other in others:
        text = _han(other.text)
        for k in range(len(text) - SHARED + 1):
            where.setdefault(text[k : k + SHARED], str(other.id))
    for record in records:
        text = _han(record.text)
        last = -SHARED
        for k in range(len(text) - SHARED + 1):
            run = text[k : k + SHARED]
            if run in where and k >= last + SHARED and not any(run in line for line in listed):
                last = k
                yield Finding(
                    str(record.id), "shared", run, 1, f"{run!r} stands in {where[run]} too"
                )


def doubtful_edges(record: Record) -> Iterator[Finding]:
    """`edge?`: directives that begin or end where the guideline rarely has them; to read again."""
    chars = characters(record.text)
    starts, _, ends = clause_costs(chars.text, Costs())
    for span in record.spans:
        if span.label != "DIRECTIVE":
            continue
        a, b = chars.from_raw(span.start, span.end)
        for price, what in ((starts[a], "begins"), (ends[b - 1], "ends")):
            if price >= Costs().later:
                text = record.text
                at = span.start if what == "begins" else span.end
                around = f"{text[max(at - 12, 0) : at]}|{text[at : at + 12]}".replace("\n", "⏎")
                yield _finding(
                    record, "edge?", at, text[span.start : span.end], f"{what} at {around}"
                )


def read_exceptions(path: Path = EXCEPTIONS) -> dict[tuple[str, str, str], str]:
    """(id, rule, surface) → reason; ValueError naming the line that has not four columns."""
    if not path.exists():
        return {}
    out = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.reader(file, delimiter="\t"), 1):
            if len(row) != 4 or not all(row):
                raise ValueError(f"{path}:{number}: expected id, rule, surface and reason")
            out[row[0], row[1], row[2]] = row[3]
    return out


def excused(
    findings: Iterable[Finding], exceptions: dict[tuple[str, str, str], str]
) -> tuple[list[Finding], list[tuple[str, str, str]]]:
    """The findings no exception covers, and the exceptions that cover none."""
    left, used = [], set()
    for finding in findings:
        key = (finding.id, finding.rule, finding.surface)
        if key in exceptions:
            used.add(key)
        else:
            left.append(finding)
    return left, [key for key in exceptions if key not in used]


def _read(paths: Sequence[Path]) -> tuple[list[Record], list[str]]:
    """Records of `.inl` and `.jsonl` files and of folders of `.inl`; errors of form beside them."""
    records: list[Record] = []
    errors: list[str] = []
    for path in paths:
        files = sorted(path.glob("*.inl")) if path.is_dir() else [path]
        if not files:
            errors.append(f"{path}: no .inl files; expected inline annotated texts there")
        for file in files:
            if file.suffix not in (".inl", ".jsonl"):
                errors.append(f"{file}: expected an .inl or .jsonl file or a folder of .inl files")
                continue
            try:
                records += read_jsonl(file) if file.suffix == ".jsonl" else [read_file(file)]
            except (InlineError, SchemaError, OSError) as error:
                errors.append(str(error))
    return records, errors


def main(argv: Sequence[str] | None = None) -> int:
    """Print every finding; 1 if there is one."""
    parser = argparse.ArgumentParser(
        prog="python -m data.validate",
        description="Check annotated texts: form, edges, overlaps, names marked in one place and "
        "not in another, holders and issuers that are not in the text, values that contradict the "
        "mention, near-duplicates, runs of 30 characters shared with other texts.",
    )
    parser.add_argument(
        "files",
        nargs="*",
        type=Path,
        default=[CORPUS],
        help=".inl, .jsonl, folders (default: the corpus)",
    )
    parser.add_argument(
        "--against", nargs="+", type=Path, default=[], metavar="FILE",
        help="texts (.inl, .jsonl, folders) with which no run of 30 characters may be shared",
    )  # fmt: skip
    parser.add_argument(
        "--doubtful", action="store_true",
        help="also list edges of directives that are rare, to be read again (no errors)",
    )  # fmt: skip
    args = parser.parse_args(argv)
    try:
        exceptions = read_exceptions()
        records, errors = _read(args.files)
        others, more = _read(args.against)
    except ValueError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    errors += more
    if not records and not errors:
        errors.append("no texts in the files given")
    findings = [finding for record in records for finding in check(record)]
    findings += [*near_duplicates(records), *shared_runs(records, others)]
    findings, unused = excused(findings, exceptions)
    ids = {record.id for record in records}
    errors += [
        f"{EXCEPTIONS.name}: {' '.join(key)} excuses nothing; take the line out"
        for key in unused
        if key[0] in ids and (key[1] != "shared" or others)
    ]
    for line in [*errors, *map(str, findings)]:
        print(line)
    if args.doubtful:
        for record in records:
            for finding in doubtful_edges(record):
                print(finding)
    count = len(errors) + len(findings)
    print(f"{len(records)} texts, {count} errors", file=sys.stderr)
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
