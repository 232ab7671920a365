"""Chain: a conversation to a reply, as LangChain runnables. No language model, no network, but where one is configured.

conversation --assess--> [emergency: step in] --resolve--> queries --retrieve--> searches --compose--> reply
"""

from __future__ import annotations

import logging
import os
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

# Whoever runs the app may have tracing switched on for other programs; a runner's words must not leave the machine.
os.environ["LANGSMITH_TRACING"] = os.environ["LANGCHAIN_TRACING_V2"] = "false"

from langchain_core.runnables import Runnable, RunnableBranch, RunnableLambda

from bot.cite import cite, quoted_passages
from bot.compose import LENGTH, Draft, compose
from bot.confidence import CONFIDENT
from bot.gate import Gate
from bot.intent import asks_for_help
from bot.language import english_only, other_language
from bot.matcher import open_matcher
from bot.ordinals import about_named, named_at, place_named
from bot.query import Query, resolve_all, widened
from bot.rank import HELP_ARTICLE
from bot.reading import read
from bot.reply import Reply, answer_first
from bot.requests import fixed_answer, wants_it_shorter
from bot.reword import Rewriter, reworded
from bot.search import HybridRetriever, Passage, Search
from bot.suggest import suggestions
from bot.text import clean_text
from bot.trace import Collector, Trace, trace_of
from guardrails import Assessment, Guardrails, Level
from ingest.encoder import Encoder
from ingest.library import Library

if TYPE_CHECKING:
    from guardrails import Notice, Verdict
    from ingest.chunk import Sentence
    from ingest.generation import Generation
    from settings import Settings

logger = logging.getLogger(__name__)

PASSAGES = 20  # searched for an answer
BRIEF = 240  # characters of an answer that shall be short
SEVERAL = 900  # characters of the answers to several questions together
HELP_SENTENCES = 2  # of a warning sign's section, quoted under a notice: what to do, and what it can look like
NEARBY = 3
_NEAR = 0.35  # cosine below which a passage is no neighbour of the question

NOT_COVERED = "I could not find an answer to that in my articles, so I will not guess."
PARTLY = "My articles have no answer to {asked}, so I leave that out."
OFFER = "They do cover these subjects nearby:"
SUBJECTS = (
    "My articles are about hip pain in runners: what causes it, warning signs, exercises, training load, recovery and "
    "when to see somebody."
)
NOT_NOW = "I cannot look into my articles just now, so I cannot answer. Please try again in a few minutes."
CUT = "Your message was very long, so I read only its beginning and its end."
WITHHELD = "Until somebody has checked this, I will not give advice on running or exercises."
_REMINDER = "As said before: {headline}"

# Under an urgent flag only questions for an explanation are answered; what the guardrails then let through is shown.
_EXPLAIN = re.compile(
    r"^\W*(?:(?:and|but|so|ok|okay)\W+)?(?:what|why|who|which|how (?:is|are|do doctors|does a))\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Part:
    """One question of a turn.

    Attributes:
        query: what is searched for it.
        found: what was found.
        before: for a follow-up, what was found for the turn it leans on.

    """

    query: Query
    found: Search | None = None
    before: Search | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn on its way through the chain.

    Attributes:
        turns: the runner's messages, oldest first.
        generation: the index it is answered from.
        assessment: set by `assess`.
        notice: the safety message for it, or None.
        parts: its questions, set by `resolve`; what was found for them is set by `retrieve`.
        brief: whether a short answer is wanted.
        reply: set by the last step.
        may_reword: whether a language model may reword the answer: not where it quotes what different articles say.
        trace: notes down how the answer comes about, where somebody asked for that.

    """

    turns: tuple[str, ...]
    generation: Generation
    assessment: Assessment
    notice: Notice | None = None
    parts: tuple[Part, ...] = ()
    brief: bool = False
    reply: Reply | None = None
    may_reword: bool = False
    trace: Collector | None = None


class Bot:
    """Answers runners' questions. Safe to share between threads.

    Args:
        library: where the articles are.
        guardrails: the safety layer.
        encoder: makes the questions' vectors.
        today: fixes the day durations are counted from; None for the real one.
        gate: judges whether the articles answer; None for the one that was shipped.
        rewriter: rewords answers with a language model; None for answers word for word.

    Example:
        >>> bot = Bot.open(load_settings())                       # doctest: +SKIP
        >>> bot.reply(["How long does runner's hip take?"]).text  # doctest: +SKIP

    """

    def __init__(
        self,
        library: Library,
        guardrails: Guardrails,
        encoder: Encoder | None = None,
        today: date | None = None,
        gate: Gate | None = None,
        rewriter: Rewriter | None = None,
    ) -> None:
        self.library = library
        self.guardrails = guardrails
        self.encoder = encoder or Encoder()
        self.today = today
        self.chain = self._chain()
        self.gate = gate or Gate()
        self.rewriter = rewriter
        self._help: tuple[str, dict[str, list[tuple[Passage, Sentence]]]] = ("", {})

    @classmethod
    def open(cls, settings: Settings) -> Bot:
        """Open the bot on the configured index.

        Raises:
            IngestError: there is no index, or it cannot be read.
            guardrails.RuleError: the safety rules are broken; the bot must not start.
            BotError: the configured language model cannot be used.

        """
        rewriter = Rewriter.open(settings)
        matcher = open_matcher() if settings.matcher else None
        guardrails = Guardrails.load(region=settings.region, matcher=matcher)
        bot = cls(Library(settings.index), guardrails, rewriter=rewriter)
        with bot.library.generation():
            return bot

    def warm_up(self) -> None:
        """Load the encoder and the matcher and open the index now, so that the first question need not wait."""
        self.encoder.load()
        self.gate.load()
        self._built_in(["How do I warm up before a run?"])

    def reply(self, turns: Sequence[str]) -> Reply:
        """The reply to the last turn of a conversation.

        Whatever fails behind the safety check, the runner gets the safety message and a plain remark, never an error;
        if the safety check itself fails, the cautious message.

        Args:
            turns: the runner's messages, oldest first; at least one.

        """
        *_, last = self.stream(turns)
        return last

    def stream(self, turns: Sequence[str]) -> Iterator[Reply]:
        """The reply to the last turn as it grows: whole and checked sentences only, the safety notice from the first.

        Without a language model that is one reply. With one, all but the last are not `complete`; where the model fails half
        way, the last is the built-in reply.

        Args:
            turns: the runner's messages, oldest first; at least one.

        """
        started = time.perf_counter()
        reply, may_reword = self._built_in([clean_text(turn) for turn in turns])
        growing: Iterator[Reply] = iter((reply,))
        if self.rewriter is not None and may_reword and _can_be_reworded(reply):

            def review(sentences: Sequence[str]) -> Sequence[Verdict]:
                return self.guardrails.review(sentences, reply.assessment)

            growing = reworded(reply, self.rewriter, review, self.encoder)
        for each in growing:
            yield replace(each, seconds=time.perf_counter() - started)

    def explain(self, turns: Sequence[str]) -> Trace:
        """The built-in reply to the last turn of a conversation, and how it came about.

        Args:
            turns: the runner's messages, oldest first; at least one.

        """
        collector = Collector()
        reply, _ = self._built_in([clean_text(turn) for turn in turns], collector)
        return trace_of(reply, collector)

    def _built_in(self, turns: list[str], trace: Collector | None = None) -> tuple[Reply, bool]:
        """The reply without a language model, and whether its answer may be reworded."""
        assessment = self.assess(turns)
        notice = self._notice(turns, assessment)
        reply, may_reword = None, False
        try:
            with self.library.generation() as generation:
                exchange: Exchange = self.chain.invoke(
                    Exchange(tuple(turns), generation, assessment, notice, trace=trace)
                )
            reply, may_reword = exchange.reply, exchange.may_reword
        except Exception:
            logger.exception("A question could not be answered")
        if reply is None:
            reply = Reply(assessment, notice, answered=False, remark=NOT_NOW)
        if assessment.cut:
            reply = replace(reply, remark=f"{CUT} {reply.remark}".strip())
        return reply, may_reword

    def suggestions(self, turns: Sequence[str], reply: Reply) -> list[str]:
        """Questions that a runner could ask next; each has an answer. None under an urgent or emergency flag.

        Args:
            turns: the runner's messages, oldest first.
            reply: the reply to them.

        """
        turns = [clean_text(turn) for turn in turns]
        request = fixed_answer(turns[-1])
        if reply.assessment.level >= Level.URGENT or (request and request.whole):
            return []
        try:
            with self.library.generation() as generation:
                exchange = Exchange(tuple(turns), generation, reply.assessment)
                if _is_other_language(exchange):
                    return []
                exchange = self._retrieve(self._resolve(exchange))
                searches = [part.found for part in exchange.parts if part.found]
                return suggestions(reply, searches, generation, lambda question: self._built_in([*turns, question])[0])
        except Exception:
            logger.exception("No questions could be suggested")
            return []

    def assess(self, turns: Sequence[str]) -> Assessment:
        """What the guardrails make of a conversation; the cautious assessment if they fail."""
        try:
            return self.guardrails.assess(list(turns), today=self.today)
        except Exception:
            logger.exception("The safety check failed; the cautious message is shown")
            return Assessment(level=Level.URGENT, failed=True)

    def _notice(self, turns: Sequence[str], assessment: Assessment) -> Notice | None:
        notice = self.guardrails.notice(assessment)
        if notice is None or notice.level != Level.SOON or len(turns) == 1:
            return notice
        before = self.assess(turns[:-1])
        if {flag.code for flag in assessment.flags} <= {flag.code for flag in before.flags}:
            headline = _REMINDER.format(headline=notice.headline[:1].lower() + notice.headline[1:])
            return replace(
                notice,
                headline=headline,
                noticed=(),
                why="",
                who="",
                do=(),
                dont=(),
                sooner=None,
                phones=(),
                sections=(),
            )
        return notice

    def _chain(self) -> Runnable[Exchange, Exchange]:
        answer = RunnableLambda(self._resolve) | RunnableLambda(self._retrieve) | RunnableLambda(self._compose)
        return RunnableBranch(
            (_stands_alone, RunnableLambda(self._step_in)),
            (_has_fixed_answer, RunnableLambda(self._answer_fixed)),
            (_is_other_language, RunnableLambda(self._answer_in_english_only)),
            answer,
        )

    def _step_in(self, exchange: Exchange) -> Exchange:
        """The safety message alone, with the passages that say so."""
        if exchange.trace:
            exchange.trace.way = "stepped in"
        return self._with_reply(exchange, answered=False)

    def _answer_fixed(self, exchange: Exchange) -> Exchange:
        if exchange.trace:
            exchange.trace.way = "fixed answer"
        request = fixed_answer(exchange.turns[-1])
        return self._with_reply(exchange, answered=False, remark=request.answer if request else "")

    def _answer_in_english_only(self, exchange: Exchange) -> Exchange:
        if exchange.trace:
            exchange.trace.way = "other language"
        language = other_language(exchange.turns[-1], exchange.generation.vocabulary)
        number = self.guardrails.emergency_number()
        return self._with_reply(exchange, answered=False, remark=english_only(language, number))

    def _resolve(self, exchange: Exchange) -> Exchange:
        turns, brief = exchange.turns, False
        while len(turns) > 1 and wants_it_shorter(turns[-1]):
            turns, brief = turns[:-1], True
        named = self._named_before(exchange, turns)
        queries = [about_named(turns[-1], named)] if named else resolve_all(turns)
        return replace(exchange, parts=tuple(Part(query) for query in queries), brief=brief)

    def _named_before(self, exchange: Exchange, turns: tuple[str, ...]) -> str:
        """What the answer before named at the place that the last turn points at ("the second one"), or ""."""
        place = place_named(turns[-1]) if len(turns) > 1 else None
        if place is None or _has_fixed_answer(replace(exchange, turns=turns[:-1])):
            return ""
        before = Exchange(turns[:-1], exchange.generation, self.assess(turns[:-1]))
        reply = self._compose(self._retrieve(self._resolve(before))).reply
        return named_at(place, reply.answer) if reply else ""

    def _retrieve(self, exchange: Exchange) -> Exchange:
        return replace(exchange, parts=tuple(self._found(exchange, part) for part in exchange.parts))

    def _found(self, exchange: Exchange, part: Part) -> Part:
        """A question as it is read, with what is found for it."""
        retriever = HybridRetriever(generation=exchange.generation, encoder=self.encoder, limit=PASSAGES)
        query, found, before = read(part.query, retriever.search, exchange.generation)
        return Part(query, found, before)

    def _compose(self, exchange: Exchange) -> Exchange:
        """Answer each question; name those that the articles do not cover."""
        length = BRIEF if exchange.brief else LENGTH if len(exchange.parts) == 1 else SEVERAL // len(exchange.parts)
        chosen: list[tuple[Passage, Sentence]] = []
        stands: set[tuple[int, int]] = set()
        remarks: list[str] = []
        missing: list[Part] = []
        parts: list[Part] = []
        withheld, confidence = False, 0.0
        for part in exchange.parts:
            if missing and part.query.follow_up and part.query.before.endswith(missing[-1].query.question):
                missing.append(part)  # it leans on a question of this message that has no answer
                parts.append(part)
                if exchange.trace:
                    exchange.trace.skipped.append(part.query.question)
                continue
            tried, draft = self._tried(exchange, part, length)
            parts.append(tried)
            confidence = max(confidence, draft.confidence)
            if draft.confidence >= CONFIDENT and draft.chosen:
                chosen += [item for item in draft.chosen if item not in chosen]
                stands |= {(passage.row, sentence.start) for passage, sentence in draft.chosen[: draft.stands]}
                remarks += [draft.differs] if draft.differs and draft.differs not in remarks else []
            elif draft.confidence >= CONFIDENT and exchange.assessment.level >= Level.URGENT:
                withheld = True
            else:
                missing.append(part)
        exchange = replace(exchange, parts=tuple(parts), may_reword=not stands)
        if exchange.trace:
            exchange.trace.way = "answered"
        if chosen:
            asked = "; ".join(f"“{part.query.question}”" for part in missing)
            remarks += [PARTLY.format(asked=asked)] if missing else []
            return self._with_reply(
                exchange,
                answered=True,
                remark=" ".join(remarks),
                chosen=chosen,
                stands=frozenset(stands),
                confidence=confidence,
                missing=missing,
            )
        if withheld:
            return self._with_reply(exchange, answered=False, remark=WITHHELD, confidence=confidence)
        nearby = _nearby([part.found for part in exchange.parts if part.found])
        remark = f"{NOT_COVERED} {OFFER if nearby else SUBJECTS}"
        return self._with_reply(
            exchange, answered=False, remark=remark, nearby=nearby, confidence=confidence, missing=missing
        )

    def _tried(self, exchange: Exchange, part: Part, length: int) -> tuple[Part, Draft]:
        """The answer to a question; where it has none, it is tried again with one more of the earlier messages."""
        draft = self._draft(exchange, part, length)
        if draft.confidence >= CONFIDENT or len(exchange.parts) > 1:
            return part, draft
        wider = widened(part.query, exchange.turns)
        if wider is None:
            return part, draft
        second = self._found(exchange, Part(wider))
        again = self._draft(exchange, second, length)
        return (second, again) if again.confidence >= CONFIDENT else (part, draft)

    def _draft(self, exchange: Exchange, part: Part, length: int) -> Draft:
        query, found = part.query, part.found
        if found is None:
            return Draft(0.0, ())

        def review(sentences: Sequence[str]) -> Sequence[Verdict]:
            return self.guardrails.review(sentences, exchange.assessment, question=query.question)

        seen = exchange.trace.begin(query, found) if exchange.trace else None
        return compose(query, found, exchange.generation, self.gate.likelihood, review, part.before, length, seen)

    def _with_reply(
        self,
        exchange: Exchange,
        *,
        answered: bool,
        remark: str = "",
        chosen: Sequence[tuple[Passage, Sentence]] = (),
        stands: frozenset[tuple[int, int]] = frozenset(),
        nearby: tuple[str, ...] = (),
        confidence: float | None = None,
        missing: Sequence[Part] = (),
    ) -> Exchange:
        helped = self._help_for(exchange)
        quoted = {(passage.row, sentence.start) for passage, sentence in helped}
        chosen = [item for item in chosen if (item[0].row, item[1].start) not in quoted]
        first, second = (chosen, helped) if answer_first(exchange.notice) else (helped, chosen)
        leading, citations = cite(first, exchange.generation, stands=stands)
        following, further = cite(second, exchange.generation, len(citations) + 1, stands)
        citations += further
        answer, helping = (leading, following) if answer_first(exchange.notice) else (following, leading)
        reply = Reply(
            assessment=exchange.assessment,
            notice=exchange.notice,
            answered=answered,
            remark=remark,
            helping=tuple(helping),
            answer=tuple(answer),
            citations=tuple(citations),
            passages=quoted_passages([*first, *second], citations),
            nearby=nearby,
            confidence=confidence,
            searched_for="; ".join(part.query.searched_for for part in exchange.parts),
            missing=tuple(part.query.searched_for for part in missing),
        )
        return replace(exchange, reply=reply)

    def _help_for(self, exchange: Exchange) -> list[tuple[Passage, Sentence]]:
        """The sentences of the warning-sign article behind a notice, or behind a sign that was asked about."""
        if exchange.notice is not None:
            sections, each = exchange.notice.sections[:2], HELP_SENTENCES
        else:
            sections, each = self.guardrails.sections(_signs_asked_about(exchange))[:2], 1
        known = self._help_sections(exchange.generation)
        return [item for section in sections for item in known.get(section, [])[:each]]

    def _help_sections(self, generation: Generation) -> dict[str, list[tuple[Passage, Sentence]]]:
        name, sections = self._help
        if name != generation.id:
            sections = {}
            for row, chunk in generation.store.article_chunks(HELP_ARTICLE):
                passage = Passage(row, chunk, 1.0, 1.0, 0.0)
                sections.setdefault(chunk.section, []).extend((passage, sentence) for sentence in chunk.sentences)
            self._help = (generation.id, sections)
        return sections


def _stands_alone(exchange: Exchange) -> bool:
    """Whether the safety message is all the runner gets."""
    assessment = exchange.assessment
    if assessment.failed or assessment.level == Level.EMERGENCY:
        return True
    return assessment.level == Level.URGENT and not _EXPLAIN.match(exchange.turns[-1])


def _can_be_reworded(reply: Reply) -> bool:
    """Whether an answer may go to a language model: nothing under an urgent flag, no list of steps or items."""
    calm = reply.assessment.level < Level.URGENT and not reply.assessment.failed
    return calm and bool(reply.answer) and not any(sentence.bullet for sentence in reply.answer)


def _signs_asked_about(exchange: Exchange) -> list[str]:
    """The warning signs that a general question names. Lesser ones count only where the question is when to worry."""
    worried = asks_for_help(exchange.turns[-1])
    return [code for code in exchange.assessment.asked_about if worried or not code.startswith("S")]


def _has_fixed_answer(exchange: Exchange) -> bool:
    return fixed_answer(exchange.turns[-1]) is not None


def _is_other_language(exchange: Exchange) -> bool:
    return bool(other_language(exchange.turns[-1], exchange.generation.vocabulary))


def _nearby(searches: Sequence[Search]) -> tuple[str, ...]:
    headings = [
        passage.chunk.section
        for found in searches
        for passage in found.passages
        if passage.dense >= _NEAR and passage.chunk.article != HELP_ARTICLE and not passage.chunk.about_source
    ]
    return tuple(dict.fromkeys(headings))[:NEARBY]
