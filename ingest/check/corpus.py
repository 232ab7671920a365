"""Corpus: runs every rule over the articles of a folder, over some of them, or over one that is not there yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from ingest.article import ASSET_SUFFIXES, ArticleFile, list_article_files
from ingest.check.accepted import read_accepted, without_accepted
from ingest.check.claims import check_claims
from ingest.check.duplicates import check_duplicates
from ingest.check.figures import check_figures
from ingest.check.finding import Finding
from ingest.check.front import check_front, read_front
from ingest.check.headings import check_headings
from ingest.check.length import check_leftovers, check_length
from ingest.check.links import Places, check_links, corpus_files
from ingest.check.listed import check_questions
from ingest.check.page import Page
from ingest.check.reading import check_jargon, check_reading_age
from ingest.check.rules import finding, load_rules
from ingest.encoder import Encoder
from ingest.errors import ArticleError, IngestError
from ingest.plan import read_with_text

# The order of findings in one line of an article.
_SEVERITIES = ("error", "warning", "review")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rules are run with.

    Attributes:
        max_bytes: larger files are rejected, in bytes.
        review_days: after how many days an article is due for its review.
        reading_age: the highest reading age that is not named, in years.
        today: the day of the check; None for the real one.

    """

    max_bytes: int
    review_days: int = 365
    reading_age: int = 14
    today: date | None = None


def check_corpus(
    corpus: Path, max_bytes: int, *, review_days: int = 365, reading_age: int = 14, today: date | None = None
) -> list[Finding]:
    """Everything to mend or to look at in a corpus folder, in order of the articles and their lines.

    Args:
        corpus: folder of the articles.
        max_bytes: larger files are rejected, in bytes.
        review_days: after how many days an article is due for its review.
        reading_age: the highest reading age that is not named, in years.
        today: the day of the check; None for the real one.

    Raises:
        IngestError: the folder is missing or cannot be listed.

    """
    files, errors = list_article_files(corpus)
    limits = Limits(max_bytes, review_days, reading_age, today)
    found, pages = _read(files, limits)
    everything = [*(_rejected(error) for error in errors), *found]
    places = Places(corpus_files(corpus), {page.article.path: page for page in pages})
    return _sorted([*everything, *_checked(pages, frozenset(page.article.id for page in pages), places, limits)])


def check_paths(
    paths: Sequence[Path],
    corpus: Path,
    max_bytes: int,
    *,
    review_days: int = 365,
    reading_age: int = 14,
    today: date | None = None,
) -> list[Finding]:
    """What to mend in some articles, each compared with the others of the corpus.

    Args:
        paths: files of the corpus, folders in it, or files elsewhere, which are checked as if they lay in the corpus.
        corpus: folder of the articles.
        max_bytes: larger files are rejected, in bytes.
        review_days: after how many days an article is due for its review.
        reading_age: the highest reading age that is not named, in years.
        today: the day of the check; None for the real one.

    Raises:
        IngestError: a path is not there, or the corpus folder is missing or cannot be listed.

    """
    limits = Limits(max_bytes, review_days, reading_age, today)
    files, errors = list_article_files(corpus)
    root = corpus.resolve()
    wanted: set[str] = set()
    outside: list[ArticleFile] = []
    for path in paths:
        if not path.exists():
            raise IngestError(f"There is no file {path}. Give a path of an article, as in {corpus.name}/article.md.")
        inside = path.resolve().relative_to(root).as_posix() if path.resolve().is_relative_to(root) else None
        if path.is_dir():
            if inside is None:
                raise IngestError(
                    f"{path} is not in the corpus folder {corpus}. Check another folder with --corpus {path}."
                )
            names = [file.path for file in files] + [error.article for error in errors]
            wanted |= {name for name in names if inside == "." or name.startswith(f"{inside}/")}
        elif inside is not None:
            wanted |= {inside, str(PurePosixPath(inside).with_suffix(""))}
        elif path.suffix.lower() not in ASSET_SUFFIXES:
            outside.append(ArticleFile(path.stem, path.name, path))
    # A draft stands for the article of that name, as it would once it is copied there.
    drafts, replaced = {file.path for file in outside}, {file.id for file in outside}
    found, pages = _read([*(file for file in files if file.id not in replaced), *outside], limits)
    only = frozenset(page.article.id for page in pages if page.article.path in wanted or page.article.path in drafts)
    listed = {**{file.id: file.path for file in files}, **{file.id: file.path for file in outside}}
    rejected = [
        item
        for item in [*(_rejected(error) for error in errors), *found]
        if item.article in wanted or listed.get(item.article, "") in wanted | drafts
    ]
    places = Places(corpus_files(corpus) | drafts, {page.article.path: page for page in pages})
    return _sorted([*rejected, *_checked(pages, only, places, limits)])


def check_text(
    path_name: str,
    data: bytes,
    corpus: Path,
    max_bytes: int = 1024 * 1024,
    *,
    review_days: int = 365,
    reading_age: int = 14,
    today: date | None = None,
) -> list[Finding]:
    """What to mend in an article that is not in the corpus yet, or is about to replace one; compared with the others there.

    Args:
        path_name: path it would have under the corpus folder, with `/` and its ending, such as "injuries/bursitis.md".
        data: the file's bytes.
        corpus: folder of the articles; nothing is written to it.
        max_bytes: larger files are rejected, in bytes.
        review_days: after how many days an article is due for its review.
        reading_age: the highest reading age that is not named, in years.
        today: the day of the check; None for the real one.

    Raises:
        IngestError: the corpus folder is missing or cannot be listed.

    """
    limits = Limits(max_bytes, review_days, reading_age, today)
    parts = PurePosixPath(path_name.replace("\\", "/")).parts
    if not parts or path_name.startswith("/") or any(part in {"..", "/"} or part.startswith(".") for part in parts):
        text = (
            "The name leads out of the corpus folder, or is hidden. Give the article a plain name, as in bursitis.md."
        )
        return [finding("rejected", path_name, None, text)]
    files, _ = list_article_files(corpus)
    name = "/".join(parts)
    with TemporaryDirectory() as folder:
        draft = Path(folder).joinpath(*parts)
        draft.parent.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(data)
        drafts, errors = list_article_files(Path(folder))
        found, pages = _read([*(file for file in files if file.id not in {d.id for d in drafts}), *drafts], limits)
    article = str(PurePosixPath(name).with_suffix(""))
    rejected = [item for item in [*(_rejected(error) for error in errors), *found] if item.article == article]
    clash = next((file.path for file in files if file.id == article and file.path != name), None)
    if clash:
        text = f"{clash} is there already and would have the same id. Give one of them another name, or remove one."
        rejected.append(finding("rejected", article, None, text))
    places = Places(corpus_files(corpus) | {name}, {page.article.path: page for page in pages})
    return _sorted([*rejected, *_checked(pages, frozenset({article}), places, limits)])


def _read(files: Sequence[ArticleFile], limits: Limits) -> tuple[list[Finding], list[Page]]:
    """The articles that can be read, and a finding for each of the others."""
    found: list[Finding] = []
    pages: list[Page] = []
    for file in files:
        try:
            pages.append(Page(read_with_text(file, limits.max_bytes)))
        except ArticleError as error:
            found.append(_rejected(error))
    return found, pages


def _checked(pages: Sequence[Page], only: frozenset[str], places: Places, limits: Limits) -> Iterator[Finding]:
    """The findings of the articles wanted, less those that an editor accepted."""
    together: dict[str, list[Finding]] = {}
    if only:
        for item in [*check_duplicates(pages, only), *check_figures(pages, only)]:
            together.setdefault(item.article, []).append(item)
    count_tokens = Encoder().count_tokens
    today = limits.today or datetime.now(tz=UTC).date()
    for page in pages:
        if page.article.id not in only:
            continue
        front = read_front(page)
        accepted, faults = read_accepted(page.article.id, front)
        found = [
            *check_front(page, front, today, limits.review_days),
            *check_questions(page.article),
            *check_headings(page),
            *check_links(page, places),
            *check_length(page, count_tokens),
            *check_leftovers(page),
            *check_claims(page),
            *check_reading_age(page, limits.reading_age),
            *check_jargon(page),
            *together.get(page.article.id, ()),
        ]
        yield from faults
        yield from without_accepted(page.article.id, accepted, found)


def _rejected(error: ArticleError) -> Finding:
    # A text that begins with the file's name keeps it as it is written.
    what = error.what if error.what.startswith(error.article) else f"{error.what[:1].upper()}{error.what[1:]}"
    return finding("rejected", error.article, error.line, f"{what}. {error.remedy}.")


def _sorted(found: Sequence[Finding]) -> list[Finding]:
    order = list(load_rules())
    return sorted(
        found,
        key=lambda item: (
            item.article,
            item.line or 0,
            _SEVERITIES.index(item.severity),
            order.index(item.rule),
            item.text,
        ),
    )
