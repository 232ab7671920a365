"""Checking the rule files: what would refuse to load, what can never fire, and whether every example does as it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from guardrails import schema
from guardrails.engine import CODES, Guardrails
from guardrails.levels import Level
from guardrails.lexicon import Lexicon
from guardrails.patterns import Pattern
from guardrails.questions import Question
from guardrails.rules import Rule, Term

MIN_EXAMPLES = 3
"""Examples of each kind that a rule needs."""
EXAMPLES_DAY = date(2026, 11, 21)
"""The day the examples are read on, so that "since March" stays a finding of the same length."""


@dataclass(frozen=True, order=True)
class Finding:
    """Something to mend: ``file:line: message``."""

    file: Path
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


def lint(directory: Path = schema.DATA) -> list[Finding]:
    """Check all files under ``directory``; an empty list means they are clean."""
    findings = [*_duplicate_keys(directory)]
    try:
        guard = Guardrails.load(directory)
    except schema.RuleError as error:
        return sorted([*findings, Finding(error.file, error.line, f"{error.what}. {error.remedy}")])
    findings += _rules(guard)
    findings += _unused(guard)
    findings += _twice(guard.lexicon)
    findings += _output(guard)
    findings += _questions(guard)
    return sorted(findings)


def _duplicate_keys(directory: Path) -> Iterator[Finding]:
    for file in sorted(directory.glob("**/*.yaml")):
        try:
            for line, key in schema.duplicates(file):
                yield Finding(file, line, f"key {key!r} stands twice; only the last would count. Merge them")
        except Exception as error:  # noqa: BLE001 - a file that cannot be parsed is itself the finding
            yield Finding(file, 0, f"cannot be read: {error}".replace("\n", " "))


def _rules(guard: Guardrails) -> Iterator[Finding]:
    covered: set[str] = set()
    for rule in guard.rules:
        covered.add(rule.code)
        path: list[str | int] = ["rules", rule.position]
        for kind, examples in (("fire", rule.fire), ("hold", rule.hold)):
            if len(examples) < MIN_EXAMPLES:
                line = schema.line_of(rule.file, path)
                yield Finding(
                    rule.file, line, f"rule {rule.id!r} has {len(examples)} {kind!r} examples, needs {MIN_EXAMPLES}"
                )
        for term in rule.terms():
            why = _impossible(guard, term)
            if why:
                yield Finding(
                    rule.file, schema.line_of(rule.file, path), f"rule {rule.id!r} can never fire on {term.text}: {why}"
                )
        yield from _examples(guard, rule)
    for code in CODES:
        if code not in covered:
            yield Finding(schema.DATA / "rules", 0, f"no rule gives code {code}")


def _impossible(guard: Guardrails, term: Term) -> str:
    concept = guard.lexicon.concepts[term.concept]
    if concept.kind == "figurative":
        return "a figure of speech is never counted"
    if concept.kind == "site" and term.sites is not None and term.concept not in term.sites:
        return "the site is not among the sites asked for"
    return ""


def _examples(guard: Guardrails, rule: Rule) -> Iterator[Finding]:
    for kind, examples in (("fire", rule.fire), ("hold", rule.hold)):
        for at, example in enumerate(examples):
            trace = guard.explain(example, EXAMPLES_DAY)
            fired = any(one.id == rule.id for one, _ in trace.fired)
            if fired == (kind == "fire"):
                continue
            line = schema.line_of(rule.file, ["rules", rule.position, kind, at])
            what = "does not fire on" if kind == "fire" else "must hold on but fires on"
            yield Finding(rule.file, line, f"rule {rule.id!r} {what} its own example {' / '.join(example)!r}")


def _unused(guard: Guardrails) -> Iterator[Finding]:
    used = {term.concept for rule in guard.rules for term in rule.terms()}
    for concept in guard.lexicon.concepts.values():
        used |= concept.undone_by
    for name, concept in guard.lexicon.concepts.items():
        if name in used or concept.hides or concept.kind in ("site", "figurative", "ability", "quantity"):
            continue
        file = guard.lexicon.places[name]
        yield Finding(
            file, schema.line_of(file, ["concepts", name]), f"no rule uses concept {name!r}; cut it or use it"
        )


def _twice(lexicon: Lexicon) -> Iterator[Finding]:
    seen: dict[tuple[str, str], Pattern] = {}
    for name, pattern in lexicon.index.patterns:
        key = (name, pattern.text)
        if key in seen:
            file = lexicon.places.get(name, schema.DATA / "status.yaml")
            block = ["concepts", name, "terms"] if name in lexicon.places else ["markers", name.removeprefix("~")]
            yield Finding(file, schema.line_of(file, block), f"{name!r} has the phrase {pattern.text!r} twice")
        seen[key] = pattern


def _output(guard: Guardrails) -> Iterator[Finding]:
    output = guard.output
    for rule in output.rules:
        for kind, examples in (("deny", rule.deny), ("allow", rule.allow)):
            path = ["tags", rule.tag]
            if len(examples) < MIN_EXAMPLES:
                line = schema.line_of(output.file, path)
                yield Finding(
                    output.file, line, f"tag {rule.tag!r} has {len(examples)} {kind!r} examples, needs {MIN_EXAMPLES}"
                )
            for at, sentence in enumerate(examples):
                tagged = rule.tag in output.classify(sentence)
                if tagged != (kind == "deny"):
                    line = schema.line_of(output.file, [*path, kind, at])
                    what = "is not given to" if kind == "deny" else "is wrongly given to"
                    yield Finding(output.file, line, f"tag {rule.tag!r} {what} its example {sentence!r}")
    for level in (Level.URGENT, Level.EMERGENCY):
        missing = {"keep_running", "exercise", "reassure", "dose", "self_test"} - output.blocked[level]
        if missing:
            line = schema.line_of(output.file, ["blocked", level.label])
            yield Finding(output.file, line, f"{level.label} does not block {', '.join(sorted(missing))}")


def _questions(guard: Guardrails) -> Iterator[Finding]:
    """Check that each question can be asked, and that its alarming answer, and only that, raises the level."""
    for question in guard.questions.all:
        path: list[str | int] = ["questions", question.position]
        for kind, size in (("asks", len(question.asks)), ("quiet", len(question.quiet))):
            if size < MIN_EXAMPLES:
                line = schema.line_of(question.file, path)
                what = f"question {question.id!r} has {size} {kind!r} examples, needs {MIN_EXAMPLES}"
                yield Finding(question.file, line, what)
        for at, example in enumerate(question.asks):
            why = _asks(guard, question, example.after, frozenset(example.then))
            if why:
                line = schema.line_of(question.file, [*path, "asks", at])
                yield Finding(question.file, line, f"question {question.id!r} {why} {' / '.join(example.after)!r}")
        for at, turns in enumerate(question.quiet):
            if guard.assess(turns, EXAMPLES_DAY).ask_id == question.id:
                line = schema.line_of(question.file, [*path, "quiet", at])
                what = f"question {question.id!r} must be quiet but is asked after {' / '.join(turns)!r}"
                yield Finding(question.file, line, what)


def _asks(guard: Guardrails, question: Question, turns: tuple[str, ...], codes: frozenset[str]) -> str:
    """Return what is wrong with one example of a question, or nothing."""
    before = guard.assess(turns, EXAMPLES_DAY)
    if before.ask_id != question.id:
        return f"is not asked ({before.ask_id or 'nothing'!r} is) after its own example"
    alarm, other = ("no", "yes") if question.reversed else ("yes", "no")
    after = guard.assess([*turns, alarm], EXAMPLES_DAY)
    missing = codes - {flag.code for flag in after.flags}
    if missing or after.level <= before.level:
        lost = f" to {', '.join(sorted(missing))}" if missing else ""
        return f"does not raise the level{lost} when {alarm!r} answers its own example"
    if guard.assess([*turns, other], EXAMPLES_DAY).level != before.level:
        return f"changes the level when {other!r} answers its own example"
    return ""
