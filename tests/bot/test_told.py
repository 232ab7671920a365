"""Told: what is listed of a conversation, in the runner's own words, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.told import GROUPS as SCORED
from benchmarks.told import TODAY, compare, conversations
from bot.errors import BotError
from bot.factors import load_patterns
from bot.text import clean_text
from bot.told import GROUPS, Told, tell
from guardrails import Guardrails
from guardrails.engine import HEAD, TAIL


@pytest.fixture(scope="module")
def guardrails() -> Guardrails:
    return Guardrails.load()


def words(told: Told, group: str) -> list[str]:
    return [one.words for one in told.said[group]]


def test_a_complaint_is_listed_in_the_runners_words(guardrails: Guardrails) -> None:
    turns = [
        "My left hip has hurt for three weeks. It's worse going up stairs and after long runs. Resting helps.",
        "No fever. It wakes me at night. What can I do?",
    ]
    told = tell(guardrails, turns, TODAY)
    assert {group: words(told, group) for group in GROUPS} == {
        "where": ["My left hip"],
        "since": ["for three weeks"],
        "worse": ["going up stairs", "after long runs"],
        "better": ["Resting helps"],
        "other": ["wakes me at night"],
        "denied": ["No fever"],
        "asked": ["What can I do?"],
    }
    assert {one.turn for one in told.said["denied"]} == {1}


@pytest.mark.parametrize(
    "message",
    [
        "What is hip bursitis?",
        "Can bursitis hurt at night?",
        "Does sitting all day make hip pain worse?",
        "If I ever had pain at night, should I stop running?",
        "I had a stress fracture in 2019, all healed. How do I avoid another?",
        "my dog is limping on his back leg",
        "I have been running for ten years and want to know how to warm up",
    ],
)
def test_what_is_asked_imagined_long_over_or_a_dogs_is_not_listed(guardrails: Guardrails, message: str) -> None:
    told = tell(guardrails, [message], TODAY)
    assert [words(told, group) for group in SCORED] == [[]] * len(SCORED)


def test_a_question_is_quoted_whole(guardrails: Guardrails) -> None:
    turns = ["My hip hurts. Is the plan on example.org, the 5.5 km one, too much?", "So what now"]
    told = tell(guardrails, turns, TODAY)
    assert words(told, "asked") == ["Is the plan on example.org, the 5.5 km one, too much?", "So what now"]


@pytest.mark.parametrize(
    "message",
    ["my hip hurts but stretching doesn't help", "hip pain, not worse with running", "no pain on stairs, hip is sore"],
)
def test_what_changes_nothing_makes_it_neither_worse_nor_better(guardrails: Guardrails, message: str) -> None:
    told = tell(guardrails, [message], TODAY)
    assert (words(told, "worse"), words(told, "better")) == ([], [])


def test_a_warning_sign_names_its_messages_and_taking_it_back_moves_it(guardrails: Guardrails) -> None:
    turns = ["groin pain since March", "it wakes me at night"]
    noticed = {one.code: one for one in tell(guardrails, turns, TODAY).noticed}
    assert noticed["U1"].level == "urgent"
    assert [(one.words, one.turn) for one in noticed["U1"].said] == [("groin pain", 0), ("wakes me at night", 1)]
    told = tell(guardrails, [*turns, "sorry, I mistyped, no night pain"], TODAY)
    assert "U1" not in {one.code for one in told.noticed}
    assert "U1" in {one.code for one in told.withdrawn}
    assert "no night pain" in words(told, "denied")


def test_the_side_that_was_meant_is_the_one_that_stays(guardrails: Guardrails) -> None:
    told = tell(guardrails, ["sharp pain in my right hip", "sorry, I meant my left hip"], TODAY)
    assert words(told, "where") == ["my left hip"]


def test_it_is_about_whom_the_runner_asks_for(guardrails: Guardrails) -> None:
    told = tell(guardrails, ["my daughter is 14 and limping, her right hip hurts when she runs"], TODAY)
    assert (told.about, words(told, "worse")) == ("kin", ["when she runs"])
    assert tell(guardrails, ["my hip hurts when I run"], TODAY).about == "self"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(
            st.sampled_from(
                "my left hip hurts when I sit . ? , no fever since March rest helps worse on stairs 6/10 she 😭 \u202e <b> "
                "can't \ud800 ﬁ İ after a run and but".split(" ")
            )
            | st.text(max_size=8),
            max_size=30,
        ).map(" ".join),
        max_size=4,
    )
)
def test_offsets_always_quote_the_clean_message(turns: list[str]) -> None:
    told = tell(_loaded, turns, TODAY)
    assert not told.failed
    said = [one for group in GROUPS for one in told.said[group]]
    for one in (*said, *(part for sign in (*told.noticed, *told.withdrawn) for part in sign.said)):
        assert clean_text(turns[one.turn])[one.start : one.end] == one.words != ""


_loaded = Guardrails.load()


def test_a_very_long_message_is_quoted_from_its_ends(guardrails: Guardrails) -> None:
    message = "My left hip hurts. " + "x " * (HEAD + TAIL) + " It is worse on stairs."
    told = tell(guardrails, [message], TODAY)
    assert (words(told, "where"), words(told, "worse")) == (["My left hip"], ["on stairs"])
    (place,) = told.said["worse"]
    assert message[place.start : place.end] == "on stairs"


def test_a_conversation_that_cannot_be_read_is_urgent_and_says_so(
    guardrails: Guardrails, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(guardrails, "explain", lambda *_, **__: 1 / 0)
    told = tell(guardrails, ["my secret hip"], TODAY)
    assert (told.failed, told.level, told.to_dict()["where"]) == (True, "urgent", [])
    assert "secret" not in caplog.text


@pytest.mark.parametrize(("half", "least"), [("open", 0.95), ("blind", 0.85)])
def test_the_development_set_stays_as_well_read_as_it_was(guardrails: Guardrails, half: str, least: float) -> None:
    found = missed = right = wrong = 0
    for entry in conversations(half):
        counts, _ = compare(entry, tell(guardrails, entry["turns"], TODAY))
        for group in SCORED:
            found, missed = found + counts[f"{group} found"], missed + counts[f"{group} missed"]
            right, wrong = right + counts[f"{group} right"], wrong + counts[f"{group} wrong"]
    assert found / (found + missed) >= least
    assert right / (right + wrong) >= least


@pytest.mark.parametrize(("line", "named"), [("  ..3 a", "gap"), ("  {nowhere} a", "macro")])
def test_a_broken_phrase_is_named_with_its_line(
    tmp_path_factory: pytest.TempPathFactory, line: str, named: str
) -> None:
    from bot.factors import _DATA

    file = tmp_path_factory.mktemp("told") / "told.yaml"
    text = _DATA.read_text(encoding="utf-8")
    file.write_text(text.replace("likewise: |\n", f"likewise: |\n{line}\n"), encoding="utf-8")
    number = text[: text.index("likewise: |")].count("\n") + 2
    with pytest.raises(BotError, match=rf"told\.yaml:{number}: .*{named}"):
        load_patterns(file)
