"""Anchors: marks in a block of an article, set by offsets of its source on the parser's tokens, never by searching in HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bot.web.articles.links import HERE
from ingest.block import Block
from ingest.blocks import FOOTNOTE, TEMPLATE

_EDGE = "edge"  # a token without text, where a mark begins or ends
_MARKED = "marked"  # in a token's meta: whether it stands in the mark
_EMPHASIS = frozenset({"em_open", "em_close", "strong_open", "strong_close"})
_BREAKS = frozenset({"softbreak", "hardbreak"})
Span = tuple[int, int]


def span_in(block: Block, start: int, end: int) -> Span | None:
    """Where a range of the article's text lies in a block's content.

    Args:
        block: the block.
        start: offset of the range's first character in the article's text.
        end: offset behind its last.

    Returns:
        Positions in `block.content`, the first one smaller; None where the range has nothing of the block.

    """
    first, last = _position(block, start), _position(block, end)
    return (first, last) if first < last else None


def _position(block: Block, offset: int) -> int:
    """The position in a block's content nearest to an offset of the article, at or behind it."""
    position = 0
    for line, start in zip(block.content.split("\n"), block.starts, strict=True):
        if offset <= start + len(line):
            return position + max(offset - start, 0)
        position += len(line) + 1
    return len(block.content)


def inline_tokens(
    content: str, references: Mapping[str, Any], span: Span | None = None, ids: Mapping[str, str] | None = None
) -> list[Token]:
    """Inline Markdown as tokens that are safe to render: emphasis, code, breaks, links to http(s) or into the page, and text.

    What the bot leaves out of a sentence (raw HTML, footnote marks, a template's instructions) is left out here too. A
    picture is its description.

    Args:
        content: a block's Markdown.
        references: the article's link references.
        span: what to mark, as positions in `content`; a mark never crosses the edge of an element.
        ids: for what a link into the page may name behind its `#`, the id of the heading there.

    """
    edges = [edge for edge in span or () if edge > 0]
    environment = {"references": dict(references), "source": content, "edges": edges}
    children = _PARSER.inline.parse(content, _PARSER, environment, [])
    return _wrapped(_clean(children, ids or {}, marked=span is not None and span[0] == 0))


def text_of(tokens: Sequence[Token]) -> str:
    """Inline tokens as their words, white space folded."""
    return " ".join("".join(" " if token.type in _BREAKS else token.content for token in tokens).split())


def marked_text(text: str, span: Span | None) -> list[Token]:
    """Text that is no Markdown (code), with a part of it marked."""
    if span is None:
        return [_text(text)]
    first, last = span
    return [_text(text[:first]), *_mark([_text(text[first:last])]), _text(text[last:])]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _at_edge(state: StateInline, silent: bool) -> bool:
    """Leave a token where a mark begins or ends. Matches nothing: the rules behind it read on from the same place."""
    edges = _edges(state)
    if not silent and edges and edges[0] <= state.pos:
        edges.pop(0)
        state.push(_EDGE, "", 0)
        return _at_edge(state, silent)
    return False


def _up_to_edge(state: StateInline, silent: bool) -> bool:
    """The parser's rule for plain text, which stops where a mark begins or ends as well."""
    found = state.md.inline.terminator_re.search(state.src, state.pos)
    end = found.start() if found else state.posMax
    edges = _edges(state)
    if not silent and edges:
        end = min(end, edges[0])
    if end <= state.pos:
        return False
    if not silent:
        state.append_pending(state.src[state.pos : end])
    state.pos = end
    return True


def _edges(state: StateInline) -> list[int]:
    # A picture's description is parsed by itself; positions count in the whole block.
    if state.src is not state.env["source"]:
        return []
    edges: list[int] = state.env["edges"]
    return edges


def _unseen(state: StateInline, silent: bool) -> bool:  # noqa: ARG001
    """Pass over what the bot does not read either."""
    match = FOOTNOTE.match(state.src, state.pos, state.posMax) or TEMPLATE.match(state.src, state.pos, state.posMax)
    if match is None:
        return False
    state.pos = match.end()
    return True


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    rules = parser.inline.ruler
    rules.at("text", _up_to_edge)
    rules.before("text", _EDGE, _at_edge)
    rules.after("text", "unseen", _unseen)
    return parser


_PARSER = _parser()


def _clean(children: Sequence[Token], ids: Mapping[str, str], *, marked: bool) -> list[Token]:
    """New tokens of the kinds that are shown; each that has text knows whether it is marked."""
    tokens: list[Token] = []
    links: list[bool] = []
    for token in children:
        made: Token | None = None
        if token.type == _EDGE:
            marked = not marked
        elif token.type == "link_open":
            target = _target(str(token.attrGet("href") or ""), ids)
            links.append(bool(target))
            made = Token("link_open", "a", 1, attrs=dict(target)) if target else None
        elif token.type == "link_close":
            made = Token("link_close", "a", -1) if links.pop() else None
        elif token.type in _EMPHASIS:
            made = Token(token.type, token.tag, token.nesting)
        elif token.type in _BREAKS:
            made = Token(token.type, "br", 0)
        elif token.type == "code_inline":
            made = Token("code_inline", "code", 0, content=token.content)
        elif token.type == "image":
            made = _text(text_of(token.children or []))
        elif token.type == "html_inline":
            made = Token("hardbreak", "br", 0) if token.content.lower().startswith("<br") else None
        elif token.content:
            made = _text(token.content)
        if made is not None:
            made.meta = {_MARKED: marked}
            tokens.append(made)
    return tokens


def _target(address: str, ids: Mapping[str, str]) -> dict[str, str]:
    """The attributes of a link that may be followed: to http(s), or to a heading of the page; none for any other."""
    if address.startswith("#"):
        heading = ids.get(unquote(address[1:]).casefold())
        return {"href": f"#{heading}"} if heading else {}
    return {"href": address, "rel": "noreferrer noopener", "class": "hw-out"} if is_web(address) else {}


def is_web(address: str) -> bool:
    """Whether an address may be linked to: it is one of http or https, with a host."""
    try:
        parts = urlsplit(address)
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        return False


def _mark(tokens: Sequence[Token]) -> list[Token]:
    return [Token("mark_open", "mark", 1), *tokens, Token("mark_close", "mark", -1)]


def _wrapped(tokens: Sequence[Token]) -> list[Token]:
    """The tokens with each run of marked ones in a mark; an element goes into it whole, or is marked inside.

    An element without words is left out: a link that nobody could see or name.
    """
    wrapped: list[Token] = []
    run: list[Token] = []
    place = 0
    while place < len(tokens):
        end = _end_of(tokens, place)
        unit = tokens[place:end]
        place = end
        if len(unit) > 1 and not text_of(unit):
            continue
        if all(token.meta[_MARKED] for token in unit if not token.nesting):
            run += unit
        else:
            wrapped += [*(_mark(run) if run else []), *(unit if len(unit) == 1 else [])]
            run = []
            if len(unit) > 1:
                wrapped += [unit[0], *_wrapped(unit[1:-1]), unit[-1]]
    return wrapped + (_mark(run) if run else [])


def _end_of(tokens: Sequence[Token], place: int) -> int:
    """The place behind an element that opens here, or behind the token."""
    depth = 0
    for end in range(place, len(tokens)):
        depth += tokens[end].nesting
        if depth <= 0:
            return end + 1
    return len(tokens)


def point_at_first_mark(tokens: Sequence[Token]) -> bool:
    """Give the first mark of a page the id that its address points at; False where there is none."""
    for token in tokens:
        for inner in (token, *(token.children or ())):
            if inner.type == "mark_open":
                inner.attrSet("id", HERE)
                return True
    return False
