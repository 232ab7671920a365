"""Asking back: where one missing fact decides between two levels, the bot asks for it once.

Questions are data (``data/questions.yaml``). One comes with the recommendation, never instead of it, and only if its
answer would raise the level: nothing is asked for the sake of asking, and nothing under an emergency. The engine sees
only the runner's turns, but it is deterministic: it works out which question followed each turn, so that a bare "yes" or
"no" in the next one is read as the answer to it.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from guardrails import schema
from guardrails.levels import Level
from guardrails.lexicon import Lexicon
from guardrails.memory import State, Turn
from guardrails.mentions import DENIED, PRESENT, Mention
from guardrails.notice import check_text, said
from guardrails.patterns import SENTENCE_END, Index, parse, words
from guardrails.rules import Group, Reader, Term

_KEYS = words("id codes when unless ask sign reversed said_yes said_no reason source reviewed_on asks quiet")
_REQUIRED = words("id when unless ask sign reason source reviewed_on asks quiet")
_ANSWERS = words("opening following affirms affirms_alone denies unclear")
_ORDER = ("affirms", "denies", "unclear")
"""What an answer can be; of phrases of one length the later kind wins."""
_PAUSES = SENTENCE_END - {"?"} | {",", "-", ":"}
HEAD = 16
"""Words at the beginning of a message in which an answer is looked for."""


@dataclass(frozen=True)
class Example:
    """Turns after which the question is asked, and the codes that the alarming answer then gives."""

    after: tuple[str, ...]
    then: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question.

    Attributes:
        id: unique name.
        codes: flags of which one must hold, or empty.
        when: groups of conditions on what was reported; of each group one must hold.
        unless: concepts that must be neither reported nor denied yet; the sign is always one of them.
        ask, ask_kin: the question to the runner, and about somebody they ask for.
        sign: what the alarming answer means.
        reversed: whether "no" is the alarming answer ("can you stand on it?").
        reason, source, reviewed_on: why it is asked, what it rests on, when it was last read.
        asks, quiet: examples where it is asked, and where it is not.
        file: where it stands; position: its place in that file, which is its rank.

    """

    id: str
    codes: frozenset[str]
    when: tuple[Group, ...]
    unless: frozenset[str]
    ask: str
    ask_kin: str
    sign: Term
    reversed: bool
    reason: str
    source: tuple[str, ...]
    reviewed_on: str
    asks: tuple[Example, ...]
    quiet: tuple[tuple[str, ...], ...]
    file: Path
    position: int

    def fits(self, state: State) -> bool:
        """Tell whether what was reported brings the question up."""
        return all(any(term.matches(state) for term in group) for group in self.when)

    def open(self, settled: Set[str]) -> bool:
        """Tell whether nothing has been said yet of what it asks for."""
        return self.unless.isdisjoint(settled)

    def mention(self) -> Mention:
        """Return what the alarming answer means, without a place in a message."""
        sites = self.sign.sites or frozenset()
        return Mention(self.sign.concept, 0, 1, why=f"answers {self.id}", sites=sites, own_sites=bool(sites))


@dataclass(frozen=True)
class Asked:
    """A question that was put, and about whom (as ``Flag.who``)."""

    question: Question
    who: str = "self"

    @property
    def text(self) -> str:
        """The question as the runner reads it."""
        return self.question.ask_kin if self.who == "kin" else self.question.ask


@dataclass(frozen=True)
class Questions:
    """All questions, the first to ask first, and the phrases that answer them.

    Attributes:
        all: the questions in their order.
        phrases: answers by kind, ``affirms``, ``affirms_alone``, ``denies``, ``unclear``, or by kind and question.
        opening: words that may stand before an answer; following: words that may stand after one.

    """

    all: tuple[Question, ...]
    phrases: Index
    opening: frozenset[str]
    following: frozenset[str]

    @classmethod
    def load(cls, directory: Path, lexicon: Lexicon, levels: dict[str, Level]) -> Questions:
        """Read ``questions.yaml`` under ``directory``. ``levels`` names the codes there are.

        Raises:
            RuleError: naming file and line of the first mistake.

        """
        file = directory / "questions.yaml"
        data = schema.read(file)
        top = frozenset(("schema", "about", "answers", "questions"))
        schema.keys(file, [], data, top, frozenset(("answers", "questions")))
        answers = schema.keys(file, ["answers"], data["answers"], _ANSWERS, _ANSWERS)
        phrases = Index()
        for kind in ("affirms", "affirms_alone", "denies", "unclear"):
            _phrases(file, ["answers", kind], phrases, kind, answers[kind])
        entries = data["questions"]
        if not isinstance(entries, list):
            raise schema.fail(file, ["questions"], "questions must be a list", "Start each question with '- id:'")
        questions: list[Question] = []
        for position, entry in enumerate(entries):
            question = _question(file, position, entry, lexicon, levels)
            path: list[str | int] = ["questions", position]
            if any(question.id == other.id for other in questions):
                raise schema.fail(file, [*path, "id"], f"question {question.id!r} is there twice", "Rename one")
            for key, kind in (("said_yes", "affirms_alone"), ("said_no", "denies")):
                _phrases(file, [*path, key], phrases, f"{kind} {question.id}", entry.get(key) or "")
            questions.append(question)
        return cls(
            tuple(questions),
            phrases,
            frozenset(str(answers["opening"]).split()),
            frozenset(str(answers["following"]).split()),
        )

    def answer(self, turn: Turn, asked: Asked) -> Mention | None:
        """Return what a turn answers to the question put before it: the sign as present or denied, or nothing.

        A turn that speaks of the matter in its own words is no bare answer; those words count, as always.
        """
        question = asked.question
        if any(one.concept in question.unless and one.status in (PRESENT, DENIED) for one in turn.mentions):
            return None
        found = self._answer([token.text for token in turn.tokens[:HEAD]], question.id)
        if found is None or found[0] == "unclear":
            return None
        kind, start, end = found
        mention = question.mention()
        status = PRESENT if (kind == "denies") == question.reversed else DENIED
        layout = turn.found.layout
        return Mention(
            mention.concept, start, end, layout.sentence[start], layout.clause[start], status, mention.why,
            mention.sites, mention.own_sites, who=asked.who,
        )  # fmt: skip

    def _answer(self, tokens: Sequence[str], identity: str) -> tuple[str, int, int] | None:
        """Find the answer a message begins with: its kind, its first word, and the word after its last."""
        start = 0
        while start < len(tokens) and tokens[start] in self.opening:
            start += 1
        best: tuple[int, int, str] | None = None
        for name, begin, end in self.phrases.find(tokens):
            label, _, owner = name.partition(" ")
            if begin != start or (owner and owner != identity) or not (label == "affirms" or self._ends(tokens, end)):
                continue
            kind = label.removesuffix("_alone")
            best = max(best or (0, 0, ""), (end, _ORDER.index(kind), kind))
        return None if best is None else (best[2], start, best[0])

    def _ends(self, tokens: Sequence[str], end: int) -> bool:
        """Tell whether a phrase is all there is, or a pause or one of the following words comes after it."""
        return end == len(tokens) or tokens[end] in _PAUSES or tokens[end] in self.following


def _phrases(file: Path, path: list[str | int], index: Index, name: str, block: Any) -> None:
    for line, text in schema.lines(block):
        try:
            index.add(name, parse(text, {}))
        except ValueError as error:
            raise schema.fail(file, path, f"{text!r}: {error}", "Mend the phrase", line) from error


def _question(file: Path, position: int, entry: Any, lexicon: Lexicon, levels: dict[str, Level]) -> Question:
    path: list[str | int] = ["questions", position]
    schema.keys(file, path, entry, _KEYS, _REQUIRED)
    reader = Reader(file, lexicon)
    codes = [str(code) for code in reader.list([*path, "codes"], entry.get("codes"))]
    for code in codes:
        if code not in levels:
            raise schema.fail(file, [*path, "codes"], f"unknown code {code!r}", f"Use one of {', '.join(levels)}")
    check_text(file, [*path, "ask"], entry["ask"])
    sign = reader.term([*path, "sign"], entry["sign"])
    if sign.compare:
        raise schema.fail(file, [*path, "sign"], f"{sign.text!r} is no answer to yes or no", "Name a concept")
    unless = {sign.concept}
    for at, part in enumerate(reader.list([*path, "unless"], entry["unless"])):
        term = reader.term([*path, "unless", at], part)
        if term.text != term.concept:
            raise schema.fail(file, [*path, "unless", at], f"{term.text!r} is more than a concept", "Name it alone")
        unless.add(term.concept)
    if not isinstance(entry.get("reversed", False), bool):
        raise schema.fail(file, [*path, "reversed"], "reversed must be true or false", "Write 'reversed: true'")
    if not isinstance(entry["reviewed_on"], date):
        raise schema.fail(file, [*path, "reviewed_on"], f"{entry['reviewed_on']!r} is no date", "Write YYYY-MM-DD")
    return Question(
        id=str(entry["id"]),
        codes=frozenset(codes),
        when=tuple(
            reader.group([*path, "when", at], part)
            for at, part in enumerate(reader.list([*path, "when"], entry["when"]))
        ),
        unless=frozenset(unless),
        ask=said(entry["ask"], "self"),
        ask_kin=said(entry["ask"], "kin"),
        sign=sign,
        reversed=entry.get("reversed", False),
        reason=str(entry["reason"]),
        source=tuple(reader.list([*path, "source"], entry["source"])),
        reviewed_on=entry["reviewed_on"].isoformat(),
        asks=tuple(
            _example(file, [*path, "asks", at], part, reader, levels)
            for at, part in enumerate(reader.list([*path, "asks"], entry["asks"]))
        ),
        quiet=reader.examples([*path, "quiet"], entry["quiet"]),
        file=file,
        position=position,
    )


def _example(file: Path, path: list[str | int], entry: Any, reader: Reader, levels: dict[str, Level]) -> Example:
    need = frozenset(("after", "then"))
    schema.keys(file, path, entry, need, need)
    (after,) = reader.examples([*path, "after"], [entry["after"]])
    then = [str(code) for code in reader.list([*path, "then"], entry["then"])]
    for code in then:
        if code not in levels:
            raise schema.fail(file, [*path, "then"], f"unknown code {code!r}", f"Use one of {', '.join(levels)}")
    return Example(after, tuple(then))
