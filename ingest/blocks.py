"""Blocks: the headings, paragraphs, list items and table rows of an article, each with its place in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.article import Article
from ingest.block import Block, BlockKind
from ingest.plaintext import text_blocks

_MARKDOWN = MarkdownIt("commonmark").enable("table")
# Of raw HTML: what is no text, and what stands between two texts.
_NO_TEXT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
# Without one of these, inline Markdown is what it looks like, and need not be parsed.
_MARK = re.compile(r"[\\`*_\[\]<&]")
_FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:?")
# Emphasis that begins in one sentence and ends in another leaves its marks at the edge of a word.
_STRAY_MARKS = re.compile(
    r"(?<!\w)(?:\*{1,3}|_{1,3})(?=\S)|(?<=\S)(?:\*{1,3}|_{1,3})(?!\w)|^[*_\\\s]+|(?<=\s)(?:\*{2,3}|_{2,3})(?=\s|$)"
)


def plain_text(markdown: str, references: Mapping[str, Any] | None = None) -> str:
    """Inline Markdown as a reader sees it: no marks, links and pictures as their words, white space folded.

    Args:
        markdown: a piece of a block.
        references: link references of the whole article, as the parser leaves them in its environment.

    """
    if not _MARK.search(markdown):
        return " ".join(markdown.split())
    tokens = _MARKDOWN.parseInline(_FOOTNOTE.sub("", markdown), {"references": dict(references or {})})
    text = "".join(_inline_text(token) for token in tokens)
    return " ".join(_STRAY_MARKS.sub("", text).split())


def _inline_text(token: Token) -> str:
    if token.children is not None:
        return "".join(_inline_text(child) for child in token.children)
    if token.type in {"softbreak", "hardbreak"}:
        return " "
    if token.type == "html_inline":
        return ""
    return token.content


def link_references(article: Article) -> Mapping[str, Any]:
    """The link references an article defines, for `plain_text`."""
    if article.path.lower().endswith(".txt"):
        return {}
    return _parsed(article.text[article.body_start :])[1]


def markdown_tokens(article: Article) -> tuple[Token, ...]:
    """The parser's tokens of an article's body, whose lines count from the body's first; not to be changed."""
    return _parsed(article.text[article.body_start :])[0]


@lru_cache(maxsize=4)
def _parsed(body: str) -> tuple[tuple[Token, ...], Mapping[str, Any]]:
    """Tokens and link references of a Markdown text; an article is asked for both several times in a row."""
    environment: dict[str, Any] = {}
    tokens = _MARKDOWN.parse(body, environment)
    return tuple(tokens), environment.get("references", {})


def article_blocks(article: Article) -> list[Block]:
    """The blocks of an article's body, in order. Plain text files are read line by line, others as Markdown."""
    if article.path.lower().endswith(".txt"):
        return list(text_blocks(article.text, article.body_start))
    return list(_markdown_blocks(article.text, article.body_start))


def _line_starts(text: str, body_start: int) -> list[int]:
    starts = [body_start]
    starts += [match.end() for match in re.finditer("\n", text[body_start:])]
    return [starts[0]] + [body_start + start for start in starts[1:]]


def _markdown_blocks(text: str, body_start: int) -> Iterator[Block]:
    starts = _line_starts(text, body_start)
    lists = 0
    group: int | None = None
    depth = 0
    heading = 0
    row = head = False
    for token in _parsed(text[body_start:])[0]:
        if token.type in {"bullet_list_open", "ordered_list_open", "table_open"}:
            depth += 1
            if depth == 1:
                lists += 1
                group = lists
        elif token.type in {"bullet_list_close", "ordered_list_close", "table_close"}:
            depth -= 1
            group = group if depth else None
        elif token.type == "heading_open":
            heading = int(token.tag[1:])
        elif token.type == "heading_close":
            heading = 0
        elif token.type == "tr_open" and token.map:
            row = True
            yield from _row(text, starts, token.map[0], group, head=head)
        elif token.type == "tr_close":
            row = False
        elif token.type in {"thead_open", "thead_close"}:
            head = token.type == "thead_open"
        elif token.type == "inline" and token.map and not row and token.content.strip():
            kind: BlockKind = "heading" if heading else "prose" if group is None else "item"
            yield from _located(kind, token.content, text, starts, token.map[0], heading, group)
        elif token.map:
            yield from _raw(token, token.map, text, starts)


def _raw(token: Token, lines: list[int], text: str, starts: list[int]) -> Iterator[Block]:
    """Blocks of code and of raw HTML; nothing for any other token."""
    if token.type in {"fence", "code_block"} and token.content.strip():
        first = lines[0] + (token.type == "fence")
        yield from _located("prose", token.content.strip("\n"), text, starts, first)
    elif token.type == "html_block":
        yield from _html(text, starts[lines[0]], _end(text, starts, lines[1]))


def _end(text: str, starts: list[int], line: int) -> int:
    return starts[line] if line < len(starts) else len(text)


def _row(text: str, starts: list[int], line: int, group: int | None, *, head: bool) -> Iterator[Block]:
    """A table's row. Its cells are read as one sentence, so it keeps its bars here."""
    raw = text[starts[line] : _end(text, starts, line + 1)]
    content = raw.strip().lstrip("> ")
    if re.search(r"[^\W_]", content):
        yield Block("head" if head else "row", content, (starts[line] + raw.index(content),), group=group)


def _html(text: str, start: int, end: int) -> Iterator[Block]:
    """The texts between the tags of raw HTML, each a paragraph."""
    silent = [match.span() for match in _NO_TEXT.finditer(text, start, end)]
    for match in re.finditer(r"<[^<>]*>|[^<>]+", text[start:end]):
        place, content = start + match.start(), match.group()
        if content.startswith("<") or any(first <= place < last for first, last in silent):
            continue
        stripped = content.strip()
        if re.search(r"[^\W_]", stripped):
            place += content.index(stripped)
            lines = stripped.split("\n")
            yield Block(
                "prose", stripped, tuple(place + sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines)))
            )


def _located(
    kind: BlockKind,
    content: str,
    text: str,
    starts: list[int],
    first: int,
    level: int = 0,
    group: int | None = None,
) -> Iterator[Block]:
    """Find each line of a block's content in the source, from source line `first` on.

    A line that the parser changed (tabs it widened, a character it replaced) is taken from the source as it stands there.
    """
    lines, places = [], []
    for number, line in enumerate(content.split("\n")):
        line_start = starts[min(first + number, len(starts) - 1)]
        line_end = _end(text, starts, first + number + 1)
        place = text.find(line, line_start, line_end) if line else line_start
        if place < 0:
            raw = text[line_start:line_end]
            line = raw.strip()  # noqa: PLW2901 - the source's own line
            place = line_start + raw.index(line)
        lines.append(line)
        places.append(place)
    yield Block(kind, "\n".join(lines), tuple(places), level, group)
