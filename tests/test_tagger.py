"""The public class: exact offsets, texts independent of each other, engines that agree."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from data.inline import EDGES
from model.calibration import Calibration
from model.characters import characters
from model.checkpoint import Checkpoint, CheckpointError, read
from model.labels import LAYERS, SLICES
from model.schema import LABELS, Record, record_from_json
from model.tagger import BATCH, Tagger, engine_for
from model.vocabulary import VocabularyError
from model.windows import SIZE

Batch = Sequence[NDArray[np.int32]]


@pytest.fixture(scope="module", params=["onnx", "torch"])
def tagger(request: pytest.FixtureRequest, tiny_checkpoint: Path) -> Tagger:
    return Tagger.from_pretrained(tiny_checkpoint, engine=request.param, device="cpu", threads=1)


def check(text: str, record: Record) -> None:
    """What holds for the record of every text."""
    assert record.text == text
    assert list(record.spans) == sorted(
        record.spans, key=lambda s: (s.start, -s.end, s.label != "DIRECTIVE")
    )
    for layer in LAYERS:
        on = [s for s in record.spans if s.layer == layer]
        assert all(a.end <= b.start for a, b in pairwise(on))
    row = json.loads(record.dumps())
    for span, shown in zip(record.spans, row["spans"], strict=True):
        assert 0 <= span.start < span.end <= len(text)
        assert span.label in LABELS
        surface = text[span.start : span.end]
        assert shown["text"] == surface
        assert (shown["start"], shown["end"]) == (span.start, span.end)
        for edge in (surface[0], surface[-1]):
            assert not edge.isspace(), repr(surface)
            assert edge not in EDGES, repr(surface)
        assert span.score is not None
        assert 0 <= span.score <= 1
    assert record_from_json(row).text == text


def same(one: Record, two: Record) -> None:
    """The same record but for rounding in the scores."""
    assert [(s.start, s.end, s.label, s.attributes) for s in one.spans] == [
        (s.start, s.end, s.label, s.attributes) for s in two.spans
    ]
    for a, b in zip(one.spans, two.spans, strict=True):
        assert a.score is not None
        assert b.score is not None
        assert abs(a.score - b.score) < 1e-3
    assert (one.text, one.officials, one.date) == (two.text, two.officials, two.date)


@settings(max_examples=150)
@given(data=st.data())
def test_offsets_of_wild_texts(
    tagger: Tagger, wild_text: st.SearchStrategy[str], data: st.DataObject
) -> None:
    text = data.draw(wild_text)
    check(text, tagger(text))


@pytest.mark.parametrize("length", [0, 1, 2, SIZE - 1, SIZE, SIZE + 1, SIZE + 2, 20_000])
@pytest.mark.parametrize("mark", ["", "。", "\n"])
def test_lengths(tagger: Tagger, length: int, mark: str) -> None:
    draw = random.Random(length)
    text = "".join(draw.choice("县长王某会议要求抓实年月日一二") for _ in range(length))
    if mark:
        text = "".join(mark if i % 37 == 36 else char for i, char in enumerate(text))
    record = tagger(text)
    check(text, record)
    assert length < 500 or record.spans


def test_gold_texts(tagger: Tagger, gold: list[Record]) -> None:
    chosen = gold[::8]
    found: set[str] = set()
    records = tagger.predict_many(record.text for record in chosen)
    for given_, record in zip(chosen, records, strict=True):
        check(given_.text, record)
        found |= {s.label for s in record.spans}
    assert found == set(LABELS)


def test_ten_thousand_texts_in_one_stream(tagger: Tagger, pieces: tuple[str, ...]) -> None:
    draw = random.Random(11)

    def texts() -> Iterator[str]:
        for _ in range(10_000):
            yield "".join(draw.choice(pieces) for _ in range(draw.randint(0, 12)))

    sent: list[str] = []

    def noted() -> Iterator[str]:
        for text in texts():
            sent.append(text)
            yield text

    count = spans = 0
    for record in tagger.predict_many(noted()):
        check(sent[count], record)
        count += 1
        spans += len(record.spans)
    assert count == 10_000
    assert spans > 10_000


def some_texts(gold: list[Record]) -> list[str]:
    """Texts of very different lengths, two of them windows long."""
    long = "".join(record.text for record in gold[:4])
    return ["", "县", *(r.text[: 40 * i] for i, r in enumerate(gold[:30])), long, "\n", "王某"]


def test_a_text_gives_the_same_alone_and_in_any_company(
    tagger: Tagger, corpus: list[Record], monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = some_texts(corpus)
    alone = [tagger(text) for text in texts]
    orders = [list(range(len(texts))) for _ in range(3)]
    for seed, order in enumerate(orders):
        random.Random(seed).shuffle(order)
    for size, order in zip((1, 3, 1000), orders, strict=True):
        monkeypatch.setattr("model.tagger.BATCH", size)
        if hasattr(tagger.engine, "_batch_size"):
            monkeypatch.setattr(tagger.engine, "_batch_size", size)
        together = list(tagger.predict_many(texts[i] for i in order))
        for i, record in zip(order, together, strict=True):
            same(alone[i], record)


def test_scores_do_not_depend_on_the_batch(tagger: Tagger) -> None:
    draw = np.random.default_rng(5)
    size = len(tagger.checkpoint.vocabulary)
    batch = [draw.integers(5, size, n).astype(np.int32) for n in (3, 512, 40, 512, 4, 90)]
    together = tagger.engine.scores(batch)
    for ids, scores in zip(batch, together, strict=True):
        assert scores.shape == (len(ids) - 2, 10)
        assert scores.dtype == np.float32
        (alone,) = tagger.engine.scores([ids])
        assert np.abs(alone - scores).max() < 1e-3
    assert list(tagger.engine.scores([])) == []


def test_the_two_engines_agree(tiny_checkpoint: Path, corpus: list[Record]) -> None:
    onnx, torch_ = (
        Tagger.from_pretrained(tiny_checkpoint, engine=name, device="cpu", threads=1)
        for name in ("onnx", "torch")
    )
    assert (onnx.engine.name, torch_.engine.name) == ("onnx", "torch")
    vocabulary = onnx.checkpoint.vocabulary
    batch = [
        np.concatenate(
            [[vocabulary.cls], vocabulary.ids(characters(r.text).text[:SIZE]), [vocabulary.sep]]
        ).astype(np.int32)
        for r in corpus[:40]
    ]
    a, b = (np.concatenate(t.engine.scores(batch)) for t in (onnx, torch_))
    assert np.corrcoef(a.ravel(), b.ravel())[0, 1] > 0.995
    for part in SLICES.values():
        agree = a[:, part].argmax(axis=1) == b[:, part].argmax(axis=1)
        assert agree.mean() >= 0.95
        assert len(set(b[:, part].argmax(axis=1))) > 1


def test_the_empty_text_gives_an_empty_record(tagger: Tagger) -> None:
    record = tagger("", id="nothing")
    assert record == Record("", (), (), "nothing", None, tagger.name)
    assert tagger("\ufeff \n\u200b").spans == ()


def test_what_a_record_carries(tagger: Tagger) -> None:
    record = tagger("县长王某要求抓实。", id="a/b.txt", date="2021-05-01")
    assert record.id == "a/b.txt"
    assert record.date == "2021-05-01"
    assert record.model == tagger.name == tagger.checkpoint.name
    assert record.model.startswith("zhengling-tiny@")
    records = list(tagger.predict_many(["甲", "乙", "丙"], ids=["x", None, "z"]))
    assert [r.id for r in records] == ["x", None, "z"]
    dates = ["2021-05-01", None, "2020-01-31"]
    records = list(tagger.predict_many(["甲", "", "丙"], dates=dates))
    assert [r.date for r in records] == dates
    assert list(tagger.predict_many([])) == []


def test_scores_are_calibrated_and_the_least_one_counts(tiny_checkpoint: Path) -> None:
    text = "县长王某要求抓实。州委书记李某5月10日到县里。" * 3
    plain = Tagger.from_pretrained(tiny_checkpoint)
    line = Calibration(0.5, -0.3)
    lined = replace(plain.checkpoint, calibration={"entity": line, "clause": line})
    found = plain(text).spans
    assert found
    again = Tagger(lined, plain.engine)(text).spans
    assert [s.score for s in again] == [line(s.score or 0) for s in found]
    least = sorted(s.score or 0 for s in again)[len(again) // 2]
    kept = Tagger(lined, plain.engine, min_score=least)(text).spans
    assert {(s.start, s.end) for s in kept} == {
        (s.start, s.end) for s in again if (s.score or 0) >= least
    }
    for wrong in (-0.1, 90, float("nan")):
        with pytest.raises(ValueError, match="expected a probability from 0 to 1"):
            Tagger.from_pretrained(tiny_checkpoint, min_score=wrong)


@pytest.mark.parametrize("text", ["县长王某", "", "县。" * 600])
def test_a_stream_reads_no_further_than_a_batch(tagger: Tagger, text: str) -> None:
    read_ = given_ = 0

    def texts() -> Iterator[str]:
        nonlocal read_
        while True:
            read_ += 1
            assert read_ <= given_ + BATCH
            yield text

    for _ in tagger.predict_many(texts()):
        given_ += 1
        if given_ == BATCH + 8:
            break
    assert given_ == BATCH + 8


def test_a_lone_surrogate_is_refused(tagger: Tagger) -> None:
    with pytest.raises(ValueError, match=r"character 2 is the lone surrogate U\+D83D"):
        tagger("县长\ud83d")


class Sure:
    """An engine that is sure of one tag everywhere."""

    name = "sure"

    def __init__(self, outside: bool = False) -> None:
        self.outside = outside
        self.windows: list[int] = []

    def scores(self, batch: Batch) -> list[NDArray[np.float32]]:
        self.windows += [len(ids) for ids in batch]
        out = []
        for ids in batch:
            logits = np.full((len(ids) - 2, 10), -8, dtype=np.float32)
            logits[:, 0] = 8
            logits[:, 9] = 8
            logits[:1, 9], logits[:1, 8] = -8, 8
            out.append(logits)
        return out


@pytest.mark.parametrize(
    "text", ["要抓实&quot;", "要抓&amp;&nbsp;", "要抓实，&rdquo;", "要抓实 &gt;&lt;", "R&amp;D要抓"]
)
def test_no_span_ends_inside_an_entity(tiny_checkpoint: Path, text: str) -> None:
    # `&quot;` is one model character, whose raw stretch ends in `;`.
    record = Tagger(read(tiny_checkpoint), Sure())(text)
    check(text, record)
    (span,) = record.spans
    assert text[span.start : span.end] in {"要抓实", "要抓", "R&amp;D要抓"}


def test_an_entity_alone_is_no_span(tiny_checkpoint: Path) -> None:
    assert Tagger(read(tiny_checkpoint), Sure())("&quot;").spans == ()


def test_a_model_with_few_positions_reads_in_small_windows(tiny_checkpoint: Path) -> None:
    whole = read(tiny_checkpoint)
    small = Checkpoint(whole.folder, whole.name, whole.costs, whole.vocabulary, 66, whole.card)
    engine = Sure()
    record = Tagger(small, engine)("县" * 1000)
    assert max(engine.windows) == 66
    assert len(engine.windows) > 1000 / 64
    assert record.text == "县" * 1000


def test_choosing_an_engine(tiny_checkpoint: Path, tmp_path: Path) -> None:
    checkpoint = read(tiny_checkpoint)
    assert engine_for(checkpoint).name == "onnx"
    assert engine_for(checkpoint, device="cpu").name == "onnx"
    with pytest.raises(ValueError, match="engine 'tensorflow'; expected one of auto, onnx, torch"):
        engine_for(checkpoint, "tensorflow")
    with pytest.raises(ValueError, match=r"device 'cuda'.*onnx engine.* runs on the CPU"):
        engine_for(checkpoint, "onnx", "cuda")
    folder = tmp_path / "no-onnx"
    shutil.copytree(tiny_checkpoint, folder)
    (folder / "model.onnx").unlink()
    assert engine_for(read(folder)).name == "torch"
    with pytest.raises(CheckpointError, match=r"model\.onnx: no such file; make it with"):
        engine_for(read(folder), "onnx")
    (folder / "model.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model\.safetensors: no such file"):
        engine_for(read(folder))
    with pytest.raises(CheckpointError, match="cannot be loaded on nonsense"):
        engine_for(checkpoint, "torch", "nonsense")


def test_without_torch_its_engine_says_what_to_install(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CheckpointError, match=r"needs the package torch; run: pip install"):
        engine_for(read(tiny_checkpoint), "torch")


def change(name: str, **values: Any) -> Callable[[Path], None]:
    """Change keys of a JSON file of the checkpoint."""

    def edit(folder: Path) -> None:
        path = folder / name
        row = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({**row, **values}), encoding="utf-8")

    return edit


def cut(name: str, size: int) -> Callable[[Path], None]:
    """Cut a file of the checkpoint off."""

    def edit(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_bytes()[:size])

    return edit


def forget(folder: Path) -> None:
    """Cut the weights off in a checkpoint whose card does not tell their size."""
    change("zhengling.json", files={})(folder)
    cut("model.onnx", 1000)(folder)
    cut("model.safetensors", 1000)(folder)


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (shutil.rmtree, "no such folder; expected a checkpoint made by `python -m train`"),
        (lambda f: (f / "config.json").unlink(), "config.json: No such file"),
        (cut("config.json", 20), "config.json: not JSON"),
        (lambda f: (f / "config.json").write_text("[]"), "config.json: not a JSON object"),
        (change("config.json", id2label={"0": "O", "1": "B-PER"}), r"labels are \['O', 'B-PER'\]"),
        (change("config.json", id2label={}), "labels are missing"),
        (change("config.json", vocab_size=7), "tokens; config.json says 7"),
        (lambda f: (f / "vocab.txt").unlink(), "vocab.txt: cannot be read"),
        (cut("vocab.txt", 12), r"no \[CLS\], \[SEP\] among"),
        (cut("model.onnx", 5000), "model.onnx: 5000 bytes, expected .*damaged or cut off"),
        (cut("model.safetensors", 9), "model.safetensors: 9 bytes, expected"),
        (cut("zhengling.json", 9), "zhengling.json: not JSON"),
        (change("zhengling.json", costs={"birth": 1, "price": 2}), "zhengling.json: costs .*price"),
        (
            change("zhengling.json", costs=[1]),
            "zhengling.json: costs .*expected numbers named start",
        ),
        (
            change("zhengling.json", calibration={"entity": [-1.0, 0.0]}),
            "zhengling.json: calibration .*expected a scale above 0",
        ),
        (change("zhengling.json", calibration=[1]), "zhengling.json: calibration is"),
        (forget, r"model\.(onnx|safetensors): cannot be loaded"),
    ],
)
@pytest.mark.parametrize("engine", ["onnx", "torch"])
def test_damaged_checkpoints(
    tiny_checkpoint: Path,
    tmp_path: Path,
    edit: Callable[[Path], None],
    message: str,
    engine: str,
) -> None:
    folder = tmp_path / "checkpoint"
    shutil.copytree(tiny_checkpoint, folder)
    edit(folder)
    with pytest.raises((CheckpointError, VocabularyError), match=message) as caught:
        Tagger.from_pretrained(folder, engine=engine, device="cpu")
    assert str(caught.value).startswith(str(folder))
    assert "\n" not in str(caught.value)
