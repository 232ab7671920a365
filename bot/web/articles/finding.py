"""Finding: the places in the articles that a search box's words lead to, with the words found marked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.query import is_content
from bot.search import search
from bot.stems import stems_of
from bot.text import clean_text
from bot.web.articles.links import href
from ingest.lexical import terms

if TYPE_CHECKING:
    from bot.search import Passage
    from ingest.chunk import Sentence
    from ingest.encoder import Encoder
    from ingest.generation import Generation

MOST = 20  # places shown
LONGEST = 300  # characters of what is searched; the rest of a longer text is left out
_SNIPPET = 220  # characters, about; whole sentences, unless one alone is longer
# A passage is shown where it is near in meaning, or has words that were searched: most of them, or one and is not far. The
# cosines are set by hand, on two dozen searches of the project's articles: "quantum physics" shall find nothing about physical
# therapy, "physio" shall.
_NEAR = 0.45
_NOT_FAR = 0.25
_MOST_WORDS = 0.5
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class Find:
    """A place in an article.

    Attributes:
        href: its address; it opens the article with the snippet's first sentence marked.
        title: the article's title.
        section: the heading it stands under.
        publisher: who published the source, or "".
        snippet: its words in pieces, each with whether it is one that was searched.
        cut: whether the snippet's end is not the sentence's.

    """

    href: str
    title: str
    section: str
    publisher: str
    snippet: tuple[Piece, ...]
    cut: bool

    @property
    def text(self) -> str:
        """The snippet as plain text."""
        return "".join(text for text, _ in self.snippet)


def find(generation: Generation, encoder: Encoder, text: str, limit: int = MOST) -> list[Find]:
    """Search the articles as the bot does.

    Args:
        generation: the serving one.
        encoder: makes the vector of what is searched.
        text: what somebody wrote in the search box.
        limit: how many places at most, one a section.

    Returns:
        The places, best first; none where no article has any of the words, nor is near what they mean.

    """
    text = clean_text(text)[:LONGEST]
    found = search(generation, encoder, text, limit)
    # Words such as "help" tell nothing apart, but who searches for them alone means them.
    wanted = {term for term in found.terms if is_content(term)} or set(found.terms)
    own = {term for term in wanted if found.terms[term] == 1}
    return [_find(generation, passage, wanted) for passage in found.passages if _fits(passage, wanted, own)]


def _fits(passage: Passage, wanted: set[str], own: set[str]) -> bool:
    """Whether a passage is shown for words (`wanted`, synonyms included; `own` without them)."""
    has = stems_of(f"{passage.chunk.header} {passage.chunk.body}")
    most = len(own & has) > _MOST_WORDS * len(own)
    return passage.dense >= _NEAR or most or (passage.dense >= _NOT_FAR and bool(wanted & has))


def _find(generation: Generation, passage: Passage, wanted: Collection[str]) -> Find:
    chunk = passage.chunk
    article = generation.article(chunk.article)
    first = _best(chunk.sentences, wanted)
    sentence = chunk.sentences[first]
    text = sentence.text
    for following in chunk.sentences[first + 1 :]:
        if len(text) + len(following.text) >= _SNIPPET:
            break
        text = f"{text} {following.text}"
    short = _cut(text)
    words = article.text[sentence.start : sentence.end] if article else ""
    return Find(
        href(chunk.article, sentence.start, sentence.end, words),
        chunk.title,
        chunk.section,
        article.publisher if article else "",
        tuple(pieces(short, wanted)),
        short != text,
    )


def _best(sentences: Sequence[Sentence], wanted: Collection[str]) -> int:
    """The number of the first sentence with the most of the words."""
    counts = [len(stems_of(sentence.text) & set(wanted)) for sentence in sentences]
    return counts.index(max(counts))


def _cut(text: str) -> str:
    if len(text) <= 2 * _SNIPPET:
        return text
    return text[: 2 * _SNIPPET].rsplit(" ", 1)[0]


def pieces(text: str, wanted: Collection[str]) -> Iterator[Piece]:
    """A text in pieces, each with whether it is a word whose stem is wanted.

    Args:
        text: plain.
        wanted: stems, as `ingest.lexical.terms` gives them.

    """
    behind = 0
    for match in _WORD.finditer(text):
        if any(term in wanted for term in terms(match.group())):
            if match.start() > behind:
                yield text[behind : match.start()], False
            yield match.group(), True
            behind = match.end()
    if behind < len(text):
        yield text[behind:], False
