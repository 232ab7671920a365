"""Panels: what the articles say of a place on the hip map, asked of the bot and remembered as long as the index is the same."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bot.chain import Bot
from bot.errors import BotError
from bot.rank import HELP_ARTICLE
from bot.reply import Citation, CitedSentence, QuotedPassage, Reply
from guardrails import Assessment, Level

if TYPE_CHECKING:
    from bot.web.hipmap.areas import Area

MOST_SAID = 4  # sentences about a place
# Somebody who taps a place was not asked anything yet. So nothing is shown that would be withheld from a runner with an
# urgent sign: nothing that reassures, keeps them running or has them exercise.
_UNASKED = Assessment(level=Level.URGENT)


@dataclass(frozen=True, slots=True)
class Panel:
    """What is shown of a place.

    Attributes:
        area: the place.
        about: what the articles say of it; its answer may be empty. Citations are numbered on through both.
        help: when to see somebody, from the article on warning signs; its answer is empty where there is no such article.

    """

    area: Area
    about: Reply
    help: Reply


@dataclass(frozen=True, slots=True)
class _Quote:
    """A sentence of a reply, where it stands, and its number in the reply."""

    sentence: CitedSentence
    citation: Citation
    passage: QuotedPassage

    @property
    def place(self) -> tuple[str, str]:
        """What tells its passage from others."""
        return self.passage.article, self.passage.sentences[0][0]


class Panels:
    """Makes the panels. Safe to share between threads.

    Args:
        bot: answers; its language model, where it has one, is not asked: a panel quotes word for word.
        areas: the places by their ids.

    Example:
        >>> panels = Panels(Bot.open(load_settings()), load_areas())  # doctest: +SKIP
        >>> panels.panel("groin").about.text                          # doctest: +SKIP

    """

    def __init__(self, bot: Bot, areas: Mapping[str, Area]) -> None:
        self.areas = areas
        self._bot = Bot(bot.library, bot.guardrails, bot.encoder, bot.today, bot.gate)
        self._lock = threading.Lock()
        self._generation = ""
        self._known: dict[str, Panel] = {}

    def panel(self, name: str) -> Panel:
        """The panel of a place.

        Args:
            name: the place's id.

        Raises:
            KeyError: there is no such place.
            IngestError: there is no index, or it cannot be read.
            BotError: the articles could not be searched just now; nothing of it is remembered.

        """
        area = self.areas[name]
        with self._bot.library.generation() as generation:
            serving = generation.id
        with self._lock:
            if serving != self._generation:
                self._generation, self._known = serving, {}
            if name in self._known:
                return self._known[name]
            replies = [self._bot.reply([question]) for question in area.about]
            helping = self._bot.reply([area.help])
            if any(one.confidence is None for one in (*replies, helping)):
                raise BotError(f"The articles could not be asked about {name}; the log says why. Try again.")
            advice = [quote for quote in self._quotes(helping) if quote.citation.article == HELP_ARTICLE]
            # One sign, all that was found of it: what to do stands at its beginning, when it is an emergency at its end.
            sign = [quote for quote in advice if quote.place == advice[0].place]
            said = [
                quote
                for reply in replies
                for quote in self._quotes(reply)
                if area.holds(quote.sentence.text) and quote.place not in {one.place for one in sign}
            ]
            about = _quoting(replies[0], _once(said)[:MOST_SAID], 1)
            panel = Panel(area, about, _quoting(helping, sign, len(about.citations) + 1))
            self._known[name] = panel
            return panel

    def _quotes(self, reply: Reply) -> Iterator[_Quote]:
        """The sentences of a reply that anybody may read before a question was put to them."""
        sentences = (*reply.helping, *reply.answer)
        citations = {citation.n: citation for citation in reply.citations}
        passages = {number: passage for passage in reply.passages for number in passage.numbers}
        verdicts = self._bot.guardrails.review([sentence.text for sentence in sentences], _UNASKED)
        for sentence, verdict in zip(sentences, verdicts, strict=True):
            number = sentence.citations[0]
            if verdict.allowed:
                yield _Quote(sentence, citations[number], passages[number])


def _once(quotes: Iterable[_Quote]) -> list[_Quote]:
    """Quotes without those that were there before."""
    return list({(quote.citation.article, quote.citation.start): quote for quote in quotes}.values())


def _in_order(quotes: Sequence[_Quote]) -> list[_Quote]:
    """Quotes as they stand in their passages; the passages in the order they come in."""
    places = [quote.place for quote in quotes]
    return sorted(quotes, key=lambda quote: (places.index(quote.place), quote.citation.start))


def _quoting(reply: Reply, quotes: Sequence[_Quote], first: int) -> Reply:
    """A reply that quotes and says nothing else: numbered from `first`, a paragraph for each passage."""
    numbered = list(enumerate(_in_order(quotes), first))
    passages: dict[tuple[str, str], tuple[QuotedPassage, dict[str, int]]] = {}
    for number, quote in numbered:
        passages.setdefault(quote.place, (quote.passage, {}))[1][quote.sentence.text] = number
    paragraphs = list(passages)
    return Reply(
        assessment=reply.assessment,
        notice=None,
        answered=bool(quotes),
        answer=tuple(
            replace(quote.sentence, citations=(number,), paragraph=paragraphs.index(quote.place))
            for number, quote in numbered
        ),
        citations=tuple(replace(quote.citation, n=number) for number, quote in numbered),
        passages=tuple(
            replace(passage, sentences=tuple((text, numbers.get(text)) for text, _ in passage.sentences))
            for passage, numbers in passages.values()
        ),
        searched_for=reply.searched_for,
        confidence=reply.confidence,
    )
