"""What can go wrong while articles are read and an index is made or opened. Each text names the place and the remedy."""

from __future__ import annotations


class IngestError(Exception):
    """Nothing was changed: the corpus, the index folder or a setting is not usable as it stands."""


class IndexBusyError(IngestError):
    """Another ingestion is running on the index; nothing was changed, and it can be tried again when that has ended."""


class IndexUnavailableError(IngestError):
    """There is no index to read, or the one there is cannot be read by this version."""


class ArticleError(Exception):
    """One article cannot be ingested.

    Attributes:
        article: the article's id.
        line: 1-based line of the file, or None where the fault has no line.
        what: what is wrong.
        remedy: what the editor can do.

    """

    def __init__(self, article: str, what: str, remedy: str, line: int | None = None) -> None:
        self.article = article
        self.line = line
        self.what = what
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """Place, fault and remedy in one line."""
        place = f"line {self.line}: " if self.line else ""
        return f"{place}{self.what}. {self.remedy}."
