"""Serve the pages: the chat at /, and the editors' page at /editors where a password for it is set."""

from __future__ import annotations

import contextlib
import ipaddress
import sys
from typing import TYPE_CHECKING

import gradio as gr
import uvicorn
from fastapi import FastAPI

from bot.journal import journal_for
from bot.web.page import CONCURRENT, Page, static, theme

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from bot.chain import Bot
    from settings import Settings

# Seconds that open connections get to end when the server is stopped: the page holds one open as long as it is shown.
_PATIENCE = 2


def serve(bot: Bot, settings: Settings) -> None:
    """Serve the pages until the process is stopped. They are there before the encoder is loaded."""
    page = Page(bot, settings, journal_for(settings))
    config = uvicorn.Config(
        build_app(page, settings),
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
        page.warm_up()

    with contextlib.suppress(KeyboardInterrupt):
        _Server(config, started).run()


def build_app(page: Page, settings: Settings) -> FastAPI:
    """The pages as one app.

    The editors' page is an app of its own beside the chat's, with its own functions and queue, and behind the door.
    """
    app = FastAPI(title="Hipwise", docs_url=None, redoc_url=None, openapi_url=None)
    if settings.editor_password.get_secret_value():
        from bot.web.editors.door import ROOT, Door
        from bot.web.editors.page import EditorsPage

        editors = EditorsPage(page.bot, settings)
        app.add_middleware(Door, password=settings.editor_password)
        editors.add_routes(app)
        _mount(
            app,
            editors.build(),
            ROOT,
            css=static("page.css") + static("editors.css"),
            js=static("page.js") + static("editors.js"),
            max_bytes=settings.max_article_kb * 1024,
        )
    # Nothing on the chat page takes a file.
    _mount(app, page.build(), "/", css=static("page.css"), js=static("page.js"), max_bytes=1)
    return app


def _mount(app: FastAPI, blocks: gr.Blocks, path: str, *, css: str, js: str, max_bytes: int) -> None:
    blocks.queue(default_concurrency_limit=CONCURRENT, api_open=False)
    gr.mount_gradio_app(
        app,
        blocks,
        path,
        theme=theme(),
        css=css,
        head=f"<script>{js}</script>",
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        ssr_mode=False,
        max_file_size=max_bytes,
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
