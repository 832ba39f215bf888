"""A date mention taken apart: which year, month, day, period and bound it states.

Mentions are model text (`Characters.text`): simplified, half width. Nothing is looked up outside
the mention; `model.timex` fills in what it leaves open.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Point:
    """What one mention states: absolute fields, or fields relative to the text's own date (`*_by`)
    or to the date mentioned before (`*_after`, `year_before`); `*_open` says that the year of
    `年底` or the month of `月底` is the one told of, not stated."""

    year: int | None = None
    year_by: int | None = None
    year_after: int | None = None
    year_before: bool = False
    year_open: bool = False
    month: int | None = None
    month_by: int | None = None
    month_after: int | None = None
    month_open: bool = False
    day: int | None = None
    day_by: int | None = None
    day_after: int | None = None
    week_by: int | None = None
    weekday: int | None = None
    half: int | None = None
    quarter: int | None = None
    quarter_by: int | None = None
    first_months: int | None = None
    whole_year: bool = False
    mod: str | None = None

    @property
    def has_year(self) -> bool:
        """Whether the mention says itself which year it means."""
        return self.year is not None or self.year_by is not None or self.year_after is not None

    @property
    def empty(self) -> bool:
        """Whether nothing of a date was found in the mention."""
        return self is _EMPTY or replace(self, mod=None) == _EMPTY


_EMPTY = Point()


@dataclass(frozen=True, slots=True)
class Mention:
    """One DATE span taken apart: a point, or a range of two."""

    start: Point
    end: Point | None = None
    bound: str | None = None
    last_day: bool = False


_YEAR_WORDS = {"前年": -2, "去年": -1, "上年": -1, "上一年": -1, "今年": 0, "本年": 0, "这一年": 0}
_YEAR_WORDS |= {
    "明年": 1,
    "下年": 1,
    "后年": 2,
    "去": -1,
    "今": 0,
    "明": 1,
    "旧年": -1,
    "下一年": 1,
    "大前年": -3,
    "大后年": 3,
}
_DAY_WORDS = {"大前": -3, "前": -2, "昨": -1, "今": 0, "即": 0, "本": 0}
_DAY_WORDS |= {"明": 1, "后": 2, "大后": 3}
_WEEKDAYS = {char: i for i, char in enumerate("一二三四五六")} | {"日": 6, "天": 6}
_WEEKDAYS |= {str(i + 1): i for i in range(6)}

_NUMERALS = {char: i for i, char in enumerate("〇一二三四五六七八九")}
_NUMERALS |= {"零": 0, "O": 0, "0": 0, "两": 2}
_COUNT = re.compile(
    r"(?:[二三]?十[一二三四五六七八九]?|[廿卅][一二三四五六七八九]?|[一二三四五六七八九两])(?=[月日号时点个季分]|[、和][一二三四五六七八九十]{1,2}[月季])"
)
_YEAR_NUMERALS = re.compile(
    r"[一二][〇零O0一二三四五六七八九]{3}(?=年)|"
    r"(?:(?<![一-龥])|(?<=[到至]))[〇零一二三四五六七八九]{2}(?=年)"
)
#: Years of the Republic count from 1912; three digits without its name are such a year too.
_REPUBLIC = re.compile(
    r"(?:中华)?民国(?:([〇零一二三四五六七八九]{2,3}|[1-9]\d{0,2})"
    r"|(元|一百[零〇一二三四五六七八九十]{0,4}|[一二三四五六七八九十]{1,3}))年"
    r"|(?<!\d)(1[0-3]\d)年(?=度?\d{1,2}月|度?$)"
)
#: The same where the text counts in them: `97年`, `九十七年`, `99.03.02`, `1051027`.
_REPUBLIC_SHORT = re.compile(
    r"(?<![\d一-龥])(?:(\d{2})|([一二三四五六七八九]?十[一二三四五六七八九]?))年"
)
_REPUBLIC_NUMERIC = re.compile(
    r"(?<!\d)(\d{2,3})[./-](\d{1,2})[./-](\d{1,2})(?!\d)|^(1\d\d)(\d\d)(\d\d)$"
)
#: What shows that a text counts so, and what shows that it does not (`民国` then tells of history).
_REPUBLIC_TEXT = re.compile(
    r"民国[元一二三四五六七八九〇零○十百\d]{1,5}年|(?<!\d)1[01]\d年(?:度|\d{1,2}月)"
    r"|(?:^|(?<=[,。;: \n]))1[01]\d年(?=[一-龥])(?![来以前后间里内历的多])"
)
_COMMON_TEXT = re.compile(r"(?:19|20)\d\d[年./-]|公元")
_TWO_MONTHS = re.compile(r"([一二三四五六七八九])([一二三四五六七八九])(?=月)")

#: `今明两天`, `明后两天`, `去今两年`.
_BOTH = re.compile(r"(?:昨今|今明|明后|去今)两[天日年]")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(0[1-9]|1[0-2])([0-3]\d)$")
_FULL = re.compile(r"((?:19|20)\d\d)[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)")
_YEAR_MONTH = re.compile(r"((?:19|20)\d\d)(?:[./](\d{1,2})|-(0\d|1[0-2]))(?![\d年])")
_MONTH_DAY = re.compile(
    r"(?<!\d)(\d{1,2})[./](\d{1,2})(?![\d.])|^(0\d|1[0-2])-([0-3]\d)(?!\d|月|日)"
)
_BRACKETED = re.compile(r"^[^(\d]*\(((?:\d|[今去明本]年)[^)]*)\)(.*)$")
_WEEKDAY_NOTE = re.compile(r"(?<=[日号天])[(,]?(?:星期|周|礼拜)[一二三四五六日天1-6][),]?")
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?::\d{2})?|\d{1,2}[时点](?:\d{1,2}分|半|整|许|钟)*|零[时点]")
_BOUND = re.compile(r"(?:(?:之|以)?(前|(?<!前)后)|或(之|以)前|或(之|以)后|(?<=\d日)(晚上)?之前)$")
_RANGE = re.compile(r"起?(?:至|到|[—–―─~-]+)(?!今$)")
_OPEN = re.compile(r"(?:起|以?来|至今|[—–─-]+)$")
_WEEKEND = re.compile(r"^(.*(?:周|星期))末$")
_POINT = re.compile(
    r"(?:(?P<year>(?:1[5-9]|20|21)?\d\d(?=年)|(?:19|20)\d\d(?![\d月日号季个]))年?度?"
    r"|(?P<yearword>大?前年|去年|上年|上一年|今年|本年|这一年|明年|下年|下一年|大?后年|旧年|[去今明](?=底|年底))年?度?"
    r"|(?P<sameyear>当年|同年|该年|是年)|(?P<nextyear>次年|翌年|第二年))?"
    r"的?"
    r"(?:(?P<half>[上下])半年|第?(?P<quarter>[1-4])季度?|(?P<quarterword>[上下]个?|本|这个?)季度|前(?P<quarters>[1-3])个?季度?"
    r"|(?:前|头)(?P<months>\d{1,2})个?月"
    r"|(?P<month>\d{1,2})(?:月份?|(?=[至到—-]))"
    r"|(?P<monthword>上{1,2}个?|下{1,2}个?|本|这个?|今)月份?|(?P<samemonth>[当同]月)|(?P<nextmonth>[次翌]月))?"
    r"(?:(?P<day>\d{1,2})[日号]?|(?P<dayword>大[前后]|[前昨今明后本即])(?:[日天]|(?=[晚早夜晨]))"
    r"|(?P<sameday>[当同][日天晚夜]|同一[天日])|(?P<nextday>[次翌]日|第二天)"
    r"|(?P<week>上{1,2}个?|下{1,2}个?|本|这个?)(?:周|星期)(?P<weekday>[一二三四五六日天1-6])?"
    r"|(?:周|星期)(?P<bareday>[一二三四五六日天1-6]))?"
    r"(?P<part>上旬|中旬|下旬|(?:年|月|岁)?[初底末]|年中|月中|中(?=$)|全年|年内|月内|内)?"
)
_YEAR_PARTS = ("年初", "年底", "年末", "岁末", "年中", "全年", "年内")
_MONTH_PARTS = ("月初", "月底", "月末", "月中", "月内")
_PARTS = {"上旬": "START", "中旬": "MID", "下旬": "END", "年中": "MID", "月中": "MID", "中": "MID"}


def count(numeral: str) -> str:
    """The digits of a Chinese numeral under a thousand: `廿三` is 23, `百一十` 110, nothing 0."""
    numeral = numeral.replace("廿", "二十").replace("卅", "三十").replace("元", "一")
    hundreds, hundred, rest = numeral.rpartition("百")
    tens, ten, ones = rest.lstrip("零〇").rpartition("十")
    value = (_NUMERALS.get(hundreds, 1) * 100 if hundred else 0) + _NUMERALS.get(ones, 0)
    return str(value + (_NUMERALS.get(tens, 1) * 10 if ten else 0))


def _republic(match: re.Match[str]) -> str:
    digits, counted, bare = match.groups()
    if counted:
        return f"{1911 + int(count(counted))}年"
    figures = "".join(str(_NUMERALS.get(c, c)) for c in bare or digits)
    return f"{1911 + int(figures)}年"


def common_era(mention: str) -> str:
    """A mention from a text that counts years of the Republic, in years of the common era."""
    text = _REPUBLIC_NUMERIC.sub(
        lambda m: f"{1911 + int(m[1] or m[4])}年{int(m[2] or m[5])}月{int(m[3] or m[6])}日", mention
    )
    return _REPUBLIC_SHORT.sub(lambda m: f"{1911 + int(m[1] or count(m[2]))}年", text)


def year_digits(text: str) -> str:
    """The text with Chinese numerals of years written in digits, those of the Republic left."""
    text = text.replace("○", "〇")
    return _YEAR_NUMERALS.sub(lambda m: "".join(str(_NUMERALS[c]) for c in m[0]), text)


def to_digits(text: str) -> str:
    """The text with Chinese numerals of years, months, days and hours written in digits."""
    text = year_digits(_REPUBLIC.sub(_republic, text.replace("○", "〇")))
    text = _TWO_MONTHS.sub(lambda m: f"{_NUMERALS[m[1]]}至{_NUMERALS[m[2]]}", text)
    return _COUNT.sub(lambda m: count(m[0]), text)


def _surface(mention: str) -> str:
    """The mention with digits for numerals, one spelling of numeric dates, no clock time."""
    text = mention.replace("∶", ":").replace("元月", "1月")
    text = to_digits(re.sub(r"\s(?=[^\d])|(?<=[^\d])\s", "", text)).replace("礼拜", "星期")
    bracketed = _BRACKETED.match(text)
    if bracketed:
        text = (
            bracketed[1] + ("日" if re.fullmatch(r"\d{1,2}", bracketed[1]) else "") + bracketed[2]
        )
        text = text.replace("日日", "日")
    text = _BOTH.sub(lambda m: f"{m[0][0]}{m[0][-1]}至{m[0][1]}{m[0][-1]}", text)
    text = _COMPACT.sub(r"\1年\2月\3日", text)
    text = _FULL.sub(r"\1年\2月\3日", text)
    text = _YEAR_MONTH.sub(lambda m: f"{m[1]}年{m[2] or m[3]}月", text)
    text = _MONTH_DAY.sub(lambda m: f"{m[1] or m[3]}月{m[2] or m[4]}日", text)
    text = _WEEKDAY_NOTE.sub("", text)
    return re.sub(r"\s", "", _CLOCK.sub("", text))


def _by(word: str | None) -> int | None:
    """How many months, weeks or quarters on `上`, `本` or `下下个` is from the own one."""
    return None if word is None else word.count("下") - word.count("上")


def _point(text: str) -> Point:
    found: dict[str, str] = {}
    match = _POINT.match(text)
    if match:
        found = {key: value for key, value in match.groupdict().items() if value}
    number = {
        k: int(found[k])
        for k in ("year", "month", "day", "quarter", "months", "quarters")
        if k in found
    }
    if "year" in number and number["year"] < 100:
        number["year"] += 2000 if number["year"] < 70 else 1900
    part = found.get("part", "")
    mod = _PARTS.get(part) or {"初": "START", "底": "END", "末": "END"}.get(part[-1:])
    year_by = _YEAR_WORDS.get(found.get("yearword", ""))
    stated = found.keys() & {"year", "yearword", "sameyear", "nextyear"}
    year_open = part in _YEAR_PARTS and not stated
    month_by = _by(found.get("monthword"))
    stated = found.keys() & {"month", "monthword", "samemonth", "nextmonth"}
    month_open = part in _MONTH_PARTS and not stated
    if (
        not 1 <= number.get("month", 1) <= 12
        or not 1 <= number.get("day", 1) <= 31
        or not 1 <= number.get("months", 1) <= 12
    ):
        return _EMPTY
    quarters = number.get("quarters")
    return Point(
        year=number.get("year"),
        year_by=0 if year_open else year_by,
        year_before=found.get("yearword", "").startswith("上"),
        year_open=year_open,
        year_after=0 if "sameyear" in found else 1 if "nextyear" in found else None,
        month=number.get("month"),
        month_by=0 if month_open else month_by,
        month_after=0 if "samemonth" in found else 1 if "nextmonth" in found else None,
        month_open=month_open,
        day=number.get("day"),
        day_by=_DAY_WORDS.get(found.get("dayword", "")),
        day_after=0 if "sameday" in found else 1 if "nextday" in found else None,
        week_by=0 if "bareday" in found else _by(found.get("week")),
        weekday=_WEEKDAYS.get(found.get("weekday", found.get("bareday", ""))),
        half={"上": 1, "下": 2}.get(found.get("half", "")),
        quarter=number.get("quarter"),
        quarter_by=_by(found.get("quarterword")),
        first_months=3 * quarters if quarters else number.get("months"),
        whole_year=part == "全年",
        mod=mod,
    )


#: Days of the lunar calendar have no value: the text alone does not say which days they are.
_LUNAR = re.compile(r"[^(]*(?:[农阴旧]历|[正腊冬]月|月初[一二三四五六七八九十])")
#: Characters of the longest mention that is read as a date.
LONGEST = 80


def counts_from_1912(text: str) -> bool:
    """Whether a text counts its years from the founding of the Republic, as Taiwan does."""
    return _REPUBLIC_TEXT.search(text) is not None and _COMMON_TEXT.search(text) is None


@lru_cache(maxsize=4096)
def read(mention: str, republic: bool = False) -> Mention:
    """A DATE mention taken apart; what is no date gives an empty point.

    `republic` says that the text counts years from 1912, so that `97年` is 2008.
    """
    if len(mention) > LONGEST:
        return Mention(_EMPTY)
    text = _surface(common_era(mention) if republic else mention)
    bound = _BOUND.search(text)
    mod: str | None = None
    if bound and bound.start():
        mod = "AFTER" if "后" in bound[0] else "BEFORE"
        text = text[: bound.start()]
    if _LUNAR.match(mention):
        return Mention(_EMPTY, None, mod)
    text = _WEEKEND.sub(r"\1六至\1日", _OPEN.sub("", text))
    parts = _RANGE.split(text)
    if len(parts) == 2 and all(parts):
        left, right = parts
        unit = re.match(r"\d+([年月日号季])", right)
        if re.search(r"\d$", left) and unit:
            left += unit[1]
        first, last = _point(left), _point(right)
        if re.match("周|星期", right):
            last = replace(last, week_by=first.week_by or 0)
        if last.empty:
            return Mention(first, None, mod)
        if not first.empty:
            return Mention(first, last, mod)
    joined = re.fullmatch(r"(.*?)(\d+)[、和,](\d+)(季度?|月份?|年度?|[日号])", text)
    if joined:
        return Mention(
            _point(joined[1] + joined[2] + joined[4]), _point(joined[3] + joined[4]), mod
        )
    point = _point(text)
    # `年底前` is the last day of the year with BEFORE; `年初前`, `上旬前` keep their period.
    return Mention(point, None, mod, last_day=mod == "BEFORE" and point.mod == "END")
