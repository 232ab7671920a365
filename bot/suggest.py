"""Suggest: questions that a runner could ask next, from the articles themselves, each tried before it is offered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.reply import Reply
    from bot.search import Passage, Search
    from ingest.encoder import Vectors
    from ingest.generation import Generation

MOST = 3  # offered
_TRIED = 6  # at most; each costs as much as an answer
_LONGEST = 90  # characters: it must fit a button on a phone
# Cosine from which two questions are the same to a reader; in the corpus, questions listed for different sections are below.
SAME_QUESTION = 0.8
Ask = Callable[[str], "Reply"]


def suggestions(reply: Reply, searches: Sequence[Search], generation: Generation, ask: Ask) -> list[str]:
    """Questions near what was found for a turn, at most three, each of another section and with an answer of its own.

    Args:
        reply: what the runner was told.
        searches: what was found for it.
        generation: the index.
        ask: what the runner would be told if they asked a question next.

    """
    offered: list[str] = []
    said = {(citation.article, citation.start) for citation in reply.citations}
    for tried, question in enumerate(_near(reply, searches, generation)):
        if len(offered) == MOST or tried == _TRIED:
            break
        answer = ask(question)
        fresh = {(citation.article, citation.start) for citation in answer.citations} - said
        if answer.answered and answer.assessment.level <= reply.assessment.level and fresh:
            offered.append(question)
            said |= fresh
    return offered


def _near(reply: Reply, searches: Sequence[Search], generation: Generation) -> Iterator[str]:
    """A question of each section found, nearest section first; those of sections that the reply quotes come last."""
    quoted = {(passage.article, passage.section) for passage in reply.passages}
    asked = [found.own if found.own is not None else found.vector for found in searches]
    passages = [passage for found in searches for passage in found.passages if not passage.chunk.about_source]
    passages.sort(key=lambda passage: (passage.chunk.article, passage.chunk.section) in quoted)
    sections: set[tuple[str, str]] = set()
    taken = list(asked)
    for passage in passages:
        section = (passage.chunk.article, passage.chunk.section)
        if section in sections:
            continue
        sections.add(section)
        nearest = _question_of(passage, generation, searches[0].vector, taken)
        if nearest is not None:
            question, vector = nearest
            taken.append(vector)
            yield question


def _question_of(
    passage: Passage,
    generation: Generation,
    vector: Vectors,
    taken: Sequence[Vectors],
) -> tuple[str, Vectors] | None:
    """The question listed for a section that is nearest to what was asked, or its heading; None where that was asked already."""
    chunk = passage.chunk
    heading, _, listed = generation.part_vectors(passage.row, len(chunk.sentences))
    known = list(zip(chunk.questions, listed, strict=True)) or [(chunk.section, heading)]
    fit = [
        (text, one)
        for text, one in known
        if len(text) <= _LONGEST
        and (not chunk.questions or (text[0].isupper() and text.endswith("?")))
        and all(float(one @ other) < SAME_QUESTION for other in taken)
    ]
    return max(fit, key=lambda item: float(item[1] @ vector), default=None)
