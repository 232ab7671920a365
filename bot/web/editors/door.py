"""Door: what stands before the editors' page - the log-in, its sessions, its brake, and the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.web.editors.replies import safe
from bot.web.shell import stamped

if TYPE_CHECKING:
    from pydantic import SecretStr
    from starlette.types import ASGIApp, Receive, Scope, Send

logger = logging.getLogger(__name__)

ROOT = "/editors"
LOG_IN, LOG_OUT = f"{ROOT}/login", f"{ROOT}/logout"
COOKIE = "hipwise-editor"
IDLE, LONGEST = 2 * 3600.0, 12 * 3600.0  # seconds after which a session ends: without a request, and in any case
MOST_SESSIONS = 100
MOST_ADDRESSES = 4096  # whose failures are remembered; the oldest are forgotten first
FORGET = 3600.0  # seconds without a failure after which failures are forgotten
FORM = 4096  # bytes; a log-in form has no more
Clock = Callable[[], float]

# Everything the page loads is its own; Gradio needs inline scripts and builds functions from text.
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; object-src 'none'; base-uri 'self'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    # Not `no-referrer`: browsers would then leave out the Origin that tells our own forms from others'.
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex",
}
# Gradio's own scripts and styles: the same for everybody, and named by their content.
_ASSETS = (f"{ROOT}/assets/", f"{ROOT}/static/")


@dataclass(slots=True)
class _Session:
    begun: float
    seen: float


class Sessions:
    """Who is logged in. Kept in memory only, tokens as hashes: a restart ends all sessions.

    Args:
        clock: seconds, never going back.

    """

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._open: OrderedDict[bytes, _Session] = OrderedDict()

    def begin(self) -> str:
        """Begin a session; returns its token, which is the only way to it."""
        now = self._clock()
        self._open = OrderedDict((key, one) for key, one in self._open.items() if self._alive(one, now))
        while len(self._open) >= MOST_SESSIONS:
            self._open.popitem(last=False)
        token = secrets.token_urlsafe(32)
        self._open[_digest(token)] = _Session(now, now)
        return token

    def holds(self, token: str) -> bool:
        """Whether a token is of a session that goes on; counts as a sign of life."""
        now = self._clock()
        session = self._open.get(_digest(token))
        if session is None or not self._alive(session, now):
            self.end(token)
            return False
        session.seen = now
        return True

    def end(self, token: str) -> None:
        """End a session."""
        self._open.pop(_digest(token), None)

    @staticmethod
    def _alive(session: _Session, now: float) -> bool:
        return now - session.seen < IDLE and now - session.begun < LONGEST


@dataclass(slots=True)
class _Failures:
    count: int = 0
    last: float = 0.0


class Throttle:
    """How long the next log-in has to wait: longer with every failure, for each address and for all together.

    An address from which somebody logged in before is not held up by the failures of others, so that an attack does not lock
    the editors out.

    Args:
        clock: seconds, never going back.

    """

    # Failures without a wait, and the longest wait in seconds.
    EACH, ALL = (4, 900.0), (30, 30.0)

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._clock = clock
        self._each: OrderedDict[str, _Failures] = OrderedDict()
        self._all = _Failures()
        self._known: OrderedDict[str, None] = OrderedDict()

    def wait(self, address: str) -> float:
        """Seconds until the next log-in from an address is looked at; 0 for now."""
        key = _network(address)
        own = self._left(self._each.get(key, _Failures()), *self.EACH)
        return own if key in self._known else max(own, self._left(self._all, *self.ALL))

    def failed(self, address: str) -> int:
        """Note a wrong password; returns how many came from this address in a row."""
        key = _network(address)
        failures = self._each.pop(key, _Failures())
        self._each[key] = failures
        if len(self._each) > MOST_ADDRESSES:
            self._each.popitem(last=False)
        for one in (failures, self._all):
            one.count = self._recent(one) + 1
            one.last = self._clock()
        return failures.count

    def passed(self, address: str) -> None:
        """Note a right password."""
        key = _network(address)
        self._each.pop(key, None)
        self._known.pop(key, None)
        self._known[key] = None
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)

    def _recent(self, failures: _Failures) -> int:
        return failures.count if self._clock() - failures.last < FORGET else 0

    def _left(self, failures: _Failures, free: int, longest: float) -> float:
        over = self._recent(failures) - free
        if over <= 0:
            return 0.0
        delay = min(2.0 ** min(over - 1, 30), longest)
        return max(failures.last + delay - self._clock(), 0.0)


class Door:
    """ASGI middleware before the whole app: whatever lies under `/editors` is reached with a session alone.

    Args:
        app: the app.
        password: what opens the door.
        clock: seconds, never going back.

    """

    def __init__(self, app: ASGIApp, password: SecretStr, clock: Clock = time.monotonic) -> None:
        self.app = app
        self._password = _digest(password.get_secret_value())
        self.sessions = Sessions(clock)
        self.throttle = Throttle(clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it."""
        path = scope.get("path", "")
        if path != ROOT and not path.startswith(f"{ROOT}/"):
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # nothing of the page speaks WebSocket
            await send({"type": "websocket.close", "code": 1008})
            return

        answer = await self._answer(Request(scope, receive))
        await (answer or self.app)(
            scope, receive, stamped(send, HEADERS, "" if path.startswith(_ASSETS) else "no-store")
        )

    async def _answer(self, request: Request) -> Response | None:
        """The door's own answer to a request, or None to let it pass."""
        path, method = request.url.path, request.method
        token = request.cookies.get(COOKIE, "")
        if method not in {"GET", "HEAD", "OPTIONS"} and not _of_this_site(request):
            reason = "This request came from another site. Open the page itself and try again."
            return JSONResponse({"detail": reason}, 403)
        if path == LOG_IN and method == "POST":
            return await self._log_in(request)
        if not self.sessions.holds(token):
            return _form() if path == LOG_IN else _closed(request)
        if path == LOG_OUT and method == "POST":
            self.sessions.end(token)
            answer = RedirectResponse(LOG_IN, 303)
            answer.delete_cookie(COOKIE, path=ROOT)
            return answer
        return RedirectResponse(f"{ROOT}/", 303) if path in {ROOT, LOG_IN, LOG_OUT} else None

    async def _log_in(self, request: Request) -> Response:
        address = request.client.host if request.client else ""
        wait = self.throttle.wait(address)
        if wait > 0:
            text = f"Too many wrong passwords. Wait {_seconds(wait)}, then try again."
            return _form(text, 429, {"Retry-After": str(int(wait) + 1)})
        given = await _password(request)
        if not hmac.compare_digest(_digest(given), self._password):
            count = self.throttle.failed(address)
            logger.warning("A log-in to the editors' page failed: wrong password, %s in a row from %s", count, address)
            return _form("That is not the password. Try again.", 401)
        self.throttle.passed(address)
        answer = RedirectResponse(f"{ROOT}/", 303)
        # The browser's own word on how it came here: no proxy's header has to be trusted for it.
        secure = urlsplit(request.headers.get("origin", "")).scheme == "https"
        answer.set_cookie(
            COOKIE,
            self.sessions.begin(),
            max_age=int(LONGEST),
            path=ROOT,
            secure=secure,
            httponly=True,
            samesite="strict",
        )
        return answer


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _network(address: str) -> str:
    """An address as failures are counted: of IPv6 the network, since one machine has all of its addresses."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network((parsed, 64), strict=False)) if parsed.version == 6 else str(parsed)


def _of_this_site(request: Request) -> bool:
    """Whether a request that changes something was sent by a page of this site; browsers always say where from."""
    return urlsplit(request.headers.get("origin", "")).netloc.lower() == request.headers.get("host", "\0").lower()


def _closed(request: Request) -> Response:
    """The answer to somebody who is not logged in: the way to the log-in for a person, a refusal for a script."""
    if request.method == "GET" and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(LOG_IN, 303)
    return JSONResponse({"detail": f"You are not logged in. Log in at {LOG_IN}."}, 401)


async def _password(request: Request) -> str:
    """The password of a log-in form; "" where there is none or the form is too long."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM:
            return ""
    return parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]


def _form(problem: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    template = Template(files("bot.web.editors").joinpath("static", "login.html").read_text(encoding="utf-8"))
    shown = f'<p class="problem" role="alert">{safe(problem)}</p>' if problem else ""
    return HTMLResponse(template.substitute(problem=shown, action=LOG_IN), status, headers)


def _seconds(wait: float) -> str:
    whole = int(wait) + 1
    if whole < 90:
        return f"{whole} second{'' if whole == 1 else 's'}"
    return f"{-(-whole // 60)} minutes"
