"""Reading: an article as its reading page shows it - the body as safe HTML, its headings, and the place pointed at."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from bot.web.articles.anchors import (
    inline_tokens,
    is_web,
    marked_text,
    point_at_first_mark,
    span_in,
    text_of,
)
from bot.web.articles.links import HERE, edition_of
from ingest.article import front_matter
from ingest.blocks import article_blocks, link_references, markdown_tokens, plain_text

if TYPE_CHECKING:
    from bot.web.articles.links import Place
    from ingest.article import Article
    from ingest.block import Block
    from ingest.generation import Generation

Pointed = Literal["", "marked", "updated"]
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RENDER = MarkdownIt("commonmark")
# Ids of headings, so that none is another id of the page.
_ID = "s-"
_ID_LENGTH = 60  # characters
_NO_ID = re.compile(r"[^\w]+")
_DEEPEST = 6  # of HTML's headings
# A page without them would have an element that shows nothing; a table's cells may be empty.
_MAY_BE_EMPTY = frozenset({"td_open", "th_open"})
_PLAIN_BLOCKS = frozenset(
    {"paragraph", "bullet_list", "ordered_list", "list_item", "blockquote", "table", "thead", "tbody"}
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of an article's body.

    Attributes:
        id: by which an address points at it.
        text: its words.
        level: of its HTML element, 2 to 6; never more than one deeper than the heading before.

    """

    id: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Reading:
    """An article as its page shows it.

    Attributes:
        body: safe HTML, without the front matter, the title and what belongs to a web page around it.
        headings: in order.
        pointed: whether the address's words are marked, or gone ("updated"), or there are none ("").
        source_url: where the source stands (http or https), as the front matter's `source_url` says, or "".

    """

    body: Markup
    headings: tuple[Heading, ...]
    pointed: Pointed
    source_url: str


def read(
    article: Article, say: Callable[..., str], place: Place | None = None, stands: tuple[int, int] | None = None
) -> Reading:
    """Make the reading page's parts of an article.

    Args:
        article: as the generation has it.
        say: the page's own words, as `bot.web.words.Words.say`.
        place: what the address points at.
        stands: where its words stand in this edition of the article, see `find`; None where they are gone.

    """
    body = _Body(article, say, stands)
    tokens = list(body.tokens())
    pointed: Pointed = ""
    if stands and point_at_first_mark(tokens):
        pointed = "marked"
    elif place:
        pointed = "updated"
        tokens = _with_remark(tokens, body.before(place.start), say("articles.updated"))
    html = _RENDER.renderer.render(tokens, _RENDER.options, {})
    return Reading(Markup(html), tuple(body.headings.values()), pointed, _source_url(article))  # noqa: S704 - escaped


def find(generation: Generation, article: Article, place: Place) -> tuple[int, int] | None:
    """Where the words that an address points at stand now: in their place, or where an edit has moved them to.

    Args:
        generation: the serving one.
        article: as it has it.
        place: what the address points at.

    Returns:
        Offsets in the article's text; None where no sentence says so any more.

    """
    if place.stands_in(article.text):
        return place.start, place.end
    for _, chunk in generation.store.article_chunks(article.id):
        for sentence in chunk.sentences:
            if edition_of(article.text[sentence.start : sentence.end]) == place.edition:
                return sentence.start, sentence.end
    return None


def _source_url(article: Article) -> str:
    """The source's address. The front matter was read when the article was indexed, so it is YAML."""
    source = front_matter(article.text, article.body_start)
    if "source_url" not in source:
        return ""
    values = yaml.load(source, Loader=_LOADER)  # noqa: S506 - a safe loader
    url = values.get("source_url") if isinstance(values, dict) else None
    return url if isinstance(url, str) and is_web(url) else ""


def _with_remark(tokens: Sequence[Token], heading: str, remark: str) -> list[Token]:
    """The tokens with a remark before the heading of that id; before all of them where it is ""."""
    place = next((n for n, token in enumerate(tokens) if heading and token.attrGet("id") == heading), 0)
    note = [_open("p", id=HERE, **{"class": "hw-updated"}), *_words([_text(remark)]), _close("p")]
    return [*tokens[:place], *note, *tokens[place:]]


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _open(tag: str, name: str = "", **attributes: str) -> Token:
    return Token(f"{name or tag}_open", tag, 1, attrs=dict(attributes), block=True)


def _close(tag: str, name: str = "") -> Token:
    return Token(f"{name or tag}_close", tag, -1, block=True)


def _code(content: str, span: tuple[int, int] | None) -> list[Token]:
    return [Token("code_open", "code", 1), *marked_text(content, span), Token("code_close", "code", -1)]


def _words(children: list[Token]) -> Iterator[Token]:
    """The token of the parser that holds a block's words; none where there are none."""
    if text_of(children):
        yield Token("inline", "", 0, children=children)


def headings_of(blocks: Iterable[Block], references: Mapping[str, Any]) -> dict[int, Heading]:
    """The headings of an article's body, by the offset they start at, in order.

    Args:
        blocks: the article's.
        references: its link references.

    """
    headings: dict[int, Heading] = {}
    path: list[int] = []
    taken: set[str] = set()
    for block in blocks:
        text = plain_text(block.content, references) if block.kind == "heading" else ""
        if not text:
            continue
        path = [*(level for level in path if level < block.level), block.level]
        slug = _NO_ID.sub("-", text.casefold()).strip("-")[:_ID_LENGTH].rstrip("-")
        name, number = f"{_ID}{slug}", 1
        while name in taken:
            number += 1
            name = f"{_ID}{slug}-{number}"
        taken.add(name)
        headings[block.starts[0]] = Heading(name, text, min(len(path) + 1, _DEEPEST))
    return headings


@dataclass(slots=True)
class _Body:
    """The tokens of an article's body, made anew from the parser's: only kinds that are known, only attributes set here."""

    article: Article
    say: Callable[..., str]
    stands: tuple[int, int] | None
    headings: dict[int, Heading] = field(init=False)
    _blocks: list[Block] = field(init=False)
    _starts: list[int] = field(init=False)
    _lines: list[int] = field(init=False)
    _references: Mapping[str, Any] = field(init=False)
    _ids: dict[str, str] = field(init=False)
    _section: str = field(init=False)

    def __post_init__(self) -> None:
        text, start = self.article.text, self.article.body_start
        self._references = link_references(self.article)
        self._blocks = article_blocks(self.article)
        first = self._blocks[0] if self._blocks else None
        # The page has the title above it already.
        if first and first.kind == "heading" and plain_text(first.content, self._references) == self.article.title:
            del self._blocks[0]
        self._starts = [block.starts[0] for block in self._blocks]
        self._lines = [start, *(start + match.end() for match in re.finditer("\n", text[start:])), len(text)]
        self.headings = headings_of(self._blocks, self._references)
        self._ids = {heading.id.removeprefix(_ID): heading.id for heading in self.headings.values()}
        self._section = self.article.title

    def before(self, offset: int) -> str:
        """The id of the last heading at or before an offset, or ""."""
        above = [heading.id for start, heading in self.headings.items() if start <= offset]
        return above[-1] if above else ""

    def tokens(self) -> Iterator[Token]:
        """The body's tokens, without elements that would show nothing."""
        plain = self.article.path.lower().endswith(".txt")
        kept: list[Token] = []
        for token in self._plain() if plain else self._marked():
            if token.nesting < 0 and kept and kept[-1].nesting > 0 and kept[-1].type not in _MAY_BE_EMPTY:
                kept.pop()
            else:
                kept.append(token)
        return iter(kept)

    def _plain(self) -> Iterator[Token]:
        """Of a plain text file, which has no tokens of its own."""
        group: int | None = None
        for block in self._blocks:
            if block.group != group:
                yield from [] if group is None else [_close("ul")]
                yield from [] if block.group is None else [_open("ul")]
                group = block.group
            yield from self._block("li" if block.kind == "item" else "p", block)
        yield from [] if group is None else [_close("ul")]

    def _marked(self) -> Iterator[Token]:
        """Of Markdown."""
        row: Block | None = None
        in_row = False
        for token in markdown_tokens(self.article):
            name = token.type.removesuffix("_open").removesuffix("_close")
            if token.type == "tr_open":
                row, in_row = next(self._at(token), None), True
                yield from [] if row is None else [_open("tr")]
            elif token.type == "tr_close":
                in_row = False
                yield from [] if row is None else [_close("tr")]
            elif in_row:
                yield from [] if row is None else self._cell(token, row)
            elif token.type == "table_open":
                label = self.say("articles.table", section=self._section)
                yield _open("div", role="region", tabindex="0", **{"class": "hw-scroll", "aria-label": label})
                yield _open("table")
            elif token.type == "table_close":
                yield _close("table")
                yield _close("div")
            elif token.type == "ordered_list_open":
                start = token.attrGet("start")
                yield _open("ol", **({} if start is None else {"start": str(start)}))
            elif name in _PLAIN_BLOCKS:
                if not token.hidden:
                    yield _open(token.tag) if token.nesting > 0 else _close(token.tag)
            else:
                yield from self._leaf(token)

    def _leaf(self, token: Token) -> Iterator[Token]:
        """A token that holds text; nothing for any that is not known."""
        if token.type in {"fence", "code_block"}:
            for block in self._at(token):
                yield _open("pre")
                yield from _words(_code(block.content, self._span(block)))
                yield _close("pre")
        elif token.type == "html_block":
            for block in self._at(token):
                yield from self._block("p", block)
        elif token.type == "hr":
            yield Token("hr", "hr", 0, block=True)
        elif token.type == "inline":
            block_here = next(self._at(token), None)
            if block_here is None:
                yield from self._picture(token)
            elif block_here.kind == "heading":
                yield from self._block("p", block_here)
            else:
                yield from self._inline(block_here)

    def _at(self, token: Token) -> Iterator[Block]:
        """The blocks that a token of the parser has in the index; none where its text belongs to the page around."""
        if token.map is None:
            return
        first, last = self._lines[token.map[0]], self._lines[min(token.map[1], len(self._lines) - 1)]
        for number in range(bisect_left(self._starts, first), bisect_left(self._starts, last)):
            yield self._blocks[number]

    def _span(self, block: Block) -> tuple[int, int] | None:
        return span_in(block, *self.stands) if self.stands else None

    def _inline(self, block: Block) -> Iterator[Token]:
        tokens = inline_tokens(block.content, self._references, self._span(block), self._ids)
        yield from _words(tokens)

    def _block(self, tag: str, block: Block) -> Iterator[Token]:
        """A block in an element of its own; a heading in one of its level, with its id."""
        heading = self.headings.get(block.starts[0])
        if block.kind == "heading" and heading is None:
            return
        attributes = {}
        if heading:
            tag, attributes = f"h{heading.level}", {"id": heading.id}
            self._section = heading.text
        yield _open(tag, **attributes)
        yield from self._inline(block)
        yield _close(tag)

    def _picture(self, token: Token) -> Iterator[Token]:
        """The descriptions of pictures that stand by themselves; they are not in the index."""
        children = token.children or []
        words = text_of([child for picture in children if picture.type == "image" for child in picture.children or []])
        if words and all(child.type == "image" or child.nesting or not child.content.strip() for child in children):
            yield from _words([_text(self.say("articles.picture", words=words))])

    def _cell(self, token: Token, row: Block) -> Iterator[Token]:
        """A part of a table's row, which is indexed as one sentence."""
        if token.type == "inline":
            span = (0, len(token.content)) if self._span(row) and token.content else None
            yield from _words(inline_tokens(token.content, self._references, span, self._ids))
        elif token.type in {"th_open", "td_open"}:
            side = str(token.attrGet("style") or "").removeprefix("text-align:")
            align = {"class": f"hw-{side}"} if side in {"right", "center"} else {}
            scope = {"scope": "col"} if token.type == "th_open" else {}
            yield _open(token.tag, **align, **scope)
        else:
            yield _close(token.tag)
