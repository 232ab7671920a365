"""Search: a question to passages, dense and BM25 legs fused by normalised score."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from bot.synonyms import correct_typos, load_synonyms
from ingest.lexical import terms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.callbacks import CallbackManagerForRetrieverRun
    from numpy.typing import NDArray

    from ingest.chunk import Chunk
    from ingest.encoder import Encoder, Vectors
    from ingest.generation import Generation

# Both measured on BEIR NFCorpus and on our own questions, see benchmarks/retrieval.py: with an encoder this small BM25
# is its equal, and a weighted sum of normalised scores beats reciprocal ranks.
DENSE_WEIGHT = 0.5
LEXICAL_WEIGHT = 0.5
DENSE_POOL = 400
LEXICAL_POOL = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """A chunk that was found.

    Attributes:
        row: the chunk's row in its generation.
        chunk: the chunk.
        score: fused score, 0 to 1; comparable within one search only.
        dense: cosine similarity of question and chunk, -1 to 1; the pool's lowest where the dense leg missed it.
        lexical: BM25, from 0 up.

    """

    row: int
    chunk: Chunk
    score: float
    dense: float
    lexical: float


@dataclass(frozen=True, slots=True)
class Search:
    """One search and what it found.

    Attributes:
        text: what was searched.
        vector: the question's vector, shape (384,).
        terms: the question's stems with their weights: 1 for its own (typos mended), less for synonyms.
        typos: the stem meant by each misspelt one.
        passages: best first, one per section.
        own: the vector of the last turn alone, shape (384,), where more than that was searched; else None.

    """

    text: str
    vector: Vectors = field(repr=False)
    terms: dict[str, float] = field(default_factory=dict)
    typos: dict[str, str] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    own: Vectors | None = field(default=None, repr=False)


def search(generation: Generation, encoder: Encoder, text: str, limit: int, own: str = "") -> Search:
    """Find the passages for a text.

    Args:
        generation: where to search.
        encoder: makes the text's vector.
        text: what to search, any length; the encoder reads its first 256 word pieces, BM25 all of it.
        limit: how many passages at most; a section is given once, by its best chunk.
        own: the last turn alone, where `text` holds earlier ones too; its vector is kept beside.

    """
    vectors = encoder.embed([text, own] if own else [text])
    vector, alone = vectors[0], vectors[1] if own else None
    typos = correct_typos(text, generation.vocabulary)
    stems = [typos.get(term, term) for term in terms(text)]
    weights = load_synonyms().weights(" ".join(stems)) | dict.fromkeys(stems, 1.0)
    lexical = generation.lexical(weights)
    dense_rows, similarities = generation.dense(vector, DENSE_POOL)
    dense = dict(zip(dense_rows.tolist(), similarities.tolist(), strict=True))
    pool = np.array(sorted(dense.keys() | set(_top(lexical, LEXICAL_POOL))), dtype=np.int64)
    if not len(pool):
        return Search(text, vector, weights, typos, own=alone)
    floor = min(dense.values(), default=0.0)
    dense_scores = np.array([dense.get(int(row), floor) for row in pool], dtype=np.float32)
    lexical_scores = lexical[pool]
    fused = DENSE_WEIGHT * _normalised(dense_scores) + LEXICAL_WEIGHT * _normalised(lexical_scores)
    passages: list[Passage] = []
    seen: set[tuple[str, tuple[str, ...]]] = set()
    order = np.argsort(-fused, kind="stable")
    # A section has few chunks, so a small multiple of the limit is enough to fill it.
    for first in range(0, len(order), 4 * limit):
        part = order[first : first + 4 * limit]
        for place, chunk in zip(part, generation.chunks(pool[part].tolist()), strict=True):
            section = (chunk.article, chunk.headings)
            if section not in seen and len(passages) < limit:
                seen.add(section)
                passages.append(
                    Passage(
                        int(pool[place]),
                        chunk,
                        float(fused[place]),
                        float(dense_scores[place]),
                        float(lexical_scores[place]),
                    )
                )
        if len(passages) == limit:
            break
    return Search(text, vector, weights, typos, tuple(passages), alone)


def _top(scores: NDArray[np.float32], count: int) -> list[int]:
    found = int(np.count_nonzero(scores))
    count = min(count, found)
    if not count:
        return []
    return [int(row) for row in np.argpartition(-scores, count - 1)[:count]]


def _normalised(scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scores stretched to 0..1; all 0 where they do not differ."""
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)


class HybridRetriever(BaseRetriever):
    """The search as a LangChain retriever, for any chain.

    Attributes:
        generation: where to search.
        encoder: makes the question's vector.
        limit: how many documents at most.

    The documents carry the passage's text; their metadata holds `article`, `title`, `section`, `start`, `end` and
    `score`.

    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    generation: Any
    encoder: Any
    limit: int = 12

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:  # noqa: ARG002
        return [as_document(passage) for passage in self.search(query).passages]

    def search(self, query: str, own: str = "") -> Search:
        """The search behind the documents, with scores, terms and the question's vector; arguments as in `search`."""
        return search(self.generation, self.encoder, query, self.limit, own)


def as_document(passage: Passage) -> Document:
    """A passage as a LangChain document."""
    chunk = passage.chunk
    return Document(
        page_content=chunk.body,
        metadata={
            "article": chunk.article,
            "title": chunk.title,
            "section": chunk.section,
            "start": chunk.start,
            "end": chunk.end,
            "score": passage.score,
        },
    )


def results(passages: Sequence[Passage]) -> list[dict[str, object]]:
    """Passages as `python -m bot search` prints them."""
    return [
        {
            "article": passage.chunk.article,
            "section": passage.chunk.section,
            "score": round(passage.score, 6),
            "text": passage.chunk.body,
        }
        for passage in passages
    ]
