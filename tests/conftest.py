"""What several test modules share: gold texts, wild texts and a tiny random checkpoint."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from data.inline import read_folder
from model.characters import characters
from model.labels import OUTPUTS
from model.schema import Record, read_records
from model.vocabulary import SPECIALS

ROOT = Path(__file__).resolve().parent.parent

# The same cases on every machine; HYPOTHESIS_PROFILE=search looks for new ones.
settings.register_profile(
    "ci", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("search", deadline=None, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))

#: What the web leaves in a text, each a piece that some rule has to do with.
PIECES = (
    *"会議會开開书記记县縣长長州委于要求一二十月日年王李〇○",
    *"，。；：、！？,.;:!?()（）“”‘’「」《》【】…—-·•&<>\"'/",
    *"AZaz019０９ＡａｚüāÀ①⑩㈠⑴",
    *" \t\n\r\u000b\u000c\u001c\u0000\u0007\u0085\u00a0\u00ad\u2028\u3000\u3164",
    *"\u200b\u200d\u200e\u2060\ufeff\ufffd\u0300\u0301\u030c\u0308\ufe0f",
    *"\U00020000\U0002f800\U0001f600\uf900\ufa10",
    "\r\n",
    "\n\n",
    "(kāi)",
    "（huì）",
    "(zhe)",
    "(中)",
    "?qǐng)",
    "\ufffdshè)",
    "(ka\u0304i)",
    "&nbsp;",
    "&amp;",
    "&lt;",
    "二要",
    "（三）",
    "1.",
    "强调，",
    "会议要求，",
    "5月10日",
    "县委书记",
)


@pytest.fixture(scope="session")
def pieces() -> tuple[str, ...]:
    """Pieces to draw wild texts from without hypothesis."""
    return PIECES


@pytest.fixture(scope="session")
def wild_text() -> st.SearchStrategy[str]:
    """Texts as the web leaves them, and arbitrary ones; no lone surrogates."""
    pieces = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)
    anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
    return st.one_of(pieces, anything)


def eval_folder() -> Path:
    """Where the texts for measuring lie: ZHENGLING_EVAL, else beside the repository."""
    return Path(os.environ.get("ZHENGLING_EVAL") or ROOT.parent / "shared" / "eval")


@pytest.fixture(scope="session")
def corpus() -> list[Record]:
    """All texts of data/corpus."""
    return read_folder(ROOT / "data" / "corpus")


@pytest.fixture(scope="session", params=["corpus", "eval"])
def gold(request: pytest.FixtureRequest, corpus: list[Record]) -> list[Record]:
    """Annotated texts: those of the corpus, then those for measuring where there are any."""
    if request.param == "corpus":
        return corpus
    paths = [eval_folder() / name for name in ("dev.jsonl", "seeds.jsonl")]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        pytest.skip(f"no {missing[0]}: the texts for measuring are not part of the project")
    records = []
    for path in paths:
        # Not `splitlines`, which also cuts at U+2028 inside a string.
        records += read_records(path.read_text(encoding="utf-8").split("\n"), path.name)
    return records


def write_checkpoint(folder: Path, characters: str) -> None:
    """Write a random two-layer BERT with the ten outputs as `train.export` writes trained ones."""
    import torch
    from transformers import BertConfig, BertForTokenClassification

    from model.decode import Costs
    from train.export import save

    tokens = [*SPECIALS, *characters]
    config = BertConfig(
        vocab_size=len(tokens),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        # Wide enough that logits differ, so that spans of every label come out.
        initializer_range=0.35,
        id2label=dict(enumerate(OUTPUTS)),
        label2id={output: i for i, output in enumerate(OUTPUTS)},
    )
    with torch.random.fork_rng():
        torch.manual_seed(20)
        model = BertForTokenClassification(config).eval()
    save(model, tokens, folder, "tiny", Costs(), {})


def common_characters(records: list[Record], count: int = 500) -> str:
    """The most frequent visible model characters of some texts, by frequency."""
    counts = Counter(char for record in records for char in characters(record.text).text)
    return "".join(
        sorted((c for c, _ in counts.most_common(count + 2) if not c.isspace()), key=ord)
    )


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory, corpus: list[Record]) -> Path:
    """A folder with a tiny random model: config, vocabulary, card, safetensors and int8 ONNX."""
    folder = tmp_path_factory.mktemp("tiny") / "checkpoint"
    write_checkpoint(folder, common_characters(corpus[:100]))
    return folder
