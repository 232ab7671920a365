"""Store: the articles and chunks of one generation in a SQLite file that is written once and then only read."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from ingest.article import Article
from ingest.chunk import Chunk, Sentence

STORE = "store.sqlite"
_ROWS = 500
_FIELDS = "row, article, number, title, headings, sentences, questions"

_SCHEMA = """
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT, sha256 TEXT, body_start INTEGER, front TEXT, text TEXT);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, article TEXT, number INTEGER, title TEXT, headings TEXT, sentences TEXT,
    questions TEXT, first INTEGER
);
CREATE INDEX chunks_by_article ON chunks (article, number);
"""


def write_store(folder: Path, articles: Iterable[tuple[Article, Sequence[Chunk]]]) -> tuple[int, int]:
    """Write the store of a new generation.

    Args:
        folder: the generation's folder.
        articles: each article with its chunks, in the order their rows shall have.

    Returns:
        How many chunks, and how many parts of theirs, were written. Chunk rows count from 0 in the order given.

    """
    rows = parts = 0
    db = sqlite3.connect(folder / STORE)
    try:
        db.execute("PRAGMA synchronous = OFF")  # the whole folder is synced before it serves
        db.executescript(_SCHEMA)
        with db:
            for article, chunks in articles:
                db.execute("INSERT INTO articles VALUES (?,?,?,?,?,?)", _article_row(article))
                for chunk in chunks:
                    db.execute("INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?)", (rows, *_chunk_row(chunk), parts))
                    rows += 1
                    parts += len(chunk.part_texts)
    finally:
        db.close()
    return rows, parts


class Store:
    """The read side of a generation's store; safe to share between threads.

    Args:
        folder: the generation's folder.

    """

    def __init__(self, folder: Path) -> None:
        path = (folder / STORE).resolve()
        self._lock = threading.Lock()
        self._db = sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def _all(self, statement: str, values: Sequence[object] = ()) -> list[tuple[object, ...]]:
        with self._lock:
            return self._db.execute(statement, values).fetchall()

    def article_ids(self) -> list[str]:
        """The ids of all articles, in order."""
        return [str(row[0]) for row in self._all("SELECT id FROM articles ORDER BY id")]

    def article(self, article: str) -> Article | None:
        """One article with its text as it was indexed, or None."""
        rows = self._all("SELECT * FROM articles WHERE id = ?", (article,))
        return _article(rows[0]) if rows else None

    def chunks(self, rows: Sequence[int]) -> list[Chunk]:
        """The chunks at these rows, in the order given. Raises KeyError for a row that is not there."""
        found: dict[int, Chunk] = {}
        for first in range(0, len(rows), _ROWS):
            part = rows[first : first + _ROWS]
            marks = ",".join("?" * len(part))
            statement = f"SELECT {_FIELDS} FROM chunks WHERE row IN ({marks})"  # noqa: S608 - names and marks only
            found |= {int(str(row[0])): _chunk(row[1:]) for row in self._all(statement, part)}
        return [found[row] for row in rows]

    def article_chunks(self, article: str) -> list[tuple[int, Chunk]]:
        """An article's chunks with their rows, in order of the text."""
        statement = f"SELECT {_FIELDS} FROM chunks WHERE article = ? ORDER BY number"  # noqa: S608 - names only
        return [(int(str(row[0])), _chunk(row[1:])) for row in self._all(statement, (article,))]

    def sections(self) -> list[tuple[int, str, str]]:
        """Row, article id and section of every chunk, in row order."""
        rows = self._all("SELECT row, article, title, headings FROM chunks ORDER BY row")
        return [
            (int(str(row)), str(article), _section(str(title), str(headings))) for row, article, title, headings in rows
        ]

    def first_parts(self) -> list[int]:
        """For every row in order, the number of its heading among the vectors of all parts."""
        return [int(str(row[0])) for row in self._all("SELECT first FROM chunks ORDER BY row")]

    def count(self) -> int:
        """How many chunks there are."""
        return int(str(self._all("SELECT count(*) FROM chunks")[0][0]))


def _article_row(article: Article) -> tuple[object, ...]:
    front = {
        "title": article.title,
        "summary": article.summary,
        "publisher": article.publisher,
        "author": article.author,
        "source_title": article.source_title,
        "updated": article.updated.isoformat() if article.updated else None,
        "topics": article.topics,
        "questions": article.questions,
        "dropped": article.dropped,
    }
    return article.id, article.path, article.sha256, article.body_start, json.dumps(front), article.text


def _article(row: tuple[object, ...]) -> Article:
    front = json.loads(str(row[4]))
    front["updated"] = date.fromisoformat(front["updated"]) if front["updated"] else None
    front["topics"] = tuple(front["topics"])
    front["dropped"] = tuple(front.get("dropped", ()))
    front["questions"] = tuple((heading, tuple(listed)) for heading, listed in front["questions"])
    return Article(
        id=str(row[0]), path=str(row[1]), sha256=str(row[2]), body_start=int(str(row[3])), text=str(row[5]), **front
    )


def _chunk_row(chunk: Chunk) -> tuple[object, ...]:
    sentences = [(s.start, s.end, s.text, s.kind, s.block, s.group) for s in chunk.sentences]
    headings, questions = json.dumps(chunk.headings), json.dumps(chunk.questions)
    return chunk.article, chunk.number, chunk.title, headings, json.dumps(sentences), questions


def _chunk(row: tuple[object, ...]) -> Chunk:
    article, number, title, headings, sentences, questions = row
    return Chunk(
        article=str(article),
        number=int(str(number)),
        title=str(title),
        headings=tuple(json.loads(str(headings))),
        sentences=tuple(Sentence(*fields) for fields in json.loads(str(sentences))),
        questions=tuple(json.loads(str(questions))),
    )


def _section(title: str, headings: str) -> str:
    path = json.loads(headings)
    return str(path[-1]) if path else title
