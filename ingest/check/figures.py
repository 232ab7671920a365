"""Figures: where articles, or two places of one article, give different figures on the same subject."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ingest.amounts import Amount, amounts
from ingest.check.finding import Finding
from ingest.check.page import Page, Said, plain
from ingest.check.rules import finding, patterns, read_data, wrong_entry

_FILE = "figures.yaml"
_FIELDS = {"name", "measure", "between", "compare", "topic", "about", "said", "near", "unless", "each"}
# Figures this near count as the same: 48 hours and two days, 500 km and 300 miles.
_SAME = 1.2
_MOST = 4  # other places named in one finding
# Only sentences with a figure, or a word for one beside a unit, are read closely.
_FIGURE = re.compile(r"\d|\b(?:hour|day|week|month|minute|second|set|rep|time|half|twice|once)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence, or a part of one between semicolons, with what it names; all texts for matching.

    Attributes:
        text: the clause.
        around: heading, lead-in and clause.
        title: the article's title.
        amounts: the amounts it names, their places counted in `text`.

    """

    text: str
    around: str
    title: str
    amounts: tuple[Amount, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Something that articles give figures on.

    Attributes:
        id: its name in the file, with the word of `each` it is about.
        name: as a finding calls it.
        measure: that of its amounts.
        between: the smallest and the largest figure that can be meant.
        compare: what two figures are compared by: start, end or range.
        topic: what the article's title, or what `about` is matched with, must match, each.
        about: what heading, lead-in and sentence together must match, each.
        said: what the sentence must match, each.
        near: what must stand in the few words before the figure, each.
        unless: what the sentence must not match.

    """

    id: str
    name: str
    measure: str
    between: tuple[float, float]
    compare: str
    topic: tuple[re.Pattern[str], ...]
    about: tuple[re.Pattern[str], ...]
    said: tuple[re.Pattern[str], ...]
    near: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]

    def amounts(self, clause: Clause) -> list[Amount]:
        """Those amounts of a clause that are on the subject."""
        fitting = [
            a for a in clause.amounts if a.measure == self.measure and self.between[0] <= a.low <= self.between[1]
        ]
        if (
            not fitting
            or not all(pattern.search(clause.text) for pattern in self.said)
            or not all(pattern.search(clause.around) for pattern in self.about)
            or not all(pattern.search(f"{clause.title} / {clause.around}") for pattern in self.topic)
            or any(pattern.search(clause.text) for pattern in self.unless)
        ):
            return []
        return [
            a for a in fitting if all(near.search(clause.text[max(0, a.start - 25) : a.start]) for near in self.near)
        ]

    def differ(self, one: Amount, other: Amount) -> bool:
        """Whether two amounts say different things."""
        if self.compare == "range":
            low, high = (one, other) if one.low <= other.low else (other, one)
            return high.low > low.high * (_SAME if self.measure in {"time", "distance"} else 1)
        first, second = (one.low, other.low) if self.compare == "start" else (one.high, other.high)
        return max(first, second) > min(first, second) * (_SAME if self.measure != "pain" else 1)


@dataclass(frozen=True, slots=True)
class _Stated:
    page: int
    line: int
    sentence: str
    amount: Amount


def check_figures(pages: Sequence[Page], only: frozenset[str]) -> Iterator[Finding]:
    """For each article and subject, where another article or another place of it gives a different figure.

    Two articles of which one names the other's figure beside its own are left in peace: that one tells its readers.

    Args:
        pages: all articles.
        only: ids of the articles whose findings are wanted.

    """
    stated: dict[str, list[_Stated]] = defaultdict(list)
    for number, page in enumerate(pages):
        for said in page.sentences:
            for clause in _clauses(page, said):
                for subject in load_subjects():
                    stated[subject.id] += [
                        _Stated(number, said.line, said.text, amount) for amount in subject.amounts(clause)
                    ]
    for subject in load_subjects():
        places: dict[int, list[_Stated]] = defaultdict(list)
        for place in stated[subject.id]:
            places[place.page].append(place)
        for number, own in places.items():
            if pages[number].article.id in only:
                yield from _compared(subject, pages, own, stated[subject.id])


def _clauses(page: Page, said: Said) -> Iterator[Clause]:
    """The parts of a sentence that name amounts."""
    if not said.advice or not _FIGURE.search(said.text):
        return
    context = plain(said.context)
    for text in said.plain.split("; "):
        found = tuple(amounts(text))
        if found:
            yield Clause(text, f"{context} / {text}", plain(page.article.title), found)


def _compared(
    subject: Subject, pages: Sequence[Page], own: Sequence[_Stated], everything: Sequence[_Stated]
) -> Iterator[Finding]:
    first = own[0]
    others = [
        place
        for place in own
        if place.sentence != first.sentence
        and subject.differ(first.amount, place.amount)
        and not _names(subject, own, place)
    ]
    elsewhere: dict[int, list[_Stated]] = defaultdict(list)
    for place in everything:
        if place.page != first.page:
            elsewhere[place.page].append(place)
    others += [
        places[0]
        for places in elsewhere.values()
        if all(subject.differ(mine.amount, place.amount) for mine in own for place in places)
    ]
    if not others:
        return
    named = [
        f"“{place.amount.text}” in "
        + (f"line {place.line}" if place.page == first.page else f"{pages[place.page].article.id}, line {place.line}")
        for place in others[:_MOST]
    ]
    more = f" and {len(others) - _MOST} more" if len(others) > _MOST else ""
    text = (
        f"On {subject.name} this says “{first.amount.text}”, but it is {'; '.join(named)}{more}. Bring them together, or say in "
        "the text why they differ."
    )
    yield finding("figures", pages[first.page].article.id, first.line, text, first.sentence)


def _names(subject: Subject, own: Sequence[_Stated], place: _Stated) -> bool:
    """Whether one sentence of the article names both figures, its first and this one."""
    return any(
        mine.sentence == other.sentence
        and not subject.differ(mine.amount, own[0].amount)
        and not subject.differ(other.amount, place.amount)
        for mine in own
        for other in own
    )


@lru_cache(maxsize=1)
def load_subjects() -> tuple[Subject, ...]:
    """The subjects, each word of `each` one of its own.

    Raises:
        IngestError: an entry is wrong; the text names it.

    """
    subjects = []
    for name, entry in read_data(_FILE).items():
        if not set(entry) <= _FIELDS or "measure" not in entry or entry.get("compare") not in {"start", "end", "range"}:
            raise wrong_entry(_FILE, name, f"It needs `name`, `measure`, `compare`, and knows only {sorted(_FIELDS)}")
        kinds: dict[str, list[str]] = {each: [pattern] for each, pattern in (entry.get("each") or {"": ""}).items()}
        subjects += [_subject(name, entry, each, pattern) for each, pattern in kinds.items()]
    return tuple(subjects)


def _subject(name: str, entry: dict[str, Any], each: str, pattern: Sequence[str]) -> Subject:
    low, high = entry.get("between", (0, float("inf")))
    return Subject(
        id=f"{name} {each}".strip(),
        name=entry["name"].format(each=each),
        measure=entry["measure"],
        between=(float(low), float(high)),
        compare=entry["compare"],
        topic=patterns(_FILE, name, [entry["topic"]] if "topic" in entry else ()),
        about=patterns(_FILE, name, [*(entry.get("about") or ()), *(pattern if each else ())]),
        said=patterns(_FILE, name, entry.get("said") or ()),
        near=patterns(_FILE, name, [entry["near"]] if "near" in entry else ()),
        unless=patterns(_FILE, name, entry.get("unless") or ()),
    )
