"""Asking back: what is asked and when, and what a bare answer in the next turn means."""

import time

import pytest

from guardrails import Guardrails, Level, RuleError
from guardrails.lint import lint

from .conftest import TODAY, copy_rules


@pytest.fixture(scope="session")
def ask(guard):
    """Id of the question that follows a conversation, its turns divided by " // "."""

    def run(text: str) -> str:
        return guard.assess(text.split(" // "), TODAY).ask_id

    return run


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("footstrike", "my groin is sore"),
        ("footstrike", "deep hip ache for two weeks"),
        ("night-rest", "my thigh hurts after runs // no"),
        ("hot-fever", "my hip is red and swollen"),
        ("calf-chest", "my calf is swollen and sore"),
        ("numb-saddle", "my leg has been tingling"),
        ("back-saddle", "my back hurts and my leg is weak"),
        ("child-limp", "my son is 12 and his hip hurts"),
        ("fall-stand", "I fell on my run and my hip hurts"),
        ("painkillers-amount", "I take ibuprofen before every run"),
        ("pregnancy", "I'm pregnant and my hip hurts"),
        ("operation-fever", "had a hip replacement and now it hurts"),
        ("stuck-now", "my hip locks now and then"),
        ("", "my outer hip hurts"),
        ("", "my outer hip hurts when I lie on it"),
        ("", "what shoes should I buy?"),
        ("", "my groin hurts with every step"),
        ("", ""),
    ],
)
def test_the_missing_fact_is_asked_for(ask, question, text):
    assert ask(text) == question


@pytest.mark.parametrize(
    "text",
    ["I fell on my hip and can't stand", "numb between my legs and my groin is sore", "I want to die, groin pain"],
)
def test_nothing_is_asked_under_an_emergency(guard, text):
    found = guard.assess([text], TODAY)
    assert (found.level, found.ask, found.ask_id) == (Level.EMERGENCY, "", "")
    assert guard.notice(found).ask == ""


@pytest.mark.parametrize(
    "text",
    [
        "my groin is sore, no pain when my foot lands and none at night or at rest",
        "my hip is red and swollen, no fever",
        "my calf is swollen, no chest pain",
        "I fell on my hip and it hurts, but I can walk",
    ],
)
def test_what_was_said_is_not_asked(ask, text):
    assert ask(text) == ""


YES = ["yes", "Yeah a bit", "it does", "yep", "sometimes", "only when I run", "Yes, and which stretches help?", "aye"]
YES += [
    "well, yes",
    "I think so",
    "I'd say so",
    "kinda",
    "a little",
    "YES!!",
    "it does, on every step",
    "yes it's really bad",
]
NO = [
    "no",
    "nope",
    "not really",
    "No, it doesn't.",
    "nah",
    "it doesn't",
    "no not at all",
    "Not that I've noticed",
    "never",
]
UNCLEAR = [
    "not sure",
    "I don't know",
    "maybe",
    "no idea",
    "yes please",
    "no thanks",
    "thanks",
    "what shoes are best?",
    "ok",
]
UNCLEAR += ["no problem", "it depends", "why do you ask?", "👍", "", "no?", "hard to say"]


@pytest.mark.parametrize("answer", YES)
def test_yes_is_a_report(guard, answer):
    flag = guard.assess(["my groin is sore", answer], TODAY).flags[0]
    assert (flag.code, flag.turn) == ("U1", 1)
    assert flag.turns[-1] == 1
    assert flag.evidence[-1] in answer


@pytest.mark.parametrize("answer", NO)
def test_no_is_a_denial(guard, answer):
    found = guard.assess(["my groin is sore", answer], TODAY)
    assert (found.level, found.ask_id) == (Level.SOON, "night-rest")
    turn = guard.explain(["my groin is sore", answer], TODAY).conversation.turns[1]
    assert [(one.status, one.why) for one in turn.mentions if one.concept == "impact_pain"][-1][0] == "denied"


@pytest.mark.parametrize("answer", UNCLEAR)
def test_anything_else_is_no_answer(guard, answer):
    trace = guard.explain(["my groin is sore", answer], TODAY)
    assert trace.assessment.level is Level.SOON
    assert not any(one.why.startswith("answers") for one in trace.conversation.turns[1].mentions)
    assert trace.assessment.ask_id not in ("", "footstrike")


def test_the_same_words_answer_each_question_in_their_way(level):
    assert level("my groin is sore // only when I run") == "urgent"
    assert level("my groin is sore // no // only when I run") == "soon"
    assert level("my groin is sore // no // at night") == "urgent"


@pytest.mark.parametrize(("answer", "expected"), [("no", "emergency"), ("not really", "emergency"), ("yes", "soon")])
def test_no_can_be_the_alarming_answer(level, answer, expected):
    assert level(f"I fell on my run and my hip hurts // {answer}") == expected
    assert level("I fell on my run and my hip hurts // barely") == "emergency"
    assert level("I fell on my run and my hip hurts // no swelling") == "soon"


def test_own_words_count_before_a_bare_answer(guard):
    found = guard.assess(["my hip is red and swollen", "yes, no fever though"], TODAY)
    assert found.level is Level.URGENT


def test_only_the_next_turn_answers(level):
    assert level("my groin is sore // what shoes are best? // no // yes") == "soon"


def test_a_sign_is_asked_for_once(guard):
    turns, seen = ["my groin is sore and my hip replacement aches, I take ibuprofen"], []
    while (asked := guard.assess(turns, TODAY).ask_id) and len(turns) < 20:
        seen.append(asked)
        turns.append("which shoes?")
    assert len(seen) == len(set(seen)) > 2
    signs = [question.sign.concept for question in guard.questions.all if question.id in seen]
    assert len(signs) == len(set(signs))


def test_an_answer_can_be_corrected(level):
    assert level("my hip is red and swollen // yes") == "emergency"
    assert level("my hip is red and swollen // yes // sorry, no fever, I measured 36.8") == "urgent"


def test_no_takes_back_nothing(codes):
    assert codes("my groin is sore") <= codes("my groin is sore // no, sorry")
    assert codes("my groin is sore and wakes me at night") <= codes("my groin is sore and wakes me at night // no")


def test_yes_without_a_question_is_no_report(level):
    assert level("my outer hip hurts // yes") == "soon"
    assert level("which shoes? // yes // no") == "none"


def test_question_is_asked_about_whom_it_concerns(guard):
    about = guard.notice(guard.assess(["my son is 12 and his hip hurts"], TODAY))
    assert (about.about, about.ask) == ("kin", "Are they limping, or do they not want to stand on the leg?")
    own = guard.notice(guard.assess(["I'm 14 and my hip hurts when I run"], TODAY))
    assert (own.about, own.ask) == ("self", "Are you limping, or is it hard to put weight on the leg?")
    answered = guard.assess(["my son is 12 and his hip hurts", "yes he is"], TODAY).flags[0]
    assert (answered.code, answered.who) == ("U6", "kin")


def test_questions_are_short_and_plain(guard):
    for question in guard.questions.all:
        for text in (question.ask, question.ask_kin):
            assert text.endswith("?")
            assert text.count("?") == 1
            assert len(text.split()) <= 18
            assert not guard.classify(text) & {"dose", "self_test", "diagnosis", "no_need", "keep_running"}


def test_a_question_takes_nothing_from_the_notice(guard):
    with_question = guard.notice(guard.assess(["my groin is sore for two weeks"], TODAY))
    assert with_question.ask
    assert with_question.headline
    assert with_question.who
    assert with_question.do


def test_same_conversation_same_question(guard):
    turns = ["my groin is sore", "no", "which shoes?", "yes"]
    assert guard.assess(turns, TODAY) == Guardrails.load().assess(turns, TODAY)


def test_ten_turns_stay_in_budget(guard):
    def once(number: int) -> float:
        turns = [f"my groin is sore ({number})", *(f"and what about shoes number {turn}?" for turn in range(8)), "yes"]
        start = time.perf_counter()
        guard.assess(turns, TODAY)
        return time.perf_counter() - start

    seconds = sorted(once(number) for number in range(60))
    assert seconds[len(seconds) // 2] < 0.010  # The budget is on the 95th percentile; tests share a busy machine.


# --- the file


@pytest.fixture
def data(tmp_path):
    return copy_rules(tmp_path / "data")


def edit(data, old, new):
    file = data / "questions.yaml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("codes: [U7]", "codes: [U77]", "unknown code"),
        ("unless: [breathless,", "unless: [breatless,", "unknown concept"),
        ("unless: [breathless,", "unless: [pain@hip,", "more than a concept"),
        ("when: [hip_operation]", "when: [hip_operashun]", "unknown concept"),
        ("sign: breathless", "sign: breathless@moon", "unknown site"),
        ("sign: feverish", "sign: fever>=38", "no answer to yes or no"),
        ("sign: breathless", "sing: breathless", "unknown key"),
        ('      kin: "Do they have any chest', '      they: "Do they have any chest', "unknown key"),
        ("    reversed: true", "    reversed: perhaps", "reversed must be"),
        ("reviewed_on: 2026-11-25", "reviewed_on: soon", "is no date"),
        ("id: numb-saddle", "id: calf-chest", "is there twice"),
        ("(kind|sort) of", "(kind|sort of", "kind"),
        ("then: [E4]", "then: [E44]", "unknown code"),
        ("  unclear: |", "  unsure: |", "unknown key"),
    ],
)
def test_broken_question_is_refused_with_its_line(data, old, new, what):
    file = edit(data, old, new)
    with pytest.raises(RuleError, match=what) as caught:
        Guardrails.load(data)
    assert caught.value.file == file
    assert caught.value.line > 1
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('{after: "my left calf is swollen", then: [E4]}', '{after: "my calf is fine", then: [E4]}', "is not asked"),
        ('{after: "my left calf is swollen", then: [E4]}', '{after: "my left calf is swollen", then: [E2]}', "raise"),
        ('      - "calf is tight after hills"', '      - "my calf is swollen"', "must be quiet"),
        ('      - "calf is tight after hills"\n', "", "needs 3"),
        ("sign: breathless", "sign: click", "is not asked"),
    ],
)
def test_lint_finds_a_question_that_cannot_do_its_work(data, old, new, what):
    edit(data, old, new)
    assert any(what in finding.message for finding in lint(data))
