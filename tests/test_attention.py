"""The training attention and dropout: the same numbers as torch's own, less work."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForTokenClassification

from train.attention import Dropout, attention, for_cpu


def _reference(
    query: torch.Tensor, key: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None
) -> torch.Tensor:
    return torch.nn.functional.scaled_dot_product_attention(query, key, value, mask).transpose(1, 2)


@pytest.mark.parametrize("kind", ["none", "boolean", "additive"])
def test_same_values_and_gradients_as_torch(kind: str) -> None:
    torch.manual_seed(1)
    shape = (2, 3, 7, 4)
    ours = [torch.randn(shape, requires_grad=True) for _ in range(3)]
    theirs = [x.detach().clone().requires_grad_() for x in ours]
    mask = None
    if kind != "none":
        seen = torch.ones(2, 1, 7, 7, dtype=torch.bool)
        seen[1, :, :, 5:] = False
        low = torch.finfo(torch.float32).min
        mask = seen if kind == "boolean" else torch.zeros(seen.shape).masked_fill(~seen, low)
    mixed, _ = attention(None, *ours, mask)
    expected = _reference(*theirs, mask)
    torch.testing.assert_close(mixed, expected)
    weights = torch.randn(expected.shape)
    (mixed * weights).sum().backward()
    (expected * weights).sum().backward()
    for a, b in zip(ours, theirs, strict=True):
        torch.testing.assert_close(a.grad, b.grad)


def test_dropout_keeps_the_mean_and_the_share() -> None:
    torch.manual_seed(1)
    layer = Dropout(0.1)
    out = layer(torch.ones(333, 1001))
    assert (out == 0).float().mean().item() == pytest.approx(0.1, abs=0.005)
    assert out.mean().item() == pytest.approx(1.0, abs=0.005)


def test_dropout_does_nothing_when_reading() -> None:
    x = torch.randn(5, 3)
    assert Dropout(0.5).eval()(x) is x


@pytest.mark.parametrize("p", [-0.1, 1.0])
def test_a_dropout_that_leaves_nothing_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match="expected a probability below 1"):
        Dropout(p)


def test_a_bert_reads_the_same_with_it_and_saves_as_a_plain_one(tmp_path: Path) -> None:
    config = BertConfig(
        vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=24, num_labels=3,
    )  # fmt: skip
    torch.manual_seed(1)
    plain = BertForTokenClassification(config).eval()
    ids = torch.randint(0, 50, (3, 9))
    mask = torch.ones(3, 9, dtype=torch.long)
    mask[1, 5:] = 0
    with torch.no_grad():
        expected = plain(input_ids=ids, attention_mask=mask).logits
        for_cpu(plain)
        found = plain(input_ids=ids, attention_mask=mask).logits
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = plain(input_ids=ids, attention_mask=mask).logits
    seen = mask.bool()
    torch.testing.assert_close(found[seen], expected[seen])
    torch.testing.assert_close(rough.float()[seen], expected[seen], atol=0.02, rtol=0.1)
    plain.save_pretrained(tmp_path)
    again = BertForTokenClassification.from_pretrained(tmp_path).eval()
    with torch.no_grad():
        torch.testing.assert_close(
            again(input_ids=ids, attention_mask=mask).logits[seen], expected[seen]
        )
