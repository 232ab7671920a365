import pytest

from guardrails import Assessment, Level

NONE, SOON, URGENT, EMERGENCY = (Assessment(level) for level in Level)


@pytest.mark.parametrize(
    ("sentence", "tag"),
    [
        ("You can keep running if it stays below 3 out of 10.", "keep_running"),
        ("Hip pain like this is rarely serious.", "reassure"),
        ("Stretch the hip flexors for 30 seconds.", "exercise"),
        ("Swap a run for swimming to keep your fitness.", "active_recovery"),
        ("Take 400 mg of ibuprofen.", "dose"),
        ("Hop on one leg and see whether it hurts.", "self_test"),
        ("You have a stress fracture.", "diagnosis"),
        ("Wait two to three weeks before you see someone.", "waiting_time"),
        ("You will be back to running in four weeks.", "promise"),
        ("Our clinic offers free consultations.", "marketing"),
        ("Anti-inflammatories reduce swelling.", "medicine"),
        ("You don't need to see a doctor.", "no_need"),
    ],
)
def test_tags(guard, sentence, tag):
    assert tag in guard.classify(sentence)


@pytest.mark.parametrize(
    ("sentence", "assessment", "allowed"),
    [
        ("Stretch the hip flexors every day.", NONE, True),
        ("Stretch the hip flexors every day.", SOON, True),
        ("Stretch the hip flexors every day.", URGENT, False),
        ("You can keep running shorter distances.", URGENT, False),
        ("This is usually harmless.", URGENT, False),
        ("Ibuprofen may ease it.", URGENT, False),
        ("Stop running and see a doctor today.", URGENT, True),
        ("Numbness between the legs is an emergency.", EMERGENCY, True),
        ("Strong glutes support the pelvis.", EMERGENCY, False),
        ("Take two tablets every 4 hours.", NONE, False),
        ("Hop on the leg to test it.", NONE, False),
        ("Do not hop on the leg to test it.", URGENT, True),
        ("You have bursitis.", NONE, False),
        ("You do not need to see anyone about it.", NONE, False),
        ("See a physio if it lasts for two to three weeks.", SOON, False),
        ("See a physio if it lasts for two to three weeks.", NONE, True),
        ("See a physio if it lasts longer than one week.", SOON, True),
    ],
)
def test_review(guard, sentence, assessment, allowed):
    verdict = guard.review([sentence], assessment)[0]
    assert verdict.allowed is allowed
    assert bool(verdict.reason) is not allowed


def test_a_failed_check_is_reviewed_as_urgent(guard):
    failed = Assessment(Level.URGENT, failed=True)
    assert not guard.review(["Keep running."], failed)[0].allowed


def test_one_verdict_a_sentence(guard):
    assert len(guard.review(["One.", "Two.", "Three."], NONE)) == 3
