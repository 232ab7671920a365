"""Headings: their levels, their words, and whether anything stands below them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.check.finding import Finding, quoted
from ingest.check.page import Page
from ingest.check.rules import finding

_EMPTY = re.compile(r"^ {0,3}(#{1,6})[ \t]*#*[ \t]*$", re.MULTILINE)


def check_headings(page: Page) -> Iterator[Finding]:
    """Faults of an article's headings, in order of the text."""
    yield from _twice(page)
    if page.is_markdown:
        yield from _levels(page)
    yield from _empty(page)


def _twice(page: Page) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for heading in page.headings:
        if heading.text in seen:
            text = (
                f"The heading {heading.text!r} occurs twice, in line {seen[heading.text]} too. Give each section its own, so "
                "that it can be cited."
            )
            yield finding("heading-twice", page.article.id, heading.line, text, heading.text)
        elif heading.text:
            seen[heading.text] = heading.line


def _levels(page: Page) -> Iterator[Finding]:
    before = 1  # the title is the heading of the first level
    first: int | None = None
    for heading in page.headings:
        if heading.level > before + 1:
            text = (
                f"The heading {heading.text!r} is of level {heading.level}, below one of level {before}. Write "
                f"{'#' * (before + 1)} instead of {'#' * heading.level}."
            )
            yield finding("heading-level", page.article.id, heading.line, text, heading.text)
        if heading.level == 1 and first is not None:
            text = (
                f"{heading.text!r} is a second heading of level 1 (the first is in line {first}). Keep # for the title; write "
                "## for sections."
            )
            yield finding("heading-level", page.article.id, heading.line, text, heading.text)
        elif heading.level == 1:
            first = heading.line
        before = heading.level


def _empty(page: Page) -> Iterator[Finding]:
    blocks = page.blocks
    for place, block in enumerate(blocks):
        if block.kind != "heading":
            continue
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        if following is None or (following.kind == "heading" and following.level <= block.level):
            if block.level == 1 or block.content == page.article.title:
                continue  # the title may stand above sections of its own level
            text = (
                f"Nothing stands below the heading {quoted(block.content)}. Write the section, or remove the heading."
            )
            yield finding("heading-empty", page.article.id, page.line(block.starts[0]), text, block.content)
    if page.is_markdown:
        yield from _wordless(page)


def _wordless(page: Page) -> Iterator[Finding]:
    """Headings without words; the blocks pass over them."""
    text, start = page.article.text, page.article.body_start
    for match in _EMPTY.finditer(text, start):
        if text.count("\n```", start, match.start()) % 2 == 0:
            yield finding(
                "heading-empty",
                page.article.id,
                page.line(match.start()),
                "A heading has no words. Write it, or remove it.",
            )
