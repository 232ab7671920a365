"""Shell: the frame that every page for runners stands in, and the headers that keep others' text from doing anything."""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.responses import HTMLResponse

from bot.web.words import Catalogue, Words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from guardrails import Phone

STATIC = Path(str(files("bot.web").joinpath("static")))
# A page loads and runs only what this server has as a file: text of articles and messages can do nothing, even where
# it were shown wrongly.
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Shell:
    """Renders pages.

    Args:
        catalogue: the words of all languages.
        emergency: whom to call in an emergency, and the digits where there are any to dial.

    """

    def __init__(self, catalogue: Catalogue, emergency: Phone) -> None:
        self.catalogue = catalogue
        self.emergency = emergency
        self._templates = Environment(
            loader=PackageLoader("bot.web"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals |= {"static": static, "script_json": script_json}

    def words(self, request: Request) -> Words:
        """The words for who asks."""
        return self.catalogue.words(request.headers.get("accept-language", ""))

    def page(self, request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
        """A page in the language of who asks.

        Args:
            request: who asks.
            template: its name in `templates/`.
            status: of HTTP.
            values: what the template needs; `place` names the entry of the navigation it belongs to.

        """
        words = self.words(request)
        known = {
            "words": words,
            "say": words.say,
            "several": words.several,
            "day": words.day,
            "emergency": self.emergency,
            "place": "",
        }
        html = self._templates.get_template(template).render(known | values)
        return HTMLResponse(html, status, headers={"Vary": "Accept-Language", "Cache-Control": "no-cache"})


def script_json(value: object) -> Markup:
    """A value as JSON that may stand between script tags: no character that could end them."""
    text = json.dumps(value, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - every character that is markup was replaced above


def _version() -> str:
    """A name for what is in `static/` now; it changes with any of the files."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(STATIC.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


STATIC_ROOT = f"/static/{_version()}"


def static(name: str) -> str:
    """The address of a file of `static/`. It changes when a file does, so that browsers may keep it for good."""
    return f"{STATIC_ROOT}/{name}"


def stamped(send: Send, headers: Mapping[str, str], cache: str = "") -> Send:
    """What sends an answer, with headers added that it does not have itself.

    Args:
        send: sends it.
        headers: their names and values.
        cache: how long it may be kept, as `Cache-Control` says it and whatever the answer says; "" for as it says.

    """

    async def stamping(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = MutableHeaders(scope=message)
            for name, value in headers.items():
                own.setdefault(name, value)
            if cache:
                own["Cache-Control"] = cache
        await send(message)

    return stamping


def _below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)


class Headers:
    """Adds the headers to whatever this server says to runners; the editors' page and Gradio have their own.

    Args:
        app: what answers.
        elsewhere: paths that are left alone with all below them.

    """

    def __init__(self, app: ASGIApp, elsewhere: tuple[str, ...]) -> None:
        self.app = app
        self.elsewhere = elsewhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http" or _below(str(scope["path"]), self.elsewhere):
            await self.app(scope, receive, send)
            return

        kept = "public, max-age=31536000, immutable" if str(scope["path"]).startswith(STATIC_ROOT) else ""
        await self.app(scope, receive, stamped(send, HEADERS, kept))
