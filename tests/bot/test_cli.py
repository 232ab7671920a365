"""`python -m bot` as the contracts give it, with the real model and no network at all."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from tests.conftest import PROJECT

pytestmark = pytest.mark.model
Run = Callable[..., Result]

# Put before the command: any attempt to reach another machine ends it.
BLOCKED = """
import runpy, socket, sys
def refuse(*_, **__): raise SystemExit("tried to reach the network")
for name in ("connect", "connect_ex", "sendto"): setattr(socket.socket, name, refuse)
socket.getaddrinfo = refuse
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def run(real_index: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, on the project's own articles, with the network blocked."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("tried to reach the network")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)

    def invoke(*arguments: str, given: str = "", index: Path = real_index) -> Result:
        return CliRunner().invoke(app, [*arguments, "--index", str(index)], input=given)

    return invoke


def test_batch_answers_without_a_network_in_the_agreed_shape(real_index: Path) -> None:
    """As a process of its own, as whoever calls it does."""
    lines = [
        {"id": "a", "turns": ["How many glute bridges?"]},
        {"id": 2, "question": "When should I replace my shoes?"},
        {"id": "c", "turns": ["My groin hurts with every step", "ok"]},
    ]
    result = subprocess.run(
        [sys.executable, "-c", BLOCKED, "bot", "batch", "--index", str(real_index)],
        input="\n".join(map(json.dumps, lines)) + "\n\n",
        capture_output=True,
        text=True,
        cwd=PROJECT,
        env={name: value for name, value in os.environ.items() if not name.startswith("HIPWISE_")},
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert [reply["id"] for reply in replies] == ["a", 2, "c"]
    for reply in replies:
        assert {"level", "flags", "answered", "text", "sentences", "citations", "searched_for", "seconds"} <= set(reply)
        for citation in reply["citations"]:
            text = (PROJECT / "corpus" / f"{citation['article']}.md").read_text(encoding="utf-8")
            assert text[citation["start"] : citation["end"]] == citation["quote"]
            assert f"[{citation['n']}]" in reply["text"]
    assert replies[0]["answered"] is True
    assert replies[2]["level"] == "urgent"
    assert {"code", "level", "evidence", "turn"} <= set(replies[2]["flags"][0])


def test_ask_prints_the_answer_and_where_it_stands(run: Run) -> None:
    result = run("ask", "How long should I hold the hip flexor stretch?")
    assert result.exit_code == 0, result.stderr
    assert "30 seconds" in result.stdout
    assert "[1] Endurance Unleashed" in result.stdout
    machine = run("ask", "What is bursitis?", "--json")
    assert json.loads(machine.stdout)["answered"] is True


def test_search_gives_the_best_first(run: Run) -> None:
    given = json.dumps({"id": "q", "query": "monster walks resistance band"})
    result = run("search", "--k", "3", given=given)
    assert result.exit_code == 0, result.stderr
    (found,) = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(found["results"]) == 3
    assert "monster" in found["results"][0]["section"].lower()
    scores = [item["score"] for item in found["results"]]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (["batch"], "{}", "Line 1"),
        (["batch"], "not json", "Line 1"),
        (["batch"], '{"id":1,"turns":[]}', "Line 1"),
        (["search"], '{"id":1}', "Line 1"),
        (["batch"], "[" * 100_000, "Line 1"),
    ],
)
def test_bad_input_names_its_line(run: Run, arguments: list[str], given: str, words: str) -> None:
    result = run(*arguments, given=given)
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_half_a_surrogate_pair_is_answered_like_any_text(run: Run) -> None:
    given = '{"id":"\\ud800","question":"What is bursitis \\ud800?"}'
    result = run("batch", given=given)
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["answered"] is True
    found = run("search", given='{"id":1,"query":"bursitis \\ud800"}')
    assert found.exit_code == 0, found.stderr


def test_a_missing_index_says_what_to_run(run: Run, tmp_path: Path) -> None:
    result = run("ask", "What is bursitis?", index=tmp_path / "none")
    assert result.exit_code == 2
    assert "python -m ingest" in result.stderr
    assert "Traceback" not in result.stderr
