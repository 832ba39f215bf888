"""The inline annotation form: text with `<o>`, `<p>`, `<t>` and `<d>` tags, read strictly.

One text has one inline form only: attributes in the order `of by to deadline kind v mod`, `<d>`
outside an entity tag of the same extent, `<`, `>` and `&` of the text written as entities. `parse`
refuses every other spelling, so `dump(parse(source)) == source` for everything it accepts.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from model.schema import ALLOWED, CLOSED, Record, Span

TAGS = {"o": "OFFICIAL", "p": "TITLE", "t": "DATE", "d": "DIRECTIVE"}
TAG_OF = {label: tag for tag, label in TAGS.items()}
#: Attribute names as written, and as the record calls them; the order is the order of writing.
WRITTEN = {
    "of": "of", "by": "by", "to": "to", "deadline": "deadline", "kind": "kind",
    "v": "value", "mod": "mod",
}  # fmt: skip
EDGES = frozenset("，。；：、！？,.;:!?")

_TAG = re.compile(r"<(/?)([a-z]+)((?: [a-z]+=\"[^\"<>]*\")*)>")
_ATTRIBUTE = re.compile(r" ([a-z]+)=\"([^\"<>]*)\"")
_ENTITY = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}
_VALUE_ENTITY = {**_ENTITY, "&quot;": '"'}


class InlineError(ValueError):
    """A file that is not in the inline form; the message names file, line and column."""

    def __init__(self, name: str, source: str, offset: int, message: str) -> None:
        line = source.count("\n", 0, offset) + 1
        column = offset - (source.rfind("\n", 0, offset) + 1) + 1
        super().__init__(f"{name}:{line}:{column}: {message}")
        self.line, self.column = line, column


def _unescape(value: str, entities: dict[str, str], fail: object, offset: int) -> str:
    def replace(match: re.Match[str]) -> str:
        found = match.group()
        if found not in entities:
            assert callable(fail)
            raise fail(offset + match.start(), f"found {found!r}; write '&' as &amp;")
        return entities[found]

    return re.sub(r"&[a-z]*;?", replace, value)


def parse(source: str, name: str = "<text>") -> tuple[str, list[Span]]:
    """Text and spans of an inline source; spans are sorted by start, longest first.

    Raises InlineError for unknown or crossing tags, spans that overlap in one layer, are empty or
    begin or end with white space or punctuation, attributes a label does not carry, and any
    spelling other than the one `dump` gives.
    """

    def fail(offset: int, message: str) -> InlineError:
        return InlineError(name, source, offset, message)

    out: list[str] = []
    length = 0
    spans: list[Span] = []
    stack: list[tuple[str, int, int, dict[str, str]]] = []
    position = 0
    while position < len(source):
        char = source[position]
        if char == ">":
            raise fail(position, "found '>' outside a tag; write it as &gt;")
        if char == "&":
            match = re.compile(r"&[a-z]*;?").match(source, position)
            assert match is not None
            if match.group() not in _ENTITY:
                raise fail(position, f"found {match.group()!r}; write '&' of the text as &amp;")
            out.append(_ENTITY[match.group()])
            length += 1
            position = match.end()
            continue
        if char != "<":
            stop = position
            while stop < len(source) and source[stop] not in "<>&":
                stop += 1
            out.append(source[position:stop])
            length += stop - position
            position = stop
            continue
        tag = _TAG.match(source, position)
        if tag is None:
            shown = source[position : position + 20]
            raise fail(position, f"found {shown!r}; expected a tag of o, p, t, d or &lt;")
        closing, kind, rest = tag.groups()
        if kind not in TAGS:
            raise fail(position, f"found the tag {tag.group()}; expected one of o, p, t, d")
        if closing:
            if rest:
                raise fail(position, "a closing tag has no attributes")
            if not stack or stack[-1][0] != kind:
                expected = f"</{stack[-1][0]}>" if stack else "no closing tag"
                raise fail(position, f"found </{kind}>; expected {expected}")
            _, start, opened, attrs = stack.pop()
            surface = "".join(out)[start:]
            if not surface:
                raise fail(opened, f"<{kind}> is empty")
            for edge, at in ((surface[0], opened), (surface[-1], position)):
                if edge.isspace() or edge in EDGES:
                    raise fail(at, f"the span {surface!r} begins or ends with {edge!r}")
            spans.append(Span(start, length, TAGS[kind], **attrs))  # type: ignore[arg-type]
        else:
            inside = [entry[0] for entry in stack]
            if kind == "d" and inside:
                raise fail(position, f"<d> inside <{inside[-1]}>; <d> lies outside")
            if kind != "d" and any(other != "d" for other in inside):
                raise fail(position, f"<{kind}> inside <{inside[-1]}>; entities do not overlap")
            attrs = {}
            for match in _ATTRIBUTE.finditer(rest):
                key, value = match.groups()
                at = position + 1 + len(kind) + match.start()
                if WRITTEN.get(key) not in ALLOWED[TAGS[kind]]:
                    raise fail(at, f"<{kind}> has no attribute {key!r}")
                if WRITTEN[key] in attrs:
                    raise fail(at, f"attribute {key!r} twice")
                if not value:
                    raise fail(at, f"attribute {key!r} is empty; leave it out")
                value = _unescape(value, _VALUE_ENTITY, fail, at)
                if value not in CLOSED.get(key, (value,)):
                    expected = ", ".join(CLOSED[key])
                    raise fail(at, f"{key} is {value!r}; expected one of {expected}")
                attrs[WRITTEN[key]] = value
            stack.append((kind, length, position, attrs))
        position = tag.end()
    if stack:
        raise fail(stack[-1][2], f"<{stack[-1][0]}> is never closed")
    text = "".join(out)
    spans.sort(key=Span.order)
    again = dump(text, spans)
    if again != source:
        at = next((i for i, (a, b) in enumerate(zip(source, again, strict=False)) if a != b), 0)
        raise fail(at, f"found {source[at : at + 12]!r}; the one form is {again[at : at + 12]!r}")
    return text, spans


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _open(span: Span) -> str:
    attrs = span.attributes
    written = ((key, attrs[name]) for key, name in WRITTEN.items() if name in attrs)
    inner = "".join(f' {k}="{_escape(v).replace(chr(34), "&quot;")}"' for k, v in written)
    return f"<{TAG_OF[span.label]}{inner}>"


def dump(text: str, spans: Iterable[Span]) -> str:
    """The inline form of a text and its spans.

    Raises ValueError when two spans cross, which the inline form cannot write.
    """
    ordered = sorted(spans, key=Span.order)
    out: list[str] = []
    stack: list[Span] = []
    position = 0

    def close_until(limit: int) -> None:
        nonlocal position
        while stack and stack[-1].end <= limit:
            span = stack.pop()
            out.append(_escape(text[position : span.end]))
            out.append(f"</{TAG_OF[span.label]}>")
            position = span.end

    for span in ordered:
        close_until(span.start)
        if stack and span.end > stack[-1].end:
            raise ValueError(f"spans {stack[-1]} and {span} cross")
        out.append(_escape(text[position : span.start]))
        position = span.start
        out.append(_open(span))
        stack.append(span)
    close_until(len(text))
    out.append(_escape(text[position:]))
    return "".join(out)


def read_file(path: Path) -> Record:
    """The record of one `.inl` file; its last line end belongs to the file, not to the text.

    Raises InlineError for a wrong form and for bytes that are not UTF-8.
    """
    raw = path.read_bytes()
    try:
        source = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InlineError(str(path), "", 0, f"byte {error.start} is not UTF-8") from None
    text, spans = parse(source.removesuffix("\n"), str(path))
    return Record(text, tuple(spans), id=path.stem)


def read_folder(folder: Path) -> list[Record]:
    """The records of all `.inl` files of a folder, sorted by name; FileNotFoundError if none."""
    paths = sorted(folder.glob("*.inl"))
    if not paths:
        raise FileNotFoundError(f"{folder}: no .inl files; expected inline annotated texts there")
    return [read_file(path) for path in paths]


def main(argv: Sequence[str] | None = None) -> int:
    """Check inline files and print each error; 1 if there was one."""
    parser = argparse.ArgumentParser(
        prog="python -m data.inline",
        description="Check that files are in the inline annotation form; print file:line:column.",
    )
    parser.add_argument("files", nargs="+", type=Path, help=".inl files")
    failed = 0
    for path in parser.parse_args(argv).files:
        try:
            read_file(path)
        except (InlineError, OSError) as error:
            print(error, file=sys.stderr)
            failed = 1
    return failed


if __name__ == "__main__":
    sys.exit(main())
