"""Front: the front matter - what it lacks, and whether the article is due for its review."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

import yaml

from ingest.article import front_matter
from ingest.check.finding import Finding
from ingest.check.page import Page
from ingest.check.rules import finding
from ingest.formats.kinds import NAMES, SUFFIXES

REQUIRED = ("title", "summary", "publisher", "author", "source_title", "updated", "topics")
_GRACE = timedelta(days=1)  # where the editor is, it may be tomorrow already
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """An article's front matter as it stands in the file.

    Attributes:
        nodes: for each key, its value as YAML's parser leaves it, with its lines.
        values: for each key, its value.
        lines: for each key, its 1-based line.

    """

    nodes: dict[str, yaml.Node]
    values: dict[str, Any]
    lines: dict[str, int]


def read_front(page: Page) -> FrontMatter:
    """The front matter of an article that has been read without a fault."""
    source = front_matter(page.article.text, page.article.body_start)
    root = yaml.compose(source, Loader=_LOADER)
    if not isinstance(root, yaml.MappingNode):
        return FrontMatter({}, {}, {})
    nodes = {str(key.value): value for key, value in root.value}
    lines = {str(key.value): int(key.start_mark.line) + 1 for key, _ in root.value}
    return FrontMatter(nodes, yaml.load(source, Loader=_LOADER) or {}, lines)  # noqa: S506 - a safe loader


def check_front(page: Page, front: FrontMatter, today: date, review_days: int) -> Iterator[Finding]:
    """What the front matter lacks, a date still to come, and a review that is due.

    Args:
        page: the article.
        front: its front matter.
        today: the day of the check.
        review_days: after how many days an article is due for its review.

    """
    article = page.article
    missing = [key for key in REQUIRED if not _filled(front.values.get(key))]
    kind = SUFFIXES[PurePosixPath(article.path).suffix.lower()]
    if kind not in {"markdown", "text"}:
        name = NAMES[kind][:1].upper() + NAMES[kind][1:]
        text = (
            f"{name} has no front matter, so readers are not told who published the article and when it was last reviewed. "
            "Save it as Markdown, with front matter, to add both."
        )
        yield finding("front-matter", article.id, 1, text)
    elif not front.values:
        names = ", ".join(REQUIRED)
        text = f"The article has no front matter. Begin the file with a line of three dashes, then {names}, then three dashes."
        yield finding("front-matter", article.id, 1, text)
    elif missing:
        names = ", ".join(f"`{key}`" for key in missing)
        verb, them = ("is", "it") if len(missing) == 1 else ("are", "them")
        text = f"{names} {verb} missing in the front matter. Add {them}."
        yield finding("front-matter", article.id, 1, text)
    updated = article.updated
    if updated is None:
        return
    line = front.lines.get("updated", 1)
    if updated > today + _GRACE:
        text = f"`updated` is {updated.isoformat()}, which is still to come. Write the day of the last review."
        yield finding("future-date", article.id, line, text)
    elif (today - updated).days > review_days:
        text = (
            f"The article was last reviewed on {updated.isoformat()}, {(today - updated).days:,} days ago. Read it against its "
            "sources, then set `updated` to the day you did."
        )
        yield finding("review-due", article.id, line, text)


def _filled(value: object) -> bool:
    return value not in (None, "", [], {}) and bool(str(value).strip())
