"""Routes: what the hip map asks the server for."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse

from bot.errors import BotError
from bot.web.hipmap.areas import load_areas
from bot.web.hipmap.panels import Panels
from bot.web.wire import reply_wire
from ingest.errors import IngestError

if TYPE_CHECKING:
    from bot.chain import Bot
    from bot.web.shell import Shell

logger = logging.getLogger(__name__)


def routes(bot: Bot, shell: Shell) -> APIRouter:
    """`GET /areas/{name}`: what the articles say of a place on the map, when to see somebody, and what to ask next.

    Raises:
        BotError: the file of the places cannot be used.

    """
    router = APIRouter()
    panels = Panels(bot, load_areas())

    @router.get("/areas/{name}")
    def area(name: str, request: Request) -> JSONResponse:
        words = shell.words(request)
        if name not in panels.areas:
            return JSONResponse({"error": words.say("map.unknown")}, 404)
        try:
            panel = panels.panel(name)
        except (IngestError, BotError):
            logger.exception("The hip map has no articles to ask")
            return JSONResponse({"error": words.say("map.unavailable")}, 503)
        return JSONResponse(
            {
                "area": panel.area.id,
                "questions": panel.area.questions,
                "about": reply_wire(panel.about),
                "help": reply_wire(panel.help),
            },
            # The next publication may change it.
            headers={"Cache-Control": "no-cache"},
        )

    return router
