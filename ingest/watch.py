"""Watch: ingests again whenever an article is saved, until it is stopped."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from ingest.article import ASSET_SUFFIXES, no_corpus
from ingest.errors import IndexBusyError, IngestError
from ingest.scratch import is_scratch

if TYPE_CHECKING:
    from ingest.pipeline import Ingestion, Report

QUIET = 500  # milliseconds without another change that end a save
LONGEST = 1600  # milliseconds after which a run begins although changes go on
AGAIN = 2.0  # seconds between two tries while another ingestion is running
NAMED = 3  # articles named in a line
REJECTED = 3  # rejected articles told with their fault in a line


@dataclass(slots=True)
class Watch:
    """Follows a corpus folder. What changes during a run leads to another one; no save is missed.

    A file caught half-written is rejected, its last good version stays, and it is read again at its next save. When the folder
    itself goes, the index goes on serving until it is back.

    Attributes:
        ingestion: brings the index up to date.
        report: called with the line, or lines, of each run.
        say: called with a line on anything else, such as why a run could not be done.
        json_output: report one JSON object a run instead of lines for people.

    """

    ingestion: Ingestion
    report: Callable[[str], None]
    say: Callable[[str], None]
    json_output: bool = False
    _due: float | None = field(default=None, init=False)  # when the next run is to begin (monotonic), or None
    _told: str = field(default="", init=False)  # what is being waited for, so that it is said once

    def follow(self, *, force: bool = False) -> None:
        """Ingest, and again at each save, until the process is interrupted (Ctrl+C) or told to end (SIGTERM).

        Args:
            force: of the first run, as for `Ingestion.run`.

        Raises:
            IngestError: the first run cannot be done, for another reason than that one is running already.

        """
        if not self.ingestion.corpus.is_dir():
            raise no_corpus(self.ingestion.corpus)
        with _ended_by_sigterm():
            try:
                first, self._due = True, time.monotonic()
                for saved in self._moments():
                    if saved:
                        self._due = time.monotonic()
                    if self._due is not None and time.monotonic() >= self._due:
                        self._run(force=force and first, first=first)
                        first = first and self._due is not None
            except KeyboardInterrupt:
                self.say("Stopped watching. The index goes on serving.")

    def _moments(self) -> Iterator[bool]:
        """True after each save, and False about twice a second; the watching has begun before the first of them."""
        corpus = self.ingestion.corpus
        while True:
            if not corpus.is_dir():
                self._say_once(
                    f"The corpus folder {corpus} is gone. The index goes on serving; waiting for it to be back."
                )
                while not corpus.is_dir():
                    time.sleep(QUIET / 1000)
                self._due = time.monotonic()
            before = _identity(corpus)
            for changes in _changes(corpus):
                yield bool(changes)
                if _identity(corpus) != before:
                    break
            if corpus.is_dir():  # another folder of that name; what it holds may differ
                self._due = time.monotonic()

    def _run(self, *, force: bool, first: bool) -> None:
        self._due = None
        try:
            report = self.ingestion.run(force=force)
        except IndexBusyError:
            self._say_once(
                f"Another ingestion is running on {self.ingestion.index}; this one waits until it has ended."
            )
            self._due = time.monotonic() + AGAIN
        except IngestError as error:
            if first:
                raise
            if self.ingestion.corpus.is_dir():
                self._told = ""
                self.say(str(error))
        except Exception as error:  # noqa: BLE001 - a watch goes on; the next save may be right
            self.say(f"Something unexpected went wrong ({type(error).__name__}: {error}). The index goes on serving.")
        else:
            self._told = ""
            self.report(json.dumps(report.to_dict(), ensure_ascii=False) if self.json_output else run_line(report))
        if first and self._due is None:
            self.say(f"Watching {self.ingestion.corpus}. Press Ctrl+C to stop.")

    def _say_once(self, line: str) -> None:
        if line != self._told:
            self._told = line
            self.say(line)


def run_line(report: Report) -> str:
    """What a run did in a line: when, what changed, what serves; a second line where articles were rejected."""
    moved = {name for pair in report.renamed for name in pair}
    names = {
        "added": [name for name in report.added if name not in moved],
        "changed": report.changed,
        "renamed": [f"{old} -> {new}" for old, new in report.renamed],
        "removed": [name for name in report.removed if name not in moved],
    }
    done = [f"{what} {_named(articles)}" for what, articles in names.items() if articles]
    if report.rebuild:
        done.append("everything built anew")
    serves = f"{report.chunks} chunks serve" if report.generation else "no index yet"
    line = f"{time.strftime('%H:%M:%S')}  {', '.join(done) or 'nothing changed'} ({serves}, {report.seconds:.1f} s)"
    if report.failed:
        faults = [
            f"{error.article}{' (its last good version stays)' if error.article in report.kept else ''}: {error}"
            for error in report.failed[:REJECTED]
        ]
        more = len(report.failed) - REJECTED
        faults += [f"{more} more; `python -m ingest check` names them"] if more > 0 else []
        line += f"\n          rejected {' | '.join(faults)}"
    return line


def _named(articles: Sequence[str]) -> str:
    more = len(articles) - NAMED
    return ", ".join(articles[:NAMED]) + (f" and {more} more" if more > 0 else "")


def _identity(folder: Path) -> tuple[int, int] | None:
    try:
        stat = folder.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


def _changes(corpus: Path) -> Iterator[set[Any]]:
    """The changes of each save in a folder, and an empty set about twice a second."""
    from watchfiles import watch

    place = corpus.resolve()

    def wanted(_: object, path: str) -> bool:
        try:
            parts = PurePath(path).relative_to(place).parts
        except ValueError:
            return True
        return not any(is_scratch(part) for part in parts) and PurePath(path).suffix.lower() not in ASSET_SUFFIXES

    try:
        yield from watch(
            place, watch_filter=wanted, debounce=LONGEST, step=QUIET, rust_timeout=QUIET, yield_on_timeout=True
        )
    except (OSError, RuntimeError) as error:
        if corpus.is_dir():
            raise IngestError(
                f"The folder {corpus} cannot be watched ({error}). Set WATCHFILES_FORCE_POLLING=true to look "
                "at it twice a second instead, and run again."
            ) from error


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl+C does."""

    def end(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
