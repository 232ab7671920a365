"""Figures: different figures on one subject are named with both places; like ones, and other subjects, are not."""

from __future__ import annotations

import pytest

from ingest.check.figures import load_subjects
from tests.ingest.checking import START, findings


def differing(body: str, other: str | None = None) -> list[str]:
    others = {"other.md": f"\n## Advice\n\n{other}\n"} if other else {}
    return [f.text for f in findings(f"\n## Advice\n\n{body}\n", others, rule="figures")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("See a physio if hip pain lasts longer than 1 week.", "Have hip pain checked if it lasts more than 3 weeks."),
        ("Have hip pain assessed if it lingers beyond 48–72 hours.", "See a doctor if the pain lasts for 1–2 weeks."),
        ("You can keep running while pain stays below 3/10.", "Running is fine with pain under 5 out of 10."),
        ("Stop running when the pain reaches 3/10.", "You can run if pain is below 5/10."),
        ("Add no more than 10% to your mileage a week.", "Increase your weekly distance by up to 20% a week."),
        ("Glute bridges: do 3 sets of 12 repetitions.", "Do 2 sets of 12 repetitions of the glute bridge."),
        ("Clamshells: 15 reps on each side.", "Do 8–10 reps of clamshells."),
        ("Hold the side plank for 20 seconds.", "Hold the side plank for 60 seconds."),
        ("Hip flexor stretch: hold for 30 seconds.", "Hold the hip flexor stretch for a minute."),
        ("Put ice on the hip for 15–20 minutes.", "Keep ice on the hip for 5 minutes."),
        ("Use ice on the hip for the first 72 hours.", "Ice the hip during the first 24 hours only."),
        ("Do not stretch for 72 hours after a hip strain.", "Avoid stretching a hip strain for two weeks."),
        ("Take 2 rest days a week.", "Take at least one rest day a week."),
        ("Do strength training 2–3 times a week.", "Do strength training five times a week."),
        ("Replace running shoes every 300–500 miles.", "Replace running shoes after 1,000 miles."),
        ("Running shoes should be replaced every 500–800 km.", "Replace running shoes after 200 miles."),
        ("A hip strain heals in 2 weeks.", "A hip strain takes 6 weeks to heal."),
        (
            "47% of people have a cam shape without any symptoms.",
            "A cam shape without symptoms is found in 20% of people.",
        ),
        ("Put ice on the hip for 15–20 minutes.", "An ice pack stays on the hip for half an hour."),
        ("Single-leg deadlifts: do 8–10 repetitions.", "Do 15 single-leg deadlifts on each side."),
        ("Monster walks: 10–12 steps in each direction.", "Do monster walks: 30 steps each way."),
        ("Hip pain that lasts a week should be assessed.", "Wait 10 days before seeing a physio about hip pain."),
        ("Warm up for 5 minutes before a run.", "Warm up for 15 minutes before a run."),
        (
            "Start running again after a week without pain.",
            "Return to running when you have been pain-free for 2 days.",
        ),
        ("Foam roll the thigh for 30 seconds.", "Foam roll each muscle for 5 minutes."),
        ("Raise your cadence by 5–10%.", "Increase your cadence by 20%."),
    ],
)
def test_both_places_are_named(one: str, other: str) -> None:
    (text,) = differing(one, other)
    assert f"other, line {START + 3}" in text
    assert len(differing(other, one)) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("See a physio if hip pain lasts longer than 1 week.", "Have hip pain checked if it lasts more than 7 days."),
        ("See a physio if hip pain lasts longer than 48 hours.", "See a physio if hip pain lasts more than two days."),
        ("Glute bridges: do 3 sets of 12 repetitions.", "Clamshells: do 2 sets of 15 repetitions."),
        ("Glute bridges: do 10–12 repetitions.", "Do 12 repetitions of the glute bridge."),
        ("Glute bridges: do 3 sets of 12.", "Single-leg bridges: do 2 sets of 8."),
        ("Hold the side plank for 20 seconds.", "Hold the plank for 60 seconds."),
        ("Replace running shoes every 300–500 miles.", "Replace running shoes every 500–800 km."),
        ("Put ice on the hip for 15–20 minutes.", "Run for 60 minutes."),
        ("A mild hip strain heals in 2 weeks.", "A severe hip strain takes 6 weeks to heal."),
        ("A hip strain heals in 2 weeks.", "A stress fracture takes 8 weeks to heal."),
        ("Have hip pain seen within 48 hours.", "See a physio if hip pain lasts longer than a week."),
        ("Do strength training twice a week.", "Run three times a week."),
        ("See a physio if hip pain lasts longer than 1 week.", "Over six weeks, increase your running."),
    ],
)
def test_what_agrees_or_is_another_subject_is_left_alone(one: str, other: str) -> None:
    assert differing(one, other) == []


def test_two_places_of_one_article_are_compared() -> None:
    body = "See a physio if hip pain lasts longer than 1 week.\n\nHave hip pain checked if it lasts more than 3 weeks."
    (text,) = differing(body)
    assert f"“1 week”, but it is “3 weeks” in line {START + 5}" in text


def test_an_article_that_names_both_figures_is_left_alone() -> None:
    both = "The clinic says to have hip pain checked after more than 2–3 weeks, later than our rule of 1 week."
    assert differing(both, "See a physio if hip pain lasts longer than 1 week.") == []
    assert differing("See a physio if hip pain lasts longer than 1 week.", both) == []


def test_a_list_is_about_what_leads_in_to_it() -> None:
    body = "\n## Warning signs\n\nHave the hip checked if the pain:\n\n- lasts more than 3 weeks\n- wakes you up\n"
    others = {"other.md": "\n## Advice\n\nSee a physio if hip pain lasts longer than 1 week.\n"}
    (finding,) = findings(body, others, rule="figures")
    assert finding.line == START + 5


def test_every_subject_reads_as_part_of_a_sentence() -> None:
    assert [s.name for s in load_subjects() if "{" in s.name or s.name[:1].isupper()] == []
