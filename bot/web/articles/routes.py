"""Routes: the list of the articles, the search in them, and the page of each."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from bot.rank import HELP_ARTICLE
from bot.text import clean_text
from bot.web.articles.finding import LONGEST, find
from bot.web.articles.links import ROOT, place_in
from bot.web.articles.listing import entry_for, listing
from bot.web.articles.reading import find as find_place
from bot.web.articles.reading import read
from bot.web.shell import STATIC_ROOT
from guardrails import Level
from ingest.errors import IndexUnavailableError

if TYPE_CHECKING:
    from threading import Event

    from bot.chain import Bot
    from bot.web.articles.finding import Find
    from bot.web.shell import Shell
    from guardrails import Assessment
    from ingest.generation import Generation

logger = logging.getLogger(__name__)

_RETRY_SECONDS = "30"  # an index is replaced in less
_LOOK_AGAIN_SECONDS = "3"  # the encoder loads in a few of these; the page looks again by itself


def routes(bot: Bot, shell: Shell, ready: Event) -> APIRouter:
    """The pages of the articles.

    Args:
        bot: its index is shown and searched, its safety layer reads what is searched for.
        shell: renders the pages.
        ready: set when a search need not wait for the encoder; until then a page says so and looks again by itself.

    """
    pages = _Pages(bot, shell, ready)
    router = APIRouter()
    router.add_api_route(ROOT, pages.articles, methods=["GET"])
    router.add_api_route(f"{ROOT}/{{article:path}}", pages.article, methods=["GET"])
    return router


class _Pages:
    def __init__(self, bot: Bot, shell: Shell, ready: Event) -> None:
        self.bot = bot
        self.shell = shell
        self.ready = ready
        self._frame = _frame(f"{shell.emergency.number} {shell.emergency.tel} {STATIC_ROOT}")

    def articles(self, request: Request, q: str | None = None, page: str = "1") -> Response:
        """The list, or what a search found."""
        try:
            with self._generation() as generation:
                if q is not None and q.strip():
                    return self._found(request, generation, q)
                unchanged = self._unchanged(request, generation)
                return unchanged or self._list(request, generation, page, empty=q is not None)
        except IndexUnavailableError:
            return self._unavailable(request)

    def article(self, request: Request, article: str, at: str = "") -> Response:
        """An article to read, with the words marked that the address points at."""
        if not article:
            return RedirectResponse(ROOT)
        try:
            with self._generation() as generation:
                return self._unchanged(request, generation) or self._read(request, generation, article, at)
        except IndexUnavailableError:
            return self._unavailable(request)

    @contextmanager
    def _generation(self) -> Iterator[Generation]:
        """The serving generation; whatever is wrong with it, the page has one state for that."""
        try:
            with self.bot.library.generation() as generation:
                yield generation
        except IndexUnavailableError:
            logger.exception("The articles cannot be shown")
            raise

    def _list(
        self, request: Request, generation: Generation, page: str, *, empty: bool = False, missing: bool = False
    ) -> Response:
        number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
        response = self.shell.page(
            request,
            "articles.html",
            404 if missing else 200,
            place="articles",
            state="missing" if missing else "empty" if empty else "list",
            listing=listing(generation, number),
            query="",
            notice=None,
            longest=LONGEST,
        )
        return response if missing else self._tagged(request, response, generation)

    def _found(self, request: Request, generation: Generation, text: str) -> Response:
        text = " ".join(clean_text(text).split())
        if not self.ready.is_set():
            return self._warming(request, text[:LONGEST])
        # All of it, though less is searched: a warning sign may stand at the end.
        assessment = self.bot.assess([text])
        text = text[:LONGEST]
        stop = assessment.failed or assessment.level == Level.EMERGENCY
        finds: list[Find] = []
        state = "stopped" if stop else "found"
        try:
            finds = [] if stop else self._reviewed(find(generation, self.bot.encoder, text), text, assessment)
        except IndexUnavailableError:
            raise
        except Exception:
            logger.exception("The articles could not be searched")
            state = "broken"
        response = self.shell.page(
            request,
            "articles.html",
            place="articles",
            state=state,
            finds=finds,
            notice=self.bot.guardrails.notice(assessment),
            help=entry_for(generation, HELP_ARTICLE),
            query=text,
            longest=LONGEST,
        )
        # What somebody searched for is nobody's business: no copy of it stays behind.
        response.headers["Cache-Control"] = "no-store"
        return response

    def _reviewed(self, finds: list[Find], text: str, assessment: Assessment) -> list[Find]:
        """The places that the safety layer lets through, as in an answer: under an urgent flag none that says to run on."""
        verdicts = self.bot.guardrails.review([found.text for found in finds], assessment, question=text)
        return [found for found, verdict in zip(finds, verdicts, strict=True) if verdict.allowed]

    def _read(self, request: Request, generation: Generation, name: str, at: str) -> Response:
        article = generation.article(name)
        if article is None:
            return self._list(request, generation, "1", missing=True)
        place = place_in(at)
        stands = find_place(generation, article, place) if place else None
        response = self.shell.page(
            request,
            "article.html",
            place="articles",
            article=article,
            reading=read(article, self.shell.words(request).say, place, stands),
            is_help=article.id == HELP_ARTICLE,
            help=None if article.id == HELP_ARTICLE else entry_for(generation, HELP_ARTICLE),
        )
        return self._tagged(request, response, generation)

    def _warming(self, request: Request, text: str) -> Response:
        """The page that asks for a moment's patience, and asks again for what was searched."""
        response = self.shell.page(
            request, "articles.html", place="articles", state="warming", query=text, notice=None, longest=LONGEST
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Refresh"] = _LOOK_AGAIN_SECONDS
        return response

    def _unavailable(self, request: Request) -> Response:
        response = self.shell.page(
            request, "articles.html", 503, place="articles", state="unavailable", query="", notice=None, longest=LONGEST
        )
        response.headers["Cache-Control"] = "no-store"
        response.headers["Retry-After"] = _RETRY_SECONDS
        return response

    def _tag(self, request: Request, generation: Generation) -> str:
        return f'W/"{generation.id}.{self._frame}.{self.shell.words(request).tag}"'

    def _unchanged(self, request: Request, generation: Generation) -> Response | None:
        """The answer to a browser that has this page already, as it is now."""
        tag = self._tag(request, generation)
        if tag not in [known.strip() for known in request.headers.get("if-none-match", "").split(",")]:
            return None
        return self._tagged(request, Response(status_code=304), generation)

    def _tagged(self, request: Request, response: Response, generation: Generation) -> Response:
        response.headers["ETag"] = self._tag(request, generation)
        response.headers["Cache-Control"] = "no-cache"
        response.headers["Vary"] = "Accept-Language"
        return response


def _frame(more: str) -> str:
    """A name for all that a page is made of beside the articles; it changes with any of it."""
    digest = hashlib.blake2b(more.encode(), digest_size=6)
    for folder in ("templates", "words"):
        for file in sorted(files("bot.web").joinpath(folder).iterdir(), key=lambda file: file.name):
            if file.name.endswith((".html", ".yaml")):
                digest.update(file.read_bytes())
    return digest.hexdigest()
