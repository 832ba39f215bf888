"""From scores to spans: Viterbi over each layer with the guideline's grammar as soft costs.

Costs are in nats and are added to the log-probabilities, so that a sure model can overrule every
one of them: every span the guideline allows, and every clumsy one it has to allow, is reachable.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.labels import LAYERS, decode
from model.schema import Span

Floats = NDArray[np.float32]

_ENDS = "。;!?…\n"
#: What no span begins or ends with.
EDGES = "，。；：、！？,.;:!? \n\t"
#: A stretch this long without any mark has lost its marks, and grammar tells nothing there.
_UNMARKED = 80
#: Characters from which on a quotation can hold a demand of its own.
_SENTENCE = 10
_NUMERALS = "一二三四五六七八九十"

#: Reporting verbs and calls after which a demand begins without punctuation.
_VERBS = (
    "要求|强调|指出|希望|叮嘱|嘱咐|勉励|鼓励|号召|呼吁|责成|责令|提醒|吩咐|安排|敦促|督促|寄语|"
    "表示|提出|倡议|明确|说|请|令|让|嘱"
)
_ENUMERATOR = (
    rf"第[{_NUMERALS}]{{1,3}}(?:(?:点|个|项|句话?|条)[,、:]|[编章节])|其[{_NUMERALS}][,、:]|"
    rf"第?[{_NUMERALS}]{{1,3}}(?:是|条|则|[、,.:])?|[(（](?:[{_NUMERALS}]{{1,3}}|\d{{1,2}})[)）][、,.]?|"
    r"\d{1,2}[、.)）．]|[①-⑳㈠-㈩][、.]?|[●◎◆■▲★○·-]"
)
_AFTER_VERB = re.compile(f"(?:{_VERBS})(?: ?)(?=.)")
_AFTER_ENUMERATOR = re.compile(
    rf"(?:^|(?<=[。;!?…\n,:、“”‘’\"( ]))(?:{_ENUMERATOR}) ?", re.MULTILINE
)
#: A clause that ends in a reporting verb: a demand begins after the comma behind it.
_FRAME = re.compile(
    r"(?:要求|强调|指出|希望|提出|表示|认为|叮嘱|嘱咐|勉励|号召|呼吁|提醒|明确|规定|部署|安排|讲话|批示|指示|"
    r"议定|通知|寄语|动员|倡议|交代|告诫|建议|敦促|责成|致辞|发言|总结|[讲写说道])(?:了|中|到|时)?,"
)
#: Somebody told something, named before the comma.
_TOLD = re.compile(r"(?:叮嘱|嘱咐|提醒|告诫|劝|叫|让|安慰|指示|要求)[^,。;:!?\n]{1,16},")
_HOPED = re.compile(",希望")
_VOCATIVE = re.compile(r"(?:同志|朋友|同学|委员|代表|老师)们[,!]")
_QUOTE = re.compile(r"[“\"](?P<inside>[^“”\"\n]*)[”\"]")
_NEXT_PART = re.compile(
    rf"[,、](?= ?(?:(?:{_ENUMERATOR})|[^,。;\n]{{0,12}}?(?:要求|强调|指出|希望)[,:]))"
    r"|,(?=(?:并|同时|也|还|又)?[他她]?(?:要求|强调|号召|呼吁|叮嘱|嘱咐|勉励|提醒|责成|敦促))"
    r"|,(?=(?:并|同时|也|还|又|(?:并|同时|也|还|又)?[他她])(?:希望|鼓励))"
)


@dataclass(frozen=True, slots=True)
class Costs:
    """The grammar's prices in nats: the guideline's as they stand here, the rest by `train.costs`.

    `start`: a directive that begins neither where a sentence or part does nor after an enumerator
    or a reporting verb; `later`: one that begins after a comma that ends no reporting frame.
    `end`: one that ends inside a sentence; `comma`: the same, at a comma.
    `cross`: for each sentence end inside a span; `lost`: the same for `?`, often a lost character.
    `bare`: one that begins or ends in a stretch that has lost its marks, where no birth is priced
    and a directive needs no least score.
    `inside`: an entity with a comma or a sentence end in it; `birth`: for each entity.
    `repeat`: no price but what a character gains where a sure name stands again (`model.document`).
    `entity_score`, `clause_score`: no price but the least score with which a span is given out.
    """

    start: float = 15.0
    later: float = 4.0
    end: float = 20.0
    comma: float = 12.0
    cross: float = 5.0
    lost: float = 1.0
    bare: float = 2.0
    inside: float = 4.0
    birth: float = 0.0
    repeat: float = 3.0
    entity_score: float = 0.0
    clause_score: float = 0.0


def _codes(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)


def _members(codes: NDArray[np.uint32], marks: str) -> NDArray[np.bool_]:
    return np.isin(codes, [ord(mark) for mark in marks])


def _previous_non_blank(blank: NDArray[np.bool_]) -> NDArray[np.int64]:
    """For each place, the last place before it that is no blank; -1 if there is none."""
    where = np.where(blank, -1, np.arange(len(blank)))
    last = np.maximum.accumulate(where) if len(blank) else where
    return np.concatenate([[-1], last[:-1]]) if len(blank) else last


def _unmarked(codes: NDArray[np.uint32]) -> NDArray[np.bool_]:
    """Where the marks before and behind are far apart."""
    n = len(codes)
    marks = np.flatnonzero(_members(codes, ',、。;:!?…\n“”"'))
    bounds = np.concatenate([[-1], marks, [n]])
    behind = np.searchsorted(marks, np.arange(n), side="left") + 1
    return np.asarray(bounds[behind] - bounds[behind - 1] > _UNMARKED)


def clause_costs(text: str, costs: Costs) -> tuple[Floats, Floats, Floats]:
    """Prices of beginning at, going on through and ending after each character, each (n,)."""
    codes = _codes(text)
    n = len(codes)
    blank = codes == 32
    edge = _members(codes, EDGES)
    stop = _members(codes, _ENDS)
    # An ASCII full stop between Chinese characters or at a line's end ends a sentence; in numbers
    # it does not.
    han = (codes >= 0x3400) & (codes <= 0x9FFF)
    dot = codes == ord(".")
    closing = _members(codes, '”"’)')
    stop[1:-1] |= dot[1:-1] & (((han | closing)[:-2] & han[2:]) | (codes[2:] == 10))
    stop[-1:] |= dot[-1:]
    before = _previous_non_blank(blank)
    after = (n - 1 - _previous_non_blank(blank[::-1]))[::-1]

    begins = np.zeros(n + 1, dtype=bool)
    opening = _members(codes, '。;!?…\n:“‘"(.—●◎◆■▲★○')
    begins[:n] = (before < 0) | opening[np.maximum(before, 0)]
    for pattern in (_AFTER_VERB, _AFTER_ENUMERATOR, _FRAME, _TOLD, _VOCATIVE):
        for match in pattern.finditer(text):
            begins[match.end()] = True
    hoped = np.zeros(n + 1, dtype=bool)
    for match in _HOPED.finditer(text):
        # What is hoped for behind a comma mostly goes on with the clause before it.
        begins[match.end()] = False
        hoped[match.end()] = True
    # A blank behind a mark belongs to the mark.
    begins[:n] |= begins[np.minimum(before + 1, n)]
    later = (before >= 0) & _members(codes, ",”)")[np.maximum(before, 0)] | hoped[:n]
    start = np.where(begins[:n], 0.0, np.where(later, costs.later, costs.start))

    end = np.full(n, costs.end, dtype=np.float64)
    last = after >= n
    follower = np.minimum(after, max(n - 1, 0))
    closes = stop | (codes == ord(":"))
    for match in _QUOTE.finditer(text):
        # A quotation as long as a sentence, not a quoted term.
        closes[match.end() - 1] = len(match["inside"]) >= _SENTENCE
    end[last | closes[follower]] = 0.0
    comma = ~last & ~closes[follower] & _members(codes, ',”")')[follower]
    end[comma] = costs.comma
    for match in _NEXT_PART.finditer(text):
        end[max(before[match.start()] if match.start() else 0, 0)] = 0.0
        if match.start():
            end[match.start() - 1] = 0.0
    unmarked = _unmarked(codes)
    start[unmarked] = np.minimum(start[unmarked], costs.bare)
    end[unmarked] = np.minimum(end[unmarked], costs.bare)
    through = np.where(stop, costs.cross, 0.0)
    through[codes == ord("?")] = costs.lost
    start[edge] = np.inf
    end[edge] = np.inf
    return start.astype(np.float32), through.astype(np.float32), end.astype(np.float32)


def entity_costs(text: str, costs: Costs) -> tuple[Floats, Floats, Floats]:
    """The same for entities: only births, edges and inner sentence ends have a price."""
    codes = _codes(text)
    n = len(codes)
    edge = _members(codes, EDGES)
    birth = np.where(_unmarked(codes), 0.0, costs.birth)
    start = np.where(edge, np.inf, birth).astype(np.float32)
    end = np.where(edge, np.inf, 0.0).astype(np.float32)
    through = np.zeros(n, dtype=np.float32)
    through[_members(codes, "。;!…\n,")] = costs.inside
    return start, through, end


def viterbi(
    log: Floats, start: Floats, through: Floats, end: Floats, lengths: NDArray[np.int64]
) -> NDArray[np.int8]:
    """Best tag ids for a batch, shape (b, t), from log-probabilities (b, t, tags).

    Tags are O, B1, I1, B2, I2, …; prices have shape (b, t). A span ends where its tag is followed
    by another B or O, or by the end of its row (`lengths`).
    """
    b, t, k = log.shape
    begin, inner = np.arange(1, k, 2), np.arange(2, k, 2)
    emit = log.copy()
    emit[:, :, begin] -= start[:, :, None]
    emit[:, :, inner] -= through[:, :, None]
    back = np.zeros((b, t, k), dtype=np.int8)
    rows = np.arange(b)
    score = np.full((b, k), -np.inf, dtype=np.float32)
    score[:, 0] = emit[:, 0, 0]
    score[:, begin] = emit[:, 0, begin]
    final = np.zeros(b, dtype=np.int8)

    def close(s: Floats, i: int) -> Floats:
        out = s.copy()
        out[:, 1:] -= end[:, i, None]
        return out

    for i in range(t):
        if i:
            closed = close(score, i - 1)
            best = closed.argmax(axis=1)
            top = closed[rows, best]
            new = np.empty_like(score)
            new[:, 0] = top
            new[:, begin] = top[:, None]
            back[:, i, 0] = best
            back[:, i, begin] = best[:, None]
            stay = score[:, inner] >= score[:, begin]
            new[:, inner] = np.where(stay, score[:, inner], score[:, begin])
            back[:, i, inner] = np.where(stay, inner, begin)
            score = new + emit[:, i]
        done = lengths == i + 1
        if done.any():
            final[done] = close(score, i)[done].argmax(axis=1)
    tags = np.zeros((b, t), dtype=np.int8)
    current = np.zeros(b, dtype=np.int64)
    for i in range(t - 1, -1, -1):
        current = np.where(lengths == i + 1, final, current)
        tags[:, i] = np.where(i < lengths, current, 0)
        if i:
            current = back[rows, i, current]
    return tags


def _pieces(text: str, sure: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Stretches that can be decoded apart: cut after line and sentence ends that are surely O."""
    marks = _members(_codes(text), "\n。") & sure
    cuts = [0, *(np.flatnonzero(marks) + 1).tolist(), len(text)]
    return [(a, b) for a, b in pairwise(cuts) if a < b]


def log_softmax(logits: Floats) -> Floats:
    """Log-probabilities over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), np.float32)


def spans_of_layer(text: str, log: Floats, layer: str, costs: Costs) -> list[Span]:
    """Best spans of one layer for log-probabilities of shape (len(text), tags), with scores."""
    prices = (clause_costs if layer == "clause" else entity_costs)(text, costs)
    pieces = _pieces(text, log[:, 0] > -0.05)
    order = sorted(range(len(pieces)), key=lambda i: pieces[i][1] - pieces[i][0])
    tags = np.zeros(len(text), dtype=np.int8)
    at = 0
    while at < len(order):
        # Batches of similar length, bounded in memory.
        longest, stop = 0, at
        while stop < len(order):
            size = pieces[order[stop]][1] - pieces[order[stop]][0]
            if stop > at and size * (stop - at + 1) > 200_000:
                break
            if stop > at and size > 2 * longest + 16 and stop - at >= 64:
                break
            longest = max(longest, size)
            stop += 1
        group = [pieces[i] for i in order[at:stop]]
        batch = np.full((len(group), longest, log.shape[1]), 0.0, dtype=np.float32)
        rows = [np.zeros((len(group), longest), dtype=np.float32) for _ in prices]
        for row, (a, b) in enumerate(group):
            batch[row, : b - a] = log[a:b]
            for target, price in zip(rows, prices, strict=True):
                target[row, : b - a] = price[a:b]
        lengths = np.array([b - a for a, b in group])
        found = viterbi(batch, rows[0], rows[1], rows[2], lengths)
        for row, (a, b) in enumerate(group):
            tags[a:b] = found[row, : b - a]
        at = stop
    out = []
    least = np.full(len(text), costs.clause_score if layer == "clause" else costs.entity_score)
    if layer == "clause":
        # Without marks no edge of a directive is sure, however sure it is that there is one.
        least[_unmarked(_codes(text))] = 0.0
    for start, end, label in decode(tags.tolist(), layer):
        begin = 1 + 2 * LAYERS[layer].index(label)
        total = log[start, begin] + log[start + 1 : end, begin + 1].sum()
        size = end - start
        if end < len(text):
            total += np.log1p(-min(float(np.exp(log[end, begin + 1])), 1 - 1e-6))
            size += 1
        score = float(np.exp(total / size))
        if score >= least[start]:
            out.append(Span(start, end, label, score=score))
    return out
