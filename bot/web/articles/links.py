"""Links: the address of an article, and of one sentence in it, for as long as the article says so."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode

ROOT = "/articles"
HERE = "here"  # the id of what an address points at
PLACE = "at"  # the parameter that tells it
_DIGITS = 10  # hexadecimal ones of a quote's hash: enough to tell the sentences of one article apart
_PLACE = re.compile(rf"(\d{{1,9}})-(\d{{1,9}})\.([0-9a-f]{{{_DIGITS}}})")


@dataclass(frozen=True, slots=True)
class Place:
    """What an address points at.

    Attributes:
        start: offset of its first character in the article's text, as it was when the address was made.
        end: offset behind its last character; more than `start`.
        edition: short hash of the words there, see `edition_of`.

    """

    start: int
    end: int
    edition: str

    def stands_in(self, text: str) -> bool:
        """Whether an article's text still has the words at this place."""
        return self.end <= len(text) and edition_of(text[self.start : self.end]) == self.edition


def edition_of(words: str) -> str:
    """A short hash of quoted words, by which an address knows whether they are still the same."""
    return hashlib.sha256(words.encode("utf-8", "replace")).hexdigest()[:_DIGITS]


def address(article: str) -> str:
    """The address of an article's reading page.

    Args:
        article: the article's id; any characters.

    """
    return f"{ROOT}/{quote(article, safe='/')}"


def href(article: str, start: int, end: int, words: str) -> str:
    """The address that opens an article with these words marked, and scrolled to.

    Args:
        article: the article's id; any characters.
        start: offset of the first of them in the article's text, as a citation gives it.
        end: offset behind the last.
        words: what stands there, Markdown and all: `article_text[start:end]`, a citation's `quote`.

    Example:
        >>> href("bridge", 61, 75, "Lift your hips")
        '/articles/bridge?at=61-75.fb3ae36b6e#here'

    """
    query = urlencode({PLACE: f"{start}-{end}.{edition_of(words)}"})
    return f"{address(article)}?{query}#{HERE}"


def place_in(parameter: str) -> Place | None:
    """What an address's parameter points at, or None where it makes no sense."""
    match = _PLACE.fullmatch(parameter)
    if match is None or int(match[1]) >= int(match[2]):
        return None
    return Place(int(match[1]), int(match[2]), match[3])
