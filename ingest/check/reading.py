"""Reading: how old a reader has to be to read a section, and words of the trade whose meaning is not said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.check.finding import Finding, quoted
from ingest.check.page import Page, Said
from ingest.check.rules import finding, patterns, read_data, wrong_entry

_FILE = "jargon.yaml"
# Below this a section's figure says little: one long word moves it by years.
_WORDS = 45
# An article with more sections than this above the limit gets one finding: it wants to be written anew, not mended.
_SECTIONS = 3
_HARDEST = 2
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_SILENT = re.compile(r"(?:(?<=[^laeiouyt])e|(?<=[aeiouy])le|(?<=[^aeiouytd])ed|(?<=[^aeiouycgszx])es)$")
_VOWELS = re.compile(r"[aeiouy]+")
_TWO = re.compile(r"(?<![gqct])i[ao]|ia[^n]?$|uou|[^gq]ua|io$|[aeo]i?ing$")
# Long words that everybody knows, or that no article on the subject can do without, count as two syllables: with them in, the
# formula takes a plain page on seeing a physiotherapist for a student's. So do the words of the article's own title.
_FAMILIAR = re.compile(
    r"(?:physiotherap|physical|exercis|emergenc|hospital|appointment|antibiotic|paracetamol|ibuprofen|pharmacist|professional"
    r"|medicine|medical|operation|temperature|injur|activit|recover|especially|usually|another|everyday|however|area|muscle"
    r"|different|important|family|telephone|number|article|strengthen|repetition|position|shoulder|anybody|somebody|january"
    r"|february|september|october|november|december|running|training)\w*",
    re.IGNORECASE,
)
# Behind a term: words that say what it means.
_BEHIND = re.compile(
    r"[’'”\"]?(?:[ -]\w+){0,5}?[’'”\"]? ?(?:\([^)]{6,}\)|\[[^\]]{6,}\]|,? ?[–—] ?\w|: \w"
    r"|(?P<comma>,)[’”\"]? (?:or|an?|the)\b"
    r"|,[’”\"]? (?:which|that is|also|i\.e\.|known|meaning|called|named|where|when)\b|, in which\b)"
)
# Behind such words a comma parts the items of a list ("such as bursitis, a strain or …").
_LISTED = re.compile(r"\b(?:such as|like|including|e\.g\.)\b[^.;]{0,60}$", re.IGNORECASE)
_MEANS = re.compile(
    r"(?:[ -][\w(),’']+){0,8}? (?:means?|meaning|refers? to|(?:is|are) (?:when|where|an?|the|one|inflammation|irritation"
    r"|pain|damage|small|jumps|exercises|bands|cords|muscles|tissues|fluid|two|bony|caused|called|known|irritated|felt)"
    r"|describes?|stands? for|that is|in other words|works? as|puts? \w+ needles|happens when|occurs when)\b",
    re.IGNORECASE,
)
# Before a term: its meaning, with the term in brackets or behind "called", "or", "these".
_BEFORE = re.compile(
    r"(?:\w{3,}(?: \w+)* \((?:\w+ ){0,3}|(?:^|[.;:(])[^,;.:]*, or (?:the |an? )?(?:\w+ )?|\b(?:these|this) (?:\w+ )?"
    r"|\b(?:called|known as|named|termed|the term|name for) [‘“'\"]?(?:the |an? )?(?:\w+ ){0,3})$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the trade.

    Attributes:
        name: as a finding calls it.
        word: finds it in a sentence.
        capitals: whether it is looked for in the text as it is, not in small letters.
        means: what could be said at its first use.

    """

    name: str
    word: re.Pattern[str]
    capitals: bool
    means: str

    def place(self, text: str) -> tuple[int, int] | None:
        """Where it stands in a sentence for the first time."""
        match = self.word.search(text if self.capitals else text.lower())
        return match.span() if match else None


def syllables(word: str) -> int:
    """About how many syllables an English word has: its groups of vowels, less a silent end; at least 1."""
    word = word.lower().replace("’", "'").split("'")[0]
    bare = _SILENT.sub("", word) if len(word) > 3 else word
    return max(1, len(_VOWELS.findall(bare)) + len(_TWO.findall(bare)))


def reading_age(sentences: Sequence[str], known: frozenset[str] = frozenset()) -> float:
    """The age at which somebody reads these sentences with ease, in years: the Flesch-Kincaid grade and five.

    Source of the formula: Kincaid and others, "Derivation of new readability formulas for Navy enlisted personnel", 1975. Own
    code rather than textstat: that asks for nltk, which wants to download a dictionary at run time.

    Args:
        sentences: at least one, with at least one word.
        known: words in small letters that count as two syllables at most, beside those that everybody knows.

    """
    words = [word for sentence in sentences for word in _WORD.findall(sentence)]
    if not words:
        return 5.0
    counted = (min(2, _heard(word)) if word.lower() in known else _heard(word) for word in words)
    return 0.39 * len(words) / len(sentences) + 11.8 * sum(counted) / len(words) - 15.59 + 5


@lru_cache(maxsize=50_000)
def _heard(word: str) -> int:
    """Its syllables, two at most for a word that everybody knows."""
    return min(2, syllables(word)) if _FAMILIAR.fullmatch(word) else syllables(word)


def check_reading_age(page: Page, limit: int) -> Iterator[Finding]:
    """Sections that are hard to read, each with its hardest sentences; one finding where most of an article is.

    Args:
        page: the article.
        limit: the highest reading age that is not named, in years.

    """
    hard = []
    known = frozenset(_WORD.findall(page.article.title.lower()))
    for section in page.sections:
        if section.about_source:
            continue
        texts = [
            s.text
            for s in section.sentences
            if s.kind in {"prose", "item"} and not (s.group is not None and s.group < 0)
        ]
        if sum(len(_WORD.findall(text)) for text in texts) < _WORDS:
            continue
        age = reading_age(texts, known)
        if round(age) > limit:
            said = [s for s in page.sentences if page.line(section.start) <= s.line <= page.line(section.end - 1)]
            hard.append((section.section, page.line(section.start), age, _hardest(said)))
    if len(hard) > _SECTIONS:
        hard.sort(key=lambda item: -item[2])
        places = ", ".join(f"{line} ({age:.0f})" for _, line, age, _ in sorted(hard, key=lambda item: item[1]))
        sentences = " ".join(quoted(said[0].text) for _, _, _, said in hard[:_HARDEST])
        text = (
            f"{len(hard)} sections read as for {hard[-1][2]:.0f} to {hard[0][2]:.0f} year-olds; aim at {limit}. "
            f"Lines, with their ages: {places}. Use shorter sentences and everyday words, here first: {sentences}"
        )
        yield finding("reading-age", page.article.id, hard[0][1], text, hard[0][0])
        return
    for section_name, line, age, said in hard:
        sentences = " ".join(f"(line {s.line}) {quoted(s.text)}" for s in said)
        text = (
            f"The section {quoted(section_name, 60)} reads as for {age:.0f} year-olds; aim at {limit}. "
            f"Use shorter sentences and everyday words, here first: {sentences}"
        )
        yield finding("reading-age", page.article.id, line, text, section_name)


def _hardest(said: Sequence[Said]) -> list[Said]:
    long = [s for s in said if len(_WORD.findall(s.text)) > 6]
    return sorted(long or said, key=lambda s: -reading_age([s.text]))[:_HARDEST]


def check_jargon(page: Page) -> Iterator[Finding]:
    """Words of the trade that are not explained where an article first uses them, in order of the text."""
    sentences = [said for said in page.sentences if said.advice]
    using = [number for number, said in enumerate(sentences) if _any_term().search(said.text)]
    found = []
    for term in load_terms():
        uses = [number for number in using if term.place(sentences[number].text)]
        if not uses:
            continue
        first = sentences[uses[0]]
        near = [number for number in uses if sentences[number].section == first.section]
        if any(_explains(term, sentences[number].text) for number in near) or _named_before(term, sentences, uses[0]):
            continue
        later = next((sentences[number] for number in uses if _explains(term, sentences[number].text)), None)
        where = f"It is explained in line {later.line} only: move that up. " if later else ""
        text = (
            f"{term.name} is not explained where it is first used. {where}Say what it means, for example “{term.means}”: "
            f"{quoted(first.text, 90)}"
        )
        found.append(finding("jargon", page.article.id, first.line, text, first.text))
    yield from sorted(found, key=lambda item: item.line or 0)


def _explains(term: Term, text: str) -> bool:
    """Whether a sentence says what a term means: in brackets, behind a comma or dash, or with a word such as "means"."""
    place = term.place(text)
    if place is None:
        return False
    before, after = text[: place[0]], text[place[1] :]
    behind = _BEHIND.match(after)
    if behind and not (behind["comma"] and _LISTED.search(before)):
        return True
    return bool(_MEANS.match(after) or _BEFORE.search(before))


def _named_before(term: Term, sentences: Sequence[Said], number: int) -> bool:
    """Whether the very sentences before a first use have said it ("A small sac of fluid can swell. This is bursitis.")."""
    place = term.place(sentences[number].text)
    text = sentences[number].text[: place[0]] if place else ""
    return bool(re.match(r"(?:This|That|These|It|Both) (?:\w+ )?(?:is|are) (?:\w+ ){0,2}$", text))


@lru_cache(maxsize=1)
def _any_term() -> re.Pattern[str]:
    """Finds a sentence that may use one of the terms, all at once."""
    return re.compile("|".join(term.word.pattern for term in load_terms()), re.IGNORECASE)


@lru_cache(maxsize=1)
def load_terms() -> tuple[Term, ...]:
    """The words of the trade.

    Raises:
        IngestError: an entry is wrong; the text names it.

    """
    terms = []
    for name, entry in read_data(_FILE).items():
        if not {"word", "means"} <= set(entry) <= {"word", "means", "capitals"}:
            raise wrong_entry(_FILE, name, "It needs `word` and `means`, and may have `capitals`")
        (word,) = patterns(_FILE, name, [entry["word"]])
        terms.append(Term(name, word, bool(entry.get("capitals")), entry["means"]))
    return tuple(terms)
