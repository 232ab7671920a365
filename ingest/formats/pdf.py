"""PDFs: the lines that `pdfium` finds on their pages, put together to headings, paragraphs, lists and rows by size and place."""

from __future__ import annotations

import ctypes
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median
from typing import Any

from ingest.formats.converted import Converted, FormatError, snippet
from ingest.formats.kinds import UNLOCK

_PASSWORD = 4  # pdfium's error code
_HYPHEN = "\ufffe"  # what pdfium makes of a hyphen that divides a word at the end of a line
_LETTERS = 20  # a file with fewer has pictures of text only
_LARGER = 1.12  # times the size of the running text: a heading
_SMALLER = 0.9  # a footnote or a caption
_RAISED = 0.8  # a digit so much smaller than its line points to a footnote
_HEADING = 120  # characters
_GAP = 1.0  # times a line's height between two words: another cell, if the next line has cells as well
_SPACED = 1.35  # times the usual distance of two lines: another paragraph
_INDENT = 8.0  # points
_EDGE = 3  # lines at the top and at the bottom of a page that may be its header and footer
_PAGE_NUMBER = re.compile(r"(?:page )?\d{1,4}(?: ?(?:/|of) ?\d{1,4})?|[ivxlc]{1,6}", re.IGNORECASE)
_BULLET = re.compile(r"(?:[•‣▪◦·●○■–—*-]|\uf0b7|\uf0a7)\s*(?=\S)")
_NUMBER = re.compile(r"(\d{1,2})[.)]\s+(?=\S)")
_BOLD = re.compile(r"bold|heavy|black|semibd|demi|-medi\b", re.IGNORECASE)
_CLOSED = re.compile(r"[.!?:;…][\"”’')\]]*$")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "\u00ad": "", "\u00a0": " "})
_MARKS = re.compile(r"([\\`*<]|(?<!\w)_|_(?!\w))")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; lengths in points, from the page's left and top.

    Attributes:
        page: 0-based.
        cells: its text, in pieces where gaps wider than between words part it.
        size: of the font of most of its characters.
        bold: whether its first and its last character are bold.
        left: where it begins.
        right: where it ends.
        top: how far below the page's top its characters stand.

    """

    page: int
    cells: tuple[str, ...]
    size: float
    bold: bool
    left: float
    right: float
    top: float

    @property
    def text(self) -> str:
        """The whole line."""
        return " ".join(self.cells)


@dataclass(frozen=True, slots=True)
class _Box:
    """Where a character stands, in points from the page's left and bottom, and the size of its font."""

    left: float
    right: float
    bottom: float
    size: float


@dataclass(slots=True)
class _Part:
    """A block in the making: "h" and its level, "p", "item" or "row"; its lines."""

    kind: str
    lines: list[Line]
    level: int = 0
    marker: str = "-"


def convert(data: bytes, max_bytes: int) -> Converted:
    """A PDF as Markdown.

    Of its properties only the title is used, where the pages have no heading: the others name the program and the account
    that made the file, not who wrote it, nor when it was reviewed.

    Args:
        data: the whole file.
        max_bytes: what an article's file may have, in bytes; its text may have as many characters.

    Raises:
        FormatError: it is locked, damaged, has no text, or too much.

    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code == _PASSWORD:
            raise FormatError("the file is protected by a password", UNLOCK) from None
        raise FormatError("the PDF is damaged", "Save or print it as PDF again") from None
    try:
        lines = list(_lines(document, max_bytes))
        title = " ".join(str(document.get_metadata_value("Title")).split())
    except pypdfium2.PdfiumError:
        raise FormatError("the PDF is damaged", "Save or print it as PDF again") from None
    finally:
        document.close()
    if sum(char.isalpha() for line in lines for char in line.text) < _LETTERS:
        raise FormatError(
            "the PDF has no text, only pictures of it (a scan)",
            "Let a program for text recognition read it, and save the text",
        )
    kept, dropped = _without_edges(lines)
    # Programs put the name of a file there when nobody wrote a title.
    title = "" if re.search(r"\.\w{2,4}$|^microsoft word|^untitled", title, re.IGNORECASE) else title
    return Converted(_markdown(_joined(_parts(kept))), title, dropped=tuple(snippet(line.text) for line in dropped))


def _lines(document: Any, max_chars: int) -> Iterator[Line]:
    used = 0
    for number in range(len(document)):
        page = document[number]
        text = page.get_textpage()
        used += text.count_chars()
        if used > max_chars:
            raise FormatError(
                f"the PDF has more than {max_chars:,} characters of text", "Split it, or raise HIPWISE_MAX_ARTICLE_KB"
            )
        yield from _page_lines(text.raw, text.count_chars(), number, page.get_height())
        text.close()
        page.close()


def _page_lines(page: Any, count: int, number: int, height: float) -> Iterator[Line]:
    import pypdfium2.raw as pdfium

    chars: list[tuple[str, _Box, int]] = []
    for place in range(count + 1):
        char = chr(pdfium.FPDFText_GetUnicode(page, place)) if place < count else "\n"
        if char in "\r\x00":
            continue
        if char != "\n":
            chars.append((_HYPHEN if char in "\x02\ufffe" else char, _box(page, place), place))
            if char not in "\x02\ufffe":
                continue
        if line := _line(page, chars, number, height):
            yield line
        chars = []


def _box(page: Any, place: int) -> _Box:
    import pypdfium2.raw as pdfium

    box, matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
    pdfium.FPDFText_GetLooseCharBox(page, place, box)
    pdfium.FPDFText_GetMatrix(page, place, matrix)
    scale = (matrix.b**2 + matrix.d**2) ** 0.5 or 1.0
    return _Box(box.left, box.right, box.bottom, round(pdfium.FPDFText_GetFontSize(page, place) * scale, 1))


def _line(page: Any, chars: Sequence[tuple[str, _Box, int]], number: int, height: float) -> Line | None:
    seen = [(char, box, place) for char, box, place in chars if not char.isspace()]
    if not seen:
        return None
    size = Counter(box.size for _, box, _ in seen).most_common(1)[0][0]
    seen = [entry for entry in seen if not _points_to_note(entry[0], entry[1], size, seen[0][1])] or seen
    kept = {place for _, _, place in seen}
    cells, cell, last = [], "", None
    for char, box, place in chars:
        if char.isspace():
            cell += " "
        elif place in kept:
            if last is not None and box.left - last.right > _GAP * size and cell.strip():
                cells.append(cell)
                cell = ""
            cell += char
            last = box
    cells = [" ".join(text.translate(_LIGATURES).split()) for text in [*cells, cell] if text.strip()]
    bold = all(_is_bold(page, place) for place in (seen[0][2], seen[-1][2]))
    return Line(
        number,
        tuple(cells),
        size,
        bold,
        seen[0][1].left,
        max(box.right for _, box, _ in seen),
        height - seen[0][1].bottom,
    )


def _points_to_note(char: str, box: _Box, size: float, first: _Box) -> bool:
    return char.isdigit() and box.size < _RAISED * size and box.bottom > first.bottom + 0.15 * size


def _is_bold(page: Any, place: int) -> bool:
    import pypdfium2.raw as pdfium

    if pdfium.FPDFText_GetFontWeight(page, place) >= 600:
        return True
    name = ctypes.create_string_buffer(128)
    pdfium.FPDFText_GetFontInfo(page, place, name, len(name), None)
    return bool(_BOLD.search(name.value.decode("utf-8", "replace")))


def _without_edges(lines: Sequence[Line]) -> tuple[list[Line], list[Line]]:
    """The lines without headers, footers and page numbers, and those."""
    pages: dict[int, list[Line]] = {}
    for line in lines:
        pages.setdefault(line.page, []).append(line)
    edges = []
    for page in pages.values():
        ordered = sorted(page, key=lambda line: line.top)
        edges += [*ordered[:_EDGE], *ordered[_EDGE:][-_EDGE:]]
    repeated = Counter(_shape(line) for line in edges)
    often = max(2, len(pages) // 3)
    dropped = [
        line
        for line in edges
        if (repeated[_shape(line)] >= often and len(pages) > 1) or _PAGE_NUMBER.fullmatch(line.text)
    ]
    gone = {id(line) for line in dropped}
    kept = [line for line in lines if id(line) not in gone]
    return (kept, dropped) if kept else (list(lines), [])


def _shape(line: Line) -> tuple[str, int]:
    return re.sub(r"\d+", "#", line.text), round(line.top)


def _parts(lines: Sequence[Line]) -> list[_Part]:
    """Blocks of lines, in order."""
    sizes = Counter[float]()
    for line in lines:
        sizes[line.size] += len(line.text)
    body = sizes.most_common(1)[0][0]
    levels = {
        size: level for level, size in enumerate(sorted((s for s in sizes if s > _LARGER * body), reverse=True), 1)
    }
    running = [line for line in lines if line.size == body]
    left = Counter(round(line.left) for line in running).most_common(1)[0][0]
    right = max(line.right for line in running)
    steps = [below.top - above.top for above, below in pairwise(lines) if 0 < below.top - above.top < 3 * body]
    pitch = median(steps) if steps else 1.2 * body
    some_bold = sum(line.bold for line in running) < len(running) / 3
    parts: list[_Part] = []
    before: Line | None = None
    for line in lines:
        level = levels.get(line.size, 0) if line.size > _LARGER * body else 0
        if (
            not level
            and some_bold
            and line.bold
            and line.size >= body
            and not _CLOSED.search(line.text)
            and len(line.cells) == 1
        ):
            level = len(levels) + 1
        level = min(level, 6) if len(line.text) <= _HEADING and re.search(r"[^\W\d_]", line.text) else 0
        part = _begun(line, level, left)
        last = parts[-1] if parts else None
        if last is not None and before is not None and _goes_on(last, part, before, line, pitch, right):
            last.lines.append(part.lines[0])
        else:
            parts.append(part)
        before = line
    return parts


def _begun(line: Line, level: int, left: float) -> _Part:
    bullet, number = _BULLET.match(line.text), _NUMBER.match(line.text)
    if level:
        return _Part("h", [line], min(level, 6))
    if len(line.cells) > 1 and not bullet and not (number and len(line.cells) == 2):
        return _Part("row", [line])
    if bullet or number:
        text = line.text[(bullet or number).end() :]  # type: ignore[union-attr]
        return _Part(
            "item", [replace(line, cells=(text,))], marker=f"{number.group(1)}." if number and not bullet else "-"
        )
    return _Part("p", [line], level=int(line.left > left + _INDENT))


def _goes_on(last: _Part, part: _Part, before: Line, line: Line, pitch: float, right: float) -> bool:
    """Whether a line belongs to the block before it."""
    if part.kind not in {"h", "p"}:
        return False
    near = line.page == before.page and 0 < line.top - before.top < _SPACED * max(pitch, line.size)
    same = abs(line.size - last.lines[-1].size) < 0.2
    if last.kind == "h" or part.kind == "h":
        return last.kind == part.kind and same and near and last.level == part.level
    if last.kind == "row" or not same:
        return False
    full = before.right > right - 0.12 * right or before.text.endswith(_HYPHEN)
    if last.kind == "item":
        return near and (full or line.text[:1].islower())
    if not near:
        return line.page != before.page and not _CLOSED.search(before.text) and line.text[:1].islower()
    return full or (last.level == part.level and line.text[:1].islower())


def _joined(parts: Sequence[_Part]) -> list[_Part]:
    """The blocks, a paragraph that a footnote or a picture's caption parts joined again."""
    sizes = Counter[float]()
    for part in parts:
        sizes[part.lines[0].size] += sum(len(line.text) for line in part.lines)
    body = sizes.most_common(1)[0][0]
    joined: list[_Part] = []
    for number, part in enumerate(parts):
        if part.kind == "row" and not any(
            p.kind == "row" for p in (*parts[max(number - 1, 0) : number], *parts[number + 1 : number + 2])
        ):
            part.kind = "p"
        above = joined[-1] if joined else None
        # Bullets that are drawn, not written: what is set in below a colon.
        if (
            part.kind == "p"
            and part.level
            and above is not None
            and (above.lines[-1].text.endswith(":") or (above.kind == "item" and above.level))
        ):
            part.kind = "item"
        open_part = next((p for p in reversed(joined[-4:]) if p.lines[0].size >= _SMALLER * body), None)
        if (
            part.kind == "p"
            and open_part is not None
            and open_part.kind in {"p", "item"}
            and part.lines[0].page != open_part.lines[-1].page
            and part.lines[0].text[:1].islower()
            and not _CLOSED.search(open_part.lines[-1].text)
        ):
            open_part.lines += part.lines
        else:
            joined.append(part)
    return joined


def _markdown(parts: Sequence[_Part]) -> str:
    # The two pieces of a divided word are no words of the text.
    whole = re.sub(rf"\w*{_HYPHEN} \w*", "", " ".join(line.text for part in parts for line in part.lines))
    words = Counter(re.findall(r"\w+(?:-\w+)*", whole.casefold()))
    texts = []
    kind = ""
    for part in parts:
        text = _MARKS.sub(r"\\\1", _run_on(part.lines, words))
        if not text:
            continue
        if part.kind == "row":
            row = "| " + " | ".join(cell.replace("|", "\\|") for cell in part.lines[0].cells) + " |"
            head = f"\n{row}\n|{' --- |' * len(part.lines[0].cells)}"
            texts.append(f"\n{row}" if kind == "row" else f"\n{head}")
        elif part.kind == "h":
            texts.append(f"\n\n{'#' * part.level} {text}")
        elif part.kind == "item":
            texts.append(("\n" if kind == "item" else "\n\n") + f"{part.marker} {text}")
        else:
            texts.append("\n\n" + re.sub(r"^(#{1,6}(?= )|>)", r"\\\1", text))
        kind = part.kind
    return "".join(texts).strip("\n") + "\n"


def _run_on(lines: Sequence[Line], words: Counter[str]) -> str:
    """The text of lines that run on, words that were divided made whole."""
    text = ""
    for line in lines:
        if text.endswith(_HYPHEN):
            start, end = re.search(r"\w*$", text[:-1]), re.match(r"\w*", line.text)
            one, two = (start.group() if start else ""), (end.group() if end else "")
            whole = words[f"{one}{two}".casefold()]
            divided = words[f"{one}-{two}".casefold()] or (words[one.casefold()] and words[two.casefold()])
            text = f"{text[:-1]}{'-' if divided and not whole else ''}{line.text}"
        else:
            text = f"{text} {line.text}"
    return " ".join(text.replace(_HYPHEN, "-").split())
