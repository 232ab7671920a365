"""Build a generation in a folder of its own, and verify it as a reader would open it.

Everything is written from the new store and the cache, a few articles at a time. What an unchanged article has in the
generation before is copied: its rows, the vectors of its parts, and every shard of Chroma of which nothing changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import sqlite3
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.cache import EmbeddingCache, text_key
from ingest.encoder import DIMENSION
from ingest.errors import IngestError
from ingest.furniture import CLEANER_VERSION
from ingest.generation import BM25, COLLECTION, ENTRIES, PARTS, Generation, chroma_client, part_sizes, shard_folder
from ingest.manifest import MANIFEST, ArticleEntry, Manifest, Shard, hipwise_version, sync_folder
from ingest.store import Store

_BATCH = 2000  # vectors a write to Chroma; its own limit is 5461
_PROBES = 32  # chunks whose own vector must find them again
# A change costs the rebuilding of a shard, a question the asking of every shard: on two cores 1 s for 2,000 vectors, and 2 ms.
_SHARD = 2000  # vectors
_MOST_SHARDS = 8
# Part of every digest: raise it when the same vectors would be kept in another way.
_SHARD_RECIPE = 1


@dataclass(frozen=True, slots=True)
class Base:
    """The generation that serves, from which unchanged articles are copied.

    Attributes:
        folder: where it is.
        manifest: what it is made of.
        store: its store, open.

    """

    folder: Path
    manifest: Manifest
    store: Store


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """What one shard of a new generation will hold.

    Attributes:
        articles: ids of its articles, in order.
        digest: of what its vectors and their metadata are made from.
        rows: the chunk row of each of its vectors.
        source: the folder of the same shard in the generation before, or None where it must be built.

    """

    articles: tuple[str, ...]
    digest: str
    rows: NDArray[np.int32]
    source: Path | None


def new_generation_id(articles: int) -> str:
    """An id that sorts by time: UTC to the microsecond, and how many articles it has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S%f}Z-{articles}a"


def plan_shards(store: Store, base: Base | None) -> list[ShardPlan]:
    """Which articles each shard holds, and which shards can be copied.

    Args:
        store: of the new generation.
        base: the generation that serves, or None.

    """
    listing = store.listing()
    vectors = sum(article.chunks for article in listing) + store.question_count()
    count = next((count for count in (1, 2, 4) if vectors <= count * _SHARD), _MOST_SHARDS)
    articles: list[list[str]] = [[] for _ in range(count)]
    for article in listing:
        articles[int.from_bytes(hashlib.sha256(article.id.encode()).digest()[:4], "little") % count].append(article.id)
    known = {shard.digest: number for number, shard in enumerate(base.manifest.shards)} if base else {}
    plans = []
    for names in articles:
        digest = hashlib.sha256(f"{_SHARD_RECIPE}".encode())
        rows = array("i")
        for entry in _entries(store, names):
            digest.update(json.dumps([entry.article, entry.section, entry.key.hex()]).encode())
            rows.append(entry.row)
        number = known.get(digest.hexdigest())
        source = shard_folder(base.folder, number) if base and number is not None else None
        plans.append(ShardPlan(tuple(names), digest.hexdigest(), np.array(rows, dtype=np.int32), source))
    return plans


@dataclass(frozen=True, slots=True)
class _Entry:
    """One vector of a shard: of a chunk, or of a question that an editor listed for it."""

    row: int
    article: str
    section: str
    key: bytes


def _entries(store: Store, articles: Iterable[str]) -> Iterator[_Entry]:
    for article in articles:
        for row, key, section, questions in store.keyed(article):
            yield _Entry(row, article, section, key)
            for question in questions:
                yield _Entry(row, article, section, text_key(question))


def build_generation(
    folder: Path,
    generation: str,
    shards: Sequence[ShardPlan],
    cache: EmbeddingCache,
    progress: Callable[[int], None],
    base: Base | None,
    copied: Collection[str],
    previous: str | None,
) -> Manifest:
    """Complete a generation in a folder that holds its store.

    Args:
        folder: the folder with the new store; nothing outside it is touched.
        generation: the id it will have.
        shards: what `plan_shards` gave.
        cache: holds the vector of every text, but those of articles that are copied and of shards that are.
        progress: called with the number of vectors written since the last call.
        base: the generation that serves, or None.
        copied: ids of the articles that were copied from `base`.
        previous: id of the generation that serves now, or None; not always that of `base`.

    Returns:
        The manifest written.

    """
    store = Store(folder)
    try:
        _write_parts(folder, store, cache, base, copied)
        _write_bm25(folder, store)
        np.save(folder / ENTRIES, np.concatenate([shard.rows for shard in shards]))
        for number, shard in enumerate(shards):
            if shard.source:
                _copy_shard(shard.source, shard_folder(folder, number))
                progress(len(shard.rows))
            else:
                _write_shard(shard_folder(folder, number), store, shard, cache, progress)
        listing = store.listing()
        chunks, questions = sum(article.chunks for article in listing), store.question_count()
        manifest = Manifest(
            generation=generation,
            created=datetime.now(UTC),
            hipwise_version=hipwise_version(),
            cleaner_version=CLEANER_VERSION,
            chunks=chunks,
            sentences=sum(article.parts for article in listing) - chunks - questions,  # the other parts of a chunk
            questions=questions,
            articles={
                article.id: ArticleEntry(
                    path=article.path, sha256=article.sha256, title=article.title, chunks=article.chunks
                )
                for article in listing
            },
            shards=tuple(Shard(digest=shard.digest, vectors=len(shard.rows)) for shard in shards),
            previous=previous,
            sizes=part_sizes(folder),
        )
    finally:
        store.close()
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest


def _write_parts(folder: Path, store: Store, cache: EmbeddingCache, base: Base | None, copied: Collection[str]) -> None:
    listing = store.listing()
    # Written, not mapped: a full disk is then an error that can be told, not a signal that ends the process.
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(np.float16)),
        "fortran_order": False,
        "shape": (sum(article.parts for article in listing), DIMENSION),
    }
    before = {article.id: article for article in base.store.listing()} if base and copied else {}
    vectors = np.load(base.folder / PARTS, mmap_mode="r") if base and copied else None
    with (folder / PARTS).open("wb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        for article in listing:
            if vectors is not None and article.id in copied:
                old = before[article.id]
                file.write(vectors[old.first : old.first + old.parts].tobytes())
            else:
                texts = [text for _, chunk in store.article_chunks(article.id) for text in chunk.part_texts]
                file.write(cache.get(texts).astype(np.float16).tobytes())


def _write_bm25(folder: Path, store: Store) -> None:
    import bm25s

    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it installs a handler of its own that prints each step
    # Numbers, not words, are what it keeps in memory: 4 bytes a word of the articles.
    vocabulary: dict[str, int] = {}
    ids = [array("i", [vocabulary.setdefault(term, len(vocabulary)) for term in terms]) for terms in store.terms()]
    bm25 = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
    bm25.index((ids, vocabulary), show_progress=False)
    bm25.save(str(folder / BM25))


def _copy_shard(source: Path, target: Path) -> None:
    # Chroma writes to its database even where it only reads, so this file is copied by SQLite, whole at one instant.
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("chroma.sqlite3*"))
    with (
        closing(sqlite3.connect(f"{(source / 'chroma.sqlite3').resolve().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target / "chroma.sqlite3")) as new,
    ):
        old.backup(new)


def _write_shard(
    folder: Path, store: Store, shard: ShardPlan, cache: EmbeddingCache, progress: Callable[[int], None]
) -> None:
    batches = [len(part) for part in np.array_split(shard.rows, -(-len(shard.rows) // _BATCH) or 1)]
    # Each batch reaches the vector index as it is added: what stays in Chroma's log is read again at every opening.
    threshold = max(min(batches), 2)
    client = chroma_client(folder)
    try:
        collection = client.create_collection(
            COLLECTION,
            embedding_function=None,
            configuration={"hnsw": {"space": "cosine", "sync_threshold": threshold, "batch_size": 2}},
        )
        entries = _entries(store, shard.articles)
        first = 0
        for batch in filter(None, batches):
            part = list(islice(entries, batch))
            collection.add(
                ids=[str(number) for number in range(first, first + batch)],
                embeddings=cache.get_keys([entry.key for entry in part]),
                metadatas=[{"article": entry.article, "section": entry.section} for entry in part],
            )
            first += batch
            progress(batch)
    finally:
        client.close()


def verify_generation(folder: Path, cache: EmbeddingCache, copied: Collection[str]) -> None:
    """Open a generation as a reader does and check it against its manifest and its own articles.

    Args:
        folder: the generation's folder.
        cache: what it was built from.
        copied: ids of the articles that were verified already in the generation they were copied from.

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
        _verify_places(generation, copied)
        _verify_probes(generation, cache)
    finally:
        generation.close()


def _verify_places(generation: Generation, copied: Collection[str]) -> None:
    for name in generation.manifest.articles:
        if name in copied:
            continue
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
    # Of a shard that was copied the cache may have lost the vectors; those were found again when it was built.
    chunks = generation.chunks(rows)
    lost = set(cache.missing([chunk.embedding_text for chunk in chunks]))
    for chunk in chunks:
        if chunk.embedding_text in lost:
            continue
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
