"""Furniture: lines of a saved web page that are no part of the article."""

from __future__ import annotations

import re

_PAGE = re.compile(
    r"you are currently viewing\b.*"
    r"|(?:by [\w .]{3,40} )?\d+ min(?:ute)?s? read|written by .{3,60}|(?:share|tweet|pin it|comments?"
    r"|comentarios"
    r"|leave a (?:reply|comment)|related (?:posts|articles)|recent posts|skip to (?:main )?content|table of contents|previous"
    r" post|next post|back to top)",
    re.IGNORECASE,
)
_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE = re.compile(rf"(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d", re.IGNORECASE)


def is_furniture(line: str) -> bool:
    """Whether a line is the page's own, such as "5 min read" or "Leave a comment"."""
    return bool(_PAGE.fullmatch(line.strip()))


def is_date(line: str) -> bool:
    """Whether a line is a date and nothing else."""
    return bool(_DATE.fullmatch(line.strip()))
