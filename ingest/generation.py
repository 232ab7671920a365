"""Generation: one complete, immutable index - store, Chroma, BM25, vectors of headings and sentences - opened for reading.

The vectors of a large index lie in several Chroma collections, its *shards*: a run copies those of which nothing changed, and
builds only the others anew, so that what was removed is in no file any more.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IndexUnavailableError
from ingest.hold import Hold
from ingest.manifest import Manifest, current_generation, generation_folder, read_manifest
from ingest.store import STORE, Store

if TYPE_CHECKING:
    from chromadb.api.client import Client

    from ingest.article import Article
    from ingest.chunk import Chunk
    from ingest.encoder import Vectors


CHROMA = "chroma"  # the folder of the first shard; the others have its number behind it
ENTRIES = "entries.npy"  # the chunk row of every vector in Chroma, one shard after the other
COLLECTION = "chunks"
BM25 = "bm25"
_SHARD_SLACK = 64  # entries of a shard asked for beside twice its fair share
# What Chroma says where it may not write.
_UNWRITABLE = ("disk is full", "readonly", "read-only", "unable to open database file")
PARTS = "parts.npy"  # vectors of each chunk's heading and sentences, in row order

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]


def part_sizes(folder: Path) -> dict[str, int]:
    """Sizes in bytes of a generation's files that nobody writes after it was built.

    Chroma's SQLite file is not among them: Chroma writes to it even when it is only read.
    """
    files = [
        folder / STORE,
        folder / PARTS,
        folder / ENTRIES,
        *sorted((folder / BM25).iterdir()),
        *sorted(folder.glob(f"{CHROMA}*/*/*")),
    ]
    return {file.relative_to(folder).as_posix(): file.stat().st_size for file in files}


def damage(folder: Path) -> str | None:
    """What is wrong with a generation's files, or None: a part that is missing, cut short, or a database that is not whole.

    Raises:
        IndexUnavailableError: its manifest cannot be read.

    """
    manifest = read_manifest(folder)
    for name, size in manifest.sizes.items():
        file = folder / name
        if not file.is_file() or file.stat().st_size != size:
            return f"{folder.name}/{name} is missing or cut short"
    shards = [f"{shard_folder(folder, number).name}/chroma.sqlite3" for number in range(len(manifest.shards))]
    for name in (STORE, *shards):
        if not _whole_database(folder / name):
            return f"{folder.name}/{name} is damaged"
    return None


def _whole_database(file: Path) -> bool:
    if not file.is_file():
        return False
    # A reader's Chroma may be writing now, or have been killed while it did: where SQLite may, it waits, and puts that right.
    how = "mode=rw" if os.access(file, os.W_OK) and os.access(file.parent, os.W_OK) else "mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?{how}", uri=True)) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def shard_folder(folder: Path, number: int) -> Path:
    """Where a generation's shard lies, counted from 0."""
    return folder / (f"{CHROMA}-{number}" if number else CHROMA)


def chroma_client(folder: Path) -> Client:
    """Chroma's embedded client on a shard's folder, without telemetry. Close it: Chroma keeps one per path."""
    import chromadb
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    try:
        client = chromadb.PersistentClient(path=str(folder), settings=Settings(anonymized_telemetry=False))
    except Exception:
        # Chroma keeps by its path what it could not start, and would give that out at the next try (a disk that was full once).
        if str(folder) not in SharedSystemClient._identifier_to_refcount:  # noqa: SLF001 - it offers no other way
            SharedSystemClient._identifier_to_system.pop(str(folder), None)  # noqa: SLF001
        raise
    return cast("Client", client)  # declared as its interface, which lacks `close`


class _Vectors:
    """One shard's collection, opened for reading, and the chunk row of each of its entries."""

    def __init__(self, folder: Path, rows: NDArray[np.int32]) -> None:
        self.rows = rows
        self.copy: Path | None = None
        try:
            self._client = chroma_client(folder)
        except Exception as error:
            if not any(words in str(error) for words in _UNWRITABLE):
                raise
            # Chroma writes even to read. On a full or read-only disk it reads a copy; the rest stays in its place.
            self.copy = Path(tempfile.mkdtemp(prefix="hipwise-chroma-"))
            shutil.copytree(folder, self.copy / folder.name)
            self._client = chroma_client(self.copy / folder.name)
        try:
            self.collection = self._client.get_collection(COLLECTION, embedding_function=None)
            space = (self.collection.configuration.get("hnsw") or {}).get("space")
            if space != "cosine":
                raise IndexUnavailableError(
                    f"The vectors in {folder} are compared by {space}, not cosine. Run `python -m ingest` to mend it."
                )
        except BaseException:
            self.close()
            raise

    def nearest(self, vector: Vectors, limit: int) -> tuple[Rows, Scores]:
        """Rows and cosine similarities of the entries nearest to a vector, best first; a row may come twice."""
        limit = min(limit, len(self.rows))
        if not limit:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        found: Any = self.collection.query(query_embeddings=[vector.tolist()], n_results=limit, include=["distances"])
        rows = self.rows[np.array(found["ids"][0], dtype=np.int64)]
        return rows.astype(np.int64), 1 - np.array(found["distances"][0], dtype=np.float32)

    def close(self) -> None:
        """Release its files."""
        self._client.close()
        if self.copy is not None:
            shutil.rmtree(self.copy, ignore_errors=True)


class Generation:
    """One index generation, opened for reading; safe to share between threads.

    Open it with `Generation.open`; `close` it when no question uses it any more.

    Attributes:
        manifest: what it is made of.
        store: its articles and chunks. A chunk's row is its number here and in BM25.

    """

    def __init__(self, manifest: Manifest, folder: Path, store: Store, shards: Sequence[_Vectors]) -> None:
        import bm25s

        self.manifest = manifest
        self.store = store
        self._shards = shards
        self._opened = ExitStack()
        self._bm25 = bm25s.BM25.load(str(folder / BM25), mmap=True, load_corpus=False)
        self._vocabulary: dict[str, int] = self._bm25.vocab_dict
        self._parts: NDArray[np.float16] = np.load(folder / PARTS, mmap_mode="r")
        self._first = np.array([*store.first_parts(), len(self._parts)], dtype=np.int64)

    @classmethod
    def open(cls, folder: Path) -> Generation:
        """Open a generation's folder.

        Raises:
            IndexUnavailableError: it is damaged, or was made by a version that this one cannot read.

        """
        manifest = read_manifest(folder)
        if manifest.outdated:
            raise IndexUnavailableError(
                f"The index was made by another version ({manifest.outdated}). Run `python -m ingest` to rebuild it."
            )
        try:
            with ExitStack() as opened:
                opened.callback(Hold(folder).release)
                store = Store(folder)
                opened.callback(store.close)
                shards: list[_Vectors] = []
                ends = np.cumsum([shard.vectors for shard in manifest.shards])
                for number, rows in enumerate(np.split(np.load(folder / ENTRIES), ends[:-1])):
                    shards.append(_Vectors(shard_folder(folder, number), rows))
                    opened.callback(shards[-1].close)
                generation = cls(manifest, folder, store, shards)
                generation._opened = opened.pop_all()
                return generation
        except IndexUnavailableError:
            raise
        except Exception as error:
            raise IndexUnavailableError(
                f"The generation {manifest.generation} cannot be opened ({type(error).__name__}: {error}). "
                "Run `python -m ingest` to mend it."
            ) from error

    @property
    def id(self) -> str:
        """The generation's id."""
        return self.manifest.generation

    def close(self) -> None:
        """Release its files."""
        self._opened.close()

    def dense(self, vector: Vectors, limit: int) -> tuple[Rows, Scores]:
        """The chunks nearest to a vector.

        Args:
            vector: shape (384,), length 1.
            limit: how many at most.

        Returns:
            Rows and cosine similarities (-1 to 1), best first.

        """
        limit = min(limit, self.manifest.chunks)
        if not limit:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.float32)
        # A chunk is also found by the questions listed for it, so more entries than rows are asked for.
        wanted = 2 * limit if self.manifest.questions else limit
        if len(self._shards) > 1:
            # Articles are spread over the shards by chance; far more than a fair share of the nearest never lie in one.
            wanted = min(wanted, 2 * wanted // len(self._shards) + _SHARD_SLACK)
        found = [shard.nearest(vector, wanted) for shard in self._shards]
        rows = np.concatenate([rows for rows, _ in found])
        similarities = np.concatenate([similarities for _, similarities in found])
        order = np.argsort(-similarities, kind="stable")
        _, first = np.unique(rows[order], return_index=True)
        best = order[np.sort(first)[:limit]]
        return rows[best], similarities[best]

    def dense_count(self) -> int:
        """How many vectors Chroma holds."""
        return sum(int(shard.collection.count()) for shard in self._shards)

    def lexical(self, weights: Mapping[str, float]) -> Scores:
        """BM25 of every chunk for weighted terms.

        Args:
            weights: stems (see `ingest.lexical.terms`) with how much each counts.

        Returns:
            Scores from 0 up, one a row.

        """
        scores = np.zeros(self.manifest.chunks, dtype=np.float32)
        for term, weight in weights.items():
            token = self._vocabulary.get(term)
            if token is not None:
                scores += weight * self._bm25.get_scores_from_ids([token])
        return scores

    def rarity(self, term: str) -> float:
        """How rare a stem is among the chunks: inverse document frequency, 0 (in all) to about 1 (in one, or in none)."""
        total = max(self.manifest.chunks, 1)
        token = self._vocabulary.get(term)
        count = 0
        if token is not None:
            starts = self._bm25.scores["indptr"]
            count = int(starts[token + 1] - starts[token])
        return float(np.log((total + 1) / (count + 0.5)) / np.log((total + 1) / 0.5))

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every stem that occurs in a chunk."""
        return frozenset(term for term in self._vocabulary if term)  # bm25s adds an empty one

    def part_vectors(self, row: int, sentences: int) -> tuple[Vectors, Vectors, Vectors]:
        """The vectors of a chunk's parts, float32.

        Args:
            row: the chunk's row.
            sentences: how many sentences it has.

        Returns:
            Of its heading, shape (384,); of its sentences, shape (sentences, 384); of its listed questions, shape (n, 384).

        """
        parts = np.asarray(self._parts[self._first[row] : self._first[row + 1]], dtype=np.float32)
        return parts[0], parts[1 : sentences + 1], parts[sentences + 1 :]

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks at these rows, in the order given."""
        return self.store.chunks([int(row) for row in rows])

    def article(self, article: str) -> Article | None:
        """One article with its text as it was indexed, or None."""
        return self.store.article(article)


def open_current(index: Path) -> Generation:
    """Open the serving generation of an index folder.

    Raises:
        IndexUnavailableError: there is none yet, or it cannot be read.

    """
    name = current_generation(index)
    if name is None:
        raise IndexUnavailableError(f"There is no index at {index} yet. Run `python -m ingest` to make it.")
    return Generation.open(generation_folder(index, name))
