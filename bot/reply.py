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
class CitedSentence:
    """One sentence of a reply, word for word from an article.

    Attributes:
        text: the sentence without Markdown.
        citations: numbers of its citations; at least one.
        paragraph: 0-based; sentences of one number are shown together.
        bullet: whether it is shown as an item of a list.
    """

    text: str
    citations: tuple[int, ...]
    paragraph: int
    bullet: bool = False

    @property
    def marked(self) -> str:
        """The sentence with its markers, as in `It hurts. [1]`."""
        return self.text + "".join(f" [{n}]" for n in self.citations)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a runner gets for the last turn of a conversation.

    Attributes:
        assessment: what the guardrails made of the conversation.
        notice: the fixed safety message, or None.
        answered: whether the articles answered the question; False for a decline, small talk and emergencies.
        remark: the bot's own words before the cited sentences (a decline, a greeting), or "". Never a fact about hips.
        sentences: the cited sentences, in reading order.
        help_sentences: how many of `sentences`, from the first, belong to the notice, not to the answer.
        citations: what the sentences cite, by number.
        nearby: headings of the articles nearest to the question, offered with a decline.
        searched_for: what was searched, or "" where nothing was.
        seconds: from receiving the turn to the complete reply.
    """

    assessment: Assessment
    notice: Notice | None
    answered: bool
    remark: str = ""
    sentences: tuple[CitedSentence, ...] = ()
    help_sentences: int = 0
    citations: tuple[Citation, ...] = ()
    nearby: tuple[str, ...] = ()
    searched_for: str = ""
    seconds: float = 0.0

    @property
    def text(self) -> str:
        """All a runner reads, as plain text with `[1]` markers."""
        helped = _paragraphs(self.sentences[: self.help_sentences])
        answer = _paragraphs(self.sentences[self.help_sentences :])
        nearby = [f"- {heading}" for heading in self.nearby]
        if self.notice is None:
            parts = [*helped, self.remark, *answer, "\n".join(nearby)]
        elif self.notice.level.label == "soon":
            parts = [self.remark, *answer, "\n".join(nearby), notice_text(self.notice), *helped]
        else:
            parts = [notice_text(self.notice), *helped, self.remark, *answer, "\n".join(nearby)]
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
            "seconds": round(self.seconds, 4),
        }


def notice_text(notice: Notice) -> str:
    """A safety message as plain text: action, why, who, what to do and not to do, when to step up, whom to call."""
    lines = [notice.headline]
    if notice.noticed:
        lines.append("You wrote: " + "; ".join(f"“{words}”" for words in notice.noticed) + ".")
    lines += [notice.why, notice.who]
    lines += [f"- {item}" for item in notice.do]
    lines += [f"- {item}" for item in notice.dont]
    if notice.sooner:
        lines.append(notice.sooner)
    lines += [f"{phone.label}: {phone.number}" for phone in notice.phones]
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
