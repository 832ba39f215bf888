"""What a directive demands of whom: addressee, deadline and kind, by rules over the spans.

The rules are those of `data/DEMANDS.md`. Texts are model text (`Characters.text`).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from model.schema import Span


@dataclass(frozen=True, slots=True)
class Demand:
    """The addressee as a stretch of the text, the deadline as a day, the kind; None if unknown."""

    addressee: tuple[int, int] | None
    deadline: str | None
    kind: str


_FORBIDS = re.compile(
    r"不得|严禁|禁止|不准|不许|不能|不要|不应|不可|不搞|切忌|切勿|决不|绝不|坚决杜绝|杜绝|坚决防止|防止|谨防|避免|严防|不允许|勿"
)
#: What a clause that is no prohibition of its own may begin with, beside a prohibition.
_HANGS_ON = re.compile(
    r"(?:以|因|如|若|凡|对|在|未经|除|更|也|或|确因|违者|否则|一经|哪怕|即使|任何|各|无论|不管|谁|出了|不)"
)
_URGES = re.compile(
    r"(?:我们?|也|还|最后|同时|衷心|真诚|诚挚|殷切|热切|更|由衷)*(?:希望|期待|期盼|盼|恳请|呼吁|号召|倡议|鼓励|勉励|建议|欢迎|提倡|让我们|愿)"
)
_ASKS = re.compile(r"(?:[^,。]{0,8})?(?<!申)(?<!邀)请(?!示|假|求|进来|专家)")
#: `请` that orders: closings of notices, and things with a date.
_ORDERS = re.compile(r"请[^,。]{0,16}(?:遵照|贯彻|执行|落实|报送|上报|反馈|于|认真组织|抓好)")
_URGING_FRAME = re.compile(
    r"(?:希望|期待|呼吁|号召|倡议|鼓励|勉励|建议|寄语|祝愿|邀请|恳请|提议|劝|请)"
    r"(?:道|说|[^,。;:]{0,16},)?[,: “\"]*$"
)
_MUST = re.compile(r"要|必须|务必|应(?![急用届征聘变])|须|不得|严禁|确保|一律|不准")
_SENTENCE_START = re.compile(r"[。;!?\n]")

#: Nouns that people and bodies end in.
_AGENT = (
    r"(?:部门|单位|机关|机构|各级|各地|各方|双方|上下|各界|党委|党组|支部|党总支|组织|政府|政协|人大|公司|集团|企业|学校|高校|学院|大学|医院|法院|检察院|"
    r"银行|协会|学会|商会|工会|妇联|团委|委员会|常委会|管委会|居委会|村委会|董事会|寺管会|理事会|指挥部|办公室|小组|专班|支队|大队|中队|"
    r"科室|车间|班组|中心|乡镇|街道|镇街|社区|村组|财政|公安|住建|水利|农业|教育|交通|民政|应急|电力|通信|消防|气象|"
    r"家庭|用户|安置点|省份|国家|各国|部队|兵站|联盟|办事处|博物馆|排水站|"
    r"干部|党员|职工|员工|人员|代表|委员|同志|同学|老师|教师|学生|学员|群众|居民|村民|市民|农户|住户|家长|青年|团员|战士|官兵|民警|医生|大夫|护士|医护|媒体|"
    r"负责人|责任人|主任|书记|[局县市区镇乡校院所处科部厅省队组站厂矿庭班会]长|司长|主席|经理|“一把手”|一把手|班子|成员|领导|司机|师傅|业主|商户|经营者|"
    r"人士|专家|支书|孩子|使节|[农商住用租]户|[两三各]级|[两三四五六七八九十]家|行业|等地|同事|乡亲|伙伴|各位|每人|党派|"
    r"大家|我们|你们|他们|咱们|人民|同胞|朋友|同仁|[一-龥]方|[一-龥]员|[一-龥]界|"
    r"[乡镇街县市区省州旗盟村局委办厅处科室司院校系站所队组社团会厂矿馆园台国家人者们](?!口|场)|班(?!子|次|组))"
)
_MODAL = re.compile(
    r"(?:也|还|都|更|又|均|越|一定|一律|首先|既|今后|及时|统统|全部|最|千万|就|同样|再){0,4}"
    r"(?:(?<![主重需纪摘只正想首])要(?!求|点|闻|素|件|害|道|塞)|必须|务必|应(?![急用届征聘变])当?|须(?!知)|不得|不能|不要|不准|不许|不应|严禁|一律|不再|是第一责任人|是(?:直接|主要)责任人|切莫|切勿|切忌|得(?!到|以|力|失|知|益|了|出))"
)
#: What a subject cannot hold: it would be a statement, or the object of a verb.
_NO_SUBJECT = re.compile(
    r"[,;:。]|是|(?<![国所])有(?!关)|把|将|对|被|使|让|做|抓|加强|推进|完成|落实|保持|坚持|解决|处置|培育|新建|建设(?!局|厅|部|单位|者|集团|公司|委)|不|就|已经|没|说|了"
)
_THING = re.compile(
    r"(?:工作|项目|作风|任务|措施|责任|制度|问题|资金|服务|管理|方案|计划|产业|经济|思想|认识|机制|体系|政策|重点|关键|我国|全国|场所|厕所|住所|水站|网站|"
    r"机会|社会|都市|城市|教室|教会|学会(?=.)|晚会|大会|会议|全会|年会|议会|聚会|工程|检查组?意见|地方|队伍|保护区|开发区|园区|小区|社区治理|示范区|片区|景区建设)$"
)
_ADVERBIAL = re.compile(
    r"(?:会后|今后|平时|回去以后|回去后|从现在起|即日起|现在|春节期间|节日期间|期间|当前|下一步|接下来|同时|特别是|尤其是|凡是|今晚|明天|今天|这次|三天内|[一二三四五六七八九十]+[天日]内|每[年月周季天日]|每个?[月周季]度?|平常|始终|晚上|年内)"
)
#: Words behind a subject that stands without a modal verb.
_ACTS = re.compile(
    r"(?:会后|节前|春节|今年|明年|今天|明天|今晚|本[月周年]|[一二两三四五六七八九十]+[天日周个月]|都|也|还|更|及时|同时|在|对|能够?|把|将|从|按|照|根据|依|"
    r"以|向|为|与|抓|加|继续|认真|进一步|切实|主动|积极|充分|严格|全面|深入|尽快|坚决|坚持|坚定|高度|始终|牢固|落实|负责|牵头|会同|配合|做|制定|建立|组织|"
    r"开展|多|常|好好|带头|立即|\d|于|共同|团结|齐心|全力|加强|加快|珍惜|发扬|发挥|保持|树立|拿出|统筹|提高|增强|紧|扎实|自觉|相互|互相|尽|再|每|年底|攥|"
    r"联系|启动|管|关心|回去|可|用|分|统一|带|到|去|来|先|包|当好|立足|沉住|把握|文明|搞|审|散会|毕业|放学|敢|领|认领|列|清|撤|逐)"
)
#: Where a subject ends at the latest: a mark, or a word that begins what is said of it.
_BREAKS = re.compile(r"[,;:。!?“”把将对是在]|(?<![所国])有(?!关)")
_AGENTS = re.compile(rf"(?=({_AGENT}))")
_GOES_ON = re.compile(rf"[的、和与及]|{_AGENT}")
_STARTS = re.compile(
    r"(?:各|每|全[省市县区镇乡校院局体系州旗村]|有关|相关|广大|所有|任何|大家|我们|你们|他们|咱们|同志|市|县|区|省|乡|镇|村|州|旗|盟|街道|社区|学[校院生]|企业|机关|单位|"
    r"党员|党[委组]|公安|财政|教育|民政|住建|水利|农业|卫[生健]|交通|城管|纪检|组织|宣传|各级|家长|老师|同学|青年|村|社|队|护林员|干部|领导|两国|双方|中[国方])"
)
_VERB_FIRST = re.compile(
    r"推动|完善|发挥|切实|健全|引导|动员|让|使|加|抓|建立|要|由|严|强化|深化|推|提|落|紧|大力|积极|支持|督促|统筹|组织(?!部)"
)
_BODY_TAIL = re.compile(
    r"(?:部门|单位|局|委|厅|办|公司|集团|政府|党委|党组|支部|法院|检察院|工会|妇联|团委|医院|学院|中心|大队|支队|派出所|党员|干部|书记|主任|教师|老师|负责人)$"
)
#: What one is charged with: `由县水利局牵头`.
_CHARGED = re.compile(
    r"牵头|负责|组织|统一|兜|承担|具体|会同|审|办|领|带|主持|配合|安排|调度|收|补|讲|列|管|督|落实|提|研究|"
    r"把|在|对|于|按|从|到|每|抽|派|出|作|做|协|统|先|全程|代为|连夜|向|集体|逐|集中"
)
_BY_ENDS = re.compile(r"[,;。:]")
#: Characters of the longest subject, and clauses of a directive in which one is looked for.
LONGEST = 80
CLAUSES = 30
_LEADING = re.compile(
    r"(?:(?:同时|此外|为此|另外|另一方面|因此|当前|目前|下一步|下步|接下来|今后|会后|最后|首先|其次|特别是|尤其是|总之|现在|近期|今年|明年|要|并|也|还|再)[,]?){1,4}"
)
_CALL = re.compile(
    r"(?:我?(?:也|还|更|衷心|殷切|真诚|诚挚)*(?:希望|恳请|敬请|请|呼吁|号召|倡议|鼓励|勉励|要求|期待|盼望?|望|建议|欢迎|让|责成|提醒))"
)
_CIRCUMSTANCE = re.compile(
    r"(?:在|按照|根据|围绕|针对|为了?|对于?|以|从|当|随着|面对|通过|如|凡|若|一旦|遇|结合|依托|立足|除|因)"
)
_PREPOSITION = re.compile(r"[对在把将从按以向]")
#: Whom the words before the directive tell.
_TOLD_BEFORE = re.compile(
    rf"(?:叮嘱|嘱咐|提醒|告诫|要求|责成|希望|请|指示|通知|安排|告诉|鼓励|勉励|号召|对)"
    rf"了?(?P<who>[他她]|[^,。;:!?“”]{{1,24}}?{_AGENT}|[^,。;:!?“”说道]{{2,10}})"
    r"(?:说|道)?[,:]? ?“?$"
)
_ASKING = re.compile(
    r"(?:叮嘱|嘱咐|提醒|告诫|要求|责成|希望|请|指示|通知|鼓励|勉励|号召|呼吁|期勉|拜托|恳请|寄语|敦促)$"
)
_VOCATIVE = re.compile(r"(?:^|[。!?\n“])(?P<who>[^,。;:!?“”\n]{1,16}(?:们|同志|同学|朋友))[,!:] ?$")


def last_day(value: str, mod: str | None) -> str | None:
    """The last calendar day of a TIMEX3 value: `2021-06` is `2021-06-30`, a range its end."""
    value = value.split("/")[-1]
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return value
    year = int(value[:4])
    rest = value[5:]
    if rest.startswith("W"):
        try:
            return date.fromisocalendar(year, int(rest[1:]), 7).isoformat()
        except ValueError:
            return None
    month = {"": 12, "H1": 6, "H2": 12, "Q1": 3, "Q2": 6, "Q3": 9, "Q4": 12}.get(rest)
    month = month or int(rest)
    day = calendar.monthrange(year, month)[1]
    if len(rest) == 2 and rest.isdigit():
        day = {"START": 10, "MID": 20}.get(mod or "", day)
    return f"{year:04d}-{month:02d}-{day:02d}"


#: What stands behind a date that only says of which time something is, or from when on.
_OF_TIME = re.compile(
    r"(?:的(?!时候)|度|起|开始|以来|以后|之后|后|工作|任务|目标|计划|预算|指标|重点|各项|全[省市县区]|高考|中考|汛期|春节|国庆|两会)"
)
_BY_VERB = re.compile(
    r"(?:完成|报送|上报|报到|报来|报|提交|送|交|建成|建好|到位|投产|投用|开工|启动|印发|办结|兑现|落实|见效|达到|实现|拿出|制定|出台|开展|召开|"
    r"整改|验收|清零|通车|通水|运行|公布|公示|反馈|结束|摸清|解决|组织|安排|进行|发放|发到|签订|转移|撤离|返|参加|集中|集合|出发|修好|装好|搬|退|还|补|关停|拆除|汇总|答复)"
)


def _deadline(text: str, start: int, end: int, dates: Sequence[Span]) -> str | None:
    found: str | None = None
    for span in dates:
        if span.value is None or span.mod == "AFTER":
            continue
        rest = text[span.end : end]
        clause = re.split(r"[,;。]", rest, maxsplit=1)[0]
        bound = span.mod == "BEFORE" or text[span.start : span.end].endswith("内")
        if not bound and (
            _OF_TIME.match(rest)
            or not _BY_VERB.search(clause)
            or text[max(start, span.start - 1) : span.start] in ("从", "自")
        ):
            continue
        day = last_day(span.value, span.mod)
        found = day or found
    return found


def _kind(text: str, start: int, end: int, before: str | None, adjacent: bool) -> str:
    body = text[start:end]
    sentence = max(
        (m.end() for m in _SENTENCE_START.finditer(text, max(0, start - 80), start)),
        default=max(0, start - 80),
    )
    frame = text[sentence:start]
    if _URGES.match(body) or _URGING_FRAME.search(frame):
        return "urge"
    if _ASKS.match(body) and not _ORDERS.search(body):
        return "urge"
    if re.search(r",(?:也|还|并)?(?:衷心|殷切)?希望", body):
        return "urge"
    clauses = [c for c in re.split(r"[,;]", body) if c.strip()]
    if _FORBIDS.search(body):
        free = [
            c
            for c in clauses
            if not _FORBIDS.search(c) and not _HANGS_ON.match(c.strip()) and len(c.strip()) > 4
        ]
        positive = re.search(
            r"(?:要(?!求)|必须|务必|应(?![急用届征聘变])当?|须|确保|一律)", _FORBIDS.sub("", body)
        )
        if not free and not positive:
            return "forbid"
        if (
            not positive
            and len(free) == 1
            and clauses
            and free[0] is clauses[0]
            and len(clauses) > 1
        ):
            return "forbid"
    if before == "urge" and adjacent and not _MUST.search(body):
        return "urge"
    return "require"


def _trimmed(text: str, start: int, end: int, dates: Sequence[Span]) -> tuple[int, int]:
    """A subject without dates, adverbials and blanks at its edges."""
    changed = True
    while changed and start < end:
        changed = False
        for span in dates:
            if span.start <= start < span.end <= end:
                start, changed = span.end, True
            elif start <= span.start and span.end >= end > span.start:
                end, changed = span.start, True
        lead = _ADVERBIAL.match(text, start, end)
        if lead:
            start, changed = lead.end(), True
        tail = re.search(rf"{_ADVERBIAL.pattern}$", text[start:end])
        if tail:
            end, changed = start + tail.start(), True
        while start < end and text[start] in " ,":
            start, changed = start + 1, True
    return start, end


def _ends(text: str, start: int, stop: int) -> list[int]:
    """Where a noun of people or bodies ends between two places, in order."""
    return sorted({m.end(1) for m in _AGENTS.finditer(text, start, stop) if m.end(1) <= stop})


def _noun(text: str, start: int, stop: int, asked: bool) -> int | None:
    """Where the noun that begins at `start` ends: before what it does, or, behind a verb that asks
    somebody, at the first noun of people that does not go on."""
    stop = min(stop, start + LONGEST)
    breaks = _BREAKS.search(text, start, stop)
    ends = _ends(text, start, breaks.start() if breaks else stop)
    acting = next((end for end in ends if _ACTS.match(text, end)), None)
    if acting is None and asked:
        return next((end for end in ends if not _GOES_ON.match(text, end)), None)
    return acting


def _charged(text: str, start: int, stop: int) -> tuple[int, int] | None:
    """Who is charged with it: `由县水利局牵头` gives `县水利局`."""
    at = text.find("由", start, stop)
    while at >= 0:
        limit = min(stop, at + 1 + LONGEST)
        breaks = _BY_ENDS.search(text, at + 1, limit)
        ends = _ends(text, at + 1, breaks.start() if breaks else limit)
        end = next((e for e in ends if _CHARGED.match(text, e)), None)
        if end is None:
            end = next((e for e in ends if not _GOES_ON.match(text, e)), None)
        if end is not None:
            return at + 1, end
        at = text.find("由", at + 1, stop)
    return None


def _starts(who: str) -> bool:
    """Whether a subject without a modal verb looks like one from its ends."""
    return _STARTS.match(who) is not None or _BODY_TAIL.search(who) is not None


def _is_agent(text: str, start: int, end: int, people: Sequence[Span]) -> bool:
    surface = text[start:end]
    if not surface or len(surface) > 30 or _NO_SUBJECT.search(surface) or _THING.search(surface):
        return False
    return re.search(rf"{_AGENT}(?:\([^)]*\))?$", surface) is not None or any(
        span.end == end and span.start >= start for span in people
    )


def _addressee(
    text: str, start: int, end: int, dates: Sequence[Span], people: Sequence[Span]
) -> tuple[int, int] | None:
    at = start
    line = text[max(0, start - 40) : start]
    asked = _ASKING.search(line) is not None
    for _ in range(CLAUSES):
        if at >= end:
            break
        stop = min((k for k in (text.find(m, at, end) for m in ",;") if k >= 0), default=end)
        for pattern in (_LEADING, _CALL, _LEADING):
            lead = pattern.match(text, at, stop)
            if lead and lead.end() < stop:
                at = lead.end()
                asked = asked or pattern is _CALL
        while at < stop and text[at] in " ,":
            at += 1
        handed = _charged(text, at, stop)
        modal = _MODAL.search(text, at, stop)
        if handed and (not modal or handed[0] <= modal.start() or modal.start() == at):
            return handed
        if modal and modal.start() > at:
            near = modal.start() - at <= LONGEST
            if near and not (_CIRCUMSTANCE.match(text, at, stop) and not _STARTS.match(text, at)):
                a, b = _trimmed(text, at, modal.start(), dates)
                # `各社区对每件诉求要…`: what is done to what stands between.
                cut = _PREPOSITION.search(text, a + 1, b)
                for edge in (b, cut.start() if cut else a):
                    if _is_agent(text, a, edge, people) and text[a] not in "由让使":
                        return a, edge
        elif not modal:
            titled = next((p for p in people if p.start == at and p.end < stop), None)
            bare = _noun(text, at, stop, asked)
            who = text[at:bare] if bare else ""
            if (
                bare
                and (asked or titled or (_starts(who) and not _VERB_FIRST.match(who)))
                and not _THING.search(who)
            ):
                return _trimmed(text, at, bare, dates)
            if titled:
                last = titled
                for p in people:
                    if p.start >= last.end and text[last.end : p.start] in ("", "、", "和"):
                        last = p
                return titled.start, last.end
        at, asked = stop + 1, False
    for pattern in (_TOLD_BEFORE, _VOCATIVE):
        found = pattern.search(line)
        if found:
            shift = start - len(line)
            return shift + found.start("who"), shift + found.end("who")
    return None


def demands(text: str, spans: Sequence[Span]) -> dict[int, Demand]:
    """For each DIRECTIVE, by the span's index: what the rules say of it.

    DATE spans carry their values. Offsets are of the text.
    """
    order = sorted((s.start, s.end, i) for i, s in enumerate(spans) if s.label == "DIRECTIVE")
    dates = sorted((s for s in spans if s.label == "DATE"), key=lambda s: s.start)
    people = sorted((s for s in spans if s.label in ("TITLE", "OFFICIAL")), key=lambda s: s.start)
    out: dict[int, Demand] = {}
    before: str | None = None
    last_end = -10
    for start, end, index in order:
        inside = [d for d in dates if start <= d.start and d.end <= end]
        kind = _kind(text, start, end, before, start - last_end <= 3)
        near = [p for p in people if start <= p.start and p.end <= end]
        who = _addressee(text, start, end, inside, near)
        out[index] = Demand(who, _deadline(text, start, end, inside), kind)
        before, last_end = kind, end
    return out
