"""Rule files are refused with file, line and remedy, and there is no way to start with broken ones."""

import pytest

from guardrails import Guardrails, RuleError
from guardrails.lint import lint
from guardrails.rules import SCOPES

from .conftest import copy_rules


@pytest.fixture
def data(tmp_path):
    return copy_rules(tmp_path / "data")


def edit(file, old, new, count=1):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, count), encoding="utf-8")


def line_with(file, words):
    return next(at for at, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if words in line)


def test_package_rules_are_clean():
    assert lint() == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("code: E2", "code: E9", "unknown code"),
        ("all: [saddle_numb]", "all: [saddle_nunb]", "unknown concept"),
        ("all: [deformity@standing]", "all: [deformity@moon]", "unknown site"),
        ("all: [saddle_numb]", "all: [saddle_numb]\n    none: [limp]", "blockers"),
        ("all: [saddle_numb]", "all: [saddle_numb]\n    whithin: turn", "unknown key"),
        ("all: [saddle_numb]", "all: [saddle_numb]\n    within: page", "unknown scope"),
        ("all: [saddle_numb]", "all: [saddle_numb]\n    variant: nothing", "no message variant"),
        ("all: [saddle_numb]", "all: [saddle_numb>=3]", "has no number"),
        ("all: [saddle_numb]", "at_least: {n: 3, of: [saddle_numb]}", "cannot want"),
        ("id: E2-saddle-site", "id: E2-saddle", "is there twice"),
    ],
)
def test_broken_rule_is_refused_with_its_line(data, old, new, what):
    file = data / "rules" / "10-emergency.yaml"
    edit(file, old, new)
    with pytest.raises(RuleError, match=what) as caught:
        Guardrails.load(data)
    assert caught.value.file == file
    assert caught.value.line > 1
    assert caught.value.remedy


def test_broken_phrase_is_refused_with_its_line(data):
    file = data / "lexicon" / "20-emergency.yaml"
    edit(file, "      saddle (numbness|", "      saddle ((numbness|")
    with pytest.raises(RuleError) as caught:
        Guardrails.load(data)
    assert (caught.value.file, caught.value.line) == (file, line_with(file, "saddle ((numbness"))


@pytest.mark.parametrize(
    "name", ["status.yaml", "output.yaml", "messages.yaml", "questions.yaml", "regions.yaml", "lexicon/spelling.yaml"]
)
def test_missing_file_is_refused(data, name):
    (data / name).unlink()
    with pytest.raises(RuleError):
        Guardrails.load(data)


@pytest.mark.parametrize("text", ["", "schema: 2\n", "- a\n", "schema: 1\nrules: [\n", "schema: 1\nrules: 3\n", "\x00"])
def test_unreadable_rule_file_is_refused(data, text):
    (data / "rules" / "20-urgent.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(RuleError):
        Guardrails.load(data)


def test_missing_rules_are_refused(data):
    for file in (data / "rules").glob("*.yaml"):
        file.unlink()
    with pytest.raises(RuleError, match="no rule files"):
        Guardrails.load(data)


def test_unknown_region_is_refused():
    with pytest.raises(RuleError, match="unknown region"):
        Guardrails.load(region="mars")


def test_unknown_placeholder_is_refused(data):
    edit(data / "messages.yaml", "Call {emergency_number} or go", "Call {emergency_nunber} or go")
    with pytest.raises(RuleError, match="unknown placeholder"):
        Guardrails.load(data)


def test_lint_finds_examples_that_fail_or_miss(data):
    file = data / "rules" / "30-soon.yaml"
    edit(file, "no tingling", "there is tingling in my leg")
    edit(file, '      - "no limp"\n', "")
    messages = " ".join(finding.message for finding in lint(data))
    assert "must hold on but fires on" in messages
    assert "needs 3" in messages


def test_lint_finds_a_rule_that_cannot_fire(data):
    edit(data / "rules" / "30-soon.yaml", "all: [limp]", "all: [limp, mild_idiom]")
    assert any("can never fire" in finding.message for finding in lint(data))


def test_lint_finds_a_key_that_stands_twice(data):
    edit(data / "rules" / "30-soon.yaml", "    code: S3\n", "    code: S3\n    code: S3\n")
    assert any("stands twice" in finding.message for finding in lint(data))


def test_lint_finds_an_output_example_that_fails(data):
    edit(data / "output.yaml", "Our clinic offers shockwave treatment.", "Rest the hip.")
    assert any("is not given to its example" in finding.message for finding in lint(data))


def test_every_rule_says_why_and_when_it_was_read(guard):
    for rule in guard.rules:
        assert rule.reason
        assert rule.source
        assert rule.reviewed_on
        assert rule.within in SCOPES
