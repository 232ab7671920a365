"""Rules: which mentions together make which flag. They are data (``data/rules/*.yaml``)."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Any

from guardrails import schema
from guardrails.levels import Level
from guardrails.lexicon import Lexicon
from guardrails.memory import State
from guardrails.mentions import Mention

_KEYS = frozenset(
    (
        "id",
        "code",
        "all",
        "any",
        "at_least",
        "none",
        "within",
        "variant",
        "reason",
        "source",
        "reviewed_on",
        "fire",
        "hold",
    )
)
_REQUIRED = frozenset(("id", "code", "reason", "source", "reviewed_on"))
_TERM = re.compile(r"([a-z_0-9]+)(?:@([a-z_|]+))?(?:(>=|<=|<|>)(\d+(?:\.\d+)?))?$")
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt
}  # fmt: skip
SCOPES = ("clause", "sentence", "nearby", "turn", "conversation")
"""How near to each other the mentions of a rule must stand; "nearby" is the same sentence or the next one."""


@dataclass(frozen=True)
class Term:
    """One condition: a concept, perhaps bound to parts of the body, perhaps with a threshold.

    ``text`` is the condition as the rule file writes it: ``pain@groin|thigh``, ``duration>=7``. The site "none" stands for
    a mention whose part of the body is not known.
    """

    text: str
    concept: str
    sites: frozenset[str] | None = None
    compare: str = ""
    threshold: float = 0.0

    def matches(self, state: State) -> list[Mention]:
        """Return the mentions that satisfy the condition."""
        return [mention for mention in state.mentions.get(self.concept, ()) if self.accepts(mention)]

    def accepts(self, mention: Mention) -> bool:
        """Tell whether one mention of the concept satisfies the condition."""
        if self.compare and not _COMPARE[self.compare](mention.value, self.threshold):
            return False
        if self.sites is None:
            return True
        return bool(mention.sites & self.sites) or (not mention.sites and "none" in self.sites)


Group = tuple[Term, ...]


@dataclass(frozen=True)
class Rule:
    """One rule. All of ``groups`` (each: any of its terms), ``count`` terms of ``pool``, and none of ``blockers``.

    Attributes:
        id: unique name. code: the policy's code. level: the code's level.
        within: scope, one of ``SCOPES``.
        variant: the message variant to use, or "".
        reason, source, reviewed_on: why the rule is there, what it rests on, when it was last read.
        fire, hold: example conversations that must and must not give the code.
        file: where the rule stands; position: its place in that file.

    """

    id: str
    code: str
    level: Level
    groups: tuple[Group, ...]
    count: int
    pool: Group
    blockers: Group
    within: str
    variant: str
    reason: str
    source: tuple[str, ...]
    reviewed_on: str
    fire: tuple[tuple[str, ...], ...]
    hold: tuple[tuple[str, ...], ...]
    file: Path
    position: int

    def terms(self) -> tuple[Term, ...]:
        """Return all conditions, blockers included."""
        return (*(term for group in self.groups for term in group), *self.pool, *self.blockers)

    @cached_property
    def _needs(self) -> tuple[frozenset[str], ...]:
        return tuple(frozenset(term.concept for term in group) for group in self.groups)

    def possible(self, state: State) -> bool:
        """Tell cheaply whether the rule can fire at all: every group has a concept that was mentioned."""
        return not any(need.isdisjoint(state.mentions) for need in self._needs)

    def check(self, state: State) -> tuple[Mention, ...] | str:
        """Return the mentions that make the rule fire, earliest ones preferred, or the reason why it does not."""
        if self.within == "conversation":
            return self._check(state.of, state)
        answer: tuple[Mention, ...] | str = "nothing of it was mentioned"
        leads = [mention for term in self.groups[0] for mention in term.matches(state)]
        leads.sort(key=lambda mention: (state.effective(mention), mention.turn, mention.start))
        seen: set[tuple[int, int]] = set()
        for lead in leads:
            window = self._window(lead)
            if window in seen:
                continue
            seen.add(window)
            answer = self._check(partial(state.near, self.within, window), state)
            if not isinstance(answer, str):
                break
        return answer

    def _window(self, mention: Mention) -> tuple[int, int]:
        """Return what names the stretch of text the rule looks at around a mention: turn and sentence or clause."""
        place = {"clause": mention.clause, "turn": 0}.get(self.within, mention.sentence)
        return mention.turn, place

    def _check(self, mentions: Callable[[str], Sequence[Mention]], state: State) -> tuple[Mention, ...] | str:
        """Check all conditions on the mentions of one stretch of text."""

        def found(term: Term) -> list[Mention]:
            return [mention for mention in mentions(term.concept) if term.accepts(mention)]

        def order(mention: Mention) -> tuple[int, int, int]:
            return (state.effective(mention), mention.turn, mention.start)

        evidence: list[Mention] = []
        for position, group in enumerate(self.groups):
            hits = [mention for term in group for mention in found(term)]
            if not hits:
                names = " or ".join(term.text for term in group)
                return f"{position} of {len(self.groups) + bool(self.count)} conditions hold; missing: {names}"
            evidence.append(min(hits, key=order))
        if self.count:
            pooled = sorted((min(hits, key=order) for hits in map(found, self.pool) if hits), key=order)
            if len(pooled) < self.count:
                return f"{len(self.groups)} conditions hold, but {len(pooled)} of the {self.count} needed signs"
            evidence += pooled[: self.count]
        for term in self.blockers:
            if found(term):
                return f"held back by {term.text}"
        return tuple(evidence)


def load(directory: Path, lexicon: Lexicon, levels: dict[str, Level]) -> tuple[Rule, ...]:
    """Read ``rules/*.yaml`` under ``directory``. ``levels`` gives each code its level.

    Raises:
        RuleError: naming file and line of the first mistake.

    """
    folder = directory / "rules"
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise schema.RuleError(folder, 0, "holds no rule files", "Restore the package's data folder")
    rules: list[Rule] = []
    seen: set[str] = set()
    for file in files:
        data = schema.read(file)
        schema.keys(file, [], data, frozenset(("schema", "about", "rules")), frozenset(("rules",)))
        if not isinstance(data["rules"], list):
            raise schema.fail(file, ["rules"], "rules must be a list", "Start each rule with '- id:'")
        for position, entry in enumerate(data["rules"]):
            rule = _rule(file, position, entry, lexicon, levels)
            if rule.id in seen:
                raise schema.fail(file, ["rules", position, "id"], f"rule {rule.id!r} is there twice", "Rename one")
            seen.add(rule.id)
            rules.append(rule)
    return tuple(rules)


def _rule(file: Path, position: int, entry: Any, lexicon: Lexicon, levels: dict[str, Level]) -> Rule:
    path: list[str | int] = ["rules", position]
    schema.keys(file, path, entry, _KEYS, _REQUIRED)
    code = str(entry["code"])
    if code not in levels:
        raise schema.fail(file, [*path, "code"], f"unknown code {code!r}", f"Use one of {', '.join(levels)}")
    within = entry.get("within", "conversation")
    if within not in SCOPES:
        raise schema.fail(file, [*path, "within"], f"unknown scope {within!r}", f"Use one of {', '.join(SCOPES)}")
    reader = Reader(file, lexicon)
    groups = [
        reader.group([*path, "all", at], part) for at, part in enumerate(reader.list([*path, "all"], entry.get("all")))
    ]
    if entry.get("any"):
        groups.append(reader.group([*path, "any"], entry["any"]))
    count, pool = reader.at_least([*path, "at_least"], entry.get("at_least"))
    blockers = reader.group([*path, "none"], reader.list([*path, "none"], entry.get("none")))
    level = levels[code]
    if blockers and level is Level.EMERGENCY:
        raise schema.fail(file, [*path, "none"], "an emergency rule has blockers", "Nothing may hold an emergency back")
    if not groups and not pool:
        raise schema.fail(file, path, f"rule {entry['id']!r} has no conditions", "Add 'all:', 'any:' or 'at_least:'")
    if within != "conversation" and not groups:
        raise schema.fail(
            file, path, f"rule {entry['id']!r} has a scope but no 'all'", "Name what the scope starts from"
        )
    reviewed = entry["reviewed_on"]
    if not isinstance(reviewed, date):
        raise schema.fail(file, [*path, "reviewed_on"], f"{reviewed!r} is no date", "Write YYYY-MM-DD")
    return Rule(
        id=str(entry["id"]),
        code=code,
        level=level,
        groups=tuple(groups),
        count=count,
        pool=pool,
        blockers=blockers,
        within=within,
        variant=str(entry.get("variant") or ""),
        reason=str(entry["reason"]),
        source=tuple(reader.list([*path, "source"], entry["source"])),
        reviewed_on=reviewed.isoformat(),
        fire=reader.examples([*path, "fire"], entry.get("fire")),
        hold=reader.examples([*path, "hold"], entry.get("hold")),
        file=file,
        position=position,
    )


@dataclass(frozen=True)
class Reader:
    """Reads the parts of a rule or a question, and says where one is wrong."""

    file: Path
    lexicon: Lexicon

    def list(self, path: Sequence[str | int], value: Any) -> Sequence[Any]:
        """Return a list, empty where there is none."""
        if value is None:
            return ()
        if not isinstance(value, list):
            raise schema.fail(self.file, path, f"{path[-1]} must be a list", "Write it in [brackets]")
        return value

    def group(self, path: Sequence[str | int], value: Any) -> Group:
        """Read conditions of which one is enough; a single one may stand without brackets."""
        parts = value if isinstance(value, list | tuple) else [value]
        return tuple(self.term(path, part) for part in parts)

    def at_least(self, path: Sequence[str | int], value: Any) -> tuple[int, Group]:
        """Read how many of which conditions are needed."""
        if value is None:
            return 0, ()
        known = frozenset(("n", "of"))
        schema.keys(self.file, path, value, known, known)
        pool = self.group([*path, "of"], value["of"])
        if not isinstance(value["n"], int) or not 1 <= value["n"] <= len(pool):
            raise schema.fail(self.file, [*path, "n"], f"cannot want {value['n']!r} of {len(pool)}", "Lower n")
        return value["n"], pool

    def term(self, path: Sequence[str | int], text: Any) -> Term:
        """Read one condition."""
        match = _TERM.match(text) if isinstance(text, str) else None
        if match is None:
            raise schema.fail(self.file, path, f"{text!r} is no condition", "Write concept, concept@site or concept>=7")
        concept, sites, compare, threshold = match.groups()
        if concept not in self.lexicon.concepts:
            raise schema.fail(self.file, path, f"unknown concept {concept!r}", "Name a concept of data/lexicon")
        names = None
        if sites:
            for site in sites.split("|"):
                known = self.lexicon.concepts.get(site)
                if site != "none" and site not in self.lexicon.groups and (known is None or known.kind != "site"):
                    raise schema.fail(self.file, path, f"unknown site {site!r}", "Name a site or a group of sites")
            names = self.lexicon.expand(sites.split("|"))
        if compare and self.lexicon.concepts[concept].kind != "quantity":
            raise schema.fail(self.file, path, f"{concept!r} has no number", "Only quantities take a threshold")
        return Term(text, concept, names, compare or "", float(threshold or 0))

    def examples(self, path: Sequence[str | int], value: Any) -> tuple[tuple[str, ...], ...]:
        """Read example conversations; one of a single turn may stand without brackets."""
        out: list[tuple[str, ...]] = []
        for at, example in enumerate(self.list(path, value)):
            turns = example if isinstance(example, list) else [example]
            if not turns or not all(isinstance(turn, str) for turn in turns):
                raise schema.fail(self.file, [*path, at], "an example is no text", "Put it in quotes")
            out.append(tuple(turns))
        return tuple(out)
