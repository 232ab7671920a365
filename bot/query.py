"""Query: what is searched for a turn, worked out from the conversation without a model.

Whether a turn leans on the one before is a weighted sum of named figures, most of them of its words. Where these leave it open,
both readings are searched, and what the articles say settles it (`bot.reading`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from bot.weights import load_weights
from ingest.lexical import terms, words

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Words of talk, not of a subject: they neither search nor count against an answer. Stems are compared.
_TALK = frozenset(
    terms(
        """hi hello hey please thanks thank cheers mate guys ok okay yes yeah no well also really actually basically maybe
        perhaps bit lot lots thing things stuff kind sort like want wants need needs know tell say says said think thinking
        wonder wondering wondered advice advise help helps question questions ask asking asked explain mean means meant
        anyone anybody someone somebody people everyone good best better great proper right ok idea ideas tip tips sure
        today now lately recently currently usually normally always ever never still yet keep keeps try trying tried
        make makes made use using look looking read reading heard hear find found give take should shall any some more
        most much many every about there here too just even only exactly honest honestly quick quickly simple new old
        runner runners run runs running hip hips bother bothering happen happens happening one ones way ways
        work works difference different versus vs article articles website source sources"""
    )
)
# "run" and "hip" are in every article: they tell nothing apart, though they are searched.
_SUBJECT_OF_ALL = frozenset(terms("runner runners run runs running hip hips"))
_NAMES_NOTHING = _TALK - _SUBJECT_OF_ALL

_POINTS_BACK = re.compile(
    r"\b(?:it|its|it's|that|this|these|those|they|them|one|ones|there|same|other|others|else|instead)\b", re.IGNORECASE
)
_ASKS = re.compile(
    r"^\W*(?:what(?:'s|s)?|when|where|which|who|how|why|can|could|should|do|does|did|is|are|will|would|tell me about)\b",
    re.IGNORECASE,
)
_AND_ASKS = re.compile(
    r"(?:,? (?:and|also|plus|&)|[,;]) (?=(?:how|what|whats|when|where|which|why|who|should|can|could|is|are|do|does|will)\b)",
    re.IGNORECASE,
)
# Said when the subject changes; what follows stands alone.
_SHIFT = re.compile(
    r"^\W*(?:(?:ok|okay|right|anyway|anyways|cheers|thanks|thank you|no worries|never ?mind|forget (?:that|it|about that))\W+)*"
    r"(?:(?:a |one )?(?:different|another|new|other|separate|unrelated|quick) (?:question|thing|topic|subject|one)"
    r"|(?:changing|change of) (?:the )?(?:subject|topic)|never ?mind|anyway|forget (?:that|it|about that)|on another note"
    r"|moving on|by the way|btw|something else|switching (?:topics?|subjects?)"
    r"|(?:and |one )?(?:last|final) (?:one|question|thing)(?=\s*[:,.\-–—]))\b[\s:,.\-–—]*",
    re.IGNORECASE,
)
# A score says how bad it is, not what is asked; its figures would find every other score.
_PAIN_SCORE = re.compile(r"\(?\b\d{1,2}(?:[-–]\d{1,2})?\s?(?:/|out of)\s?10\b\)?")
# What tells that a turn leans on the one before. The counts stand in data/weights.yaml (`python -m benchmarks.teach query`).
MEANINGS = {
    "bias": "always 1",
    "gain": "how much nearer the articles come to both turns together than to the turn alone, in tenths of a cosine",
    "bond": "the same than to the nearer of the two, each alone",
    "points": "points back with a pronoun",
    "subjects": "words that name a subject of their own, at most 3",
    "length": "words, at most 14, in fives",
    "everywhere": "names the hip or running",
}
FIGURES = tuple(MEANINGS)
# Gain and bond, as cosines, that 1 turn in 100 lies below, and 1 above; where none of it changes what the words say, nothing is
# compared.
LEAST, MOST = (-0.21, -0.30), (0.42, 0.10)
# What is taken for an earlier turn, whose readings are not compared: the middle between turns that lean and others.
_EVEN = (0.12, -0.04)
_CARRIED_WORDS = 25
MOST_QUESTIONS = 3  # in one message
_SHORTEST = 3  # words of a question of its own


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched.

    Attributes:
        question: the runner's last message.
        text: what is searched: the question, with words of earlier turns where it makes no sense without them.
        before: the words of earlier turns that were drawn on, or "".
        open: whether the question may stand alone after all, which only what is found for it can tell.

    """

    question: str
    text: str
    before: str = ""
    open: bool = False

    @property
    def follow_up(self) -> bool:
        """Whether earlier turns were drawn on."""
        return bool(self.before)

    @property
    def alone(self) -> Query:
        """The question without what was drawn on."""
        return Query(self.question, self.question)

    @property
    def searched_for(self) -> str:
        """What the page shows as searched for."""
        return " ".join(self.text.split())


def resolve(turns: Sequence[str]) -> Query:
    """Work out what to search for the last turn of a conversation.

    Args:
        turns: the runner's messages, oldest first; at least one.

    Returns:
        The query. A turn that stands alone is searched as it is; one that leans on earlier turns ("and how long?") together
        with the turn it follows. Where its words do not tell, the query is of the second kind and `open`.

    """
    question = _PAIN_SCORE.sub("", turns[-1]).strip() or turns[-1].strip()
    shifted = _SHIFT.sub("", question)
    if shifted != question and subject_terms(shifted):
        return Query(question, shifted)
    if not leans(question, *MOST):
        return Query(question, question)
    query = together(question, turns[:-1])
    return replace(query, open=query.follow_up and not leans(question, *LEAST))


def together(question: str, earlier: Sequence[str]) -> Query:
    """A question with the words of the nearest earlier turn that names a subject; the question alone where none does."""
    before = _before(earlier)
    return Query(question, f"{before} {question}".strip(), before)


def widened(query: Query, turns: Sequence[str]) -> Query | None:
    """A query with one more of the earlier messages, for a turn that has no answer without it.

    Args:
        query: what was searched for the last turn.
        turns: the runner's messages, oldest first.

    Returns:
        The query with the nearest earlier message that names a subject and is not in it yet; None where there is none, or
        where the runner said that the subject changes.

    """
    if query.text != query.question and not query.follow_up:
        return None
    for earlier in reversed(turns[:-1]):
        text = " ".join(_SHIFT.sub("", earlier).split()[:_CARRIED_WORDS])
        if subject_terms(text) and text not in query.text:
            before = f"{text} {query.before}".strip()
            return Query(query.question, f"{before} {query.question}", before)
    return None


def questions_in(message: str) -> list[str]:
    """The questions that a message asks, in order; the message itself where it asks one, or none that is plain.

    A question ends at its mark, or where "and" begins another ("what is bursitis and how long does it take?"). What is told
    before a question belongs to it. Pieces that name no subject are no questions of their own.
    """
    pieces: list[str] = []
    told = ""
    for sentence in re.split(r"(?<=[?])\s+|(?<=[.!])\s+", message.strip()):
        if not _ASKS.match(sentence) and not sentence.endswith("?"):
            told = f"{told} {sentence}".strip()
            continue
        for number, piece in enumerate(_AND_ASKS.split(sentence)):
            pieces.append(f"{told} {piece}".strip() if number == 0 and told else piece)
        told = ""
    whole = [piece.strip(" ,;") for piece in pieces]
    if told or not 1 < len(whole) <= MOST_QUESTIONS:
        return [message]
    if not subject_terms(whole[0]) or any(len(words(piece)) < _SHORTEST for piece in whole):
        return [message]
    return whole


def resolve_all(turns: Sequence[str]) -> list[Query]:
    """What to search for each question of the last turn of a conversation; see `resolve` and `questions_in`.

    What is asked in one breath is of one subject, unless its words say otherwise; it is never left open.
    """
    asked = questions_in(turns[-1])
    if len(asked) == 1:
        return [resolve(turns)]
    first, *others = (resolve([*turns[:-1], *asked[: number + 1]]) for number in range(len(asked)))
    return [first, *(_by_words(query) if query.open else query for query in others)]


def _by_words(query: Query) -> Query:
    """An open query as its words alone read it."""
    return replace(query, open=False) if leans(query.question, *_EVEN) else query.alone


def leans(question: str, gain: float, bond: float) -> bool:
    """Whether a message makes no sense without the one before it. One that names nothing at all never does.

    Args:
        question: the message.
        gain: how much nearer the articles come to both together than to the message alone, as a difference of cosines.
        bond: the same than to the nearer of the two, each alone.

    """
    if _NAMES_NOTHING.issuperset(terms(question)):
        return True
    return float(figures_of(question, gain, bond) @ load_weights("query", FIGURES)) > 0


def figures_of(question: str, gain: float, bond: float) -> NDArray[np.float32]:
    """What tells that a message leans on the one before, shape (len(FIGURES),); arguments as for `leans`."""
    values = {
        "bias": 1.0,
        "gain": 10 * gain,
        "bond": 10 * bond,
        "points": float(bool(_POINTS_BACK.search(question))),
        "subjects": float(min(len(subject_terms(question)), 3)),
        "length": min(len(words(question)), 14) / 5,
        "everywhere": float(not _SUBJECT_OF_ALL.isdisjoint(terms(question))),
    }
    return np.array([values[name] for name in FIGURES], dtype=np.float32)


def subject_terms(text: str) -> list[str]:
    """The stems of a text that name a subject, in order, each once."""
    return list(dict.fromkeys(term for term in terms(text) if term not in _TALK))


def is_content(term: str) -> bool:
    """Whether a search should weigh a stem: a subject, or one of the words every article has."""
    return term not in _TALK or term in _SUBJECT_OF_ALL


def _before(earlier: Sequence[str]) -> str:
    """The nearest earlier message that names a subject, cut to its first words; with the one it leans on in turn."""
    for number in range(len(earlier) - 1, -1, -1):
        if not subject_terms(earlier[number]):
            continue
        text = " ".join(_SHIFT.sub("", earlier[number]).split()[:_CARRIED_WORDS])
        if number and text == earlier[number].strip() and leans(text, *_EVEN):
            text = f"{_before(earlier[:number])} {text}".strip()
        return text
    return ""
