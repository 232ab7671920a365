"""Compose: passages to an answer of whole, verbatim, cited sentences, without a language model; or to a decline."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from bot.confidence import Judge, confidence, figures_of, in_full
from bot.differences import differing
from bot.intent import asks_for_permission, asks_for_steps, opens_with_reference
from bot.rank import Candidate, candidates_of
from bot.trace import NO_LIST, NO_MORE_PASSAGES, NO_ROOM, SAME

if TYPE_CHECKING:
    from bot.query import Query
    from bot.search import Passage, Search
    from bot.trace import Seen
    from guardrails import Verdict
    from ingest.chunk import Sentence
    from ingest.generation import Generation

# How long an answer may grow, in characters; a list or a way to do an exercise that answers best is shown whole all the same.
LENGTH = 650
MOST_SENTENCES = 8
# A further sentence must be at most this far below the best; scores are log-odds, so 4 is some fifty times less likely to answer.
DROP = 4.0
# What a sentence gains by standing in the paragraph of the best one: the reader follows it more easily.
SAME_PARAGRAPH = 0.7
MOST_LIST_ITEMS = 9  # a list is shown whole or not at all, up to this many items
MOST_PASSAGES = 4
# Tags of the safety layer for sentences that say to go on, or that all is well.
BOLD = frozenset({"keep_running", "reassure"})
# Two sentences whose vectors are closer than this say the same.
SAME_MEANING = 0.94
_FIGURE = re.compile(r"\d+(?:[.,]\d+)?")
# Of sentences of one paragraph that answer equally well, up to this difference of scores, the earlier opens the answer.
EQUAL = 0.5


@dataclass(frozen=True, slots=True)
class Draft:
    """An answer before it is cited and checked.

    Attributes:
        confidence: 0 to 1, how sure it is that the articles answer the question.
        chosen: the sentences in reading order, with the place of their passage.
        differs: where the articles differ on the question, what to say before their sentences; else "".
        stands: how many of the first sentences are what different articles say.

    """

    confidence: float
    chosen: tuple[tuple[Passage, Sentence], ...]
    differs: str = ""
    stands: int = 0


Review = Callable[[Sequence[str]], "Sequence[Verdict]"]


def compose(
    query: Query,
    found: Search,
    generation: Generation,
    judge: Judge,
    review: Review,
    before: Search | None = None,
    length: int = LENGTH,
    seen: Seen | None = None,
) -> Draft:
    """Choose the sentences that answer a query.

    The best sentence comes first, then what stands around it and supports it, then what other passages add. Lists stay
    whole with their lead-in. A sentence that may not be shown is left out before anything is chosen. Where articles differ on
    the question (`bot.differences`), what each says comes before all else.

    Args:
        query: the question and what was searched for it.
        found: the search.
        generation: where the sentences' vectors are.
        judge: how likely sentences are to answer a question; see `bot.gate.Gate.likelihood`.
        review: the safety layer's verdict on each sentence.
        before: what was found for the turn that a follow-up leans on, or None.
        length: how long the answer may grow, in characters.
        seen: takes down what was worked with, where somebody asked for it.

    Returns:
        A draft; the chain declines where its `confidence` is low.

    """
    candidates = candidates_of(query, found, generation, before)
    if not candidates:
        return Draft(0.0, ())
    sure = confidence(query, found, candidates, generation, judge)
    verdicts = review([candidate.sentence.text for candidate in candidates])
    if seen:
        seen.candidates, seen.verdicts = candidates, verdicts
        seen.figures = figures_of(query, found, candidates, generation, judge)
        seen.confidence = in_full(seen.figures)
    bold = {c.sentence for c, verdict in zip(candidates, verdicts, strict=True) if verdict.tags & BOLD}
    candidates = [candidate for candidate, verdict in zip(candidates, verdicts, strict=True) if verdict.allowed]
    if not candidates:
        return Draft(sure, ())
    in_order = asks_for_steps(query.question)
    differ = differing(query.question, candidates, found.passages)
    stands = list(differ.stands) if differ else []
    chosen = [c for c in _chosen(query, candidates, length, stands, seen) if c not in stands]
    arranged = _arranged(chosen, found.passages, in_order=in_order)
    if asks_for_permission(query.question):
        arranged = _cautious_first(arranged, bold)
    said = [(found.passages[candidate.passage], candidate.sentence) for candidate in stands]
    if seen:
        seen.chosen = (*said, *arranged)
    return Draft(sure, (*said, *arranged), differ.remark if differ else "", len(stands))


def _chosen(
    query: Query,
    candidates: Sequence[Candidate],
    length: int,
    first: Sequence[Candidate] = (),
    seen: Seen | None = None,
) -> list[Candidate]:
    """The sentences shown, `first` among them; `seen` takes down why others are not."""
    best = max((c for c in candidates if c.sentence.kind != "lead_in"), key=lambda c: c.score, default=candidates[0])

    def worth(candidate: Candidate) -> float:
        together = candidate.passage == best.passage and candidate.sentence.block == best.sentence.block
        return candidate.score + (SAME_PARAGRAPH if together else 0.0)

    chosen = list(first)
    for candidate in [best, *sorted(candidates, key=lambda c: -worth(c))]:
        if candidate in chosen:
            continue
        if chosen and worth(candidate) < best.score - DROP:
            break
        passages = {c.passage for c in chosen}
        if candidate.passage not in passages and len(passages) == MOST_PASSAGES:
            _pass_over(seen, candidate, NO_MORE_PASSAGES)
            continue
        fresh = [item for item in _unit(candidate, candidates) if item not in chosen]
        if chosen and (len(chosen) + len(fresh) > MOST_SENTENCES or _length(chosen) + _length(fresh) > length):
            _pass_over(seen, candidate, NO_ROOM)
            continue
        if any(_says_the_same(candidate, other) for other in chosen):
            _pass_over(seen, candidate, SAME)
            continue
        chosen += fresh
    if asks_for_steps(query.question):
        chosen = _with_steps(best, chosen, candidates)
    # A lead-in whose list may not be shown, or does not fit, promises what does not follow.
    lists = {(c.passage, c.sentence.group) for c in chosen if c.sentence.kind == "item"}
    kept = [c for c in chosen if c.sentence.kind != "lead_in" or (c.passage, c.sentence.group) in lists]
    for candidate in chosen if seen else ():
        if candidate not in kept:
            _pass_over(seen, candidate, NO_LIST)
    return kept


def _pass_over(seen: Seen | None, candidate: Candidate, why: str) -> None:
    if seen:
        seen.pass_over(candidate, why)


def _length(candidates: Sequence[Candidate]) -> int:
    return sum(len(candidate.sentence.text) + 1 for candidate in candidates)


def _unit(candidate: Candidate, candidates: Sequence[Candidate]) -> list[Candidate]:
    """What must be shown together: a whole list with its lead-in, or a sentence with the one before that it points back to."""
    group = candidate.sentence.group
    if group is None:
        unit = [candidate]
        while opens_with_reference(unit[0].sentence.text):
            before = _just_before(unit[0], candidates)
            if before is None:
                break
            unit.insert(0, before)
        return unit
    whole = [c for c in candidates if c.passage == candidate.passage and c.sentence.group == group]
    if len({c.sentence.block for c in whole}) <= MOST_LIST_ITEMS:
        return whole
    lead_in = [c for c in whole if c.sentence.kind == "lead_in"]
    return [*lead_in, candidate] if candidate not in lead_in else lead_in


def _just_before(candidate: Candidate, candidates: Sequence[Candidate]) -> Candidate | None:
    return next(
        (
            other
            for other in candidates
            if other.passage == candidate.passage
            and other.place == candidate.place - 1
            and other.sentence.block == candidate.sentence.block
        ),
        None,
    )


def _with_steps(best: Candidate, chosen: list[Candidate], candidates: Sequence[Candidate]) -> list[Candidate]:
    """For "how do I do it": the whole passage of the best sentence, so that no step is lost."""
    section = [c for c in candidates if c.passage == best.passage]
    if len(section) > MOST_SENTENCES + 2:
        return chosen
    others = [c for c in chosen if c.passage != best.passage]
    return [*section, *others[: max(0, MOST_SENTENCES - len(section))]]


def _says_the_same(one: Candidate, other: Candidate) -> bool:
    """Whether a sentence adds nothing to another: nearly the same vector, and no figure of its own."""
    if not _figures(one) <= _figures(other):
        return False
    lengths = float(np.linalg.norm(one.vector) * np.linalg.norm(other.vector))
    return float(one.vector @ other.vector) > SAME_MEANING * lengths


def _figures(candidate: Candidate) -> set[str]:
    return set(_FIGURE.findall(candidate.sentence.text))


def _arranged(
    chosen: Sequence[Candidate], passages: Sequence[Passage], *, in_order: bool
) -> list[tuple[Passage, Sentence]]:
    """Reading order: passages by their best sentence; in a passage the best first, then its paragraph, then as in the text.

    With `in_order`, as in the text throughout: steps must not change places.
    """
    best: dict[int, Candidate] = {}
    for candidate in chosen:
        if candidate.passage not in best or candidate.score > best[candidate.passage].score:
            best[candidate.passage] = candidate
    arranged: list[tuple[Passage, Sentence]] = []
    for number in sorted(best, key=lambda passage: -best[passage].score):
        lead = _lead(best[number], chosen)

        def order(candidate: Candidate, lead: Sentence = lead) -> tuple[bool, bool, int]:
            same = candidate.sentence.block == lead.block or (
                lead.group is not None and candidate.sentence.group == lead.group
            )
            answers = candidate.sentence == lead and lead.group is None
            return not (answers or in_order), not (same or in_order), candidate.place

        part = sorted((c for c in chosen if c.passage == number), key=order)
        arranged += [(passages[number], candidate.sentence) for candidate in part]
    return arranged


def _lead(best: Candidate, chosen: Sequence[Candidate]) -> Sentence:
    """The sentence that opens a passage's part of the answer: its best, or one before it that answers equally well."""
    equal = [
        other
        for other in chosen
        if other.passage == best.passage
        and other.sentence.block == best.sentence.block
        and other.sentence.kind == best.sentence.kind
        and other.score >= best.score - EQUAL
    ]
    return min(equal, key=lambda other: other.place).sentence


def _cautious_first(arranged: list[tuple[Passage, Sentence]], bold: set[Sentence]) -> list[tuple[Passage, Sentence]]:
    """Where articles differ on running with pain: passages that hold back come before passages that say to go on."""
    daring = {passage.row for passage, sentence in arranged if sentence in bold}
    return sorted(arranged, key=lambda item: item[0].row in daring)
