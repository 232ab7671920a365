"""Replies: verbatim and cited, honest about what is not covered, safe when something breaks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.chain import NOT_NOW, Bot
from bot.reply import Reply
from guardrails import Guardrails, Level
from ingest.encoder import Encoder
from ingest.library import Library
from ingest.pipeline import Ingestion
from tests.conftest import PROJECT


@pytest.fixture(scope="module")
def guardrails() -> Guardrails:
    return Guardrails.load(region="uk")


@pytest.fixture(scope="module")
def bot(real_index: Path, guardrails: Guardrails) -> Iterator[Bot]:
    bot = Bot(Library(real_index), guardrails, Encoder())
    yield bot
    bot.library.close()


def check_citations(reply: Reply, corpus: Path = PROJECT / "corpus") -> None:
    """Every sentence is cited, and every quote is found at its offsets in the article's file."""
    numbers = {citation.n for citation in reply.citations}
    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    order = [n for sentence in reply.sentences for n in sentence.citations]
    assert order == sorted(order), "numbers count in reading order"
    for sentence in reply.sentences:
        assert sentence.citations
        assert set(sentence.citations) <= numbers
        assert sentence.marked in reply.text
    for citation in reply.citations:
        text = (corpus / f"{citation.article}.md").read_text(encoding="utf-8")
        assert text[citation.start : citation.end] == citation.quote


@pytest.mark.model
@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("How many glute bridges should I do?", "3 sets of 12"),
        ("When should I replace my trainers?", "300–500 miles"),
        ("How long should ice stay on my hip?", "15–20 minutes"),
        ("What share of people have a labral tear without symptoms?", "54%"),
        ("how common is cam morphology", "47%"),
        ("How much load do the calves take in running?", "8 times"),
        ("how many rest days a week", "2.5 times"),
        ("How long does runner's hip take to heal?", "4 to 8 weeks"),
        ("When can I stretch a strained hip flexor again?", "72 hours"),
        ("Does strength training lower injury risk, and by how much?", "50%"),
    ],
)
def test_figures_asked_for_are_shown_and_cited(bot: Bot, question: str, shown: str) -> None:
    reply = bot.reply([question])
    assert reply.answered
    assert shown in reply.text
    assert 1 <= len(reply.sentences) <= 14
    check_citations(reply)


@pytest.mark.model
@pytest.mark.parametrize(
    "question",
    [
        "Which pizza oven should I buy?",
        "Who won the Olympic marathon in 1996?",
        "asdf qwer zxcv",
    ],
)
def test_what_is_not_covered_is_declined(bot: Bot, question: str) -> None:
    reply = bot.reply([question])
    assert not reply.answered
    assert reply.sentences == ()
    assert "will not guess" in reply.text


@pytest.mark.model
def test_a_reply_names_the_questions_that_the_articles_do_not_cover(bot: Bot) -> None:
    both = bot.reply(["How many glute bridges should I do? And which saddle height suits a tall cyclist?"])
    assert both.answered
    assert [text.endswith("which saddle height suits a tall cyclist?") for text in both.missing] == [True]
    assert bot.reply(["How many glute bridges should I do?"]).missing == ()
    assert bot.reply(["Which saddle height suits a tall cyclist?"]).missing == (
        "Which saddle height suits a tall cyclist?",
    )


@pytest.mark.model
def test_a_follow_up_is_answered_on_its_subject(bot: Bot) -> None:
    reply = bot.reply(["How do I do the hip flexor stretch?", "and how long should I hold it?"])
    assert "30 seconds" in reply.text
    assert "hip flexor" in reply.searched_for.lower()


@pytest.mark.model
def test_an_emergency_is_answered_with_the_fixed_message_alone(bot: Bot) -> None:
    reply = bot.reply(["I fell off a kerb running and now I can't stand on my leg. How do I stretch my hip flexor?"])
    assert reply.assessment.level == Level.EMERGENCY
    assert not reply.answered
    assert reply.text.startswith("Call 999")
    assert "stretch your" not in reply.text
    assert {citation.article for citation in reply.citations} == {"when-to-get-help"}
    check_citations(reply)


@pytest.mark.model
def test_under_an_urgent_flag_nothing_keeps_the_runner_running(bot: Bot) -> None:
    turns = ["My groin hurts more with every step when I run", "Can I run with hip pain? Which stretches help?"]
    reply = bot.reply(turns)
    assert reply.assessment.level == Level.URGENT
    assert "stop running" in reply.text.lower()
    assert {citation.article for citation in reply.citations} <= {"when-to-get-help"}
    explained = bot.reply([turns[0], "What is a stress fracture?"])
    assert explained.assessment.level == Level.URGENT
    assert "stress fracture" in explained.text
    check_citations(explained)


@pytest.mark.model
def test_soon_comes_with_the_answer_and_is_said_once(bot: Bot) -> None:
    first = bot.reply(["My outer hip has been sore for two weeks. What can outer hip pain be linked to?"])
    assert first.assessment.level == Level.SOON
    assert first.answered
    assert first.notice is not None
    check_citations(first)
    second = bot.reply(["My outer hip has been sore for two weeks.", "How do I do a glute bridge?"])
    assert second.assessment.level == Level.SOON
    assert second.answered
    assert "As said before" in second.text
    assert len(second.text) < len(first.text)


@pytest.mark.model
def test_a_question_about_a_warning_sign_opens_with_what_to_do(bot: Bot) -> None:
    reply = bot.reply(["When should a runner worry about numbness between the legs?"])
    assert reply.assessment.level == Level.NONE
    assert reply.notice is None
    assert reply.sentences[0].citations == (1,)
    assert reply.citations[0].article == "when-to-get-help"
    assert "emergency" in reply.sentences[0].text.lower()


@pytest.mark.model
@pytest.mark.parametrize(
    "message", ["", " ", "?", "x" * 20_000, "\u0000\u202e", "😀" * 50, "<script>alert(1)</script>"]
)
def test_any_message_gets_a_reply(bot: Bot, message: str) -> None:
    reply = bot.reply([message])
    assert reply.text
    check_citations(reply)


@pytest.mark.model
def test_the_safety_message_comes_even_without_an_index(guardrails: Guardrails, tmp_path: Path) -> None:
    reply = Bot(Library(tmp_path / "none"), guardrails).reply(["I fell and I can't stand on my leg"])
    assert reply.text.startswith("Call 999")
    calm = Bot(Library(tmp_path / "none"), guardrails).reply(["What is a labral tear?"])
    assert calm.text == NOT_NOW
    assert not calm.answered


def test_a_broken_safety_check_gives_the_cautious_message(
    guardrails: Guardrails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr(Guardrails, "assess", broken)
    reply = Bot(Library(tmp_path / "none"), guardrails).reply(["How do I do a glute bridge?"])
    assert reply.assessment.failed
    assert not reply.answered
    assert "999" in reply.text


@pytest.mark.model
def test_answers_follow_a_new_generation(tmp_path: Path, guardrails: Guardrails) -> None:
    corpus, index = tmp_path / "corpus", tmp_path / "index"
    corpus.mkdir()
    article = corpus / "ice.md"
    article.write_text("# Ice\n\nUse ice on a sore hip for 11 minutes at a time.\n", encoding="utf-8")
    Ingestion(corpus, index).run()
    bot = Bot(Library(index), guardrails)
    question = ["How many minutes should I use ice on a sore hip?"]
    assert "11 minutes" in bot.reply(question).text
    article.write_text("# Ice\n\nUse ice on a sore hip for 17 minutes at a time.\n", encoding="utf-8")
    Ingestion(corpus, index).run()
    reply = bot.reply(question)
    assert "17 minutes" in reply.text
    check_citations(reply, corpus)
    bot.library.close()
