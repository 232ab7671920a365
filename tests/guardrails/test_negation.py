"""Denials: their grammar in small, and how well it holds on clinical sentences nobody here wrote."""

import pytest

from benchmarks import negation

DENIED = [
    ("No peripheral cyanosis, clubbing, or swelling.", "swelling"),
    ("Negative for fever, chills, malaise and numbness.", "numbness"),
    ("Patient denied nausea, vomiting, or chest pain", "chest pain"),
    ("no new focal numbness", "numbness"),
    ("without rash, fever or limp", "limp"),
]
AFFIRMED = [
    ("No insurance, money or time, and groin pain.", "groin pain"),
    ("no running or cycling, groin pain all day", "groin pain"),
    ("no gym because of the groin pain", "groin pain"),
    ("zero improvement in this hip pain", "hip pain"),
    ("nothing wrong bar an achy hip, limp since Monday", "limp"),
    ("no fever, I have a limp", "limp"),
]


@pytest.mark.parametrize(("sentence", "finding"), DENIED)
def test_a_denial_holds_for_its_whole_list(guard, sentence, finding):
    assert negation.read(guard.lexicon, sentence, finding) == "denied"


@pytest.mark.parametrize(("sentence", "finding"), AFFIRMED)
def test_and_for_nothing_beside_it(guard, sentence, finding):
    assert negation.read(guard.lexicon, sentence, finding) != "denied"


def test_missing_data_is_no_failure(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["negation", "--data", str(tmp_path)])
    negation.main()
    assert "missing" in capsys.readouterr().out


@pytest.mark.data
def test_clinical_sentences(guard):
    file = negation.DATA / negation.FILE
    if not file.exists():
        pytest.skip(f"{file} is missing")
    score = negation.measure(guard.lexicon, file.read_text(encoding="utf-8").splitlines())
    assert score.kept >= negation.AFFIRMED_GOAL
    assert score.recognised >= negation.DENIED_GOAL
