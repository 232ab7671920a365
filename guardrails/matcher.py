"""The second net under the rules: what a message reports by its likeness to labelled examples.

Rules know the words their authors thought of. Runners find others. A matcher has read many labelled messages and says
how alike a new one is to those that reported something. It is injected: this package defines what a matcher is and what
its word is worth, and stays free of torch and numpy.

What its word is worth:

* A likeness to reports raises a level that no rule raised.
* What is like no report at all although a rule fired ("the heroine of chapter nine collapses") is taken for a sign that is
  talked about: the answer then opens with what to do if the runner has it now, as for a general question. Nothing is
  hidden, and only the last few likelihoods count as "no report at all" (``Thresholds``; with its four doubts at 0 the
  rules' word always stands).
* A flag of the matcher holds, like a rule's, until the runner withdraws it with a specific correction, and then only if
  the matcher itself no longer sees a report in the conversation with the correction. A correction is about the last thing
  that was told: what was reported before that stands, until the runner comes back to it.
* If it fails, the assessment fails closed (see ``engine.Guardrails.assess``).

Thresholds are data (``data/matcher.yaml``), set on development messages by ``python -m benchmarks.matcher``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, fields
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from guardrails import schema
from guardrails.levels import Flag, Level
from guardrails.memory import Turn

CONTEXT, TOGETHER = 100, 200
"""Words of earlier turns that a turn is read with where not all of them fit, at most; and words that are read in one go."""
WINDOW = 130
"""Words read at once, at most; the encoder takes some 170 of English."""
ALONE = 16
"""Words of a turn from which on it is read alone as well: fewer mean little without the ones before."""
SHORTEST, PARAGRAPHS = 2, 12
"""A paragraph of more words is read on its own as well, the first so many of a turn."""
QUOTE = 24
"""Words of a quoted piece of evidence, at most."""
UNDOING = 2
"""Words of a turn that takes something back without saying that it does, at least."""
STOOD = 0.5
"""How likely a report what was said before a turn must read as, taken together, for that turn to take it back at the likelihoods
of ``Thresholds``. Where it was less likely, they are so much lower: a long account in which a sign is buried may read as none,
whatever comes after it."""
REMEMBERED = 4096
"""Texts whose likeness is remembered."""
TIMEOUT = 5.0
"""Seconds after which one answer of a matcher is no longer waited for; the assessment then fails closed."""
_POOL = ThreadPoolExecutor(8, thread_name_prefix="matcher")


@dataclass(frozen=True, slots=True)
class Likeness:
    """How alike a text is to texts that report something.

    Attributes:
        levels: for SOON, URGENT and EMERGENCY the likelihood, 0 to 1, that at least this level is reported.
        codes: the same for each code of the policy.
        weights: for each level, how much each word of all turns added to its likelihood; any numbers, greater means more.

    """

    levels: Mapping[Level, float]
    codes: Mapping[str, float]
    weights: Mapping[Level, tuple[float, ...]]


Text = tuple[tuple[str, ...], ...]
"""Turns that are read in one go, each as its words."""


class Matcher(Protocol):
    """Reads texts for what they report. Implementations must be deterministic and safe to share between threads."""

    def load(self) -> object:
        """Make ready for use now: may take seconds, and raises if that fails."""
        ...

    def read(self, texts: Sequence[Text]) -> Sequence[Sequence[Likeness]]:
        """Return for each text, in order, the likeness of each of its beginnings: its first turn, its first two, and so on.

        A beginning must be alike to the same whatever comes after it.

        Args:
            texts: each one turn or more; turns as their words, as ``normalise`` leaves them.

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
        grave: codes whose flags are doubted below ``doubt_grave`` only.
        doubt_grave: likelihood of SOON below which that is so; 0 never.
        withdraw: likelihood of SOON below which a turn with words of correction takes back what was said before it.
        withdraw_unsaid: the same for a turn without such words.
        withdraw_all: likelihood of SOON below which a turn that takes something back takes back all that was said.
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
    withdraw_all: float
    context: float
    doubt_grave: float
    grave: frozenset[str]
    reviewed_on: str

    @classmethod
    def load(cls, directory: Path = schema.DATA) -> Thresholds:
        """Read ``matcher.yaml``. Raises RuleError with file and line of the first mistake."""
        file = directory / "matcher.yaml"
        data = schema.read(file)
        names = [one.name for one in fields(cls) if one.name not in ("grave", "reviewed_on")]
        need = frozenset(("schema", "grave", "reviewed_on", *names))
        schema.keys(file, [], data, need | {"about"}, need)
        for name in names:
            value = data[name]
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1:
                raise schema.fail(file, [name], f"{value!r} is no likelihood", "Write a number from 0 to below 1")
        for doubt, least in (
            ("doubt", "report"),
            ("doubt_urgent", "urgent"),
            ("doubt_emergency", "emergency"),
            ("doubt_grave", "doubt"),
        ):
            if data[doubt] > data[least]:
                raise schema.fail(file, [doubt], "what counts as a report would be doubted", f"Set it below {least!r}")
        if not isinstance(data["grave"], list):
            raise schema.fail(file, ["grave"], "is no list of codes", "Write codes in [brackets]")
        if not isinstance(data["reviewed_on"], date):
            raise schema.fail(file, ["reviewed_on"], f"{data['reviewed_on']!r} is no date", "Write YYYY-MM-DD")
        return cls(
            **{name: float(data[name]) for name in names},
            grave=frozenset(map(str, data["grave"])),
            reviewed_on=data["reviewed_on"].isoformat(),
        )

    def doubts(self, flag: Flag, reading: Reading) -> bool:
        """Tell whether a flag of the rules is taken for a sign that is only talked about.

        That the flag's own level is unlikely counts only where the matcher itself found a report, of another level.
        """
        if flag.code in self.grave:
            return reading.plausible[Level.SOON] < self.doubt_grave
        own = {Level.URGENT: self.doubt_urgent, Level.EMERGENCY: self.doubt_emergency}.get(flag.level, 0.0)
        return reading.plausible[Level.SOON] < self.doubt or (
            bool(reading.matches) and reading.plausible[flag.level] < own
        )

    def takes_back(self, turn: Turn, stood: float) -> float:
        """Return the likelihood of SOON below which a turn takes back what was said before it; 0 where it never does.

        What hardly read as a report is taken back only by what leaves next to nothing of it (``STOOD``).

        It must be this turn that makes the difference: without it the conversation reads as a report. A turn that does not say in
        so many words that it corrects has some length, must speak of what was said, must report nothing itself (see ``Reader``),
        and must leave still less: who reports something often goes on to chat ("hip pain and a temperature", "it's my nan's old
        glass thermometer").

        Args:
            turn: the runner's message.
            stood: the likelihood of SOON of what was said before it, taken together.

        """
        least = self.withdraw_unsaid if len(turn.tokens) >= UNDOING else 0.0
        return (self.withdraw if turn.corrects else least) * min(1.0, stood / STOOD)

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
    """Words of a turn that are read at once: which turn it is, its words, and the token that the first one is."""

    turn: int
    words: tuple[str, ...]
    first: int


_LEVELS = tuple(level for level in Level if level)
_Known = dict[Text, Likeness]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a matcher makes of a conversation.

    Attributes:
        matches: what it holds for reports, in the order it was raised.
        plausible: for each level the greatest likelihood that any stretch has of what was not taken back.
        withdrawn: indices of the turns whose words no longer count: what was taken back, and the turns that did it.

    """

    matches: tuple[Match, ...]
    plausible: Mapping[Level, float]
    withdrawn: frozenset[int] = frozenset()


class Reader:
    """Reads the turns of a conversation with a matcher. What was read once is remembered."""

    def __init__(
        self,
        matcher: Matcher,
        thresholds: Thresholds,
        codes: Mapping[str, Level],
        signs: Callable[[Turn], bool] = lambda _: False,
        refers: Callable[[Turn], bool] = lambda _: True,
    ) -> None:
        """Set up a reader.

        Args:
            matcher: what tells how alike texts are to reports.
            thresholds: what that is worth.
            codes: the policy's codes and their levels.
            signs: whether a turn names a sign that the rules know, as one that is there.
            refers: whether a turn speaks of what was said before it.

        """
        self.matcher = matcher
        self.signs = signs
        self.refers = refers
        self.thresholds = thresholds
        self.codes = codes
        self._cache: _Known = {}

    def read(self, turns: Sequence[Turn]) -> Reading:
        """Read a conversation.

        Each turn is read together with the ones before it: facts add up that way, and a few words mean what they mean in their
        place. A turn of more words, and the first one, is read alone as well, so that a report stands whatever was said before
        it. A turn that takes something back (``Thresholds.takes_back``) does so if read with all that was told it reports
        nothing. It takes back what was said since the last turn that tells something on its own; what follows is then read
        as if that had not been said.

        Args:
            turns: the runner's messages, oldest first.

        """
        so_far = _SoFar(turns)
        spoken = [units for number, turn in enumerate(turns) if (units := _windows(turn, number))]
        alone = [[unit for unit in units if len(unit.words) >= ALONE or units is spoken[0]] for units in spoken]
        at = 0
        while at < len(spoken):
            context, all_told = self._context(so_far, spoken[at][0])
            together = _fitting(context, [units[0] for units in spoken[at:]])
            # Read in one go, as if no turn took anything back; what that changes is read again.
            self._learn([_text(together), *(_text([unit]) for units in alone[at:] for unit in units)], so_far.known)
            for end in range(len(context) + 1, len(together) + 1):
                stands = self._add(so_far, together[:end], alone[at], all_told=all_told)
                at += 1
                if not stands:
                    break
        return Reading(tuple(so_far.matches), so_far.plausible, frozenset(so_far.withdrawn))

    def _context(self, so_far: _SoFar, unit: _Unit) -> tuple[list[_Unit], bool]:
        """Choose the earlier turns that a turn is read with: all, or of too many the last and those that tell something.

        Returns:
            Those that there is room for, in their order, and whether all that tell something are among them.

        """
        before = so_far.before
        if _size([*before, unit]) <= TOGETHER:
            return before, True
        self._learn([_text([one]) for one in before], so_far.known)
        telling = {at for at, one in enumerate(before) if so_far.reports([one]) >= self.thresholds.context}
        chosen: set[int] = set()
        room = CONTEXT
        for at in sorted(range(len(before)), key=lambda at: (at == len(before) - 1, at in telling, at), reverse=True):
            if len(before[at].words) <= room:
                room -= len(before[at].words)
                chosen.add(at)
        return [before[at] for at in sorted(chosen)], telling <= chosen

    def _add(self, so_far: _SoFar, together: Sequence[_Unit], alone: Sequence[_Unit], *, all_told: bool) -> bool:
        """Take in one turn.

        Args:
            so_far: what was made of those before; is changed.
            together: what the turn begins with, behind the earlier turns that it is read with.
            alone: what of the turn is read alone as well.
            all_told: whether all earlier turns that told something are in ``together``.

        Returns:
            Whether what was said before still stands.

        """
        turn = so_far.turns[together[-1].turn]
        told = max(so_far.plausible.values()) >= self.thresholds.context
        likely = so_far.reports(together)
        taken_back = told and all_told and likely < self.thresholds.takes_back(turn, so_far.stood)
        if taken_back and (so_far.taking_back or not turn.corrects):
            taken_back = not self._tells(so_far, together[-1:])  # What tells something takes nothing back by the way.
        if taken_back and not turn.corrects:
            taken_back = self.refers(turn) and self._undone(so_far, together[-1])
        if taken_back:
            so_far.forget(self._meant(so_far, turn, likely), together[-1].turn)
            return False
        so_far.steps.append(_Step((together[-1], *alone), len(so_far.matches), so_far.plausible.copy(), so_far.stood))
        so_far.stood = likely
        so_far.taking_back = False
        for units in [together] if told and turn.corrects else [together, *([unit] for unit in alone)]:
            likeness = so_far.known[_text(units)]
            if match := self._match(so_far.turns, units, likeness):
                so_far.matches.append(match)
            for level in _LEVELS:
                so_far.plausible[level] = max(so_far.plausible[level], likeness.levels[level])
        return True

    def _meant(self, so_far: _SoFar, turn: Turn, likely: float) -> int:
        """Return the index of the step from which on a turn takes back what was said.

        That is the last one that tells something on its own, to the matcher or to the rules ("sorry, that was my dog"), or the
        first of all: if the turn says that it means all of it, if next to nothing is left of one tale told over several turns,
        or if nothing was told before. What follows a correction at once takes back nothing more: "that was my dog" and then
        "she's fine" are one.

        Args:
            so_far: what was made of the turns before.
            turn: the one that takes something back.
            likely: how likely all turns, read together, report something.

        """
        if turn.has("whole"):
            return 0
        if so_far.taking_back:
            return len(so_far.steps)
        if likely < self.thresholds.withdraw_all:
            return 0
        telling = (
            at
            for at in reversed(range(len(so_far.steps)))
            if self.signs(so_far.turns[so_far.steps[at].units[0].turn]) or self._tells(so_far, so_far.steps[at].units)
        )
        last = next(telling, 0)
        return last if max(so_far.steps[last].plausible.values()) >= self.thresholds.context else 0

    def _undone(self, so_far: _SoFar, unit: _Unit) -> bool:
        """Tell whether a turn takes back what was told even if only that is read with it, without the talk around it.

        A turn that does not say that it corrects must leave nothing of the report either way: one reading of a long chat may lose
        a sign among harmless words.
        """
        self._learn([_text([one]) for step in so_far.steps for one in step.units], so_far.known)
        telling: list[_Unit] = []
        for step in so_far.steps:
            told = [one for one in step.units if so_far.reports([one]) >= self.thresholds.context]
            telling += [one for one in told if one != step.units[0]] or told[:1]
        if not telling:
            return True
        closely = [*telling, unit]
        if _size(closely) > TOGETHER:
            return False
        self._learn([_text(closely)], so_far.known)
        return so_far.reports(closely) < self.thresholds.takes_back(so_far.turns[unit.turn], so_far.stood)

    def _tells(self, so_far: _SoFar, units: Sequence[_Unit]) -> bool:
        """Tell whether any of some units, each read on its own, tells something that could be taken back."""
        self._learn([_text([unit]) for unit in units], so_far.known)
        return any(so_far.reports([unit]) >= self.thresholds.context for unit in units)

    def _match(self, turns: Sequence[Turn], units: Sequence[_Unit], likeness: Likeness) -> Match | None:
        level = self.thresholds.level(likeness)
        if not level:
            return None
        code = max((code for code, its in self.codes.items() if its is level), key=lambda code: likeness.codes[code])
        return Match(
            units[-1].turn, level, code, likeness.levels[level], _evidence(turns, units, likeness.weights[level])
        )

    def _learn(self, texts: Sequence[Text], known: _Known) -> None:
        """Add what all beginnings of texts are alike to, to what is known of a conversation; read what is new in one go."""
        before = self._cache
        wanted: dict[Text, None] = {}
        fresh: list[Text] = []
        for text in sorted(texts, key=len, reverse=True):
            if text not in wanted:
                beginnings = [text[:end] for end in range(1, len(text) + 1)]
                wanted |= dict.fromkeys(beginnings)
                if any(one not in known and one not in before for one in beginnings):
                    fresh.append(text)
        read: _Known = {}
        if fresh:
            self.matcher.load()  # At the first text only, and it may take longer than an answer may.
            likenesses = _POOL.submit(self.matcher.read, fresh).result(TIMEOUT)
            for text, likeness in zip(fresh, likenesses, strict=True):
                read |= {text[: end + 1]: one for end, one in enumerate(likeness)}
            # A cache, not a memory: bounded whatever runners type. Replaced whole, so that threads need no lock. What was
            # read first stands: another batch may round otherwise.
            self._cache = read | (before if len(before) < REMEMBERED else {})
        for text in wanted.keys() - known.keys():
            known[text] = before[text] if text in before else read[text]


@dataclass(frozen=True, slots=True)
class _Step:
    """One turn that stands, and what there was before it.

    Attributes:
        units: what the turn begins with, and what of it is read alone as well.
        matches: how many matches there were.
        plausible, stood: see ``_SoFar``.

    """

    units: tuple[_Unit, ...]
    matches: int
    plausible: Mapping[Level, float]
    stood: float


@dataclass(slots=True)
class _SoFar:
    """A conversation while it is read.

    Attributes:
        turns: all of its turns.
        known: what texts are alike to.
        steps: the turns read so far that were not taken back.
        matches, plausible, withdrawn: see ``Reading``.
        stood: how likely all that was said so far reads as a report, taken together.
        taking_back: whether the last turn took something back.

    """

    turns: Sequence[Turn]
    known: _Known = field(default_factory=dict)
    steps: list[_Step] = field(default_factory=list)
    matches: list[Match] = field(default_factory=list)
    plausible: dict[Level, float] = field(default_factory=lambda: dict.fromkeys(_LEVELS, 0.0))
    stood: float = 0.0
    withdrawn: set[int] = field(default_factory=set)
    taking_back: bool = False

    @property
    def before(self) -> list[_Unit]:
        """What the turns that stand begin with."""
        return [step.units[0] for step in self.steps]

    def reports(self, units: Sequence[_Unit]) -> float:
        """How likely a text reports anything."""
        return self.known[_text(units)].levels[Level.SOON]

    def forget(self, step: int, turn: int) -> None:
        """Go back to before a step: a turn took back what was said from there on."""
        self.withdrawn |= {turn, *(one.units[0].turn for one in self.steps[step:])}
        self.taking_back = True
        if step < len(self.steps):
            back = self.steps[step]
            self.plausible = dict(back.plausible)
            self.stood = back.stood
            del self.matches[back.matches :], self.steps[step:]


def _text(units: Sequence[_Unit]) -> Text:
    return tuple(unit.words for unit in units)


def _fitting(context: Sequence[_Unit], turns: Sequence[_Unit]) -> list[_Unit]:
    """Earlier turns and as many of the next ones as can be read together, one at least."""
    together = [*context, turns[0]]
    for unit in turns[1:]:
        if _size([*together, unit]) > TOGETHER:
            break
        together.append(unit)
    return together


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
    return [_Unit(number, tuple(token.text for token in turn.tokens[a:b]), a) for a, b in dict.fromkeys(spans)]


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


def _evidence(
    turns: Sequence[Turn], units: Sequence[_Unit], weights: Sequence[float]
) -> tuple[tuple[int, int, int], ...]:
    """Find the clause that weighed most, and cut it to the words that did."""
    clauses: dict[tuple[int, int], float] = {}
    places = [(unit.turn, unit.first + number) for unit in units for number in range(len(unit.words))]
    at = dict(zip(places, weights, strict=True))
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
