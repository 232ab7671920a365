"""The gate: it tells sentences that answer from sentences that do not, and says when it cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import BotError
from bot.gate import FILE, SENTENCE_PIECES, Gate

pytestmark = pytest.mark.model

ICE = ["Cooling a sore hip: Put an ice pack on a sore hip for 15 to 20 minutes.", "Cooling a sore hip: Ice eases pain."]
SHOES = ["Shoes: Replace running shoes every 300 to 500 miles.", "Shoes: A worn sole changes how you run."]


@pytest.fixture(scope="module")
def gate() -> Gate:
    return Gate()


def test_what_answers_is_likelier_than_what_does_not(gate: Gate) -> None:
    for question, right, wrong in (
        ("how long should I ice my hip", ICE, SHOES),
        ("when should I replace my running shoes", SHOES, ICE),
    ):
        answers, other = (gate.likelihood(question, "", evidence) for evidence in (right, wrong))
        assert answers > other
        assert answers > 0.5


def test_what_the_articles_do_not_cover_is_unlikely(gate: Gate) -> None:
    for question in ("which train goes to Leeds", "how do I treat plantar fasciitis", "who won the 1996 marathon"):
        assert max(gate.likelihood(question, "", evidence) for evidence in (ICE, SHOES)) < 0.5


def test_long_parts_are_cut(gate: Gate) -> None:
    pieces, kinds = gate.pieces("why " * 500, "hip " * 500, ["sore " * 500] * 5)
    assert len(pieces) == len(kinds) <= 256
    assert kinds.count(1) == 2 * (SENTENCE_PIECES + 1)


def test_weights_of_something_else_are_refused(tmp_path: Path) -> None:
    broken = tmp_path / "gate.safetensors"
    broken.write_bytes(FILE.read_bytes()[:1000])
    with pytest.raises(BotError, match=r"gate\.safetensors"):
        Gate(broken).load()
    with pytest.raises(BotError, match=r"missing\.safetensors"):
        Gate(tmp_path / "missing.safetensors").load()
    other = FILE.parent / "matcher.safetensors"
    with pytest.raises(BotError, match="another version"):
        Gate(other).load()
