"""Serve the page."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from bot.journal import journal_for
from bot.web.page import CONCURRENT, Page, static, theme

if TYPE_CHECKING:
    from bot.chain import Bot
    from settings import Settings


def serve(bot: Bot, settings: Settings) -> None:
    """Serve the page until the process is stopped. The page is there before the encoder is loaded."""
    page = Page(bot, settings, journal_for(settings))
    blocks = page.build()
    blocks.queue(default_concurrency_limit=CONCURRENT, api_open=False)
    blocks.launch(
        server_name=settings.host,
        server_port=settings.port,
        theme=theme(),
        css=static("page.css"),
        head=f"<script>{static('page.js')}</script>",
        footer_links=[],
        share=False,
        quiet=True,
        show_error=False,
        prevent_thread_lock=True,
        enable_monitoring=False,
        ssr_mode=False,
    )
    sys.stdout.write(f"Hipwise is at http://{settings.host}:{settings.port} - press Ctrl+C to stop.\n")
    sys.stdout.flush()
    page.warm_up()
    blocks.block_thread()
