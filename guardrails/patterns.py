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

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NUMBER_WORDS = frozenset(
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty ninety hundred couple few several dozen".split()
)
"""Words that ``#`` accepts besides digits."""

SENTENCE_END = frozenset(".!?;")
GAP_STOP = SENTENCE_END | frozenset("but however although though no not never without unless nor".split())
COMMON = frozenset(
    "i my the a an is are was am it to not can could do did have has had on in of and or when get got at for me so be "
    "been with from that this up down out off he she his her they their you we s there all any more just very really "
    "hip hips leg pain run running after before since now today".split()
)
"""Words too frequent to be worth looking a pattern up by."""

_TOKEN = re.compile(r"\{[a-z_0-9]+\}|\.\.\.\d*|\.\.\d*|!\(|<\(|\(|\)|\||\?|#|[^\s(){}|?#]+|\s+")
_DIGITS = re.compile(r"\d+(?:[.]\d+)?$")

WORD, ALT, OPT, GAP, WIDE, NOT, BEHIND, NUM = range(8)


@dataclass(frozen=True, slots=True)
class Node:
    """One element of a pattern. ``kind`` says which of the other fields are used."""

    kind: int
    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    options: tuple[tuple[Node, ...], ...] = ()
    count: int = 0


Seq = tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern ready to match: its elements, the words it cannot match without, and the words it may start with."""

    text: str
    nodes: Seq
    anchor: tuple[frozenset[str], tuple[str, ...]]
    first: tuple[frozenset[str], tuple[str, ...], bool]


def is_number(token: str) -> bool:
    """Tell whether a token is a number in digits or in words."""
    return token in NUMBER_WORDS or _DIGITS.match(token) is not None


def parse(text: str, macros: dict[str, Node]) -> Pattern:
    """Parse one pattern line.

    Raises:
        ValueError: if the line is malformed, names an unknown macro, or could match without any particular word.
    """
    if not any(mark in text for mark in "(|*?{.#!<"):
        words = text.split()
        nodes: Seq = tuple(Node(WORD, frozenset((word,))) for word in words)
        best = min(words, key=lambda word: (word in COMMON, -len(word)))
        return Pattern(text, nodes, (frozenset((best,)), ()), (frozenset((words[0],)), (), False))
    nodes = parse_seq(text, macros)
    if nodes[0].kind in (GAP, WIDE) or nodes[-1].kind in (GAP, WIDE):
        raise ValueError("a gap stands at the edge of the pattern")
    anchor = _anchor(nodes)
    if anchor is None:
        raise ValueError("the pattern needs at least one word that must be there")
    return Pattern(text, nodes, anchor, _first(nodes))


def parse_seq(text: str, macros: dict[str, Node]) -> Seq:
    """Parse a phrase to its elements. Raises ValueError as ``parse`` does."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != text:
        raise ValueError("unreadable character")
    options, at = _options(tokens, 0, macros, 0)
    if at != len(tokens):
        raise ValueError("unbalanced parentheses")
    return options[0] if len(options) == 1 else (_alt(options),)


def _alt(options: tuple[Seq, ...]) -> Node:
    """Join alternatives; single words become one set, which is the fast case."""
    words: set[str] = set()
    prefixes: list[str] = []
    for option in options:
        if len(option) != 1 or option[0].kind != WORD:
            return Node(ALT, options=options)
        words |= option[0].words
        prefixes += option[0].prefixes
    return Node(WORD, frozenset(words), tuple(prefixes))


def _options(tokens: Sequence[str], at: int, macros: dict[str, Node], depth: int) -> tuple[tuple[Seq, ...], int]:
    """Read alternatives until the closing parenthesis or the end.

    At the top level and inside groups alike, ``|`` between words without spaces joins just those words ("a|b c" is
    "a c" or "b c"), while inside a group a phrase of several words per side is an alternative of the group.
    """
    options: list[Seq] = []
    nodes: list[Node] = []
    if depth > 6:
        raise ValueError("too deeply nested")
    while at < len(tokens):
        token = tokens[at]
        if token.isspace():
            at += 1
            continue
        if token == ")":
            break
        if token == "|":
            if depth == 0:
                node, at = _atom(tokens, at + 1, macros, depth)
                nodes[-1] = _alt(((nodes[-1],), (node,)))
                continue
            options.append(tuple(nodes))
            nodes = []
            at += 1
            continue
        node, at = _atom(tokens, at, macros, depth)
        nodes.append(node)
    options.append(tuple(nodes))
    if any(not option for option in options):
        raise ValueError("empty alternative")
    return tuple(options), at


def _atom(tokens: Sequence[str], at: int, macros: dict[str, Node], depth: int) -> tuple[Node, int]:
    if at >= len(tokens):
        raise ValueError("the pattern ends too early")
    token = tokens[at]
    at += 1
    node: Node
    if token in ("(", "!(", "<("):
        options, at = _options(tokens, at, macros, depth + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise ValueError("unbalanced parentheses")
        at += 1
        if token == "!(":
            return Node(NOT, options=options), at
        if token == "<(":
            behind = _alt(options)
            if behind.kind != WORD:
                raise ValueError("'<(' takes single words only")
            return Node(BEHIND, behind.words, behind.prefixes), at
        node = _alt(options)
    elif token.startswith("{"):
        name = token[1:-1]
        if name not in macros:
            raise ValueError(f"unknown macro {token}")
        node = macros[name]
    elif token.startswith("..."):
        return Node(WIDE, count=int(token[3:] or 3)), at
    elif token.startswith(".."):
        return Node(GAP, count=int(token[2:] or 3)), at
    elif token == "#":
        node = Node(NUM)
    elif token in ("|", "?", ")"):
        raise ValueError(f"misplaced {token!r}")
    elif token.endswith("*"):
        node = Node(WORD, prefixes=(token[:-1],))
    else:
        node = Node(WORD, frozenset((token,)))
    if at < len(tokens) and tokens[at] == "?":
        return Node(OPT, options=((node,),)), at + 1
    return node, at


def _anchor(nodes: Seq) -> tuple[frozenset[str], tuple[str, ...]] | None:
    """Choose the words one of which must be in the text: few and rare ones."""
    best: tuple[tuple[int, int], frozenset[str], tuple[str, ...]] | None = None
    for node in nodes:
        if node.kind == WORD:
            words, prefixes = node.words, node.prefixes
        elif node.kind == ALT:
            parts = [_anchor(option) for option in node.options]
            if any(part is None for part in parts):
                continue
            words = frozenset(word for part in parts if part for word in part[0])
            prefixes = tuple(prefix for part in parts if part for prefix in part[1])
        else:
            continue
        score = (len(words & COMMON), len(words) + len(prefixes))
        if best is None or score < best[0]:
            best = (score, words, prefixes)
    return None if best is None else (best[1], best[2])


def _first(nodes: Seq) -> tuple[frozenset[str], tuple[str, ...], bool]:
    """Return the words and prefixes a match can start with; the flag says that it may start with any number or word."""
    words: set[str] = set()
    prefixes: list[str] = []
    for node in nodes:
        if node.kind == WORD:
            return frozenset(words | node.words), (*prefixes, *node.prefixes), False
        if node.kind in (ALT, OPT):
            for option in node.options:
                some, pre, anything = _first(option)
                if anything:
                    return frozenset(), (), True
                words |= some
                prefixes += pre
            if node.kind == ALT:
                return frozenset(words), tuple(prefixes), False
        elif node.kind in (NOT, BEHIND):
            continue
        else:
            return frozenset(), (), True
    return frozenset(), (), True


def advance(nodes: Seq, tokens: Sequence[str], starts: set[int]) -> set[int]:
    """Match ``nodes`` from each position of ``starts``; return all positions just after a match."""
    size = len(tokens)
    current = starts
    for node in nodes:
        kind = node.kind
        following: set[int] = set()
        if kind == WORD:
            words, prefixes = node.words, node.prefixes
            for at in current:
                if at < size:
                    token = tokens[at]
                    if token in words or (prefixes and token.startswith(prefixes)):
                        following.add(at + 1)
        elif kind == ALT:
            for option in node.options:
                following |= advance(option, tokens, current)
        elif kind == OPT:
            following = current | advance(node.options[0], tokens, current)
        elif kind == GAP or kind == WIDE:
            stop = GAP_STOP if kind == GAP else SENTENCE_END
            for at in current:
                following.add(at)
                left = node.count
                while at < size and tokens[at] not in stop:
                    if tokens[at] != ",":
                        left -= 1
                        if left < 0:
                            break
                    at += 1
                    following.add(at)
        elif kind == NOT:
            following = {at for at in current if not any(advance(option, tokens, {at}) for option in node.options)}
        elif kind == BEHIND:
            words, prefixes = node.words, node.prefixes
            for at in current:
                before = tokens[at - 1] if at else "."
                if before not in words and not (prefixes and before.startswith(prefixes)):
                    following.add(at)
        else:
            following = {at + 1 for at in current if at < size and is_number(tokens[at])}
        if not following:
            return following
        current = following
    return current


class Index:
    """Many patterns, looked up by the words of a text.

    Only patterns one of whose anchor words occurs in the text are tried, and only at tokens they can start with.
    """

    def __init__(self) -> None:
        self.patterns: list[tuple[str, Pattern]] = []
        self._words: dict[str, list[int]] = {}
        self._prefixes: dict[str, list[int]] = {}
        self._cache: dict[str, tuple[int, ...]] = {}

    def add(self, name: str, pattern: Pattern) -> None:
        """Add a pattern that stands for ``name``."""
        number = len(self.patterns)
        self.patterns.append((name, pattern))
        for word in pattern.anchor[0]:
            self._words.setdefault(word, []).append(number)
        for prefix in pattern.anchor[1]:
            self._prefixes.setdefault(prefix, []).append(number)

    def _numbers(self, token: str) -> tuple[int, ...]:
        found = self._cache.get(token)
        if found is None:
            numbers = list(self._words.get(token, ()))
            for end in range(1, len(token) + 1):
                numbers += self._prefixes.get(token[:end], ())
            found = tuple(numbers)
            if len(self._cache) < 20_000:  # A cache, not a memory: bounded whatever runners type.
                self._cache[token] = found
        return found

    def find(self, tokens: Sequence[str], accept: Callable[[str], bool] | None = None) -> list[tuple[str, int, int]]:
        """Return (name, first token, token after the last) of the longest match of each pattern at each start."""
        places: dict[str, list[int]] = {}
        for at, token in enumerate(tokens):
            places.setdefault(token, []).append(at)
        present = frozenset(places)
        numbers: set[int] = set()
        for token in present:
            numbers.update(self._numbers(token))
        found: list[tuple[str, int, int]] = []
        for number in sorted(numbers):
            name, pattern = self.patterns[number]
            if accept is not None and not accept(name):
                continue
            words, prefixes, anything = pattern.first
            starts: list[int] = []
            if anything:
                starts = list(range(len(tokens)))
            else:
                for word in words & present if len(words) > 1 else words:
                    starts += places.get(word, ())
                if prefixes:
                    for token in present:
                        if token not in words and token.startswith(prefixes):
                            starts += places[token]
            for start in starts:
                ends = advance(pattern.nodes, tokens, {start})
                if ends:
                    end = max(ends)
                    if end > start:
                        found.append((name, start, end))
        return found
