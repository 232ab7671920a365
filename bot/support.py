"""Support: whether a reworded sentence says what the sentences it cites say, no more, no less and nothing else.

A language model may reword; it may not inform. The check is a strict alignment, not a judgement of likeness: a vector of
"do not stretch" lies beside that of "stretch". Both sentences become the words that carry meaning, and then

1. every word of the rewording must be found in one cited sentence (words that mean the same are listed in
   `data/support.yaml`), in the same order; whole parts of the sentence may change places ("if A, B" and "B if A");
2. nothing that limits the cited sentence may be lost: denial, certainty, condition, amount, bound, direction, degree,
   who says it;
3. each cited sentence must be used.

Whatever the check does not understand counts as not supported. How much that costs is measured by `python -m benchmarks.support`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import yaml

from bot.errors import BotError
from ingest.lexical import terms

_FILE = Path(__file__).parent / "data" / "support.yaml"
MOST_JUMPS = 2  # how often a rewording may go back in the order of the cited sentence
MOST_CITED = 2
# Bounds on the work, so that no output of a model keeps a reader waiting: characters, places to cut, alignments tried.
MOST_CHARACTERS = 400
_MOST_CUTS = 6
_MOST_TRIED = 4_000
# What makes all the parts behind it conditional.
_CONDITIONS = frozenset({"if", "unless", "until", "when"})
# What makes brackets more than an explanation, as a figure does.
_LIMITS = _CONDITIONS | {"not", "no", "only", "except"}
# What may open a part that explains; it says nothing by itself.
_OPENERS = frozenset({"which", "to", "as"})
_AUXILIARIES = frozenset({"may", "can", "will", "would", "should", "must", "not"})
_VERB_REACH = 4  # words between a verb and what it is done to

_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen
        eighteen nineteen twenty""".split()  # noqa: SIM905 - read as a line of words
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "ninety": "90"}
_NUMBER_WORD = re.compile(rf"\b(?:{'|'.join(_NUMBERS)})\b")
# "One" is a figure only before what is counted.
_ONE = re.compile(r"\bone(?= (?:second|minute|hour|day|week|month|year|set|time|repetition|mile|kilometre)\b)")
_RANGE = re.compile(r"(?<=\d)\s*(?:-|–|—| to | or )\s*(?=\d)")
_BETWEEN = re.compile(r"\bbetween (\d[\d.]*) and (\d[\d.]*)")
_CONTRACTED = (
    (re.compile(r"\bcan(?:'t|not)\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(it|that|you|they|there)'(?:s|re)\b"), r"\1 is"),
    (re.compile(r"'ll\b"), " will"),
)
_POSSESSIVE = re.compile(r"(?<=\w)'s?(?!\w)")
_AS_WELL = re.compile(r",? (?:too|as well)(?=[,;.]|$)")
_RUNNERS_HIP = re.compile(r"\brunner's hip\b")
_NON = re.compile(r"\bnon-(?=\w)")
# In its words a part's opening "that"/"who" is kept as a mark: what stands behind it tells which of the things are meant.
_TOKEN = re.compile(r"\d+(?:\.\d+)?(?:–\d+(?:\.\d+)?)?(?:/\d+)?|%|[^\W\d]+(?:'[^\W\d]+)?|[,;:()]|–")
_NAME = re.compile(r"(?<=[a-z,;] )[A-Z][a-z]{2,}")
_HEADED = re.compile(r"[^,;:.()]{3,50}:")
_MARKERS = re.compile(r"\s*\[\d+\]")

_WHO = r"(?P<who>[^,;:.()]{2,70}?)"
_SAID = (
    re.compile(rf"(?:^|(?<=[,;:] )){_WHO} (?:says?|said)\b(?: that\b)?,?", re.IGNORECASE),
    re.compile(
        r"(?:^|(?<=[,;:] ))(?P<who>[^,;:.()]{0,40}\b(?:stud(?:y|ies)|reviews?)\b[^,;:.()]{0,40}?) "
        r"(?:found|finds?|(?:have|has) shown)\b(?: that\b)?,?",
        re.IGNORECASE,
    ),
    re.compile(rf"\baccording to {_WHO}(?=[,;.]|$),?", re.IGNORECASE),
    re.compile(rf"\bin the view of {_WHO}(?=[,;.]|$),?", re.IGNORECASE),
    re.compile(rf"\bin {_WHO}'s view\b,?", re.IGNORECASE),
)
_SECTION = re.compile(r"\bin its (?:[a-z]+ )?(?:section on [^,]+|[a-z]+ sections?|main list),?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Words:
    """What a rewording may change, from `data/support.yaml`."""

    free: frozenset[str]
    same: dict[str, str]
    phrases: re.Pattern[str]
    floating: frozenset[str]
    may_go: frozenset[str]
    repeated: frozenset[str]
    explaining: frozenset[str]
    never: frozenset[str]
    limiting: frozenset[str]
    verbs: frozenset[str]
    pronouns: frozenset[str]
    opposites: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    """A word that carries meaning.

    Attributes:
        text: its stem, figure or sign.
        part: number of the part (between commas, colons and brackets) it stands in.
        kind: "word", "figure", "floating", "name", or "link" (and, which, it: it may go, but not come).
        opens: whether a part, a condition or a phrase of time or manner begins with it.
        aside: whether it stands in brackets.
        tells_which: whether it stands behind a "that" or "who" that tells which of the things are meant.

    """

    text: str
    part: int
    kind: str
    opens: bool
    aside: bool
    tells_which: bool


@dataclass(frozen=True, slots=True)
class _Reading:
    """A sentence as the check reads it.

    Attributes:
        tokens: its words that carry meaning.
        who: stems of whom it names as saying so; empty where it says so itself.
        hard: numbers of the parts behind a semicolon.
        headed: whether it opens with a heading and a colon, as in "Glute bridges: do 12".

    """

    tokens: tuple[_Token, ...]
    who: frozenset[str]
    hard: frozenset[int] = frozenset()
    headed: bool = False


def supports(sentence: str, cited: Sequence[str]) -> str | None:
    """Why a sentence is not supported by the sentences it cites, or None where it is.

    Args:
        sentence: one reworded sentence; its `[1]` markers are ignored.
        cited: the sentences that it cites, without Markdown, at least one.

    """
    text = _MARKERS.sub("", sentence).strip()
    unfit = _unfit(text, len(cited))
    if unfit:
        return unfit
    if len(cited) == 1:
        return _differs(_read(text), _read(cited[0]))
    reasons = []
    for pieces in _divided(text, len(cited)):
        for order in permutations(cited):
            reason = _all_differ(text, pieces, order)
            if reason is None:
                return None
            reasons.append(reason)
    return reasons[0] if reasons else "its parts cannot be told apart, so nobody knows which of them cites what"


def _unfit(text: str, count: int) -> str | None:
    """Why a text that cites `count` sentences need not even be compared with them, or None."""
    if not count:
        return "it cites nothing"
    if count > MOST_CITED:
        return f"it cites more than {MOST_CITED} sentences"
    if len(text) > MOST_CHARACTERS:
        return "it is too long"
    return "it asks" if "?" in text else None


def _all_differ(text: str, pieces: Sequence[str], cited: Sequence[str]) -> str | None:
    """As `supports`, each piece of the sentence against one of the cited sentences; who says so may be said once."""
    who = _read(text).who
    for piece, source in zip(pieces, cited, strict=True):
        reading = _read(piece)
        reason = _differs(_Reading(reading.tokens, who if _read(source).who else frozenset()), _read(source))
        if reason is not None:
            return reason
    if who and not any(_read(source).who for source in cited):
        return "it names somebody as saying so whom the cited sentences do not name"
    return None


def _divided(text: str, count: int) -> Iterator[list[str]]:
    """The text cut into `count` pieces at its commas, semicolons, "and", "but" and "while", every way."""
    cuts = [match.span() for match in re.finditer(r"[,;] (?:(?:and|but|while) )?| (?:and|but|while) ", text)][
        :_MOST_CUTS
    ]
    for chosen in combinations(cuts, count - 1):
        starts = [0, *(end for _, end in chosen)]
        ends = [*(start for start, _ in chosen), len(text)]
        yield [text[start:end] for start, end in zip(starts, ends, strict=True)]


def _differs(said: _Reading, source: _Reading) -> str | None:
    """Why a reading is not what its source says, or None."""
    if source.who and not said.who:
        return "it leaves out who says so"
    if said.who - source.who:
        return "it names somebody as saying so whom the cited sentence does not name"
    known = {token.text for token in source.tokens}
    tokens = tuple(token for token in said.tokens if token.text not in _OPENERS)
    if source.headed and tokens and tokens[0].text == "for" and "for" not in known:
        tokens = tokens[1:]
    if not tokens:
        return "it says nothing"
    for token in tokens:
        if token.text not in known:
            what = "the figure" if token.kind == "figure" else "the word"
            return f"{what} “{token.text}” is not in what it cites"
    return _Alignment(tokens, source).reason()


class _Alignment:
    """Puts each word of a rewording on its own place in the source, and then looks at what is left over.

    Args:
        said: the words of the rewording.
        source: what it cites; has all of them.

    """

    def __init__(self, said: tuple[_Token, ...], source: _Reading) -> None:
        self.said = said
        self.source = source.tokens
        self.hard = source.hard
        self.places = {
            token.text: [place for place, other in enumerate(self.source) if other.text == token.text]
            for token in self.said
        }
        texts = {token.text for token in self.source}
        figures = [token for token in self.source if token.kind == "figure"]
        self.whole_parts_only = len(figures) > 1 or any(set(pair) <= texts for pair in _words().opposites)
        self.tried = 0
        self.lost: str | None = None

    def reason(self) -> str | None:
        """Why no alignment does, or None where one does."""
        if self._place(0, -1, 0, frozenset()):
            return None
        return self.lost or "its words stand in another order than in what it cites"

    def _place(self, at: int, last: int, jumps: int, used: frozenset[int]) -> bool:
        """Whether the words from `at` on can be placed; `last` is the place of the word before."""
        self.tried += 1
        if self.tried > _MOST_TRIED:
            return False
        if at == len(self.said):
            lost = self._left_over(used)
            self.lost = self.lost or lost
            return lost is None
        token = self.said[at]
        for place in self.places[token.text]:
            if place in used:
                continue
            if token.kind == "floating":
                if self._place(at + 1, last, jumps, used | {place}):
                    return True
                continue
            back = place < last
            if back and (jumps == MOST_JUMPS or not self._may_go_back(at, last, place)):
                continue
            if not back and not self._may_go_on(at, last, place):
                continue
            if self._place(at + 1, place, jumps + back, used | {place}):
                return True
        return False

    def _may_go_on(self, at: int, last: int, place: int) -> bool:
        """A figure stays with the word before it, and the word behind with its figure: no other figure between them."""
        if at == 0 or last < 0:
            return True
        between = self.source[last + 1 : place]
        figures = "figure" in (self.said[at].kind, self.said[at - 1].kind)
        if self.said[at - 1].kind == "figure" and any(token.kind in {"word", "figure"} for token in between):
            return False
        return not (figures and any(token.kind == "figure" for token in between))

    def _may_go_back(self, at: int, last: int, place: int) -> bool:
        """Whether the rewording may go back here: where a whole part ends and another starts, or a verb changes sides."""
        source, said = self.source, self.said
        ends = last + 1 == len(source) or source[last + 1].part != source[last].part
        starts = place == 0 or source[place - 1].part != source[place].part
        if ends and starts and source[place].part != source[last].part:
            return True
        if self.whole_parts_only:
            return False
        if (starts or source[place].opens) and said[at].part != said[at - 1].part:
            return True
        ends = ends or source[last + 1].opens
        starts = starts or source[place].opens
        if ends and starts:
            return True
        low, high = place, last
        between = source[low:high]
        if high - low > _VERB_REACH or any(
            token.text in {"and", "or"} or token.part != source[high].part for token in between
        ):
            return False
        return said[at].text in _words().verbs or said[at - 1].text in _words().verbs

    def _left_over(self, used: frozenset[int]) -> str | None:
        """What of the source is lost that may not be, or None."""
        conditional = False
        for part in range(self.source[-1].part + 1):
            places = [place for place, token in enumerate(self.source) if token.part == part and not token.aside]
            tokens = [self.source[place] for place in places]
            kept = [place for place in places if place in used]
            if not kept:
                if places and self._may_not_go(part, tokens, conditional=conditional):
                    return f"it leaves out “{' '.join(token.text for token in tokens)}”"
            else:
                lost = next((place for place in places if place not in used and self._must_stay(place, used)), None)
                if lost is not None:
                    return f"it leaves out “{self.source[lost].text}”"
            conditional = conditional or any(token.text in _CONDITIONS for token in tokens)
        return None

    def _must_stay(self, place: int, used: frozenset[int]) -> bool:
        """Whether a word may not be lost from a part that is used."""
        token = self.source[place]
        behind = self.source[place - 1].text if place else ""
        if token.kind == "link" or (
            token.text in _words().may_go and not token.tells_which and behind not in _AUXILIARIES
        ):
            return False
        if token.text in _words().repeated and any(self.source[other].text == token.text for other in used):
            return False
        explained = place + 1 < len(self.source) and self.source[place + 1].aside and place + 1 in used
        return not explained

    def _may_not_go(self, part: int, tokens: Sequence[_Token], *, conditional: bool) -> bool:
        """Whether a part of the source that is not used at all may not be left out."""
        texts = {token.text for token in tokens}
        if part in self.hard or conditional or texts & _words().never or any(token.kind == "name" for token in tokens):
            return True
        return tokens[0].text not in _words().explaining


@lru_cache(maxsize=2_000)
def _read(sentence: str) -> _Reading:
    """A sentence as the check reads it."""
    text, who = _without_sayer(" ".join(sentence.replace("’", "'").split()))
    names = {name.lower() for name in _NAME.findall(text)}
    text = _plain(text)
    words = _words()
    tokens: list[_Token] = []
    hard: set[int] = set()
    part, opens, depth, tells_which = 0, True, 0, False
    pending_hard = False
    for match in _TOKEN.finditer(text):
        word = match.group()
        if word in ",;:()–":
            if tokens and tokens[-1].part == part:
                part += 1
            pending_hard = pending_hard or word == ";"
            depth += (word == "(") - (word == ")")
            opens, tells_which = True, False
            continue
        if word in {"that", "who"}:
            tells_which = bool(tokens) and not opens
            continue
        if word in _OPENERS and not opens:
            tells_which = word == "which"
            continue
        if word in words.free:
            continue
        stem = _stem(word)
        if pending_hard:
            hard.add(part)
            pending_hard = False
        limiting = word in words.limiting
        kind = "name" if word in names else _kind(word, words)
        tokens.append(_Token(stem, part, kind, opens or limiting, depth > 0, tells_which))
        opens, tells_which = False, False
    limits = {token.part for token in tokens if token.kind == "figure" or token.text in _LIMITS}
    tokens = [replace(token, aside=token.aside and token.part not in limits) for token in tokens]
    return _Reading(tuple(tokens), who, frozenset(hard), bool(_HEADED.match(text)))


def _kind(word: str, words: _Words) -> str:
    if word[0].isdigit():
        return "figure"
    if word in words.floating:
        return "floating"
    if word == "and" or word in _OPENERS or word in words.pronouns:
        return "link"
    return "word"


def _without_sayer(text: str) -> tuple[str, frozenset[str]]:
    """The sentence without its "Thrive says that", and the stems of who says so."""
    text = _SECTION.sub("", text)
    who: set[str] = set()
    for pattern in _SAID:
        match = pattern.search(text)
        while match:
            who |= set(terms(match["who"]))
            text = f"{text[: match.start()].rstrip()} {text[match.end() :].lstrip()}".strip()
            match = pattern.search(text)
    return text, frozenset(who)


def _plain(text: str) -> str:
    """Small letters, figures as digits, ranges with a dash, no contractions, each group of like words as one."""
    text = text.lower()
    for pattern, replacement in _CONTRACTED:
        text = pattern.sub(replacement, text)
    text = _RUNNERS_HIP.sub("runnership", text)
    text = _AS_WELL.sub("", _POSSESSIVE.sub("", text))
    text = _NON.sub("non", text)
    text = _ONE.sub("1", text)
    text = _NUMBER_WORD.sub(lambda match: match.group() if match.group() == "one" else _NUMBERS[match.group()], text)
    text = _BETWEEN.sub(r"\1–\2", text)
    text = _RANGE.sub("–", text)
    text = re.sub(r"(\d) out of (\d)", r"\1/\2", text)
    text = re.sub(r"(?<=\w)-(?=\w)", " ", text)
    words = _words()
    return words.phrases.sub(lambda match: words.same[match.group()], text)


def _stem(word: str) -> str:
    if not word.isalpha():
        return word
    stems = terms(word)
    return stems[0] if stems else word


@lru_cache(maxsize=1)
def _words() -> _Words:
    """Read what a rewording may change.

    Raises:
        BotError: the file lacks a list; the text names it.

    """
    data: Any = yaml.safe_load(_FILE.read_text(encoding="utf-8"))

    def listed(name: str) -> list[str]:
        value = data.get(name)
        if isinstance(value, str):
            value = value.split()
        if not isinstance(value, list) or not value:
            raise BotError(f"{_FILE}: `{name}` must be a list of words. Mend the file.")
        return [str(item) for item in value]

    def joined(phrase: str) -> str:
        """A phrase as one word that the reader of words keeps whole."""
        return phrase.replace(" ", "_").replace("'", "")

    same = {str(phrase).lower(): joined(str(group[0])) for group in data["same"] for phrase in group}
    same |= {phrase: joined(phrase) for phrase in listed("floating")}
    ordered = sorted(same, key=len, reverse=True)
    phrases = re.compile("|".join(rf"(?<![\w']){re.escape(phrase)}(?![\w'])" for phrase in ordered))
    return _Words(
        free=frozenset(listed("free")),
        same=same,
        phrases=phrases,
        floating=frozenset(joined(phrase) for phrase in listed("floating")),
        may_go=frozenset(stem for word in listed("may_go") for stem in terms(word)),
        repeated=frozenset(stem for word in listed("repeated") for stem in terms(word)),
        explaining=frozenset(joined(phrase) for phrase in listed("explaining")),
        never=frozenset(stem for word in listed("never") for stem in terms(word) or [word]),
        limiting=frozenset(listed("limiting")),
        verbs=frozenset(listed("verbs")),
        pronouns=frozenset(listed("pronouns")),
        opposites=tuple((str(one), str(other)) for one, other in data["opposites"]),
    )
