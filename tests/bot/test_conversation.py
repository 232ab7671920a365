"""Conversations: follow-ups, several questions in one message, "the second one", shorter, and what to ask next."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.chain import Bot
from bot.query import questions_in
from guardrails import Guardrails
from ingest.library import Library
from ingest.pipeline import Report
from tests.conftest import WordEncoder

ARTICLE = """---
title: Strength
questions:
  "How to do a clamshell":
    - "How do I do a clamshell?"
    - "clamshell how to"
  "What ice is for":
    - "What does ice help with?"
  "Bursitis":
    - "What is bursitis of the hip?"
---

## Exercises for the hip

Three exercises strengthen the hip:

- Bridge: lift the hips from the floor.
- Clamshell: lift the upper knee.
- Monster walk: step sideways with a band.

## How to do a clamshell

For a clamshell, lie on your side with bent knees. Lift the upper knee and keep the feet together. Do 15 clamshell repetitions.

## What ice is for

Ice eases a sore hip in the first days. Put ice on the hip for 15 minutes.

## Bursitis

Bursitis is a sore sac of fluid at the side of the hip. Bursitis of the hip settles in six weeks.

## What a warm up is for

A warm up makes the muscles warm before they have to work. A warm up brings more blood to the hips and the thighs.
After a warm up the hips move more freely in the first steps of a run. A warm up is a time to notice what is still sore.
Runners who warm up say that the first mile of their run feels easier. A warm up takes five minutes on most days.
"""


class WordGate:
    """A gate that asks for one word in common, so that what shares nothing is declined."""

    def likelihood(self, question: str, before: str, evidence: list[str]) -> float:
        words = {word for word in f"{question} {before}".lower().replace("?", "").split() if len(word) > 3}
        return float(any(word in " ".join(evidence).lower() for word in words))


@pytest.fixture
def bot(corpus: Path, index: Path, ingest: Callable[..., Report], encoder: WordEncoder) -> Iterator[Bot]:
    (corpus / "strength.md").write_text(ARTICLE, encoding="utf-8")
    ingest()
    bot = Bot(Library(index), Guardrails.load(region="uk"), encoder, gate=WordGate())  # type: ignore[arg-type]
    yield bot
    bot.library.close()


LIST = "Which exercises strengthen the hip?"


def test_the_second_one_is_the_second_of_the_list_before(bot: Bot) -> None:
    assert "Clamshell: lift the upper knee." in bot.reply([LIST]).text
    reply = bot.reply([LIST, "How many repetitions for the second one?"])
    assert "15 clamshell repetitions" in reply.text
    assert "Clamshell" in reply.searched_for
    last = bot.reply([LIST, "tell me about the last one"])
    assert "Monster walk" in last.searched_for


def test_a_place_that_the_answer_does_not_have_is_searched_as_it_is(bot: Bot) -> None:
    assert "Which exercises strengthen" in bot.reply([LIST, "and the eighth one?"]).searched_for


def test_a_turn_without_an_answer_is_tried_with_the_one_before(bot: Bot) -> None:
    reply = bot.reply(["What is bursitis?", "Does everybody recover eventually?"])
    assert reply.answered
    assert reply.searched_for == "What is bursitis? Does everybody recover eventually?"
    alone = bot.reply(["What is bursitis?", "Different question: does everybody recover eventually?"])
    assert not alone.answered
    assert "bursitis" not in alone.searched_for


def test_a_complete_question_drags_no_history_along(bot: Bot) -> None:
    turns = ["What is bursitis?", "Which exercises strengthen the hip?", "and how often?"]
    assert bot.reply(turns).searched_for == "Which exercises strengthen the hip? and how often?"


def test_several_questions_are_all_answered(bot: Bot) -> None:
    reply = bot.reply(["What is bursitis, and how long should I put ice on the hip?"])
    assert "sac of fluid" in reply.text
    assert "15 minutes" in reply.text
    assert reply.remark == ""


def test_the_part_that_is_not_covered_is_named(bot: Bot) -> None:
    reply = bot.reply(["What is bursitis? Which saddle suits zebras?"])
    assert reply.answered
    assert "“Which saddle suits zebras?”" in reply.remark
    assert "sac of fluid" in reply.text


@pytest.mark.parametrize(
    ("message", "count"),
    [
        ("What is bursitis and how long does it take?", 2),
        ("How do I do a bridge? How many?", 1),
        ("Can ice and heat help?", 1),
        ("My hip is sore after hills. What is bursitis? Does ice help bursitis?", 2),
        ("What is it? Why? How? Who? Where?", 1),
        ("", 1),
    ],
)
def test_how_many_questions_a_message_asks(message: str, count: int) -> None:
    assert len(questions_in(message)) == count


def test_shorter_says_the_same_in_fewer_words(bot: Bot) -> None:
    long = bot.reply(["What is a warm up for?"])
    short = bot.reply(["What is a warm up for?", "can you say that shorter?"])
    assert short.answered
    assert sum(len(s.text) for s in short.answer) < sum(len(s.text) for s in long.answer)
    assert {s.text for s in short.answer} <= {s.text for s in long.answer}


def test_suggestions_come_from_other_sections_and_are_answered(bot: Bot) -> None:
    turns = ["How do I do a clamshell?"]
    reply = bot.reply(turns)
    offered = bot.suggestions(turns, reply)
    assert 1 <= len(offered) <= 3
    assert "How do I do a clamshell?" not in offered
    assert "clamshell how to" not in offered
    said = {(citation.article, citation.start) for citation in reply.citations}
    for question in offered:
        answer = bot.reply([*turns, question])
        assert answer.answered
        assert {(citation.article, citation.start) for citation in answer.citations} - said


def test_a_decline_offers_what_the_articles_do_answer(bot: Bot) -> None:
    turns = ["Which saddle suits zebras?"]
    reply = bot.reply(turns)
    assert not reply.answered
    for question in bot.suggestions(turns, reply):
        assert bot.reply([*turns, question]).answered


@pytest.mark.parametrize(
    "turns",
    [
        ["hello"],
        ["thanks"],
        ["I fell and now I cannot put any weight on my leg"],
        ["My groin hurts more with every step when I run", "What is bursitis?"],
        ["¿Qué ejercicios fortalecen la cadera?"],
    ],
)
def test_nothing_is_suggested_where_it_would_not_be_fitting(bot: Bot, turns: list[str]) -> None:
    assert bot.suggestions(turns, bot.reply(turns)) == []


def test_suggestions_never_fail_the_page(bot: Bot, tmp_path: Path) -> None:
    turns = ["What is bursitis?"]
    reply = bot.reply(turns)
    bot.library.close()
    bot.library = Library(tmp_path / "none")
    assert bot.suggestions(turns, reply) == []


def test_another_language_is_answered_with_a_kind_remark(bot: Bot) -> None:
    reply = bot.reply(["¿Qué ejercicios fortalecen la cadera?"])
    assert not reply.answered
    assert "My articles are in English" in reply.text
    assert "999" in reply.text
