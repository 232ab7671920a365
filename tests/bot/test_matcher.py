"""The real matcher: its weights load, it tells reports from talk, and it says when it cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from bot.matcher import LEVELS, WEIGHTS, MiniLMMatcher, open_matcher
from guardrails import Guardrails, Level
from guardrails.engine import CODES, MATCHER
from guardrails.matcher import Text
from ingest.encoder import has_bfloat16
from ingest.errors import IngestError
from tests.conftest import PROJECT

pytestmark = pytest.mark.model
ROUNDING = 0.02 if has_bfloat16() else 1e-4  # bfloat16 keeps three figures, and another batch adds up in another order


@pytest.fixture(scope="module")
def matcher() -> MiniLMMatcher:
    return open_matcher()


def words(*turns: str) -> Text:
    return tuple(tuple(turn.split()) for turn in turns)


def test_likelihoods_are_ordered_and_in_range(matcher: MiniLMMatcher) -> None:
    texts = [words("hello"), words("i fell off the wall", "i can not stand since"), words("|"), (("a",) * 900, ("b",))]
    for text, read in zip(texts, matcher.read(texts), strict=True):
        assert len(read) == len(text)
        for turn, likeness in enumerate(read):
            assert set(likeness.codes) == set(CODES)
            assert all(0 <= value <= 1 for value in (*likeness.levels.values(), *likeness.codes.values()))
            assert {len(weights) for weights in likeness.weights.values()} == {sum(map(len, text[: turn + 1]))}
            assert tuple(likeness.levels) == LEVELS


def test_a_text_reads_the_same_alone_and_among_others(matcher: MiniLMMatcher) -> None:
    text = words("my calf has been twice the size of the other one since the flight")
    others = [words("which shoes should i buy ?"), words("no " * 150)]
    alone, among = matcher.read([text])[0][0], matcher.read([*others, text])[2][0]
    assert alone.levels == pytest.approx(among.levels, abs=ROUNDING)


def test_what_was_said_reads_the_same_whatever_is_said_next(matcher: MiniLMMatcher) -> None:
    said = words("my hip is a bit sore", "came off on the ice and they had to carry me home")
    before = matcher.read([said])[0]
    after = matcher.read([(*said, *words("which shoes should i buy ?", "sorry , that was in a game"))])[0]
    for turn in range(2):
        assert after[turn].levels == pytest.approx(before[turn].levels, abs=ROUNDING)
        assert after[turn].codes == pytest.approx(before[turn].codes, abs=ROUNDING)
    assert after[3].levels != pytest.approx(before[1].levels, abs=ROUNDING)


TOLD_SIDEWAYS = (
    "Took a header off the tram steps and two lads had to cart me home, right leg was just along for the ride"
)
"""An emergency that no rule sees."""


def test_a_word_without_end_leaves_room_for_the_others(matcher: MiniLMMatcher) -> None:
    text = words("so " + "ab" * 3000, "i fell and i can not stand on my leg")
    assert matcher.read([text])[0][-1].levels[Level.EMERGENCY] > 0.5


@pytest.mark.parametrize(
    "text",
    [
        "came off on the ice and they had to slide me home on a sledge, i couldnt get onto my feet",
        "my undercarriage has gone to sleep and i only know i've peed when it's wet",
        "hubby went over at parkrun and his foot's pointing at the wrong hedge",
    ],
)
def test_it_sees_what_is_told_in_other_words(matched: Guardrails, text: str) -> None:
    assert matched.assess([text]).level is Level.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "Which trail shoes grip best on wet rock?",
        "How many weeks does a first half marathon plan take?",
        "thanks, that helps a lot!",
        "What is the difference between a hip flexor and a glute?",
    ],
)
def test_it_leaves_talk_alone(matched: Guardrails, text: str) -> None:
    assert matched.assess([text]).level is Level.NONE


def test_the_command_uses_it(tmp_path: Path) -> None:
    line = json.dumps({"id": 1, "messages": [TOLD_SIDEWAYS]})
    done = subprocess.run(
        [sys.executable, "-m", "guardrails", "batch"],
        input=line.encode(), capture_output=True, check=True, cwd=PROJECT,
        env={**os.environ, "PYTHONPATH": str(PROJECT)},
    )  # fmt: skip
    assert json.loads(done.stdout)["level"] == "emergency"


def test_unusable_weights_are_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="Restore the file"):
        MiniLMMatcher(tmp_path / "none.safetensors").load()
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(WEIGHTS.read_bytes()[:1000])
    with pytest.raises(IngestError, match="Restore the file"):
        MiniLMMatcher(broken).load()


def test_weights_of_an_earlier_network_are_refused(tmp_path: Path) -> None:
    with safe_open(WEIGHTS, framework="pt") as file:
        metadata = {"encoder": file.metadata()["encoder"]}
    old = tmp_path / "old.safetensors"
    save_file(load_file(WEIGHTS), old, metadata=metadata)
    with pytest.raises(IngestError, match="another version"):
        MiniLMMatcher(old).load()


def test_without_its_weights_every_message_gets_the_cautious_answer(tmp_path: Path) -> None:
    guard = Guardrails.load(matcher=MiniLMMatcher(tmp_path / "none.safetensors"))
    found = guard.assess(["which shoes?"])
    assert (found.level, found.failed) == (Level.URGENT, True)


def test_flags_of_the_matcher_say_so(matched: Guardrails) -> None:
    trace = matched.explain([TOLD_SIDEWAYS])
    assert trace.reading is not None
    assert trace.reading.matches
    assert MATCHER in {flag.rule for flag in trace.assessment.flags} or trace.fired
    assert trace.to_dict()["matcher"]["matches"]


AT_ONCE = """
import threading, time
import torch
from bot.gate import Gate
from bot.matcher import open_matcher
from ingest.encoder import Encoder

faults = []

def use(run, after):
    time.sleep(after)  # each while the one before imports its libraries
    try:
        run()
    except BaseException as fault:
        faults.append(repr(fault))

runs = [
    Encoder().load, Gate().load, lambda: open_matcher().read([(("a", "sore", "hip"),)]),
    lambda: Gate().likelihood("Why?", "", ["Hips: They carry you."]),
]
threads = [threading.Thread(target=use, args=(run, number / 10)) for number, run in enumerate(runs)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert not faults, faults
"""


def test_a_runner_who_asks_while_the_app_warms_up_gets_an_answer() -> None:
    """Every network loads at once in a fresh process: none sees another's half-imported libraries."""
    ran = subprocess.run([sys.executable, "-c", AT_ONCE], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
