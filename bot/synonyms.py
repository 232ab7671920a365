"""Synonyms: words that runners use for what the articles say, from `data/synonyms.yaml`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.errors import BotError
from ingest.lexical import terms, words

DATA = Path(__file__).parent / "data"
WEIGHT = 0.5  # of a synonym beside the runner's own word, which counts 1
_TYPO_LENGTH = 5  # stems shorter than this have too many neighbours to guess


@dataclass(frozen=True, slots=True)
class Synonyms:
    """Groups of words and phrases that find each other.

    Attributes:
        groups: each a tuple of phrases, as tuples of stems.

    """

    groups: tuple[tuple[tuple[str, ...], ...], ...]

    def weights(self, text: str) -> dict[str, float]:
        """Stems to search beside a text's own, with their weights (0 to 1).

        A phrase of several words counts as found when all of it stands in the text in order.
        """
        stems = terms(text)
        joined = f" {' '.join(stems)} "
        found: dict[str, float] = {}
        for group in self.groups:
            if any(f" {' '.join(phrase)} " in joined for phrase in group):
                for phrase in group:
                    for stem in phrase:
                        if stem not in stems:
                            found[stem] = max(found.get(stem, 0.0), WEIGHT / len(phrase))
        return found

    def of(self, stem: str) -> frozenset[str]:
        """The stems that stand for a stem; of its groups' phrases only those of one word."""
        return frozenset(
            phrase[0]
            for group in self.groups
            if (stem,) in group
            for phrase in group
            if len(phrase) == 1 and phrase[0] != stem
        )


@lru_cache(maxsize=1)
def load_synonyms() -> Synonyms:
    """Read the synonyms.

    Raises:
        BotError: the file is not a list of groups of phrases.

    """
    path = DATA / "synonyms.yaml"
    groups = yaml.safe_load(path.read_text(encoding="utf-8")).get("groups")
    if not isinstance(groups, list) or not all(isinstance(group, list) and len(group) > 1 for group in groups):
        raise BotError(f"{path}: `groups` must be a list of lists of at least two words. Mend the file.")
    return Synonyms(tuple(tuple(dict.fromkeys(tuple(terms(str(phrase))) for phrase in group)) for group in groups))


def correct_typos(text: str, vocabulary: frozenset[str]) -> dict[str, str]:
    """Unknown stems of a text that are one slip away from a stem of the articles.

    Args:
        text: the runner's words.
        vocabulary: all stems of the articles.

    Returns:
        The stem meant by each unknown stem; only where the first letter agrees and one insertion, deletion,
        replacement or swap leads to it.

    """
    fixed: dict[str, str] = {}
    for word in words(text):
        for stem in terms(word):
            if stem in vocabulary or len(stem) < _TYPO_LENGTH or re.search(r"\d", stem):
                continue
            match = process.extractOne(
                stem, (known for known in vocabulary if known[0] == stem[0]), scorer=OSA.distance, score_cutoff=1
            )
            if match:
                fixed[stem] = match[0]
    return fixed
