"""Amounts: figures with their units as articles write them, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.amounts import amounts


def read(text: str) -> list[tuple[str, float, float]]:
    return [(a.measure, round(a.low, 4), round(a.high, 4)) for a in amounts(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("after 48–72 hours of rest", [("time", 48, 72)]),
        ("after 48 to 72 hours", [("time", 48, 72)]),
        ("within a day or two", [("time", 24, 48)]),
        ("for a week or so", [("time", 168, 168)]),
        ("for a week or two", [("time", 168, 336)]),
        ("a fortnight", [("time", 336, 336)]),
        ("a couple of weeks", [("time", 336, 336)]),
        ("a few weeks", [("time", 504, 840)]),
        ("two weeks", [("time", 336, 336)]),
        ("a two-week break", [("time", 336, 336)]),
        ("30-second hold", [("time", 0.0083, 0.0083)]),
        ("20 mins", [("time", 0.3333, 0.3333)]),
        ("below 4–5/10", [("pain", 4, 5)]),
        ("3 out of 10", [("pain", 3, 3)]),
        ("by 10% a week", [("percent", 10, 10)]),
        ("ten per cent", [("percent", 10, 10)]),
        ("3 sets of 12 reps", [("sets", 3, 3), ("reps", 12, 12)]),
        ("two sets of 8–10 repetitions", [("sets", 2, 2), ("reps", 8, 10)]),
        ("2–3 times a week", [("per week", 2, 3)]),
        ("twice a week", [("per week", 2, 2)]),
        ("two rest days a week", [("per week", 2, 2)]),
        ("three times a day", [("per day", 3, 3)]),
        ("300–500 miles", [("distance", 300, 500)]),
        ("500 km", [("distance", 310.7, 310.7)]),
        ("1,000 km", [("distance", 621.4, 621.4)]),
        ("2.5 hours", [("time", 2.5, 2.5)]),
        ("180 steps a minute", [("steps", 180, 180)]),
        ("half an hour", [("time", 0.5, 0.5)]),
        ("do 15 single-leg deadlifts", [("reps", 15, 15)]),
        ("10–12 steps in each direction", [("reps", 10, 12)]),
        ("from 24 to 48 hours, then a week", [("time", 24, 48), ("time", 168, 168)]),
    ],
)
def test_amounts_are_read(text: str, expected: list[tuple[str, float, float]]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "three times a week more",
        "the article names bridges",
        "run 20 miles a week",
        "in 2019",
        "the 5k race",
        "phone 919-516-9050",
        "many weeks",
        "10 km/h",
        "a daily run",
    ],
)
def test_what_only_looks_like_a_duration_or_a_count_is_none(text: str) -> None:
    assert not [a for a in amounts(text) if a.measure in {"time", "reps"}]


@given(st.text(alphabet="0123456789 ,.-–/%adekmnorstwhu", max_size=60))
def test_any_text_is_read_and_each_amount_stands_where_it_says(text: str) -> None:
    for amount in amounts(text):
        assert text[amount.start :].startswith(amount.text)
        assert amount.low <= amount.high
