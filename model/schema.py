"""What comes out: spans and records, and their JSON form."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

SCHEMA_VERSION = 1

ENTITY_LABELS = ("OFFICIAL", "TITLE", "DATE")
CLAUSE_LABELS = ("DIRECTIVE",)
LABELS = ENTITY_LABELS + CLAUSE_LABELS
ATTRIBUTES = ("of", "by", "to", "deadline", "kind", "value", "mod")
MODS = ("BEFORE", "AFTER", "START", "MID", "END")
DEMAND_KINDS = ("require", "forbid", "urge")

#: Which attributes a label may carry.
ALLOWED: dict[str, tuple[str, ...]] = {
    "OFFICIAL": (),
    "TITLE": ("of",),
    "DATE": ("value", "mod"),
    "DIRECTIVE": ("by", "to", "deadline", "kind"),
}
#: The values of attributes that have a closed list of them.
CLOSED = {"mod": MODS, "kind": DEMAND_KINDS}


class SchemaError(ValueError):
    """A record that does not have the published form; the message says where and what."""


@dataclass(frozen=True, slots=True)
class Span:
    """One labelled stretch of a text; `start` and `end` are code points, `end` exclusive."""

    start: int
    end: int
    label: str
    of: str | None = None
    by: str | None = None
    to: str | None = None
    deadline: str | None = None
    kind: str | None = None
    value: str | None = None
    mod: str | None = None
    norm: str | None = None
    score: float | None = None
    guessed: tuple[str, ...] = ()

    @property
    def layer(self) -> str:
        """The layer the span lies on: `entity` or `clause`."""
        return "clause" if self.label in CLAUSE_LABELS else "entity"

    def order(self) -> tuple[int, int, bool]:
        """Sorting key: by start, longest first, a directive before an entity of its extent."""
        return self.start, -self.end, self.layer != "clause"

    @property
    def attributes(self) -> dict[str, str]:
        """The attributes that are set, in the order of the guideline."""
        pairs = ((name, getattr(self, name)) for name in ATTRIBUTES)
        return {name: value for name, value in pairs if value is not None}

    def to_json(self, text: str) -> dict[str, Any]:
        """The span as a JSON object of the record of `text`; unknown things are left out."""
        row: dict[str, Any] = {
            "start": self.start,
            "end": self.end,
            "label": self.label,
            "text": text[self.start : self.end],
        }
        if self.norm is not None:
            row["norm"] = self.norm
        row.update(self.attributes)
        if self.guessed:
            row["guessed"] = list(self.guessed)
        if self.score is not None:
            row["score"] = round(self.score, 4)
        return row


@dataclass(frozen=True, slots=True)
class Person:
    """An official of one text: every mention, post and directive that is theirs."""

    name: str
    titles: tuple[str, ...] = ()
    mentions: tuple[tuple[int, int], ...] = ()
    directives: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The person as a JSON object; `directives` are indices into the record's spans."""
        return {
            "name": self.name,
            "titles": list(self.titles),
            "mentions": [list(m) for m in self.mentions],
            "directives": list(self.directives),
        }


@dataclass(frozen=True, slots=True)
class Record:
    """One text read: the text exactly as given, its spans and who is in it.

    `date` is the text's own date (ISO, from its dateline, publication line or signature) or None.
    """

    text: str
    spans: tuple[Span, ...] = ()
    officials: tuple[Person, ...] = ()
    id: str | None = None
    date: str | None = None
    model: str | None = None
    kind: str | None = field(default=None, compare=False)

    def to_json(self) -> dict[str, Any]:
        """The record as the JSON object that `record.schema.json` describes."""
        row: dict[str, Any] = {"schema": SCHEMA_VERSION}
        if self.model is not None:
            row["model"] = self.model
        if self.id is not None:
            row["id"] = self.id
        row["text"] = self.text
        if self.date is not None:
            row["date"] = self.date
        row["spans"] = [span.to_json(self.text) for span in self.spans]
        row["officials"] = [person.to_json() for person in self.officials]
        return row

    def dumps(self) -> str:
        """The record as one line of JSON (UTF-8 as it is, no line ends inside)."""
        return json.dumps(self.to_json(), ensure_ascii=False)


def _object(found: object, where: str, what: str) -> Mapping[str, Any]:
    if not isinstance(found, Mapping):
        raise SchemaError(f"{where}: {what} is {found!r:.60}; expected an object")
    return found


def _list(row: Mapping[str, Any], key: str, where: str) -> list[Any]:
    found = row.get(key, [])
    if not isinstance(found, list):
        raise SchemaError(f"{where}: {key!r} is {found!r:.60}; expected a list")
    return found


def _span_from_json(found: object, text: str, where: str) -> Span:
    row = _object(found, where, "a span")
    try:
        start, end, label = row["start"], row["end"], row["label"]
    except KeyError as error:
        raise SchemaError(
            f"{where}: a span lacks the key {error}; expected start, end, label"
        ) from None
    if label not in LABELS:
        raise SchemaError(
            f"{where}: label {label!r} is unknown; expected one of {', '.join(LABELS)}"
        )
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise SchemaError(
            f"{where}: span {start}..{end} does not lie in the text of {len(text)} characters"
        )
    surface = row.get("text")
    if surface is not None and surface != text[start:end]:
        raise SchemaError(
            f"{where}: span {start}..{end} says {surface!r}, the text has {text[start:end]!r} there"
        )
    apart = _object(row.get("attrs", {}), where, "'attrs'")
    attrs = {**apart, **{k: row[k] for k in ATTRIBUTES if row.get(k) is not None}}
    wrong = next(((k, v) for k, v in attrs.items() if not isinstance(v, str)), None)
    if wrong:
        raise SchemaError(f"{where}: {wrong[0]} is {wrong[1]!r:.60}; expected a string")
    unknown = set(attrs) - set(ATTRIBUTES)
    if unknown:
        raise SchemaError(f"{where}: unknown attributes {sorted(unknown)}; expected {ATTRIBUTES}")
    return Span(
        start,
        end,
        label,
        norm=row.get("norm"),
        score=row.get("score"),
        guessed=tuple(_list(row, "guessed", where)),
        **attrs,
    )


def _person_from_json(found: object, where: str) -> Person:
    row = _object(found, where, "an official")
    name = row.get("name")
    if not isinstance(name, str):
        raise SchemaError(f"{where}: an official's name is {name!r:.60}; expected a string")
    mentions = _list(row, "mentions", where)
    if not all(isinstance(m, list) and len(m) == 2 for m in mentions):
        raise SchemaError(f"{where}: mentions are {mentions!r:.60}; expected pairs of offsets")
    return Person(
        name,
        tuple(_list(row, "titles", where)),
        tuple((a, b) for a, b in mentions),
        tuple(_list(row, "directives", where)),
    )


def record_from_json(found: Mapping[str, Any], where: str = "record") -> Record:
    """A record from its JSON object; attributes may be flat or under `attrs`.

    Raises SchemaError, beginning with `where`, when a span does not lie in the text, its `text`
    contradicts the text, a label or attribute is unknown, or a part is no object or list.
    """
    row = _object(found, where, "the record")
    text = row.get("text")
    if not isinstance(text, str):
        raise SchemaError(f"{where}: no string under the key 'text'")
    name = row.get("id")
    if name is not None and not isinstance(name, str):
        name = str(name)
    version = row.get("schema", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise SchemaError(
            f"{where}: schema {version!r}; this version reads schema {SCHEMA_VERSION}"
        )
    spans = tuple(_span_from_json(span, text, where) for span in _list(row, "spans", where))
    people = tuple(_person_from_json(person, where) for person in _list(row, "officials", where))
    return Record(text, spans, people, name, row.get("date"), row.get("model"), row.get("kind"))


def read_records(lines: Iterable[str], name: str) -> list[Record]:
    """All records of a JSONL file given by its lines; `name` is the file for error messages."""
    return list(each_record(lines, name))


def each_record(lines: Iterable[str], name: str) -> Iterator[Record]:
    """The records of a JSONL file one by one; SchemaError names the line of what does not fit."""
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"{name}, line {number}"
        try:
            row = json.loads(line)
        except json.JSONDecodeError as error:
            raise SchemaError(f"{where}, column {error.colno}: not JSON ({error.msg})") from None
        yield record_from_json(row, where)
