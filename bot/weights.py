"""Weights: what each named figure counts, read from data/weights.yaml."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import yaml

from bot.errors import BotError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FILE = Path(__file__).parent / "data" / "weights.yaml"


@lru_cache(maxsize=8)
def load_weights(part: str, figures: tuple[str, ...]) -> NDArray[np.float32]:
    """What each figure counts, shape (len(figures),).

    Args:
        part: of the file: `rank`, `confidence` or `query`, each explained in the module of that name.
        figures: their names, in the order wanted.

    Raises:
        BotError: the file lacks a figure or has one too many; the text names it.

    """
    counts = yaml.safe_load(FILE.read_text(encoding="utf-8")).get(part)
    if not isinstance(counts, dict) or set(counts) != set(figures):
        odd = ", ".join(sorted(set(figures) ^ set(counts or {})))
        raise BotError(f"{FILE}: `{part}` must give every figure of bot/{part}.py a number ({odd}). Restore the file.")
    return np.array([float(counts[name]) for name in figures], dtype=np.float32)
