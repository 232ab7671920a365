"""Confidence: how sure it is that the articles answer a question, so that the bot declines rather than guesses."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot.query import is_subject
from bot.stems import stems_of
from bot.synonyms import load_synonyms
from ingest.lexical import terms, words

if TYPE_CHECKING:
    from bot.rank import Candidate
    from bot.query import Query
    from bot.search import Search

# Whether the articles answer at all: a logistic model of four figures, fitted on the open half of the question set by
# `python -m benchmarks.calibrate`; below 0.5 the bot declines. The fit gives follow_up 2.3, at which 11 of 19 follow-ups
# that leave the articles' subjects were answered; 1.6 answers fewer of them for a few more declines.
DECLINE_WEIGHTS = {"semantic": 9.8, "coverage": 4.3, "length": 8.2, "follow_up": 1.6}
DECLINE_BIAS = -9.4
_NO_SUBJECT = 0.5  # coverage of a question whose words are all of talk, such as "what do hips do?"
_LONG = 30  # words; a longer question is no less near to the articles
_LEADING = 5  # sentences, by score, among which the best covered one counts


def confidence_features(
    query: Query,
    found: Search,
    candidates: Sequence[Candidate],
    rarity: Callable[[str], float],
    names: frozenset[str] = frozenset(),
) -> dict[str, float]:
    """What the decline is decided on.

    Args:
        query: the question.
        found: the search.
        candidates: every sentence found; at least one.
        rarity: how rare a word is in English; see `ingest.encoder.Encoder.rarity`.
        names: stems of publishers' names, which are no subject.

    Returns:
        semantic: cosine of the question and the nearest sentence.
        coverage: share (by rarity) of the subject words of the question (its own, not those carried along) that one of the
        leading sentences and its heading have, or a synonym of, 0 to 1.
        length: words searched, by thirty, at most 1; a wordy question is less near to any sentence.
        follow_up: 1 where the question leans on an earlier turn, so that its subject is likely one of the articles, else 0.

    """
    subject: dict[str, float] = {}
    own = query.question if query.follow_up else found.text
    for word in words(own):
        for stem in terms(word):
            term = found.typos.get(stem, stem)
            if is_subject(term) and term not in names:
                subject[term] = max(subject.get(term, 0.0), rarity(word))
    synonyms = {term: load_synonyms().of(term) for term in subject}
    total = sum(subject.values())
    coverage = 0.0 if total else _NO_SUBJECT
    for candidate in sorted(candidates, key=lambda item: -item.score)[:_LEADING]:
        seen = stems_of(candidate.sentence.text) | stems_of(found.passages[candidate.passage].chunk.section)
        if total:
            covered = sum(weight for term, weight in subject.items() if term in seen or synonyms[term] & seen)
            coverage = max(coverage, covered / total)
    semantic = max(float(candidate.vector @ found.vector) for candidate in candidates)
    return {
        "semantic": semantic,
        "coverage": coverage,
        "length": min(len(words(own)), _LONG) / _LONG,
        "follow_up": float(query.follow_up),
    }


def confidence(
    query: Query,
    found: Search,
    candidates: Sequence[Candidate],
    rarity: Callable[[str], float],
    names: frozenset[str],
) -> float:
    """How sure it is that the articles answer, 0 to 1; the arguments are those of `confidence_features`."""
    features = confidence_features(query, found, candidates, rarity, names)
    total = DECLINE_BIAS + sum(DECLINE_WEIGHTS[name] * value for name, value in features.items())
    return float(1 / (1 + np.exp(-total)))
