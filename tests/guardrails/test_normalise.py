from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guardrails.normalise import Normaliser, Spelling

from .conftest import TODAY


@pytest.fixture(scope="module")
def normalise(guard):
    return guard.lexicon.normaliser


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("I can't", "i can not"),
        ("i cant", "i can not"),
        ("I can’t", "i can not"),
        ("cannae walk", "can not walk"),
        ("don t", "do not"),
        ("it's my hip's fault", "it is my hip s fault"),
        ("n u m b", "numb"),
        ("n.u.m.b", "numb"),
        ("paaaaain", "pain"),
        ("weight-bearing", "weight bearing"),
        ("2-3wks", "2 - 3 weeks"),
        ("38.5C", "38.5 c"),
        ("sw\u043ellen", "swollen"),
        ("ＳＷＯＬＬＥＮ", "swollen"),
        ("s\u200bwollen", "swollen"),
        ("excrutiating", "excruciating"),
        ("w/o rest & sleep", "without rest and sleep"),
        ("hip/groin", "hip , groin"),
        ("line one\nline two", "line 1".replace("1", "one") + " ; line two"),
        ("limpin and achin", "limping and aching"),
        ("sui*cidal", "suicidal"),
    ],
)
def test_typing_is_folded(normalise, text, words):
    assert normalise(text).text == words


def test_short_safety_words_are_never_guessed(normalise):
    assert normalise("never not week well half old").text == "never not week well half old"


@given(st.text(max_size=200))
def test_twice_is_once_and_places_are_inside(guard, text):
    normalise = guard.lexicon.normaliser
    once = normalise(text)
    assert normalise(once.text).text == once.text
    assert all(0 <= token.start < token.end <= len(text) for token in once.tokens)


@given(st.text(alphabet="abn tI'’.-*!?\n09é", max_size=120))
def test_places_go_forward(guard, text):
    tokens = guard.lexicon.normaliser(text).tokens
    assert all(left.start <= right.start for left, right in pairwise(tokens))


def test_works_without_any_spelling():
    assert Normaliser(Spelling())("I Don't").text == "i do not"


def test_evidence_is_the_runners_own_typing(guard):
    text = "My HIP is killing me & I’ve a TEMP of 39.2"
    for flag in guard.assess([text], TODAY).flags:
        assert all(quote in text for quote in flag.evidence)
