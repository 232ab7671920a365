"""Generation: one complete, immutable index - store, Chroma, BM25, vectors of headings and sentences - opened for reading."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ingest.errors import IndexUnavailableError
from ingest.lexical import terms
from ingest.manifest import Manifest, current_generation, generation_folder, read_manifest
from ingest.store import STORE, Store

if TYPE_CHECKING:
    from chromadb.api.client import Client

    from ingest.article import Article
    from ingest.chunk import Chunk
    from ingest.encoder import Vectors


CHROMA = "chroma"
COLLECTION = "chunks"
BM25 = "bm25"
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
        *sorted((folder / BM25).iterdir()),
        *sorted((folder / CHROMA).glob("*/*.bin")),
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
    for name in (STORE, f"{CHROMA}/chroma.sqlite3"):
        if not _whole_database(folder / name):
            return f"{folder.name}/{name} is damaged"
    return None


def _whole_database(file: Path) -> bool:
    if not file.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone() == ("ok",))
    except sqlite3.DatabaseError:
        return False


def chroma_client(folder: Path) -> Client:
    """Chroma's embedded client on a generation's folder, without telemetry. Close it: Chroma keeps one per path."""
    import chromadb
    from chromadb.config import Settings

    client = chromadb.PersistentClient(path=str(folder / CHROMA), settings=Settings(anonymized_telemetry=False))
    return cast("Client", client)  # declared as its interface, which lacks `close`


class Generation:
    """One index generation, opened for reading; safe to share between threads.

    Open it with `Generation.open`; `close` it when no question uses it any more.

    Attributes:
        manifest: what it is made of.
        copy: folder of a copy of Chroma's files that is removed on closing, or None.
        store: its articles and chunks. A chunk's row is its number here, in Chroma (as the id) and in BM25.

    """

    def __init__(self, manifest: Manifest, folder: Path, store: Store, client: Client) -> None:
        import bm25s

        self.copy: Path | None = None

        self.manifest = manifest
        self.store = store
        self._client = client
        self._collection = client.get_collection(COLLECTION, embedding_function=None)
        space = (self._collection.configuration.get("hnsw") or {}).get("space")
        if space != "cosine":
            raise IndexUnavailableError(
                f"The vectors of {manifest.generation} are compared by {space}, not cosine. Run `python -m ingest` to mend it."
            )
        self._bm25 = bm25s.BM25.load(str(folder / BM25), mmap=True, load_corpus=False)
        self._vocabulary: dict[str, int] = self._bm25.vocab_dict
        self._parts: NDArray[np.float16] = np.load(folder / PARTS, mmap_mode="r")
        self._first = [*store.first_parts(), len(self._parts)]

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
        store: Store | None = None
        client: Client | None = None
        try:
            store = Store(folder)
            try:
                client = chroma_client(folder)
                return cls(manifest, folder, store, client)
            except Exception as error:
                if not any(words in str(error) for words in _UNWRITABLE):
                    raise
                # Chroma writes even to read. On a full or read-only disk it reads a copy; the rest stays in its place.
                if client is not None:
                    client.close()
                copy = Path(tempfile.mkdtemp(prefix="hipwise-chroma-"))
                shutil.copytree(folder / CHROMA, copy / CHROMA)
                client = chroma_client(copy)
                generation = cls(manifest, folder, store, client)
                generation.copy = copy
                return generation
        except Exception as error:
            if client is not None:
                client.close()
            if store is not None:
                store.close()
            if isinstance(error, IndexUnavailableError):
                raise
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
        self._client.close()
        self.store.close()
        if self.copy is not None:
            shutil.rmtree(self.copy, ignore_errors=True)

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
        wanted = (
            limit if not self.manifest.questions else min(2 * limit, self.manifest.chunks + self.manifest.questions)
        )
        found: Any = self._collection.query(query_embeddings=[vector.tolist()], n_results=wanted, include=["distances"])
        nearest: dict[int, float] = {}
        for name, distance in zip(found["ids"][0], found["distances"][0], strict=True):
            nearest.setdefault(int(name.partition("q")[0]), 1 - distance)
        rows = list(nearest)[:limit]
        return np.array(rows, dtype=np.int64), np.array([nearest[row] for row in rows], dtype=np.float32)

    def dense_count(self) -> int:
        """How many vectors Chroma holds."""
        return int(self._collection.count())

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

    @cached_property
    def publishers(self) -> frozenset[str]:
        """The stems of the publishers' names: words of a question that say whose article is meant, not what about."""
        articles = [self.store.article(name) for name in self.store.article_ids()]
        return frozenset(term for article in articles if article for term in terms(article.publisher))

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
