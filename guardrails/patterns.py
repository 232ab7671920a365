"""A small language for phrases, matched on words instead of characters.

A pattern is a line of words:

===============  ==============================================================================================
``fever``        the word itself
``swell*``       any word that starts so
``a|b``          either word
``(a b|c)``      either phrase
``x?`` ``(…)?``  may be left out
``{name}``       a macro: a named list of phrases
``..`` ``..3``   a gap of up to 3 (or n) words that does not cross a sentence end, a negation or "but"
``...3``         a wide gap: up to n words of any kind within the sentence
``#``            a number, in digits or in words
``!(a|b c)``     none of these phrases follows here
``<(a|b)``       the word before is none of these
===============  ==============================================================================================

Matching carries a set of positions from element to element (a Thompson simulation), so its cost is bounded by the
length of the pattern times the length of the text: there is no backtracking and no pattern can run away.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, cast


@lru_cache(maxsize=512)
def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set: word lists stay readable that way."""
    return frozenset(text.split())


NUMBER_WORDS = words(
    """
    one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen twenty thirty forty fifty sixty ninety hundred couple few several dozen
    """
)
"""Words that ``#`` accepts besides digits."""

SENTENCE_END = frozenset(".!?;")
GAP_STOP = SENTENCE_END | words("but however although though no not never nothing none without unless nor")
YET = {"nothing": words("to short less"), "none": words("to")}
"""What follows a word of ``GAP_STOP`` that denies nothing: "from nothing to agony", "nothing short of agony"."""
COMMON = words(
    """
    i my the a an is are was am it to not can could do did have has had on in of and or when get got at for
    me so be been with from that this up down out off he she his her they their you we s there all any more
    just very really hip hips leg pain run running after before since now today
    """
)
"""Words too frequent to be worth looking a pattern up by."""

_TOKEN = re.compile(
    r"\{[a-z_0-9]+\}|\.\.\.\d*|\.\.\d*|\([a-z0-9' |,;:/.*\-]+\)|!\(|<\(|\(|\)|\||\?|#|[^\s(){}|?#]+|\s+"
)
_MARKS = re.compile(r"[()|*?{}.#!<]")
_DIGITS = re.compile(r"\d+(?:[.]\d+)?$")

WORD, OPT, GAP, WIDE, NOT, BEHIND, NUM = range(7)


class Node(NamedTuple):
    """One element of a pattern. ``kind`` says which of the other fields are used.

    Attributes:
        words: single words. prefixes: beginnings of single words.
        phrases: plain phrases of several words, by their first word.
        options: everything more complicated.
        reach: how many words a gap may span.

    """

    kind: int
    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    phrases: dict[str, tuple[tuple[str, ...], ...]] | None = None
    options: tuple[tuple[Node, ...], ...] = ()
    reach: int = 0


Seq = tuple[Node, ...]


class Pattern(NamedTuple):
    """A pattern ready to match.

    Attributes:
        text: the line it was read from. nodes: its elements.
        anchor: words, and beginnings of words, one of which must be in the text; patterns are looked up by them.
        first: words and beginnings a match can start with, and whether it can start with any word.
        needs: sets of words from each of which one must be in the text; they rule most patterns out at once.

    """

    text: str
    nodes: Seq
    anchor: tuple[frozenset[str], tuple[str, ...]]
    first: tuple[frozenset[str], tuple[str, ...], bool]
    needs: tuple[frozenset[str], ...] = ()


def is_number(word: str) -> bool:
    """Tell whether a word is a number in digits or in words."""
    return word in NUMBER_WORDS or _DIGITS.match(word) is not None


def parse(text: str, macros: dict[str, Node]) -> Pattern:
    """Parse one pattern line.

    Raises:
        ValueError: if the line is malformed, names an unknown macro, or could match without any particular word.

    """
    nodes = parse_seq(text, macros)
    if nodes[0].kind in (GAP, WIDE) or nodes[-1].kind in (GAP, WIDE):
        raise ValueError("a gap stands at the edge of the pattern")
    anchor = _anchor(nodes)
    if anchor is None:
        raise ValueError("the pattern needs at least one word that must be there")
    needs = tuple(
        node.words for node in nodes if node.kind == WORD and not (node.prefixes or node.phrases or node.options)
    )
    return Pattern(text, nodes, anchor, _first(nodes), needs)


def parse_seq(text: str, macros: dict[str, Node]) -> Seq:
    """Parse a phrase to its elements. Raises ValueError as ``parse`` does."""
    if text.isascii() and not _MARKS.search(text):
        return tuple(_word(word) for word in text.split())
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError("unreadable character")
    options, at = _options(tokens, 0, macros, 0)
    if at != len(tokens):
        raise ValueError("unbalanced parentheses")
    return options[0] if len(options) == 1 else (join(options),)


@lru_cache(maxsize=8192)
def _word(word: str) -> Node:
    return Node(WORD, prefixes=(word[:-1],)) if word.endswith("*") else Node(WORD, frozenset((word,)))


@lru_cache(maxsize=4096)
def _flat(body: str) -> Node:
    """Read a group of plain phrases: "(stand|walk|get up)"."""
    words: list[str] = []
    prefixes: list[str] = []
    phrases: dict[str, list[tuple[str, ...]]] = {}
    options: list[Seq] = []
    for option in body.split("|"):
        parts = option.split()
        if not parts:
            raise ValueError("empty alternative")
        if ".." in option:
            raise ValueError("not flat")
        if len(parts) == 1:
            if parts[0][-1] == "*":
                prefixes.append(parts[0][:-1])
            else:
                words.append(parts[0])
        elif "*" in option:
            options.append(tuple(_word(part) for part in parts))
        else:
            phrases.setdefault(parts[0], []).append(tuple(parts[1:]))
    table = {first: tuple(rest) for first, rest in phrases.items()} or None
    return Node(WORD, frozenset(words), tuple(prefixes), table, tuple(options))


def join(options: Sequence[Seq]) -> Node:
    """Join alternatives to one element."""
    words: set[str] = set()
    prefixes: list[str] = []
    phrases: dict[str, list[tuple[str, ...]]] = {}
    rest: list[Seq] = []
    for option in options:
        if len(option) == 1 and option[0].kind == WORD:
            node = option[0]
            words |= node.words
            prefixes += node.prefixes
            rest += node.options
            for first, tails in (node.phrases or {}).items():
                phrases.setdefault(first, []).extend(tails)
        elif all(_single(node) for node in option):
            parts = [next(iter(node.words)) for node in option]
            phrases.setdefault(parts[0], []).append(tuple(parts[1:]))
        else:
            rest.append(option)
    table = {first: tuple(tails) for first, tails in phrases.items()} or None
    return Node(WORD, frozenset(words), tuple(prefixes), table, tuple(rest))


def _single(node: Node) -> bool:
    """Tell whether an element is exactly one plain word."""
    return node.kind == WORD and len(node.words) == 1 and not (node.prefixes or node.phrases or node.options)


def _options(tokens: Sequence[str], at: int, macros: dict[str, Node], depth: int) -> tuple[tuple[Seq, ...], int]:
    """Read alternatives until the closing parenthesis or the end.

    At the top level ``|`` joins just the words beside it ("a|b c" is "a c" or "b c"); inside a group a phrase of several
    words per side is an alternative of the group.
    """
    options: list[Seq] = []
    nodes: list[Node] = []
    if depth > 6:
        raise ValueError("too deeply nested")
    while at < len(tokens):
        word = tokens[at]
        if word.isspace():
            at += 1
        elif word == ")":
            break
        elif word == "|":
            at += 1
            if depth == 0:
                node, at = _atom(tokens, at, macros, depth)
                nodes[-1] = join(((nodes[-1],), (node,)))
            else:
                options.append(tuple(nodes))
                nodes = []
        else:
            node, at = _atom(tokens, at, macros, depth)
            nodes.append(node)
    options.append(tuple(nodes))
    if any(not option for option in options):
        raise ValueError("empty alternative")
    return tuple(options), at


def _atom(tokens: Sequence[str], at: int, macros: dict[str, Node], depth: int) -> tuple[Node, int]:
    if at >= len(tokens):
        raise ValueError("the pattern ends too early")
    word = tokens[at]
    at += 1
    if len(word) > 2 and word[0] == "(" and ".." not in word:
        node = _flat(word[1:-1])
    elif word in ("(", "!(", "<(") or word[0] == "(":
        if len(word) > 2:  # A group with a gap inside: read it again, piece by piece.
            inner, end = _options(_TOKEN.findall(word[1:-1]), 0, macros, depth + 1)
            if end != len(_TOKEN.findall(word[1:-1])):
                raise ValueError("unbalanced parentheses")
            node = join(inner)
        else:
            inner, at = _options(tokens, at, macros, depth + 1)
            if at >= len(tokens) or tokens[at] != ")":
                raise ValueError("unbalanced parentheses")
            at += 1
            node = join(inner)
            if word == "!(":
                return Node(NOT, options=((node,),)), at
            if word == "<(":
                if node.phrases or node.options:
                    raise ValueError("'<(' takes single words only")
                return Node(BEHIND, node.words, node.prefixes), at
    else:
        node = _simple(word, macros)
    if at < len(tokens) and tokens[at] == "?" and node.kind not in (GAP, WIDE):
        return Node(OPT, options=((node,),)), at + 1
    return node, at


def _simple(word: str, macros: dict[str, Node]) -> Node:
    """Read an element that is no group."""
    if word[0] == "{":
        if word[1:-1] not in macros:
            raise ValueError(f"unknown macro {word}")
        return macros[word[1:-1]]
    if word.startswith("..."):
        return Node(WIDE, reach=int(word[3:] or 3))
    if word.startswith(".."):
        return Node(GAP, reach=int(word[2:] or 3))
    if word == "#":
        return Node(NUM)
    if word in ("|", "?", ")"):
        raise ValueError(f"misplaced {word!r}")
    return _word(word)


def _rare(words: Sequence[str]) -> str:
    return min(words, key=lambda word: (word in COMMON, -len(word)))


@lru_cache(maxsize=16384)
def _rare_of(first: str, tail: tuple[str, ...]) -> str:
    return _rare((first, *tail))


def _anchor(nodes: Seq) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """Choose the words one of which must be in the text: few and rare ones."""
    best: tuple[tuple[int, int], frozenset[str], tuple[str, ...]] | None = None
    for node in nodes:
        if node.kind != WORD:
            continue
        words, prefixes = node.words, node.prefixes
        if node.phrases:
            words = words | {_rare_of(first, tail) for first, tails in node.phrases.items() for tail in tails}
        if node.options:
            parts = [_anchor(option) for option in node.options]
            if any(part is None for part in parts):
                continue
            words = words.union(*(part[0] for part in parts if part))
            prefixes = (*prefixes, *(prefix for part in parts if part for prefix in part[1]))
        score = (len(words & COMMON), len(words) + len(prefixes))
        if best is None or score < best[0]:
            best = (score, words, prefixes)
    return None if best is None else (best[1], best[2])


def _first(nodes: Seq) -> tuple[frozenset[str], tuple[str, ...], bool]:
    """Return the words and prefixes a match can start with; the flag says that it may start with any word."""
    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    for node in nodes:
        if node.kind in (WORD, OPT):
            words = words.union(node.words, node.phrases or ())
            prefixes += node.prefixes
            for option in node.options:
                some, more, anything = _first(option)
                if anything:
                    return frozenset(), (), True
                words, prefixes = words | some, prefixes + more
            if node.kind == WORD:
                return words, prefixes, False
        elif node.kind not in (NOT, BEHIND):
            return frozenset(), (), True
    return frozenset(), (), True


def vocabulary(nodes: Iterable[Node], into: set[str], seen: set[int]) -> None:
    """Add all plain words of ``nodes`` to ``into``, except those that must not be there."""
    for node in nodes:
        if id(node) in seen or node.kind in (NOT, BEHIND):
            continue
        seen.add(id(node))
        into |= node.words
        for first, tails in (node.phrases or {}).items():
            into.add(first)
            for tail in tails:
                into.update(tail)
        for option in node.options:
            vocabulary(option, into, seen)


def advance(nodes: Seq, tokens: Sequence[str], starts: set[int]) -> set[int]:
    """Match ``nodes`` from each position of ``starts``; return all positions just after a match."""
    current = starts
    for node in nodes:
        current = _STEPS[node.kind](node, tokens, current)
        if not current:
            break
    return current


def _step_word(node: Node, tokens: Sequence[str], current: set[int]) -> set[int]:
    following: set[int] = set()
    size = len(tokens)
    words, prefixes, phrases = node.words, node.prefixes, node.phrases
    for at in current:
        if at >= size:
            continue
        word = tokens[at]
        if word in words or (prefixes and word.startswith(prefixes)):
            following.add(at + 1)
        if phrases and word in phrases:
            for tail in phrases[word]:
                end = at + 1 + len(tail)
                if end <= size and tuple(tokens[at + 1 : end]) == tail:
                    following.add(end)
    for option in node.options:
        following |= advance(option, tokens, current)
    return following


def _step_optional(node: Node, tokens: Sequence[str], current: set[int]) -> set[int]:
    return current | advance(node.options[0], tokens, current)


def _step_gap(node: Node, tokens: Sequence[str], current: set[int]) -> set[int]:
    stop = GAP_STOP if node.kind == GAP else SENTENCE_END
    following: set[int] = set()
    size = len(tokens)
    for start in current:
        at, left = start, node.reach
        following.add(at)
        while at < size and (tokens[at] not in stop or _denies_nothing(tokens, at)):
            if tokens[at] != ",":
                left -= 1
                if left < 0:
                    break
            at += 1
            if not (at == start + 1 and tokens[start] == ","):  # A lone comma divides; it does not connect.
                following.add(at)
    return following


def _denies_nothing(tokens: Sequence[str], at: int) -> bool:
    return tokens[at] in YET and at + 1 < len(tokens) and tokens[at + 1] in YET[tokens[at]]


def _step_not(node: Node, tokens: Sequence[str], current: set[int]) -> set[int]:
    return {at for at in current if not any(advance(option, tokens, {at}) for option in node.options)}


def _step_behind(node: Node, tokens: Sequence[str], current: set[int]) -> set[int]:
    following: set[int] = set()
    for at in current:
        before = tokens[at - 1] if at else "."
        if before not in node.words and not (node.prefixes and before.startswith(node.prefixes)):
            following.add(at)
    return following


def _step_number(_node: Node, tokens: Sequence[str], current: set[int]) -> set[int]:
    return {at + 1 for at in current if at < len(tokens) and is_number(tokens[at])}


_STEPS: dict[int, Callable[[Node, Sequence[str], set[int]], set[int]]] = {
    WORD: _step_word,
    OPT: _step_optional,
    GAP: _step_gap,
    WIDE: _step_gap,
    NOT: _step_not,
    BEHIND: _step_behind,
    NUM: _step_number,
}


class Index:
    """Many patterns, looked up by the words of a text.

    Only patterns one of whose anchor words occurs in the text are tried, and only at tokens they can start with.
    """

    def __init__(self) -> None:
        self._names: list[str] = []
        self._patterns: list[Pattern | bytes] = []
        self._words: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {}
        self._cache: dict[str, dict[int, Pattern]] = {}

    def add(self, name: str, pattern: Pattern) -> None:
        """Add a pattern that stands for ``name``."""
        number = len(self._names)
        self._names.append(name)
        self._patterns.append(pattern)
        for word in pattern.anchor[0]:
            self._words.setdefault(word, []).append(number)
        for prefix in pattern.anchor[1]:
            self._prefixes.setdefault(prefix, []).append(number)

    def __getstate__(self) -> tuple[object, ...]:
        """Each pattern is pickled by itself: a start reads none of them, and a text those that it may match."""
        return self._names, [_packed(pattern) for pattern in self._patterns], self._words, self._prefixes

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        """As pickled."""
        self._names, self._patterns, self._words, self._prefixes = state
        self._cache = {}

    @property
    def patterns(self) -> list[tuple[str, Pattern]]:
        """Every pattern with the name it stands for, in the order they were added."""
        return [(name, self._pattern(number)) for number, name in enumerate(self._names)]

    def _pattern(self, number: int) -> Pattern:
        pattern = self._patterns[number]
        if isinstance(pattern, bytes):
            # Pickled by `__getstate__`, and read back with the index it is part of.
            pattern = self._patterns[number] = cast("Pattern", pickle.loads(pattern))  # noqa: S301
        return pattern

    def _anchored(self, word: str) -> dict[int, Pattern]:
        """Return the patterns that a word makes worth trying, by number."""
        found = self._cache.get(word)
        if found is None:
            numbers = list(self._words.get(word, ()))
            for end in range(1, len(word) + 1):
                numbers += self._prefixes.get(word[:end], ())
            found = {number: self._pattern(number) for number in numbers}
            if len(self._cache) < 20_000:  # A cache, not a memory: bounded whatever runners type.
                self._cache[word] = found
        return found

    def find(self, tokens: Sequence[str]) -> list[tuple[str, int, int]]:
        """Return (name, first word, word after the last) of the longest match of each pattern at each start."""
        places: dict[str, list[int]] = {}
        for at, word in enumerate(tokens):
            places.setdefault(word, []).append(at)
        patterns: dict[int, Pattern] = {}
        for word in places:
            patterns.update(self._anchored(word))
        found: list[tuple[str, int, int]] = []
        present = frozenset(places)
        for number in sorted(patterns):
            pattern = patterns[number]
            for need in pattern.needs:
                if need.isdisjoint(present):
                    break
            else:
                for start in _starts(pattern, present, places, len(tokens)):
                    end = max(advance(pattern.nodes, tokens, {start}), default=start)
                    if end > start:
                        found.append((self._names[number], start, end))
        return found


def _packed(pattern: Pattern | bytes) -> bytes:
    return pattern if isinstance(pattern, bytes) else pickle.dumps(pattern, pickle.HIGHEST_PROTOCOL)


def _starts(pattern: Pattern, present: frozenset[str], places: dict[str, list[int]], size: int) -> Iterable[int]:
    """Return the positions a pattern may start at."""
    openers, prefixes, anything = pattern.first
    if anything:
        return range(size)
    starts: list[int] = []
    for word in openers & present:
        starts += places[word]
    if prefixes:
        for word, where in places.items():
            if word not in openers and word.startswith(prefixes):
                starts += where
    return starts
