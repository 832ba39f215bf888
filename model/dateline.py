"""A text's own date: from its publication line, signature, dateline, or what the body gives away.

Texts here are model text (`Characters.text`); offsets are offsets of it.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from model.mention import Mention, Point, count, counts_from_1912, read


@dataclass(frozen=True, slots=True)
class Day:
    """A date known to the year, the month or the day.

    `stated` says that a dateline, publication line or signature gives it; otherwise it was taken
    from the body and only serves to resolve other dates.
    """

    year: int
    month: int | None = None
    day: int | None = None
    stated: bool = True

    @property
    def iso(self) -> str:
        """`2019`, `2019-05` or `2019-05-23`."""
        parts = f"{self.year:04d}"
        if self.month is not None:
            parts += f"-{self.month:02d}"
            if self.day is not None:
                parts += f"-{self.day:02d}"
        return parts


_PUBLICATION = re.compile(r"(?:时间|日期|发布于?|印发|公开|更新)[:\s]*$")
_WIRE = re.compile(r"(?:[电讯]|消息|报道)\W*$")
_AFTER_WIRE = re.compile(r"\W*专?[电讯]")
_BODY_MARK = re.compile("[。,;]")
_YEAR_IN_TITLE = re.compile(r"(?:19|20)\d\d(?=\D|$)")
_BARE = " ()—-[]\u3000"
#: Characters around a date that are looked at as its line.
LINE = 60
#: A year in which every day exists, for dates without a year.
LEAP_YEAR = 2020
#: Where a text states its own date, the surest first.
PUBLICATION, SIGNATURE, DATELINE, ENDING, OPENING = range(5)


def _place(text: str, start: int, end: int, tail: int) -> int | None:
    """Which of those places a date stands in, or None; `tail` is where the last two lines begin."""
    line_start = text.rfind("\n", max(0, start - LINE), start) + 1
    line_end = text.find("\n", end, end + LINE)
    last_line = start >= tail
    before = text[max(line_start, start - LINE) : start]
    after = text[end : line_end if line_end >= 0 else end + LINE]
    if _PUBLICATION.search(before):
        return PUBLICATION
    if not before.strip(_BARE) and not after.strip(_BARE + "印发。"):
        return SIGNATURE
    if _WIRE.search(before[-12:]) or _AFTER_WIRE.match(after):
        return DATELINE
    plain = len(before) + len(after) < 40 and not _BODY_MARK.search(before + after)
    if last_line and (before.startswith("(") or plain):
        return ENDING
    if start < OPENING_LENGTH:
        return OPENING
    return ENDING + 1 if last_line and len(text) - end < 80 else None


def _title(text: str) -> str:
    """The lines before the body: short ones, without a full stop."""
    lines: list[str] = []
    for line in text[:400].split("\n")[:4]:
        if len(line) > 60 or "。" in line:
            break
        lines.append(line)
    return "\n".join(lines)


#: A work report's heading of the year to come, which is the report's own.
_PLAN_HEADING = re.compile(
    r"^[一二三四五六七八九十]{1,2}、(20\d\d)年(?:度)?(?:的|主要|重点|全[县市区年])*(?:工作|任务|目标)(?!回顾|总结|情况)",
    re.M,
)
HEADINGS = 50
_REVIEW = re.compile(r"(?:回顾|总结|通报|汇报|报告)[了,]*$")
_PLAN = re.compile(r"(?:谋划|部署|提出|讨论|安排|明确|审议|听取|研究)[了,]*$")


def _body_year(text: str, mentions: Sequence[tuple[int, int, Mention]]) -> int | None:
    """The year that the body gives away: reviewed, planned, or set with a day."""
    month = next((m.start.month for _, _, m in mentions if m.start.month), None)
    if month is None:
        return None
    for start, end, mention in mentions:
        point, before = mention.start, text[max(0, start - 8) : start]
        if point.year is None or text.startswith("以来", end):
            continue
        if mention.bound == "BEFORE" and point.month is not None:
            return point.year if point.month >= month else point.year - 1
        if _REVIEW.search(before):
            whole = point.month is None and not point.quarter and not point.half
            return point.year + 1 if whole and month <= 6 else point.year
        if _PLAN.search(before):
            return point.year - 1 if month >= 11 else point.year
    return None


_NAMED_YEAR = re.compile(r"(?<![\d.至到—-])(20\d\d)(?=[年〕\])》级-])(?![年-]*(?:以来|\d{2}))")
#: Months in which those who enter in a year are welcomed; in others their year is not the text's.
INTAKE_MONTHS = (8, 9, 10)
_BIRTHDAY = re.compile(r"诞辰(\d{2,3}|[零〇一二三四五六七八九十百]{1,6})周年")
_BORN = re.compile(",?[他她]?(?:出生|诞生|生于)")
#: Years that a text of ours can be of.
FIRST_YEAR, LAST_YEAR = 1900, 2100


def _birth(
    text: str, mentions: Sequence[tuple[int, int, Mention]]
) -> tuple[int, int | None] | None:
    """Where a birth is dated in a text for somebody's birthday, and the year of that birthday."""
    named = _BIRTHDAY.search(text, 0, OPENING_LENGTH)
    if named is None:
        return None
    years = int(named[1] if named[1].isdigit() else count(named[1]))
    for start, end, mention in mentions:
        if mention.start.year and (_BORN.match(text, end) or text.endswith("生于", 0, start)):
            year = mention.start.year + years
            return start, year if FIRST_YEAR <= year <= LAST_YEAR else None
    return None


#: Behind a year that is taken for a date of its own but belongs to the name of what follows.
_OF_A_NAME = re.compile(
    r"[^,。;:、\n]{0,16}?(?:会议|大会|全会|座谈会|研讨会|年会|选举|换届|论坛|仪式|培训班|竞赛|比赛|活动|规划|计划|方案)"
)


def _bare_year(mention: Mention) -> bool:
    return mention.end is None and replace(mention.start, year=None).empty


def _named_year(text: str, mentions: Sequence[tuple[int, int, Mention]]) -> int | None:
    """The year in a name (of a meeting, plan or paper) in the opening, outside dates."""
    month = next((m.start.month for _, _, m in mentions if m.start.month), None)
    covered = {
        i
        for start, end, mention in mentions
        if start < OPENING_LENGTH and not (_bare_year(mention) and _OF_A_NAME.match(text, end))
        for i in range(start, end)
    }
    years = [
        int(m[1])
        for m in _NAMED_YEAR.finditer(text, 0, OPENING_LENGTH)
        if m.start() not in covered and (text[m.end()] != "级" or month in INTAKE_MONTHS)
    ]
    return years[0] if years else None


#: Characters from the start in which a text names its own date, if it has no line for it.
OPENING_LENGTH = 400


def own_date(text: str, date_spans: Iterable[tuple[int, int]]) -> Day | None:
    """The text's own date, or None where the text states none.

    Taken from, in this order: publication line, signature, dateline, last line, the first full date
    of the opening. A month and day there without a year take the year of the title, or the one
    that the body gives away.
    """
    republic = counts_from_1912(text)
    mentions = [(start, end, read(text[start:end], republic)) for start, end in sorted(date_spans)]
    tail = text.rfind("\n", 0, max(0, text.rstrip().rfind("\n"))) + 1
    dated: list[tuple[int, int, Point]] = []
    open_year: list[tuple[int, int, Point]] = []
    birth = _birth(text, mentions)
    for start, end, mention in mentions:
        point = mention.end or mention.start
        if birth and start == birth[0]:
            continue
        if point.year is None:
            point = replace(point, year=mention.start.year)
        if point.month is None:
            point = replace(point, month=mention.start.month)
        if mention.bound or point.day is None or point.month is None:
            continue
        if point.day > calendar.monthrange(point.year or LEAP_YEAR, point.month)[1]:
            continue
        place = _place(text, start, end, tail)
        if place is not None and (mention.end is None or place == OPENING):
            (open_year if point.year is None else dated).append((place, start, point))
    best = min(dated, default=None, key=lambda d: d[:2])
    partial = min((d for d in open_year if d[0] < OPENING), default=None, key=lambda d: d[:2])
    if best and best[0] < OPENING:
        return Day(best[2].year or 0, best[2].month, best[2].day)
    in_title = _YEAR_IN_TITLE.search(_title(text))
    year = int(in_title[0]) if in_title else None
    for heading in islice(_PLAN_HEADING.finditer(text), HEADINGS):
        year = int(heading[1])
    if birth and year is None:
        year = birth[1]
    if best and (year is None or not partial):
        year = best[2].year
    if year is None:
        year = _body_year(text, mentions) or _named_year(text, mentions)
    if year is None:
        return None
    if partial:
        return Day(year, partial[2].month, partial[2].day)
    if best:
        return Day(year, best[2].month, best[2].day, stated=False)
    return Day(year, stated=False)
