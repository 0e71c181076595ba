"""The network: a small BERT encoder under two heads."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from nlp.compact import ASPECTS
from nlp.scorer import LABELS
from nlp.training.pieces import PAD


@dataclass(frozen=True, slots=True)
class Size:
    """How large an encoder is."""

    pieces: int
    width: int = 256
    layers: int = 3
    heads: int = 4


class Network(nn.Module):
    """Reads ids (texts by pieces, 0 after the end), tells mood and aspects as logits."""

    def __init__(self, size: Size, dropout: float = 0.1) -> None:
        super().__init__()
        self.encoder = _encoder(size, dropout)
        self.join = nn.Linear(3 * size.width, size.width)
        self.dropout = nn.Dropout(dropout)
        self.mood = nn.Linear(size.width, len(LABELS))
        self.aspects = nn.Linear(size.width, ASPECTS)

    def forward(self, ids: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        states = self.states(ids)
        told = (ids != PAD).unsqueeze(-1)
        # The beginning for the whole, the mean for its tone, the maximum for one grave word.
        mean = (states * told).sum(1) / told.sum(1)
        most = states.masked_fill(~told, -1e4).amax(1)
        joined = self.join(torch.cat([states[:, 0], mean, most], dim=-1))
        joined = self.dropout(functional.gelu(joined))
        return self.mood(joined), self.aspects(joined)

    def states(self, ids: torch.Tensor) -> torch.Tensor:
        """Return the encoder's state at each piece."""
        states: torch.Tensor = self.encoder(
            input_ids=ids, attention_mask=(ids != PAD).long()
        ).last_hidden_state
        return states


def _encoder(size: Size, dropout: float) -> Any:
    from transformers import BertConfig, BertModel

    config = BertConfig(
        vocab_size=size.pieces,
        hidden_size=size.width,
        num_hidden_layers=size.layers,
        num_attention_heads=size.heads,
        intermediate_size=4 * size.width,
        max_position_embeddings=256,
        type_vocab_size=1,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
    )
    # Plain attention is faster than the fused one for texts this short.
    config._attn_implementation = "eager"
    return BertModel(config, add_pooling_layer=False)
