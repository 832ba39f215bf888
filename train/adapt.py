"""Adapting the encoder to characters: masked-language-model training on anyone's own texts.

The base was trained on sub-words and here reads single characters. Training it on as a masked
language model over characters, word embeddings tied as the output layer, mends that.
"""

from __future__ import annotations

import argparse
import gzip
import json
import lzma
import math
import random
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertForMaskedLM, Trainer, TrainingArguments, set_seed

from model.characters import characters
from model.vocabulary import Vocabulary
from model.windows import windows
from train.attention import for_cpu
from train.trainer import bf16_pays, last_checkpoint, shifted_positions

#: Characters of a window, and the share of them that is masked in runs of one to three.
WINDOW = 254
SHARE = 0.15
IGNORE = -100


def read_texts(paths: Iterable[Path]) -> Iterator[str]:
    """Documents of text files (`.txt`, `.txt.gz`, `.txt.xz`, a blank line between documents) and of
    inline annotated ones (`.inl`, tags taken out); folders are read with all such files in them."""
    from data.inline import read_file

    for path in paths:
        if path.is_dir():
            yield from read_texts(
                sorted(p for p in path.rglob("*") if p.suffix in {".txt", ".inl"})
            )
        elif path.suffix == ".inl":
            yield read_file(path).text
        else:
            opener: Any = {".gz": gzip.open, ".xz": lzma.open}.get(path.suffix, open)
            with opener(path, "rt", encoding="utf-8") as file:
                block: list[str] = []
                for line in file:
                    if line.strip():
                        block.append(line)
                    elif block:
                        yield "".join(block)
                        block = []
                if block:
                    yield "".join(block)


def rows(texts: Iterable[str], vocabulary: Vocabulary) -> list[NDArray[np.uint16]]:
    """Token ids of all windows, without [CLS] and [SEP]; those under 32 characters are left out."""
    out: list[NDArray[np.uint16]] = []
    for text in texts:
        chars = characters(text)
        ids = vocabulary.ids(chars.text).astype(np.uint16)
        out += [
            ids[w.start : w.end] for w in windows(chars.text, WINDOW, 0) if w.end - w.start >= 32
        ]
    return out


class Masked(torch.utils.data.Dataset[dict[str, Any]]):
    """Windows with some characters hidden, drawn by seed, epoch and index alone."""

    def __init__(
        self, data: Sequence[NDArray[np.uint16]], vocabulary: Vocabulary, seed: int
    ) -> None:
        self._data, self._vocabulary, self._seed, self.epoch = data, vocabulary, seed, 0

    def set_epoch(self, epoch: int) -> None:
        """Hide anew from now on."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, index: int) -> dict[str, Any]:
        v = self._vocabulary
        ids = np.concatenate([[v.cls], self._data[index], [v.sep]]).astype(np.int64)
        labels = np.full(len(ids), IGNORE, dtype=np.int64)
        draw = random.Random(f"{self._seed}/{self.epoch}/{index}")
        wanted = max(1, round(SHARE * (len(ids) - 2)))
        hidden: set[int] = set()
        while len(hidden) < wanted:
            size = draw.choices((1, 2, 3), (0.4, 0.35, 0.25))[0]
            start = draw.randrange(1, len(ids) - 1)
            hidden.update(range(start, min(start + size, len(ids) - 1)))
        for at in sorted(hidden):
            labels[at] = ids[at]
            chance = draw.random()
            if chance < 0.8:
                ids[at] = v.mask
            elif chance < 0.9:
                ids[at] = draw.randrange(8, len(v))
        return {"input_ids": ids, "labels": labels}


def collate(batch: Sequence[dict[str, Any]], pad: int) -> dict[str, torch.Tensor]:
    """Windows padded to the longest."""
    longest = max(len(row["input_ids"]) for row in batch)
    ids = np.full((len(batch), longest), pad, dtype=np.int64)
    labels = np.full((len(batch), longest), IGNORE, dtype=np.int64)
    mask = np.zeros((len(batch), longest), dtype=np.int64)
    for i, row in enumerate(batch):
        n = len(row["input_ids"])
        ids[i, :n], labels[i, :n], mask[i, :n] = row["input_ids"], row["labels"], 1
    arrays = {"input_ids": ids, "attention_mask": mask, "labels": labels}
    return {name: torch.from_numpy(array) for name, array in arrays.items()}


class MaskedTrainer(Trainer):
    """The stock Trainer; the output layer runs over hidden characters only."""

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any
    ) -> Any:
        """Mean cross entropy of the hidden characters."""
        labels = inputs["labels"]
        states = model.bert(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            position_ids=shifted_positions(
                labels.shape[1], model.config.max_position_embeddings, labels.device
            ),
        ).last_hidden_state
        chosen = labels != IGNORE
        logits = model.cls(states[chosen]).float()
        loss = torch.nn.functional.cross_entropy(logits, labels[chosen])
        return (loss, {"loss": loss}) if return_outputs else loss


def save_encoder(encoder: Any, vocabulary: Path, folder: Path) -> None:
    """Write an encoder folder: config, vocabulary and fp16 weights."""
    from safetensors.torch import save_file

    encoder.config.architectures = ["BertModel"]
    encoder.config.attention_probs_dropout_prob = encoder.config.hidden_dropout_prob = 0.1
    encoder.config.save_pretrained(folder)
    state = {
        name: tensor.detach().to("cpu", torch.float16).contiguous()
        for name, tensor in encoder.state_dict().items()
        if not name.endswith("position_ids")
    }
    save_file(state, str(folder / "model.safetensors"), metadata={"format": "pt"})
    if vocabulary.parent != folder:
        shutil.copy(vocabulary, folder / "vocab.txt")


def adapt(
    base: Path,
    texts: Iterable[str],
    folder: Path,
    layers: int,
    steps: int,
    batch: int = 16,
    rate: float = 3e-4,
    seed: int = 1,
) -> Path:
    """Train the first layers of `base` on texts for a number of steps; an encoder folder.

    Goes on from the last checkpoint in `folder`. Raises ValueError when the texts hold nothing.
    """
    set_seed(seed)
    vocabulary = Vocabulary.read(base / "vocab.txt")
    data = rows(texts, vocabulary)
    if not data:
        raise ValueError("the texts hold no window of 32 characters; expected running text")
    random.Random(seed).shuffle(data)
    model = BertForMaskedLM.from_pretrained(
        base,
        num_hidden_layers=layers,
        attention_probs_dropout_prob=0.0,
        hidden_dropout_prob=0.0,
        tie_word_embeddings=True,
        dtype=torch.float32,
    )
    if not torch.cuda.is_available():
        for_cpu(model)
    per_epoch = math.ceil(len(data) / batch)
    print(
        f"{len(data)} windows, {sum(map(len, data)):,} characters, {steps} steps of {batch} "
        f"({steps / per_epoch:.2f} passes)",
        flush=True,
    )
    arguments = TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        max_steps=steps,
        per_device_train_batch_size=batch,
        learning_rate=rate,
        warmup_steps=max(1, steps // 20),
        lr_scheduler_type="linear",
        weight_decay=0.01,
        optim="adamw_torch_fused",
        use_cpu=not torch.cuda.is_available(),
        bf16=bf16_pays(),
        logging_steps=50,
        save_steps=max(1, min(500, steps // 4)),
        save_total_limit=2,
        seed=seed,
        data_seed=seed,
        report_to=[],
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    trainer = MaskedTrainer(
        model=model,
        args=arguments,
        train_dataset=Masked(data, vocabulary, seed),
        data_collator=lambda group: collate(group, vocabulary.pad),
    )
    trainer.model_accepts_loss_kwargs = False
    trainer.train(resume_from_checkpoint=last_checkpoint(folder))
    save_encoder(model.bert, base / "vocab.txt", folder)
    (folder / "adapt.json").write_text(
        json.dumps(
            {"windows": len(data), "steps": steps, "batch": batch, "rate": rate, "seed": seed,
             "log": [row for row in trainer.state.log_history if "loss" in row]}, indent=1
        ),
        encoding="utf-8",
    )  # fmt: skip
    return folder


def main(argv: Sequence[str] | None = None) -> int:
    """Adapt; 1 with one line on standard error when something is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m train.adapt",
        description="Train the encoder on as a masked language model over characters, on your own "
        "texts. The result is a base for `python -m train --base FOLDER`. Goes on after a kill.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("texts", nargs="+", type=Path, help=".txt, .txt.gz, .txt.xz, .inl, folders")
    parser.add_argument("-o", "--output", type=Path, required=True, help="encoder folder")
    parser.add_argument("--base", type=Path, help="encoder folder (default: the packaged one)")
    parser.add_argument("--layers", type=int, default=6, help="first layers that are kept")
    parser.add_argument("--steps", type=int, default=4000)
    parser.add_argument("--batch", type=int, default=16, help="windows a step")
    parser.add_argument("--rate", type=float, default=3e-4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args(argv)
    try:
        from train.base import prepared

        base = args.base or prepared(Path("runs/base"))
        adapt(
            base, read_texts(args.texts), args.output, args.layers, args.steps, args.batch,
            args.rate, args.seed,
        )  # fmt: skip
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
