"""EmbeddingCache: vectors by the text they were made from, so that no text is embedded twice."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from ingest.encoder import DIMENSION, ENCODER_ID, Vectors

logger = logging.getLogger(__name__)

# Vectors are appended and only their keys are sorted: with both in one tree, a million of them take hours to write.
_SCHEMA = "CREATE TABLE IF NOT EXISTS vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, vector BLOB NOT NULL)"
# Until 0.1 keys and vectors were in one tree.
_FROM_FIRST_LAYOUT = f"""
BEGIN;
ALTER TABLE vectors RENAME TO first;
{_SCHEMA};
INSERT INTO vectors (key, vector) SELECT key, vector FROM first;
DROP TABLE first;
COMMIT;
"""  # noqa: S608 - a constant
_SCANNED = 10_000  # keys looked at at once while pruning
_ROWS = 500  # keys a query; SQLite allows 999 parameters on old builds


def text_key(text: str) -> bytes:
    """The cache's key of a text: sha256 over the encoder's id and the text."""
    return hashlib.sha256(f"{ENCODER_ID}\0{text}".encode()).digest()


def _short(key: bytes) -> int:
    return int.from_bytes(key[:8], "little")


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


def known_texts(path: Path, texts: Collection[str]) -> int:
    """How many of these different texts have a vector in a cache's file; writes nothing, and a cache it cannot read has none."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as db:
            found = (db.execute("SELECT 1 FROM vectors WHERE key = ?", (text_key(text),)).fetchone() for text in texts)
            return sum(row is not None for row in found)
    except sqlite3.DatabaseError:
        return 0


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
            old = db.execute("SELECT sql FROM sqlite_master WHERE name = 'vectors'").fetchone()
            if old and "WITHOUT ROWID" in old[0]:
                db.executescript(_FROM_FIRST_LAYOUT)
            db.execute(_SCHEMA)
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
            self._db.executemany("INSERT OR REPLACE INTO vectors (key, vector) VALUES (?, ?)", rows)

    def get(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, shape (len(texts), 384).

        Raises:
            KeyError: a text was never put.

        """
        return self.get_keys([text_key(text) for text in texts])

    def get_keys(self, keys: Sequence[bytes]) -> Vectors:
        """As `get`, for the texts' keys."""
        with _damage_told():
            found = {key: np.frombuffer(blob, dtype=np.float32) for key, blob in self._rows(keys, "key, vector")}
        vectors = np.empty((len(keys), DIMENSION), dtype=np.float32)
        for number, key in enumerate(keys):
            vectors[number] = found[key]
        return vectors

    def count(self) -> int:
        """How many vectors it holds."""
        with _damage_told():
            return int(self._db.execute("SELECT count(*) FROM vectors").fetchone()[0])

    def prune(self, texts: Iterable[str]) -> int:
        """Drop every vector but those of `texts`, and give their room back; returns how many were dropped."""
        # Eight bytes of each key: a million texts fit into 8 MB, and one kept by chance costs nothing.
        keep = np.unique(np.fromiter((_short(text_key(text)) for text in texts), dtype=np.uint64))
        drop: list[tuple[int]] = []
        with _damage_told(), closing(self._db.execute("SELECT id, key FROM vectors")) as rows:
            while part := rows.fetchmany(_SCANNED):
                short = np.fromiter((_short(key) for _, key in part), dtype=np.uint64, count=len(part))
                drop += [(part[place][0],) for place in np.flatnonzero(~np.isin(short, keep))]
        with _damage_told(), self._db:
            self._db.executemany("DELETE FROM vectors WHERE id = ?", drop)
        with _damage_told():
            self._db.execute("VACUUM")
        return len(drop)

    def _rows(self, keys: Sequence[bytes], columns: str) -> Iterator[tuple[bytes, bytes]]:
        for first in range(0, len(keys), _ROWS):
            part = keys[first : first + _ROWS]
            marks = ",".join("?" * len(part))
            # Only constants of this module are put into the statement's text.
            yield from self._db.execute(f"SELECT {columns} FROM vectors WHERE key IN ({marks})", part)  # noqa: S608
