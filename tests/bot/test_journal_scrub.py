"""What the question log takes out of a message."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.privacy import slipped
from benchmarks.sets import read
from bot.journal.scrub import MASK, load_rules, scrub


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Is yoga OK with runner's hip after 6 weeks?", "Is yoga OK with runner's hip after 6 weeks?"),
        ("I'm 43, run 30-40 mpw and did 3x12 reps", "I'm 43, run 30-40 mpw and did 3x12 reps"),
        ("doesn't my achilles matter?? pain 3/10 at 5:30/km", "doesn't my achilles matter?? pain 3/10 at 5:30/km"),
        ("will hip thrusts hurt, or may I squat since June", "will hip thrusts hurt, or may I squat since June"),
        ("my physio Katarzyna said planks help", f"my physio {MASK} said planks help"),
        ("is it true what chidinma says about planks", f"is it true what {MASK} says about planks"),
        ("physio will says planks are best for hips", f"physio {MASK} says planks are best for hips"),
        ("Dr Long told me to rest the hip more", f"Dr {MASK} told me to rest the hip more"),
        ("I met June at the gym, do planks help", f"I met {MASK} at the gym, do planks help"),
        ("Precious Moyo asks if planks help the hips", f"{MASK} asks if planks help the hips"),
        ("I ran in Oxford, are cobbles bad for hips", f"I ran in {MASK}, are cobbles bad for hips"),
        ("does CAPITAL emphasis matter for hips", "does CAPITAL emphasis matter for hips"),
        ("is p\u200bilates good for hi\u200bps", "is pilates good for hips"),
    ],
)
def test_names_and_places_go_and_the_question_stays(message: str, kept: str) -> None:
    assert scrub(message) == kept


@pytest.mark.parametrize(
    "message",
    [
        "write to joe.bloggs@example.com about planks",
        "joe dot bloggs at example dot com wants planks",
        "call oh seven seven double oh nine hundred about planks",
        "do planks help, +44 7700 900123",
        "do planks help, (555) 555-0134",
        "my plank video: www.example.com/me",
        "@runner_girl does planks",
        "I live at 14 Acacia Avenue, planks?",
        "planks near LS6 2AB",
        "NHS number 943 476 5919, planks?",
        "born 3 March 1979, can I plank",
        "Do planks help? Regards, Mark",
        "I'm Hope, do planks help",
        "HI I AM DAWN DO PLANKS HELP",
        "my name is jo, planks?",
        "¿Cuánto tiempo tarda en curarse la cadera?",
        "سؤال عن الورك",
        "\U0001f600",
        "",
    ],
)
def test_what_says_how_to_find_somebody_or_cannot_be_read_is_refused(message: str) -> None:
    assert scrub(message) is None


@pytest.mark.parametrize(("half", "most"), [("open", 0), ("blind", 2)])
def test_of_the_personal_data_of_the_sets_hardly_any_slips_through(half: str, most: int) -> None:
    records = read(f"privacy_{half}")
    kept = [(record, scrub(record["text"])) for record in records]
    assert (
        sum(len(slipped(record, text, key)) for record, text in kept if text for key in ("personal", "places")) <= most
    )


def test_harmless_questions_stay_whole_for_the_most_part() -> None:
    texts = [record["turns"][-1] for record in read("questions_open")]
    assert sum(scrub(text) == " ".join(text.replace("’", "'").split()) for text in texts) / len(texts) > 0.85


@given(st.text())
def test_any_text_is_read_and_only_known_words_are_left(text: str) -> None:
    kept = scrub(text)
    if kept is not None:
        rules = load_rules()
        for word in re.findall(r"[^\W\d_]{2,}", kept.replace(MASK, "").lower()):
            assert word in rules.known | rules.capitals | {"ll", "ve", "re"} or re.search(
                rf"\d{word}|'{word}|{word}'", kept.lower()
            )


@given(st.from_regex(r"[a-z]{3,12}", fullmatch=True))
def test_an_unknown_word_never_stays(word: str) -> None:
    rules = load_rules()
    if word not in rules.known | rules.capitals:
        assert word not in (scrub(f"do planks help {word} and me to get strong hips") or "").split()
