"""The model card, generated from what the run wrote down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_TEXT = """# {name}

Reads Chinese official texts: names of officials, their posts, dates, and directive clauses
(who is told to do something). Labels follow `data/GUIDELINE.md`, version 1.5.

| | |
|---|---|
| architecture | `BertForTokenClassification`, {layers} layers, {hidden} wide |
| size | {parameters:,} parameters, {tokens:,} tokens, one a character |
| outputs | 10 logits, two softmax groups: BIO of OFFICIAL, TITLE, DATE (7) and of DIRECTIVE (3) |
| base | {base} |
| trained on | {texts} texts ({characters:,} characters): {source} |
| profile | {profile}: {epochs} epochs, batch {batch}, seed {seed}, {precision} |
| rates | encoder {rate}, head {head_rate} |
| licence | Apache-2.0 for the fine-tuning; the base weights are MIT (see NOTICE) |

## Strict span F1 by epoch, on the {dev_texts} texts held back

Measured while it was trained, with the costs the decoder then had by default.

{history}

## Final, on the same texts, with decoding costs chosen there (torch, fp32)

{final}

Costs: {costs}

Scores are probabilities of a span being strictly right, calibrated on the same texts with these
costs (log-odds times scale plus shift): {calibration}.
`python -m data.reliability GOLD` checks them.

## What it is not

It was trained on written, not on scraped texts; real pages differ (see the README for figures on
real texts). Names of people who hold no post are often near misses. It says what a text says, not
what is true. Official-looking spans in other genres (novels, court transcripts) were never seen.
"""


def _table(rows: Sequence[Mapping[str, Any]]) -> str:
    keys = list(rows[0])
    lines = [f"| {' | '.join(keys)} |", f"|{'---|' * len(keys)}"]
    for row in rows:
        shown = (f"{v:.4f}" if isinstance(v, float) else str(v) for v in row.values())
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines)


def render(facts: Mapping[str, Any], history: Sequence[Mapping[str, Any]]) -> str:
    """The card as Markdown; `facts` are those of `python -m train`."""
    shown = {k: v for k, v in facts.items() if k not in {"final", "costs", "calibration"}}
    costs = ", ".join(f"{k} {v}" for k, v in facts["costs"].items())
    lines = ", ".join(f"{k} {a} and {b}" for k, (a, b) in facts.get("calibration", {}).items())
    return _TEXT.format(
        **shown,
        history=_table(history),
        final=_table([facts["final"]]),
        costs=costs,
        calibration=lines or "identity",
    )
