"""Reply: what a runner gets for a turn, and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from guardrails import Assessment, Notice


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a sentence of a reply stands.

    Attributes:
        n: its number in the reply, from 1.
        article: the article's id.
        title: the article's title.
        section: the heading it stands under.
        start: offset of its first character in the article's text.
        end: offset behind its last character; `article_text[start:end] == quote`.
        quote: the source's words, Markdown and all.
        publisher: who published the source, or "".
        updated: when the article was last reviewed, or None.

    """

    n: int
    article: str
    title: str
    section: str
    start: int
    end: int
    quote: str
    publisher: str = ""
    updated: date | None = None

    def to_dict(self) -> dict[str, object]:
        """The citation as `python -m bot batch` prints it."""
        return {
            "n": self.n,
            "article": self.article,
            "title": self.title,
            "section": self.section,
            "start": self.start,
            "end": self.end,
            "quote": self.quote,
            "publisher": self.publisher,
            "updated": self.updated.isoformat() if self.updated else None,
        }


@dataclass(frozen=True, slots=True)
class QuotedPassage:
    """A passage that a reply quotes from, whole, for the reader who wants to see a sentence in its place.

    Attributes:
        article: the article's id.
        title: the article's title.
        section: the heading it stands under.
        publisher: who published the source, or "".
        updated: when the article was last reviewed, or None.
        sentences: all its sentences in order, each with the number of the citation that quotes it, or None.

    """

    article: str
    title: str
    section: str
    publisher: str
    updated: date | None
    sentences: tuple[tuple[str, int | None], ...]

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers of the citations that quote it, in order."""
        return tuple(sorted(n for _, n in self.sentences if n is not None))


@dataclass(frozen=True, slots=True)
class CitedSentence:
    """One sentence of a reply, word for word from an article, or reworded and checked against what it cites.

    Attributes:
        text: the sentence without Markdown.
        citations: numbers of its citations; at least one.
        paragraph: 0-based; sentences of one number are shown together.
        bullet: whether it is shown as an item of a list.
        says: where articles differ, the publisher (or title) whose word it is, shown before it; else "".

    """

    text: str
    citations: tuple[int, ...]
    paragraph: int
    bullet: bool = False
    says: str = ""

    @property
    def marked(self) -> str:
        """The sentence with its markers, as in `It hurts. [1]`, behind who says it where articles differ."""
        return (f"{self.says}: " if self.says else "") + self.text + "".join(f" [{n}]" for n in self.citations)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a runner gets for the last turn of a conversation.

    Attributes:
        assessment: what the guardrails made of the conversation.
        notice: the fixed safety message, or None.
        answered: whether the articles answered the question; False for a decline, small talk and emergencies.
        remark: the bot's own words before the cited sentences (a decline, a greeting), or "". Never a fact about hips.
        helping: cited sentences of the warning-sign article that belong to the notice or to a sign asked about.
        answer: cited sentences that answer the question.
        citations: what they cite; numbers count in reading order.
        passages: the passages the citations stand in, in order of their first number.
        nearby: headings of the articles nearest to the question, offered with a decline.
        searched_for: what was searched, or "" where nothing was.
        confidence: how sure the bot was that the articles answer the question, or the surest of its parts, 0 to 1; None
            where nothing was searched.
        seconds: from receiving the turn to the complete reply.
        reworded: whether a language model reworded sentences of the answer; the citations quote the articles all the same.
        missing: what was searched for each of the questions that the articles do not cover; where there are several questions,
            others may be answered.
        complete: False while a rewording is under way and more of the answer will come.

    """

    assessment: Assessment
    notice: Notice | None
    answered: bool
    remark: str = ""
    helping: tuple[CitedSentence, ...] = ()
    answer: tuple[CitedSentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    passages: tuple[QuotedPassage, ...] = ()
    nearby: tuple[str, ...] = ()
    searched_for: str = ""
    confidence: float | None = None
    seconds: float = 0.0
    reworded: bool = False
    missing: tuple[str, ...] = ()
    complete: bool = True

    @property
    def answer_first(self) -> bool:
        """Whether the answer is read before the notice: a `soon` flag comes together with the answer, not before it."""
        return answer_first(self.notice)

    @property
    def sentences(self) -> tuple[CitedSentence, ...]:
        """All cited sentences in reading order."""
        return (*self.answer, *self.helping) if self.answer_first else (*self.helping, *self.answer)

    @property
    def text(self) -> str:
        """All a runner reads, as plain text with `[1]` markers."""
        answer = [self.remark, *_paragraphs(self.answer), "\n".join(f"- {heading}" for heading in self.nearby)]
        safety = [notice_text(self.notice) if self.notice else "", *_paragraphs(self.helping)]
        parts = [*answer, *safety] if self.answer_first else [*safety, *answer]
        return "\n\n".join(part for part in parts if part)

    def to_dict(self) -> dict[str, object]:
        """The reply as `python -m bot batch` prints it, without the id."""
        return {
            **self.assessment.to_dict(),
            "answered": self.answered,
            "text": self.text,
            "sentences": [{"text": item.text, "citations": list(item.citations)} for item in self.sentences],
            "citations": [citation.to_dict() for citation in self.citations],
            "searched_for": self.searched_for,
            "reworded": self.reworded,
            "seconds": round(self.seconds, 4),
        }


def answer_first(notice: Notice | None) -> bool:
    """Whether an answer is read before this notice."""
    return notice is not None and notice.level.label == "soon"


def notice_text(notice: Notice) -> str:
    """A safety message as plain text: action, why, who, what to do and not to do, when to step up, whom to call.

    A question to the runner comes last.
    """
    lines = [notice.headline]
    if notice.noticed:
        lines.append("You wrote: " + "; ".join(f"“{words}”" for words in notice.noticed) + ".")
    lines += [notice.why, notice.who]
    lines += [f"- {item}" for item in notice.do]
    lines += [f"- {item}" for item in notice.dont]
    if notice.sooner:
        lines.append(notice.sooner)
    lines += [f"{phone.label}: {phone.number}" for phone in notice.phones]
    lines.append(notice.ask)
    return "\n".join(line for line in lines if line)


def _paragraphs(sentences: tuple[CitedSentence, ...]) -> list[str]:
    paragraphs: list[str] = []
    before: CitedSentence | None = None
    for sentence in sentences:
        text = f"- {sentence.marked}" if sentence.bullet else sentence.marked
        if before is None or sentence.paragraph != before.paragraph:
            paragraphs.append(text)
        else:
            paragraphs[-1] += ("\n" if sentence.bullet or before.bullet else " ") + text
        before = sentence
    return paragraphs
