"""Article: one file of the corpus as read, with its front matter; and how the corpus folder is listed."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from frontmatter.default_handlers import YAMLHandler
from yaml import YAMLError

from ingest.errors import ArticleError, IngestError
from ingest.furniture import is_furniture
from ingest.questions import listed_questions
from ingest.scratch import is_scratch

ARTICLE_SUFFIXES = frozenset({".md", ".markdown", ".txt"})
# Pictures may lie beside the articles that show them; they are no articles and no mistake.
ASSET_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".ico"})
_TEXT_FIELDS = ("title", "summary", "publisher", "author", "source_title")
_INVISIBLE = re.compile(r"[\s\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]+")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FIELD_LENGTH = 500  # characters of a text in the front matter
_TITLE_LENGTH = 120  # characters; a first line used as a title is cut here
_FENCE = re.compile(r"^-{3,}(?=\s*$)", re.MULTILINE)  # as python-frontmatter finds them


@dataclass(frozen=True, slots=True)
class Article:
    r"""One article as its file was read.

    Attributes:
        id: path under the corpus folder without its suffix, `/` as separator.
        path: path under the corpus folder with its suffix, `/` as separator.
        text: the whole file, UTF-8, newlines as `\n`. All offsets of the index count characters of this text.
        sha256: hex digest of the file's bytes; decides whether an article changed.
        body_start: offset in `text` behind the front matter (0 where there is none).
        title: from the front matter, else the first heading, else the first line. One line.
        summary: one sentence from the front matter, or "".
        publisher: who published the source, or "".
        author: as the source names them, or "".
        source_title: the source's own title, or "".
        updated: when the article was last reviewed, or None.
        topics: short tags from the front matter.
        questions: for a heading (or `Parent > Heading`), the questions that its section answers, as an editor listed them.
            They are searched beside the section's text and never shown as an answer. The title is the heading of the text
            before the first one. Entries that cannot be used are left out; `python -m ingest check` names them.

    """

    id: str
    path: str
    text: str
    sha256: str
    body_start: int
    title: str
    summary: str = ""
    publisher: str = ""
    author: str = ""
    source_title: str = ""
    updated: date | None = None
    topics: tuple[str, ...] = ()
    questions: tuple[tuple[str, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """A file of the corpus folder that should be an article.

    Attributes:
        id: the article's id.
        path: path under the corpus folder, `/` as separator.
        file: where it is on disk.

    """

    id: str
    path: str
    file: Path


def list_article_files(corpus: Path) -> tuple[list[ArticleFile], list[ArticleError]]:
    """List the articles of a corpus folder, in order of their ids, and the files that cannot be articles.

    Hidden files and folders (a leading dot), what editors write beside an open file, and pictures are passed over.

    Raises:
        IngestError: the folder is missing or cannot be listed.

    """
    if not corpus.is_dir():
        raise no_corpus(corpus)
    files: dict[str, list[ArticleFile]] = {}
    errors: list[ArticleError] = []
    for file in _walk(corpus):
        path = file.relative_to(corpus).as_posix()
        suffix = file.suffix.lower()
        if suffix in ASSET_SUFFIXES:
            continue
        article = str(PurePosixPath(path).with_suffix(""))
        fault = _unusable(file, path, corpus)
        if fault:
            errors.append(ArticleError(article.encode("utf-8", "replace").decode(), *fault))
        else:
            files.setdefault(article, []).append(ArticleFile(article, path, file))
    for article, same in files.items():
        if len(same) > 1:
            names = " and ".join(item.path for item in same)
            errors.append(ArticleError(article, f"{names} have the same id", "Rename or remove one of them"))
    rejected = {error.article for error in errors}
    return [same[0] for article, same in sorted(files.items()) if article not in rejected], errors


def no_corpus(corpus: Path) -> IngestError:
    """The error for a corpus folder that is not there."""
    return IngestError(f"There is no corpus folder at {corpus}. Give one with --corpus DIR or HIPWISE_CORPUS.")


def _unusable(file: Path, path: str, corpus: Path) -> tuple[str, str] | None:
    """What is wrong with a file before it is read, and the remedy; or None."""
    try:
        path.encode("utf-8")
        resolved = file.resolve()
        if not resolved.is_relative_to(corpus.resolve()):
            return f"{path} is a link to outside the corpus", "Copy the file itself there"
        if not resolved.is_file():
            return f"{path} is no regular file, or a link to nowhere", "Remove it"
    except UnicodeEncodeError:
        return "the file's name is not UTF-8", "Rename it"
    except (OSError, RuntimeError):
        return f"{path} is a link that leads in a circle", "Remove it"
    if file.suffix.lower() not in ARTICLE_SUFFIXES:
        known = ", ".join(sorted(ARTICLE_SUFFIXES))
        return f"{path} is not in a format this version reads ({known})", "Convert or move it"
    return None


def _walk(corpus: Path) -> list[Path]:
    def refuse(error: OSError) -> None:
        raise IngestError(f"{error.filename} cannot be listed ({error.strerror}). Mend its permissions.") from error

    found = []
    for folder, folders, names in os.walk(corpus, onerror=refuse):
        folders[:] = sorted(name for name in folders if not is_scratch(name))
        found += [Path(folder) / name for name in sorted(names) if not is_scratch(name)]
    return found


def read_article(source: ArticleFile, max_bytes: int) -> Article:
    """Read one article.

    Args:
        source: which file.
        max_bytes: a larger file is rejected, in bytes.

    Raises:
        ArticleError: the file cannot be read, is empty, binary, too large, not UTF-8, or its front matter is wrong.

    """
    data = _read_bytes(source, max_bytes)
    text = _decode(source.id, data)
    front, body_start = _split_front_matter(source.id, text)
    if not _INVISIBLE.sub("", text[body_start:]):
        raise ArticleError(source.id, "the article has no text", "Write it, or remove the file")
    fields = _check_front_matter(source.id, text, body_start, front)
    title = fields.pop("title", "") or _title_from_body(text[body_start:])
    return Article(
        id=source.id,
        path=source.path,
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        body_start=body_start,
        title=title,
        **fields,
    )


def file_sha256(source: ArticleFile, max_bytes: int) -> str:
    """Digest of one article's bytes, without reading it as text.

    Raises:
        ArticleError: the file cannot be read or is too large.

    """
    return hashlib.sha256(_read_bytes(source, max_bytes)).hexdigest()


def _read_bytes(source: ArticleFile, max_bytes: int) -> bytes:
    try:
        size = source.file.stat().st_size
        if size > max_bytes:
            limit = f"{size / 1024:,.0f} KiB, more than the {max_bytes // 1024:,} KiB allowed"
            raise ArticleError(source.id, f"the file has {limit}", "Split it, or raise HIPWISE_MAX_ARTICLE_KB")
        return source.file.read_bytes()
    except OSError as error:
        raise ArticleError(
            source.id, f"the file cannot be read ({error.strerror})", "Mend its permissions or replace it"
        ) from error


def _decode(article: str, data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        if b"\x00" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ArticleError(
                article, "the file is binary, not text", "Remove it, or save the article as text"
            ) from None
        line = data.count(b"\n", 0, error.start) + 1
        raise ArticleError(
            article, f"byte {error.start} is not UTF-8", "Save the file with the encoding UTF-8", line
        ) from None
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise ArticleError(
            article, "the file is binary, or has control characters in its text", "Save it as plain UTF-8 text", line
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _split_front_matter(article: str, text: str) -> tuple[dict[str, Any], int]:
    handler = YAMLHandler()
    visible = text.lstrip("\ufeff")
    if not handler.detect(visible):
        return {}, 0
    try:
        _, body = handler.split(visible)
    except ValueError:
        raise ArticleError(article, "the front matter is not closed", "End it with a line of three dashes", 1) from None
    body_start = len(text) - len(body)
    try:
        front = handler.load(front_matter(text, body_start))
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or "it is not YAML"
        line = mark.line + 1 if mark else 1
        raise ArticleError(
            article,
            f"the front matter cannot be read: {problem}",
            "Check the quotes, colons and spaces of this line",
            line,
        ) from None
    except Exception as error:  # noqa: BLE001 - YAML's constructors raise all kinds of errors for a wrong value
        raise ArticleError(article, f"the front matter cannot be read: {error}", "Correct the value", 1) from None
    if front is None:
        front = {}
    if not isinstance(front, dict):
        raise ArticleError(article, "the front matter is not a list of `key: value` lines", "Write one key a line", 1)
    return front, body_start


def front_matter(text: str, body_start: int) -> str:
    """The YAML of an article's front matter, its lines where they are in the file; "" where there is none.

    Args:
        text: the article's text.
        body_start: offset at which its body starts.

    """
    return _FENCE.sub("", text[:body_start].lstrip("\ufeff"))


def _check_front_matter(article: str, text: str, body_start: int, front: dict[str, Any]) -> dict[str, Any]:
    def wrong(key: str, remedy: str) -> ArticleError:
        match = re.search(rf"^{re.escape(key)}\s*:", text, re.MULTILINE)
        line = text.count("\n", 0, match.start()) + 1 if match else 1
        return ArticleError(article, f"`{key}` in the front matter cannot be used", remedy, line)

    fields: dict[str, Any] = {}
    for key in _TEXT_FIELDS:
        value = front.get(key)
        if value is None:
            continue
        if not isinstance(value, str | int | float | date) or isinstance(value, bool):
            raise wrong(key, "Write it as one line of text")
        try:
            text_value = " ".join(str(value).split())
        except ValueError:
            raise wrong(key, "Write it as one line of text") from None
        if len(text_value) > _FIELD_LENGTH or _CONTROL.search(text_value):
            raise wrong(key, f"Write it in at most {_FIELD_LENGTH} characters, without control characters")
        fields[key] = text_value
    updated = front.get("updated")
    if updated is not None:
        if isinstance(updated, datetime):
            updated = updated.date()
        if not isinstance(updated, date):
            raise wrong("updated", "Write a date as 2026-11-21")
        fields["updated"] = updated
    topics = _topics(front.get("topics"))
    if topics is None:
        raise wrong("topics", "Write a list of short words")
    fields["topics"] = topics
    questions = _questions(front.get("questions"), text, body_start)
    if questions is None:
        raise wrong("questions", "Write, below each section's heading, a list of the questions it answers")
    fields["questions"] = questions
    return fields


def _topics(value: Any) -> tuple[str, ...] | None:
    """The topics a front matter value names, or None where it is no list of words."""
    topics = [part.strip() for part in value.split(",")] if isinstance(value, str) else value or []
    if not isinstance(topics, list) or any(isinstance(topic, (list, dict)) for topic in topics):
        return None
    return tuple(str(topic) for topic in topics)


def _questions(value: Any, text: str, body_start: int) -> tuple[tuple[str, tuple[str, ...]], ...] | None:
    """For each heading, the listed questions that can be used; or None where the front matter's value has no headings."""
    if not value:
        return ()
    if not isinstance(value, dict):
        return None
    usable: dict[str, list[str]] = {}
    for entry in listed_questions(front_matter(text, body_start)):
        if not entry.fault:
            usable.setdefault(entry.heading, []).append(entry.question)
    return tuple((heading, tuple(questions)) for heading, questions in usable.items())


def _title_from_body(body: str) -> str:
    heading = _HEADING.search(body)
    lines = [line for line in body.splitlines() if _INVISIBLE.sub("", line)]
    line = heading.group(1) if heading else next((line for line in lines if not is_furniture(line)), lines[0])
    title = " ".join(line.split()).lstrip("\ufeff").strip("#*_- ")
    return title if len(title) <= _TITLE_LENGTH else title[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
