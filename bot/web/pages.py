"""Pages: the chat page itself, and what makes it one that can be put on a phone's screen."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import FileResponse, JSONResponse, Response

from bot.journal import REASONS
from bot.web.shell import STATIC, STATIC_ROOT, static

if TYPE_CHECKING:
    from bot.web.chat import Chat
    from bot.web.shell import Shell


def pages(chat: Chat, shell: Shell) -> APIRouter:
    """The chat page, its manifest and its service worker."""
    router = APIRouter()

    @router.api_route("/", methods=["GET", "HEAD"])
    def home(request: Request) -> Response:
        words = shell.words(request)
        kept = ""
        if chat.journal:
            kept = words.say("privacy.kept", days=words.say("privacy.days", count=chat.journal.days))
        config = {
            "most": chat.settings.max_message_chars,
            "thumbs": chat.journal is not None,
            "reasons": list(REASONS),
        }
        return shell.page(request, "chat.html", place="chat", config=config, kept=kept)

    @router.get("/manifest.webmanifest")
    def manifest(request: Request) -> Response:
        words = shell.words(request)
        icons = [
            {"src": static(f"icons/{name}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for name, size, purpose in (("192", 192, "any"), ("512", 512, "any"), ("maskable", 512, "maskable"))
        ]
        return JSONResponse(
            {
                "id": "/",
                "name": words.say("shell.name"),
                "short_name": words.say("shell.name"),
                "description": words.say("shell.tagline"),
                "lang": words.tag,
                "dir": words.direction,
                "start_url": "/",
                "scope": "/",
                "display": "standalone",
                "background_color": "#0c1613",
                "theme_color": "#0c1613",
                "icons": icons,
            },
            media_type="application/manifest+json",
        )

    @router.get("/offline")
    def offline(request: Request) -> Response:
        return shell.page(request, "offline.html")

    @router.get("/service-worker.js")
    def worker(request: Request) -> Response:
        # Below its own root, so that it may look after every page. Its text changes with all that it keeps, so that a browser
        # fetches that anew: the files, and the page that says whom to call.
        script = (STATIC / "service-worker.js").read_text(encoding="utf-8").replace("@STATIC@", STATIC_ROOT)
        kept = hashlib.blake2b(bytes(offline(request).body), digest_size=6).hexdigest()
        script = script.replace("@KEPT@", kept)
        return Response(script, media_type="text/javascript", headers={"Cache-Control": "no-cache"})

    @router.get("/favicon.ico")
    def icon() -> Response:
        return FileResponse(STATIC / "icons" / "mark.svg", media_type="image/svg+xml")

    return router
