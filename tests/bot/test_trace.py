"""Why an answer came out so: the trace tells what the chain really did, and asking for it changes nothing."""

from __future__ import annotations

import pytest

from bot import trace as traces
from bot.chain import Bot
from bot.confidence import CONFIDENT
from bot.reply import Reply
from bot.trace import Trace, lines

pytestmark = pytest.mark.model


def said(reply: Reply) -> dict[str, object]:
    """A reply without the time it took."""
    return {name: value for name, value in reply.to_dict().items() if name != "seconds"}


def quoted(trace: Trace) -> set[str]:
    passages = [passage for question in trace.questions for passage in question.passages]
    return {sentence.text for passage in passages for sentence in passage.sentences if sentence.use == "quoted"}


@pytest.mark.parametrize(
    "turns",
    [
        ["How long does runner's hip take to heal?"],
        ["How do I do a glute bridge?"],
        ["What is bursitis of the hip?", "and how long does it take?"],
        ["What is bursitis and how often should I ice my hip?"],
        ["Should I stretch a sore hip?"],
        ["Which pizza oven should I buy for my garden?"],
        ["I fell and can't put any weight on my leg"],
        ["thanks"],
    ],
)
def test_a_trace_is_of_the_very_reply_a_runner_gets(bot: Bot, turns: list[str]) -> None:
    trace = bot.explain(turns)
    assert said(trace.reply) == said(bot.reply(turns))
    assert {sentence.text for sentence in trace.reply.answer} <= quoted(trace)
    if trace.reply.answered:
        assert quoted(trace) == {sentence.text for sentence in (*trace.reply.answer, *trace.reply.helping)} & quoted(
            trace
        )


def test_an_answer_tells_its_search_scores_and_reasons(bot: Bot) -> None:
    trace = bot.explain(["Which excercises strengthen my hips?"])
    (question,) = trace.questions
    assert question.sure
    assert question.confidence >= CONFIDENT
    assert question.typos == {"excercis": "exercis"}
    assert question.terms["exercis"] == 1.0
    scores = [passage.score for passage in question.passages]
    assert scores == sorted(scores, reverse=True)
    assert any(passage.used for passage in question.passages)
    for passage in question.passages:
        assert bool(passage.why) != passage.used
        assert (passage.ranked is None) == (not passage.sentences)
        for sentence in passage.sentences:
            assert bool(sentence.why) == (sentence.use != "quoted")
    assert trace.outcome == "Answered from the articles."
    text = "\n".join(lines(trace))
    assert trace.reply.text in text
    assert "BM25" in text


def test_a_decline_tells_what_was_missing(bot: Bot) -> None:
    trace = bot.explain(["Which pizza oven should I buy for my garden?"])
    (question,) = trace.questions
    assert not question.sure
    assert f"needs {CONFIDENT:.2f}" in trace.outcome
    total = sum(figure.value * figure.weight for figure in question.figures)
    assert total < 0, "the figures shown add up to the decline"
    assert quoted(trace) == set()


def test_a_second_try_with_an_earlier_message_is_shown(bot: Bot) -> None:
    trace = bot.explain(["How do I do a glute bridge?", "Which pizza oven should I buy?", "and how many?"])
    first, second = trace.questions
    assert not first.sure
    assert "glute bridge" not in first.searched
    assert "glute bridge" in second.before


def test_a_question_that_leans_on_one_without_an_answer_is_not_tried(bot: Bot) -> None:
    trace = bot.explain(["Which pizza oven should I buy and how long does it take?"])
    assert not trace.reply.answered
    assert len(trace.questions) + len(trace.skipped) == 2
    assert trace.skipped


@pytest.mark.parametrize(
    ("message", "way"),
    [
        ("I fell and can't put any weight on my leg", "stepped in"),
        ("hello there", "fixed answer"),
        ("¿Cuánto tiempo debo descansar si me duele la cadera después de correr?", "other language"),
    ],
)
def test_what_is_not_searched_says_why(bot: Bot, message: str, way: str) -> None:
    trace = bot.explain([message])
    assert trace.way == way
    assert trace.questions == ()
    assert trace.outcome == traces.WAYS[trace.way]


def test_what_the_safety_layer_withholds_says_so(bot: Bot) -> None:
    turns = ["My hip hurts at night when I lie still and I have lost weight", "What exercises strengthen my hips?"]
    trace = bot.explain(turns)
    sentences = [s for question in trace.questions for passage in question.passages for s in passage.sentences]
    withheld = [sentence for sentence in sentences if sentence.use == "withheld"]
    assert withheld
    assert all(sentence.why for sentence in withheld)
    assert not {sentence.text for sentence in withheld} & quoted(trace)


def test_what_goes_wrong_is_told_as_that(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> float:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(bot.gate, "likelihood", broken)
    trace = bot.explain(["How long does runner's hip take to heal?"])
    assert trace.way == "failed"
    assert "log" in trace.outcome
