"""The safety layer's second net: all-MiniLM-L6-v2, taught on labelled messages to tell reports from talk.

``guardrails.matcher`` says what a matcher's word is worth; this is the one matcher there is. It runs the encoder of the
search with weights that ``python -m benchmarks.matcher train`` learned on the open half of the development set, and a
head that says for each word how much it added, so that the words that weighed most can be quoted.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from guardrails.engine import CODES
from guardrails.levels import Level
from guardrails.matcher import Likeness, Text
from ingest.encoder import LOADING, MODEL_SHA256, Encoder, has_bfloat16
from ingest.errors import IngestError

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

    from bot.network import Network

logger = logging.getLogger(__name__)

Values = NDArray[np.float32] | NDArray[np.float64]

WEIGHTS = Path(__file__).parent / "data" / "matcher.safetensors"
LEVELS = (Level.SOON, Level.URGENT, Level.EMERGENCY)
OUTPUTS = len(LEVELS) + 1 + len(CODES)
"""For each level whether at least it is reported, each for itself; then nothing or one of the codes, sharing one likelihood."""
HIDDEN = 128
"""Width of the head's hidden layer."""
LONGEST, TURN, WORD = 512, 200, 12
"""Word pieces that a text is cut at, a turn of it, and a word (a link, a keyboard mash). ``guardrails.matcher`` hands over some
200 words of English at once, of a turn 130: what is cut is in other languages, or in none."""
READS = "turns"
"""What weights were taught to read; in the file, so that those of an earlier network, of the same shapes, are refused."""
BATCH, SPREAD = 32, 1.4
"""Texts read at once, at most, and how many times as long as its shortest the longest of a batch may be: padding is read, too."""


class MiniLMMatcher:
    """Implements ``guardrails.matcher.Matcher``. The weights load at the first text (seconds), once, thread-safe.

    Args:
        weights: file with what was learned; made by ``python -m benchmarks.matcher train``.

    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self.weights = weights
        self._network: Network | None = None

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The encoder's tokenizer; texts come as words, so that places are counted in words."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(Encoder().folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def load(self) -> Network:
        """Load the weights now.

        Raises:
            IngestError: they are missing, or were learned on other weights than the published encoder's.

        """
        if self._network is None:
            with LOADING:
                if self._network is None:
                    self._network = self._load()
        return self._network

    def _load(self) -> Network:
        from safetensors import SafetensorError, safe_open
        from transformers.utils import logging as transformers_logging

        from bot.network import Network

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]

        encoder = Encoder()
        encoder.verify()
        network = Network(encoder.folder, OUTPUTS, HIDDEN, len(LEVELS))
        try:
            with safe_open(self.weights, framework="pt") as file:
                if (file.metadata() or {}).get("encoder") != MODEL_SHA256:
                    raise IngestError(f"{self.weights} was learned on another encoder. Train it again: `make matcher`.")
                if (file.metadata() or {}).get("reads") != READS:
                    raise IngestError(f"{self.weights} is of another version. Train it again: `make matcher`.")
                learned = {name: file.get_tensor(name).float() for name in file.keys()}  # noqa: SIM118 - no mapping
        except (OSError, SafetensorError) as error:
            raise IngestError(
                f"The matcher's weights at {self.weights} cannot be read ({error}). Restore the file."
            ) from error
        try:
            unknown = network.load_state_dict(learned, strict=False).unexpected_keys
        except RuntimeError:  # a part has another shape
            unknown = ["other shapes"]
        if unknown:
            raise IngestError(f"{self.weights} is of another version ({unknown[0]}). Train it again: `make matcher`.")
        if has_bfloat16():  # Nearly twice as fast; no message of the calibration set changes sides of a threshold.
            network = network.bfloat16()
        return network.eval()

    def pieces(self, texts: Sequence[Text]) -> list[Pieces]:
        """Cut texts to word pieces. A text begins with ``[CLS]``, each of its turns ends with ``[SEP]``."""
        turns = list(dict.fromkeys(turn for text in texts for turn in text))
        encoded = self.tokenizer.encode_batch(
            [list(turn) for turn in turns], is_pretokenized=True, add_special_tokens=False
        )
        begin, end = (int(self.tokenizer.token_to_id(mark) or 0) for mark in ("[CLS]", "[SEP]"))
        cut = {turn: [*_short(one)[:TURN], (end, None)] for turn, one in zip(turns, encoded, strict=True)}
        out = []
        for text in texts:
            rows: list[tuple[int, int | None, int]] = [(begin, None, 0)]
            before = 0
            for number, turn in enumerate(text):
                rows += [(piece, None if word is None else before + word, number) for piece, word in cut[turn]]
                before += len(turn)
            out.append(Pieces(*(tuple(part) for part in zip(*rows[:LONGEST], strict=True))))
        return out

    def read(self, texts: Sequence[Text]) -> list[list[Likeness]]:
        """Return the likeness of each beginning of each text. See ``guardrails.matcher.Matcher.read``."""
        network = self.load()  # Before the imports below: it holds the lock that keeps other threads from half of them.
        import torch

        from bot.network import padded

        read: dict[int, list[Likeness]] = {}
        cut = self.pieces(texts)
        for batch in _batches([len(one.pieces) for one in cut]):
            with torch.inference_mode():
                logits, added = network(*padded([(cut[number].pieces, cut[number].turns) for number in batch]))
            levels = torch.sigmoid(logits[..., : len(LEVELS)]).numpy()
            codes = torch.softmax(logits[..., len(LEVELS) :], dim=-1).numpy()
            for at, number in enumerate(batch):
                words = 0
                read[number] = []
                for turn, spoken in enumerate(texts[number]):
                    words += len(spoken)
                    last = min(turn, logits.shape[1] - 1)  # of a text that was cut
                    read[number].append(
                        _likeness(
                            levels[at, last], codes[at, last, 1:], added[at, last].numpy(), cut[number].words, words
                        )
                    )
        return [read[number] for number in range(len(texts))]


class Pieces(NamedTuple):
    """A text as word pieces: the number of each, the word of the text it is of (None for a mark), and the turn."""

    pieces: tuple[int, ...]
    words: tuple[int | None, ...]
    turns: tuple[int, ...]


def _short(encoding: Encoding) -> list[tuple[int, int | None]]:
    """The pieces of a turn with the words they are of, without those at the end of endless words."""
    seen = Counter[int | None]()
    short = []
    for piece, word in zip(encoding.ids, encoding.word_ids, strict=True):
        seen[word] += 1
        if seen[word] <= WORD:
            short.append((piece, word))
    return short


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Numbers of texts in batches of like length, the shortest first."""
    batch: list[int] = []
    for number in sorted(range(len(lengths)), key=lengths.__getitem__):
        if batch and (len(batch) == BATCH or lengths[number] > SPREAD * lengths[batch[0]]):
            yield batch
            batch = []
        batch.append(number)
    if batch:
        yield batch


def _likeness(levels: Values, codes: Values, added: Values, places: Sequence[int | None], words: int) -> Likeness:
    """Put together what the network gave for one beginning of a text.

    A level's likelihood is the mean of the two ways the network has to say it: the level's own output, and the sum of the
    codes of that level and above.
    """
    weights = np.zeros((words, len(LEVELS)))
    for value, place in zip(added, places, strict=False):
        if place is not None and place < words:
            weights[place] += value
    by_code = {code: round(float(value), 6) for code, value in zip(CODES, codes, strict=True)}
    by_level = {
        level: round((float(value) + sum(by_code[code] for code, its in CODES.items() if its >= level)) / 2, 6)
        for level, value in zip(LEVELS, levels, strict=True)
    }
    return Likeness(by_level, by_code, dict(zip(LEVELS, map(tuple, weights.T.tolist()), strict=True)))


def open_matcher() -> MiniLMMatcher:
    """The matcher, for the entry point ``hipwise.matcher`` by which the guardrails' commands find it."""
    return MiniLMMatcher()
