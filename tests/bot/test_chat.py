"""The chat's side of the server: what of a conversation is answered, refused and kept."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.chain import Bot
from bot.journal import Journal
from bot.reply import Citation, CitedSentence, QuotedPassage, Reply
from bot.web.chat import MOST_TURNS, Chat, Thumb, Wiped
from bot.web.wire import reply_wire
from guardrails import Assessment, Guardrails, Level
from ingest.library import Library
from settings import Settings

QUESTION = "What helps a sore hip?"
BUILT_IN = Reply(
    Assessment(level=Level.NONE),
    None,
    answered=True,
    answer=(CitedSentence("Rest the hip.", (1,), 0), CitedSentence("Ice may help.", (2,), 0)),
    searched_for="sore hip",
)


load = cache(Guardrails.load)


class Given(Bot):
    """A bot whose replies to any turn are given."""

    today = None
    guardrails = cached_property(lambda _: load())

    def __init__(self, *replies: Reply | Exception) -> None:
        self.replies = replies

    def stream(self, turns: Sequence[str]) -> Iterator[Reply]:
        for reply in self.replies:
            if isinstance(reply, Exception):
                raise reply
            yield reply

    def suggestions(self, turns: Sequence[str], reply: Reply) -> list[str]:
        return ["What else helps?"]


def token() -> str:
    return str(uuid.uuid4())


def chat(*replies: Reply | Exception, journal: Journal | None = None) -> Chat:
    return Chat(Given(*replies), Settings(), journal)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal.open(tmp_path / "q.sqlite", 30)


def test_a_reply_comes_as_it_grows_and_then_what_to_ask_next() -> None:
    half = replace(BUILT_IN, answer=BUILT_IN.answer[:1], complete=False)
    first, second, last = chat(half, BUILT_IN).answer([QUESTION], token())
    assert [len(part["reply"]["answer"]) for part in (first, second)] == [1, 2]
    assert [part["reply"]["complete"] for part in (first, second)] == [False, True]
    assert second["reply"]["told"]["asked"][0]["words"] == QUESTION
    assert last == {"next": ["What else helps?"]}


@pytest.mark.parametrize(
    ("turns", "problem"),
    [
        ([], "empty"),
        (["  "], "empty"),
        (["x" * (Settings().max_message_chars + 1)], "long"),
        (["x" * (Settings().max_message_chars + 1), "short"], "long"),
        (["a question"] * (MOST_TURNS + 1), "many"),
        ([1], "broken"),
        ("text", "broken"),
    ],
)
def test_what_cannot_be_answered_is_named(turns: list[str], problem: str) -> None:
    assert list(chat(BUILT_IN).answer(turns, token())) == [{"problem": problem}]


@pytest.mark.parametrize("name", ["", "x" * 100_000, 7, None])
def test_a_conversation_without_a_proper_name_is_not_answered_and_not_remembered(journal: Journal, name: str) -> None:
    assert list(chat(BUILT_IN, journal=journal).answer([QUESTION], name)) == [{"problem": "broken"}]
    assert not journal._known


def test_the_page_is_told_when_no_edition_can_answer(tmp_path: Path) -> None:
    page = chat(BUILT_IN)
    page.bot.library = Library(tmp_path / "nothing")
    assert page.state() == {"ready": False, "edition": ""}


def test_a_failure_is_named_and_takes_the_conversation_out_of_the_log(journal: Journal) -> None:
    name = token()
    list(chat(BUILT_IN, journal=journal).answer([QUESTION], name))
    parts = list(chat(RuntimeError("broken"), journal=journal).answer([QUESTION, "and now?"], name))
    journal.flush()
    assert parts == [{"problem": "broken"}]
    assert journal.entries() == []


@pytest.mark.parametrize(("thumb", "reason"), [(1, ""), (-1, ""), (-1, "Seems wrong"), (0, "")])
def test_a_question_is_kept_once_and_its_thumb_with_it(journal: Journal, thumb: int, reason: str) -> None:
    page, name = chat(replace(BUILT_IN, complete=False), BUILT_IN, journal=journal), token()
    list(page.answer([QUESTION], name))
    list(page.answer([QUESTION], name))  # tried again
    page._rate(Thumb(conversation=name, turn=0, thumb=thumb, reason=reason))
    journal.flush()
    (entry,) = journal.entries()
    assert (entry.question, entry.thumb, entry.reason) == (QUESTION, thumb, reason)


def test_a_reason_of_the_runners_own_is_not_kept(journal: Journal) -> None:
    page, name = chat(BUILT_IN, journal=journal), token()
    list(page.answer([QUESTION], name))
    page._rate(Thumb(conversation=name, turn=0, thumb=-1, reason="I am Anna Smith"))
    journal.flush()
    assert journal.entries()[0].reason == ""


def test_who_wipes_a_conversation_takes_it_out_of_the_log_and_leaves_the_others(journal: Journal) -> None:
    page, name, other = chat(BUILT_IN, journal=journal), token(), token()
    list(page.answer([QUESTION], name))
    list(page.answer(["How long should I rest?"], other))
    page._forget(Wiped(conversation=name, turns=1))
    journal.flush()
    assert [entry.question for entry in journal.entries()] == ["How long should I rest?"]


def test_after_a_restart_nothing_more_of_a_conversation_is_kept_but_it_can_be_deleted(tmp_path: Path) -> None:
    name = token()
    before = Journal.open(tmp_path / "q.sqlite", 30)
    list(chat(BUILT_IN, journal=before).answer([QUESTION], name))
    before.flush()
    after = Journal.open(tmp_path / "q.sqlite", 30)
    list(chat(BUILT_IN, journal=after).answer([QUESTION, "How long should I rest?"], name))
    after.flush()
    assert [entry.question for entry in after.entries()] == [QUESTION]
    flagged = replace(BUILT_IN, assessment=Assessment(level=Level.URGENT))
    list(chat(flagged, journal=after).answer([QUESTION, "How long should I rest?", "It wakes me"], name))
    after.flush()
    assert after.entries() == []


@pytest.mark.parametrize("name", ["", "1", "x" * 36, "' OR 1=1 --", "780efb7f-ae73-4a2e-a9b1-fb60f4a9ef33\n"])
def test_only_a_random_name_names_a_conversation(name: str) -> None:
    with pytest.raises(ValidationError):
        Wiped(conversation=name, turns=1)


def test_what_was_noticed_says_in_which_message_it_stands() -> None:
    guardrails = Guardrails.load(region="uk")
    assessment = guardrails.assess(["I fell on a trail", "ok", "now I can't put any weight on my leg"])
    wire = reply_wire(Reply(assessment, guardrails.notice(assessment), answered=False))
    assert wire["level"] == "emergency"
    turns = {words["turn"] for words in wire["notice"]["noticed"]}
    assert 2 in turns
    assert turns <= {0, 2}
    assert wire["notice"]["phones"][0]["tel"] == "999"


def test_an_urgent_notice_names_the_advice_line_first() -> None:
    guardrails = Guardrails.load(region="uk")
    assessment = guardrails.assess(["My groin hurts with every step and wakes me at night"])
    wire = reply_wire(Reply(assessment, guardrails.notice(assessment), answered=False))
    assert [phone["tel"] for phone in wire["notice"]["phones"]] == ["111", "999"]


def test_every_citation_leads_to_its_place() -> None:
    quote = "Rest the hip."
    reply = replace(
        BUILT_IN,
        answer=BUILT_IN.answer[:1],
        citations=(Citation(1, "a b/<i>", "T", "S", 10, 23, quote),),
        passages=(QuotedPassage("a b/<i>", "T", "S", "P", None, ((quote, 1), ("More.", None))),),
    )
    wire = reply_wire(reply)
    assert wire["citations"][0]["href"].startswith("/articles/a%20b/%3Ci%3E")
    assert wire["passages"][0]["href"] == wire["citations"][0]["href"]
    assert wire["passages"][0]["sentences"] == [[quote, 1], ["More.", None]]
