"""Article: one file of the corpus as read, with its front matter; and how the corpus folder is listed."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from frontmatter.default_handlers import YAMLHandler
from yaml import YAMLError

from ingest.errors import ArticleError, IngestError
from ingest.formats import SUFFIXES, Converted, FormatError, check_content
from ingest.formats.decode import UndecodableError, decode
from ingest.formats.worker import Worker
from ingest.furniture import is_furniture
from ingest.questions import listed_questions
from ingest.scratch import is_scratch

ARTICLE_SUFFIXES = frozenset(SUFFIXES)
# Pictures may lie beside the articles that show them; they are no articles and no mistake.
ASSET_SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".ico"})
_TEXT_FIELDS = ("title", "summary", "publisher", "author", "source_title")
# What has no shape of its own, the fillers among the letters included.
_INVISIBLE = re.compile(
    r"[\s\u00ad\u034f\u115f\u1160\u180b-\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0]+"
)
_READABLE = re.compile(r"[^\W_]")
_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_FIELD_LENGTH = 500  # characters of a text in the front matter
_TITLE_LENGTH = 120  # characters; a first line used as a title is cut here, or where its first sentence ends
_FIRST_SENTENCE = re.compile(r".{20,119}?[^\s.](?=[.!?]\s)\??")
_WORKER = Worker()
_FENCE = re.compile(r"^-{3,}(?=\s*$)", re.MULTILINE)  # as python-frontmatter finds them


@dataclass(frozen=True, slots=True)
class Article:
    r"""One article as its file was read.

    Attributes:
        id: path under the corpus folder without its suffix, `/` as separator.
        path: path under the corpus folder with its suffix, `/` as separator.
        text: of a text file the whole file as decoded, newlines as `\n`; of any other the Markdown it was converted to. All
            offsets of the index count characters of this text.
        sha256: hex digest of the file's bytes; decides whether an article changed.
        body_start: offset in `text` behind the front matter (0 where there is none, as in a converted file).
        title: from the front matter, else the first heading, else the document's own title, else the first line. One line.
        summary: one sentence from the front matter, or "".
        publisher: who published the source, or ""; of a web page its site's name.
        author: as the source, or a web page's head, names them, or "".
        source_title: the source's own title, or "".
        updated: when the article was last reviewed, or None; of a web page, when its site says that it changed the article.
        topics: short tags from the front matter.
        questions: for a heading (or `Parent > Heading`), the questions that its section answers, as an editor listed them.
            They are searched beside the section's text and never shown as an answer. The title is the heading of the text
            before the first one. Entries that cannot be used are left out; `python -m ingest check` names them.
        dropped: pieces of a web page or a PDF that its conversion left out as no part of the article, shortened, in order.

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
    dropped: tuple[str, ...] = ()


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
    files: list[ArticleFile] = []
    errors: list[ArticleError] = []
    for file in _walk(corpus):
        path = file.relative_to(corpus).as_posix()
        suffix = file.suffix.lower()
        if suffix in ASSET_SUFFIXES:
            continue
        article = str(PurePosixPath(path).with_suffix(""))
        fault = _badly_named(path) or _unusable(file, path, corpus)
        if fault:
            shown = re.sub(r"[\x00-\x1f\x7f-\x9f]", "?", article.encode("utf-8", "replace").decode())
            errors.append(ArticleError(shown, *fault))
        else:
            files.append(ArticleFile(article, path, file))
    errors += _same_ids(files)
    rejected = {error.article for error in errors}
    return sorted((file for file in files if file.id not in rejected), key=lambda file: file.id), errors


def _same_ids(files: list[ArticleFile]) -> list[ArticleError]:
    """One error for each id that more than one file has, or has but for capitals or how its accents are stored.

    Disks of Windows and macOS take such names for one; an index made on them would have one article fewer.
    """
    alike: dict[str, list[ArticleFile]] = {}
    for file in files:
        alike.setdefault(unicodedata.normalize("NFC", unicodedata.normalize("NFC", file.id).casefold()), []).append(
            file
        )
    errors = []
    for same in alike.values():
        names = " and ".join(file.path for file in same)
        ids = sorted({file.id for file in same})
        fault = (
            "have the same id" if len(ids) == 1 else "have the same id but for capitals or the form of their accents"
        )
        if len(same) > 1:
            errors += [ArticleError(name, f"{names} {fault}", "Rename or remove one of them") for name in ids]
    return errors


def no_corpus(corpus: Path) -> IngestError:
    """The error for a corpus folder that is not there."""
    return IngestError(f"There is no corpus folder at {corpus}. Give one with --corpus DIR or HIPWISE_CORPUS.")


def _badly_named(path: str) -> tuple[str, str] | None:
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return "the file's name is not UTF-8", "Rename it"
    if any(unicodedata.category(char) == "Cc" for char in path):
        return "the file's name has control characters", "Rename it"
    return None


def _unusable(file: Path, path: str, corpus: Path) -> tuple[str, str] | None:
    """What is wrong with a file before it is read, and the remedy; or None."""
    try:
        resolved = file.resolve()
        if not resolved.is_relative_to(corpus.resolve()):
            return f"{path} is a link to outside the corpus", "Copy the file itself there"
        if not resolved.is_file():
            return f"{path} is no regular file, or a link to nowhere", "Remove it"
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
        ArticleError: the file cannot be read, is empty, binary, locked, damaged, too large, not what its name says, or its
            front matter is wrong.

    """
    data = _read_bytes(source, max_bytes)
    kind = SUFFIXES[source.file.suffix.lower()]
    try:
        check_content(kind, data)
        converted = None if kind in {"markdown", "text"} else _WORKER.convert(kind, data, max_bytes)
    except FormatError as error:
        raise ArticleError(source.id, error.what, error.remedy) from None
    text = converted.text if converted else _decode(source.id, data)
    front, body_start = ({}, 0) if converted else _split_front_matter(source.id, text)
    if not _READABLE.search(_INVISIBLE.sub("", text[body_start:])):
        raise ArticleError(source.id, "the article has no text", "Write it, or remove the file")
    fields = _check_front_matter(source.id, text, body_start, front)
    title = fields.pop("title", "")
    article = Article(
        id=source.id,
        path=source.path,
        text=text,
        sha256=hashlib.sha256(data).hexdigest(),
        body_start=body_start,
        title=title or _title_from_body(text[body_start:]),
        **fields,
    )
    return _with_facts(article, converted) if converted else article


def _with_facts(article: Article, converted: Converted) -> Article:
    """An article with what its converted file tells of itself."""
    # A page's own title is that of the article; a document's properties are often left from another document.
    page = SUFFIXES[PurePosixPath(article.path).suffix.lower()] == "html"
    title = converted.title if page or not _headings(article.text) else ""
    return replace(
        article,
        title=_shortened(_CONTROL.sub("", title)) or article.title,
        author=converted.author,
        publisher=converted.publisher,
        updated=converted.updated,
        dropped=converted.dropped,
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
        text = decode(data)
    except UndecodableError as error:
        if b"\x00" in data:
            raise ArticleError(
                article, "the file is binary, not text", "Remove it, or save the article as text"
            ) from None
        line = data.count(b"\n", 0, error.position) + 1
        raise ArticleError(article, f"{error}", "Save the file with the encoding UTF-8", line) from None
    control = _CONTROL.search(text)
    if control:
        line = text.count("\n", 0, control.start()) + 1
        raise ArticleError(
            article, "the file is binary, or has control characters in its text", "Save it as plain UTF-8 text", line
        )
    return text


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


def _headings(body: str) -> list[str]:
    """The headings that are not the page's own."""
    return [heading for heading in _HEADING.findall(body) if not is_furniture(heading)]


def _title_from_body(body: str) -> str:
    headings = _headings(body)
    lines = [line for line in body.splitlines() if _READABLE.search(_INVISIBLE.sub("", line))]
    return _shortened(headings[0] if headings else next((line for line in lines if not is_furniture(line)), lines[0]))


def _shortened(line: str) -> str:
    """A line as a title: without marks, and not too long."""
    title = " ".join(re.sub(r"\\(?=[^\w\s])", "", line).split()).lstrip("\ufeff").strip("#*_->| ")
    if len(title) <= _TITLE_LENGTH:
        return title
    sentence = _FIRST_SENTENCE.match(title)
    return sentence.group() if sentence else title[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
