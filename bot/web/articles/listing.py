"""Listing: the articles of a generation, in groups and pages, as their list shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from bot.rank import HELP_ARTICLE
from bot.web.articles.links import address

if TYPE_CHECKING:
    from ingest.article import Article
    from ingest.generation import Generation
    from ingest.store import Stored

PAGE = 50  # articles on one page of the list


@dataclass(frozen=True, slots=True)
class Entry:
    """An article in the list.

    Attributes:
        href: its address.
        title: its title.
        publisher: who published the source, or "".
        updated: when it was last reviewed, or None.
        summary: its first line: the summary, else the first sentence, or "".

    """

    href: str
    title: str
    publisher: str
    updated: date | None
    summary: str


@dataclass(frozen=True, slots=True)
class Group:
    """Articles of one folder of the corpus.

    Attributes:
        name: the folder's name as words; "" for articles beside the folders.
        entries: by title.

    """

    name: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list.

    Attributes:
        help: the article on warning signs, which stands above all others; None where there is none.
        groups: the others of this page.
        count: how many articles there are on all pages, `help` included.
        page: which page it is, from 1.
        pages: how many there are, at least 1.

    """

    help: Entry | None
    groups: tuple[Group, ...]
    count: int
    page: int
    pages: int


def listing(generation: Generation, page: int = 1) -> Listing:
    """One page of a generation's articles: by folder, then by title.

    Args:
        generation: the serving one.
        page: from 1; one that is not there is the nearest that is.

    """
    stored = generation.store.listing()
    others = sorted((one for one in stored if one.id != HELP_ARTICLE), key=_order)
    pages = max(-(-len(others) // PAGE), 1)
    page = min(max(page, 1), pages)
    shown = others[(page - 1) * PAGE : page * PAGE]
    groups = [
        Group(_folder(folder), tuple(entry for one in part if (entry := entry_for(generation, one.id))))
        for folder, part in groupby(shown, lambda one: one.id.rpartition("/")[0])
    ]
    return Listing(entry_for(generation, HELP_ARTICLE), tuple(groups), len(stored), page, pages)


def _order(stored: Stored) -> tuple[str, str, str]:
    return stored.id.rpartition("/")[0].casefold(), stored.title.casefold(), stored.id


def _folder(path: str) -> str:
    """A folder's path as words: `race-prep/winter_runs` is "Race prep / Winter runs"."""
    names = [" ".join(name.replace("-", " ").replace("_", " ").split()) or name for name in path.split("/") if name]
    return " / ".join(name[:1].upper() + name[1:] for name in names)


def entry_for(generation: Generation, article: str) -> Entry | None:
    """An article as the list shows it, or None where it is not there."""
    found = generation.article(article)
    if found is None:
        return None
    return Entry(
        address(found.id), found.title, found.publisher, found.updated, found.summary or _first_line(generation, found)
    )


def _first_line(generation: Generation, article: Article) -> str:
    chunks = generation.store.article_chunks(article.id)
    return chunks[0][1].sentences[0].text if chunks else ""
