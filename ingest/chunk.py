"""Chunk: the unit of search, a run of sentences of one section that the encoder reads whole; and how articles are split."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from ingest.article import Article
from ingest.block import Block
from ingest.blocks import article_blocks, link_references, plain_text
from ingest.promotion import heads_promotion, promotes
from ingest.questions import section_questions
from ingest.sentences import sentence_spans

# Raise it whenever the same article would be split otherwise: the next run then rebuilds everything, and says so.
CHUNKER_VERSION = 7
# The closing section of an article: author, place and contact. It is found and read, but it is no advice.
ABOUT_SOURCE = "About the source"
SentenceKind = Literal["prose", "lead_in", "item", "fragment", "promotion"]
# Characters of title and headings that the encoder reads; a word piece has at least one, so they leave room for the body.
HEADER_LENGTH = 180
_READABLE = re.compile(r"[^\W_]")
_CELL_BAR = re.compile(r"(?<!\\)\|")
_LEADING = re.compile(r":$|\b(?:if|when|unless)$|^(?:do|don[’']?ts?|do not|dos|avoid|never|stop|not)$", re.IGNORECASE)
TokenCounter = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of an article.

    Attributes:
        start: offset of its first character in the article's text.
        end: offset behind its last character.
        text: the sentence as a reader sees it, without Markdown.
        kind: prose; lead_in (a line ending in a colon before a list); item (in a list or table); fragment (a piece of a
            sentence too long for the encoder, searched but never quoted); promotion (it sells or gives a contact: searched and
            shown with its passage, never quoted as an answer).
        block: number of its paragraph or item within the article.
        group: number of its list within the article for lead_in and item, else None.

    """

    start: int
    end: int
    text: str
    kind: SentenceKind
    block: int
    group: int | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of one section.

    Attributes:
        article: the article's id.
        number: 0-based place among the article's chunks.
        title: the article's title.
        headings: the headings it stands under, outermost first; empty before the first heading.
        sentences: its sentences in order; at least one.
        questions: what an editor listed that its section answers; searched, never shown as an answer.

    """

    article: str
    number: int
    title: str
    headings: tuple[str, ...]
    sentences: tuple[Sentence, ...]
    questions: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """The heading it stands under, or the article's title before the first heading."""
        return self.headings[-1] if self.headings else self.title

    @property
    def about_source(self) -> bool:
        """Whether it tells of the article's source, not of hips."""
        return ABOUT_SOURCE in self.headings

    @property
    def start(self) -> int:
        """Offset of its first character in the article's text."""
        return self.sentences[0].start

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.sentences[-1].end

    @property
    def body(self) -> str:
        """Its sentences as a reader sees them."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def header(self) -> str:
        """Title and heading path, one a line."""
        return "\n".join((self.title, " > ".join(self.headings))) if self.headings else self.title

    @property
    def embedding_text(self) -> str:
        """What the encoder reads for the chunk: title, heading path, body."""
        return f"{encoder_header(self.title, self.headings)}\n{self.body}"

    @property
    def part_texts(self) -> tuple[str, ...]:
        """What the encoder reads for the chunk's parts: its heading, each sentence behind the heading, each listed question."""
        section = self.section[:HEADER_LENGTH]
        return (section, *(f"{section}: {sentence.text}" for sentence in self.sentences), *self.questions)


def split_article(article: Article, count_tokens: TokenCounter, max_tokens: int) -> list[Chunk]:
    """Split an article into chunks of at most `max_tokens` word pieces, title and heading path included.

    A chunk never crosses a heading. Sentences stay whole; paragraphs and lists stay together where they fit. A single
    sentence over the limit is cut at spaces into fragments.

    Args:
        article: what to split.
        count_tokens: word pieces of each text, without the encoder's own special tokens.
        max_tokens: the encoder's limit, in word pieces, without its special tokens; more than `HEADER_LENGTH`.

    Returns:
        Chunks in order of the text; empty only if the body has headings alone.

    """
    chunks: list[Chunk] = []
    references = link_references(article)
    whole = article_blocks(article)
    for headings, blocks in _sections(whole, references):
        budget = max_tokens - count_tokens([encoder_header(article.title, headings)])[0]
        sentences = [*_leading_heading(blocks, whole, references), *_section_sentences(blocks, references)]
        sentences += _outline(sentences, blocks, whole, references)
        sentences = _fitting(_told_apart(sentences, headings), count_tokens, budget)
        questions = section_questions(article.questions, headings or (article.title,))
        for group in _packed(sentences, count_tokens, budget):
            chunks.append(Chunk(article.id, len(chunks), article.title, headings, tuple(group), questions))
    return chunks


def section_paths(article: Article) -> list[tuple[str, ...]]:
    """The headings above each section that has text, outermost first, in order; the title alone before the first heading."""
    sections = _sections(article_blocks(article), link_references(article))
    return [headings or (article.title,) for headings, _ in sections]


def encoder_header(title: str, headings: tuple[str, ...]) -> str:
    """Title and heading path, one a line, cut to `HEADER_LENGTH` characters."""
    return "\n".join((title, " > ".join(headings)) if headings else (title,))[:HEADER_LENGTH]


def _sections(
    blocks: list[Block], references: Mapping[str, Any]
) -> Iterator[tuple[tuple[str, ...], list[tuple[int, Block]]]]:
    path: list[tuple[int, str]] = []
    current: list[tuple[int, Block]] = []
    for number, block in enumerate(blocks):
        if block.kind != "heading":
            current.append((number, block))
            continue
        if current:
            yield tuple(text for _, text in path), current
            current = []
        path = [(level, text) for level, text in path if level < block.level]
        heading = plain_text(block.content, references)
        if heading:
            path.append((block.level, heading))
    if current:
        yield tuple(text for _, text in path), current


def _section_sentences(blocks: list[tuple[int, Block]], references: Mapping[str, Any]) -> list[Sentence]:
    sentences: list[Sentence] = []
    for place, (number, block) in enumerate(blocks):
        following = blocks[place + 1][1] if place + 1 < len(blocks) else None
        if block.kind in {"head", "row"}:
            sentences += _row_sentence(block, number, references)
            continue
        lead_in = block.kind == "prose" and following is not None and following.group is not None
        for start, end in sentence_spans(block.content):
            plain = plain_text(block.content[start:end], references)
            if not _READABLE.search(plain):
                continue
            kind: SentenceKind = "prose" if block.kind == "prose" else "item"
            group = block.group
            if lead_in and plain.endswith(":") and following is not None:
                kind, group = "lead_in", following.group
            sentences.append(Sentence(block.offset(start), block.offset(end - 1) + 1, plain, kind, number, group))
    return sentences


def _leading_heading(
    blocks: list[tuple[int, Block]], whole: list[Block], references: Mapping[str, Any]
) -> Iterator[Sentence]:
    """The heading right above a list where its items mean nothing, or the opposite, without it: "See a doctor if:", "Don't"."""
    number, first = blocks[0]
    heading = whole[number - 1] if number else None
    if heading is None or heading.kind != "heading" or first.kind != "item":
        return
    plain = plain_text(heading.content, references)
    if _LEADING.search(plain):
        end = heading.offset(len(heading.content.rstrip()))
        yield Sentence(heading.offset(0), end, plain, "lead_in", number - 1, first.group)


def _told_apart(sentences: list[Sentence], headings: tuple[str, ...]) -> list[Sentence]:
    """The sentences, those marked that sell or give a contact; all of them below a heading that announces it.

    In the section about the source every sentence is about that, and the bot treats it so.
    """
    if ABOUT_SOURCE in headings:
        return sentences
    whole = any(heads_promotion(heading) for heading in headings)
    return [
        replace(sentence, kind="promotion") if whole or promotes(sentence.text) else sentence for sentence in sentences
    ]


def _outline(
    sentences: list[Sentence], blocks: list[tuple[int, Block]], whole: list[Block], references: Mapping[str, Any]
) -> list[Sentence]:
    """The headings that a section's closing colon promises ("Do these exercises:"), as items of its list.

    They are quoted from where they stand, so that an answer can list them without their texts. The last sentence becomes
    their lead-in.
    """
    last = blocks[-1][0]
    if not sentences or sentences[-1].kind != "prose" or not sentences[-1].text.endswith(":"):
        return []
    below: list[tuple[int, Block]] = []
    for number in range(last + 1, len(whole)):
        block = whole[number]
        if block.kind == "heading":
            if below and block.level < below[0][1].level:
                break
            if not below or block.level == below[0][1].level:
                below.append((number, block))
    above = next((block.level for block in reversed(whole[:last]) if block.kind == "heading"), 0)
    below = [item for item in below if item[1].level > above]
    if not below:
        return []
    group = -last - 1  # lists count from 1, so this is no list's number
    sentences[-1] = replace(sentences[-1], kind="lead_in", group=group)
    items = []
    for number, block in below:
        plain = plain_text(block.content, references)
        if _READABLE.search(plain):
            end = block.offset(len(block.content.rstrip()))
            items.append(Sentence(block.offset(0), end, plain, "item", number, group))
    return items


def _row_sentence(block: Block, number: int, references: Mapping[str, Any]) -> Iterator[Sentence]:
    """A table's row as one sentence, its cells set apart; the head leads in to the rows."""
    cells = [plain_text(cell.replace("\\|", "|"), references) for cell in _CELL_BAR.split(block.content.strip("| "))]
    plain = "; ".join(cell for cell in cells if cell)
    if _READABLE.search(plain):
        kind: SentenceKind = "lead_in" if block.kind == "head" else "item"
        yield Sentence(block.offset(0), block.offset(len(block.content)), plain, kind, number, block.group)


def _fitting(sentences: list[Sentence], count_tokens: TokenCounter, budget: int) -> list[Sentence]:
    """The sentences, those over the budget cut at spaces into fragments."""
    if not sentences:
        return []
    fitting: list[Sentence] = []
    for sentence, tokens in zip(sentences, count_tokens([s.text for s in sentences]), strict=True):
        if tokens <= budget:
            fitting.append(sentence)
        else:
            fitting += _fragments(sentence, count_tokens, budget)
    return fitting


def _fragments(sentence: Sentence, count_tokens: TokenCounter, budget: int) -> Iterator[Sentence]:
    words = [piece for word in sentence.text.split() for piece in _short_words(word, budget)]
    piece: list[str] = []
    used = 0
    for word, tokens in zip(words, count_tokens(words), strict=True):
        if piece and used + tokens > budget:
            yield _fragment(sentence, piece)
            piece, used = [], 0
        piece.append(word)
        used += tokens
    if piece:
        yield _fragment(sentence, piece)


def _short_words(word: str, budget: int) -> list[str]:
    # A word has at most as many word pieces as characters, so this many characters always fit.
    return [word[i : i + budget] for i in range(0, len(word), budget)]


def _fragment(sentence: Sentence, words: list[str]) -> Sentence:
    return Sentence(sentence.start, sentence.end, " ".join(words), "fragment", sentence.block, sentence.group)


def _packed(sentences: list[Sentence], count_tokens: TokenCounter, budget: int) -> Iterator[list[Sentence]]:
    """Fill chunks with whole units (a paragraph, or a list with its lead-in), cutting only units over the budget."""
    if not sentences:
        return
    tokens = count_tokens([sentence.text for sentence in sentences])
    units: list[list[int]] = []
    for number, sentence in enumerate(sentences):
        before = sentences[number - 1] if number else None
        same = before and (
            sentence.block == before.block or (sentence.group is not None and sentence.group == before.group)
        )
        if same:
            units[-1].append(number)
        else:
            units.append([number])
    chunk: list[int] = []
    used = 0
    for unit in units:
        size = sum(tokens[number] for number in unit)
        parts = [unit] if size <= budget else [[number] for number in unit]
        for part in parts:
            size = sum(tokens[number] for number in part)
            if chunk and used + size > budget:
                yield [sentences[number] for number in chunk]
                chunk, used = [], 0
            chunk += part
            used += size
    yield [sentences[number] for number in chunk]
