"""The second net under the rules: what a message reports by its likeness to labelled examples.

Rules know the words their authors thought of. Runners find others. A matcher has read many labelled messages and says
how alike a new one is to those that reported something. It is injected: this package defines what a matcher is and what
its word is worth, and stays free of torch and numpy.

What its word is worth:

* A likeness to reports raises a level that no rule raised.
* What is like no report at all although a rule fired ("the heroine of chapter nine collapses") is taken for a sign that is
  talked about: the answer then opens with what to do if the runner has it now, as for a general question. Nothing is
  hidden, and only the last few likelihoods count as "no report at all" (``Thresholds``; with its three doubts at 0 the
  rules' word always stands).
* A flag of the matcher holds, like a rule's, until the runner withdraws it with a specific correction, and then only if
  the matcher itself no longer sees a report in the conversation with the correction.
* If it fails, the assessment fails closed (see ``engine.Guardrails.assess``).

Thresholds are data (``data/matcher.yaml``), set on development messages by ``python -m benchmarks.matcher``.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from datetime import date
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from guardrails import schema
from guardrails.levels import Flag, Level
from guardrails.memory import Turn

TURN = "|"
"""The word that stands between two turns read together; no word of a runner's is one."""
CONTEXT, TOGETHER = 80, 160
"""Words of earlier turns that a turn is read together with, at most; more if with them it is no more than so many words."""
WINDOW = 130
"""Words read at once, at most; the encoder takes some 170 of English."""
ALONE = 10
"""Words of a turn from which on it is read alone as well: fewer mean little without the ones before."""
SHORTEST, PARAGRAPHS = 2, 12
"""A paragraph of more words is read on its own as well, the first so many of a turn."""
QUOTE = 24
"""Words of a quoted piece of evidence, at most."""
UNDOING, STOOD = 6, 0.5
"""Words of a turn that takes something back without saying that it does, at least; and how likely a report what was said before
it reads as, taken together, at least: a long account in which a sign is buried may read as none, whatever comes after it."""
REMEMBERED = 4096
"""Texts whose likeness is remembered."""
TIMEOUT = 5.0
"""Seconds after which one answer of a matcher is no longer waited for; the assessment then fails closed. One new turn takes less
than a tenth of a second; a conversation of fifty turns, none seen before, takes some six in all, in forty answers."""
_POOL = ThreadPoolExecutor(8, thread_name_prefix="matcher")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a text is to texts that report something.

    Attributes:
        levels: for SOON, URGENT and EMERGENCY the likelihood, 0 to 1, that at least this level is reported.
        codes: the same for each code of the policy.
        weights: for each word of the text how much it added; any numbers, greater means more.

    """

    levels: Mapping[Level, float]
    codes: Mapping[str, float]
    weights: tuple[float, ...]


class Matcher(Protocol):
    """Reads texts for what they report. Implementations must be deterministic and safe to share between threads."""

    def load(self) -> object:
        """Make ready for use now: may take seconds, and raises if that fails."""
        ...

    def read(self, texts: Sequence[Sequence[str]]) -> Sequence[Likeness]:
        """Return the likeness of each text, in order.

        Args:
            texts: each the words of a text as ``normalise`` leaves them, ``TURN`` between two turns.

        May raise: the assessment then fails closed.

        """
        ...


@dataclass(frozen=True)
class Thresholds:
    """From which likelihood on a matcher's word counts; each 0 to 1.

    Attributes:
        report: likelihood of SOON from which on a text counts as a report.
        urgent, emergency: likelihood of that level from which on a report is of that level.
        doubt: likelihood of SOON below which a flag of the rules is taken for a sign that is only talked about; 0 never.
        doubt_urgent, doubt_emergency: likelihood of that level below which the same holds for a flag of that level.
        undoubted: codes whose flags are never doubted, however unlikely.
        withdraw: likelihood of SOON below which a turn with words of correction takes back what was said before it.
        withdraw_unsaid: the same for a turn without such words.
        context: likelihood of SOON from which on there is something that a later turn can take back.
        reviewed_on: when the figures were last set.

    """

    report: float
    urgent: float
    emergency: float
    doubt: float
    doubt_urgent: float
    doubt_emergency: float
    withdraw: float
    withdraw_unsaid: float
    context: float
    undoubted: frozenset[str]
    reviewed_on: str

    @classmethod
    def load(cls, directory: Path = schema.DATA) -> Thresholds:
        """Read ``matcher.yaml``. Raises RuleError with file and line of the first mistake."""
        file = directory / "matcher.yaml"
        data = schema.read(file)
        names = [field.name for field in fields(cls) if field.name not in ("undoubted", "reviewed_on")]
        need = frozenset(("schema", "undoubted", "reviewed_on", *names))
        schema.keys(file, [], data, need | {"about"}, need)
        for name in names:
            value = data[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
                raise schema.fail(file, [name], f"{value!r} is no likelihood", "Write a number from 0 to below 1")
        for doubt, least in (("doubt", "report"), ("doubt_urgent", "urgent"), ("doubt_emergency", "emergency")):
            if data[doubt] > data[least]:
                raise schema.fail(file, [doubt], "what counts as a report would be doubted", f"Set it below {least!r}")
        if not isinstance(data["undoubted"], list):
            raise schema.fail(file, ["undoubted"], "is no list of codes", "Write codes in [brackets]")
        if not isinstance(data["reviewed_on"], date):
            raise schema.fail(file, ["reviewed_on"], f"{data['reviewed_on']!r} is no date", "Write YYYY-MM-DD")
        return cls(
            **{name: float(data[name]) for name in names},
            undoubted=frozenset(map(str, data["undoubted"])),
            reviewed_on=data["reviewed_on"].isoformat(),
        )

    def doubts(self, flag: Flag, reading: Reading) -> bool:
        """Tell whether a flag of the rules is taken for a sign that is only talked about.

        That the flag's own level is unlikely counts only where the matcher itself found a report, of another level.
        """
        if flag.code in self.undoubted and flag.turn > reading.withdrawn:
            return False
        own = {Level.URGENT: self.doubt_urgent, Level.EMERGENCY: self.doubt_emergency}.get(flag.level, 0.0)
        return reading.plausible[Level.SOON] < self.doubt or (
            bool(reading.matches) and reading.plausible[flag.level] < own
        )

    def takes_back(self, turn: Turn, stood: float) -> float:
        """Return the likelihood of SOON below which a turn takes back what was said before it; 0 where it never does.

        It must be this turn that makes the difference: without it the conversation reads as a report. If it says in so many words
        that it corrects, less is asked for; without them it has some length, and it must be all the surer that nothing is left.

        Args:
            turn: the runner's message.
            stood: the likelihood of SOON of what was said before it, taken together.

        """
        if stood < STOOD:
            return 0.0
        if turn.corrects:
            return self.withdraw
        return self.withdraw_unsaid if len(turn.tokens) >= UNDOING else 0.0

    def level(self, likeness: Likeness) -> Level:
        """Return the level that a text of this likeness reports."""
        if likeness.levels[Level.SOON] < self.report:
            return Level.NONE
        if likeness.levels[Level.EMERGENCY] >= self.emergency:
            return Level.EMERGENCY
        return Level.URGENT if likeness.levels[Level.URGENT] >= self.urgent else Level.SOON


@dataclass(frozen=True, slots=True)
class Match:
    """One turn, read alone or together with the ones before it, that is alike to reports.

    Attributes:
        turn: index of the turn that completed it.
        level: the level its likeness reaches.
        code: the likeliest code of that level.
        likelihood: of the level.
        evidence: the stretches that weighed most, as (turn, first token, token after the last).

    """

    turn: int
    level: Level
    code: str
    likelihood: float
    evidence: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    """Words that are read at once, and for each the turn and the token it is (token -1: between two turns)."""

    words: tuple[str, ...]
    places: tuple[tuple[int, int], ...]

    def __add__(self, other: _Unit) -> _Unit:
        return _Unit((*self.words, TURN, *other.words), (*self.places, (-1, -1), *other.places))


_LEVELS = tuple(level for level in Level if level)
_Known = dict[tuple[str, ...], Likeness]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a matcher makes of a conversation.

    Attributes:
        matches: what it holds for reports, in the order it was raised.
        plausible: for each level the greatest likelihood that any stretch has that was read since the last understood
            correction.
        withdrawn: index of the last turn whose correction was understood, or -1.

    """

    matches: tuple[Match, ...]
    plausible: Mapping[Level, float]
    withdrawn: int = -1


class Reader:
    """Reads the turns of a conversation with a matcher. What was read once is remembered."""

    def __init__(self, matcher: Matcher, thresholds: Thresholds, codes: Mapping[str, Level]) -> None:
        self.matcher = matcher
        self.thresholds = thresholds
        self.codes = codes
        self._cache: _Known = {}

    def read(self, turns: Sequence[Turn]) -> Reading:
        """Read a conversation.

        Each turn is read together with the ones before it: facts add up that way, and a few words mean what they mean in their
        place. A turn of more words, and the first one, is read alone as well, so that a report stands whatever was said before
        it. A turn that takes something back (``Thresholds.takes_back``) does so if read with all that was told it reports
        nothing; what follows is then read as if the conversation began there.

        Args:
            turns: the runner's messages, oldest first.

        """
        alone = [_windows(turn, number) for number, turn in enumerate(turns)]
        # Read in one go, as if no turn took anything back and all of them fit; what that changes is read one by one below.
        spoken = [units[0] for units in alone if units]
        fitting = [_joined(spoken[: at + 1]) for at in range(len(spoken)) if _size(spoken[:at]) <= _room(spoken[at])]
        known = self._read([*(unit for units in alone for unit in units if len(unit.words) >= ALONE), *fitting], {})
        matches: list[Match] = []
        before: list[_Unit] = []
        stood = 0.0  # how likely what was said before reads as a report, taken together
        plausible = dict.fromkeys(_LEVELS, 0.0)
        withdrawn = -1
        for number, turn in enumerate(turns):
            if not alone[number]:
                continue
            context, all_told = before, True
            if _size(before) > _room(alone[number][0]):
                known = self._read(before, known)
                context, all_told = self._kept(before, _room(alone[number][0]), known)
            together = _joined([*context, alone[number][0]])
            units = [together, *(unit for unit in alone[number] if len(unit.words) >= ALONE or not before)]
            known = self._read(units, known)
            told = max(plausible.values()) >= self.thresholds.context
            if told and turn.corrects:
                units = [together]
            stands = _likely([together], known, Level.SOON)
            taken_back = told and all_told and stands < self.thresholds.takes_back(turn, stood)
            if taken_back and not turn.corrects:  # What tells something itself takes nothing back by the way.
                known = self._read(alone[number][:1], known)
                taken_back = _likely(alone[number][:1], known, Level.SOON) < self.thresholds.context
            if taken_back:
                matches, before, plausible, withdrawn, stood = [], [], dict.fromkeys(_LEVELS, 0.0), number, 0.0
                continue
            stood = stands
            matches += [match for unit in units if (match := self._match(turns, number, unit, known[unit.words]))]
            plausible = {level: max(value, _likely(units, known, level)) for level, value in plausible.items()}
            before.append(alone[number][0])
        return Reading(tuple(matches), plausible, withdrawn)

    def _kept(self, before: Sequence[_Unit], room: int, known: _Known) -> tuple[list[_Unit], bool]:
        """Choose which of too many earlier turns a new one is read with: the last, and those that tell something.

        Returns:
            Those that there is room for, in their order, and whether all that tell something are among them.

        """
        telling = {
            at for at, unit in enumerate(before) if known[unit.words].levels[Level.SOON] >= self.thresholds.context
        }
        chosen: set[int] = set()
        for at in sorted(range(len(before)), key=lambda at: (at == len(before) - 1, at in telling, at), reverse=True):
            if len(before[at].words) <= room:
                room -= len(before[at].words)
                chosen.add(at)
        return [before[at] for at in sorted(chosen)], telling <= chosen

    def _match(self, turns: Sequence[Turn], number: int, unit: _Unit, likeness: Likeness) -> Match | None:
        level = self.thresholds.level(likeness)
        if not level:
            return None
        code = max((code for code, its in self.codes.items() if its is level), key=lambda code: likeness.codes[code])
        return Match(number, level, code, likeness.levels[level], _evidence(turns, unit, likeness.weights))

    def _read(self, units: Sequence[_Unit], known: _Known) -> _Known:
        """Add what ``units`` are alike to, to what is known of a conversation; read what is new in one go."""
        wanted = dict.fromkeys(unit.words for unit in units if unit.words not in known)
        before = self._cache
        fresh = [words for words in wanted if words not in before]
        read: _Known = {}
        if fresh:
            self.matcher.load()  # At the first text only, and it may take longer than an answer may.
            read = dict(zip(fresh, _POOL.submit(self.matcher.read, fresh).result(TIMEOUT), strict=True))
            # A cache, not a memory: bounded whatever runners type. Replaced whole, so that threads need no lock.
            self._cache = (before if len(before) < REMEMBERED else {}) | read
        return known | {words: read[words] if words in read else before[words] for words in wanted}


def _likely(units: Sequence[_Unit], known: _Known, level: Level) -> float:
    return max(known[unit.words].levels[level] for unit in units)


def _windows(turn: Turn, number: int) -> list[_Unit]:
    """Return what of a turn is read at once: all of it, or windows of whole sentences; and each paragraph."""
    size = len(turn.tokens)
    spans = [(0, size)] if size else []
    if size > WINDOW:
        spans = _packed(turn.found.layout.sentences)
    breaks = [at for at, token in enumerate(turn.tokens) if turn.text[token.start] == "\n"]
    if breaks:
        edges = [-1, *breaks, size]
        parts = [(begin + 1, end) for begin, end in pairwise(edges) if SHORTEST < end - begin - 1 <= WINDOW]
        spans += parts[:PARAGRAPHS]
    return [
        _Unit(tuple(token.text for token in turn.tokens[a:b]), tuple((number, at) for at in range(a, b)))
        for a, b in dict.fromkeys(spans)
    ]


def _packed(sentences: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pack sentences into windows; each window begins with the last sentence of the one before."""
    spans: list[tuple[int, int]] = []
    first = 0
    for at, (_, end) in enumerate(sentences):
        following = sentences[at + 1][1] if at + 1 < len(sentences) else None
        if following is None or following - sentences[first][0] > WINDOW:
            spans.append((sentences[first][0], end))
            first = at if at > first and following is not None and following - sentences[at][0] <= WINDOW else at + 1
    return spans


def _size(units: Sequence[_Unit]) -> int:
    return sum(len(unit.words) for unit in units)


def _room(unit: _Unit) -> int:
    """How many words of earlier turns a turn is read together with, at most."""
    return max(CONTEXT, TOGETHER - len(unit.words))


def _joined(units: Sequence[_Unit]) -> _Unit:
    return reduce(operator.add, units)


def _evidence(turns: Sequence[Turn], unit: _Unit, weights: Sequence[float]) -> tuple[tuple[int, int, int], ...]:
    """Find the clause that weighed most, and cut it to the words that did."""
    clauses: dict[tuple[int, int], float] = {}
    at = {place: weight for place, weight in zip(unit.places, weights, strict=True) if place[0] >= 0}
    for (turn, token), weight in at.items():
        clause = turns[turn].found.layout.clause[token]
        clauses[turn, clause] = clauses.get((turn, clause), 0.0) + weight
    turn, clause = max(clauses, key=lambda key: (clauses[key], -key[0], -key[1]))
    begin, end = turns[turn].found.layout.clauses[clause]
    tokens = turns[turn].tokens
    while end - begin > 1 and not tokens[end - 1].text[0].isalnum():
        end -= 1
    while end - begin > 1 and not tokens[begin].text[0].isalnum():
        begin += 1
    if end - begin > QUOTE:
        begin = max(
            range(begin, end - QUOTE + 1), key=lambda a: sum(at.get((turn, b), 0.0) for b in range(a, a + QUOTE))
        )
        end = begin + QUOTE
    return ((turn, begin, end),)
