"""Plain text: the headings, paragraphs and lists of a text file that has no markup, read from the shape of its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ingest.block import Block
from ingest.furniture import ends_article, heads_links, is_date, is_furniture, menus

_HEADING_LENGTH = 90  # characters; a longer line is no heading
_ITEM_LENGTH = 140  # characters; a longer line without a bullet is no item of a list
_LINK_LENGTH = 120  # characters; a longer line is no link
_REST = 0.3  # of a text, at its end: what stands below its comments' heading is comments
_CLOSED = re.compile(r"[.!?;,…][\"”’')\]]*$")
_ENDS_SENTENCE = re.compile(r"[.!?…][\"”’')\]]*$")
_BULLET = re.compile(r"[-*•‣▪◦·–—]\s+(?=\S)")
_NUMBER = re.compile(r"\(?\d{1,2}[.)]\s+(?=\S)")
_LABEL = re.compile(r"[A-Z][^.:?!]{2,70}:\s+\S")
_BREAKS = re.compile(r"[\u2028\u2029\x0b\x0c]")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text file.

    Attributes:
        start: offset of its first visible character in the article's text.
        text: the line without surrounding space, bullet or number.
        marker: "" or what stood before the text: "-" for a bullet, "1" for a number.

    """

    start: int
    text: str
    marker: str = ""

    @property
    def open(self) -> bool:
        """Whether it ends without the mark of a sentence, as headings and items do."""
        return not _CLOSED.search(self.text) and not self.leads_in

    @property
    def leads_in(self) -> bool:
        """Whether it promises a list."""
        return self.text.endswith(":")

    @property
    def titled(self) -> bool:
        """Whether it could be a heading by its shape alone: short, open (or a question), with a capital."""
        bare = self.text.removesuffix("?")
        return (
            len(self.text) <= _HEADING_LENGTH
            and not _CLOSED.search(bare)
            and not self.leads_in
            and self.text[:1].isupper()
        )


def text_blocks(text: str, body_start: int) -> Iterator[Block]:
    """The blocks of a plain text file, in order.

    A short open line before longer text is a heading, a numbered one a heading below it; a heading right before a heading
    stands above it. Bulleted and numbered lines are items, and so are open lines behind a line that ends in a colon, and
    lines such as `Label: text` there. Anything else is a paragraph; a line runs on where the next starts with a small
    letter. Dates, reading times and other lines of a saved web page are left out.

    Args:
        text: the article's text.
        body_start: offset at which its body starts.

    """
    lines = _lines(text, body_start)
    number = 0
    group = 0
    promised = False  # a colon came before, and what it promises is not over
    explains = False  # what a colon promised are headings, each with its paragraph
    above = False  # the heading before this line stands above the next one
    while number < len(lines):
        line = lines[number]
        following = _next(lines, number)
        if not line.text:
            number += 1
            continue
        if line.marker == "-" or (line.marker and not _heads(lines, number)):
            if not (number and lines[number - 1].marker) and not promised:
                group += 1
            promised = True
            number, block = _paragraph(lines, number, "item", group)
            yield block
            continue
        if promised and not line.marker and (length := _unmarked_list(lines, number)):
            for item in lines[number : number + length]:
                yield Block("item", item.text, (item.start,), group=group)
            number += length
            promised = False
            continue
        explains = explains or promised
        promised = False
        if _heads(lines, number):
            explains = explains and _explained(lines, number)
            below = bool(line.marker) or above or explains
            above = (
                not line.marker and following is not None and not lines[following].marker and _heads(lines, following)
            )
            yield Block("heading", line.text, (line.start,), level=3 if below and not above else 2)
            number += 1
            continue
        above = False
        explains = explains and _heads(lines, _before(lines, number))
        number, block = _paragraph(lines, number, "prose", None)
        yield block
        if block.content.endswith(":"):
            group += 1
            promised = True


def _lines(text: str, body_start: int) -> list[Line]:
    lines = []
    start = body_start
    raws = _BREAKS.sub("\n", text[body_start:]).split("\n")
    unwanted = page_lines(raws)
    for number, raw in enumerate(raws):
        stripped = raw.strip("\ufeff \t\u00a0")
        place = start + raw.find(stripped) if stripped else start
        mark = _BULLET.match(stripped) or _NUMBER.match(stripped)
        marker = ""
        if mark:
            marker = "-" if _BULLET.match(stripped) else "1"
            place += mark.end()
            stripped = stripped[mark.end() :]
        if number in unwanted or (marker == "-" and is_date(stripped)):
            stripped, marker = "", ""
        lines.append(Line(place, stripped, marker))
        start += len(raw) + 1
    return lines


def page_lines(lines: list[str]) -> set[int]:
    """The numbers of the lines of a text file that are the page's own, not the article's.

    Below a line such as "Related posts" the short lines go as well, up to the heading of the next text; below one such as
    "Comments", where hardly any text is left, all of them.
    """
    bare = [_bare(line) for line in lines]
    found = {number for number, line in enumerate(bare) if is_furniture(line)} | menus(bare)
    for number in sorted(found):
        if heads_links(bare[number]):
            below = number + 1
            while below < len(bare) and _is_link(bare, below):
                found.add(below)
                below += 1
        elif ends_article(bare[number]) and sum(map(len, bare[number:])) < _REST * sum(map(len, bare)):
            found.update(range(number, len(bare)))
    return found


def _bare(line: str) -> str:
    stripped = line.strip("\ufeff \t\u00a0")
    mark = _BULLET.match(stripped) or _NUMBER.match(stripped)
    return stripped[mark.end() :] if mark else stripped


def _is_link(lines: list[str], number: int) -> bool:
    """Whether a line could be a link to another page: blank or short, no sentence, and not a heading with its text below."""
    line = lines[number]
    if not line or is_furniture(line):
        return True
    below = next((other for other in lines[number + 1 :] if other), "")
    reads_on = len(below) > _HEADING_LENGTH or bool(_ENDS_SENTENCE.search(below) and len(below) > len(line))
    return len(line) <= _LINK_LENGTH and not _CLOSED.search(line.removesuffix("?")) and not reads_on


def _next(lines: list[Line], number: int) -> int | None:
    return next((other for other in range(number + 1, len(lines)) if lines[other].text), None)


def _before(lines: list[Line], number: int) -> int | None:
    return next((other for other in range(number - 1, -1, -1) if lines[other].text), None)


def _heads(lines: list[Line], number: int | None) -> bool:
    """Whether a line is a heading: of that shape, with text below it."""
    if number is None or not lines[number].titled or lines[number].marker == "-":
        return False
    below = _next(lines, number)
    if below is None:
        return False
    line, following = lines[number], lines[below]
    if following.text[:1].islower() and not following.marker:
        return False
    if line.marker:  # a numbered line is a heading only where an unnumbered text explains it
        return not following.marker and (len(following.text) > len(line.text) or following.leads_in)
    if following.marker or following.leads_in or len(following.text) > len(line.text):
        return True
    return following.titled and _heads(lines, below)


def _explained(lines: list[Line], number: int) -> bool:
    """Whether a heading has one paragraph below it and then the next heading."""
    below = _next(lines, number)
    after = _next(lines, below) if below is not None else None
    return below is not None and not lines[below].marker and _heads(lines, after)


def _unmarked_list(lines: list[Line], first: int) -> int:
    """How many lines from `first` on, right behind a colon, are items without bullets; 0 for none."""
    last = first
    if _LABEL.match(lines[first].text):
        while last < len(lines) and _LABEL.match(lines[last].text):
            last += 1
        return last - first if last - first > 1 else 0
    # A title with its description is a heading with its text, not an item.
    while last < len(lines) and lines[last].text and lines[last].open and not lines[last].marker:
        if len(lines[last].text) > _ITEM_LENGTH:
            break
        last += 1
    return last - first if last - first > 1 else 0


def _small_list(lines: list[Line], first: int) -> bool:
    """Whether the lines right below a colon are a list in small letters, not the rest of its sentence."""
    after = first + _unmarked_list(lines, first)
    return after > first and (after == len(lines) or not lines[after].text[:1].islower())


def _paragraph(lines: list[Line], number: int, kind: str, group: int | None) -> tuple[int, Block]:
    """The paragraph or item that starts at a line, with the lines it runs on into; and the number of the next line."""
    part = [lines[number]]
    number += 1
    while (
        number < len(lines)
        and lines[number].text
        and not lines[number].marker
        and lines[number].text[:1].islower()
        and not _ENDS_SENTENCE.search(part[-1].text)
        and not (part[-1].leads_in and _small_list(lines, number))
    ):
        part.append(lines[number])
        number += 1
    content = "\n".join(line.text for line in part)
    starts = tuple(line.start for line in part)
    return number, Block("item" if kind == "item" else "prose", content, starts, group=group)
