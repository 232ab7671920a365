"""Synthetic articles and vectors, the same on every machine: for measurements of size and speed, never of quality."""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from ingest.encoder import DIMENSION, Encoder, Vectors
from settings import PROJECT

_SYLLABLES = "ba ce dor fen gla hip ilo jun kar lum mos nex oli pra quo ris sta tor ume vex wal yor zan".split()  # noqa: SIM905
_RARE = 0.02  # share of words that stand in few articles: names, brands, misspellings; keeps the vocabulary growing


def write_articles(folder: Path, count: int, start: int = 0) -> None:
    """Write articles of the length of a magazine's: 6 to 9 sections, about 1,100 words, 10 to 12 chunks.

    Args:
        folder: made if missing.
        count: how many.
        start: number of the first; an article's text depends on its number alone.

    """
    folder.mkdir(parents=True, exist_ok=True)
    words = _vocabulary()
    for number in range(start, start + count):
        (folder / f"article-{number:05}.md").write_text(article_text(number, words), encoding="utf-8")


def article_text(number: int, words: tuple[list[str], list[int]] | None = None) -> str:
    """The file of article `number`: front matter, sections of paragraphs, now and then a list.

    Args:
        number: 0 or more.
        words: what `_vocabulary` gives, where many articles are written.

    """
    chance = random.Random(number)
    common, weights = words or _vocabulary()
    pool = iter(chance.choices(common, weights, k=6000))

    def word() -> str:
        if chance.random() < _RARE:
            return "".join(chance.choices(_SYLLABLES, k=chance.choice((2, 3, 4))))
        return next(pool)

    def phrase(low: int, high: int) -> str:
        return " ".join(word() for _ in range(chance.randint(low, high))).capitalize()

    def paragraph() -> str:
        return " ".join(f"{phrase(8, 24)}." for _ in range(chance.randint(3, 6)))

    headings = [phrase(3, 6) for _ in range(chance.randint(6, 9))]
    questions = "\n".join(f'  "{heading}":\n    - "{phrase(5, 9)}?"' for heading in headings[:2])
    lines = [
        f"---\ntitle: {phrase(4, 8)} {number}\nsummary: {phrase(10, 18)}.\npublisher: Publisher {number % 40}",
        f"updated: 2026-{number % 12 + 1:02}-{number % 28 + 1:02}\ntopics: [{word()}, {word()}]\nquestions:\n{questions}\n---",
    ]
    for heading in headings:
        lines += [f"## {heading}", paragraph(), paragraph()]
        if chance.random() < 0.4:
            lines += [f"{phrase(4, 8)}:", "\n".join(f"- {phrase(5, 12)}." for _ in range(chance.randint(3, 6)))]
    return "\n\n".join(lines) + "\n"


def _vocabulary() -> tuple[list[str], list[int]]:
    """The words of the project's articles and how often each occurs there."""
    text = " ".join(file.read_text(encoding="utf-8") for file in sorted((PROJECT / "corpus").glob("*.md")))
    counts = Counter(re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower()))
    words = sorted(counts)
    return words, [counts[word] for word in words]


class HashEncoder(Encoder):
    """Random unit vectors, one a text, from its hash: the sizes of the real thing at none of its cost.

    Attributes:
        embedded: how many texts it was asked for.

    """

    def __init__(self) -> None:
        super().__init__()
        self.embedded = 0

    def load(self) -> None:
        """Nothing to load."""

    def embed(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """As `Encoder.embed`."""
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for row, text in enumerate(texts):
            seed = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")
            vectors[row] = np.random.Generator(np.random.PCG64(seed)).standard_normal(DIMENSION, dtype=np.float32)
        self.embedded += len(texts)
        if progress:
            progress(len(texts))
        return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), dtype=np.float32)
