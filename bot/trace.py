"""Trace: why an answer came out as it did - what was searched, each passage with its scores, what was quoted and why.

The steps of `bot.chain` and `bot.compose` note down what they work with where a `Collector` rides along with a question;
nothing is worked out a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bot.confidence import CONFIDENT
from bot.confidence import FIGURES as CONFIDENCE_FIGURES
from bot.confidence import MEANINGS as CONFIDENCE_MEANINGS
from bot.weights import load_weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from bot.query import Query
    from bot.rank import Candidate
    from bot.reply import Reply
    from bot.search import Passage, Search
    from guardrails import Verdict
    from ingest.chunk import Sentence

Way = Literal["answered", "stepped in", "fixed answer", "other language", "failed"]
Use = Literal["quoted", "withheld", "left out"]

WAYS: dict[Way, str] = {
    "answered": "The articles were searched.",
    "stepped in": "The safety message is all the runner gets, so the articles were not searched.",
    "fixed answer": "This is talk or a request with a fixed answer, so the articles were not searched.",
    "other language": "The message is not in English, so the articles were not searched.",
    "failed": "Something went wrong behind the safety check; the log says what. The runner was asked to try again.",
}
BELOW = "scores too far below the best sentence"
NO_MORE_PASSAGES = "four passages are quoted already"
NO_ROOM = "the answer would grow too long"
SAME = "says the same as a sentence that is quoted"
NO_LIST = "leads into a list that is not shown"
NEVER = "never quoted as advice: it sells, gives a contact, speaks of the article itself, or is a piece of a longer sentence"
SOURCE = "tells about the source, and the question is not about that"


@dataclass(slots=True)
class Seen:
    """What one attempt to answer a question worked with; filled while it goes on.

    Attributes:
        query: the question and what was searched for it.
        found: the search.
        candidates: the sentences that could be quoted, with their scores.
        verdicts: the safety layer's word on each candidate.
        figures: what the confidence is made of, shape (len(bot.confidence.FIGURES),); None where there is no candidate.
        passed_over: why a candidate was not chosen, by the place of its passage and its place in it.
        chosen: the sentences of the draft.
        confidence: 0 to 1.

    """

    query: Query
    found: Search
    candidates: Sequence[Candidate] = ()
    verdicts: Sequence[Verdict] = ()
    figures: NDArray[np.float64] | None = None
    passed_over: dict[tuple[int, int], str] = field(default_factory=dict)
    chosen: tuple[tuple[Passage, Sentence], ...] = ()
    confidence: float = 0.0

    def pass_over(self, candidate: Candidate, why: str) -> None:
        """Note why a sentence was not chosen; the first reason stands."""
        self.passed_over.setdefault((candidate.passage, candidate.place), why)


@dataclass(slots=True)
class Collector:
    """Rides along with a question through the chain.

    Attributes:
        way: which way the question took.
        attempts: what was tried, in order; a question without an answer is tried again with one more earlier message.
        skipped: questions that were not tried, because one they lean on has no answer.

    """

    way: Way = "failed"
    attempts: list[Seen] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def begin(self, query: Query, found: Search) -> Seen:
        """A new attempt."""
        seen = Seen(query, found)
        self.attempts.append(seen)
        return seen


@dataclass(frozen=True, slots=True)
class TracedSentence:
    """A sentence that could be quoted.

    Attributes:
        text: the sentence.
        score: by the ranker, log-odds; comparable within one question only.
        use: quoted; withheld by the safety layer; or left out.
        why: the reason, "" for one that is quoted.

    """

    text: str
    score: float
    use: Use
    why: str


@dataclass(frozen=True, slots=True)
class TracedPassage:
    """A passage that was found.

    Attributes:
        article: the article's id.
        section: its heading.
        start: offset of its first character in the article's text.
        end: offset behind its last.
        score: fused, 0 to 1; comparable within one search only.
        dense: cosine similarity of what was searched and the passage, -1 to 1.
        lexical: BM25, from 0 up.
        ranked: the ranker's best score of its sentences, or None where none could be quoted.
        used: whether the answer quotes it.
        why: why not, or "".
        sentences: those that could be quoted, best first.

    """

    article: str
    section: str
    start: int
    end: int
    score: float
    dense: float
    lexical: float
    ranked: float | None
    used: bool
    why: str
    sentences: tuple[TracedSentence, ...]


@dataclass(frozen=True, slots=True)
class TracedFigure:
    """A figure of the confidence: its name, meaning, value, and what one unit counts."""

    name: str
    meaning: str
    value: float
    weight: float


@dataclass(frozen=True, slots=True)
class TracedQuestion:
    """One attempt to answer a question.

    Attributes:
        question: as the runner asked it.
        searched: the text that was searched: the question, with words of earlier messages where it leans on them.
        before: the words of earlier messages, or "".
        terms: the stems searched for with what each counts: 1 for the question's own, less for synonyms.
        typos: the stem meant by each misspelt one.
        confidence: how sure it is that the articles answer, 0 to 1.
        sure: whether that is enough.
        figures: what the confidence is made of.
        passages: what was found, best first.

    """

    question: str
    searched: str
    before: str
    terms: dict[str, float]
    typos: dict[str, str]
    confidence: float
    sure: bool
    figures: tuple[TracedFigure, ...]
    passages: tuple[TracedPassage, ...]


@dataclass(frozen=True, slots=True)
class Trace:
    """Why an answer came out as it did.

    Attributes:
        reply: what the runner gets (without a language model's rewording).
        way: which way the question took through the chain.
        questions: what was tried, in order; empty where nothing was searched.
        skipped: questions that were not tried, because one they lean on has no answer.

    """

    reply: Reply
    way: Way
    questions: tuple[TracedQuestion, ...]
    skipped: tuple[str, ...]

    @property
    def outcome(self) -> str:
        """What became of the question, in one or two sentences."""
        if self.way != "answered":
            return WAYS[self.way]
        if self.reply.answered:
            return "Answered from the articles."
        if any(question.sure for question in self.questions):
            return "Declined: the articles answer this, but under a warning sign the safety layer withholds all of it."
        best = max((question.confidence for question in self.questions), default=0.0)
        return f"Declined: the bot was not sure that the articles answer this ({best:.2f}; it needs {CONFIDENT:.2f})."

    def to_dict(self) -> dict[str, object]:
        """The trace for machines; the reply as `python -m bot batch` prints it."""
        return {
            "way": self.way,
            "outcome": self.outcome,
            "skipped": list(self.skipped),
            "questions": [_question_dict(question) for question in self.questions],
            "reply": self.reply.to_dict(),
        }


def trace_of(reply: Reply, collector: Collector) -> Trace:
    """The trace of a reply from what its collector noted."""
    questions = tuple(_question(seen) for seen in collector.attempts)
    return Trace(reply, collector.way, questions, tuple(collector.skipped))


def lines(trace: Trace, passages: int = 8) -> Iterator[str]:
    """A trace as text, the first `passages` passages of each search."""
    yield trace.outcome
    for skipped in trace.skipped:
        yield f"Not tried, because a question it leans on has no answer: {skipped}"
    for question in trace.questions:
        yield f"\nquestion: {question.question}"
        yield f"searched: {question.searched}"
        for typo, meant in question.typos.items():
            yield f"  {typo} read as {meant}"
        synonyms = [term for term, weight in question.terms.items() if weight < 1]
        if synonyms:
            yield f"  also searched, counting less: {', '.join(synonyms)}"
        yield f"confidence: {question.confidence:.2f}, {'enough' if question.sure else f'not the {CONFIDENT:.2f} it takes'}"
        for figure in question.figures:
            yield f"  {figure.value * figure.weight:+6.2f} = {figure.weight:+.2f} x {figure.value:.2f}  {figure.meaning}"
        for number, passage in enumerate(question.passages[:passages], start=1):
            ranked = "-" if passage.ranked is None else f"{passage.ranked:.2f}"
            scores = (
                f"fused {passage.score:.3f}, dense {passage.dense:.3f}, BM25 {passage.lexical:.2f}, ranker {ranked}"
            )
            yield f"{number:2}. {passage.article} > {passage.section} ({scores})"
            yield f"    {'quoted' if passage.used else f'not quoted: {passage.why}'}"
            for sentence in passage.sentences:
                if sentence.use in {"quoted", "withheld"}:
                    why = f" ({sentence.why})" if sentence.why else ""
                    yield f"    {sentence.use} {sentence.score:6.2f}: {sentence.text}{why}"
    yield f"\n{trace.reply.text}"


def _question(seen: Seen) -> TracedQuestion:
    counts = load_weights("confidence", CONFIDENCE_FIGURES)
    values = [] if seen.figures is None else seen.figures.tolist()
    figures = tuple(
        TracedFigure(name, CONFIDENCE_MEANINGS[name], float(value), float(weight))
        for name, value, weight in zip(CONFIDENCE_FIGURES, values, counts, strict=False)
    )
    return TracedQuestion(
        question=seen.query.question,
        searched=seen.found.text,
        before=seen.query.before,
        terms=dict(seen.found.terms),
        typos=dict(seen.found.typos),
        confidence=seen.confidence,
        sure=seen.confidence >= CONFIDENT,
        figures=figures,
        passages=tuple(_passage(seen, place, passage) for place, passage in enumerate(seen.found.passages)),
    )


def _passage(seen: Seen, place: int, passage: Passage) -> TracedPassage:
    chosen = {(one.row, sentence.start, sentence.text) for one, sentence in seen.chosen}
    sentences = []
    for candidate, verdict in zip(seen.candidates, seen.verdicts, strict=True):
        if candidate.passage != place:
            continue
        sentence = candidate.sentence
        use: Use = "left out"
        why = seen.passed_over.get((candidate.passage, candidate.place), BELOW)
        if not verdict.allowed:
            use, why = "withheld", verdict.reason or ""
        elif (passage.row, sentence.start, sentence.text) in chosen:
            if seen.confidence >= CONFIDENT:
                use, why = "quoted", ""
            else:
                why = "would be quoted, were the bot sure that the articles answer"
        sentences.append(TracedSentence(sentence.text, candidate.score, use, why))
    sentences.sort(key=lambda sentence: -sentence.score)
    used = any(sentence.use == "quoted" for sentence in sentences)
    best = next((s for s in sentences if s.use != "withheld"), sentences[0]) if sentences else None
    without = SOURCE if passage.chunk.about_source else NEVER
    return TracedPassage(
        article=passage.chunk.article,
        section=passage.chunk.section,
        start=passage.chunk.start,
        end=passage.chunk.end,
        score=passage.score,
        dense=passage.dense,
        lexical=passage.lexical,
        ranked=sentences[0].score if sentences else None,
        used=used,
        why="" if used else best.why if best else without,
        sentences=tuple(sentences),
    )


def _question_dict(question: TracedQuestion) -> dict[str, object]:
    return {
        "question": question.question,
        "searched": question.searched,
        "before": question.before,
        "terms": {term: round(weight, 3) for term, weight in question.terms.items()},
        "typos": question.typos,
        "confidence": round(question.confidence, 4),
        "sure": question.sure,
        "figures": [
            {"name": figure.name, "meaning": figure.meaning, "value": round(figure.value, 4), "weight": figure.weight}
            for figure in question.figures
        ],
        "passages": [
            {
                "article": passage.article,
                "section": passage.section,
                "start": passage.start,
                "end": passage.end,
                "score": round(passage.score, 4),
                "dense": round(passage.dense, 4),
                "lexical": round(passage.lexical, 4),
                "ranked": None if passage.ranked is None else round(passage.ranked, 4),
                "used": passage.used,
                "why": passage.why,
                "sentences": [
                    {
                        "text": sentence.text,
                        "score": round(sentence.score, 4),
                        "use": sentence.use,
                        "why": sentence.why,
                    }
                    for sentence in passage.sentences
                ],
            }
            for passage in question.passages
        ],
    }
