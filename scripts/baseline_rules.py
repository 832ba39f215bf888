"""What plain rules reach: regular expressions, a surname list, title words, reporting verbs.

What two hours give, from the guideline and the training texts; they read the folded text.
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from model.characters import characters
from model.schema import Span

LEXICON = Path(__file__).resolve().parents[1] / "data" / "lexicon"
HAN = "\u3400-\u9fff〇"
Place = tuple[int, int]

_CN = "一二三四五六七八九十〇零"
_YEAR = rf"(?:(?<!\d)(?:19|20)\d\d ?年度?|[一二][九〇零][{_CN}]{{2}}年)"
_ANY_YEAR = rf"(?:{_YEAR}|[今去明后上]年|前年(?!度)|当年(?=[\d一二三四五六七八九十]))"
_MONTH = rf"(?:(?<!\d)(?:1[0-2]|0?[1-9]) ?月份?|(?<![{_CN}几])(?:十[一二]?|[{_CN[:9]}])月份?)"
_DAY = rf"(?:(?:[12]\d|3[01]|0?[1-9]) ?[日号]|(?:[二三]?十[{_CN}]?|[{_CN}])日)"
_BARE_DAY = r"(?<![\d年月.])(?:[12]\d|3[01]|[1-9])日(?![元均报内之])"
_PART = "(?:上午|下午|晚[上间]?|夜[间里]?|凌晨|清晨|早[晨上]?|中午|傍晚|白天)"
_CLOCK = rf"(?:(?:\d\d?|[{_CN}]{{1,3}})[时点](?:\d\d?分|半|整|许)?|\d\d?(?::\d\d){{1,2}})"
_TIME = rf"(?: ?[(]?(?:星期|周)[一二三四五六日天][)]?)?(?: ?{_PART})?(?: ?{_CLOCK})?"
_BOUND = "(?:[之以]前|前(?![后期往来])|以后|后(?![勤续备期的方]))"
_EDGE = f"(?:(?:底|末|初|中旬|上旬|下旬){_BOUND}?|{_BOUND})"
_QUARTER = rf"(?:第?[一二三四]季度?末?|前[一二三]季度|[上下]半年|前(?:[{_CN}两]|\d{{1,2}})个月)"
_TODAY = rf"(?:[今昨明前]天|[今昨明]日(?!常)|次日|当[天日](?={_PART})|当晚(?=\d)|[今昨明][晚早])"
_NEAR = rf"(?:[上下本这]个?月|[上下本]个?(?:周|星期)[{_CN}日内]?|本月内|(?<![\d{_CN}两几])年内)"
_MONTH_DAY = rf"{_MONTH} ?{_DAY}{_TIME}"
_FULL = rf"(?:{_ANY_YEAR} ?{_MONTH_DAY}|{_MONTH_DAY})"
_TO = "(?: ?(?:至|到|—+|-+|~) ?)"
_ISO = r"(?<![\d.])(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])(?:[-/.](?:3[01]|[12]\d|0?[1-9]))?(?!\d)"
_DATE = re.compile(
    rf"(?:[昨今前][(]\d\d?[)]日|{_TODAY}[(](?:{_MONTH_DAY}|\d\d?日)[)]){_PART}?|"
    rf"{_FULL}起?{_TO}(?:{_FULL}|\d{{1,2}}[日号]{_TIME}|{_CLOCK}){_EDGE}?|"
    rf"{_FULL}(?:下班|开学)?{_EDGE}?|{_ANY_YEAR} ?{_MONTH}{_TO}(?:{_YEAR} ?)?{_MONTH}{_EDGE}?|"
    rf"{_ANY_YEAR}?(?<!\d)(?:1[0-2]|[1-9])月?[-—至]+(?:1[0-2]|[1-9])月份?|"
    rf"{_ANY_YEAR} ?(?:{_MONTH}|{_QUARTER}){_EDGE}?|"
    rf"{_YEAR}{_TO}{_YEAR}|(?<!\d)(?:19|20)\d\d[-—](?:19|20)\d\d年|"
    rf"{_ANY_YEAR}(?:年?[底末初](?:之?前)?|{_BOUND})?|(?:{_QUARTER}|{_MONTH}|{_NEAR}){_EDGE}?|"
    rf"全年(?!龄)|年[底末初]前?(?!考|岁)|月底前?|{_TODAY}{_PART}?{_CLOCK}?{_BOUND}?|"
    rf"{_BARE_DAY}(?:{_TO}\d{{1,2}}日)?{_TIME}{_EDGE}?|"
    r"(?<![\d/-])(?:0\d|1[0-2])[-/](?:[0-2]\d|3[01])(?=[\])】\n ]|$)|"
    rf"{_ISO}(?: ?\d{{1,2}}(?::\d\d){{1,2}})?(?: ?(?:[-—~]+|至) ?{_ISO})?"
)
_EVENT = re.compile("[^,。;、:\n要将]{0,26}?(?:会(?:[^员同后上在见]|$)|大会|培训|论坛|典礼|卷$)")
_BOOK = re.compile("《[^《》\n]{1,80}》|[〔\\[]\\d{4}[〕\\]]")


def dates(text: str) -> Iterator[Place]:
    """Dates of a folded text, but for those in titles of documents and names of meetings."""
    books = {i for m in _BOOK.finditer(text) for i in range(*m.span())}
    for match in _DATE.finditer(text):
        start, end = match.span()
        if start in books or re.search("(?:每[年月周]|往年)的?$", text[max(0, start - 3) : start]):
            continue
        coarse = re.fullmatch(f"{_YEAR}|{_YEAR}?{_QUARTER}|{_MONTH}", match.group())
        if coarse and _EVENT.match(text[end : end + 40]):
            continue
        yield start, start + len(match.group().rstrip(" ("))


_UNIT = "省市县区州旗盟乡镇局厅部院校所队站庭科处馆署场台股矿厂司河林湖关议行会团排连营师旅库园段组"
_HEAD = re.compile(
    "书记处书记|主任委员|(?:[县市区局校院厅省]长|主任|总经理)助理|书记(?![员处])|支书(?!记)|主委|召集人|村官|"
    "(?<!班)主任(?![医药护技]|记者|编辑|科员)|(?:秘书|董事|监事|理事|检察|指挥|审判|委员)长|总指挥长?(?!部)|"
    f"[{_UNIT}]长(?![期效远足江城假大治寿短度久线势河春沙])|(?:常委|主席)(?![会团台们制])|副?(?:总经理|经理|"
    "[调研]研员|巡视员)|总[监裁理统]|大使|总领事|国务委员|专员|政委|政治委员|司令员|参谋长|审判员|督察员|科员|"
    "[一二三四]级(?:高级)?(?:巡视员|调研员|主任科员)|总[工经会规农][程济计划艺]师|乡[(]镇[)]长|"
    "[县市][(][市区县][)]长|党组成员|(?:党|党工|纪)委委员|班子成员"
)
_WEAK_HEAD = re.compile(
    "[省市县区州旗盟校院镇乡团司]领导|[党组委会协府局厅院]{1,3}(?:委员|代表|成员)|负责人|委员|[参顾][事问]|议员"
)
_NOT_AFTER = re.compile("制|办(?![主副])|论坛|热线|信箱|接待日|级干部|单位|负责制|学校")
_STOP = re.compile(
    "任命|[担兼现历曾拟时新继转改升调出接留]任|当选|刚才|安排|根据|摘自|递补|首次|优秀|抄送|未经|个别|每个|"
    "关于|召开|推行|追[记授]|[受随](?=[省市县区州])|分管|提名|[免辞]去|不再|聘任|会见|听取|陪同|接受|邀请|介绍|"
    "强调|要求|指出|出席|主持|提请|协助|责[成令]|督促|报请|叮嘱|希望|告诉|询问|包括|以及|其中|来自|率领|同时|"
    "[先随]后|参加|全体|部分|有关|一些|所有|其他|相关|各级|各位|现场|所在|分别|给予|批准|决定|选举|推[选荐]|"
    "通过|属于|经过|尊敬的|[的为由是了各向与在请被让其及把找跟兼给到某]|原(?![则料])|任(?![丘城县])|"
    f"[{_CN[:10]}两\\d]+[名位个]|同(?![仁心德江])|当(?![涂阳])|对(?!外)|[多几][名位]|(?<!文化|发展|粮食|电视|"
    "林业|环保|草原|市政|资源|住房|工业|规划|卫生|民族|党务)和(?![平田县顺静硕])"
)
_NOTE = re.compile("[(](?:[市区县州旗镇乡居片院系场]|街道|社区|党组|党委)[)]$")


def _run(text: str, head: int, floor: int) -> int:
    """Where the organisation before a post begins: back to punctuation or a stop word."""
    left = head
    while left > floor and head - left < 34:
        note = _NOTE.search(text, max(floor, left - 5), left) if text[left - 1] == ")" else None
        if not note and not re.match(f"[{HAN}A-Z0-9]", text[left - 1]):
            break
        left = note.start() if note else left - 1
    for match in _STOP.finditer(text, left, head):
        left = match.end()
    return left


def titles(text: str, names: Sequence[Place] | None, days: Sequence[Place]) -> list[Place]:
    """Posts of a folded text; names and dates before them are cut off (`names` None: not known)."""
    walls = [0, *sorted(end for _, end in [*(names or []), *days])]
    firsts, lasts = {a for a, _ in names or []}, {b for _, b in names or []}
    books = {i for m in _BOOK.finditer(text) for i in range(*m.span())}
    out: list[Place] = []
    floor = 0
    heads = {m.start(): m.end() for p in (_WEAK_HEAD, _HEAD) for m in p.finditer(text)}
    for head, end in sorted(heads.items()):
        if head < floor or head in books or _NOT_AFTER.match(text, end):
            continue
        start = _run(text, head, max(floor, walls[bisect_right(walls, head) - 1]))
        if re.search("(?:领导|负责人|委员|代表|成员)$", text[start:end]):
            after = end + (text[end : end + 1] in (" ", ":"))
            named = after in firsts or start in lasts
            if names is None:
                named = _name_end(text, after, False) > after
            row = text[end : end + 1] in "、 :\n" and _HEAD.search(text, end, end + 16)
            if not named and not row:
                continue
        out.append((start, end))
        floor = end
    return out


_RIGHT = re.compile(
    rf"[^{HAN}]|$|"
    "强调|指出|要求|说|表示|希望|认为|提出|介绍|主持|出席|参加|通报|汇报|讲话|宣读|陪同|带[队领]|率|一行|代表|"
    "分别|作|致|先后|深入|走|来到|当选|兼|担任|同志|先生|女士|等|听|会见|部署|传达|最后|首先|应邀|列席|现场|结合|"
    "补充|当场|叮嘱|总书记|书记|主[任席]|[县市省局校院部]长|分析|解读|召集|共同|一同|逐|前往|辞去|检查|调研|察看|"
    "[到在就对向为任还也与和及以的要了是因从于不并同看问原曾将被给把签点举接受做谈回勉巡随领开上没有]"
)
_FIRM = "同志|主持|出席|强调|指出|参加|要求|通报|汇报|陪同|带队|宣读|讲话|率|介绍|致辞|任"
_STRONG = re.compile(f"[、,。;:\n)(]|$|{_FIRM}|分别|一行|表示|[在为就对和等以说先带深到会随还逐]")
_FUNCTION = "在就对和为的与等要说及向到是主出强指表参讲同作将并也还了任带率"

_CLAUSE_NAME = rf"(?<![^,。;:\n、 ])(?=([{HAN}]{{2,4}}?)(?:{_FIRM}|叮嘱|说[,:]|一行|当选|,[男女],))"
_DECREE = re.compile("(?:任命|免去|追授|决定|提名|接受|推选)(?=[^的职为]{2,5}(?:为|的|同志|、|辞))")
_BEFORE_POST = re.compile(
    rf"(?:^|[\n。;:、])[ ●◎]*([{HAN}]{{2,4}}|[{HAN}] [{HAN}])(?:[ (,]{{1,2}}|任|为|兼任|同志任|的)$"
)
_PRESS = re.compile("(?:记者|通讯员|编辑|责编|作者|摄影|审核|供稿|发布人|来源)[^,。\n]{0,12}$")
_NO_NAME = re.compile(
    "[各全该本我他她有与及以要必为的是在将已不并就从制办负会签一二三四五两个到之致作发代副政市县省区州委局]|关于|"
    "同志|等|方面|应[当该]|任[职务命免期一何]|成员|单位|部门|工作|接待|参加|出席|主持|带[头队]|牵头|组织|召|责任|"
    "时任|助理|讲话|职务|多[次个名]|人选|亲自|通报|汇报|介绍|马上|高度|书记|主[任席]|党[组委和的中内]|国[务家有]|常委"
)
_LEADERS = re.compile("(?:习近平|李克强|李强|胡锦涛|江泽民)")
_DOCTRINE = re.compile("新时代|.{0,4}思想|理论")
_POST_WORD = "副?(?:书记|主任|主席|[县市区省局院校部州镇乡厅处科所组]长)|总经理"
_CALLED = re.compile(
    rf"(?:^|(?<=[委局厅部府会院校处室科所队协办站团镇乡村司行组]))([^副]|[^副]{{2}})(?:{_POST_WORD})$"
)
_FULL_NAME = re.compile(
    rf"(?!常务|宣传|统战|纪检)([^副{_UNIT[:14]}党政组室总府会团村办委]{{2,4}}?)(?:{_POST_WORD}|委员)"
)
#: Surnames of the training texts that the lexicon lacks, and surnames that are mostly other words.
_RARE = (
    "习祖牟蒙岑计庄容甄阚刀薄牧芮敬毕谈乌冀贝邸封盘訾狄简撒岩颜茹邰燕干皮蔚郤晁束屠练隗闭栗辜冶荀步"
    "郦桓郇弓摆暴索矫鱼续修亢蚁仉雒綦伏荣朴鄂琚茅杞廉居糜妥蒯郏傅那宁奉佘佟冉匡旷尧过苟能脱降勾宿言从"
)
_DOUBTFUL = set("党支区州县国办总时原老新前代任和向由于正常团村乡镇省市部队组连路厂") | {"东方"}


@lru_cache(maxsize=1)
def _lexicon() -> tuple[frozenset[str], frozenset[str], re.Pattern[str]]:
    """Single and compound surnames, and a pattern for minority and transliterated names."""
    read = {p.name: p.read_text(encoding="utf-8").split() for p in LEXICON.glob("*.t??")}
    parts = sorted((part for part in read["minority.tsv"] if part[0] > "z"), key=len, reverse=True)
    one, two = read["surnames.txt"], read["compound_surnames.txt"]
    return frozenset(one) | set(_RARE), frozenset(two), re.compile(f"(?:(?:{'|'.join(parts)})·?)+")


def _name_end(text: str, at: int, sure: bool) -> int:
    """Where the name that begins at `at` ends; `at` itself if none does."""
    one, two, minority = _lexicon()
    parts = minority.match(text, at)
    foreign = re.compile(rf"[{HAN}]{{1,8}}(?:·[{HAN}]{{1,6}})+").match(text, at)
    if foreign:
        last = max(text.rindex("·", at, foreign.end()) + 3, parts.end() if parts else 0)
        return next((i for i in range(last, foreign.end()) if _RIGHT.match(text, i)), foreign.end())
    spaced = re.compile(rf"[{HAN}] [{HAN}](?:[、,。\n ;(]|$)").match(text, at)
    if sure and spaced and text[at] in one:
        return at + 3
    if parts and parts.end() - at >= (2 if sure else 3):
        for end in range(parts.end(), parts.end() + 4):
            if _STRONG.match(text, end) and re.fullmatch(f"[{HAN}]+", text[at:end]):
                return end
        if _RIGHT.match(text, parts.end()):
            return parts.end()
    base = 2 if text[at : at + 2] in two else 1 if text[at : at + 1] in one else 0
    if not base:
        loose = re.compile(rf"[{HAN}]{{2,4}}?(?=、|{_FIRM}|[(])").match(text, at)
        return loose.end() if loose and sure and not _NO_NAME.match(text, at) else at
    ends = [at + base + 1, at + base + 2]
    han = [end for end in ends if re.fullmatch(f"[{HAN}]+", text[at:end]) and end <= len(text)]
    options = [end for end in han if _RIGHT.match(text, end)]
    if len(options) == 2:
        short, long = (text[at:end] for end in options)
        mark = text[ends[1] : ends[1] + 1] in "、,。;:\n "
        verb = long[-1] == "说" or (long[-1] in _FUNCTION and not mark)
        return options[0] if verb or text.count(short) > 2 * text.count(long) else options[1]
    if options or not sure or len(han) < 2:
        return options[0] if options else at
    return ends[0] if text[ends[0]] in _FUNCTION else ends[1]


def _called(text: str, posts: Sequence[Place]) -> Iterator[Place]:
    """Names written before a post without a gap: 王 of 王书记, also after an organisation."""
    one, two, _ = _lexicon()
    for start, end in posts:
        full = _FULL_NAME.fullmatch(text, start, end)
        match = _CALLED.search(text[start:end])
        if full and _name_end(full[1], 0, False) == len(full[1]):
            yield start, full.end(1)
        elif match and match[1] not in _DOUBTFUL and match[1] in one | two:
            yield start + match.start(1), start + match.end(1)


def officials(text: str, posts: Sequence[Place]) -> list[Place]:
    """Names of a folded text, from the posts before them and the verbs after; then everywhere."""
    found: dict[int, int] = {}
    inside = {i for a, b in posts for i in range(a, b)}

    def add(at: int, sure: bool, wanted: int = 0) -> int:
        end = _name_end(text, at, sure)
        if end > at and wanted in (0, end) and not _PRESS.search(text[max(0, at - 20) : at]):
            found[at] = end
        return end

    def row(at: int) -> None:
        while at not in inside and not _NO_NAME.match(text, at):
            end = add(at, True)
            note = re.compile(r"(?:[(][^()\n]{1,12}[)])?[、 ] ?").match(text, end)
            if end == at or not note:
                return
            at = note.end()

    for start, end in posts:
        gap = re.compile("(?:[(][^()\n]{1,14}[)])?[ :]{0,2}").match(text, end)
        row(gap.end() if gap else end)
        before = _BEFORE_POST.search(text[max(0, start - 14) : start])
        if before and not _NO_NAME.match(before[1]):
            shift = max(0, start - 14)
            add(shift + before.start(1), True, shift + before.end(1))
    for match in re.finditer(_CLAUSE_NAME, text):
        if not _NO_NAME.match(match[1]) and match.start() not in inside:
            add(match.start(), False, match.end(1))
    for match in _DECREE.finditer(text):
        row(match.end())
    found.update(m.span() for m in _LEADERS.finditer(text) if not _DOCTRINE.match(text, m.end()))
    whole = {text[a:b] for a, b in found.items() if b - a > 1}
    whole |= {last for name in whole if len(last := name.split("·")[-1]) > 2}
    for name in sorted(whole, key=len):
        for match in re.finditer(re.escape(name), text):
            at, end = match.span()
            barred = at in inside or _DOCTRINE.match(text, end)
            if not barred and not _PRESS.search(text[max(0, at - 20) : at]):
                found[at] = max(end, found.get(at, 0))
    return _apart(found.items())


def _apart(places: Iterable[Place]) -> list[Place]:
    out: list[Place] = []
    for start, end in sorted(places):
        if not out or start >= out[-1][1]:
            out.append((start, end))
    return out


_NUMBER = "[一二三四五六七八九十]"
_ENUMERATOR = (
    rf"第{_NUMBER}{{1,3}}(?:(?:条|句话?|点)?[,、:]|条 )|[其之]{_NUMBER}[,、:]|——|"
    rf"{_NUMBER}{{1,3}}(?:是(?:要(?=求))?|、|(?=要))|\d\d?(?:[.、](?!\d)|、)|[首其再最][先次后][,是]|"
    rf"[(](?:{_NUMBER}{{1,3}}|\d\d?)[)]、?|[①-⑳●◎◆■▲★○]"
)
_SPLIT = re.compile(
    rf"[。;!?…\n]+|(?<=[{HAN}])\.(?=[{HAN}])|[,、:](?=(?:{_ENUMERATOR}))|:(?!\d)|(?<=[。;!?\n])”"
)
_LEAD = re.compile(rf"[”“’‘ ]*(?P<number>(?:(?:{_ENUMERATOR}) ?)*)[“ ]*")
_ORDER = "要求|叮嘱|嘱咐|责成|责令|号召|呼吁|勉励|提醒|敦促|督促|吩咐|议定"
_FRAME = re.compile(
    f"(?P<who>[^“”]*?)(?P<verb>{_ORDER}|强调|指出|提出|希望|说|表示|明确|认为|补充|倡议|寄语|告诫|重申)"
    f"(?:说|道|到|了?[{_CN}几两]+(?:点|条|个方面|项)?(?:要求|意见|希望)?)?[,:] ?“?"
)
_TELL = re.compile(
    rf"(?P<who>(?:[^,“]{{0,20}},)?[^,“”]{{0,16}}?)(?P<verb>{_ORDER}|希望|"
    rf"鼓励)(?=[^,:的下。和与、是])"
    "(?:[^,]{2,12},(?=要|不要))?"
)
_NOUN = re.compile("(?:照|根据|目标|工作|通知|上级|有关|任务|纪律|总体|具体|相关|[新的不委以])$")
_MUST = re.compile(
    "(?<![重主需首必摘概紧纪只想将快简扼险还都也若有我不能])要(?![求素点道么害是闻务件义领案价事员紧得])|必须|"
    "(?<![反相适响效供对回顺理])应(?![邀急用届有对付到聘试考收税变诉答运景征战尽])|(?<![必无])须(?!知)|严禁|禁止|"
    "务[必求]|不得|不[准许要]|切[忌勿]|让我们|一律|不能(?!完全)|(?<!点)希望(?![的工小])|坚决|^[敬恳]?请(?![示假])|"
    "[决绝]不允许|(?<=,)请(?=各|你|有关|广大|大家|于|认真|尽|提前)|原则上不"
)
_NOT = re.compile(
    "清醒地?(?:看到|认识)|(?:必须|应当)(?:看到|承认|正视)|过去一年|^自己将|应当说|请(?:予|各位代表)?审议|请放心|"
    "我[县市州省局们区镇校院]?将|奠定|均?可以|体现了|取得了|启示|体会到|(?:代表|委员|专家|群众)们?建议|会议决定|"
    "现将|[主总][要体]目标|(?<!具体)如下$|^下面,?请|(?:指出|认为|表明)$|负责解释|需要|想要|完成时限|将依法|掌声"
)
_DONE = re.compile("了(?!解)|已|同比|比上年|达到?\\d|增长\\d|先后|累计|\\d(?:%|亿|万元)|明显")
_BARE = re.compile(
    "[严从]严|严[格肃明守把控防]|[强深优]化|加[强快大]|坚[持定]|聚[焦力]|规范|突出|落实|立即|[压夯]实|精准|推[进行动]|"
    "迅速|[做抓守备站练管用打][好足]|着力|提[高升]|全[面力]|持续|科学|狠抓|筑牢|果断|抓[实紧]|完[成善]|健全|盯[住紧]|"
    "大力|扩大|兜牢|保障|倡导|用心|举一反三|摸清|扎实|织密|清理|进一步|压紧|主动|实施|守住|增强|转变|切实|确保|认真|"
    "积极|广泛|深入|牢[固记]|树立|紧盯|按时|促进|补齐|打造|改善|鼓励|支持|引导|建立|统筹|巩固|开展|培育|发挥|各级|"
    "各单位|各部门|各乡镇|各地|凡|对[^,]{2,20},|努力|善于|敢于|自觉"
)
_DUTY = re.compile("前[^,的]{0,14}(?:报|完成|提交|拨付|交|送)|从[严重]处理|由[^,]{2,16}负责")
_TOPIC = re.compile("(?:要求|措施|工作|任务|目标|条件|程序|职责|范围|内容|安排|事项|原则|情况)$")


def _parts(text: str) -> Iterator[tuple[int, int, str]]:
    """Sentences and enumerated parts with the mark that closes each."""
    position = 0
    for match in _SPLIT.finditer(text):
        mark = "\n" if "\n" in match.group() else match.group()[0]
        yield position, match.start(), mark
        position = match.end()
    yield position, len(text), "\n"


def directives(text: str) -> Iterator[Place]:
    """Demands of a folded text: its sentences and enumerated parts, less the reporting frame."""
    task = carried = body = listing = False
    parts = list(_parts(text))
    for (start, end, stop), (after, until, _) in zip(parts, [*parts[1:], (0, 0, "")], strict=True):
        body = body or stop in "。;"
        lead = _LEAD.match(text, start, end)
        enumerated, verb = bool(lead and lead["number"]), ""
        start = lead.end() if lead else start
        for pattern in (_FRAME, _FRAME, _TELL):
            frame = pattern.match(text, start, end)
            if not frame or _MUST.search(frame["who"]) or _NOUN.search(frame["who"]):
                continue
            if pattern is _FRAME or (frame["who"] and not _BARE.match(text, start)):
                start, verb = frame.end(), "要求" if pattern is _TELL else frame["verb"]
        part = text[start:end].lstrip("“” ,:、.?")
        start = end - len(part)
        part = part.rstrip(" ,:、.?”" if "“" not in part else " ,:、.?")
        if listing and enumerated and not _DONE.search(part):
            verb = verb or "要求"
        asked = re.search("(?:要求|意见|希望|强调|建议)[,:]?$", text[max(0, end - 8) : end])
        listing = (stop in ",:" and bool(asked)) or (listing and stop != "\n")
        heading = stop == "\n" and len(part) < 24 and "," not in part
        if heading:
            task = task or bool(re.search("要求|措施|任务|安排|打算|下一?步|今后|重点|保障", part))
        if (stop == "\n" and not body and not enumerated) or len(part) < 3 or _NOT.search(part):
            carried = False
            continue
        must = bool(_MUST.search(part)) and (enumerated or not heading) and verb != "认为"
        must = must and (stop != "?" or "请" in part)
        bare = bool(_BARE.match(part) or _DUTY.search(part)) and not _DONE.search(part)
        # A short enumerated heading is a demand if the sentence after it is one.
        then = text[after:until]
        short = enumerated and len(part) < 26 and not _TOPIC.search(part)
        short = short and bool(_MUST.search(then)) and not _NOT.search(then)
        wanted = carried or verb or task or (enumerated and heading)
        if must or verb in _ORDER.split("|") or short or (bare and wanted):
            yield start, start + len(part)
            carried = True
        elif not verb:
            carried = carried and stop == ";"


def tag(text: str) -> list[Span]:
    """The spans of a raw text, with raw offsets and without attributes, sorted by start."""
    chars = characters(text)
    folded = chars.text
    days = _apart(dates(folded))
    posts = titles(folded, None, days)
    names = _apart({*_called(folded, posts), *officials(folded, posts)})
    posts = titles(folded, names, days)
    taken = {i for a, b in posts for i in range(a, b)}
    names = [(a, b) for a, b in names if a not in taken]
    layers = {"OFFICIAL": names, "TITLE": posts, "DATE": days, "DIRECTIVE": directives(folded)}
    spans = [Span(*chars.to_raw(a, b), label) for label, found in layers.items() for a, b in found]
    return sorted(spans, key=Span.order)


def main(argv: Sequence[str] | None = None) -> int:
    """Score the rules against gold."""
    from scripts.compare import score_command

    return score_command(tag, "Score plain hand rules against gold spans.", argv)


if __name__ == "__main__":
    sys.exit(main())
