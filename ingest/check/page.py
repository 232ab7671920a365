"""Page: an article laid out for the check - its headings and sentences, each with its line and what stands around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from ingest.article import Article
from ingest.block import Block
from ingest.blocks import article_blocks, link_references, plain_text
from ingest.chunk import Chunk, SentenceKind, split_article

_WHOLE = 10**9  # word pieces; with this limit a section is one chunk


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of an article.

    Attributes:
        text: as a reader sees it.
        line: 1-based line it starts in.
        section: the heading it stands under, or the title.
        context: heading and, for an item of a list, the line that leads in to it; for rules that must know what is spoken of.
        kind: prose, lead_in or item.
        block: number of its paragraph or item within the article.
        group: number of its list within the article, or None.
        advice: False in the section on the article's source.

    """

    text: str
    line: int
    section: str
    context: str
    kind: SentenceKind
    block: int
    group: int | None
    advice: bool

    @property
    def plain(self) -> str:
        """The sentence for matching."""
        return plain(self.text)

    @property
    def around(self) -> str:
        """Context and sentence for matching."""
        return plain(f"{self.context} / {self.text}")


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading of an article.

    Attributes:
        text: as a reader sees it; "" for one without words.
        level: 1 to 6.
        line: 1-based line.

    """

    text: str
    level: int
    line: int


class Page:
    """An article laid out for the check.

    Args:
        article: what to lay out.

    """

    def __init__(self, article: Article) -> None:
        self.article = article
        self._newlines = [place for place, letter in enumerate(article.text) if letter == "\n"]

    def line(self, offset: int) -> int:
        """The 1-based line of an offset in the article's text."""
        return bisect_right(self._newlines, offset - 1) + 1

    @property
    def is_markdown(self) -> bool:
        """Whether it is read as Markdown, not as plain text."""
        return not self.article.path.lower().endswith(".txt")

    @cached_property
    def blocks(self) -> list[Block]:
        """Its headings, paragraphs, items and rows, in order."""
        return article_blocks(self.article)

    @cached_property
    def headings(self) -> list[Heading]:
        """Its headings that have words, in order."""
        references = link_references(self.article)
        return [
            Heading(plain_text(block.content, references), block.level, self.line(block.starts[0]))
            for block in self.blocks
            if block.kind == "heading"
        ]

    @cached_property
    def sections(self) -> list[Chunk]:
        """Each section that has text, as one passage."""
        return split_article(self.article, _no_tokens, _WHOLE)

    @cached_property
    def sentences(self) -> list[Said]:
        """Its sentences in order, as the search reads them."""
        found = []
        for section in self.sections:
            leads = {s.group: s.text for s in section.sentences if s.kind == "lead_in"}
            for s in section.sentences:
                if s.group is not None and s.group < 0 and s.kind == "item":
                    continue  # a heading that the section's closing colon promises
                lead = leads.get(s.group, "") if s.kind == "item" else ""
                context = f"{section.section} / {lead}" if lead else section.section
                found.append(
                    Said(
                        s.text,
                        self.line(s.start),
                        section.section,
                        context,
                        s.kind,
                        s.block,
                        s.group,
                        not section.about_source,
                    )
                )
        return found


def plain(text: str) -> str:
    """Text for matching: small letters, straight quotes, one kind of dash, white space folded."""
    for fancy, simple in (("’", "'"), ("‘", "'"), ("“", '"'), ("”", '"'), ("—", "–"), ("\u2011", "-")):
        text = text.replace(fancy, simple)
    return " ".join(text.lower().split())


def _no_tokens(texts: Sequence[str]) -> list[int]:
    return [0] * len(texts)
