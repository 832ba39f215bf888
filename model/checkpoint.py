"""A checkpoint folder: its files, what they say of themselves, and whether they fit together."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from model.calibration import Calibration
from model.decode import Costs
from model.labels import OUTPUTS
from model.vocabulary import Vocabulary

CARD, CONFIG, VOCAB = "zhengling.json", "config.json", "vocab.txt"
ONNX, TORCH = "model.onnx", "model.safetensors"
SHIPPED = Path(__file__).with_name("weights")


class CheckpointError(ValueError):
    """A checkpoint that cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder with a trained model: `zhengling.json`, `config.json`, `vocab.txt` and weights."""

    folder: Path
    name: str
    costs: Costs
    vocabulary: Vocabulary
    positions: int
    card: dict[str, Any]
    calibration: dict[str, Calibration] = field(default_factory=dict)

    def has(self, file: str) -> bool:
        """Whether the folder has a file."""
        return (self.folder / file).is_file()


def _json(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(
            f"{path}: {error.strerror}; expected a checkpoint folder made by `python -m train`"
        ) from None
    except ValueError as error:
        raise CheckpointError(f"{path}: not JSON ({error}); the checkpoint is damaged") from None
    if not isinstance(loaded, dict):
        raise CheckpointError(f"{path}: not a JSON object; the checkpoint is damaged")
    return loaded


def read(folder: Path) -> Checkpoint:
    """The checkpoint of a folder.

    Raises CheckpointError when a file is missing or damaged or the checkpoint has other labels, and
    VocabularyError when its vocabulary cannot serve.
    """
    if not folder.is_dir():
        raise CheckpointError(
            f"{folder}: no such folder; expected a checkpoint made by `python -m train`"
        )
    config = _json(folder / CONFIG)
    found = tuple(config.get("id2label", {}).get(str(i)) for i in range(len(OUTPUTS)))
    if found != OUTPUTS or len(config["id2label"]) != len(OUTPUTS):
        labels = list(config.get("id2label", {}).values())[:4]
        raise CheckpointError(
            f"{folder / CONFIG}: labels are {labels or 'missing'}…; expected the {len(OUTPUTS)} "
            f"outputs {OUTPUTS[0]!r} … {OUTPUTS[-1]!r} of a model made by `python -m train`"
        )
    card = _json(folder / CARD) if (folder / CARD).is_file() else {}
    vocabulary = Vocabulary.read(folder / VOCAB)
    if config.get("vocab_size") != len(vocabulary):
        raise CheckpointError(
            f"{folder / VOCAB}: {len(vocabulary)} tokens; {CONFIG} says {config.get('vocab_size')}"
        )
    for file, size in card.get("files", {}).items():
        path = folder / file
        if path.is_file() and path.stat().st_size != size:
            raise CheckpointError(
                f"{path}: {path.stat().st_size} bytes, expected {size}; the file is damaged or "
                "cut off, fetch it again"
            )
    try:
        costs = Costs(**card.get("costs", {}))
    except TypeError:
        raise CheckpointError(
            f"{folder / CARD}: costs are {card['costs']!r:.80}; expected numbers named "
            f"{', '.join(cost.name for cost in fields(Costs))}; "
            "the model was made by another version of this program"
        ) from None
    try:
        lines = {layer: Calibration(*line) for layer, line in card.get("calibration", {}).items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"{folder / CARD}: calibration is {card['calibration']!r:.80} ({error}); expected "
            "a scale above 0 and a shift for each layer; take the entry out or fetch it again"
        ) from None
    return Checkpoint(
        folder,
        str(card.get("name", folder.resolve().name)),
        costs,
        vocabulary,
        int(config.get("max_position_embeddings", 512)),
        card,
        lines,
    )
