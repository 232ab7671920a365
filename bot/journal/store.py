"""Store: the journal's file, an SQLite database that one thread writes in the background."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import queue
import secrets
import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from bot.errors import BotError
from bot.journal.gaps import Entry, Gap, grouped
from bot.journal.scrub import scrub
from bot.query import MOST_QUESTIONS
from guardrails import Level

if TYPE_CHECKING:
    from bot.reply import Reply
    from ingest.encoder import Encoder
    from settings import Settings

logger = logging.getLogger(__name__)

REASONS = ("Not what I asked", "Too little", "Hard to follow", "Seems wrong")  # fixed, so that no free text comes in
REMEMBERED = 10_000  # conversations that go on; of one that was forgotten meanwhile nothing more is kept
WAITING = 1000  # jobs; when the disk cannot keep up, further questions are not kept
LOCKED = 2.0  # seconds to wait for another program that holds the file
_EACH = 3600.0  # seconds between two looks at the calendar while nobody asks
_LONGEST = 2000  # characters of a message; a longer one is a story, hard to scrub and no use as a question

_SCHEMA = """
CREATE TABLE IF NOT EXISTS questions (
    id INTEGER PRIMARY KEY,
    day TEXT NOT NULL,
    question TEXT NOT NULL,
    searched TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('answered', 'declined', 'unrelated')),
    section TEXT NOT NULL,
    articles TEXT NOT NULL,
    thumb INTEGER NOT NULL DEFAULT 0 CHECK (thumb IN (-1, 0, 1)),
    reason TEXT NOT NULL DEFAULT ''
)
"""


class JournalError(BotError):
    """The journal's file cannot be read or written; the text names it and says what to do."""


@dataclass(slots=True)
class Conversation:
    """What the running app remembers of a conversation to be able to delete it; nothing of it is ever stored.

    Attributes:
        token: names it; random, and known to the runner's browser and this program's memory only. The ids of its lines are
            made from it, so that whoever has the file alone cannot tell which lines belong together.
        turns: the most messages that it had.
        closed: set by the first red flag; nothing of the conversation is kept from then on.
        refused: whether a message of it was not kept because of what it says about the runner.

    """

    token: str = field(default_factory=secrets.token_hex)
    turns: int = 0
    closed: bool = False
    refused: bool = False

    def rows(self, turn: int) -> tuple[int, ...]:
        """The ids that lines of a turn have, or would have: one for each question that a turn may ask."""
        names = (f"{self.token} {turn} {part}".encode() for part in range(MOST_QUESTIONS))
        return tuple(int.from_bytes(hashlib.blake2b(name, digest_size=8).digest()) >> 2 for name in names)


class Journal:
    """The questions that runners asked. Safe to share between threads; nothing here raises into an answer.

    `record`, `rate` and `forget` hand their work to a thread of the journal's own and return at once. The file is opened
    anew for each piece of work, so it may be deleted at any time. Only the day of a question is kept: with the time, a
    line could be matched with the log of a web server or with what somebody remembers.

    Args:
        path: the file; it need not exist, and is made when there is something to keep.
        days: how many days a question is kept.
        today: gives the current day.

    Example:
        >>> journal = Journal.open(settings.journal, settings.log_days)   # doctest: +SKIP
        >>> write_csv(journal.gaps(Encoder()), file)                       # doctest: +SKIP

    """

    def __init__(self, path: Path, days: int, today: Callable[[], date] | None = None) -> None:
        self.path = path
        self.days = days
        self._today = today or (lambda: datetime.now().astimezone().date())
        self._jobs: queue.Queue[Callable[[], None]] = queue.Queue()
        self._known: OrderedDict[str, Conversation] = OrderedDict()
        self._knowing = threading.Lock()
        self._doomed: set[int] = set()  # rows that must go and could not yet be deleted
        self._troubled = False
        self._expired: date | None = None

    @classmethod
    def open(cls, path: Path, days: int, today: Callable[[], date] | None = None) -> Journal:
        """The journal in a file, with what is too old deleted. A file that cannot be used is logged, never raised."""
        journal = cls(path, days, today)
        journal._do(journal._expire)
        journal._start()
        return journal

    def conversation(self, token: str, turns: int) -> Conversation:
        """The handle of a conversation.

        Args:
            token: what its runner's browser names it by, the same for each of its messages and random.
            turns: how many messages it has. Where it is not known and has more than one, it began before the app was started:
                nobody knows what was said, so nothing more of it is kept. What was kept can still be deleted.

        """
        with self._knowing:
            known = self._known.pop(token, None) or Conversation(token, closed=turns > 1)
            known.turns = max(known.turns, turns)
            self._known[token] = known
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
            return known

    def record(self, conversation: Conversation, turns: Sequence[str], reply: Reply) -> None:
        """Keep the last turn of a conversation; or, where the conversation has a red flag, delete all that was kept of it.

        Args:
            conversation: the handle of this conversation, one for each.
            turns: the runner's messages, oldest first.
            reply: the reply to them; one that is not complete yet counts only for its flags.

        """
        conversation.turns = max(conversation.turns, len(turns))
        if is_flagged(reply):
            self.forget(conversation)
        elif not reply.complete:
            return
        elif self._jobs.qsize() >= WAITING:
            self._complain("more questions came than could be written")
        else:
            kept = tuple(turns)
            self._submit(lambda: self._record(conversation, kept, reply))

    def rate(self, conversation: Conversation, turn: int, thumb: int, reason: str = "") -> None:
        """Note a runner's thumb on the reply to a turn.

        Args:
            conversation: its handle.
            turn: number of the turn, from 0.
            thumb: 1 for up, -1 for down, 0 for taken back.
            reason: one of `REASONS`, or "".

        """
        self._submit(lambda: self._rate(conversation, turn, thumb, reason if reason in REASONS else ""))

    def forget(self, conversation: Conversation) -> None:
        """Delete what was kept of a conversation, and keep nothing more of it."""
        self._submit(lambda: self._forget(conversation))

    def gaps(self, encoder: Encoder, since: date | None = None) -> list[Gap]:
        """What runners asked and did not get from the articles, grouped by meaning, the most asked first.

        Args:
            encoder: makes the questions' vectors.
            since: the first day that counts; None for all that is kept.

        Raises:
            JournalError: the file cannot be read.

        """
        return grouped([entry for entry in self.entries(since) if entry.is_gap], encoder)

    def entries(self, since: date | None = None) -> list[Entry]:
        """All that is kept, oldest day first.

        Raises:
            JournalError: the file cannot be read.

        """
        if not self.path.exists():
            return []
        first = max(self._first_day(), since or date.min)
        columns = "day, question, searched, outcome, section, articles, thumb, reason"
        try:
            with closing(self._connect()) as database:
                rows = database.execute(
                    f"SELECT {columns} FROM questions WHERE day >= ? ORDER BY day, question",  # noqa: S608 - constant
                    (first.isoformat(),),
                ).fetchall()
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"The questions kept in {self.path} cannot be read ({error}). Another program may hold the file: try again; "
                "if it stays so, delete it with `python -m bot gaps --wipe`."
            ) from error
        return [
            Entry(date.fromisoformat(row[0]), row[1], row[2], row[3], row[4], tuple(json.loads(row[5])), row[6], row[7])
            for row in rows
        ]

    def wipe(self) -> None:
        """Delete the file and all that is in it.

        Raises:
            JournalError: it cannot be deleted.

        """
        try:
            for path in (self.path, self.path.with_name(f"{self.path.name}-journal")):
                path.unlink(missing_ok=True)
        except OSError as error:
            raise JournalError(
                f"The questions kept in {self.path} cannot be deleted ({error}). Delete the file by hand."
            ) from error

    def flush(self) -> None:
        """Wait until all that was handed over is done."""
        self._jobs.join()

    # What follows runs in the journal's own thread.

    def _start(self) -> None:
        threading.Thread(target=self._run, name="journal", daemon=True).start()

    def _submit(self, job: Callable[[], None]) -> None:
        self._jobs.put(job)

    def _run(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_EACH)
            except queue.Empty:
                self._do(self._expire)
                continue
            self._do(self._expire)
            self._do(job)
            self._jobs.task_done()

    def _do(self, job: Callable[[], None]) -> None:
        """Do a piece of work; whatever fails is logged once, until something works again."""
        try:
            job()
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorname", "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
                self._discard(error)
            else:
                self._complain(str(error))
        except Exception as error:
            logger.debug("A question could not be kept", exc_info=True)
            self._complain(str(error))

    def _complain(self, what: str) -> None:
        if not self._troubled:
            self._troubled = True
            logger.warning(
                "Questions cannot be kept in %s: %s. Answers are not affected. Mend the disk or the file's permissions, or "
                "set HIPWISE_LOG_QUESTIONS=0.",
                self.path,
                what,
            )

    def _discard(self, error: sqlite3.DatabaseError) -> None:
        """Delete a damaged file: what is in it could not be deleted on its day any more."""
        logger.warning(
            "The kept questions in %s are damaged (%s); they are deleted and a new file begun.", self.path, error
        )
        try:
            self.wipe()
        except JournalError as failed:
            self._complain(str(failed))

    def _connect(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(handle).st_mode & 0o077:
                self.path.chmod(0o600)
        finally:
            os.close(handle)
        database = sqlite3.connect(self.path, timeout=LOCKED)
        try:
            database.execute("PRAGMA secure_delete = ON")
            database.execute(_SCHEMA)
        except sqlite3.Error:
            database.close()
            raise
        return database

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction, in which all that must go goes first."""
        with closing(self._connect()) as database:
            with database:
                database.executemany("DELETE FROM questions WHERE id = ?", [(row,) for row in self._doomed])
                yield database
            self._doomed.clear()
        self._troubled = False

    def _record(self, conversation: Conversation, turns: tuple[str, ...], reply: Reply) -> None:
        if conversation.closed:
            return
        # Nothing was searched for small talk, doses and messages in other languages (which cannot be scrubbed).
        if not reply.searched_for:
            return
        wary = conversation.refused
        question = scrub(turns[-1], wary=wary) if len(turns[-1]) <= _LONGEST else None
        if question is None:
            conversation.refused = True
            return
        asked = reply.missing or (reply.searched_for,)
        outcome = "answered" if not reply.missing else "declined" if reply.answered or reply.nearby else "unrelated"
        nearest = (item.section for item in reply.citations) if outcome == "answered" else iter(reply.nearby)
        section = next(nearest, "")
        articles = json.dumps(list(dict.fromkeys(citation.article for citation in reply.citations)))
        day = self._today().isoformat()
        ids = conversation.rows(len(turns) - 1)
        rows = []
        for row, text in zip(ids, asked, strict=False):
            # Words of a message that was refused may have been searched for again.
            searched = question if wary or text == turns[-1] else scrub(text)
            rows.append((row, day, question, searched or question, outcome, section, articles))
        with self._writing() as database:
            # A question that is asked again, or in other words, stands in the place of the one before.
            database.executemany("DELETE FROM questions WHERE id = ?", [(row,) for row in ids])
            database.executemany(
                "INSERT INTO questions (id, day, question, searched, outcome, section, articles) VALUES (?,?,?,?,?,?,?)",
                rows,
            )

    def _rate(self, conversation: Conversation, turn: int, thumb: int, reason: str) -> None:
        if conversation.closed or turn >= conversation.turns:
            return
        with self._writing() as database:
            database.executemany(
                "UPDATE questions SET thumb = ?, reason = ? WHERE id = ?",
                [(thumb, reason, row) for row in conversation.rows(turn)],
            )

    def _forget(self, conversation: Conversation) -> None:
        conversation.closed = True
        self._doomed |= {row for turn in range(conversation.turns) for row in conversation.rows(turn)}
        if self._doomed and self.path.exists():
            with self._writing():
                pass

    def _first_day(self) -> date:
        """The oldest day that may still be kept."""
        return self._today() - timedelta(days=self.days - 1)

    def _expire(self) -> None:
        """Delete what is too old, once a day, and what could not be deleted before."""
        today = self._today()
        if not self.path.exists() or (self._expired == today and not self._doomed):
            return
        with self._writing() as database:
            gone = database.execute("DELETE FROM questions WHERE day < ?", (self._first_day().isoformat(),)).rowcount
        if gone:
            with closing(self._connect()) as database:
                database.execute("VACUUM")
        self._expired = today


def is_flagged(reply: Reply) -> bool:
    """Whether a reply's conversation has, or had, a red flag of any level, or could not be assessed."""
    assessment = reply.assessment
    return assessment.level > Level.NONE or assessment.failed or bool(assessment.withdrawn)


def journal_for(settings: Settings) -> Journal | None:
    """The journal as the settings want it; None where no questions are kept, and then none of earlier times are left."""
    journal = Journal(settings.journal, settings.log_days)
    if settings.log_questions:
        return Journal.open(settings.journal, settings.log_days)
    if settings.journal.exists():
        try:
            journal.wipe()
            logger.warning("HIPWISE_LOG_QUESTIONS is off: the questions kept in %s were deleted.", settings.journal)
        except JournalError as error:
            logger.error("%s", error)  # noqa: TRY400 - the message says it all
    return None
