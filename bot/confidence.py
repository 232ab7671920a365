"""Confidence: how sure the bot is that the articles answer a question; a logistic of named figures."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from bot.gate import EVIDENCE
from bot.query import subject_terms
from bot.rank import FIGURES as RANK_FIGURES
from bot.synonyms import load_synonyms
from bot.weights import load_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.query import Query
    from bot.rank import Candidate
    from bot.search import Search
    from ingest.generation import Generation

Judge = Callable[[str, str, Sequence[Sequence[str]]], list[float]]

# What each counts stands in data/weights.yaml (`python -m benchmarks.teach confidence`).
MEANINGS = {
    "bias": "always 1",
    "best": "log-odds, by the gate, that the two best sentences answer",
    "next": "the same for the two sentences after them",
    "answers": "highest cosine of a sentence and the searched vector moved towards answers",
    "own": "the same for the last turn alone",
    "follow_up": "leans on an earlier turn",
    "listed": "1 where an editor listed questions for the section of the best sentence, which is then found more easily",
    "unknown": "share of the last turn's subject words that no article has, typos mended and synonyms counted",
}
FIGURES = tuple(MEANINGS)
_ANSWERS, _OWN = RANK_FIGURES.index("answers"), RANK_FIGURES.index("own")
_CERTAIN = 1e-4  # how near 0 or 1 a likelihood may come before its log-odds are taken


def confidence(
    query: Query, found: Search, candidates: Sequence[Candidate], generation: Generation, judge: Judge
) -> float:
    """How sure it is that the articles answer a question, 0 to 1.

    Args:
        query: the question.
        found: what was found for it.
        candidates: the sentences that may be quoted, at least one, whether or not the safety layer lets them be shown.
        generation: the index.
        judge: how likely sentences are to answer; see `bot.gate.Gate.likelihoods`.

    """
    figures = figures_of(query, found, candidates, generation, judge)
    return 1 / (1 + math.exp(-float(figures @ load_weights("confidence", FIGURES))))


def figures_of(
    query: Query, found: Search, candidates: Sequence[Candidate], generation: Generation, judge: Judge
) -> NDArray[np.float64]:
    """The figures, shape (len(FIGURES),); arguments as for `confidence`."""
    full = sorted((c for c in candidates if c.sentence.kind != "lead_in"), key=lambda c: -c.score) or list(candidates)
    said = [f"{found.passages[c.passage].chunk.section}: {c.sentence.text}" for c in full[: 2 * EVIDENCE]]
    best, after = judge(query.question, query.before, [said[:EVIDENCE], said[EVIDENCE:] or said[:EVIDENCE]])
    values = {
        "bias": 1.0,
        "best": _log_odds(best),
        "next": _log_odds(after),
        "answers": max(float(c.figures[_ANSWERS]) for c in full),
        "own": max(float(c.figures[_OWN]) for c in full),
        "follow_up": float(query.follow_up),
        "listed": float(bool(found.passages[full[0].passage].chunk.questions)),
        "unknown": _unknown(query.question, found, generation),
    }
    return np.array([values[name] for name in FIGURES])


def _log_odds(likelihood: float) -> float:
    return math.log(max(likelihood, _CERTAIN) / max(1 - likelihood, _CERTAIN))


def _unknown(question: str, found: Search, generation: Generation) -> float:
    stems = subject_terms(question)
    synonyms = load_synonyms()
    known = sum(
        found.typos.get(stem, stem) in generation.vocabulary or bool(synonyms.of(stem) & generation.vocabulary)
        for stem in stems
    )
    return 1 - known / len(stems) if stems else 0.0
