"""Told: what the bot believes a runner told it, in the runner's own words.

It rests on the guardrails' own reading of the conversation, so what the page shows here is what the safety layer went by.
What makes it worse or better, and how it began, the guardrails have no concept for: `bot/factors.py` and
`bot/data/told.yaml` add that. Nothing is inferred: each item is a stretch of one of the messages, and what was asked in
general, imagined, denied, long over or about somebody's dog is not listed as so.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from bot.factors import BETTER, NEITHER, WORSE, Factor, Patterns, factors, load_patterns, longest, phrases
from bot.text import clean_text
from guardrails import people, status
from guardrails.engine import HEAD, TAIL
from guardrails.lexicon import Concept
from guardrails.mentions import DENIED, PRESENT, Mention

if TYPE_CHECKING:
    from datetime import date

    from guardrails import Flag, Guardrails, Trace
    from guardrails.memory import Conversation, Turn

logger = logging.getLogger(__name__)

WHERE, SINCE, OTHER, NOT_SO, ASKED = "where", "since", "other", "denied", "asked"
GROUPS = (WHERE, SINCE, WORSE, BETTER, OTHER, NOT_SO, ASKED)
"""The groups of what was told, in the order they are shown in."""

_OWN = "told:"  # before the names of the concepts that only this module knows
_DENIAL = 12  # words from a negation to what it denies
_BEGAN = 12  # words of how it began, at most
_ANSWER = 10  # words of a message that only answers a question, at most
_WHEN = 4  # words from an event to when it was
_ENDS = frozenset(".!?;")
_OPPOSITE = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of a message.

    Attributes:
        words: the runner's own words.
        turn: index of the message, from 0.
        start: offset of the first character in the clean message (see `bot.text.clean_text`).
        end: offset behind the last; `message[start:end] == words`.

    """

    words: str
    turn: int
    start: int
    end: int

    def to_dict(self) -> dict[str, Any]:
        """As it travels to the page."""
        return {"words": self.words, "turn": self.turn, "start": self.start, "end": self.end}


@dataclass(frozen=True, slots=True)
class Noticed:
    """A red flag, or one that was taken back.

    Attributes:
        code: the policy's code, for example `U1`.
        title: what it is called in the safety messages.
        level: the level's label: emergency, urgent or soon.
        said: what the runner wrote, oldest first.

    """

    code: str
    title: str
    level: str
    said: tuple[Said, ...]

    def to_dict(self) -> dict[str, Any]:
        """As it travels to the page."""
        return {
            "code": self.code,
            "title": self.title,
            "level": self.level,
            "said": [one.to_dict() for one in self.said],
        }


@dataclass(frozen=True, slots=True)
class Told:
    """What was told in a conversation.

    Attributes:
        about: whom it is about: "self", or "kin" for somebody the runner asks for.
        level: label of the level that holds.
        noticed: the red flags that hold, strongest first.
        withdrawn: those that were taken back.
        said: for each of `GROUPS` what was said, in the order it was said; each stretch once.
        failed: whether the conversation could not be read; then nothing is listed, and that says nothing.

    """

    about: str = "self"
    level: str = "none"
    noticed: tuple[Noticed, ...] = ()
    withdrawn: tuple[Noticed, ...] = ()
    said: dict[str, tuple[Said, ...]] = field(default_factory=lambda: dict.fromkeys(GROUPS, ()))
    failed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """As it travels to the page."""
        return {
            "about": self.about,
            "level": self.level,
            "failed": self.failed,
            "noticed": [one.to_dict() for one in self.noticed],
            "withdrawn": [one.to_dict() for one in self.withdrawn],
            **{group: [one.to_dict() for one in self.said[group]] for group in GROUPS},
        }


def tell(guardrails: Guardrails, turns: Sequence[str], today: date | None = None) -> Told:
    """What was told in a conversation. Never raises on text: if it cannot be read, `failed` is set and the level is urgent.

    Args:
        guardrails: the safety layer, with whose eyes the conversation is read.
        turns: the runner's messages, oldest first.
        today: the day durations are counted from; None for the real one.

    """
    messages = [clean_text(turn) for turn in turns]
    try:
        return _Reader(guardrails, messages, guardrails.explain(messages, today=today)).told()
    except Exception:
        # The text itself is health data and stays out of the log.
        logger.exception("What was told could not be read, of %s messages", len(messages))
        return Told(level="urgent", failed=True)


@dataclass(frozen=True)
class _Reader:
    guardrails: Guardrails
    messages: Sequence[str]
    trace: Trace

    @property
    def conversation(self) -> Conversation:
        return self.trace.conversation

    def told(self) -> Told:
        assessment = self.trace.assessment
        spans: dict[str, list[tuple[int, int, int]]] = {group: [] for group in GROUPS}
        patterns = load_patterns()
        counted = [one for one in self.conversation.counted if one.status == PRESENT]
        complains = [one for one in counted if one.concept in patterns.concepts["complaint"]]
        about = people.about(self.conversation, [*complains, *_flagged(assessment.flags, counted, self.conversation)])
        complained = False
        for number, turn in enumerate(self.conversation.turns):
            ours = [one for one in counted if one.turn == number and (about == "kin" or one.who == "self")]
            message = _Message(self.guardrails, patterns, turn, ours, about)
            complained = complained or message.complains
            for group, found in message.groups(complained=complained).items():
                spans[group] += [(number, *span) for span in found]
        spans[WHERE] = self._on_the_side_meant(spans[WHERE])
        said = {group: self._said(found, whole=group == ASKED) for group, found in spans.items()}
        return Told(
            about=about,
            level=assessment.level.label,
            noticed=tuple(self._noticed(flag) for flag in _leading_first(assessment.flags)),
            withdrawn=tuple(self._noticed(flag) for flag in assessment.withdrawn),
            said=said,
        )

    def _on_the_side_meant(self, places: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
        """Leave out places on the side that a later message corrects: "sorry, I meant the left"."""
        turns = self.conversation.turns
        corrected: dict[str, int] = {}
        for number, start, end in places:
            if number and turns[number].corrects:
                for side in _OPPOSITE.keys() & set(turns[number].found.tokens[start:end]):
                    corrected[_OPPOSITE[side]] = number
        return [
            (number, start, end)
            for number, start, end in places
            if not any(number < corrected.get(word, -1) for word in turns[number].found.tokens[start:end])
        ]

    def _noticed(self, flag: Flag) -> Noticed:
        messages = self.guardrails.messages
        codes = messages.kin_codes if flag.who == "kin" else messages.codes
        fields = codes.get(f"{flag.code}/{flag.variant}") or codes[flag.code]
        said = []
        for words, number in zip(flag.evidence, flag.turns, strict=True):
            at = self.messages[number].find(words)
            if at >= 0:  # a quote across the middle that was left out of a very long message stands nowhere
                said.append(Said(words, number, at, at + len(words)))
        return Noticed(flag.code, str(fields["title"]), flag.level.label, tuple(said))

    def _said(self, spans: list[tuple[int, int, int]], *, whole: bool) -> tuple[Said, ...]:
        """The words of spans, each once; unless they are `whole` sentences, none that another one holds ("hip", "left hip")."""
        said: dict[str, Said] = {}
        for number, start, end in sorted(set(spans)):
            turn, message = self.conversation.turns[number], self.messages[number]
            begin = _place(turn.tokens[start].start, turn, message)
            stop = _place(turn.tokens[end - 1].end - 1, turn, message) + 1
            words = message[begin:stop]
            if stop - begin == turn.tokens[end - 1].end - turn.tokens[start].start:
                said.setdefault(" ".join(words.casefold().split()), Said(words, number, begin, stop))
        if whole:
            return tuple(said.values())
        return tuple(
            one
            for words, one in said.items()
            if not any(words != other and f" {words} " in f" {other} " for other in said)
        )


def _leading_first(flags: Sequence[Flag]) -> list[Flag]:
    """The flags in the order the safety message has them: danger to self before all others of its level."""
    return sorted(flags, key=lambda flag: (-flag.level, flag.variant != "self_harm"))


def _place(at: int, turn: Turn, message: str) -> int:
    """Where a character of the message as it was read stands in the whole message: the middle of a long one is left out."""
    return at if not turn.cut or at < HEAD else len(message) - TAIL + (at - HEAD - 1)


def _flagged(flags: Sequence[Flag], counted: Iterable[Mention], conversation: Conversation) -> list[Mention]:
    """The mentions that flags quote: who has a warning sign is whom the conversation is about."""
    quotes = {(turn, words) for flag in flags for turn, words in zip(flag.turns, flag.evidence, strict=True)}
    return [
        one
        for one in counted
        if any(
            turn == one.turn and conversation.turns[turn].quote(one.start, one.end) in words for turn, words in quotes
        )
    ]


class _Message:
    """One message: the stretches of each group, as token spans.

    Args:
        guardrails: for the lexicon.
        patterns: the phrases of `told.yaml`.
        turn: the message.
        ours: its mentions that count, of the person the conversation is about.
        about: whom it is about.

    """

    def __init__(
        self, guardrails: Guardrails, patterns: Patterns, turn: Turn, ours: Sequence[Mention], about: str
    ) -> None:
        self.lexicon = guardrails.lexicon
        self.patterns, self.turn, self.about = patterns, turn, about
        self.tokens = turn.found.tokens
        self.layout = turn.found.layout
        self.spans = phrases(turn.found, patterns)
        self.concepts = patterns.concepts
        self.asked = self._asked()
        general = {self.layout.sentence[end - 1] for start, end in self.asked if not self._personal(start, end)}
        self.ours = [one for one in ours if one.sentence not in general]
        self.complaints = [one for one in self.ours if one.concept in self.concepts["complaint"]]
        self.changes = self._changes()

    @property
    def complains(self) -> bool:
        """Whether the message reports a complaint, or what changes one."""
        return bool(self.complaints or self.changes)

    def groups(self, *, complained: bool) -> dict[str, list[tuple[int, int]]]:
        """The spans of each group.

        Args:
            complained: whether a complaint was reported up to this message.

        """
        if not complained:
            return {ASKED: self.asked, NOT_SO: self._denied()}
        began = self._began()
        taken = [(one.start, one.end) for one in self.changes if one.group != NEITHER]
        durations = [(one.start, one.end) for one in self.ours if one.concept in self.concepts["since"]]
        others = [(one.start, one.end) for one in self.ours if one.concept in self.concepts["other"]]
        return {
            WHERE: self._where(taken),
            SINCE: longest((*began, *(span for span in durations if not _touches(span, taken)))),
            WORSE: [(one.start, one.end) for one in self.changes if one.group == WORSE],
            BETTER: [(one.start, one.end) for one in self.changes if one.group == BETTER],
            OTHER: longest((*others, *self._reported((OTHER, *span) for span in self.spans.get("other", ())))),
            NOT_SO: self._denied(),
            ASKED: self.asked,
        }

    def _changes(self) -> list[Factor]:
        """What the message reports to make the complaint worse or better, or to change nothing."""
        asked = {self.layout.sentence[end - 1] for start, end in self.asked if not self._tells(start, end)}
        found = [
            one
            for one in factors(self.turn.found, self.spans, self.patterns, self._scores())
            if self.layout.sentence[one.start] not in asked and not _touches(one[1:3], self.spans.get("began", ()))
        ]
        # Where the word that says so follows ("rest helps"), or is "better", which says of a sign that it is over, what
        # changes the complaint is asked for its status; else that word, which is nearer to a "no" or an "if" of its own.
        judged = {one: one.head if one.group == WORSE else (one.start, one.end) for one in found}
        reported = set(self._reported((one.group, *judged[one]) for one in found if one.group != NEITHER))
        return [one for one in found if one.group == NEITHER or judged[one] in reported]

    def _reported(self, finds: Iterable[tuple[str, int, int]]) -> list[tuple[int, int]]:
        """Those of own finds that are reports: the guardrails give them their status as they do their own mentions."""
        mentions = [
            Mention(_OWN + group, start, end, self.layout.sentence[start], self.layout.clause[start])
            for group, start, end in finds
        ]
        if not mentions:
            return []
        kinds = {one.concept: Concept(one.concept, "symptom", keeps=False) for one in mentions}
        lexicon = replace(self.lexicon, concepts={**self.lexicon.concepts, **kinds})
        every = sorted((*self.turn.found.mentions, *mentions), key=lambda one: (one.start, -one.end, one.concept))
        whose = ("self", "kin") if self.about == "kin" else ("self",)
        return [
            (one.start, one.end)
            for one in status.settle(lexicon, replace(self.turn.found, mentions=tuple(every)))
            if one.concept in kinds and one.status == PRESENT and one.who in whose
        ]

    def _scores(self) -> list[tuple[int, int]]:
        return [(one.start, one.end) for one in self.ours if one.concept in ("score", "score_run")]

    # --- where

    def _where(self, taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
        """Parts of the body that a complaint is about, with the words that say which side and where on it.

        Args:
            taken: what makes it worse or better: "on that side" there is no place.

        """
        clauses = {clause for one in self.complaints for clause in self._clauses(one)}
        sites = {site for one in self.complaints for site in one.sites}
        places = [
            self._placed(one.start, one.end)
            for one in self.ours
            if self.lexicon.concepts[one.concept].kind == "site"
            and (one.clause in clauses or one.concept in sites or not sites)
            and not (_touches((one.start, one.end), taken) and sites - {one.concept})
        ]
        sides = [
            span
            for at, word in enumerate(self.tokens)
            if word in ("left", "right", "both")
            and not _touches((at, at + 1), (*places, *taken))
            and (self.layout.clause[at] in clauses or len(self.tokens) <= _ANSWER)
            and (span := self._side(at))
        ]
        return longest((*places, *sides))

    def _clauses(self, mention: Mention) -> range:
        return range(mention.clause, self.layout.clause[mention.end - 1] + 1)

    def _placed(self, start: int, end: int) -> tuple[int, int]:
        """Widen a part of the body by the words that belong to where it is."""
        words = self.patterns.words
        sentence = self.layout.sentences[self.layout.sentence[start]]
        while start > sentence[0] and self.tokens[start - 1] in words["place_before"]:
            start -= 1
        while self.tokens[start] in ("in", "of", "near", "on", "and", "up", "a", "high", "round", "around", "just"):
            start += 1
        stop = end
        while stop < sentence[1] and self.tokens[stop] in words["place_after"]:
            stop += 1
        if {"left", "right", "outside", "inside", "both", "front", "back"} & set(self.tokens[end:stop]):
            end = stop
            while self.tokens[end - 1] in (",", "on", "the"):
                end -= 1
        return start, end

    def _side(self, at: int) -> tuple[int, int] | None:
        """A side that stands alone: "the left one", "right side"."""
        start, end = at, at + 1
        if end < len(self.tokens) and self.tokens[end] in ("side", "one", "sides", "hand"):
            end += 1
        elif end < len(self.tokens) and self.tokens[end] not in _ENDS | {",", "and", "but"}:
            return None
        if start and self.tokens[start - 1] == "the":
            start -= 1
        return None if start and self.tokens[start - 1] in ("not", "no", "turn", "turned") else (start, end)

    # --- since when, and how it began

    def _began(self) -> list[tuple[int, int]]:
        spans = list(self.spans.get("since", ()))
        changes = [(one.start, one.end) for one in self.changes]
        for start, end in self.spans.get("began", ()):
            if start and self.tokens[start - 1] in self.patterns.not_began:
                continue
            spans.append((start, self._to_the_end(end)))
        spans = [self._with_when(span) for span in spans if self._of_complaint(span)]
        for one in self.ours:
            if one.concept in self.concepts["began"] and not _touches((one.start, one.end), changes):
                spans.append(self._with_when((one.start, one.end)))
        return _joined(spans)

    def _to_the_end(self, at: int) -> int:
        limit = min(self.layout.sentences[self.layout.sentence[at - 1]][1], at + _BEGAN)
        while at < limit and self.tokens[at] not in self.patterns.words["barriers"]:
            if self.tokens[at] == "and" and at + 1 < limit and self.tokens[at + 1] in self.patterns.words["starters"]:
                break
            at += 1
        return at

    def _with_when(self, span: tuple[int, int]) -> tuple[int, int]:
        """Widen an event by the day it was on, and a "since" by what it goes on with."""
        start, end = span
        if self.tokens[start] in ("since", "ever"):
            return start, self._to_the_end(end)
        days = [stop for begin, stop in self.spans.get("days", ()) if end <= begin <= end + _WHEN]
        return start, max([end, *days[:1]])

    def _of_complaint(self, span: tuple[int, int]) -> bool:
        """Whether a time is that of the complaint: one in its sentence, or a message that only answers since when."""
        sentence = self.layout.sentence[span[0]]
        if len(self.tokens) <= _ANSWER:
            return True
        begins = span in self.spans.get("began", ()) or bool(
            {"started", "began", "came"} & set(self.tokens[span[0] : span[1]])
        )
        return begins or any(one.sentence == sentence for one in self.complaints)

    # --- what is not so, and what was asked

    def _denied(self) -> list[tuple[int, int]]:
        """What is said not to be so, each with the word that says it; a list under one "no" is one."""
        spans = []
        for one in self.turn.mentions:
            if one.status != DENIED or one.concept not in self.concepts["denied"] or one.who == "animal":
                continue
            spans.append((self._negation(one), one.end))
        for change in self.changes:
            begin = change.head[0]
            if (
                change.group == NEITHER
                and begin < change.start
                and self.tokens[begin] in self.patterns.words["negators"]
            ):
                spans.append((begin, change.end))
        return _joined(spans)

    def _negation(self, mention: Mention) -> int:
        said = mention.why.strip("“”").split()
        begin = max(self.layout.sentences[mention.sentence][0], mention.start - _DENIAL)
        for at in range(mention.start, begin - 1, -1):
            if said and list(self.tokens[at : at + len(said)]) == said:
                return at
        return mention.start

    def _asked(self) -> list[tuple[int, int]]:
        """The sentences that are questions."""
        asks = {self.layout.sentence[start] for start, _ in self.spans.get("asks", ())}
        spans: list[tuple[int, int]] = []
        begin = 0
        for number, (start, end) in enumerate(self.layout.sentences):
            begin = begin if start and self._inside_a_word(start) else start
            head = next(
                (at for at in range(begin, end) if self.tokens[at] not in self.patterns.before_questions | {","}), begin
            )
            opens = self.tokens[head] in self.patterns.questions and not self._condition(head)
            if end - start > 1 and (self.tokens[end - 1] == "?" or number in asks or opens):
                spans = [span for span in spans if span[0] != begin]
                spans.append((begin, end))
        return spans

    def _inside_a_word(self, at: int) -> bool:
        """Whether the full stop before a token ends no sentence: "example.org"."""
        return self.turn.tokens[at - 1].end == self.turn.tokens[at].start

    def _personal(self, begin: int, end: int) -> bool:
        """Whether a question speaks of somebody in particular: "why does my hip hurt", not "why do hips hurt"."""
        people = self.patterns.words["people"]
        kin = self.turn.found.markers.get("kin", ())
        return bool(people & set(self.tokens[begin:end])) or any(begin <= start < end for start, _ in kin)

    def _tells(self, begin: int, end: int) -> bool:
        """Whether a question tells something besides: "why does my hip hurt when I sit?", not "does rest help my hip?"."""
        head = next((word for word in self.tokens[begin:end] if word not in self.patterns.before_questions | {","}), "")
        return head not in self.patterns.words["yes_or_no"] and self._personal(begin, end)

    def _condition(self, at: int) -> bool:
        """Whether "when" opens no question but says when: "when I sit it hurts"."""
        following = self.tokens[at + 1] if at + 1 < len(self.tokens) else ""
        return self.tokens[at] in ("when", "where", "which", "who") and following in self.patterns.words["pronouns"]


def _touches(span: tuple[int, int], others: Iterable[tuple[int, int]]) -> bool:
    return any(span[0] < end and start < span[1] for start, end in others)


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Overlapping spans as one."""
    out: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if out and start < out[-1][1]:
            out[-1] = (out[-1][0], max(end, out[-1][1]))
        else:
            out.append((start, end))
    return out
