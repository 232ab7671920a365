"""Whom a flag is about: the runner who writes, or somebody they ask for."""

from __future__ import annotations

from collections.abc import Iterable

from guardrails.memory import Conversation, Turn
from guardrails.mentions import Mention
from guardrails.patterns import words
from guardrails.place import FIRST_PERSON

HE_OR_SHE = words("he she him his her hers himself herself")
"""Pronouns of somebody the runner asks for. "They" is as often two legs as one friend."""
ME = words("i me myself")
"""Words that make a phrase the runner's own, whoever else is named."""
DEAD = words("killed hanged hung")
"""Words for what somebody has done who is past help: the one who writes of it may not be."""
ADULT = 18
_REPORTS = words("said says say told tells thinks thought reckons suggested suggests advised mentioned wants wanted")
"""Verbs after which "she" is who gave an opinion: "the physio, she says it is my hip"."""


def about(conversation: Conversation, evidence: Iterable[Mention]) -> str:
    """Return "kin" if a flag's evidence speaks of somebody else more than of the runner, else "self".

    A mention that names nobody ("chest pain too") counts for neither side; a flag of such mentions alone is the runner's.
    """
    whose = [_whose(conversation, mention) for mention in evidence]
    return "kin" if whose.count("kin") > whose.count("self") else "self"


def _whose(conversation: Conversation, mention: Mention) -> str:
    """Return whose a mention is: "kin", "self", or "" where nobody is named."""
    turn = conversation.turns[mention.turn]
    if any(turn.tokens[at].text in ME | DEAD for at in range(mention.start, mention.end)):
        return "self"  # "My kids would be better off without me"; "my brother killed himself and I think of it too".
    if mention.who == "kin":
        return "kin"
    begin = turn.found.layout.sentences[mention.sentence][0]
    nearest = next((at for at in range(mention.end - 1, begin - 1, -1) if _names(turn, at)), None)
    if nearest is None:
        return ""
    if turn.tokens[nearest].text in FIRST_PERSON:
        return "kin" if nearest in _children(turn) else "self"
    return "kin" if _spoken_of(conversation, mention.turn) else "self"


def _names(turn: Turn, at: int) -> bool:
    """Tell whether a word is a pronoun that says whose something is."""
    word = turn.tokens[at].text
    follower = turn.tokens[at + 1].text if at + 1 < len(turn.tokens) else ""
    return word in FIRST_PERSON or (word in HE_OR_SHE and follower not in _REPORTS)


def _children(turn: Turn) -> frozenset[int]:
    """Return where "my" is said of a child: "my teenager", "my four year old"."""
    found: set[int] = set()
    for mention in turn.mentions:
        if mention.concept == "young" and mention.end > mention.start + 1:
            found.add(mention.start)
        elif mention.concept == "age" and mention.value < ADULT:
            found.add(mention.start - 1)
    return frozenset(found)


def _spoken_of(conversation: Conversation, number: int) -> bool:
    """Tell whether "she" can be somebody the runner asks for: named up to this turn, or the turn has no "I" at all."""
    turn = conversation.turns[number]
    own = {at for at, token in enumerate(turn.tokens) if token.text in FIRST_PERSON}
    return not own or any(turn.has("kin") for turn in conversation.turns[: number + 1]) or bool(own & _children(turn))
