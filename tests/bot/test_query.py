"""What is searched: a question alone, a follow-up with its subject, nothing dragged along after a change of subject."""

from __future__ import annotations

import pytest

from bot.query import LEAST, MOST, leans, resolve, resolve_all


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
    ],
)
def test_follow_ups(turns: list[str], has: list[str], has_not: list[str]) -> None:
    text = resolve(turns).text
    assert all(part in text for part in has)
    assert not any(part in text for part in has_not)


def test_a_single_turn_is_searched_as_it_is() -> None:
    query = resolve(["  why?  "])
    assert (query.text, query.follow_up) == ("why?", False)


@pytest.mark.parametrize("question", ["why?", "and how long?", "for how long", "which one", "what about that"])
def test_words_without_a_subject_of_their_own_lean_where_the_articles_are_as_near_either_way(question: str) -> None:
    assert leans(question, 0.0, 0.0)
    assert resolve(["What is a labral tear?", question]).follow_up


@pytest.mark.parametrize(
    "question", ["how long should I rest", "how long should I rest a sore hip", "what shoes should i get"]
)
def test_where_the_words_leave_it_open_the_articles_settle_it(question: str) -> None:
    query = resolve(["What is a labral tear?", question])
    assert query.open
    assert query.text == f"What is a labral tear? {question}"
    assert query.alone.text == question
    assert leans(question, *MOST)
    assert not leans(question, *LEAST)


@pytest.mark.parametrize("question", ["when?", "why", "what about that?", "tell me more"])
def test_words_that_name_nothing_lean_whatever_the_articles_say(question: str) -> None:
    query = resolve(["who wrote Hamlet", question])
    assert (query.text, query.open) == (f"who wrote Hamlet {question}", False)


def test_what_is_asked_in_one_breath_is_of_one_subject() -> None:
    first, second = resolve_all(["what is bursitis and how do you stretch it"])
    assert (first.text, second.text) == ("what is bursitis", "what is bursitis how do you stretch it")
    assert not second.open


def test_nothing_is_open_where_no_turn_before_names_a_subject() -> None:
    query = resolve(["hello", "what shoes should i get"])
    assert (query.text, query.open) == ("what shoes should i get", False)
