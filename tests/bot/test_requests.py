"""Requests answered in fixed words: recognised as people write them, never mistaken for a question about hips."""

from __future__ import annotations

import pytest

from bot.requests import fixed_answer


@pytest.mark.parametrize(
    ("message", "request_id"),
    [
        ("Hi", "greeting"),
        ("hello there!", "greeting"),
        ("Good morning :)", "greeting"),
        ("thanks, that's really helpful", "thanks"),
        ("cheers mate", "thanks"),
        ("ok", "thanks"),
        ("What can you do?", "about"),
        ("are you a real doctor", "about"),
        ("How much ibuprofen can I take before a race?", "dose"),
        ("can i double up on paracetamol", "dose"),
        ("is 400mg ok", "dose"),
        ("what have I got?", "diagnosis"),
        ("Is it a labral tear?", "diagnosis"),
        ("do you think i have bursitis", "diagnosis"),
        ("what’s wrong with my hip", "diagnosis"),
        ("name my injury", "diagnosis"),
        ("have I got bursitis", "diagnosis"),
        ("does this sound like a stress fracture to you", "diagnosis"),
        ("which one is it, flexor or labrum", "diagnosis"),
        ("i think i have a torn labrum am i right", "diagnosis"),
        ("just guess what I've got", "diagnosis"),
        ("is my labrum torn", "diagnosis"),
        ("which grade of strain is this", "diagnosis"),
        ("naproxen 500 twice daily ok before a race?", "dose"),
        ("what strength co-codamol should i ask for", "dose"),
        ("prescribe me something for it", "dose"),
        ("pregabalin isn't touching it, should I double?", "dose"),
        ("how much does a physio session cost", "booking"),
    ],
)
def test_a_request_is_recognised(message: str, request_id: str) -> None:
    found = fixed_answer(message)
    assert found is not None
    assert found.id == request_id


@pytest.mark.parametrize(
    "message",
    [
        "What is a labral tear?",
        "How much load goes through the glute med?",
        "how many reps of glute bridges",
        "Is it ok to run with a bit of soreness?",
        "hi, how long should I ice my hip for?",
        "thanks! and how often?",
        "Can stretching help?",
        "is it the same as ITB trouble",
        "what are anti-inflammatories good for",
        "how long does a stress fracture take to heal",
        "could a clicking hip be a labral tear",
        "could it be the shoes",
        "what is the diagnosis process for FAI",
        "how is a labral tear diagnosed",
        "what do I have to do first",
        "is it the hip flexor that lifts the knee",
        "is IT band syndrome a type of runner's hip",
        "my physio told me I have bursitis, what helps",
        "I've got a race in 3 weeks, what's the risk?",
        "finding the right amount of training",
        "does the timing of the pain tell you what's wrong",
        "what strength exercises help",
    ],
)
def test_a_question_for_the_articles_is_left_alone(message: str) -> None:
    assert fixed_answer(message) is None
