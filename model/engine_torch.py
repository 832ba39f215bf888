"""The torch engine: GPUs in bf16, and checkpoints that have no ONNX export."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertForTokenClassification

from model.checkpoint import TORCH, Checkpoint, CheckpointError


class TorchEngine:
    """Scores by torch on `device` (`auto` takes a GPU if there is one).

    fp32 on a CPU; bf16 on a GPU that has it. Raises CheckpointError when the weights cannot be
    loaded or the device does not exist.
    """

    name = "torch"

    def __init__(
        self,
        checkpoint: Checkpoint,
        device: str = "auto",
        threads: int | None = None,
        batch_size: int = 32,
    ) -> None:
        if threads:
            torch.set_num_threads(threads)
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        path = checkpoint.folder / TORCH
        if not path.is_file():
            raise CheckpointError(f"{path}: no such file; the torch engine reads safetensors only")
        try:
            self._device = torch.device(device)
            half = self._device.type == "cuda" and torch.cuda.is_bf16_supported()
            self._dtype = torch.bfloat16 if half else torch.float32
            model = BertForTokenClassification.from_pretrained(
                checkpoint.folder, dtype=self._dtype, use_safetensors=True, local_files_only=True
            )
            self._model = model.to(self._device).eval()
        except Exception as error:
            reason = str(error).splitlines()[0][:160]
            raise CheckpointError(f"{path}: cannot be loaded on {device} ({reason})") from error
        self._pad = checkpoint.vocabulary.pad
        self._batch_size = batch_size

    @torch.inference_mode()
    def scores(self, batch: Sequence[NDArray[np.int32]]) -> list[NDArray[np.float32]]:
        """Logits (size, 10) for each window of token ids with [CLS] and [SEP] around it."""
        out: list[NDArray[np.float32]] = [np.empty(0, np.float32)] * len(batch)
        order = sorted(range(len(batch)), key=lambda i: len(batch[i]))
        for at in range(0, len(order), self._batch_size):
            group = order[at : at + self._batch_size]
            longest = len(batch[group[-1]])
            ids = torch.full((len(group), longest), self._pad, dtype=torch.long)
            mask = torch.zeros((len(group), longest), dtype=torch.long)
            for row, i in enumerate(group):
                ids[row, : len(batch[i])] = torch.from_numpy(batch[i].astype(np.int64))
                mask[row, : len(batch[i])] = 1
            logits = self._model(
                input_ids=ids.to(self._device), attention_mask=mask.to(self._device)
            ).logits
            values = logits.float().cpu().numpy()
            for row, i in enumerate(group):
                out[i] = values[row, 1 : len(batch[i]) - 1]
        return out
