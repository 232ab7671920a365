"""The output side: what an answer may say at a level, and what kind of advice a passage holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from guardrails import schema
from guardrails.levels import Assessment, Level, Verdict
from guardrails.normalise import Normaliser, Spelling
from guardrails.patterns import Index, Node, join, parse, parse_seq, words

TAGS = words(
    """
    keep_running reassure exercise active_recovery dose self_test diagnosis waiting_time promise marketing
    medicine warning_sign no_need injection
    """
)
"""What a sentence can be tagged with; ``data/output.yaml`` says by which phrases."""

_LONGEST_WAIT = 14
_REMEMBERED = 50_000
"""How many sentences' tags are remembered."""
_UNIT_DAYS = {"day": 1, "week": 7, "fortnight": 14, "month": 30}
_NUMBERS = {"a": 1, "one": 1, "two": 2, "couple": 2, "three": 3, "few": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
            "eight": 8, "several": 4, "ten": 10, "twelve": 12}  # fmt: skip


@dataclass(frozen=True)
class OutputRule:
    """One tag: the phrases that give it, those that take it back, and its examples."""

    tag: str
    reason: str
    allow: tuple[str, ...]
    deny: tuple[str, ...]
    position: int


@dataclass(frozen=True)
class Output:
    """The output rules, ready to use."""

    file: Path
    rules: tuple[OutputRule, ...]
    index: Index
    normaliser: Normaliser
    blocked: dict[Level, frozenset[str]]

    @classmethod
    def load(cls, directory: Path = schema.DATA) -> Output:
        """Read ``output.yaml``. Raises RuleError with file and line of the first mistake."""
        file = directory / "output.yaml"
        data = schema.read(file)
        need = frozenset(("schema", "macros", "tags", "blocked"))
        schema.keys(file, [], data, need | {"about"}, need)
        macros: dict[str, Node] = {}
        for name, block in data["macros"].items():
            options = []
            for line, text in schema.lines(block):
                try:
                    options.append(parse_seq(text, macros))
                except ValueError as error:
                    raise schema.fail(file, ["macros", name], f"{text!r}: {error}", "Mend the phrase", line) from error
            macros[name] = join(options)
        index = Index()
        rules: list[OutputRule] = []
        schema.keys(file, ["tags"], data["tags"], TAGS, TAGS)
        for position, (tag, entry) in enumerate(data["tags"].items()):
            rules.append(_tag(file, position, tag, entry, macros, index))
        blocked: dict[Level, frozenset[str]] = {}
        labels = frozenset(level.label for level in Level)
        for label, tags in schema.keys(file, ["blocked"], data["blocked"], labels, labels).items():
            for tag in tags:
                if tag not in TAGS:
                    raise schema.fail(file, ["blocked", label], f"unknown tag {tag!r}", f"Use one of {sorted(TAGS)}")
            blocked[Level.parse(label)] = frozenset(tags)
        return cls(file, tuple(rules), index, Normaliser(Spelling()), blocked)

    def classify(self, text: str) -> frozenset[str]:
        """Return the tags of ``text``."""
        return self.tags(text)[0]

    def tags(self, text: str) -> tuple[frozenset[str], int]:
        """Return the tags of ``text`` and the longest waiting time it names, in days (0: none)."""
        return self._remembered(text)

    @cached_property
    def _remembered(self) -> Callable[[str], tuple[frozenset[str], int]]:
        """The same sentences of the articles come again and again: their tags are found once."""
        return lru_cache(maxsize=_REMEMBERED)(self._tags)

    def _tags(self, text: str) -> tuple[frozenset[str], int]:
        tokens = [token.text for token in self.normaliser(text).tokens]
        hits: dict[str, list[tuple[int, int]]] = {}
        for name, start, end in self.index.find(tokens):
            hits.setdefault(name, []).append((start, end))
        left = {rule.tag: _unspared(hits.get(rule.tag, []), hits.get("-" + rule.tag, [])) for rule in self.rules}
        return frozenset(tag for tag, spans in left.items() if spans), self._wait(tokens, left["waiting_time"])

    @staticmethod
    def _wait(tokens: list[str], spans: list[tuple[int, int]]) -> int:
        longest = 0
        for start, end in spans:
            for at in range(start, min(end + 3, len(tokens))):
                unit = _UNIT_DAYS.get(tokens[at].removesuffix("s"))
                if unit is None:
                    continue
                value = 1
                for back in range(max(start - 3, 0, at - 3), at):
                    word = tokens[back]
                    number = int(word) if word.isdigit() and len(word) < 4 else _NUMBERS.get(word, 0)
                    value = max(value, number)
                longest = max(longest, value * unit)
        return longest

    def review(self, sentence: str, assessment: Assessment, question: str = "") -> Verdict:
        """Judge one sentence of a draft answer at the level of the assessment."""
        del question  # The level already holds all that the question reports.
        tags, wait = self.tags(sentence)
        level = Level.URGENT if assessment.failed else assessment.level
        if level is Level.EMERGENCY and "warning_sign" not in tags:
            return Verdict(
                False, "in an emergency only the fixed message and passages on warning signs are shown", tags
            )
        reasons = {rule.tag: rule.reason for rule in self.rules}
        for rule in self.rules:
            if rule.tag in tags and rule.tag in self.blocked[level]:
                return Verdict(False, reasons[rule.tag], tags)
        if wait > _LONGEST_WAIT and (level is not Level.NONE or "waiting_time" not in tags):
            return Verdict(False, f"names a waiting time of {wait} days, longer than {_LONGEST_WAIT}", tags)
        return Verdict(True, None, tags)


def _unspared(spans: list[tuple[int, int]], spared: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans that no exception overlaps."""
    return [
        (start, end)
        for start, end in spans
        if not any(begin <= start < stop or start <= begin < end for begin, stop in spared)
    ]


def _tag(file: Path, position: int, tag: str, entry: Any, macros: dict[str, Node], index: Index) -> OutputRule:
    known = frozenset(("reason", "phrases", "except", "allow", "deny"))
    path = ["tags", tag]
    schema.keys(file, path, entry, known, frozenset(("reason", "phrases")))
    for key, prefix in (("phrases", ""), ("except", "-")):
        for line, text in schema.lines(entry.get(key) or ""):
            try:
                index.add(prefix + tag, parse(text, macros))
            except ValueError as error:
                raise schema.fail(file, [*path, key], f"{text!r}: {error}", "Mend the phrase", line) from error
    return OutputRule(
        tag, str(entry["reason"]), tuple(entry.get("allow") or ()), tuple(entry.get("deny") or ()), position
    )
