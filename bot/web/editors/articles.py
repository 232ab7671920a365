"""Articles: every article with its state, and one article as it was indexed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from bot.asides import is_aside
from ingest.article import list_article_files
from ingest.blocks import article_blocks
from ingest.check import Finding, check_paths

if TYPE_CHECKING:
    from pathlib import Path

    from guardrails import Guardrails
    from ingest.article import Article
    from ingest.chunk import Chunk, Sentence
    from ingest.library import Library
    from ingest.pipeline import Report
    from settings import Settings

State = Literal["indexed", "changed", "new", "rejected", "kept", "removed"]
STATES: dict[State, str] = {
    "indexed": "indexed",
    "changed": "changed since",
    "new": "not indexed yet",
    "rejected": "rejected",
    "kept": "rejected, last good version serves",
    "removed": "file gone, would be removed",
}
# What an editor has to do something about comes first.
_ORDER: tuple[State, ...] = ("rejected", "kept", "removed", "new", "changed", "indexed")
_READABLE = re.compile(r"[^\W\d_]{2}")


@dataclass(frozen=True, slots=True)
class Row:
    """An article in the list.

    Attributes:
        id: the article's id.
        title: as it was indexed, or the id of an article that was not.
        state: how its file stands to the index.
        passages: how many passages of it are indexed.
        saved: when its file was last changed, local time; None where there is no file.
        why: why it was rejected, or "".

    """

    id: str
    title: str
    state: State
    passages: int
    saved: datetime | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A stretch of an article that is in no passage: `line` of its text (from 1; 0 where a converter left it out), `text`."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """An article as it was indexed.

    Attributes:
        article: the article.
        passages: its passages in order.
        left_out: what of its text is in none of them.

    """

    article: Article
    passages: tuple[Chunk, ...]
    left_out: tuple[LeftOut, ...]


class Shelf:
    """The articles of the corpus folder beside the serving generation.

    Args:
        library: the serving generation.
        settings: folder of the articles, and the limits of the check.

    """

    def __init__(self, library: Library, settings: Settings) -> None:
        self.library = library
        self.settings = settings
        self.corpus = settings.corpus

    def rows(self, report: Report) -> list[Row]:
        """Every article, those that need an editor first.

        Args:
            report: what a run would do now.

        Raises:
            IngestError: the corpus folder or the index cannot be read.

        """
        files = {file.id: file.file for file in list_article_files(self.corpus)[0]}
        why = {error.article: str(error) for error in report.failed}
        groups: list[tuple[Iterable[str], State]] = [
            (report.added, "new"),
            (report.changed, "changed"),
            (report.removed, "removed"),
            (why, "rejected"),
            (report.kept, "kept"),
        ]
        states = {name: state for names, state in groups for name in names}
        with self.library.generation() as generation:
            known = generation.manifest.articles
            rows = [
                Row(
                    id=name,
                    title=known[name].title if name in known else name,
                    state=states.get(name, "indexed"),
                    passages=known[name].chunks if name in known else 0,
                    saved=_saved(files.get(name) or (self.corpus / known[name].path if name in known else None)),
                    why=why.get(name, ""),
                )
                for name in known.keys() | states.keys()
            ]
        return sorted(rows, key=lambda row: (_ORDER.index(row.state), row.id))

    def reviewed(self, names: Sequence[str]) -> dict[str, date | None]:
        """When each of some indexed articles was last reviewed."""
        with self.library.generation() as generation:
            found = {name: generation.article(name) for name in names}
        return {name: article.updated for name, article in found.items() if article}

    def indexed(self, name: str) -> Indexed | None:
        """One article as it was indexed, or None where it is not."""
        with self.library.generation() as generation:
            article = generation.article(name)
            if article is None:
                return None
            passages = tuple(chunk for _, chunk in generation.store.article_chunks(name))
        return Indexed(article, passages, tuple(left_out(article, passages)))

    def findings(self, name: str) -> list[Finding] | None:
        """What `python -m ingest check` says about one article's file now; None where there is no file of that name.

        Raises:
            IngestError: the corpus folder cannot be read.

        """
        files, errors = list_article_files(self.corpus)
        file = next((file for file in files if file.id == name), None)
        if file is None:
            problems = [error for error in errors if error.article == name]
            return [Finding(name, error.line, str(error), "rejected", "error") for error in problems] or None
        return check_paths(
            [file.file],
            self.corpus,
            self.settings.max_article_kb * 1024,
            review_days=self.settings.review_days,
            reading_age=self.settings.reading_age,
        )


def matching(rows: Sequence[Row], words: str, state: str) -> list[Row]:
    """The rows in a state ("" for any) whose title or id has all of some words."""
    wanted = words.casefold().split()
    return [
        row
        for row in rows
        if state in ("", row.state) and all(word in f"{row.title}\n{row.id}".casefold() for word in wanted)
    ]


def left_out(article: Article, passages: Sequence[Chunk]) -> Iterator[LeftOut]:
    """What of an article is neither a heading nor in a passage: page furniture, comments, link targets, pictures."""
    yield from (LeftOut(0, text) for text in article.dropped)
    spans = [(sentence.start, sentence.end) for passage in passages for sentence in passage.sentences]
    headings = [block for block in article_blocks(article) if block.kind == "heading"]
    spans += [(heading.offset(0), heading.offset(len(heading.content))) for heading in headings]
    at = article.body_start
    for start, end in [*sorted(spans), (len(article.text), len(article.text))]:
        if start > at:
            first = article.text.count("\n", 0, at) + 1
            for number, line in enumerate(article.text[at:start].split("\n"), start=first):
                if _READABLE.search(line):
                    yield LeftOut(number, line.strip())
        at = max(at, end)


def notes(sentence: Sentence, guardrails: Guardrails) -> list[str]:
    """What is special about a sentence: its kind, what the safety layer tags it with, whether it is kept out of advice."""
    kinds = {
        "lead_in": "leads into a list",
        "item": "list item",
        "fragment": "too long to quote: searched only",
        "promotion": "sells or gives a contact: never quoted",
    }
    kind = "" if sentence.kind == "prose" else kinds.get(sentence.kind, str(sentence.kind).replace("_", " "))
    tags = [tag.replace("_", " ") for tag in sorted(guardrails.classify(sentence.text))]
    return [note for note in (kind, *tags, "never quoted as advice" if is_aside(sentence.text) else "") if note]


def _saved(file: Path | None) -> datetime | None:
    try:
        return datetime.fromtimestamp(file.stat().st_mtime).astimezone() if file else None
    except OSError:
        return None
