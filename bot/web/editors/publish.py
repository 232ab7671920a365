"""Publish: what a run would do, the run itself in the background with its progress, and the way back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from ingest.errors import IndexUnavailableError, IngestError
from ingest.manifest import Manifest, current_generation, generation_folder, read_manifest
from ingest.pipeline import Ingestion, Report, list_generations, roll_back, usable_generations

if TYPE_CHECKING:
    from ingest.encoder import Encoder
    from ingest.pipeline import Observer
    from settings import Settings

logger = logging.getLogger(__name__)

UNEXPECTED = (
    "Something unexpected went wrong ({what}). The index that served before goes on serving; the log of the app says more. "
    "Publish again, and report it if it comes back."
)
NOT_CONFIRMED = "Nothing was changed. Type {count}, the number of articles that would go, to confirm."


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run would do now.

    Attributes:
        report: the dry run's report, or None where a run is not possible.
        mass_removal: whether more than half of the articles would go, so that it has to be confirmed.
        problem: why a run is not possible, or "".

    """

    report: Report | None
    mass_removal: bool = False
    problem: str = ""

    @property
    def lost(self) -> tuple[str, ...]:
        """Ids of the articles that would go; one that is only renamed does not."""
        if self.report is None:
            return ()
        renamed = {old for old, _ in self.report.renamed}
        return tuple(name for name in self.report.removed if name not in renamed)


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a run: its name, how much of it is done, and of how much (0 if unknown)."""

    name: str
    total: int
    done: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """The newest run.

    Attributes:
        running: whether it goes on.
        begun: when it began, local time; None where there was none since the app started.
        steps: its steps so far; the last is under way while it runs.
        report: what it did, once it has ended well.
        problem: why it ended without changing anything, or "".

    """

    running: bool = False
    begun: datetime | None = None
    steps: tuple[Step, ...] = ()
    report: Report | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """A generation that is on disk.

    Attributes:
        id: its id.
        created: when it was built, local time; None where its manifest cannot be read.
        articles: how many articles it has.
        passages: how many passages it has.
        serving: whether it serves.
        usable: whether there is a way to it: it is whole, and this version of Hipwise can read it.
        added: ids of the articles that it has and the serving one has not.
        changed: ids of the articles that it has in another version.
        removed: ids of the articles that the serving one has and it has not.

    """

    id: str
    created: datetime | None = None
    articles: int = 0
    passages: int = 0
    serving: bool = False
    usable: bool = False
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


@dataclass(slots=True)
class Publisher:
    """Runs the ingestion for the page, one run at a time. It goes on when the page that started it is closed.

    Attributes:
        settings: folders, how many generations to keep, the largest file.
        encoder: makes the encoder of a run; None for the ingestion's own.

    """

    settings: Settings
    encoder: Callable[[], Encoder] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _progress: Progress = field(default_factory=Progress)

    def outlook(self) -> Outlook:
        """What a run would do now; writes nothing."""
        ingestion = self._ingestion()
        try:
            return Outlook(ingestion.preview())
        except IngestError as error:
            problem = str(error)
        try:
            # Only the removal of more than half of the articles stops a run that goes with force.
            return Outlook(ingestion.preview(force=True), mass_removal=True)
        except IngestError:
            return Outlook(None, problem=problem)

    def progress(self) -> Progress:
        """How far the newest run is."""
        with self._lock:
            return self._progress

    def start(self, confirmed: str = "") -> str:
        """Start a run in the background.

        Args:
            confirmed: what the editor typed where more than half of the articles would go: how many.

        Returns:
            Why it was not started, or "".

        """
        outlook = self.outlook()
        if outlook.report is None:
            return outlook.problem
        count = len(outlook.lost)
        if outlook.mass_removal and confirmed.strip() != str(count):
            return NOT_CONFIRMED.format(count=count)
        with self._lock:
            if self._progress.running:
                return (
                    "A run is under way already, perhaps another editor's. It is shown below; wait until it has ended."
                )
            self._progress = Progress(running=True, begun=datetime.now().astimezone())
        threading.Thread(target=self._run, args=(outlook.mass_removal,), name="publish", daemon=True).start()
        return ""

    def roll_back(self, to: str) -> str:
        """Make another generation serve.

        Args:
            to: its id; "" for the one before the serving one.

        Returns:
            What happened, in a sentence.

        Raises:
            IngestError: nothing was changed; the text says why.

        """
        before, now = roll_back(self.settings.index, to or None)
        return f"{now} serves again; {before} is kept. The next publishing follows the article files again."

    def generations(self) -> list[Earlier]:
        """All generations on disk, newest first, with what differs from the serving one."""
        index = self.settings.index
        serving, usable = None, list_generations(index)
        try:
            name = current_generation(index)
            if name:
                serving = read_manifest(generation_folder(index, name))
                usable = list(usable_generations(index, name))
        except IndexUnavailableError:
            logger.info("The serving generation cannot be read", exc_info=True)
        found = []
        for folder in list_generations(index):
            try:
                found.append(_compared(read_manifest(folder), serving, usable=folder in usable))
            except IndexUnavailableError:
                found.append(Earlier(folder.name))
        return found

    def _ingestion(self, observer: Observer | None = None) -> Ingestion:
        settings = self.settings
        ingestion = Ingestion(
            settings.corpus, settings.index, settings.keep_generations, settings.max_article_kb * 1024
        )
        if observer is not None:
            ingestion.observer = observer
        if self.encoder is not None:
            ingestion.encoder = self.encoder()
        return ingestion

    def _run(self, force: bool) -> None:
        report, problem = None, ""
        try:
            report = self._ingestion(self).run(force=force)
        except IngestError as error:
            problem = str(error)
        except Exception as error:
            logger.exception("Publishing failed")
            problem = UNEXPECTED.format(what=type(error).__name__)
        with self._lock:
            self._progress = replace(self._progress, running=False, report=report, problem=problem)

    # As `ingest.pipeline.Observer`, told by the run.

    def step(self, name: str, total: int) -> None:
        """A step of the run begins."""
        with self._lock:
            self._progress = replace(self._progress, steps=(*self._progress.steps, Step(name, total)))

    def advance(self, count: int) -> None:
        """Some of the step is done."""
        with self._lock:
            *before, last = self._progress.steps
            self._progress = replace(self._progress, steps=(*before, replace(last, done=last.done + count)))


def _compared(manifest: Manifest, serving: Manifest | None, *, usable: bool) -> Earlier:
    mine = {name: entry.sha256 for name, entry in manifest.articles.items()}
    now = {name: entry.sha256 for name, entry in serving.articles.items()} if serving else mine
    return Earlier(
        id=manifest.generation,
        created=manifest.created.astimezone(),
        articles=len(mine),
        passages=manifest.chunks,
        serving=serving is not None and serving.generation == manifest.generation,
        usable=usable,
        added=tuple(sorted(mine.keys() - now.keys())),
        changed=tuple(sorted(name for name in mine.keys() & now.keys() if mine[name] != now[name])),
        removed=tuple(sorted(now.keys() - mine.keys())),
    )
