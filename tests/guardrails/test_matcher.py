"""What a matcher's word is worth. The matcher here says what each test tells it; the real one has its tests in tests/bot."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from guardrails import Guardrails, Level, RuleError
from guardrails.engine import CODES, MATCHER
from guardrails.matcher import TIMEOUT, TOGETHER, WINDOW, Likeness, Text, Thresholds

from .conftest import copy_rules

Judge = Callable[[str], tuple[float, str]]


TURN = "|"  # stands between two turns where a judge reads them


class Told:
    """A matcher that finds what was said up to a turn as likely a report of a code as ``judge`` says, because of one word."""

    def __init__(self, judge: Judge) -> None:
        self.judge = judge
        self.texts: list[str] = []

    def load(self) -> None:
        """Nothing to load."""

    def read(self, texts: Sequence[Text]) -> list[list[Likeness]]:
        self.texts += [self._joined(text) for text in texts]
        return [[self._one(text[: end + 1]) for end in range(len(text))] for text in texts]

    def _one(self, text: Text) -> Likeness:
        likely, code = self.judge(self._joined(text))
        levels = {level: likely if CODES[code] >= level else 0.0 for level in Level if level}
        return Likeness(
            levels,
            {one: float(one == code) for one in CODES},
            dict.fromkeys(levels, tuple(float(word == "duvet") for turn in text for word in turn)),
        )

    @staticmethod
    def _joined(text: Text) -> str:
        return f" {TURN} ".join(" ".join(turn) for turn in text)


def guarded(judge: Judge) -> Guardrails:
    return Guardrails.load(matcher=Told(judge))


def says(word: str, likely: float = 0.99, code: str = "E2", otherwise: float = 0.1) -> Judge:
    return lambda text: (likely if word in text else otherwise, code)


def test_it_raises_what_no_rule_saw_and_quotes_the_words_that_weighed_most() -> None:
    guard = guarded(says("duvet"))
    found = guard.assess(["Morning all. My duvet took me in. Lovely day."])
    assert found.level is Level.EMERGENCY
    assert [(flag.code, flag.rule, flag.evidence, flag.turn) for flag in found.flags] == [
        ("E2", MATCHER, ("My duvet took me in",), 0)
    ]
    assert guard.notice(found) is not None


def test_what_is_not_alike_enough_raises_nothing() -> None:
    assert guarded(says("duvet", 0.5)).assess(["my duvet"]).level is Level.NONE


def test_it_never_takes_back_what_a_rule_raised_unless_it_is_like_no_report_at_all() -> None:
    text = "I fell on my hip and can't stand, a song for two voices"
    assert guarded(lambda _: (0.2, "E1")).assess([text]).level is Level.EMERGENCY
    assert guarded(lambda _: (0.2, "S1")).assess([text]).level is Level.EMERGENCY  # not left without any flag
    assert guarded(lambda _: (0.99, "S1")).assess([text]).level is Level.SOON
    doubted = guarded(lambda _: (0.0, "S1")).assess([text])
    assert doubted.level is Level.NONE
    assert "E1" in doubted.asked_about  # the answer then opens with what to do if the runner has it now


@pytest.mark.parametrize(
    "messages",
    [
        ["numb between the legs"],
        ["Hi,", "I'm NUMB between my legs since last night!!"],
        ["my son collapsed"],
        ["which shoes for wet grass?", "my son collapsed"],
    ],
)
def test_a_sign_that_is_all_the_runner_says_is_not_doubted(messages: list[str]) -> None:
    assert guarded(lambda _: (0.0, "S1")).assess(messages).level is Level.EMERGENCY


@pytest.mark.parametrize(
    "messages",
    [
        ["numb between the legs, a chapter of my crime novel"],
        ["numb between the legs?"],
        ["numb between the legs 😂"],
        ["numb between the legs", "he sang"],
    ],
)
def test_a_sign_with_anything_beside_it_may_be_doubted(messages: list[str]) -> None:
    assert guarded(lambda _: (0.0, "S1")).assess(messages).level is Level.NONE


def test_danger_to_self_is_doubted_later_than_anything_else() -> None:
    despair, fall = (
        ["everyone would be happier if I was gone, I'm useless injured"],
        ["I fell on my hip and can't stand, a song for two voices"],
    )
    unlikely = guarded(lambda _: (0.1, "S1"))
    assert unlikely.assess(fall).level is Level.NONE
    found = unlikely.assess(despair)
    assert (found.level, found.flags[0].code) == (Level.EMERGENCY, "E6")
    doubted = guarded(lambda _: (0.01, "S1")).assess(despair)
    assert doubted.level is Level.NONE
    assert "E6" in doubted.asked_about


def test_a_flag_holds_over_later_turns() -> None:
    guard = guarded(says("duvet"))
    turns = ["my duvet", "which shoes are good?", "thanks", "and how long should I warm up?"]
    found = guard.assess(turns)
    assert (found.level, found.flags[0].turn) == (Level.EMERGENCY, 0)


def test_facts_add_up_over_turns() -> None:
    def judge(text: str) -> tuple[float, str]:
        return (0.99 if "first" in text and "second" in text else 0.3, "U1")

    found = guarded(judge).assess(["the first thing", "nice weather", "and the second thing"])
    assert (found.level, found.flags[0].turn) == (Level.URGENT, 2)


def test_each_turn_is_read_with_all_before_it_and_few_words_only_so() -> None:
    matcher = Told(lambda text: (0.01 if text.startswith("hello") else 0.4, "S1"))
    Guardrails.load(matcher=matcher).assess(["hello", "it aches", "more"])
    assert f"hello {TURN} it aches {TURN} more" in matcher.texts
    assert "more" not in matcher.texts


def test_turns_are_read_in_one_go_as_long_as_they_fit() -> None:
    matcher = Told(lambda _: (0.1, "S1"))
    guard = Guardrails.load(matcher=matcher)
    guard.assess([f"so this is {number}" for number in range(10)])
    assert len(matcher.texts) == 1
    matcher.texts.clear()
    guard.assess([f"and this is the number {number} of very many" for number in range(100)])
    assert max(len(text.replace(TURN, "").split()) for text in matcher.texts) <= TOGETHER
    assert sum(TURN in text for text in matcher.texts) < 15


def test_of_too_many_turns_the_last_and_those_that_tell_something_are_kept() -> None:
    matcher = Told(lambda text: (0.4 if "aches" in text else 0.01, "S1"))
    chat = [" ".join([f"chat{number}", *["and"] * 59]) for number in range(4)]
    Guardrails.load(matcher=matcher).assess(["it aches", *chat, "more"])
    last = next(text for text in matcher.texts if text.endswith("more"))
    assert [turn.split()[0] for turn in last.split(f" {TURN} ")] == ["it", "chat2", "chat3", "more"]
    assert sum(text.endswith("more") for text in matcher.texts) == 1


def test_a_specific_correction_withdraws_a_comfort_does_not() -> None:
    def judge(text: str) -> tuple[float, str]:
        return (0.01 if "dog" in text else 0.99 if "duvet" in text else 0.05, "E2")

    guard = guarded(judge)
    assert guard.assess(["my duvet", "it's fine, probably nothing"]).level is Level.EMERGENCY
    corrected = guard.assess(["my duvet", "sorry, I meant my dog"])
    assert corrected.level is Level.NONE
    assert guard.assess(["my duvet", "sorry, I meant my dog", "my duvet"]).level is Level.EMERGENCY


def retold(text: str) -> tuple[float, str]:
    """Two tales, of a duvet and of a kettle; a game takes back what was told before it."""
    if "game" in text:
        return 0.06, "E2"
    return (0.99, "E2") if "duvet" in text else (0.99, "U1") if "kettle" in text else (0.05, "E2")


def test_what_was_reported_before_the_thing_that_is_taken_back_stands() -> None:
    guard = guarded(retold)
    told = ["my kettle", "and what of the shoes", "my duvet"]
    found = guard.assess([*told, "that was the game my nephew plays"])
    assert [(flag.code, flag.turn) for flag in found.flags] == [("U1", 0)]
    later = guard.assess([*told, "that was the game my nephew plays", "he loves that game of his", "which shoes then?"])
    assert [(flag.code, flag.turn) for flag in later.flags] == [("U1", 0)], (
        "one correction, however many turns it takes"
    )
    assert guard.assess([*told, "all of that was the game my nephew plays"]).level is Level.NONE
    again = guard.assess([*told, "that was the game my nephew plays", "shoes", "the first was from the game too"])
    assert again.level is Level.NONE, "the runner came back to it"


def test_what_the_rules_found_is_taken_back_with_the_turn_it_stood_in() -> None:
    def judge(text: str) -> tuple[float, str]:
        return (0.06 if "game" in text else 0.99 if "stand" in text or "calf" in text else 0.05, "U7")

    told = ["my left calf is swollen and hot", "I fell on my hip and can't stand"]
    found = guarded(judge).assess([*told, "that is in the game my nephew plays"])
    assert {flag.code for flag in found.flags} == {"U7"}
    assert "E1" in found.asked_about
    told_why = guarded(judge).explain([*told, "that is in the game my nephew plays"]).to_dict()["matcher"]
    assert told_why["withdrawn"] == [1, 2]
    corrected = guarded(judge).assess([*told, "sorry, I meant the game my nephew plays"])
    assert {flag.code for flag in corrected.flags} == {"U7"}
    assert "E1" in {flag.code for flag in corrected.withdrawn}


def test_what_only_the_rules_take_for_a_sign_is_what_a_correction_is_about() -> None:
    def judge(text: str) -> tuple[float, str]:
        return (0.06 if "game" in text else 0.99 if "kettle" in text else 0.05, "U1")

    told = ["my kettle", "I've been sick blood twice", "that was the game my nephew plays"]
    assert {flag.code for flag in guarded(judge).assess(told).flags} == {"U1"}


def test_what_tells_something_itself_ends_a_correction() -> None:
    told = ["my kettle", "my duvet", "that was the game my nephew plays", "my duvet"]
    assert guarded(retold).assess(told).level is Level.EMERGENCY


def test_a_turn_without_words_of_correction_takes_back_too_if_it_makes_the_difference() -> None:
    def judge(text: str) -> tuple[float, str]:
        return (0.01 if "leaflet" in text else 0.99 if "duvet" in text else 0.01, "E2")

    guard = guarded(judge)
    last = "all of that stood in a leaflet that I read"
    assert guard.assess(["my duvet", last]).level is Level.NONE
    assert guard.assess(["my duvet", "leaflet"]).level is Level.EMERGENCY, "too short to say anything for sure"
    assert guard.assess(["my duvet", "thanks, that is lovely, and which shoes are good?"]).level is Level.EMERGENCY


def test_nothing_is_taken_back_where_what_was_told_does_not_read_as_a_report_anyway() -> None:
    long = "It was a lovely race and the sun was out\n\nthe duvet has me\n\nand the tea was good at the end of it"

    def judge(text: str) -> tuple[float, str]:
        return (0.99 if text == "the duvet has me" else 0.01, "E2")

    assert guarded(judge).assess([long]).level is Level.EMERGENCY
    assert guarded(judge).assess([long, "and which shoes would you buy for a wide foot?"]).level is Level.EMERGENCY


def test_the_less_likely_it_was_the_less_must_be_left_of_what_is_taken_back() -> None:
    told = ["I fell on my hip and can't stand", "in the game that my nephew plays, that is"]

    def left(likely: float) -> Judge:
        return lambda text: (likely if "game" in text else 0.2, "E1")

    assert guarded(left(0.1)).assess(told).level is Level.EMERGENCY
    assert guarded(left(0.02)).assess(told).level is Level.NONE


def test_nothing_is_taken_back_that_there_was_no_room_to_read() -> None:
    told = " ".join(["duvet", *["and"] * 119])

    def judge(text: str) -> tuple[float, str]:
        return (0.99 if "duvet" in text else 0.01, "E2")

    chat = " ".join(["chat", *["and"] * 99])
    assert guarded(judge).assess([told, chat, chat]).level is Level.EMERGENCY


def test_without_words_of_correction_still_less_must_be_left() -> None:
    """Who reports something often goes on to chat: "hip pain and a temperature", "it's my nan's old glass thermometer"."""

    def judge(text: str) -> tuple[float, str]:
        return (0.12 if TURN in text else 0.99 if "duvet" in text else 0.07, "E2")

    guard = guarded(judge)
    assert guard.assess(["my duvet", "it is my nan's old one and she had it from hers"]).level is Level.EMERGENCY
    assert guard.assess(["my duvet", "sorry, I meant the one in my novel"]).level is Level.NONE


def test_without_words_of_correction_nothing_may_be_left_without_the_talk_around_it_either() -> None:
    def judge(text: str) -> tuple[float, str]:
        return (0.01 if "hoover" in text and "park" in text else 0.99 if "duvet" in text else 0.01, "E2")

    last = "the wife says that it is the hoover"
    assert guarded(judge).assess(["my duvet", "I like the park", last]).level is Level.EMERGENCY
    assert guarded(judge).assess(["I like the park\n\nthe duvet has me", last]).level is Level.EMERGENCY
    assert guarded(judge).assess(["my duvet and the park", last]).level is Level.NONE


@pytest.mark.parametrize(
    ("last", "speaks"),
    [
        ("he is a greyhound", True),
        ("that was in 2015", True),
        ("the first was from a film", True),
        ("heart attack in 2015, two stents", False),
        ("she had breast cancer three years ago", False),
        ("a nurse in Leeds, and on statins", False),
    ],
)
def test_without_words_of_correction_it_must_speak_of_what_was_told(last: str, speaks: bool) -> None:
    guard = guarded(lambda text: (0.01 if TURN in text else 0.99 if "duvet" in text else 0.01, "E2"))
    assert (guard.assess(["my duvet", last]).level is Level.NONE) == speaks


def test_one_tale_told_over_several_turns_is_taken_back_whole_if_next_to_nothing_is_left() -> None:
    def judge(left: float) -> Judge:
        return lambda text: (left if "game" in text else 0.99, "E2" if "duvet" in text else "U1")

    tale = ["my kettle hurts", "and the duvet with it", "that was the game my nephew plays"]
    assert guarded(judge(0.01)).assess(tale).level is Level.NONE
    found = guarded(judge(0.06)).assess(tale)
    assert [(flag.code, flag.turn) for flag in found.flags] == [("U1", 0)], "only the last, if it is less sure"


def test_a_few_words_mean_what_they_mean_in_their_place() -> None:
    guard = guarded(lambda text: (0.99 if text.startswith("just since") else 0.1, "E7"))
    assert guard.assess(["just since this morning"]).level is Level.EMERGENCY, "alone there is nothing else to go by"
    assert guard.assess(["I run a lot", "just since this morning"]).level is Level.NONE


def test_a_turn_of_more_words_is_read_alone_as_well() -> None:
    report = "I see a duvet each time that I look at my hip in the mirror at home"
    guard = guarded(lambda text: (0.99 if text == report.lower() else 0.1, "E7"))
    assert guard.assess(["hello", report]).level is Level.EMERGENCY


@pytest.mark.parametrize("trouble", [RuntimeError("boom"), MemoryError()])
def test_an_error_fails_closed(trouble: Exception) -> None:
    def judge(_: str) -> tuple[float, str]:
        raise trouble

    found = guarded(judge).assess(["which shoes are good?"])
    assert (found.level, found.failed) == (Level.URGENT, True)


def test_a_time_out_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    def judge(_: str) -> tuple[float, str]:
        time.sleep(0.3)
        return 0.0, "S1"

    assert TIMEOUT > 1
    monkeypatch.setattr("guardrails.matcher.TIMEOUT", 0.05)
    found = guarded(judge).assess(["which shoes are good?"])
    assert (found.level, found.failed) == (Level.URGENT, True)


def test_long_messages_are_read_in_windows_of_whole_sentences() -> None:
    matcher = Told(says("duvet"))
    text = " ".join(f"Sentence number {number} about running in the park." for number in range(100)) + " My duvet."
    found = Guardrails.load(matcher=matcher).assess([text])
    assert found.level is Level.EMERGENCY
    assert found.flags[0].evidence[0] in text
    assert max(len(one.split()) for one in matcher.texts) <= WINDOW


def test_a_paragraph_is_read_on_its_own_too() -> None:
    matcher = Told(says("duvet"))
    Guardrails.load(matcher=matcher).assess(["I like the park.\n\nmy duvet is heavy\n\nBye for now."])
    assert "my duvet is heavy" in matcher.texts


def test_what_was_read_is_not_read_again() -> None:
    matcher = Told(says("duvet"))
    guard = Guardrails.load(matcher=matcher)
    guard.assess(["one thing"])
    guard.assess(["one thing", "another"])
    assert matcher.texts.count("one thing") == 1


def test_a_cache_that_is_emptied_meanwhile_loses_a_conversation_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("guardrails.matcher.REMEMBERED", 0)  # so that what is read next always takes its place
    matcher = Told(lambda text: (0.3 if "aches" in text else 0.01, "S1"))
    guard = Guardrails.load(matcher=matcher)
    chat = [" ".join([f"chat{number}", *["and"] * 59]) for number in range(8)]
    for turns in (["it aches", *chat], ["it aches", "sorry, I meant my dog", *chat], ["it aches", *chat, "it aches"]):
        assert not guard.assess(turns).failed


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("report: 90", "no likelihood"),
        ("report: yes", "no likelihood"),
        ("doubt: 0.95", "would be doubted"),
        ("doubt_grave: 0.5", "would be doubted"),
        ("reviewed_on: yesterday", "no date"),
        ("reports: 0.9", "unknown key"),
    ],
)
def test_broken_thresholds_refuse_to_load_with_file_and_line(tmp_path: Path, line: str, what: str) -> None:
    data = copy_rules(tmp_path / "data")
    file = data / "matcher.yaml"
    name = line.partition(":")[0].replace("reports", "report")
    kept = [old for old in file.read_text().splitlines() if not old.startswith(name + ":")]
    file.write_text("\n".join([*kept, line]) + "\n")
    with pytest.raises(RuleError, match=what) as caught:
        Thresholds.load(data)
    assert caught.value.line > 0
