"""Messages of the tests' own, for every code; harmless ones; and single mentions that are a report or none."""

from pathlib import Path

import pytest
import yaml

from .conftest import TODAY

PROBES = yaml.safe_load((Path(__file__).parent / "probes.yaml").read_text(encoding="utf-8"))


def lines(key):
    return [line.strip() for line in PROBES[key].splitlines() if line.strip()]


@pytest.mark.parametrize("line", lines("reports"))
def test_report_gets_its_level_and_code(guard, line):
    level, code, text = (part.strip() for part in line.split("|", 2))
    found = guard.assess(text.split(" // "), TODAY)
    assert (found.level.label, code in {flag.code for flag in found.flags}) == (level, True)


@pytest.mark.parametrize("text", lines("harmless"))
def test_harmless_message_raises_nothing(guard, text):
    found = guard.assess(text.split(" // "), TODAY)
    assert found.flags == ()


@pytest.mark.parametrize("line", lines("concepts"))
def test_mention_is_a_report_or_not(guard, line):
    kind, concept, text = (part.strip() for part in line.split("|", 2))
    mentions = guard.explain([text], TODAY).conversation.turns[0].mentions
    assert any(mention.concept == concept and mention.status == "present" for mention in mentions) == (kind == "P")


def test_every_code_has_a_probe():
    from guardrails.engine import CODES

    assert {line.split("|")[1].strip() for line in lines("reports")} == set(CODES)
