"""Settings: every one is in the README as it is, and a wrong value says which variable, why and what would be right."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from settings import PREFIX, Settings, SettingsError, load_settings
from tests.conftest import PROJECT


def readme_table() -> str:
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        default = field.default
        shown = default.relative_to(PROJECT).as_posix() if isinstance(default, Path) else default
        rows.append(f"| `{PREFIX}{name.upper()}` | `{shown}` | {field.description} |")
    return "\n".join(rows)


def test_the_readme_has_every_setting_as_it_is() -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    table = readme.split("<!-- settings -->")[1].split("<!-- /settings -->")[0].strip()
    assert table == readme_table(), f"Put this into the README:\n{readme_table()}"


@pytest.mark.parametrize(
    ("name", "value"),
    [("PORT", "abc"), ("PORT", "70000"), ("REGION", "mars"), ("KEEP_GENERATIONS", "0"), ("LOG_LEVEL", "loud")],
)
def test_a_wrong_value_names_the_variable(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(PREFIX + name, value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert f"{PREFIX}{name}='{value}'" in str(caught.value)
    assert Settings.model_fields[name.lower()].description in str(caught.value)


def test_relative_paths_start_at_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HIPWISE_CORPUS", "articles")
    assert load_settings().corpus == PROJECT / "articles"


def start_app(**settings: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)} | settings
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_app_refuses_a_taken_port_a_missing_index_and_a_wrong_setting_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        results = [(start_app(HIPWISE_PORT=port), "HIPWISE_PORT")]
    results.append((start_app(HIPWISE_INDEX=str(tmp_path / "none"), HIPWISE_PORT=port), "python -m ingest"))
    results.append((start_app(HIPWISE_REGION="mars"), "HIPWISE_REGION"))
    results.append((start_app(HIPWISE_LLM="nobody:x", HIPWISE_PORT=port), "HIPWISE_LLM"))
    for result, words in results:
        assert result.returncode == 2
        assert words in result.stderr
        assert "Traceback" not in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1
