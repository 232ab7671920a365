from datetime import date

import pytest

from .conftest import TODAY


@pytest.fixture(scope="module")
def quantity(guard):
    def run(text: str, concept: str, today: date = TODAY) -> list[float]:
        turn = guard.explain([text], today).conversation.turns[0]
        return [round(one.value, 2) for one in turn.mentions if one.concept == concept]

    return run


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("my hip has hurt for three weeks", 21),
        ("hip sore for a fortnight", 14),
        ("hip pain for a couple of months", 60),
        ("hip pain for 2-3 weeks", 21),
        ("hip has been sore for ages", 21),
        ("hip sore all week", 7),
        ("hip pain started 10 days ago", 10),
        ("my hip has hurt since Monday", 5),
        ("hip hurts since October", 37),
        ("sore hip since 1 nov", 20),
    ],
)
def test_how_long(quantity, text, days):
    assert max(quantity(text, "duration")) == days


@pytest.mark.parametrize(
    "text",
    [
        "the race is in three weeks",
        "week 5 of couch to 5k",
        "I run 3 days a week",
        "following a 12 week plan",
        "I have been running for 10 years",
        "marathon is 6 weeks away",
        "two weeks to go until race day",
    ],
)
def test_not_how_long(quantity, text):
    assert quantity(text, "duration") == []


def test_day_is_taken_from_the_caller(quantity):
    assert quantity("hip pain since March", "duration", date(2026, 4, 15)) == [31]


@pytest.mark.parametrize(
    ("text", "concept", "value"),
    [
        ("hip pain is 7/10", "score", 7),
        ("hip pain about 8 out of 10", "score", 8),
        ("pain gets to a 6 by the end of the run", "score_run", 6),
        ("I have a temperature of 38.6", "fever", 38.6),
        ("temp of 101.3 f and hip pain", "fever", 38.5),
        ("I'm 15 and my hip hurts", "age", 15),
        ("my 12 year old has hip pain", "age", 12),
        ("my daughter, 13, limps", "age", 13),
        ("took 12 paracetamol today", "tablets", 12),
        ("had ten nurofen today", "tablets_ibuprofen", 10),
        ("rested for four days and it still hurts", "rest", 4),
        ("I am 28 weeks pregnant", "gestation", 28),
    ],
)
def test_numbers(quantity, text, concept, value):
    assert value in quantity(text, concept)


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("8/10 effort session", "score"),
        ("10/10 would run again", "score"),
        ("it was 38 degrees in the sun on race day", "fever"),
        ("ran 38.5 km", "fever"),
        ("I am 15 minutes slower", "age"),
        ("bought 16 paracetamol", "tablets"),
        ("can I take 10 paracetamol in a day", "tablets"),
        ("took 2 paracetamol a day for 6 weeks", "rest"),
    ],
)
def test_not_that_number(quantity, text, concept):
    assert quantity(text, concept) == []


@pytest.mark.parametrize(("count", "expected"), [(8, "none"), (9, "emergency")])
def test_paracetamol_limit(level, count, expected):
    assert level(f"I took {count} paracetamol today") == expected
