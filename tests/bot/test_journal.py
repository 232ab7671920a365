"""The question log: what is kept, what never is, how it goes away, and that it disturbs no answer."""

from __future__ import annotations

import logging
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from bot.errors import BotError
from bot.journal import Conversation, Journal, journal_for, store
from bot.reply import Citation, Reply
from guardrails import Assessment, Flag, Guardrails, Level
from settings import Settings

CALM = Assessment(level=Level.NONE)
QUESTION = "Is a rowing machine bad for sore adductors?"


def declined(question: str, near: str = "Strength", **changes: object) -> Reply:
    """The reply to a question that the articles do not answer."""
    reply = Reply(
        CALM, None, answered=False, searched_for=question, missing=(question,), nearby=(near,) if near else ()
    )
    return replace(reply, **changes)  # type: ignore[arg-type]


def answered(question: str) -> Reply:
    cited = Citation(1, "hips", "Hips", "Warm-up", 0, 4, "Rest")
    return Reply(CALM, None, answered=True, searched_for=question, citations=(cited,))


@dataclass
class Clock:
    """The calendar of a test."""

    day: date = date(2026, 11, 29)

    def __call__(self) -> date:
        return self.day


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def journal(tmp_path: Path, clock: Clock) -> Iterator[Journal]:
    journal = Journal.open(tmp_path / "index" / "questions.sqlite", 30, clock)
    yield journal
    journal.flush()


def ask(journal: Journal, conversation: Conversation, *turns: str, reply: Reply | None = None) -> None:
    journal.record(conversation, turns, reply or declined(turns[-1]))
    journal.flush()


def test_a_question_is_kept_scrubbed_with_its_day_and_what_came_of_it(journal: Journal) -> None:
    ask(journal, Conversation(), "my friend Oluwaseun rows, is rowing bad for adductors?")
    ask(journal, Conversation(), QUESTION, reply=answered(QUESTION))
    ask(journal, Conversation(), "how do i knit a hat", reply=declined("how do i knit a hat", near=""))
    kept = {entry.question: entry for entry in journal.entries()}
    assert set(kept) == {"my friend […] rows, is rowing bad for adductors?", QUESTION, "how do i knit a hat"}
    near = kept["my friend […] rows, is rowing bad for adductors?"]
    assert (near.outcome, near.section, near.day) == ("declined", "Strength", date(2026, 11, 29))
    assert kept[QUESTION].outcome == "answered"
    assert kept[QUESTION].articles == ("hips",)
    assert kept["how do i knit a hat"].outcome == "unrelated"
    assert stat.S_IMODE(journal.path.stat().st_mode) == 0o600


def test_the_file_has_no_column_for_who_asked_or_at_what_time(journal: Journal) -> None:
    ask(journal, Conversation(), QUESTION)
    with closing(sqlite3.connect(journal.path)) as database:
        columns = [row[1] for row in database.execute("PRAGMA table_info(questions)")]
        (row,) = database.execute("SELECT * FROM questions").fetchall()
    assert columns == ["id", "day", "question", "searched", "outcome", "section", "articles", "thumb", "reason"]
    assert row[1:] == ("2026-11-29", QUESTION, QUESTION, "declined", "Strength", "[]", 0, "")


def test_of_several_questions_in_a_message_the_missing_one_is_the_gap(journal: Journal) -> None:
    message = "how long does a strain take and is rowing ok"
    reply = replace(
        answered(message), searched_for="how long does a strain take; is rowing ok", missing=("is rowing ok",)
    )
    ask(journal, Conversation(), message, reply=reply)
    (entry,) = journal.entries()
    assert (entry.outcome, entry.searched, entry.is_gap) == ("declined", "is rowing ok", True)


FLAGGED = [
    Assessment(level=Level.SOON),
    Assessment(level=Level.URGENT),
    Assessment(level=Level.EMERGENCY),
    Assessment(level=Level.URGENT, failed=True),
    Assessment(level=Level.NONE, withdrawn=(Flag("U1", Level.URGENT, ("my groin",), 0, "rule"),)),
]


@pytest.mark.parametrize("assessment", FLAGGED, ids=["soon", "urgent", "emergency", "failed", "withdrawn"])
def test_a_red_flag_deletes_what_was_kept_of_the_conversation_and_nothing_more_is(
    journal: Journal, assessment: Assessment
) -> None:
    conversation, other = Conversation(), Conversation()
    ask(journal, other, "is skipping rope good for calves")
    ask(journal, conversation, QUESTION)
    ask(journal, conversation, QUESTION, "and the cross trainer?")
    assert b"rowing machine" in journal.path.read_bytes()
    ask(journal, conversation, QUESTION, "x", "and now this", reply=declined("and now this", assessment=assessment))
    ask(journal, conversation, QUESTION, "x", "and now this", "what about sledges")
    assert [entry.question for entry in journal.entries()] == ["is skipping rope good for calves"]
    assert b"rowing machine" not in journal.path.read_bytes(), "deleted, but still in the file"


def test_a_reply_that_still_grows_is_not_kept_but_its_flag_counts(journal: Journal) -> None:
    conversation = Conversation()
    ask(journal, conversation, QUESTION, reply=replace(declined(QUESTION), complete=False))
    assert journal.entries() == []
    ask(journal, conversation, QUESTION)
    assert len(journal.entries()) == 1
    growing = replace(declined("more"), assessment=Assessment(level=Level.SOON), complete=False)
    ask(journal, conversation, QUESTION, "more", reply=growing)
    assert journal.entries() == []


def test_no_reported_warning_sign_is_ever_kept(journal: Journal) -> None:
    guardrails = Guardrails.load()
    signs = [
        "my groin hurts with every step and it wakes me at night",
        "sharp hip pain for three weeks now, can I race?",
        "I fell and cannot put weight on the leg",
        "numb between my legs since the run",
    ]
    for sign in signs:
        conversation = Conversation()
        ask(journal, conversation, QUESTION)
        turns = [QUESTION, sign]
        assessment = guardrails.assess(turns)
        assert assessment.level > Level.NONE
        ask(journal, conversation, *turns, reply=declined(sign, assessment=assessment))
    assert journal.entries() == []


@pytest.mark.parametrize(
    "message",
    [
        "mail me about rowing: joe.bloggs@example.com",
        "my name is Priya, is rowing ok",
        "ring 07700 900123, is rowing ok",
        "story " * 500,
    ],
)
def test_a_message_that_says_how_to_find_somebody_is_not_kept(journal: Journal, message: str) -> None:
    conversation = Conversation()
    ask(journal, conversation, message)
    assert journal.entries() == []
    # What was carried over from it is not kept either; and a word that can be a name now is one.
    ask(journal, conversation, message, "sky again, what about skiing", reply=declined(f"{message} what about skiing"))
    assert [entry.searched for entry in journal.entries()] == ["[…] again, what about skiing"]


def test_small_talk_and_other_languages_are_not_kept(journal: Journal) -> None:
    ask(journal, Conversation(), "hello", reply=Reply(CALM, None, answered=False, remark="Hello!"))
    ask(journal, Conversation(), "hola que tal", reply=Reply(CALM, None, answered=False, remark="English only."))
    assert journal.entries() == []
    assert not journal.path.exists()


def test_a_thumb_makes_an_answer_a_gap_and_only_the_fixed_reasons_are_kept(journal: Journal) -> None:
    conversation = Conversation()
    ask(journal, conversation, QUESTION, reply=answered(QUESTION))
    assert not journal.entries()[0].is_gap
    for thumb, reason, kept in [(-1, "Too little", "Too little"), (-1, "I am Joe from Leeds", ""), (1, "", "")]:
        journal.rate(conversation, 0, thumb, reason)
        journal.flush()
        (entry,) = journal.entries()
        assert (entry.thumb, entry.reason, entry.is_gap) == (thumb, kept, thumb < 0)
    journal.rate(conversation, 7, -1)  # a reply that was not kept
    journal.flush()
    assert [entry.thumb for entry in journal.entries()] == [1]


def test_a_question_is_deleted_after_its_days_while_the_app_runs_and_when_it_starts(
    journal: Journal, clock: Clock, tmp_path: Path
) -> None:
    ask(journal, Conversation(), QUESTION)
    clock.day += timedelta(days=29)
    ask(journal, Conversation(), "is skipping rope good for calves")
    assert len(journal.entries()) == 2
    clock.day += timedelta(days=1)
    ask(journal, Conversation(), "do insoles help")
    assert [entry.question for entry in journal.entries()] == ["is skipping rope good for calves", "do insoles help"]
    assert b"rowing machine" not in journal.path.read_bytes()
    clock.day += timedelta(days=30)
    assert Journal.open(journal.path, 30, clock).entries() == []
    assert b"skipping" not in journal.path.read_bytes()


def test_turned_off_nothing_of_earlier_times_is_left(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    on = Settings(index=tmp_path, log_questions=True, log_days=7)
    journal = journal_for(on)
    assert journal is not None
    assert journal.days == 7
    ask(journal, Conversation(), QUESTION)
    assert on.journal.exists()
    assert journal_for(on.model_copy(update={"log_questions": False})) is None
    assert not on.journal.exists()
    assert "were deleted" in caplog.text


def test_questions_are_not_kept_unless_asked_for() -> None:
    assert Settings().log_questions is False
    assert journal_for(Settings()) is None


def test_a_locked_file_is_told_once_and_what_must_go_goes_later(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "LOCKED", 0.05)
    conversation = Conversation()
    ask(journal, conversation, QUESTION)
    with closing(sqlite3.connect(journal.path)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        for _ in range(3):
            ask(journal, Conversation(), "do insoles help")
        journal.forget(conversation)
        journal.flush()
        holder.rollback()
    assert len([record for record in caplog.records if record.levelno >= logging.WARNING]) == 1
    assert "HIPWISE_LOG_QUESTIONS" in caplog.text
    ask(journal, Conversation(), "is skipping rope good for calves")
    assert [entry.question for entry in journal.entries()] == ["is skipping rope good for calves"]


def test_a_damaged_file_is_replaced(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    journal.path.parent.mkdir(parents=True)
    journal.path.write_bytes(b"not a database, and long enough to be read as one " * 200)
    ask(journal, Conversation(), QUESTION)
    assert "damaged" in caplog.text
    assert [entry.question for entry in journal.entries()] == [QUESTION]


def test_a_place_that_cannot_be_written_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")
    journal = Journal.open(tmp_path / "file" / "questions.sqlite", 30)
    for _ in range(3):
        ask(journal, Conversation(), QUESTION)
    assert caplog.text.count("cannot be kept") == 1
    assert journal.entries() == []


def test_an_unreadable_file_and_a_wipe_are_told_with_the_remedy(journal: Journal) -> None:
    journal.path.parent.mkdir(parents=True)
    journal.path.write_bytes(b"not a database" * 100)
    with pytest.raises(BotError, match="--wipe"):
        journal.entries()
    journal.wipe()
    assert journal.entries() == []
    journal.wipe()
