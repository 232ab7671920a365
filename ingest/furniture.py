"""Furniture: lines of a saved web page that are no part of the article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.patterns import load_patterns

# Raise it whenever another line would be dropped, or text read otherwise: the next run then reads every article again.
CLEANER_VERSION = 2
# Lines that sell or give a contact are none (`ingest.promotion`): they answer a question about the source.
_FILE = "furniture.yaml"
_MARKS = ".:!…"
# Runners eat cookies too, so a notice must speak of a site, of consent or of what is done with them, twice.
_COOKIES = re.compile(r"\bcookies\b", re.IGNORECASE)
_USES_COOKIES = re.compile(r"(?:we|(?:this|our) (?:web)?site) uses? cookies\b", re.IGNORECASE)
_CONSENT = re.compile(
    r"\b(?:(?:web)?sites?|experience|traffic|consent|privacy|adverts?|advertis\w+|ads|brows\w+|analytics|third[- ]part\w+"
    r"|personali[sz]\w+|preferences|settings|similar technologies|device|necessary|functional\w*|accept|agree|policy|visitors?"
    r"|navigate|marketing)\b",
    re.IGNORECASE,
)
_RUN = 3  # that many of them one below the other are a menu
_LENGTH = 500  # characters; a longer line is text


def is_furniture(line: str) -> bool:
    """Whether a line is the page's own, such as "5 min read", "Accept all cookies" or "Leave a comment"."""
    line = line.strip()
    return len(line) <= _LENGTH and (
        _is("lines", line) or ends_article(line) or heads_links(line) or _is_cookie_notice(line)
    )


def ends_article(heading: str) -> bool:
    """Whether no article stands below a heading, such as "Comments" or "Subscribe to our newsletter"."""
    return len(heading) <= _LENGTH and _is("ends", heading)


def heads_links(line: str) -> bool:
    """Whether a list of links stands below a line, such as "Related posts" or "On this page"."""
    return len(line) <= _LENGTH and _is("lists", line)


def menus(lines: Sequence[str]) -> set[int]:
    """The numbers of the lines that are entries of a menu: some of its usual words, one below the other."""
    found: set[int] = set()
    run: list[int] = []
    for number, line in enumerate([*lines, "."]):
        if not line.strip():
            continue
        if len(line) < 40 and (_is("menu", line) or is_furniture(line)):
            run.append(number)
            continue
        if run and run[-1] and not lines[run[-1] - 1].strip():
            run.pop()  # set apart from the others and right above a text: its heading
        if len(run) >= _RUN:
            found.update(run)
        run = []
    return found


def is_date(line: str) -> bool:
    """Whether a line is a date and nothing else."""
    return _is("dates", line)


def _is(group: str, line: str) -> bool:
    line = line.strip()
    pattern = load_patterns(_FILE)[group]
    return bool(pattern.fullmatch(line) or (line[-1:] in _MARKS and pattern.fullmatch(line[:-1])))


def _is_cookie_notice(line: str) -> bool:
    if not _COOKIES.search(line):
        return False
    return len({word.casefold() for word in _CONSENT.findall(line)}) >= (1 if _USES_COOKIES.match(line) else 2)
