"""Fine-tuning: transformers' Trainer with two losses, two learning rates and span scores."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import (
    BertConfig,
    BertForTokenClassification,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from model.decode import Costs
from model.labels import OUTPUTS, SLICES
from model.schema import Record
from model.vocabulary import Vocabulary
from train.attention import for_cpu
from train.augment import augment
from train.dataset import SimilarLength, Windows, collate, cut
from train.metrics import evaluate_model

HISTORY, PLOT = "metrics.json", "metrics.png"


@dataclass(frozen=True, slots=True)
class Profile:
    """What a named profile trains: layers of the base, share of the texts, epochs, rates."""

    layers: int
    share: float
    epochs: int
    rate: float = 1.5e-4
    head_rate: float = 1e-3
    batch: int = 8


PROFILES = {
    "quick": Profile(layers=6, share=0.1, epochs=3),
    "small": Profile(layers=6, share=1.0, epochs=6),
    "full": Profile(layers=12, share=1.0, epochs=6, rate=1e-4),
}


def bf16_pays() -> bool:
    """Whether this machine multiplies bf16 natively (GPU, avx512_bf16 or AMX)."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported())


def build(base: Path | str, layers: int | None) -> BertForTokenClassification:
    """The model with ten outputs on the first `layers` layers of a base folder or hub id."""
    config = BertConfig.from_pretrained(base)
    config.num_hidden_layers = min(layers or config.num_hidden_layers, config.num_hidden_layers)
    # Its random numbers take half of a step on a CPU and bring nothing seen.
    config.attention_probs_dropout_prob = 0.0
    config.hidden_dropout_prob = 0.1
    config.num_labels = len(OUTPUTS)
    config.id2label = dict(enumerate(OUTPUTS))
    config.label2id = {name: i for i, name in enumerate(OUTPUTS)}
    model = BertForTokenClassification.from_pretrained(base, config=config, dtype=torch.float32)
    if not torch.cuda.is_available():
        for_cpu(model)
    return model  # type: ignore[no-any-return]


def shifted_positions(length: int, limit: int, device: torch.device) -> torch.Tensor:
    """Positions (1, length) from a start drawn anew: windows for training are shorter than those
    for reading, and every position has to be taught."""
    start = int(torch.randint(0, limit - length + 1, ()))
    return torch.arange(start, start + length, device=device)[None]


class TwoLayerTrainer(Trainer):
    """The stock Trainer with the sum of two cross entropies and windows of similar length."""

    def __init__(self, *args: Any, head_rate: float, sampler_seed: int, **kwargs: Any) -> None:
        self._head_rate, self._sampler_seed = head_rate, sampler_seed
        super().__init__(*args, **kwargs)
        self.model_accepts_loss_kwargs = False

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, **_: Any
    ) -> Any:
        """Sum over the layers of the mean cross entropy of their tags."""
        labels = inputs["labels"]
        positions = shifted_positions(
            labels.shape[1], model.config.max_position_embeddings, labels.device
        )
        outputs = model(
            input_ids=inputs["input_ids"],
            attention_mask=inputs["attention_mask"],
            position_ids=positions,
        )
        logits = outputs.logits.float()
        loss = torch.zeros((), device=logits.device)
        for layer, part in enumerate(SLICES.values()):
            loss = loss + torch.nn.functional.cross_entropy(
                logits[..., part].flatten(0, 1), labels[..., layer].flatten(), ignore_index=-100
            )
        return (loss, outputs) if return_outputs else loss

    def create_optimizer(self, model: Any = None) -> Any:
        """AdamW with a rate of its own for the head; no decay on biases and norms."""
        if self.optimizer is None:  # type: ignore[has-type]
            groups: dict[tuple[bool, bool], list[Any]] = {}
            for name, parameter in self.model.named_parameters():
                key = (name.startswith("classifier"), parameter.ndim < 2)
                groups.setdefault(key, []).append(parameter)
            self.optimizer = torch.optim.AdamW(
                [
                    {
                        "params": members,
                        "lr": self._head_rate if head else self.args.learning_rate,
                        "weight_decay": 0.0 if plain else self.args.weight_decay,
                    }
                    for (head, plain), members in groups.items()
                ],
                lr=self.args.learning_rate,
                fused=True,
            )
        return self.optimizer

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        data = train_dataset if train_dataset is not None else self.train_dataset
        return SimilarLength(
            data.lengths, self.args.per_device_train_batch_size, self._sampler_seed
        )


class EpochScores(TrainerCallback):
    """After each epoch: span scores on the dev texts, written to `metrics.json` and a plot."""

    def __init__(self, folder: Path, vocabulary: Vocabulary, dev: Sequence[Record]) -> None:
        self._folder, self._vocabulary, self._dev = folder, vocabulary, dev
        path = folder / HISTORY
        self.history: list[dict[str, Any]] = (
            json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
        )

    def on_epoch_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Measure, append, write; before the checkpoint of this epoch is saved."""
        model = kwargs["model"]
        training = model.training
        model.eval()
        scores = evaluate_model(model, self._vocabulary, self._dev, Costs())
        model.train(training)
        losses = [row["loss"] for row in state.log_history if "loss" in row]
        epoch = round(state.epoch)
        row = {"epoch": epoch, "loss": losses[-1] if losses else None, **scores}
        self.history = [old for old in self.history if old["epoch"] < epoch] + [row]
        (self._folder / HISTORY).write_text(json.dumps(self.history, indent=1), encoding="utf-8")
        plot(self.history, self._folder / PLOT)
        shown = "  ".join(f"{k} {v:.4f}" for k, v in row.items() if isinstance(v, float))
        print(f"epoch {epoch}: {shown}", flush=True)


class DrawAnew(TrainerCallback):
    """Tells the training set which epoch begins, also after resuming in the middle of one."""

    def __init__(self, windows: Windows) -> None:
        self._windows = windows

    def on_epoch_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Set the epoch before its first batch is drawn."""
        self._windows.set_epoch(int(state.epoch or 0))


def plot(history: Sequence[dict[str, Any]], path: Path) -> None:
    """Loss and span scores by epoch, as a PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
    epochs = [row["epoch"] for row in history]
    left.plot(epochs, [row["loss"] for row in history], marker="o")
    left.set(xlabel="epoch", ylabel="training loss")
    names = [name for name in history[-1] if name not in {"epoch", "loss"}]
    for name in names:
        right.plot(epochs, [row[name] for row in history], marker="o", label=name)
    right.set(xlabel="epoch", ylabel="strict F1 (dev)")
    right.legend(fontsize=8)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)


def fine_tune(
    base: Path | str,
    vocabulary: Vocabulary,
    train: Sequence[Record],
    dev: Sequence[Record],
    folder: Path,
    profile: Profile,
    seed: int,
    resume: bool = True,
) -> BertForTokenClassification:
    """Train in `folder` (resuming its last checkpoint) and return the model of the last epoch.

    `folder` gets `metrics.json`, `metrics.png`, `run.json` and the Trainer's checkpoints.
    """
    set_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    count = max(1, round(len(train) * profile.share))
    chosen = np.random.default_rng(seed).choice(len(train), count, replace=False)
    records = [train[int(i)] for i in sorted(chosen)]
    windows = Windows(cut(records), vocabulary, augment, seed)
    model = build(base, profile.layers)
    steps = -(-len(windows) // profile.batch) * profile.epochs
    arguments = TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=profile.epochs,
        per_device_train_batch_size=profile.batch,
        learning_rate=profile.rate,
        warmup_steps=steps // 10,
        lr_scheduler_type="linear",
        weight_decay=0.01,
        max_grad_norm=1.0,
        use_cpu=not torch.cuda.is_available(),
        bf16=bf16_pays(),
        logging_steps=max(1, steps // profile.epochs // 4),
        save_strategy="steps",
        save_steps=max(1, steps // profile.epochs // 2),
        save_total_limit=2,
        seed=seed,
        data_seed=seed,
        report_to=[],
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
    )
    (folder / "run.json").write_text(
        json.dumps(
            {
                "base": str(base),
                "seed": seed,
                "profile": asdict(profile),
                "texts": len(records),
                "windows": len(windows),
                "steps": steps,
                "bf16": arguments.bf16,
            },
            indent=1,
        ),
        encoding="utf-8",
    )
    trainer = TwoLayerTrainer(
        model=model,
        args=arguments,
        train_dataset=windows,
        data_collator=lambda rows: collate(rows, vocabulary.pad),
        callbacks=[EpochScores(folder, vocabulary, dev), DrawAnew(windows)],
        head_rate=profile.head_rate,
        sampler_seed=seed,
    )
    trainer.train(resume_from_checkpoint=last_checkpoint(folder) if resume else None)
    return model


def last_checkpoint(folder: Path) -> str | None:
    """The newest whole checkpoint of a run; one cut off while it was written is thrown away."""
    found = sorted(
        (folder / "checkpoints").glob("checkpoint-*"), key=lambda p: int(p.name.split("-")[1])
    )
    while found:
        newest = found.pop()
        if (newest / "trainer_state.json").exists():
            return str(newest)
        shutil.rmtree(newest)
    return None
