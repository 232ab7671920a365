import json
import os
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from guardrails.cli import app

from .conftest import copy_rules

run = CliRunner().invoke


def batch(text: str | bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    raw = text.encode() if isinstance(text, str) else text
    return subprocess.run(
        [sys.executable, "-m", "guardrails", "batch", "--rules-only", *options],
        input=raw,
        capture_output=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def test_batch_answers_in_order_and_shape():
    lines = [{"id": 1, "messages": ["hello"]}, {"id": "b", "messages": ["I fell on my hip", "can't stand"]}]
    done = batch("\n".join(map(json.dumps, lines)) + "\n")
    out = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert out[0] == {"id": 1, "level": "none", "flags": []}
    assert (out[1]["id"], out[1]["level"], out[1]["flags"][0]["code"], out[1]["flags"][0]["turn"]) == (
        "b",
        "emergency",
        "E1",
        1,
    )


@pytest.mark.parametrize("bad", ["{", "[]", '{"id": 1}', '{"id": 1, "messages": "x"}', '{"messages": []}', "\udcff"])
def test_malformed_line_is_named_and_earlier_answers_stay(bad):
    good = json.dumps({"id": "ok", "messages": ["hello"]})
    done = batch((good + "\n").encode() + bad.encode("utf-8", "surrogateescape") + b"\n")
    assert done.returncode == 2
    assert json.loads(done.stdout)["id"] == "ok"
    assert b"line 2" in done.stderr
    assert b"Traceback" not in done.stderr


def test_check_explains():
    done = run(app, ["check", "--rules-only", "my groin hurts with every step, no fever"])
    assert done.exit_code == 0
    assert "U1" in done.stdout
    assert "denied" in done.stdout


def test_check_json_is_a_superset_of_batch():
    done = run(app, ["check", "--rules-only", "--json", "--today", "2026-11-21", "hip pain since March"])
    out = json.loads(done.stdout)
    assert {"level", "flags", "turns", "fired", "near_misses", "withdrawn", "asked_about", "notice"} <= set(out)
    assert out["level"] == "soon"


def test_today_must_be_a_date():
    assert run(app, ["check", "--rules-only", "--today", "tomorrow", "x"]).exit_code == 2


def test_unknown_region_is_explained():
    done = run(app, ["notice", "--rules-only", "--region", "mars", "x"])
    assert done.exit_code == 2
    assert "region" in done.output


def test_notice_prints_the_message():
    done = run(app, ["notice", "--rules-only", "--region", "uk", "I don't want to be here anymore"])
    assert "116 123" in done.stdout
    assert "No notice" in run(app, ["notice", "--rules-only", "which shoes?"]).stdout
    assert json.loads(run(app, ["notice", "--rules-only", "--json", "which shoes?"]).stdout) is None


def test_question_is_shown():
    text = "my groin is sore"
    assert (
        run(app, ["notice", "--rules-only", text])
        .stdout.rstrip()
        .endswith("Does it hurt more each time your foot lands?")
    )
    assert json.loads(run(app, ["notice", "--rules-only", "--json", text]).stdout)["ask"].startswith("Does it hurt")
    assert (
        "asks back: Does it hurt more each time your foot lands? (footstrike)"
        in run(app, ["check", "--rules-only", text]).stdout
    )
    out = json.loads(run(app, ["check", "--rules-only", "--json", text]).stdout)
    assert (out["ask_id"], out["notice"]["ask"], out["ask"]) == ("footstrike", out["ask"], out["notice"]["ask"])
    assert set(json.loads(batch(json.dumps({"id": 1, "messages": [text]}) + "\n").stdout)) == {"id", "level", "flags"}


def test_somebody_else_is_spoken_of():
    text = "my daughter, 14, is limping and her groin hurts"
    assert "Stop them running" in run(app, ["notice", "--rules-only", text]).stdout
    assert "about somebody else" in run(app, ["check", "--rules-only", text]).stdout


def test_lint_command(tmp_path):
    assert run(app, ["lint"]).exit_code == 0
    data = copy_rules(tmp_path / "data")
    file = data / "rules" / "10-emergency.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("code: E2", "code: E9", 1), encoding="utf-8")
    done = run(app, ["lint", str(data)])
    assert done.exit_code == 1
    assert f"{file}:" in done.stdout
    assert run(app, ["lint", str(tmp_path / "nowhere")]).exit_code == 1


def test_package_needs_nothing_heavy():
    code = (
        "import sys, guardrails; guardrails.Guardrails.load();"
        "heavy = {'torch', 'chromadb', 'langchain', 'gradio', 'pydantic', 'typer', 'rich', 'numpy', 'ingest', 'bot'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stdout.strip() == "[]"
