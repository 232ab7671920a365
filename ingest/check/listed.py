"""Listed: what to mend in the questions that an article's front matter lists for its sections."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from ingest.article import Article, front_matter
from ingest.blocks import article_blocks, link_references, plain_text
from ingest.check.finding import Finding
from ingest.check.rules import finding
from ingest.chunk import section_paths
from ingest.questions import Listed, listed_questions, names_section

# Words that a question begins with. "What to do ..." and "signs of ..." are words to search for, which need no mark.
_ASKS = re.compile(
    r"(?:(?:what|which|who|whose|when|where|why|how)(?! to\b)|am|is|are|was|were|do|does|did|can|could|should|shall|will|would"
    r"|has|have|had|may|might|must)\b",
    re.IGNORECASE,
)


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
    return [finding("question", article.id, line, text) for line, text in sorted(texts)]


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
