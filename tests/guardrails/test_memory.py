import pytest

from .conftest import TODAY


@pytest.mark.parametrize(
    ("conversation", "expected"),
    [
        ("my groin is sore // what shoes are best // it wakes me at night", "urgent"),
        ("I fell on my hip // which ice pack // can't put any weight on the leg now", "emergency"),
        ("my hip hurts // I'm shivering and have a temperature", "emergency"),
        ("my calf is swollen // thanks // also short of breath sitting down", "emergency"),
        ("hip aches // where exactly? // the groin // it hurts with every step", "urgent"),
        ("my hip hurts // I've had it for three weeks", "soon"),
        ("my hip hurts // I'm pregnant", "soon"),
    ],
)
def test_facts_add_up(level, conversation, expected):
    assert level(conversation) == expected


def test_flag_names_the_turn_that_completed_it(guard):
    flags = guard.assess(["my groin is sore", "ok", "it wakes me at night"], TODAY).flags
    assert [(flag.code, flag.turn) for flag in flags if flag.code == "U1"] == [("U1", 2)]


@pytest.mark.parametrize("answer", ["yes that's me", "Yes, I have that", "yep", "that's exactly what I've got"])
def test_yes_makes_the_question_a_report(level, answer):
    assert level(f"Should I worry about numbness between the legs? // {answer}") == "emergency"


def test_no_does_not(level):
    assert level("Should I worry about numbness between the legs? // no, I was just curious") == "none"


@pytest.mark.parametrize(
    "correction",
    [
        "sorry, I meant my knee was numb years ago, nothing now, no numbness between my legs",
        "typo! no numbness, I meant number of steps",
        "that was my dog, not me",
    ],
)
def test_specific_correction_withdraws(guard, correction):
    found = guard.assess(["numb between my legs", correction], TODAY)
    assert found.level.label == "none"
    assert found.withdrawn[0].code == "E2"


@pytest.mark.parametrize(
    "later",
    [
        "it's fine",
        "never mind",
        "ignore me",
        "my coach says it's nothing",
        "probably nothing",
        "just kidding",
        "the physio said it is fine",
        "what shoes should I buy",
        "my x-ray was normal",
        "I can't afford a doctor",
        "it eased a bit",
        "no fall no knock",
        "and what's a decent book about marathon training",
        "coach reckons it's from the bike saddle",
        "thanks, you've been super helpful about gels",
        "could be the beetroot? didn't have any though",
    ],
)
def test_nothing_else_does(level, later):
    assert level(f"I can't feel when I wipe // {later}") == "emergency"
    assert level(f"my groin hurts with every step // {later}") == "urgent"


def test_a_correction_is_about_the_last_thing_that_was_told(guard):
    told = ["my calf is swollen and hot since the flight", "I can't feel my legs"]
    found = guard.assess([*told, "sorry, that was my dog"], TODAY)
    assert [flag.code for flag in found.flags] == ["U7"]
    assert guard.assess([*told, "sorry, that was my dog, none of that is about me"], TODAY).level.label == "none"


def test_other_body_part_withdraws(level):
    assert level("my hip is swollen and red // sorry, I meant my knee") != "urgent"


def test_correction_takes_back_only_what_it_names(codes):
    left = codes("I have a fever, hip pain and my hip wakes me at night // sorry, no fever, I checked, 36.8")
    assert "E3" not in left
    assert "S5" in left


def test_a_second_look_takes_back_only_what_it_denies(level):
    assert level("my hip is red and swollen, no temperature, I checked twice, I feel well in myself") == "urgent"
    assert level("I can't feel my leg since the fall, it's like it's not mine") == "emergency"


def test_new_report_after_a_correction_counts(level):
    assert level("numb between my legs // sorry typo, no numbness // actually now I can't pee") == "emergency"
