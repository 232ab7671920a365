"""The engine: from the runner's messages to an assessment."""

from __future__ import annotations

import gc
import logging
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from guardrails import mentions, people, rules, schema, status
from guardrails.levels import Assessment, Flag, Level, Notice, Phone, Verdict
from guardrails.lexicon import Lexicon
from guardrails.matcher import Match, Matcher, Reader, Reading, Thresholds
from guardrails.memory import Conversation, Memory, State, Turn, names_sign, refers_back
from guardrails.mentions import Mention
from guardrails.notice import Messages
from guardrails.output import Output
from guardrails.prepared import prepared
from guardrails.quantities import Quantities
from guardrails.questions import Asked, Questions
from guardrails.rules import Rule

log = logging.getLogger(__name__)

CODES: dict[str, Level] = {
    **{f"E{number}": Level.EMERGENCY for number in range(1, 8)},
    **{f"U{number}": Level.URGENT for number in range(1, 13)},
    **{f"S{number}": Level.SOON for number in range(1, 13)},
}
"""The policy's codes and their levels."""

MATCHER = "matcher"
"""Stands in place of a rule's id in flags that the matcher raised."""
HEAD, TAIL = 6_000, 4_000
"""Characters of a message that are read from its beginning and from its end; of a longer one the middle is left out, and
``Assessment.cut`` says so. Some 2,000 words: no account of a complaint is longer, and whatever the message holds, it is read
in under a second (``tests/guardrails/test_engine.py``)."""
PAUSES = frozenset(f"{string.whitespace}.,;!…-–—'’\"“”")
"""Marks that say nothing. A question mark or a smiley does."""
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
        reading: what the matcher makes of the conversation; None when there is none.

    """

    assessment: Assessment
    conversation: Conversation
    fired: tuple[tuple[Rule, tuple[str, ...]], ...]
    near_misses: tuple[tuple[Rule, str], ...]
    reading: Reading | None = None

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
            "cut": self.assessment.cut,
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
            "matcher": self._matcher(),
        }

    def matcher_lines(self) -> list[str]:
        """What the matcher makes of the conversation, a line each for people; none where there is no matcher."""
        if self.reading is None:
            return []
        likely = ", ".join(f"{level.label} {value:.3f}" for level, value in self.reading.plausible.items())
        lines = [f"likelihood of a report of at least {likely}"]
        if self.reading.withdrawn:
            gone = ", ".join(str(turn + 1) for turn in sorted(self.reading.withdrawn))
            lines.append(f"taken back, or taking back: message {gone}")
        for match in self.reading.matches:
            quotes = ", ".join(f"“{self.conversation.turns[turn].quote(a, b)}”" for turn, a, b in match.evidence)
            lines.append(
                f"like {match.code} ({match.level.label} {match.likelihood:.3f}), message {match.turn + 1}: {quotes}"
            )
        return lines

    def _matcher(self) -> dict[str, Any] | None:
        if self.reading is None:
            return None
        matches = [
            {
                "turn": match.turn,
                "code": match.code,
                "level": match.level.label,
                "likelihood": round(match.likelihood, 3),
                "evidence": [self.conversation.turns[turn].quote(begin, end) for turn, begin, end in match.evidence],
            }
            for match in self.reading.matches
        ]
        plausible = {level.label: round(value, 3) for level, value in self.reading.plausible.items()}
        return {"plausible": plausible, "matches": matches, "withdrawn": sorted(self.reading.withdrawn)}


class _Parts(NamedTuple):
    """What the rule files say."""

    lexicon: Lexicon
    rules: tuple[Rule, ...]
    messages: Messages
    output: Output
    questions: Questions
    thresholds: Thresholds

    @classmethod
    def read(cls, directory: Path, region: str) -> _Parts:
        """Read and check them all. Raises RuleError."""
        lexicon = Lexicon.load(directory)
        all_rules = rules.load(directory, lexicon, CODES)
        return cls(
            lexicon,
            all_rules,
            Messages.load(directory, region, CODES, all_rules),
            Output.load(directory),
            Questions.load(directory, lexicon, CODES),
            Thresholds.load(directory),
        )


class Guardrails:
    """The safety layer. Load once, use from any thread.

    >>> guard = Guardrails.load()
    >>> guard.assess(["I fell on my hip and can't stand"]).level.label
    'emergency'
    """

    def __init__(
        self,
        lexicon: Lexicon,
        all_rules: tuple[Rule, ...],
        messages: Messages,
        output: Output,
        questions: Questions,
        reader: Reader | None = None,
    ) -> None:
        self.lexicon = lexicon
        self.reader = reader
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
    def load(cls, directory: Path | None = None, region: str = "generic", matcher: Matcher | None = None) -> Guardrails:
        """Read and check all rule files.

        Args:
            directory: folder with ``lexicon/``, ``rules/``, ``status.yaml``, ``output.yaml``, ``messages.yaml``,
                ``questions.yaml`` and ``regions.yaml``; the package's own by default.
            region: whose telephone numbers to show, a key of ``regions.yaml``.
            matcher: the second net under the rules; None for rules alone.

        Raises:
            RuleError: with file, line, what is wrong and what mends it. There is no way to start with broken rules.

        """
        directory = directory or schema.DATA
        collecting = gc.isenabled()
        gc.disable()  # Tens of thousands of small lasting objects: pausing the collector saves a third of the time.
        try:
            parts = prepared(directory, region, lambda: _Parts.read(directory, region))
            signs, refers = partial(names_sign, parts.lexicon), partial(refers_back, parts.lexicon)
            reader = None if matcher is None else Reader(matcher, parts.thresholds, CODES, signs, refers)
            return cls(parts.lexicon, parts.rules, parts.messages, parts.output, parts.questions, reader)
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
        assessment, state, reading = self._assess(conversation, asked)
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
        return Trace(assessment, conversation, tuple(fired), tuple(missed), reading)

    def _follow(self, messages: Sequence[str], today: date | None) -> tuple[Conversation, Asked | None]:
        """Follow a conversation turn by turn: what it adds up to, and the question to ask back after its last turn."""
        day = today or date.today()  # noqa: DTZ011 - the runner's calendar day, not an instant
        memory = Memory(self.lexicon)
        done: set[str] = set()
        asked: Asked | None = None
        for text in map(_shortened, messages):
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
        cut = len(text) > HEAD + TAIL
        tokens = self.lexicon.normaliser(text).tokens
        found = mentions.find(self.lexicon, [token.text for token in tokens])
        everything = (*found.mentions, *Quantities(found, today).find())
        found = replace(found, mentions=tuple(sorted(everything, key=lambda one: (one.start, -one.end, one.concept))))
        settled = status.settle(self.lexicon, found)
        return Turn(text, tokens, found, tuple(mentions.bind_sites(self.lexicon, found, settled)), cut)

    def _assess(self, conversation: Conversation, question: Asked | None) -> tuple[Assessment, State, Reading | None]:
        state = conversation.state()
        flags = self._flags(conversation, state)
        reading = None
        doubted: tuple[Flag, ...] = ()
        if self.reader is not None:
            reading = self.reader.read(conversation.turns)
            if reading.withdrawn:
                told = flags
                state = conversation.state(without=reading.withdrawn)
                flags = self._flags(conversation, state)
                stand = {flag.code for flag in flags}
                doubted = tuple(flag for flag in told if flag.code not in stand)
            flags, unlikely = self._weighed(conversation, flags, reading, self.reader.thresholds)
            doubted += unlikely
        codes = {flag.code for flag in flags}
        corrected = any(turn.corrects for turn in conversation.turns[1:])
        withdrawn = doubted if corrected else ()
        asked = () if corrected else tuple(flag.code for flag in doubted)
        if conversation.withdrawn:
            before = self._flags(conversation, conversation.state(withdrawn=True))
            codes_before = codes | {flag.code for flag in withdrawn}
            withdrawn = (*withdrawn, *(flag for flag in before if flag.code not in codes_before))
        if conversation.general:
            wider = self._flags(conversation, conversation.state(general=True))
            asked = tuple(dict.fromkeys((*asked, *(flag.code for flag in wider if flag.code not in codes))))
        level = max((flag.level for flag in flags), default=Level.NONE)
        cut = any(turn.cut for turn in conversation.turns)
        if level in (Level.NONE, Level.EMERGENCY):
            question = None
        ask, ask_id = (question.text, question.question.id) if question else ("", "")
        return Assessment(level, flags, withdrawn, asked, cut=cut, ask=ask, ask_id=ask_id), state, reading

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
        return _ordered(best.values())

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

    def _weighed(
        self, conversation: Conversation, ruled: tuple[Flag, ...], reading: Reading, thresholds: Thresholds
    ) -> tuple[tuple[Flag, ...], tuple[Flag, ...]]:
        """Put together what the rules and the matcher say: the flags that hold, and those of signs only talked about.

        A sign that is all the runner says, or says last, is not doubted ("numb between the legs"): nothing beside it or after it
        could show that it is only talked about.
        """
        doubted = tuple(
            flag for flag in ruled if thresholds.doubts(flag, reading) and not self._says_it_all(conversation, flag)
        )
        sure = tuple(flag for flag in ruled if flag not in doubted)
        return _ordered((*sure, *_matched(conversation, reading.matches, sure))), doubted

    def _says_it_all(self, conversation: Conversation, flag: Flag) -> bool:
        """Tell whether, from its first sign on, a conversation holds only what raised a flag and plain words ("hi", "my")."""
        begin = min(flag.turns)
        for number, turn in enumerate(conversation.turns[begin:], begin):
            said = [(token.start, token.end) for token in turn.tokens if token.text in self.lexicon.plain]
            for quote, at in zip(flag.evidence, flag.turns, strict=True):
                if at == number:
                    start = turn.text.find(quote)
                    said.append((start, start + len(quote)))
            covered = {at for start, end in said for at in range(start, end)}
            if any(at not in covered and letter not in PAUSES for at, letter in enumerate(turn.text)):
                return False
        return True

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

    def emergency_phone(self) -> Phone:
        """Return the line to call in an emergency; without digits to dial where the region is not known."""
        return self.messages.lines.get("emergency_number") or Phone("", self.messages.emergency_number)

    def review(self, sentences: Sequence[str], assessment: Assessment, question: str = "") -> tuple[Verdict, ...]:
        """Judge for each sentence of a draft answer whether it may be shown at this level."""
        return tuple(self.output.review(sentence, assessment, question) for sentence in sentences)

    def classify(self, text: str) -> frozenset[str]:
        """Return the tags of a passage or sentence of an article (see ``data/output.yaml``)."""
        return self.output.classify(text)


def _shortened(text: str) -> str:
    """Leave out the middle of a very long message."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def _ordered(flags: Iterable[Flag]) -> tuple[Flag, ...]:
    """Order flags, the strongest first."""
    order = {code: at for at, code in enumerate(CODES)}
    return tuple(sorted(flags, key=lambda flag: (-flag.level, order[flag.code])))


def _matched(conversation: Conversation, matches: Sequence[Match], ruled: Sequence[Flag]) -> list[Flag]:
    """Turn what the matcher found above the rules' level to flags: one for each code, from the turn that raised it first.

    At a level that the rules reached, their word stands alone: they say more exactly what was noticed.
    """
    flags: dict[str, Flag] = {}
    level = max((flag.level for flag in ruled), default=Level.NONE)
    for match in matches:
        if match.level <= level or match.code in flags:
            continue
        told = [_as_mention(conversation, *place) for place in match.evidence]
        evidence = tuple(conversation.turns[one.turn].quote(one.start, one.end) for one in told)
        turns = tuple(one.turn for one in told)
        who = people.about(conversation, told)
        flags[match.code] = Flag(match.code, match.level, evidence, match.turn, MATCHER, turns, "", who)
    return list(flags.values())


def _as_mention(conversation: Conversation, number: int, start: int, end: int) -> Mention:
    """Take a stretch of a turn for a mention: it is whose the mentions of its clause are."""
    turn = conversation.turns[number]
    clause = turn.found.layout.clause[start]
    who = next((mention.who for mention in turn.mentions if mention.clause == clause), "self")
    return Mention(MATCHER, start, end, turn.found.layout.sentence[start], clause, who=who, turn=number)
