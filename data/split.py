"""The corpus's index and its split: which text is for training, which for measuring."""

from __future__ import annotations

import argparse
import csv
import hashlib
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from data.inline import read_folder
from model.schema import Record

CORPUS = Path(__file__).with_name("corpus")
INDEX = CORPUS / "index.csv"
FORMULAE = CORPUS / "formulae.txt"
SEED = "zhengling-1"
SHARE = 0.12
#: The last writer of each finished wave of writing.
WAVES = (10, 19, 28)
COLUMNS = ("id", "kind", "place", "year", "length", "split")
KINDS = ("meeting", "institution", "tour", "national", "speech", "notice", "personnel", "page")
#: A sentence this long (Chinese characters) must not stand on both sides.
SENTENCE = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the index; `year` is empty where the text names none."""

    id: str
    kind: str
    place: str
    year: str
    length: int
    split: str


def read_index(path: Path = INDEX) -> dict[str, Entry]:
    """The index by id; ValueError naming file and line for a kind, split or number not expected."""
    entries: dict[str, Entry] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if list(reader.fieldnames or []) != list(COLUMNS):
            raise ValueError(f"{path}:1: found {reader.fieldnames}; expected {','.join(COLUMNS)}")
        for number, row in enumerate(reader, 2):
            where = f"{path}:{number}"
            if row.get("kind") not in KINDS:
                raise ValueError(f"{where}: kind {row.get('kind')!r}; expected one of {KINDS}")
            if row.get("split") not in {"train", "dev"}:
                raise ValueError(f"{where}: split {row.get('split')!r}; expected train or dev")
            if not row["length"].isdigit() or not re.fullmatch(r"(\d{4})?", row["year"]):
                raise ValueError(f"{where}: length or year is no number")
            if row["id"] in entries:
                raise ValueError(f"{where}: {row['id']} twice")
            entries[row["id"]] = Entry(
                row["id"], row["kind"], row["place"], row["year"], int(row["length"]), row["split"]
            )
    return entries


def write_index(entries: Iterable[Entry], path: Path = INDEX) -> None:
    """Write the index, in the order given."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for e in entries:
            writer.writerow([e.id, e.kind, e.place, e.year, e.length, e.split])


def writer_of(id: str) -> str:
    """The writer of a text: the part of its id before the underscore."""
    return id.split("_")[0]


def wave_of(writer: str) -> int:
    """When a writer's texts came: how many of WAVES' last writers come before."""
    number = int(re.sub(r"\D", "", writer) or 0)
    return sum(number > last for last in WAVES)


def assign(entries: Sequence[Entry], seed: str = SEED, share: float = SHARE) -> list[Entry]:
    """The entries with a split by hash, `share` of each writer's texts of each kind for dev.

    Within a stratum the ids are ordered by the sha256 of seed and id; what rounding leaves over is
    carried to the next stratum, so that the whole keeps its share. The strata of later writers come
    after those of earlier waves, so that new texts never move old ones to the other side.
    """
    strata: dict[tuple[int, str, str], list[Entry]] = {}
    for entry in entries:
        writer = writer_of(entry.id)
        strata.setdefault((wave_of(writer), entry.kind, writer), []).append(entry)
    dev: set[str] = set()
    carried = 0.5
    for key in sorted(strata):
        members = sorted(
            strata[key], key=lambda e: hashlib.sha256(f"{seed}/{e.id}".encode()).hexdigest()
        )
        carried += share * len(members)
        count = int(carried)
        carried -= count
        dev |= {e.id for e in members[:count]}
    return [replace(e, split="dev" if e.id in dev else "train") for e in entries]


def sentences(text: str) -> set[str]:
    """The text's sentences of at least 20 Chinese characters, reduced to those characters."""
    parts = re.split(r"[。！？!?；;\n]", text)
    reduced = (re.sub(r"[^\u3400-\u9fff]", "", part) for part in parts)
    return {part for part in reduced if len(part) >= SENTENCE}


def shared_sentences(records: Iterable[Record], index: dict[str, Entry]) -> dict[str, list[str]]:
    """Sentences that stand in texts of both splits, with the ids, but for listed formulae."""
    listed = set(FORMULAE.read_text(encoding="utf-8").split()) if FORMULAE.exists() else set()
    where: dict[str, list[str]] = {}
    for record in records:
        for sentence in sentences(record.text):
            where.setdefault(sentence, []).append(str(record.id))
    return {
        sentence: ids
        for sentence, ids in sorted(where.items())
        if len({index[i].split for i in ids}) == 2 and sentence not in listed
    }


def split_records(split: str, folder: Path = CORPUS) -> list[Record]:
    """The corpus's records of one split, with their kinds."""
    index = read_index(folder / INDEX.name)
    return [
        replace(record, kind=index[str(record.id)].kind)
        for record in read_folder(folder)
        if index[str(record.id)].split == split
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Check the index against the texts; 1 if they do not fit or a sentence is on both sides."""
    parser = argparse.ArgumentParser(
        prog="python -m data.split",
        description="Check data/corpus/index.csv: every text once, lengths right, the split as the "
        "seeded hash gives it, no sentence of 20 characters on both sides.",
    )
    parser.add_argument(
        "--write", action="store_true", help="set lengths and splits of all entries, then check"
    )
    args = parser.parse_args(argv)
    index = read_index()
    records = read_folder(CORPUS)
    if args.write:
        lengths = {str(r.id): len(r.text) for r in records}
        entries = [replace(e, length=lengths.get(i, e.length)) for i, e in index.items()]
        write_index(assign(entries))
        index = read_index()
    problems = [f"{r.id}: not in the index" for r in records if r.id not in index]
    problems += [f"{i}: no text" for i in index if i not in {r.id for r in records}]
    if not problems:
        problems += [
            f"{r.id}: length {len(r.text)}, the index says {index[str(r.id)].length}"
            for r in records
            if index[str(r.id)].length != len(r.text)
        ]
        again = {e.id: e.split for e in assign(list(index.values()))}
        problems += [
            f"{i}: split {e.split}, expected {again[i]}"
            for i, e in index.items()
            if e.split != again[i]
        ]
        problems += [
            f"on both sides: {s} ({', '.join(i)})"
            for s, i in shared_sentences(records, index).items()
        ]
    print(
        "\n".join(problems) if problems else f"{len(records)} texts, index and split fit",
        file=sys.stderr,
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
