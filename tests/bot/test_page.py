"""The page without a browser: what is shown while a rewording is under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from bot.chain import Bot
from bot.reply import CitedSentence, Reply
from bot.web import words
from bot.web.page import Page
from guardrails import Assessment, Level
from settings import Settings

BUILT_IN = Reply(
    Assessment(level=Level.NONE),
    None,
    answered=True,
    answer=(CitedSentence("Rest the hip.", (1,), 0), CitedSentence("Ice may help.", (2,), 0)),
    searched_for="sore hip",
)


class Growing(Bot):
    """A bot whose replies to any turn are given."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = replies

    def stream(self, turns: object) -> Iterator[Reply]:
        yield from self.replies


def shown(*replies: Reply) -> list[str]:
    """What the page shows, step by step, behind its first word that it is at work."""
    steps = list(Page(Growing(*replies), Settings())._answer("What helps a sore hip?", [], []))
    return [step[1][-1]["content"] for step in steps][1:]


def test_a_reply_of_one_piece_comes_sentence_by_sentence() -> None:
    steps = shown(BUILT_IN)
    assert ["Ice may help" in html for html in steps] == [False, False, True]
    assert "sore hip" in steps[-1]
    assert not any(words.WORKING in html or "language model" in html for html in steps)


def test_a_growing_reply_says_that_more_will_come_and_at_the_end_what_reworded_it() -> None:
    begun = replace(BUILT_IN, answer=(), complete=False)
    half = replace(BUILT_IN, answer=BUILT_IN.answer[:1], complete=False)
    ended = replace(BUILT_IN, answer=(BUILT_IN.answer[0], CitedSentence("Ice might help.", (2,), 0)), reworded=True)
    steps = shown(begun, half, ended)
    assert ["Rest the hip" in html for html in steps] == [False, True, True]
    assert [words.WORKING in html for html in steps] == [True, True, False]
    assert ["language model" in html for html in steps] == [False, False, True]
    assert "sore hip" not in steps[1]


def test_where_the_rewording_fails_the_built_in_answer_replaces_it_at_once() -> None:
    steps = shown(replace(BUILT_IN, answer=(), complete=False), BUILT_IN)
    assert len(steps) == 2
    assert "Ice may help" in steps[-1]
    assert "language model" not in steps[-1]
