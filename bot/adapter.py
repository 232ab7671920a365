"""Adapter: turns the vector of a question towards the sentences that answer it.

all-MiniLM-L6-v2 puts a question near sentences that are about the same; an answer often shares little with it ("how many reps
for bridges?"). A linear map of the question's vector, taught on questions with the sentences that answer them
(`python -m benchmarks.teach adapter`), closes much of that gap. The sentences' vectors stay as they are, so no index depends
on it.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from bot.errors import BotError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = Path(__file__).parent / "data" / "adapter.npy"


@lru_cache(maxsize=1)
def load_adapter() -> NDArray[np.float32]:
    """The map, shape (384, 384): what is added to a vector is the vector times this.

    Raises:
        BotError: the file is missing or holds something else.

    """
    try:
        weights = np.load(FILE, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise BotError(f"{FILE} cannot be read ({error}). Reinstall Hipwise, or run `make adapter`.") from error
    if weights.ndim != 2 or weights.shape[0] != weights.shape[1] or weights.dtype != np.float16:
        raise BotError(f"{FILE} holds no square matrix of float16. Reinstall Hipwise, or run `make adapter`.")
    return np.asarray(weights, dtype=np.float32)


def adapt(vector: NDArray[np.float32], weights: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
    """A question's vector moved towards its answers.

    Args:
        vector: shape (384,) or (n, 384), rows of length 1.
        weights: another map than the one that was shipped.

    Returns:
        The same shape, rows of length 1.

    """
    moved = vector + vector @ (load_adapter() if weights is None else weights)
    return np.asarray(moved / np.linalg.norm(moved, axis=-1, keepdims=True), dtype=np.float32)
