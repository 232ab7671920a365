"""From what a runner typed to plain words, and back.

Typing varies more than meaning: capitals, accents, curly quotes, letters of other alphabets that look the same, letters
s p a c e d out, stretched vowels, contractions with and without apostrophe, texting and dialect spellings. All of it is
folded into lower-case words here, and each word keeps the place it came from, so that evidence is always quoted from
the runner's own text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from guardrails.patterns import words

_LOOKALIKES = str.maketrans(
    "аеорсухѕіјԁһԛԝвкмнтӏɡαβεηικνορτυχωℓı",
    "aeopcyxsijdhqwbkmhtlgabenikvoptuxwli",
)
"""Letters of other alphabets that look like Latin ones (a hand-made extract of Unicode's confusables)."""
_PUNCTUATION = {
    **dict.fromkeys("’‘‛`´ʼ′＇", "'"),
    **dict.fromkeys('“”„«»"″', " "),
    **dict.fromkeys("–—―−‒", " - "),
    **dict.fromkeys("‐‑", "-"),
    "…": ", ",
    "•": "; ",
    "·": "; ",
    "&": " and ",
    "½": " half ",
    "°": " degrees ",
    "º": " degrees ",
    "⁄": "/",
}
_INVISIBLE = frozenset(
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062"
    "\u2063\u2064\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufe0e\ufe0f"
)

_WORD = re.compile(
    r"\bw/o?(?![a-z])|\bb/c(?![a-z])"
    r"|\d+(?:st|nd|rd|th)(?![a-z])"
    r"|\d+(?:[.:/]\d+)*"
    r"|[^\W\d_]+(?:(?<!\d)[*']+[^\W\d_]+|\d+)*"
    r"|\.{2,}|[.!?;]+|\n+|(?<=\w)-(?=[^\W\d_])|[,:()\[\]\-/~]|%"
)
_JOINED = "\x00"
"""Marks a word that was joined from letters standing alone."""
_STRETCH = re.compile(r"([a-z])\1{2,}")
_CONTRACTED_T = words("can don won doesn didn isn aren wasn weren couldn wouldn shouldn haven hasn hadn")
_TAILS = {"re": "are", "ve": "have", "ll": "will", "m": "am", "d": "would"}
_AFTER_IS = words(
    """
    been got gone getting going not so really very just still also always only like a an the my in on at been worse
    better fine sore painful swollen numb hot red stiff tight weak constant there here now more less too about nothing
    probably definitely all hard bad agony killing hurting aching throbbing clicking locked stuck only mostly both
    """
)
"""Words before which "its" is "it's" with its apostrophe lost."""
_S_IS = words("it he she that there what where who here how this everything nothing something")


@dataclass(frozen=True, slots=True)
class Token:
    """One plain word or mark, with the place (``start`` to ``end``, in characters) in the runner's text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Spelling:
    """How to fold spellings.

    Attributes:
        variants: a spelling -> the words it stands for.
        known: words that rules use; a typing error is mended only towards these.
        fuzzy: long safety words that one slip of the finger (two in long ones) may not hide.
        real: words that are no slips, however close they are to one of ``fuzzy``.

    """

    variants: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    known: Collection[str] = frozenset()
    fuzzy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    real: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Normalised:
    """A text as plain words. ``text`` joins them with single spaces; normalising it again changes nothing."""

    tokens: tuple[Token, ...]

    @property
    def text(self) -> str:
        """The words joined with single spaces."""
        return " ".join(token.text for token in self.tokens)


def _join_spaced(raw: list[tuple[str, int, int]]) -> list[tuple[str, int, int]]:
    """Join four or more letters that stand alone, with nothing or the same mark between them (n u m b, n.u.m.b)."""
    joined: list[tuple[str, int, int]] = []
    at = 0
    while at < len(raw):
        end, mark, run = at, "", 0
        while end < len(raw) and len(raw[end][0]) == 1 and raw[end][0].isalpha():
            run += 1
            following = raw[end + 1][0] if end + 1 < len(raw) else ""
            if run == 1:
                mark = following if following in (".", "-", ",") else ""
            if mark and following == mark and end + 2 < len(raw) and len(raw[end + 2][0]) == 1:
                end += 2
            elif not mark and len(following) == 1 and following.isalpha():
                end += 1
            else:
                break
        if run >= 4:
            letters = "".join(word for word, _, _ in raw[at : end + 1] if word.isalpha())
            joined.append((_JOINED + letters, raw[at][1], raw[end][2]))
            at = end + 1
        else:
            joined.append(raw[at])
            at += 1
    return joined


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    """Fold one character to lower-case plain characters, or to nothing."""
    if char in _INVISIBLE:
        return ""
    if char in _PUNCTUATION:
        return _PUNCTUATION[char]
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", char).casefold())
    plain = "".join(part for part in plain if not unicodedata.combining(part)).casefold().translate(_LOOKALIKES)
    plain = "".join(_PUNCTUATION.get(part, part) for part in plain)
    if len(plain) == 1 and not plain.isalnum() and not plain.isascii() and unicodedata.category(plain) in ("So", "Sk"):
        return ","
    return plain


def fold(text: str) -> tuple[str, list[int] | None]:
    """Fold characters; also return for each folded character the index it came from (``None``: the same index)."""
    if text.isascii() and "&" not in text and '"' not in text and "`" not in text:
        return text.lower(), None
    folded: list[str] = []
    origin: list[int] = []
    for at, char in enumerate(text):
        plain = _fold_char(char)
        folded.append(plain)
        origin += [at] * len(plain)
    return "".join(folded), origin


def _distance_at_most(left: str, right: str, limit: int) -> bool:
    """Tell whether ``left`` becomes ``right`` in ``limit`` insertions, deletions, substitutions or neighbour swaps."""
    if abs(len(left) - len(right)) > limit:
        return False
    before: list[int] = []
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, 1):
        older, before, row = before, row, [i]
        for j, b in enumerate(right, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return False
    return row[-1] <= limit


def _fold_mark(mark: str) -> str:
    """Fold punctuation: a pause to a comma, a new line to a semicolon, a row of marks to one."""
    if mark[0] == "\n":
        return ";"
    if mark.startswith("..") or mark[0] in "()[]/~":
        return ","
    return "?" if "?" in mark else mark[0]


class Normaliser:
    """Turns text to plain words with a given ``Spelling``. Pure: the same text always gives the same words."""

    def __init__(self, spelling: Spelling | None = None) -> None:
        self.spelling = spelling or Spelling()
        self._word = lru_cache(maxsize=20_000)(self._fold_word)

    def __reduce__(self) -> tuple[type[Normaliser], tuple[Spelling]]:
        """Pickled as its spelling: what it remembers of words is made again."""
        return Normaliser, (self.spelling,)

    def __call__(self, text: str) -> Normalised:
        """Normalise ``text``. Any string is accepted, of any length."""
        plain, origin = fold(text)
        raw = [(match.group(), match.start(), match.end()) for match in _WORD.finditer(plain)]
        tokens: list[Token] = []
        for word, first, last in _join_spaced(raw):
            start = first if origin is None else origin[first]
            end = last if origin is None else origin[last - 1] + 1
            inner = word == "-" and last < len(plain) and plain[last].isalpha() and plain[first - 1 : first].isalnum()
            if not inner:
                for part in self._word(word):
                    self._push(tokens, part, start, end)
        return Normalised(tuple(tokens))

    @staticmethod
    def _push(tokens: list[Token], part: str, start: int, end: int) -> None:
        """Append a word; mend "can t" and "its been", left over from lost apostrophes."""
        if part in _AFTER_IS and tokens and tokens[-1].text == "its":
            its = tokens.pop()
            tokens += [Token("it", its.start, its.end), Token("is", its.start, its.end)]
        if part == "t" and tokens and tokens[-1].text in _CONTRACTED_T:
            head = tokens.pop()
            base = {"won": "will"}.get(head.text, head.text if head.text in ("can", "don") else head.text[:-1])
            base = {"don": "do"}.get(base, base)
            tokens.append(Token(base, head.start, end))
            tokens.append(Token("not", head.start, end))
            return
        tokens.append(Token(part, start, end))

    def _fold_word(self, word: str) -> tuple[str, ...]:
        """Fold one word of the text to the words it stands for."""
        if not word[0].isalnum() and word[0] != _JOINED:
            return (_fold_mark(word),)
        if word[0].isdigit():
            return (word,)
        if "*" in word:
            plain = word.replace("*", "")
            word = plain if plain in self.spelling.known else self._starred(word)
        variants = self.spelling.variants
        if word not in variants and _STRETCH.search(word) and "'" not in word:
            word = self._unstretch(word)
        if word in variants:
            return variants[word]
        if "'" in word:
            return self._contraction(word)
        if word.startswith(_JOINED):
            word = word.removeprefix(_JOINED)
            return variants.get(word) or self._segment(word) or (word,)
        return self._mend(word)

    def _starred(self, word: str) -> str:
        """Read "k*ll" as the one known word it can be; otherwise keep its letters."""
        form = re.compile(word.replace("*", "[a-z]"))
        hits = [known for known in self.spelling.known if form.fullmatch(known)]
        return hits[0] if len(hits) == 1 else word.replace("*", "")

    def _contraction(self, word: str) -> tuple[str, ...]:
        base, _, tail = word.rpartition("'")
        bare = word.replace("'", "")
        if bare in self.spelling.variants and tail != "s" and tail not in _TAILS:
            return self.spelling.variants[bare]
        if tail == "t" and base.endswith("n"):
            base = {"can": "can", "won": "will", "shan": "shall", "ain": "is"}.get(base, base[:-1])
            return (base, "not")
        if tail in _TAILS and base:
            return (*self._fold_word(base), _TAILS[tail])
        if tail == "s" and base:
            return (*self._fold_word(base), "is" if base in _S_IS else "s")
        return self._fold_word(bare)

    def _unstretch(self, word: str) -> str:
        """Shorten runs of three or more letters: to two or one, whichever gives a known word; else to one."""
        double = _STRETCH.sub(r"\1\1", word)
        single = _STRETCH.sub(r"\1", word)
        for form in (double, single):
            if form in self.spelling.known or form in self.spelling.variants:
                return form
        return single

    def _segment(self, word: str) -> tuple[str, ...]:
        """Split run-together letters into known words, the longest first words preferred; empty if they do not fit."""
        if len(word) > 60:
            return ()
        best: list[tuple[str, ...] | None] = [None] * (len(word) + 1)
        best[0] = ()
        for end in range(1, len(word) + 1):
            for start in range(end):
                part = word[start:end]
                before = best[start]
                if before is None or not (part in self.spelling.known or part in self.spelling.variants or part == "i"):
                    continue
                parts = (*before, *self.spelling.variants.get(part, (part,)))
                current = best[end]
                if current is None or len(parts) < len(current):
                    best[end] = parts
        return best[-1] or ()

    def _mend(self, word: str) -> tuple[str, ...]:
        """Mend a slip of the finger in a long safety word."""
        if len(word) < 5 or len(word) > 24 or word in self.spelling.known or word in self.spelling.real:
            return (word,)
        if word.endswith("in") and word + "g" in self.spelling.known:
            return (word + "g",)
        if len(word) < 6:
            return (word,)
        for right in self.spelling.fuzzy.get(word[0], ()):
            if _distance_at_most(word, right, 2 if len(right) >= 10 else 1):
                return (right,)
        return (word,)
