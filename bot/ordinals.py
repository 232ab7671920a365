"""Ordinals: "the second one" after an answer means the second thing that the answer named."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.query import Query, subject_terms
from bot.text import plain

if TYPE_CHECKING:
    from bot.reply import CitedSentence

_PLACES = {
    name: place
    for place, names in enumerate(
        (
            ("first", "1st", "one", "1"),
            ("second", "2nd", "two", "2"),
            ("third", "3rd", "three", "3"),
            ("fourth", "4th", "four", "4"),
            ("fifth", "5th", "five", "5"),
            ("sixth", "6th", "six", "6"),
            ("seventh", "7th", "seven", "7"),
            ("eighth", "8th", "eight", "8"),
        )
    )
    for name in names
}
_NTH = "|".join(
    name for name in _PLACES if name.endswith(("st", "nd", "rd", "th")) or name in {"first", "second", "third"}
)
_COUNT = "|".join(_PLACES.keys() - set(_NTH.split("|")))
_THING = "one|bit|point|item|thing|tip|cause|reason|sign|exercise|stretch|move|option|bullet|part"
_LAST = "last|final"
# "the second", "2nd one", "number two", "the last one"; not "last one: why do hips click", "the first week", "what comes first".
_ORDINAL = re.compile(
    rf"\b(?:(?:the|that|your) (?P<the>{_NTH}|{_LAST})(?: (?:{_THING}))?|(?P<nth>{_NTH}) (?:{_THING})"
    rf"|(?:number|item|point|step|exercise|option) ?(?P<count>{_COUNT}))\b"
    r"(?! (?:\w+ )?(?:time|run|race|week|day|month|year|hour|mile)s?\b)(?![/.]\d)"
)
_LONGEST = 10  # words; a longer message carries its own subject
_NAME = 9  # words of a name; an item has one before its colon
_LONGEST_THING = 20  # words of a thing without a name
_LIST = 2  # items that make a list


def place_named(message: str) -> int | None:
    """Which thing of the answer before a message points at by its place.

    Returns:
        Its 0-based place; -1 for the last; None where the message names no place, or is long enough to have a subject.

    """
    text = plain(message)
    match = _ORDINAL.search(text)
    if match is None or len(text.split()) > _LONGEST:
        return None
    name = match["the"] or match["nth"] or match["count"]
    return -1 if name in _LAST.split("|") else _PLACES[name]


def without_place(message: str) -> str:
    """The message without the words that name the place."""
    return " ".join(_ORDINAL.sub(" ", plain(message), count=1).split())


def named_at(place: int, answer: Sequence[CitedSentence]) -> str:
    """The name of the thing at a place of an answer: an item of its list, or one of its sentences where it has none.

    Args:
        place: 0-based; -1 for the last.
        answer: the cited sentences of the answer.

    Returns:
        What stands before the item's colon, or else the thing, cut to its first words; "" where the answer has no such place.

    """
    items = [sentence.text for sentence in answer if sentence.bullet]
    things = items if len(items) >= _LIST else [sentence.text for sentence in answer]
    if not things or place >= len(things):
        return ""
    name, colon, _ = things[place].partition(":")
    words = (name if colon and len(name.split()) <= _NAME else things[place]).split()
    return " ".join(words[:_LONGEST_THING]).rstrip(".,;:")


def about_named(message: str, named: str) -> Query:
    """What is searched for a message that points at a thing: the thing, and what else of a subject the message names."""
    rest = without_place(message)
    return Query(message, f"{named} {rest}" if subject_terms(rest) else named, named)
