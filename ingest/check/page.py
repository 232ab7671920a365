"""Page: an article laid out for the check - its headings and sentences, each with its line and what stands around it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.article import Article
from ingest.block import Block
from ingest.blocks import article_blocks, link_references, markdown_tokens, plain_text
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
        plain: the sentence for matching (see `plain`).
        around: context and sentence for matching.

    """

    text: str
    line: int
    section: str
    context: str
    kind: SentenceKind
    block: int
    group: int | None
    advice: bool
    plain: str
    around: str


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
    """An article laid out for the check, all at once: that way its Markdown is parsed once.

    Args:
        article: what to lay out.

    Attributes:
        article: what was laid out.
        blocks: its headings, paragraphs, items and rows, in order.
        headings: its headings that have words, in order.
        sections: each section that has text, as one passage.
        sentences: its sentences in order, as the search reads them.
        tokens: what the Markdown parser made of its body; empty for a plain text.

    """

    def __init__(self, article: Article) -> None:
        self.article = article
        self._newlines = [place for place, letter in enumerate(article.text) if letter == "\n"]
        self.tokens = markdown_tokens(article) if self.is_markdown else ()
        self.blocks: list[Block] = article_blocks(article)
        references = link_references(article)
        self.headings = [
            Heading(plain_text(block.content, references), block.level, self.line(block.starts[0]))
            for block in self.blocks
            if block.kind == "heading"
        ]
        self.sections: list[Chunk] = split_article(article, _no_tokens, _WHOLE)
        self.sentences: list[Said] = [said for section in self.sections for said in self._said(section)]

    def line(self, offset: int) -> int:
        """The 1-based line of an offset in the article's text."""
        return bisect_right(self._newlines, offset - 1) + 1

    @property
    def is_markdown(self) -> bool:
        """Whether it is read as Markdown, not as plain text."""
        return not self.article.path.lower().endswith(".txt")

    def _said(self, section: Chunk) -> Iterator[Said]:
        leads = {s.group: s.text for s in section.sentences if s.kind == "lead_in"}
        for s in section.sentences:
            if s.group is not None and s.group < 0 and s.kind == "item":
                continue  # a heading that the section's closing colon promises
            lead = leads.get(s.group, "") if s.kind == "item" else ""
            context = f"{section.section} / {lead}" if lead else section.section
            text = plain(s.text)
            yield Said(
                s.text,
                self.line(s.start),
                section.section,
                context,
                s.kind,
                s.block,
                s.group,
                not section.about_source,
                text,
                f"{plain(context)} / {text}",
            )


_SIMPLE = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "—": "–", "\u2011": "-"})


def plain(text: str) -> str:
    """Text for matching: small letters, straight quotes, one kind of dash, white space folded."""
    return " ".join(text.lower().translate(_SIMPLE).split())


def _no_tokens(texts: Sequence[str]) -> list[int]:
    return [0] * len(texts)
