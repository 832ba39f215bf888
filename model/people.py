"""Who is the same person across texts: sightings of one name, joined or kept apart.

Two sightings are joined when a post or place ties them together and nothing speaks against it:
careers that do not fit (a village head and a provincial court), or a rank that falls by years.
What is undecided stays apart: a wrong join is worse than a missing one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from model.characters import norm

#: A place name and what kind it is; `自治` forms lose the names of their peoples.
_PLACE = re.compile(
    r"(?P<stem>[一-龥]{2,4}?)(?:(?:[一-龥]{1,4}族)+自治|自治)?"
    r"(?P<kind>省|自治区|特别行政区|市|州|盟|地区|县|区|旗|镇|乡(?!村)|街道|村(?!局|振|厅|部|委)|社区)"
)
_PROVINCE = re.compile(
    r"(?:北京|天津|上海|重庆|河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南|湖北|湖南|广东|海南|四川|贵州|"
    r"云南|陕西|甘肃|青海|台湾|内蒙古|广西|西藏|宁夏|新疆|香港|澳门)(?:省|市|(?:[一-龥]{1,4})?自治区|特别行政区)?"
)
_FORMER = re.compile(r"^(?:原|时任|曾任|前任|前)|退休")
#: Kinds of careers that people rarely leave for another, by words in their posts.
_CAREERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        "school",
        re.compile(r"(?:小学|中学|学校|幼儿园|一中|二中|大学|学院|教育集团)|校长|园长|教务"),
    ),
    ("hospital", re.compile(r"医院|卫生院|护士长|护理部")),
    ("firm", re.compile(r"公司|集团|银行|厂|矿|董事|总经理|行长|重工")),
    ("village", re.compile(r"村(?!镇)|社区|居委会|支书")),
    ("justice", re.compile(r"法院|检察|法官|审判|庭长")),
)
#: Ranks of cadres, from the highest, by the end of a post.
_RANKS: tuple[tuple[int, re.Pattern[str]], ...] = (
    (1, re.compile(r"团(?:[县区市州]?委|支部)|共青团")),
    (7, re.compile(r"省委书记|(?<!副)省长|(?<!副)自治区主席|国务院")),
    (6, re.compile(r"副省长|省委常委|省[政人].{0,8}副?主[席任]|自治区副主席")),
    (5, re.compile(r"(?:市|州|盟)委书记|(?<!副)(?:市长|州长|盟长|厅长|专员)")),
    (4, re.compile(r"副(?:市长|州长|盟长|厅长|专员)|县委书记|区委书记|旗委书记")),
    (3, re.compile(r"(?<!副)(?:县长|区长|旗长)|[县区旗].{0,6}(?:主席|主任)|常委|局长")),
    (2, re.compile(r"副(?:县长|区长|旗长|局长)|镇长|乡长|[镇乡]党?委书记|街道")),
    (1, re.compile(r"科长|股长|干部|科员|副[镇乡]长")),
)
#: Years after which a rank lower by two or more cannot be the same career.
_FALL = 4
#: Years after which nothing short of a common post ties two sightings.
_LONG = 15
#: Days within which a bare name belongs to the one person of that name known then.
_NEAR = 120


@dataclass(frozen=True, slots=True)
class Sighting:
    """One person in one text: the name, the posts as written, the text's place and date."""

    text: str
    name: str
    posts: tuple[str, ...] = ()
    place: str | None = None
    day: str | None = None


@dataclass(frozen=True, slots=True)
class _Traits:
    province: str | None
    places: frozenset[str]
    held: frozenset[str]
    careers: frozenset[str]
    rank: int | None
    peak: int | None
    left: bool
    day: date | None


def stems(text: str) -> list[str]:
    """The place names in a string, without province and kind: `四川省凉山州会理市委书记` gives
    凉山 and 会理."""
    rest = _PROVINCE.sub("", norm(text), count=1)
    return [m["stem"] for m in _PLACE.finditer(rest) if m["stem"] not in ("我", "中共")]


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None


def _rank(posts: Iterable[str]) -> int | None:
    found = (next((n for n, words in _RANKS if words.search(post)), None) for post in posts)
    return max((n for n in found if n is not None), default=None)


def _traits(sighting: Sighting) -> _Traits:
    posts = [norm(post) for post in sighting.posts]
    current = [post for post in posts if not _FORMER.match(post)]
    held = frozenset(stem for post in posts for stem in stems(_FORMER.sub("", post)))
    place = norm(sighting.place or "")
    province = _PROVINCE.match(place)
    chain = stems(place)
    careers = frozenset(
        name for name, words in _CAREERS if any(words.search(post) for post in current)
    )
    rank, peak = _rank(current), _rank(posts)
    return _Traits(
        province=province.group()[:2] if province else None,
        places=frozenset(chain[-1:]),
        held=held,
        careers=careers,
        rank=rank,
        peak=peak,
        left=bool(posts) and not current,
        day=_day(sighting.day),
    )


def _against(a: _Traits, b: _Traits) -> bool:
    """Whether two sightings of a name cannot well be one person."""
    # A career of its own on one side only, or two different ones.
    if (a.careers or b.careers) and not a.careers & b.careers:
        return True
    if a.day and b.day:
        (first, then), (last, now) = sorted(((a, a.day), (b, b.day)), key=lambda pair: pair[1])
        years = (now - then).days / 365
        if first.left and not last.left and last.rank and years >= 1:
            return True
        if first.peak and last.rank and first.peak - last.rank >= 2 and years >= _FALL:
            return True
        return years >= _LONG
    return False


def _tied(a: _Traits, b: _Traits) -> bool:
    """Whether a place ties them: the same lowest one, or one that a post of the other names."""
    if a.province and b.province and a.province != b.province and not (a.held & b.held):
        return bool(a.held & b.places or b.held & a.places)
    return bool(a.places & b.places or a.held & b.held or a.held & b.places or b.held & a.places)


def merge(sightings: Sequence[Sighting]) -> list[int]:
    """A number for each sighting, the same for those that are one person.

    Numbers count up in the order of first sightings. Only sightings of the same name (folded to
    Simplified characters) are ever joined; two of one text are joined when their posts are.
    """
    traits = [_traits(s) for s in sightings]
    parent = list(range(len(sightings)))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    by_name: dict[str, list[int]] = {}
    for i, sighting in enumerate(sightings):
        by_name.setdefault(norm(sighting.name), []).append(i)
    for members in by_name.values():
        members.sort(key=lambda i: (traits[i].day is None, traits[i].day or date.max, i))
        groups: list[list[int]] = []
        bare = []
        for i in members:
            if not traits[i].held and not traits[i].places:
                bare.append(i)
                continue
            tied = [
                group
                for group in groups
                if any(_tied(traits[i], traits[j]) for j in group)
                and not any(_against(traits[i], traits[j]) for j in group)
            ]
            # Tied to several that were kept apart: it belongs to none of them for sure.
            if len(tied) == 1:
                tied[0].append(i)
            else:
                groups.append([i])
        for i in bare:
            day = traits[i].day
            near = [
                group
                for group in groups
                if day and any(
                    (other := traits[j].day) and abs((other - day).days) <= _NEAR for j in group
                )
            ]  # fmt: skip
            if len(groups) == 1 and len(near) == 1:
                near[0].append(i)
            else:
                groups.append([i])
        for group in groups:
            for i in group[1:]:
                parent[root(i)] = root(group[0])
    numbers: dict[int, int] = {}
    return [numbers.setdefault(root(i), len(numbers)) for i in range(len(sightings))]
