"""Gaps: what is missing, grouped, counted, and safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from bot.journal import Conversation, Gap, Journal, write_csv
from bot.journal.gaps import Entry, by_meaning, grouped
from ingest.encoder import Encoder
from tests.bot.test_journal import declined
from tests.conftest import WordEncoder

ROWING = ["does rowing load adductors", "rowing and adductors", "is rowing loading adductors"]


def entry(text: str, day: int = 1, outcome: str = "declined", **more: object) -> Entry:
    return Entry(date(2026, 11, day), text, text, outcome, **more)  # type: ignore[arg-type]


def test_questions_of_one_meaning_are_one_gap_with_counts_and_dates(encoder: WordEncoder) -> None:
    entries = [entry(text, day, section="Strength") for day, text in enumerate(ROWING, start=3)]
    entries += [entry(ROWING[1], 9), entry("which mattress is best", 2)]
    first, second = grouped(entries, encoder)
    assert (first.count, first.declined, first.first, first.last) == (4, 4, date(2026, 11, 3), date(2026, 11, 9))
    assert first.question in ROWING
    assert set(first.examples) == set(ROWING) - {first.question}
    assert first.section == "Strength"
    assert (second.question, second.count, second.examples) == ("which mattress is best", 1, ())


def test_what_is_about_something_else_is_apart_and_last(encoder: WordEncoder) -> None:
    entries = [entry("rowing and adductors", outcome="unrelated") for _ in range(5)] + [entry("rowing and adductors")]
    gaps = grouped(entries, encoder)
    assert [(gap.unrelated, gap.count) for gap in gaps] == [(False, 1), (True, 5)]


def test_answers_rated_down_are_gaps_with_their_reasons(encoder: WordEncoder) -> None:
    down = entry(ROWING[0], outcome="answered", thumb=-1, reason="Too little", articles=("hips",))
    (gap,) = grouped([down, entry(ROWING[0])], encoder)
    assert (gap.count, gap.declined, gap.rated_down) == (2, 1, 1)
    assert gap.reasons == ("Too little",)
    assert gap.articles == ("hips",)


def test_nothing_asked_gives_no_gap(encoder: WordEncoder) -> None:
    assert grouped([], encoder) == []


@pytest.mark.model
def test_the_real_encoder_groups_by_subject_not_by_what_all_questions_are_about() -> None:
    mattress = {"which mattress is best for hip pain", "is a soft bed bad for hips"}
    tape = {"how do i tape my hip with kinesio tape", "kt tape for hip flexor how to"}
    groups = by_meaning(sorted(mattress | tape | {"can i ski with a sore hip"}), Encoder())
    assert {frozenset(group) for group in groups} == {
        frozenset(mattress),
        frozenset(tape),
        frozenset({"can i ski with a sore hip"}),
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", " =", "\r=", "＝"])
def test_no_cell_of_the_csv_is_a_formula_and_a_spreadsheet_reads_its_letters(start: str) -> None:
    question = f'{start}HYPERLINK("http://example.com")'
    gap = Gap(question, 2, 2, 0, date(2026, 11, 1), date(2026, 11, 2), examples=(question, "Übung, “dehnen”"))
    file = io.StringIO(newline="")
    write_csv([gap], file)
    assert file.getvalue().encode().startswith(b"\xef\xbb\xbf")
    header, row = csv.reader(io.StringIO(file.getvalue().removeprefix("\ufeff"), newline=""))
    assert len(header) == len(row)
    assert row[0] == f"'{question}"
    assert not any(cell.lstrip()[:1] in {"=", "+", "-", "@", "＝"} for cell in row)
    assert "Übung, “dehnen”" in row[-1]


def run(index: Path, *arguments: str) -> Result:
    environment = {"HIPWISE_LOG_QUESTIONS": "1", "COLUMNS": "200"}
    return CliRunner(env=environment).invoke(app, ["gaps", "--index", str(index), *arguments])


def test_the_command_lists_exports_and_wipes(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path / "questions.sqlite", 90)
    journal.record(Conversation(), ["is rowing bad for adductors"], declined("is rowing bad for adductors"))
    journal.flush()
    assert "is rowing bad for adductors" in run(tmp_path).stdout
    (gap,) = json.loads(run(tmp_path, "--json").stdout)
    assert (gap["question"], gap["count"], gap["section"]) == ("is rowing bad for adductors", 1, "Strength")
    assert json.loads(run(tmp_path, "--json", "--since", "2999-01-01").stdout) == []
    written = run(tmp_path, "--csv", str(tmp_path / "gaps.csv"))
    assert "1 gap" in written.stdout
    assert "rowing" in (tmp_path / "gaps.csv").read_text(encoding="utf-8-sig")
    refused = run(tmp_path, "--csv", str(tmp_path / "none" / "gaps.csv"))
    assert refused.exit_code == 2
    assert "gaps.csv cannot be written" in refused.stderr
    assert "Deleted" in run(tmp_path, "--wipe").stdout
    assert not journal.path.exists()
    assert "nothing to delete" in run(tmp_path, "--wipe").stdout
    assert "Nothing is missing" in run(tmp_path).stdout
