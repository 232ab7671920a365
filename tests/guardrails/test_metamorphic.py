"""Changes that should not lower a level, whatever a message says, and the one that must.

Bases are reports of the open development set; every change of `benchmarks/changes.py` is tried on a fixed sample of them with the
rules alone, and on a part of it with the matcher, which takes five times as long. On messages that the matcher
was not taught on `python -m benchmarks.changes` measures the same.
"""

from __future__ import annotations

import pytest

from benchmarks.changes import RELATIONS, changed, lowered, reports
from benchmarks.sets import TODAY
from guardrails import Guardrails, Level

SAMPLE, WITH_MATCHER, SEED = 150, 60, 7
LOWERED = 1
"""Of the sample, how many each change lowers at most with the rules alone. The aim is none; this holds what is reached."""
LOWERED_MATCHED = {"the same, last sentence first": 1}
"""The same with the matcher: none, but where a fall is told after what it did ("the toes roll out", "fell off the box")."""


@pytest.mark.parametrize("name", RELATIONS)
def test_hardly_any_change_lowers_a_level_of_the_rules(guard: Guardrails, name: str) -> None:
    found = lowered(guard, list(changed(reports("messages_open", SAMPLE, SEED), RELATIONS[name])))
    assert len(found) <= LOWERED, found


@pytest.mark.model
@pytest.mark.parametrize("name", RELATIONS)
def test_hardly_any_change_lowers_a_level_with_the_matcher(matched: Guardrails, name: str) -> None:
    found = lowered(matched, list(changed(reports("messages_open", WITH_MATCHER, SEED), RELATIONS[name])))
    assert len(found) <= LOWERED_MATCHED.get(name, 0), found


@pytest.mark.model
@pytest.mark.parametrize(
    "turn",
    [
        "heart attack in 2015, two stents",
        "breast cancer 2012, all clear since",
        "I'm a nurse in Leeds",
        "im 46 and run 5 times a week",
        "bloods were normal in spring",
    ],
)
@pytest.mark.parametrize(
    "told",
    ["chest pain and short of breath", "something snapped in my hip and I can't stand", "my calf is swollen and hot"],
)
def test_what_somebody_is_and_once_had_takes_nothing_back(matched: Guardrails, told: str, turn: str) -> None:
    assert matched.assess([told, turn], TODAY).level >= matched.assess([told], TODAY).level > Level.NONE


@pytest.mark.parametrize(
    "turns",
    [
        ["I fell on my hip and can't put any weight on it", "Sorry, autocorrect: I CAN put weight on it, I walk fine"],
        ["my groin hurts and I have a fever", "I mistyped, no fever, and no groin pain either, nothing hurts"],
        ["numb between my legs", "wrong chat, that was a quote from a film, I have no numbness"],
    ],
)
def test_a_specific_denial_of_the_only_symptom_does(guard: Guardrails, turns: list[str]) -> None:
    assert guard.assess(turns[:1], TODAY).level > Level.NONE
    assert guard.assess(turns, TODAY).level < guard.assess(turns[:1], TODAY).level
