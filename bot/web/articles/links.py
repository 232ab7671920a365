"""Links: the address of an article, and of one sentence in it."""

from __future__ import annotations

from urllib.parse import quote as quoted


def href(article: str, start: int, end: int, quote: str) -> str:
    """The address of the page of an article, opened at a sentence.

    Args:
        article: its id.
        start: offset of the sentence in the article's text.
        end: offset behind it.
        quote: the sentence as the article had it when it was cited.

    """
    return f"/articles/{quoted(article)}"
