"""Peak memory and rate on long texts: 10,000, 100,000 and 1,000,000 characters, each in a process.

python scripts/long_text.py [--model FOLDER] [--threads N]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

SIZES = (10_000, 100_000, 1_000_000)


def long_text(size: int) -> str:
    """The corpus's texts one after the other, again and again, cut at `size` characters."""
    from data.inline import read_folder
    from data.split import CORPUS

    whole = "\n".join(record.text for record in read_folder(CORPUS))
    return (whole * (size // len(whole) + 1))[:size]


def measure(size: int, model: Path | None, threads: int | None) -> str:
    """Read one text of that size in this process; a line of figures."""
    from model.tagger import Tagger

    tagger = Tagger.from_pretrained(model, engine="onnx", threads=threads)
    text = long_text(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    record = tagger(text)
    seconds = time.perf_counter() - start
    assert all(text[s.start : s.end].strip() for s in record.spans)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return (
        f"{size:>9,} characters: {len(record.spans):>6,} spans, {seconds:7.1f} s, "
        f"{size / seconds:8,.0f} characters/s, peak RSS {peak:,.0f} MB ({before:,.0f} before)"
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description="Peak memory and rate on long texts.")
    parser.add_argument("--model", type=Path, help="checkpoint folder (default: the shipped model)")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--size", type=int, help="this size only, in this process")
    args = parser.parse_args(argv)
    if args.size:
        print(measure(args.size, args.model, args.threads))
        return 0
    given = sys.argv[1:] if argv is None else list(argv)
    for size in SIZES:
        subprocess.run([sys.executable, __file__, *given, "--size", str(size)], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
