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

from guardrails import memory, mentions, people, rules, schema, status
from guardrails.levels import Assessment, Flag, Level, Notice, Verdict
from guardrails.lexicon import Lexicon
from guardrails.memory import Conversation, State, Turn
from guardrails.mentions import Mention
from guardrails.notice import Messages
from guardrails.output import Output
from guardrails.quantities import Quantities
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

    def __init__(self, lexicon: Lexicon, all_rules: tuple[Rule, ...], messages: Messages, output: Output) -> None:
        self.lexicon = lexicon
        self.rules = all_rules
        self.messages = messages
        self.output = output
        self._turn = lru_cache(maxsize=1024)(self._read)

    @classmethod
    def load(cls, directory: Path | None = None, region: str = "generic") -> Guardrails:
        """Read and check all rule files.

        Args:
            directory: folder with ``lexicon/``, ``rules/``, ``status.yaml``, ``output.yaml``, ``messages.yaml`` and
                ``regions.yaml``; the package's own by default.
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
            return cls(lexicon, all_rules, messages, Output.load(directory))
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
            return self._assess(self._remember(messages, today))[0]
        except Exception:
            # Fails closed. The text itself is health data and stays out of the log.
            log.exception("guardrails: assessment failed on %s messages", len(messages))
            return Assessment(Level.URGENT, failed=True)

    def explain(self, messages: Sequence[str], today: date | None = None) -> Trace:
        """Assess, and tell how it came about. Unlike ``assess`` this may raise: it is for people at a terminal."""
        conversation = self._remember(messages, today)
        assessment, state = self._assess(conversation)
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

    def _remember(self, messages: Sequence[str], today: date | None) -> Conversation:
        day = today or date.today()  # noqa: DTZ011 - the runner's calendar day, not an instant
        return memory.remember(self.lexicon, [self._turn(text, day) for text in messages])

    def _read(self, text: str, today: date) -> Turn:
        """Read one message on its own: words, mentions, statuses, parts of the body, quantities."""
        tokens = self.lexicon.normaliser(text).tokens
        found = mentions.find(self.lexicon, [token.text for token in tokens])
        everything = (*found.mentions, *Quantities(found, today).find())
        found = replace(found, mentions=tuple(sorted(everything, key=lambda one: (one.start, -one.end, one.concept))))
        settled = status.settle(self.lexicon, found)
        return Turn(text, tokens, found, tuple(mentions.bind_sites(self.lexicon, found, settled)))

    def _assess(self, conversation: Conversation) -> tuple[Assessment, State]:
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
        return Assessment(level, flags, withdrawn, asked), state

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
