"""Pipeline: one ingestion run - plan, split, embed what is new, build, verify, swap - under a lock."""

from __future__ import annotations

import logging
import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from ingest.article import Article, no_corpus
from ingest.build import Base, ShardPlan, build_generation, new_generation_id, plan_shards, sync_tree, verify_generation
from ingest.cache import CacheDamagedError, EmbeddingCache, known_texts, set_aside
from ingest.check import check_questions
from ingest.chunk import Chunk, split_article
from ingest.encoder import MAX_TOKENS, Encoder
from ingest.errors import ArticleError, IndexBusyError, IndexUnavailableError, IngestError
from ingest.generation import damage
from ingest.hold import REMOVING, take_away
from ingest.manifest import (
    ARTICLES_READABLE,
    GENERATIONS,
    POINTER,
    Manifest,
    current_generation,
    generation_folder,
    point_to,
    read_manifest,
    sync_folder,
)
from ingest.plan import Plan, make_plan, read_with_text
from ingest.store import Store, write_store

logger = logging.getLogger(__name__)

LOCK = ".lock"
CACHE = "cache.sqlite"
CACHE_ASIDE = "cache.damaged"
_BUILDING = ".building-"
_PROBE = ".probe-"
# What SQLite and Chroma say where they cannot write, the last of them for either of the parts that it writes.
_NO_ROOM = ("disk is full", "no space left", "readonly database", "read-only", "disk i/o error", "failed to apply logs")
_EMBED_AT_ONCE = 512  # texts between two writes to the cache: what a kill can lose
_SORTED_AT_ONCE = 16 * _EMBED_AT_ONCE  # texts that are sorted by length together
_COUNTED = 40  # new or changed articles up to which a dry run splits them to count what would be embedded
# How many times as many vectors as the articles need the cache may hold; what it has too many makes going back cost nothing.
_CACHE_SLACK = 1.5


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
        renamed: old and new id of articles whose file has another name and the same bytes. The old id is among those
            removed, the new one among those added.
        removed: ids.
        unchanged: how many articles stayed as they were.
        failed: articles rejected, with the fault.
        kept: ids of rejected articles whose last good version stays.
        chunks: chunks of the serving generation.
        embedded: chunks embedded in this run.
        seconds: how long it took.
        rebuild: why everything was built anew, or None.
        dry_run: whether nothing was written.
        to_embed: in a dry run, how many texts would be embedded; None where that would take long to find out.

    """

    generation: str | None
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0
    failed: tuple[ArticleError, ...] = ()
    kept: tuple[str, ...] = ()
    chunks: int = 0
    embedded: int = 0
    seconds: float = 0.0
    rebuild: str | None = None
    dry_run: bool = False
    to_embed: int | None = None

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
            "renamed": [list(pair) for pair in self.renamed],
            "removed": list(self.removed),
            "unchanged": self.unchanged,
            "failed": [{"article": error.article, "error": str(error)} for error in self.failed],
            "chunks": self.chunks,
            "embedded": self.embedded,
            "seconds": round(self.seconds, 3),
            "kept": list(self.kept),
            "rebuild": self.rebuild,
            "dry_run": self.dry_run,
            "to_embed": self.to_embed,
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
        to_embed = self._to_embed(plan)
        return replace(self._report(plan, serving, started), dry_run=True, to_embed=to_embed)

    def compare(self) -> tuple[Manifest | None, str | None, Plan]:
        """The serving generation, what is wrong with it (or None), and what differs from the corpus folder. Writes nothing.

        Raises:
            IngestError: the corpus folder is missing or holds no article.

        """
        self._check_places()
        serving, _, wrong = self._serving()
        return serving, wrong, make_plan(self.corpus, serving, self.max_bytes)

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
            raise IndexBusyError(
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
            probe = self.index / f"{_PROBE}{time.monotonic_ns()}"
            probe.touch()
            probe.unlink(missing_ok=True)
        except OSError as error:
            raise IngestError(
                f"The index folder {self.index} cannot be written ({error.strerror}). Mend its permissions, or give "
                "another with --index DIR or HIPWISE_INDEX."
            ) from error

    def _clean(self) -> None:
        """Remove what a killed run left, and a damaged cache that an earlier run set aside."""
        generations = self.index / GENERATIONS
        for leftover in [*generations.glob(f"{_BUILDING}*"), *generations.glob(f"{REMOVING}*")]:
            logger.info("Removing %s, left by a run that was stopped.", leftover.name)
            shutil.rmtree(leftover, ignore_errors=True)
        stale = [self.index / CACHE_ASIDE, *self.index.glob(f".{POINTER}.*"), *self.index.glob(f"{_PROBE}*")]
        for file in stale:
            file.unlink(missing_ok=True)

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
        if serving and not force and len(plan.lost) * 2 > len(serving.articles):
            raise IngestError(
                f"This would remove {len(plan.lost)} of {len(serving.articles)} articles ({_some(plan.lost)}), so "
                "nothing was changed. Check the corpus folder; if it is meant so, run again with --force."
            )
        return plan

    def _run(self, started: float, *, force: bool) -> Report:
        serving, folder, wrong = self._serving()
        self.observer.step("Comparing", 0)
        plan = self._plan(serving, wrong, force=force)
        if plan.empty:
            if serving is not None:
                self._prune(serving)  # a run that was killed behind the swap had not come to it
            return self._report(plan, serving, started)
        if not (plan.files or plan.kept) and serving is None:
            return self._report(plan, serving, started)
        try:
            done = self._build(plan, serving, folder)
        except CacheDamagedError:
            set_aside(self.index / CACHE)
            done = self._build(plan, serving, folder)
        report = self._report(plan, done.manifest or serving, started, embedded=done.embedded)
        late = {error.article for error in done.failed}
        return replace(
            report,
            added=tuple(name for name in plan.added if name not in late),
            changed=tuple(name for name in plan.changed if name not in late),
            failed=(*plan.failed, *done.failed),
            kept=tuple(sorted({*plan.kept, *done.kept})),
        )

    def _build(self, plan: Plan, serving: Manifest | None, folder: Path | None) -> _Built:
        """Build the generation the plan asks for, and make it serve."""
        done = _Built()
        building = self.index / GENERATIONS / f"{_BUILDING}{time.time_ns()}"
        old = Store(folder) if serving and folder and serving.format_version in ARTICLES_READABLE else None
        base = Base(folder, serving, old) if serving and folder and old and not plan.rebuild else None
        building.mkdir()
        try:
            with EmbeddingCache(self.index / CACHE) as cache:
                self.observer.step("Splitting", len(plan.files if plan.rebuild else plan.added + plan.changed))
                write_store(building, self._articles(plan, base, old, done), old)
                with closing(Store(building)) as store:
                    articles = len(store.article_ids())
                    if not articles:
                        self._nothing_read(plan, serving, done)
                        shutil.rmtree(building, ignore_errors=True)
                        return done
                    shards = plan_shards(store, base)
                    done.embedded = self._embed(store, shards, done.copied, cache)
                generation = new_generation_id(articles)
                self.observer.step("Building", sum(len(shard.rows) for shard in shards))
                done.manifest = build_generation(
                    building, generation, shards, cache, self.observer.advance, base, done.copied, self._pointed_to()
                )
                self.observer.step("Verifying", 0)
                verify_generation(building, cache, done.copied)
                sync_tree(building)
                building.rename(generation_folder(self.index, generation))
                sync_folder(self.index / GENERATIONS)
                point_to(self.index, generation)
                self._prune(done.manifest)
                self._prune_cache(done.manifest, cache)
        except BaseException:
            shutil.rmtree(building, ignore_errors=True)
            raise
        finally:
            if old is not None:
                old.close()
        return done

    def _nothing_read(self, plan: Plan, serving: Manifest | None, done: _Built) -> None:
        if serving is not None:
            names = [error.article for error in (*plan.failed, *done.failed)]
            raise IngestError(
                f"No article in {self.corpus} could be read ({_some(names)}), so "
                "nothing was changed. `python -m ingest check` says what is wrong with each."
            )

    def _articles(
        self, plan: Plan, base: Base | None, old: Store | None, done: _Built
    ) -> Iterator[tuple[Article, list[Chunk]] | str]:
        """Every article of the new generation in order: with its chunks, or its id alone where it is copied.

        In a rebuild nothing is copied: articles are read from their files again, and only the last good versions of rejected
        ones come from the generation before, where it can be read.
        """
        unchanged = set(plan.unchanged)
        known = {*plan.unchanged, *plan.changed, *plan.kept}
        for name in sorted({*plan.files, *plan.kept}):
            article: Article | None = None
            if name in plan.files and (plan.rebuild or name not in unchanged):
                try:
                    article = plan.held.pop(name, None) or read_with_text(plan.files[name], self.max_bytes)
                except ArticleError as error:  # it was changed since the plan was made
                    done.failed.append(error)
                self.observer.advance(1)
            if article is None and name in known:
                if name in plan.files and name not in unchanged:
                    done.kept.append(name)
                if base is not None:
                    done.copied.add(name)
                    yield name
                    continue
                article = old.article(name) if old is not None else None
            if article is not None:
                for finding in check_questions(article):
                    logger.warning("%s", finding)
                yield article, self._split(article)

    def _split(self, article: Article) -> list[Chunk]:
        return split_article(article, self.encoder.count_tokens, MAX_TOKENS)

    def _embed(self, store: Store, shards: Sequence[ShardPlan], copied: set[str], cache: EmbeddingCache) -> int:
        """Embed what the cache lacks; returns how many chunks had to be.

        Of copied articles only the chunks of shards that are built anew are needed, and the cache has those unless it was lost.
        """
        built = {name for shard in shards if not shard.source for name in shard.articles}
        wanting: dict[str, int] = {}
        for article in store.listing():
            if article.id in built or article.id not in copied:
                count = len(cache.missing(_texts(store, article.id, copied)))
                if count:
                    wanting[article.id] = count
        if not wanting:
            return 0
        self.observer.step("Embedding", sum(wanting.values()))
        embedded = 0
        names: list[str] = []
        texts: list[str] = []
        last = next(reversed(wanting))
        for name in wanting:
            names.append(name)
            texts += _texts(store, name, copied)
            if len(texts) >= _SORTED_AT_ONCE or name == last:
                missing = cache.missing(texts)
                # Like lengths together, so that no batch is mostly padding.
                missing.sort(key=len)
                for first in range(0, len(missing), _EMBED_AT_ONCE):
                    part = missing[first : first + _EMBED_AT_ONCE]
                    cache.put(part, self.encoder.embed(part, self.observer.advance))
                new = set(missing)
                embedded += sum(
                    chunk.embedding_text in new for each in names for _, chunk in store.article_chunks(each)
                )
                self.observer.advance(sum(wanting[each] for each in names) - len(missing))  # texts of several articles
                names.clear()
                texts.clear()
        return embedded

    def _to_embed(self, plan: Plan) -> int | None:
        """How many texts the cache lacks, where the articles to be split are few."""
        fresh = list(plan.files) if plan.rebuild else [*plan.added, *plan.changed]
        if len(fresh) > _COUNTED:
            return None
        texts: set[str] = set()
        for name in fresh:
            try:
                article = plan.held.get(name) or read_with_text(plan.files[name], self.max_bytes)
            except ArticleError:
                continue
            for chunk in self._split(article):
                texts.update((chunk.embedding_text, *chunk.part_texts))
        return len(texts) - known_texts(self.index / CACHE, texts)

    def _pointed_to(self) -> str | None:
        try:
            return current_generation(self.index)
        except IndexUnavailableError:
            return None

    def _prune(self, serving: Manifest) -> None:
        """Keep the serving generation, the one that served before it, the newest of the others, and what a reader still uses.

        What cannot be removed now is tried again next time.
        """
        first = [serving.generation, serving.previous]
        others = [folder for folder in list_generations(self.index) if folder.name not in first]
        before = [folder for folder in list_generations(self.index) if folder.name == serving.previous]
        for folder in [*before, *others][max(self.keep - 1, 0) :]:
            take_away(folder)

    def _prune_cache(self, manifest: Manifest, cache: EmbeddingCache) -> None:
        needed = 2 * manifest.chunks + manifest.sentences + manifest.questions
        try:
            if cache.count() <= _CACHE_SLACK * needed:
                return
            with closing(Store(generation_folder(self.index, manifest.generation))) as store:
                cache.prune(text for name in store.article_ids() for text in _texts(store, name, ()))
        except (sqlite3.Error, CacheDamagedError) as error:  # the new index serves already; the next run prunes
            logger.warning("The embedding cache could not be made smaller: %s", error)

    def _report(self, plan: Plan, serving: Manifest | None, started: float, *, embedded: int = 0) -> Report:
        return Report(
            generation=serving.generation if serving else None,
            added=plan.added,
            changed=plan.changed,
            renamed=plan.renamed,
            removed=plan.removed,
            unchanged=len(plan.unchanged),
            failed=plan.failed,
            kept=plan.kept,
            chunks=serving.chunks if serving else 0,
            embedded=embedded,
            seconds=time.monotonic() - started,
            rebuild=plan.rebuild,
        )


@dataclass(slots=True)
class _Built:
    """What became of a plan.

    Attributes:
        manifest: of the new generation, or None where there is nothing to build one of.
        copied: ids of articles that were copied from the generation before.
        failed: articles that were readable when the plan was made and were not any more.
        kept: ids of those of them whose last good version stays.
        embedded: chunks embedded.

    """

    manifest: Manifest | None = None
    copied: set[str] = field(default_factory=set)
    failed: list[ArticleError] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    embedded: int = 0


def _not_written(what: str) -> IngestError:
    return IngestError(
        f"The index could not be written: {what}. The index that served before goes on serving. Make room or mend the "
        "folder's permissions, then run again."
    )


def _texts(store: Store, article: str, copied: Collection[str]) -> list[str]:
    """The texts of an article whose vectors a run needs; of a copied one the vectors of the parts are copied as well."""
    chunks = [chunk for _, chunk in store.article_chunks(article)]
    return [
        text
        for chunk in chunks
        for text in (chunk.embedding_text, *(chunk.questions if article in copied else chunk.part_texts))
    ]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:5])
    return shown if len(names) <= 5 else f"{shown} and {len(names) - 5} more"


def list_generations(index: Path) -> list[Path]:
    """The folders of all complete generations, newest first."""
    parent = index / GENERATIONS
    if not parent.is_dir():
        return []
    return sorted((path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")), reverse=True)


def roll_back(index: Path, to: str | None = None) -> tuple[str, str]:
    """Make an earlier generation serve again: the one that served before the serving one, or a given one.

    Args:
        index: the index folder.
        to: id of the generation that shall serve, or None for the one before.

    Returns:
        The id that served and the id that serves now.

    Raises:
        IngestError: there is no such generation, it is not whole, the pointer cannot be written, or another ingestion is running.

    """
    serving = current_generation(index)
    if serving is None:
        raise IngestError(f"There is no index at {index} yet, so nothing to go back from. Run `python -m ingest`.")
    if to == serving:
        raise IngestError(f"{to} serves already. Nothing was changed.")
    try:
        with FileLock(index / LOCK, timeout=0):
            for folder in usable_generations(index, serving):
                if folder.name == to or (to is None and folder.name < serving):
                    point_to(index, folder.name)
                    return serving, folder.name
    except Timeout:
        raise IndexBusyError(f"Another ingestion is running on {index}. Wait until it has ended.") from None
    except OSError as error:
        raise _not_written(error.strerror or str(error)) from error
    if to is None:
        raise IngestError(f"There is no generation before {serving} to go back to. Nothing was changed.")
    others = _some([folder.name for folder in usable_generations(index, serving)]) or "none"
    raise IngestError(
        f"There is no whole generation {to} to go to. Nothing was changed. `python -m ingest status` lists them: {others}."
    )


def usable_generations(index: Path, serving: str) -> Iterator[Path]:
    """Whole generations other than the serving one: the one it was built after, then the others, newest first."""
    try:
        previous = read_manifest(generation_folder(index, serving)).previous
    except IndexUnavailableError:
        previous = None
    folders = [folder for folder in list_generations(index) if folder.name != serving]
    for folder in sorted(folders, key=lambda folder: folder.name != previous):
        try:
            if damage(folder) is None and read_manifest(folder).outdated is None:
                yield folder
        except IndexUnavailableError:
            continue
