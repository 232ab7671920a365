"""Ordinals: which thing of the answer before is meant, and what it is called."""

from __future__ import annotations

import pytest

from bot.ordinals import named_at, place_named, without_place
from bot.reply import CitedSentence


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("the second one", 1),
        ("And the 2nd?", 1),
        ("tell me more about the third", 2),
        ("number 2 please", 1),
        ("what about exercise two", 1),
        ("how long should I hold the last one?", -1),
        ("first one", 0),
    ],
)
def test_a_place_is_named(message: str, place: int) -> None:
    assert place_named(message) == place


@pytest.mark.parametrize(
    "message",
    [
        "how long in the first week?",
        "no one helps",
        "thanks! last one, weekly training hours where injuries go up?",
        "what should I do first?",
        "the first time I ran it hurt",
        "in the last 3 weeks it hurts",
        "it is 2 out of 10 and I ran for one hour",
        "My physio gave me four exercises, and the second one made the outside of my hip hurt for days",
    ],
)
def test_a_number_of_something_else_names_no_place(message: str) -> None:
    assert place_named(message) is None


def test_the_rest_of_the_message_stays() -> None:
    assert without_place("How long should I hold the last one?") == "how long should i hold ?"


def _answer(*items: str, bullet: bool) -> list[CitedSentence]:
    return [CitedSentence(item, (n,), 0, bullet) for n, item in enumerate(items, 1)]


def test_items_of_a_list_are_counted_and_not_its_lead_in() -> None:
    answer = [
        CitedSentence("Three moves:", (9,), 0),
        *_answer("Bridge: lift the hips", "Clamshell: lift the knee", bullet=True),
    ]
    assert named_at(1, answer) == "Clamshell"
    assert named_at(-1, answer) == "Clamshell"
    assert named_at(4, answer) == ""


def test_sentences_are_counted_where_there_is_no_list() -> None:
    answer = _answer("Ice helps at first.", "Heat helps a stiff muscle.", bullet=False)
    assert named_at(1, answer) == "Heat helps a stiff muscle"
    assert named_at(0, []) == ""
