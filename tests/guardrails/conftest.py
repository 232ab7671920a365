"""One loaded engine for all tests of the guardrails: it is pure, so sharing it is safe."""

import shutil
from datetime import date
from pathlib import Path

import pytest

from guardrails import Guardrails
from guardrails.schema import DATA

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def guard() -> Guardrails:
    return Guardrails.load()


@pytest.fixture(scope="session")
def level(guard):
    """Level of a conversation, its turns divided by " // "."""

    def run(text: str) -> str:
        return guard.assess(text.split(" // "), TODAY).level.label

    return run


@pytest.fixture(scope="session")
def codes(guard):
    def run(text: str) -> set[str]:
        return {flag.code for flag in guard.assess(text.split(" // "), TODAY).flags}

    return run


def copy_rules(target: Path) -> Path:
    """Copy the rule files somewhere a test may break them."""
    shutil.copytree(DATA, target)
    return target
