"""Prepared rules: read back only while nothing has changed, and the same as built."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from guardrails import Guardrails, RuleError, prepared
from guardrails.engine import _Parts

TODAY = date(2026, 11, 21)
TURNS = (
    ["I fell on my hip and can't stand"],
    ["my groin aches", "it wakes me up at nite", "sorry, I meant my knee"],
    ["no swelling, which shoes should I buy?"],
    ["my nan broke her hip. shud I stretch?"],
)


class Build:
    """Counts how often the rules are read from their files."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.times = 0

    def __call__(self) -> _Parts:
        self.times += 1
        return _Parts.read(self.data, "uk")

    def ask(self) -> _Parts:
        return prepared.prepared(self.data, "uk", self)


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Build:
    package = tmp_path / "guardrails"
    shutil.copytree(prepared.PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(prepared, "PACKAGE", package)
    monkeypatch.setattr(prepared, "__file__", str(package / "prepared.py"))
    return Build(package / "data")


def kept(build: Build) -> list[Path]:
    return list(build.data.parent.rglob("*.pickle"))


def test_rules_are_read_from_their_files_once(build: Build) -> None:
    first, second = build.ask(), build.ask()
    assert build.times == 1
    assert first.rules == second.rules
    assert len(kept(build)) == 1


def test_the_rules_read_back_judge_as_those_built(build: Build) -> None:
    built, back = build.ask(), build.ask()
    assert build.times == 1
    guards = [Guardrails(p.lexicon, p.rules, p.messages, p.output, p.questions) for p in (built, back)]
    for turns in TURNS:
        one, other = (guard.assess(turns, TODAY) for guard in guards)
        assert one == other
        assert guards[0].messages.notice(one) == guards[1].messages.notice(other)
    sentence = "You can run through the pain for two weeks."
    assert guards[0].output.tags(sentence) == guards[1].output.tags(sentence)


def test_an_edited_rule_file_is_read_and_the_old_rules_are_dropped(build: Build) -> None:
    build.ask()
    rules = next((build.data / "rules").glob("*.yaml"))
    rules.write_text(rules.read_text(encoding="utf-8") + "\n# edited\n", encoding="utf-8")
    build.ask()
    assert build.times == 2
    assert len(kept(build)) == 1


def test_broken_rules_are_refused_though_good_ones_were_kept(build: Build) -> None:
    build.ask()
    (build.data / "status.yaml").write_text("schema: 1\n", encoding="utf-8")
    with pytest.raises(RuleError):
        build.ask()


@pytest.mark.parametrize("damage", [b"", b"\x80\x05", b"not a pickle"])
def test_a_damaged_file_only_costs_time(build: Build, damage: bytes) -> None:
    build.ask()
    kept(build)[0].write_bytes(damage)
    assert build.ask().rules
    build.ask()
    assert build.times == 2


def test_nothing_is_kept_of_rules_elsewhere(build: Build, tmp_path: Path) -> None:
    build.data = shutil.copytree(build.data, tmp_path / "elsewhere")
    build.ask()
    build.ask()
    assert build.times == 2


def test_a_folder_that_cannot_be_written_only_costs_time(build: Build) -> None:
    (build.data.parent / "__pycache__").write_text("a file where a folder should be", encoding="utf-8")
    assert build.ask().rules
    assert build.ask().rules
    assert build.times == 2
