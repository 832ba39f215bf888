"""One token for each model character."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.characters import characters
from model.vocabulary import (
    BLANK,
    CLS,
    HAN,
    LINE_END,
    MASK,
    PAD,
    SEP,
    SPECIALS,
    UNK,
    Vocabulary,
    VocabularyError,
)

OWN = Vocabulary([*SPECIALS, *"州长,。Aa1"])


def test_look_up() -> None:
    ids = OWN.ids("州\n长 龘,A?\U0002a700")
    names = [OWN.tokens[i] for i in ids]
    assert names == ["州", LINE_END, "长", BLANK, HAN, ",", "A", UNK, HAN]
    assert ids.dtype == "int32"
    assert (OWN.pad, OWN.cls, OWN.sep) == (0, SPECIALS.index(CLS), SPECIALS.index(SEP))
    assert OWN.tokens[OWN.mask] == MASK
    assert len(OWN) == len(OWN.tokens)
    assert OWN.ids("").shape == (0,)


HAN_BLOCKS = ((0x3400, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))


@given(data=st.data())
def test_one_token_a_character(wild_text: st.SearchStrategy[str], data: st.DataObject) -> None:
    text = characters(data.draw(wild_text)).text
    ids = OWN.ids(text)
    assert ids.shape == (len(text),)
    for char, i in zip(text, ids, strict=True):
        token = OWN.tokens[i]
        assert token == char or token in {HAN, BLANK, LINE_END, UNK}
        if token in {HAN, UNK}:
            han = any(first <= ord(char) <= last for first, last in HAN_BLOCKS)
            assert (token == HAN) == han
            assert char not in OWN.tokens


def test_stock_vocabularies_serve() -> None:
    lower = Vocabulary([PAD, UNK, CLS, SEP, MASK, *"州ab，"])
    assert [lower.tokens[i] for i in lower.ids("州Ab,长\n ")] == [
        "州", "a", "b", "，", UNK, UNK, UNK,
    ]  # fmt: skip
    assert lower.tokens[Vocabulary([PAD, UNK, CLS, SEP]).mask] == UNK


def test_reading(tmp_path: Path) -> None:
    path = tmp_path / "vocab.txt"
    path.write_text("\n".join(OWN.tokens) + "\n", encoding="utf-8")
    assert Vocabulary.read(path).tokens == OWN.tokens
    path.write_bytes("\r\n".join(OWN.tokens).encode())
    assert Vocabulary.read(path).tokens == OWN.tokens


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"[PAD]\n[UNK]\n[CLS]\n", r"no \[SEP\] among 3 tokens"),
        (b"", r"no \[PAD\], \[UNK\], \[CLS\], \[SEP\] among 0 tokens"),
        (b"\xff\xfe\x00", "cannot be read"),
        (None, "cannot be read"),
    ],
)
def test_what_cannot_serve(tmp_path: Path, content: bytes | None, found: str) -> None:
    path = tmp_path / "vocab.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(VocabularyError, match=found) as caught:
        Vocabulary.read(path)
    assert str(path) in str(caught.value)
