"""Blocks: the headings, paragraphs, list items and table rows of an article, each with its place in the source."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.article import Article
from ingest.block import Block, BlockKind
from ingest.errors import ArticleError
from ingest.furniture import ends_article, heads_links, is_furniture, menus
from ingest.plaintext import page_lines, text_blocks

# Deeper than this the parser leaves out what is written, without a word: a list counts twice, a quote once.
_DEEPEST = 60
_MARKDOWN = MarkdownIt("commonmark", {"maxNesting": _DEEPEST}).enable("table")
# A picture by itself: its description is no sentence of the article.
_PICTURES = re.compile(r"(?:\[?!\[[^\]]*\]\([^()]*\)(?:\]\([^()]*\))?\s*)+")
_ENDS_SENTENCE = re.compile(r"[.!?…][\"”’')\]*_]*\s*$")
# Of an article's text at its end: what stands below its comments' heading is comments.
_REST = 0.3
# Of raw HTML: what is no text, and what stands between two texts.
_NO_TEXT = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
# Without one of these, inline Markdown is what it looks like, and need not be parsed.
_MARK = re.compile(r"[\\`*_\[\]<&{]")
FOOTNOTE = re.compile(r"\[\^[^\]\s]+\]:?")
# What site generators read and readers do not see: attributes of a block, variables and instructions of a template.
TEMPLATE = re.compile(r"\{(?:[.#:][^{}\n]*|[\w-]+=[^{}\n]*)\}|\{\{ ?[A-Za-z][^{}\n]*\}\}|\{%[^{}\n]*%\}")
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
    seen = TEMPLATE.sub("", FOOTNOTE.sub("", markdown)) if "{" in markdown or "[" in markdown else markdown
    tokens = _MARKDOWN.parseInline(seen, {"references": dict(references or {})})
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
    """The blocks of an article's body, in order, without the page's own; plain text is read line by line, others as Markdown.

    Raises:
        ArticleError: lists or quotes are nested so deeply that the parser would leave out what is in them.

    """
    if article.path.lower().endswith(".txt"):
        return list(text_blocks(article.text, article.body_start))
    return [block for block in _marked(article) if not block.furniture]


def left_out(article: Article) -> list[str]:
    """What was left out of an article as the page's own, in the conversion or here: its lines or blocks, in order."""
    if article.path.lower().endswith(".txt"):
        lines = article.text[article.body_start :].split("\n")
        return [lines[number].strip() for number in sorted(page_lines(lines)) if lines[number].strip()]
    return [*article.dropped, *(block.content for block in _marked(article) if block.furniture)]


def _marked(article: Article) -> list[Block]:
    """The blocks of an article in Markdown, those of the page marked."""
    try:
        blocks = list(_markdown_blocks(article.text, article.body_start))
    except _TooDeepError as error:
        line = article.text.count("\n", 0, article.body_start) + error.line + 1
        raise ArticleError(
            article.id, "lists or quotes are nested too deeply here", f"Nest at most {_DEEPEST // 2 - 1} of them", line
        ) from None
    texts = [plain_text(block.content) if block.kind not in {"head", "row"} else "." for block in blocks]
    entries = ["." if block.level else text for block, text in zip(blocks, texts, strict=True)]
    unwanted = menus(entries) | {
        number for number, text in enumerate(texts) if is_furniture(text) or _PICTURES.fullmatch(blocks[number].content)
    }
    for number in [number for number in sorted(unwanted) if blocks[number].kind == "heading"]:
        unwanted |= _below(number, blocks, texts)
    return [replace(block, furniture=True) if number in unwanted else block for number, block in enumerate(blocks)]


def _below(heading: int, blocks: list[Block], texts: list[str]) -> set[int]:
    """The numbers of the blocks below a heading of the page that go with it."""
    level = blocks[heading].level
    end = next((n for n in range(heading + 1, len(blocks)) if 0 < blocks[n].level <= level), len(blocks))
    if ends_article(texts[heading]):
        rest = sum(map(len, texts[heading:end])) < _REST * sum(map(len, texts))
        return set(range(heading, end)) if rest else set()
    below: set[int] = set()
    if heads_links(texts[heading]):
        for number in range(heading + 1, end):
            # Other articles are named with a heading each, or with their first lines in a table or in one short line.
            if _ENDS_SENTENCE.search(texts[number]) and blocks[number].kind == "prose":
                break
            below.add(number)
    return below


class _TooDeepError(Exception):
    """What is nested too deeply; `line` counts from 0 at the body's first line."""

    def __init__(self, line: int) -> None:
        self.line = line
        super().__init__(f"line {line}")


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
    for token in _tokens(text[body_start:]):
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


def _tokens(body: str) -> tuple[Token, ...]:
    tokens, _ = _parsed(body)
    for token in tokens:
        if token.level >= _DEEPEST - 2:
            raise _TooDeepError(token.map[0] if token.map else 0)
    return tokens


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
