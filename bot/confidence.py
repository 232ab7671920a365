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

Judge = Callable[[str, str, Sequence[str]], float]

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
_BEST, _NEXT = FIGURES.index("best"), FIGURES.index("next")
# Beyond these log-odds the gate's word counts no more: it is taught with smoothed labels and has no right to be surer.
SUREST = 4.0
# Below this confidence the bot declines. Chosen on the open questions, where it declines 2 of 100 that the articles cover.
CONFIDENT = 0.5


def confidence(
    query: Query, found: Search, candidates: Sequence[Candidate], generation: Generation, judge: Judge
) -> float:
    """How sure it is that the articles answer a question, 0 to 1.

    The gate is the slow part, so it is asked only as long as its word can change on which side of `CONFIDENT` the question
    falls; where it cannot, the value is the nearest that the gate could still make it.

    Args:
        query: the question.
        found: what was found for it.
        candidates: the sentences that may be quoted, at least one, whether or not the safety layer lets them be shown.
        generation: the index.
        judge: how likely sentences are to answer; see `bot.gate.Gate.likelihood`.

    """
    counts = load_weights("confidence", FIGURES)
    figures, groups = _without_gate(query, found, candidates, generation)
    least = math.log(CONFIDENT / (1 - CONFIDENT))
    left = [_BEST, _NEXT]
    while left:
        sure, open_ = float(figures @ counts), SUREST * float(np.abs(counts[left]).sum())
        if sure - open_ >= least:
            return _likelihood(sure - open_)
        if sure + open_ < least:
            return _likelihood(sure + open_)
        at = left.pop(0)
        figures[at] = _log_odds(judge(query.question, query.before, groups[at]))
    return in_full(figures)


def in_full(figures: NDArray[np.float64]) -> float:
    """The confidence that all figures together give; `confidence` stops as soon as it is known to be enough, or not.

    Args:
        figures: shape (len(FIGURES),), see `figures_of`.

    """
    return _likelihood(float(figures @ load_weights("confidence", FIGURES)))


def figures_of(
    query: Query, found: Search, candidates: Sequence[Candidate], generation: Generation, judge: Judge
) -> NDArray[np.float64]:
    """All figures, shape (len(FIGURES),); arguments as for `confidence`."""
    figures, groups = _without_gate(query, found, candidates, generation)
    for at, group in groups.items():
        figures[at] = _log_odds(judge(query.question, query.before, group))
    return figures


def _without_gate(
    query: Query, found: Search, candidates: Sequence[Candidate], generation: Generation
) -> tuple[NDArray[np.float64], dict[int, list[str]]]:
    """The figures with 0 for those of the gate, and for each of these the sentences that the gate is to read."""
    full = sorted((c for c in candidates if c.sentence.kind != "lead_in"), key=lambda c: -c.score) or list(candidates)
    said = [f"{found.passages[c.passage].chunk.section}: {c.sentence.text}" for c in full[: 2 * EVIDENCE]]
    values = {
        "bias": 1.0,
        "best": 0.0,
        "next": 0.0,
        "answers": max(float(c.figures[_ANSWERS]) for c in full),
        "own": max(float(c.figures[_OWN]) for c in full),
        "follow_up": float(query.follow_up),
        "listed": float(bool(found.passages[full[0].passage].chunk.questions)),
        "unknown": _unknown(query.question, found, generation),
    }
    groups = {_BEST: said[:EVIDENCE], _NEXT: said[EVIDENCE:] or said[:EVIDENCE]}
    return np.array([values[name] for name in FIGURES]), groups


def _likelihood(log_odds: float) -> float:
    return 1 / (1 + math.exp(-log_odds))


def _log_odds(likelihood: float) -> float:
    most = _likelihood(SUREST)
    value = min(max(likelihood, 1 - most), most)
    return math.log(value / (1 - value))


def _unknown(question: str, found: Search, generation: Generation) -> float:
    stems = subject_terms(question)
    synonyms = load_synonyms()
    known = sum(
        found.typos.get(stem, stem) in generation.vocabulary or bool(synonyms.of(stem) & generation.vocabulary)
        for stem in stems
    )
    return 1 - known / len(stems) if stems else 0.0
