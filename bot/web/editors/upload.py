"""Upload: an article file, looked at before it is written into the corpus, and then written in one step."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import threading
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from bot.web.editors.articles import LeftOut, left_out
from ingest.article import ARTICLE_SUFFIXES, ArticleFile, list_article_files
from ingest.check import Finding, check_text
from ingest.chunk import Chunk, TokenCounter, split_article
from ingest.encoder import MAX_TOKENS
from ingest.errors import ArticleError, IngestError
from ingest.plan import read_with_text

if TYPE_CHECKING:
    from ingest.article import Article
    from settings import Settings

MOST_KEPT = 200  # replaced versions that are kept, the newest
_LONGEST_NAME = 180  # bytes of a part of a path; most file systems take 255, and the temporary file's name is longer
# What no file name may hold on some system, and what hides or disguises a name.
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


class UploadError(ValueError):
    """A file cannot be added; the text says why and what would do."""


@dataclass(frozen=True, slots=True)
class Preview:
    """An uploaded file as it would be ingested.

    Attributes:
        name: path under the corpus folder at which it would be written.
        replaces: whether there is a file at that place.
        article: the article, or None where it cannot be read.
        passages: its passages.
        left_out: what of its text would be in none of them.
        problem: why it cannot be added, or "".

    """

    name: str
    replaces: bool
    article: Article | None
    passages: tuple[Chunk, ...]
    left_out: tuple[LeftOut, ...]
    problem: str = ""


class Desk:
    """Where uploads are looked at and put into the corpus folder.

    Args:
        settings: folders of the articles and of the index, the largest file, the limits of the check.
        count_tokens: see `ingest.chunk.TokenCounter`.

    Attributes:
        kept: folder of the versions that uploads replaced; beside the generations of the index, so that no run reads it.

    """

    def __init__(self, settings: Settings, count_tokens: TokenCounter) -> None:
        self.settings = settings
        self.corpus = settings.corpus
        self.kept = settings.index / "replaced"
        self.max_bytes = settings.max_article_kb * 1024
        self.count_tokens = count_tokens
        self._lock = threading.Lock()

    def preview(self, name: str, data: bytes) -> Preview:
        """Look at an upload; writes nothing into the corpus.

        Args:
            name: path under the corpus folder, as the editor wants it.
            data: the file's bytes.

        Raises:
            UploadError: the name cannot be used.

        """
        path = self._path(name)
        replaces = (self.corpus / path).is_file()
        with tempfile.TemporaryDirectory(prefix="hipwise-upload-") as work:
            file = Path(work) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
            try:
                article = read_with_text(ArticleFile(str(path.with_suffix("")), str(path), file), self.max_bytes)
                passages = tuple(split_article(article, self.count_tokens, MAX_TOKENS))
            except ArticleError as error:
                return Preview(str(path), replaces, None, (), (), str(error))
        return Preview(str(path), replaces, article, passages, tuple(left_out(article, passages)))

    def findings(self, name: str, data: bytes) -> list[Finding]:
        """What is to be mended in an upload, compared with the other articles; takes seconds where there are many.

        Args:
            name: path under the corpus folder.
            data: the file's bytes.

        Raises:
            UploadError: the name cannot be used.
            IngestError: the corpus folder cannot be read.

        """
        return check_text(
            str(self._path(name)),
            data,
            self.corpus,
            self.max_bytes,
            review_days=self.settings.review_days,
            reading_age=self.settings.reading_age,
        )

    def write(self, name: str, data: bytes, *, replace: bool) -> str:
        """Put an upload into the corpus folder: the whole file or nothing, a version it replaces kept.

        Args:
            name: path under the corpus folder.
            data: the file's bytes.
            replace: whether a file that is there may be replaced.

        Returns:
            What happened, in a sentence.

        Raises:
            UploadError: nothing was changed; the text says why.

        """
        with self._lock:
            preview = self.preview(name, data)
            if preview.problem:
                raise UploadError(preview.problem)
            if preview.replaces and not replace:
                raise UploadError(f"There is an article at {preview.name}. Tick “Replace it”, or give another name.")
            target = self.corpus / preview.name
            kept = ""
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                if preview.replaces:
                    kept = f" The version before is kept at {self._keep(target)}."
                _write_whole(target, data)
            except OSError as error:
                raise UploadError(
                    f"{preview.name} could not be written ({error.strerror or error}), so nothing was changed. Mend the "
                    "permissions of the corpus folder, or make room, then try again."
                ) from error
        done = "replaced" if preview.replaces else "added"
        return f"{preview.name} was {done}.{kept} Publish to let runners have it."

    def _path(self, name: str) -> PurePosixPath:
        """A name as a path under the corpus folder that no system misunderstands and nothing leads out of."""
        path = PurePosixPath(unicodedata.normalize("NFC", name.strip()))
        for part in path.parts:
            if part.startswith((".", "/", "~")) or part.endswith((".", " ")) or _FORBIDDEN.search(part):
                raise UploadError(
                    f"The name {name!r} cannot be used: no part of it may begin or end with a dot, or hold any of "
                    '<>:"\\|?* or invisible characters. Give it another.'
                )
            if _RESERVED.fullmatch(part) or len(part.encode("utf-8", "replace")) > _LONGEST_NAME:
                raise UploadError(f"The name {name!r} is too long or reserved on some systems. Give it another.")
        if path.suffix.lower() not in ARTICLE_SUFFIXES or not path.stem:
            raise UploadError(
                f"The name {name!r} must end in one of {', '.join(sorted(ARTICLE_SUFFIXES))}: what is read as an article."
            )
        self._check_place(path)
        return path

    def _check_place(self, path: PurePosixPath) -> None:
        target = self.corpus / path
        corpus = self.corpus.resolve()
        if target.is_symlink() or not target.parent.resolve().is_relative_to(corpus):
            raise UploadError(f"{path} is a link, or lies behind one that leaves the corpus folder. Give another name.")
        if target.exists() and not target.is_file():
            raise UploadError(f"{path} is a folder. Give another name.")
        name = str(path.with_suffix(""))
        try:
            files, _ = list_article_files(self.corpus)
        except IngestError as error:
            raise UploadError(str(error)) from error
        for file in files:
            if file.path != str(path) and _same(file.id, name):
                raise UploadError(
                    f"{file.path} is an article of that name already, and two articles of one name would both be rejected. "
                    f"Give another name, or {file.path} to replace it."
                )

    def _keep(self, target: Path) -> Path:
        """Copy the version that goes out of the way; returns where it is."""
        self.kept.mkdir(parents=True, exist_ok=True)
        flat = str(target.relative_to(self.corpus).as_posix()).replace("/", "__")
        copy = self.kept / f"{datetime.now().astimezone():%Y%m%dT%H%M%S%f}-{flat[-_LONGEST_NAME:]}"
        shutil.copy2(target, copy)
        for old in sorted(self.kept.iterdir())[:-MOST_KEPT]:
            old.unlink(missing_ok=True)
        return copy


def _same(one: str, other: str) -> bool:
    """Whether two ids are one on a system that does not tell capitals apart."""
    return unicodedata.normalize("NFC", one).casefold() == unicodedata.normalize("NFC", other).casefold()


def _write_whole(target: Path, data: bytes) -> None:
    """Write a file in one step: readers see the old one or the new one, whole. A leading dot keeps it from being read."""
    temporary = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
