"""Serve the pages: those for runners at /, and the editors' page at /editors where a password for it is set."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from typing import TYPE_CHECKING, Any

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from bot.journal import journal_for
from bot.web import handover
from bot.web.articles.routes import routes as articles
from bot.web.chat import API, CONCURRENT, Chat
from bot.web.editors.door import ROOT, Door
from bot.web.hipmap import routes as hip_map
from bot.web.pages import pages
from bot.web.shell import STATIC, STATIC_ROOT, Headers, Shell
from bot.web.words import Catalogue

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bot.chain import Bot
    from settings import Settings

# Seconds that open connections get to end when the server is stopped: the page holds one open as long as it is shown.
_PATIENCE = 2


def serve(bot: Bot, settings: Settings) -> None:
    """Serve the pages until the process is stopped. They are there before the encoder is loaded.

    Raises:
        BotError: the words of the interface cannot be used.

    """
    chat = Chat(bot, settings, journal_for(settings))
    config = uvicorn.Config(
        build_app(chat, settings),
        host=settings.host.strip("[]"),
        port=settings.port,
        log_level="warning",
        # Who asked is nobody's business, and a header can name any address.
        access_log=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_PATIENCE,
    )

    def started() -> None:
        _say(f"Hipwise is at http://{settings.host}:{settings.port} - press Ctrl+C to stop.")
        if settings.editor_password.get_secret_value():
            _say(f"The editors' page is at http://{settings.host}:{settings.port}/editors/{_warning(settings.host)}")
        chat.warm_up()

    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, started).run()


def build_app(chat: Chat, settings: Settings) -> FastAPI:
    """The pages as one app.

    The pages for runners are plain files and templates; what they ask goes through Gradio's queue, below `API`. The editors'
    page is a Gradio app of its own, with its own functions and queue, and behind the door.
    """
    app = FastAPI(title="Hipwise", docs_url=None, redoc_url=None, openapi_url=None)
    shell = Shell(Catalogue.load(), chat.bot.guardrails.emergency_phone())
    guarded = bool(settings.editor_password.get_secret_value())
    app.add_middleware(Headers, elsewhere=(API, ROOT) if guarded else (API,))
    app.add_middleware(GZipMiddleware, minimum_size=1024)
    if guarded:
        from bot.web.editors.page import EditorsPage

        editors = EditorsPage(chat.bot, settings)
        app.add_middleware(Door, password=settings.editor_password)
        editors.add_routes(app)
        _mount(app, editors.build(), ROOT, max_bytes=settings.max_article_kb * 1024, **editors.dress())
    app.include_router(chat.routes())
    app.include_router(pages(chat, shell))
    app.include_router(hip_map(chat.bot, shell))
    app.include_router(handover.routes(chat.bot, settings, shell))
    app.include_router(articles(chat.bot, shell, chat.ready))
    app.mount(STATIC_ROOT, StaticFiles(directory=STATIC), name="static")

    @app.exception_handler(404)
    async def missing(request: Request, _: Exception) -> Response:
        return shell.page(request, "problem.html", 404, problem="missing")

    @app.exception_handler(Exception)
    async def broken(request: Request, _: Exception) -> Response:
        return shell.page(request, "problem.html", 500, problem="broken")

    @app.get(API, include_in_schema=False)
    @app.get(f"{API}/", include_in_schema=False)
    async def nothing_to_see() -> Response:
        return RedirectResponse("/")

    # Nothing on the pages for runners takes a file.
    _mount(app, chat.api(), API, max_bytes=1)
    return app


def _mount(app: FastAPI, blocks: gr.Blocks, path: str, *, max_bytes: int, **dress: Any) -> None:
    blocks.queue(default_concurrency_limit=CONCURRENT, api_open=False)
    gr.mount_gradio_app(
        app,
        blocks,
        path,
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        max_file_size=max_bytes,
        **dress,
    )


class _Server(uvicorn.Server):
    """A server that says when it can be reached."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._told = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's, then tell."""
        await super().startup(sockets)
        if self.started:
            self._told()


def _warning(host: str) -> str:
    """What to say where the password would cross a network in the clear."""
    try:
        local = ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        local = host == "localhost"
    return "" if local else " (reach it over https only: a proxy with a certificate in front)"


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
