"""`python -m ingest` as an editor meets it: one JSON object, exit codes 0, 1, 2, one clear line a fault, no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import ingest.pipeline
from ingest.cli import app
from tests.conftest import WordEncoder

runner = CliRunner()


@pytest.fixture(autouse=True)
def _words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest.pipeline, "Encoder", lambda **_: WordEncoder())


def run(*arguments: object):
    return runner.invoke(app, [str(argument) for argument in arguments])


def test_json_is_one_object_with_the_agreed_fields(corpus: Path, index: Path) -> None:
    result = run("--corpus", corpus, "--index", index, "--json")
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert {"generation", "added", "changed", "removed", "unchanged", "failed", "chunks", "embedded", "seconds"} <= set(
        report
    )
    assert report["added"] == ["bridge", "ice", "shoes/replace"]


def test_a_table_for_people(corpus: Path, index: Path) -> None:
    result = run("--corpus", corpus, "--index", index)
    assert result.exit_code == 0
    assert "added" in result.stdout
    assert "serving" in result.stdout


def test_rejected_articles_are_named_with_their_line(corpus: Path, index: Path) -> None:
    (corpus / "bad.md").write_text("---\ntitle: T\nupdated: soon\n---\nText.")
    result = run("--corpus", corpus, "--index", index, "--json")
    assert result.exit_code == 1
    (failed,) = json.loads(result.stdout)["failed"]
    assert failed["article"] == "bad"
    assert "line 3" in failed["error"]
    assert "Rejected bad" in run("--corpus", corpus, "--index", index).stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("--corpus", "nowhere"),
        ("--nonsense",),
        ("nonsense",),
        ("rollback", "--index", "nowhere"),
        ("--index", "nowhere", "rollback"),
        ("--watch", "--dry-run"),
    ],
)
def test_what_cannot_be_done_exits_with_2_and_one_line(arguments: tuple[str, ...], tmp_path: Path) -> None:
    result = run(*[tmp_path / part if part == "nowhere" else part for part in arguments])
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_an_unexpected_error_is_one_line_too(corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("odd")

    monkeypatch.setattr(ingest.pipeline, "build_generation", broken)
    result = run("--corpus", corpus, "--index", index)
    assert result.exit_code == 2
    assert "RuntimeError: odd" in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_setting_names_the_variable(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPWISE_KEEP_GENERATIONS", "none")
    result = run("--corpus", corpus)
    assert result.exit_code == 2
    assert "HIPWISE_KEEP_GENERATIONS" in result.stderr


def test_dry_run_status_check_and_rollback(corpus: Path, index: Path) -> None:
    options = ("--corpus", corpus, "--index", index)
    assert json.loads(run(*options, "--dry-run", "--json").stdout)["dry_run"] is True
    assert not index.exists()
    run(*options)
    (corpus / "ice.md").write_text("# Ice\n\nChanged.\n")
    status = json.loads(run("status", *options, "--json").stdout)
    assert (status["changed"], status["articles"]) == (["ice"], 3)
    run(*options)
    assert "serves again" in run("rollback", "--index", index).stdout
    check = run("check", "--corpus", corpus)
    assert check.exit_code == 1
    assert "`publisher`" in check.stdout


def test_status_tells_people_what_serves_and_what_the_next_run_would_do(corpus: Path, index: Path) -> None:
    options = ("--corpus", corpus, "--index", index)
    before = run("status", *options)
    assert (before.exit_code, "no index yet" in before.stdout) == (0, True)
    assert not index.exists()
    run(*options)
    assert "nothing: the articles are as they were indexed" in run("status", *options).stdout
    (corpus / "ice.md").rename(corpus / "frost.md")
    (corpus / "bridge.md").write_text("---\ntitle: B\nupdated: soon\n---\nText.")
    lines = run("status", *options).stdout
    assert "3 articles, 4 chunks" in lines
    assert "by Hipwise" in lines
    assert "rename 1 (ice -> frost), reject 1 (bridge)" in lines
    assert "line 3" in lines
    status = json.loads(run("status", *options, "--json").stdout)
    assert (status["renamed"], status["kept"], status["whole"]) == ([["ice", "frost"]], ["bridge"], True)
    assert status["bytes"] < status["index_bytes"]
    assert status["age_seconds"] >= 0


def test_status_tells_damage(corpus: Path, index: Path) -> None:
    options = ("--corpus", corpus, "--index", index)
    run(*options)
    name = json.loads(run("status", *options, "--json").stdout)["generation"]
    (index / "generations" / name / "parts.npy").write_bytes(b"")
    assert "parts.npy is missing or cut short" in run("status", *options).stdout
    status = json.loads(run("status", *options, "--json").stdout)
    assert (status["generation"], status["whole"]) == (name, False)


def test_a_rename_is_one_line_and_one_pair(corpus: Path, index: Path) -> None:
    options = ("--corpus", corpus, "--index", index)
    run(*options)
    (corpus / "ice.md").rename(corpus / "frost.md")
    assert "ice -> frost" in run(*options, "--dry-run").stdout
    assert "0 texts" in run(*options, "--dry-run").stdout
    report = json.loads(run(*options, "--json").stdout)
    assert (report["added"], report["renamed"], report["removed"]) == (["frost"], [["ice", "frost"]], ["ice"])


def test_rollback_tells_what_differs_and_how_to_undo_it(corpus: Path, index: Path) -> None:
    options = ("--corpus", corpus, "--index", index)
    run(*options)
    (corpus / "ice.md").unlink()
    (corpus / "new.md").write_text("# New\n\nNew text.\n")
    run(*options)
    second = json.loads(run("status", *options, "--json").stdout)["generation"]
    said = run("rollback", *options).stdout
    assert "added 1 (ice), removed 1 (new)" in said
    assert "add 1 (new), remove 1 (ice)" in said
    assert f"rollback {second}" in said
    back = json.loads(run("rollback", second, *options, "--json").stdout)
    assert (back["generation"], back["changes"]["added"]) == (second, ["new"])
    wrong = run("rollback", "nothing", *options)
    assert (wrong.exit_code, "Nothing was changed" in wrong.stderr) == (2, True)


def test_help_needs_nothing_heavy() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for option in ("--corpus", "--index", "--dry-run", "--json", "--force", "--watch"):
        assert option in result.stdout
