"""The networks behind `bot.matcher` and `bot.gate`: the encoder's layers and a head. Importing this loads torch."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel


class Network(nn.Module):
    """Texts to likelihoods.

    The encoder gives every word piece a vector; the head gives every vector a value for each output, and an attention of
    its own for each output averages them. The product of both says how much a word piece added.

    Args:
        folder: where the published encoder is.
        outputs: how many likelihoods there are.
        hidden: width of the head's hidden layer.

    """

    def __init__(self, folder: Path, outputs: int, hidden: int) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)
        width = self.encoder.config.hidden_size
        self.value = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(hidden, outputs)
        )
        self.attention = nn.Linear(width, outputs)

    def forward(self, pieces: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Read a batch.

        Args:
            pieces: word piece numbers, shape (texts, length), padded with 0.
            mask: 1 for a word piece, 0 for padding, same shape.

        Returns:
            Logits, shape (texts, outputs), and what each word piece added to them, shape (texts, length, outputs).

        """
        states = self.encoder(input_ids=pieces, attention_mask=mask).last_hidden_state
        shares = self.attention(states).float().masked_fill(mask[..., None] == 0, -1e4).softmax(dim=1)
        added = self.value(states).float() * shares
        return added.sum(dim=1), added


class Gate(nn.Module):
    """A question with sentences to one likelihood: the mean of the encoder's states, read by one linear layer.

    Args:
        folder: where the published encoder is.

    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(self.encoder.config.hidden_size, 1)

    def forward(self, pieces: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """Read a batch.

        Args:
            pieces: word piece numbers, shape (texts, length), padded with 0.
            kinds: 0 for what was asked, 1 for evidence, same shape.
            mask: 1 for a word piece, 0 for padding, same shape.

        Returns:
            Logits, shape (texts,).

        """
        states = self.encoder(input_ids=pieces, token_type_ids=kinds, attention_mask=mask).last_hidden_state
        shares = mask[..., None].to(states.dtype)
        mean = (states * shares).sum(dim=1) / shares.sum(dim=1)
        logits: Tensor = self.head(self.dropout(mean)).squeeze(-1).float()
        return logits


def padded(rows: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Word piece numbers of several texts as one batch, and its mask."""
    length = max(map(len, rows))
    pieces = torch.zeros(len(rows), length, dtype=torch.long)
    mask = torch.zeros(len(rows), length, dtype=torch.long)
    for at, row in enumerate(rows):
        pieces[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return pieces, mask
