"""Cite: chosen sentences to numbered citations that quote them whole at their place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.reply import Citation, CitedSentence, QuotedPassage

if TYPE_CHECKING:
    from bot.search import Passage
    from ingest.chunk import Sentence
    from ingest.generation import Generation


def cite(
    chosen: Sequence[tuple[Passage, Sentence]],
    generation: Generation,
    first: int = 1,
    stands: frozenset[tuple[int, int]] = frozenset(),
) -> tuple[list[CitedSentence], list[Citation]]:
    """Give chosen sentences their citations: one a sentence, quoting it whole at its place.

    Args:
        chosen: sentences with their passages, in reading order.
        generation: holds the articles' texts.
        first: number of the first citation.
        stands: (passage row, start) of the sentences where articles differ; each is shown by itself, behind who says it.

    """
    sentences: list[CitedSentence] = []
    citations: list[Citation] = []
    before: tuple[Passage, Sentence] | None = None
    paragraph = 0
    for passage, sentence in chosen:
        article = generation.article(passage.chunk.article)
        if article is None:
            continue
        n = first + len(citations)
        citations.append(
            Citation(
                n=n,
                article=article.id,
                title=article.title,
                section=passage.chunk.section,
                start=sentence.start,
                end=sentence.end,
                quote=article.text[sentence.start : sentence.end],
                publisher=article.publisher,
                updated=article.updated,
            )
        )
        stand = (passage.row, sentence.start) in stands
        same_list = before is not None and sentence.group is not None and sentence.group == before[1].group
        if before is not None and (
            stand
            or (before[0].row, before[1].start) in stands
            or passage.row != before[0].row
            or (sentence.block != before[1].block and not same_list)
        ):
            paragraph += 1
        name = article.publisher or article.title
        says = name if stand and name not in sentence.text else ""
        bullet = sentence.kind == "item" and not stand
        sentences.append(CitedSentence(sentence.text, (n,), paragraph, bullet, says))
        before = (passage, sentence)
    return sentences, citations


def quoted_passages(
    chosen: Sequence[tuple[Passage, Sentence]], citations: Sequence[Citation]
) -> tuple[QuotedPassage, ...]:
    """The passages that citations stand in, whole, each once, in order of their first number."""
    numbers = {(citation.article, citation.start): citation for citation in citations}
    passages: dict[int, QuotedPassage] = {}
    for passage, sentence in chosen:
        chunk = passage.chunk
        citation = numbers.get((chunk.article, sentence.start))
        if citation is None or passage.row in passages:
            continue
        quoted = [(other.text, numbers.get((chunk.article, other.start))) for other in chunk.sentences]
        passages[passage.row] = QuotedPassage(
            chunk.article,
            chunk.title,
            chunk.section,
            citation.publisher,
            citation.updated,
            tuple((text, found.n if found else None) for text, found in quoted),
        )
    return tuple(sorted(passages.values(), key=lambda passage: passage.numbers))
