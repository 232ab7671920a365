"""The engine: from the runner's messages to an assessment."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from guardrails import mentions, people, rules, schema, status
from guardrails.levels import Assessment, Flag, Level, Notice, Verdict
from guardrails.lexicon import Lexicon
from guardrails.memory import Conversation, Memory, State, Turn
from guardrails.mentions import Mention
from guardrails.notice import Messages
from guardrails.output import Output
from guardrails.quantities import Quantities
from guardrails.questions import Asked, Questions
from guardrails.rules import Rule

if TYPE_CHECKING:
    pass

log = logging.getLogger(__name__)

CODES: dict[str, Level] = {
    **{f"E{number}": Level.EMERGENCY for number in range(1, 8)},
    **{f"U{number}": Level.URGENT for number in range(1, 13)},
    **{f"S{number}": Level.SOON for number in range(1, 13)},
}
"""The policy's codes and their levels."""

EVIDENCE_JOIN = 6
"""Words between two pieces of evidence of one clause that are still quoted as one piece."""


@dataclass(frozen=True)
class Trace:
    """How an assessment came about, for people who look after the rules.

    Attributes:
        assessment: the result.
        conversation: the messages with their clauses, mentions and statuses.
        fired: each rule that fired, with its evidence.
        near_misses: rules of which something was there, and why they did not fire.

    """

    assessment: Assessment
    conversation: Conversation
    fired: tuple[tuple[Rule, tuple[str, ...]], ...]
    near_misses: tuple[tuple[Rule, str], ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the trace for machines: the ``batch`` object and, beside it, what led there."""
        turns = []
        for number, turn in enumerate(self.conversation.turns):
            layout = turn.found.layout
            turns.append(
                {
                    "text": turn.text,
                    "clauses": [turn.quote(*span) for span in layout.clauses],
                    "mentions": [
                        {
                            "concept": mention.concept,
                            "text": turn.quote(mention.start, mention.end),
                            "status": mention.status,
                            "why": mention.why,
                            "sites": sorted(mention.sites),
                            "who": mention.who,
                            **({"value": mention.value} if mention.value else {}),
                        }
                        for mention in turn.mentions
                    ],
                    "turn": number,
                }
            )
        return {
            **self.assessment.to_dict(),
            "failed": self.assessment.failed,
            "withdrawn": [flag.to_dict() for flag in self.assessment.withdrawn],
            "asked_about": list(self.assessment.asked_about),
            "ask": self.assessment.ask,
            "ask_id": self.assessment.ask_id,
            "turns": turns,
            "fired": [
                {"rule": rule.id, "code": rule.code, "reason": rule.reason, "evidence": list(evidence)}
                for rule, evidence in self.fired
            ],
            "near_misses": [{"rule": rule.id, "code": rule.code, "why": why} for rule, why in self.near_misses],
        }


class Guardrails:
    """The safety layer. Load once, use from any thread.

    >>> guard = Guardrails.load()
    >>> guard.assess(["I fell on my hip and can't stand"]).level.label
    'emergency'
    """

    def __init__(
        self, lexicon: Lexicon, all_rules: tuple[Rule, ...], messages: Messages, output: Output, questions: Questions
    ) -> None:
        self.lexicon = lexicon
        self.rules = all_rules
        self.messages = messages
        self.output = output
        self.questions = questions
        self._strongest = tuple(sorted(all_rules, key=lambda rule: -rule.level))
        self._with_sign = {
            sign: tuple(rule for rule in self._strongest if any(term.concept == sign for term in rule.terms()))
            for sign in {question.sign.concept for question in questions.all}
        }
        self._turn = lru_cache(maxsize=1024)(self._read)

    @classmethod
    def load(cls, directory: Path | None = None, region: str = "generic") -> Guardrails:
        """Read and check all rule files.

        Args:
            directory: folder with ``lexicon/``, ``rules/``, ``status.yaml``, ``output.yaml``, ``messages.yaml``,
                ``questions.yaml`` and ``regions.yaml``; the package's own by default.
            region: whose telephone numbers to show, a key of ``regions.yaml``.

        Raises:
            RuleError: with file, line, what is wrong and what mends it. There is no way to start with broken rules.

        """
        directory = directory or schema.DATA
        collecting = gc.isenabled()
        gc.disable()  # Tens of thousands of small lasting objects: pausing the collector saves a third of the time.
        try:
            lexicon = Lexicon.load(directory)
            all_rules = rules.load(directory, lexicon, CODES)
            messages = Messages.load(directory, region, CODES, all_rules)
            questions = Questions.load(directory, lexicon, CODES)
            return cls(lexicon, all_rules, messages, Output.load(directory), questions)
        finally:
            if collecting:
                gc.enable()

    # --- input side

    def assess(self, messages: Sequence[str], today: date | None = None) -> Assessment:
        """Assess a conversation by all its runner's messages, oldest first.

        Never raises on text. If anything goes wrong inside, the answer is URGENT with ``failed`` set: not knowing is not
        the same as nothing found.
        """
        try:
            return self._assess(*self._follow(messages, today))[0]
        except Exception:
            # Fails closed. The text itself is health data and stays out of the log.
            log.exception("guardrails: assessment failed on %s messages", len(messages))
            return Assessment(Level.URGENT, failed=True)

    def explain(self, messages: Sequence[str], today: date | None = None) -> Trace:
        """Assess, and tell how it came about. Unlike ``assess`` this may raise: it is for people at a terminal."""
        conversation, asked = self._follow(messages, today)
        assessment, state = self._assess(conversation, asked)
        fired: list[tuple[Rule, tuple[str, ...]]] = []
        missed: list[tuple[Rule, str]] = []
        for rule in self.rules:
            found = rule.check(state)
            if not isinstance(found, str):
                fired.append((rule, self._evidence(conversation, found)[0]))
            elif any(term.matches(state) for group in rule.groups for term in group) or any(
                term.matches(state) for term in rule.pool
            ):
                missed.append((rule, found))
        return Trace(assessment, conversation, tuple(fired), tuple(missed))

    def _follow(self, messages: Sequence[str], today: date | None) -> tuple[Conversation, Asked | None]:
        """Follow a conversation turn by turn: what it adds up to, and the question to ask back after its last turn."""
        day = today or date.today()  # noqa: DTZ011 - the runner's calendar day, not an instant
        memory = Memory(self.lexicon)
        done: set[str] = set()
        asked: Asked | None = None
        for text in messages:
            turn = self._turn(text, day)
            memory.add(turn, self.questions.answer(turn, asked) if asked else None)
            asked = self._ask(memory, done)
            if asked:
                done.add(asked.question.sign.concept)
        return memory.conversation(), asked

    def _ask(self, memory: Memory, done: set[str]) -> Asked | None:
        """Choose the first question that fits, asks for no sign again, and whose alarming answer would raise the level."""
        conversation = memory.conversation()
        state = conversation.state()
        fitting = [
            question
            for question in self.questions.all
            if question.sign.concept not in done and question.open(memory.settled) and question.fits(state)
        ]
        # Worked out after every turn of a conversation, so the cheap looks come first.
        level = self._level(state, self._strongest) if fitting else Level.NONE
        if level in (Level.NONE, Level.EMERGENCY):
            return None
        flags: tuple[Flag, ...] = ()
        for question in fitting:
            imagined = conversation.state()
            imagined.add(memory.placed(question.mention()))
            if self._level(imagined, self._with_sign[question.sign.concept]) <= level:
                continue
            flags = flags or self._flags(conversation, state)
            if not question.codes or any(flag.code in question.codes for flag in flags):
                return Asked(question, flags[0].who)
        return None

    def _level(self, state: State, some: Sequence[Rule]) -> Level:
        """Return the level of the first of some rules, strongest first, that fires; NONE if none does."""
        fires = (rule for rule in some if rule.possible(state) and not isinstance(rule.check(state), str))
        return next((rule.level for rule in fires), Level.NONE)

    def _read(self, text: str, today: date) -> Turn:
        """Read one message on its own: words, mentions, statuses, parts of the body, quantities."""
        tokens = self.lexicon.normaliser(text).tokens
        found = mentions.find(self.lexicon, [token.text for token in tokens])
        everything = (*found.mentions, *Quantities(found, today).find())
        found = replace(found, mentions=tuple(sorted(everything, key=lambda one: (one.start, -one.end, one.concept))))
        settled = status.settle(self.lexicon, found)
        return Turn(text, tokens, found, tuple(mentions.bind_sites(self.lexicon, found, settled)))

    def _assess(self, conversation: Conversation, question: Asked | None) -> tuple[Assessment, State]:
        state = conversation.state()
        flags = self._flags(conversation, state)
        codes = {flag.code for flag in flags}
        withdrawn: tuple[Flag, ...] = ()
        asked: tuple[str, ...] = ()
        if conversation.withdrawn:
            before = self._flags(conversation, conversation.state(withdrawn=True))
            withdrawn = tuple(flag for flag in before if flag.code not in codes)
        if conversation.general:
            wider = self._flags(conversation, conversation.state(general=True))
            asked = tuple(flag.code for flag in wider if flag.code not in codes)
        level = max((flag.level for flag in flags), default=Level.NONE)
        ask, ask_id = (question.text, question.question.id) if question else ("", "")
        return Assessment(level, flags, withdrawn, asked, ask=ask, ask_id=ask_id), state

    def _flags(self, conversation: Conversation, state: State) -> tuple[Flag, ...]:
        best: dict[str, Flag] = {}
        for rule in self.rules:
            found = rule.check(state) if rule.possible(state) else ""
            if isinstance(found, str):
                continue
            turn = max(state.effective(mention) for mention in found)
            known = best.get(rule.code)
            if known is None or turn < known.turn:
                evidence, turns = self._evidence(conversation, found)
                who = people.about(conversation, found)
                best[rule.code] = Flag(rule.code, rule.level, evidence, turn, rule.id, turns, rule.variant, who)
        order = {code: at for at, code in enumerate(CODES)}
        return tuple(sorted(best.values(), key=lambda flag: (-flag.level, order[flag.code])))

    def _evidence(
        self, conversation: Conversation, found: Sequence[Mention]
    ) -> tuple[tuple[str, ...], tuple[int, ...]]:
        """Quote the runner: each mention with the body part beside it, neighbours of one clause joined."""
        spans: set[tuple[int, int, int, int]] = set()
        for mention in found:
            turn = conversation.turns[mention.turn]
            start, end = mention.start, mention.end
            for site in turn.mentions:
                near = site.start - end <= 4 and start - site.end <= 4
                if site.clause == mention.clause and near and site.concept in mention.sites:
                    start, end = min(start, site.start), max(end, site.end)
            spans.add((mention.turn, mention.clause, start, end))
        joined: list[tuple[int, int, int, int]] = []
        for number, clause, start, end in sorted(spans):
            if joined:
                last = joined[-1]
                overlap = last[0] == number and start < last[3]
                if overlap or (last[:2] == (number, clause) and start - last[3] <= EVIDENCE_JOIN):
                    joined[-1] = (number, last[1], last[2], max(end, last[3]))
                    continue
            joined.append((number, clause, start, end))
        quotes: dict[str, int] = {}
        for number, _, start, end in joined:
            quotes.setdefault(conversation.turns[number].quote(start, end), number)
        return tuple(quotes), tuple(quotes.values())

    # --- output side

    def notice(self, assessment: Assessment) -> Notice | None:
        """Return the fixed message for an assessment, or ``None`` at level NONE."""
        return self.messages.notice(assessment)

    def sections(self, codes: Sequence[str]) -> tuple[str, ...]:
        """Return the headings of the article ``when-to-get-help`` that cover these codes, each once, in order."""
        return tuple(dict.fromkeys(str(self.messages.codes[code]["section"]) for code in codes))

    def emergency_number(self) -> str:
        """Return what to call in an emergency, as a text for the region."""
        return self.messages.emergency_number

    def review(self, sentences: Sequence[str], assessment: Assessment, question: str = "") -> tuple[Verdict, ...]:
        """Judge for each sentence of a draft answer whether it may be shown at this level."""
        return tuple(self.output.review(sentence, assessment, question) for sentence in sentences)

    def classify(self, text: str) -> frozenset[str]:
        """Return the tags of a passage or sentence of an article (see ``data/output.yaml``)."""
        return self.output.classify(text)
