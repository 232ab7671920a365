"""Store: the articles and chunks of one generation in a SQLite file that is written once and then only read."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ingest.article import Article
from ingest.cache import text_key
from ingest.chunk import Chunk, Sentence
from ingest.lexical import terms

STORE = "store.sqlite"
_ROWS = 500
_FIELDS = "row, article, number, title, headings, sentences, questions"
# Heading words count more than body words, as a fielded index would have it. Chosen, not tuned.
_HEADING_REPEATS = 2

# Of a chunk, `first` is the number of its heading among the vectors of all parts, `parts` how many parts it has, `key` the
# cache's key of its embedding text, `terms` the stems that BM25 sees: an unchanged article is copied and nothing is worked out
# again.
_SCHEMA = """
CREATE TABLE articles (id TEXT PRIMARY KEY, path TEXT, sha256 TEXT, body_start INTEGER, front TEXT, text TEXT);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY, article TEXT, number INTEGER, title TEXT, headings TEXT, sentences TEXT,
    questions TEXT, parts INTEGER, key BLOB, terms TEXT, first INTEGER
);
CREATE INDEX chunks_by_article ON chunks (article, number);
"""


@dataclass(frozen=True, slots=True)
class Stored:
    """One article of a store, without its text.

    Attributes:
        id: the article's id.
        path: the file under the corpus folder it came from.
        sha256: of the file's bytes.
        title: its title.
        chunks: how many chunks it has.
        first: number of its first part among the vectors of all parts.
        parts: how many parts its chunks have together.

    """

    id: str
    path: str
    sha256: str
    title: str
    chunks: int
    first: int
    parts: int


def write_store(
    folder: Path, articles: Iterable[tuple[Article, Sequence[Chunk]] | str], previous: Store | None = None
) -> None:
    """Write the store of a new generation, one article after the other.

    Args:
        folder: the generation's folder.
        articles: each article with its chunks, in the order their rows shall have; an id alone for one that is copied as it
            is from `previous`. Chunk rows count from 0 in this order.
        previous: the store of the generation that serves.

    """
    rows = parts = 0
    with closing(sqlite3.connect(folder / STORE)) as db:
        db.execute("PRAGMA synchronous = OFF")  # the whole folder is synced before it serves
        db.execute("PRAGMA journal_mode = OFF")  # a store that is not whole is thrown away
        db.executescript(_SCHEMA)
        with db:
            for item in articles:
                if isinstance(item, str):
                    if previous is None:
                        raise KeyError(item)
                    article, chunks = previous.raw(item)
                else:
                    article, chunks = _article_row(item[0]), [_chunk_row(chunk) for chunk in item[1]]
                db.execute("INSERT INTO articles VALUES (?,?,?,?,?,?)", article)
                for chunk in chunks:
                    db.execute("INSERT INTO chunks VALUES (?,?,?,?,?,?,?,?,?,?,?)", (rows, *chunk, parts))
                    rows += 1
                    parts += int(str(chunk[_PARTS]))


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

    def _each(self, statement: str) -> Iterator[tuple[object, ...]]:
        """Rows of a long answer, a few at a time."""
        with self._lock:
            cursor = self._db.execute(statement)
        while True:
            with self._lock:
                rows = cursor.fetchmany(_ROWS)
            if not rows:
                return
            yield from rows

    def raw(self, article: str) -> tuple[tuple[object, ...], list[tuple[object, ...]]]:
        """An article and its chunks as another store keeps them. Raises KeyError for an article that is not there."""
        rows = self._all("SELECT * FROM articles WHERE id = ?", (article,))
        if not rows:
            raise KeyError(article)
        statement = (
            "SELECT article, number, title, headings, sentences, questions, parts, key, terms FROM chunks "
            "WHERE article = ? ORDER BY number"
        )
        return rows[0], self._all(statement, (article,))

    def listing(self) -> list[Stored]:
        """All articles, in order of their rows."""
        rows = self._all(
            "SELECT id, path, sha256, json_extract(front, '$.title'), count(row), ifnull(min(first), 0), ifnull(sum(parts), 0) "
            "FROM articles LEFT JOIN chunks ON article = id GROUP BY id ORDER BY id"
        )
        return [
            Stored(str(name), str(path), str(sha256), str(title), *(int(str(count)) for count in counts))
            for name, path, sha256, title, *counts in rows
        ]

    def keyed(self, article: str) -> list[tuple[int, bytes, str, tuple[str, ...]]]:
        """Row, key of the embedding text, section and listed questions of each chunk of an article, in order of the text."""
        statement = "SELECT row, key, title, headings, questions FROM chunks WHERE article = ? ORDER BY number"
        return [
            (int(str(row)), bytes(key), _section(str(title), str(headings)), tuple(json.loads(str(questions))))
            for row, key, title, headings, questions in self._all(statement, (article,))
            if isinstance(key, bytes)
        ]

    def terms(self) -> Iterator[list[str]]:
        """The stems that BM25 sees of each chunk, in row order."""
        return (str(row[0]).split() for row in self._each("SELECT terms FROM chunks ORDER BY row"))

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

    def first_parts(self) -> list[int]:
        """For every row in order, the number of its heading among the vectors of all parts."""
        return [int(str(row[0])) for row in self._all("SELECT first FROM chunks ORDER BY row")]

    def question_count(self) -> int:
        """How many listed questions there are, each counted for every chunk of its section."""
        return int(str(self._all("SELECT ifnull(sum(json_array_length(questions)), 0) FROM chunks")[0][0]))

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
    }
    return article.id, article.path, article.sha256, article.body_start, json.dumps(front), article.text


def _article(row: tuple[object, ...]) -> Article:
    front = json.loads(str(row[4]))
    front["updated"] = date.fromisoformat(front["updated"]) if front["updated"] else None
    front["topics"] = tuple(front["topics"])
    front["questions"] = tuple((heading, tuple(listed)) for heading, listed in front["questions"])
    return Article(
        id=str(row[0]), path=str(row[1]), sha256=str(row[2]), body_start=int(str(row[3])), text=str(row[5]), **front
    )


def _chunk_row(chunk: Chunk) -> tuple[object, ...]:
    sentences = [(s.start, s.end, s.text, s.kind, s.block, s.group) for s in chunk.sentences]
    return (
        chunk.article,
        chunk.number,
        chunk.title,
        json.dumps(chunk.headings),
        json.dumps(sentences),
        json.dumps(chunk.questions),
        len(chunk.part_texts),
        text_key(chunk.embedding_text),
        " ".join(chunk_terms(chunk)),
    )


_PARTS = 6  # place of the count of parts in such a row


def chunk_terms(chunk: Chunk) -> list[str]:
    """The terms BM25 sees of a chunk: its header twice, then its body and its listed questions."""
    return terms(chunk.header) * _HEADING_REPEATS + terms(chunk.body) + terms(" ".join(chunk.questions))


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
