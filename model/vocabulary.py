"""The character vocabulary: one token for each model character, looked up in `vocab.txt`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

PAD, UNK, CLS, SEP, MASK = "[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"
#: One token for every Chinese character that has no row of its own.
HAN = "[HAN]"
#: Spelled out, since a vocabulary file has a token a line.
BLANK, LINE_END = "[BLANK]", "[LINE]"
SPECIALS = (PAD, UNK, CLS, SEP, MASK, HAN, BLANK, LINE_END)

_TABLE_SIZE = 0x110000


class VocabularyError(ValueError):
    """A vocabulary file that cannot serve; the message names the file and what is missing."""


class Vocabulary:
    """Characters to token ids by one table look-up; made from the tokens in their order.

    Stock BERT vocabularies serve too: their missing [HAN] and [LINE] fall to [UNK] and their
    missing [BLANK] to [UNK]; lower-cased ones are noticed by their lack of `A`.
    Raises VocabularyError when [PAD], [UNK], [CLS] or [SEP] is missing.
    """

    def __init__(self, tokens: Sequence[str], name: str = "vocabulary") -> None:
        ids = {token: i for i, token in enumerate(tokens)}
        missing = [token for token in (PAD, UNK, CLS, SEP) if token not in ids]
        if missing:
            raise VocabularyError(
                f"{name}: no {', '.join(missing)} among {len(tokens)} tokens; "
                "expected the character vocabulary of a BERT"
            )
        self.tokens = tuple(tokens)
        self.pad, self.unk, self.cls, self.sep = (ids[t] for t in (PAD, UNK, CLS, SEP))
        self.mask = ids.get(MASK, self.unk)
        table = np.full(_TABLE_SIZE, self.unk, dtype=np.int32)
        han = ids.get(HAN, self.unk)
        table[0x3400:0xA000] = han
        table[0xF900:0xFB00] = han
        table[0x20000:0x40000] = han
        for token, i in ids.items():
            if len(token) == 1:
                table[ord(token)] = i
        if "A" not in ids and "a" in ids:
            for code in range(ord("A"), ord("Z") + 1):
                table[code] = table[code + 32]
        table[ord(" ")] = ids.get(BLANK, table[ord(" ")])
        table[ord("\n")] = ids.get(LINE_END, ids.get(BLANK, self.unk))
        # Punctuation that BERT vocabularies hold in one width only.
        for half, full in zip(",:;!?()", "，：；！？（）", strict=True):
            if table[ord(half)] == self.unk:
                table[ord(half)] = table[ord(full)]
        self._table = table

    def __len__(self) -> int:
        return len(self.tokens)

    @classmethod
    def read(cls, path: Path) -> Vocabulary:
        """The vocabulary of a `vocab.txt`, a token a line; VocabularyError if it cannot be read."""
        try:
            tokens = path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise VocabularyError(
                f"{path}: cannot be read ({error}); expected a vocab.txt"
            ) from None
        if tokens and tokens[-1] == "":
            tokens.pop()
        return cls([token.rstrip("\r") for token in tokens], str(path))

    def ids(self, text: str) -> NDArray[np.int32]:
        """Token ids of a model text, shape (len(text),)."""
        codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
        return self._table[codes]
