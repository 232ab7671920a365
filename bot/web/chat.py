"""The chat's side of the server: answers as they grow, thumbs, and whether all is ready. It keeps nothing of a conversation."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import gradio as gr
from fastapi import APIRouter
from pydantic import BaseModel, Field

from bot.errors import BotError
from bot.journal import REASONS
from bot.told import tell
from bot.web.wire import reply_wire
from ingest.errors import IngestError

if TYPE_CHECKING:
    from bot.chain import Bot
    from bot.journal import Journal
    from settings import Settings

logger = logging.getLogger(__name__)

API = "/api"
CONCURRENT = 8  # questions answered at once; each takes tens of milliseconds, the encoder uses all processors
MOST_TURNS = 200  # of a conversation; no message of it may be left out of the safety check
NAME = r"^[0-9a-f-]{36}$"  # what a browser names a conversation by: random, and known to nobody else


class Thumb(BaseModel):
    """A thumb on the reply to a turn.

    Attributes:
        conversation: names the conversation.
        turn: from 0.
        thumb: 1 for up, -1 for down, 0 for taken back.
        reason: one of `REASONS`, or "".

    """

    conversation: str = Field(pattern=NAME)
    turn: int = Field(ge=0, lt=MOST_TURNS)
    thumb: int = Field(ge=-1, le=1)
    reason: str = Field(default="", max_length=40)


class Wiped(BaseModel):
    """A conversation that its runner wiped."""

    conversation: str = Field(pattern=NAME)
    turns: int = Field(ge=0, le=MOST_TURNS)


class Chat:
    """Answers the page's messages.

    Args:
        bot: answers.
        settings: the longest message.
        journal: keeps the questions; None where none are kept.

    Attributes:
        ready: set when the encoder is loaded.

    """

    def __init__(self, bot: Bot, settings: Settings, journal: Journal | None = None) -> None:
        self.bot = bot
        self.settings = settings
        self.journal = journal
        self.ready = threading.Event()

    def warm_up(self) -> None:
        """Load the encoder in the background."""

        def load() -> None:
            try:
                self.bot.warm_up()
            except Exception:
                logger.exception("The encoder could not be loaded")
            self.ready.set()

        threading.Thread(target=load, name="warm-up", daemon=True).start()

    def api(self) -> gr.Blocks:
        """What the page asks through Gradio's queue, which bounds how many are answered at once and streams the answers."""
        with gr.Blocks(mode="server", analytics_enabled=False) as blocks:
            gr.api(
                self.answer,
                api_name="answer",
                api_visibility="undocumented",
                concurrency_limit=CONCURRENT,
                concurrency_id="answers",
            )
        return blocks

    def routes(self) -> APIRouter:
        """What the page asks beside it."""
        router = APIRouter()
        router.add_api_route("/state", self.state, methods=["GET"])
        if self.journal:
            router.add_api_route("/thumb", self._rate, methods=["POST"], status_code=204)
            router.add_api_route("/wiped", self._forget, methods=["POST"], status_code=204)
        return router

    def state(self) -> dict[str, Any]:
        """Whether a question would be answered at once, and which edition of the articles answers; "" where none can."""
        try:
            with self.bot.library.generation() as generation:
                return {"ready": self.ready.is_set(), "edition": generation.id}
        except (BotError, IngestError):
            logger.exception("The index cannot be opened")
            return {"ready": self.ready.is_set(), "edition": ""}

    def answer(self, turns: list[str], conversation: str) -> Iterator[dict[str, Any]]:
        """Answer the last turn.

        Args:
            turns: the runner's messages, oldest first.
            conversation: names the conversation, a random UUID.

        Yields:
            `{"reply"}` as it grows, then `{"next"}` with questions that could follow; or `{"problem"}`: why there is no
            answer, as a name of `chat.problems` of the words.

        """
        problem = self._problem(turns, conversation)
        if problem:
            yield {"problem": problem}
            return
        kept = self.journal.conversation(conversation, len(turns)) if self.journal else None
        reply = None
        try:
            for reply in self.bot.stream(turns):
                if self.journal and kept is not None:
                    self.journal.record(kept, turns, reply)
                told = tell(self.bot.guardrails, turns, self.bot.today).to_dict() if reply.complete else None
                yield {"reply": {**reply_wire(reply), "told": told}}
            yield {"next": self.bot.suggestions(turns, reply) if reply else []}
        except Exception:
            logger.exception("A message could not be answered")
            if self.journal and kept is not None:
                self.journal.forget(kept)  # nobody knows whether it was a warning sign
            yield {"problem": "broken"}

    def _problem(self, turns: Sequence[str], conversation: str) -> str:
        """Why a request cannot be answered, or ""."""
        if not isinstance(conversation, str) or not re.fullmatch(NAME, conversation):
            return "broken"  # no page of ours asks like that
        if not isinstance(turns, list) or not all(isinstance(turn, str) for turn in turns):
            return "broken"
        if not turns or not turns[-1].strip():
            return "empty"
        if len(turns) > MOST_TURNS:
            return "many"
        if any(len(turn) > self.settings.max_message_chars for turn in turns):
            return "long"
        return ""

    def _rate(self, thumb: Thumb) -> None:
        if self.journal:
            kept = self.journal.conversation(thumb.conversation, thumb.turn + 1)
            self.journal.rate(kept, thumb.turn, thumb.thumb, thumb.reason if thumb.reason in REASONS else "")

    def _forget(self, wiped: Wiped) -> None:
        if self.journal:
            self.journal.forget(self.journal.conversation(wiped.conversation, wiped.turns))
