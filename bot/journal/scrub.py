"""Scrub: a runner's words without anything that could say who they are.

A list of what is known to be harmless is safer than a list of names: names are without number. So a word stays only if it
stands in `data/known_words.txt` (common English words and those of the field, no names); every other one, every word
with a capital inside a sentence, and every odd figure is masked. Known words that may be a name ("Will", "June") are masked
where they stand like one. A message that says how to find somebody is refused as a whole. The rules are in
`data/scrub.yaml`; `benchmarks/privacy.py` measures what slips through and what is lost.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import yaml

from bot.errors import BotError

MASK = "[…]"
_DATA = Path(__file__).resolve().parents[1] / "data"
_RULES = _DATA / "scrub.yaml"
_WORDS = _DATA / "known_words.txt"

# More than this share of the words, or this many, masked: what is left says little, and a lot of it was personal.
_MOST_MASKED = 0.34
_MOST_MASKS = 5
_SHOUTED = 0.6  # share of capitalised words from which capitals mean nothing
_WORD = re.compile(r"\d+(?:[.,:/]\d+)*(?![^\W_])|[^\W_]+(?:'[^\W_]+)*")
_KEPT_MARKS = frozenset(" \n.,;:?!()'\"-–—/%&+£$€~=")
_QUANTITY = re.compile(
    r"\d+(?:[.,]\d+)?(?:km?s?|mi?|miles?|mins?|h|hrs?|s|secs?|x|kgs?|lbs?|st|nd|rd|th|wks?|w|d|mm|cm|ft|yo|yrs?|f|am|pm|mpw|k?mph"
    r"|kph|bpm|spm|reps?|sets?|days?|weeks?|months?|g|mg|ml|c)"
    r"|\d{1,2}x\d{1,4}(?:km?|m|min|s)?|[lst][1-9]\d?|c25k|b12|d3|q10|[1-9]0s|vo2|vo2max|a1|s1"
)
_FIGURES = re.compile(r"\d+(?:[ ().,/+-]{1,2}\d+)+")
_LONGEST_FIGURE = 4  # digits of a figure that stays
_TELEPHONE = 7  # digits in a row of groups, one of three or more digits, that make a number to be found by
_ENDS = frozenset('.?!:;\n"(–—')
_SIGNED = 4  # words behind a sign-off that may be a name
_LETTERS = frozenset("unrvwd")  # that stand for words: you, and, are, versus, with, vitamin D
_TAILS = frozenset({"s", "t", "ll", "ve", "re", "d", "m"})


@dataclass(frozen=True, slots=True)
class _Refusal:
    id: str
    pattern: re.Pattern[str]
    case: bool


@dataclass(frozen=True, slots=True)
class _Rules:
    """The lists of `scrub.yaml` and the known words; what each is for stands there."""

    refusals: tuple[_Refusal, ...]
    known: frozenset[str]
    roles: frozenset[str]
    titles: frozenset[str]
    after_titles: frozenset[str]
    capitals: frozenset[str]
    given: frozenset[str]
    says: frozenset[str]
    subjects: frozenset[str]
    signoffs: frozenset[str]
    here: frozenset[str]
    months: frozenset[str]
    before_months: frozenset[str]


@lru_cache(maxsize=1)
def load_rules() -> _Rules:
    """Read the rules.

    Raises:
        BotError: a file is missing or an entry cannot be used; the text names it.

    """
    try:
        data = yaml.safe_load(_RULES.read_text(encoding="utf-8"))
        refusals = tuple(
            _Refusal(entry["id"], re.compile(entry["pattern"]), bool(entry.get("case"))) for entry in data.pop("refuse")
        )
        lists = {name: frozenset(words.split()) for name, words in data.items()}
        lines = _WORDS.read_text(encoding="utf-8").splitlines()
        known = frozenset(line for line in lines if not line.startswith("#"))
        return _Rules(refusals, known, **lists)
    except (OSError, KeyError, TypeError, AttributeError, re.error, yaml.YAMLError) as error:
        raise BotError(f"{_RULES} or {_WORDS.name} beside it cannot be used ({error}). Restore the files.") from error


@dataclass(slots=True)
class _Token:
    """A word of the message.

    Attributes:
        text: as typed, in plain letters.
        low: in small letters.
        start: where it starts.
        end: where it ends.
        initial: whether a sentence starts with it.
        masked: whether it must go.

    """

    text: str
    low: str
    start: int
    end: int
    initial: bool
    masked: bool = False

    @property
    def capital(self) -> bool:
        """Whether it has a capital letter."""
        return self.text != self.low and self.low.partition("'")[0] != "i"


def scrub(text: str, *, wary: bool = False) -> str | None:
    """The text with every word masked that is not known to be harmless.

    Args:
        text: what a runner typed.
        wary: whether to mask every word that can be a name, because one may have been given in an earlier message.

    Returns:
        The text in plain letters with `[…]` for each masked stretch; None where it should not be kept at all: it says how to
        find somebody, or too little of it can stay.

    """
    rules = load_rules()
    text = _plain(text)
    low = text.lower()
    if any(refusal.pattern.search(text if refusal.case else low) for refusal in rules.refusals) or _telephone(low):
        return None
    tokens = _tokens(text)
    if not tokens:
        return None
    capitalised = [token.capital for token in tokens if len(token.low) > 1 and token.low.isalpha()]
    shouted = len(capitalised) > 2 and sum(capitalised) / len(capitalised) >= _SHOUTED
    for number, token in enumerate(tokens):
        before = tokens[number - 1] if number else None
        after = tokens[number + 1] if number + 1 < len(tokens) else None
        token.masked = _tells(token, before, after, rules, shouted=shouted)
        token.masked = token.masked or (wary and token.low in rules.given)
    _spread(text, tokens)
    if _introduced(tokens, rules) or _signed(tokens, rules):
        return None
    masks = sum(token.masked for token in tokens)
    if masks > _MOST_MASKS or masks / len(tokens) > _MOST_MASKED:
        return None
    return _written(text, tokens)


def _plain(text: str) -> str:
    """Plain letters (NFKC), without accents and what cannot be seen, with plain apostrophes."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    kept = (char for char in text if not unicodedata.combining(char) and unicodedata.category(char) != "Cf")
    return re.sub(r"[’‘`´]", "'", "".join(kept)).replace("\r", "\n").strip()


def _telephone(text: str) -> bool:
    for match in _FIGURES.finditer(text):
        groups = re.findall(r"\d+", match.group())
        if sum(map(len, groups)) >= _TELEPHONE and max(map(len, groups)) > 2 and "," not in match.group():
            return True
    return False


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    for match in _WORD.finditer(text):
        between = text[end : match.start()]
        initial = not tokens or any(char in _ENDS for char in between)
        tokens.append(_Token(match.group(), match.group().lower(), match.start(), match.end(), initial))
        end = match.end()
    return tokens


def _is_known(word: str, rules: _Rules) -> bool:
    """Whether a word says nothing about who somebody is."""
    if word in rules.known or word in rules.capitals or word in rules.titles or word in _LETTERS:
        return True
    if word[0].isdigit() and not re.search(r"[^\W\d_]", word):
        return max(map(len, re.findall(r"\d+", word))) <= _LONGEST_FIGURE
    if "'" in word:
        base, _, tail = word.partition("'")
        return word.replace("'", "") in rules.known or (tail in _TAILS and base in rules.known)
    return bool(_QUANTITY.fullmatch(word))


def _spread(text: str, tokens: list[_Token]) -> None:
    """Mask the other half of a hyphenated name."""
    for before, after in pairwise(tokens):
        joined = text[before.end : after.start] == "-" and before.text[:1].isupper()
        if joined and (before.masked or after.masked):
            before.masked = after.masked = True


def _tells(token: _Token, before: _Token | None, after: _Token | None, rules: _Rules, *, shouted: bool) -> bool:
    """Whether a word may say who somebody is, from the word itself and its neighbours."""
    word = token.low.removesuffix("'s")
    if not _is_known(token.low, rules):
        return True
    near = before if before and not token.initial else None
    if word in rules.months and (token.capital or word != "may"):
        return not (near and near.low in rules.before_months)
    if word in rules.given and shouted:
        return True
    stressed = len(word) > 1 and token.text.isupper() and word not in rules.given  # "does WHERE it hurts matter"
    capital = token.capital and not (shouted or stressed or word in rules.capitals)
    if capital and (not token.initial or _names_one(word, after, rules)):
        return True
    if near and near.low in rules.titles:
        return word not in rules.after_titles
    beside = near is not None and (near.low in rules.roles or near.masked)
    return word in rules.given and (beside or _acts(after, rules))


def _names_one(word: str, after: _Token | None, rules: _Rules) -> bool:
    """Whether a known word with a capital at the start of a sentence stands there like a name."""
    if after is None or after.initial:
        return word in rules.given
    if word in {"will", "may"}:
        return _acts(after, rules)
    if after.low in rules.says and word not in rules.subjects:
        return True
    followed = after.capital and after.low not in rules.capitals and not after.text.isupper()
    return word in rules.given or (followed and word not in rules.titles)


def _acts(after: _Token | None, rules: _Rules) -> bool:
    """Whether the next word is one that somebody stands before."""
    return bool(after and (after.low in rules.says or after.low in {"here", "and", "from", "wants", "likes", "knows"}))


def _introduced(tokens: list[_Token], rules: _Rules) -> bool:
    """Whether somebody says who they are: "I'm Mark", "this is June", "Will here"."""
    for number, token in enumerate(tokens[:-1]):
        after = tokens[number + 1]
        opens = token.low in {"i'm", "im", "it's", "its"} or (
            token.low in {"am", "is"} and number and tokens[number - 1].low in {"i", "this", "it"}
        )
        if opens and (after.low in rules.given or (after.masked and after.capital)):
            return True
        if after.low == "here" and number == 0 and token.low not in rules.here and len(tokens) > 2:
            return True
    return False


def _signed(tokens: list[_Token], rules: _Rules) -> bool:
    """Whether the message ends with a sign-off and what may be a name."""
    for number in range(max(0, len(tokens) - _SIGNED - 1), len(tokens)):
        if tokens[number].low in rules.signoffs:
            rest = tokens[number + 1 :]
            return any(token.masked or token.low in rules.given or token.capital for token in rest)
    return False


def _marks(between: str) -> str:
    """What stands between two words; a mark that is left out leaves a space, so that two words never make a third."""
    return "".join(char if char in _KEPT_MARKS else " " for char in between)


def _written(text: str, tokens: list[_Token]) -> str:
    """The text with its masks; marks that are no plain punctuation are left out."""
    parts: list[str] = []
    end = 0
    for token in tokens:
        parts.append(_marks(text[end : token.start]))
        parts.append(MASK if token.masked else token.text)
        end = token.end
    parts.append(_marks(text[end:]))
    written = " ".join("".join(parts).split())
    return re.sub(rf"{re.escape(MASK)}(?:[\s,.'-]*{re.escape(MASK)})+", MASK, written)
