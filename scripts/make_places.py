"""Make `data/lexicon/places.txt`: prefectures and counties by their full names.

Source of the facts: the administrative divisions of China (GB/T 2260) as released by the National
Bureau of Statistics from 2002 to 2014, in the package gb2260 (BSD): `pip install gb2260==0.4.1`.
Names that were given up since 2002 stand in texts of their time and are kept.
"""

from __future__ import annotations

import re
from pathlib import Path

from gb2260.data import data

TARGET = Path(__file__).resolve().parent.parent / "data" / "lexicon" / "places.txt"
#: Collective lines of the table, which are no places.
_COLLECTIVE = re.compile(r"市辖区|县|市|.*直辖.*|.*县级.*|.*行政单位|.*区划|.*岛礁.*")


def places() -> list[str]:
    """Full names in the order of their codes, each once."""
    named: dict[int, dict[str, None]] = {}
    for release in sorted(data, key=str):
        for code, name in data[release].items():
            if int(code) % 10000 and not _COLLECTIVE.fullmatch(name):
                named.setdefault(int(code), {})[name.strip("※* ")] = None
    return list(dict.fromkeys(name for code in sorted(named) for name in named[code]))


def main() -> None:
    """Write the list."""
    found = places()
    TARGET.write_text("\n".join(found) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(found)} places")


if __name__ == "__main__":
    main()
