"""Mentions: where a message speaks of a concept, and which part of the body it means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from guardrails.clauses import Layout, lay_out
from guardrails.lexicon import Lexicon

PRESENT, DENIED, PAST, HYPOTHETICAL, ASKED, OTHER, FIGURATIVE = (
    "present", "denied", "past", "hypothetical", "asked", "other", "figurative"
)  # fmt: skip

SWALLOWED = frozenset(("foot", "heel", "leg"))
"""Parts of the body that phrases like "when my foot lands" or "stand on one leg" name without meaning that they hurt."""
BESIDE = 3
"""Words between a phrase that names a part of the body itself and a second one beside it ("hip pain, deep in front")."""
REACH = 9
"""Words between a symptom and the part of the body it is bound to, at most, within a clause."""


class Mention(NamedTuple):
    """One place where a message speaks of a concept. Thousands are made of a conversation, so it is a tuple.

    Attributes:
        concept: the concept's name.
        start: first token; end: token after the last.
        sentence: number of the sentence in the message; clause: of the clause.
        status: present, denied, past, hypothetical, asked, other or figurative.
        why: what decided the status, for the explanation.
        sites: parts of the body it is about; empty when the message does not say.
        own_sites: whether ``sites`` come from the same sentence.
        value: for quantities the number (days, points of ten, years, degrees Celsius, tablets).
        who: "self", "kin", "animal" or "public".
        turn: index of the message.

    """

    concept: str
    start: int
    end: int
    sentence: int = 0
    clause: int = 0
    status: str = PRESENT
    why: str = ""
    sites: frozenset[str] = frozenset()
    own_sites: bool = False
    value: float = 0.0
    who: str = "self"
    turn: int = 0


@dataclass(frozen=True)
class Found:
    """What phrases a message holds: concept mentions, status markers and the layout they stand in."""

    tokens: tuple[str, ...]
    layout: Layout
    mentions: tuple[Mention, ...]
    markers: dict[str, tuple[tuple[int, int], ...]]
    figures: tuple[Mention, ...] = ()


def find(lexicon: Lexicon, tokens: Sequence[str]) -> Found:
    """Find all concepts and markers in ``tokens``; longer phrases win over shorter ones of the same concept."""
    concepts: dict[str, list[tuple[int, int]]] = {}
    markers: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in lexicon.index.find(tokens):
        bucket = markers if name[0] == "~" else concepts
        bucket.setdefault(name.removeprefix("~"), []).append((start, end))
    spans = {name: _longest(found) for name, found in concepts.items()}
    figures = [
        Mention(name, *span) for name in spans if lexicon.concepts[name].kind == "figurative" for span in spans[name]
    ]
    spans = _hide(lexicon, spans)
    covered: set[int] = set()
    for name, found in spans.items():
        if lexicon.concepts[name].swallows:
            covered.update(at for start, end in found for at in range(start, end))
    for name in list(spans):
        if name in SWALLOWED:
            spans[name] = [span for span in spans[name] if not all(at in covered for at in range(*span))]
    site_starts = frozenset(
        start for name, found in spans.items() if lexicon.concepts[name].kind == "site" for start, _ in found
    )
    layout = lay_out(tokens, site_starts)
    mentions = [
        Mention(name, start, end, layout.sentence[start], layout.clause[start])
        for name, found in spans.items()
        if lexicon.concepts[name].kind != "figurative"
        for start, end in found
    ]
    mentions.sort(key=lambda mention: (mention.start, -mention.end, mention.concept))
    return Found(
        tuple(tokens),
        layout,
        tuple(mentions),
        {name: tuple(sorted(set(found))) for name, found in markers.items()},
        tuple(figures),
    )


def _longest(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Keep the longest of overlapping spans."""
    kept: list[tuple[int, int]] = []
    for start, end in sorted(set(spans), key=lambda span: (span[0], -span[1])):
        if kept and start < kept[-1][1]:
            if end - start > kept[-1][1] - kept[-1][0]:
                kept[-1] = (start, end)
            continue
        kept.append((start, end))
    return kept


def _hide(lexicon: Lexicon, spans: dict[str, list[tuple[int, int]]]) -> dict[str, list[tuple[int, int]]]:
    """Drop what stands inside a figure of speech, and what a concept says it hides."""
    out = dict(spans)
    for name, found in spans.items():
        concept = lexicon.concepts[name]
        figure = concept.kind == "figurative"
        hidden = set(spans) if figure else concept.hides
        for other in hidden:
            if other == name or other not in out:
                continue
            slack = 0 if lexicon.concepts[other].keeps else 2
            out[other] = [
                (start, end)
                for start, end in out[other]
                if not any(
                    start < stop
                    and begin < end
                    and (not figure or end - start <= stop - begin + slack or (slack and begin < end <= stop))
                    for begin, stop in found
                )
            ]
    return {name: found for name, found in out.items() if found}


def bind_sites(lexicon: Lexicon, found: Found, mentions: Sequence[Mention]) -> list[Mention]:
    """Give each mention the parts of the body it is about.

    In order: those the phrase implies or holds; those of its clause within reach; those of the nearest clause of its
    sentence; those of the sentence before, back to the start of the message.
    """
    sites = [
        mention
        for mention in mentions
        if lexicon.concepts[mention.concept].kind == "site" and mention.status not in (DENIED, FIGURATIVE)
    ]
    by_clause: dict[int, list[Mention]] = {}
    by_sentence: dict[int, frozenset[str]] = {}
    for site in sites:
        by_clause.setdefault(site.clause, []).append(site)
        by_sentence[site.sentence] = by_sentence.get(site.sentence, frozenset()) | {site.concept}
    last: dict[int, frozenset[str]] = {}
    current: frozenset[str] = frozenset()
    for sentence in range(len(found.layout.sentences)):
        last[sentence] = current
        current = by_sentence.get(sentence, current)
    clause_sentence = {clause: found.layout.sentence[begin] for clause, (begin, _) in enumerate(found.layout.clauses)}
    bound: list[Mention] = []
    for mention in mentions:
        concept = lexicon.concepts[mention.concept]
        if concept.kind == "site":
            bound.append(mention._replace(sites=frozenset((mention.concept,)), own_sites=True))
            continue
        names = concept.site | _inside(mention, by_clause, found)
        own = bool(names)
        if names:
            names |= {site.concept for site in by_clause.get(mention.clause, ()) if _gap(site, mention) <= BESIDE}
        if not names:
            clause = by_clause.get(mention.clause, ())
            near = [site for site in clause if _gap(site, mention) <= REACH]
            if clause and not near:
                near = [min(clause, key=lambda site: _gap(site, mention))]
            names = frozenset(site.concept for site in near)
        if not names:
            names = _other_clause(mention, by_clause, clause_sentence)
        own = own or bool(names)
        if not names:
            names = last.get(mention.sentence, frozenset())
        bound.append(mention._replace(sites=names, own_sites=own))
    return bound


def _inside(mention: Mention, by_clause: dict[int, list[Mention]], found: Found) -> frozenset[str]:
    names: set[str] = set()
    for clause in range(mention.clause, found.layout.clause[mention.end - 1] + 1):
        for site in by_clause.get(clause, ()):
            if site.start < mention.end and mention.start < site.end:
                names.add(site.concept)
    return frozenset(names)


def _gap(left: Mention, right: Mention) -> int:
    return max(left.start, right.start) - min(left.end, right.end)


def _other_clause(
    mention: Mention, by_clause: dict[int, list[Mention]], clause_sentence: dict[int, int]
) -> frozenset[str]:
    """Sites of the nearest clause before in the same sentence, else of the nearest clause after."""
    for step in (-1, 1):
        clause = mention.clause + step
        while clause_sentence.get(clause) == mention.sentence:
            if clause in by_clause:
                return frozenset(site.concept for site in by_clause[clause])
            clause += step
    return frozenset()
