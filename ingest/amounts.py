"""Amounts: figures with their units, as articles write them - "48–72 hours", "a day or two", "3 sets", "4–5/10"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "a couple of": 2, "couple of": 2,
}  # fmt: skip
# What "a few weeks" may mean, at the least and at the most.
_VAGUE = {"a few": (3, 5), "few": (3, 5), "several": (3, 7)}
_NUMBER = r"\d+(?:[.,]\d+)?|" + "|".join(sorted([*_WORDS, *_VAGUE], key=len, reverse=True))
# What may stand between a count and the exercise that is counted.
_KINDS = "(?:single-leg|one-leg|glute|hip|side|split|walking|bodyweight|slow|calf|leg)"
# Unit: the measure it belongs to and how many of the measure's own unit (hours, minutes' seconds, miles, …) it has.
_UNITS: dict[str, tuple[str, float]] = {
    r"seconds?|secs?": ("time", 1 / 3600),
    r"minutes?|mins?": ("time", 1 / 60),
    r"hours?|hrs?": ("time", 1),
    r"days?": ("time", 24),
    r"weeks?": ("time", 168),
    r"fortnights?": ("time", 336),
    r"months?": ("time", 730),
    r"(?:/|out of) ?(?:10|ten)": ("pain", 1),
    r"%|per ?cent|percent": ("percent", 1),
    r"sets?": ("sets", 1),
    r"(?:\w+ )?(?:reps?|repetitions?)": ("reps", 1),
    r"(?:times|sessions?|(?:rest )?days?(?: off| of rest)?|workouts?) (?:a|per|each|every|in a) week": ("per week", 1),
    r"(?:times|sessions?) weekly": ("per week", 1),
    r"(?:times) ?(?:a|per|each|every) ?day|times daily": ("per day", 1),
    # "Do 15 single-leg deadlifts", "30 steps each way"
    rf"(?:{_KINDS} ){{0,2}}(?:deadlifts|squats|bridges|clam(?:shell)?s|lunges|raises|thrusts|hydrants)": ("reps", 1),
    r"steps(?= (?:in|each|to the|on|per side))": ("reps", 1),
    r"miles?": ("distance", 1),
    r"km|kilomet(?:re|er)s?": ("distance", 0.6214),
    r"steps? ?(?:a|per) ?min(?:ute)?|spm": ("steps", 1),
}
_UNIT = "|".join(f"(?P<u{number}>{unit})" for number, unit in enumerate(_UNITS))
_AMOUNT = re.compile(
    rf"(?<![\w.,/£$€])(?P<low>{_NUMBER})(?: ?(?:-|–|to|or|and) ?(?P<high>{_NUMBER}))?[ -]?"
    rf"(?:more |full |whole |consecutive )?(?:{_UNIT})(?!\w)"
)
_OR_TWO = re.compile(r"\b(?:a|an|one) (?P<unit>day|week|month|hour|minute) or (?P<high>two|so)\b")
_HALF = re.compile(r"\bhalf an? (?P<unit>hour|minute|mile)\b")
_TWICE = {"once": 1, "twice": 2, "three times": 3, "four times": 4}
_OFTEN = re.compile(rf"\b(?P<often>{'|'.join(_TWICE)}) ?(?:a|per|each|every) ?(?P<per>day|week)\b")
# "Three times a week" names no week.
_RATE = re.compile(
    r"(?:times|sessions?|days?|runs?|hours?|minutes?|twice|once|%|percent|miles?|km|mileage|weekly) (?:in )?$"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """A figure with its unit.

    Attributes:
        measure: time, pain, percent, sets, reps, per week, per day, distance or steps.
        low: the smaller figure, in hours for a time and miles for a distance.
        high: the larger one; the same where there is one figure.
        text: as it is written.
        start: offset of its first character.

    """

    measure: str
    low: float
    high: float
    text: str
    start: int


def amounts(text: str) -> Iterator[Amount]:
    """The amounts that a text names, in order.

    Args:
        text: small letters, one kind of dash (see `ingest.check.page.plain`).

    """
    taken: list[tuple[int, int]] = []
    found = []
    for match in _OR_TWO.finditer(text):
        low, measure = next((size, name) for unit, (name, size) in _UNITS.items() if re.fullmatch(unit, match["unit"]))
        high = low * (2 if match["high"] == "two" else 1)
        found.append(Amount(measure, low, high, match.group(), match.start()))
        taken.append(match.span())
    for match in _HALF.finditer(text):
        half, measure = next(
            (size / 2, name) for unit, (name, size) in _UNITS.items() if re.fullmatch(unit, match["unit"])
        )
        found.append(Amount(measure, half, half, match.group(), match.start()))
        taken.append(match.span())
    for match in _OFTEN.finditer(text):
        times = float(_TWICE[match["often"]])
        found.append(Amount(f"per {match['per']}", times, times, match.group(), match.start()))
        taken.append(match.span())
    for match in _AMOUNT.finditer(text):
        if any(start < match.end() and match.start() < end for start, end in taken):
            continue
        if match["low"] in {"a", "an"} and _RATE.search(text[: match.start()]):
            continue
        measure, size = next(value for number, value in enumerate(_UNITS.values()) if match[f"u{number}"] is not None)
        low, high = _value(match["low"])
        if match["high"]:
            high = _value(match["high"])[1]
        if low <= high:
            found.append(Amount(measure, low * size, high * size, match.group(), match.start()))
    return iter(sorted(found, key=lambda amount: amount.start))


def _value(number: str) -> tuple[float, float]:
    if number in _VAGUE:
        return _VAGUE[number]
    value = (
        float(_WORDS[number])
        if number in _WORDS
        else float(number.replace(",", "." if len(number.rsplit(",", maxsplit=1)[-1]) < 3 else ""))
    )
    return value, value
