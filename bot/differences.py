"""Differences: where articles give different advice on what was asked, so that the answer can say so, the careful one first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from bot.errors import BotError

if TYPE_CHECKING:
    from bot.rank import Candidate
    from bot.search import Passage

_FILE = Path(__file__).parent / "data" / "differences.yaml"
# A stand may be this far below the best sentence; it need not answer by itself, only be on the question's subject.
REACH = 8.0
MOST_STANDS = 4
_NUMBERS = {
    "a": 1,
    "an": 1,
    "one": 1,
    "two": 2,
    "couple": 2,
    "three": 3,
    "few": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "several": 3,
}
_HOURS = {"hour": 1, "day": 24, "week": 168, "fortnight": 336, "month": 730}
_TIME = re.compile(
    rf"\b(?P<number>\d+|{'|'.join(_NUMBERS)})(?:\s*(?:-|–|to|or)\s*\w+)?(?: of)?[ -](?P<unit>{'|'.join(_HOURS)})s?\b"
)


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that articles give different advice on.

    Attributes:
        id: its name.
        remark: what the answer says before the stands.
        asked: a question that matches one of these is on the topic.
        about: a sentence that, behind its heading, matches all of these takes a stand.
        unless: a sentence that matches one of these does not.
        stands: what the stands say, most careful first; empty where a time tells how careful a stand is.

    """

    id: str
    remark: str
    asked: tuple[re.Pattern[str], ...]
    about: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    stands: tuple[re.Pattern[str], ...]

    def is_asked(self, question: str) -> bool:
        """Whether a question is on the topic."""
        text = _plain(question)
        return any(pattern.search(text) for pattern in self.asked)

    def stand(self, sentence: str, heading: str = "") -> float | None:
        """How careful a sentence is: the lower the more; None where it takes no stand.

        The words of `about` may stand in its heading ("Can I run with hip pain?" - "In many cases, yes.").
        """
        text = _plain(sentence)
        whole = f"{_plain(heading)} {text}"
        if not all(pattern.search(whole) for pattern in self.about) or any(p.search(text) for p in self.unless):
            return None
        if not self.stands:
            return shortest_time(text)
        return next((float(place) for place, pattern in enumerate(self.stands) if pattern.search(text)), None)


def shortest_time(text: str) -> float | None:
    """The shortest time that a text names, in hours; None where it names none."""
    times = [
        float(_NUMBERS.get(match["number"]) or match["number"]) * _HOURS[match["unit"]]
        for match in _TIME.finditer(text)
    ]
    return min(times, default=None)


@dataclass(frozen=True, slots=True)
class Differing:
    """What articles say differently.

    Attributes:
        remark: says that they differ.
        stands: one sentence of each article, the most careful first; at least two.

    """

    remark: str
    stands: tuple[Candidate, ...]


def differing(question: str, candidates: Sequence[Candidate], passages: Sequence[Passage]) -> Differing | None:
    """Where the articles found differ on what was asked.

    Args:
        question: the runner's question.
        candidates: the sentences that may be quoted.
        passages: the passages they stand in.

    Returns:
        Each article's most careful stand near the question, or None where fewer than two articles take one, or all agree.

    """
    topic = next((topic for topic in load_topics() if topic.is_asked(question)), None)
    if topic is None or not candidates:
        return None
    floor = max(candidate.score for candidate in candidates) - REACH
    found: dict[str, tuple[float, float, Candidate]] = {}
    for candidate in candidates:
        if candidate.sentence.kind not in {"prose", "item"} or candidate.score < floor:
            continue
        chunk = passages[candidate.passage].chunk
        careful = topic.stand(candidate.sentence.text, chunk.section)
        if careful is None:
            continue
        article = chunk.article
        stand = (careful, -candidate.score, candidate)
        if article not in found or stand[:2] < found[article][:2]:
            found[article] = stand
    if len({careful for careful, _, _ in found.values()}) < 2:
        return None
    ordered = sorted(found.values(), key=lambda stand: stand[:2])
    return Differing(topic.remark, tuple(candidate for _, _, candidate in ordered[:MOST_STANDS]))


@lru_cache(maxsize=1)
def load_topics() -> tuple[Topic, ...]:
    """Read the topics.

    Raises:
        BotError: a topic lacks a field or has a pattern that does not compile; the text names it.

    """
    topics = []
    for entry in yaml.safe_load(_FILE.read_text(encoding="utf-8"))["topics"]:
        try:
            patterns = {
                name: tuple(re.compile(pattern) for pattern in entry.get(name) or ())
                for name in ("asked", "about", "unless", "stands")
            }
            if (
                not patterns["asked"]
                or not patterns["about"]
                or bool(patterns["stands"]) == (entry.get("by") == "time")
            ):
                raise BotError(
                    f"{_FILE}: topic {entry['id']} needs `asked`, `about`, and either `stands` or `by: time`."
                )
            topics.append(Topic(entry["id"], entry["remark"], **patterns))
        except (KeyError, TypeError, re.error) as error:
            raise BotError(f"{_FILE}: the topic {entry!r:.60} cannot be used ({error}). Mend it.") from error
    return tuple(topics)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("’", "'").split())
