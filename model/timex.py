"""What a date means: TIMEX3 `value` and `mod` of DATE spans, and a text's own date.

Texts here are model text (`Characters.text`); offsets are offsets of it. `model.mention` takes a
mention apart into what it states; here what it leaves open is filled in from the text's own date
and from the dates around it. A year that the text does not fix gives no value.
"""

from __future__ import annotations

import calendar
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from model.dateline import Day, own_date
from model.mention import Mention, Point, counts_from_1912, read, year_digits
from model.schema import Span

__all__ = ["Day", "own_date", "resolve"]


@dataclass(frozen=True, slots=True)
class Value:
    """A resolved point: the fields that are known, and which period they name."""

    year: int | None = None
    month: int | None = None
    day: int | None = None
    period: str | None = None
    months: tuple[int, int] | None = None

    @property
    def text(self) -> str | None:
        """The TIMEX3 value, or None where the year or what lies under it is unknown."""
        if self.year is None or not 1 <= self.year <= 9999:
            return None
        if self.months:
            first, last = self.months
            return f"{self.year:04d}-{first:02d}/{self.year:04d}-{last:02d}"
        if self.period:
            return f"{self.year:04d}-{self.period}"
        return Day(self.year, self.month, self.day).iso

    @property
    def last_day(self) -> Value:
        """The last day of the period."""
        if self.year is None or self.day is not None:
            return self
        month = self.month or 12
        if self.period:
            month = {"H1": 6, "Q1": 3, "Q2": 6, "Q3": 9}.get(self.period, 12)
        return Value(self.year, month, calendar.monthrange(self.year, month)[1])


def _of_date(day: date) -> Value:
    return Value(day.year, day.month, day.day)


def _days_on(base: Value, by: int) -> Value:
    """A day some days after another; nothing where the calendar ends."""
    ordinal = date(base.year or 1, base.month or 1, base.day or 1).toordinal() + by
    inside = date.min.toordinal() <= ordinal <= date.max.toordinal()
    return _of_date(date.fromordinal(ordinal)) if inside else Value()


def _shift(year: int | None, month: int | None, by: int) -> tuple[int | None, int | None]:
    if year is None or month is None:
        return None, None
    index = year * 12 + month - 1 + by
    return index // 12, index % 12 + 1


#: Months between the own month and the one named from which on the turn of the year is assumed.
ROLL_BACK = 9
ROLL_ON = 2
#: In these first months of a year reports tell of the year before.
REVIEW_MONTHS = 2
#: From this day of December on a task for `年底` is next year's.
YEAR_END = 15


def _rolled(year: int, point: Point, own: Day, future: bool) -> int:
    """The year of a date without one: the own year, but for turns of the year.

    A report of January that tells of December means last year's; a task set in November for
    February means next year's.
    """
    if own.month is None:
        return year
    early = own.month <= REVIEW_MONTHS
    begins = 3 * point.quarter - 2 if point.quarter else 7 if point.half == 2 else 0
    if early and not future and begins - own.month > ROLL_ON:
        return year - 1
    if point.month is None:
        if point.whole_year and early and not future:
            return year - 1
        late = own.month == 12 and (own.day or 0) >= YEAR_END
        return year + 1 if late and future and point.mod == "END" and not point.quarter else year
    ahead = point.month - own.month
    if not future and (ahead >= ROLL_BACK or (early and point.day is None and ahead > ROLL_ON)):
        return year - 1
    if future and -ahead >= ROLL_ON:
        return year + 1
    return year


#: A bare day further than this from the own one lies in the neighbouring month.
HALF_MONTH = 15


def _resolve_point(point: Point, own: Day | None, near: Value, future: bool) -> Value:
    """The value of one point; `near` is the date it leans on (fields may be unknown)."""
    here = Value(own.year, own.month, own.day) if own else Value()
    year = point.year
    if point.year_before and near.year is not None:
        year = near.year - 1
    elif point.year_by is not None and here.year is not None:
        year = here.year + point.year_by
        if point.year_open:
            year = near.year or _rolled(year, point, own or Day(year), future)
    elif point.year_after is not None and near.year is not None:
        year = near.year + point.year_after
    elif point.year_open:
        year = near.year
    month = point.month
    if point.month_open and here.month is None:
        year, month = near.year, near.month
    elif point.month_by is not None:
        year, month = _shift(here.year, here.month, point.month_by)
    elif point.month_after is not None:
        year, month = _shift(near.year, near.month, point.month_after)
    if point.day_after is not None or point.day_by is not None:
        base = near if point.day_after is not None else here
        by = point.day_after if point.day_after is not None else point.day_by or 0
        if base.year and base.month and base.day:
            return _days_on(base, by)
        return Value()
    if point.week_by is not None:
        if not (here.year and here.month and here.day):
            return Value()
        today = date(here.year, here.month, here.day)
        days = 7 * point.week_by - today.weekday()
        if not date.min.toordinal() <= today.toordinal() + days <= date.max.toordinal():
            return Value()
        monday = today + timedelta(days)
        if point.weekday is not None:
            return _days_on(_of_date(monday), point.weekday)
        iso = monday.isocalendar()
        return Value(iso.year, period=f"W{iso.week:02d}")
    if point.quarter_by is not None:
        year, month = _shift(here.year, here.month, 3 * point.quarter_by)
        return Value(year, period=f"Q{(month + 2) // 3}") if month else Value()
    if not point.has_year and point.month_by is None and point.month_after is None:
        if month is not None:
            year = near.year
            if year is None and here.year is not None:
                year = _rolled(here.year, point, own or Day(here.year), future)
        elif point.day is not None:
            year, month = near.year, near.month
            if (year is None or month is None) and here.month is not None:
                year, month = here.year, here.month
                if here.day is not None and abs(point.day - here.day) > HALF_MONTH:
                    # The 28th in a report of the 3rd lies in the month before; a task set on
                    # the 28th for the 5th lies in the next.
                    if not future and point.day > here.day:
                        year, month = _shift(year, month, -1)
                    elif future and point.day < here.day:
                        year, month = _shift(year, month, 1)
        else:
            year = near.year
            if year is None and here.year is not None:
                year = _rolled(here.year, point, own or Day(here.year), future)
    if point.half:
        return Value(year, period=f"H{point.half}")
    if point.quarter:
        return Value(year, period=f"Q{point.quarter}")
    if point.first_months:
        return Value(year, months=(1, point.first_months))
    if point.day is not None:
        if year is None or month is None:
            return Value(None, month, point.day)
        if point.day > calendar.monthrange(year, month)[1]:
            return Value()
        return Value(year, month, point.day)
    return Value(year, month)


_SENTENCE_END = re.compile(r"[。！？!?；;\n]")
_LINE_END = re.compile(r"\n")


_UNTIL = ("截至", "截止", "截止到", "到", "截至到")
_SET = ("做好", "完成", "完成好", "为", "的是", "实现", "确保", "抓好", "力争", "明确了", "明确")
_WILL = re.compile(",?将")
_JOINT = re.compile(r"\s*(?:[、,和及与至到或]|以及)\s*")
_QUOTE = re.compile("[“”]")


def _quoted(text: str) -> list[tuple[int, int]]:
    """The stretches inside quotation marks, from each opening mark to the next closing one."""
    marks = [(m.start(), m[0]) for m in _QUOTE.finditer(text)]
    return [(a, b) for (a, x), (b, y) in pairwise(marks) if x == "“" and y == "”"]


def _alone(text: str, start: int, end: int) -> bool:
    """Whether a mention makes up its line: in a chronicle it dates what follows."""
    return (start == 0 or text[start - 1] == "\n") and text[end : end + 1] == "\n"


_SINCE = re.compile("以来|起")
_HEADING = re.compile(
    r"^ *(?:(?:[一二三四五六七八九十]{1,2}、|(?P<part>第[一二三四五六七八九十]部分)"
    r"|(?P<sub>\([一二三四五六七八九十]{1,2}\)))(?P<title>[^\n。]{2,40})"
    r"|(?P<chronicle>[^\n。]{2,40}大事记))$",
    re.M,
)
_YEAR_NAMED = re.compile(
    r"(?<![\d到至—-])(20\d\d|19\d\d)年(?!以来|[至到—-])|(去年|上年|过去一年|今年|明年)"
)


def _sections(text: str, own: Day | None) -> list[tuple[int, int]]:
    """Where headings that say which year is told begin, with the year each names; 0 for none.

    Sub-headings that name none stay in the section they stand in.
    """
    out = []
    parts = False
    for heading in _HEADING.finditer(text):
        named = [
            int(m[1]) if m[1] else own.year + {"今": 0, "明": 1}.get(m[2][0], -1) if own else 0
            for m in _YEAR_NAMED.finditer(year_digits(heading["title"] or heading["chronicle"]))
        ]
        parts = parts or heading["part"] is not None
        under = heading["sub"] or (parts and not heading["part"])
        if under and len(named) != 1:
            continue
        out.append((heading.start(), named[0] if len(named) == 1 else 0))
    return out if any(year for _, year in out) else []


def _within(intervals: Sequence[tuple[int, int]], starts: Sequence[int], at: int) -> bool:
    found = bisect_right(starts, at) - 1
    return found >= 0 and at < intervals[found][1]


def resolve(
    text: str, spans: Sequence[Span], own: Day | None
) -> list[tuple[str | None, str | None]]:
    """TIMEX3 (value, mod) of each DATE span of `spans`, in the order given.

    The other spans only say what lies inside a directive, where a date lies ahead. `今天` inside a
    directive or a quotation is the day of the event told, elsewhere that of the text.
    """
    sentence_ends = [m.start() for m in _SENTENCE_END.finditer(text)]
    line_ends = [m.start() for m in _LINE_END.finditer(text)]
    directives = sorted((s.start, s.end) for s in spans if s.label == "DIRECTIVE")
    ahead = [start for start, _ in directives]
    quoted = _quoted(text)
    quote_starts = [start for start, _ in quoted]
    order = sorted((s.start, s.end, i) for i, s in enumerate(spans) if s.label == "DATE")
    out: dict[int, tuple[str | None, str | None]] = {}
    last = told = told_month = event = previous = Value()
    own_year = own.year if own else None
    last_at = previous_end = 0
    anchor, anchor_at = 0, -1
    chronicle = section = 0
    headings = _sections(text, own)[::-1]
    republic = counts_from_1912(text)
    for start, end, index in order:
        while headings and headings[-1][0] <= start:
            section, chronicle = headings.pop()[1], 0
        mention = read(text[start:end], republic)
        point = mention.start
        if point.empty:
            out[index] = (None, mention.bound)
            continue
        inside = _within(directives, ahead, start)
        future = mention.bound == "BEFORE" or inside or _WILL.match(text, end) is not None
        sentence = bisect_right(sentence_ends, start)
        same_line = bisect_right(line_ends, start) == bisect_right(line_ends, last_at)
        near, here = Value(), own
        if point.year_after is not None:
            near = Value(chronicle or anchor or section or told.year)
        elif point.year_before:
            near = Value(anchor if anchor and anchor_at == sentence else section or None)
        elif point.month_after is not None or point.day_after is not None:
            near = told if point.day_after is not None else told_month
            if near.year is None and own is not None:
                near = Value(own.year, own.month, own.day)
        elif (point.day is not None and point.month is None) or point.month_open:
            near = last if same_line and last.month is not None else Value()
        elif previous.year and _JOINT.fullmatch(text, previous_end, start):
            near = Value(previous.year)
        elif (own and text.endswith(_UNTIL, 0, start)) or (
            point.whole_year and text.endswith(_SET, 0, start)
        ):
            near = Value(own.year if own else None)
        elif anchor_at == sentence or (
            own is None and same_line and anchor and not point.year_open
        ):
            past = own is not None and anchor < own.year
            near = Value(None if future and past and not section else anchor)
        elif section and not point.year_by:
            near = Value(section)
        elif (
            bisect_right(sentence_ends, previous_end) == sentence
            and previous.month is not None
            and point.month is not None
            and point.month >= previous.month
        ):
            near = Value(previous.year)
        open_day = own is not None and own.day is None
        if point.day_by is not None and (
            open_day or inside or _within(quoted, quote_starts, start)
        ):
            here = _event(told if told.year == own_year else event, own)
        first = _resolve_point(point, here, near, future)
        if mention.end is None:
            mod = mention.bound or point.mod
            if mention.last_day:
                first = first.last_day
            out[index] = (first.text, mod)
        else:
            first, second = _resolve_range(mention, point, first, here, future)
            ends = [v.text for v in (first, second)]
            out[index] = (f"{ends[0]}/{ends[1]}" if ends[0] and ends[1] else None, mention.bound)
        previous, previous_end = first, end
        named = point.year is not None or (point.year_by and not point.year_before)
        if first.year is not None and named and not _SINCE.match(text, end):
            anchor, anchor_at = first.year, bisect_right(sentence_ends, end)
            if point.month is None:
                last_at = start
                if _alone(text, start, end):
                    section = chronicle = first.year
        if first.month is not None:
            last, last_at = first, start
            told_month = told_month if future else first
            if not future and first.day is not None:
                told = first
                event = first if first.year == own_year and event.year is None else event
    return [out[i] for i, s in enumerate(spans) if s.label == "DATE"]


#: Days a report may come after the event it tells.
REPORT_DAYS = 7


def _event(told: Value, own: Day | None) -> Day | None:
    """The day on which words told were said: the day told last, if the text came soon after."""
    if not (told.year and told.month and told.day and own):
        return own
    if not (own.month and own.day):
        return Day(told.year, told.month, told.day) if told.year == own.year else own
    apart = date(own.year, own.month, own.day) - date(told.year, told.month, told.day)
    near = timedelta(0) <= apart <= timedelta(REPORT_DAYS)
    return Day(told.year, told.month, told.day) if near else own


def _resolve_range(
    mention: Mention, point: Point, first: Value, own: Day | None, future: bool
) -> tuple[Value, Value]:
    """Both ends of a range: the end leans on the start, and gives it the year it lacks."""
    assert mention.end is not None
    second = _resolve_point(mention.end, own, Value() if mention.end.has_year else first, future)
    begins, ends = first.month, second.month
    if begins is None or ends is None:
        return first, second
    if mention.end.has_year and not point.has_year and second.year is not None:
        first = replace(first, year=second.year - int(begins > ends))
    elif not mention.end.has_year and first.year is not None and ends < begins:
        second = replace(second, year=first.year + 1)
    return first, second
