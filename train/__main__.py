"""`python -m train`: from the base encoder and annotated texts to a checkpoint folder."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Any

#: glibc hands freed tensors back to the kernel at every step; these keep them (a step ran 1.1 to
#: 1.3 times faster). They are read when a process starts, hence the re-start in `main`.
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "8589934592",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}
RUNS = Path("runs")
#: The first six layers of the packaged encoder after `python -m train.adapt`.
ADAPTED = Path(__file__).with_name("encoder")
CARD = "CARD.md"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m train",
        description="Train the tagger. A run lives in runs/PROFILE-sSEED and goes on where it was "
        "when the command is given again; the finished model is the folder `model` inside.",
        epilog="examples: python -m train --profile quick; "
        "python -m train --data my-texts --from shipped",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument(
        "--profile",
        default="small",
        choices=["quick", "small", "full"],
        help="quick: first 6 layers, a tenth of the texts; small: first 6 layers, all texts; "
        "full: 12 layers, all texts",
    )
    parser.add_argument("--seed", type=int, default=1, help="of everything drawn")
    parser.add_argument("--data", type=Path, help="folder of .inl texts instead of data/corpus")
    parser.add_argument(
        "--from",
        dest="start",
        metavar="CHECKPOINT",
        help="go on training a checkpoint folder of this program, or `shipped`",
    )
    parser.add_argument(
        "--base", help="another BERT with a character vocabulary: a folder or a hub id"
    )
    parser.add_argument("--base-file", type=Path, help="the packaged weights from elsewhere")
    parser.add_argument(
        "--packaged",
        action="store_true",
        help="start from the packaged encoder as it is, not from its adapted first layers",
    )
    parser.add_argument("--epochs", type=int, help="instead of the profile's")
    parser.add_argument(
        "--share",
        type=float,
        help="of the training texts, drawn by the seed; instead of the profile's",
    )
    parser.add_argument(
        "-o", "--output", type=Path, help="run folder (default: runs/PROFILE-sSEED)"
    )
    parser.add_argument("--fresh", action="store_true", help="do not resume: begin again")
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    return parser


def _restart() -> None:
    if sys.platform == "linux" and any(os.environ.get(k) != v for k, v in ALLOCATOR.items()):
        os.environ.update(ALLOCATOR)
        os.execv(sys.executable, [sys.executable, "-m", "train", *sys.argv[1:]])


def _base(args: argparse.Namespace, run: Path) -> tuple[Path | str, Any, str]:
    """The base to load, its vocabulary, and what to call it."""
    from model.checkpoint import SHIPPED
    from model.vocabulary import Vocabulary
    from train.base import PACKAGE, prepared

    if args.start and (args.base or args.packaged):
        raise ValueError("--from excludes --base and --packaged; give one of them")
    if args.start:
        folder = SHIPPED if args.start == "shipped" else Path(args.start)
        from model.checkpoint import read

        checkpoint = read(folder)
        return folder, checkpoint.vocabulary, checkpoint.name
    if args.base:
        folder = Path(args.base)
        if not folder.is_dir():
            from huggingface_hub import snapshot_download

            patterns = ["config.json", "vocab.txt", "*.safetensors"]
            folder = Path(snapshot_download(args.base, allow_patterns=patterns))
        return folder, Vocabulary.read(folder / "vocab.txt"), args.base
    name = f"multilingual-e5-small (MIT) from {PACKAGE}, cut to characters"
    if args.profile != "full" and args.base_file is None and not args.packaged:
        folder, name = ADAPTED, f"first 6 layers of {name}, adapted to characters (train/encoder)"
    else:
        folder = prepared(run.parent / "base", args.base_file)
    return folder, Vocabulary.read(folder / "vocab.txt"), name


def _records(args: argparse.Namespace, seed: int) -> tuple[list[Any], list[Any]]:
    from data.inline import read_folder
    from data.split import Entry, assign, split_records

    if args.data is None:
        return split_records("train"), split_records("dev")
    records = read_folder(args.data)
    if len(records) < 2:
        raise ValueError(f"{args.data}: {len(records)} text; expected at least 2 to hold one back")
    entries = [Entry(str(r.id), "meeting", "", "", len(r.text), "train") for r in records]
    # All in one stratum: a user's own texts carry no kinds.
    held = {e.id for e in assign([replace(e, id=f"own_{e.id}") for e in entries], f"{seed}")
            if e.split == "dev"}  # fmt: skip
    if not held:
        held = {f"own_{entries[0].id}"}
    dev = [r for r in records if f"own_{r.id}" in held]
    return [r for r in records if f"own_{r.id}" not in held], dev


def train(args: argparse.Namespace) -> Path:
    """Run it; the folder of the finished model."""
    import torch

    from model.characters import characters
    from model.decode import Costs
    from model.schema import Record
    from train.calibration import fit_layers
    from train.card import render
    from train.costs import choose, decoded
    from train.export import save
    from train.metrics import logits_of
    from train.trainer import HISTORY, PROFILES, fine_tune

    profile = PROFILES[args.profile]
    if args.epochs:
        profile = replace(profile, epochs=args.epochs)
    if args.share is not None:
        if not 0 < args.share <= 1:
            raise ValueError(f"--share is {args.share}; expected more than 0 and at most 1")
        profile = replace(profile, share=args.share)
    own = f"{args.data.resolve().name}-" if args.data else ""
    run: Path = args.output or RUNS / f"{own}{args.profile}-s{args.seed}"
    run.mkdir(parents=True, exist_ok=True)
    base, vocabulary, base_name = _base(args, run)
    if args.start:
        profile = replace(profile, layers=0, rate=profile.rate / 3)
    train_records, dev = _records(args, args.seed)
    print(
        f"{run}: {len(train_records)} texts to train on, {len(dev)} held back, {asdict(profile)}",
        flush=True,
    )
    model = fine_tune(
        base, vocabulary, train_records, dev, run, profile, args.seed, resume=not args.fresh
    )
    model.eval()
    chars = [characters(record.text) for record in dev]
    logits = logits_of(model, vocabulary, [c.text for c in chars])
    costs, trials = choose(dev, chars, logits, Costs())
    (run / "costs.json").write_text(json.dumps(trials, indent=1), encoding="utf-8")
    from data.evaluate import strict_counts

    found = decoded(chars, logits, costs)
    final = strict_counts([r.spans for r in dev], found)
    lines = fit_layers([r.spans for r in dev], found)
    used: list[Record] = train_records
    written = json.loads((run / "run.json").read_text(encoding="utf-8"))
    facts: dict[str, Any] = {
        "base": base_name,
        "source": "data/corpus, written for this project"
        if args.data is None
        else "the user's own",
        "texts": written["texts"],
        "characters": sum(len(r.text) for r in used),
        "dev_texts": len(dev),
        "seed": args.seed,
        "epochs": profile.epochs,
        "batch": profile.batch,
        "rate": profile.rate,
        "head_rate": profile.head_rate,
        "precision": "bf16" if written["bf16"] else "fp32",
        "layers": model.config.num_hidden_layers,
        "hidden": model.config.hidden_size,
        "tokens": len(vocabulary),
        "parameters": sum(p.numel() for p in model.parameters()),
        "torch": torch.__version__,
        "calibration": {layer: list(astuple(line)) for layer, line in lines.items()},
        "final": {name: round(count.f1, 4) for name, count in final.items() if name != "both"},
    }
    target = run / "model"
    save(model, vocabulary.tokens, target, args.profile, costs, facts)
    card = json.loads((target / "zhengling.json").read_text(encoding="utf-8"))
    history = json.loads((run / HISTORY).read_text(encoding="utf-8"))
    (target / CARD).write_text(render(card, history), encoding="utf-8")
    print(f"done: {target} ({card['name']}), held back {card['final']}")
    return target


def main(argv: Sequence[str] | None = None) -> int:
    """Train; 1 with one line on standard error when something is missing, 130 when interrupted."""
    args = _parser().parse_args(argv)
    if argv is None:
        _restart()
    try:
        train(args)
    except KeyboardInterrupt:
        print("interrupted; the same command goes on from the last checkpoint", file=sys.stderr)
        return 130
    except (ImportError, OSError, ValueError) as error:
        if args.debug:
            raise
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
