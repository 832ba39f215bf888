"""From a trained checkpoint to what ships: ONNX int8 for reading, fp16 weights for training on."""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from transformers import BertForTokenClassification

from model.checkpoint import CARD, CONFIG, ONNX, TORCH, VOCAB, CheckpointError, read
from model.decode import Costs

#: Products that stay in fp32: about half of what int8 costs in F1 comes from the first layer.
FLOAT = ("/encoder/layer.0/",)


class _Logits(torch.nn.Module):
    """Token ids of whole windows to logits: nothing is padded, so no mask goes in."""

    def __init__(self, model: BertForTokenClassification) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor) -> Any:
        return self.model(input_ids=input_ids, attention_mask=torch.ones_like(input_ids)).logits


def export_onnx(folder: Path, int8: bool = True) -> Path:
    """Write `model.onnx` beside the weights of a checkpoint folder; the path.

    Input `input_ids` int64 (batch, time), both dynamic; output `logits` float32 (batch, time, 10).
    Weights are int8 per channel but for the products of `FLOAT`, activations are quantised when it
    runs.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.shape_inference import quant_pre_process

    model = BertForTokenClassification.from_pretrained(
        folder, dtype=torch.float32, attn_implementation="eager", local_files_only=True
    ).eval()
    target = folder / ONNX
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, inferred = Path(scratch) / "plain.onnx", Path(scratch) / "inferred.onnx"
        torch.onnx.export(
            _Logits(model),
            (torch.ones(1, 16, dtype=torch.long),),
            str(plain),
            input_names=["input_ids"],
            output_names=["logits"],
            dynamic_axes={"input_ids": {0: "b", 1: "t"}, "logits": {0: "b", 1: "t"}},
            opset_version=17,
            dynamo=False,
        )
        if not int8:
            target.write_bytes(plain.read_bytes())
            return target
        quant_pre_process(plain, inferred, skip_symbolic_shape=True)
        logging.getLogger().setLevel(logging.ERROR)
        products = [
            n.name for n in onnx.load(inferred).graph.node if n.op_type in ("MatMul", "Gemm")
        ]
        quantize_dynamic(
            inferred,
            target,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=False,
            nodes_to_exclude=[name for name in products if any(part in name for part in FLOAT)],
        )
    return target


def name_of(profile: str, weights: Path, costs: dict[str, Any], lines: dict[str, Any]) -> str:
    """The model's name: profile and twelve digits of a sha256 over all that decides on records:
    the weights, the decoding costs and the calibration."""
    state = hashlib.sha256(weights.read_bytes())
    state.update(json.dumps([costs, lines], sort_keys=True).encode())
    return f"zhengling-{profile}@{state.hexdigest()[:12]}"


def write_card_file(folder: Path, profile: str, costs: Costs, facts: dict[str, Any]) -> None:
    """Write `zhengling.json`: name, decoding costs, sizes of the files, facts of the run."""
    files = {f: (folder / f).stat().st_size for f in (ONNX, TORCH, VOCAB) if (folder / f).is_file()}
    card = {
        "name": name_of(profile, folder / TORCH, asdict(costs), facts.get("calibration", {})),
        "profile": profile,
        "costs": asdict(costs),
        "files": files,
        **facts,
    }
    (folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")


def save(
    model: BertForTokenClassification,
    tokens: Sequence[str],
    folder: Path,
    profile: str,
    costs: Costs,
    facts: dict[str, Any],
) -> None:
    """Write a whole checkpoint: fp16 weights, config, vocabulary, ONNX int8, `zhengling.json`."""
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    model.config.save_pretrained(folder)
    state = {
        k: v.detach().to("cpu", torch.float16).contiguous() for k, v in model.state_dict().items()
    }
    save_file(state, str(folder / TORCH), metadata={"format": "pt"})
    (folder / VOCAB).write_text("\n".join(tokens) + "\n", encoding="utf-8")
    export_onnx(folder)
    write_card_file(folder, profile, costs, facts)


def main(argv: Sequence[str] | None = None) -> int:
    """Make the ONNX export of a checkpoint folder anew."""
    parser = argparse.ArgumentParser(
        prog="python -m train.export",
        description=f"Write {ONNX} (int8) beside the weights of a checkpoint folder.",
    )
    parser.add_argument("folder", type=Path, help=f"with {CONFIG}, {VOCAB} and {TORCH}")
    parser.add_argument("--fp32", action="store_true", help="do not quantise")
    args = parser.parse_args(argv)
    try:
        checkpoint = read(args.folder)
        path = export_onnx(args.folder, int8=not args.fp32)
        if checkpoint.has(CARD):
            card = checkpoint.card
            card.setdefault("files", {})[ONNX] = path.stat().st_size
            (args.folder / CARD).write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
    except (CheckpointError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{path}: {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
