"""Replies as HTML for the editors' page, as runners get them. All that is not this module's own markup is escaped here, once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING

from bot.web.words import Catalogue

if TYPE_CHECKING:
    from bot.reply import CitedSentence, QuotedPassage, Reply
    from guardrails import Notice

_WORDS = Catalogue.load().words()
say = _WORDS.say
_BLANK_LINES = re.compile(r"\s*\n\s*")
# What HTML or Markdown would take for markup.
_SPECIAL = re.compile(r"[&<>\"'\\`*_\[\]$~|#!:]")


def safe(text: str) -> str:
    """Text as HTML that neither a browser nor the chat's Markdown reader takes for anything but text.

    A blank line would end an HTML block for the Markdown reader, so lines are joined; every character that could start a
    construct of its own becomes a character reference.
    """
    return _SPECIAL.sub(lambda match: f"&#{ord(match.group())};", _BLANK_LINES.sub(" ", text))


def reply_html(reply: Reply, key: str) -> str:
    """A reply with its sources.

    Args:
        reply: the reply.
        key: letters and digits, different for every reply on the page, so that citations never mix.

    """
    helped = _sentences_html(reply.helping, key)
    if helped:
        helped = f'<div class="hw-help"><p class="hw-label">{safe(say("chat.from_help"))}</p>{helped}</div>'
    nearby = "".join(f"<li>{safe(heading)}</li>" for heading in reply.nearby)
    answer = [
        "".join(f'<p class="hw-remark">{safe(line)}</p>' for line in reply.remark.splitlines()),
        _sentences_html(reply.answer, key),
        f'<ul class="hw-nearby">{nearby}</ul>' if nearby else "",
    ]
    safety = [notice_card(reply.notice) if reply.notice else "", helped]
    parts = [*answer, *safety] if reply.answer_first else [*safety, *answer]
    parts += [_sources_html(reply.passages, key), _searched_html(reply.searched_for)]
    return f'<div class="hw-reply">{"".join(parts)}</div>'


def _sentences_html(sentences: Sequence[CitedSentence], key: str) -> str:
    html = []
    for _, paragraph in groupby(sentences, key=lambda sentence: sentence.paragraph):
        for bullet, run in groupby(paragraph, key=lambda sentence: sentence.bullet):
            marked = [f"{_says(item)}{safe(item.text)}{_markers(item.citations, key)}" for item in run]
            if bullet:
                html.append("<ul>" + "".join(f"<li>{text}</li>" for text in marked) + "</ul>")
            else:
                html.append(f"<p>{' '.join(marked)}</p>")
    return "".join(html)


def _says(sentence: CitedSentence) -> str:
    return f"<b>{safe(sentence.says)}:</b> " if sentence.says else ""


def _markers(numbers: Sequence[int], key: str) -> str:
    # The word joiner keeps a number on the line of the word before it.
    return "".join(f'&#8288;<sup><a class="hw-cite" href="#hw-{key}-{n}">{n}</a></sup>' for n in numbers)


def _sources_html(passages: Sequence[QuotedPassage], key: str) -> str:
    if not passages:
        return ""
    items = []
    for passage in passages:
        text = " ".join(
            f'<mark id="hw-{key}-{n}">{safe(sentence)} <b>{n}</b></mark>' if n else safe(sentence)
            for sentence, n in passage.sentences
        )
        where = " · ".join(safe(part) for part in (passage.publisher, passage.title) if part)
        when = safe(say("chat.reviewed", date=_WORDS.day(passage.updated))) if passage.updated else ""
        items.append(
            f'<details class="hw-source"><summary><span class="hw-numbers">{_ranges(passage.numbers)}</span> '
            f"{safe(passage.section)}</summary>"
            f'<blockquote>{text}</blockquote><p class="hw-where">{where}{" · " if when else ""}{when}</p></details>'
        )
    return f'<div class="hw-sources"><p class="hw-label">{safe(say("chat.sources"))}</p>{"".join(items)}</div>'


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers as 1–3, 5."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)


def _searched_html(text: str) -> str:
    return f'<p class="hw-searched">{safe(say("chat.searched"))}: {safe(text[:200])}</p>' if text else ""


def notice_card(notice: Notice) -> str:
    """The whole safety message, for the chat."""
    level = notice.level.label
    noticed = "; ".join(f"“{safe(text)}”" for text in notice.noticed)
    also = safe("; ".join(notice.also))
    parts = [
        f'<p class="hw-level">{_icon(level)} {safe(say(f"chat.levels.{level}"))}</p>',
        f"<h3>{safe(notice.headline)}</h3>",
        _phones(notice),
        f'<p class="hw-noticed"><b>{safe(say("chat.notice.you_wrote"))}:</b> {noticed}</p>' if noticed else "",
        f"<p>{safe(notice.why)}</p>" if notice.why else "",
        f"<p>{safe(notice.who)}</p>" if notice.who else "",
        _list(say("chat.notice.until_then"), notice.do),
        _list(say("chat.notice.dont"), notice.dont),
        f"<p>{safe(notice.sooner)}</p>" if notice.sooner else "",
        f"<p><b>{safe(say('chat.notice.also'))}:</b> {also}</p>" if also else "",
        f'<p class="hw-ask"><b>{safe(notice.ask)}</b></p>' if notice.ask else "",
    ]
    return f'<div class="hw-notice hw-{level}">{"".join(parts)}</div>'


def _icon(level: str) -> str:
    """A sign that tells the levels apart without colour: two, one or no exclamation marks."""
    return f'<span class="hw-icon">{safe({"emergency": "!!", "urgent": "!", "soon": "i"}[level])}</span>'


def _phones(notice: Notice) -> str:
    """The lines to call. An urgent message is about being seen, so its advice line comes before the emergency number."""
    phones = notice.phones if notice.level.label == "emergency" else notice.phones[::-1]
    links = "".join(
        f'<a class="hw-call" href="tel:{escape(phone.tel, quote=True)}">{safe(phone.label)}: {safe(phone.number)}</a>'
        for phone in phones
        if phone.tel
    )
    return f'<p class="hw-calls">{links}</p>' if links else ""


def _list(title: str, items: Sequence[str]) -> str:
    if not items:
        return ""
    return f'<p class="hw-label">{safe(title)}</p><ul>' + "".join(f"<li>{safe(item)}</li>" for item in items) + "</ul>"
