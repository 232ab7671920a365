"""Plan: what a run would do, worked out from content hashes before anything is written. The plan is the dry run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from ingest.article import Article, ArticleFile, file_sha256, list_article_files, read_article
from ingest.blocks import article_blocks
from ingest.errors import ArticleError, IngestError
from ingest.manifest import Manifest

# Characters of articles that a plan keeps once it has read them; the others are read again when they are split.
_HELD = 20_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    Attributes:
        files: every file that is a readable article, by id.
        added: ids of articles that are new, those renamed included.
        changed: ids of articles whose bytes differ from the serving generation's.
        renamed: old and new id of each article whose file has another name and the same bytes; the old one is in `removed`,
            the new one in `added`.
        removed: ids of articles whose files are gone, those renamed included.
        unchanged: ids of articles that stay as they are, the last good version of rejected ones not included.
        failed: articles that are rejected.
        kept: ids of rejected articles whose last good version stays.
        rebuild: why everything is made anew, or None.
        held: articles that were read already, by id; not all where they are many.

    """

    files: dict[str, ArticleFile]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[ArticleError, ...]
    kept: tuple[str, ...]
    rebuild: str | None
    held: dict[str, Article] = field(repr=False)

    @property
    def empty(self) -> bool:
        """Whether the serving generation is already what the run would build."""
        return not (self.added or self.changed or self.removed or self.rebuild)

    @property
    def lost(self) -> tuple[str, ...]:
        """Ids of articles that would be gone altogether: removed, and not renamed."""
        old = {before for before, _ in self.renamed}
        return tuple(name for name in self.removed if name not in old)


def make_plan(corpus: Path, serving: Manifest | None, max_bytes: int, *, rebuild: str | None = None) -> Plan:
    """Compare the corpus folder with the serving generation.

    Args:
        corpus: folder of the articles.
        serving: manifest of the serving generation, or None.
        max_bytes: larger files are rejected, in bytes.
        rebuild: a reason to make everything anew, beside those the manifest gives.

    Raises:
        IngestError: the corpus folder is missing, cannot be listed, or holds no article at all.

    """
    files, failed = list_article_files(corpus)
    if not files and not failed:
        raise IngestError(
            f"There is no article in {corpus}. Put Markdown files there, or give another folder with --corpus DIR."
        )
    known = serving.articles if serving else {}
    added: dict[str, str] = {}
    changed: list[str] = []
    unchanged: list[str] = []
    held: dict[str, Article] = {}
    room = _HELD
    for file in files:
        try:
            if file.id in known and known[file.id].path == file.path and _same(file, known[file.id].sha256, max_bytes):
                unchanged.append(file.id)
                continue
            article = read_with_text(file, max_bytes)
        except ArticleError as error:
            failed.append(error)
            continue
        if file.id in known:
            changed.append(file.id)
        else:
            added[file.id] = article.sha256
        room -= len(article.text)
        if room > 0:
            held[file.id] = article
    rejected = {error.article for error in failed}
    removed = sorted(set(known) - rejected - {file.id for file in files})
    return Plan(
        files={file.id: file for file in files if file.id not in rejected},
        added=tuple(added),
        changed=tuple(changed),
        renamed=_renamed(added, {name: known[name].sha256 for name in removed}),
        removed=tuple(removed),
        unchanged=tuple(unchanged),
        failed=tuple(sorted(failed, key=lambda error: error.article)),
        kept=tuple(sorted(rejected & set(known))),
        rebuild=(serving.outdated if serving else None) or rebuild,
        held=held,
    )


def _renamed(added: dict[str, str], removed: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Old and new id of what is gone under one name and there under another with the same digest."""
    gone: dict[str, list[str]] = defaultdict(list)
    for name, sha256 in removed.items():
        gone[sha256].append(name)
    # Of several equal files, one that differs in case alone first, then in order of their names.
    pairs = []
    for name, sha256 in added.items():
        if gone[sha256]:
            old = min(gone[sha256], key=lambda before: (before.casefold() != name.casefold(), before))
            gone[sha256].remove(old)
            pairs.append((old, name))
    return tuple(sorted(pairs))


def read_with_text(file: ArticleFile, max_bytes: int) -> Article:
    """Read an article and make sure that there is something to quote in it.

    Raises:
        ArticleError: it cannot be read, or has headings alone; also for a fault of our own, so that one article never
            stops the others.

    """
    try:
        article = read_article(file, max_bytes)
        if all(block.kind == "heading" for block in article_blocks(article)):
            raise ArticleError(file.id, "the article has headings but no text", "Write it, or remove the file")
    except ArticleError:
        raise
    except Exception as error:
        raise ArticleError(
            file.id, f"the article cannot be read ({type(error).__name__}: {error})", "Please report it with the file"
        ) from error
    return article


def _same(file: ArticleFile, sha256: str, max_bytes: int) -> bool:
    return file_sha256(file, max_bytes) == sha256
