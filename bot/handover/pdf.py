"""The hand-over as a letter: a PDF of one A4 page, of more only where the text needs them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.handover.draft import Draft, Says, tidy
from guardrails import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fpdf import FPDF

    from guardrails.notice import Messages

_FONTS = Path(__file__).parent / "fonts"
_BODY, _TITLE = "body", "title"
_FILES = {
    _BODY: {
        "": "AtkinsonHyperlegibleNext-Regular-latin.ttf",
        "B": "AtkinsonHyperlegibleNext-Bold-latin.ttf",
    },
    _TITLE: {"B": "BricolageGrotesque-Bold-latin.ttf"},
}
# What the others lack, in the order it is looked for. Read only where a letter needs it: that takes most of a second.
_MORE = {
    "more": {
        "": "AtkinsonHyperlegibleNext-Regular-latin-ext.ttf",
        "B": "AtkinsonHyperlegibleNext-Bold-latin-ext.ttf",
    },
    "wide": {"": "DejaVuSans.ttf", "B": "DejaVuSans-Bold.ttf"},
}
MISSING = "□"
"""Stands for each character that no font here has."""

# Millimetres.
_MARGIN, _TOP, _BOTTOM = 22.0, 20.0, 26.0
_LABEL, _GUTTER = 42.0, 5.0
_SCALES = (1.0, 0.93, 0.86)  # tried in turn until the letter fits one page
_LEADING = 0.353 * 1.42  # of a point of type, in millimetres

# The page's own colours, by day.
_INK, _SOFT, _LINE, _PINE = (16, 35, 30), (71, 90, 83), (203, 215, 209), (11, 93, 75)
_NOTICE = {
    Level.EMERGENCY: ((253, 236, 236), (173, 18, 25)),
    Level.URGENT: ((255, 241, 224), (138, 59, 0)),
    Level.SOON: ((230, 242, 248), (10, 79, 107)),
}


def pdf(draft: Draft, words: Says, messages: Messages, day: str, language: str = "en") -> bytes:
    """Write a draft as a letter.

    Args:
        draft: what to write.
        words: the interface's words.
        messages: the safety messages, for the wording of what was noticed.
        day: the draft's day as a reader reads it.
        language: of the interface's words, as in BCP 47.

    """
    for scale in _SCALES:
        letter = _Letter(draft, words, messages, day, language, scale)
        if letter.pages == 1:
            return letter.content()
    return _Letter(draft, words, messages, day, language, 1.0).content()


class _Letter:
    """A letter being written, from the top to the bottom."""

    def __init__(self, draft: Draft, words: Says, messages: Messages, day: str, language: str, scale: float) -> None:
        self.draft, self.words, self.messages, self.scale = draft, words, messages, scale
        self.more: set[str] = set()
        self.document = _document(words.say("handover.made"), words.say("shell.name"))
        document = self.document
        document.set_lang(language)
        document.set_title(tidy(words.say(f"handover.title.{draft.about}")))
        document.set_creator(tidy(words.say("shell.name")))
        # The day and no time: it stands in the letter as well.
        document.set_creation_date(datetime.combine(draft.day, time(), UTC))
        document.add_page()
        self._head(day)
        self._notice()
        self._intro()
        self._sections()
        self._passages()

    @property
    def pages(self) -> int:
        """How many pages it has."""
        return int(self.document.pages_count)

    def content(self) -> bytes:
        """The letter as a file."""
        return bytes(self.document.output())

    # --- parts

    def _head(self, day: str) -> None:
        self._text(self.words.say("shell.name"), 9.5, _PINE, bold=True, width=60, stay=True)
        self._text(day, 9.5, _SOFT, right=True)
        self.document.ln(7 * self.scale)
        self._text(
            self.words.say(f"handover.title.{self.draft.about}"), 25, _INK, family=_TITLE, bold=True, leading=1.15
        )
        self.document.ln(3 * self.scale)

    def _intro(self) -> None:
        self._text(self.words.say(f"handover.intro.{self.draft.about}"), 10, _SOFT)
        self.document.ln(4 * self.scale)

    def _notice(self) -> None:
        """What was noticed, before everything else, in a box with a heavy edge."""
        level, action = self.draft.level, self.draft.action(self.messages)
        if not action:
            return
        ground, ink = _NOTICE[level]
        document, inset = self.document, 6.0
        begin_page, top = document.page, document.get_y()
        lines = [(self.words.say(f"handover.noticed.{level.label}"), 9.5, ink, True), (action, 12, _INK, True)]
        for sign in self.draft.noticed:
            quotes = "; ".join(f"“{line}”" for line in sign.words)
            lines.append((f"{sign.title}: {quotes}" if quotes else sign.title, 10, _INK, False))
        height = 8.0 + sum(
            self._height(text, size, document.epw - inset - 4, bold=bold) + 1 for text, size, _, bold in lines
        )
        if top + height <= document.h - _BOTTOM:  # a box that needs two pages has no ground
            document.set_fill_color(*ground)
            document.rect(_MARGIN, top, document.epw, height, style="F")
            document.set_fill_color(*ink)
            document.rect(_MARGIN, top, 1.6, height, style="F")
        document.set_y(top + 4)
        for text, size, colour, bold in lines:
            self._text(text, size, colour, bold=bold, indent=inset, width=document.epw - inset - 4)
            document.ln(1)
        if document.page == begin_page:
            document.set_y(max(document.get_y(), top + height))
        document.ln(5 * self.scale)

    def _sections(self) -> None:
        for section in self.draft.sections:
            lines = [line for line in section.lines if line]
            if lines:
                self._block(self.words.say(f"handover.sections.{section.key}"), [(line, "", _INK) for line in lines])

    def _passages(self) -> None:
        lines = []
        for passage in self.draft.passages:
            more = ", ".join(part for part in (passage.section, passage.publisher) if part)
            web = passage.href if passage.href.startswith(("http://", "https://")) else ""
            lines.append((f"{passage.title} ({more})" if more else passage.title, web, _INK))
            if passage.href:
                lines.append((passage.href, web, _SOFT))
        if lines:
            self._block(self.words.say("handover.sections.passages"), lines, size=9)

    def _block(self, label: str, lines: list[tuple[str, str, tuple[int, int, int]]], size: float = 11) -> None:
        """A heading at the left and its lines at the right of it, under a hairline."""
        document, column = self.document, self.document.epw - _LABEL - _GUTTER
        heading = self._height(label, 9.5, _LABEL, bold=True)
        self._room(max(heading, self._height(lines[0][0], size, column)) + 4)
        document.set_draw_color(*_LINE)
        document.set_line_width(0.2)
        document.line(_MARGIN, document.get_y(), document.w - _MARGIN, document.get_y())
        document.ln(2.4 * self.scale)
        page, top = document.page, document.get_y()
        document.ln(0.5)  # on one line with what stands beside it
        self._text(label, 9.5, _PINE, bold=True, width=_LABEL)
        bottom = document.get_y()
        document.set_y(top)
        for text, link, colour in lines:
            self._text(text, size, colour, indent=_LABEL + _GUTTER, width=column, link=link)
            document.ln(0.7 * self.scale)
        if document.page == page:
            document.set_y(max(bottom, document.get_y()))
        document.ln(2 * self.scale)

    # --- text

    def _text(
        self,
        text: str,
        size: float,
        colour: tuple[int, int, int],
        *,
        family: str = _BODY,
        bold: bool = False,
        indent: float = 0,
        width: float = 0,
        leading: float = 1.0,
        right: bool = False,
        stay: bool = False,
        link: str = "",
    ) -> None:
        document, text = self.document, self._drawable(text)
        if not text:
            return
        size *= self.scale
        document.set_font(family, "B" if bold else "", size)
        self._room(self._height(text, size / self.scale, width or document.epw, bold=bold, family=family))
        document.set_text_color(*colour)
        document.set_x(_MARGIN + indent)
        document.multi_cell(
            width,
            size * _LEADING * leading,
            text,
            align="R" if right else _side(text),
            link=link,
            new_x="LMARGIN",
            new_y="TOP" if stay else "NEXT",
        )

    def _height(self, text: str, size: float, width: float, *, bold: bool = False, family: str = _BODY) -> float:
        document = self.document
        document.set_font(family, "B" if bold else "", size * self.scale)
        height = document.multi_cell(
            width, size * self.scale * _LEADING, self._drawable(text), align="L", dry_run=True, output="HEIGHT"
        )
        return float(height)  # type: ignore[arg-type]  # `output` says that it is a number

    def _drawable(self, text: str) -> str:
        """A text as it can be drawn; the fonts it needs are there from then on."""
        drawn = list(_drawn(tidy(text)))
        needed = {family for _, family in drawn} - self.more - {_BODY}
        if needed:
            self.more |= needed
            for name in sorted(needed):
                for style, file in _MORE[name].items():
                    self.document.add_font(name, style, _FONTS / file)
            self.document.set_fallback_fonts([name for name in _MORE if name in self.more], exact_match=False)
            self.document.set_text_shaping(use_shaping_engine=True)
        return "".join(char for char, _ in drawn)

    def _room(self, height: float) -> None:
        """Begin a new page where the next text would be torn apart."""
        if self.document.get_y() + height > self.document.h - _BOTTOM:
            self.document.add_page()


def _document(foot: str, name: str) -> FPDF:
    """An empty document with the letter's fonts, margins and foot."""
    from fpdf import FPDF

    class _Document(FPDF):
        def footer(self) -> None:
            self.set_y(-_BOTTOM + 8)
            self.set_draw_color(*_LINE)
            self.set_line_width(0.2)
            self.line(_MARGIN, self.get_y(), self.w - _MARGIN, self.get_y())
            self.ln(2)
            self.set_font(_BODY, "", 8.5)
            self.set_text_color(*_SOFT)
            self.multi_cell(self.epw - 12, 4.2, tidy(foot), align="L", new_x="LMARGIN", new_y="TOP")
            self.set_x(-_MARGIN - 12)
            self.cell(12, 4.2, str(self.page_no()), align="R")

    document = _Document(format="A4", unit="mm")
    for family, styles in _FILES.items():
        for style, file in styles.items():
            document.add_font(family, style, _FONTS / file)
    document.set_margins(_MARGIN, _TOP, _MARGIN)
    document.set_auto_page_break(auto=True, margin=_BOTTOM)
    document.c_margin = 0
    document.set_author(tidy(name))
    return document


@lru_cache(maxsize=8)
def _known(file: str) -> frozenset[int]:
    """The code points that a font has."""
    from fontTools.ttLib import TTFont

    with TTFont(_FONTS / file, lazy=True) as font:
        return frozenset(font.getBestCmap())


def _family(char: str) -> str | None:
    """The family of fonts that has a character: `_BODY`, one of `_MORE`, or None."""
    families = {_BODY: _FILES[_BODY], **_MORE}
    return next((name for name, styles in families.items() if ord(char) in _known(styles[""])), None)


def _drawn(text: str) -> Iterator[tuple[str, str]]:
    """The characters of a text, each with its family; a box for each that none has.

    Marks on a box, and signs that join boxes, go.
    """
    boxed = False
    for char in text:
        family = _family(char)
        mark = unicodedata.category(char) in ("Mn", "Me", "Cf", "Sk")
        if boxed and mark:
            continue
        if family:
            yield char, family
        elif not mark:
            yield MISSING, _family(MISSING) or _BODY
        boxed = not family


def _side(text: str) -> str:
    """Where a text begins: at the right where its first letter is of a script written from the right."""
    strong = next((kind for char in text if (kind := unicodedata.bidirectional(char)) in ("L", "R", "AL")), "L")
    return "L" if strong == "L" else "R"
