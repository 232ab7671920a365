"""Claims: what the policy forbids is an error, what keeps a runner running is for review, and careful sentences pass."""

from __future__ import annotations

import pytest
import yaml

from guardrails.output import Output
from ingest.check.claims import load_claims
from ingest.check.page import plain
from ingest.check.rules import load_rules
from tests.conftest import PROJECT
from tests.ingest.checking import START, findings, rules

CLAIMS = {
    "dose": [
        "Take 400mg of ibuprofen three times a day.",
        "Two paracetamol before bed will help you sleep.",
        "You can take up to 8 tablets in 24 hours.",
        "Adults may take ibuprofen every six hours.",
        "A typical dose is 500 mg to 1 g of paracetamol.",
        "Take one naproxen twice a day with food.",
        "Swallow a couple of aspirin after your run.",
        "Use 1,000 mg paracetamol four times daily.",
        "Ibuprofen 200 mg tablets help.",
        "Take ibuprofen 3 times daily for a week.",
    ],
    "self-test": [
        "Hop on the sore leg ten times and see how it feels.",
        "Try the fulcrum test at home to rule out a stress fracture.",
        "Do a single-leg hop test before you run.",
        "Jump up and down to check for pain.",
        "If you can hop without pain, you can run.",
        "Test yourself by hopping on the painful side.",
        "Tap your heel hard to see if the pain shoots up the bone.",
    ],
    "diagnosis": [
        "If it clicks, you have a labral tear.",
        "Groin pain always means a hip flexor strain.",
        "Your pain is definitely bursitis.",
        "Pain on the outside of the hip is certainly bursitis.",
        "This is a stress fracture.",
        "You have piriformis syndrome.",
        "If your groin hurts when you run, you have a stress fracture.",
        "A deep ache in the groin means you have hip impingement.",
    ],
    "no-need": [
        "You don't need to see a doctor.",
        "There is no need to see a physio for this.",
        "A doctor is not needed for most hip pain.",
        "You can sort this out without seeing a physio.",
        "There's no point in seeing a GP.",
        "Most runners never need to see a doctor.",
        "Scans are unnecessary.",
        "Medical attention is rarely required.",
        "You won't need professional help.",
        "Skip the physio and do these exercises instead.",
    ],
    "promise": [
        "We guarantee you will run pain-free.",
        "You will be back to running in three weeks.",
        "This exercise cures hip pain for good.",
        "Your hip will heal completely.",
        "These stretches will fix your hip in just two weeks.",
        "Follow the plan and you'll be pain free within a month.",
        "This programme works for everyone, 100% of the time.",
        "Guaranteed relief from hip pain.",
        "Your pain will disappear.",
        "This always works.",
        "Do these and the pain will never come back.",
    ],
    "healing-time": [
        "A hip strain heals in two weeks.",
        "Bursitis takes six weeks to heal.",
        "Most runners recover within a month.",
        "Tendinopathy usually settles in 12 weeks.",
        "Full recovery takes 8 weeks.",
    ],
    "long-wait": [
        "See a physio if the pain lasts longer than three weeks.",
        "Give it a month before you see a doctor.",
        "Wait 4 weeks before you get it checked.",
        "If your hip still hurts after six weeks, seek help.",
        "Only see a doctor if pain persists for a month.",
    ],
    "keep-running": [
        "You can keep running as long as the pain stays under 3 out of 10.",
        "It's safe to run if your pain is below 4/10.",
        "Run through the pain.",
        "Most runners can run through mild hip pain.",
        "Don't stop running just because your hip hurts.",
        "A little pain is fine, so carry on with your training.",
        "There is no need to stop training when your hip is sore.",
        "It is OK to run with hip pain.",
        "Running with mild pain is fine.",
        "Push through the discomfort and it will ease.",
        "Complete rest is rarely needed for hip pain.",
        "Pain up to 5/10 is acceptable during running.",
        "Just run it off.",
        "Take a painkiller before your long run if the hip aches.",
        "Ignore the ache and keep your mileage up.",
        "You may continue to train with some soreness.",
        "If the pain warms up after a mile, carry on.",
        "Keep training through a flare-up.",
    ],
    "reassurance": [
        "A clicking hip is usually harmless.",
        "Hip pain is rarely serious.",
        "There is nothing to worry about.",
        "Don't worry, this is normal.",
        "It is not usually anything serious.",
    ],
}
CAREFUL = [
    "It is safe to put ice on a hip flexor strain.",
    "Do not take more than the packet says.",
    "Ask a pharmacist about painkillers.",
    "Drink 500 ml of water.",
    "Do not hop on the sore leg to test it.",
    "A doctor may ask you to hop.",
    "Balance on one leg for thirty seconds.",
    "If you have a stress fracture, stop running.",
    "A stress fracture is a small crack in the bone.",
    "Groin pain can mean a hip flexor strain.",
    "Only a doctor can tell whether you have a labral tear.",
    "See a doctor within two weeks.",
    "You need to see a doctor.",
    "If you need to see a doctor, ring first.",
    "Recovery differs from runner to runner.",
    "Nobody can guarantee that you will recover.",
    "Do not run through the pain.",
    "Stop running if your hip hurts.",
    "Return to running when you are free of pain.",
    "Reduce your mileage by half for a week.",
    "Pain that keeps coming back should be checked.",
    "Running through pain can make an injury worse.",
    "You should rest until someone has checked your hip.",
    "Strong hips help runners run without pain.",
    "Warm up for ten minutes before a run.",
    "If pain gets worse as you keep running, stop.",
    "Ask your physio when you can run again.",
    "Runners can strengthen the hip to prevent pain.",
    "This can be serious.",
    "The hip will feel stiff in the morning.",
    "Swimming keeps you fit while you cannot run.",
    "Rest until walking does not hurt.",
    "It may take several weeks of strengthening before you notice a change.",
    "You may need an X-ray.",
    "Keep a training diary and note when the hip hurts.",
    "Heel pain and hip pain often come together.",
    "Runners with hip pain often train too much.",
    "Most people with hip pain do not have a stress fracture.",
    "If you have had a strain before, warm up well.",
    "See a physio if you have to stop running because of pain.",
    "You can run again once you have no pain when you walk.",
    "Not running for a week is hard.",
    "You should not need painkillers to run.",
    "Your physio will check your hip and fix a plan.",
    "Runners can get hip pain when they train hard.",
    "The pain will often get worse if you do not rest.",
    "Do not train through an injury.",
    "Sharp pain is a sign to stop, not to push on.",
]
FORBIDDEN = {"dose", "self-test", "diagnosis", "no-need", "promise"}


@pytest.mark.parametrize(("rule", "sentence"), [(rule, s) for rule, sentences in CLAIMS.items() for s in sentences])
def test_a_claim_is_named_with_its_sentence(rule: str, sentence: str) -> None:
    found = findings(f"\n## Words\n\nA first line.\n{sentence}\n", rule=rule)
    assert [(finding.line, finding.quote) for finding in found] == [(START + 4, sentence)]
    assert (found[0].severity == "error") == (rule in FORBIDDEN)


@pytest.mark.parametrize("sentence", CAREFUL)
def test_a_careful_sentence_passes(sentence: str) -> None:
    assert rules(f"\n## Words\n\n{sentence}\n") <= {"jargon"}


def test_what_is_withheld_from_every_answer_is_named_while_it_is_written() -> None:
    """The examples of the guardrails' own output rules, of the tags that are blocked even where nothing is wrong."""
    output = Output.load()
    tags = yaml.safe_load((PROJECT / "guardrails/data/output.yaml").read_text(encoding="utf-8"))["tags"]
    missed = []
    for tag in ("dose", "self_test", "diagnosis", "no_need"):
        for sentence in tags[tag]["deny"]:
            assert tag in output.classify(sentence)
            if tag.replace("_", "-") not in rules(f"\n## Words\n\n{sentence}\n"):
                missed.append(sentence)
    assert missed == []


def test_no_example_of_the_guardrails_is_passed_over_by_the_quick_look() -> None:
    tags = yaml.safe_load((PROJECT / "guardrails/data/output.yaml").read_text(encoding="utf-8"))["tags"]
    assert [
        sentence
        for claim in load_claims()
        if claim.tag
        for sentence in tags[claim.tag]["deny"]
        if not claim.words.search(plain(sentence))
    ] == []


def test_a_yes_counts_below_the_question_it_answers() -> None:
    assert "keep-running" in rules("\n## Can I run with hip pain?\n\nIn many cases, yes.\n")
    assert "keep-running" not in rules("\n## Is the hip a joint?\n\nIn many cases, yes.\n")


def test_a_lead_in_says_what_a_list_is_about() -> None:
    body = "\n## Help\n\nSee a physiotherapist if the pain:\n\n- lasts more than three weeks\n- wakes you up\n"
    assert [(f.rule, f.line) for f in findings(body)] == [("long-wait", START + 5)]


def test_the_section_on_the_source_and_questions_are_no_advice() -> None:
    assert (
        rules("\n## Words\n\nCan I run through hip pain?\n\n## About the source\n\nWe guarantee recovery.\n") == set()
    )


def test_every_claim_has_a_rule_and_every_message_says_what_to_do() -> None:
    for claim in load_claims():
        assert claim.rule in load_rules()
        assert ". " in claim.says
