"""Attention and dropout for training on a CPU, where torch's own take more than half of a step.

The fused attention that torch picks on a CPU is slow backwards, the one transformers calls `eager`
takes its softmax in fp32 under autocast, and dropout draws one number for each value. Here:
plain matrix products in the model's precision, and four numbers from each one drawn.
"""

from __future__ import annotations

from typing import Any

import torch

NAME = "plain_products"
#: Far below every score, and a number in bf16 and fp16 too.
_MASKED = -30000.0


class _Attention(torch.autograd.Function):
    """softmax(q kᵀ) v for (b·h, t, d), keeping only the probabilities."""

    @staticmethod
    def forward(
        ctx: Any, query: torch.Tensor, key: torch.Tensor, value: torch.Tensor
    ) -> torch.Tensor:
        scores = torch.bmm(query, key.transpose(1, 2))
        shares = torch.softmax(scores, dim=-1, out=scores)
        ctx.save_for_backward(query, key, value, shares)
        return torch.bmm(shares, value)

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> Any:
        query, key, value, shares = ctx.saved_tensors
        above = gradients[0].to(shares.dtype)
        to_value = torch.bmm(shares.transpose(1, 2), above)
        to_shares = torch.bmm(above, value.transpose(1, 2))
        to_scores = torch._softmax_backward_data(to_shares, shares, -1, shares.dtype)
        return torch.bmm(to_scores, key), torch.bmm(to_scores.transpose(1, 2), query), to_value


def attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    scaling: float | None = None,
    **_: Any,
) -> tuple[torch.Tensor, None]:
    """(b, h, t, d) queries, keys and values → (b, t, h, d); the mask hides keys, not pairs.

    The mask goes into the product as one more dimension: 1 in each query, the price in each key.
    """
    b, h, t, d = query.shape
    query = query * (d**-0.5 if scaling is None else scaling)
    if attention_mask is not None:
        hidden = attention_mask[:, :, :1, :].expand(b, h, 1, t).transpose(2, 3)
        if hidden.dtype == torch.bool:
            price = (~hidden).to(key.dtype) * _MASKED
        else:
            price = hidden.to(key.dtype).clamp(min=_MASKED)
        key = torch.cat([key, price], dim=-1)
        query = torch.cat([query, query.new_ones(b, h, t, 1)], dim=-1)
    with torch.autocast(query.device.type, enabled=False):
        flat = [x.reshape(b * h, t, x.shape[-1]) for x in (query, key, value)]
        mixed = _Attention.apply(*flat)
    return mixed.view(b, h, t, d).transpose(1, 2), None


def register() -> str:
    """Make the attention known to transformers; the name to ask for."""
    from transformers import AttentionInterface
    from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    return NAME


class Dropout(torch.nn.Module):
    """Dropout from 16-bit numbers, four from each one drawn; the probability in steps of 2⁻¹⁶."""

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"dropout {p}; expected a probability below 1")
        self.p = p

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zero each value with probability `p` while training, and scale the rest up."""
        if not self.training or self.p == 0:
            return x
        count = x.numel()
        drawn = torch.empty(-(-count // 4), dtype=torch.int64, device=x.device)
        drawn.random_(-(2**63), None)
        lost = min(round(self.p * 65536), 65535)
        kept = (drawn.view(torch.int16)[:count].view(x.shape) >= lost - 32768).to(x.dtype)
        return x * kept.mul_(65536 / (65536 - lost))


def for_cpu(model: Any) -> None:
    """Give a BERT this attention and these dropouts, in place."""
    model.set_attn_implementation(register())
    for module in list(model.modules()):
        for name, child in module.named_children():
            if isinstance(child, torch.nn.Dropout):
                setattr(module, name, Dropout(child.p).train(child.training))
