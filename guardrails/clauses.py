"""Sentences and clauses: how far a word's influence reaches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from guardrails.patterns import SENTENCE_END, words

_BREAKS = words("but however although though except whereas while because so cos plus otherwise yet")
_STARTERS = words(
    """
    i my the it its now also then he she his her they their there when we this that still even just only
    after before can could is am are has have had got get feel feels felt last today yesterday mine not
    """
)
_LINKS = frozenset(("and", ",", "or", "then"))
LONGEST = 60
"""Words after which a sentence without an end is cut for deciding what belongs together (not for finding phrases)."""


@dataclass(frozen=True)
class Layout:
    """For every token the number of its sentence and of its clause, and for both the token ranges."""

    sentence: tuple[int, ...]
    clause: tuple[int, ...]
    sentences: tuple[tuple[int, int], ...]
    clauses: tuple[tuple[int, int], ...]


def lay_out(tokens: Sequence[str], sites: frozenset[int] = frozenset()) -> Layout:
    """Divide tokens into sentences and clauses.

    A clause ends at a dash or colon, before a contrast or a reason ("but", "because"), and at "and" or a comma when a new
    subject or verb follows. ``sites`` are the tokens that start a part of the body: "hip is sore and calf is swollen"
    are two clauses.
    """
    sentence: list[int] = []
    clause: list[int] = []
    sentences: list[tuple[int, int]] = []
    clauses: list[tuple[int, int]] = []
    s_start = c_start = 0
    size = len(tokens)
    for at, token in enumerate(tokens):
        ends = token in SENTENCE_END or at - s_start >= LONGEST
        opens = at > c_start and (token in _BREAKS or token in ("-", ":") or _links(tokens, at, sites))
        if opens and not ends:
            clauses.append((c_start, at))
            c_start = at
        sentence.append(len(sentences))
        clause.append(len(clauses))
        if ends or at == size - 1:
            sentences.append((s_start, at + 1))
            clauses.append((c_start, at + 1))
            s_start = c_start = at + 1
    return Layout(tuple(sentence), tuple(clause), tuple(sentences), tuple(clauses))


def _links(tokens: Sequence[str], at: int, sites: frozenset[int]) -> bool:
    if tokens[at] not in _LINKS or at + 1 >= len(tokens):
        return False
    after = at + 1
    if tokens[after] in ("and", "then") and after + 1 < len(tokens):
        after += 1
    if tokens[after] in _STARTERS:
        return True
    following = tokens[after + 1] if after + 1 < len(tokens) else ""
    return after in sites and following in ("is", "s", "are", "has", "feels", "hurts", "aches", "felt", "was", "looks")
