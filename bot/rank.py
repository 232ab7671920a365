"""Rank: how well each sentence of the passages found answers a question; a weighted sum of figures that a reader can check."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.adapter import adapt
from bot.asides import is_aside
from bot.intent import asks_for_help, asks_for_source, form_fits
from bot.query import is_content
from bot.stems import stems_of
from bot.weights import load_weights

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bot.query import Query
    from bot.search import Search
    from ingest.chunk import Sentence
    from ingest.generation import Generation

# What the warning-sign article says answers questions about warning signs.
HELP_ARTICLE = "when-to-get-help"

# The figures of a sentence. What each counts stands in data/weights.yaml (`python -m benchmarks.teach weights`).
MEANINGS = {
    "semantic": "cosine of what was searched and the sentence behind its heading",
    "answers": "the same, with the searched vector moved towards answers (`bot.adapter`)",
    "own": "the same for the last turn alone; as `answers` where it stands alone",
    "heading": "cosine of what was searched and the heading",
    "section": "the same with the moved vector",
    "listed": "cosine of what was searched and the nearest question listed for the section; else `heading`",
    "dense": "cosine of what was searched and the passage",
    "passage": "the passage's fused score, 0 to 1",
    "coverage": "share, by rarity, of the question's words (and synonyms) in sentence or heading",
    "words": "the same of the sentence alone",
    "before": "for a follow-up, the passage's fused score for the turn it follows",
    "figure": "asked for a figure, and has one",
    "cause": "asked for a cause, and has a word of cause",
    "meaning": "asked what something is, and reads like a definition",
    "permission": "asked whether to run on, and speaks of it",
    "steps": "asked how to do something, and tells a step",
    "place": "asked where, and names a place",
    "help": "asked when to worry or whom to see, and speaks of it",
    "open": "is a question, or a lead-in",
    "reference": "opens with a word that points back",
    "item": "is an item of a list",
    "first": "is the first sentence of its passage",
    "warning": "is of the warning-sign article, where nobody asked for warning signs",
}
FIGURES = tuple(MEANINGS)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted.

    Attributes:
        passage: 0-based place of its passage in the search.
        place: 0-based place in its passage.
        sentence: the sentence.
        figures: what it is ranked by, shape (len(FIGURES),).
        score: how well it answers; comparable within one question only.
        vector: its vector, shape (384,).

    """

    passage: int
    place: int
    sentence: Sentence
    figures: NDArray[np.float32]
    score: float
    vector: NDArray[np.float32]


def candidates_of(query: Query, found: Search, generation: Generation, before: Search | None = None) -> list[Candidate]:
    """Every sentence of the passages found that may be quoted, with its score, in order of the passages.

    Args:
        query: the question.
        found: what was found for it.
        generation: where the sentences' vectors are.
        before: what was found for the turn it follows, or None where it stands alone.

    """
    weights = {term: weight * generation.rarity(term) for term, weight in found.terms.items() if is_content(term)}
    total = sum(weight for term, weight in weights.items() if found.terms[term] == 1.0) or 1.0
    wants_help, wants_source = asks_for_help(found.text), asks_for_source(found.text)
    earlier = {passage.row: passage.score for passage in before.passages} if before else {}
    asked = adapt(found.vector)
    own = adapt(found.own) if found.own is not None else asked
    counts = load_weights("rank", FIGURES)
    candidates = []
    for number, passage in enumerate(found.passages):
        chunk = passage.chunk
        if chunk.about_source and not wants_source:
            continue
        heading, vectors, listed = generation.part_vectors(passage.row, len(chunk.sentences))
        closeness = float(heading @ found.vector)
        header = stems_of(chunk.section)
        warning = float(chunk.article == HELP_ARTICLE and not wants_help)
        for place, sentence in enumerate(chunk.sentences):
            if sentence.kind in {"fragment", "promotion"} or (is_aside(sentence.text) and not wants_source):
                continue
            stems = stems_of(sentence.text)
            alone = sum(weight for term, weight in weights.items() if term in stems)
            below = sum(weight for term, weight in weights.items() if term in header and term not in stems)
            values = {
                "semantic": float(vectors[place] @ found.vector),
                "answers": float(vectors[place] @ asked),
                "own": float(vectors[place] @ own),
                "heading": closeness,
                "section": float(heading @ asked),
                "listed": max((float(vector @ found.vector) for vector in listed), default=closeness),
                "dense": passage.dense,
                "passage": passage.score,
                "coverage": min((alone + 0.6 * below) / total, 1.0),
                "words": min(alone / total, 1.0),
                "before": earlier.get(passage.row, 0.0),
                "item": float(sentence.kind == "item"),
                "first": float(place == 0),
                "warning": warning,
                **form_fits(query.question, sentence),
            }
            figures = np.array([values[name] for name in FIGURES], dtype=np.float32)
            candidates.append(Candidate(number, place, sentence, figures, float(figures @ counts), vectors[place]))
    return candidates
