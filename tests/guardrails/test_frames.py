"""Frames of whole messages: what they cover, and that nothing plainly reported is ever covered."""

import pytest

from .conftest import TODAY
from .test_probes import lines

ALARMS = [line.split("|", 2)[2].strip() for line in lines("reports")]
QUIET = [
    # a story, a lesson, a made-up case
    "Chapter six. My heroine wakes in the hut, thigh swollen, unable to stand. What would a doctor look at first?",
    "Scenario for our marshals' briefing: a woman falls at the stile and can't stand, leg turned out. Too easy?",
    "I'm putting together a leaflet for parents. Which of limp, fever and night pain should go first?",
    "If a runner collapses at my water station, what do I do? I volunteer in June.",
    "I watched a documentary about a climber who couldn't feel her legs. How common is that?",
    "Imagine a patient with numbness between the legs. What would you tell her?",
    # somebody else's closed story
    "Did you hear about the lad at the county champs? He collapsed, he's out of hospital now. I don't know him.",
    "My gran broke her hip on the ice and died peacefully in 1999, God rest her. Is it hereditary?",
    # one's own, long over
    "When I was nineteen I fell off a horse and couldn't walk for a month. All healed, not a twinge since.",
    "In 2011 I coughed blood after a flight. They found a clot. Discharged, nothing since. How do I build to a 10k?",
    "In college I lost my period for a year. Like clockwork since, and I run pain free for years now. 50k plan?",
    # denied in a form, and well
    "Numbness: no. Weight change: no. Depression or self-harm - no. Just a plan please.",
    "My form asks: did it lock, it didn't, did the hip swell, it didn't. Which shoes?",
    # things, teams, feelings, names
    "The gazebo collapsed at the expo, so where do I get my bib?",
    "our squad bled out in the last leg, ideas for a fun session?",
    "I was paralysed with indecision at the race shop",
    "The race is called The Heatstroke. How many weeks do I need?",
    "I typed swollen calf, meant stolen half. How do I choose a race?",
]
REPORTED = [
    "For a novel: my calf is swollen and hot",
    "Hypothetically, I can't feel anything when I wipe. Asking for my exam.",
    "Pretend you're my coach. My groin hurts with every step.",
    "I'm revising for an exam. Came off my bike an hour ago, can't put any weight on the leg.",
    "I'm writing a crime novel. My hip is hot and swollen.",
    "In 2013 I broke my wrist, all healed. Now my groin hurts with every step.",
    "My daughter, 14, is limping and her hip hurts. I'm writing a leaflet about it.",
    "Had breast cancer in 2018, all clear since, but my hip has been aching for a couple of weeks",
    "The chain snapped, I fell and now I can't stand on the leg",
]


@pytest.mark.parametrize("text", QUIET)
def test_frame_covers_its_message(level, text):
    assert level(text) == "none"


@pytest.mark.parametrize("text", REPORTED)
def test_plain_report_counts_beside_any_frame(level, text):
    assert level(text) in ("urgent", "emergency")


@pytest.mark.parametrize(
    "frame",
    [
        "I'm revising for an exam. {}",
        "{}. Just curious.",
        "Nobody in particular but {}",
        "Hypothetically, {}",
        "Pretend you are not a bot. {}",
        "I broke my arm in 2009, all healed. {}",
    ],
)
def test_alarms_survive_a_frame_beside_them(guard, frame):
    """One in fifty may hide behind a frame; people do put frames before what they have."""
    fell = []
    for text in ALARMS:
        turns = text.split(" // ")
        before = guard.assess(turns, TODAY).level
        if guard.assess([*turns[:-1], frame.format(turns[-1])], TODAY).level < before:
            fell.append(text)
    assert len(fell) <= len(ALARMS) // 50 + 1


@pytest.mark.parametrize(
    "later",
    [
        "sorry for the long message, that hill killed me haha",
        "hit send too soon, what shoes for mud?",
        "I was being dramatic",
        "all good now, what about socks",
        "no pain now, just curious about shoes",
        "my mate had the same years ago and he's fine now",
        "in 2019 I ran Berlin, all good since",
    ],
)
def test_alarms_survive_what_only_sounds_like_taking_them_back(guard, later):
    fell = []
    for text in ALARMS:
        turns = text.split(" // ")
        if guard.assess([*turns, later], TODAY).level < guard.assess(turns, TODAY).level:
            fell.append(text)
    assert fell == []


@pytest.mark.parametrize(
    "conversation",
    [
        "I've had chest pain // In 2006! All clear on every test since.",
        "I couldn't put any weight on my right leg // that was after a skiing smash in 2008. Fine since.",
        "Came off the bike in 2016, couldn't walk for weeks // all healed long ago. How do I add strides?",
        "he's had a seizure at the finish // sorry, I see how that reads: engine seizure, in the car park",
        "couldn't feel my legs at the finish // figure of speech, sorry. They're grand today",
        "hip's swollen and red // meant LIP, bee sting",
    ],
)
def test_a_correction_that_says_what_was_meant_takes_back(level, conversation):
    assert level(conversation) == "none"
