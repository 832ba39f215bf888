"""Who holds a title: the names for the attribute `of`, by rules over the spans.

Texts here are model text (`Characters.text`): simplified, half width (`,` is the Chinese comma).
A row of titles belongs to the row of names it stands before, else to the name it stands behind
(`李书记`, `组长:李四`), else to the subject of the verb that appoints (`任命李四为…`, `现任…`),
else, in a curriculum, to the person the curriculum is about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from model.schema import Span

#: A note in brackets behind a name or a post: `(女,藏族)`, `(正县级)`.
_NOTE = r"(?:\([^()\n]{0,30}\)|\[[^\[\]\n]{0,12}\])"
_NAME_JOIN = re.compile(rf"(?:同志|先生|女士)?{_NOTE}?\s*(?:[、和与及]|以及)?\s*(?:同志)?")
_TITLE_JOIN = re.compile(
    rf"{_NOTE}?\s*(?:[、和与及兼/]|以及|并?兼任?|暨)?\s*(?:原|时任|分管|兼|现任|并)?"
)
_BEFORE_NAME = re.compile(
    rf"(?:{_NOTE}|”)?[\s、]*(?:[:“]|人选|的(?:同志)?[有是为]?:?|——|—|同志)?\s*"
)
_EACH = re.compile(
    r"(?:各|各级|各地|全体|部分|有关|相关|一些|多名|若干|两名|三名)[^,。;:!?、\n]{0,6}$"
)
_STOP = re.compile(r"[。;!?]")
#: What may stand between a name and the post it is given, at the end of the stretch.
_HOLDS = re.compile(
    r"(?:(?<![责主信])任命?为?|当选为?|选举?为?|[担兼现时历曾出接拟调升转续改]任|聘[任请]?为?|推选为?|拟?提名为?|"
    r"[作身成]?为|系|(?<![一二三四五六七八九十])是|任免|代理|(?:免去|辞去了?|撤销|任命|保留)其?|卸任|"
    r"[干做当]过?|当上|挂[职任]+|授予?|晋升为?|职务|兼职)(?:了|过|起任|着)?"
    r"(?:第?[一二三四五六七八九十\d]+届、?)*(?:原|中共|“|\s|:)*$"
)
_MANY = re.compile(r"[\d几数多两]+[名位个]|各|每|谁|哪")
#: A list of jobs after such a verb, of which some are no posts.
_LIST = re.compile(
    r"(?:历任|先后任|先后担任|(?<![责主信])任)(?:[^,。;:!?、]{1,14}、){1,4}$|历任[^。;:!?]{1,40}[,、]$"
)
_OF_NAME = re.compile(rf"(?:同志|先生)?{_NOTE}?(?:同志)?的(?:原|现任)?$")
_APPOSITION = re.compile(
    rf"(?:同志)?{_NOTE}?[\s,:、—(]*(?:(?:男|女|汉族|现|是|系|为|原|时任)[\s,、:]*)*"
)
_CURRICULUM = re.compile(r",?(?:男|女)[,、)]|生于|出生")
_NAMED = re.compile(r"姓\s*名[:\s]*$|[(〇•\d一二三四五六七八九十]+[)、.．]\s*$|^\W+$")


_POST = re.compile(r"[”)]?(?:的?(?:岗位|位置|任上)|转任|升任|一路|任期)")
_BY_WHOM = re.compile(rf"(?:一职)?{_NOTE}?由[^。;!?\n]{{0,40}}$")
_TAKES = re.compile(r"(?:同志)?(?:兼任|担任|任|兼|出任)")
_HEADER = re.compile(r"[\s]*:")
_LABEL = re.compile(r"[一-龥](?:\s*[一-龥]){1,9}\s*:")
_DATED = re.compile(r"\s*[(\[]?(?:\d{4}|现任|曾任|拟任|拟免|任现职|时任|原任|历任)")
_PERIOD = re.compile(r"\s*\(?(?:19|20)\d\d[年.][\d年月.\s至到—~-]*(?:今)?[\s:,]*")
_CHAIN = re.compile(rf"(?:同志)?{_NOTE}?\s*(?:[,、和与及]|以及|,?并)\s*")
_FAR = "\0"


@dataclass(frozen=True, slots=True)
class Holding:
    """Who holds a title: indices of OFFICIAL spans, and whether the name does not stand at it."""

    names: tuple[int, ...]
    inferred: bool


@dataclass(slots=True)
class _Row:
    """A row of names or of titles: indices into the spans, and where it stands."""

    label: str
    members: list[int]
    start: int
    end: int
    holders: Sequence[int] = ()
    by_verb: bool = False
    inferred: bool = False


def _rows(text: str, spans: Sequence[Span], order: Sequence[int]) -> list[_Row]:
    """Names and titles in reading order, joined to rows."""
    rows: list[_Row] = []
    for place, index in enumerate(order):
        span = spans[index]
        row = rows[-1] if rows else None
        joins = False
        if row is not None and row.label == span.label and span.start - row.end < REACH:
            gap = text[row.end : span.start]
            if span.label == "OFFICIAL":
                follower = spans[order[place + 1]] if place + 1 < len(order) else None
                # `张三、李书记`: the surname belongs to the post behind it, not to the row.
                titled = (
                    follower is not None
                    and follower.label == "TITLE"
                    and follower.start == span.end
                    and span.end - span.start == 1
                )
                joins = bool(gap) and "\n" not in gap and not titled
                joins = joins and _NAME_JOIN.fullmatch(gap) is not None
            else:
                joins = "\n" not in gap and _TITLE_JOIN.fullmatch(gap) is not None
                # `张三校长、副校长李四`: the first name has its post, the second is the next one's.
                behind = len(rows) > 1 and rows[-2].end == row.start
                joins = joins and not (behind and _before_name(spans, order, place))
        if row is not None and joins:
            row.members.append(index)
            row.end = span.end
        else:
            rows.append(_Row(span.label, [index], span.start, span.end))
    return rows


def _before_name(spans: Sequence[Span], order: Sequence[int], place: int) -> bool:
    """Whether the titles from `place` on end right at a name."""
    for here, after in pairwise(order[place : place + 6]):
        if spans[after].label == "OFFICIAL":
            return spans[after].start == spans[here].end
    return False


#: Characters between two mentions up to which they can stand in one row, or in one clause.
REACH = 40
CLAUSE = 200


def _between(text: str, start: int, end: int, reach: int) -> str:
    """The text between two mentions, or what matches no pattern where they are too far apart."""
    return text[start:end] if 0 <= end - start <= reach else _FAR


def _chain(text: str, rows: Sequence[_Row], at: int) -> list[int]:
    """The names of the row `at` and of the titled names joined before it.

    `副县长张三,县公安局局长李四任副组长`: both.
    """
    names = list(rows[at].members)
    while at >= 2 and rows[at - 1].label == "TITLE" and rows[at - 2].label == "OFFICIAL":
        title, before = rows[at - 1], rows[at - 2]
        if not _BEFORE_NAME.fullmatch(_between(text, title.end, rows[at].start, REACH)):
            break
        if not _CHAIN.fullmatch(_between(text, before.end, title.start, REACH)):
            break
        names = list(before.members) + names
        at -= 2
    return names


def _roster(text: str, rows: Sequence[_Row], at: int) -> list[int]:
    """The names listed behind `组长:`: on its line, and on lines below that begin with a name."""
    names: list[int] = []
    position = rows[at].end
    for row in rows[at + 1 :]:
        gap = _between(text, position, row.start, CLAUSE)
        beyond = "\n" in gap
        header = row.label == "TITLE" and _HEADER.match(text, row.end)
        label = _LABEL.search(gap) if position != rows[at].end else None
        if gap == _FAR or header or label or "。" in gap or (";" in gap and not names):
            break
        if beyond and names and (row.label == "TITLE" or gap.strip(" \n,、;)〇•")):
            break
        if gap.startswith((";", "。")) or (names and ";" in gap):
            break
        if row.label == "OFFICIAL":
            names += row.members
        position = row.end
    return names


def _quantified(text: str, row: _Row) -> bool:
    """Whether a quantifier before the row says that it stands for many people."""
    return bool(_EACH.search(text[max(0, row.start - 10) : row.start]))


def holders(text: str, spans: Sequence[Span]) -> dict[int, Holding]:
    """For each TITLE that somebody named holds, by its index: the holders."""
    order = sorted(
        (i for i, s in enumerate(spans) if s.label in ("OFFICIAL", "TITLE")),
        key=lambda i: (spans[i].start, spans[i].end),
    )
    rows = _rows(text, spans, order)
    subject: Sequence[int] = ()
    person: Sequence[int] = ()
    speaker = _speaker(text, rows)
    for at, row in enumerate(rows):
        if row.label == "TITLE":
            _hold(text, rows, at, subject, person, speaker)
            continue
        subject = row.members
        line = text.rfind("\n", max(0, row.start - REACH), row.start) + 1
        lead = text[max(line, row.start - REACH) : row.start]
        first = not lead.strip() or _NAMED.search(lead)
        if len(row.members) == 1 and (first or _CURRICULUM.match(text, row.end)):
            person = row.members
    return {
        member: Holding(tuple(row.holders), row.inferred)
        for row in rows
        if row.label == "TITLE" and row.holders
        for member in row.members
    }


def _speaker(text: str, rows: Sequence[_Row]) -> Sequence[int]:
    """The name that stands with its posts on a line of its own in the head: who says `我`."""
    for at, row in enumerate(rows):
        if row.start > HEAD:
            break
        if row.label == "TITLE" or len(row.members) > 1 or not at or rows[at - 1].label != "TITLE":
            continue
        line = text.rfind("\n", 0, row.start) + 1
        end = text.find("\n", row.end)
        if not text[row.end : end].strip(" ()") and rows[at - 1].start - line < REACH:
            return row.members
    return ()


#: Characters from the start in which a speech names its speaker.
HEAD = 300


def _listed(text: str, rows: Sequence[_Row], at: int) -> bool:
    """Whether the title row stands behind its name as in a list: `张三 县长`, `张三(县长)`."""
    before = rows[at - 1] if at else None
    if before is None or before.label != "OFFICIAL":
        return False
    gap = _between(text, before.end, rows[at].start, REACH)
    if not gap or "\n" in gap or not re.fullmatch(rf"{_NOTE}?\s*[(]?\s*", gap):
        return False
    if _HEADER.match(text, rows[at].end):
        return (
            at < 2
            or rows[at - 2].label == "OFFICIAL"
            or "\n" in text[rows[at - 2].end : before.start]
        )
    after = rows[at + 1] if at + 1 < len(rows) else None
    if after is None or after.label != "OFFICIAL":
        return True
    return "\n" in text[rows[at].end : after.start] or text[rows[at].end : after.start].startswith(
        ")"
    )


def _hold(
    text: str,
    rows: Sequence[_Row],
    at: int,
    subject: Sequence[int],
    person: Sequence[int],
    speaker: Sequence[int],
) -> None:
    """Find the holders of the title row `at`; `subject` are the names before it."""
    row = rows[at]
    before = rows[at - 1] if at else None
    after = rows[at + 1] if at + 1 < len(rows) else None
    to_next = _between(text, row.end, after.start, REACH) if after else _FAR
    gap = _between(text, before.end, row.start, CLAUSE) if before else _FAR
    name_before = before is not None and before.label == "OFFICIAL"
    name_after = after is not None and after.label == "OFFICIAL"
    if _listed(text, rows, at) and before is not None:
        row.holders = before.members
        return
    if _HEADER.match(text, row.end):
        row.holders = _roster(text, rows, at)
        if row.holders:
            return
    if (
        name_after
        and after is not None
        and _BEFORE_NAME.fullmatch(to_next)
        and (gap or not to_next)
    ):
        row.holders = after.members
        return
    if name_before and before is not None:
        if not gap:
            row.holders = before.members[-1:]
            return
        if _quantified(text, row):
            return
        if _OF_NAME.fullmatch(gap) or _APPOSITION.fullmatch(gap):
            row.holders = before.members
            return
        if "\n" not in gap and not _STOP.search(gap) and _HOLDS.search(gap):
            row.holders = _chain(text, rows, at - 1) if len(gap) < 6 else before.members
            row.by_verb = True
            return
    if _quantified(text, row):
        return
    name = next((r for r in rows[at + 1 : at + 4] if r.label == "OFFICIAL"), None)
    if name is not None:
        whom = _between(text, row.end, name.start, CLAUSE)
        if _BY_WHOM.fullmatch(whom) and _TAKES.match(text, name.end):
            row.holders = name.members
            return
    if before is not None and before.by_verb and re.fullmatch(rf"{_NOTE}?[,、\s]+", gap):
        row.holders, row.by_verb = before.holders, True
        return
    opens = text[max(0, row.start - 2) : row.start].strip("原") in ("\n", "")
    joined = to_next == "," and at + 2 < len(rows) and rows[at + 2].start == rows[at + 1].end
    if opens and joined:
        # An obituary's row: `原市政协副主席,市总工会主席张三同志,因病…`.
        row.holders = rows[at + 2].members
        return
    _hold_by_sense(text, row, before, subject, person, speaker)


def _hold_by_sense(
    text: str,
    row: _Row,
    before: _Row | None,
    subject: Sequence[int],
    person: Sequence[int],
    speaker: Sequence[int],
) -> None:
    """The holder of a title that no name stands at: subject, speaker, a curriculum's person."""
    line = max(text.rfind("\n", max(0, row.start - CLAUSE), row.start) + 1, row.start - CLAUSE, 0)
    lead = text[line : row.start]
    sentence = _STOP.split(lead)[-1]
    given = bool(_HOLDS.search(sentence) or _LIST.search(sentence)) or (
        sentence.endswith(("在", "从", "由")) and _POST.match(text, row.end) is not None
    )
    if given and not _MANY.search(sentence):
        here = before is not None and before.start >= row.start - len(sentence)
        row.holders = (
            speaker if speaker and "我" in sentence else subject if here else person or subject
        )
        row.by_verb = row.inferred = True
    elif (_DATED.match(lead) and not _STOP.search(lead)) or _PERIOD.fullmatch(sentence):
        row.holders = person or subject
        row.by_verb = row.inferred = True
    elif speaker and sentence == "作为":
        row.holders = speaker
