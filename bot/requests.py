"""Requests that are answered in fixed words before any search: greetings, thanks, what the bot is, doses, diagnoses."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache, reduce
from pathlib import Path

import yaml

from bot.errors import BotError
from bot.text import plain

_FILE = Path(__file__).parent / "data" / "requests.yaml"


@dataclass(frozen=True, slots=True)
class Request:
    """One kind of request.

    Attributes:
        id: its name.
        whole: whether a pattern must match the whole message, not a part of it.
        patterns: compiled; matched on the message in small letters with plain apostrophes and single spaces.
        answer: the fixed answer.

    """

    id: str
    whole: bool
    patterns: tuple[re.Pattern[str], ...]
    answer: str

    def matches(self, message: str) -> bool:
        """Whether a message makes this request."""
        text = plain(message)
        bare = text.rstrip(" .!?,:;)(\U0001f44d\U0001f64f\U0001f600\U0001f642\ufe0f")
        if self.whole:
            return any(pattern.fullmatch(bare) for pattern in self.patterns)
        return any(pattern.search(text) for pattern in self.patterns)


@lru_cache(maxsize=1)
def load_requests() -> tuple[Request, ...]:
    """Read the requests.

    Raises:
        BotError: an entry lacks a field or has a pattern that does not compile; the text names it.

    """
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    lists = {f"{{{name}}}": f"(?:{'|'.join(data[name])})" for name in ("conditions", "medicines")}
    requests = []
    for entry in data["requests"]:
        try:
            patterns = tuple(
                re.compile(reduce(lambda text, name: text.replace(name, lists[name]), lists, pattern))
                for pattern in entry["patterns"]
            )
            requests.append(Request(entry["id"], bool(entry.get("whole")), patterns, entry["answer"]))
        except (KeyError, TypeError, re.error) as error:
            raise BotError(f"{_FILE}: the entry {entry!r:.60} cannot be used ({error}). Mend it.") from error
    return tuple(requests)


_SHORTER = re.compile(
    r"(?:(?:can|could|would) you |please )?(?:say|put|make|give|explain|sum|tell)?(?: me)?"
    r" ?(?:that|it|this)? ?(?:in )?(?:up |much )?"
    r"(?:shorter|short|briefly|more briefly|in short|in a nutshell|in one sentence"
    r"|the short version|tl;?dr|too long|a short answer)"
    r"(?: please)?"
)


def wants_it_shorter(message: str) -> bool:
    """Whether a message asks for the answer before in fewer words."""
    bare = plain(message).strip(" .!?")
    return bool(_SHORTER.fullmatch(bare))


def fixed_answer(message: str) -> Request | None:
    """The request a message makes, or None where it is a question for the articles."""
    return next((request for request in load_requests() if request.matches(message)), None)
