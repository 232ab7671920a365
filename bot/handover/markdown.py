"""The hand-over as Markdown: whatever a runner typed reads as plain text, never as markup."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from bot.handover.draft import Draft, Passage, Says, tidy

if TYPE_CHECKING:
    from guardrails.notice import Messages

# What CommonMark, or GitHub's Markdown on top of it, could read as markup anywhere in a line.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>&~|#!$@^]")
# What it could read as the begin of a list or of a rule at the head of an item.
_HEAD = re.compile(r"^(\d{1,9})([.)])|^([-+=:])")
_LINK = re.compile(r"(?i)\b(https?|ftp|mailto|xmpp)(:)|\b(www)(\.)")
_SAFE = "/:?#@!$&'*+,;=%~-._"


def escape(text: str) -> str:
    """A text on one line, with a backslash before each sign that Markdown could read as markup."""
    text = _MARKUP.sub(r"\\\g<0>", tidy(text))
    text = _LINK.sub(lambda found: f"{found[1] or found[3]}\\{found[2] or found[4]}", text)
    return _HEAD.sub(lambda found: f"{found[1]}\\{found[2]}" if found[1] else f"\\{found[3]}", text)


def markdown(draft: Draft, words: Says, messages: Messages, day: str) -> str:
    """Write a draft as Markdown.

    Args:
        draft: what to write.
        words: the interface's words.
        messages: the safety messages, for the wording of what was noticed.
        day: the draft's day as a reader reads it.

    """
    parts = [f"# {escape(words.say(f'handover.title.{draft.about}'))}", escape(day)]
    action = draft.action(messages)
    if action:
        parts += [f"## {escape(words.say(f'handover.noticed.{draft.level.label}'))}", f"**{escape(action)}**"]
        parts += ["\n".join(_signs(draft))] if draft.noticed else []
    parts.append(escape(words.say(f"handover.intro.{draft.about}")))
    for section in draft.sections:
        lines = [f"- {escape(line)}" for line in section.lines if line]
        if lines:
            parts += [f"## {escape(words.say(f'handover.sections.{section.key}'))}", "\n".join(lines)]
    if draft.passages:
        parts += [f"## {escape(words.say('handover.sections.passages'))}"]
        parts.append("\n".join(f"- {_passage(passage)}" for passage in draft.passages))
    parts += ["---", escape(words.say("handover.made"))]
    return "\n\n".join(parts) + "\n"


def _signs(draft: Draft) -> list[str]:
    lines = []
    for sign in draft.noticed:
        quotes = "; ".join(f"“{escape(line)}”" for line in sign.words)
        lines.append(f"- {escape(sign.title)}" + (f": {quotes}" if quotes else ""))
    return lines


def _passage(passage: Passage) -> str:
    title = escape(passage.title) or escape(passage.section)
    text = f"[{title}](<{quote(passage.href, safe=_SAFE)}>)" if passage.href else title
    return ", ".join(part for part in (text, escape(passage.section), escape(passage.publisher)) if part)
