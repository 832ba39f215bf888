"""From spans to the finished record: raw offsets, normal forms, attributes, people, own date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date as calendar_date

from model.characters import Characters, characters, folding
from model.demand import demands
from model.holders import holders
from model.issuers import issuers
from model.mention import read
from model.schema import Person, Record, Span
from model.timex import Day, own_date, resolve

_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def _given(date: str) -> Day:
    match = _ISO.fullmatch(date)
    try:
        day = calendar_date.fromisoformat(date if match else "")
    except ValueError:
        raise ValueError(f"date {date!r}; expected the text's own date as YYYY-MM-DD") from None
    return Day(day.year, day.month, day.day)


def _own_characters(chars: Characters, start: int, end: int) -> str:
    """The raw characters of a stretch of model characters, without pinyin and blanks."""
    raw, starts, ends = chars.raw, chars.starts, chars.ends
    pieces = (
        raw[starts[i]] if ends[i] - starts[i] == 1 else chars.text[i] for i in range(start, end)
    )
    return "".join(piece for piece in pieces if not piece.isspace())


def _norm(chars: Characters, start: int, end: int) -> str:
    return re.sub(r"\s", "", chars.text[start:end])


def _filled(
    chars: Characters,
    spans: Sequence[Span],
    places: Sequence[tuple[int, int]],
    own: Day | None,
) -> list[Span]:
    """The spans at their raw places, with norm and attributes."""
    text = chars.text
    held = holders(text, spans)
    asked = issuers(text, spans)
    resolved = resolve(text, spans, own)
    dates = iter(resolved)
    values = iter(resolved)
    valued = []
    for span in spans:
        value, mod = next(values) if span.label == "DATE" else (None, None)
        valued.append(replace(span, value=value, mod=mod))
    told = demands(text, valued)
    out: list[Span] = []
    for index, (span, (start, end)) in enumerate(zip(spans, places, strict=True)):
        label, score = span.label, span.score
        guessed: tuple[str, ...] = ()
        if label == "DATE":
            value, mod = next(dates)
            unstated = own is not None and not own.stated
            if value and unstated and read(text[span.start : span.end]).start.year is None:
                guessed = ("value",)
            out.append(Span(start, end, label, value=value, mod=mod, score=score, guessed=guessed))
        elif label == "DIRECTIVE":
            by = None
            issuer = asked.get(index)
            if issuer is not None:
                by = _own_characters(chars, issuer.start, issuer.end)
                guessed = ("by",) if issuer.carried else ()
            demand = told[index]
            to = demand.addressee and _own_characters(chars, *demand.addressee)
            out.append(
                Span(
                    start, end, label, by=by, to=to or None, deadline=demand.deadline,
                    kind=demand.kind, score=score, guessed=guessed,
                )
            )  # fmt: skip
        else:
            of = None
            holding = held.get(index)
            if holding is not None:
                names = (
                    _own_characters(chars, spans[i].start, spans[i].end) for i in holding.names
                )
                of = "、".join(dict.fromkeys(names))
                guessed = ("of",) if holding.inferred else ()
            norm = _norm(chars, span.start, span.end)
            out.append(Span(start, end, label, of=of, norm=norm, score=score, guessed=guessed))
    return out


def _people(chars: Characters, spans: Sequence[Span]) -> tuple[Person, ...]:
    """The officials of the spans (raw offsets), in the order of their first mention."""
    mentions: dict[str, list[tuple[int, int]]] = {}
    for span in spans:
        if span.label == "OFFICIAL" and span.norm:
            mentions.setdefault(span.norm, []).append((span.start, span.end))
    titles: dict[str, dict[str, None]] = {}
    directives: dict[str, list[int]] = {}
    table = folding()
    for index, span in enumerate(spans):
        if span.of is not None and span.norm:
            for name in span.of.split("、"):
                titles.setdefault(name.translate(table), {})[span.norm] = None
        if span.by is not None:
            directives.setdefault(span.by.translate(table), []).append(index)
    return tuple(
        Person(name, tuple(titles.get(name, ())), tuple(places), tuple(directives.get(name, ())))
        for name, places in mentions.items()
    )


def _record(
    chars: Characters,
    spans: Sequence[Span],
    places: Sequence[tuple[int, int]],
    date: str | None,
) -> Record:
    """The record of spans in model characters whose raw places are `places`."""
    if date is not None:
        own: Day | None = _given(date)
    else:
        own = own_date(chars.text, [(s.start, s.end) for s in spans if s.label == "DATE"])
    raw = _filled(chars, spans, places, own)
    raw.sort(key=Span.order)
    stated = own.iso if own is not None and own.stated and own.day is not None else None
    return Record(chars.raw, tuple(raw), _people(chars, raw), date=stated)


def complete(chars: Characters, spans: Sequence[Span], *, date: str | None = None) -> Record:
    """The record of a text from the spans found in it.

    `spans` have offsets of model characters, a label and a score; other fields are replaced. `date`
    is the text's own date (YYYY-MM-DD) where the caller knows it better than the text; ValueError
    if it has another form. Spans without a character are refused with ValueError.
    """
    for span in spans:
        if not 0 <= span.start < span.end <= len(chars):
            raise ValueError(
                f"span {span.start}..{span.end} does not lie in the {len(chars)} model characters"
            )
    bare = [Span(s.start, s.end, s.label, score=s.score) for s in spans]
    places = [chars.to_raw(s.start, s.end) for s in bare]
    return _record(chars, bare, places, date)


def from_raw_spans(text: str, spans: Sequence[Span]) -> Record:
    """The record of a text from spans with raw offsets, their attributes found anew.

    Every span keeps its start and end to the character, also where the text there is pinyin.
    """
    chars = characters(text)
    bare: list[Span] = []
    for span in spans:
        start, end = chars.from_raw(span.start, span.end)
        bare.append(Span(start, max(start, end), span.label, score=span.score))
    return _record(chars, bare, [(s.start, s.end) for s in spans], None)
