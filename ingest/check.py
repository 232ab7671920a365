"""Check: what an editor should mend in the articles before they go live."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path

from ingest.article import Article, front_matter, list_article_files
from ingest.blocks import article_blocks, link_references, plain_text
from ingest.chunk import section_paths
from ingest.errors import ArticleError
from ingest.plan import read_with_text
from ingest.questions import Listed, listed_questions, names_section

# Words that a question begins with. "What to do ..." and "signs of ..." are words to search for, which need no mark.
_ASKS = re.compile(
    r"(?:(?:what|which|who|whose|when|where|why|how)(?! to\b)|am|is|are|was|were|do|does|did|can|could|should|shall|will|would"
    r"|has|have|had|may|might|must)\b",
    re.IGNORECASE,
)

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
        findings += check_questions(article)
    return sorted(findings, key=lambda finding: (finding.article, finding.line or 0))


def check_questions(article: Article) -> list[Finding]:
    """What to mend in the questions that an article's front matter lists for its sections, in order of the lines.

    An entry that cannot be used costs the article nothing but that entry; the rest is ingested.
    """
    entries = listed_questions(front_matter(article.text, article.body_start))
    if not entries:
        return []
    paths = section_paths(article)
    texts = [
        *_heading_texts(article, entries, paths),
        *(
            (entry.line, f"{entry.fault[:1].upper()}{entry.fault[1:]}. {entry.remedy}.")
            for entry in entries
            if entry.fault
        ),
        *_question_texts([entry for entry in entries if not entry.fault], paths),
    ]
    return [Finding(article.id, line, text) for line, text in sorted(texts)]


def _heading_texts(
    article: Article, entries: Sequence[Listed], paths: Sequence[tuple[str, ...]]
) -> Iterator[tuple[int, str]]:
    """Line and text of each finding about a heading that questions are listed for, at its first entry."""
    first: dict[str, int] = {}
    for entry in entries:
        first.setdefault(entry.heading, entry.line)
    for heading, line in first.items():
        sections = [path for path in paths if names_section(heading, path)]
        if not sections:
            yield line, _no_section(article, heading, paths)
        elif len(sections) > 1:
            exact = [_only_name(path, paths) for path in sections]
            remedy = (
                f"Write {' or '.join(repr(name) for name in exact)}"
                if all(exact)
                else "Give each section a heading of its own"
            )
            yield line, f"{len(sections)} sections have the heading {heading!r}; all get its questions. {remedy}."


def _no_section(article: Article, heading: str, paths: Sequence[tuple[str, ...]]) -> str:
    references = link_references(article)
    headings = {plain_text(block.content, references) for block in article_blocks(article) if block.kind == "heading"}
    if heading.rsplit(" > ", 1)[-1] in headings - {path[-1] for path in paths}:
        return (
            f"The heading {heading!r} has no text of its own, so its questions are not searched. List them for a heading "
            "below it."
        )
    near = get_close_matches(heading, {name for path in paths for name in (path[-1], " > ".join(path[-2:]))}, n=1)
    remedy = f"Did you mean {near[0]!r}?" if near else "Write the heading as it stands in the article."
    return f"No section has the heading {heading!r}, so its questions are not searched. {remedy}"


def _only_name(path: tuple[str, ...], paths: Sequence[tuple[str, ...]]) -> str:
    """The shortest name that is this section's alone, or ""."""
    names = (" > ".join(path[-count:]) for count in range(1, len(path) + 1))
    return next((name for name in names if sum(names_section(name, other) for other in paths) == 1), "")


def _question_texts(entries: Sequence[Listed], paths: Sequence[tuple[str, ...]]) -> Iterator[tuple[int, str]]:
    """Line and text of each finding about the wording of a question, and about one listed twice for a section."""
    seen: dict[tuple[tuple[str, ...], str], int] = {}
    for entry in entries:
        if _ASKS.match(entry.question) and not entry.question.endswith("?"):
            yield entry.line, f"{entry.question!r} does not end with a question mark. Add it."
        for path in [path for path in paths if names_section(entry.heading, path)] or [(entry.heading,)]:
            before = seen.setdefault((path, entry.question.casefold()), entry.line)
            if before != entry.line:
                yield entry.line, f"{entry.question!r} is listed for its section in line {before} already. Remove one."
                break


def _finding(error: ArticleError) -> Finding:
    return Finding(error.article, error.line, f"{error.what}. {error.remedy}.")
