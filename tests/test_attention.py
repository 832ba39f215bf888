"""The training attention and dropout: the same numbers as torch's own, less work."""

from __future__ import annotations

import pytest
import torch

from train.attention import Dropout, attention


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
