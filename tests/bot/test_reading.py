"""A complete question after another subject stands alone; one that points back is read with the turn before."""

from __future__ import annotations

import pytest

from bot.chain import Bot

pytestmark = pytest.mark.model


BRIDGE = "how do i do a glute bridge"


@pytest.mark.parametrize(
    "turns",
    [
        [BRIDGE, "how long should I rest a sore hip"],
        ["what is a labral tear", "what shoes should i get"],
        [BRIDGE, "and how many?", "does night pain matter"],
        ["should I stretch before a run", "is swimming good for a sore hip"],
        ["What is FAI?", "ok, and how often should runners do strength work"],
        ["What is FAI?", "Which exercises strengthen the gluteus medius and the deep hip muscles for longer runs?"],
    ],
)
def test_a_complete_question_after_another_subject_is_answered_as_if_asked_alone(bot: Bot, turns: list[str]) -> None:
    reply = bot.reply(turns)
    assert reply.searched_for == turns[-1]
    assert reply.answered
    assert reply.answer == bot.reply(turns[-1:]).answer


@pytest.mark.parametrize(
    ("turns", "subject"),
    [
        ([BRIDGE, "how long should I hold it"], "bridge"),
        ([BRIDGE, "and how long"], "bridge"),
        (["tell me about the hip flexor stretch", "how long do i stay in it"], "flexor"),
        (["does ice help a strain", "for how long"], "ice"),
        (["Which exercises strengthen the hip?", "which one is best for the outside"], "exercises"),
        (["what is gluteal tendinopathy", "symptoms?"], "tendinopathy"),
        (["should I stretch before a run", "why not"], "stretch"),
        ([BRIDGE, "ok", "how many sets"], "bridge"),
    ],
)
def test_a_turn_that_points_back_is_read_with_the_one_before(bot: Bot, turns: list[str], subject: str) -> None:
    searched = bot.reply(turns).searched_for
    assert subject in searched
    assert searched.endswith(turns[-1])
