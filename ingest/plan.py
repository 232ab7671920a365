"""Plan: what a run would do, worked out from content hashes before anything is written. The plan is the dry run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ingest.article import Article, ArticleFile, file_sha256, list_article_files, read_article
from ingest.blocks import article_blocks
from ingest.errors import ArticleError, IngestError
from ingest.manifest import Manifest


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do.

    Attributes:
        added: articles that are new.
        changed: articles whose bytes differ from the serving generation's.
        removed: ids of articles whose files are gone.
        unchanged: ids of articles that stay as they are, the last good version of rejected ones not included.
        failed: articles that are rejected.
        kept: ids of rejected articles whose last good version stays.
        rebuild: why everything is made anew, or None.

    """

    added: tuple[Article, ...]
    changed: tuple[Article, ...]
    removed: tuple[str, ...]
    unchanged: tuple[str, ...]
    failed: tuple[ArticleError, ...]
    kept: tuple[str, ...]
    rebuild: str | None

    @property
    def empty(self) -> bool:
        """Whether the serving generation is already what the run would build."""
        return not (self.added or self.changed or self.removed or self.rebuild)


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
    added: list[Article] = []
    changed: list[Article] = []
    unchanged: list[str] = []
    for file in files:
        try:
            if file.id in known and known[file.id].path == file.path and _same(file, known[file.id].sha256, max_bytes):
                unchanged.append(file.id)
            else:
                article = read_with_text(file, max_bytes)
                (changed if file.id in known else added).append(article)
        except ArticleError as error:
            failed.append(error)
    rejected = {error.article for error in failed}
    present = rejected | {file.id for file in files}
    return Plan(
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(sorted(set(known) - present)),
        unchanged=tuple(unchanged),
        failed=tuple(sorted(failed, key=lambda error: error.article)),
        kept=tuple(sorted(rejected & set(known))),
        rebuild=(serving.outdated if serving else None) or rebuild,
    )


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
