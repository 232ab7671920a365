"""Wire: a reply as the page's scripts get it, plain JSON. They show every text as text, never as markup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.web.articles.links import href

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.reply import Citation, CitedSentence, QuotedPassage, Reply
    from guardrails import Assessment, Notice


def reply_wire(reply: Reply) -> dict[str, Any]:
    """A reply for the page.

    Returns:
        `level`, `notice` (or None), `answer` and `helping` (lists of sentences with the numbers of their citations), `passages`
        (each whole, with the number of the citation at every sentence that is quoted) and what else is shown. Days are ISO
        dates, addresses are paths of this server.

    """
    places = {
        citation.n: href(citation.article, citation.start, citation.end, citation.quote) for citation in reply.citations
    }
    return {
        "level": reply.assessment.level.label,
        "failed": reply.assessment.failed,
        "notice": notice_wire(reply.notice, reply.assessment) if reply.notice else None,
        "answerFirst": reply.answer_first,
        "answered": reply.answered,
        "remark": reply.remark,
        "answer": [_sentence(sentence) for sentence in reply.answer],
        "helping": [_sentence(sentence) for sentence in reply.helping],
        "passages": [_passage(passage, places) for passage in reply.passages],
        "citations": [_citation(citation, places) for citation in reply.citations],
        "nearby": list(reply.nearby),
        "searchedFor": reply.searched_for,
        "reworded": reply.reworded,
        "complete": reply.complete,
    }


def notice_wire(notice: Notice, assessment: Assessment) -> dict[str, Any]:
    """A safety message for the page, with the turn (from 0) that each of the runner's words stands in.

    An urgent one is about being seen, so its advice line comes before the emergency number.
    """
    turns = {words: turn for flag in assessment.flags for words, turn in zip(flag.evidence, flag.turns, strict=True)}
    phones: Sequence[Any] = notice.phones if notice.level.label == "emergency" else notice.phones[::-1]
    return {
        "level": notice.level.label,
        "headline": notice.headline,
        "noticed": [{"words": words, "turn": turns[words]} for words in notice.noticed],
        "why": notice.why,
        "who": notice.who,
        "do": list(notice.do),
        "dont": list(notice.dont),
        "sooner": notice.sooner or "",
        "phones": [{"label": phone.label, "number": phone.number, "tel": phone.tel} for phone in phones if phone.tel],
        "also": list(notice.also),
        "ask": notice.ask,
        "about": notice.about,
    }


def _sentence(sentence: CitedSentence) -> dict[str, Any]:
    return {
        "text": sentence.text,
        "citations": list(sentence.citations),
        "paragraph": sentence.paragraph,
        "bullet": sentence.bullet,
        "says": sentence.says,
    }


def _passage(passage: QuotedPassage, places: dict[int, str]) -> dict[str, Any]:
    return {
        "article": passage.article,
        "title": passage.title,
        "section": passage.section,
        "publisher": passage.publisher,
        "updated": passage.updated.isoformat() if passage.updated else "",
        "numbers": list(passage.numbers),
        "sentences": [[text, n] for text, n in passage.sentences],
        "href": places[passage.numbers[0]],
    }


def _citation(citation: Citation, places: dict[int, str]) -> dict[str, Any]:
    return {
        "n": citation.n,
        "article": citation.article,
        "start": citation.start,
        "end": citation.end,
        "href": places[citation.n],
    }
