"""Furniture: lines of a saved web page that are no part of the article."""

from __future__ import annotations

import re

# Raise it whenever another line would be dropped: the next run then reads every article again, and says so.
CLEANER_VERSION = 1
_NETWORK = r"(?:facebook|twitter|linkedin|pinterest|whatsapp|instagram|reddit)"
# Each is a whole line: a sentence of an article that happens to begin so stays. Lines that sell or give a contact stay as well:
# they answer a question about the source, and `bot/asides.py` keeps them out of advice.
_LINES = (
    r"you are currently viewing\b.*",
    r"(?:by [\w .]{3,40} )?\d+ min(?:ute)?s? read",
    r"written by .{3,60}",
    # Navigation.
    r"(?:skip|jump) to (?:main )?content|table of contents|back to top|main menu|menu|home|log ?in|sign in",
    r"home *(?:[|>»›/][^|>»›/]{1,60})+",
    r"(?:previous|next|related|recent) (?:post|article)s?",
    # Sharing and comments.
    rf"(?:share|tweet|pin)(?: (?:it|this))?(?: (?:post|article|page|story))?(?: (?:on|via|with|by) (?:{_NETWORK}|x|e-?mail))?",
    rf"{_NETWORK}|copy link",
    r"follow us(?: on [\w ,&]{1,60})?",
    r"\d* ?comments?|comentarios|leave a (?:reply|comment)",
    # Cookie notices. Runners eat cookies too, so the notice must speak of a site or of consent.
    r"(?:we|(?:this|our) (?:web)?site) uses? cookies\b.*\b(?:(?:web)?site|experience|traffic|consent|privacy|adverts)\b.*",
    r"by (?:continuing|clicking|using)\b.*\b(?:accept|agree|consent)\b.*\bcookies\b.*",
    r"(?:accept|reject|decline|allow)(?: all)?(?: cookies)?|(?:manage|cookie) (?:cookies|consent|policy|settings|preferences)",
    r"(?:privacy|cookie) (?:policy|notice)|terms (?:and conditions|of (?:use|service))",
)
_PAGE = re.compile(rf"(?:{'|'.join(_LINES)})[.:!]?", re.IGNORECASE)
_LENGTH = 500  # characters; a longer line is text
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATE = re.compile(rf"(?:\d{{1,2}} )?{_MONTH}(?: \d{{1,2}})?(?:,? \d{{4}})?|\d{{4}}-\d\d-\d\d", re.IGNORECASE)


def is_furniture(line: str) -> bool:
    """Whether a line is the page's own, such as "5 min read", "Accept all cookies" or "Leave a comment"."""
    line = line.strip()
    return len(line) <= _LENGTH and bool(_PAGE.fullmatch(line))


def is_date(line: str) -> bool:
    """Whether a line is a date and nothing else."""
    return bool(_DATE.fullmatch(line.strip()))
