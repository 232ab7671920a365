"""The hand-over's side of the server: a conversation comes in, a draft or a file goes out, and nothing stays.

No part of it is stored or logged: it is health data, and it is the runner's.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import anyio
import anyio.to_thread
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, Response

from bot.handover.draft import Draft, Passage, draft_of
from bot.handover.markdown import markdown
from bot.handover.pdf import pdf
from bot.told import tell
from bot.web.chat import MOST_TURNS

if TYPE_CHECKING:
    from bot.chain import Bot
    from bot.web.shell import Shell
    from bot.web.words import Words
    from settings import Settings

logger = logging.getLogger(__name__)

MOST_BYTES = 2 * 1024 * 1024  # of a request: more than a conversation of an evening, less than would hold up the server
AT_ONCE = 2  # letters made at the same time; each takes a processor for some tenths of a second
MOST_SHOWN = 1000  # passages of a conversation

_STATUS = {"large": 413, "unusable": 422, "empty": 422, "broken": 500}
_PRIVATE = {"Cache-Control": "no-store"}
_Model = TypeVar("_Model", bound=BaseModel)


class Talk(BaseModel):
    """A conversation to put together.

    Attributes:
        turns: the runner's messages, oldest first.
        passages: the passages that were shown, in the order they were.
        day: the runner's calendar day; the server's where it is left out.

    """

    model_config = ConfigDict(extra="forbid")

    turns: list[str] = Field(max_length=MOST_TURNS)
    passages: list[Passage] = Field(default=[], max_length=MOST_SHOWN)
    day: date | None = None


class _Refused(Exception):  # noqa: N818 - no error of the program: a request that gets an answer in words
    """A request that is not carried out; its text is a name of `handover.problems` of the words."""


def routes(bot: Bot, settings: Settings, shell: Shell) -> APIRouter:
    """What the page's hand-over asks: a draft, then a file of it.

    Args:
        bot: for the safety layer, with whose eyes a conversation is read.
        settings: the longest message.
        shell: for the words of who asks.

    """
    desk = _Desk(bot, settings, shell)
    router = APIRouter(prefix="/handover")
    for name, make in (("draft", desk.draft), ("pdf", desk.letter), ("markdown", desk.text)):
        router.add_api_route(f"/{name}", desk.answering(make), methods=["POST"])
    return router


class _Desk:
    """Makes drafts and files, `AT_ONCE` at a time."""

    def __init__(self, bot: Bot, settings: Settings, shell: Shell) -> None:
        self.bot, self.settings, self.shell = bot, settings, shell
        self.messages = bot.guardrails.messages
        self.limiter = anyio.CapacityLimiter(AT_ONCE)

    def answering(self, make: Callable[[bytes, Words], Response]) -> Callable[[Request], Awaitable[Response]]:
        """A route that answers with what `make` makes of a body, or says why there is nothing."""

        async def answer(request: Request) -> Response:
            words = self.shell.words(request)
            try:
                body = await _body(request)
                return await anyio.to_thread.run_sync(make, body, words, limiter=self.limiter)
            except _Refused as refused:
                problem = str(refused)
            except Exception as error:  # noqa: BLE001 - no traceback reaches a runner
                # No traceback either: what it says may quote the conversation.
                logger.error("A hand-over could not be made: %s", type(error).__name__)  # noqa: TRY400
                problem = "broken"
            text = words.say(f"handover.problems.{problem}")
            return JSONResponse({"problem": problem, "text": text}, _STATUS[problem], headers=_PRIVATE)

        return answer

    def draft(self, body: bytes, _: Words) -> Response:
        """A conversation as a draft, with its level and what the safety messages say to do."""
        talk = _read(Talk, body)
        if not any(turn.strip() for turn in talk.turns):
            raise _Refused("empty")
        if any(len(turn) > self.settings.max_message_chars for turn in talk.turns):
            raise _Refused("large")
        today = talk.day or self.bot.today or date.today()  # noqa: DTZ011 - a calendar day, not an instant
        draft = draft_of(tell(self.bot.guardrails, talk.turns, self.bot.today), talk.passages, today)
        wire = {**draft.model_dump(mode="json"), "level": draft.level.label, "action": draft.action(self.messages)}
        return JSONResponse(wire, headers=_PRIVATE)

    def letter(self, body: bytes, words: Words) -> Response:
        """An edited draft as PDF."""
        draft = self._edited(body)
        content = pdf(draft, words, self.messages, words.day(draft.day), words.tag)
        return _file(content, "application/pdf", f"{words.say('handover.file')}.pdf")

    def text(self, body: bytes, words: Words) -> Response:
        """An edited draft as Markdown."""
        draft = self._edited(body)
        content = markdown(draft, words, self.messages, words.day(draft.day))
        return _file(content.encode(), "text/markdown; charset=utf-8", f"{words.say('handover.file')}.md")

    def _edited(self, body: bytes) -> Draft:
        draft = _read(Draft, body)
        if draft.unknown(self.messages):
            raise _Refused("unusable")
        return draft


async def _body(request: Request) -> bytes:
    """The body of a request, as long as it is not too large."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise _Refused("large")
    return bytes(body)


def _read(model: type[_Model], body: bytes) -> _Model:
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        too_much = all(one["type"] in ("too_long", "string_too_long") for one in error.errors(include_input=False))
        raise _Refused("large" if too_much else "unusable") from None


def _file(content: bytes, kind: str, name: str) -> Response:
    return Response(
        content, media_type=kind, headers={**_PRIVATE, "Content-Disposition": f'attachment; filename="{name}"'}
    )
