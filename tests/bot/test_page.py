"""The page without a browser: what is shown while a rewording is under way, and what is kept of a conversation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import gradio as gr
import pytest

from bot.chain import Bot
from bot.journal import Conversation, Journal
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


def test_the_page_says_that_questions_are_kept_and_how_long_only_where_they_are(tmp_path: Path) -> None:
    def foot(journal: Journal | None) -> str:
        return Page(Growing(BUILT_IN), Settings(), journal)._privacy()

    assert foot(None) == words.PRIVACY
    assert "for 30 days" in foot(Journal(tmp_path / "q", 30))
    assert "for 1 day," in foot(Journal(tmp_path / "q", 1))


@pytest.mark.parametrize(
    ("liked", "kept"), [(True, (1, "")), (False, (-1, "")), ("Seems wrong", (-1, "Seems wrong")), ("", (0, ""))]
)
def test_a_shown_answer_is_kept_once_and_its_thumb_with_it(
    tmp_path: Path, liked: bool | str, kept: tuple[int, str]
) -> None:
    journal = Journal.open(tmp_path / "q.sqlite", 30)
    conversation = Conversation()
    page = Page(Growing(replace(BUILT_IN, complete=False), BUILT_IN), Settings(), journal)
    list(page._answer("What helps a sore hip?", [], [], conversation))
    page._rate(conversation, gr.LikeData(None, {"index": 1, "value": "", "liked": liked}))
    journal.flush()
    (entry,) = journal.entries()
    assert entry.question == "What helps a sore hip?"
    assert (entry.thumb, entry.reason) == kept


def test_a_message_that_could_not_be_answered_takes_its_conversation_out_of_the_log(tmp_path: Path) -> None:
    class Broken(Growing):
        def stream(self, turns: object) -> Iterator[Reply]:
            raise RuntimeError("broken")
            yield

    journal = Journal.open(tmp_path / "q.sqlite", 30)
    conversation = Conversation()
    list(Page(Growing(BUILT_IN), Settings(), journal)._answer("What helps a sore hip?", [], [], conversation))
    *_, last = Page(Broken(), Settings(), journal)._answer("and now?", [], ["What helps a sore hip?"], conversation)
    journal.flush()
    assert words.BROKEN[:20] in last[1][-1]["content"]
    assert journal.entries() == []
