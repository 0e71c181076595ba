"""Pre-training: the encoder learns to guess hidden pieces of texts nobody labelled.

Masked language modelling (Devlin et al. 2019). A guess is told from the other hidden pieces of the
batch and from pieces drawn at random, not from the whole vocabulary: on two cores the full softmax
took as long as the encoder.
"""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from nlp.training.batches import Batch, padded, shuffled
from nlp.training.network import Network
from nlp.training.optimiser import Optimiser
from nlp.training.pieces import BEGIN, MASK, PAD, SPECIAL, Pieces

PLACES = 8192
_HIDDEN = 6  # one place in so many is guessed
_OTHERS = 1500
_RATE = 1.2e-3
_WARM = 200  # steps
_EVEN = 0.3  # of the steps, after which the rate falls
_MASKED, _SWAPPED = 0.8, 0.9  # of the hidden pieces; the rest stays as it is


class _Guesser(nn.Module):
    """The encoder with what only guessing needs."""

    def __init__(self, network: Network, pieces: int, width: int) -> None:
        super().__init__()
        self.network = network
        self.head = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width))
        self.bias = nn.Parameter(torch.zeros(pieces))

    def loss(self, ids: torch.Tensor) -> torch.Tensor:
        pieces = len(self.bias)
        places = _hidden(ids)
        wanted = ids.flatten()[places]
        states = self.network.states(_hide(ids, places, pieces)).flatten(0, 1)[places]
        others = torch.randint(len(SPECIAL), pieces, (_OTHERS,))
        offered = torch.cat([wanted, others])
        embeddings = self.network.encoder.embeddings.word_embeddings.weight
        logits = functional.linear(self.head(states), embeddings[offered]) + self.bias[offered]
        same = offered[None] == wanted[:, None]
        same[:, : len(wanted)].fill_diagonal_(False)
        return functional.cross_entropy(
            logits.float().masked_fill(same, -1e4), torch.arange(len(wanted))
        )


def pretrain(
    network: Network, pieces: Sequence[Pieces], epochs: float, progress: Callable[[int], None]
) -> None:
    """Train `network.encoder` on `pieces`; `progress` is told of each step of `steps(...)`."""
    chance = np.random.default_rng(0)
    torch.manual_seed(0)
    embeddings = network.encoder.embeddings.word_embeddings
    guesser = _Guesser(network, embeddings.num_embeddings, embeddings.embedding_dim).train()
    optimiser = Optimiser(guesser)
    total, done = steps(pieces, epochs), 0
    while done < total:
        for batch in shuffled(pieces, PLACES, chance)[: total - done]:
            _learn(guesser, optimiser, batch, pieces, _rate(done, total))
            done += 1
            progress(1)
    optimiser.finish(guesser)


def steps(pieces: Sequence[Pieces], epochs: float) -> int:
    """Return how many steps `epochs` passes take."""
    return max(1, round(len(shuffled(pieces, PLACES, np.random.default_rng(0))) * epochs))


def _learn(
    guesser: _Guesser, optimiser: Optimiser, batch: Batch, pieces: Sequence[Pieces], rate: float
) -> None:
    loss = guesser.loss(torch.from_numpy(padded(batch, pieces)))
    loss.backward()
    optimiser.step(rate)


def _rate(step: int, total: int) -> float:
    done = step / total
    falling = 1.0 if done < _EVEN else max(0.02, (1 - done) / (1 - _EVEN))
    return _RATE * min(1.0, (step + 1) / _WARM) * falling


def _hidden(ids: torch.Tensor) -> torch.Tensor:
    """Choose places to guess: always as many, see `nlp.training.batches`."""
    told = ((ids != PAD) & (ids != BEGIN)).flatten().nonzero().flatten()
    wanted = ids.numel() // _HIDDEN
    return told[torch.randperm(len(told))[:wanted]]


def _hide(ids: torch.Tensor, places: torch.Tensor, pieces: int) -> torch.Tensor:
    own = ids.flatten()[places]
    luck = torch.rand(len(own))
    swapped = torch.where(luck < _SWAPPED, torch.randint(len(SPECIAL), pieces, own.shape), own)
    hidden = ids.flatten().clone()
    hidden[places] = torch.where(luck < _MASKED, torch.full_like(own, MASK), swapped)
    return hidden.view_as(ids)
