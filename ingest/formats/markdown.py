"""Markdown: HTML as plain Markdown - headings, paragraphs, lists and tables; words without emphasis or links."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, Comment
from bs4.element import NavigableString, PageElement, Tag
from markdownify import MarkdownConverter

_BLOCKS = (
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "pre",
    "hr",
    "br",
    "table",
    "thead",
    "tbody",
    "tr",
)
_CELLS = ("td", "th")
_WRAPPERS = frozenset(
    {
        "div",
        "section",
        "article",
        "main",
        "body",
        "html",
        "figure",
        "figcaption",
        "address",
        "header",
        "footer",
        "aside",
        "details",
        "nav",
        "form",
        "fieldset",
        "center",
        "dl",
        "dd",
        "dt",
        "caption",
        "[document]",
    }
)
_INSIDE_CELLS = "h1, h2, h3, h4, h5, h6, ul, ol, blockquote, pre"
# Deeper lists and quotes are read as if they stood at this depth; nobody writes them, and a reader cannot follow them.
_DEPTH = 60
_LEVELS = 8
_CELL_LENGTH = 300  # characters; a table with longer cells lays out a page, it is no table
_SPAN = 50
_ROWS = 5000
# What would make a heading or a quote of a paragraph whose line begins so. Numbers and dashes make a list, as they are meant to.
_LINE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|>|~{3,}|={2,}\s*$|(?=[|: ]*-)[|: -]+$)", re.MULTILINE)
_BULLET = re.compile(r"^\s*[•‣▪◦·●○■–—]\s+(?=\S)", re.MULTILINE)
_MARKS = re.compile(r"([\\`*]|<(?=[A-Za-z/!?])|&(?=#?\w+;)|\[(?=[^\]]*\][(:\[]))|(?<!\w)_|_(?!\w)")


class _Converter(MarkdownConverter):
    """`markdownify` with as few escapes as Markdown needs: what is escaped is quoted so."""

    def escape(self, text: str, parent_tags: Any) -> str:
        """Text as Markdown that reads as the same text."""
        text = _MARKS.sub(lambda match: "\\" + match.group(), text or "")
        if "td" in parent_tags or "th" in parent_tags:
            return text.replace("|", "\\|")
        return text

    def convert_p(self, el: Any, text: str, parent_tags: Any) -> str:
        """A paragraph whose lines begin no other block."""
        text = _BULLET.sub("- ", _LINE_START.sub(r"\1\\\2", text.strip()))
        return str(super().convert_p(el, text, parent_tags))  # type: ignore[misc]  # made by the library at run time


def to_markdown(soup: BeautifulSoup | Tag) -> str:
    r"""A tree of HTML as Markdown. The tree is changed.

    Args:
        soup: what shall be converted, without what no reader sees.

    Returns:
        Markdown that ends in one newline, or "".

    """
    for comment in soup.find_all(string=lambda text: isinstance(text, Comment)):
        comment.extract()
    for tag in soup.select("sup:has(a), img, picture, svg, script, style, template, noscript, object, iframe, wbr"):
        tag.decompose()
    _define(soup)
    _flatten(soup)
    for table in reversed(soup.find_all("table")):  # the inner ones first
        _plain_table(table)
    _wrap_runs(soup)
    converter = _Converter(heading_style="atx", bullets="-", convert=[*_BLOCKS, *_CELLS, "div"], escape_misc=False)
    text = str(converter.convert_soup(soup))
    text = text.replace("\u00a0", " ").replace("\u200b", "")
    text = re.sub(r"[ \t]+$", "", text, flags=re.MULTILINE)
    text = re.sub(r"\n{3,}", "\n\n", text).strip("\n")
    return f"{text}\n" if text.strip() else ""


def _define(soup: BeautifulSoup | Tag) -> None:
    """Lists of definitions as lists; what opens a folded text as a heading."""
    level = 2
    for tag in soup.find_all(["h1", "h2", "h3", "h4", "h5", "h6", "summary", "dl"]):
        if tag.name == "summary":
            tag.name = f"h{min(level + 1, 6)}"
        elif tag.name != "dl":
            level = int(tag.name[1])
        else:
            for term in tag.find_all("dt"):
                meaning = term.find_next_sibling()
                if meaning is not None and meaning.name == "dd":
                    mark = " " if term.get_text().strip()[-1:] in {":", "?", ".", "!"} else ": "
                    meaning.insert(0, NavigableString(term.get_text(" ", strip=True) + mark))
                    term.decompose()
            for entry in tag.find_all(["dt", "dd"]):
                entry.name = "li"
            tag.name = "ul"


def _flatten(soup: BeautifulSoup | Tag) -> None:
    """Leave blocks only, none of them deep: the converter and the Markdown parser go down into what is nested."""
    depths: dict[int, tuple[int, int]] = {id(soup): (0, 0)}
    for tag in list(soup.find_all(True)):  # parents come before their children
        depth, lists = depths[id(tag.parent)]
        nests = tag.name in {"ul", "ol", "blockquote", "table"}
        block = tag.name in _BLOCKS or tag.name in _CELLS
        if tag.name == "li" and (tag.parent is None or tag.parent.name not in {"ul", "ol"}):
            tag.name, block = "div", False
        if depth < _DEPTH and not (nests and lists >= _LEVELS) and (block or tag.name in _WRAPPERS):
            tag.name = tag.name if block else "div"
            depths[id(tag)] = (depth + 1, lists + nests)
            continue
        if block or tag.name in _WRAPPERS:
            if not _is_break(tag.previous_sibling):
                tag.insert_before(Tag(name="br"), Tag(name="br"))
            if not _is_break(tag.next_sibling):
                tag.insert_after(Tag(name="br"), Tag(name="br"))
        tag.unwrap()


def _is_break(sibling: PageElement | None) -> bool:
    return isinstance(sibling, Tag) and sibling.name == "br"


def _wrap_runs(soup: BeautifulSoup | Tag) -> None:
    """Make a paragraph of each run of bare text beside blocks."""
    for tag in [soup, *soup.find_all(["div", "blockquote"])]:
        run: list[PageElement] = []
        for child in [*tag.children, None]:
            if isinstance(child, NavigableString) or _is_break(child):
                run.append(child)  # type: ignore[arg-type]
                continue
            if any(isinstance(piece, NavigableString) and piece.strip() for piece in run):
                paragraph = Tag(name="p")
                run[0].insert_before(paragraph)
                for piece in run:
                    paragraph.append(piece.extract())
            run = []


def _plain_table(table: Tag) -> None:
    """A table as rows of plain cells, every row as long; one that lays out a page is unwrapped."""
    rows = [row for row in table.find_all("tr") if row.find_parent("table") is table][:_ROWS]
    cells = [[cell for cell in row.find_all(_CELLS) if cell.find_parent("tr") is row] for row in rows]
    flat = [cell for row in cells for cell in row]
    layout = (
        max(map(len, cells), default=0) < 2
        or any(cell.select_one(_INSIDE_CELLS) and len(cell.get_text()) > _CELL_LENGTH / 2 for cell in flat)
        or any(len(cell.get_text()) > 3 * _CELL_LENGTH for cell in flat)
    )
    if layout:
        for tag in table.find_all(["thead", "tbody", "tr", *_CELLS]):
            if tag.find_parent("table") is table:
                tag.name = "div"
        table.name = "div"
        return
    grid = list(_grid(cells))
    head = bool(cells) and (all(cell.name == "th" for cell in cells[0]) or bool(rows[0].find_parent("thead")))
    if table.find_parent("table") is not None:
        table.replace_with(NavigableString(" " + "; ".join(" ".join(row) for row in grid) + " "))
        return
    width = max(map(len, grid))
    table.clear()
    for number, row in enumerate(grid):
        line = Tag(name="tr")
        for text in [*row, *[""] * (width - len(row))]:
            cell = Tag(name="th" if head and not number else "td")
            cell.append(NavigableString(text))
            line.append(cell)
        table.append(line)


def _grid(cells: list[list[Tag]]) -> Iterator[list[str]]:
    """The texts of a table's rows; what spans several rows stands in each, what spans columns in the first."""
    below: dict[int, tuple[int, str]] = {}  # column -> rows still to fill, text
    for row in cells:
        texts: list[str] = []
        for cell in row:
            while len(texts) in below:
                texts.append(_from_above(below, len(texts)))
            text = cell.get_text(" ", strip=True)
            rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
            for column in range(columns):
                if rows > 1:
                    below[len(texts)] = (rows - 1, text if not column else "")
                texts.append(" ".join(text.split()) if not column else "")
        while len(texts) in below:
            texts.append(_from_above(below, len(texts)))
        yield texts


def _from_above(below: dict[int, tuple[int, str]], column: int) -> str:
    rows, text = below.pop(column)
    if rows > 1:
        below[column] = (rows - 1, text)
    return text


def _span(cell: Tag, name: str) -> int:
    value = str(cell.get(name, "1"))
    return min(max(int(value), 1), _SPAN) if value.isascii() and value.isdigit() and len(value) < 6 else 1
