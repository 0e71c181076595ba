"""Steps of training in bfloat16, which two cores multiply five times as fast as single floats.

The model computes in bfloat16; single-precision copies of its weights take the steps and a running
average of them is what is kept. The matrices of the encoder are orthogonalised by Muon (Jordan
2024, scaled as in Liu et al. 2025, "Muon is scalable"), the rest takes AdamW.
"""

import torch
from torch import nn

_CLIP = 1.0
_DECAY = 0.01
_AVERAGE = 0.998


class Optimiser:
    """Owns the exact weights of `model`, which it turns to bfloat16."""

    def __init__(self, model: nn.Module) -> None:
        model.to(torch.bfloat16)
        named = list(model.named_parameters())
        self._rough = [rough for _, rough in named]
        self._exact = [rough.detach().float().clone() for rough in self._rough]
        self._average = [exact.clone() for exact in self._exact]
        self._steps = 0
        muon = [".layer." in name and rough.ndim == 2 for name, rough in named]
        matrices = [exact for exact, own in zip(self._exact, muon, strict=True) if own]
        others = [exact for exact, own in zip(self._exact, muon, strict=True) if not own]
        self._optimisers: list[torch.optim.Optimizer] = [
            torch.optim.Muon(matrices, weight_decay=_DECAY, adjust_lr_fn="match_rms_adamw"),
            torch.optim.AdamW(others, weight_decay=_DECAY, betas=(0.9, 0.98), fused=True),
        ]

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Take one step along the gradients of the model, and forget them."""
        for exact, rough in zip(self._exact, self._rough, strict=True):
            exact.grad = None if rough.grad is None else rough.grad.float()
            rough.grad = None
        torch.nn.utils.clip_grad_norm_(self._exact, _CLIP)
        for optimiser in self._optimisers:
            for group in optimiser.param_groups:
                group["lr"] = rate
            optimiser.step()
        for exact, rough in zip(self._exact, self._rough, strict=True):
            rough.copy_(exact)
        self._steps += 1
        keep = min(_AVERAGE, self._steps / (self._steps + 10))
        torch._foreach_lerp_(self._average, self._exact, 1 - keep)

    @torch.no_grad()
    def finish(self, model: nn.Module) -> None:
        """Give `model` the averaged weights, in single precision."""
        model.float()
        for own, average in zip(model.parameters(), self._average, strict=True):
            own.copy_(average)
