"""Who demands a directive: the name or body for the attribute `by`, by rules over the spans.

Texts here are model text (`Characters.text`). A report is read sentence by sentence; the last
reporting frame (`张三强调,`, `会议要求,`, `他说:`) holds for every directive until the next one.
In a text that is one speaker's speech or one body's notice nobody is named.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from model.schema import Span

# In the masked text a name is one character and a title another, so that patterns stay short.
_N, _T = "\ue000", "\ue001"

#: Verbs that report what is said next; those of the second row do so only before a colon, a comma,
#: a quotation or the directive itself.
_STRONG = (
    r"强调|指出|要求|提出|表示|认为|希望|叮嘱|叮咛|嘱咐|嘱托|提醒|号召|责成|指示|勉励|寄语|告诫|呼吁|议定|交代|交待|吩咐|批示|"
    r"责令|谈到|谈起|下令|倡议|提议|说|讲"
)
_WEAK = (
    r"布置|明确|建议|讲话|致辞|致词|发言|道|动员|点评|部署|安排|督促|决定|总结|命令|宣布|喊|补充|回应|回答|请|叫|问|反馈|告诉|"
    r"承诺|敦促|预计|预报|推动|意见|通知|报告|汇报|表态|介绍|开口|关照|教育|鼓励|算账|话|让|安慰|促请"
)
_VERB = re.compile(rf"(?P<strong>{_STRONG})|(?P<weak>{_WEAK})")
_NOUN_BEFORE = re.compile(
    r"(?:[的点项条些等个步有按照据合]|工作|政策|相关|具体|上级|任务|目标|事项|小|学)$"
)
_FOLLOWS = re.compile(
    r"[着了道说]?(?:指出|强调|要求|道|说)?\s*[,:“]|[着了道说]?$|(?<=告诉|安慰)[^,:“]{0,8}[,:]|[^,:“”]{1,8}:"
)

_OFFICE = (
    r"(?:委员会|党组|党委|指挥部|部门|(?<![全干内外头局支东西中南北各上下本])部(?!分)|政府|[局厅]|办公[室厅]|(?<=[一-龥])办(?![好事理学])|法院|检察院|督[察导查]组?(?!期间)|"
    r"巡[视察]组|检查组|调研组|领导小组|[省市县区州盟旗镇乡团师地工纪监]委(?:会|常委会)?|集团|公司|中央|国务院|气象台|常委会|全国人大|政协|防总|大队|最高法|发言人|[警校院中韩美日俄军]方)"
)
_WORD = r"[^,:“”被了在到从对把向是有他她就将的决印召]"
_BODY = (
    rf"(?:会议|會議|全会|大会|[与到]会(?:人员|同志|代表|领导)?|《[^》]{{1,40}}》|(?:有关|相关|主管)部门负责(?:人|同志)|通知|通报|决定|意见|公告|"
    rf"(?!我代表|认真|根据|代表|按照|采取|经|贯彻|落实|推动|提出|等|围绕|要|和|并|通过){_WORD}{{0,12}}?{_OFFICE}(?:、?{_WORD}{{0,8}}?{_OFFICE})*)"
)
_BODY_SUBJECT = re.compile(
    rf"(?:[一二三四五六七八九十\d]{{1,2}}、)?(?:[^,]{{0,6}}(?:此外|另外|为此|最后|据此|对此|这次|本次|此次|因此|随后|同时|当日|今天|上午|下午|经研究|于是))?"
    rf"(?P<body>{_BODY})(?P<rest>[^,:]*)$"
)
#: Who speaks for a body, and to whom, between the body and the verb.
_SPOKEN_FOR = re.compile(r"(?:有关|相关|主要)?负责(?:人|同志)|[也还]?[对向就][^,:]{1,20}$")
#: Somebody passes on what another says.
_PASSED_ON = re.compile(rf"转达了?{_T}*(?P<who>{_N})")
#: What a body does to a person, so that the body and not the name behind it is the subject.
_DOES = re.compile(r"(?:决定|研究决定)?(?:追授|授予|听取|传达|学习|任命|追认|表彰|免去)")
_REPORT = re.compile(r"(?:工作)?报告(?=从|就|对|强调|提出|指出|要求|明确|部署|$)")
_PRONOUN = re.compile(r"(?<![其吉])[他她](?!们|的|人)")
_QUOTED_WORDS = re.compile(
    rf"{_T}?(?:同志)?(?:(?:在[^,]{{0,30}})?关于[^,]{{0,40}}|为核心|(?:在[^,]{{0,30}})?的?(?:一系列|系列|重要)+|在?(?:(?!希望|要求|强调|指出|提出|勉励|表示|感谢|肯定)[^,]){{0,20}}的)"
    r"(?:讲话|指示|批示|论述|思想|精神|要求|嘱托|贺信|关心)|为核心"
)
_OBJECT_OF = re.compile(
    r"(?:[对向给同跟与和请被按在由为](?:于|照)?|传达|学习|贯彻|感谢|会见|陪同|听取|宣读|落实|围绕|告诉|代表|受)$"
)
_AFTER_QUOTE = re.compile(
    rf"[^“”\n]{{0,60}}?”[,。]?(?P<who>{_T}*{_N}|[他她])[^,。\n]{{0,12}}?(?:{_STRONG}|道)"
)
#: A sentence; the ASCII full stop ends one between Chinese characters only.
_SENTENCE = re.compile(rf"(?:[^。！？!?;；\n.]|\.(?![一-龥“{_N}{_T}])|(?<![一-龥”)])\.)+")
_MARK = re.compile(r"[,:“” ().]")
#: What can change the subject between one verb and the next.
_TURN = re.compile(rf"[^,:“” ().{_N}他她]{{2}}|[,:“” ().{_N}他她]")


#: A body gives out a document, and the head of the list that may be its wording.
_GIVEN_OUT = re.compile(
    rf"(?:^|[,。\n])(?P<body>{_BODY})(?:联合|正式)?(?:制定|出台|印发|下发|发布|发出|公布)了?"
    r"[^,。\n]{0,24}(?:规定|通知|意见|办法|措施|公告|通告|细则|方案|倡议书?)"
)
_LIST_HEAD = re.compile(r"(?:一、|\(一\)|第一[,条]|1[.、])")
#: A sentence whose subject is left out.
_GOES_ON = re.compile(r"(?:同时|并|还|另外|此外|随后)")
#: A sentence that begins with somebody, perhaps after one adverbial.
_OPENS = re.compile(rf"(?:[^,{_N}他她]{{1,8}},)?{_T}*{_N}(?![、和与及])")


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who demands a directive: a stretch of the text, or a named span by its index.

    `carried` says that the frame stands in an earlier paragraph, or that no frame names anybody.
    """

    start: int
    end: int
    span: int | None = None
    carried: bool = False


_SPEECH_TITLE = re.compile(
    r"[上会]的?(?:讲话|致辞|致词|祝词|发言|主持词|报告|演讲|党课|表态)"
    r"|(?:讲话|发言|主持词|致辞|献词|慰问信|公开信|倡议书|的一封信|感言|自述)(?:\([^)]*\))?$|工作报告"
)
_NOTICE_TITLE = re.compile(
    r"(?:通知|意见|方案|规定|办法|规则|细则|条例|要点|公告|通告|批复|预案|公约|章程|制度|计划|规划|安排|函|令|公示|守则|简章|"
    r"启事|须知|清单|承诺书|提示|指引|分工|材料|措施|整改情况报告|的决定)(?:\s*\([^)]*\))?$"
)
_REPORTED = re.compile(r"召开|举行|调研|座谈|强调|会见|纪要|名单|开展|部署|主持")
_AUDIENCE = re.compile(
    r"(?:民警、辅警)?(?:同志们|各位|尊敬的|亲爱的|老师们|同学们|朋友们|乡亲们|工友们|代表们|[^。:]{0,30}(?:朋友|代表|委员|家长|同学|同志|同事)们)"
    r"[^。:]{0,80}:\s*$"
)
_ADDRESSEE = re.compile(
    r"(?:全[县市区镇体]|各[^,。:]{0,30}|[^,。:]{0,30}(?:政府|部门|单位|公司|中心|支部|党委|学院|委员会|街道|[厅局办县市区])"
    r"(?:\([^)]*\))?|[^。:]{0,40}(?:朋友|同志|代表|委员|居民|家长|学员|经营者|女士|先生|司令员)们?)[^。:]{0,60}:\s*$"
)
_NO_ADDRESS = re.compile(
    r"(?:要求|如下|决定|强调|指出|表示|提出|说|通过|问|答|来源|时间|日期|作者|编辑|机构|名称|记者)\s*:\s*$"
)
#: A speaker's own words, where a part of a speech has lost its head.
_SELF = re.compile(
    r"(?:^|[。!?\n])(?:同志们|各位代表|各位委员|我代表|[^。“”:\n]{0,12}我再?(?:强调|讲|提|说|谈)[^。“”]{0,6}[点条句])"
)
SELF_LOOKS = 20
_ARTICLE = re.compile(r"^\s*第[一二三四五六七八九十\d]{1,3}[章条]\s", re.M)
#: Lines and characters at the head of a text in which its title and address stand.
HEAD_LINES = 12
HEAD = 800


def kind_of(text: str) -> str:
    """What the head says the text is: `speech`, `notice` (or plan, rules) or `report`."""
    for number, line in enumerate(text[:HEAD].split("\n")[:HEAD_LINES]):
        line = line.strip()
        if len(line) > 100 or (number and "。" in line and not line.startswith("(")):
            if number > 1 or ("。" in line and len(line) > 60):
                break
            continue
        if _AUDIENCE.match(line):
            return "speech"
        if _ADDRESSEE.match(line) and not _NO_ADDRESS.search(line):
            return "notice"
        if re.search(r"纪要(?:\([^)]*\))?$", line):
            return "report"
        if _SPEECH_TITLE.search(line) and not re.search(
            r"召开|举行|强调|指出|出席|[并贺信]致辞|并讲话|决议", line
        ):
            return "speech"
        if _NOTICE_TITLE.search(line) and ("关于" in line or not _REPORTED.search(line)):
            return "notice"
    if any(_outside_quotes(text, m.start()) for m in islice(_SELF.finditer(text), SELF_LOOKS)):
        return "speech"
    return "notice" if _ARTICLE.search(text) else "report"


def _outside_quotes(text: str, at: int) -> bool:
    return text.count("“", 0, at) == text.count("”", 0, at)


@dataclass(frozen=True, slots=True)
class _Who:
    """A subject in the masked text: a name, a body or a pronoun."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Masked:
    """The text with one character for each name and title; `origin` are the text's offsets."""

    text: str
    origin: list[int]
    names: dict[int, int]

    def at(self, offset: int) -> int:
        """The masked position of an offset of the text."""
        return max(0, bisect_right(self.origin, offset) - 1)


def _mask(text: str, spans: Sequence[Span]) -> _Masked:
    pieces: list[str] = []
    origin: list[int] = []
    names: dict[int, int] = {}
    position = 0
    order = sorted(
        (s.start, s.end, i) for i, s in enumerate(spans) if s.label in ("OFFICIAL", "TITLE")
    )
    for start, end, index in order:
        if start < position:
            continue
        pieces.append(text[position:start])
        origin.extend(range(position, start))
        if spans[index].label == "OFFICIAL":
            names[len(origin)] = index
        pieces.append(_N if spans[index].label == "OFFICIAL" else _T)
        origin.append(start)
        position = end
    pieces.append(text[position:])
    origin.extend(range(position, len(text)))
    origin.append(len(text))
    return _Masked("".join(pieces), origin, names)


#: Characters before a verb in which its subject is looked for.
REACH = 240


def _clauses(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The last stretches between commas, colons, quotation marks and blanks, from the last back."""
    marks = [m.start() for m in _MARK.finditer(text, start, end)]
    for mark in reversed(marks[-CLAUSES:]):
        yield mark + 1, end
        end = mark
    if len(marks) < CLAUSES:
        yield start, end


def _names(text: str, start: int, end: int) -> list[int]:
    """The names between two places that can be a subject."""
    return [
        i
        for i in _all_names(text, start, end)
        if not _QUOTED_WORDS.match(text, i + 1)
        and not _OBJECT_OF.search(text[max(start, i - 6) : i].rstrip(_T))
    ]


def _all_names(text: str, start: int, end: int) -> list[int]:
    found: list[int] = []
    at = text.find(_N, start, end)
    while at >= 0:
        found.append(at)
        at = text.find(_N, at + 1, end)
    return found


def _subject(text: str, start: int, verb: int) -> _Who | None:
    """The subject of a verb, looked for clause by clause from the verb's own back to `start`."""
    for begin, end in _clauses(text, start, verb):
        clause = text[begin:end]
        names = _names(text, begin, end)
        pronoun = _PRONOUN.search(clause) or _REPORT.match(clause)
        body = _BODY_SUBJECT.match(clause)
        if pronoun and not (names and names[0] < begin + pronoun.start()):
            return _Who("pronoun", begin + pronoun.start(), begin + pronoun.end())
        acts = body is not None and (
            end < verb or len(_SPOKEN_FOR.sub("", body["rest"])) <= ADVERBIAL
        )
        passed = _PASSED_ON.search(clause)
        if passed:
            at = begin + passed.start("who")
            return _Who("name", at, at + 1)
        if body and acts and (not names or _DOES.match(body["rest"])):
            return _Who("body", begin + body.start("body"), begin + body.end("body"))
        if names:
            return _Who("name", names[0], names[0] + 1)
    return None


#: Characters and clauses before a verb in which its subject is looked for, and characters that may
#: stand between.
REACH = 240
CLAUSES = 16
ADVERBIAL = 8


def _frames(masked: _Masked, directives: Sequence[tuple[int, int]]) -> Iterator[tuple[int, _Who]]:
    """The reporting frames in reading order: position from which on each holds, and its issuer."""
    text = masked.text
    begins = [start for start, _ in directives]
    person: _Who | None = None
    who: _Who | None
    spoken_at = -1
    giver: _Who | None = None
    for sentence in _SENTENCE.finditer(text):
        start, stop = sentence.span()
        last_verb, who = max(0, start - 1), None
        if spoken_at >= 0 and "\n" in text[spoken_at:start]:
            spoken_at = -1
        if (
            giver
            and _LIST_HEAD.match(text, start)
            and text[max(0, start - 4) : start].rstrip()[-1:] not in (":", ",")
        ):
            yield start, giver
        given = _GIVEN_OUT.search(text, max(0, start - 1), stop)
        if given:
            giver = _Who("body", given.start("body"), given.end("body"))
        for verb in _VERB.finditer(text, start, stop):
            inside = bisect_right(begins, verb.start()) - 1
            if inside >= 0 and verb.start() < directives[inside][1]:
                continue
            if not _reports(text, verb, start, stop, begins):
                continue
            if _TURN.search(text, last_verb, verb.start()) or (who and who.kind == "body"):
                who = _subject(text, max(start, verb.start() - REACH), verb.start())
            last_verb = verb.start()
            if who is None:
                # `同时…,并希望…`: the subject is left out and is that of the sentence before.
                if person is not None and spoken_at < 0 and _GOES_ON.match(text, start, stop):
                    yield verb.end(), person
                continue
            speaker = who
            if who.kind == "pronoun":
                lead = max(start, who.start - REACH)
                told = _names(text, lead, who.start) or _all_names(text, lead, who.start)
                if told:
                    person = _Who("name", told[0], told[0] + 1)
                if person is None:
                    continue
                speaker = person
            elif who.kind == "name":
                person = who
            if who.kind != "body":
                spoken_at = verb.start()
            yield verb.end(), speaker
        after_stop = not start or text[start - 1] not in ";；"
        if spoken_at < 0 or (after_stop and _OPENS.match(text, start, stop)):
            person = _told(text, start, stop, directives, begins) or person


def _reports(text: str, verb: re.Match[str], start: int, stop: int, begins: Sequence[int]) -> bool:
    """Whether the verb introduces what is said: a weak one only before a mark or a directive."""
    following = bisect_right(begins, verb.end() - 1)
    if following < len(begins) and begins[following] - verb.end() <= 2 and begins[following] < stop:
        return True
    if _NOUN_BEFORE.search(text[max(start, verb.start() - 2) : verb.start()]):
        return text.startswith(":", verb.end())
    return bool(verb["strong"] or _FOLLOWS.match(text, verb.end(), stop))


def _told(
    text: str, start: int, stop: int, directives: Sequence[tuple[int, int]], begins: Sequence[int]
) -> _Who | None:
    """The one person a sentence without a frame is about: whom `他` in the next one means."""
    names = _names(text, start, min(stop, start + REACH))
    pronoun = _PRONOUN.search(text, start, stop)
    for name in names[:3]:
        if pronoun and pronoun.start() < name:
            return None
        inside = bisect_right(begins, name) - 1
        if inside >= 0 and name < directives[inside][1]:
            continue
        if text[name + 1 : name + 2] not in ("、", "和"):
            return _Who("name", name, name + 1)
    return None


def issuers(text: str, spans: Sequence[Span]) -> dict[int, Issuer]:
    """For each DIRECTIVE that somebody is named for: the issuer, by the span's index."""
    chosen = sorted((s.start, s.end, i) for i, s in enumerate(spans) if s.label == "DIRECTIVE")
    kind = kind_of(text)
    if not chosen or kind == "speech":
        return {}
    masked = _mask(text, spans)
    directives = [(masked.at(a), masked.at(b - 1) + 1) for a, b, _ in chosen]
    frames = list(_frames(masked, directives))
    places = [at for at, _ in frames]
    out: dict[int, Issuer] = {}
    for (start, end), (_, _, index) in zip(directives, chosen, strict=True):
        found = bisect_right(places, start) - 1
        quote = _AFTER_QUOTE.match(masked.text, end)
        if quote and quote["who"][-1] == _N:
            at, who = start, _Who("name", quote.end("who") - 1, quote.end("who"))
        elif found >= 0:
            at, who = frames[found]
        else:
            continue
        carried = "\n" in masked.text[at:start]
        # In a notice a frame is a quotation from elsewhere: it ends with its paragraph.
        if carried and kind == "notice":
            continue
        span = masked.names.get(who.start)
        if span is not None:
            out[index] = Issuer(spans[span].start, spans[span].end, span, carried)
        else:
            out[index] = Issuer(masked.origin[who.start], masked.origin[who.end], None, carried)
    return out
