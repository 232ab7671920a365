"""Gaps: what runners asked and did not get, grouped by meaning."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import IO, TYPE_CHECKING

from bot.query import subject_terms
from ingest.lexical import words

if TYPE_CHECKING:
    from ingest.encoder import Encoder, Vectors

# Chosen on the first half of benchmarks/sets/gaps.jsonl: pairs put together are right in 79 % (second half: 78 %), and 79 %
# (57 %) of those that belong together are found. At 0.5 it is 87 % (88 %) and 57 % (50 %). `python -m benchmarks.gaps`.
SAME = 0.4
# Different questions; more are too many to compare with each other in the memory there is (n * n * 8 bytes: 200 MB).
MOST = 5000
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One question as it is kept.

    Attributes:
        day: when it was asked.
        question: the runner's words, scrubbed.
        searched: what was searched for it, scrubbed: with words of earlier messages where it made no sense alone.
        outcome: "answered", "declined", or "unrelated" where the articles hold nothing near it either.
        section: heading of the article nearest to it, or "".
        articles: ids of the articles that were cited.
        thumb: the runner's word on the reply: 1, -1, or 0 for none.
        reason: why not, one of the page's fixed reasons, or "".

    """

    day: date
    question: str
    searched: str
    outcome: str
    section: str = ""
    articles: tuple[str, ...] = ()
    thumb: int = 0
    reason: str = ""

    @property
    def is_gap(self) -> bool:
        """Whether the runner did not get what was asked for."""
        return self.outcome != "answered" or self.thumb < 0


@dataclass(frozen=True, slots=True)
class Gap:
    """Questions of one meaning that the articles do not cover, or whose answers runners rated down.

    Attributes:
        question: the most central of them.
        count: how often it was asked.
        declined: how often the bot had no answer.
        rated_down: how often an answer, or the lack of one, got a thumb down.
        first: the first day it was asked.
        last: the last day.
        examples: other wordings, at most five, the most frequent first.
        section: heading of the articles that comes nearest, or "".
        articles: ids of the articles that were cited, where there was an answer.
        reasons: what runners chose as the reason of a thumb down, the most frequent first.
        unrelated: whether it has nothing to do with what the articles are about.

    """

    question: str
    count: int
    declined: int
    rated_down: int
    first: date
    last: date
    examples: tuple[str, ...] = ()
    section: str = ""
    articles: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    unrelated: bool = False


def grouped(entries: Sequence[Entry], encoder: Encoder) -> list[Gap]:
    """Group questions by meaning.

    Args:
        entries: questions that are gaps.
        encoder: makes their vectors.

    Returns:
        The gaps, those near the articles' subjects first, the most asked first. Questions that are unrelated are
        grouped apart. Beyond the 5,000 most frequent different questions, the rarest are left out.

    """
    gaps = []
    for unrelated in (False, True):
        chosen = [entry for entry in entries if (entry.outcome == "unrelated") == unrelated]
        texts = [text for text, _ in Counter(entry.searched for entry in chosen).most_common(MOST)]
        for group in by_meaning(texts, encoder):
            members = set(group)
            gaps.append(_gap(group[0], [entry for entry in chosen if entry.searched in members], unrelated=unrelated))
    return sorted(gaps, key=lambda gap: (gap.unrelated, -gap.count, -gap.last.toordinal(), gap.question))


def by_meaning(texts: Sequence[str], encoder: Encoder, same: float = SAME) -> list[list[str]]:
    """Texts in groups, the most central text of each first: agglomerative clustering with average linkage.

    Args:
        texts: different texts.
        encoder: makes their vectors.
        same: mean cosine between two groups from which they become one.

    """
    if len(texts) < 2:
        return [[text] for text in texts]
    vectors = encoder.embed([_subject(text) for text in texts])
    from sklearn.cluster import AgglomerativeClustering

    clustering = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - same
    ).fit(vectors)
    groups: dict[int, list[int]] = {}
    for number, group in enumerate(clustering.labels_):
        groups.setdefault(int(group), []).append(number)
    return [_central_first(texts, vectors, members) for members in groups.values()]


def _subject(text: str) -> str:
    """The words of a text that name its subject. What all questions are about (hips, running) would make them all alike."""
    return " ".join(word for word in words(text) if subject_terms(word)) or text


def _central_first(texts: Sequence[str], vectors: Vectors, members: Sequence[int]) -> list[str]:
    centre = vectors[list(members)].sum(axis=0)
    return [texts[number] for number in sorted(members, key=lambda number: -float(vectors[number] @ centre))]


def _gap(label: str, entries: Sequence[Entry], *, unrelated: bool) -> Gap:
    wordings = Counter(entry.searched for entry in entries if entry.searched != label)
    sections = Counter(entry.section for entry in entries if entry.section)
    return Gap(
        question=label,
        count=len(entries),
        declined=sum(entry.outcome != "answered" for entry in entries),
        rated_down=sum(entry.thumb < 0 for entry in entries),
        first=min(entry.day for entry in entries),
        last=max(entry.day for entry in entries),
        examples=tuple(text for text, _ in wordings.most_common(EXAMPLES)),
        section=sections.most_common(1)[0][0] if sections else "",
        articles=_frequent(article for entry in entries for article in entry.articles),
        reasons=_frequent(entry.reason for entry in entries if entry.reason),
        unrelated=unrelated,
    )


def _frequent(items: Iterable[str]) -> tuple[str, ...]:
    return tuple(item for item, _ in Counter(items).most_common())


def to_dict(gap: Gap) -> dict[str, object]:
    """A gap as `python -m bot gaps --json` prints it."""
    return {**asdict(gap), "first": gap.first.isoformat(), "last": gap.last.isoformat()}


def write_csv(gaps: Iterable[Gap], file: IO[str]) -> None:
    """Write gaps as CSV for a spreadsheet.

    A byte order mark tells it that this is UTF-8, and a cell that it would take for a formula gets an apostrophe before it
    (OWASP, CSV injection).

    Args:
        gaps: what to write.
        file: open for text as UTF-8, with `newline=""`.

    """
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(
        [
            "question",
            "asked",
            "no answer",
            "thumbs down",
            "first",
            "last",
            "nearest section",
            "cited",
            "reasons",
            "about",
            "other wordings",
        ]
    )
    for gap in gaps:
        cells: list[str | int] = [
            gap.question, gap.count, gap.declined, gap.rated_down, gap.first.isoformat(), gap.last.isoformat(), gap.section,
            "; ".join(gap.articles), "; ".join(gap.reasons), "something else" if gap.unrelated else "hips and running",
            " | ".join(gap.examples),
        ]  # fmt: skip
        writer.writerow([_inert(cell) if isinstance(cell, str) else cell for cell in cells])


def _inert(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return (
        f"'{cell}"
        if cell.lstrip()[:1] in {"=", "+", "-", "@", "＝", "＋", "－", "＠"} or cell[:1] in {"\t", "\r", "\n"}
        else cell
    )
