"""`python -m model.collect`: from records of many texts to two tables, people and demands.

`officials.csv` has a row for each post of each person: who, which post at which organisation, the
first and last date it was seen, in how many texts. `directives.csv` has a row for each demand: who
demands what of whom by when, and where it stands. People of one name are told apart by
`model.people`.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from model.characters import norm
from model.people import Sighting, merge, stems
from model.schema import Record, SchemaError, each_record

OFFICIALS = ("person", "name", "post", "organisation", "first", "last", "texts", "sources")
DIRECTIVES = (
    "text", "date", "issuer", "person", "addressee", "deadline", "kind", "demand", "start", "end",
)  # fmt: skip
PERSON = DIRECTIVES.index("person")
#: Sources that are named in a row; of more the number says how many there are.
NAMED = 20
_POST = re.compile(
    r"(?:党组|党委|党工委|党总支|党支部)?(?:第一|常务|执行|名誉)?副?(?:书记|主任|局长|厅长|部长|省长|市长|县长|区长|镇长|乡长|州长|旗长|盟长|院长|校长|所长|处长|"
    r"科长|司长|主席|会长|理事长|秘书长|检察长|庭长|站长|队长|支队长|大队长|组长|董事长|总经理|行长|园长|馆长|台长|社长|委员|代表|成员|"
    r"常委|干部|领导|专员|县委书记|政委|司令员|总裁|经理|主编|总编辑)$"
)


@dataclass(slots=True)
class _Seen:
    """A post of a person: on which days and in which texts."""

    days: list[str] = field(default_factory=list)
    texts: dict[str, None] = field(default_factory=dict)


def organisation(post: str) -> str:
    """What a post is of: `县教育局局长` is of `县教育局`; empty where nothing stands before it."""
    return _POST.sub("", norm(post))


def place_of(record: Record) -> str | None:
    """The place most of the text's posts name, else the first one its head names."""
    named = Counter(
        stem
        for span in record.spans
        if span.label == "TITLE"
        for stem in stems(record.text[span.start : span.end])
    )
    if named:
        return f"{named.most_common(1)[0][0]}县"
    head = stems(record.text[:200])
    return f"{head[0]}县" if head else None


def collect(records: Iterable[Record]) -> tuple[list[tuple[object, ...]], list[list[object]]]:
    """The rows of both tables, in the order of `OFFICIALS` and `DIRECTIVES`.

    Records are read once and not kept: what stays in memory are people, posts and demands.
    """
    sightings: list[Sighting] = []
    demands: list[list[object]] = []
    for number, record in enumerate(records, 1):
        name, place = record.id or str(number), place_of(record)
        asked: dict[int, int] = {}
        for person in record.officials:
            asked |= dict.fromkeys(person.directives, len(sightings))
            sightings.append(Sighting(name, person.name, person.titles, place, record.date))
        for index, span in enumerate(record.spans):
            if span.label == "DIRECTIVE":
                demand = " ".join(record.text[span.start : span.end].split())
                demands.append(
                    [
                        name, record.date, span.by, asked.get(index), span.to, span.deadline,
                        span.kind, demand, span.start, span.end,
                    ]
                )  # fmt: skip
    who = [number + 1 for number in merge(sightings)]
    for row in demands:
        sighted = row[PERSON]
        if isinstance(sighted, int):
            row[PERSON] = who[sighted]
    posts: dict[tuple[int, str, str], _Seen] = {}
    for sighting, number in zip(sightings, who, strict=True):
        for post in sighting.posts or ("",):
            seen = posts.setdefault((number, sighting.name, post), _Seen())
            seen.texts[sighting.text] = None
            if sighting.day:
                seen.days.append(sighting.day)
    people: list[tuple[object, ...]] = []
    for (number, name, post), seen in sorted(posts.items(), key=lambda item: item[0]):
        named = list(seen.texts)
        people.append(
            (
                number, name, post, organisation(post), min(seen.days, default=None),
                max(seen.days, default=None), len(named), " ".join(named[:NAMED]),
            )
        )  # fmt: skip
    return people, demands


def _write(path: Path, head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """A CSV that spreadsheets open as UTF-8, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(["" if cell is None else cell for cell in row] for row in rows)
    partial.replace(path)


def _read(names: Sequence[str]) -> Iterator[Record]:
    for name in names:
        if name == "-":
            yield from each_record(sys.stdin, "standard input")
            continue
        try:
            with Path(name).open(encoding="utf-8-sig") as source:
                yield from each_record(source, name)
        except UnicodeDecodeError as error:
            raise SchemaError(f"{name}: byte {error.start} is not UTF-8; expected JSONL") from None


def main(argv: Sequence[str] | None = None, prog: str = "python -m model.collect") -> int:
    """Collect; 1 with one line on standard error when something does not fit."""
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Make two tables of the records of many texts: officials.csv (person, post, "
        "organisation, first and last date seen, texts) and directives.csv (who demands what of "
        "whom by when, and where it stands). People of the same name are told apart by places, "
        "posts and dates; what is undecided stays apart.",
        epilog="example: zhengling predict *.txt > records.jsonl; "
        "zhengling collect records.jsonl -o tables",
    )
    parser.add_argument("records", nargs="+", help="JSONL files of records; - is standard input")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder for the tables")
    args = parser.parse_args(argv)
    try:
        count = 0

        def counted() -> Iterator[Record]:
            nonlocal count
            for record in _read(args.records):
                count += 1
                yield record

        people, demands = collect(counted())
        args.output.mkdir(parents=True, exist_ok=True)
        _write(args.output / "officials.csv", OFFICIALS, people)
        _write(args.output / "directives.csv", DIRECTIVES, demands)
    except (OSError, SchemaError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    persons = len({row[0] for row in people})
    print(
        f"{count} texts: {persons} people, {len(people)} posts, {len(demands)} demands "
        f"written to {args.output}",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
