"""Build a generation in a folder of its own, and verify it as a reader would open it."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from ingest.article import Article
from ingest.cache import EmbeddingCache
from ingest.chunk import Chunk
from ingest.encoder import DIMENSION
from ingest.errors import IngestError
from ingest.generation import BM25, COLLECTION, PARTS, Generation, chroma_client, part_sizes
from ingest.lexical import terms
from ingest.manifest import MANIFEST, ArticleEntry, Manifest, sync_folder
from ingest.store import write_store

Split = tuple[Article, Sequence[Chunk]]

_BATCH = 2000  # chunks a write to Chroma; its own limit is 5461
_PROBES = 32  # chunks whose own vector must find them again

# Heading words count more than body words, as a fielded index would have it. Chosen, not tuned.
HEADING_REPEATS = 2


def new_generation_id(splits: Sequence[Split]) -> str:
    """An id that sorts by time: UTC to the microsecond, and how many articles it has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{len(splits)}a"


def build_generation(
    folder: Path,
    generation: str,
    splits: Sequence[Split],
    cache: EmbeddingCache,
    progress: Callable[[int], None],
    previous: str | None,
) -> Manifest:
    """Write a complete generation into an empty folder.

    Args:
        folder: an existing, empty folder; nothing outside it is touched.
        generation: the id it will have.
        splits: every article with its chunks.
        cache: holds the vector of every chunk and sentence text.
        progress: called with the number of chunks written since the last call.
        previous: the generation that serves now, or None.

    Returns:
        The manifest written.

    """
    chunk_count, part_count = write_store(folder, splits)
    chunks = [chunk for _, part in splits for chunk in part]
    _write_parts(folder, chunks, part_count, cache)
    _write_bm25(folder, chunks)
    _write_chroma(folder, chunks, cache, progress)
    manifest = Manifest(
        generation=generation,
        created=datetime.now(UTC),
        chunks=chunk_count,
        sentences=sum(len(chunk.sentences) for chunk in chunks),
        questions=sum(len(chunk.questions) for chunk in chunks),
        articles={
            article.id: ArticleEntry(path=article.path, sha256=article.sha256, title=article.title, chunks=len(part))
            for article, part in splits
        },
        previous=previous,
        sizes=part_sizes(folder),
    )
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


def _write_parts(folder: Path, chunks: Sequence[Chunk], count: int, cache: EmbeddingCache) -> None:
    # Written, not mapped: a full disk is then an error that can be told, not a signal that ends the process.
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)),
        "fortran_order": False,
        "shape": (count, DIMENSION),
    }
    with (folder / PARTS).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for first in range(0, len(chunks), _BATCH):
            texts = [text for chunk in chunks[first : first + _BATCH] for text in chunk.part_texts]
            file.write(cache.get(texts).astype(np.float16).tobytes())


def _write_bm25(folder: Path, chunks: Sequence[Chunk]) -> None:
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it installs a handler of its own that prints each step
    bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    bm25.index([chunk_terms(chunk) for chunk in chunks], show_progress=False)
    bm25.save(str(folder / BM25))


def chunk_terms(chunk: Chunk) -> list[str]:
    """The terms BM25 sees of a chunk: its header `HEADING_REPEATS` times, then its body and its listed questions."""
    return terms(chunk.header) * HEADING_REPEATS + terms(chunk.body) + terms(" ".join(chunk.questions))


def _write_chroma(
    folder: Path, chunks: Sequence[Chunk], cache: EmbeddingCache, progress: Callable[[int], None]
) -> None:
    client = chroma_client(folder)
    try:
        collection = client.create_collection(
            COLLECTION, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        for first in range(0, len(chunks), _BATCH):
            part = chunks[first : first + _BATCH]
            # A chunk is found by its own vector, or by that of a question an editor listed: "12" and "12q0" are one row.
            entries = [(str(first + number), chunk.embedding_text, chunk) for number, chunk in enumerate(part)]
            entries += [
                (f"{first + number}q{place}", question, chunk)
                for number, chunk in enumerate(part)
                for place, question in enumerate(chunk.questions)
            ]
            for start in range(0, len(entries), _BATCH):
                some = entries[start : start + _BATCH]
                collection.add(
                    ids=[name for name, _, _ in some],
                    embeddings=cache.get([text for _, text, _ in some]),
                    metadatas=[{"article": chunk.article, "section": chunk.section} for _, _, chunk in some],
                )
            progress(len(part))
    finally:
        client.close()


def verify_generation(folder: Path, cache: EmbeddingCache) -> None:
    """Open a generation as a reader does and check it against its manifest and its own articles.

    Raises:
        IngestError: something does not fit; the generation must not serve.

    """
    generation = Generation.open(folder)
    try:
        manifest = generation.manifest
        store = generation.store
        counts = {
            "chunks in the store": (store.count(), manifest.chunks),
            "vectors in Chroma": (generation.dense_count(), manifest.chunks + manifest.questions),
            "passages in BM25": (len(generation.lexical({"hip": 1.0})), manifest.chunks),
            "articles": (len(store.article_ids()), len(manifest.articles)),
        }
        for what, (found, expected) in counts.items():
            if found != expected:
                raise IngestError(
                    f"The new index has {found} {what}, not {expected}. The old one goes on serving; run again."
                )
        _verify_places(generation)
        _verify_probes(generation, cache)
    finally:
        generation.close()


def _verify_places(generation: Generation) -> None:
    for name in generation.manifest.articles:
        article = generation.article(name)
        if article is None:
            raise IngestError(
                f"The article {name} is missing from the new index. The old one goes on serving; run again."
            )
        for _, chunk in generation.store.article_chunks(name):
            for sentence in chunk.sentences:
                if not article.text[sentence.start : sentence.end].strip():
                    raise IngestError(
                        f"A sentence of {name} is not at its place ({sentence.start}). The old index goes on serving; "
                        "please report the article."
                    )


def _verify_probes(generation: Generation, cache: EmbeddingCache) -> None:
    count = generation.manifest.chunks
    rows = sorted({int(row) for row in np.linspace(0, count - 1, num=min(count, _PROBES))})
    for chunk in generation.chunks(rows):
        vector = cache.get([chunk.embedding_text])[0]
        _, similarities = generation.dense(vector, 1)
        # Another chunk may have the very same text; its similarity is the same then.
        if not len(similarities) or similarities[0] < 0.99:
            raise IngestError(
                f"The vector of {chunk.article} ({chunk.section}) is not found again. The old index goes on serving; run again."
            )


def sync_tree(folder: Path) -> None:
    """Make every file of a folder durable, then the names in it."""
    for path in _files(folder):
        handle = os.open(path, os.O_RDWR)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    for path in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        sync_folder(path)


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
