"""What is searched: a question alone, a follow-up with its subject, nothing dragged along after a change of subject."""

from __future__ import annotations

import pytest

from bot.query import resolve


@pytest.mark.parametrize(
    ("turns", "has", "has_not"),
    [
        (["How do I do a glute bridge?", "and how many?"], ["how many", "glute", "bridge"], []),
        (["What does ice do for a strain?", "for how long"], ["ice", "strain"], []),
        (["What is a labral tear?", "why?"], ["labral", "tear"], []),
        (["Do rest days matter?", "what if I only take one?"], ["rest", "days"], []),
        (["How do clamshells work?", "and for how long?", "how often?"], ["clamshells"], []),
        (
            ["How do I do monster walks?", "Different question: what is bursitis?"],
            ["bursitis"],
            ["monster", "Different"],
        ),
        (["What is FAI?", "thanks! last one: why do hips click"], ["click"], ["FAI", "last one"]),
        (["Tell me about trainers", "never mind. does downhill running hurt hips"], ["downhill"], ["trainers"]),
        (
            ["What is FAI?", "Which exercises strengthen the gluteus medius and the deep hip muscles for longer runs?"],
            ["gluteus"],
            ["FAI", "fai"],
        ),
    ],
)
def test_follow_ups(turns: list[str], has: list[str], has_not: list[str]) -> None:
    text = resolve(turns).text
    assert all(part in text for part in has)
    assert not any(part in text for part in has_not)


def test_a_single_turn_is_searched_as_it_is() -> None:
    query = resolve(["  why?  "])
    assert (query.text, query.follow_up) == ("why?", False)
