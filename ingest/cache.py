"""EmbeddingCache: vectors by the text they were made from, so that no text is embedded twice."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from ingest.encoder import DIMENSION, ENCODER_ID, Vectors

logger = logging.getLogger(__name__)

_ROWS = 500  # keys a query; SQLite allows 999 parameters on old builds


def text_key(text: str) -> bytes:
    """The cache's key of a text: sha256 over the encoder's id and the text."""
    return hashlib.sha256(f"{ENCODER_ID}\0{text}".encode()).digest()


class CacheDamagedError(Exception):
    """The cache's file is damaged. `set_aside` and begin anew: the cache can only save time, never content."""


def set_aside(path: Path) -> None:
    """Keep a damaged cache under another name, so that the next one begins empty."""
    aside = path.with_suffix(".damaged")
    logger.warning("The embedding cache %s was damaged; it is kept as %s and a new one is begun.", path, aside)
    path.replace(aside)
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)


@contextmanager
def _damage_told() -> Iterator[None]:
    """Tell damage from what else SQLite reports with the same class, such as a full disk."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError | sqlite3.IntegrityError) and "malformed" not in str(error):
            raise
        raise CacheDamagedError(str(error)) from error


class EmbeddingCache:
    """A SQLite file of vectors (float32, 384 values). What a killed run had embedded is there for the next one.

    Any method raises `CacheDamagedError` where the file is damaged.

    Args:
        path: the file; made if missing. Use as a context manager.

    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _damage_told():
            self._db = self._open()

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self.path)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID")
            db.execute("SELECT count(*) FROM (SELECT key FROM vectors LIMIT 1)").fetchone()
        except sqlite3.DatabaseError:
            db.close()
            raise
        return db

    def __enter__(self) -> EmbeddingCache:
        """The cache itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the file."""
        self._db.close()

    def missing(self, texts: Sequence[str]) -> list[str]:
        """The texts, each once and in order, that have no vector yet."""
        keys = {text_key(text): text for text in texts}
        with _damage_told():
            known = {key for key, _ in self._rows(list(keys), "key, NULL")}
        return [text for key, text in keys.items() if key not in known]

    def put(self, texts: Sequence[str], vectors: Vectors) -> None:
        """Keep the vectors of texts, durably.

        Args:
            texts: n texts.
            vectors: shape (n, 384).

        """
        rows = [
            (text_key(text), vector.astype(np.float32).tobytes()) for text, vector in zip(texts, vectors, strict=True)
        ]
        with _damage_told(), self._db:
            self._db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def get(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, shape (len(texts), 384).

        Raises:
            KeyError: a text was never put.

        """
        keys = [text_key(text) for text in texts]
        with _damage_told():
            found = {key: np.frombuffer(blob, dtype=np.float32) for key, blob in self._rows(keys, "key, vector")}
        vectors = np.empty((len(texts), DIMENSION), dtype=np.float32)
        for number, key in enumerate(keys):
            vectors[number] = found[key]
        return vectors

    def prune(self, texts: Sequence[str]) -> int:
        """Drop every vector but those of `texts`; returns how many were dropped."""
        keep = {text_key(text) for text in texts}
        with _damage_told(), closing(self._db.execute("SELECT key FROM vectors")) as rows:
            drop = [(key,) for (key,) in rows if key not in keep]
        with _damage_told(), self._db:
            self._db.executemany("DELETE FROM vectors WHERE key = ?", drop)
        return len(drop)

    def _rows(self, keys: list[bytes], columns: str) -> Iterator[tuple[bytes, bytes]]:
        for first in range(0, len(keys), _ROWS):
            part = keys[first : first + _ROWS]
            marks = ",".join("?" * len(part))
            # Only constants of this module are put into the statement's text.
            yield from self._db.execute(f"SELECT {columns} FROM vectors WHERE key IN ({marks})", part)  # noqa: S608
