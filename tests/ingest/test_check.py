"""The check as an editor meets it: over a folder, single files or a draft; its output, its exit codes, what it accepts."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from ingest.check import Finding, check_corpus, check_paths, check_text, load_rules
from ingest.cli import app
from ingest.errors import IngestError
from tests.conftest import PROJECT
from tests.ingest.checking import FRONT, START, TODAY, findings

FAULTY = "\n## Words\n\nTake 400 mg of ibuprofen. Hip pain is rarely serious. See [more](gone.md).\n"
SOUND = "\n## Words\n\nRest the leg.\n"
SHARED = PROJECT.parent / "shared"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A corpus with one faulty and one sound article."""
    (tmp_path / "articles/more").mkdir(parents=True)
    (tmp_path / "articles/faulty.md").write_text(FRONT + FAULTY, encoding="utf-8")
    (tmp_path / "articles/more/sound.md").write_text(FRONT + SOUND, encoding="utf-8")
    return tmp_path / "articles"


def run(*arguments: object):
    return CliRunner().invoke(app, ["check", *map(str, arguments)])


def test_findings_come_by_article_and_line_with_severity_and_rule(folder: Path) -> None:
    result = run("--corpus", folder)
    assert result.exit_code == 1
    line = START + 3
    lines = result.stdout.splitlines()
    assert [text.split(": ")[0] for text in lines[:3]] == [
        f"faulty:{line} error link",
        f"faulty:{line} error dose",
        f"faulty:{line} review reassurance",
    ]
    assert "3 findings: 2 errors to mend, 0 warnings, 1 to review" in lines[-1]


def test_one_finding_is_told_in_the_singular(folder: Path) -> None:
    (folder / "faulty.md").write_text(FRONT + "\n## Words\n\nTake 400 mg of ibuprofen.\n")
    assert "1 finding: 1 error to mend, 0 warnings, 0 to review" in run("--corpus", folder).stdout


def test_nothing_to_mend(folder: Path) -> None:
    result = run("--corpus", folder / "more")
    assert (result.exit_code, result.stdout) == (0, "No findings.\n")


def test_json_is_a_list_of_objects(folder: Path) -> None:
    result = run("--corpus", folder, "--json")
    assert result.exit_code == 1
    entries = json.loads(result.stdout)
    assert {"article", "line", "text", "rule", "severity", "quote"} == set(entries[0])
    assert [Finding(**entry) for entry in entries] == check_corpus(folder, 10**6, today=TODAY)


@pytest.mark.parametrize(
    ("sentence", "plain", "strict"),
    [
        ("Take 400 mg of ibuprofen.", 1, 1),
        ("It may be bursitis.", 0, 1),
        ("Hip pain is rarely serious.", 0, 0),
        ("Rest.", 0, 0),
    ],
)
def test_errors_fail_the_check_warnings_only_where_asked_and_reviews_never(
    folder: Path, sentence: str, plain: int, strict: int
) -> None:
    (folder / "faulty.md").write_text(f"{FRONT}\n## Words\n\n{sentence}\n")
    assert run("--corpus", folder).exit_code == plain
    assert run("--corpus", folder, "--strict").exit_code == strict


def test_a_passed_date_alone_fails_nothing(folder: Path) -> None:
    (folder / "faulty.md").write_text(FRONT.replace("2026-11-21", "2011-01-01") + SOUND)
    result = run("--corpus", folder, "--strict")
    assert result.exit_code == 0
    assert "review review-due" in result.stdout


def test_the_findings_of_single_rules(folder: Path) -> None:
    result = run("--corpus", folder, "--only", "reassurance")
    assert result.exit_code == 0
    assert "1 finding" in result.stdout
    both = json.loads(run("--corpus", folder, "--only", "reassurance", "--only", "dose", "--json").stdout)
    assert [entry["rule"] for entry in both] == ["dose", "reassurance"]


def test_a_rule_can_be_explained(tmp_path: Path) -> None:
    for rule in load_rules().values():
        result = run("--explain", rule.id)
        assert result.exit_code == 0
        assert rule.severity in result.stdout
        assert rule.why in result.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--explain", "figure"), "Did you mean figures?"),
        (("--only", "zzz"), "The rules are rejected"),
        (("--corpus", "nowhere"), "no corpus folder"),
        (("nowhere.md",), "There is no file"),
    ],
)
def test_what_cannot_be_checked_exits_with_2_and_one_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    result = run(*[tmp_path / part if part.startswith("nowhere") else part for part in arguments])
    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output


def test_one_article_is_checked_against_the_others(folder: Path) -> None:
    (folder / "one.md").write_text(f"{FRONT}\n## A\n\nSee a physio if hip pain lasts longer than 1 week.\n")
    (folder / "two.md").write_text(f"{FRONT}\n## B\n\nSee a physio if hip pain lasts longer than 3 weeks.\n")
    result = run(folder / "one.md", "--corpus", folder)
    assert result.exit_code == 0
    assert "one:" in result.stdout
    assert "two, line" in result.stdout
    assert "faulty" not in result.stdout
    assert "two:" not in result.stdout


def test_folders_of_the_corpus_and_drafts_elsewhere(folder: Path, tmp_path: Path) -> None:
    draft = tmp_path / "draft.md"
    draft.write_text(f"{FRONT}\n## A\n\nSee [that](more/sound.md) and [this](faulty.md#nothing).\n")
    assert check_paths([folder / "more"], folder, 10**6, today=TODAY) == []
    assert {finding.article for finding in check_paths([folder], folder, 10**6, today=TODAY)} == {"faulty"}
    (finding,) = check_paths([draft], folder, 10**6, today=TODAY)
    assert (finding.article, finding.rule) == ("draft", "link")
    with pytest.raises(IngestError, match="--corpus"):
        check_paths([tmp_path], folder, 10**6)


def test_a_draft_stands_for_the_article_it_replaces(folder: Path) -> None:
    data = (FRONT + SOUND).encode()
    assert check_text("faulty.md", data, folder, today=TODAY) == []
    assert (folder / "faulty.md").read_text(encoding="utf-8") == FRONT + FAULTY
    assert {f.rule for f in check_text("faulty.md", (FRONT + FAULTY).encode(), folder, today=TODAY)} == {
        "dose",
        "link",
        "reassurance",
    }


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.md", b"", "no text"),
        ("a.md", b"---\ntitle: [\n---\nText.", "front matter cannot be read"),
        ("a.md", "Ein Stück".encode("utf-16"), ""),
        ("a.exe", b"MZ\x00\x01", "not in a format"),
        ("a.md", b"# A\n" + b"word " * 300_000, "KiB"),
        ("../a.md", b"# A\n\nText.", "leads out of the corpus"),
        ("/etc/a.md", b"# A\n\nText.", "leads out of the corpus"),
        (".hidden.md", b"# A\n\nText.", "hidden"),
        ("", b"# A\n\nText.", "plain name"),
    ],
)
def test_a_draft_that_cannot_be_read_is_one_clear_finding(name: str, data: bytes, words: str, folder: Path) -> None:
    found = check_text(name, data, folder)
    assert found
    if words:
        assert words in found[0].text
        assert (found[0].rule, found[0].severity) == ("rejected", "error")
    assert all("Error" not in finding.text for finding in found)


def test_a_draft_whose_id_is_taken_by_another_file_is_refused(folder: Path) -> None:
    (finding,) = check_text("faulty.txt", b"A day of rest.", folder, today=TODAY)[:1]
    assert (finding.rule, finding.text.split(" ")[0]) == ("rejected", "faulty.md")


def test_rejected_files_are_named_as_they_are_written(folder: Path) -> None:
    (folder / "page.xyz").write_text("x")
    (finding,) = [found for found in check_corpus(folder, 10**6, today=TODAY) if found.rule == "rejected"]
    assert finding.text.startswith("page.xyz is")


ACCEPTED = FRONT.replace("topics:", "check-ignore:\n{}topics:")


@pytest.mark.parametrize(
    ("entries", "left"),
    [
        ("  - dose\n", {"link", "reassurance"}),
        ("  - dose\n  - link\n  - reassurance\n", set()),
        ('  - dose: "400 mg of"\n', {"link", "reassurance"}),
        ('  - dose: "500 mg"\n', {"dose", "link", "reassurance", "ignore"}),
        ('  - link: "gone.md"\n', {"dose", "reassurance"}),
        ("  - jargon\n", {"dose", "link", "reassurance", "ignore"}),
        ("  - doses\n", {"dose", "link", "reassurance", "ignore"}),
        ("  - rejected\n", {"dose", "link", "reassurance", "ignore"}),
        ("  - [dose]\n", {"dose", "link", "reassurance", "ignore"}),
    ],
)
def test_an_editor_can_accept_findings_and_stale_exceptions_are_named(entries: str, left: set[str]) -> None:
    assert {f.rule for f in findings(FAULTY, front=ACCEPTED.format(entries))} == left


@pytest.mark.parametrize(
    ("entries", "words"), [("  - doses\n", "Did you mean dose?"), ("  - jargon\n", "silences nothing")]
)
def test_a_wrong_exception_has_its_line(entries: str, words: str) -> None:
    (finding,) = findings(FAULTY, front=ACCEPTED.format(entries), rule="ignore")
    assert words in finding.text
    assert (finding.line, finding.severity) == (9, "warning")


def test_the_list_of_exceptions_must_be_a_list() -> None:
    (finding,) = findings(SOUND, front=FRONT.replace("topics:", "check-ignore: dose\ntopics:"))
    assert (finding.rule, finding.line) == ("ignore", 8)


def test_every_rule_is_documented_and_every_finding_has_one(folder: Path) -> None:
    for rule in load_rules().values():
        assert rule.looks_for.endswith(".")
        assert rule.why.endswith(".")
    assert {finding.rule for finding in check_corpus(folder, 10**6)} <= set(load_rules())


_MARKS = st.text(alphabet="#*_-[]()!<>|:`~&;{}% \n\\/.,0123456789abeinruy’“”–😀\u202e", max_size=200)


@given(_MARKS)
def test_any_text_is_checked_without_a_crash(body: str) -> None:
    found = findings(f"\n{body}\n")
    assert all(finding.rule in load_rules() and finding.text for finding in found)
    assert not [finding for finding in found if "Please report" in finding.text]


@pytest.mark.parametrize("part", ["seeds", "data/messy", "data/messy/nhs"])
def test_real_pages_go_through_without_a_crash(part: str) -> None:
    if not (SHARED / part).is_dir():
        pytest.skip("the pages lie beside the project on the developers' machines only")
    found = check_corpus(SHARED / part, 10**6)
    assert found
    assert not [finding for finding in found if "Please report" in finding.text]


def test_the_check_needs_no_model(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from ingest.check import check_corpus; "
        f"check_corpus(Path({str(folder)!r}), 10**6); "
        "sys.exit(any(name in sys.modules for name in ('torch', 'transformers', 'chromadb', 'gradio')))"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=PROJECT, check=False).returncode == 0


def test_the_hooks_name_commands_that_are_there() -> None:
    local = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    (own,) = [hook for repo in local["repos"] for hook in repo["hooks"] if hook["id"] == "articles"]
    (shared,) = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert own["entry"].endswith("python -m ingest check")
    assert shared["entry"] == "python -m ingest check"
    assert own["require_serial"] is shared["require_serial"] is True
