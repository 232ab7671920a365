"""Duplicates: paragraphs that stand in two articles in the same or nearly the same words."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rapidfuzz.fuzz import token_sort_ratio

from ingest.check.finding import Finding, quoted
from ingest.check.page import Page, plain
from ingest.check.rules import finding

# Shorter paragraphs ("Hold for 30 seconds.") are alike by nature.
_WORDS = 14
_RUN = 3  # words in a shingle
# A shingle in more paragraphs than this is a phrase of the trade and tells nothing. It also bounds the work.
_COMMON = 12
# A paragraph in more articles than this is a standing notice, kept on purpose.
_NOTICE = 4
# A rewording that swaps every eighth word or so shares this much of its shingles, and is this alike in its words (percent).
_SHARED = 0.3
_ALIKE = 80.0
_WORD = re.compile(r"[\w']+")


@dataclass(frozen=True, slots=True)
class _Paragraph:
    page: int
    section: str
    line: int
    text: str
    plain: str
    shingles: frozenset[int]


def check_duplicates(pages: Sequence[Page], only: frozenset[str]) -> Iterator[Finding]:
    """Paragraphs of each article that stand in another one too, neighbours of one section together.

    Candidates share runs of three words (an index of shingles, so that a thousand articles take seconds); they are then
    compared word by word with rapidfuzz.

    Args:
        pages: all articles.
        only: ids of the articles whose findings are wanted.

    """
    paragraphs = [paragraph for number, page in enumerate(pages) for paragraph in _paragraphs(number, page)]
    twins: dict[int, tuple[int, float]] = {}
    articles: dict[int, set[int]] = defaultdict(set)
    for one, other, alike in _pairs(paragraphs):
        for number, twin in ((one, other), (other, one)):
            articles[number].add(paragraphs[twin].page)
            if number not in twins or alike > twins[number][1]:
                twins[number] = (twin, alike)
    found = [n for n in sorted(twins) if len(articles[n]) < _NOTICE and pages[paragraphs[n].page].article.id in only]
    totals = Counter(paragraph.page for paragraph in paragraphs)
    for (page, _), group in groupby(found, key=lambda n: (paragraphs[n].page, paragraphs[twins[n][0]].page)):
        numbers = list(group)
        if len(numbers) > 2 and len(numbers) * 2 > totals[page]:
            yield _whole(pages, paragraphs, numbers, twins, totals[page])
            continue
        for _, part in groupby(numbers, key=lambda n: (paragraphs[n].section, paragraphs[twins[n][0]].section)):
            yield _section(pages, paragraphs, list(part), twins)


def _paragraphs(number: int, page: Page) -> Iterator[_Paragraph]:
    prose = [said for said in page.sentences if said.advice]
    for _, group in groupby(prose, key=lambda said: (said.section, said.block if said.group is None else -said.group)):
        said = list(group)
        text = " ".join(sentence.text for sentence in said)
        words = _WORD.findall(plain(text))
        if len(words) >= _WORDS:
            shingles = frozenset(hash(tuple(words[place : place + _RUN])) for place in range(len(words) - _RUN + 1))
            yield _Paragraph(number, said[0].section, said[0].line, text, " ".join(words), shingles)


def _pairs(paragraphs: Sequence[_Paragraph]) -> Iterator[tuple[int, int, float]]:
    """Numbers of two paragraphs of different articles that say the same, and how alike they are, in percent."""
    places: dict[int, list[int]] = defaultdict(list)
    for number, paragraph in enumerate(paragraphs):
        for shingle in paragraph.shingles:
            places[shingle].append(number)
    for number, paragraph in enumerate(paragraphs):
        shared: Counter[int] = Counter()
        for shingle in paragraph.shingles:
            if len(places[shingle]) <= _COMMON:
                shared.update(other for other in places[shingle] if other > number)
        for other, count in shared.items():
            twin = paragraphs[other]
            if twin.page == paragraph.page or count < _SHARED * min(len(paragraph.shingles), len(twin.shingles)):
                continue
            alike = token_sort_ratio(paragraph.plain, twin.plain)
            # One paragraph may be part of the other: then all of its shingles are there.
            contained = 100 * count / min(len(paragraph.shingles), len(twin.shingles))
            if max(alike, contained) >= _ALIKE:
                yield number, other, max(alike, contained)


def _whole(
    pages: Sequence[Page],
    paragraphs: Sequence[_Paragraph],
    numbers: Sequence[int],
    twins: dict[int, tuple[int, float]],
    total: int,
) -> Finding:
    first = paragraphs[numbers[0]]
    twin = paragraphs[twins[numbers[0]][0]]
    other = pages[twin.page].article.id
    text = (
        f"{len(numbers)} of the {total} paragraphs of this article stand in {other} too (the first in its line {twin.line}). "
        "Keep one of the two articles, or write what is different about this one."
    )
    return finding("duplicate", pages[first.page].article.id, first.line, text, first.text)


def _section(
    pages: Sequence[Page], paragraphs: Sequence[_Paragraph], numbers: Sequence[int], twins: dict[int, tuple[int, float]]
) -> Finding:
    first = paragraphs[numbers[0]]
    twin = paragraphs[twins[numbers[0]][0]]
    other = pages[twin.page].article.id
    same = "in the same words" if twin.plain == first.plain else "in nearly the same words"
    what = "A paragraph stands" if len(numbers) == 1 else f"{len(numbers)} paragraphs of this section stand"
    text = (
        f"{what} {same} in {other}, line {twin.line} ({quoted(twin.section, 60)}). Keep it in one place and link to it from "
        f"the other: {quoted(first.text, 80)}"
    )
    return finding("duplicate", pages[first.page].article.id, first.line, text, first.text)
