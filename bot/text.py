"""Text as it comes from outside: what is not text is replaced before anything reads it."""

from __future__ import annotations


def is_text(text: str) -> bool:
    """Whether a string can be written as UTF-8; half a surrogate pair cannot."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def clean_text(text: str) -> str:
    """The text with every half of a surrogate pair replaced by U+FFFD."""
    return text if is_text(text) else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain(text: str) -> str:
    """The text in small letters, with plain apostrophes and single spaces, as patterns are matched on it."""
    return " ".join(text.lower().replace("’", "'").split())
