"""Pipeline: one ingestion run - plan, split, embed what is new, build, verify, swap - under a lock."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from ingest.article import Article, list_article_files, no_corpus, read_article
from ingest.build import Split, build_generation, new_generation_id, sync_tree, verify_generation
from ingest.cache import CacheDamagedError, EmbeddingCache, set_aside
from ingest.check import check_questions
from ingest.chunk import Chunk, split_article
from ingest.encoder import MAX_TOKENS, Encoder
from ingest.errors import ArticleError, IndexUnavailableError, IngestError
from ingest.generation import damage
from ingest.manifest import (
    FORMAT_VERSION,
    GENERATIONS,
    Manifest,
    current_generation,
    generation_folder,
    point_to,
    read_manifest,
    sync_folder,
)
from ingest.plan import Plan, make_plan
from ingest.store import Store

logger = logging.getLogger(__name__)

LOCK = ".lock"
CACHE = "cache.sqlite"
_BUILDING = ".building-"
_NO_ROOM = ("disk is full", "no space left", "readonly database", "read-only", "disk i/o error")
_EMBED_AT_ONCE = 512  # texts between two writes to the cache: what a kill can lose


class Observer(Protocol):
    """Told how far a run is, for a progress bar."""

    def step(self, name: str, total: int) -> None:
        """A step begins; `total` units of work, 0 if unknown."""

    def advance(self, count: int) -> None:
        """`count` units of the step are done."""


class Silent:
    """An observer that says nothing."""

    def step(self, name: str, total: int) -> None:
        """Nothing to show."""

    def advance(self, count: int) -> None:
        """Nothing to show."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a run did, or would do.

    Attributes:
        generation: id of the serving generation after the run, or None where there is none.
        added: ids.
        changed: ids.
        removed: ids.
        unchanged: how many articles stayed as they were.
        failed: articles rejected, with the fault.
        kept: ids of rejected articles whose last good version stays.
        chunks: chunks of the serving generation.
        embedded: chunks embedded in this run.
        seconds: how long it took.
        rebuild: why everything was built anew, or None.
        dry_run: whether nothing was written.

    """

    generation: str | None
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[ArticleError, ...] = ()
    kept: tuple[str, ...] = ()
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
    rebuild: str | None = None
    dry_run: bool = False

    @property
    def exit_code(self) -> int:
        """0: the index is current. 1: some articles were rejected."""
        return 1 if self.failed else 0

    def to_dict(self) -> dict[str, object]:
        """The object of `python -m ingest --json`."""
        return {
            "generation": self.generation,
            "added": list(self.added),
            "changed": list(self.changed),
            "removed": list(self.removed),
            "unchanged": self.unchanged,
            "failed": [{"article": error.article, "error": str(error)} for error in self.failed],
            "chunks": self.chunks,
            "embedded": self.embedded,
            "seconds": round(self.seconds, 3),
            "kept": list(self.kept),
            "rebuild": self.rebuild,
            "dry_run": self.dry_run,
        }


@dataclass(slots=True)
class Ingestion:
    """One run of the pipeline.

    Attributes:
        corpus: folder of the articles.
        index: folder of the index; made if missing.
        keep: how many generations stay on disk, 1 or more.
        max_bytes: larger article files are rejected, in bytes.
        observer: told how far the run is.
        encoder: makes the vectors; only loaded when something new must be embedded.

    """

    corpus: Path
    index: Path
    keep: int = 3
    max_bytes: int = 1024 * 1024
    observer: Observer = field(default_factory=Silent)
    encoder: Encoder = field(default_factory=lambda: Encoder(fast=True))

    def preview(self, *, force: bool = False) -> Report:
        """What a run would do; writes nothing and takes no lock.

        Raises:
            IngestError: as `run` would.

        """
        started = time.monotonic()
        self._check_places()
        serving, _, wrong = self._serving()
        plan = self._plan(serving, wrong, force=force)
        return self._report(plan, serving, started, dry_run=True)

    def run(self, *, force: bool = False) -> Report:
        """Bring the index up to date.

        Args:
            force: also when more than half of the articles would go, or when nothing changed.

        Raises:
            IngestError: nothing was changed; the text says why and what to do.

        """
        started = time.monotonic()
        self._check_places()
        self._prepare()
        try:
            with FileLock(self.index / LOCK, timeout=0):
                self._clean()
                return self._run(started, force=force)
        except Timeout:
            raise IngestError(
                f"Another ingestion is running on {self.index}. Wait until it has ended, then run again."
            ) from None
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise _not_written(f"{error.strerror or error}{where}") from error
        except IngestError:
            raise
        except Exception as error:
            # SQLite and Chroma report a full disk with errors of their own.
            if any(words in str(error).lower() for words in _NO_ROOM):
                raise _not_written(str(error)) from error
            raise

    def _check_places(self) -> None:
        corpus, index = self.corpus.resolve(), self.index.resolve()
        if not corpus.is_dir():
            raise no_corpus(self.corpus)
        if index.is_relative_to(corpus) or corpus.is_relative_to(index):
            raise IngestError(
                f"The index folder {index} and the corpus folder {corpus} must lie apart. Give another --index."
            )

    def _prepare(self) -> None:
        try:
            (self.index / GENERATIONS).mkdir(parents=True, exist_ok=True)
            probe = self.index / f".probe-{time.monotonic_ns()}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise IngestError(
                f"The index folder {self.index} cannot be written ({error.strerror}). Mend its permissions, or give "
                "another with --index DIR or HIPWISE_INDEX."
            ) from error

    def _clean(self) -> None:
        """Remove what a killed run left."""
        for leftover in (self.index / GENERATIONS).glob(f"{_BUILDING}*"):
            logger.info("Removing %s, left by a run that was stopped.", leftover.name)
            shutil.rmtree(leftover, ignore_errors=True)

    def _serving(self) -> tuple[Manifest | None, Path | None, str | None]:
        """The generation to compare with, its folder, and what is wrong with the serving one, if anything is."""
        wrong: str | None = None
        try:
            name = current_generation(self.index)
            if name is None:
                return None, None, None
            folder = generation_folder(self.index, name)
            wrong = damage(folder)
            if wrong is None:
                return read_manifest(folder), folder, None
        except IndexUnavailableError as error:
            wrong = str(error)
        for folder in list_generations(self.index):
            try:
                if damage(folder) is None:
                    return read_manifest(folder), folder, wrong
            except IndexUnavailableError:
                continue
        return None, None, wrong

    def _plan(self, serving: Manifest | None, wrong: str | None, *, force: bool) -> Plan:
        reason = f"the serving generation is damaged: {wrong}" if wrong else "--force" if force else None
        plan = make_plan(self.corpus, serving, self.max_bytes, rebuild=reason)
        if serving and not force and len(plan.removed) * 2 > len(serving.articles):
            raise IngestError(
                f"This would remove {len(plan.removed)} of {len(serving.articles)} articles ({_some(plan.removed)}), so "
                "nothing was changed. Check the corpus folder; if it is meant so, run again with --force."
            )
        return plan

    def _run(self, started: float, *, force: bool) -> Report:
        serving, folder, wrong = self._serving()
        self.observer.step("Comparing", 0)
        plan = self._plan(serving, wrong, force=force)
        if plan.empty:
            return self._report(plan, serving, started)
        splits = self._splits(plan, serving, folder)
        if not splits:
            if serving is not None:
                raise IngestError(
                    f"No article in {self.corpus} could be read ({_some([error.article for error in plan.failed])}), so "
                    "nothing was changed. `python -m ingest check` says what is wrong with each."
                )
            return self._report(plan, serving, started)
        try:
            embedded, manifest = self._embed_and_build(splits)
        except CacheDamagedError:
            set_aside(self.index / CACHE)
            embedded, manifest = self._embed_and_build(splits)
        return self._report(plan, manifest, started, embedded=embedded)

    def _embed_and_build(self, splits: Sequence[Split]) -> tuple[int, Manifest]:
        with EmbeddingCache(self.index / CACHE) as cache:
            embedded = self._embed(splits, cache)
            manifest = self._build(splits, cache)
            self._prune(manifest)
            cache.prune([text for _, chunks in splits for text in _texts(chunks)])
        return embedded, manifest

    def _splits(self, plan: Plan, serving: Manifest | None, folder: Path | None) -> list[Split]:
        """Every article of the new generation with its chunks.

        Articles that stay are copied from the serving generation; in a rebuild they are read from their files again, and
        only the last good versions of rejected articles come from the generation, where it can be read.
        """
        fresh = [*plan.added, *plan.changed]
        stay = set(plan.unchanged)
        if plan.rebuild and stay:
            files, _ = list_article_files(self.corpus)
            fresh += [read_article(file, self.max_bytes) for file in files if file.id in stay]
            stay.clear()
        splits: list[Split] = []
        if serving and folder and serving.format_version == FORMAT_VERSION:
            store = Store(folder)
            try:
                for name in sorted(stay | set(plan.kept)):
                    article = store.article(name)
                    if article is None:
                        continue
                    if plan.rebuild:
                        fresh.append(article)
                    else:
                        splits.append((article, [chunk for _, chunk in store.article_chunks(name)]))
            finally:
                store.close()
        self.observer.step("Splitting", len(fresh))
        for article in fresh:
            for finding in check_questions(article):
                logger.warning("%s", finding)
            splits.append((article, self._split(article)))
            self.observer.advance(1)
        return sorted(splits, key=lambda split: split[0].id)

    def _split(self, article: Article) -> list[Chunk]:
        return split_article(article, self.encoder.count_tokens, MAX_TOKENS)

    def _embed(self, splits: Sequence[Split], cache: EmbeddingCache) -> int:
        texts = [text for _, chunks in splits for text in _texts(chunks)]
        missing = cache.missing(texts)
        if not missing:
            return 0
        self.observer.step("Embedding", len(missing))
        # Like lengths together across the whole run, so that no batch is mostly padding.
        missing.sort(key=len)
        for first in range(0, len(missing), _EMBED_AT_ONCE):
            part = missing[first : first + _EMBED_AT_ONCE]
            cache.put(part, self.encoder.embed(part, self.observer.advance))
        new = set(missing)
        return sum(chunk.embedding_text in new for _, chunks in splits for chunk in chunks)

    def _build(self, splits: Sequence[Split], cache: EmbeddingCache) -> Manifest:
        generation = new_generation_id(splits)
        building = self.index / GENERATIONS / f"{_BUILDING}{generation}"
        self.observer.step("Building", sum(len(chunks) for _, chunks in splits))
        building.mkdir()
        try:
            previous = self._pointed_to()
            manifest = build_generation(building, generation, splits, cache, self.observer.advance, previous)
            self.observer.step("Verifying", 0)
            verify_generation(building, cache)
            sync_tree(building)
            building.rename(generation_folder(self.index, generation))
            sync_folder(self.index / GENERATIONS)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        point_to(self.index, generation)
        return manifest

    def _pointed_to(self) -> str | None:
        try:
            return current_generation(self.index)
        except IndexUnavailableError:
            return None

    def _prune(self, serving: Manifest) -> None:
        """Keep the serving generation, the one that served before it, and the newest of the others.

        What cannot be removed now (open on Windows) is tried again next time.
        """
        first = [serving.generation, serving.previous]
        others = [folder for folder in list_generations(self.index) if folder.name not in first]
        before = [folder for folder in list_generations(self.index) if folder.name == serving.previous]
        for folder in [*before, *others][max(self.keep - 1, 0) :]:
            shutil.rmtree(folder, ignore_errors=True)

    def _report(
        self, plan: Plan, serving: Manifest | None, started: float, *, embedded: int = 0, dry_run: bool = False
    ) -> Report:
        return Report(
            generation=serving.generation if serving else None,
            added=tuple(article.id for article in plan.added),
            changed=tuple(article.id for article in plan.changed),
            removed=plan.removed,
            unchanged=len(plan.unchanged),
            failed=plan.failed,
            kept=plan.kept,
            chunks=serving.chunks if serving else 0,
            embedded=embedded,
            seconds=time.monotonic() - started,
            rebuild=plan.rebuild,
            dry_run=dry_run,
        )


def _not_written(what: str) -> IngestError:
    return IngestError(
        f"The index could not be written: {what}. The index that served before goes on serving. Make room or mend the "
        "folder's permissions, then run again."
    )


def _texts(chunks: Sequence[Chunk]) -> list[str]:
    return [text for chunk in chunks for text in (chunk.embedding_text, *chunk.part_texts)]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def list_generations(index: Path) -> list[Path]:
    """The folders of all complete generations, newest first."""
    parent = index / GENERATIONS
    if not parent.is_dir():
        return []
    return sorted((path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")), reverse=True)


def roll_back(index: Path) -> tuple[str, str]:
    """Make the generation that served before the serving one serve again.

    Returns:
        The id that served and the id that serves now.

    Raises:
        IngestError: there is no earlier generation, the pointer cannot be written, or another ingestion is running.

    """
    serving = current_generation(index)
    if serving is None:
        raise IngestError(f"There is no index at {index} yet, so nothing to go back from. Run `python -m ingest`.")
    try:
        with FileLock(index / LOCK, timeout=0):
            for folder in _before(index, serving):
                point_to(index, folder.name)
                return serving, folder.name
    except Timeout:
        raise IngestError(f"Another ingestion is running on {index}. Wait until it has ended.") from None
    except OSError as error:
        raise _not_written(error.strerror or str(error)) from error
    raise IngestError(f"There is no generation before {serving} to go back to. Nothing was changed.")


def _before(index: Path, serving: str) -> Iterator[Path]:
    """Whole generations to go back to: the one the serving one was built after, then older ones, newest first."""
    try:
        previous = read_manifest(generation_folder(index, serving)).previous
    except IndexUnavailableError:
        previous = None
    folders = [folder for folder in list_generations(index) if folder.name < serving]
    for folder in sorted(folders, key=lambda folder: folder.name != previous):
        try:
            if damage(folder) is None and read_manifest(folder).outdated is None:
                yield folder
        except IndexUnavailableError:
            continue
