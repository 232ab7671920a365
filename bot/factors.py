"""Factors: what a runner says makes it worse or better.

The guardrails have no concept for it, so it is read here from their plain words: *heads* say that something changes the
complaint ("worse", "helps"), *factors* what does ("when I sit", "on hills", "getting out of bed", "ice"), and a factor
goes with the head that governs it in its sentence. The words are data (`bot/data/told.yaml`), and nothing is inferred: a
factor without such a head is not listed, and one that is said to change nothing is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bot.errors import BotError
from guardrails import RuleError
from guardrails.mentions import Found
from guardrails.patterns import Index, Node, join, parse, parse_seq
from guardrails.schema import fail, lines, read

WORSE, BETTER, NEITHER = "worse", "better", "neither"

_DATA = Path(__file__).parent / "data" / "told.yaml"
_HEADS = ("worse_before", "worse_after", "better_before", "better_after", "neither")
_LISTS = ("likewise", "times", "things", "unable", "since", "began", "days", "asks", "other")
_WORDS = (
    "when", "prepositions", "pronouns", "barriers", "starters", "fill", "joins", "modifiers", "no_activity",
    "no_activity_after", "negators", "people", "yes_or_no", "place_before", "place_after",
)  # fmt: skip

# How far a head reaches, and how long a factor gets, in words.
_BEFORE = 14
_AFTER = 4
_CLAUSE = 12
_PHRASE = 6
_UNABLE = 8


class Factor(NamedTuple):
    """What changes the complaint.

    Attributes:
        group: WORSE, BETTER or NEITHER.
        start: its first token; end: token behind its last.
        head: the tokens that say so, with what stands between where they follow: whether they are a report decides.

    """

    group: str
    start: int
    end: int
    head: tuple[int, int]


class _Head(NamedTuple):
    group: str
    before: bool
    after: bool
    start: int
    end: int


@dataclass(frozen=True)
class _Piece:
    """A factor that may yet find its head. Kind: when, phrase, activity, infinitive, time, thing or unable."""

    kind: str
    start: int
    end: int
    group: str = ""
    until: int = 0
    head: tuple[int, int] | None = None

    def factor(self) -> Factor:
        end = max(self.end, self.until)
        return Factor(self.group, self.start, end, self.head or (self.start, end))


@dataclass(frozen=True)
class Patterns:
    """The phrases and words of `told.yaml`.

    Attributes:
        index: all phrases by the name of their list.
        words: the lists of single words by their names.
        concepts: for each group the guardrails' concepts that belong to it.
        questions: first words of a question; `before_questions` may stand before them.

    """

    index: Index
    words: dict[str, frozenset[str]]
    concepts: dict[str, frozenset[str]]
    questions: frozenset[str]
    before_questions: frozenset[str]
    not_began: frozenset[str]


@lru_cache(maxsize=1)
def load_patterns(file: Path = _DATA) -> Patterns:
    """Read the phrases.

    Raises:
        BotError: the file is missing or an entry cannot be used; the text names file, line and remedy.

    """
    try:
        data = read(file)
        macros: dict[str, Node] = {}
        for name, block in data["macros"].items():
            macros[name] = join([parse_seq(text, macros) for _, text in lines(block)])
        index = Index()
        for path, block in [
            *((("heads", name), data["heads"][name]) for name in _HEADS),
            *(((k,), data[k]) for k in _LISTS),
        ]:
            _add(file, index, path, block, macros)
        words = {name: frozenset(str(data["words"][name]).split()) for name in _WORDS}
        concepts = {name: frozenset(value.split()) for name, value in data["concepts"].items()}
        single = (frozenset(data[name].split()) for name in ("questions", "before_questions", "not_began"))
        return Patterns(index, words, concepts, *single)
    except RuleError as error:
        raise BotError(str(error)) from error
    except (KeyError, AttributeError) as error:
        raise BotError(f"{file}: {error} is missing or of the wrong kind. Restore the entry") from error


def _add(file: Path, index: Index, path: Sequence[str], block: Any, macros: dict[str, Node]) -> None:
    for line, text in lines(block):
        try:
            index.add(path[-1], parse(text, macros))
        except ValueError as error:
            raise fail(file, path, f"{text!r}: {error}", "Mend the phrase", line) from error


def phrases(found: Found, patterns: Patterns) -> dict[str, list[tuple[int, int]]]:
    """Where the phrases of each list stand in a message; of overlapping ones of a list the longest."""
    by_name: dict[str, list[tuple[int, int]]] = {}
    for name, start, end in patterns.index.find(found.tokens):
        by_name.setdefault(name, []).append((start, end))
    return {name: longest(spans) for name, spans in by_name.items()}


def longest(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Of overlapping spans the longest, in order."""
    kept: list[tuple[int, int]] = []
    for span in sorted(set(spans), key=lambda one: (one[0] - one[1], one[0])):
        if all(span[1] <= other[0] or other[1] <= span[0] for other in kept):
            kept.append(span)
    return sorted(kept)


def factors(
    found: Found, spans: dict[str, list[tuple[int, int]]], patterns: Patterns, more: Iterable[tuple[int, int]]
) -> list[Factor]:
    """What a message says makes the complaint worse or better, or changes nothing, in order.

    Args:
        found: the message as the guardrails read it.
        spans: the result of `phrases` for it.
        patterns: the phrases.
        more: where the guardrails see a complaint whose head the phrases do not hold (a score, for example).

    """
    out: list[Factor] = []
    heads = _heads(spans, more)
    for begin, end in found.layout.sentences:
        reader = _Sentence(
            found.tokens, begin, end, patterns.words, spans, [h for h in heads if begin <= h.start < end]
        )
        out += reader.factors()
    return out


def _heads(spans: dict[str, list[tuple[int, int]]], more: Iterable[tuple[int, int]]) -> list[_Head]:
    heads = [_Head(NEITHER, True, True, *span) for span in spans.get("neither", ())]
    sure = list(heads)

    def free(span: tuple[int, int]) -> bool:
        return not any(span[0] < head.end and head.start < span[1] for head in sure)

    for name in ("worse_after", "better_after", "better_before", "worse_before"):
        group, _, side = name.partition("_")
        new = [_Head(group, side == "before", side == "after", *span) for span in spans.get(name, ()) if free(span)]
        heads += new
    heads += [_Head(WORSE, True, False, *span) for span in more if free(span)]
    return sorted(heads, key=lambda head: (head.start, head.end))


class _Sentence:
    """One sentence: its pieces, and the head each goes with."""

    def __init__(
        self,
        tokens: Sequence[str],
        begin: int,
        end: int,
        words: dict[str, frozenset[str]],
        spans: dict[str, list[tuple[int, int]]],
        heads: list[_Head],
    ) -> None:
        self.tokens, self.begin, self.end, self.words, self.heads = tokens, begin, end, words, heads
        self.spans = {name: [s for s in found if begin <= s[0] < end] for name, found in spans.items()}
        self._head_starts = {head.start for head in heads}

    def factors(self) -> list[Factor]:
        pieces = self._pieces()
        settled: list[_Piece] = []
        for at, piece in enumerate(pieces):
            settled.append(self._governed(piece, settled, pieces[at + 1 :]))
        for at in range(len(settled) - 2, -1, -1):  # "squats and lunges hurt": the first goes with the second
            one, following = settled[at], settled[at + 1]
            if not one.group and following.until and self._only(one.end, following.start, "joins", "fill"):
                settled[at] = replace(one, group=following.group)
        return [piece.factor() for piece in settled if piece.group]

    # --- pieces

    def _pieces(self) -> list[_Piece]:
        pieces: list[_Piece] = []
        at = self.begin
        while at < self.end:
            piece = self._piece_at(at)
            if piece is None:
                at += 1
                continue
            if pieces and piece.kind == "thing" and piece.start == pieces[-1].end:  # "going up | stairs"
                pieces[-1] = replace(pieces[-1], end=piece.end)
            else:
                pieces.append(piece)
            at = max(piece.end, at + 1)
        return pieces

    def _piece_at(self, at: int) -> _Piece | None:
        """The piece that begins at a word, by kind in order of precedence."""
        for start, end in self.spans.get("unable", ()):
            if start == at:
                return _Piece("unable", at, self._stop(end, _UNABLE), WORSE)
        return self._when_at(at) or self._time_at(at) or self._led_to(at) or self._thing_at(at) or self._activity_at(at)

    def _when_at(self, at: int) -> _Piece | None:
        """What has a subject of its own: "when I sit", "every time my foot lands"."""
        if self.tokens[at] not in self.words["when"]:
            return None
        subject = at + (2 if self._word(at + 1) in ("time", "soon") else 1)
        if self._word(subject) == "as":
            subject += 1
        if self._word(subject) not in self.words["pronouns"]:
            return None
        return _Piece("when", at, self._stop(subject + 1, _CLAUSE))

    def _time_at(self, at: int) -> _Piece | None:
        return next((_Piece("time", at, end) for start, end in self.spans.get("times", ()) if start == at), None)

    def _led_to(self, at: int) -> _Piece | None:
        """What a word just before leads to, in any words: "worse after a hot bath", "hurts to stand"."""
        word = self.tokens[at]
        if not self._head_just_before(at):
            return None
        if word == "to" and self._word(at + 1).isalpha():
            return _Piece("infinitive", at, self._stop(at + 2, _PHRASE))
        end = self._stop(at + 1, _PHRASE)
        opens = word in self.words["prepositions"] and word not in ("at", "in", "by")
        return _Piece("phrase", at, end) if opens and end > at + 1 and not self._is_place(at + 1, end) else None

    def _activity_at(self, at: int) -> _Piece | None:
        if not self._is_activity(at):
            return None
        end = self._stop(at + 1, _PHRASE)
        if self.tokens[at] == "getting" and end == at + 1:  # "getting worse" is nothing that somebody does
            return None
        return _Piece("activity", self._with_preposition(at), end)

    def _thing_at(self, at: int) -> _Piece | None:
        begin = at
        while at < self.end and self.tokens[at] in self.words["modifiers"] | self.words["prepositions"]:
            at += 1
        ends = [end for start, end in self.spans.get("things", ()) if begin <= start <= at <= end]
        if not ends:
            return None
        end = max(ends)
        linked = any(self.tokens[i] in self.words["prepositions"] for i in range(begin, at))
        while end < self.end and any(start == end for start, _ in self.spans.get("things", ())):
            end = max(stop for start, stop in self.spans["things"] if start == end)
        return _Piece("phrase" if linked else "thing", begin, end)

    def _is_activity(self, at: int) -> bool:
        word = self.tokens[at]
        return (
            len(word) > 4
            and word.endswith("ing")
            and word not in self.words["no_activity"]
            and not (at > self.begin and self.tokens[at - 1] in self.words["no_activity_after"])
            and at not in self._head_starts
        )

    def _with_preposition(self, at: int) -> int:
        return at - 1 if at > self.begin and self.tokens[at - 1] in self.words["prepositions"] else at

    def _stop(self, at: int, most: int) -> int:
        """Where a factor that has begun before `at` ends: at a barrier, at the next head, at an "and" with a new subject."""
        limit = min(self.end, at + most)
        while at < limit:
            word = self.tokens[at]
            if word in self.words["barriers"] or at in self._head_starts:
                break
            if word in ("and", "or") and (
                self._word(at + 1) in self.words["starters"]
                or at + 1 in self._head_starts
                or self._piece_of_its_own(at + 1)
            ):
                break
            at += 1
        return at

    def _piece_of_its_own(self, at: int) -> bool:
        return at < self.end and (
            self.tokens[at] in self.words["when"] | self.words["prepositions"]
            or any(start == at for name in ("times", "likewise", "unable") for start, _ in self.spans.get(name, ()))
            or self._is_activity(at)
        )

    def _is_place(self, begin: int, end: int) -> bool:
        return set(self.tokens[begin:end]) <= self.words["place_before"] | self.words["place_after"]

    def _head_just_before(self, at: int) -> bool:
        return any(head.before and head.end <= at and self._only(head.end, at, "fill") for head in self.heads)

    # --- what governs them

    def _governed(self, piece: _Piece, before: list[_Piece], following: list[_Piece]) -> _Piece:
        if piece.group:
            return piece
        after = self._head_after(piece, following)
        leading = self._head_before(piece)
        linked = piece.kind in ("when", "phrase", "infinitive")
        if after and not (linked and leading):
            return replace(piece, group=after.group, until=after.end)
        if leading:
            return replace(piece, group=leading.group, head=(leading.start, leading.end))
        last = before[-1] if before else None
        if last and last.group:
            gap = max(last.end, last.until)
            if any(gap <= start and end <= piece.start for start, end in self.spans.get("likewise", ())):
                return replace(piece, group=last.group, head=last.head)
            if not last.until and self._only(gap, piece.start, "joins", "fill"):
                return replace(piece, group=last.group, head=last.head)
        return piece

    def _head_after(self, piece: _Piece, following: list[_Piece]) -> _Head | None:
        limit = following[0].start if following else self.end
        for head in self.heads:
            if head.after and piece.end <= head.start <= min(piece.end + _AFTER, limit):
                return head if self._only(piece.end, head.start, "fill", "pronouns") else None
        return None

    def _head_before(self, piece: _Piece) -> _Head | None:
        heads = [head for head in self.heads if head.end <= piece.start]
        if not heads:
            return None
        head = heads[-1]
        between = self.tokens[head.end : piece.start]
        if not head.before or len(between) > _BEFORE:
            return None
        direct = self._only(head.end, piece.start, "fill")
        if piece.kind in ("thing", "activity", "infinitive"):
            return head if direct else None
        commas = {","} if piece.kind == "when" else set()
        if piece.kind in ("phrase", "time") and between == (",",):  # "8/10 (emoji) after parkrun"
            return head
        blocked = set(between) & (self.words["barriers"] - commas) or {"i", "he", "she", "we"} & set(between)
        return None if blocked else head

    def _only(self, begin: int, end: int, *lists: str) -> bool:
        allowed = frozenset().union(*(self.words[name] for name in lists))
        return begin <= end and all(word in allowed for word in self.tokens[begin:end])

    def _word(self, at: int) -> str:
        return self.tokens[at] if at < self.end else ""
