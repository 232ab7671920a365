"""Draft: a conversation on one page, as sections of lines that the runner edits.

Only what the runner said stands in it, word for word. What the safety check noticed comes first and is no line to edit: its
wording is made from the safety messages each time, so it can be neither softened nor left out while the rest is kept.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Annotated, Literal, Protocol
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from bot.told import ASKED, GROUPS
from guardrails import Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.told import Noticed, Told
    from guardrails.notice import Messages

MOST_LINES = 40  # of a section
LONGEST_LINE = 600  # characters
MOST_PASSAGES = 30
MOST_NOTICED = 20

_LEVELS = (Level.EMERGENCY, Level.URGENT, Level.SOON)
_JOINERS = "\u200c\u200d"  # which Persian and Indic words are written with
_INVISIBLE = frozenset(("Cc", "Cf", "Cs", "Co", "Cn"))


class Says(Protocol):
    """The interface's words: one sentence of the catalogue."""

    def say(self, key: str, /, **values: object) -> str:
        """Return the words of a key with the values filled in."""


def tidy(text: str) -> str:
    """A text on one line without what cannot be seen: control signs, and marks that turn the direction of what follows."""
    seen = (
        " " if char.isspace() else char
        for char in text
        if char in _JOINERS or char.isspace() or unicodedata.category(char) not in _INVISIBLE
    )
    return " ".join("".join(seen).split())


def shortened(text: str) -> str:
    """A tidy text of at most `LONGEST_LINE` characters, cut between words where it is longer."""
    text = tidy(text)
    if len(text) <= LONGEST_LINE:
        return text
    head, _, _ = text[: LONGEST_LINE - 1].rpartition(" ")
    return (head or text[: LONGEST_LINE - 1]) + "…"


def _address(href: str) -> str:
    """Keep an address of the web or of this page; anything else, a script for example, becomes none."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return ""
    ours = not parts.scheme and not parts.netloc and parts.path.startswith("/")
    return href if parts.scheme in ("http", "https") or ours else ""


Line = Annotated[str, Field(max_length=LONGEST_LINE), AfterValidator(tidy)]
Title = Annotated[str, Field(max_length=300), AfterValidator(tidy)]
Address = Annotated[str, Field(max_length=1000), AfterValidator(tidy), AfterValidator(_address)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Section(_Model):
    """Lines under one heading: `key` is a group of `bot.told.GROUPS`."""

    key: Literal["where", "since", "worse", "better", "other", "denied", "asked"]
    lines: tuple[Line, ...] = Field(default=(), max_length=MOST_LINES)


class Sign(_Model):
    """A warning sign that the safety check noticed.

    Attributes:
        level: emergency, urgent or soon.
        title: its name in the safety messages.
        words: what the runner wrote.

    """

    level: Literal["emergency", "urgent", "soon"]
    title: Title
    words: tuple[Line, ...] = Field(default=(), max_length=MOST_LINES)


class Passage(_Model):
    """A passage that was shown: the article's title, the section, who published it, and its address on this page."""

    title: Title
    section: Title = ""
    publisher: Title = ""
    href: Address = ""


class Draft(_Model):
    """The hand-over.

    Attributes:
        about: whom it is about: "self", or "kin" for somebody the runner asks for.
        day: the day it was made, as the runner's calendar has it.
        noticed: the warning signs, strongest first.
        unread: whether the safety check could not read the conversation.
        sections: what was said and asked, in the order of `bot.told.GROUPS`.
        passages: the passages that were shown, each once.

    """

    about: Literal["self", "kin"] = "self"
    day: date
    noticed: tuple[Sign, ...] = Field(default=(), max_length=MOST_NOTICED)
    unread: bool = False
    sections: tuple[Section, ...] = Field(default=(), max_length=len(GROUPS))
    passages: tuple[Passage, ...] = Field(default=(), max_length=MOST_PASSAGES)

    @property
    def level(self) -> Level:
        """The highest level of what was noticed; urgent where the check could not read the conversation."""
        held = [Level.parse(sign.level) for sign in self.noticed]
        return max([*held, Level.URGENT if self.unread else Level.NONE])

    def action(self, messages: Messages) -> str:
        """What the safety message of the leading sign says to do, or ""; nothing here can word it otherwise."""
        if self.unread and self.level == Level.URGENT:
            return str(messages.failed["headline"])
        if self.level not in _LEVELS:
            return ""
        codes, levels = messages.codes, messages.levels
        if self.about == "kin":
            codes, levels = messages.kin_codes, messages.kin_levels
        lead = next(sign.title for sign in self.noticed if sign.level == self.level.label)
        own = (str(fields["headline"]) for fields in codes.values() if tidy(str(fields["title"])) == lead)
        return next(own, levels[self.level]["headline"])

    def unknown(self, messages: Messages) -> list[str]:
        """Titles of noticed signs that are in no safety message: somebody else's words cannot pass for the check's."""
        every = (*messages.codes.values(), *messages.kin_codes.values())
        known = {tidy(str(fields["title"])) for fields in every}
        return [sign.title for sign in self.noticed if sign.title not in known]


def draft_of(told: Told, passages: Sequence[Passage], day: date) -> Draft:
    """The hand-over of a conversation, for the runner to edit.

    Args:
        told: what was told in it.
        passages: the passages that were shown, in the order they were.
        day: the runner's calendar day.

    """
    return Draft(
        about="kin" if told.about == "kin" else "self",
        day=day,
        noticed=tuple(_sign(one) for one in told.noticed)[:MOST_NOTICED],
        unread=told.failed,
        sections=tuple(
            Section.model_validate(
                {"key": group, "lines": _lines([one.words for one in told.said[group]], last=group == ASKED)}
            )
            for group in GROUPS
        ),
        passages=tuple({(one.title, one.section): one for one in reversed(passages)}.values())[::-1][:MOST_PASSAGES],
    )


def _sign(noticed: Noticed) -> Sign:
    words = _lines([one.words for one in noticed.said])
    return Sign.model_validate({"level": noticed.level, "title": tidy(noticed.title), "words": words})


def _lines(words: Sequence[str], *, last: bool = False) -> tuple[str, ...]:
    """The words as lines, each once; of too many the first, or for questions the last, which are the ones still open."""
    lines = [line for line in dict.fromkeys(map(shortened, words)) if line]
    return tuple(lines[-MOST_LINES:] if last else lines[:MOST_LINES])
