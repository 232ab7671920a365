"""The networks behind `bot.matcher` and `bot.gate`: the encoder's layers and a head. Importing this loads torch."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModel


class Network(nn.Module):
    """Turns of a conversation to likelihoods, each turn with what was said before it.

    The encoder gives every word piece a vector, for which it looks at the pieces of its own turn and of the turns before, never
    at later ones (a block-causal mask): so one pass reads a conversation for all its turns, and what was made of a turn stays the
    same whatever follows. The head gives every vector a value for each output, and an attention of its own for each output
    averages them, for each turn over all that was said up to it. The product of both says how much a word piece added.

    Args:
        folder: where the published encoder is.
        outputs: how many likelihoods there are.
        hidden: width of the head's hidden layer.
        explained: of how many outputs, from the first, it is told what each word piece added.

    """

    def __init__(self, folder: Path, outputs: int, hidden: int, explained: int) -> None:
        super().__init__()
        self.explained = explained
        self.encoder = AutoModel.from_pretrained(str(folder), local_files_only=True)
        width = self.encoder.config.hidden_size
        self.value = nn.Sequential(
            nn.Dropout(0.1), nn.Linear(width, hidden), nn.ReLU(), nn.Dropout(0.2), nn.Linear(hidden, outputs)
        )
        self.attention = nn.Linear(width, outputs)

    def forward(self, pieces: Tensor, turns: Tensor, spoken: int) -> tuple[Tensor, Tensor]:
        """Read a batch.

        Args:
            pieces: word piece numbers, shape (texts, length), padded with 0.
            turns: the turn that each belongs to, counted from 0 and never falling, ``spoken`` for padding; same shape.
            spoken: turns of the text that has the most.

        Returns:
            Logits, shape (texts, turns, outputs), and what each word piece added to the explained ones, shape (texts, turns,
            length, explained). A text of fewer turns than others has those of its last turn again.

        """
        # By text, which piece (row) sees which (column). Padding is seen by padding only.
        seen = turns[:, None, :] <= turns[:, :, None]
        states = self.encoder(input_ids=pieces, attention_mask=seen[:, None]).last_hidden_state
        ends = (turns[:, None, :] <= torch.arange(spoken)[None, :, None]).sum(dim=2)
        attention = self.attention(states).double()
        counts = (attention - attention.amax(dim=1, keepdim=True)).exp()
        weighed = self.value(states).double() * counts
        at = (ends - 1)[..., None].expand(-1, -1, counts.shape[-1])
        whole = counts.cumsum(dim=1).gather(1, at)
        logits = weighed.cumsum(dim=1).gather(1, at) / whole
        said = torch.arange(pieces.shape[1]) < ends[..., None]
        added = weighed[:, None, :, : self.explained] / whole[:, :, None, : self.explained] * said[..., None]
        return logits, added


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


def padded(texts: Sequence[tuple[Sequence[int], Sequence[int]]]) -> tuple[Tensor, Tensor, int]:
    """Texts, each as its word piece numbers and the turn of each, as what ``Network`` reads."""
    length = max(len(pieces) for pieces, _ in texts)
    spoken = max(turns[-1] for _, turns in texts) + 1
    pieces = torch.zeros(len(texts), length, dtype=torch.long)
    turns = torch.full((len(texts), length), spoken)
    for at, (its, of) in enumerate(texts):
        pieces[at, : len(its)] = torch.tensor(its)
        turns[at, : len(of)] = torch.tensor(of)
    return pieces, turns, spoken
