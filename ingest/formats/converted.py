"""What a converter gives: the Markdown of a file with what it tells of itself, or the reason why there is none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

_SNIPPET = 160  # characters of a dropped piece that an editor needs to recognise it


@dataclass(frozen=True, slots=True)
class Converted:
    r"""A file as Markdown.

    Attributes:
        text: Markdown, newlines as `\n`; the same for the same bytes, always.
        title: what the file names as its title, or "".
        author: as a web page names them, or "".
        publisher: the web site's name, or "".
        updated: when a web page says that it was last changed, or None.
        dropped: the pieces of a web page that are no part of its article, shortened, in order.

    """

    text: str
    title: str = ""
    author: str = ""
    publisher: str = ""
    updated: date | None = None
    dropped: tuple[str, ...] = ()


class FormatError(Exception):
    """A file cannot be converted.

    Attributes:
        what: what is wrong.
        remedy: what the editor can do.

    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what = what
        self.remedy = remedy
        super().__init__(f"{what}. {remedy}.")


def snippet(text: str) -> str:
    """A piece of text in one short line."""
    line = re.sub(r"\s+", " ", text).strip()
    return line if len(line) <= _SNIPPET else line[:_SNIPPET].rsplit(" ", 1)[0] + "…"
