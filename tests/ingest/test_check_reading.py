"""Reading age and jargon: hard sections name their hardest sentences; a word of the trade is explained where it is first used."""

from __future__ import annotations

import pytest

from ingest.check.reading import reading_age, syllables
from tests.ingest.checking import START, findings

PLAIN = "Rest the leg for a day. Walk a little when it feels good. Stop if the pain comes back. " * 4
MIDDLING = (
    "The muscles around the hip hold the pelvis steady and drive the leg forward with every stride you take. " * 3
)
HARD = (
    "Insufficient neuromuscular stabilisation of the lumbopelvic region precipitates compensatory recruitment patterns. "
    "Multidisciplinary rehabilitation addresses biomechanical irregularities contributing to symptomatic deterioration. "
) * 3


@pytest.mark.parametrize(
    ("word", "count"),
    [("hip", 1), ("stride", 1), ("running", 2), ("muscle", 2), ("stretched", 1), ("needed", 2), ("exercises", 4),
     ("physiotherapist", 6), ("the", 1), ("rehabilitation", 6), ("people", 2), ("being", 2), ("bones", 1), ("lunges", 2)],
)  # fmt: skip
def test_syllables(word: str, count: int) -> None:
    assert syllables(word) == count


def test_long_words_and_long_sentences_raise_the_reading_age() -> None:
    plain = reading_age(["Rest the leg for a day.", "Walk when it feels good."])
    long = reading_age(["Rest the leg for a day and walk when it feels good and then rest it once more for a day."])
    hard = reading_age(["Rehabilitation necessitates considerable deliberation."])
    assert plain < long < hard
    assert plain < 9


def test_words_that_the_subject_cannot_do_without_do_not_count_as_hard() -> None:
    sentence = ["See a physiotherapist about the exercises."]
    assert reading_age(sentence) < 14
    assert reading_age(["Diarrhoea is common."], frozenset({"diarrhoea"})) < reading_age(["Diarrhoea is common."])


def test_a_hard_section_names_its_hardest_sentences() -> None:
    (finding,) = findings(f"\n## Easy\n\n{PLAIN}\n\n## Hard\n\n{HARD}\n", rule="reading-age")
    assert finding.line == START + 7
    assert "“Hard”" in finding.text
    assert "Multidisciplinary" in finding.text or "neuromuscular" in finding.text


def test_an_article_that_is_hard_throughout_gets_one_finding() -> None:
    body = "".join(f"\n## Part {number}\n\n{HARD}\n" for number in range(6))
    (finding,) = findings(body, rule="reading-age")
    assert finding.text.startswith("6 sections")


def test_the_limit_can_be_set() -> None:
    body = f"\n## Easy\n\n{PLAIN}\n\n## Middling\n\n{MIDDLING}\n"
    assert findings(body, rule="reading-age", reading_age=14) == []
    assert len(findings(body, rule="reading-age", reading_age=9)) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "Bursitis means that a bursa, a small cushion of fluid, is irritated.",
        "Hip bursitis (a sore cushion of fluid beside the joint) hurts at the side.",
        "A sore cushion of fluid (bursitis) hurts at the side.",
        "It may be bursitis, an irritated cushion of fluid.",
        "An irritated cushion of fluid is called bursitis.",
        "A bursa is a small cushion of fluid.",
        "Pain at the side may come from bursitis. Bursitis is an irritated cushion of fluid.",
        "A cushion of fluid can get sore. This is bursitis.",
        "Bursitis – a sore cushion of fluid – hurts at the side.",
        "Bursitis is when a cushion of fluid gets sore.",
        "A sore cushion of fluid, or bursitis, hurts at the side.",
    ],
)
def test_an_explained_word_is_left_alone(sentence: str) -> None:
    assert findings(f"\n## Words\n\n{sentence}\n", rule="jargon") == []


@pytest.mark.parametrize(
    ("sentence", "term"),
    [
        ("It may be bursitis.", "bursitis"),
        ("FAI can hurt in the groin.", "hip impingement (FAI)"),
        ("Strengthen the glute med.", "gluteus medius"),
        ("Labral tears click.", "labrum"),
        ("It can be a sign of conditions such as bursitis, a strain or arthritis.", "bursitis"),
        ("It may be a strain, arthritis, or bursitis.", "bursitis"),
        ("ITB syndrome hurts at the side.", "IT band"),
        ("Do eccentric exercises.", "eccentric"),
    ],
)
def test_an_unexplained_word_is_named_once_with_a_suggestion(sentence: str, term: str) -> None:
    (finding,) = findings(f"\n## Words\n\nRest.\n\n{sentence} {sentence}\n", rule="jargon")
    assert finding.text.startswith(f"{term} is not explained")
    assert "for example “" in finding.text
    assert finding.line == START + 5


def test_an_explanation_further_down_is_pointed_at() -> None:
    body = "\n## One\n\nIt may be bursitis.\n\n## Two\n\nBursitis means a sore cushion of fluid.\n"
    (finding,) = findings(body, rule="jargon")
    assert f"explained in line {START + 7} only" in finding.text


def test_words_inside_other_words_and_small_letters_of_a_short_form_are_none() -> None:
    assert findings("\n## Words\n\nA prp of it. The redshirt fails. Itbe.\n", rule="jargon") == []
