"""The ONNX Runtime engine: int8 on a CPU, without torch."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from model.checkpoint import ONNX, Checkpoint, CheckpointError


def cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OnnxEngine:
    """Scores by ONNX Runtime; `threads` None takes all cores of this process.

    Raises CheckpointError when the folder has no usable `model.onnx`.
    """

    name = "onnx"

    def __init__(self, checkpoint: Checkpoint, threads: int | None = None) -> None:
        path = checkpoint.folder / ONNX
        if not path.is_file():
            raise CheckpointError(
                f"{path}: no such file; make it with `python -m train.export "
                f"{checkpoint.folder}` or use --engine torch"
            )
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = ort.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            reason = str(error).splitlines()[0][:160]
            raise CheckpointError(f"{path}: cannot be loaded ({reason}); fetch it again") from error

    def scores(self, batch: Sequence[NDArray[np.int32]]) -> list[NDArray[np.float32]]:
        """Logits (size, 10) for each window of token ids with [CLS] and [SEP] around it.

        A window a call: int8 activation scales are taken over a whole call, so a window's scores
        would otherwise depend on its neighbours.
        """
        out = []
        for ids in batch:
            (logits,) = self._session.run(None, {"input_ids": ids[None].astype(np.int64)})
            out.append(np.asarray(logits[0, 1:-1], dtype=np.float32))
        return out
