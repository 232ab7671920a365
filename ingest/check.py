"""Check: what an editor should mend in the articles before they go live."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.article import list_article_files
from ingest.blocks import article_blocks
from ingest.errors import ArticleError
from ingest.plan import read_with_text

REQUIRED = ("title", "summary", "publisher", "author", "source_title", "updated", "topics")


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to mend.

    Attributes:
        article: the article's id.
        line: 1-based line, or None.
        text: what is wrong and what to do.

    """

    article: str
    line: int | None
    text: str

    def __str__(self) -> str:
        """One line: article, line, text."""
        return f"{self.article}{f':{self.line}' if self.line else ''}: {self.text}"

    def to_dict(self) -> dict[str, object]:
        """The finding for machines."""
        return asdict(self)


def check_corpus(corpus: Path, max_bytes: int) -> list[Finding]:
    """Everything to mend in a corpus folder, in order of the articles.

    Args:
        corpus: folder of the articles.
        max_bytes: larger files are rejected, in bytes.

    Raises:
        IngestError: the folder is missing or cannot be listed.

    """
    files, errors = list_article_files(corpus)
    findings = [_finding(error) for error in errors]
    for file in files:
        try:
            article = read_with_text(file, max_bytes)
        except ArticleError as error:
            findings.append(_finding(error))
            continue
        front = article.text[: article.body_start]
        findings += [
            Finding(article.id, 1, f"`{key}` is missing in the front matter. Add it.")
            for key in REQUIRED
            if not re.search(rf"^{key}\s*:\s*\S|^{key}\s*:\s*\n\s*- ", front, re.MULTILINE)
        ]
        headings = [block for block in article_blocks(article) if block.kind == "heading"]
        seen: set[str] = set()
        for heading in headings:
            if heading.content in seen:
                line = article.text.count("\n", 0, heading.starts[0]) + 1
                text = (
                    f"The heading {heading.content!r} occurs twice. Give each section its own, so that it can be cited."
                )
                findings.append(Finding(article.id, line, text))
            seen.add(heading.content)
    return sorted(findings, key=lambda finding: (finding.article, finding.line or 0))


def _finding(error: ArticleError) -> Finding:
    return Finding(error.article, error.line, f"{error.what}. {error.remedy}.")
