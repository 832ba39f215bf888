"""Make `model/fold.tsv`: one-to-one foldings of Traditional and variant characters to Simplified.

Source of the facts: OpenCC's t2s, tw2s and hk2s tables (Apache-2.0). A character that Simplified
Chinese itself uses (it stands in GB 2312) is not folded: 乾 and 著 are words there too. A few stand
in GB 2312 and yet are not used in mainland prose, save in a rare surname or place name: those are.
"""

from __future__ import annotations

from pathlib import Path

import opencc

TARGET = Path(__file__).resolve().parent.parent / "model" / "fold.tsv"

#: In GB 2312, yet Traditional in practice: 後 after, 於 at, 徵 to levy, 菸 tobacco and their like.
FOLDED_STILL = frozenset("夥後徵捱摺於榘菸麽")


def in_gb2312(char: str) -> bool:
    """Whether the character stands in GB 2312."""
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def foldings() -> dict[str, str]:
    """Traditional or variant character → Simplified character, for the CJK blocks up to F."""
    converters = [opencc.OpenCC(name) for name in ("t2s", "tw2s", "hk2s")]
    table: dict[str, str] = {}
    blocks = [(0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2EBEF)]
    for first, last in blocks:
        for code in range(first, last + 1):
            char = chr(code)
            if in_gb2312(char) and char not in FOLDED_STILL:
                continue
            for converter in converters:
                simple = converter.convert(char)
                if len(simple) == 1 and simple != char and "\u4e00" <= simple <= "\u9fff":
                    table[char] = simple
                    break
    return table


def main() -> None:
    """Write the table, grouped by the Simplified character: one line each, `简<TAB>簡…`."""
    groups: dict[str, list[str]] = {}
    for traditional, simple in foldings().items():
        groups.setdefault(simple, []).append(traditional)
    lines = [f"{simple}\t{''.join(sorted(groups[simple]))}" for simple in sorted(groups)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {sum(map(len, groups.values()))} characters to {len(groups)}")


if __name__ == "__main__":
    main()
