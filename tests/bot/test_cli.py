"""`python -m bot` as the contracts give it, with the real model and no network at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ingest.pipeline import Ingestion
from tests.conftest import PROJECT

pytestmark = pytest.mark.model

# Put before the command: any attempt to reach another machine ends it.
BLOCKED = """
import runpy, socket, sys
def refuse(*_, **__): raise SystemExit("tried to reach the network")
for name in ("connect", "connect_ex", "sendto"): setattr(socket.socket, name, refuse)
socket.getaddrinfo = refuse
sys.argv = sys.argv[1:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    index = tmp_path_factory.mktemp("cli") / "index"
    Ingestion(PROJECT / "corpus", index).run()
    return index


def run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HIPWISE_")}
    command = [sys.executable, "-c", BLOCKED, *arguments]
    return subprocess.run(
        command, input=given, capture_output=True, text=True, cwd=PROJECT, env=environment, timeout=120, check=False
    )


def test_batch_answers_without_a_network_in_the_agreed_shape(index: Path) -> None:
    lines = [
        {"id": "a", "turns": ["How many glute bridges?"]},
        {"id": 2, "question": "When should I replace my shoes?"},
        {"id": "c", "turns": ["My groin hurts with every step", "ok"]},
    ]
    result = run("bot", "batch", "--index", str(index), given="\n".join(map(json.dumps, lines)) + "\n\n")
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


def test_ask_prints_the_answer_and_where_it_stands(index: Path) -> None:
    result = run("bot", "ask", "How long should I hold the hip flexor stretch?", "--index", str(index))
    assert result.returncode == 0, result.stderr
    assert "30 seconds" in result.stdout
    assert "[1] Endurance Unleashed" in result.stdout
    machine = run("bot", "ask", "What is bursitis?", "--json", "--index", str(index))
    assert json.loads(machine.stdout)["answered"] is True


def test_search_gives_the_best_first(index: Path) -> None:
    given = json.dumps({"id": "q", "query": "monster walks resistance band"})
    result = run("bot", "search", "--index", str(index), "--k", "3", given=given)
    assert result.returncode == 0, result.stderr
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
def test_bad_input_names_its_line(index: Path, arguments: list[str], given: str, words: str) -> None:
    result = run("bot", *arguments, "--index", str(index), given=given)
    assert result.returncode == 2
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_half_a_surrogate_pair_is_answered_like_any_text(index: Path) -> None:
    given = '{"id":"\\ud800","question":"What is bursitis \\ud800?"}'
    result = run("bot", "batch", "--index", str(index), given=given)
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["answered"] is True
    found = run("bot", "search", "--index", str(index), given='{"id":1,"query":"bursitis \\ud800"}')
    assert found.returncode == 0, found.stderr


def test_a_missing_index_says_what_to_run(tmp_path: Path) -> None:
    result = run("bot", "ask", "What is bursitis?", "--index", str(tmp_path / "none"))
    assert result.returncode == 2
    assert "python -m ingest" in result.stderr
    assert "Traceback" not in result.stderr
