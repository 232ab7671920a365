"""What the guardrails say: levels, flags, assessments, notices and verdicts.

Everything here is frozen and plain, so that it can travel to the bot and to the page without either of them
knowing how it was found. Levels and codes are those of the guardrail policy.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """How soon the runner should be seen. Greater is sooner, so ``max`` of two levels is the one that holds."""

    NONE = 0
    SOON = 1
    URGENT = 2
    EMERGENCY = 3

    @property
    def label(self) -> str:
        """The level's name in lower case, as the contracts and the rule files write it."""
        return self.name.lower()

    def __str__(self) -> str:
        return self.label

    @classmethod
    def parse(cls, label: str) -> Level:
        """Read a level from its label.

        Raises:
            ValueError: if ``label`` is none of none, soon, urgent, emergency.

        """
        for level in cls:
            if level.label == label:
                return level
        raise ValueError(f"unknown level {label!r}; write one of {', '.join(level.label for level in cls)}")


@dataclass(frozen=True)
class Flag:
    """One red flag that holds.

    Attributes:
        code: the policy's code, for example ``U1``.
        level: the level the code stands for.
        evidence: what the runner wrote, word for word; each is a substring of one of the runner's messages.
        turn: index (0 = first message) of the message that completed the flag.
        rule: id of the rule that fired first.
        turns: for each piece of evidence the index of the message it stands in.
        variant: name of the message variant, or an empty string.
        who: whom it is about: "self", or "kin" for somebody the runner asks for.

    """

    code: str
    level: Level
    evidence: tuple[str, ...]
    turn: int
    rule: str
    turns: tuple[int, ...] = ()
    variant: str = ""
    who: str = "self"

    def to_dict(self) -> dict[str, Any]:
        """Return the flag in the shape of the ``batch`` contract."""
        return {"code": self.code, "level": self.level.label, "evidence": list(self.evidence), "turn": self.turn}


@dataclass(frozen=True)
class Assessment:
    """The state of a conversation after its last message.

    Attributes:
        level: the highest level of ``flags``, or URGENT when ``failed``.
        flags: what holds, strongest first.
        withdrawn: what the runner took back with a specific correction.
        asked_about: codes that a general question named without reporting anything.
        failed: whether the assessment could not be made; it is then treated as urgent.
        cut: whether a message was too long and only its ends were read; whoever shows the answer says so.
        ask: the one question to ask back, because a missing fact decides between two levels; "" for none.
        ask_id: id of that question in ``questions.yaml``, or "".

    """

    level: Level
    flags: tuple[Flag, ...] = ()
    withdrawn: tuple[Flag, ...] = ()
    asked_about: tuple[str, ...] = ()
    failed: bool = False
    cut: bool = False
    ask: str = ""
    ask_id: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return the assessment in the shape of the ``batch`` contract, without the id."""
        return {"level": self.level.label, "flags": [flag.to_dict() for flag in self.flags]}


@dataclass(frozen=True)
class Phone:
    """A telephone line: what it is, the number to show, and the number to dial (``tel``, empty if not dialable)."""

    label: str
    number: str
    tel: str = ""


@dataclass(frozen=True)
class Notice:
    """The fixed message a runner gets.

    Attributes:
        level: level of the assessment.
        codes: codes of all flags that hold, the leading one first.
        headline: what to do, in one line.
        noticed: the runner's own words.
        why: one sentence on why it matters.
        who: who to see and how soon.
        do: what to do until then.
        dont: what not to do until then.
        sooner: when to go sooner, or ``None``.
        phones: lines to call, the most pressing first.
        sections: headings of the article ``when-to-get-help`` to cite.
        title: title of the leading flag.
        also: titles of the other flags that hold.
        action: the level's action line.
        about: whom the message is about: "self", or "kin" for somebody the runner asks for, and then it speaks of them.
        ask: the one question to ask back, or "". It comes last, and takes nothing away from the rest.

    """

    level: Level
    codes: tuple[str, ...]
    headline: str
    noticed: tuple[str, ...]
    why: str
    who: str
    do: tuple[str, ...]
    dont: tuple[str, ...]
    sooner: str | None
    phones: tuple[Phone, ...]
    sections: tuple[str, ...]
    title: str = ""
    also: tuple[str, ...] = ()
    action: str = ""
    about: str = "self"
    ask: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a sentence may be shown: ``allowed``, the ``reason`` if not, and the sentence's ``tags``."""

    allowed: bool
    reason: str | None = None
    tags: frozenset[str] = field(default_factory=frozenset)
