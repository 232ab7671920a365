"""Differences: where articles disagree, each is named with its own words and the most careful comes first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.chain import Bot
from bot.differences import load_topics, shortest_time
from guardrails import Guardrails
from ingest.library import Library
from ingest.pipeline import Report
from tests.conftest import WordEncoder

ARTICLES = {
    "late": "---\ntitle: Late\npublisher: Hill Runners\n---\n\n## When to see a physio\n\n"
    "See a physio if hip pain lasts more than 3 weeks.\n",
    "early": "---\ntitle: Early\npublisher: Lake Clinic\n---\n\n## When to be assessed\n\n"
    "Hip pain that lasts more than 48 hours should be assessed by a physio.\n",
    "between": "---\ntitle: Between\npublisher: Town Coach\n---\n\n## Checks\n\n"
    "Ask a physio for an assessment if hip pain is still there after a week.\n",
}


class Certain:
    """A gate that lets everything through."""

    def likelihood(self, *_: object) -> float:
        return 1.0


@pytest.fixture
def bot(corpus: Path, index: Path, ingest: Callable[..., Report], encoder: WordEncoder) -> Iterator[Bot]:
    for name, text in ARTICLES.items():
        (corpus / f"{name}.md").write_text(text, encoding="utf-8")
    ingest()
    bot = Bot(Library(index), Guardrails.load(), encoder, gate=Certain())  # type: ignore[arg-type]
    yield bot
    bot.library.close()


def test_the_most_careful_comes_first_and_each_is_named(bot: Bot) -> None:
    reply = bot.reply(["How many weeks of hip pain before a runner should see a physio?"])
    assert "do not agree" in reply.remark
    assert [sentence.says for sentence in reply.answer[:3]] == ["Lake Clinic", "Town Coach", "Hill Runners"]
    assert "48 hours" in reply.answer[0].text
    paragraphs = [sentence.paragraph for sentence in reply.answer[:3]]
    assert len(set(paragraphs)) == 3, "each stands by itself"
    assert "Lake Clinic: Hip pain that lasts more than 48 hours should be assessed by a physio. [1]" in reply.text


def test_a_question_about_something_else_says_nothing_of_it(bot: Bot) -> None:
    reply = bot.reply(["How do I do a bridge?"])
    assert reply.answered
    assert reply.remark == ""
    assert all(sentence.says == "" for sentence in reply.answer)


def test_articles_that_agree_do_not_differ(bot: Bot, corpus: Path, ingest: Callable[..., Report]) -> None:
    for name in ("early", "between"):
        (corpus / f"{name}.md").unlink()
    ingest(force=True)
    reply = bot.reply(["How many weeks of hip pain before a runner should see a physio?"])
    assert reply.answered
    assert reply.remark == ""


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("after 48-72 hours", 48),
        ("more than 1–2 weeks", 168),
        ("a couple of days", 48),
        ("2 to 3 weeks, or a month", 336),
        ("for a long time", None),
    ],
)
def test_the_shortest_time_counts(text: str, hours: float | None) -> None:
    assert shortest_time(text) == hours


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("how long should I wait before seeing a physio", "when-to-be-assessed"),
        ("when should i get it checked", "when-to-be-assessed"),
        ("is it ok to run with hip pain", "running-on"),
        ("should I rest or keep running", "running-on"),
        ("does stretching help a sore hip", "stretching"),
        ("is stretching bad for a strain", "stretching"),
        ("how do I do the figure four stretch", None),
        ("what is a labral tear", None),
        ("how long should I hold a stretch", None),
        ("how many reps of bridges", None),
    ],
)
def test_what_is_asked_decides_the_topic(question: str, topic: str | None) -> None:
    asked = [one.id for one in load_topics() if one.is_asked(question)]
    assert asked == ([topic] if topic else [])
